package lives

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

// mistakes are the defects of the payment systems that were read before this one was written, and our own fears.
var mistakes = map[string]*Mistake{
	"closes by the clock": {rules: func(law *ruleTable) {
		law.AskClose = func(o payment.Order, w payment.Wish) payment.Change {
			if o.State != payment.Waiting {
				return o.AskClose(w)
			}
			o.State = payment.Closed
			return payment.Change{Order: o, Event: payment.SaidClosed}
		}
	}},
	"asks as often as it likes": {desk: func(d *payment.Desk) { d.Pace = payment.NewPace(100) },
		breaks: "times within a second"},
	"lets all go at the end of a quiet": {desk: func(d *payment.Desk) { d.Gateway = &herder{Gateway: d.Gateway} },
		breaks: "times within a second"},
	"believes 204": {desk: func(d *payment.Desk) {
		d.Gateway = &believer{Gateway: d.Gateway,
			closed: map[string]bool{}}
	}},
	"skips the amount": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			r.Amount = o.Amount
			return o.Apply(r, others, now)
		}
	}},
	"skips appid and currency": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			r.AppID, r.Currency = o.Merchant.AppID, "CNY"
			return o.Apply(r, others, now)
		}
	}},
	"skips the attach": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			r.Attach = o.Attach
			return o.Apply(r, others, now)
		}
	}},
	"takes another order's answer": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			r.No, r.MchID = o.No, o.Merchant.MchID
			return o.Apply(r, others, now)
		}
	}},
	"creates again with changed parameters": {desk: func(d *payment.Desk) { d.Gateway = &rewriter{d.Gateway} }},
	"creates again until the last second": {rules: func(law *ruleTable) {
		law.Recreates = func(o payment.Order, now time.Time) bool {
			return o.State == payment.Created &&
				now.Before(o.Expires)
		}
	}},
	"prints before it settles": {rules: func(law *ruleTable) {
		law.Code = func(o payment.Order, url string) payment.Change {
			change := o.Code(url)
			change.Owed = []payment.Effect{{Kind: "receipt", State: payment.Owed}}
			return change
		}
	}, desk: func(d *payment.Desk) { d.Ledger = &hasty{d.Ledger} }},
	"forgets a payment that overtakes the close": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			if o.State == payment.Closing && r.State == payment.TradeSuccess {
				r.State = payment.TradeClosed
			}
			return o.Apply(r, others, now)
		}
	}},
	"tells paid and stores nothing": {desk: func(d *payment.Desk) { d.Ledger = &teller{d.Ledger} }},
	"takes a refund for a payment": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			if r.State == payment.TradeRefund {
				r.State = payment.TradeSuccess
			}
			return o.Apply(r, others, now)
		}
	}},
	"overlooks the second payment": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, _ []payment.Order, now time.Time) (payment.Change,
			error) {
			return o.Apply(r, nil, now)
		}
	}},
	"overlooks what comes back later": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			if o.State == payment.Paid {
				return payment.Change{Order: o}, nil
			}
			return o.Apply(r, others, now)
		}
	}},
	"reports no payment after one that came back": {rules: func(law *ruleTable) {
		law.Apply = func(o payment.Order, r payment.Reported, others []payment.Order, now time.Time) (payment.Change,
			error) {
			for i := range others {
				others[i].Returned = payment.Returned{}
			}
			return o.Apply(r, others, now)
		}
	}},
	"opens the next attempt after a part came back": {rules: func(law *ruleTable) {
		law.Next = func(r payment.Request, earlier []payment.Order, o payment.Order, now time.Time) (payment.Order,
			error) {
			for i, e := range earlier {
				if e.Returned.State == payment.PartReturned {
					earlier[i].Returned.State = payment.AllReturned
				}
			}
			return payment.Next(r, earlier, o, now)
		}
	}},
	"opens the next attempt by the clock": {rules: func(law *ruleTable) {
		law.Next = func(r payment.Request, earlier []payment.Order, o payment.Order, now time.Time) (payment.Order,
			error) {
			for i, e := range earlier {
				if !e.Final() && now.After(e.Expires) {
					earlier[i].State = payment.Closed
				}
			}
			return payment.Next(r, earlier, o, now)
		}
	}},
	"pays a disputed bill again": {rules: func(law *ruleTable) {
		law.Next = func(r payment.Request, earlier []payment.Order, o payment.Order, now time.Time) (payment.Order,
			error) {
			for i, e := range earlier {
				if e.State == payment.Disputed {
					earlier[i].State = payment.Closed
				}
			}
			return payment.Next(r, earlier, o, now)
		}
	}},
	"closes another machine's order at once": {rules: func(law *ruleTable) {
		law.MayClose = func(o payment.Order, now time.Time) bool {
			return o.State == payment.Foreign ||
				o.MayClose(now)
		}
	}},
	"leaves another machine's order alone for its own time only": {rules: func(law *ruleTable) {
		law.MayClose = func(o payment.Order, now time.Time) bool {
			return o.MayClose(now) || o.State == payment.Foreign && now.After(o.NotPaidAt.Add(o.PayWithin))
		}
	}},
	"walks over a number that had a code here": {rules: func(law *ruleTable) {
		law.WalksOver = func(o payment.Order, visit string) bool {
			o.CodeURL, o.Unwanted = "", payment.Wish{}
			return o.WalksOver(visit)
		}
	}},
	"walks over what another machine's visitor is about to pay": {rules: func(law *ruleTable) {
		law.WalksOver = func(o payment.Order, visit string) bool {
			return o.WalksOver(visit) || o.State == payment.Foreign && !o.PaidElsewhere() && o.Visit == visit
		}
		law.Next = func(r payment.Request, earlier []payment.Order, o payment.Order, now time.Time) (payment.Order,
			error) {
			for i, e := range earlier {
				if e.State == payment.Foreign && !e.PaidElsewhere() {
					earlier[i].State = payment.Closed
				}
			}
			return payment.Next(r, earlier, o, now)
		}
	}},
	"withdraws whatever was wished": {rules: func(law *ruleTable) {
		law.Rejoin = func(o payment.Order, r payment.Request, now time.Time) (payment.Change, error) {
			c, err := o.Rejoin(r, now)
			if c.Order.State == payment.Created {
				c.Order.Unwanted = payment.Wish{}
			}
			return c, err
		}
	}},
	"shows the code of what is wished closed": {rules: func(law *ruleTable) {
		law.Shown = func(o payment.Order) payment.Order { return o }
	}},
	"ends the alarm when the payment is adopted": {rules: func(law *ruleTable) {
		law.Doubles = func(k payment.Kin, o payment.Order) bool { return o.PaidElsewhere() && k.Doubles(o) }
	}},
	"calls void what one 404 did not know": {rules: func(law *ruleTable) {
		asked := make(map[string]int) // before the wait for a free call, and after it
		law.Recreates = func(o payment.Order, now time.Time) bool {
			asked[o.No]++
			return asked[o.No] <= 2 && o.Recreates(now)
		}
		law.Absent = func(o payment.Order, _ time.Time) payment.Change {
			if o.State == payment.Created {
				o.State = payment.Void
				return payment.Change{Order: o, Event: payment.SaidAbsent}
			}
			return payment.Change{Order: o}
		}
	}},
	"books what carries its id": {rules: func(law *ruleTable) {
		law.Inherits = func(_ payment.Kin, o payment.Order) bool { return o.PaidElsewhere() && o.PaidTo != "" }
	}},
	"never notices a twin": {rules: func(law *ruleTable) {
		law.Doubles = func(payment.Kin, payment.Order) bool { return false }
	}},
	"asks under the merchant of today":             {desk: func(d *payment.Desk) { d.Gateway = &forgetful{d.Gateway} }},
	"takes up only what waits at start":            {desk: func(d *payment.Desk) { d.Ledger = &sleeper{d.Ledger} }},
	"owes in a transaction of its own":             {desk: func(d *payment.Desk) { d.Ledger = &splitter{d.Ledger} }},
	"repeats what was in the printer's hands":      {undoubt: true},
	"prints without a word to the ledger":          {eager: true},
	"lets a moved ledger go on":                    {anywhere: true, breaks: "whose home is machine"},
	"binds a moved ledger anew and keeps its name": {namesake: true, breaks: "whose home is machine"},
	"marks what is not committed yet":              {ahead: true, breaks: "nobody has put it back"},
	"looks at no mark":                             {unread: true},
	"never tires":                                  {desk: func(d *payment.Desk) { d.Gateway = &hammer{d.Gateway} }},
	"drops an order that WeChat does not know":     {desk: func(d *payment.Desk) { d.Gateway = &dropper{d.Gateway} }},
}

// believer calls an order closed because its close was answered.
type believer struct {
	payment.Gateway
	closed map[string]bool
}

func (b *believer) Close(ctx context.Context, o payment.Order) error {
	err := b.Gateway.Close(ctx, o)
	if err == nil {
		b.closed[o.No] = true
	}
	return err
}

func (b *believer) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	if b.closed[o.No] {
		return payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeClosed},
			nil
	}
	return b.Gateway.Query(ctx, o)
}

// rewriter writes every create anew, with the time that is left now.
type rewriter struct{ payment.Gateway }

func (r *rewriter) Prepay(ctx context.Context, o payment.Order) (string, error) {
	o.Expires = time.Now().Add(o.PayWithin)
	var err error
	if o.Body, err = r.Compose(o); err != nil {
		return "", err
	}
	return r.Gateway.Prepay(ctx, o)
}

// hasty delivers a receipt as soon as it is owed.
type hasty struct{ payment.Ledger }

func (h *hasty) Update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change,
	error)) (payment.Order, error) {
	o, err := h.Ledger.Update(ctx, no, rule)
	if t, ok := h.Ledger.(*tape); ok && err == nil && o.State == payment.Waiting {
		t.k.print(no, payment.Owed)
	}
	return o, err
}

// teller says that it has stored a payment that came while closing.
type teller struct{ payment.Ledger }

func (l *teller) Update(ctx context.Context, no string,
	rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, error) {
	var told payment.Order
	o, err := l.Ledger.Update(ctx, no, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		c, err := rule(o, others)
		if o.State == payment.Closing && c.Order.State == payment.Paid {
			told = c.Order
			return payment.Change{Order: o}, err
		}
		return c, err
	})
	if told.No != "" && err == nil {
		return told, nil
	}
	return o, err
}

// forgetful asks about every order under the merchant that new orders are paid to.
type forgetful struct{ payment.Gateway }

func (f *forgetful) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	if d, ok := f.Gateway.(*door); ok && o.Merchant != d.k.merchant {
		mine := o.Merchant
		o.Merchant = d.k.merchant
		r, err := f.Gateway.Query(ctx, o)
		r.MchID = mine.MchID
		return r, err
	}
	return f.Gateway.Query(ctx, o)
}

// sleeper forgets what was being created or closed.
type sleeper struct{ payment.Ledger }

func (s *sleeper) Claim(ctx context.Context, holder string, n int, until time.Time) ([]payment.Order, error) {
	list, err := s.Ledger.Claim(ctx, holder, n, until)
	return slices.DeleteFunc(list, func(o payment.Order) bool { return o.State != payment.Waiting }), err
}

// splitter writes an order first and what it owes afterwards.
type splitter struct{ payment.Ledger }

func (s *splitter) Update(ctx context.Context, no string,
	rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, error) {
	var owed []payment.Effect
	o, err := s.Ledger.Update(ctx, no, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		c, err := rule(o, others)
		owed, c.Owed = c.Owed, nil
		return c, err
	})
	if err != nil || len(owed) == 0 {
		return o, err
	}
	return s.Ledger.Update(ctx, no, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return payment.Change{Order: o, Owed: owed}, nil
	})
}

// hammer asks again at once when it gets no answer.
type hammer struct{ payment.Gateway }

func (h *hammer) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	for range 20 {
		if r, err := h.Gateway.Query(ctx, o); err == nil || !errors.Is(err, payment.ErrUnknown) || ctx.Err() != nil {
			return r, err
		}
	}
	return h.Gateway.Query(ctx, o)
}

// dropper takes 404 for the end of any order.
type dropper struct{ payment.Gateway }

func (d *dropper) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	r, err := d.Gateway.Query(ctx, o)
	if errors.Is(err, payment.ErrAbsent) {
		return payment.Reported{No: o.No, MchID: o.Merchant.MchID, State: payment.TradeClosed}, nil
	}
	return r, err
}

// Every planted mistake breaks a promise within so many lives, and is left alone at its first.
func TestMistakesAreFound(t *testing.T) {
	const lives = 4000
	alone(t)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range mistakes {
			if !yield(name) {
				return
			}
		}
	}) {
		t.Run(name, func(t *testing.T) {
			if kept := mistakes[name].kept; kept != "" {
				l := Live(t, read(t, "testdata/lives/"+kept+".json"), Modelled, mistakes[name])
				if len(l.broken) == 0 || !strings.Contains(l.broken[0], mistakes[name].breaks) {
					t.Errorf("the life %s breaks %q", kept, l.broken)
				}
				return
			}
			for seed := range lives {
				if l := Live(t, Drawn(seed), Modelled, mistakes[name]); len(l.broken) > 0 {
					t.Logf("found in life %d: %s", seed+1, l.broken[0])
					if want := mistakes[name].breaks; !strings.Contains(l.broken[0], want) {
						t.Errorf("want a promise with the words %q", want)
					}
					return
				}
			}
			t.Errorf("not found in %d lives", lives)
		})
	}
}

// herder keeps whoever asks while WeChat wants quiet, and lets all go at its end.
type herder struct {
	payment.Gateway
	mu    sync.Mutex
	quiet time.Time
}

// heard hides from the limiter that WeChat asks for quiet.
func (h *herder) heard(err error) error {
	e, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err)
	if !ok || !errors.Is(err, payment.ErrThrottled) {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quiet = time.Now().Add(min(e.RetryAfter(), time.Minute))
	return fmt.Errorf("%w: told to be quiet", payment.ErrUnknown)
}

func (h *herder) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	h.mu.Lock()
	wait := time.Until(h.quiet)
	h.mu.Unlock()
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return payment.Reported{}, ctx.Err()
	}
	r, err := h.Gateway.Query(ctx, o)
	return r, h.heard(err)
}
