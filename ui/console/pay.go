package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// verifyFor is how long an order whose time is over is still watched before its outcome is called unknown.
const verifyFor = 60 * time.Second

// errNotConfirmed: nobody said yes.
var errNotConfirmed = errors.New("not confirmed, nothing was asked of WeChat")

func (c *call) payCommand() *cobra.Command {
	p := &paying{call: c}
	cmd := &cobra.Command{
		Use:   "pay CASE",
		Short: "pay a bill without a window: the whole path, receipt included",
		Args:  exactly("a case number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := caseno.Parse(args[0], time.Now())
			if err != nil {
				return err
			}
			return c.counter(cmd.Context(), true, func(ctx context.Context, a *app.App) error {
				p.app = a
				return p.run(ctx, n)
			})
		},
	}
	cmd.Flags().StringVar(&p.bill, "bill", "", "`ID` of the bill, where the case has several")
	cmd.Flags().BoolVar(&p.yes, "yes", false, "do not ask before the order is opened")
	return cmd
}

// A paying is one payment without a window.
type paying struct {
	*call
	app  *app.App
	bill string
	yes  bool

	ours    bool // the order was opened by this call: it may cancel it
	stopped bool // interrupted: the order is to be closed
	shown   bool // the code is on the terminal
	trouble bool // said so
}

func (p *paying) run(ctx context.Context, n caseno.Number) error {
	dues, err := p.app.Find(ctx, bill.Query{Case: n})
	if err != nil {
		return err
	}
	d, err := p.choose(dues)
	if err != nil {
		return err
	}
	if err := p.event("bill", newDueData(d), func() error { return p.printDue(d) }); err != nil {
		return err
	}
	if err := p.confirm(ctx, d); err != nil {
		return err
	}
	p.ours = d.State == bill.DueOwed
	s, err := p.app.Pay(ctx, d)
	if err != nil {
		return err
	}
	o, err := p.follow(ctx, s)
	if err != nil {
		return err
	}
	return p.end(ctx, o)
}

// choose returns the bill to pay: the one that was named, or the only one that can be paid.
func (p *paying) choose(dues []bill.Due) (bill.Due, error) {
	payable := func(d bill.Due) bool { return d.State == bill.DueOwed || d.State == bill.DuePaying }
	if p.bill != "" {
		i := slices.IndexFunc(dues, func(d bill.Due) bool { return d.Bill.ID() == p.bill })
		if i < 0 {
			return bill.Due{}, fmt.Errorf("the case has no bill %s; bills list CASE shows those it has", p.bill)
		}
		dues = dues[i : i+1]
	}
	open := slices.DeleteFunc(slices.Clone(dues), func(d bill.Due) bool { return !payable(d) })
	switch len(open) {
	case 0:
		return bill.Due{}, refuse(dues[0])
	case 1:
		return open[0], nil
	}
	var ids []string
	for _, d := range open {
		ids = append(ids, "--bill '"+d.Bill.ID()+"'")
	}
	return bill.Due{}, fmt.Errorf("the case has %d bills to pay; choose one: %s", len(open), strings.Join(ids, " or "))
}

func (p *paying) confirm(ctx context.Context, d bill.Due) error {
	if p.yes {
		return nil
	}
	answer, err := p.ask(ctx, fmt.Sprintf("Pay %s (%s)? [y/N] ", d.Amount().Yuan(), p.app.Config.Environment))
	if err != nil {
		return errNotConfirmed
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return nil
	}
	return errNotConfirmed
}

// follow watches the order until it is final or nobody can tell any more. An interrupt wishes it closed.
func (p *paying) follow(ctx context.Context, s *payment.Session) (payment.Order, error) {
	news, leave := s.Watch()
	defer leave()
	o := s.News().Order
	limit := time.NewTimer(o.Expires.Sub(p.app.Cashier().Now()) + verifyFor)
	defer limit.Stop()
	interrupted := ctx.Done()
	for {
		select {
		case n := <-news:
			o = n.Order
			if err := p.tell(n); err != nil {
				return o, err
			}
			if o.Final() || o.State == payment.Foreign {
				return o, nil
			}
		case <-interrupted:
			if !p.ours {
				return o, p.unknown(o, "a visitor's order goes on")
			}
			interrupted, p.stopped = nil, true
			p.say("cancelling: asking WeChat whether it was paid meanwhile")
			s.Cancel()
			limit.Reset(p.Patience)
		case <-limit.C:
			return o, p.unknown(o, "WeChat has not said how it ended")
		}
	}
}

func (p *paying) unknown(o payment.Order, why string) error {
	next := "; the running kiosk goes on asking"
	if p.live == nil {
		next = "; start the kiosk, it goes on asking"
	}
	return errors.Join(p.event("unknown", newOrderData(p.app, o), func() error { return nil }),
		&unknownError{fmt.Sprintf("the outcome of order %s is not known yet (%s): %s%s", o.No, o.State, why, next)})
}

// tell shows the code once, and says when WeChat stops and begins to answer.
func (p *paying) tell(n payment.News) error {
	switch {
	case n.Trouble != nil && !p.trouble:
		p.say("no answer from WeChat, still trying (Ctrl-C cancels): %v", n.Trouble)
	case n.Trouble == nil && p.trouble:
		p.say("WeChat answers again")
	}
	p.trouble = n.Trouble != nil
	if n.Order.State != payment.Waiting || p.shown || p.stopped {
		return nil
	}
	p.shown = true
	code := codeData{n.Order.No, p.app.Reference(n.Order), n.Order.CodeURL, moment(n.Order.Expires)}
	err := p.event("code", code, func() error { return p.printCode(n.Order) })
	p.say("waiting for the payment until %s (Ctrl-C cancels)", view.Stamp(n.Order.Expires))
	return err
}

// codeData is what a payer scans.
type codeData struct {
	No        string     `json:"order"`
	Reference string     `json:"reference"`
	URL       string     `json:"code_url"`
	Expires   *time.Time `json:"expires"`
}

func (p *paying) printCode(o payment.Order) error {
	qr, err := qrText(o.CodeURL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "%s\n%s\norder %s, %s\n", qr, o.CodeURL, o.No, p.app.Reference(o))
	return err
}

// event prints one step of the payment: as JSON, or by show.
func (p *paying) event(name string, v any, show func() error) error {
	if !p.json {
		return show()
	}
	return p.data(struct {
		Event string `json:"event"`
		Data  any    `json:"data"`
	}{name, v})
}

// end says how the payment ended and prints the receipt of one that was made.
func (p *paying) end(ctx context.Context, o payment.Order) error {
	err := p.event("outcome", newOrderData(p.app, o), func() error {
		return table(p.Stdout, func(row func(...any)) {
			row("outcome", standing(o))
			if o.State == payment.Paid {
				row("amount", o.PaidAmount.Yuan())
				row("paid", view.Stamp(o.PaidAt))
				row("transaction", view.Grouped(o.TransactionID))
			}
		})
	})
	if err != nil {
		return err
	}
	switch {
	case o.State == payment.Paid:
		return p.print(context.WithoutCancel(ctx), o)
	case o.State == payment.Disputed, o.State == payment.Foreign:
		return &payment.BlockedError{Order: o}
	case p.stopped:
		return &refusalError{"cancelled", fmt.Sprintf("cancelled: order %s was not paid", o.No)}
	}
	return &refusalError{"expired", fmt.Sprintf("order %s was not paid in time", o.No)}
}

func (p *paying) print(ctx context.Context, o payment.Order) error {
	if p.app.Config.Receipt.Printer == "none" {
		p.say("no receipt: receipt.printer is none")
		return nil
	}
	out, err := p.app.Print(ctx, o.No)
	switch {
	case errors.Is(err, app.ErrPrinted): // the visitor's own screen was quicker
		p.say("the receipt was printed by the kiosk")
		return nil
	case err != nil:
		return fmt.Errorf("order %s is paid, its receipt did not come out (%s): %w", o.No, p.app.Config.Receipt.Address, err)
	}
	r, err := p.app.Receipt(ctx, o.No)
	if err != nil {
		return err
	}
	receipt := map[string]string{"receipt": r.Number, "print": string(out), "printer": p.app.Config.Receipt.Address}
	return p.event("receipt", receipt, func() error {
		_, err := fmt.Fprintf(p.Stdout, "receipt %s: %s, %s\n", r.Number, out, p.app.Config.Receipt.Address)
		return err
	})
}
