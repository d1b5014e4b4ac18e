package endtoend

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courtkiosk/payment/wechatsim"
)

// The program is killed at random moments while visitors come, pay and cancel, and is started again on what is left.
// WeChat Pay, here the simulator in the test, lives on, and its word is held against the ledger's.

// A siege is one installation under load.
type siege struct {
	*site
	bin  string
	rand *rand.Rand
	next int // the next bill
}

func newSiege(t *testing.T, bin string) *siege {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed) // moments differ from run to run all the same: processes are scheduled as they are
	receipts := filepath.Join(t.TempDir(), "receipts")
	s := &siege{site: newSite(t, receipts), bin: bin, rand: rand.New(rand.NewPCG(seed, 0))}
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	short := strings.Replace(string(text), `id = "03"`, "id = \"03\"\npay_within = \"2m\"", 1)
	var list strings.Builder
	list.WriteString("案号,费用项目,金额\n")
	for n := range 5000 {
		fmt.Fprintf(&list, "（%d）京0101民初%d号,案件受理费,%d.00\n", thisYear(), 20001+n, 50+n%7)
	}
	bills := filepath.Join(s.dir, "many.csv")
	if err := os.WriteFile(s.config, []byte(short), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bills, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command("bills", "import", bills, "--missing", "45") // the demo's own bills
	return s
}

// voice is what a process says.
type voice struct {
	mu   sync.Mutex
	text strings.Builder
}

func (v *voice) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.text.Write(p)
}

func (v *voice) String() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.text.String()
}

// run starts a process of the installation.
func (s *siege) run(args ...string) (*exec.Cmd, *voice) {
	s.t.Helper()
	c := exec.Command(s.bin, append(args, "--config", s.config)...)
	said := &voice{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	return c, said
}

// crowd lets visitors come for bills, some new and some that others came for before, until ctx ends. Some leave early.
func (s *siege) crowd(ctx context.Context, visitors int) {
	var all sync.WaitGroup
	for range visitors {
		n := s.next
		s.next++
		if s.rand.IntN(3) == 0 {
			n = s.rand.IntN(s.next)
		}
		patience := time.Duration(50+s.rand.IntN(600)) * time.Millisecond
		leaves := s.rand.IntN(3) == 0
		c, _ := s.run("pay", fmt.Sprintf("%d京0101民初%d", thisYear(), 20001+n%5000), "--yes")
		all.Go(func() {
			done := make(chan struct{})
			go func() { _ = c.Wait(); close(done) }()
			select {
			case <-done:
				return
			case <-time.After(patience):
				if leaves {
					_ = c.Process.Signal(os.Interrupt)
				}
			case <-ctx.Done():
			}
			<-ctx.Done()
			_ = c.Process.Kill()
			<-done
		})
	}
	all.Wait()
}

// pay is everybody with a phone: codes that were given are paid, most soon, some after the kiosk was killed, some
// never.
func (s *siege) pay(ctx context.Context, dice *rand.Rand) {
	for ctx.Err() == nil {
		for _, o := range s.sim.Orders() {
			if o.State == wechatsim.NotPaid && o.CodeURL != "" && dice.IntN(6) == 0 {
				_ = s.sim.Pay(o.No) // expired or closed a moment ago
			}
		}
		time.Sleep(time.Duration(10+dice.IntN(40)) * time.Millisecond)
	}
}

// rounds kills the program n times under load, with kill at its end.
func (s *siege) rounds(n int, start func() (kill func())) {
	soak, _ := time.ParseDuration(os.Getenv("COURTKIOSK_SOAK"))
	end := time.Now().Add(soak)
	round := 0
	for ; round < n || time.Now().Before(end); round++ {
		kill := start()
		ctx, stop := context.WithCancel(context.Background())
		var all sync.WaitGroup
		dice := rand.New(rand.NewPCG(s.rand.Uint64(), 0))
		all.Go(func() { s.pay(ctx, dice) })
		all.Go(func() { s.crowd(ctx, 3) })
		moment := 20 + s.rand.IntN(700)
		if s.rand.IntN(4) == 0 { // long enough for the first question after the code, and the printer
			moment += 2400
		}
		time.Sleep(time.Duration(moment) * time.Millisecond)
		kill()
		time.Sleep(time.Duration(s.rand.IntN(60)) * time.Millisecond) // somebody pays at a dead kiosk
		stop()
		all.Wait()
		s.oneCode()
	}
	s.t.Logf("killed %d times", round)
}

// oneCode fails if a bill was paid twice, or can be.
func (s *siege) oneCode() {
	s.t.Helper()
	paid, payable := make(map[string]int), make(map[string]int)
	for _, o := range s.sim.Orders() {
		switch {
		case o.State == wechatsim.Success:
			paid[o.Description]++
		case o.State == wechatsim.NotPaid && time.Now().Before(o.Expires):
			payable[o.Description]++
		}
		if paid[o.Description]+payable[o.Description] > 1 {
			s.t.Fatalf("%s: paid %d times, %d codes can be paid",
				o.Description, paid[o.Description], payable[o.Description])
		}
	}
}

// known is an order as the command line tells of it.
type known struct {
	No     string `json:"order"`
	State  string `json:"state"`
	Amount int64  `json:"amount_fen"`
	Paid   int64  `json:"paid_fen"`
	Work   []struct{ Kind, State string }
}

// settled waits until the ledger knows every payment that WeChat has taken, and nothing else as one.
func (s *siege) settled() {
	s.t.Helper()
	var orders []known
	eventually(s.t, "every payment in the ledger", func() bool {
		orders = nil
		if err := json.Unmarshal([]byte(s.command("orders", "list", "-n", "100000", "--json")), &orders); err != nil {
			s.t.Fatal(err)
		}
		paid := 0
		for _, o := range orders {
			if o.State == "paid" {
				paid++
			}
		}
		for _, o := range s.sim.Orders() {
			if o.State == wechatsim.Success {
				paid--
			}
		}
		return paid == 0
	})
	paid := 0
	for _, o := range orders {
		truth, there := s.sim.Order(o.No)
		switch {
		case (o.State == "paid") != (truth.State == wechatsim.Success):
			s.t.Errorf("order %s is %s here and %s at WeChat", o.No, o.State, truth.State)
		case o.State == "paid" && (o.Paid != truth.PaidTotal || o.Amount != truth.Total):
			s.t.Errorf("order %s: %d of %d fen here, %d of %d at WeChat",
				o.No, o.Paid, o.Amount, truth.PaidTotal, truth.Total)
		case o.State == "closed" && (!there || truth.State != wechatsim.Closed):
			s.t.Errorf("order %s is closed here and %q at WeChat", o.No, truth.State)
		case o.State == "paid":
			paid++
		}
	}
	s.t.Logf("%d orders, %d payments", len(orders), paid)
	if paid == 0 {
		s.t.Error("nobody paid anything: the siege proves nothing")
	}
	s.noneInHand()
}

// noneInHand fails if a receipt is said to be in the printer's hands after a start, or if two payments share a
// receipt's number.
func (s *siege) noneInHand() {
	s.t.Helper()
	printed := 0
	for _, o := range s.sim.Orders() {
		if o.State != wechatsim.Success {
			continue
		}
		var h struct {
			Effects []struct{ Kind, State string } `json:"effects"`
		}
		if err := json.Unmarshal([]byte(s.command("orders", "show", o.No, "--json")), &h); err != nil {
			s.t.Fatal(err)
		}
		states := make(map[string]string)
		for _, e := range h.Effects {
			states[e.Kind] = e.State
		}
		if state := states["receipt"]; state != "owed" && state != "doubtful" && state != "done" {
			s.t.Errorf("the receipt of %s is %q", o.No, state)
		} else if state == "done" {
			printed++
		}
	}
	originals := 0 // the folder names its files by number, and marks copies
	for _, file := range pdfs(s.t, s.receipts) {
		if !strings.Contains(file, "-copy") {
			originals++
		}
	}
	if originals < printed {
		s.t.Errorf("%d receipts were printed on %d pieces of paper", printed, originals)
	}
	s.t.Logf("%d receipts printed", printed)
}

// sound has the ledger read to its last byte.
func (s *siege) sound() {
	s.t.Helper()
	if text := s.command("ledger", "check"); !strings.Contains(text, "sound") {
		s.t.Errorf("the ledger after all that:\n%s", text)
	}
}

func TestKilled(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "courtkiosk")
	c := exec.Command("go", "build", "-tags", "headless", "-o", bin, "courtkiosk")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build -tags headless: %v\n%s", err, out)
	}
	s := newSiege(t, bin)
	var last *exec.Cmd
	start := func() func() {
		c, said := s.run("kiosk", "--no-window")
		last = c
		since := time.Now()
		// Not asked by a command: without a kiosk it would take the ledger itself.
		eventually(t, "the kiosk", func() bool { return strings.Contains(said.String(), "kiosk ready") })
		if took := time.Since(since); took > 10*time.Second {
			t.Errorf("it took %v to come up", took)
		}
		return func() {
			_ = c.Process.Kill()
			if err := c.Wait(); !strings.Contains(fmt.Sprint(err), "killed") {
				t.Errorf("the kiosk ended by itself: %v\n%s", err, said)
			}
		}
	}
	s.rounds(20, start)
	start()
	s.settled()
	_ = last.Process.Signal(syscall.SIGTERM)
	if err := last.Wait(); err != nil {
		t.Errorf("asked to end, the kiosk says %v", err)
	}
	s.sound()
}

func TestKilledWindow(t *testing.T) {
	p := newPanel(t, 1080, 1920)
	s := newSiege(t, program(t))
	start := func() func() {
		k := s.start(p)
		k.wait("home")
		return k.kill
	}
	s.rounds(3, start)
	defer start()()
	s.settled()
	s.sound()
}
