package endtoend

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The comparison: programs that show the same pages are started in turns on the same X server without a GPU, touched at
// the same places and measured by the same means. make compare prints the table.
var (
	sides  = flag.String("compare", "", "compare these, by commas: kiosk, chromium, or the path of another courtkiosk")
	rounds = flag.Int("rounds", 3, "how often each is started; the median is printed")
	quiet  = flag.Duration("quiet", 65*time.Second, "how long nobody touches before a cold touch")
)

// A contender shows the pages of a payment.
type contender interface {
	start(p *panel) (pid int, kill func())
	// to shows a page: from home in steps that are not measured.
	tap(page string) (x, y int) // where the key is that leads on
	seen(page string)           // returns once it is ready for a touch
	// asks has a payment followed beside a page that only counts down; pid is 0 where it follows it itself.
	asks() (pid int, end func())
}

// rows are what is measured.
var rows = []string{"start to first frame, ms", "memory after start, MiB",
	"touch to next page, ms", "touch after a quiet minute, ms", "home at rest, % of a core",
	"countdown, % of a core", "countdown, WeChat asked, % of a core", "memory on the pay page, MiB"}

func TestCompare(t *testing.T) {
	if *sides == "" {
		t.Skip("SKIPPED: make compare runs it")
	}
	names := strings.Split(*sides, ",")
	figures := make(map[string]map[string][]float64) // row, side
	for _, r := range rows {
		figures[r] = make(map[string][]float64)
	}
	p := newPanel(t, 1080, 1920)
	for range *rounds {
		for _, name := range names {
			got := measure(t, p, contenderOf(t, name))
			fmt.Printf("%s: %.1f\n", filepath.Base(name), got)
			for i, v := range got {
				figures[rows[i]][name] = append(figures[rows[i]][name], v)
			}
		}
	}
	fmt.Printf("%-32s", "")
	for _, name := range names {
		fmt.Printf("%14s", filepath.Base(name))
	}
	fmt.Println("   first : others")
	for _, r := range rows {
		fmt.Printf("%-32s", r)
		first := median(figures[r][names[0]])
		var ratios []string
		for i, name := range names {
			m := median(figures[r][name])
			fmt.Printf("%14.1f", m)
			if i > 0 {
				ratios = append(ratios, fmt.Sprintf("%.2f", first/m))
			}
		}
		fmt.Println("  ", strings.Join(ratios, ", "))
	}
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}

// measure starts a contender, and returns its figures in the order of rows.
func measure(t *testing.T, p *panel, c contender) []float64 {
	t.Helper()
	p.until(t, func(pixel [3]byte) bool { return pixel != navy })
	start := time.Now()
	pid, kill := c.start(p)
	defer func() {
		kill()
		p.until(t, func(pixel [3]byte) bool { return pixel != navy })
	}()
	first := p.until(t, func(pixel [3]byte) bool { return pixel == navy }).Sub(start)
	c.seen("home")
	time.Sleep(8 * time.Second) // fonts are parsed, processes are there
	after := memoryOf(t, pid)

	at, home, next := between(t, p, c)
	once := func(page string, want [3]byte) float64 {
		x, y := c.tap(page)
		for range 3 {
			began := time.Now()
			p.tap(x, y)
			for time.Since(began) < 5*time.Second {
				if p.pixel(at.X, at.Y) == want {
					return float64(time.Since(began).Microseconds()) / 1000
				}
				time.Sleep(time.Millisecond)
			}
			t.Logf("a touch on %s was not heard, or not shown within 5 s; it does not count", page)
		}
		t.Fatalf("%s does not lead on: the pixel at %v is %v", page, at, p.pixel(at.X, at.Y))
		return 0
	}
	back := func() {
		c.seen("case")
		once("case back", home)
		c.seen("home")
	}
	var warm []float64
	for range 12 {
		warm = append(warm, once("home", next))
		back()
	}
	time.Sleep(*quiet)
	later := once("home", next)
	back()
	rest := load(t, p, pid)
	toPay(p, c)
	counts, memory := load(t, p, pid), memoryOf(t, pid)
	asked := counts
	if beside, end := c.asks(); beside > 0 {
		asked = load(t, p, pid, beside)
		end()
	}
	return []float64{float64(first.Milliseconds()), after, median(warm), later, rest, counts, asked, memory}
}

// between finds a pixel that tells home from the next page.
func between(t *testing.T, p *panel, c contender) (at image.Point, home, next [3]byte) {
	t.Helper()
	k := &kiosk{panel: p}
	k.settle()
	before := p.picture()
	x, y := c.tap("home")
	p.tap(x, y)
	c.seen("case")
	k.settle()
	after := p.picture()
	x, y = c.tap("case back")
	p.tap(x, y)
	c.seen("home")
	k.settle()
	at = apart(t, before, after)
	return at, rgb(before, at), rgb(after, at)
}

// apart finds a pixel that tells two pictures from each other, as low as there is one: pictures come from above.
func apart(t testing.TB, a, b *image.RGBA) image.Point {
	t.Helper()
	for y := 1700; y > 200; y -= 3 {
		for x := 30; x < 1050; x += 7 {
			r, s := int(a.RGBAAt(x, y).R), int(b.RGBAAt(x, y).R)
			if max(r-s, s-r) > 60 {
				return image.Pt(x, y)
			}
		}
	}
	t.Fatal("two pages look the same")
	return image.Point{}
}

func rgb(of *image.RGBA, at image.Point) [3]byte {
	c := of.RGBAAt(at.X, at.Y)
	return [3]byte{c.R, c.G, c.B}
}

func toPay(p *panel, c contender) {
	for _, page := range []string{"home", "case", "fee"} {
		c.seen(page)
		x, y := c.tap(page)
		p.tap(x, y)
	}
	c.seen("pay")
	time.Sleep(2 * time.Second)
}

// load is the processor's work for processes and for the X server that shows them, over half a minute.
func load(t *testing.T, p *panel, pids ...int) float64 {
	t.Helper()
	spent := func() time.Duration {
		sum := cpuOf(t, p.server)
		for _, pid := range pids {
			sum += cpuOf(t, pid)
		}
		return sum
	}
	before, began := spent(), time.Now()
	time.Sleep(30 * time.Second)
	return 100 * (spent() - before).Seconds() / time.Since(began).Seconds()
}

// family is a process and all that it started.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, path := range tasks {
			text, _ := os.ReadFile(path)
			for _, f := range strings.Fields(string(text)) {
				n, _ := strconv.Atoi(f)
				all = append(all, n)
			}
		}
	}
	return all
}

// memoryOf is the proportional share of memory of a process and its children, in MiB.
func memoryOf(t testing.TB, pid int) (sum float64) {
	t.Helper()
	for _, pid := range family(pid) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
				kib, _ := strconv.ParseFloat(fields[1], 64)
				sum += kib / 1024
			}
		}
	}
	if sum == 0 {
		t.Fatal("no Pss")
	}
	return sum
}

// cpuOf is the processor time that a process and its children have used.
func cpuOf(t testing.TB, pid int) (sum time.Duration) {
	t.Helper()
	for _, pid := range family(pid) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // a child that has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		sum += time.Duration(user+system) * 10 * time.Millisecond // of 100 ticks a second
	}
	return sum
}

func contenderOf(t *testing.T, name string) contender {
	if name == "chromium" {
		need(t, "chromium")
		return newBrowser(t)
	}
	bin := program(t)
	if name != "kiosk" {
		bin = name
	}
	return &ours{t: t, bin: bin, site: newSite(t, filepath.Join(t.TempDir(), "receipts"))}
}

// ours is a courtkiosk with a WeChat Pay that runs in the test's own process.
type ours struct {
	t    *testing.T
	bin  string
	site *site
	k    *kiosk
}

func (o *ours) start(p *panel) (int, func()) {
	o.k = runKiosk(o.t, p, o.bin, nil, "kiosk", "--config", o.site.config, "--log-level", "debug")
	return o.k.cmd.Process.Pid, o.k.kill
}

func (o *ours) tap(page string) (x, y int) {
	name := map[string]string{"home": "pay", "case": "confirm", "case back": "back", "fee": "confirm"}[page]
	if page == "case" {
		o.k.enter("12345")
		o.k.settle()
	}
	at, ok := o.k.now.Targets[name]
	if !ok {
		o.t.Fatalf("no %q on %s", name, page)
	}
	o.k.reads(name)
	return at[0], at[1]
}

func (o *ours) seen(page string) {
	if o.k.now.Screen != page {
		o.k.wait(page)
	}
	time.Sleep(700 * time.Millisecond)
}

func (o *ours) asks() (int, func()) { return 0, nil }

// browser is Chromium as a kiosk, with the same pages.
type browser struct {
	t       *testing.T
	dir     string
	targets map[string]map[string][2]int
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{t: t, dir: t.TempDir()}
	c := exec.Command("go", "test", "-count=1", "-run", "TestHTML$", "../kiosk", "-args", "-html", b.dir)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("write the pages: %v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(b.dir, "targets.json"))
	if err == nil {
		err = json.Unmarshal(list, &b.targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) start(p *panel) (int, func()) {
	c := exec.Command("chromium", "--kiosk", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-translate",
		"--disable-features=Translate", "--disable-extensions", "--disable-sync", "--disable-background-networking",
		"--user-data-dir="+filepath.Join(b.dir, "profile"), "--window-position=0,0", "--window-size=1080,1920",
		"file://"+filepath.Join(b.dir, "index.html"))
	c.Env = append(os.Environ(), "DISPLAY="+p.display, "LIBGL_ALWAYS_SOFTWARE=1")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	kill := func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		c.Wait()
	}
	return c.Process.Pid, kill
}

func (b *browser) tap(page string) (x, y int) {
	name := map[string]string{"home": "pay", "case": "confirm", "case back": "back", "fee": "confirm"}[page]
	at := b.targets[strings.TrimSuffix(page, " back")][name]
	return at[0], at[1]
}

// asks runs this very program without a window: whoever shows a code must ask WeChat whether it was paid, each second,
// with a signed question.
func (b *browser) asks() (int, func()) {
	b.t.Helper()
	s := newSite(b.t, filepath.Join(b.t.TempDir(), "receipts"))
	c := exec.Command(program(b.t), "pay", "（2026）京0101民初12345号", "--yes", "--config", s.config)
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	time.Sleep(4 * time.Second) // it has started, and follows
	return c.Process.Pid, func() {
		select {
		case err := <-ended:
			b.t.Fatalf("nobody follows the payment: %v", err)
		default:
			_ = c.Process.Kill()
			<-ended
		}
	}
}

func (b *browser) seen(string) { time.Sleep(time.Second) }
