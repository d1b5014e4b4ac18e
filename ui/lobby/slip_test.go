package lobby

import (
	"errors"
	"strconv"
	"testing"

	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// Who asks for the fee table gets it once, and reads how far it is.
func TestTheFeeTableIsPrinted(t *testing.T) {
	s := newStage(t)
	s.press(view.Questions, view.PrintSlip) // the list prints nothing
	s.intent(view.Intent{Kind: view.PickTopic, Arg: strconv.Itoa(view.WaysTopic)})
	slip := func() string { return s.screen.(view.Help).Slip }
	if s.visit.table != noSlip || slip() != "" {
		t.Fatalf("before it is asked for: %d, %q", s.visit.table, slip())
	}
	s.printer.breaks(errors.New("no paper"))
	s.press(view.PrintSlip)
	s.await(func() bool { return slip() == s.text("help.noprint") }, func() string { return "it says " + slip() })
	s.printer.breaks(nil)
	s.press(view.PrintSlip)
	s.await(func() bool { return slip() == s.text("help.printed") }, func() string { return "it says " + slip() })
	s.press(view.PrintSlip, view.PrintSlip)
	if n := len(s.printer.slips); n != 1 {
		t.Fatalf("%d slips", n)
	}
	if table, ok := s.printer.slips[0].(receipt.FeeTable); !ok || len(table.Kinds) < 20 {
		t.Errorf("printed %+v", s.printer.slips[0])
	}
}
