package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/payment"
)

// answerData is what WeChat has said of an order when it was asked.
type answerData struct {
	Answer payment.TradeState `json:"answer"`         // as WeChat has signed it
	Flaw   string             `json:"flaw,omitempty"` // why it cannot be booked
	Order  orderData          `json:"order"`          // as it stands since
}

func (c *call) ordersAskCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ask NO",
		Short: "ask WeChat now what became of an order, also of one that has ended, and say what it answers",
		Args:  exactly("an order number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), true, func(ctx context.Context, a *app.App) error {
				o, err := findOrder(ctx, a, args[0])
				if err != nil {
					return err
				}
				c.say("asking WeChat about order %s", o.No)
				got, err := a.Cashier().Answer(ctx, o.No)
				if err != nil && got.Said.State == "" {
					return notAnswered(o, err)
				}
				if err != nil {
					return fmt.Errorf("order %s: WeChat answers %s, which was not stored: %w", o.No,
						got.Said.State, err)
				}
				return c.printAnswer(a, got)
			})
		},
	}
}

// notAnswered says why it is not known what became of an order, and what was known of it before.
func notAnswered(o payment.Order, err error) error {
	why := "no signed answer of WeChat"
	if errors.Is(err, payment.ErrAbsent) {
		why = "WeChat says that it knows no such order, which is not signed and proves nothing"
	}
	return &unknownError{fmt.Sprintf("order %s: %s; as last known: %s: %v", o.No, why, standing(o), err)}
}

func (c *call) printAnswer(a *app.App, got payment.Answer) error {
	if c.json {
		return c.data(answerData{got.Said.State, got.Said.Flaw, newOrderData(a, got.Order)})
	}
	said := string(got.Said.State)
	if got.Said.Flaw != "" {
		said += ", which cannot be booked: " + got.Said.Flaw
	}
	if _, err := fmt.Fprintf(c.Stdout, "WeChat answers %s\n", said); err != nil {
		return err
	}
	return c.printOrders(a, []payment.Order{got.Order})
}
