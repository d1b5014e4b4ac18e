package view

import (
	"testing"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
)

func TestHomeTellsTheMachinesTrouble(t *testing.T) {
	clock := &counter.Refusal{Code: counter.Closed, Args: map[string]string{counter.Trouble: counter.TroubleClock}}
	tests := map[string]struct {
		closed *counter.Refusal
		told   doctor.Report
		want   Home // without the words of a closed service
	}{
		"well": {nil, nil, Home{}},
		"no paper": {nil, doctor.Report{{Code: doctor.PaperOut}},
			Home{Trouble: "The printer is out of paper. Receipts are at window 2.", Code: "D-11"}},
		"no folder": {nil, doctor.Report{{Code: doctor.PrinterUnreachable}},
			Home{Trouble: "The printer does not work now. Receipts are at window 2.", Code: "D-17"}},
		"near its end": {nil, doctor.Report{{Code: doctor.PaperNearEnd}}, Home{Code: "D-18"}},
		"the gravest": {nil, doctor.Report{{Code: doctor.CourtSilent}, {Code: doctor.CoverOpen}},
			Home{Trouble: "Fees cannot be looked up now.", Code: "N-03"}},
		"what is no visitor's": {nil, doctor.Report{{Code: doctor.Disputed}, {Code: doctor.Backup}}, Home{}},
		"a cover behind a dispute": {nil, doctor.Report{{Code: doctor.Disputed}, {Code: doctor.CoverOpen}},
			Home{Trouble: "The printer does not work now. Receipts are at window 2.", Code: "D-12"}},
		"closed": {clock, doctor.Report{{Code: doctor.PaperOut}}, Home{Code: "S-03"}},
	}
	for name, tt := range tests {
		got := NewHome(Frame{Lang: message.English, Window: "window 2"}, tt.closed, tt.told)
		if (got.Closed != "") != (tt.closed != nil) {
			t.Errorf("%s: closed by %q", name, got.Closed)
		}
		if got.Closed = ""; got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}
