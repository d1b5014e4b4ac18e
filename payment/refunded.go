package payment

import (
	"fmt"
	"time"
)

// RefundStatus is what WeChat says of a refund.
type RefundStatus string

// WeChat's refund statuses (pay.weixin.qq.com/doc/v3/merchant/4012525106, status).
const (
	StatusProcessing RefundStatus = "PROCESSING"
	StatusSuccess    RefundStatus = "SUCCESS"
	StatusAbnormal   RefundStatus = "ABNORMAL"
	StatusClosed     RefundStatus = "CLOSED"
)

// A ReportedRefund is a verified answer to a query: what WeChat says of a refund.
type ReportedRefund struct {
	No     string // out_refund_no
	Order  string // out_trade_no
	ID     string // refund_id
	Status RefundStatus
	Sum    Fen // amount.refund; zero when WeChat did not say
	// when WeChat took it on: the day of the bill that has it; zero when it did not say
	AcceptedAt time.Time
	ArrivedAt  time.Time
}

// AttentionAbnormal is the work of a clerk about a refund that the payer's account takes not, or that WeChat has
// carried out otherwise than it was asked for.
const AttentionAbnormal = AttentionRefund + "-abnormal"

// Apply returns the refund after a verified answer to a query of it, and what follows for its order. Applying an answer
// twice equals applying it once. What WeChat says is what happened: another sum than ours is taken over, and a clerk
// is told. An answer about another refund is ErrNoAnswer.
func (of Refunded) Apply(r Refund, said ReportedRefund, now time.Time) (RefundChange, error) {
	if said.No != r.No || said.Order != r.Order || said.Sum < 1 {
		return RefundChange{}, ErrNoAnswer
	}
	if r.Final() || !r.Left() {
		return RefundChange{Refund: r}, nil
	}
	var to RefundState
	var event RefundEvent
	switch said.Status {
	case StatusProcessing:
		to, event = RefundAccepted, SaidProcessing
	case StatusSuccess:
		to, event = RefundDone, SaidSuccess
	case StatusAbnormal:
		to, event = RefundAbnormal, SaidAbnormal
	case StatusClosed:
		to, event = RefundClosed, SaidEnded
	default:
		return RefundChange{}, fmt.Errorf("%w: status %q", ErrUnknown, said.Status)
	}
	c := RefundChange{Note: r.note("")}
	o := of.Order
	if said.Sum != r.Sum { // asked for by a ledger that is lost, by the same number
		c.Note += fmt.Sprintf(", WeChat says %s", said.Sum)
		c.Order.Owed = []Effect{{Kind: AttentionAbnormal, State: Owed, Note: c.Note}}
		o.Refunding.Sent += said.Sum - r.Sum
		r.Sum = said.Sum
	}
	r.ID, r.Trouble, r.HeardAt = said.ID, "", now
	if r.AcceptedAt.IsZero() && !said.AcceptedAt.IsZero() {
		r.AcceptedAt, r.KnownAt = said.AcceptedAt, now
	}
	if to != r.State {
		r.State, c.Event = to, event
		switch to {
		case RefundDone:
			r.ArrivedAt = said.ArrivedAt
			c.Order = o.cameBack(r.Sum, c.Order, now)
			o = c.Order.Order
		case RefundAbnormal:
			c.Order.Owed = []Effect{{Kind: AttentionAbnormal, State: Owed, Note: c.Note}}
		case RefundClosed:
			o.Refunding.Sent -= r.Sum
		}
	}
	if r.State == RefundDone || r.State == RefundClosed || r.State == RefundAccepted {
		c.Order.Turns = append(c.Order.Turns, r.calm(c.Order.Owed)...)
	}
	c.Refund, c.Order.Order = r, o
	return c, nil
}

// calm ends the work about an abnormal refund that has found its way, unless this very answer is what it is owed for.
func (r Refund) calm(owed []Effect) []Turn {
	if len(owed) > 0 && owed[0].Kind == AttentionAbnormal {
		return nil
	}
	return []Turn{{AttentionAbnormal, Owed, Done, "the refund is " + string(r.State)}}
}

// cameBack returns the order once a refund of ours has arrived. What of the payment was not done yet waits when all of
// it is the payer's again; the court is told of the sum.
func (o Order) cameBack(sum Fen, c Change, now time.Time) Change {
	o.Refunding.Done += sum
	if o.Returned.State == SomeReturned { // the whole is a person's to say
		c.Order = o
		return c
	}
	o.Returned.Sum += sum
	o.Returned.State, o.Returned.At, o.Returned.By = PartReturned, now, By{}
	if o.Returned.Sum >= o.PaidAmount {
		o.Returned.State = AllReturned
	}
	c.Order = o
	if o.Returned.All() {
		note := "all of it was given back"
		c.Turns = append(c.Turns, o.turn(Owed, Held, note)...)
		for _, kind := range []string{Attention, AttentionSecond} {
			c.Turns = append(c.Turns, Turn{kind, Owed, Done, note}, Turn{kind, Doubtful, Done, note})
		}
	}
	if o.State != Paid {
		return c
	}
	return o.oweBack(c)
}
