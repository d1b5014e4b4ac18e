package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNoRefunds means: refunds are off here; nobody would carry one out.
var ErrNoRefunds = errors.New("payment: refunds are off")

// A RefundAct is what a person is about to do about a refund, as the transaction sees it.
type RefundAct struct {
	Event  RefundEvent // AsksRefund, ApprovesRefund, RefusesRefund or WithdrawsRefund
	By     By
	Refund Refund // as it becomes
	Of     Refunded
}

// AskRefund notes that a person asks for a refund of an order. Asking twice by one a.ID asks once. What is refused is
// one of the errors of Refunded.Ask, or Desk.May's; an order that is not there is ErrNotFound.
func (c *Cashier) AskRefund(ctx context.Context, order string, a RefundAsk) (Refund, error) {
	if !c.refunds() {
		return Refund{}, ErrNoRefunds
	}
	now := c.Now()
	return c.desk.Ledger.AskRefund(ctx, order, a.ID, func(of Refunded) (RefundChange, error) {
		change, err := of.Ask(a, now)
		return c.may(change, of, err)
	})
}

// ApproveRefund has a refund sent that another person has asked for.
func (c *Cashier) ApproveRefund(ctx context.Context, no string, by By) (Refund, error) {
	if !c.refunds() {
		return Refund{}, ErrNoRefunds
	}
	r, err := c.decideRefund(ctx, no, func(r Refund, of Refunded, now time.Time) (RefundChange, error) {
		return of.Approve(r, by, now)
	})
	c.stirRefunds()
	return r, err
}

// RefuseRefund notes that another person does not want a refund, for a reason.
func (c *Cashier) RefuseRefund(ctx context.Context, no, reason string, by By) (Refund, error) {
	return c.decideRefund(ctx, no, func(r Refund, of Refunded, now time.Time) (RefundChange, error) {
		return of.Refuse(r, reason, by, now)
	})
}

// WithdrawRefund takes a refund back that was not sent, for a reason. One that was sent is ErrConflict.
func (c *Cashier) WithdrawRefund(ctx context.Context, no, reason string, by By) (Refund, error) {
	return c.decideRefund(ctx, no, func(r Refund, of Refunded, now time.Time) (RefundChange, error) {
		return of.Withdraw(r, reason, by, now)
	})
}

// refunds reports whether money goes back here: somebody carries it out, and something says who may decide it.
func (c *Cashier) refunds() bool {
	return c.desk.Refunder != nil && c.desk.May != nil && !c.desk.RefundsOff
}

// GivesBack reports whether a refund can be asked for here.
func (c *Cashier) GivesBack() bool { return c.refunds() }

// decideRefund stores what a person has decided about a refund, if that person may. What was asked for can be taken
// back where nobody carries refunds out, too.
func (c *Cashier) decideRefund(
	ctx context.Context, no string, rule func(Refund, Refunded, time.Time) (RefundChange, error),
) (Refund, error) {
	if c.desk.May == nil {
		return Refund{}, ErrNoRefunds
	}
	now := c.Now()
	return c.desk.Ledger.UpdateRefund(ctx, no, func(r Refund, of Refunded) (RefundChange, error) {
		change, err := rule(r, of, now)
		return c.may(change, of, err)
	})
}

// may lets a change of a refund pass that its person may decide.
func (c *Cashier) may(change RefundChange, of Refunded, err error) (RefundChange, error) {
	if err == nil {
		err = c.desk.May(RefundAct{change.Event, change.By, change.Refund, of})
	}
	if err != nil {
		return RefundChange{}, err
	}
	return change, nil
}

// stirRefunds has the refunds looked at now.
func (c *Cashier) stirRefunds() {
	select {
	case c.stirred <- struct{}{}:
	default:
	}
}

// How often WeChat is asked about a refund: first after a minute, then ever more rarely
// (pay.weixin.qq.com/doc/v3/merchant/4012525106).
var refundPace = []struct{ until, wait time.Duration }{
	{5 * time.Minute, time.Minute}, {30 * time.Minute, 5 * time.Minute}, {2 * time.Hour, 10 * time.Minute},
}

const (
	refundPatience = 30 * time.Minute // between questions later on
	refundRound    = 10 * time.Second // between looks at what is due
)

// due is when something is to be done next about a refund; zero when nothing is before a person has spoken.
func (r Refund) due() time.Time {
	switch r.State {
	case RefundApproved:
		if r.HeardAt.Before(r.Decided.At) {
			return r.Decided.At
		}
		return r.HeardAt.Add(refundPace[0].wait) // what forbids it may end
	case RefundSent, RefundAccepted, RefundAbnormal:
	default:
		return time.Time{}
	}
	if r.HeardAt.IsZero() {
		return r.SentAt // whether its first sending came to anything is not known
	}
	for _, p := range refundPace {
		if r.HeardAt.Sub(r.SentAt) < p.until {
			return r.HeardAt.Add(p.wait)
		}
	}
	return r.HeardAt.Add(refundPatience)
}

// giveBack carries out the refunds that were approved, until ctx ends.
func (c *Cashier) giveBack(ctx context.Context) {
	tick := time.NewTicker(refundRound)
	defer tick.Stop()
	for {
		c.giveBackDue(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.stirred:
		case <-tick.C:
		}
	}
}

// giveBackDue does what is due now.
func (c *Cashier) giveBackDue(ctx context.Context) {
	open, err := c.desk.Ledger.OpenRefunds(ctx)
	if err != nil && ctx.Err() == nil {
		c.desk.Log.ErrorContext(ctx, "open refunds not read", "err", err)
	}
	for _, r := range open {
		if r.State == RefundApproved && !c.refunds() {
			continue
		}
		due := r.due()
		if due.IsZero() || c.Now().Before(due) || ctx.Err() != nil || !c.desk.Gateway.Serves(r.Merchant) {
			continue
		}
		if err := c.carryOut(ctx, r); err != nil && ctx.Err() == nil {
			c.desk.Log.WarnContext(ctx, "refund not carried out yet", "refund", r.No, "order", r.Order, "err", err)
		}
	}
}

// carryOut sends an approved refund, and asks about one that was sent. One that WeChat does not know is sent once more,
// as it was.
func (c *Cashier) carryOut(ctx context.Context, r Refund) error {
	if r.State == RefundApproved {
		sent, err := c.sendRefund(ctx, r)
		if forbidden(err) != "" {
			return c.noteRefund(ctx, r, false, err)
		}
		if err != nil {
			return err
		}
		return c.noteRefund(ctx, sent, true, c.dispatch(ctx, sent))
	}
	said, err := c.askAboutRefund(ctx, r)
	if errors.Is(err, ErrAbsent) && r.State == RefundSent {
		return c.noteRefund(ctx, r, true, c.dispatch(ctx, r))
	}
	if err != nil {
		return c.noteRefund(ctx, r, false, err)
	}
	now := c.Now()
	_, err = c.desk.Ledger.UpdateRefund(ctx, r.No, func(r Refund, of Refunded) (RefundChange, error) {
		return of.Apply(r, said, now)
	})
	return err
}

// sendRefund makes durable that a refund is sent. A refund of the order that was sent within the last minute is left to
// another round.
func (c *Cashier) sendRefund(ctx context.Context, r Refund) (Refund, error) {
	body, err := c.desk.Refunder.ComposeRefund(r)
	if err != nil {
		return r, err
	}
	now := c.Now()
	return c.desk.Ledger.UpdateRefund(ctx, r.No, func(r Refund, of Refunded) (RefundChange, error) {
		return of.Send(r, body, now)
	})
}

// What an approved refund may not be sent for, in its Trouble.
const (
	TroubleUnknown = "returned-unknown" // ErrRefundUnknown
	TroubleSum     = "returned-sum"     // ErrRefundSum
	TroubleLate    = "late"             // ErrRefundLate
	TroubleParts   = "parts"            // ErrRefundParts
)

// forbidden is in short why an approved refund may not be sent; empty of an error that says nothing of that.
func forbidden(err error) string {
	switch {
	case errors.Is(err, ErrRefundUnknown):
		return TroubleUnknown
	case errors.Is(err, ErrRefundSum):
		return TroubleSum
	case errors.Is(err, ErrRefundLate):
		return TroubleLate
	case errors.Is(err, ErrRefundParts):
		return TroubleParts
	}
	return ""
}

// dispatch sends the request of a refund.
func (c *Cashier) dispatch(ctx context.Context, r Refund) error {
	ctx, err := c.turn(ctx, r.Merchant)
	if err == nil {
		err = c.desk.Refunder.SendRefund(ctx, r)
	}
	c.heard(r.Merchant, err)
	return err
}

// askAboutRefund asks WeChat what became of a refund.
func (c *Cashier) askAboutRefund(ctx context.Context, r Refund) (ReportedRefund, error) {
	ctx, err := c.turn(ctx, r.Merchant)
	if err != nil {
		return ReportedRefund{}, err
	}
	said, err := c.desk.Refunder.QueryRefund(ctx, r)
	c.heard(r.Merchant, err)
	return said, err
}

// turn waits until a call for a merchant may be made behind all visitors, and returns the call's context.
func (c *Cashier) turn(ctx context.Context, m Merchant) (context.Context, error) {
	wait := func(ctx context.Context) error { return c.await(ctx, m, false, nil) }
	return withTurns(ctx, wait), wait(ctx)
}

// noteRefund notes that WeChat was sent a refund, or asked about it, and in short why that came to nothing.
func (c *Cashier) noteRefund(ctx context.Context, r Refund, sent bool, failed error) error {
	trouble := ""
	if short, ok := errors.AsType[interface {
		error
		Short() string
	}](failed); ok {
		trouble = short.Short()
	} else if failed != nil {
		trouble = cmp.Or(forbidden(failed), "no answer")
	}
	if ctx.Err() != nil {
		return failed
	}
	now := c.Now()
	_, err := c.desk.Ledger.UpdateRefund(ctx, r.No, func(r Refund, _ Refunded) (RefundChange, error) {
		return r.Tried(sent, trouble, now), nil
	})
	if failed != nil {
		return errors.Join(fmt.Errorf("refund part %d: %w", r.Part, failed), err)
	}
	return err
}
