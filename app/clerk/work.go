package clerk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// TakenFor is how long a piece of work is one person's: without an act of that person it is everybody's again.
const TakenFor = 30 * time.Minute

// A TakenError means: another person looks into it.
type TakenError struct{ Taken payment.Decision }

func (e *TakenError) Error() string {
	return fmt.Sprintf("clerk: %s has taken it at %s", e.Taken.By.Person, e.Taken.At.Format(time.RFC3339))
}

// What work is refused for.
var (
	// ErrNotTaken means: who gives it back, or has no time left for it, does not have it.
	ErrNotTaken = fmt.Errorf("%w: the work is not this person's", payment.ErrConflict)
	// ErrOtherEnd means: it ends by an act of its own, by WeChat's word or by another role, not by a reason alone.
	ErrOtherEnd = errors.New("clerk: a reason alone does not end it")
	// ErrReason means: work ends for a reason.
	ErrReason = errors.New("clerk: a reason is needed")
)

// An Item is a piece of work that waits for somebody.
type Item struct {
	Key   string // names it to Take, GiveBack and End
	Mark  Mark   // of work about an order, and of a call
	Order payment.Order
	Bill  bill.Bill

	Difference payment.Difference // of work about a bill of WeChat's; else zero
	Call       payment.Call       // of a machine that asks for a person; else zero
	Since      time.Time
	Note       string           // why; no personal data
	Taken      payment.Decision // zero while it is nobody's
	Sum        payment.Fen
	Device     string
	Takes      bool // it can be taken by one person; the ledger has a place for that
	Ends       bool // a reason ends it
}

// Urgent reports whether the item stands before all others that are money: it has left, and nobody here has sent it.
func (i Item) Urgent() bool { return i.Difference.Kind == refundNotWithUs }

// rank sorts work: somebody stands and waits, money has left, everything else.
func (i Item) rank() int {
	switch {
	case i.Mark == Called:
		return 0
	case i.Urgent():
		return 1
	}
	return 2
}

// refundNotWithUs is the difference of a refund that nobody here has sent; of payment/reconcile.
const refundNotWithUs = "refund-not-with-us"

// The parts of a key.
const (
	ofEffect     = "effect"
	ofOrder      = "order"
	ofDifference = "difference"
	ofCall       = "call"
)

func keyOf(parts ...string) string { return strings.Join(parts, "\x00") }

// Work returns everything that waits for somebody: who calls first, then what is urgent, then what has waited longest.
func (d *Desk) Work(ctx context.Context, c Clerk) ([]Item, error) {
	if err := c.May(SeeWork); err != nil {
		return nil, err
	}
	list, err := d.effects(ctx)
	if err != nil {
		return nil, err
	}
	open, err := d.Ledger.Unsettled(ctx)
	if err != nil {
		return nil, err
	}
	at := d.Cashier.Now()
	for _, o := range open {
		if since := o.StuckSince(); !o.ByHand && at.After(since) {
			list = append(list, Item{
				Key: keyOf(ofOrder, o.No), Mark: Checking, Order: o, Bill: bill.OfOrder(o), Since: since,
				Sum: o.Amount, Device: o.Device,
			})
		}
	}
	differences, err := d.openDifferences(ctx)
	if err != nil {
		return nil, err
	}
	calls, err := d.callItems(ctx, at)
	if err != nil {
		return nil, err
	}
	list = slices.Concat(list, differences, calls)
	slices.SortStableFunc(list, func(a, b Item) int {
		return cmp.Or(a.rank()-b.rank(), a.Since.Compare(b.Since), strings.Compare(a.Key, b.Key))
	})
	return list, nil
}

// effects are the clerk's work that orders owe.
func (d *Desk) effects(ctx context.Context) (list []Item, err error) {
	at, graver := now(), make(map[string]bool)
	for _, kind := range []string{payment.Attention, receiptKind} {
		for after := (payment.Effect{}); ; {
			owed, err := d.Ledger.Pending(ctx, kind, after, payment.MaxPage)
			if err != nil {
				return nil, err
			}
			for _, e := range owed {
				if e.Kind == receiptKind && markOf(payment.Order{}, e, at) == "" {
					continue // not worth reading its order
				}
				o, err := d.Ledger.Order(ctx, e.Order)
				if err != nil {
					return nil, err
				}
				m := markOf(o, e, at)
				if m == "" || m == Unprinted && graver[o.No] { // its receipt waits for what is graver
					continue
				}
				graver[o.No] = true
				list = append(list, itemOf(o, e, m, at))
			}
			if len(owed) < payment.MaxPage {
				break
			}
			after = owed[len(owed)-1]
		}
	}
	return list, nil
}

func itemOf(o payment.Order, e payment.Effect, m Mark, at time.Time) Item {
	i := Item{
		Key: keyOf(ofEffect, o.No, e.Kind), Mark: m, Order: o, Bill: bill.OfOrder(o), Since: e.Since, Note: e.Note,
		Taken: taken(e.Taken, at), Sum: cmp.Or(o.PaidAmount, o.Amount), Device: o.Device, Takes: true,
	}
	i.Ends = endsByReason(o, e, at) == nil
	return i
}

// taken is who has a piece of work; zero when nobody has, or nothing came of it for too long.
func taken(by payment.Decision, at time.Time) payment.Decision {
	if by.By.Person == "" || at.Sub(by.At) >= TakenFor {
		return payment.Decision{}
	}
	return by
}

func (d *Desk) openDifferences(ctx context.Context) (list []Item, err error) {
	at := now()
	for x, err := range payment.Each(ctx, d.Ledger.Differences(), payment.Range{}) {
		if err != nil {
			return nil, err
		}
		if x.Resolved.At.IsZero() {
			list = append(list, Item{
				Key: keyOf(ofDifference, x.Key()), Difference: x, Since: x.Found, Taken: taken(x.Taken, at),
				Sum: max(x.Ours, x.Theirs), Device: x.Device, Takes: true,
			})
		}
	}
	return list, nil
}

// waitingFor is how long a count of the work is used again: every page shows it.
const waitingFor = 3 * time.Second

// Waiting counts what waits for somebody. It may be as old as waitingFor; an error says that nobody knows.
func (d *Desk) Waiting(ctx context.Context, c Clerk) (int, error) {
	d.counted.mu.Lock()
	defer d.counted.mu.Unlock()
	if at := now(); at.Sub(d.counted.workAt) >= waitingFor || at.Before(d.counted.workAt) {
		items, err := d.Work(ctx, c)
		if err != nil {
			return 0, err
		}
		d.counted.work, d.counted.workAt = len(items), at
	}
	return d.counted.work, nil
}

// recount has the work counted anew.
func (d *Desk) recount() {
	d.counted.mu.Lock()
	defer d.counted.mu.Unlock()
	d.counted.workAt = time.Time{}
}

// Who is how a person is named to colleagues: the masked name and the staff number. Of nobody it is empty.
func (d *Desk) Who(ctx context.Context, number string) string {
	p, err := d.Ledger.People().Get(ctx, number)
	if err != nil {
		return number
	}
	return Masked(p) + " " + number
}

// Take makes a piece of work the clerk's for a while; a call is answered by it. One that another person has is a
// *TakenError.
func (d *Desk) Take(ctx context.Context, c Clerk, key string) error {
	if strings.HasPrefix(key, keyOf(ofCall, "")) {
		return d.Answer(ctx, c, key)
	}
	return d.handle(ctx, c, key, func(before payment.Decision, at time.Time) (payment.Decision, error) {
		if before.By.Person != "" && before.By.Person != c.By.Person {
			return before, &TakenError{before}
		}
		return payment.Decision{By: c.By, At: at}, nil
	})
}

// GiveBack makes a piece of work everybody's again.
func (d *Desk) GiveBack(ctx context.Context, c Clerk, key string) error {
	return d.handle(ctx, c, key, func(before payment.Decision, _ time.Time) (payment.Decision, error) {
		if before.By.Person == "" || before.By.Person != c.By.Person {
			return before, ErrNotTaken
		}
		return payment.Decision{}, nil
	})
}

// handle stores who has a piece of work, as a rule says of who has it now.
func (d *Desk) handle(
	ctx context.Context, c Clerk, key string, rule func(payment.Decision, time.Time) (payment.Decision, error),
) error {
	ctx, err := c.acts(ctx, DoWork)
	if err != nil {
		return err
	}
	at := now()
	switch parts := strings.Split(key, "\x00"); {
	case len(parts) == 3 && parts[0] == ofEffect:
		_, err := d.Ledger.UpdateEffect(ctx, parts[1], parts[2], func(e payment.Effect) (payment.Effect, error) {
			if e.State == payment.Done {
				return e, fmt.Errorf("%w: it is done", payment.ErrConflict)
			}
			to, err := rule(taken(e.Taken, at), at)
			e.Taken, e.By = to, c.By
			return e, err
		})
		return err
	case len(parts) == 2 && parts[0] == ofDifference:
		_, err := d.Ledger.Differences().Update(ctx, parts[1], func(
			x payment.Difference, staff payment.Staff,
		) (payment.Difference, payment.Entry, error) {
			if err := MayIn(staff, c.By, Reconcile); err != nil {
				return x, payment.Entry{}, err
			}
			if x.Order+x.RefundNo == "" || !x.Resolved.At.IsZero() {
				return x, payment.Entry{}, fmt.Errorf("%w: it is resolved", payment.ErrConflict)
			}
			to, err := rule(taken(x.Taken, at), at)
			x.Taken = to
			return x, payment.Entry{Event: "difference-taken", Note: x.Day + " " + string(x.Kind), By: c.By}, err
		})
		return err
	}
	return payment.ErrNotFound
}

// End ends a piece of work for a reason that stays in the audit. What another person has is a *TakenError; what needs
// an act of its own is ErrOtherEnd.
func (d *Desk) End(ctx context.Context, c Clerk, key, reason string) error {
	reason = Plain(reason)
	ctx, err := c.acts(ctx, DoWork)
	if err != nil {
		return err
	}
	if reason == "" {
		return ErrReason
	}
	parts := strings.Split(key, "\x00")
	if len(parts) != 3 || parts[0] != ofEffect {
		return ErrOtherEnd
	}
	o, err := d.Ledger.Order(ctx, parts[1])
	if err != nil {
		return err
	}
	at := now()
	_, err = d.Ledger.UpdateEffect(ctx, o.No, parts[2], func(e payment.Effect) (payment.Effect, error) {
		switch who := taken(e.Taken, at); {
		case e.State == payment.Done || e.State == payment.Handed:
			return e, fmt.Errorf("%w: it is %s", payment.ErrConflict, e.State)
		case who.By.Person != "" && who.By.Person != c.By.Person:
			return e, &TakenError{who}
		}
		if err := endsByReason(o, e, at); err != nil {
			return e, err
		}
		e.State, e.Note, e.By, e.Holder, e.Until = payment.Done, reason, c.By, "", time.Time{}
		return e, nil
	})
	d.recount()
	return err
}

// endsByReason says why a reason alone does not end a piece of work. A dispute is accepted or given back, what came
// back is said in a sum, a second payment is refunded or becomes its bill's. A receipt that nobody took can be printed
// as a copy whenever somebody asks for it.
func endsByReason(o payment.Order, e payment.Effect, at time.Time) error {
	switch e.Kind {
	case receiptKind:
		if markOf(o, e, at) != "" {
			return nil
		}
	case payment.AttentionAnswer, reportRefused, backRefused, payment.AttentionAbnormal:
		return nil
	case payment.Attention, payment.AttentionSecond:
		disputed, second := o.State == payment.Disputed && !o.ByHand, o.Oddity == payment.SecondPayment
		if disputed || second && !o.Returned.All() {
			return ErrOtherEnd
		}
		return nil
	}
	return ErrOtherEnd
}
