package escpos

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

func sample() receipt.Receipt {
	return receipt.Receipt{Number: "PZ-1", Copy: 1, Court: "北京市东城区人民法院", Amount: 270000,
		PaidAt: time.Date(2026, 11, 23, 14, 0, 0, 0, payment.China), Code: "CRT1.AAAA"}
}

// shows fails unless the emulator has cut n slips, the last of which is the picture of the sample, and understood
// everything.
func (e *emulator) shows(t *testing.T, n int) {
	t.Helper()
	page, err := paper.Layout(sample(), paper.Roll80)
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.wrong) > 0 {
		t.Errorf("the printer does not know %q", e.wrong)
	}
	if len(e.slips) != n {
		t.Fatalf("%d slips were cut, want %d", len(e.slips), n)
	}
	if n > 0 && !bytes.Equal(e.slips[n-1].Pix, page.Image().Pix) {
		t.Errorf("slip %d of %v is not the picture of %v", n, e.slips[n-1].Rect, page.Image().Rect)
	}
}

func TestProof(t *testing.T) {
	tests := map[string]struct {
		change func(*emulator)
		want   receipt.Outcome
	}{
		"the job's number":   {func(*emulator) {}, receipt.PrintedProven},
		"an in-line status":  {func(e *emulator) { e.noID = true }, receipt.PrintedInLine},
		"only a clean state": {func(e *emulator) { e.noID, e.noStatus = true, true }, receipt.PrintedClean},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEmulator()
				tt.change(e)
				p := &Printer{open: e.open, roll: paper.Roll80}
				for n := 1; n <= 2; n++ {
					if out, err := p.Print(context.Background(), sample()); err != nil || out != tt.want {
						t.Errorf("print = %q, %v, want %q", out, err, tt.want)
					}
					e.shows(t, n)
				}
			})
		})
	}
}

// Every fault ends in its condition, and says whether there may be paper. Once somebody has mended it, the next slip
// comes out whole and alone: nothing of the failed job is left in the printer.
func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault func(*emulator)
		want  receipt.Condition
		began bool
	}{
		"no paper":                  {func(e *emulator) { e.paper = 0 }, receipt.PaperOut, false},
		"cover open":                {func(e *emulator) { e.cover = true }, receipt.CoverOpen, false},
		"offline":                   {func(e *emulator) { e.offline = true }, receipt.Offline, false},
		"knife stuck":               {func(e *emulator) { e.jam = true }, receipt.Jammed, false},
		"broken":                    {func(e *emulator) { e.broken = true }, receipt.Broken, false},
		"mute":                      {func(e *emulator) { e.mute = true }, receipt.Silent, false},
		"hung":                      {func(e *emulator) { e.hungAfter = 0 }, receipt.Silent, false},
		"unplugged":                 {func(e *emulator) { e.cutAfter = 0 }, receipt.Offline, false},
		"paper out in mid-receipt":  {func(e *emulator) { e.paper = 300 }, receipt.PaperOut, true},
		"hung in mid-receipt":       {func(e *emulator) { e.hungAfter = 30_000 }, receipt.Silent, true},
		"unplugged in mid-receipt":  {func(e *emulator) { e.cutAfter = 30_000 }, receipt.Offline, true},
		"unplugged in mid-picture":  {func(e *emulator) { e.cutAfter = 100 }, receipt.Offline, true},
		"knife sticks at the cut":   {func(e *emulator) { e.jamsAtCut = true }, receipt.Jammed, true},
		"paper out at the last row": {func(e *emulator) { e.paper = rowsOfSample() }, receipt.PaperOut, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEmulator()
				tt.fault(e)
				p := &Printer{open: e.open, roll: paper.Roll80}
				out, err := p.Print(context.Background(), sample())
				trouble, ok := errors.AsType[*receipt.TroubleError](err)
				if !ok || out != "" || trouble.Condition != tt.want || trouble.Began != tt.began {
					t.Fatalf("print = %q, %v; want %s, began: %t", out, err, tt.want, tt.began)
				}
				if errors.Is(err, receipt.ErrInterrupted) != tt.began ||
					errors.Is(err, receipt.ErrNothingSent) == tt.began ||
					errors.Is(err, payment.ErrNotBegun) == tt.began {
					t.Errorf("%v says wrongly whether there may be paper", err)
				}
				e.shows(t, 0)
				e.mended()
				if out, err := p.Print(context.Background(), sample()); err != nil || out != receipt.PrintedProven {
					t.Fatalf("after it was mended: %q, %v", out, err)
				}
				e.shows(t, 1)
			})
		})
	}
}

// mended is a person at the printer: paper in, cover shut, plugged in, and the torn slip taken away.
func (e *emulator) mended() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cover, e.offline, e.jam, e.broken, e.mute, e.jamsAtCut = false, false, false, false, false, false
	e.paper, e.hungAfter, e.cutAfter = -1, -1, -1
	e.slip = newEmulator().slip
}

func rowsOfSample() int {
	page, err := paper.Layout(sample(), paper.Roll80)
	if err != nil {
		panic(err)
	}
	return page.Image().Rect.Dy()
}

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEmulator()
		p := &Printer{open: e.open, roll: paper.Roll80}
		if err := p.Ready(context.Background()); err != nil {
			t.Errorf("got %v", err)
		}
		e.cover = true
		if trouble, ok := errors.AsType[*receipt.TroubleError](p.Ready(context.Background())); !ok ||
			trouble.Condition != receipt.CoverOpen {
			t.Errorf("got %v", trouble)
		}
		start := time.Now()
		e.mute = true
		if trouble, ok := errors.AsType[*receipt.TroubleError](p.Ready(context.Background())); !ok ||
			trouble.Condition != receipt.Silent || time.Since(start) > 2*time.Second {
			t.Errorf("got %v after %v", trouble, time.Since(start))
		}
		e.shows(t, 0)
	})
}

// Every byte of four answers is taken as the manuals say.
func TestConditions(t *testing.T) {
	const fine = 0x12
	for name, tt := range map[string]struct {
		printer, offline, fault, paper byte
		want                           receipt.Condition
	}{
		"fine":                      {fine, fine, fine, fine, ""},
		"near the end of the paper": {fine, fine, fine, fine | 0x0C, ""},
		"drawer":                    {fine | 0x04, fine, fine, fine, ""},
		"feed button":               {fine | 0x08, fine | 0x08, fine, fine, receipt.Offline},
		"cover before paper":        {fine | 0x08, fine | 0x24, fine, fine | 0x60, receipt.CoverOpen},
		"paper":                     {fine | 0x08, fine, fine, fine | 0x60, receipt.PaperOut},
		"stopped for paper":         {fine | 0x08, fine | 0x20, fine, fine, receipt.PaperOut},
		"knife":                     {fine | 0x08, fine | 0x40, fine | 0x08, fine, receipt.Jammed},
		"unrecoverable":             {fine | 0x08, fine | 0x40, fine | 0x20, fine, receipt.Broken},
		"too hot":                   {fine | 0x08, fine | 0x40, fine | 0x40, fine, receipt.Offline},
		"an error without a cause":  {fine | 0x08, fine | 0x40, fine, fine, receipt.Broken},
	} {
		if got := conditionOf(tt.printer, tt.offline, tt.fault, tt.paper); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"tcp://127.0.0.1:9100": true, "usb:/dev/usb/lp0": true, "serial:/dev/ttyS0": true,
		"serial:/dev/ttyS0?baud=9600": true,
		"":                            false, "127.0.0.1:9100": false, "tcp://printer": false, "tcp://:9100": false,
		"udp://printer:9100":          false,
		"usb:lp0":                     false,
		"serial:/dev/ttyS0?baud=fast": false, "serial:/dev/ttyS0?speed=9600": false, "serial:ttyS0": false,
	} {
		if _, err := New(address, paper.Roll80); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// The same over a real socket, and over a line that no kernel calls a network.
func TestOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := newEmulator()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go e.serve(c)
		}
	}()
	p, err := New("tcp://"+l.Addr().String(), paper.Roll80)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.Print(t.Context(), sample()); err != nil || out != receipt.PrintedProven {
		t.Errorf("print = %q, %v", out, err)
	}
	e.shows(t, 1)
}

// From the receipt's facts to the last byte that an instant printer has taken and proven, over a real socket.
func BenchmarkPrint(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	e := newEmulator()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			e.serve(c)
		}
	}()
	p, err := New("tcp://"+l.Addr().String(), paper.Roll80)
	if err != nil {
		b.Fatal(err)
	}
	jobs := 0
	for b.Loop() {
		if _, err := p.Print(b.Context(), sample()); err != nil {
			b.Fatal(err)
		}
		jobs++
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	b.ReportMetric(float64(e.total)/float64(jobs), "B/receipt")
}
