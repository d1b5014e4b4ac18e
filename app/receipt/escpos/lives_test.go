package escpos

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
)

var lives = flag.Int("lives", 30, "printers that live through random days")

// A printer of random make lives through random faults, kills and power cuts while visitors come and go. Whatever
// happens, what is called printed is on paper, whole and alone on its slip; no two receipts share a slip; and nothing
// that was interrupted lies on the next visitor's.
func TestPrinterLives(t *testing.T) {
	for seed := range *lives {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { live(t, rand.New(rand.NewPCG(uint64(seed), 11))) })
		})
	}
}

// build makes a printer.
func build(r *rand.Rand) printertest.Spec {
	odds := func(n int) bool { return r.IntN(n) == 0 }
	pick := func(of ...int) int { return of[r.IntN(len(of))] }
	s := printertest.Spec{
		Buffer: pick(4096, 8192, 1<<16), Pace: float64(pick(0, 30, 100, 200)), NoClear: odds(2), NoID: odds(2),
		NoStatus: odds(3), Drawer: odds(3), Overflow: odds(4), Forgets: odds(4), ASBStays: odds(4),
		Knife: pick(60, 100, 160),
		Delay: time.Duration(pick(0, 3, 40)) * time.Millisecond, NearEnd: pick(0, 800),
	}
	// A board that loses bytes, proves nothing and is slower than we feed such boards loses what we cannot notice.
	s.Overflow = s.Overflow && (!s.NoID || !s.NoStatus || s.Pace > 60 || s.Pace == 0)
	if odds(3) {
		s.ASB = 0xFF
	}
	if odds(4) {
		s.Unasked = map[int][]byte{r.IntN(90_000): {0x16}, r.IntN(90_000): {0}, r.IntN(90_000): {0x10, 0, 0, 0}}
	}
	return s
}

func live(t *testing.T, r *rand.Rand) {
	spec := build(r)
	m, p := plug(t, spec)
	for visitor := range 6 {
		before := len(m.Slips())
		what := strike(m, p, r)
		out, err := p.Print(t.Context(), sample())
		killed := what == "kill"
		t.Logf("visitor %d, %s: %q, %v; %d slips, %d rows hang",
			visitor, what, out, err, len(m.Slips()), m.Hanging().Rect.Dy())
		if err == nil && out.Proven() {
			slips := m.Slips()
			if len(slips) == before {
				t.Fatalf("visitor %d, %s: %q, and no slip is cut; %+v", visitor, what, out, spec)
			}
			if why := differs(slips[len(slips)-1], receiptOf(t, sample(), p.roll).img); why != "" {
				t.Fatalf("visitor %d, %s: %q, and the slip is none: %s; %+v", visitor, what, out, why, spec)
			}
		}
		if err != nil && !errors.Is(err, receipt.ErrInterrupted) && !errors.Is(err, receipt.ErrNothingSent) {
			t.Fatalf("visitor %d: %v", visitor, err)
		}
		if what == "power" {
			m.PowerCycle()
		}
		m.Mend()
		if killed {
			p = driver(m)
			if err := p.Tidy(t.Context()); err != nil {
				t.Fatalf("visitor %d, %s: tidy: %v; %+v", visitor, what, err, spec)
			}
		}
	}
	time.Sleep(time.Minute)
	out, err := p.Print(t.Context(), next())
	if err != nil {
		t.Fatalf("the last print = %q, %v; %+v", out, err, spec)
	}
	time.Sleep(time.Minute)
	slips := m.Slips()
	if why := differs(slips[len(slips)-1], receiptOf(t, next(), p.roll).img); why != "" {
		t.Fatalf("the last slip is not the last visitor's: %s; %+v", why, spec)
	}
	for i, s := range slips {
		if n := headings(s, receiptOf(t, sample(), p.roll).img); n > 1 {
			t.Errorf("%d receipts are on slip %d, of %d rows; %+v", n, i, s.Rect.Dy(), spec)
		}
	}
}

// headings counts how often a receipt begins on a slip.
func headings(slip, whole *image.Gray) (n int) {
	const rows = 40
	printed := *whole
	printed.Pix = bytes.Clone(whole.Pix)
	harmless(&printed)
	head := printed.Pix[:rows*whole.Stride]
	for y := 0; y+rows <= slip.Rect.Dy(); y++ {
		if bytes.Equal(slip.Pix[y*slip.Stride:(y+rows)*slip.Stride], head) {
			n++
		}
	}
	return n
}

// strike lets something happen to a printer while it prints the next slip.
func strike(m *printertest.Printer, p *Printer, r *rand.Rand) (what string) {
	row, b := m.Rows()+r.IntN(1200), m.Received()+r.IntN(80_000)
	all := []string{"nothing", "paper", "cover", "hold", "hung", "mute", "off", "power", "jam", "no proof", "kill"}
	switch what = all[r.IntN(len(all))]; what {
	case "paper":
		m.AtRow(row, func(f *faults) { f.Paper = 0 })
	case "cover":
		m.AtRow(row, func(f *faults) { f.Cover = true })
	case "hold":
		m.AtRow(row, func(f *faults) { f.Hold = true })
	case "hung":
		m.AtByte(b, func(f *faults) { f.Hung = true })
	case "mute":
		m.AtByte(b, func(f *faults) { f.Mute = true })
	case "off":
		m.AtByte(b, func(f *faults) { f.Off = true })
	case "power":
		m.AtRow(row, func(f *faults) { f.Off = true })
	case "jam":
		m.Set(func(f *faults) { f.JamAtCut = true })
	case "no proof":
		m.AtRow(row, func(f *faults) { f.NoProof = true })
	case "kill":
		p.line.open = dying(m, b-m.Received())
	}
	return what
}
