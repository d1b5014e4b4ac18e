package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// A word is what every command asks for that decides in a clerk's name: why, and who says so. The audit keeps both.
type word struct{ reason, person string }

// ask adds the word's flags to a command.
func (w *word) ask(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "`TEXT` for the audit: why; no personal data")
	cmd.Flags().StringVar(&w.person, "by", "", "staff number of the `PERSON` who says so")
}

// given returns what was said; without a reason nothing is done.
func (w *word) given(a *app.App) (reason string, by payment.By, err error) {
	reason = clerk.Plain(w.reason)
	if reason == "" {
		return "", by, &usageError{errors.New("--reason is needed: the audit keeps it")}
	}
	if w.person != "" && !clerk.IsNumber(w.person) {
		return "", by, &usageError{errors.New("--by is a staff number: the audit holds no names")}
	}
	return reason, payment.By{Device: a.Config.Kiosk.ID, Person: w.person}, nil
}

// by says who did what an entry tells; nothing of the program itself.
func (e entryData) by() string {
	switch {
	case e.Person != "" && e.Device != "":
		return "(by " + e.Person + " at " + e.Device + ")"
	case e.Person+e.Device != "":
		return "(by " + e.Person + e.Device + ")"
	}
	return ""
}

func (c *call) ordersAcceptCommand() *cobra.Command {
	return c.decide("accept NO",
		"book a disputed payment as it was made, or a second payment as its bill's once the first came back",
		exactly("an order number"),
		func(ctx context.Context, a *app.App, no, _, reason string, by payment.By) (payment.Order, error) {
			o, err := a.Cashier().Accept(ctx, no, reason, by)
			a.Reports().Wake()
			return o, err
		})
}

func (c *call) ordersDoneCommand() *cobra.Command {
	return c.decide("done NO [KIND]",
		"end what waits for a person about an order; KIND names it when several things do",
		func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 { // and its kind
				args = args[:1]
			}
			return exactly("an order number")(cmd, args)
		},
		func(ctx context.Context, a *app.App, no, kind, reason string, by payment.By) (payment.Order, error) {
			return a.Care().End(ctx, no, kind, reason, by)
		})
}

func (c *call) ordersEndCommand() *cobra.Command {
	return c.decide("end NO",
		"end as void an order that nobody can ask WeChat about and whose code nobody can hold: of a mistyped merchant",
		exactly("an order number"),
		func(ctx context.Context, a *app.App, no, _, reason string, by payment.By) (payment.Order, error) {
			return a.Cashier().GiveUp(ctx, no, reason, by)
		})
}

// decide does something with one order in a clerk's name, and says how the order stands then.
func (c *call) decide(use, short string, args cobra.PositionalArgs, do func(ctx context.Context, a *app.App, no, kind,
	reason string, by payment.By) (payment.Order, error)) *cobra.Command {
	var w word
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  args,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				reason, by, err := w.given(a)
				if err != nil {
					return err
				}
				o, err := findOrder(ctx, a, args[0])
				if err != nil {
					return err
				}
				no := o.No
				if o, err = do(ctx, a, no, strings.Join(args[1:], ""), reason, by); err != nil {
					return fmt.Errorf("order %s: %w", no, err)
				}
				return c.printOrders(a, []payment.Order{o})
			})
		},
	}
	w.ask(cmd)
	return cmd
}
