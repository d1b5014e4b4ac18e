package endtoend

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	glass "courtkiosk/ui/panel"
)

// need skips the test, loudly, when a program that it drives is not installed.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("SKIPPED: %s is not installed; make deps installs it", p)
		}
	}
}

// A panel is a touchscreen without glass: an X server of its own whose picture lies in a file.
type panel struct {
	t       testing.TB
	display string
	frame   string
	server  int       // its process
	env     []string  // what the kiosk is told besides
	finger  io.Writer // one xdotool for all touches: starting it takes longer than a touch
}

// newPanel starts an X server of the given size and ends it with the test.
func newPanel(t testing.TB, width, height int) *panel {
	t.Helper()
	need(t, "Xvfb", "xdotool")
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height),
		"-fbdir", dir, "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() { x.Process.Kill(); x.Wait() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	p := &panel{t: t, server: x.Process.Pid, display: ":" + strings.TrimSpace(line),
		frame: filepath.Join(dir, "Xvfb_screen0")}
	hand := exec.Command("xdotool", "-")
	hand.Env = append(os.Environ(), "DISPLAY="+p.display)
	finger, err := hand.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hand.Start(); err != nil {
		t.Fatal(err)
	}
	p.finger = finger
	t.Cleanup(func() { finger.Close(); hand.Wait() })
	return p
}

// picture returns what the panel shows. The file is an X window dump: a header, a colour map, then the pixels.
func (p *panel) picture() *image.RGBA {
	p.t.Helper()
	data, err := os.ReadFile(p.frame)
	if err != nil {
		p.t.Fatal(err)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	const colourEntry = 12
	headerSize, width, height, stride, colours := word(0), word(4), word(5), word(12), word(19)
	pixels := data[headerSize+colours*colourEntry:]
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			bgr := pixels[y*stride+4*x:]
			img.SetRGBA(x, y, color.RGBA{bgr[2], bgr[1], bgr[0], 255})
		}
	}
	return img
}

// save writes the picture into dir.
func (p *panel) save(dir, name string) string {
	p.t.Helper()
	path := filepath.Join(dir, name+".png")
	f, err := os.Create(path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, p.picture()); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// tap touches the panel.
func (p *panel) tap(x, y int) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.finger, "mousemove %d %d\nclick 1\n", x, y); err != nil {
		p.t.Fatal(err)
	}
}

// A shown is what the program logs when it shows another screen, with debug logging on.
type shown struct {
	Time    time.Time         `json:"time"`
	Msg     string            `json:"msg"`
	Screen  string            `json:"screen"`
	Targets map[string][2]int `json:"targets"` // centre of every control, in pixels
	Err     string            `json:"err"`
}

// A kiosk is the running program, followed through its log.
type kiosk struct {
	*panel
	cmd   *exec.Cmd
	since time.Time
	lines chan shown
	ended chan struct{}

	mu  sync.Mutex
	log []string
	now shown // the screen shown last

	last   string // the control that was touched last
	tapped time.Time
}

// startKiosk starts the program on the panel and ends it with the test.
func startKiosk(t testing.TB, p *panel, args ...string) *kiosk {
	t.Helper()
	env := p.env
	if _, ok := t.(*testing.T); ok { // what is measured runs as a kiosk runs
		env = append([]string{"COURTKIOSK_CHECK_THREAD=1"}, env...)
	}
	return runKiosk(t, p, program(t), env, args...)
}

func runKiosk(t testing.TB, p *panel, bin string, env []string, args ...string) *kiosk {
	t.Helper()
	k := &kiosk{panel: p, since: time.Now(), lines: make(chan shown, 4096), ended: make(chan struct{})}
	k.cmd = exec.Command(bin, args...)
	k.cmd.Env = append(append(os.Environ(), "DISPLAY="+p.display, "LIBGL_ALWAYS_SOFTWARE=1"), env...)
	stderr, err := k.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go k.read(stderr)
	t.Cleanup(func() {
		k.kill()
		k.mu.Lock()
		defer k.mu.Unlock()
		if strings.Contains(strings.Join(k.log, "\n"), "Error in Fyne call thread") {
			t.Errorf("something touches the window from another thread")
		}
		if t.Failed() {
			t.Logf("log of the kiosk:\n%s", strings.Join(k.log[max(0, len(k.log)-60):], "\n"))
		}
	})
	return k
}

func (k *kiosk) read(r io.Reader) {
	defer close(k.ended)
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		k.mu.Lock()
		k.log = append(k.log, sc.Text())
		k.mu.Unlock()
		var s shown
		if json.Unmarshal(sc.Bytes(), &s) == nil {
			k.lines <- s
		}
	}
}

// kill ends the program at once, as a pulled plug would.
func (k *kiosk) kill() {
	k.cmd.Process.Kill()
	<-k.ended
	k.cmd.Wait()
}

// wait returns when the program shows one of the screens.
func (k *kiosk) wait(screens ...string) shown {
	k.t.Helper()
	deadline := time.After(40 * time.Second)
	for {
		select {
		case s := <-k.lines:
			if s.Msg != "screen shown" {
				continue
			}
			k.now = s
			for _, name := range screens {
				if s.Screen == name {
					return s
				}
			}
		case <-k.ended:
			k.t.Fatalf("the kiosk ended while the test waited for %v", screens)
		case <-deadline:
			k.save(k.t.TempDir(), "late")
			k.t.Fatalf("the kiosk shows %q, not %v", k.now.Screen, screens)
		}
	}
}

// touch taps a control of the screen shown now by its name.
func (k *kiosk) touch(names ...string) {
	k.t.Helper()
	for _, name := range names {
		at, ok := k.now.Targets[name]
		if !ok {
			k.t.Fatalf("screen %q has no control %q, only %v", k.now.Screen, name, k.now.Targets)
		}
		k.reads(name)
		k.tap(at[0], at[1])
		k.last, k.tapped = name, time.Now()
	}
}

// reads takes the time that a visitor takes: a page that is new takes no touch yet, one that confirms money or identity
// is read first, and the same key is not touched twice at once.
func (k *kiosk) reads(name string) {
	ready := k.now.Time.Add(glass.Usual.Settle)
	if name == "confirm" {
		ready = k.now.Time.Add(glass.Usual.Read)
	}
	if again := k.tapped.Add(glass.Usual.Twice); name == k.last && again.After(ready) {
		ready = again
	}
	time.Sleep(time.Until(ready.Add(layout)))
}

// layout is how long a page may take from what is logged of it to what is seen.
const layout = 150 * time.Millisecond
