package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill/register"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// returnedData is what came back of a payment.
type returnedData struct {
	State payment.ReturnedState `json:"state"`
	Fen   payment.Fen           `json:"fen,omitempty"`
	By    string                `json:"by"` // wechat, or who said so at which device
	At    *time.Time            `json:"at"`
}

func newReturnedData(r payment.Returned) *returnedData {
	if !r.Some() {
		return nil
	}
	return &returnedData{r.State, r.Sum, returnedBy(r), moment(r.At)}
}

func returnedBy(r payment.Returned) string {
	if r.By == (payment.By{}) {
		return "wechat"
	}
	return strings.TrimSpace(r.By.Device + " " + r.By.Person)
}

// returnedWords says how much came back, who says so, and since when.
func returnedWords(r payment.Returned) string {
	sum := string(r.State)
	if r.Sum > 0 {
		sum += " " + r.Sum.Yuan()
	}
	return fmt.Sprintf("%s, said by %s at %s", sum, returnedBy(r), view.Stamp(r.At))
}

// lookAgain returns the order as WeChat sees its payment now; without an answer as it was known.
func (c *call) lookAgain(ctx context.Context, a *app.App, o payment.Order) payment.Order {
	return a.Counter().AskedAgain(ctx, o)
}

func (c *call) ordersReturnedCommand() *cobra.Command {
	var said payment.Back
	var w word
	var part string
	cmd := c.orderCommand("returned NO",
		"say how much of a payment came back outside of the kiosk; WeChat must have called it REFUND", false,
		func(ctx context.Context, a *app.App, no string) (payment.Order, error) {
			var err error
			if said.Reason, said.By, err = w.given(a); err != nil {
				return payment.Order{}, err
			}
			o, err := a.Cashier().Return(ctx, no, said)
			if err == nil {
				a.Reports().Wake()
			}
			return o, err
		})
	cmd.Flags().BoolVar(&said.All, "all", false, "all of it came back: the bill can be paid again")
	cmd.Flags().StringVar(&part, "part", "", "so many `YUAN` came back in all")
	w.ask(cmd)
	cmd.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case said.All == (part != ""):
			return &usageError{errors.New("say either --all or --part YUAN")}
		case said.All:
			return nil
		}
		var err error
		if said.Part, err = register.Amount(part); err != nil || said.Part < 1 {
			return &usageError{fmt.Errorf("--part %s: not an amount in yuan", part)}
		}
		return nil
	}
	return cmd
}
