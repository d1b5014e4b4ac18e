package care

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// A Task is what waits for a person about one order, and stays until a person ends it, or WeChat has spoken.
type Task struct {
	Order payment.Order
	Code  doctor.Code // Disputed, Attention, ReportRefused, OtherLedger, Unsettled or NoKey
	Kind  string      // of the ledger's work; empty where there is none
	Since time.Time
	Note  string // no personal data
	Alone bool   // a second payment beside which no other order of its bill holds money
}

// Tasks returns what waits for a person, by the orders' numbers: first what the ledger owes a clerk, then the orders
// that nobody can ask about, and those that have no outcome though their time is over.
func (c *Care) Tasks(ctx context.Context) (list []Task, err error) {
	for after := (payment.Effect{}); ; {
		owed, err := c.Ledger.Pending(ctx, payment.Attention, after, payment.MaxPage)
		if err != nil {
			return nil, fmt.Errorf("read a clerk's work: %w", err)
		}
		for _, e := range owed {
			o, err := c.Ledger.Order(ctx, e.Order)
			if err != nil {
				return nil, fmt.Errorf("read order %s: %w", e.Order, err)
			}
			others, err := c.others(ctx, o)
			if err != nil {
				return nil, err
			}
			list = append(list, Task{o, codeOf(o, e), e.Kind, e.Since, e.Note, o.Promotable(others) == nil})
		}
		if len(owed) < payment.MaxPage {
			break
		}
		after = owed[len(owed)-1]
	}
	open, err := c.Ledger.Unsettled(ctx)
	if err != nil {
		return nil, fmt.Errorf("read open orders: %w", err)
	}
	for _, o := range open {
		if !c.Cashier.Serves(o.Merchant) {
			if !o.ByHand {
				list = append(list, Task{Order: o, Code: doctor.NoKey, Since: o.CreatedAt,
					Note: "no key of merchant " + o.Merchant.MchID})
			}
			continue
		}
		if since := o.StuckSince(); !o.ByHand && c.Cashier.Now().After(since) {
			list = append(list, Task{o, doctor.Unsettled, "", since, "it is " + string(o.State), false})
		}
	}
	return list, nil
}

// others are the other orders of a second payment's bill; of another order they matter to nobody.
func (c *Care) others(ctx context.Context, o payment.Order) ([]payment.Order, error) {
	if o.Oddity != payment.SecondPayment {
		return nil, nil
	}
	all, err := c.Ledger.OfBill(ctx, o.Key)
	if err != nil {
		return nil, fmt.Errorf("read the orders of %s's bill: %w", o.No, err)
	}
	return slices.DeleteFunc(all, func(other payment.Order) bool { return other.No == o.No }), nil
}

// codeOf says what kind of trouble a clerk's work is.
func codeOf(o payment.Order, e payment.Effect) doctor.Code {
	switch {
	case e.Kind == report.Refused:
		return doctor.ReportRefused
	case e.Kind == payment.Attention && o.State == payment.Disputed && !o.ByHand:
		return doctor.Disputed
	}
	return doctor.Attention
}

// finding is the task as a trouble. A clerk's work is told at once; an order without an outcome once it has lasted.
func (t Task) finding() doctor.Finding {
	if t.Code == doctor.Unsettled {
		return doctor.Finding{Code: t.Code, Of: t.Order.Merchant.MchID, Since: t.Since}
	}
	if t.Code == doctor.OtherLedger {
		_, instance := t.Order.Elsewhere()
		return doctor.Finding{Code: t.Code, Of: instance}
	}
	if t.Code == doctor.NoKey {
		return doctor.Finding{Code: t.Code, Of: t.Order.Merchant.MchID, Err: payment.ErrNotServed}
	}
	return doctor.Finding{Code: t.Code}
}

// Told reports whether the task has lasted long enough to be told.
func (t Task) Told(now time.Time) bool {
	return len(doctor.Tell([]doctor.Finding{t.finding()}, now)) > 0
}

// Ends are the commands that end the task, the one that needs no decision first.
func (t Task) Ends() []string {
	no, reason := t.Order.No, " --reason TEXT"
	switch t.Code {
	case doctor.Disputed:
		return []string{"orders ask " + no, "orders accept " + no + reason, "orders done " + no + reason}
	case doctor.ReportRefused:
		return []string{"orders report " + no, "orders done " + no + " " + t.Kind + reason}
	case doctor.OtherLedger:
		return []string{"orders adopt " + no + reason, "orders done " + no + reason}
	case doctor.Unsettled:
		return slices.Concat([]string{"orders ask " + no}, t.givingUp(reason), []string{"orders done " + no + reason})
	case doctor.NoKey:
		return append(t.givingUp(reason), "orders done "+no+reason)
	}
	done := "orders done " + no + " " + t.Kind + reason
	if t.Alone && (t.Kind == payment.Attention || t.Kind == payment.AttentionSecond) {
		return []string{"orders accept " + no + reason, done}
	}
	return []string{done}
}

// givingUp is the command that ends an order whose code nobody can hold, of one that is such.
func (t Task) givingUp(reason string) []string {
	if _, err := t.Order.GiveUp(t.Order.GiveUpFrom().Add(1)); err != nil {
		return nil
	}
	return []string{"orders end " + t.Order.No + reason}
}

// End ends what waits for a person about an order: a person says why, and the audit keeps it. kind names the work where
// there are several; empty is the only one. A dispute is ended by hand, without receipt and report, and an order
// without an outcome is followed as ever, and told no more. A receipt that may have been printed ends as printed. What
// does not wait for a person is payment.ErrConflict.
func (c *Care) End(ctx context.Context, no, kind, reason string, by payment.By) (payment.Order, error) {
	o, err := c.Ledger.Order(ctx, no)
	if err != nil {
		return o, err
	}
	if kind == "" {
		if kind, err = c.only(ctx, o); err != nil {
			return o, err
		}
	}
	switch {
	case kind == unsettled, kind == elsewhere, kind == payment.Attention && o.State == payment.Disputed && !o.ByHand:
		return c.Cashier.EndByHand(ctx, no, reason, by)
	case clerks(kind):
		err = payment.Strike(ctx, c.Ledger, no, kind, reason, by)
		if errors.Is(err, payment.ErrNotFound) {
			err = fmt.Errorf("%w: it owes no %s", payment.ErrConflict, kind)
		}
	default:
		err = c.Counter.Given(ctx, no, kind, reason, by)
	}
	return o, err
}

// These stand for the kind of work of an order that the ledger has none for: it lacks an outcome, or another ledger was
// paid for it.
const (
	unsettled = "outcome"
	elsewhere = "elsewhere"
)

// lateTasks are the payments that are adopted one by one.
func lateTasks(twins []payment.Twin) (list []Task) {
	for _, t := range twins {
		for _, o := range t.Late {
			note := "paid to ledger " + t.Instance + " under this kiosk's id"
			list = append(list, Task{o, doctor.OtherLedger, "", o.PaidAt, note, false})
		}
	}
	return list
}

// only returns the kind of work of an order that waits for a person, when it is the only one.
func (c *Care) only(ctx context.Context, o payment.Order) (string, error) {
	work, err := c.Ledger.Effects(ctx, o.No)
	if err != nil {
		return "", err
	}
	var kinds []string
	for _, e := range work {
		if e.State != payment.Done && clerks(e.Kind) {
			kinds = append(kinds, e.Kind)
		}
	}
	switch {
	case len(kinds) > 0:
	case !o.Final():
		kinds = []string{unsettled}
	case o.PaidElsewhere() && !o.ByHand:
		kinds = []string{elsewhere}
	}
	slices.Sort(kinds)
	switch len(kinds) {
	case 0:
		return "", fmt.Errorf("%w: nothing of it waits for a person", payment.ErrConflict)
	case 1:
		return kinds[0], nil
	}
	return "", fmt.Errorf("%w: several things of it wait, name one of %s", payment.ErrConflict,
		strings.Join(kinds, ", "))
}

// clerks reports whether a kind of work is a clerk's.
func clerks(kind string) bool {
	return kind == payment.Attention || strings.HasPrefix(kind, payment.Attention+"/")
}
