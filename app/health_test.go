package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
)

func TestWhatOfHealthIsTrouble(t *testing.T) {
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	paper := &receipt.TroubleError{Condition: receipt.PaperOut, Err: errors.New("status 1A")}
	tests := map[string]struct {
		health Health
		want   []doctor.Code
	}{
		"well":                      {Health{Following: 3}, nil},
		"no printer is configured":  {Health{Printer: receipt.ErrNoPrinter}, nil},
		"no paper":                  {Health{Printer: fmt.Errorf("ask: %w", paper)}, []doctor.Code{doctor.PaperOut}},
		"an error without a reason": {Health{Printer: receipt.ErrNothingSent}, []doctor.Code{doctor.PrinterOffline}},
		"a court that is asked":     {Health{Court: errors.New("x")}, []doctor.Code{doctor.CourtSilent}},
		"a court that is told": {Health{Reports: report.Status{Trouble: errors.New("x")}},
			[]doctor.Code{doctor.CourtSilent}},
		"a court that is told, not for seconds": {
			Health{Reports: report.Status{Trouble: errors.New("x"), Since: now.Add(-time.Second)}}, nil},
		"a report that waits shortly": {
			Health{Reports: report.Status{Owed: 1, Oldest: now.Add(-time.Minute)}}, nil},
		"a report that waits long": {
			Health{Reports: report.Status{Owed: 1, Oldest: now.Add(-time.Hour)}}, []doctor.Code{doctor.ReportsWaiting}},
		"a refused report": {
			Health{Reports: report.Status{Refused: 1, Look: 1}}, []doctor.Code{doctor.ReportRefused}},
		"two to look at, one refused": {
			Health{Reports: report.Status{Refused: 1, Look: 2}}, []doctor.Code{doctor.Attention, doctor.ReportRefused}},
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

// A checkedCourt is a court that says how it is.
type checkedCourt struct {
	bill.Court
	silent error
}

func (c *checkedCourt) Health(context.Context) error { return c.silent }

// What the background sees of printer and court is kept with its since, so that a trouble of seconds is not told. Where
// nothing looks again all is told at once.
func TestPatienceWithPrinterAndCourt(t *testing.T) {
	a, err := OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	court := &checkedCourt{Court: a.court}
	a.court = court
	told := func(after time.Duration) string {
		var codes []doctor.Code
		for _, f := range a.doctor.Report(a.cashier.Now().Add(after)) {
			codes = append(codes, f.Code)
		}
		return fmt.Sprint(codes)
	}
	look := func() {
		_ = a.lookAtPrinter(t.Context())
		_ = a.probe(t.Context())
	}
	look()
	if got := told(time.Hour); got != "[]" {
		t.Errorf("of a machine that is well: %s", got)
	}

	court.silent = bill.ErrUnreachable
	receipts := a.Config.Receipt.Address
	if err := os.RemoveAll(receipts); err != nil {
		t.Fatal(err)
	}
	h, err := a.Health(t.Context())
	if err != nil || len(h.Report) != 2 || h.Printer == nil || h.Court == nil {
		t.Errorf("where nothing looks again: %+v, %v", h, err)
	}
	a.watched.Store(true)
	first := a.doctor.Found()
	if h, err = a.Health(t.Context()); err != nil || len(h.Report) != 0 || h.Printer == nil || h.Court == nil {
		t.Errorf("after a moment: %+v, %v", h, err)
	}
	look()
	for i, f := range a.doctor.Found() {
		if f.Code != first[i].Code || !f.Since.Equal(first[i].Since) {
			t.Errorf("another look moves it to %+v, was %+v", f, first[i])
		}
	}
	if got, want := told(time.Minute), "[court-silent printer-offline]"; got != want {
		t.Errorf("after a minute %s, want %s", got, want)
	}

	gone, leave := context.WithCancel(t.Context())
	leave()
	court.silent = nil
	_ = a.lookAtCourt(gone)
	if got, want := told(time.Minute), "[court-silent printer-offline]"; got != want {
		t.Errorf("who has gone changes it to %s", got)
	}
	if err := os.Mkdir(receipts, 0o700); err != nil {
		t.Fatal(err)
	}
	look()
	if got := told(time.Hour); got != "[]" {
		t.Errorf("once it is well again: %s", got)
	}
}
