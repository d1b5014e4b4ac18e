package payment_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// A payment to another ledger, by when it was made, and what people have said of that ledger.
func TestKin(t *testing.T) {
	self := payment.Identity{Instance: "4f1c", Made: noon}
	limit := noon.Add(payment.TwinAfter)
	lost := payment.Word{Instance: "77aa", Lost: true, At: noon}
	apart := func(at time.Time) payment.Word { return payment.Word{Instance: "77aa", At: at} }
	other := payment.Word{Instance: "88bb", Lost: true, At: noon}
	otherApart := payment.Word{Instance: "88bb", At: limit.Add(time.Hour)}
	type words = []payment.Word
	for name, tt := range map[string]struct {
		to                 string
		paid               time.Time
		words              words
		doubles, inherited bool
	}{
		"before our birth":                  {"03/77aa", noon.Add(-time.Hour), nil, false, false},
		"before our birth, lost":            {"03/77aa", noon.Add(-time.Hour), words{lost}, false, true},
		"before our birth, another is lost": {"03/77aa", noon.Add(-time.Hour), words{other}, false, false},
		"before our birth, apart":           {"03/77aa", noon.Add(-time.Hour), words{apart(noon)}, false, false},
		"within the hour":                   {"03/77aa", limit, nil, false, false},
		"within the hour, lost":             {"03/77aa", limit, words{lost}, false, true},
		"late":                              {"03/77aa", limit.Add(1), nil, true, false},
		"late, and yet called lost":         {"03/77aa", limit.Add(1), words{lost}, true, false},
		"late, apart since":                 {"03/77aa", limit.Add(1), words{apart(limit.Add(1))}, false, false},
		"late, apart since, lost": {"03/77aa", limit.Add(1), words{lost, apart(limit.Add(1))}, false,
			false},
		"late, apart before":                       {"03/77aa", limit.Add(2), words{apart(limit.Add(1))}, true, false},
		"late, another is apart":                   {"03/77aa", limit.Add(1), words{otherApart}, true, false},
		"to ourselves, when this ledger was lost":  {"03/4f1c", limit.Add(time.Hour), nil, false, true},
		"to whom is not known":                     {"", limit.Add(time.Hour), words{lost}, false, false},
		"to another system of the merchant's, odd": {"4f1c", limit.Add(time.Hour), words{lost}, true, false},
	} {
		o := order(payment.Foreign)
		o.TransactionID, o.PaidAmount, o.PaidTo, o.PaidAt = "4200000", o.Amount, tt.to, tt.paid
		k := payment.Kin{Self: self, Words: tt.words}
		if got := k.Doubles(o); got != tt.doubles {
			t.Errorf("%s: doubles %t, want %t", name, got, tt.doubles)
		}
		if got := k.Inherits(o); got != tt.inherited {
			t.Errorf("%s: inherits %t, want %t", name, got, tt.inherited)
		}
		adopted := o.Adopt(nil).Order
		if k.Doubles(adopted) != tt.doubles || k.Inherits(adopted) {
			t.Errorf("%s: adopted it doubles %t, inherits %t", name, k.Doubles(adopted), k.Inherits(adopted))
		}
		if o = o.EndByHand(noon).Order; k.Inherits(o) {
			t.Errorf("%s: inherits what a clerk has in hand", name)
		}
	}
}

// A ledger of before kept no attach: it learns it when WeChat is asked again.
func TestPaidToIsLearned(t *testing.T) {
	o := order(payment.Foreign)
	o.TransactionID, o.PaidAmount, o.PaidAt = "4200000", o.Amount, noon
	c, err := o.Apply(said(payment.TradeSuccess, attach("03/77aa")), nil, noon)
	if err != nil || c.Order.PaidTo != "03/77aa" || c.Event != "" {
		t.Errorf("got %q by %q, %v", c.Order.PaidTo, c.Event, err)
	}
}

// reinstalled is the machine after its disk was lost: the same id, another ledger.
func (w *world) reinstalled() {
	w.crash()
	w.ledger = ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "new"})
	w.start()
}

// atOther has the bill's order opened and paid at another machine that has this one's id.
func (w *world) atOther() string {
	o := w.elsewhere()
	w.office.Change(o.No, func(t *gatewaytest.Trade) bool {
		t.Order.Attach, t.Order.Expires = "03/77aa", time.Now().Add(5*time.Minute)
		return true
	})
	if !w.office.Pay(o.No) {
		w.Fatal("not paid")
	}
	return o.No
}

func (w *world) order(no string) payment.Order {
	w.Helper()
	o, err := w.ledger.Order(context.Background(), no)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

var staff = payment.By{Device: "console", Person: "1024"}

// A kiosk that was installed anew finds what its lost ledger was paid, and books it only once a person has said that
// this one is lost: then at once what is known, and by itself what is found later. No receipt prints by itself.
func TestReinstalled(t *testing.T) {
	simulate(t, func(w *world) {
		ctx := context.Background()
		old := w.ledger.Identity().Instance
		var numbers []string
		for _, b := range []string{bill, bill + "2"} {
			no := w.take(b).News().Order.No
			w.until(no, payment.Waiting, time.Second)
			w.office.Pay(no)
			w.until(no, payment.Paid, time.Minute)
			numbers = append(numbers, no)
		}
		w.pass(time.Hour)
		w.reinstalled()
		last, err := w.cashier.Recall(ctx, request(bill))
		if err != nil || !last.PaidElsewhere() {
			w.Fatalf("without a person's word it is %s, %v", last.State, err)
		}
		w.owes(numbers[0])
		twins, err := w.cashier.Twins(ctx)
		if err != nil || len(twins) != 1 || twins[0].Instance != old || twins[0].Waiting != 1 || twins[0].Alarm ||
			!twins[0].Latest.Equal(last.PaidAt) {
			w.Fatalf("twins are %+v, %v", twins, err)
		}
		if _, err := w.cashier.InheritFrom(ctx, "other", "wrong name", staff); !errors.Is(err, payment.ErrNotFound) {
			w.Errorf("another name: %v", err)
		}
		booked, err := w.cashier.InheritFrom(ctx, old, "the disk died", staff)
		if err != nil || len(booked) != 1 || booked[0].No != numbers[0] || booked[0].State != payment.Paid ||
			!booked[0].Recovered {
			w.Fatalf("booked %+v, %v", booked, err)
		}
		w.crash() // the word is durable
		w.start()
		if last, err = w.cashier.Recall(ctx, request(bill+"2")); err != nil || last.State != payment.Paid {
			w.Errorf("found later it is %s, %v", last.State, err)
		}
		for _, no := range numbers {
			effects, err := w.ledger.Effects(ctx, no)
			printed := func(e payment.Effect) bool { return e.Kind == "receipt" && e.State != payment.Doubtful }
			if err != nil || len(effects) == 0 || slices.ContainsFunc(effects, printed) {
				w.Errorf("%s owes %+v, %v", no, effects, err)
			}
		}
		if twins, err = w.cashier.Twins(ctx); err != nil || len(twins) != 0 {
			w.Errorf("twins are %+v, %v", twins, err)
		}
	})
}

// Booking what is known may end in the middle: the next start goes on.
func TestInheritsAtStart(t *testing.T) {
	simulate(t, func(w *world) {
		no := w.atOther()
		w.take(bill)
		w.until(no, payment.Foreign, 5*time.Second)
		w.crash()
		if err := w.ledger.Say(context.Background(), payment.Word{Instance: "77aa", Lost: true}); err != nil {
			w.Fatal(err)
		}
		w.start()
		if o := w.order(no); o.State != payment.Paid || !o.Recovered {
			w.Errorf("it is %s", o.State)
		}
	})
}

// A closed order proves to be the lost ledger's when a person asks: it is booked by that answer.
func TestInheritsByAnAnswer(t *testing.T) {
	simulate(t, func(w *world) {
		ctx := context.Background()
		no := w.take(bill).News().Order.No
		w.pass(10 * time.Minute)
		if o := w.order(no); o.State != payment.Closed {
			w.Fatalf("it is %s", o.State)
		}
		if err := w.ledger.Say(ctx, payment.Word{Instance: "77aa", Lost: true}); err != nil {
			w.Fatal(err)
		}
		w.office.Note(with(w.order(no), func(o *payment.Order) {
			o.Attach, o.Expires, o.Body = "03/77aa", time.Now().Add(5*time.Minute), []byte("of the lost one")
		}), payment.TradeNotPaid)
		w.office.Pay(no)
		a, err := w.cashier.Answer(ctx, no)
		if err != nil || a.Order.PaidTo != "03/77aa" {
			w.Fatalf("%s, paid to %q, %v", a.Order.State, a.Order.PaidTo, err)
		}
		if o := w.order(no); o.State != payment.Paid || a.Order.State != o.State {
			w.Errorf("it is %s, and was told as %s", o.State, a.Order.State)
		}
	})
}

// Whether a device is the ledger's cannot be read: what the lost ledger was paid is neither booked nor called
// another's, and is booked once it can be.
func TestInheritsOnceItCanBeRead(t *testing.T) {
	simulate(t, func(w *world) {
		ctx := context.Background()
		no := w.take(bill).News().Order.No
		w.pass(10 * time.Minute)
		if err := w.ledger.Say(ctx, payment.Word{Instance: "77aa", Lost: true}); err != nil {
			w.Fatal(err)
		}
		w.office.Note(with(w.order(no), func(o *payment.Order) {
			o.Attach, o.Expires, o.Body = "03/77aa", time.Now().Add(5*time.Minute), []byte("of the lost one")
		}), payment.TradeNotPaid)
		w.office.Pay(no)
		w.unread = errors.New("no answer")
		if _, err := w.cashier.Answer(ctx, no); !errors.Is(err, w.unread) || w.order(no).State == payment.Paid {
			w.Errorf("while nobody can read whose it is: %v, it is %s", err, w.order(no).State)
		}
		w.unread = nil
		if _, err := w.cashier.Answer(ctx, no); err != nil || w.order(no).State != payment.Paid {
			w.Errorf("once it can be read: %v, it is %s", err, w.order(no).State)
		}
	})
}

// Two machines have one id: the second payment at the other one an hour after our birth is an alarm, and nothing new is
// opened until a person says that the other one is off. What it was paid is adopted one by one.
func TestTwin(t *testing.T) {
	simulate(t, func(w *world) {
		ctx := context.Background()
		open := w.take(bill + " open before")
		w.until(open.News().Order.No, payment.Waiting, time.Second)
		w.pass(payment.TwinAfter + time.Second)
		open = w.take(bill + " still open")
		w.until(open.News().Order.No, payment.Waiting, time.Second)
		no := w.atOther()
		w.take(bill)
		w.until(no, payment.Foreign, 5*time.Second)
		refused := func() bool {
			_, err := w.cashier.Take(ctx, request(bill+" new"))
			if err != nil && !errors.Is(err, payment.ErrTwin) {
				w.Fatal(err)
			}
			return err != nil
		}
		if !refused() || !errors.Is(w.cashier.Twice(ctx), payment.ErrTwin) {
			w.Error("a payment is begun while the id is used twice")
		}
		w.take(bill + " still open") // goes on
		w.office.Pay(open.News().Order.No)
		w.until(open.News().Order.No, payment.Paid, time.Minute)
		if _, err := w.cashier.InheritFrom(ctx, "77aa", "no", staff); !errors.Is(err, payment.ErrTwin) {
			w.Errorf("a ledger that takes payments is called lost: %v", err)
		}
		if o, err := w.cashier.Adopt(ctx, no, "burnt", staff); err != nil || o.State != payment.Paid || !refused() {
			w.Errorf("adopted it is %s, %v, and the alarm goes on: %t", o.State, err, refused())
		}
		w.crash() // it lasts
		w.start()
		if !refused() {
			w.Error("the alarm has ended with the program")
		}
		if err := w.cashier.PartFrom(ctx, "77aa", "switched off", staff); err != nil || refused() {
			w.Errorf("a person's word: %v, still refused: %t", err, refused())
		}
		w.pass(time.Minute)
		again := request(bill + " third")
		o, err := payment.Next(again, nil, payment.Order{PayWithin: 5 * time.Minute}, time.Now())
		if err != nil {
			w.Fatal(err)
		}
		o.Attach, o.Body = "03/77aa", []byte("of the twin")
		w.office.Note(o, payment.TradeNotPaid)
		w.office.Pay(o.No)
		w.take(again.Key.Bill)
		w.until(o.No, payment.Foreign, 5*time.Second)
		if _, err := w.cashier.Take(ctx, request(bill+" newer")); !errors.Is(err, payment.ErrTwin) {
			w.Errorf("it is paid again after it was called off: %v", err)
		}
	})
}

// Another id is another machine, whatever it is paid and whenever.
func TestOtherIDIsNoTwin(t *testing.T) {
	simulate(t, func(w *world) {
		w.pass(payment.TwinAfter + time.Hour)
		no := w.elsewhere().No
		w.office.Change(no, func(t *gatewaytest.Trade) bool {
			t.Order.Expires = time.Now().Add(5 * time.Minute)
			return true
		})
		w.office.Pay(no)
		w.take(bill)
		w.until(no, payment.Foreign, 5*time.Second)
		if err := w.cashier.Twice(context.Background()); err != nil {
			w.Error(err)
		}
		if twins, err := w.cashier.Twins(context.Background()); len(twins) > 0 || err != nil {
			w.Errorf("%+v, %v", twins, err)
		}
	})
}
