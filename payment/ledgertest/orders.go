package ledgertest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

func code(o payment.Order) payment.Change { return o.Code("weixin://x") }

func create(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	r := Request(1)
	if o.State != payment.Created || o.Amount != r.Amount || o.Key != r.Key || !o.CreatedAt.Equal(Born) {
		t.Errorf("created %+v", o)
	}
	if got := read(t, another(t, s, l), o.No); !same(got, o) {
		t.Errorf("stored %+v, created %+v", got, o)
	}
	if _, err := l.Order(t.Context(), "nobody"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an unknown order = %v", err)
	}
	if _, err := Next(l, r, Born); !isBlocked(err) {
		t.Errorf("a second open order of a bill = %v", err)
	}
	taken := func([]payment.Order) (payment.Order, error) {
		o := o
		o.Key = Request(2).Key
		return o, nil
	}
	if _, err := l.Create(t.Context(), Request(2), taken); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("a number that another bill's order has = %v", err)
	}
	if got := read(t, l, o.No); !same(got, o) {
		t.Errorf("what was refused has left %+v", got)
	}
}

func serials(t *testing.T, s Store) {
	l := s.Open(t)
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, payment.China)
	for i, tt := range []struct {
		device string
		at     time.Time
		want   uint64
	}{
		{"03", Born, 1},
		{"03", Born.Add(time.Hour), 2},
		{"04", Born.Add(time.Hour), 1},
		{"03", midnight.Add(-time.Microsecond), 3},
		{"03", midnight, 1},
		{"04", midnight.UTC(), 1}, // the day is China's, wherever the time was read
		{"03", Born.Add(2 * time.Hour), 4},
		{"", midnight, 2}, // the suite's own device is 03
	} {
		r := Request(i)
		r.Device = tt.device
		if o := New(t, l, r, tt.at); o.Serial != tt.want {
			t.Errorf("order %d, of %q at %v: serial %d, want %d", i, tt.device, tt.at, o.Serial, tt.want)
		}
	}
}

func requestIDs(t *testing.T, s Store) {
	l := s.Open(t)
	r := Request(1)
	r.ID = "asked once"
	o := New(t, l, r, Born)
	for _, become := range []struct {
		name string
		step func() payment.Order
	}{
		{"as it was opened", func() payment.Order { return o }},
		{"waiting", func() payment.Order { return Step(t, l, o.No, code) }},
		{"closed", func() payment.Order { return Said(t, l, o, payment.TradeClosed) }},
		{"paid", func() payment.Order { return Said(t, l, o, payment.TradeSuccess) }},
	} {
		stands := become.step()
		got, err := another(t, s, l).Create(t.Context(), r, func([]payment.Order) (payment.Order, error) {
			return payment.Order{}, errors.New("next was asked")
		})
		if err != nil || !same(got, stands) {
			t.Errorf("asked again, %s: %+v, %v", become.name, got, err)
		}
	}
	for name, change := range map[string]func(*payment.Request){
		"another bill":     func(r *payment.Request) { r.Key.Bill = "another" },
		"another purse":    func(r *payment.Request) { r.Key.Purse = "another" },
		"another amount":   func(r *payment.Request) { r.Amount++ },
		"another merchant": func(r *payment.Request) { r.Merchant.MchID = "1900000002" },
		"another appid":    func(r *payment.Request) { r.Merchant.AppID = "wx2" },
	} {
		other := r
		change(&other)
		if _, err := Next(l, other, Born); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("the same id for %s = %v", name, err)
		}
		if list, err := l.OfBill(t.Context(), other.Key); err != nil || other.Key != r.Key && len(list) > 0 {
			t.Errorf("the same id for %s left %d orders, %v", name, len(list), err)
		}
	}
	for n := range 2 { // no id is nobody's
		if got := New(t, l, Request(2+n), Born); got.Key != Request(2+n).Key {
			t.Errorf("without an id: order of %v", got.Key)
		}
	}
	if n := len(entries(t, l)); n != 6 {
		t.Errorf("%d entries in the audit, want 6: asking again is no event", n)
	}
}

func joinedIDs(t *testing.T, s Store) {
	l := s.Open(t)
	r := Request(1)
	r.ID, r.Visit = "opened", "visit 1"
	o := New(t, l, r, Born)
	Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Join("visit 2", "joined", Born) })
	Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Join("visit 3", "", Born) })
	stands := Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Join("visit 4", "joined last", Born) })
	for _, id := range []string{"opened", "joined", "joined last"} {
		r.ID = id
		if got, err := Next(l, r, Born); err != nil || !same(got, stands) {
			t.Errorf("asked by %q: %+v, %v", id, got, err)
		}
		other := Request(2)
		other.ID = id
		if _, err := Next(l, other, Born); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("another bill by %q = %v", id, err)
		}
	}
	r.ID = "never"
	if _, err := Next(l, r, Born); !isBlocked(err) {
		t.Errorf("asked by a new id = %v", err)
	}
}

// The id of an order that never was at WeChat must not be answered by the order that has its number now: that one is
// somebody else's.
func voidIDs(t *testing.T, s Store) {
	l := s.Open(t)
	first := Request(1)
	first.ID = "first"
	o := New(t, l, first, Born)
	gone := Step(t, l, o.No, absent)
	if got, err := Next(l, first, Born.Add(time.Hour)); err != nil || !same(got, gone) {
		t.Errorf("asked again while it is void: %+v, %v", got, err)
	}
	later := Request(1)
	later.ID = "later"
	again := New(t, l, later, Born.Add(time.Hour))
	if again.No != o.No || again.Request != "later" {
		t.Fatalf("the later order is %+v", again)
	}
	if got, err := Next(l, first, Born.Add(time.Hour)); !isBlocked(err) && !errors.Is(err, payment.ErrConflict) {
		t.Errorf("the id of the first is answered by %+v, %v", got, err)
	}
	if got, err := Next(l, later, Born.Add(time.Hour)); err != nil || !same(got, again) {
		t.Errorf("the id of the later one is answered by %+v, %v", got, err)
	}
}

func absent(o payment.Order) payment.Change { return o.Absent(o.Expires.Add(time.Minute)) }

func ruleErrors(t *testing.T, s Store) {
	l := s.Open(t)
	refused := errors.New("refused")
	_, err := l.Create(t.Context(), Request(1), func([]payment.Order) (payment.Order, error) {
		return payment.Order{}, refused
	})
	if err != refused {
		t.Errorf("create = %v, want the rule's own error", err)
	}
	o := New(t, l, Request(1), Born)
	if o.Serial != 1 {
		t.Errorf("a refused order took serial 1")
	}
	_, err = l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		o.State, o.Labels[0], o.Body[0] = payment.Paid, "changed", 'X'
		return payment.Change{Order: o, Event: payment.SaidPaid, Owed: []payment.Effect{{Kind: "receipt"}}}, refused
	})
	if got := read(t, l, o.No); err != refused || !same(got, o) {
		t.Errorf("update = %v, order %+v", err, got)
	}
	Said(t, l, o, payment.TradeSuccess)
	before := effectOf(t, l, o.No, "receipt")
	_, err = l.UpdateEffect(t.Context(), o.No, "receipt", func(e payment.Effect) (payment.Effect, error) {
		e.State = payment.Done
		return e, refused
	})
	if got := effectOf(t, l, o.No, "receipt"); err != refused || !same(got, before) {
		t.Errorf("effect = %v, %+v", err, got)
	}
	if n := len(entries(t, l)); n != 2 {
		t.Errorf("%d entries in the audit, want 2", n)
	}
}

func edges(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	for name, change := range map[string]func(*payment.Change){
		"no such edge":        func(c *payment.Change) { c.Order.State, c.Event = payment.Closing, payment.CloseAsked },
		"event without state": func(c *payment.Change) { c.Event = payment.SaidPaid },
		"state without event": func(c *payment.Change) { c.Order.State = payment.Paid },
		"another number":      func(c *payment.Change) { c.Order.No = "X" },
	} {
		_, err := l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
			c := payment.Change{Order: o}
			change(&c)
			return c, nil
		})
		if _, ok := errors.AsType[*payment.TransitionError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*payment.Order){
		"born waiting":    func(o *payment.Order) { o.State = payment.Waiting },
		"born without":    func(o *payment.Order) { o.State = "" },
		"of another bill": func(o *payment.Order) { o.Key.Bill = "another" },
	} {
		_, err := l.Create(t.Context(), Request(2), func([]payment.Order) (payment.Order, error) {
			o := payment.Order{No: "NEW", Key: Request(2).Key, State: payment.Created, CreatedAt: Born}
			change(&o)
			return o, nil
		})
		if _, ok := errors.AsType[*payment.TransitionError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := read(t, l, o.No); !same(got, o) {
		t.Errorf("now %+v", got)
	}
	if _, err := l.Update(t.Context(), "nobody", func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return payment.Change{Order: o}, nil
	}); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an unknown order = %v", err)
	}
	if n := len(entries(t, l)); n != 1 {
		t.Errorf("%d entries in the audit, want 1", n)
	}
}

func void(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	r := Request(1)
	r.Personal, r.Labels = []byte("张*明"), []string{"old", "both"}
	o := New(t, l, r, Born)
	gone := Step(t, l, o.No, absent)
	if gone.State != payment.Void {
		t.Fatalf("state %s", gone.State)
	}
	rested := r
	rested.VoidRest = 100 * 365 * 24 * time.Hour
	if _, err := Next(l, rested, Born.Add(time.Hour)); !isBlocked(err) {
		t.Errorf("a number that rests = %v", err)
	}
	r.Personal, r.Labels = nil, []string{"new", "both"}
	again := New(t, l, r, Born.Add(time.Hour))
	if again.No != o.No || again.State != payment.Created || again.Expires.Equal(o.Expires) || again.Serial != 2 {
		t.Errorf("the next attempt is %+v, want the same number anew", again)
	}
	if again.Incarnation() == o.Incarnation() {
		t.Error("the later order has the incarnation of the first")
	}
	if data, err := l.Personal(ctx, o.No); err != nil || data != nil {
		t.Errorf("the later order has the personal data of the first: %s, %v", data, err)
	}
	page, err := l.Find(ctx, payment.Filter{N: 10})
	if err != nil || !slices.Equal(numbers(page.Orders), []string{o.No}) {
		t.Errorf("found %q, %v", numbers(page.Orders), err)
	}
	for name, list := range map[string]func() ([]payment.Order, error){
		"of the bill": func() ([]payment.Order, error) { return l.OfBill(ctx, o.Key) },
		"open":        func() ([]payment.Order, error) { return l.Unsettled(ctx) },
		"new label":   func() ([]payment.Order, error) { return l.Labelled(ctx, "new") },
		"both label":  func() ([]payment.Order, error) { return l.Labelled(ctx, "both") },
	} {
		if all, err := list(); err != nil || len(all) != 1 || !same(all[0], again) {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
	if all, err := l.Labelled(ctx, "old"); err != nil || len(all) != 0 {
		t.Errorf("%d orders with the label of the first, %v", len(all), err)
	}
	Step(t, l, o.No, code)
	Said(t, l, again, payment.TradeClosed)
	second := New(t, l, r, Born.Add(2*time.Hour))
	if second.Attempt != 2 || second.No == o.No {
		t.Errorf("after CLOSED the next attempt is %d", second.Attempt)
	}
	if all, err := l.OfBill(ctx, o.Key); err != nil || !slices.Equal(numbers(all), []string{o.No, second.No}) {
		t.Errorf("of the bill, oldest first: %q, %v", numbers(all), err)
	}
	var events []string
	list, err := l.Audit(ctx, o.No)
	for _, e := range list {
		events = append(events, e.Event)
	}
	both := []string{"opened", "said-absent", "opened", "coded", "said-closed"}
	if err != nil || !slices.Equal(events, both) {
		t.Errorf("audit %q, %v, want both lives %q", events, err, both)
	}
}

func settle(t *testing.T, s Store) {
	l := s.Open(t)
	last := uint64(0)
	for n := range 5 {
		o := New(t, l, Request(n), Born)
		Step(t, l, o.No, code)
		paid := Said(t, l, o, payment.TradeSuccess)
		if paid.State != payment.Paid || paid.Sequence <= last || paid.PaidAmount != o.Amount ||
			!paid.PaidAt.Equal(Born) {
			t.Errorf("order %d: %+v after sequence %d", n, paid, last)
		}
		last = paid.Sequence
		if got := read(t, another(t, s, l), o.No); !same(got, paid) {
			t.Errorf("stored %+v, settled %+v", got, paid)
		}
		owed, err := l.Effects(t.Context(), o.No)
		if err != nil || len(owed) != 2 {
			t.Errorf("owed %+v, %v", owed, err)
		}
		noted := Step(t, l, o.No, func(o payment.Order) payment.Change {
			o.Details = []byte("noted later")
			return payment.Change{Order: o}
		})
		if noted.Sequence != paid.Sequence || string(noted.Details) != "noted later" {
			t.Errorf("sequence %d was %d before a fact was noted: %+v", noted.Sequence, paid.Sequence, noted)
		}
	}
	if open, err := l.Unsettled(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d open orders, %v", len(open), err)
	}
	disputed := New(t, l, Request(9), Born)
	r := answer(disputed, payment.TradeSuccess)
	r.Amount--
	got, err := apply(l, disputed, r)
	if err != nil || got.State != payment.Disputed || got.Sequence != 0 {
		t.Errorf("disputed %+v, %v", got, err)
	}
	accepted := Step(t, l, got.No, func(o payment.Order) payment.Change { return o.Accept(nil) })
	if accepted.State != payment.Paid || accepted.Sequence <= last {
		t.Errorf("accepted %+v after sequence %d", accepted, last)
	}
}

func sameNews(t *testing.T, s Store) {
	for name, tt := range map[string]struct {
		first []payment.TradeState
		again payment.TradeState
	}{
		"success":             {[]payment.TradeState{payment.TradeSuccess}, payment.TradeSuccess},
		"refund":              {[]payment.TradeState{payment.TradeRefund}, payment.TradeRefund},
		"closed":              {[]payment.TradeState{payment.TradeClosed}, payment.TradeClosed},
		"not paid":            {[]payment.TradeState{payment.TradeNotPaid}, payment.TradeNotPaid},
		"success over closed": {[]payment.TradeState{payment.TradeClosed, payment.TradeSuccess}, payment.TradeSuccess},
		"closed over success": {[]payment.TradeState{payment.TradeSuccess}, payment.TradeClosed},
	} {
		l := s.Open(t)
		o := New(t, l, Request(1), Born)
		var before payment.Order
		for _, state := range tt.first {
			before = Said(t, l, o, state)
		}
		owed, err := l.Effects(t.Context(), o.No)
		told := entries(t, l)
		got := Said(t, l, o, tt.again)
		if !same(got, before) || !got.ChangedAt.Equal(before.ChangedAt) || !same(read(t, l, o.No), before) {
			t.Errorf("%s: the same news changed %+v to %+v", name, before, got)
		}
		now, err2 := l.Effects(t.Context(), o.No)
		if err := errors.Join(err, err2); err != nil || !same(now, owed) {
			t.Errorf("%s: the same news changed %+v to %+v, %v", name, owed, now, err)
		}
		if n := len(entries(t, l)); n != len(told) {
			t.Errorf("%s: the same news made %d entries %d", name, len(told), n)
		}
	}
}

func concurrent(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	o := New(t, l, Request(1), Born)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			more := func(o payment.Order, _ []payment.Order) (payment.Change, error) {
				o.PaidAmount++
				return payment.Change{Order: o}, nil
			}
			if _, err := handles[i%2].Update(context.Background(), o.No, more); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := read(t, l, o.No); got.PaidAmount != 20 {
		t.Errorf("%d of 20 changes are there", got.PaidAmount)
	}
}
