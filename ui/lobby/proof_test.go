package lobby

import (
	"testing"

	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/ui/view"
)

// The number of an order names and proves nothing: who scans it is asked for the proof, and reads no more than was
// scanned.
func TestScannedOrderNeedsAProof(t *testing.T) {
	const order = "ABCDEFGHABCDEFGHABCDEFGHABCDEF27"
	s := newStage(t)
	s.fake.Proves(order, "567890")
	p := counter.Progress{Order: order, Reference: "ZF-1", Amount: 270000}
	paidOn(&p)
	s.fake.Tell(p)
	s.scans(order)
	if got, want := s.screen, view.Screen(view.Proof{Case: view.Grouped(order)}); got != want {
		t.Errorf("the scan leads to %+v", got)
	}
	if s.fake.Asked(countertest.Known)+s.fake.Asked(countertest.Progress)+s.fake.Asked(countertest.Receipt) != 0 {
		t.Error("the counter was asked before anything was proven")
	}
	s.press(view.Back)
	s.until("home")
	s.scans(order)
	s.digits("567890")
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	if d := s.screen.(view.Done); d.Amount != "¥2,700.00" || d.Rows[4].Value != "ZF-1" {
		t.Errorf("done %+v", d)
	}
}

func TestProofOfPossession(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	s.home()
	ask := func() {
		s.press(view.Find)
		s.digits("12345")
		s.press(view.Confirm)
		s.until("notice-paid")
		s.press(view.Reprint)
	}
	ask()
	for n := range maxWrongProof {
		s.digits("000000")
		s.press(view.Confirm)
		if s.screen.Name() != "working" {
			t.Fatalf("wrong number %d shows %s while the counter compares", n, s.screen.Name())
		}
		s.await(func() bool { return s.screen.Name() != "working" }, func() string { return "no answer" })
	}
	if s.screen.Name() != "home" {
		t.Errorf("after %d wrong numbers: %s", maxWrongProof, s.screen.Name())
	}
	ask()
	s.press(view.Back)
	s.until("notice-paid")
	s.press(view.Reprint)
	s.fake.Refuse(countertest.Prove, &counter.Refusal{Code: counter.TooManyTries})
	s.digits("567890")
	s.press(view.Confirm)
	s.until("notice-too-many-tries")
	s.fake.Refuse(countertest.Prove, nil)
	s.home()
	ask()
	s.digits("567890")
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	if n := s.printer.printed(); n != 2 {
		t.Errorf("%d papers, want the receipt and a copy", n)
	}
}
