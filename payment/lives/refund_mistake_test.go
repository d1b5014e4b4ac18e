package lives

import (
	"context"
	"errors"
	"slices"
	"sync"

	"courtkiosk/payment"
)

// refundMistakes are what could go wrong where the program gives money back.
var refundMistakes = map[string]*Mistake{
	"sends a refund once more by a new number": {
		desk:   func(d *payment.Desk) { d.Refunder = &renumberer{d.Refunder} },
		breaks: "by another number",
	},
	"counts a refund twice": {
		desk: func(d *payment.Desk) {
			d.Ledger = &judged{d.Ledger, func(_ payment.Refund, c *payment.RefundChange, _ error) error {
				if c.Event == payment.SaidSuccess {
					c.Order.Order.Refunding.Done += c.Refund.Sum
				}
				return nil
			}}
		},
		breaks: "its refunds of",
	},
	"withdraws a refund that was sent": {
		desk: func(d *payment.Desk) {
			d.Ledger = &judged{d.Ledger, func(r payment.Refund, c *payment.RefundChange, err error) error {
				if r.State != payment.RefundSent || !errors.Is(err, payment.ErrConflict) {
					return err
				}
				c.Refund, c.Event = r, payment.WithdrawsRefund
				c.Refund.State = payment.RefundWithdrawn
				return nil
			}}
		},
		edge: payment.RefundEdge{
			From: payment.RefundSent, Event: payment.WithdrawsRefund, To: payment.RefundWithdrawn,
		},
		breaks: "withdraws refund",
	},
	"takes an empty account for a failed refund": {
		desk:   func(d *payment.Desk) { d.Refunder = &quitter{Refunder: d.Refunder, given: map[string]bool{}} },
		breaks: "WeChat says",
	},
	"lets one person ask and approve": {
		desk: func(d *payment.Desk) {
			d.Ledger = &judged{d.Ledger, func(r payment.Refund, c *payment.RefundChange, err error) error {
				if !errors.Is(err, payment.ErrSamePerson) {
					return err
				}
				c.Refund, c.Event = r, payment.ApprovesRefund
				c.Refund.State, c.Refund.Decided = payment.RefundApproved, r.Asked
				return nil
			}}
		},
		breaks: "gives back what",
	},
	"believes an answer that nobody has signed": {
		desk: func(d *payment.Desk) {
			d.Refunder = &credulous{d.Refunder, payment.ErrUnknown, payment.StatusSuccess}
		},
		breaks: "WeChat says",
	},
	"takes 404 for the end of a refund": {
		desk:   func(d *payment.Desk) { d.Refunder = &credulous{d.Refunder, payment.ErrAbsent, payment.StatusClosed} },
		breaks: "WeChat says",
	},
	"sends a refund before it is stored": {
		desk:   func(d *payment.Desk) { d.Ledger = &promiser{d.Ledger} },
		breaks: "and its ledger says",
	},
	"sends what a backup calls approved": {
		desk: func(d *payment.Desk) {
			d.Ledger = &judged{d.Ledger, func(r payment.Refund, c *payment.RefundChange, err error) error {
				if c.Event == payment.RestoresRefund {
					*c = payment.RefundChange{Refund: r}
				}
				return err
			}}
		},
		breaks: "was taken back", kept: "approved-in-a-backup",
	},
	"lets more be asked for than is left": {
		desk:   func(d *payment.Desk) { d.Ledger = &oblivious{d.Ledger} },
		breaks: "are under way",
	},
}

// renumberer gives a refund another number each time that it is sent after the first.
type renumberer struct{ payment.Refunder }

func (x *renumberer) SendRefund(ctx context.Context, r payment.Refund) error {
	if r.Tries > 0 {
		r.No = payment.RefundNumber(r.Order, r.Part+r.Tries*100)
		var err error
		if r.Body, err = x.ComposeRefund(r); err != nil {
			return err
		}
	}
	return x.Refunder.SendRefund(ctx, r)
}

// judged has something else stored of a refund than its rule has decided.
type judged struct {
	payment.Ledger
	how func(r payment.Refund, c *payment.RefundChange, err error) error
}

func (j *judged) UpdateRefund(ctx context.Context, no string,
	rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	return j.Ledger.UpdateRefund(ctx, no, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		c, err := rule(r, of)
		err = j.how(r, &c, err)
		return c, err
	})
}

// quitter calls a refund closed that WeChat refused to carry out now.
type quitter struct {
	payment.Refunder
	mu    sync.Mutex
	given map[string]bool
}

func (q *quitter) SendRefund(ctx context.Context, r payment.Refund) error {
	err := q.Refunder.SendRefund(ctx, r)
	if errors.Is(err, payment.ErrRefused) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.given[r.No] = true
	}
	return err
}

func (q *quitter) QueryRefund(ctx context.Context, r payment.Refund) (payment.ReportedRefund, error) {
	q.mu.Lock()
	given := q.given[r.No]
	q.mu.Unlock()
	if given {
		return payment.ReportedRefund{No: r.No, Order: r.Order, Status: payment.StatusClosed, Sum: r.Sum}, nil
	}
	return q.Refunder.QueryRefund(ctx, r)
}

// credulous takes an answer that proves nothing for WeChat's word.
type credulous struct {
	payment.Refunder
	what error
	word payment.RefundStatus
}

func (x *credulous) QueryRefund(ctx context.Context, r payment.Refund) (payment.ReportedRefund, error) {
	said, err := x.Refunder.QueryRefund(ctx, r)
	if errors.Is(err, x.what) {
		return payment.ReportedRefund{No: r.No, Order: r.Order, Status: x.word, Sum: r.Sum, ArrivedAt: r.SentAt}, nil
	}
	return said, err
}

// promiser says that a refund is stored as sent, and stores it after it has left.
type promiser struct{ payment.Ledger }

func (p *promiser) UpdateRefund(ctx context.Context, no string,
	rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	var told payment.Refund
	r, err := p.Ledger.UpdateRefund(ctx, no, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		c, err := rule(r, of)
		if told = c.Refund; err == nil && c.Event == payment.SendsRefund {
			return payment.RefundChange{Refund: r}, nil
		}
		return c, err
	})
	if err == nil && told.State == payment.RefundSent && r.State == payment.RefundApproved {
		return told, nil
	}
	return r, err
}

// oblivious does not know of the refunds that were asked for before.
type oblivious struct{ payment.Ledger }

func (x *oblivious) AskRefund(ctx context.Context, order, id string,
	rule func(payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	return x.Ledger.AskRefund(ctx, order, id, func(of payment.Refunded) (payment.RefundChange, error) {
		of.Refunds = nil
		return rule(of)
	})
}

func init() {
	for name, m := range refundMistakes {
		mistakes[name] = m
		if m.kept == "" { // a shared ledger comes from no backup
			sharedMistakes[name] = sharedMistake{m, m.breaks, 0}
		}
	}
}

// parochial are the mistakes of an instance that knows what was asked for at itself alone.
type parochial struct {
	payment.Ledger
	mu    sync.Mutex
	asked map[string]bool // refunds, by number
}

func (x *parochial) here(no string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.asked[no]
}

func (x *parochial) AskRefund(ctx context.Context, order, id string,
	rule func(payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	r, err := x.Ledger.AskRefund(ctx, order, id, rule)
	if err == nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.asked[r.No] = true
	}
	return r, err
}

// stranger lets who has asked for a refund at another instance approve it here.
type stranger struct{ parochial }

func (x *stranger) UpdateRefund(ctx context.Context, no string,
	rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	return x.Ledger.UpdateRefund(ctx, no, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		c, err := rule(r, of)
		if errors.Is(err, payment.ErrSamePerson) && !x.here(no) {
			c.Refund, c.Event = r, payment.ApprovesRefund
			c.Refund.State, c.Refund.Decided, err = payment.RefundApproved, r.Asked, nil
		}
		return c, err
	})
}

// spender counts against what was paid only what was asked for here.
type spender struct{ parochial }

func (x *spender) AskRefund(ctx context.Context, order, id string,
	rule func(payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	return x.parochial.AskRefund(ctx, order, id, func(of payment.Refunded) (payment.RefundChange, error) {
		of.Refunds = slices.DeleteFunc(slices.Clone(of.Refunds), func(r payment.Refund) bool { return !x.here(r.No) })
		return rule(of)
	})
}

func parish(l payment.Ledger) parochial { return parochial{Ledger: l, asked: make(map[string]bool)} }
