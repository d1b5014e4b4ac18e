package payment_test

import (
	"context"
	"testing"
	"time"

	"courtkiosk/payment"
)

// leftBehind starts machine A, which follows an order that was left behind and that it asks about once a minute.
func (w *world) leftBehind() (a *payment.Cashier, no string) {
	w.Helper()
	a = w.machine("A", w.ledger, w.gate)
	f, err := a.Take(context.Background(), request(bill))
	if err != nil {
		w.Fatal(err)
	}
	no = f.News().Order.No
	w.until(no, payment.Waiting, time.Second)
	w.pass(130 * time.Second)
	return a, no
}

// A wish that another machine has stored is seen at once, however long the follower rests; of one whose notice is lost
// it hears from the sweep.
func TestWishElsewhereIsHeard(t *testing.T) {
	for name, deaf := range map[string]bool{"noticed": false, "swept": true} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(w *world) {
				w.ledger.Deaf = func() bool { return deaf }
				_, no := w.leftBehind()
				asked := len(w.office.Asked("", no))
				w.store(no, func(o payment.Order) payment.Change {
					return o.AskClose(payment.Wish{Source: payment.ByClerk, At: time.Now()})
				})
				within := 500 * time.Millisecond
				if deaf {
					w.pass(0)
					if n := len(w.office.Asked("", no)) - asked; n != 0 {
						w.Fatalf("asked %d times without a notice", n)
					}
					within += payment.SweptWithin
				}
				w.until(no, payment.Closing, within)
				w.until(no, payment.Closed, 10*time.Second)
			})
		})
	}
}

// What others store of an order, and what its follower stores itself, has nobody ask WeChat.
func TestStirredOrderIsNotAsked(t *testing.T) {
	shared(t, func(w *world) {
		a, no := w.leftBehind()
		asked := len(w.office.Asked("", no))
		for range 20 {
			w.store(no, func(o payment.Order) payment.Change {
				o.Title += "。"
				return payment.Change{Order: o}
			})
			w.pass(50 * time.Millisecond)
		}
		if n := len(w.office.Asked("", no)) - asked; n != 0 {
			w.Errorf("asked %d times", n)
		}
		if f, ok := a.Followed(no); !ok || f.News().Order.Title != w.kept(no).Title {
			w.Errorf("follows %v, %q", ok, f.News().Order.Title)
		}
	})
}

// A life of an order costs as many questions with news as without them.
func TestNewsCostNoQuestions(t *testing.T) {
	asked := func(l func(*world) payment.Ledger) (n int) {
		shared(t, func(w *world) {
			a := w.machine("A", l(w), w.gate)
			f, err := a.Take(context.Background(), request(bill))
			if err != nil {
				w.Fatal(err)
			}
			no := f.News().Order.No
			_, stop := f.Watch()
			w.pass(20 * time.Second)
			stop()
			w.pass(2 * time.Minute)
			w.cancel(f)
			w.until(no, payment.Closed, time.Minute)
			w.pass(time.Minute)
			n = len(w.office.Asked("", no))
		})
		return n
	}
	without := asked(func(w *world) payment.Ledger { return struct{ payment.Ledger }{w.ledger} })
	with := asked(func(w *world) payment.Ledger { return w.ledger })
	if with != without || with < 20 {
		t.Errorf("%d questions, %d without news", with, without)
	}
}

// Who watches at one machine an order that another one follows has its news at once, has WeChat asked often, and hears
// the end when that machine dies.
func TestWatchedElsewhere(t *testing.T) {
	shared(t, func(w *world) {
		_, no := w.leftBehind()
		asked := len(w.office.Asked("", no))
		b := w.machine("B", w.ledger, w.gate)
		f, err := b.Take(context.Background(), request(bill))
		if err != nil {
			w.Fatal(err)
		}
		if _, ok := b.Followed(no); ok {
			w.Fatal("B follows it")
		}
		news, stop := f.Watch()
		defer stop()
		w.pass(90 * time.Second)
		if n := len(w.office.Asked("", no)) - asked; n < 30 {
			w.Errorf("asked %d times while somebody watches elsewhere", n)
		}
		w.office.Pay(no)
		w.until(no, payment.Paid, 5*time.Second)
		w.pass(0)
		if n := <-news; n.Order.State != payment.Paid {
			w.Errorf("told %s", n.Order.State)
		}
	})
}

// The machine that follows an order dies. Its visitor's screen, which another one serves, hears the end of it.
func TestFollowerDies(t *testing.T) {
	shared(t, func(w *world) {
		ctx, die := context.WithCancel(context.Background())
		a := w.mortal(ctx, "A", w.ledger, w.gate)
		f, err := a.Take(context.Background(), request(bill))
		if err != nil {
			w.Fatal(err)
		}
		no := f.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		b := w.machine("B", w.ledger, w.gate)
		if f, err = b.Take(context.Background(), request(bill)); err != nil {
			w.Fatal(err)
		}
		news, stop := f.Watch()
		defer stop()
		die()
		a.Wait()
		w.office.Pay(no)
		w.pass(lease + lease/3 + 2*time.Second)
		if n := <-news; n.Order.State != payment.Paid || !n.Order.Final() {
			w.Errorf("told %s", n.Order.State)
		}
		if n := len(w.office.Asked("", no)); n > 12 {
			w.Errorf("asked %d times", n)
		}
	})
}

// Nobody looks any more once nobody watches: what was begun for a watcher ends with it.
func TestWatchingElsewhereEnds(t *testing.T) {
	shared(t, func(w *world) {
		_, no := w.leftBehind()
		b := w.machine("B", w.ledger, w.gate)
		f, err := b.Take(context.Background(), request(bill))
		if err != nil {
			w.Fatal(err)
		}
		for range 3 {
			news, stop := f.Watch()
			if n := <-news; n.Order.No != no {
				w.Fatalf("told of %q", n.Order.No)
			}
			w.pass(time.Second)
			stop()
			w.pass(time.Second)
		}
		until := w.kept(no).WatchedUntil
		w.pass(payment.WatchedFor)
		if o := w.kept(no); !o.WatchedUntil.Equal(until) {
			w.Errorf("watched until %v, and %v", until, o.WatchedUntil)
		}
	})
}

// store is another machine's change of an order.
func (w *world) store(no string, rule func(payment.Order) payment.Change) {
	w.Helper()
	change := func(o payment.Order, _ []payment.Order) (payment.Change, error) { return rule(o), nil }
	_, err := w.ledger.Update(context.Background(), no, change)
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) kept(no string) payment.Order {
	w.Helper()
	o, err := w.ledger.Order(context.Background(), no)
	if err != nil {
		w.Fatal(err)
	}
	return o
}
