package counter

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// The journal of a receipt, whatever happens to the printer: owed, done with its proof, or doubtful with the printer's
// condition; and a receipt that could not be begun stands as it stood.
func TestTheJournalOfAReceipt(t *testing.T) {
	trouble := func(began bool) error {
		return &receipt.TroubleError{Condition: receipt.PaperOut, Began: began, Err: errors.New("status 1A")}
	}
	tests := map[string]struct {
		errs  []error // of each print in turn
		state payment.EffectState
		note  string
		tries int
	}{
		"printed":                    {[]error{nil}, payment.Done, string(receipt.Sent), 1},
		"no paper":                   {[]error{trouble(false)}, payment.Owed, "", 0},
		"paper out in mid-receipt":   {[]error{trouble(true)}, payment.Doubtful, "paper-out", 1},
		"no paper, then printed":     {[]error{trouble(false), nil}, payment.Done, string(receipt.Sent), 1},
		"doubtful, then a copy":      {[]error{trouble(true), nil}, payment.Done, string(receipt.Sent), 2},
		"doubtful, then no paper":    {[]error{trouble(true), trouble(false)}, payment.Doubtful, "paper-out", 1},
		"printed, then no paper":     {[]error{nil, trouble(false)}, payment.Done, string(receipt.Sent), 1},
		"printed, then a bad copy":   {[]error{nil, trouble(true)}, payment.Doubtful, "paper-out", 2},
		"a machine without printers": {[]error{receipt.ErrNoPrinter}, payment.Owed, "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.paidBy("a")
				for i, failure := range tt.errs {
					h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a", Copy: i > 0, Device: "05"})
					if err != nil {
						t.Fatal(err)
					}
					if e := w.receiptOf(p.Order); e.State != payment.Handed || e.By.Device != "05" {
						t.Errorf("in the printer's hands it is %+v", e)
					}
					out := receipt.Sent
					if failure != nil {
						out = ""
					}
					if err := w.Printed(w.t.Context(), h.End(out, failure)); err != nil {
						t.Fatal(err)
					}
				}
				e := w.receiptOf(p.Order)
				if e.State != tt.state || e.Note != tt.note || e.Tries != tt.tries {
					t.Errorf("the journal says %+v; want %s %q after %d tries", e, tt.state, tt.note, tt.tries)
				}
			})
		})
	}
}

// What a face says twice, because the answer was lost, is said of its own print: a later one of the same number goes
// on, and is not printed once more by itself.
func TestAFaceThatRepeats(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		hand := func() Handed {
			h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			return h
		}
		first := hand().End("", receipt.ErrNothingSent)
		if err := w.Printed(w.t.Context(), first); err != nil {
			t.Fatal(err)
		}
		second := hand().End(receipt.Sent, nil)
		err := w.Printed(w.t.Context(), first)
		if e := w.receiptOf(p.Order); e.State != payment.Handed || !errors.Is(err, payment.ErrConflict) {
			t.Errorf("the first end once more: %+v, %v", e, err)
		}
		for range 2 {
			if err := w.Printed(w.t.Context(), second); err != nil {
				t.Errorf("printed: %v", err)
			}
		}
		if e := w.receiptOf(p.Order); e.State != payment.Done {
			t.Errorf("at last %+v", e)
		}
	})
}

// The end of one visit's print is never taken for another's, though the first came back unprinted and the second has
// its number: the time of the handing tells them apart, and a face that has forgotten it is not believed.
func TestALateEndOfAnotherVisit(t *testing.T) {
	ends := map[string]func(Handed) PrintEnd{
		"printed":   func(h Handed) PrintEnd { return h.End(receipt.Sent, nil) },
		"not begun": func(h Handed) PrintEnd { return h.End("", receipt.ErrNothingSent) },
		"perhaps":   func(h Handed) PrintEnd { return h.End("", receipt.ErrInterrupted) },
	}
	for name, end := range ends {
		for _, forgets := range []bool{false, true} {
			inWorld(t, func(w *world) {
				ctx := w.t.Context()
				p := w.paidBy("a")
				a, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "a"})
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Printed(ctx, a.End("", receipt.ErrNothingSent)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				w.allow(p.Order, "b")
				b, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "b"})
				if err != nil || b.Try != a.Try {
					t.Fatalf("the second visit has try %d, %v", b.Try, err)
				}
				late := end(a)
				if forgets {
					late.Until = time.Time{}
				}
				err = w.Printed(ctx, late)
				if e := w.receiptOf(p.Order); e.State != payment.Handed || !errors.Is(err, payment.ErrConflict) {
					t.Errorf("%s, forgets %t: b's print is %+v, %v", name, forgets, e, err)
				}
				if err := w.Printed(ctx, b.End(receipt.Sent, nil)); err != nil {
					t.Errorf("%s, forgets %t: b's own end: %v", name, forgets, err)
				}
			})
		}
	}
}

// A face that holds a receipt for too long loses it: it may be on paper. What it says afterwards counts only when it
// is done.
func TestAFaceThatIsLate(t *testing.T) {
	for _, failed := range []bool{false, true} {
		inWorld(t, func(w *world) {
			p := w.paidBy("a")
			h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(printWithin + time.Second)
			if list, err := payment.Doubt(w.t.Context(), w.Ledger, "", time.Now()); err != nil || len(list) != 1 {
				t.Fatalf("given up: %+v, %v", list, err)
			}
			end := h.End(receipt.Sent, nil)
			end.Failed = failed
			err = w.Printed(w.t.Context(), end)
			e := w.receiptOf(p.Order)
			if failed && (e.State != payment.Doubtful || !errors.Is(err, payment.ErrConflict)) {
				t.Errorf("not printed after all: %+v, %v", e, err)
			}
			if !failed && (e.State != payment.Done || err != nil) {
				t.Errorf("printed after all: %+v, %v", e, err)
			}
			if _, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"}); !Is(err, Printed) {
				t.Errorf("once more by itself: %v", err)
			}
		})
	}
}

// A face that does not say how the work stood before is believed of nothing that would print by itself again.
func TestAFaceThatForgets(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		for i, want := range []payment.EffectState{payment.Owed, payment.Done, payment.Doubtful} {
			h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a", Copy: i > 1})
			if err != nil {
				t.Fatal(err)
			}
			end := h.End("", receipt.ErrNothingSent)
			if i == 1 {
				end = h.End(receipt.Sent, nil)
			}
			end.Was = ""
			if err := w.Printed(w.t.Context(), end); err != nil {
				t.Fatal(err)
			}
			if e := w.receiptOf(p.Order); e.State != want {
				t.Errorf("print %d: %s, want %s", i+1, e.State, want)
			}
		}
	})
}

// Who may have a receipt: the visit that has paid, until it leaves, and a visit that has proven, for ten minutes.
func TestWhoMayPrint(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		p := w.take("a")
		if err := w.Wish(ctx, Wish{Kind: Leave, Order: p.Order, Visit: "a"}); err != nil {
			t.Fatal(err)
		}
		w.gate.pays(p.Order)
		if p = w.at(p.Order); p.State != payment.Paid {
			time.Sleep(time.Minute)
			p = w.at(p.Order)
		}
		digits := p.TransactionID[len(p.TransactionID)-6:]
		get := func(visit string, another bool) error {
			_, err := w.Receipt(ctx, Print{Order: p.Order, Visit: visit, Copy: another})
			return err
		}
		refused(w.t, "a visit that has left", get("a", false), NotProven)
		refused(w.t, "no visit", get("", false), NotProven)
		_, err := w.Look(ctx, p.Order, "b")
		refused(w.t, "the code for a stranger", err, NotProven)
		if got, err := w.Prove(ctx, Proof{Order: p.Order, Visit: "b", Digits: digits}); err != nil || !got.Yes {
			t.Fatalf("the right digits: %+v, %v", got, err)
		}
		refused(w.t, "another visit than the one that has proven", get("c", false), NotProven)
		if code, err := w.Look(ctx, p.Order, "b"); err != nil || code == "" {
			t.Errorf("the code: %q, %v", code, err)
		}
		for i, another := range []bool{false, true, true} {
			h, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "b", Copy: another})
			if err != nil || h.Receipt.Copy != i+1 {
				t.Fatalf("copy %d: %d, %v", i+1, h.Receipt.Copy, err)
			}
			if err := w.Printed(ctx, h.End(receipt.Sent, nil)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(provenFor + time.Second)
		refused(w.t, "after ten minutes", get("b", true), NotProven)
		if h, err := w.Copy(ctx, Print{Order: p.Order}, payment.By{Person: "A17"}); err != nil || h.Receipt.Copy != 4 {
			t.Errorf("the window's copy: %+v, %v", h, err)
		}
		if e := w.receiptOf(p.Order); e.By.Person != "A17" {
			t.Errorf("by %+v", e.By)
		}
	})
}

// Who has paid gets a copy once there was a first receipt, not in its place.
func TestACopyNeedsAFirst(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		_, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a", Copy: true})
		refused(w.t, "a copy of nothing", err, NotProven)
		h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Printed(w.t.Context(), h.End(receipt.Sent, nil)); err != nil {
			t.Fatal(err)
		}
		h, err = w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a", Copy: true})
		if err != nil || h.Receipt.Copy != 2 {
			t.Errorf("a copy: %+v, %v", h, err)
		}
	})
}

func TestWhatAReceiptSays(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		r, err := w.Paper(w.t.Context(), p.Order)
		if err != nil {
			t.Fatal(err)
		}
		want := receipt.Receipt{
			Number: r.Number, Copy: 1, Court: w.House.Name, Payee: w.House.Payee, Case: number.String(),
			Item: theBill.Item, Purse: "诉讼费", Payer: "张*明", Amount: 270000, PaidAt: p.PaidAt,
			TransactionID: p.TransactionID, OrderNo: p.Order, Reference: p.Reference, Kiosk: "03", Window: "2号窗口",
			Code: "signed " + r.Number,
		}
		if r != want {
			t.Errorf("receipt %+v\nwant    %+v", r, want)
		}
		v, err := w.Verification(w.t.Context(), p.Order)
		if err != nil || v.Reference != p.Reference || v.Amount != 270000 || v.Kiosk != "03" || v.At.IsZero() {
			t.Errorf("slip %+v, %v", v, err)
		}
		e, err := w.Estimate(w.t.Context(), receipt.Estimate{Title: "财产案件"})
		if err != nil || e.Title != "财产案件" || e.Court != w.House.Name || e.At.IsZero() {
			t.Errorf("estimate %+v, %v", e, err)
		}
		f, err := w.Referral(w.t.Context(), receipt.Referral{Code: "B-01"})
		if err != nil || f.Code != "B-01" || f.Court != w.House.Name || f.Kiosk != w.House.Kiosk || f.At.IsZero() {
			t.Errorf("referral %+v, %v", f, err)
		}
		if n, err := w.Ledger.Expunge(w.t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if r, err := w.Paper(w.t.Context(), p.Order); err != nil || r.Payer != "" {
			t.Errorf("after its time the receipt names %q, %v", r.Payer, err)
		}
	})
}

// Who asks at one of several machines has its receipt from that machine.
func TestTheDeviceOfAReceipt(t *testing.T) {
	inWorld(t, func(w *world) {
		a := ask(w.only(), "a")
		a.Device = "07"
		p, err := w.Pay(w.t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		w.at(p.Order)
		w.gate.pays(p.Order)
		p = w.at(p.Order)
		r, err := w.Paper(w.t.Context(), p.Order)
		if err != nil || r.Kiosk != "07" || r.Reference != "ZF-0101-07-261128-0001" || r.Number[:12] != "PZ-0101-07-2" {
			t.Errorf("receipt %+v, %v", r, err)
		}
	})
}

// The digits that prove a payment are told to the visit that has paid it, or has proven it, and to nobody who only
// knows the order's number or the case.
func TestProofIsNotTold(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		paid := w.paidBy("a")
		told := func(visit string) string {
			t.Helper()
			news, err := w.Follow(ctx, paid.Order, visit)
			if err != nil {
				t.Fatal(err)
			}
			return (<-news).TransactionID
		}
		p, err := w.Progress(ctx, paid.Order)
		if err != nil || p.State != payment.Paid || p.TransactionID != "" {
			t.Errorf("who has the number alone is told %q, %v", p.TransactionID, err)
		}
		for visit, want := range map[string]string{"": "", "b": "", "a": paid.TransactionID} {
			if got := told(visit); got != want {
				t.Errorf("visit %q is told %q, want %q", visit, got, want)
			}
		}
		digits := paid.TransactionID[len(paid.TransactionID)-6:]
		if got, err := w.Prove(ctx, Proof{Order: paid.Order, Visit: "b", Digits: digits}); err != nil || !got.Yes {
			t.Fatal(got, err)
		}
		if got := told("b"); got != paid.TransactionID {
			t.Errorf("who has proven is told %q", got)
		}
	})
}
