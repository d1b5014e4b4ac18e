package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The figures of the whole program, on an X server without a GPU: real window, real touches, real HTTP. make bench
// prints them.

func BenchmarkStartToFirstFrame(b *testing.B) {
	p := newPanel(b, 1080, 1920)
	s := newSite(b, filepath.Join(b.TempDir(), "receipts"))
	for b.Loop() {
		k := s.start(p)
		at := p.until(b, func(pixel [3]byte) bool { return pixel == navy })
		b.ReportMetric(float64(at.Sub(k.since).Milliseconds()), "ms/start")
		k.kill()
		p.until(b, func(pixel [3]byte) bool { return pixel != navy })
	}
}

func BenchmarkTapToNextScreen(b *testing.B) {
	k := onHome(b)
	var total time.Duration
	n := 0
	for b.Loop() {
		for range 5 {
			start := time.Now()
			k.touch("pay")
			k.untilAt(b, 100, 189, func(p [3]byte) bool { return p == seal }) // the first step's bar
			total += time.Since(start)
			n++
			k.wait("case")
			k.settle()
			k.touch("back")
			k.wait("home")
			k.settle()
		}
	}
	b.ReportMetric(float64(total.Microseconds())/float64(n)/1000, "ms/tap")
}

// BenchmarkPayment: the simulator answers a create within a millisecond, so nothing is taken off for it. People pay at
// any moment: the moments are spread over the second that lies between two questions.
func BenchmarkPayment(b *testing.B) {
	p := newPanel(b, 1080, 1920)
	s := newSite(b, filepath.Join(b.TempDir(), "receipts"))
	k := s.start(p)
	k.wait("home")
	var toQR time.Duration
	var toPaid []time.Duration
	for b.Loop() {
		for i, number := range []string{"12345", "12347", "12352"} {
			k.touch("pay")
			k.wait("case")
			k.enter(number)
			k.settle()
			k.touch("confirm")
			k.wait("fee")
			k.settle()
			start := time.Now()
			k.touch("confirm")
			k.untilAt(b, 300, 745, func(p [3]byte) bool { return p == black }) // a finder of the QR
			toQR += time.Since(start)
			k.wait("pay")
			order, err := s.sim.Scan(k.scan(b.TempDir()))
			if err != nil {
				b.Fatal(err)
			}
			time.Sleep(time.Second * time.Duration(2*i+1) / 6)
			start = time.Now()
			if err := s.sim.Pay(order.No); err != nil {
				b.Fatal(err)
			}
			k.untilAt(b, 540, 360, func(p [3]byte) bool { return p == green })
			toPaid = append(toPaid, time.Since(start))
			k.wait("done")
			k.settle()
			k.touch("home")
			k.wait("home")
		}
	}
	b.ReportMetric(float64(toQR.Milliseconds())/3, "ms/confirm-to-QR")
	slices.Sort(toPaid)
	b.ReportMetric(float64(toPaid[len(toPaid)/2].Milliseconds()), "ms/paid-to-screen-median")
	b.ReportMetric(float64(toPaid[len(toPaid)-1].Milliseconds()), "ms/paid-to-screen-worst")
}

// BenchmarkRest measures memory and the processor's work of a kiosk that nobody uses, and memory after 500 changes of
// page.
func BenchmarkRest(b *testing.B) {
	k := onHome(b)
	for b.Loop() {
		k.settle()
		b.ReportMetric(k.memory(b), "MiB/start")
		before, start := k.cpu(b), time.Now()
		time.Sleep(20 * time.Second) // a figure needs its time; this is no test
		b.ReportMetric(100*(k.cpu(b)-before).Seconds()/time.Since(start).Seconds(), "%cpu-idle")
		for range 250 {
			k.touch("pay")
			k.wait("case")
			k.touch("back")
			k.wait("home")
		}
		b.ReportMetric(k.memory(b), "MiB/500-pages")
	}
}

var (
	seal  = [3]byte{0xA3, 0x20, 0x2A}
	navy  = [3]byte{0x14, 0x28, 0x4B}
	black = [3]byte{0, 0, 0}
	green = [3]byte{0x1E, 0x7A, 0x4D}
)

func onHome(b *testing.B) *kiosk {
	b.Helper()
	k := newSite(b, filepath.Join(b.TempDir(), "receipts")).start(newPanel(b, 1080, 1920))
	k.wait("home")
	k.settle()
	return k
}

// pixel returns one pixel of the panel without reading the others.
func (p *panel) pixel(x, y int) [3]byte {
	p.t.Helper()
	f, err := os.Open(p.frame)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 100)
	if _, err := f.ReadAt(head, 0); err != nil {
		p.t.Fatal(err)
	}
	word := func(i int) int64 {
		return int64(head[4*i])<<24 | int64(head[4*i+1])<<16 | int64(head[4*i+2])<<8 | int64(head[4*i+3])
	}
	bgr := make([]byte, 3)
	if _, err := f.ReadAt(bgr, word(0)+word(19)*12+int64(y)*word(12)+int64(4*x)); err != nil {
		p.t.Fatal(err)
	}
	return [3]byte{bgr[2], bgr[1], bgr[0]}
}

// until waits for the header's colour.
func (p *panel) until(b *testing.B, is func([3]byte) bool) time.Time {
	return p.untilAt(b, 600, 10, is)
}

func (p *panel) untilAt(b *testing.B, x, y int, is func([3]byte) bool) time.Time {
	b.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if is(p.pixel(x, y)) {
			return time.Now()
		}
	}
	p.save(b.TempDir(), "late")
	b.Fatalf("the pixel at %d, %d is %v", x, y, p.pixel(x, y))
	return time.Time{}
}

// memory is the program's proportional share of memory in MiB.
func (k *kiosk) memory(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", k.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib / 1024
		}
	}
	b.Fatal("no Pss")
	return 0
}

// cpu is the processor time that the program has used.
func (k *kiosk) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", k.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // of 100 ticks a second
}
