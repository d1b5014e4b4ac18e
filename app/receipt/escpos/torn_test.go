package escpos

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/receipt/paper"
)

var update = flag.Bool("update", false, "write the golden pictures")

// The printer stops at row 700 of a receipt, goes on, and a second receipt is printed: two slips, the first of them
// void, the second whole and alone. The pictures show what lies in the tray.
func TestTornSlipAndTheNextVisitors(t *testing.T) {
	for name, spec := range map[string]printertest.Spec{
		"torn": {Pace: 150}, "torn-deaf": {Pace: 150, NoClear: true}, "torn-58mm": {Pace: 150, Width: 384},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, spec)
				m.AtRow(700, func(f *printertest.Faults) { f.Hold = true })
				if _, err := p.Print(t.Context(), sample()); !errors.Is(err, receipt.ErrInterrupted) {
					t.Fatalf("print = %v", err)
				}
				if got := m.Hanging().Rect.Dy(); got < 600 || got > 700 {
					t.Errorf("%d rows hang from the printer", got)
				}
				m.Mend()
				if out, err := p.Print(t.Context(), next()); err != nil || out != receipt.PrintedProven {
					t.Fatalf("print = %q, %v", out, err)
				}
				shows(t, m, void(t, p.roll), receiptOf(t, next(), p.roll))
				golden(t, name, m.Slips()...)
			})
		})
	}
}

// golden compares slips, laid in one row, with a picture.
func golden(t *testing.T, name string, slips ...*image.Gray) {
	t.Helper()
	const gap = 40
	wide, high := gap, 0
	for _, s := range slips {
		wide, high = wide+s.Rect.Dx()+gap, max(high, s.Rect.Dy()+2*gap)
	}
	tray := image.NewGray(image.Rect(0, 0, wide, high))
	for i := range tray.Pix {
		tray.Pix[i] = 160
	}
	left := gap
	for _, s := range slips {
		for y := range s.Rect.Dy() {
			copy(tray.Pix[tray.PixOffset(left, gap+y):], s.Pix[y*s.Stride:][:s.Rect.Dx()])
		}
		left += s.Rect.Dx() + gap
	}
	path := filepath.Join("testdata", name+".png")
	if *update {
		var w bytes.Buffer
		if err := errors.Join(png.Encode(&w, tray), os.WriteFile(path, w.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := want.(*image.Gray); !ok || got.Rect != tray.Rect || !bytes.Equal(got.Pix, tray.Pix) {
		t.Errorf("the slips are not those of %s: look at them with -update", path)
	}
}

// A killed process leaves whatever it has sent so far. The next one is told by its ledger that work was in hand.
func TestTidyAfterAKill(t *testing.T) {
	few := []int{25, 1790, 30_000}
	for name, tt := range map[string]struct {
		spec  printertest.Spec
		stops []int
	}{
		"healthy": {printertest.Spec{}, few}, "in line": {printertest.Spec{NoID: true}, few},
		"proves nothing": {printertest.Spec{NoID: true, NoStatus: true}, few},
		"slow":           {printertest.Spec{Pace: 40, NoClear: true}, few},
		"deaf":           {printertest.Spec{NoClear: true}, stops()},
		"deaf, in line":  {printertest.Spec{NoID: true, NoClear: true}, stops()},
		"deaf, no proof": {printertest.Spec{NoID: true, NoStatus: true, NoClear: true}, stops()},
	} {
		for _, n := range tt.stops {
			t.Run(fmt.Sprintf("%s, %d bytes", name, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { killedAfter(t, tt.spec, n) })
			})
		}
	}
}

func killedAfter(t *testing.T, spec printertest.Spec, n int) {
	m, _ := plug(t, spec)
	killed := driver(m)
	estimate := receipt.Estimate{Title: "财产案件"}
	if _, err := killed.PrintSlip(t.Context(), estimate); err != nil {
		t.Fatal(err)
	}
	before := len(m.Slips())
	killed.line.open = dying(m, n)
	if _, err := killed.Print(t.Context(), sample()); !errors.Is(err, receipt.ErrInterrupted) && n > 100 {
		t.Fatalf("print = %v", err)
	}
	p := driver(m)
	if err := errors.Join(p.Ready(t.Context()), p.Tidy(t.Context())); err != nil {
		t.Fatal(err)
	}
	if m.Hanging().Rect.Dy() != 0 {
		t.Error("something hangs from the printer after Tidy")
	}
	if _, err := p.Print(t.Context(), next()); err != nil {
		t.Fatal(err)
	}
	shown(t, m, m.Slips()[before:], void(t, p.roll), receiptOf(t, next(), p.roll))
}

// dying opens a line whose end dies with its process after so many bytes.
func dying(m *printertest.Printer, n int) func(context.Context) (io.ReadWriteCloser, error) {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		port, err := m.Open(ctx)
		return &mortal{ReadWriteCloser: port, left: n}, err
	}
}

type mortal struct {
	io.ReadWriteCloser
	left int
}

func (c *mortal) Write(data []byte) (int, error) {
	n := min(len(data), c.left)
	c.left -= n
	if _, err := c.ReadWriteCloser.Write(data[:n]); err != nil {
		return 0, err
	}
	if n < len(data) {
		return n, errors.Join(io.ErrClosedPipe, c.Close())
	}
	return n, nil
}

// A printer that cannot tidy now does so before it prints anything else, without being told again.
func TestTidyWaitsForThePrinter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := plug(t, printertest.Spec{})
		m.Set(func(f *printertest.Faults) { f.Off = true })
		if err := p.Tidy(t.Context()); !errors.Is(err, receipt.ErrNothingSent) {
			t.Errorf("tidy = %v", err)
		}
		shows(t, m)
		m.Mend()
		m.Set(func(f *printertest.Faults) { f.Cover = true })
		if err := p.Tidy(t.Context()); !errors.Is(err, receipt.ErrNothingSent) {
			t.Errorf("tidy = %v", err)
		}
		m.Mend()
		for range 2 {
			if _, err := p.PrintSlip(t.Context(), receipt.Estimate{Title: "财产案件", Fee: "¥6.00"}); err != nil {
				t.Fatal(err)
			}
		}
		page, err := paper.LayoutSlip(receipt.Estimate{Title: "财产案件", Fee: "¥6.00"}, p.roll)
		if err != nil {
			t.Fatal(err)
		}
		estimate := wanted{what: "estimate", img: printertest.Trim(page.Image())}
		shows(t, m, void(t, p.roll), estimate, estimate)
	})
}

// A torn slip is taken out once the printer is well again, before anybody prints; and only once.
func TestTakeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := plug(t, printertest.Spec{Pace: 150})
		if err := p.TakeOut(t.Context()); err != nil {
			t.Errorf("of a printer that was never used: %v", err)
		}
		m.AtRow(700, func(f *printertest.Faults) { f.Cover = true })
		if _, err := p.Print(t.Context(), sample()); !errors.Is(err, receipt.ErrInterrupted) {
			t.Fatalf("print = %v", err)
		}
		if err := p.TakeOut(t.Context()); !errors.Is(err, receipt.ErrNothingSent) {
			t.Errorf("under an open cover: %v", err)
		}
		m.Mend()
		for range 2 {
			if err := errors.Join(p.Ready(t.Context()), p.TakeOut(t.Context())); err != nil {
				t.Fatal(err)
			}
			shows(t, m, void(t, p.roll))
		}
		if _, err := p.Print(t.Context(), next()); err != nil {
			t.Fatal(err)
		}
		if err := p.TakeOut(t.Context()); err != nil {
			t.Error(err)
		}
		shows(t, m, void(t, p.roll), receiptOf(t, next(), p.roll))
	})
}

// The power fails in mid-receipt: the printer has forgotten all, and its paper has not.
func TestPowerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := plug(t, printertest.Spec{Pace: 100, ASB: 0xFF})
		m.AtRow(400, func(f *printertest.Faults) { f.Off = true })
		if _, err := p.Print(t.Context(), sample()); !errors.Is(err, receipt.ErrInterrupted) {
			t.Fatalf("print = %v", err)
		}
		m.PowerCycle()
		m.Mend()
		if out, err := p.Print(t.Context(), next()); err != nil || out != receipt.PrintedProven {
			t.Fatalf("print = %q, %v", out, err)
		}
		shows(t, m, void(t, p.roll), receiptOf(t, next(), p.roll))
	})
}

// stops are so many bytes that a process sends before it is killed: each of the first band's edges, and some beyond.
func stops() []int {
	stops := []int{9000, 30_000, 69_000}
	for n := range 16 {
		stops = append(stops, 12+5*n, 1780+n)
	}
	return stops
}
