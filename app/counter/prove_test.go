package counter

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// tries has digits compared, and is not refused.
func (w *world) tries(c *Counter, order, digits string) Tried {
	w.t.Helper()
	got, err := c.Prove(w.t.Context(), Proof{Order: order, Visit: "b", Digits: digits})
	if err != nil {
		w.t.Fatalf("%q is refused: %v", digits, err)
	}
	return got
}

func last6(p Progress) string { return p.TransactionID[len(p.TransactionID)-6:] }

// Five wrong tries a day, after pauses that grow; each is told how many are left. A restart, or another face of the
// same ledger, forgets neither.
func TestProve(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		right := last6(p)
		faces := []*Counter{w.Counter, New(w.options()), New(w.options())}
		pause := payment.TryPause
		for i, digits := range []string{"", right[1:], p.TransactionID, "999999", "000000"} {
			got := w.tries(faces[i%3], p.Order, digits)
			want := Tried{Left: payment.MaxTries - i - 1, Wait: pause}
			if got != want {
				t.Errorf("try %d comes to %+v, want %+v", i+1, got, want)
			}
			if want.Left == 0 {
				break
			}
			time.Sleep(pause - time.Second)
			soon := Tried{Soon: true, Left: want.Left, Wait: time.Second}
			if got := w.tries(faces[(i+1)%3], p.Order, right); got != soon {
				t.Errorf("the right digits a second too soon come to %+v", got)
			}
			time.Sleep(time.Second)
			pause *= 2
		}
		time.Sleep(time.Hour)
		for _, c := range faces {
			_, err := c.Prove(w.t.Context(), Proof{Order: p.Order, Visit: "b", Digits: right})
			refused(t, "the right digits after five wrong ones", err, TooManyTries)
		}
		if h, err := w.Copy(w.t.Context(), Print{Order: p.Order}, payment.By{Person: "1024"}); err != nil {
			t.Errorf("the window's copy: %+v, %v", h, err)
		}
		time.Sleep(time.Until(time.Date(2026, 11, 29, 0, 0, 0, 0, payment.China)))
		if got := w.tries(w.Counter, p.Order, right); !got.Yes || got.Left != payment.MaxTries {
			t.Errorf("the next day: %+v", got)
		}
		if !w.allowed(p.Order, "b") || faces[1].allowed(p.Order, "b") {
			t.Error("a yes is remembered where it was said")
		}
	})
}

// All payments of a case have its tries together, whatever names them: who holds one of them gets no more tries at
// another one by being right.
func TestTriesAreTheCases(t *testing.T) {
	inWorld(t, func(w *world) {
		second, other := theBill, theBill
		second.Item, second.Amount = "财产保全申请费", 152000
		other.Case.Serial = "2"
		w.court.bills = append(w.court.bills, second, other)
		pay := func(serial string, n int) Progress {
			c := number
			c.Serial = serial
			dues, err := w.Find(w.t.Context(), bill.Query{Case: c})
			if err != nil || len(dues) <= n {
				t.Fatalf("%+v, %v", dues, err)
			}
			p, err := w.Pay(w.t.Context(), ask(dues[n], "a "+dues[n].ID))
			if err != nil {
				t.Fatal(err)
			}
			w.at(p.Order)
			w.gate.pays(p.Order)
			return w.at(p.Order)
		}
		mine, theirs, elsewhere := pay("1", 0), pay("1", 1), pay("2", 0)
		wrong := 0
		for range 20 {
			time.Sleep(2 * time.Minute)
			if got, err := w.Prove(w.t.Context(), Proof{Order: theirs.Order, Visit: "b",
				Digits: "123456"}); err == nil {
				if wrong++; got.Yes {
					t.Fatal("it was guessed")
				}
			}
			time.Sleep(2 * time.Minute)
			if got, err := w.Prove(w.t.Context(), Proof{Order: mine.Order, Visit: "b",
				Digits: last6(mine)}); err == nil &&
				!got.Yes {
				t.Errorf("the own digits: %+v", got)
			}
		}
		if wrong != payment.MaxTries {
			t.Errorf("%d wrong tries were heard", wrong)
		}
		if got := w.tries(w.Counter, elsewhere.Order, last6(elsewhere)); !got.Yes {
			t.Errorf("of another case: %+v", got)
		}
	})
}

// An order that is not here, or not paid, says no as one does whose digits are wrong: as often, with the same pauses,
// and with a write. What is logged and kept of it names nobody and holds no digits.
func TestProveNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		var log bytes.Buffer
		w.Log = slog.New(slog.NewTextHandler(&log, nil))
		open := w.take("a")
		written := func() []payment.Entry {
			entries, err := w.Ledger.Since(w.t.Context(), 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return slices.DeleteFunc(entries, func(e payment.Entry) bool { return e.Event != "proof-tried" })
		}
		for _, order := range []string{open.Order, "NOSUCHORDER"} {
			w.gate.fail(payment.ErrUnknown)
			before := len(written())
			for i := range payment.MaxTries {
				got := w.tries(w.Counter, order, "123456")
				if want := (Tried{Left: 4 - i, Wait: payment.TryPause << i}); got != want {
					t.Fatalf("%s: %+v, want %+v", order, got, want)
				}
				time.Sleep(got.Wait)
			}
			if got := len(written()) - before; got != payment.MaxTries {
				t.Errorf("%s: %d entries", order, got)
			}
			_, err := w.Prove(w.t.Context(), Proof{Order: order, Visit: "b", Digits: "123456"})
			refused(t, order, err, TooManyTries)
		}
		said := log.String()
		for _, e := range written() {
			said += e.Event + e.Note
		}
		for _, never := range []string{"123456", "张晓明", number.String(), number.BaseString()} {
			if strings.Contains(said, never) {
				t.Errorf("%q is logged: %s", never, said)
			}
		}
		w.gate.fail(nil)
		if d := w.only(); d.State != bill.DuePaying {
			t.Errorf("the bill is %s", d.State)
		}
	})
}

// A try whose count nobody is sure of is not compared.
func TestProveUnsure(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		for _, stored := range []bool{true, false} {
			w.ledger.Unsure(stored)
			got, err := w.Prove(w.t.Context(), Proof{Order: p.Order, Visit: "b", Digits: last6(p)})
			if refused(t, "it", err, Internal); got.Yes || w.allowed(p.Order, "b") {
				t.Errorf("stored: %t; it comes to %+v", stored, got)
			}
			time.Sleep(time.Minute)
		}
		if got := w.tries(w.Counter, p.Order, last6(p)); !got.Yes {
			t.Errorf("after that: %+v", got)
		}
	})
}
