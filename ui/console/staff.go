package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

func (c *call) staffCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "staff", Short: "who has an account at the clerk's page", RunE: missingCommand}
	cmd.AddCommand(c.staffAddCommand(), c.staffListCommand(), c.staffResetCommand(), c.staffEndCommand())
	return cmd
}

// door is the way that this command line came by.
func (c *call) door() clerk.Door {
	if c.live != nil {
		return clerk.UnixSocket
	}
	return clerk.Process
}

// staff runs fn at the desk, as the console: nobody is signed in here, and nobody can be.
func (c *call) staff(ctx context.Context, fn func(context.Context, *clerk.Desk, clerk.Clerk) error) error {
	return c.counter(ctx, false, func(ctx context.Context, a *app.App) error {
		return fn(ctx, a.Desk(), clerk.Console(a.Config.Kiosk.ID, c.door()))
	})
}

// roleFlag adds the role to a command.
func roleFlag(cmd *cobra.Command, role *string, what string) {
	names := make([]string, len(clerk.Roles))
	for i, r := range clerk.Roles {
		names[i] = string(r)
	}
	cmd.Flags().StringVar(role, "role", "", "`ROLE` "+what+": "+strings.Join(names, ", "))
}

func (c *call) staffAddCommand() *cobra.Command {
	var n clerk.NewPerson
	var role string
	cmd := &cobra.Command{
		Use: "add NUMBER --role ROLE",
		Short: "make an account and print, once, the code to hand out: with it the person alone sets PIN and second " +
			"factor",
		Args: exactly("a staff number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n.Number, n.Role = args[0], clerk.Role(role); role == "" {
				return &usageError{fmt.Errorf("%s needs --role", cmd.CommandPath())}
			}
			n.Name, n.Card = clerk.Plain(n.Name), clerk.Plain(n.Card)
			return c.staff(cmd.Context(), func(ctx context.Context, d *clerk.Desk, who clerk.Clerk) error {
				h, err := d.AddStaff(ctx, who, n)
				if err != nil {
					return fmt.Errorf("account %s: %w", n.Number, err)
				}
				return c.printHandOut(h)
			})
		},
	}
	roleFlag(cmd, &role, "of the person")
	cmd.Flags().StringVar(&n.Name, "name", "", "`NAME` of the person, shown masked")
	cmd.Flags().StringVar(&n.Card, "card", "", "`NUMBER` that the reader of cards types for the person's card")
	return cmd
}

func (c *call) staffResetCommand() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use: "reset NUMBER",
		Short: "take PIN and second factor from an account and print, once, a new code to hand out; it counts as " +
			"nobody's second until a lead has confirmed it",
		Args: exactly("a staff number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd.Context(), func(ctx context.Context, d *clerk.Desk, who clerk.Clerk) error {
				h, err := d.ResetStaff(ctx, who, args[0], clerk.Role(role))
				if err != nil {
					return fmt.Errorf("account %s: %w", args[0], err)
				}
				return c.printHandOut(h)
			})
		},
	}
	roleFlag(cmd, &role, "that the account has from now on")
	return cmd
}

func (c *call) staffEndCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "end NUMBER --reason TEXT",
		Short: "end an account for good: its session ends, and nobody signs in with it again",
		Args:  exactly("a staff number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason = clerk.Plain(reason); reason == "" {
				return &usageError{fmt.Errorf("--reason is needed: the audit keeps it")}
			}
			return c.staff(cmd.Context(), func(ctx context.Context, d *clerk.Desk, who clerk.Clerk) error {
				if err := d.EndStaff(ctx, who, args[0], reason); err != nil {
					return fmt.Errorf("account %s: %w", args[0], err)
				}
				_, err := fmt.Fprintf(c.Stdout, "account %s has ended\n", args[0])
				return err
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` for the audit: why; no personal data")
	return cmd
}

type handOutData struct {
	Number string     `json:"number"`
	Code   string     `json:"code"`
	Until  *time.Time `json:"until"`
}

func (c *call) printHandOut(h clerk.HandOut) error {
	if c.json {
		return c.data(handOutData{h.Number, h.Code, moment(h.Until)})
	}
	c.say("hand this to the person alone; it is not shown again")
	return table(c.Stdout, func(row func(...any)) {
		row("number", h.Number)
		row("code", h.Code)
		row("until", view.Stamp(h.Until))
	})
}

// accountData is an account without any secret.
type accountData struct {
	Number      string             `json:"number"`
	Name        string             `json:"name,omitempty"` // masked
	Role        clerk.Role         `json:"role"`
	State       clerk.AccountState `json:"state"`
	Until       *time.Time         `json:"code_until,omitempty"`
	Changed     *time.Time         `json:"changed"`
	ChangedBy   string             `json:"changed_by"` // a staff number; of the console its device
	Confirmed   *time.Time         `json:"confirmed,omitempty"`
	ConfirmedBy string             `json:"confirmed_by,omitempty"`
	Closed      *time.Time         `json:"no_try_before,omitempty"`
}

func newAccountData(a clerk.Account) accountData {
	d := accountData{
		Number: a.Number, Name: a.Masked, Role: a.Role, State: a.State, Changed: moment(a.Changed.At),
		ChangedBy: whoOf(a.Changed.By), Confirmed: moment(a.Confirmed.At), ConfirmedBy: whoOf(a.Confirmed.By),
		Closed: moment(a.Closed),
	}
	if a.State == clerk.AccountHandedOut || a.State == clerk.AccountExpired {
		d.Until = moment(a.Until)
	}
	return d
}

func whoOf(by payment.By) string {
	if by.Person != "" {
		return by.Person
	}
	return by.Device
}

func (c *call) staffListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "list every account there is or was, and how it stands",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.staff(cmd.Context(), func(ctx context.Context, d *clerk.Desk, who clerk.Clerk) error {
				list, err := d.Staff(ctx, who)
				if err != nil {
					return fmt.Errorf("read accounts: %w", err)
				}
				if off := d.RefundsOff(ctx); off != nil {
					c.say("%v", off)
				}
				if c.json {
					data := make([]accountData, len(list))
					for i, a := range list {
						data[i] = newAccountData(a)
					}
					return c.data(data)
				}
				return c.printStaff(list)
			})
		},
	}
}

// accountWords says how an account stands and what is to be done about it.
var accountWords = map[clerk.AccountState]string{
	clerk.AccountHandedOut:   "waits for its person, who has a code",
	clerk.AccountExpired:     "its code is too old: reset it",
	clerk.AccountUnconfirmed: "waits for a lead to confirm it",
	clerk.AccountStands:      "confirmed",
	clerk.AccountEnded:       "ended",
}

func (c *call) printStaff(list []clerk.Account) error {
	return table(c.Stdout, func(row func(...any)) {
		for _, a := range list {
			row(a.Number, a.Role, accountWords[a.State], "changed "+view.Stamp(a.Changed.At)+" by "+whoOf(a.Changed.By),
				a.Masked)
		}
	})
}
