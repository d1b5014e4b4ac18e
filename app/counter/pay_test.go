package counter

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

func TestPayAndFollow(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		p, err := w.Pay(w.t.Context(), ask(d, "a"))
		if err != nil || p.Order == "" || p.Amount != 270000 || p.Reference != "ZF-0101-03-261128-0001" {
			t.Fatalf("pay = %+v, %v", p, err)
		}
		news, err := w.Follow(w.t.Context(), p.Order, "a")
		if err != nil {
			t.Fatal(err)
		}
		for p = range news {
			if p.State == payment.Waiting {
				break
			}
		}
		if p.Code != "weixin://"+p.Order || p.Expires.Sub(p.Now) > p.PayWithin || p.Asked.IsZero() {
			t.Errorf("waiting: %+v", p)
		}
		w.gate.pays(p.Order)
		for p = range news { // it ends
		}
		if p.State != payment.Paid || p.PaidAmount != 270000 || p.TransactionID == "" || p.PaidAt.IsZero() {
			t.Errorf("paid: %+v", p)
		}
		if d := w.only(); d.State != bill.DuePaid || d.Order != p.Order || !d.PaidAt.Equal(p.PaidAt) {
			t.Errorf("found again: %+v", d)
		}
	})
}

// After a lost answer the same asking is repeated, whatever became of the order meanwhile; another one joins it.
func TestAskedTwice(t *testing.T) {
	inWorld(t, func(w *world) {
		a := ask(w.only(), "a")
		first, err := w.Pay(w.t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		for what, next := range map[string]Ask{"the same": a, "another visit": ask(w.only(), "b")} {
			if p, err := w.Pay(w.t.Context(), next); err != nil || p.Order != first.Order {
				t.Errorf("%s: %+v, %v", what, p, err)
			}
		}
		if p, err := w.Pay(w.t.Context(), a); err != nil || p.Order != first.Order {
			t.Fatal(p, err)
		}
		w.at(first.Order)
		w.gate.pays(first.Order)
		w.at(first.Order)
		if p, err := w.Pay(w.t.Context(), a); err != nil || p.State != payment.Paid {
			t.Errorf("asked again once it is paid: %+v, %v", p, err)
		}
		page, err := w.Ledger.Find(w.t.Context(), payment.Filter{N: 9})
		if err != nil || len(page.Orders) != 1 {
			t.Errorf("%d orders, %v", len(page.Orders), err)
		}
	})
}

// What the court asks is asked again: a quote covers every word and the amount, of an open order too.
func TestQuotes(t *testing.T) {
	change := map[string]func(b *bill.Bill){
		"amount":   func(b *bill.Bill) { b.Amount++ },
		"payer":    func(b *bill.Bill) { b.Payer = "李四" },
		"deadline": func(b *bill.Bill) { b.Deadline = b.Deadline.AddDate(0, 0, 1) },
		"relief":   func(b *bill.Bill) { b.Relief = bill.Reduced },
	}
	for name, fn := range change {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				d := w.only()
				fn(&w.court.bills[0])
				_, err := w.Pay(w.t.Context(), ask(d, "a"))
				r := refused(w.t, "another quote", err, Changed)
				if r.Now == nil || r.Now.Quote == d.Quote || r.Now.Bill != d.Bill {
					t.Fatalf("now %+v", r.Now)
				}
				if _, err := w.Pay(w.t.Context(), ask(*r.Now, "a")); err != nil {
					t.Errorf("confirmed again: %v", err)
				}
			})
		})
	}
	inWorld(t, func(w *world) {
		shown := w.only()
		w.take("a")
		w.court.bills[0].Amount = 280000 // the open order asks for less
		if d := w.only(); d.Amount != 270000 || d.Quote == shown.Quote {
			t.Errorf("an open order's amount: %+v", d)
		}
		p, err := w.Pay(w.t.Context(), ask(w.only(), "b"))
		if err != nil || p.Wished != payment.ByCourt {
			t.Fatalf("who comes back to what the court asks no more: %+v, %v", p, err)
		}
		if p = w.at(p.Order); p.State != payment.Closed {
			t.Errorf("it is %s", p.State)
		}
		_, err = w.Pay(w.t.Context(), ask(shown, "b"))
		if r := refused(w.t, "the old amount", err, Changed); r.Now == nil || r.Now.Amount != 280000 {
			t.Errorf("now %+v", r.Now)
		}
	})
}

// A name of a bill that nobody gave out, or that was changed on the way, pays nothing else than the court asks.
func TestForgedNames(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		n, err := readName(d.Bill)
		if err != nil {
			t.Fatal(err)
		}
		b := n.bill()
		fine, foreign := b, b
		fine.Purse, foreign.Case.Court = bill.Fine, "沪0101"
		foreign.Amount = 270000
		w.court.bills = append(w.court.bills, foreign)
		for name, tt := range map[string]struct {
			bill string
			want Code
		}{
			"rubbish":       {"rubbish", NotFound},
			"nothing":       {"", NotFound},
			"another purse": {nameOf(bill.Due{Bill: fine}), Missing},
			"another court": {nameOf(bill.Due{Bill: foreign}), Changed},
		} {
			_, err := w.Pay(w.t.Context(), Ask{ID: name, Visit: "a", Bill: tt.bill, Quote: d.Quote})
			refused(w.t, name, err, tt.want)
		}
		asked := bill.Due{Bill: w.court.bills[1], State: bill.DueOwed}
		_, err = w.Pay(w.t.Context(), Ask{ID: "x", Visit: "a", Bill: nameOf(asked), Quote: asked.Quote()})
		refused(w.t, "a court that is not served", err, OtherCourt)
	})
}

// With the court silent nothing new is asked; who was shown a code goes back to it.
func TestCourtSilent(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		w.court.silent = true
		_, err := w.Pay(w.t.Context(), ask(d, "a"))
		refused(w.t, "a new order", err, CourtSilent)
		w.court.silent = false
		p := w.take("a")
		w.court.silent = true
		_, err = w.Pay(w.t.Context(), ask(d, "b"))
		refused(w.t, "a bill that was shown without its order", err, CourtSilent)
		dues, err := w.Find(w.t.Context(), bill.Query{Case: number})
		refused(w.t, "find", err, CourtSilent)
		if len(dues) != 1 || dues[0].State != bill.DuePaying {
			t.Fatalf("the ledger knows %+v", dues)
		}
		again, err := w.Pay(w.t.Context(), ask(dues[0], "b"))
		if err != nil || again.Order != p.Order || again.Code == "" {
			t.Errorf("who comes back: %+v, %v", again, err)
		}
		forged := ask(dues[0], "c")
		forged.Quote = d.Quote[:16] + "0000000000000000"
		_, err = w.Pay(w.t.Context(), forged)
		refused(w.t, "another amount", err, CourtSilent)
	})
}

// Wishes are durable at once; what a visit wishes after another has come changes nothing.
func TestWishes(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.take("a")
		w.gate.fail(payment.ErrUnknown) // so that the follower changes nothing
		wish := func(k WishKind, visit string) payment.Order {
			t.Helper()
			if err := w.Wish(w.t.Context(), Wish{Kind: k, Order: p.Order, Visit: visit}); err != nil {
				t.Fatal(err)
			}
			o, err := w.Ledger.Order(w.t.Context(), p.Order)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		if o := wish(Leave, "a"); !o.Left {
			t.Errorf("left: %+v", o)
		}
		if o := wish(Back, "b"); o.Left || o.Visit != "b" {
			t.Errorf("back: %+v", o)
		}
		if o := wish(Cancel, "a"); o.Unwanted != (payment.Wish{}) {
			t.Errorf("an earlier visit cancels: %+v", o.Unwanted)
		}
		if o := wish(Leave, "a"); o.Left {
			t.Error("an earlier visit leaves for the present one")
		}
		wish(Look, "b")
		if o := wish(Cancel, "b"); o.Unwanted.Source != payment.ByVisit || o.State != payment.Closing {
			t.Errorf("cancelled: %+v", o)
		}
		refused(w.t, "no order", w.Wish(w.t.Context(), Wish{Kind: Cancel, Order: "NOSUCH"}), NotFound)
		refused(w.t, "no wish", w.Wish(w.t.Context(), Wish{Kind: "sing", Order: p.Order}), Internal)
		if p := w.at(p.Order); p.Trouble != Unreachable || p.Since.IsZero() || p.Wished != payment.ByVisit {
			t.Errorf("in trouble: %+v", p)
		}
	})
}

// elsewhere is a cashier whose orders another machine follows.
type elsewhere struct{ *payment.Cashier }

func (elsewhere) Followed(string) (payment.Followed, bool) { return nil, false }

// A face of one machine is told of an order that another one follows, through the ledger that they share; its wishes
// arrive.
func TestFollowedElsewhere(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.take("a")
		there := w.options()
		there.Cashier = elsewhere{w.cashier}
		c := New(there)
		ctx, leave := context.WithCancel(w.t.Context())
		news, err := c.Follow(ctx, p.Order, "a")
		if err != nil {
			t.Fatal(err)
		}
		if first := <-news; first.State != payment.Waiting {
			t.Errorf("at first %+v", first)
		}
		time.Sleep(2 * time.Minute)
		if o, err := w.Ledger.Order(ctx, p.Order); err != nil || o.WatchedUntil.Before(time.Now()) {
			t.Errorf("watched until %v, %v", o.WatchedUntil, err)
		}
		if err := c.Wish(ctx, Wish{Kind: Cancel, Order: p.Order, Visit: "a"}); err != nil {
			t.Fatal(err)
		}
		if f, ok := w.cashier.Followed(p.Order); ok {
			f.Ask()
		}
		var last Progress
		for last = range news { // it ends
		}
		if last.State != payment.Closed {
			t.Errorf("at last %+v", last)
		}
		leave()

		other := w.take("b")
		ctx, leave = context.WithCancel(w.t.Context())
		news, err = c.Follow(ctx, other.Order, "b")
		if err != nil {
			t.Fatal(err)
		}
		<-news
		leave()
		synctest.Wait()
		if p, ok := <-news; ok {
			t.Errorf("told after it was left: %+v", p)
		}
	})
}

// replaced is a cashier whose follower of every order ended without a last word, and was replaced by another at once.
type replaced struct {
	*payment.Cashier
	at time.Time
}

// dead is a follower that has ended.
type dead struct{ payment.Followed }

func (d dead) Watch() (<-chan payment.News, func()) {
	news := make(chan payment.News, 1)
	news <- d.News()
	return news, func() {}
}

func (r replaced) Followed(no string) (payment.Followed, bool) {
	f, ok := r.Cashier.Followed(no)
	if ok && time.Now().Before(r.at) {
		f = dead{f}
	}
	return f, ok
}

// A lease may pass to another machine and come back: the face hears the new follower, too.
func TestFollowerIsReplaced(t *testing.T) {
	inWorld(t, func(w *world) {
		w.gate.fail(payment.ErrUnknown)
		p := w.take("a")
		there := w.options()
		there.Cashier = replaced{w.cashier, time.Now().Add(2500 * time.Millisecond)}
		ctx, leave := context.WithTimeout(w.t.Context(), 20*time.Second)
		defer leave()
		news, err := New(there).Follow(ctx, p.Order, "a")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		w.gate.fail(nil)
		var last Progress
		for last = range news {
			if last.Code != "" {
				return
			}
		}
		t.Errorf("no code is told, at last %+v", last)
	})
}

func TestRecheck(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.take("a")
		w.Recheck(w.t.Context())
		if p = w.at(p.Order); p.State != payment.Waiting {
			t.Fatalf("nothing changed, and it is %s", p.State)
		}
		w.court.silent = true
		w.Recheck(w.t.Context())
		w.court.silent, w.court.bills = false, nil
		if p = w.at(p.Order); p.State != payment.Waiting {
			t.Fatalf("the court is silent, and it is %s", p.State)
		}
		w.Recheck(w.t.Context())
		if p = w.at(p.Order); p.State != payment.Closed || p.Wished != payment.ByCourt {
			t.Errorf("not known any more, and it is %s, wished by %s", p.State, p.Wished)
		}
	})
}

// A bill that the court does not know when it is asked again was not withdrawn: nobody is told that nothing is owed.
func TestABillThatTheCourtDoesNotKnowIsMissing(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		w.court.bills = nil
		_, err := w.Pay(w.t.Context(), Ask{ID: "x", Visit: "a", Bill: d.Bill, Quote: d.Quote})
		refused(w.t, "not known", err, Missing)
	})
}

// The court numbers its notices since: who has paid by the item is not asked again by the notice, and where two
// notices may be meant nobody but a clerk can tell.
func TestANoticeNumberThatCameLater(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		numbered := func(notices ...string) []bill.Bill {
			var bills []bill.Bill
			for _, n := range notices {
				b := theBill
				b.Notice, b.Ref, b.Version = n, n, "1"
				bills = append(bills, b)
			}
			return bills
		}
		w.court.bills = numbered("N1")
		d := w.only()
		if d.State != bill.DuePaid || d.Order != p.Order {
			t.Errorf("one notice: %+v", d)
		}
		_, err := w.Pay(w.t.Context(), ask(d, "b"))
		refused(w.t, "it is paid again", err, Paid)
		w.court.bills = numbered("N1", "N2")
		dues, err := w.Find(w.t.Context(), bill.Query{Case: number})
		if err != nil || len(dues) != 2 {
			t.Fatal(dues, err)
		}
		for _, d := range dues {
			_, err := w.Pay(w.t.Context(), ask(d, "b"))
			refused(w.t, "one of two is paid again", err, Paid)
			if d.State != bill.DueDisputed {
				t.Errorf("one of two notices is %s", d.State)
			}
		}
	})
}

// A bill that got its notice number while its code was shown: who comes back sees the same code.
func TestANoticeNumberThatCameMeanwhile(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.take("a")
		w.court.bills[0].Notice = "N1"
		again, err := w.Pay(w.t.Context(), ask(w.only(), "b"))
		if err != nil || again.Order != p.Order {
			t.Errorf("who comes back: %+v, %v", again, err)
		}
	})
}
