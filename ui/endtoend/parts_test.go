package endtoend

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soaked is many in make soak, and few in make test.
func soaked(few, many int) int {
	if os.Getenv("COURTKIOSK_SOAK") != "" {
		return many
	}
	return few
}

// checkParts has the window paint everything anew after each part that it painted, compare every pixel, and end when
// one differs.
const checkParts = "FYNE_CHECK_DAMAGE=1"

func painted(k *kiosk) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return parts(strings.Join(k.log, "\n"))
}

func parts(said string) int { return strings.Count(said, "damage: [") }

// Every page is painted over others, only where they differ, and looks as if it had been painted alone.
func TestEveryPageInParts(t *testing.T) {
	bin := pages(t)
	sizes := [][2]int{{1080, 1920}, {1366, 768}, {1024, 768}, {1920, 1080}}
	for _, size := range sizes[:soaked(1, len(sizes))] {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			p := newPanel(t, size[0], size[1])
			c := exec.Command(bin, fmt.Sprint(soaked(0, 500)), "40ms")
			c.Env = append(os.Environ(), "DISPLAY="+p.display, "LIBGL_ALWAYS_SOFTWARE=1", checkParts)
			out, err := c.CombinedOutput()
			said := string(out)
			if err != nil || !strings.Contains(said, "pages shown: ") || parts(said) < 20 {
				t.Errorf("%v, after %d repaints of parts:\n%s", err, parts(said), said[max(0, len(said)-3000):])
			}
			t.Logf("%d repaints of parts are as if all had been painted", parts(said))
		})
	}
}

// mostMemory is the ceiling in MiB for a window whose pages change without end. They change some thirty times a second
// here, and pictures of words are kept for ten seconds: those of every sample page are there at once, 680 MiB in all.
// At a visitor's pace it is what make bench says.
const mostMemory = 800

// However many pages are shown, the memory stays below a ceiling.
func TestMemoryOfManyPages(t *testing.T) {
	for i, mib := range manyPages(t, newPanel(t, 1080, 1920), soaked(200, 10000)) {
		if i%10 == 9 {
			t.Logf("%d MiB after %d pages", mib, 100*(i+1))
		}
		if mib > mostMemory {
			t.Errorf("%d MiB after %d pages: the ceiling is %d", mib, 100*(i+1), mostMemory)
		}
	}
}

// manyPages shows pages as fast as they are drawn, and returns the memory in MiB after every hundred.
func manyPages(t testing.TB, p *panel, changes int) (list []int) {
	t.Helper()
	c := exec.Command(pages(t), fmt.Sprint(changes), "1ms")
	c.Env = append(os.Environ(), "DISPLAY="+p.display, "LIBGL_ALWAYS_SOFTWARE=1")
	out, err := c.CombinedOutput()
	for _, m := range regexp.MustCompile(`MiB after \d+ pages: (\d+)`).FindAllStringSubmatch(string(out), -1) {
		mib, _ := strconv.Atoi(m[1])
		list = append(list, mib)
	}
	if err != nil || len(list) < changes/100 {
		t.Fatalf("%v\n%s", err, out)
	}
	return list
}

// pages is a program that shows all sample pages in a window.
func pages(t testing.TB) string {
	t.Helper()
	if *other != "" {
		t.Skip("SKIPPED: it builds a program of its own")
	}
	bin, err := builtPages()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

var builtPages = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(filepath.Dir(built), "pages")
	c := exec.Command("go", "build", "-modfile", "bin/patched.mod", "-o", bin, "./ui/endtoend/testdata/pages")
	c.Dir = filepath.Join("..", "..")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

// A visitor touches whatever there is.
func TestRandomWalkInParts(t *testing.T) {
	p := newPanel(t, 1080, 1920)
	p.env = []string{checkParts}
	k := newSite(t, filepath.Join(t.TempDir(), "receipts")).start(p)
	k.wait("home")
	dice := rand.New(rand.NewPCG(3, 4))
	for done, empty := 0, 0; done < soaked(25, 1000); {
		time.Sleep(time.Duration(50+dice.IntN(500)) * time.Millisecond)
		for more := true; more; {
			select {
			case s := <-k.lines:
				if s.Msg == "screen shown" {
					k.now = s
				}
			case <-k.ended:
				t.Fatalf("the kiosk ended after %d touches", done)
			default:
				more = false
			}
		}
		if len(k.now.Targets) == 0 {
			if empty++; empty > 200 {
				t.Fatalf("nothing can be touched on %q", k.now.Screen)
			}
			continue
		}
		empty = 0
		names := slices.Sorted(maps.Keys(k.now.Targets))
		at := k.now.Targets[names[dice.IntN(len(names))]]
		before := painted(k)
		k.tap(at[0], at[1])
		for range 30 { // most touches paint something; one that comes too early for its page does not
			if time.Sleep(50 * time.Millisecond); painted(k) > before {
				break
			}
		}
		done++
	}
	n := painted(k)
	if n < soaked(10, 500) {
		t.Errorf("only %d repaints of parts", n)
	}
	t.Logf("%d repaints of parts are as if all had been painted", n)
}
