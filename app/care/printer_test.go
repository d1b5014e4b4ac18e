package care_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/receipt/paper"
)

// plug returns a printer of the tests and its driver, with a line between them.
func plug(t *testing.T, spec printertest.Spec) (*printertest.Printer, *escpos.Printer) {
	t.Helper()
	m := printertest.New(spec)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = m.Close(), l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func(c io.ReadWriteCloser) { _ = m.Serve(c) }(conn) // the driver hangs up
		}
	}()
	p, err := escpos.New("tcp://"+l.Addr().String(), paper.Roll80)
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

// A slip that was interrupted is taken out as soon as the printer is well again, before anybody prints. The paper's
// near end is told beside a printer that prints.
func TestThePrinterIsTended(t *testing.T) {
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c := a.Care()
	m, p := plug(t, printertest.Spec{NearEnd: 3000})
	c.Printer = p
	c.Watched()
	told := func() string {
		var codes []doctor.Code
		for _, f := range c.Told() {
			codes = append(codes, f.Code)
		}
		return fmt.Sprint(codes)
	}
	m.AtRow(200, func(f *printertest.Faults) { f.Cover = true })
	_, err = p.PrintSlip(t.Context(), receipt.Estimate{Title: "财产案件", At: time.Now()})
	if !errors.Is(err, receipt.ErrInterrupted) {
		t.Fatalf("print = %v", err)
	}
	c.TendPrinter(t.Context())
	if got := told(); got != "[printer-cover-open]" || len(m.Slips()) != 0 {
		t.Errorf("under an open cover it tells %s; %d slips", got, len(m.Slips()))
	}
	m.Set(func(f *printertest.Faults) { f.Cover, f.Paper = false, 2000 })
	for range 2 {
		c.TendPrinter(t.Context())
		if got := told(); got != "[printer-near-end]" || len(m.Slips()) != 1 || m.Hanging().Rect.Dy() != 0 {
			t.Errorf("well again it tells %s; %d slips", got, len(m.Slips()))
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	m.Set(func(f *printertest.Faults) { f.Jam = true })
	c.TendPrinter(gone)
	if got := told(); got != "[printer-near-end]" {
		t.Errorf("who has gone changes it to %s", got)
	}
}
