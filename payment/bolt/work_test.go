package bolt

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// committed is the number of the ledger's last transaction.
func committed(t testing.TB, l *Ledger) (n int) {
	t.Helper()
	if err := l.view(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// indebted returns a ledger with n paid orders whose reports are owed.
func indebted(t testing.TB, l *Ledger, n int) {
	t.Helper()
	<-l.checked // it reads what this writes past the ledger
	err := l.db.Update(func(tx *bbolt.Tx) error {
		for i := range n {
			if err := l.fill(tx, i, false); err != nil {
				return err
			}
			var s stored
			r := ledgertest.Request(i)
			if err := get(tx.Bucket(bucketOrders), []byte(r.Key.Number(r.Merchant, 1)), &s); err != nil {
				return err
			}
			if err := owe(tx, s.Order, payment.Effect{Kind: "report", State: payment.Owed}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What rests is not looked at, looking for work that is not there writes nothing, and what has rested comes back in
// the order in which it was paid.
func TestWorkRests(t *testing.T) {
	l := fresh(t)
	const all, tried = 300, 200
	indebted(t, l, all)
	now := time.Now()
	first, err := l.ClaimWork(t.Context(), "report", "A", tried, now, now.Add(time.Hour))
	must(t, err)
	for i, p := range slices.Backward(first) { // put off by ever less, the last one longest
		_, err := l.UpdateEffect(t.Context(), p.Effect.Order, "report", func(e payment.Effect) (payment.Effect, error) {
			e.Holder, e.Until = "", now.Add(time.Duration(tried-i)*time.Minute)
			return e, nil
		})
		must(t, err)
	}
	rest, err := l.ClaimWork(t.Context(), "report", "B", all, now, now.Add(24*time.Hour))
	must(t, err)
	if len(first) != tried || len(rest) != all-tried || !rest[0].Order.PaidAt.After(first[tried-1].Order.PaidAt) {
		t.Fatalf("%d were claimed, then %d", len(first), len(rest))
	}
	before := committed(t, l)
	if none, err := l.ClaimWork(t.Context(), "report", "B", all, now, now.Add(time.Hour)); err != nil || len(none) > 0 {
		t.Errorf("%d are claimed twice, %v", len(none), err)
	}
	none, err := l.ClaimWork(t.Context(), "nothing", "B", all, now, now.Add(time.Hour))
	if err != nil || len(none) > 0 {
		t.Errorf("%d of another kind, %v", len(none), err)
	}
	if after := committed(t, l); after != before {
		t.Errorf("looking for work wrote %d times", after-before)
	}
	later := now.Add(tried / 2 * time.Minute)
	back, err := l.ClaimWork(t.Context(), "report", "C", 10, later, later.Add(time.Hour))
	must(t, err)
	byPaid := func(a, b payment.Piece) int { return a.Order.PaidAt.Compare(b.Order.PaidAt) }
	if len(back) != 10 || back[0].Order.No != first[tried/2].Order.No || !slices.IsSortedFunc(back, byPaid) {
		t.Errorf("%d came back, the first is order %d", len(back), back[0].Order.Serial)
	}
	if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("%q, %v", findings, err)
	}
}

// A court's system that is down for a week must not make a round dear.
func BenchmarkClaimWork(b *testing.B) {
	for _, resting := range []int{10, 20_000} {
		l := open(b, b.TempDir()+"/ledger.db")
		<-l.checked
		l.db.NoSync = true
		indebted(b, l, resting+20)
		now := time.Now()
		if _, err := l.ClaimWork(b.Context(), "report", "A", resting, now, now.Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(resting, " rest"), func(b *testing.B) {
			for b.Loop() {
				now = now.Add(time.Second)
				list, err := l.ClaimWork(b.Context(), "report", "B", 20, now, now.Add(time.Millisecond))
				if err != nil || len(list) != 20 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
