package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/payment"
)

func (c *call) ordersAdoptCommand() *cobra.Command {
	var instance string
	var w word
	cmd := &cobra.Command{
		Use: "adopt NO | adopt --instance NAME",
		Short: "book what another machine was paid for, when that machine's ledger is lost: one order, or all that a " +
			"ledger was paid under this kiosk's id",
		Args: func(cmd *cobra.Command, args []string) error {
			if instance == "" {
				return exactly("an order number")(cmd, args)
			}
			return exactly()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				reason, by, err := w.given(a)
				if err != nil {
					return err
				}
				if instance == "" {
					return c.adopt(ctx, a, args[0], reason, by)
				}
				booked, err := a.Cashier().InheritFrom(ctx, instance, reason, by)
				a.Reports().Wake()
				return errors.Join(err, c.printOrders(a, booked))
			})
		},
	}
	cmd.Flags().StringVar(&instance, "instance", "", "the ledger that is lost, as health names it: `NAME`")
	w.ask(cmd)
	return cmd
}

// adopt books one order.
func (c *call) adopt(ctx context.Context, a *app.App, text, reason string, by payment.By) error {
	o, err := findOrder(ctx, a, text)
	if err != nil {
		return err
	}
	no := o.No
	if o, err = a.Cashier().Adopt(ctx, no, reason, by); err != nil {
		return fmt.Errorf("order %s: %w", no, err)
	}
	a.Reports().Wake()
	return c.printOrders(a, []payment.Order{o})
}

func (c *call) ordersApartCommand() *cobra.Command {
	var w word
	cmd := &cobra.Command{
		Use: "apart NAME",
		Short: "say that the machine of a ledger that is paid under this kiosk's id is off, or has another id now: " +
			"payments may be begun here again",
		Args: exactly("the ledger's instance, as health names it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				reason, by, err := w.given(a)
				if err != nil {
					return err
				}
				if err := a.Cashier().PartFrom(ctx, args[0], reason, by); err != nil {
					return err
				}
				return c.printTwins(ctx, a)
			})
		},
	}
	w.ask(cmd)
	return cmd
}

// twinData is another ledger that was paid under this kiosk's id.
type twinData struct {
	Instance string     `json:"instance"`
	Payments int        `json:"payments_not_booked"`
	Latest   *time.Time `json:"latest"`
	Lost     bool       `json:"lost,omitempty"`
	Twice    bool       `json:"id_used_twice,omitempty"` // it takes payments now, and none are begun here
	Ends     []string   `json:"ends"`                    // the commands that end it
}

func newTwinData(t payment.Twin) twinData {
	d := twinData{Instance: t.Instance, Payments: t.Waiting, Latest: moment(t.Latest), Lost: t.Lost, Twice: t.Alarm,
		Ends: []string{}}
	switch {
	case t.Alarm:
		d.Ends = append(d.Ends, "courtkiosk orders apart "+t.Instance+" --reason TEXT")
	case t.Waiting > len(t.Late):
		d.Ends = append(d.Ends, "courtkiosk orders adopt --instance "+t.Instance+" --reason TEXT")
	}
	return d
}

// says is what health prints of another ledger.
func (d twinData) says() string {
	text := fmt.Sprintf("%d not booked here, paid at the latest %s", d.Payments, d.Latest.Format(time.DateTime))
	if d.Twice {
		text += ", while this kiosk works: the id is used twice"
	}
	if d.Lost {
		text += ", lost"
	}
	return text
}

// printTwins prints the ledgers that are left to decide about.
func (c *call) printTwins(ctx context.Context, a *app.App) error {
	twins, err := a.Cashier().Twins(ctx)
	if err != nil {
		return err
	}
	list := []twinData{}
	for _, t := range twins {
		list = append(list, newTwinData(t))
	}
	if c.json {
		return c.data(list)
	}
	return table(c.Stdout, func(row func(...any)) {
		for _, d := range list {
			row(d.Instance, d.says())
		}
	})
}
