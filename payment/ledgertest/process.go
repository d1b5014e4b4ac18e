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

// racers is how many open one bill at the same time.
const racers = 32

func race(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	const bills = 8
	won := make([][]payment.Order, bills)
	var group sync.WaitGroup
	var mu sync.Mutex
	for i := range racers {
		group.Go(func() {
			for n := range bills {
				r := Request((n + i) % bills)
				r.ID = fmt.Sprint("racer ", i, " bill ", (n+i)%bills)
				o, err := Next(handles[i%2], r, Born)
				if err != nil && !isBlocked(err) {
					t.Error(err)
				}
				if mu.Lock(); err == nil {
					won[(n+i)%bills] = append(won[(n+i)%bills], o)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	var given []uint64
	for n, list := range won {
		stored, err := l.OfBill(t.Context(), Request(n).Key)
		if err != nil || len(list) != 1 || len(stored) != 1 || !same(stored[0], list[0]) {
			t.Errorf("bill %d was won by %q, stored %q, %v", n, numbers(list), numbers(stored), err)
			continue
		}
		given = append(given, list[0].Serial)
	}
	if slices.Sort(given); !slices.Equal(given, []uint64{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("serials %d", given)
	}
	if list := entries(t, l); len(list) != bills {
		t.Errorf("%d entries of %d orders", len(list), bills)
	}
}

// One request that is repeated before its first answer has come opens one order, and every asking is answered.
func raceByOne(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	got := make([]payment.Order, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() {
			r := Request(1)
			r.ID = "one"
			var err error
			if got[i], err = Next(handles[i%2], r, Born); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, o := range got {
		if !same(o, got[0]) {
			t.Errorf("asking %d is answered by %+v, the first by %+v", i, o, got[0])
		}
	}
	if list := entries(t, l); len(list) != 1 {
		t.Errorf("%d entries of one order", len(list))
	}
}

func twoProcesses(t *testing.T, s Store) {
	l := s.Open(t)
	if s.Second == nil {
		if err := s.Refused(t, l); !errors.Is(err, payment.ErrLocked) {
			t.Errorf("a second process: %v, want %v", err, payment.ErrLocked)
		}
		New(t, l, Request(1), Born) // which the first has not felt
		return
	}
	second := s.Second(t, l)
	if second.Identity() != l.Identity() {
		t.Errorf("it is %+v to one, %+v to the other", l.Identity(), second.Identity())
	}
	o := New(t, l, Request(1), Born)
	if _, err := Next(second, Request(1), Born); !isBlocked(err) {
		t.Errorf("the other opens the same bill: %v", err)
	}
	paid := Said(t, second, o, payment.TradeSuccess)
	if got := read(t, l, o.No); !same(got, paid) {
		t.Errorf("one has %+v, the other %+v", got, paid)
	}
	put(t, l, o.No, "receipt", to(payment.Done))
	if got := effectOf(t, second, o.No, "receipt"); got.State != payment.Done {
		t.Errorf("the other has %+v", got)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if next := paidAt(t, l, 2, Born); next.Sequence <= paid.Sequence {
		t.Errorf("sequence %d after %d, once the other has gone", next.Sequence, paid.Sequence)
	}
}

func keeper(t *testing.T, s Store) {
	l := s.Open(t)
	k := l.(payment.Keeper)
	paid := paidAt(t, l, 1, Born)
	if err := k.Ready(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
	for range 2 {
		if err := k.Care(t.Context(), time.Now()); err != nil {
			t.Errorf("care: %v", err)
		}
	}
	if lost, ok := k.Incomplete(); ok {
		t.Errorf("a new ledger has lost %+v", lost)
	}
	if got := read(t, l, paid.No); !same(got, paid) {
		t.Errorf("care has changed %+v to %+v", paid, got)
	}
	New(t, l, Request(2), Born)
}

// left is a ledger with an order that waits and one that is paid, its receipt done and its report owed.
func left(t *testing.T, s Store) (l payment.Ledger, waiting, paid payment.Order) {
	t.Helper()
	l = s.Open(t)
	waiting, paid = New(t, l, Request(1), Born), paidAt(t, l, 2, Born)
	put(t, l, paid.No, "receipt", to(payment.Done))
	return l, Step(t, l, waiting.No, code), paid
}

// marked complains unless what was open or owed in a ledger that left has made is marked as possibly come to its end.
func marked(t *testing.T, l payment.Ledger, waiting, paid payment.Order) {
	t.Helper()
	if got := read(t, l, waiting.No); !got.Recovered || got.State != payment.Waiting {
		t.Errorf("what waited is %+v", got)
	}
	if got := read(t, l, paid.No); !same(got, paid) {
		t.Errorf("what was paid is %+v, was %+v", got, paid)
	}
	if got := effectOf(t, l, paid.No, "receipt"); got.State != payment.Done {
		t.Errorf("what was done is %+v", got)
	}
	if got := effectOf(t, l, paid.No, "report"); got.State != payment.Doubtful || got.Tries == 0 {
		t.Errorf("what was owed is %+v", got)
	}
}

func recovered(t *testing.T, s Store) {
	l, waiting, paid := left(t, s)
	if err := payment.Recover(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	marked(t, l, waiting, paid)
	told := len(entries(t, l))
	if err := payment.Recover(t.Context(), l); err != nil || len(entries(t, l)) != told {
		t.Errorf("again: %v, and %d entries are %d", err, told, len(entries(t, l)))
	}
}

func restored(t *testing.T, s Store) {
	l, waiting, paid := left(t, s)
	id := l.Identity()
	l = s.Restore(t, l)
	lost, ok := l.(payment.Keeper).Incomplete()
	if !ok || lost.Source == "" || lost.As.IsZero() || l.Identity() != id {
		t.Errorf("restored is %+v, %v, of %+v", lost, ok, l.Identity())
	}
	if err := payment.Recover(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	marked(t, l, waiting, paid)
	if s.Reopen != nil {
		l = s.Reopen(t, l)
	}
	if again, ok := l.(payment.Keeper).Incomplete(); !ok || !same(again, lost) {
		t.Errorf("after a start it is %+v, %v", again, ok)
	}
	told := len(entries(t, l))
	if err := l.(payment.Keeper).Complete(t.Context(), "all asked"); err != nil {
		t.Fatal(err)
	}
	if list := entries(t, l); len(list) != told+1 || list[told].Note != "all asked" || list[told].Order != "" {
		t.Errorf("the audit says %+v", list[told:])
	}
	if s.Reopen != nil {
		l = s.Reopen(t, l)
	}
	if lost, ok := l.(payment.Keeper).Incomplete(); ok {
		t.Errorf("it has still lost %+v", lost)
	}
}

func reopen(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	r := Request(1)
	r.ID, r.Personal = "asked", []byte("张*明")
	o := New(t, l, r, Born)
	Step(t, l, o.No, code)
	paid := Said(t, l, o, payment.TradeSuccess)
	held := claims(t, l, "A", 1, time.Time{}, []payment.Order{New(t, l, Request(3), Born)})[0]
	id, told := l.Identity(), entries(t, l)
	l = s.Reopen(t, l)
	if got := read(t, l, o.No); !same(got, paid) || l.Identity() != id || id.Instance == "" {
		t.Errorf("after reopening %+v of %+v, before %+v of %+v", got, l.Identity(), paid, id)
	}
	if list := entries(t, l); !slices.EqualFunc(list, told, same) {
		t.Errorf("the audit is %+v, was %+v", list, told)
	}
	if data, err := l.Personal(ctx, o.No); err != nil || string(data) != "张*明" {
		t.Errorf("personal = %s, %v", data, err)
	}
	if got, err := Next(l, r, Born); err != nil || !same(got, paid) {
		t.Errorf("the same request: %+v, %v", got, err)
	}
	again := claims(t, l, "A", 10, time.Time{}, []payment.Order{held})[0]
	if again.Lease.Fence < held.Lease.Fence {
		t.Errorf("leased again with %+v, before with %+v", again.Lease, held.Lease)
	}
	if taken := claims(t, l, "A", 10, past(), []payment.Order{held}); taken[0].Lease.Fence != again.Lease.Fence {
		t.Errorf("leased once more with %+v, before with %+v", taken[0].Lease, again.Lease)
	}
	if taken := claims(t, l, "B", 10, hour(), []payment.Order{held}); taken[0].Lease.Fence <= again.Lease.Fence {
		t.Errorf("leased to another with %+v, before with %+v", taken[0].Lease, again.Lease)
	}
	next := New(t, l, Request(2), Born)
	if next.Serial != 3 {
		t.Errorf("the next serial is %d", next.Serial)
	}
	if p := Said(t, l, next, payment.TradeSuccess); p.Sequence <= paid.Sequence {
		t.Errorf("sequence %d after %d", p.Sequence, paid.Sequence)
	}
	for _, f := range []payment.Filter{
		{N: 1, Sequence: paid.Sequence}, {N: 1, Transaction: paid.TransactionID}, {N: 1, Serial: 1, Day: Born},
	} {
		if page, err := l.Find(ctx, f); err != nil || len(page.Orders) != 1 || !same(page.Orders[0], paid) {
			t.Errorf("find %+v: %+v, %v", f, page, err)
		}
	}
	if list := entries(t, l); list[len(list)-1].Seq != uint64(len(told)+2) {
		t.Errorf("the audit goes on with %+v", list[len(told):])
	}
}

// Where other processes go on while one starts anew, its leases outlive it. Of a store that it had alone nobody else
// followed anything.
func reopenLeases(t *testing.T, s Store) {
	l := s.Open(t)
	ever := claims(t, l, "A", 1, time.Time{}, []payment.Order{New(t, l, Request(1), Born)})[0]
	until := claims(t, l, "B", 1, hour(), []payment.Order{New(t, l, Request(2), Born.Add(time.Second))})[0]
	l = s.Reopen(t, l)
	for _, want := range []payment.Order{ever, until} {
		if got := read(t, l, want.No); !same(got, want) {
			t.Errorf("leased with %+v, before with %+v", got.Lease, want.Lease)
		}
	}
	claims(t, l, "C", 10, hour(), nil)
	for _, want := range []payment.Order{ever, until} {
		o := want.Lease
		if got := claims(t, l, o.Holder, 10, o.Until, []payment.Order{want})[0]; !same(got, want) {
			t.Errorf("claimed again with %+v, before with %+v", got.Lease, o)
		}
	}
}

// What somebody wished must not end with the program.
func reopenWishes(t *testing.T, s Store) {
	visit := payment.Wish{Source: payment.ByVisit, Visit: "visit 1", At: Born.Add(time.Second)}
	later := visit
	later.Visit = "visit 2"
	join := func(o payment.Order) payment.Change { return o.Join("visit 2", "request 2", Born.Add(time.Minute)) }
	cancel := func(w payment.Wish) step { return func(o payment.Order) payment.Change { return o.AskClose(w) } }
	for name, tt := range map[string]struct {
		rules []step
		want  func(payment.Order) bool
	}{
		"cancel": {
			[]step{cancel(visit)},
			func(o payment.Order) bool { return same(o.Unwanted, visit) && o.State == payment.Created },
		},
		"cancel once it waits": {
			[]step{code, cancel(visit)},
			func(o payment.Order) bool { return same(o.Unwanted, visit) && o.State == payment.Closing },
		},
		"cancel of an earlier visit": {
			[]step{code, join, cancel(visit)},
			func(o payment.Order) bool {
				return o.Unwanted == payment.Wish{} && o.State == payment.Waiting && o.Visit == "visit 2"
			},
		},
		"cancel of the later visit": {
			[]step{code, join, cancel(later)},
			func(o payment.Order) bool { return same(o.Unwanted, later) && o.Request == "request 2" },
		},
		"leave": {
			[]step{func(o payment.Order) payment.Change { return o.Leave("visit 1") }},
			func(o payment.Order) bool { return o.Left && o.WatchedUntil.IsZero() },
		},
		"watch": {
			[]step{func(o payment.Order) payment.Change { return o.Watch(Born.Add(time.Hour)) }},
			func(o payment.Order) bool { return o.WatchedUntil.Equal(Born.Add(time.Hour + payment.WatchedFor)) },
		},
	} {
		l := s.Open(t)
		r := Request(1)
		r.Visit = "visit 1"
		o := New(t, l, r, Born)
		for _, rule := range tt.rules {
			o = Step(t, l, o.No, rule)
		}
		l = s.Reopen(t, l)
		if got := read(t, l, o.No); !tt.want(got) || !same(got, o) {
			t.Errorf("%s: after reopening %+v, before %+v", name, got, o)
		}
	}
}

func reopenWork(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := context.Background()
	o := paidAt(t, l, 1, Born)
	until := hour()
	_, handed, err := payment.Begin(ctx, l, o.No, "receipt", handIn("A", until), payment.Owed)
	if err != nil {
		t.Fatal(err)
	}
	claimsWork(t, l, "A", 1, now(), until, o)
	l = s.Reopen(t, l)
	if got := effectOf(t, l, o.No, "receipt"); !same(got, handed) {
		t.Errorf("in hand %+v, before %+v", got, handed)
	}
	claimsWork(t, l, "B", 1, now(), until)
	if list, err := payment.Doubt(ctx, l, "B", now()); err != nil || len(list) != 0 {
		t.Errorf("another doubts %+v, %v", list, err)
	}
	if list, err := payment.Doubt(ctx, l, "A", now()); err != nil || len(list) != 1 || list[0].Kind != "receipt" {
		t.Errorf("its holder doubts %+v, %v", list, err)
	}
	claimsWork(t, l, "B", 1, until, until.Add(time.Hour), o)
}
