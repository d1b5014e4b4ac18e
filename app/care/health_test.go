package care

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// work is a clerk's work about an order in a state.
func work(s payment.State, kind string) Task {
	o := payment.Order{State: s}
	return Task{Order: o, Code: codeOf(o, payment.Effect{Kind: kind}), Kind: kind}
}

func TestWhatOfHealthIsTrouble(t *testing.T) {
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	paper := &receipt.TroubleError{Condition: receipt.PaperOut, Err: errors.New("status 1A")}
	tests := map[string]struct {
		health Health
		want   []doctor.Code
	}{
		"well":                     {Health{Following: 3}, nil},
		"no printer is configured": {Health{Printer: receipt.ErrNoPrinter}, nil},
		"no paper":                 {Health{Printer: fmt.Errorf("ask: %w", paper)}, []doctor.Code{doctor.PaperOut}},
		"paper for some receipts":  {Health{Warning: receipt.NearEnd}, []doctor.Code{doctor.PaperNearEnd}},
		"an error without reason":  {Health{Printer: receipt.ErrNothingSent}, []doctor.Code{doctor.PrinterUnreachable}},
		"a court that is asked":    {Health{Court: errors.New("x")}, []doctor.Code{doctor.CourtSilent}},
		"a court that is told": {Health{Reports: report.Status{Trouble: errors.New("x")}},
			[]doctor.Code{doctor.CourtSilent}},
		"a court that is told, not for seconds": {
			Health{Reports: report.Status{Trouble: errors.New("x"), Since: now.Add(-time.Second)}}, nil},
		"a report that waits shortly": {
			Health{Reports: report.Status{Owed: 1, Oldest: now.Add(-time.Minute)}}, nil},
		"a report that waits long": {
			Health{Reports: report.Status{Owed: 1, Oldest: now.Add(-time.Hour)}}, []doctor.Code{doctor.ReportsWaiting}},
		"a refused report": {
			Health{Tasks: []Task{work(payment.Paid, report.Refused)}}, []doctor.Code{doctor.ReportRefused}},
		"two to look at, one refused": {
			Health{Tasks: []Task{work(payment.Paid, report.Refused), work(payment.Paid, payment.Attention)}},
			[]doctor.Code{doctor.Attention, doctor.ReportRefused}},
		"a dispute": {
			Health{Tasks: []Task{work(payment.Disputed, payment.Attention)}}, []doctor.Code{doctor.Disputed}},
		"an order that has no outcome for minutes": {Health{Tasks: []Task{{Code: doctor.Unsettled,
			Since: now.Add(-59 * time.Minute)}}}, nil},
		"an order that has none for an hour": {Health{Tasks: []Task{{Code: doctor.Unsettled,
			Since: now.Add(-time.Hour)}}}, []doctor.Code{doctor.Unsettled}},
		"orders of a merchant of old": {Health{Unserved: map[string]int{"1": 2}}, []doctor.Code{doctor.NoKey}},
		"a restored ledger":           {Health{Restored: true}, []doctor.Code{doctor.Incomplete}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []doctor.Code
			for _, f := range doctor.Tell(append(tt.health.findings(), tt.health.seen()...), now) {
				got = append(got, f.Code)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What a face has found is told until it says otherwise, and nothing else is ended by that.
func TestNote(t *testing.T) {
	c := New(Parts{Merchant: func(bill.Purse) payment.Merchant { return payment.Merchant{} },
		Cashier: payment.NewCashier(payment.Desk{Ledger: ledgertest.NewMemory(payment.Identity{}),
			Gateway: &gatewaytest.Gate{Office: gatewaytest.New()}})})
	ears := []doctor.Code{doctor.KeypadAbsent, doctor.KeypadShut}
	c.doctor.Note(doctor.Backup, errors.New("x"), c.Cashier.Now().Add(-2*time.Hour))
	want := func(codes ...doctor.Code) {
		t.Helper()
		var got []doctor.Code
		for _, f := range c.Told() {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, codes) {
			t.Errorf("told %q, want %q", got, codes)
		}
	}
	c.Note(ears, []doctor.Finding{{Code: doctor.KeypadAbsent, Of: "/dev/input/by-id/x"}})
	want(doctor.Backup, doctor.KeypadAbsent)
	c.Note(ears, []doctor.Finding{{Code: doctor.KeypadShut, Of: "/dev/input/by-id/x"}})
	want(doctor.Backup, doctor.KeypadShut)
	c.Note(ears, nil)
	want(doctor.Backup)
}
