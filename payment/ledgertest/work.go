package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

// put sets an effect to what it shall be.
func put(t testing.TB, l payment.Ledger, no, kind string, change func(*payment.Effect)) payment.Effect {
	t.Helper()
	e, err := l.UpdateEffect(context.Background(), no, kind, func(e payment.Effect) (payment.Effect, error) {
		change(&e)
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func to(s payment.EffectState) func(*payment.Effect) { return func(e *payment.Effect) { e.State = s } }

// owing has an order owe effects.
func owing(t testing.TB, l payment.Ledger, no string, owed ...payment.Effect) payment.Order {
	t.Helper()
	return Step(t, l, no, func(o payment.Order) payment.Change { return payment.Change{Order: o, Owed: owed} })
}

// handIn is who has work in hand.
func handIn(holder string, until time.Time) payment.Hand {
	return payment.Hand{Holder: holder, Until: until, By: payment.By{Device: "03", Person: "1024"}}
}

func owe(t *testing.T, s Store) {
	l := s.Open(t)
	o := paidAt(t, l, 1, Born)
	done := put(t, l, o.No, "receipt", to(payment.Done))
	first := payment.Effect{Kind: "attention/amount", State: payment.Held, Note: "why", Tries: 2}
	second := first
	second.Note = "again in the same change"
	owed := owing(t, l, o.No, payment.Effect{Kind: "receipt", State: payment.Owed}, first, second)
	if got := effectOf(t, l, o.No, "receipt"); !same(got, done) {
		t.Errorf("owed once more: %+v, want %+v", got, done)
	}
	first.Order, first.Since = o.No, owed.ChangedAt
	if got := effectOf(t, l, o.No, first.Kind); !same(got, first) {
		t.Errorf("owed %+v, want %+v", got, first)
	}
	if all, err := l.Effects(t.Context(), o.No); err != nil || len(all) != 3 {
		t.Errorf("owed in all: %+v, %v", all, err)
	}
	if all, err := l.Effects(t.Context(), "nobody"); err != nil || len(all) != 0 {
		t.Errorf("owed by an unknown order: %+v, %v", all, err)
	}
}

func effects(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	o := paidAt(t, l, 1, Born)
	before := effectOf(t, l, o.No, "receipt")
	want := before
	want.State, want.Note, want.Tries = payment.Handed, "at the printer", 3
	want.Holder, want.Until, want.By = "A", hour(), payment.By{Device: "03", Person: "1024"}
	got := put(t, l, o.No, "receipt", func(e *payment.Effect) {
		*e = want
		e.Order, e.Kind, e.Since = "another", "another", time.Time{} // these are the ledger's
	})
	if got.Since.Before(before.Since) {
		t.Errorf("handed since %v, owed since %v", got.Since, before.Since)
	}
	if want.Since = got.Since; !same(got, want) || !same(effectOf(t, another(t, s, l), o.No, "receipt"), want) {
		t.Errorf("stored %+v, want %+v", got, want)
	}
	for _, name := range [][2]string{{o.No, "nothing"}, {"nobody", "receipt"}} {
		_, err := l.UpdateEffect(ctx, name[0], name[1],
			func(e payment.Effect) (payment.Effect, error) { return e, nil })
		if !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("an effect %q that is not owed: %v", name, err)
		}
	}
	put(t, l, o.No, "receipt", to(payment.Done))
	if e := put(t, l, o.No, "receipt", to(payment.Handed)); e.State != payment.Handed { // a copy
		t.Errorf("handed once more: %+v", e)
	}
	if got := read(t, l, o.No); !same(got, o) {
		t.Errorf("its work has changed the order to %+v", got)
	}
}

// claimsWork claims work and compares whose it is.
func claimsWork(t *testing.T, l payment.Ledger, holder string, n int, at, until time.Time, want ...payment.Order) {
	t.Helper()
	pieces, err := l.ClaimWork(t.Context(), "report", holder, n, at, until)
	var got []string
	for _, p := range pieces {
		got = append(got, p.Order.No)
		if p.Effect.Order != p.Order.No || p.Effect.Kind != "report" || p.Effect.Holder != holder ||
			!p.Effect.Until.Equal(until) || !same(effectOf(t, l, p.Order.No, "report"), p.Effect) ||
			!same(read(t, l, p.Order.No), p.Order) {
			t.Errorf("%s has claimed %+v", holder, p)
		}
	}
	if err != nil || !slices.Equal(got, numbers(want)) {
		t.Fatalf("%s has claimed the work of %q, %v, want %q", holder, got, err, numbers(want))
	}
}

func claimWork(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	all := opened(t, a, 4)
	var paid []payment.Order
	for i, n := range []int{2, 0, 3, 1} {
		r := answer(all[n], payment.TradeSuccess)
		r.PaidAt = Born.Add(time.Duration(i) * time.Minute)
		o, err := apply(a, all[n], r)
		if err != nil {
			t.Fatal(err)
		}
		paid = append(paid, o)
	}
	owing(t, a, paid[0].No, payment.Effect{Kind: "report/late", State: payment.Owed})
	told, before := len(entries(t, a)), effectOf(t, a, paid[0].No, "report")
	at, until := now(), hour()
	claimsWork(t, a, "A", 2, at, until, paid[:2]...)
	claimsWork(t, b, "B", 10, at, until, paid[2:]...)
	claimsWork(t, a, "A", 10, at, until)
	claimsWork(t, a, "C", 10, until.Add(-time.Microsecond), until)
	after := effectOf(t, a, paid[0].No, "report")
	if after.Holder, after.Until = before.Holder, before.Until; !same(after, before) || len(entries(t, a)) != told {
		t.Errorf("claiming made %+v of %+v, and %d entries %d", after, before, told, len(entries(t, a)))
	}
	later := until.Add(time.Hour)
	claimsWork(t, a, "A", 1, until, later, paid[:1]...) // its own has run out, to the microsecond
	claimsWork(t, b, "C", 10, until, later, paid[1:]...)
	if got := effectOf(t, a, paid[0].No, "report/late"); got.Holder != "" {
		t.Errorf("work of another kind was claimed: %+v", got)
	}
}

func claimWorkStates(t *testing.T, s Store) {
	l := s.Open(t)
	for i, tt := range []struct {
		state payment.EffectState
		want  bool
	}{
		{payment.Held, false}, {payment.Owed, true}, {payment.Handed, false}, {payment.Doubtful, true},
		{payment.Done, false},
	} {
		o := paidAt(t, l, i, Born)
		put(t, l, o.No, "report", to(tt.state))
		pieces, err := l.ClaimWork(t.Context(), "report", "A", 10, now(), hour())
		if err != nil || len(pieces) > 1 || tt.want != (len(pieces) == 1) {
			t.Errorf("%s: claimed %+v, %v", tt.state, pieces, err)
		}
		if len(pieces) == 1 && (pieces[0].Order.No != o.No || pieces[0].Effect.State != tt.state) {
			t.Errorf("%s: claimed %+v", tt.state, pieces[0])
		}
	}
}

func claimWorkRace(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	var want []string
	for n := range 20 {
		want = append(want, paidAt(t, l, n, Born).No)
	}
	var group sync.WaitGroup
	have := make([][]string, 6)
	for i := range have {
		group.Go(func() {
			for range len(want) + 1 {
				pieces, err := handles[i%2].ClaimWork(context.Background(), "report", fmt.Sprint("holder ", i), 3,
					now(), hour())
				if err != nil {
					t.Error(err)
				}
				if len(pieces) == 0 {
					return
				}
				for _, p := range pieces {
					have[i] = append(have[i], p.Order.No)
				}
			}
		})
	}
	group.Wait()
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(slices.Concat(have...))); !slices.Equal(got, want) {
		t.Errorf("claimed by all: %d pieces, want each of %d once: %q", len(got), len(want), have)
	}
}

func inHand(t *testing.T, s Store) {
	l := s.Open(t)
	at := now()
	all := make(map[string]string) // number -> name
	for i, tt := range []struct {
		name   string
		state  payment.EffectState
		holder string
		until  time.Time
	}{
		{"A's", payment.Handed, "A", at.Add(time.Hour)},
		{"A's, run out", payment.Handed, "A", at.Add(-time.Hour)},
		{"B's", payment.Handed, "B", at.Add(time.Hour)},
		{"B's, run out", payment.Handed, "B", at.Add(-time.Microsecond)},
		{"B's, to the moment", payment.Handed, "B", at},
		{"A's, claimed", payment.Owed, "A", at.Add(-time.Hour)},
		{"A's, doubtful", payment.Doubtful, "A", at.Add(-time.Hour)},
		{"A's, done", payment.Done, "A", at.Add(-time.Hour)},
	} {
		o := paidAt(t, l, i, Born)
		all[o.No] = tt.name
		put(t, l, o.No, "receipt", func(e *payment.Effect) {
			e.State, e.Holder, e.Until = tt.state, tt.holder,
				tt.until
		})
	}
	for holder, want := range map[string][]string{
		"A": {"A's", "A's, run out", "B's, run out"},
		"B": {"A's, run out", "B's", "B's, run out", "B's, to the moment"},
		"C": {"A's, run out", "B's, run out"},
	} {
		list, err := l.InHand(t.Context(), holder, 10, at)
		var got []string
		for _, e := range list {
			got = append(got, all[e.Order])
			if !same(e, effectOf(t, l, e.Order, "receipt")) {
				t.Errorf("in the hand of %s: %+v", holder, e)
			}
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("in the hand of %s: %q, %v, want %q", holder, got, err, want)
		}
		if list, err := l.InHand(t.Context(), holder, 1, at); err != nil || len(list) != 1 {
			t.Errorf("at most one in the hand of %s: %d, %v", holder, len(list), err)
		}
	}
}

// pages reads what is pending by pages of n, and calls between after each.
func pages(
	t *testing.T, l payment.Ledger, kind string, n int, between func(last payment.Effect),
) (all []payment.Effect) {
	t.Helper()
	for after := (payment.Effect{}); len(all) < 1000; {
		list, err := l.Pending(t.Context(), kind, after, n)
		if err != nil || len(list) > n {
			t.Fatalf("%d effects of %q pending, %v, want at most %d", len(list), kind, err, n)
		}
		if len(list) == 0 {
			return all
		}
		all = append(all, list...)
		after = list[len(list)-1]
		between(after)
	}
	t.Fatalf("what is pending of %q has no end by pages of %d", kind, n)
	return nil
}

func pending(t *testing.T, s Store) {
	l := s.Open(t)
	kinds := []string{"attention", "attention/report", "attention/report/late", "attentive", "receipt", "report"}
	states := []payment.EffectState{payment.Held, payment.Handed, payment.Doubtful, payment.Owed}
	for n := range 4 {
		o := paidAt(t, l, n, Born)
		for _, kind := range kinds[:4] {
			owing(t, l, o.No, payment.Effect{Kind: kind, State: payment.Owed})
		}
		put(t, l, o.No, kinds[n], to(payment.Done))
		put(t, l, o.No, kinds[n+1], to(states[n]))
	}
	nothing := func(payment.Effect) {}
	for kind, want := range map[string]int{
		"": 4*len(kinds) - 4, "attention": 3*4 - 3, "attention/report": 2*4 - 2, "attention/report/late": 3,
		"attentive": 3, "report": 4, "attent": 0, "attention/": 0, "late": 0,
	} {
		all := pages(t, l, kind, 1000, nothing)
		if len(all) != want {
			t.Errorf("%d effects of %q are pending, want %d", len(all), kind, want)
		}
		for _, e := range all {
			if e.State == payment.Done || kind != "" && e.Kind != kind && !strings.HasPrefix(e.Kind, kind+"/") ||
				!same(e, effectOf(t, l, e.Order, e.Kind)) {
				t.Errorf("%+v is pending among %q", e, kind)
			}
		}
		for n := 1; n < 5; n++ {
			if got := pages(t, l, kind, n, nothing); !same(got, all) {
				t.Errorf("%q by pages of %d: %+v, want %+v", kind, n, got, all)
			}
		}
	}
	// The next page comes after one that is not pending any more.
	end := func(e payment.Effect) { put(t, l, e.Order, e.Kind, to(payment.Done)) }
	if got := pages(t, l, "", 1, end); len(got) != 4*len(kinds)-4 {
		t.Errorf("%d effects were pending while they were done, want %d", len(got), 4*len(kinds)-4)
	}
}

// tally is a property: over any history it counts what is pending.
func tally(t *testing.T, s Store) {
	l := s.Open(t)
	if list, err := l.Tally(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("of nothing: %+v, %v", list, err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	states := []payment.EffectState{payment.Held, payment.Owed, payment.Handed, payment.Doubtful, payment.Done}
	var all []payment.Order
	for n := range 5 {
		all = append(all, paidAt(t, l, n, Born))
	}
	for step := range 60 {
		o := all[random.IntN(len(all))]
		switch random.IntN(4) {
		case 0:
			owing(t, l, o.No, payment.Effect{Kind: fmt.Sprint("attention/", random.IntN(3)),
				State: states[random.IntN(5)]})
		case 1:
			if _, err := l.ClaimWork(t.Context(), "report", "A", random.IntN(2)+1, now(), past()); err != nil {
				t.Fatal(err)
			}
		default:
			put(t, l, o.No, []string{"receipt", "report"}[random.IntN(2)], to(states[random.IntN(5)]))
		}
		got, err := l.Tally(t.Context())
		if want := counted(pages(t, l, "", 7, func(payment.Effect) {})); err != nil ||
			!same(byKind(got), byKind(want)) {
			t.Fatalf("step %d: tally %+v, %v, pending %+v", step, got, err, want)
		}
	}
}

func counted(list []payment.Effect) (all []payment.Tally) {
	for _, e := range list {
		i := slices.IndexFunc(all, func(t payment.Tally) bool { return t.Kind == e.Kind && t.State == e.State })
		if i < 0 {
			i = len(all)
			all = append(all, payment.Tally{Kind: e.Kind, State: e.State, Oldest: e.Since})
		}
		all[i].N++
		if e.Since.Before(all[i].Oldest) {
			all[i].Oldest = e.Since
		}
	}
	return all
}

func byKind(list []payment.Tally) []payment.Tally {
	for i, t := range list {
		list[i].Oldest = t.Oldest.UTC()
	}
	slices.SortFunc(list, func(a, b payment.Tally) int {
		return strings.Compare(a.Kind+" "+string(a.State), b.Kind+" "+string(b.State))
	})
	return list
}

func deliver(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	broken := errors.New("paper out")
	for i, tt := range []struct {
		name   string
		stands payment.EffectState
		err    error
		want   payment.EffectState
		note   string
	}{
		{"done", payment.Owed, nil, payment.Done, "on paper"},
		{"failed", payment.Owed, broken, payment.Doubtful, "on paper"},
		{"not begun", payment.Owed, fmt.Errorf("%w: %w", payment.ErrNotBegun, broken), payment.Owed, ""},
		{"not begun once more", payment.Doubtful, payment.ErrNotBegun, payment.Doubtful, ""},
		{"a state that is not begun from", payment.Held, payment.ErrConflict, payment.Held, ""},
	} {
		o := paidAt(t, l, i, Born)
		before := put(t, l, o.No, "receipt", to(tt.stands))
		hand := handIn("A", hour())
		err := payment.Deliver(ctx, l, o.No, "receipt", hand, func(e payment.Effect) (string, error) {
			stored := effectOf(t, l, o.No, "receipt")
			if !same(e, stored) || e.State != payment.Handed || e.Tries != before.Tries+1 || e.Holder != "A" ||
				!e.Until.Equal(hand.Until) {
				t.Errorf("%s: begun with %+v, stored %+v", tt.name, e, stored)
			}
			return "on paper", tt.err
		}, payment.Owed, payment.Doubtful)
		got := effectOf(t, l, o.No, "receipt")
		if !errors.Is(err, tt.err) || got.State != tt.want || got.Note != tt.note || got.Holder != "" ||
			!got.Until.IsZero() {
			t.Errorf("%s: %v, then %+v", tt.name, err, got)
		}
	}
}

// A second machine that starts while a receipt prints must not find it: two papers would come out.
func twoHolders(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	ctx := t.Context()
	doubts := func(l payment.Ledger, holder string, at time.Time, want ...string) {
		t.Helper()
		list, err := payment.Doubt(ctx, l, holder, at)
		var got []string
		for _, e := range list {
			got = append(got, e.Order)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s doubts %q, %v, want %q", holder, got, err, want)
		}
	}
	o := paidAt(t, a, 1, Born)
	until := hour()
	before, handed, err := payment.Begin(ctx, a, o.No, "receipt", handIn("A", until), payment.Owed)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = payment.Begin(ctx, b, o.No, "receipt", handIn("B", until), payment.Owed, payment.Doubtful)
	if !errors.Is(err, payment.ErrConflict) {
		t.Errorf("begun by another while it is in hand: %v", err)
	}
	doubts(b, "B", now())
	doubts(b, "", now())
	if err := payment.End(ctx, a, before, handed, "on paper", nil); err != nil {
		t.Errorf("the end of what nobody doubted: %v", err)
	}
	if got := effectOf(t, b, o.No, "receipt"); got.State != payment.Done || got.Note != "on paper" {
		t.Errorf("at its end %+v", got)
	}
	doubts(b, "B", until.Add(time.Hour))
	if _, _, err := payment.Begin(ctx, a, o.No, "report", handIn("A", until), payment.Owed); err != nil {
		t.Fatal(err)
	}
	doubts(a, "A", now(), o.No) // its next start
	second := paidAt(t, a, 2, Born)
	if _, _, err := payment.Begin(ctx, a, second.No, "report", handIn("A", until), payment.Owed); err != nil {
		t.Fatal(err)
	}
	doubts(b, "B", until)
	doubts(b, "B", until.Add(time.Microsecond), second.No) // A has had it for longer than it meant to
	if got := effectOf(t, a, second.No, "report"); got.State != payment.Doubtful || got.Holder != "" {
		t.Errorf("given up %+v", got)
	}
}

// What was given up may have been done all the same, and its proof come late.
func lateProof(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	ctx := t.Context()
	for i, tt := range []struct {
		name   string
		again  bool // another has taken it up meanwhile
		failed error
		want   payment.EffectState
		err    error
	}{
		{"proof", false, nil, payment.Done, nil},
		{"failure", false, errors.New("paper out"), payment.Doubtful, payment.ErrConflict},
		{"not begun", false, payment.ErrNotBegun, payment.Doubtful, payment.ErrConflict},
		{"proof of the first, while the second is in hand", true, nil, payment.Handed, payment.ErrConflict},
	} {
		o := paidAt(t, a, i, Born)
		before, handed, err := payment.Begin(ctx, a, o.No, "receipt", handIn("A", past()), payment.Owed)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := payment.Doubt(ctx, b, "B", now()); err != nil || len(list) != 1 {
			t.Fatalf("%s: doubted %+v, %v", tt.name, list, err)
		}
		if tt.again {
			if _, _, err := payment.Begin(ctx, b, o.No, "receipt", handIn("B", hour()), payment.Doubtful); err != nil {
				t.Fatal(err)
			}
		}
		if err := payment.End(ctx, a, before, handed, "late", tt.failed); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
		if got := effectOf(t, b, o.No, "receipt"); got.State != tt.want {
			t.Errorf("%s: it is %s, want %s", tt.name, got.State, tt.want)
		}
	}
}
