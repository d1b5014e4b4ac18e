package console

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// verifyFor is how long an order whose time is over is still watched before its outcome is called unknown.
const verifyFor = 60 * time.Second

// errNotConfirmed: nobody said yes.
var errNotConfirmed = errors.New("not confirmed, nothing was asked of WeChat")

func (c *call) payCommand() *cobra.Command {
	p := &paying{call: c}
	var resume string
	cmd := &cobra.Command{
		Use:   "pay CASE | CODE",
		Short: "pay a bill without a window: the whole path, receipt included",
		Args:  exactly("a case number, or what the notice's barcode says"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), true, func(ctx context.Context, a *app.App) error {
				p.app, p.teller, p.visit = a, a.Counter(), rand.Text()
				if order, visit, ok := strings.Cut(resume, "/"); ok {
					p.visit, p.ours = visit, true
					return p.toEnd(ctx, counter.Progress{Order: order})
				}
				q, err := queryOf(a, args[0])
				if err != nil {
					return err
				}
				return p.run(ctx, q)
			})
		},
	}
	cmd.Flags().StringVar(&p.bill, "bill", "", "`ID` of the bill, where the case has several")
	cmd.Flags().BoolVar(&p.yes, "yes", false, "do not ask before the order is opened")
	cmd.Flags().StringVar(&resume, "resume", "", "go on with an order: `ORDER/VISIT`")
	_ = cmd.Flags().MarkHidden("resume") // of a payment that was handed over; the flag exists
	return cmd
}

// A teller is who a payment at the command line speaks to.
type teller interface {
	Find(ctx context.Context, q bill.Query) ([]counter.Due, error)
	Pay(ctx context.Context, a counter.Ask) (counter.Progress, error)
	Follow(ctx context.Context, order, visit string) (<-chan counter.Progress, error)
	Wish(ctx context.Context, w counter.Wish) error
	Receipt(ctx context.Context, p counter.Print) (counter.Handed, error)
}

// A paying is one payment without a window.
type paying struct {
	*call
	app    *app.App
	teller teller
	visit  string // names this payment's visit
	bill   string
	yes    bool

	ours    bool         // the order was opened by this call: it may cancel it
	stopped bool         // interrupted: the order is to be closed
	shown   bool         // the code is on the terminal
	trouble counter.Code // said so
}

func (p *paying) run(ctx context.Context, q bill.Query) error {
	p.say("looking up what is owed")
	dues, err := p.teller.Find(ctx, q)
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
	p.say("asking WeChat for a code (Ctrl-C cancels)")
	got, err := p.teller.Pay(ctx, counter.Ask{ID: rand.Text(), Visit: p.visit, Bill: d.Bill, Quote: d.Quote})
	if err != nil {
		return err
	}
	return p.toEnd(ctx, got)
}

// toEnd follows an order to its end and says how it ended.
func (p *paying) toEnd(ctx context.Context, o counter.Progress) error {
	o, err := p.follow(ctx, o)
	if err != nil {
		return err
	}
	return p.end(ctx, o)
}

// choose returns the bill to pay: the one that was named, or the only one that can be paid.
func (p *paying) choose(dues []counter.Due) (counter.Due, error) {
	payable := func(d counter.Due) bool { return d.State == bill.DueOwed || d.State == bill.DuePaying }
	if p.bill != "" {
		i := slices.IndexFunc(dues, func(d counter.Due) bool { return d.ID == p.bill })
		if i < 0 {
			return counter.Due{}, fmt.Errorf("the case has no bill %s; bills list CASE shows those it has", p.bill)
		}
		dues = dues[i : i+1]
	}
	open := slices.DeleteFunc(slices.Clone(dues), func(d counter.Due) bool { return !payable(d) })
	switch len(open) {
	case 0:
		return counter.Due{}, refuse(dues[0])
	case 1:
		return open[0], nil
	}
	var ids []string
	for _, d := range open {
		ids = append(ids, "--bill '"+d.ID+"'")
	}
	choices := strings.Join(ids, " or ")
	return counter.Due{}, fmt.Errorf("the case has %d bills to pay; choose one: %s", len(open), choices)
}

func (p *paying) confirm(ctx context.Context, d counter.Due) error {
	if p.yes {
		return nil
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	go func() {
		select {
		case <-p.yield:
			leave()
		case <-ctx.Done():
		}
	}()
	answer, err := p.ask(ctx, fmt.Sprintf("Pay %s (%s)? [y/N] ", d.Amount.Yuan(), p.app.Config.Environment))
	select {
	case <-p.yield:
		return p.handOver()
	default:
	}
	if err != nil {
		return errNotConfirmed
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return nil
	}
	return errNotConfirmed
}

// follow watches the order until nothing more will be told, or nobody can tell any more. An interrupt wishes it closed.
func (p *paying) follow(ctx context.Context, o counter.Progress) (counter.Progress, error) {
	interrupted := ctx.Done()
	ctx, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	news, err := p.teller.Follow(ctx, o.Order, p.visit)
	if err != nil {
		return o, err
	}
	limit := time.NewTimer(o.Expires.Sub(o.Now) + verifyFor)
	defer limit.Stop()
	for {
		select {
		case o = <-news: // it is not closed before the order is over
			if !p.stopped {
				limit.Reset(o.Expires.Sub(o.Now) + verifyFor)
			}
			if err := p.tell(o); err != nil || o.Over() {
				return o, err
			}
			if p.hopeless(o) {
				return o, p.giveUp(ctx, o)
			}
		case <-interrupted:
			if !p.ours {
				return o, p.unknown(ctx, o, "a visitor's order goes on")
			}
			interrupted, p.stopped = nil, true
			p.say("cancelling: asking WeChat whether it was paid meanwhile")
			cancel := counter.Wish{Kind: counter.Cancel, Order: o.Order, Visit: p.visit}
			if err := p.teller.Wish(ctx, cancel); err != nil {
				return o, err
			}
			limit.Reset(p.Patience)
		case <-p.yield:
			p.Args = append(slices.Clip(p.Args), "--resume", o.Order+"/"+p.visit)
			return o, p.handOver()
		case <-limit.C:
			return o, p.unknown(ctx, o, "WeChat has not said how it ended")
		}
	}
}

// handOver lets go of the ledger: a kiosk wants it, and follows what was begun here.
func (p *paying) handOver() error {
	p.say("a kiosk starts; it takes this payment over, and this command goes on there")
	return errHandedOver
}

// unknown ends a payment that nobody can tell the end of. An order that has no code is no such: nobody was shown
// anything to pay, and since it is wished closed nobody will be.
func (p *paying) unknown(ctx context.Context, o counter.Progress, why string) error {
	if stored, err := p.app.Ledger().Order(ctx, o.Order); err == nil && p.codeless(stored) {
		return p.without(ctx, o)
	}
	next := "; the running kiosk goes on asking"
	if p.live == nil {
		next = "; start the kiosk, it goes on asking"
	}
	return errors.Join(p.record(ctx, "unknown", o.Order, func(payment.Order) error { return nil }),
		&unknownError{fmt.Sprintf("the outcome of order %s is not known yet (%s): %s%s", o.Order, o.State, why, next)})
}

// codeless reports whether an order that this call has opened never had a code, and is wished closed.
func (p *paying) codeless(o payment.Order) bool {
	return p.ours && !p.shown && o.CodeURL == "" && o.Unwanted.Source != "" &&
		(o.State == payment.Created || o.State == payment.Closing || o.State == payment.Void)
}

// hopeless reports whether WeChat's refusal of the order is none that time mends.
func (p *paying) hopeless(o counter.Progress) bool {
	return p.ours && o.State == payment.Created && slices.Contains([]counter.Code{counter.Unauthorized,
		counter.Unverified, counter.ClockWrong, counter.Rejected}, o.Trouble)
}

// giveUp wishes an order closed that WeChat has refused, as the lobby does, and says so.
func (p *paying) giveUp(ctx context.Context, o counter.Progress) error {
	wish := counter.Wish{Kind: counter.Cancel, Order: o.Order, Visit: p.visit}
	if err := p.teller.Wish(ctx, wish); err != nil {
		return err
	}
	return p.without(ctx, o)
}

// without ends a payment whose order has no code.
func (p *paying) without(ctx context.Context, o counter.Progress) error {
	end := o
	end.State = payment.Void // as good as
	what := fmt.Sprintf("order %s has no code, so nobody has paid it here; it is being closed", o.Order)
	return errors.Join(p.record(ctx, "outcome", o.Order, func(o payment.Order) error {
		return table(p.Stdout, func(row func(...any)) { row("outcome", standing(o)+", not paid here") })
	}), &refusalError{view.OfEnd(end, p.stopped), what})
}

// tell shows the code once, and says when WeChat stops and begins to answer.
func (p *paying) tell(o counter.Progress) error {
	switch {
	case p.hopeless(o): // that is an answer
	case o.Trouble == counter.Away && p.trouble != o.Trouble:
		p.say("no answer from the ledger's database; what is paid is booked when it answers again (Ctrl-C cancels)")
	case o.Trouble != "" && o.Trouble != counter.Away && (p.trouble == "" || p.trouble == counter.Away):
		p.say("no answer from WeChat, still trying (Ctrl-C cancels): %s", o.Trouble)
	case o.Trouble == "" && p.trouble == counter.Away:
		p.say("the ledger's database answers again")
	case o.Trouble == "" && p.trouble != "":
		p.say("WeChat answers again")
	}
	p.trouble = o.Trouble
	if o.Code == "" || o.State != payment.Waiting || p.shown || p.stopped {
		return nil
	}
	p.shown = true
	code := codeData{o.Order, o.Reference, o.Code, moment(o.Expires)}
	err := p.event("code", code, func() error { return p.printCode(o) })
	p.say("waiting for the payment until %s (Ctrl-C cancels)", view.Stamp(o.Expires))
	return err
}

// codeData is what a payer scans.
type codeData struct {
	No        string     `json:"order"`
	Reference string     `json:"reference"`
	URL       string     `json:"code_url"`
	Expires   *time.Time `json:"expires"`
}

func (p *paying) printCode(o counter.Progress) error {
	qr, err := qrText(o.Code)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "%s\n%s\norder %s, %s\n", qr, o.Code, o.Order, o.Reference)
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

// record prints a step that tells all that the ledger knows of the order.
func (p *paying) record(ctx context.Context, name, no string, show func(payment.Order) error) error {
	o, err := p.app.Ledger().Order(ctx, no)
	if err != nil {
		return fmt.Errorf("order %s: %w", no, err)
	}
	return p.event(name, newOrderData(p.app, o), func() error { return show(o) })
}

// end says how the payment ended and prints the receipt of one that was made.
func (p *paying) end(ctx context.Context, o counter.Progress) error {
	ctx = context.WithoutCancel(ctx)
	err := p.record(ctx, "outcome", o.Order, func(o payment.Order) error {
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
	why := view.OfEnd(o, p.stopped)
	if why == "" {
		return p.print(ctx, o)
	}
	return &refusalError{why, fmt.Sprintf(ends[why], o.Order)}
}

// ends say how a payment ended that was not made as it was asked for.
var ends = map[view.Reason]string{
	view.Returned:      "order %s was paid, and some or all of the money came back",
	view.Disputed:      "order %s: money came that is not what was asked for",
	view.PaidElsewhere: "order %s was paid at another machine",
	view.Elsewhere:     "order %s is another machine's",
	view.Cancelled:     "cancelled: order %s was not paid",
	view.NoCode:        "order %s never had a code, so nobody has paid it here",
	view.TryLater:      "the number of order %s was used up at another machine; it was not paid",
	view.Stopped:       "order %s was closed before its time was over; it was not paid",
	view.Expired:       "order %s was not paid in time",
}

func (p *paying) print(ctx context.Context, o counter.Progress) error {
	if p.app.Config.Receipt.Printer == config.NoPrinter {
		p.say("no receipt: receipt.printer is none")
		return nil
	}
	address := p.app.Config.Receipt.Address
	h, err := p.teller.Receipt(ctx, counter.Print{Order: o.Order, Visit: p.visit})
	var out receipt.Outcome
	if err == nil {
		out, err = hand(ctx, p.app, h)
	}
	switch {
	case counter.Is(err, counter.Printed): // the visitor's own screen was quicker
		return p.printedThere(ctx, o.Order)
	case counter.Is(err, counter.NotProven): // another visit has joined the order since
		p.say("the receipt is left to the visitor in front of the kiosk")
		return nil
	case err != nil:
		return fmt.Errorf("order %s is paid, its receipt did not come out (%s): %w", o.Order, address, err)
	}
	said := map[string]string{"receipt": h.Receipt.Number, "print": string(out), "printer": address}
	return p.event("receipt", said, func() error {
		_, err := fmt.Fprintf(p.Stdout, "receipt %s: %s, %s\n", h.Receipt.Number, out, address)
		return err
	})
}

// printedThere says what is known of a receipt that another face has taken to its printer.
func (p *paying) printedThere(ctx context.Context, order string) error {
	effects, err := p.app.Ledger().Effects(ctx, order)
	if err != nil {
		return fmt.Errorf("order %s is paid; what became of its receipt: %w", order, err)
	}
	for _, e := range effects {
		if e.Kind == "receipt" {
			p.say("%s", receiptWords(e))
		}
	}
	return nil
}

// receiptWords say how the receipt of a paid order stands, and claim no paper that nobody has proof of.
func receiptWords(e payment.Effect) string {
	switch e.State {
	case payment.Handed:
		return "the kiosk has the receipt in hand; orders show says what becomes of it"
	case payment.Done:
		return "the receipt was handed to a printer before, with this proof: " + e.Note
	case payment.Doubtful:
		return "the kiosk has perhaps printed the receipt (" + e.Note + "); receipt print makes a copy"
	}
	return "the receipt is not printed"
}
