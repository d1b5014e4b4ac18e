package lives

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

var (
	lifeFlag  = flag.String("life", "", "live this plan `FILE` in TestLife and tell its story")
	modelFlag = flag.Int("model", 3000, "how many `LIVES` are lived with modelled parts")
	realFlag  = flag.Int("real", 150, "how many `LIVES` are lived with real parts")
	seedFlag  = flag.Int("seed", 0, "the first `SEED` of the lives")
)

// soak is how long the lives go on beyond their usual number; the Makefile's soak sets it.
func soak(t testing.TB) time.Duration {
	d, err := time.ParseDuration(os.Getenv("COURTKIOSK_SOAK"))
	if err != nil && os.Getenv("COURTKIOSK_SOAK") != "" {
		t.Fatalf("COURTKIOSK_SOAK: %v", err)
	}
	return d
}

// alone lets one goroutine run at a time, so that those who wake at one instant wake in the same order again.
func alone(t testing.TB) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// lives lives n plans from a seed on, then more while it soaks, and returns every edge that orders and refunds walked.
// The first broken promise is made as short as it can be and written down.
func lives(t *testing.T, n int, drawn func(int) Plan, play Play) (map[payment.Edge]bool,
	map[payment.RefundEdge]bool) {
	t.Helper()
	alone(t)
	if testing.Short() { // under the race detector each takes ten times as long
		n /= 20
	}
	walked, handed := make(map[payment.Edge]bool), make(map[payment.RefundEdge]bool)
	start, hours := time.Now(), 0.0
	seed := *seedFlag
	for end := start.Add(soak(t)); seed < *seedFlag+n || time.Now().Before(end); seed++ {
		l := Live(t, drawn(seed), play, nil)
		maps.Copy(walked, l.walked)
		maps.Copy(handed, l.handed)
		hours += l.lasted.Hours()
		if len(l.broken) > 0 {
			l = shorter(t, l, play)
			file := filepath.Join(os.TempDir(), "broken-life.json")
			if err := os.WriteFile(file, []byte(l.plan.String()), 0o600); err != nil {
				t.Error(err)
			}
			t.Fatalf("life of seed %d broke a promise: %s\n%s\nlive it again:  go test ./payment/lives -run "+
				"'TestLife$' -v -args -life %s\nkeep it: copy that file to payment/lives/testdata/lives",
				seed, l.broken[0], l.Story(), file)
		}
	}
	took := time.Since(start)
	t.Logf("%d lives of %.0f virtual hours in %v: %.0f a second", seed-*seedFlag, hours, took.Round(time.Millisecond),
		float64(seed-*seedFlag)/took.Seconds())
	return walked, handed
}

// shorter leaves out of a broken life every act that it breaks without.
func shorter(t *testing.T, l *Life, play Play) *Life {
	for i := len(l.plan.Acts) - 1; i >= 0; i-- {
		p := l.plan
		p.Acts = slices.Delete(slices.Clone(p.Acts), i, i+1)
		if try := Live(t, p, play, nil); len(try.broken) > 0 {
			l = try
		}
	}
	return l
}

func TestModelLives(t *testing.T) {
	walked, handed := lives(t, *modelFlag, Drawn, Modelled)
	if testing.Short() {
		return
	}
	for _, p := range old(t) {
		l := Live(t, p, Modelled, nil)
		maps.Copy(walked, l.walked)
		maps.Copy(handed, l.handed)
	}
	for _, e := range payment.RefundGraph {
		if !handed[e] {
			t.Errorf("no refund walked %v", e)
		}
	}
	for _, e := range payment.Graph {
		if e.From == payment.Disputed && e.Event != payment.Accepted {
			continue // TestRealDispute…: no life has an answer that cannot be booked
		}
		if e.From == payment.Paid {
			continue // TestEveryTroubleEnds: no life accepts a second payment yet
		}
		if e.Event == payment.GivenUp {
			continue // TestRealOrderOfAMerchantThatNobodyHas: in a life each merchant's keys come back
		}
		if !walked[e] {
			t.Errorf("nobody walked %v", e)
		}
	}
}

// Two or three instances share one ledger: they die, are paused, and do not know whether what they stored is stored.
func TestSharedLives(t *testing.T) {
	_, handed := lives(t, 600, DrawnShared, Modelled)
	for _, e := range payment.RefundGraph {
		if !handed[e] && e.Event != payment.RestoresRefund && !testing.Short() { // a shared ledger comes from no backup
			t.Errorf("no refund walked %v", e)
		}
	}
}

// inMemory returns a folder for ledgers on a file system in memory where there is one: a life is not about the disk.
func inMemory(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "courtkiosk-lives-")
	if err != nil {
		t.Logf("no /dev/shm: %v; the ledgers lie on disk, which is slower", err)
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestRealLives(t *testing.T) {
	lives(t, *realFlag, Drawn, Really(inMemory(t)))
}

// A plan is lived the same way again, to the nanosecond. Shared lives are not asked for it, nor those in which a copy
// runs beside its original: instances renew their leases, and both machines ask about the same orders, at instants that
// others wake at too, and who of two is first is the runtime's choice.
func TestReplayIsExact(t *testing.T) {
	alone(t)
	for seed, lived := 0, 0; lived < 300; seed++ {
		p := Drawn(seed)
		if slices.ContainsFunc(p.Acts, func(a Act) bool { return a.Do == "beside" }) {
			continue
		}
		again(t, p)
		lived++
	}
}

// again lives a plan until it has gone the same way twice, three times at most. The collector rests meanwhile: it takes
// the processor from whoever runs, and those who wake at one instant wake in another order then. On a machine that
// others load that happens now and then all the same; what a life draws by itself would make all three differ.
func again(t *testing.T, p Plan) {
	t.Helper()
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var ways []string
	for range 3 {
		way := Live(t, p, Modelled, nil).Story()
		if slices.Contains(ways, way) {
			return
		}
		ways = append(ways, way)
	}
	t.Fatalf("%v went three ways:\n%s\n\n%s", p, ways[0], ways[1])
}

// Lives that once broke a promise, and some that nobody draws, are lived again for ever.
func TestOldLives(t *testing.T) {
	alone(t)
	for name, p := range old(t) {
		t.Run(name, func(t *testing.T) {
			if l := Live(t, p, Modelled, nil); len(l.broken) > 0 {
				t.Errorf("%s\n%s", l.broken[0], l.Story())
			}
		})
	}
}

// old returns the kept plans by name.
func old(t *testing.T) map[string]Plan {
	t.Helper()
	files, err := filepath.Glob("testdata/lives/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no old lives: %v", err)
	}
	plans := make(map[string]Plan)
	for _, file := range files {
		plans[strings.TrimSuffix(filepath.Base(file), ".json")] = read(t, file)
	}
	return plans
}

// TestLife tells the story of one plan.
func TestLife(t *testing.T) {
	if *lifeFlag == "" {
		t.Skip("needs -args -life FILE")
	}
	alone(t)
	l := Live(t, read(t, *lifeFlag), Modelled, nil)
	t.Log(l.Story())
	for _, text := range l.broken {
		t.Error(text)
	}
}

func read(t *testing.T, file string) Plan {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}
