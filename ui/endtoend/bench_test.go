package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// BenchmarkTouch measures from the touch to what is seen of it: the next page, and a key that is pressed.
func BenchmarkTouch(b *testing.B) {
	k := onHome(b)
	home := k.picture()
	var total, press time.Duration
	n := 0
	for b.Loop() {
		k.touch("pay")
		k.wait("case")
		k.settle()
		next := k.picture()
		at := apart(b, home, next)
		for range 12 {
			k.touch("back")
			k.wait("home")
			k.settle()
			k.reads("pay")
			start := time.Now()
			k.touch("pay")
			k.untilAt(b, at.X, at.Y, func(p [3]byte) bool { return p == rgb(next, at) })
			total += time.Since(start)
			n++
			k.wait("case")
			k.settle()
		}
		for range 12 {
			k.reads("digit:1")
			key := k.now.Targets["digit:1"]
			x, y := key[0]-40, key[1]-30 // on the key, beside its digit
			before := k.pixel(x, y)
			fmt.Fprintf(k.finger, "mousemove %d %d\nmousedown 1\n", x, y)
			start := time.Now()
			k.untilAt(b, x, y, func(p [3]byte) bool { return p != before })
			press += time.Since(start)
			fmt.Fprintf(k.finger, "mouseup 1\n")
			k.settle()
		}
	}
	b.ReportMetric(float64(total.Microseconds())/float64(n)/1000, "ms/touch-to-page")
	b.ReportMetric(float64(press.Microseconds())/float64(n)/1000, "ms/press-to-pixels")
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
			k.reads("confirm")
			start := time.Now()
			k.touch("confirm")
			k.wait("pay")
			toQR += time.Since(start)
			k.settle()
			order, err := s.sim.Scan(k.scan(b.TempDir()))
			if err != nil {
				b.Fatal(err)
			}
			time.Sleep(time.Second * time.Duration(2*i+1) / 6)
			start = time.Now()
			if err := s.sim.Pay(order.No); err != nil {
				b.Fatal(err)
			}
			k.wait("done")
			toPaid = append(toPaid, time.Since(start))
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

// BenchmarkRest measures memory and the processor's work of a kiosk that nobody uses, and memory after 1,000 changes of
// page.
func BenchmarkRest(b *testing.B) {
	k := onHome(b)
	for b.Loop() {
		time.Sleep(8 * time.Second) // fonts are parsed
		b.ReportMetric(k.memory(b), "MiB/start")
		before, start := k.cpu(b), time.Now()
		time.Sleep(20 * time.Second) // a figure needs its time; this is no test
		b.ReportMetric(100*(k.cpu(b)-before).Seconds()/time.Since(start).Seconds(), "%cpu-idle")
		k.kill()
		b.ReportMetric(float64(manyPages(b, k.panel, 1000)[9]), "MiB/1000-pages")
	}
}

// A kiosk that can be heard, and that nobody asks to speak: beside BenchmarkRest's start and idle.
func BenchmarkRestByEar(b *testing.B) {
	p := newPanel(b, 1080, 1920)
	k := newEars(b, newSite(b, filepath.Join(b.TempDir(), "receipts")), p)
	k.wait("home")
	for b.Loop() {
		time.Sleep(8 * time.Second) // fonts are parsed, and what is said to everybody is rendered
		b.ReportMetric(k.memory(b), "MiB/start")
		before, start := k.cpu(b), time.Now()
		time.Sleep(20 * time.Second)
		b.ReportMetric(100*(k.cpu(b)-before).Seconds()/time.Since(start).Seconds(), "%cpu-idle")
	}
}

var navy = [3]byte{0x14, 0x28, 0x4B}

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
func (p *panel) until(b testing.TB, is func([3]byte) bool) time.Time {
	return p.untilAt(b, 600, 10, is)
}

func (p *panel) untilAt(b testing.TB, x, y int, is func([3]byte) bool) time.Time {
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

func (k *kiosk) memory(b *testing.B) float64 { return memoryOf(b, k.cmd.Process.Pid) }

func (k *kiosk) cpu(b *testing.B) time.Duration { return cpuOf(b, k.cmd.Process.Pid) }
