package escpos

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

func sample() receipt.Receipt {
	return receipt.Receipt{
		Number: "PZ-0101-03-261123-000087", Copy: 1, Court: "北京市东城区人民法院", Payee: "北京市东城区人民法院",
		Case: "（2026）京0101民初12345号", Item: "案件受理费", Purse: "诉讼费", Payer: "张*明", Amount: 270000,
		PaidAt: time.Date(2026, 11, 23, 14, 0, 0, 0, payment.China), TransactionID: "4200002345202611231234567890",
		OrderNo: "K7QJ2M5XW3AB6CDEFGHIJKLMNOPQRSTU", Reference: "ZF-0101-03-261123-0087", Kiosk: "03",
		Window: "2号窗口", Hotline: "12368", Fiscal: "财政票据请到2号窗口领取",
		Code: "CRT1.AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QCCIRDEQSSMJZIFEVCWLBNFYXTAMJSGM2DKNRXHA4TUOZ4",
	}
}

// next is the receipt of another visitor.
func next() receipt.Receipt {
	r := sample()
	r.Number, r.Payer, r.Amount = "PZ-0101-03-261123-000088", "李*", 600
	return r
}

// plug returns a machine and the driver of it.
func plug(t *testing.T, spec printertest.Spec) (*printertest.Printer, *Printer) {
	m := printertest.New(spec)
	t.Cleanup(func() { m.Close() })
	return m, driver(m)
}

// driver is one of a process that has just started.
func driver(m *printertest.Printer) *Printer {
	p := &Printer{line: line{open: m.Open}, roll: paper.Roll80}
	if m.Width == int(paper.Roll58) {
		p.roll = paper.Roll58
	}
	if m.Baud > 0 {
		p.line.perByte = 10 * time.Second / time.Duration(m.Baud)
	}
	return p
}

// A wanted slip is one on paper.
type wanted struct {
	what string
	img  *image.Gray // it ends with this, or is just this
	torn bool        // something of an earlier slip may stand above
}

func receiptOf(t *testing.T, r receipt.Receipt, roll paper.Roll) wanted {
	t.Helper()
	name := fmt.Sprint(r, roll)
	if w, ok := laidOut.Load(name); ok {
		return w.(wanted)
	}
	page, err := paper.Layout(r, roll)
	if err != nil {
		t.Fatal(err)
	}
	w := wanted{what: r.Number, img: printertest.Trim(page.Image())}
	laidOut.Store(name, w)
	return w
}

var laidOut sync.Map // wanted receipts, by what they say

func void(t *testing.T, roll paper.Roll) wanted {
	t.Helper()
	page, err := paper.LayoutVoid(roll)
	if err != nil {
		t.Fatal(err)
	}
	return wanted{what: "void mark", img: printertest.Trim(page.Image()), torn: true}
}

// shows fails unless exactly these slips were cut, and nothing is printed that was not cut.
func shows(t *testing.T, m *printertest.Printer, want ...wanted) {
	t.Helper()
	shown(t, m, m.Slips(), want...)
}

func shown(t *testing.T, m *printertest.Printer, slips []*image.Gray, want ...wanted) {
	t.Helper()
	if len(slips) != len(want) {
		t.Errorf("%d slips were cut, want %d", len(slips), len(want))
		return
	}
	for i, w := range want {
		got := slips[i]
		if high := w.img.Rect.Dy(); w.torn && got.Rect.Dy() > high {
			got = printertest.Bottom(got, high)
		}
		if why := differs(got, w.img); why != "" {
			t.Errorf("slip %d of %d rows is not the %s: %s", i+1, slips[i].Rect.Dy(), w.what, why)
		}
	}
	if left := m.Hanging().Rect.Dy(); left != 0 {
		t.Errorf("%d rows hang from the printer", left)
	}
}

// differs says where a slip is not the picture. A dot that is black on paper alone must be beside a single black one.
func differs(slip, img *image.Gray) string {
	if slip.Rect != img.Rect {
		return fmt.Sprintf("it is %v, want %v", slip.Rect, img.Rect)
	}
	widened := 0
	for i, got := range slip.Pix {
		switch want := img.Pix[i]; {
		case got == want:
		case got == 0 && single(img.Pix[max(0, i-4):min(len(img.Pix), i+4)]):
			widened++
		default:
			return fmt.Sprintf("dot %d of row %d is %d, want %d", i%img.Stride, i/img.Stride, got, want)
		}
	}
	if widened > 60 {
		return fmt.Sprintf("%d dots are wider than laid out", widened)
	}
	return ""
}

// single reports whether these eight dots are 10h.
func single(pix []byte) bool {
	for i, p := range pix {
		if (p == 0) != (i == 3) {
			return false
		}
	}
	return len(pix) == 8
}

func TestProof(t *testing.T) {
	for name, tt := range map[string]struct {
		spec printertest.Spec
		want receipt.Outcome
	}{
		"the number":            {printertest.Spec{}, receipt.PrintedProven},
		"the number alone":      {printertest.Spec{NoStatus: true}, receipt.PrintedProven},
		"an in-line status":     {printertest.Spec{NoID: true}, receipt.PrintedInLine},
		"only a clean state":    {printertest.Spec{NoID: true, NoStatus: true}, receipt.Sent},
		"the drawer's pin":      {printertest.Spec{Drawer: true}, receipt.PrintedProven},
		"58 mm":                 {printertest.Spec{Width: 384}, receipt.PrintedProven},
		"20 mm a second, 64 KB": {printertest.Spec{Pace: 20}, receipt.PrintedProven},
		"20 mm, 4 KB, overflow": {printertest.Spec{Pace: 20, Buffer: 4096, Overflow: true}, receipt.PrintedProven},
		"5 mm a second":         {printertest.Spec{Pace: 5}, receipt.PrintedProven},
		"5 mm, in-line status":  {printertest.Spec{Pace: 5, NoID: true}, receipt.PrintedInLine},
		"automatic status":      {printertest.Spec{ASB: 0xFF}, receipt.PrintedProven},
		"automatic, in line":    {printertest.Spec{ASB: 0xFF, NoID: true}, receipt.PrintedInLine},
		"deaf to DLE DC4 8":     {printertest.Spec{NoClear: true}, receipt.PrintedProven},
		"takes no more when full": {
			printertest.Spec{Pace: 20, Buffer: 4096, Window: 2048, NoID: true}, receipt.PrintedInLine,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, tt.spec)
				var want []wanted
				for range 2 {
					if out, err := p.Print(t.Context(), sample()); err != nil || out != tt.want {
						t.Fatalf("print = %q, %v, want %q", out, err, tt.want)
					}
					want = append(want, receiptOf(t, sample(), p.roll))
					shows(t, m, want...)
				}
				if m.Dropped() > 0 {
					t.Errorf("%d bytes were lost", m.Dropped())
				}
			})
		})
	}
}

// Every fault ends in its condition, and says whether there may be paper. Once somebody has mended it, what hangs from
// the printer comes out marked as void, by itself, and the next slip whole and alone.
func TestFaults(t *testing.T) {
	type faults = printertest.Faults
	now := func(f func(*faults)) func(*printertest.Printer) {
		return func(m *printertest.Printer) { m.Set(f) }
	}
	atRow := func(row int, f func(*faults)) func(*printertest.Printer) {
		return func(m *printertest.Printer) { m.AtRow(row, f) }
	}
	atByte := func(n int, f func(*faults)) func(*printertest.Printer) {
		return func(m *printertest.Printer) { m.AtByte(n, f) }
	}
	noPaper := func(f *faults) { f.Paper = 0 }
	hold := func(f *faults) { f.Hold = true }
	hung := func(f *faults) { f.Hung = true }
	off := func(f *faults) { f.Off = true }
	tests := map[string]struct {
		fault func(*printertest.Printer)
		want  receipt.Condition
		began bool
	}{
		"no paper":     {now(noPaper), receipt.PaperOut, false},
		"cover open":   {now(func(f *faults) { f.Cover = true }), receipt.CoverOpen, false},
		"offline":      {now(func(f *faults) { f.Offline = true }), receipt.Offline, false},
		"knife stuck":  {now(func(f *faults) { f.Jam = true }), receipt.Jammed, false},
		"broken":       {now(func(f *faults) { f.Broken = true }), receipt.Broken, false},
		"mute":         {now(func(f *faults) { f.Mute = true }), receipt.Silent, false},
		"hung":         {now(hung), receipt.Silent, false},
		"unplugged":    {now(off), receipt.Unreachable, false},
		"stops midway": {atRow(700, hold), receipt.Silent, true},
		"paper out":    {atRow(300, noPaper), receipt.PaperOut, true},
		"cover midway": {atRow(300, func(f *faults) { f.Cover = true }), receipt.CoverOpen, true},
		"hung midway":  {atByte(30_000, hung), receipt.Silent, true},
		"mute midway":  {atByte(30_000, func(f *faults) { f.Mute = true }), receipt.Silent, true},
		"cut off":      {atByte(30_000, off), receipt.Unreachable, true},
		"cut off soon": {atByte(150, off), receipt.Unreachable, true},
		"knife sticks at the cut": {
			now(func(f *faults) { f.JamAtCut = true }), receipt.Jammed, true,
		},
		"paper out at the last row": {atRow(970, noPaper), receipt.PaperOut, true},
	}
	boards := map[string]printertest.Spec{
		"": {}, ", 60 mm a second": {Pace: 60}, ", deaf": {NoClear: true, Pace: 100}, ", forgets": {Forgets: true},
		", in line": {NoID: true, Pace: 100}, ", deaf in line": {NoID: true, NoClear: true},
	}
	for name, tt := range tests {
		for board, spec := range boards {
			t.Run(name+board, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, p := plug(t, spec)
					tt.fault(m)
					out, err := p.Print(t.Context(), sample())
					trouble, ok := errors.AsType[*receipt.TroubleError](err)
					if !ok || out != "" || trouble.Condition != tt.want || trouble.Began != tt.began {
						t.Fatalf("print = %q, %v; want %s, began: %t", out, err, tt.want, tt.began)
					}
					if errors.Is(err, receipt.ErrInterrupted) != tt.began ||
						errors.Is(err, receipt.ErrNothingSent) == tt.began ||
						errors.Is(err, payment.ErrNotBegun) == tt.began {
						t.Errorf("%v says wrongly whether there may be paper", err)
					}
					m.Mend() // nobody takes a torn slip away
					if _, err := p.Print(t.Context(), next()); err != nil {
						t.Fatalf("after it was mended: %v", err)
					}
					want := []wanted{receiptOf(t, next(), p.roll)}
					if tt.began {
						want = []wanted{void(t, p.roll), want[0]}
					}
					if got := m.Slips(); tt.began && len(got) == 3 { // it had the rest, and its cut, in its buffer
						want = []wanted{receiptOf(t, sample(), p.roll), want[0], want[1]}
					}
					shows(t, m, want...)
				})
			})
		}
	}
}

// The same over a real socket.
func TestOverTCP(t *testing.T) {
	m, address := listen(t)
	p, err := New("tcp://"+address, paper.Roll80)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.Print(t.Context(), sample()); err != nil || out != receipt.PrintedProven {
		t.Errorf("print = %q, %v", out, err)
	}
	shows(t, m, receiptOf(t, sample(), paper.Roll80))
}

// listen puts a machine behind a real socket.
func listen(t testing.TB) (m *printertest.Printer, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m = printertest.New(printertest.Spec{})
	t.Cleanup(func() { l.Close(); m.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if m.Serve(c) != nil {
				c.Close()
			}
		}
	}()
	return m, l.Addr().String()
}

// From the receipt's facts to the last byte that an instant printer has taken and proven, over a real socket.
func BenchmarkPrint(b *testing.B) {
	m, address := listen(b)
	p, err := New("tcp://"+address, paper.Roll80)
	if err != nil {
		b.Fatal(err)
	}
	jobs := 0
	for b.Loop() {
		if _, err := p.Print(context.Background(), sample()); err != nil {
			b.Fatal(err)
		}
		jobs++
	}
	b.ReportMetric(float64(m.Received())/float64(jobs), "B/receipt")
}
