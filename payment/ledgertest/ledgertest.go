// Package ledgertest is the contract that every payment.Ledger must pass.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A Store opens ledgers of one kind.
type Store struct {
	// Open returns an empty ledger.
	Open func(t *testing.T) payment.Ledger
	// Reopen closes a ledger and opens it again, as the next start of the program would.
	Reopen func(t *testing.T, l payment.Ledger) payment.Ledger
}

// Run tests a store against the contract.
func Run(t *testing.T, s Store) {
	for name, test := range map[string]func(*testing.T, Store){
		"create":               create,
		"rule errors":          ruleErrors,
		"edges":                edges,
		"void":                 void,
		"settle":               settle,
		"effects":              effects,
		"labels and lists":     lists,
		"personal data":        personal,
		"audit":                audit,
		"updates of one order": concurrent,
		"reopen":               reopen,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// Request is a bill to be paid, the n-th.
func Request(n int) payment.Request {
	return payment.Request{
		Key:      payment.Key{Court: "京0101", Purse: "litigation", Bill: fmt.Sprint("bill ", n)},
		Merchant: payment.Merchant{MchID: "1900000001", AppID: "wx1"},
		Amount:   270000, Title: "案件受理费", Labels: []string{fmt.Sprint("case ", n)}, Details: []byte(`{"a":1}`),
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"},
	}
}

// Born is when the orders of the suite are created.
var Born = time.Date(2026, 11, 23, 10, 0, 0, 0, payment.China)

// New creates the next order of a request.
func New(t testing.TB, l payment.Ledger, r payment.Request, at time.Time) payment.Order {
	t.Helper()
	o, err := Next(l, r, at)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Next is New with the error.
func Next(l payment.Ledger, r payment.Request, at time.Time) (payment.Order, error) {
	return l.Create(context.Background(), r, func(earlier []payment.Order) (payment.Order, error) {
		o, err := payment.Next(r, earlier, payment.Order{PayWithin: 5 * time.Minute, Device: "03", Attach: "03/X"}, at)
		o.Body = []byte("body")
		return o, err
	})
}

// Step applies a rule of payment to an order.
func Step(t testing.TB, l payment.Ledger, no string, rule func(payment.Order) payment.Change) payment.Order {
	t.Helper()
	o, err := l.Update(context.Background(), no, func(o payment.Order, _ []payment.Order) (payment.Change, error) { return rule(o), nil })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Said applies what WeChat says of an order.
func Said(t testing.TB, l payment.Ledger, o payment.Order, state payment.TradeState) payment.Order {
	t.Helper()
	r := payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: state, Attach: o.Attach,
		Amount: o.Amount, Currency: "CNY", TransactionID: "4200" + o.No, PaidAt: Born}
	got, err := l.Update(context.Background(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) { return o.Apply(r, others, Born) })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func code(o payment.Order) payment.Change { return o.Code("weixin://x") }

func create(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	first := New(t, l, Request(1), Born)
	second := New(t, l, Request(2), Born.Add(time.Hour))
	next := New(t, l, Request(3), Born.Add(24*time.Hour))
	if first.Serial != 1 || second.Serial != 2 || next.Serial != 1 {
		t.Errorf("serials %d, %d, next day %d; want 1, 2, 1", first.Serial, second.Serial, next.Serial)
	}
	got, err := l.Order(ctx, first.No)
	if err != nil || got.State != payment.Created || string(got.Body) != "body" || !got.Expires.Equal(first.Expires) || got.Amount != 270000 {
		t.Errorf("stored %+v, %v", got, err)
	}
	if _, err := l.Order(ctx, "nobody"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an unknown order = %v", err)
	}
	if _, err := Next(l, Request(1), Born); !isBlocked(err) {
		t.Errorf("a second open order of a bill = %v", err)
	}
}

func isBlocked(err error) bool {
	_, ok := errors.AsType[*payment.BlockedError](err)
	return ok
}

func ruleErrors(t *testing.T, s Store) {
	l := s.Open(t)
	refused := errors.New("refused")
	_, err := l.Create(t.Context(), Request(1), func([]payment.Order) (payment.Order, error) { return payment.Order{}, refused })
	if err != refused {
		t.Errorf("create = %v, want the rule's own error", err)
	}
	o := New(t, l, Request(1), Born)
	if o.Serial != 1 {
		t.Errorf("a refused order took serial 1")
	}
	_, err = l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		o.State = payment.Paid
		return payment.Change{Order: o, Event: payment.SaidPaid}, refused
	})
	if got, _ := l.Order(t.Context(), o.No); err != refused || got.State != payment.Created {
		t.Errorf("update = %v, state %s", err, got.State)
	}
}

func edges(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	for name, change := range map[string]func(*payment.Change){
		"no such edge":        func(c *payment.Change) { c.Order.State, c.Event = payment.Closing, payment.CloseAsked },
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
	if got, err := l.Order(t.Context(), o.No); err != nil || got.State != payment.Created {
		t.Errorf("now %s, %v", got.State, err)
	}
}

func void(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	gone := Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Absent(o.Expires.Add(time.Minute)) })
	if gone.State != payment.Void {
		t.Fatalf("state %s", gone.State)
	}
	again := New(t, l, Request(1), Born.Add(time.Hour))
	if again.No != o.No || again.State != payment.Created || again.Expires.Equal(o.Expires) {
		t.Errorf("the next attempt is %+v, want the same number anew", again)
	}
	if list, err := l.OfBill(t.Context(), o.Key); err != nil || len(list) != 1 {
		t.Errorf("%d orders of the bill, %v", len(list), err)
	}
	if open, err := l.Unsettled(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("%d open orders, %v", len(open), err)
	}
	Step(t, l, o.No, code)
	Said(t, l, again, payment.TradeClosed)
	second := New(t, l, Request(1), Born.Add(2*time.Hour))
	if second.Attempt != 2 || second.No == o.No {
		t.Errorf("after CLOSED the next attempt is %d", second.Attempt)
	}
}

func settle(t *testing.T, s Store) {
	l := s.Open(t)
	seen := make(map[uint64]bool)
	for n := range 5 {
		o := New(t, l, Request(n), Born)
		Step(t, l, o.No, code)
		paid := Said(t, l, o, payment.TradeSuccess)
		if paid.State != payment.Paid || paid.Sequence == 0 || seen[paid.Sequence] {
			t.Errorf("order %d: %s, sequence %d", n, paid.State, paid.Sequence)
		}
		seen[paid.Sequence] = true
		again := Said(t, l, o, payment.TradeSuccess)
		if again.Sequence != paid.Sequence || !again.ChangedAt.Equal(paid.ChangedAt) {
			t.Errorf("the same news twice changed %+v to %+v", paid, again)
		}
		owed, err := l.Effects(t.Context(), o.No)
		if err != nil || len(owed) != 2 {
			t.Errorf("owed %+v, %v", owed, err)
		}
	}
	if open, err := l.Unsettled(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d open orders, %v", len(open), err)
	}
}

func effects(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	o := New(t, l, Request(1), Born)
	Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Code("weixin://wxpay/bizpayurl?pr=x") })
	Said(t, l, o, payment.TradeSuccess)
	refused := errors.New("refused")
	move := func(kind string, to payment.EffectState, err error) (payment.Effect, error) {
		return l.UpdateEffect(ctx, o.No, kind, func(e payment.Effect) (payment.Effect, error) {
			e.State, e.Tries = to, e.Tries+1
			return e, err
		})
	}
	if _, err := move("receipt", payment.Done, refused); !errors.Is(err, refused) {
		t.Errorf("a rule that refuses: %v", err)
	}
	if e, err := move("receipt", payment.Handed, nil); err != nil || e.Tries != 1 || e.State != payment.Handed {
		t.Errorf("handed: %+v, %v", e, err)
	}
	if _, err := move("receipt", payment.Done, nil); err != nil {
		t.Fatal(err)
	}
	if e, err := move("receipt", payment.Handed, nil); err != nil || e.Tries != 3 {
		t.Errorf("a copy: %+v, %v", e, err)
	}
	if list, err := l.Pending(ctx, "", payment.Effect{}, 9); err != nil || len(list) != 2 {
		t.Errorf("not done while a copy is in hand: %+v, %v", list, err)
	}
	if _, err := move("receipt", payment.Done, nil); err != nil {
		t.Fatal(err)
	}
	open, err := l.Pending(ctx, "", payment.Effect{}, 9)
	if err != nil || len(open) != 1 || open[0].Kind != "report" {
		t.Errorf("not done: %+v, %v", open, err)
	}
	if _, err := move("nothing", payment.Done, nil); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an effect that is not owed: %v", err)
	}
	twice := Step(t, l, o.No, func(o payment.Order) payment.Change {
		return payment.Change{Order: o, Owed: []payment.Effect{{Kind: "receipt", State: payment.Owed}, {Kind: "attention/amount", State: payment.Owed}}}
	})
	all, err := l.Effects(ctx, twice.No)
	if err != nil || len(all) != 3 || all[slices.IndexFunc(all, func(e payment.Effect) bool { return e.Kind == "receipt" })].State != payment.Done {
		t.Errorf("owed once more: %+v, %v", all, err)
	}
}

func lists(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	var numbers []string
	for n := range 4 {
		r := Request(n)
		r.Labels = []string{"case", fmt.Sprint("case ", n)}
		numbers = append(numbers, New(t, l, r, Born).No)
	}
	for name, tt := range map[string]struct {
		got  func() ([]payment.Order, error)
		want []string
	}{
		"label of all":    {func() ([]payment.Order, error) { return l.Labelled(ctx, "case") }, numbers},
		"label of one":    {func() ([]payment.Order, error) { return l.Labelled(ctx, "case 2") }, numbers[2:3]},
		"no such label":   {func() ([]payment.Order, error) { return l.Labelled(ctx, "cas") }, nil},
		"bill":            {func() ([]payment.Order, error) { return l.OfBill(ctx, Request(3).Key) }, numbers[3:]},
		"open":            {func() ([]payment.Order, error) { return l.Unsettled(ctx) }, numbers},
		"two most recent": {func() ([]payment.Order, error) { p, err := l.Find(ctx, payment.Filter{N: 2}); return p.Orders, err }, []string{numbers[3], numbers[2]}},
	} {
		list, err := tt.got()
		var got []string
		for _, o := range list {
			got = append(got, o.No)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

func personal(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	r := Request(1)
	r.Personal = []byte("张*明")
	o := New(t, l, r, Born)
	if n, err := l.Expunge(ctx, time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("expunged %d of an open order, %v", n, err)
	}
	Said(t, l, o, payment.TradeSuccess)
	if got, err := l.Personal(ctx, o.No); err != nil || string(got) != "张*明" {
		t.Errorf("personal = %s, %v", got, err)
	}
	if n, err := l.Expunge(ctx, time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("expunged %d before their time, %v", n, err)
	}
	if n, err := l.Expunge(ctx, time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("expunged %d, %v", n, err)
	}
	if got, err := l.Personal(ctx, o.No); err != nil || got != nil {
		t.Errorf("after its time: %s, %v", got, err)
	}
}

func audit(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	New(t, l, Request(2), Born)
	Step(t, l, o.No, code)
	Said(t, l, o, payment.TradeSuccess)
	entries, err := l.Audit(t.Context(), o.No)
	var events []string
	for _, e := range entries {
		events = append(events, e.Event)
	}
	if want := []string{"opened", "coded", "said-paid"}; err != nil || !slices.Equal(events, want) {
		t.Errorf("audit %q, %v, want %q", events, err, want)
	}
	all, err := l.Since(t.Context(), 0, 99)
	if err != nil || len(all) != 4 || all[0].Seq != 1 || all[3].Seq != 4 || string(all[3].Hash) == string(all[2].Hash) {
		t.Errorf("the whole audit: %+v, %v", all, err)
	}
}

func concurrent(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := l.Update(context.Background(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
				o.PaidAmount++
				return payment.Change{Order: o}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got, err := l.Order(t.Context(), o.No); err != nil || got.PaidAmount != 20 {
		t.Errorf("%d of 20 changes are there, %v", got.PaidAmount, err)
	}
}

func reopen(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	Step(t, l, o.No, code)
	paid := Said(t, l, o, payment.TradeSuccess)
	id := l.Identity()
	l = s.Reopen(t, l)
	got, err := l.Order(t.Context(), o.No)
	if err != nil || got.State != payment.Paid || got.Sequence != paid.Sequence || got.CodeURL == "" || l.Identity() != id || id.Instance == "" {
		t.Errorf("after reopening %+v, %v, %+v", got, err, l.Identity())
	}
	next := New(t, l, Request(2), Born)
	if next.Serial != 2 {
		t.Errorf("the next serial is %d", next.Serial)
	}
	if p := Said(t, l, next, payment.TradeSuccess); p.Sequence <= paid.Sequence {
		t.Errorf("sequence %d after %d", p.Sequence, paid.Sequence)
	}
}
