package escpos

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/receipt/paper"
)

// Ready says what keeps the printer from printing; the near end of its paper is a warning, and stops nothing.
func TestReady(t *testing.T) {
	for name, tt := range map[string]struct {
		fault func(*faults)
		want  receipt.Condition
		warns receipt.Condition
	}{
		"well":        {func(*faults) {}, "", ""},
		"near end":    {func(f *faults) { f.Paper = 300 }, "", receipt.NearEnd},
		"paper out":   {func(f *faults) { f.Paper = 0 }, receipt.PaperOut, receipt.NearEnd},
		"cover":       {func(f *faults) { f.Cover = true }, receipt.CoverOpen, ""},
		"cutter":      {func(f *faults) { f.Jam = true }, receipt.Jammed, ""},
		"broken":      {func(f *faults) { f.Broken = true }, receipt.Broken, ""},
		"offline":     {func(f *faults) { f.Offline = true }, receipt.Offline, ""},
		"unreachable": {func(f *faults) { f.Off = true }, receipt.Unreachable, ""},
		"mute":        {func(f *faults) { f.Mute = true }, receipt.Silent, ""},
	} {
		for board, spec := range map[string]printertest.Spec{
			"": {NearEnd: 1000}, ", drawer": {NearEnd: 1000, Drawer: true},
			", an extra answer": {NearEnd: 1000, Drawer: true, Unasked: map[int][]byte{18: {0x16}}},
		} {
			t.Run(name+board, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, p := plug(t, spec)
					m.Set(tt.fault)
					start := time.Now()
					err := p.Ready(t.Context())
					trouble, _ := errors.AsType[*receipt.TroubleError](err)
					if (err != nil) != (tt.want != "") || err != nil &&
						(trouble.Condition != tt.want || trouble.Began) {
						t.Errorf("ready = %v, want %q", err, tt.want)
					}
					if got := p.Warning(); got != tt.warns {
						t.Errorf("warning = %q, want %q", got, tt.warns)
					}
					if took := time.Since(start); took > 2*time.Second {
						t.Errorf("it took %v", took)
					}
					shows(t, m)
				})
			})
		}
	}
}

// With a full buffer a board takes no question. When its paper was out before, that is the reason, and refilling helps.
func TestPaperOutWithAFullBuffer(t *testing.T) {
	for name, spec := range map[string]printertest.Spec{
		"stops taking":   {Buffer: 4096, NoClear: true, Pace: 50},
		"loses":          {Buffer: 4096, NoClear: true, Overflow: true, Pace: 50},
		"in line":        {Buffer: 4096, NoClear: true, NoID: true, Pace: 50},
		"proves nothing": {Buffer: 4096, NoClear: true, NoID: true, NoStatus: true, Pace: 80},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, spec)
				if _, err := p.Print(t.Context(), sample()); err != nil {
					t.Fatal(err)
				}
				before := m.Rows()
				m.AtRow(before+300, func(f *faults) { f.Paper = 0 })
				_, err := p.Print(t.Context(), sample())
				if trouble, ok := errors.AsType[*receipt.TroubleError](err); !ok ||
					trouble.Condition != receipt.PaperOut {
					t.Errorf("print = %v", err)
				}
				for range 400 { // looks, until the buffer is full of their questions
					err = p.Ready(t.Context())
				}
				if trouble, ok := errors.AsType[*receipt.TroubleError](err); !ok ||
					trouble.Condition != receipt.PaperOut {
					t.Errorf("ready = %v", err)
				}
				m.Mend()
				time.Sleep(time.Minute)
				if err := p.Ready(t.Context()); err != nil {
					t.Errorf("refilled: %v", err)
				}
				if _, err := p.Print(t.Context(), next()); err != nil {
					t.Fatal(err)
				}
				slips := m.Slips()
				if why := differs(slips[len(slips)-1], receiptOf(t, next(), p.roll).img); why != "" {
					t.Error(why)
				}
				if len(slips) < 3 {
					t.Errorf("%d slips", len(slips))
				}
			})
		})
	}
}

// Every byte of four answers is taken as the manuals say.
func TestConditions(t *testing.T) {
	const fine = 0x12
	for name, tt := range map[string]struct {
		status
		want receipt.Condition
	}{
		"fine":                      {status{fine, fine, fine, fine}, ""},
		"near the end of the paper": {status{fine, fine, fine, fine | 0x0C}, ""},
		"drawer":                    {status{fine | 0x04, fine, fine, fine}, ""},
		"feed button":               {status{fine | 0x08, fine | 0x08, fine, fine}, receipt.Offline},
		"cover before paper":        {status{fine | 0x08, fine | 0x24, fine, fine | 0x60}, receipt.CoverOpen},
		"paper":                     {status{fine | 0x08, fine, fine, fine | 0x60}, receipt.PaperOut},
		"stopped for paper":         {status{fine | 0x08, fine | 0x20, fine, fine}, receipt.PaperOut},
		"knife":                     {status{fine | 0x08, fine | 0x40, fine | 0x08, fine}, receipt.Jammed},
		"unrecoverable":             {status{fine | 0x08, fine | 0x40, fine | 0x20, fine}, receipt.Broken},
		"too hot":                   {status{fine | 0x08, fine | 0x40, fine | 0x40, fine}, receipt.Offline},
		"an error without a cause":  {status{fine | 0x08, fine | 0x40, fine, fine}, receipt.Broken},
	} {
		if got := tt.status.condition(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"tcp://127.0.0.1:9100": true, "usb:/dev/usb/lp0": true, "serial:/dev/ttyS0": true,
		"serial:/dev/ttyS0?baud=9600": true, "serial:/dev/ttyS0?baud=38400": true, "": false, "127.0.0.1:9100": false,
		"tcp://printer": false, "tcp://:9100": false, "udp://printer:9100": false, "usb:lp0": false,
		"serial:/dev/ttyS0?baud=fast": false, "serial:/dev/ttyS0?speed=9600": false, "serial:ttyS0": false,
		"serial:/dev/ttyS0?baud=4800": false, "serial:/dev/ttyS0?baud=0": false, "serial:/dev/ttyS0?baud=10000": false,
	} {
		if _, err := New(address, paper.Roll80); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
