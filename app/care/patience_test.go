package care_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
)

// A checkedCourt is a court that says how it is.
type checkedCourt struct {
	bill.Court
	silent error
}

func (c *checkedCourt) Health(context.Context) error { return c.silent }

// What the background sees of printer and court is kept with its since, so that a trouble of seconds is not told. Where
// nothing looks again all is told at once.
func TestPatienceWithPrinterAndCourt(t *testing.T) {
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	court := &checkedCourt{Court: a.Court()}
	c := a.Care()
	c.Court = court
	told := func(after time.Duration) string {
		var codes []doctor.Code
		for _, f := range c.Doctor().Report(a.Cashier().Now().Add(after)) {
			codes = append(codes, f.Code)
		}
		return fmt.Sprint(codes)
	}
	look := func() {
		c.TendPrinter(t.Context())
		_ = c.Probe(t.Context())
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
	h, err := c.Health(t.Context())
	if err != nil || len(h.Report) != 2 || h.Printer == nil || h.Court == nil {
		t.Errorf("where nothing looks again: %+v, %v", h, err)
	}
	c.Watched()
	first := c.Doctor().Found()
	if h, err = c.Health(t.Context()); err != nil || len(h.Report) != 0 || h.Printer == nil || h.Court == nil {
		t.Errorf("after a moment: %+v, %v", h, err)
	}
	look()
	for i, f := range c.Doctor().Found() {
		if f.Code != first[i].Code || !f.Since.Equal(first[i].Since) {
			t.Errorf("another look moves it to %+v, was %+v", f, first[i])
		}
	}
	if got, want := told(time.Minute), "[court-silent printer-unreachable]"; got != want {
		t.Errorf("after a minute %s, want %s", got, want)
	}

	gone, leave := context.WithCancel(t.Context())
	leave()
	court.silent = nil
	_ = c.LookAtCourt(gone)
	if got, want := told(time.Minute), "[court-silent printer-unreachable]"; got != want {
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

// A lobby is told after five seconds that WeChat is silent, and no longer than it is.
func TestPatienceWithWeChat(t *testing.T) {
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c := a.Care()
	told := func(after time.Duration) int { return len(c.ToldAt(a.Cashier().Now().Add(after))) }
	_ = c.Probe(t.Context())
	if n := told(time.Hour); n != 0 {
		t.Errorf("of a WeChat that answers %d things are told", n)
	}
	if err := a.Demo.Close(); err != nil {
		t.Fatal(err)
	}
	_ = c.Probe(t.Context())
	if n := told(0); n != 0 {
		t.Errorf("after a moment %d things are told", n)
	}
	r := c.ToldAt(a.Cashier().Now().Add(5 * time.Second))
	if len(r) != len(bill.Purses) || r[0].Code != doctor.WeChatSilent {
		t.Errorf("after five seconds %v is told", r)
	}
}

// Where the court's system and WeChat are silent both, one trouble is told that explains them.
func TestNothingIsReached(t *testing.T) {
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c := a.Care()
	court := &checkedCourt{a.Court(), bill.ErrUnreachable}
	c.Court = court
	told := func() string {
		_ = c.Probe(t.Context())
		return fmt.Sprint(codesOf(c.ToldAt(a.Cashier().Now().Add(5 * time.Second))))
	}
	if got := told(); got != "[court-silent]" {
		t.Errorf("where WeChat answers %s is told", got)
	}
	if err := a.Demo.Close(); err != nil {
		t.Fatal(err)
	}
	if got := told(); got != "[network]" {
		t.Errorf("where nothing answers %s is told", got)
	}
	c.Watched()
	if h, err := c.Health(t.Context()); err != nil || len(h.Report) != 0 {
		t.Errorf("after a moment %v is told, %v", h.Report, err)
	}
	if court.silent = nil; told() == "[network]" {
		t.Error("where the court answers no network is told")
	}
}

func codesOf(r doctor.Report) (codes []doctor.Code) {
	for _, f := range r {
		codes = append(codes, f.Code)
	}
	return codes
}
