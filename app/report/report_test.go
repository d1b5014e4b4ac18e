package report

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
)

// court is a court that answers as it is told, and remembers what it was told.
type court struct {
	answer func(o payment.Order) error
	told   []string
}

func (c *court) tell(_ context.Context, o payment.Order) error {
	err := c.answer(o)
	if err == nil {
		c.told = append(c.told, o.No)
	}
	return err
}

// paid books a payment of a case in a ledger, as a session does.
func paid(t *testing.T, l payment.Ledger, label, item string) payment.Order {
	t.Helper()
	m := payment.Merchant{MchID: "1900000001", AppID: "wx1"}
	r := payment.Request{
		Key: payment.Key{Court: "京0101", Purse: "litigation", Bill: label + item}, Merchant: m, Amount: 100,
		Labels: []string{label}, Owed: []string{"receipt", Effect},
	}
	o, err := l.Create(t.Context(), r, func(earlier []payment.Order) (payment.Order, error) {
		return payment.Next(r, earlier, payment.Order{PayWithin: time.Minute, Attach: "03/x"}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err = l.Update(t.Context(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(payment.Reported{
			No: o.No, MchID: m.MchID, AppID: m.AppID, Attach: o.Attach, State: payment.TradeSuccess, Amount: 100,
			Currency: "CNY", TransactionID: "42000" + o.No[:8], PaidAt: time.Now(),
		}, others, time.Now())
	})
	if err != nil || o.State != payment.Paid {
		t.Fatalf("not paid: %+v, %v", o, err)
	}
	return o
}

func ledger() *ledgertest.Memory {
	return ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "X"})
}

// run drains the ledger for a while and ends.
func run(t *testing.T, b *Box, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	b.Run(ctx)
}

func effect(t *testing.T, l payment.Ledger, no, kind string) payment.Effect {
	t.Helper()
	list, err := l.Effects(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == kind {
			return e
		}
	}
	return payment.Effect{}
}

func status(t *testing.T, b *Box) Status {
	t.Helper()
	s, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inBubble(t *testing.T, fn func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 8, 0, 0, 0, payment.China)))
		fn(t)
	})
}

func TestAWeekWithoutTheCourt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c, tries := ledger(), &court{}, 0
		c.answer = func(payment.Order) error {
			tries++
			return fmt.Errorf("%w: refused", bill.ErrUnreachable)
		}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		began := time.Now()
		var want []string
		for i := range 30 {
			want = append(want, paid(t, l, fmt.Sprintf("case %02d", i%7), fmt.Sprint(i)).No)
		}
		run(t, b, 7*24*time.Hour)
		s := status(t, b)
		if s.Owed != 30 || s.Refused != 0 || !errors.Is(s.Trouble, bill.ErrUnreachable) ||
			s.Since.Sub(began) > time.Minute || s.Oldest.After(began) {
			t.Errorf("after a week: %+v", s)
		}
		if tries > 7*24+15 {
			t.Errorf("a court that does not answer was asked %d times in a week", tries)
		}
		if e := effect(t, l, want[0], Effect); e.State != payment.Doubtful || e.Note == "" {
			t.Errorf("the first report is %+v", e)
		}
		c.answer = func(payment.Order) error { return nil }
		run(t, b, time.Hour+time.Second)
		slices.Sort(want)
		got := slices.Sorted(slices.Values(c.told))
		if !slices.Equal(got, want) {
			t.Errorf("told %d of %d", len(got), len(want))
		}
		if s := status(t, b); s.Owed != 0 || s.Trouble != nil || !s.Since.IsZero() {
			t.Errorf("when all is told: %+v", s)
		}
	})
}

// Each case hears of its payments in their order, and one that is not answered holds up its own case only.
func TestOrderWithinACase(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c := ledger(), &court{}
		a1, a2, b1 := paid(t, l, "A", "1"), paid(t, l, "A", "2"), paid(t, l, "B", "1")
		c.answer = func(o payment.Order) error {
			if o.No == a1.No {
				return errors.New("500")
			}
			return nil
		}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		run(t, b, 10*time.Minute)
		if !slices.Equal(c.told, []string{b1.No}) {
			t.Errorf("told %v, want only %s", c.told, b1.No)
		}
		if s := status(t, b); s.Owed != 2 || !s.Since.IsZero() {
			t.Errorf("one case is in trouble, the court is not: %+v", s)
		}
		c.answer = func(payment.Order) error { return nil }
		run(t, b, time.Hour)
		if !slices.Equal(c.told, []string{b1.No, a1.No, a2.No}) {
			t.Errorf("told %v", c.told)
		}
	})
}

// A payment that is booked is told at once, whatever the box was waiting for; not to a court that is down.
func TestWake(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c := ledger(), &court{answer: func(payment.Order) error { return nil }}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		synctest.Wait()
		began := time.Now()
		o := paid(t, l, "A", "1")
		b.Wake()
		synctest.Wait()
		if !slices.Equal(c.told, []string{o.No}) || time.Since(began) > time.Second {
			t.Errorf("told %v after %v", c.told, time.Since(began))
		}
		cancel()
		<-done
	})
}

func TestRefusedIsAClerks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c, tries := ledger(), &court{}, 0
		first, second := paid(t, l, "A", "1"), paid(t, l, "A", "2")
		c.answer = func(o payment.Order) error {
			if o.No == first.No {
				tries++
				return &bill.RefusedError{Reason: bill.AmountDiffers}
			}
			return nil
		}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		run(t, b, 24*time.Hour)
		if tries != 1 || !slices.Equal(c.told, []string{second.No}) {
			t.Errorf("refused, then told %d times; told %v", tries, c.told)
		}
		held, item := effect(t, l, first.No, Effect), effect(t, l, first.No, Refused)
		if held.State != payment.Held || item.State != payment.Owed || !strings.Contains(item.Note, "amount-differs") {
			t.Errorf("report %+v, work item %+v", held, item)
		}
		if s := status(t, b); s.Owed != 0 || s.Refused != 1 {
			t.Errorf("status %+v", s)
		}

		// The clerk has put it right and has it told again; the court refuses once more, and it is a work item once
		// more.
		if err := b.Again(t.Context(), second.No, "put right", payment.By{Person: "0108"}); !errors.Is(err,
			payment.ErrConflict) {
			t.Errorf("a report that was taken: %v", err)
		}
		if err := b.Again(t.Context(), first.No, "put right", payment.By{Person: "0108"}); err != nil {
			t.Fatal(err)
		}
		if item := effect(t, l, first.No, Refused); item.Note != "told again: put right" || item.By.Person != "0108" {
			t.Errorf("the work ended as %+v", item)
		}
		run(t, b, time.Hour)
		if item := effect(t, l, first.No, Refused); item.By != (payment.By{}) || tries != 2 ||
			item.State != payment.Owed {
			t.Errorf("after %d tries the work item is %+v", tries, item)
		}
		c.answer = func(payment.Order) error { return nil }
		if err := b.Again(t.Context(), first.No, "put right", payment.By{Person: "0108"}); err != nil {
			t.Fatal(err)
		}
		run(t, b, time.Hour)
		if s := status(t, b); s.Refused != 0 || s.Owed != 0 || len(c.told) != 2 {
			t.Errorf("put right: %+v, told %v", s, c.told)
		}
	})
}

// The plug is pulled while the court is being told: it is told again, and a court that is told twice books once.
func TestToldAgainAfterACrash(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c := ledger(), &court{}
		o := paid(t, l, "A", "1")
		ctx, cancel := context.WithCancel(t.Context())
		c.answer = func(payment.Order) error { cancel(); return ctx.Err() }
		NewBox(l, c.tell, slog.New(slog.DiscardHandler)).Run(ctx)
		if _, err := l.UpdateEffect(t.Context(), o.No, Effect, func(e payment.Effect) (payment.Effect, error) {
			e.State, e.Holder = payment.Handed, l.Identity().Instance // as it stands when the plug is pulled
			return e, nil
		}); err != nil {
			t.Fatal(err)
		}
		// As every start does:
		if _, err := payment.Doubt(t.Context(), l, l.Identity().Instance, time.Now()); err != nil {
			t.Fatal(err)
		}
		c.answer = func(payment.Order) error { return nil }
		run(t, NewBox(l, c.tell, slog.New(slog.DiscardHandler)), time.Minute)
		if !slices.Equal(c.told, []string{o.No}) {
			t.Errorf("told %v", c.told)
		}
	})
}

// Two processes that share a ledger tell each payment once, and those of a case in their order.
func TestTwoThatTell(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c := ledger(), &court{}
		var mu sync.Mutex
		want := make(map[string][]string)
		for i := range 60 {
			label := fmt.Sprint("case ", i%7)
			want[label] = append(want[label], paid(t, l, label, fmt.Sprint(i)).No)
		}
		fails := 0
		c.answer = func(payment.Order) error {
			if fails++; fails%5 == 0 {
				return errors.New("500")
			}
			return nil
		}
		got := make(map[string][]string)
		tell := func(ctx context.Context, o payment.Order) error {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			err := c.tell(ctx, o)
			if err == nil {
				got[o.Labels[0]] = append(got[o.Labels[0]], o.No)
			}
			return err
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { run(t, NewBox(l, tell, slog.New(slog.DiscardHandler)), 2*time.Hour) })
		}
		both.Wait()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("told %v\nwant %v", got, want)
		}
	})
}

// counted is a ledger that counts the rows that are read of it.
type counted struct {
	payment.Ledger
	rows int
}

func (c *counted) ClaimWork(
	ctx context.Context, kind, holder string, n int, now, until time.Time,
) ([]payment.Piece, error) {
	list, err := c.Ledger.ClaimWork(ctx, kind, holder, n, now, until)
	c.rows += len(list)
	return list, err
}

func (c *counted) Labelled(ctx context.Context, label string) ([]payment.Order, error) {
	list, err := c.Ledger.Labelled(ctx, label)
	c.rows += len(list)
	return list, err
}

func (c *counted) Effects(ctx context.Context, no string) ([]payment.Effect, error) {
	list, err := c.Ledger.Effects(ctx, no)
	c.rows += len(list)
	return list, err
}

func (c *counted) Pending(ctx context.Context, k string, after payment.Effect, n int) ([]payment.Effect, error) {
	list, err := c.Ledger.Pending(ctx, k, after, n)
	c.rows += len(list)
	return list, err
}

func (c *counted) Unsettled(ctx context.Context) ([]payment.Order, error) {
	list, err := c.Ledger.Unsettled(ctx)
	c.rows += len(list)
	return list, err
}

// However much is owed after a week without the court, a round reads what it can tell and no more.
func TestARoundReadsLittle(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const owed = 1000
		l, c, tries := &counted{Ledger: ledger()}, &court{}, 0
		for i := range owed {
			paid(t, l, fmt.Sprint("case ", i), "1")
		}
		c.answer = func(payment.Order) error {
			tries++
			return bill.ErrUnreachable
		}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		run(t, b, 24*time.Hour)
		if tries < 24 || l.rows > atOnce+tries {
			t.Errorf("%d tries have read %d rows", tries, l.rows)
		}
		l.rows = 0
		if s := status(t, b); s.Owed != owed || l.rows != 0 {
			t.Errorf("owed %d, counted by reading %d rows", s.Owed, l.rows)
		}
	})
}

// What the court has said of a payment is told by its own report, whatever else is owed.
func TestWordsOfTheCourt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l, c := ledger(), &court{}
		words := Words(l)
		first, second := paid(t, l, "A", "1"), paid(t, l, "A", "2")
		says := func(no string, want reconcile.CourtWord) {
			t.Helper()
			if got, err := words(t.Context(), no); err != nil || got != want {
				t.Errorf("the court %s, %v, want %s", got, err, want)
			}
		}
		says(first.No, reconcile.CourtWaits)
		c.answer = func(o payment.Order) error {
			if o.No == first.No {
				return &bill.RefusedError{Reason: bill.AmountDiffers}
			}
			return nil
		}
		b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
		run(t, b, time.Hour)
		says(first.No, reconcile.CourtRefuses)
		says(second.No, reconcile.CourtHas)
		_, err := l.UpdateEffect(t.Context(), first.No, Refused, func(e payment.Effect) (payment.Effect, error) {
			e.State = payment.Done
			return e, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		says(first.No, reconcile.CourtNever)
	})
}
