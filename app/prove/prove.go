// Package prove tries somebody else's database before a court's money lies in it: the contract that every ledger
// passes, a race for bills, a load, and a fail-over that a person makes. It writes under court codes of its own, and
// says in words what it came to.
//
// # Decisions
//
// 2026-11-29: the contract is payment/ledgertest itself and not a shorter one: a database that passed another contract
// would prove nothing. So this is the one room of the program that knows a room for tests, and package testing; the
// contract runs in a process of its own, which testing ends.
//
// 2026-11-29: it runs as the program's role where it can, because that is what will run. That role may remove what is
// open, and no audit: rows under the code PROVE-… stay, and disturb nobody. The owner's role leaves nothing.
package prove

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres"
)

// A Try is one part of the proof, and what it came to.
type Try struct {
	Name   string   `json:"name"`
	Passed bool     `json:"passed"`
	Found  []string `json:"found"` // figures, and what failed
}

func (t *Try) say(format string, args ...any) {
	t.Found = append(t.Found, fmt.Sprintf(format, args...))
}

func (t *Try) fail(format string, args ...any) {
	t.Passed = false
	t.say(format, args...)
}

// A Proof is what a database was tried for.
type Proof struct {
	DSN string
	run string // a name of its own
	n   atomic.Int64

	mu     sync.Mutex
	courts []string
}

// Of prepares the proof of a database.
func Of(dsn string) *Proof { return &Proof{DSN: dsn, run: "PROVE-" + rand.Text()[:8]} }

// court is a code that no court has.
func (p *Proof) court() string {
	code := fmt.Sprintf("%s-%d", p.run, p.n.Add(1))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.courts = append(p.courts, code)
	return code
}

// bill is a bill of a court that is none: another proof, and what a proof has left that was killed, has others.
func bill(court string, n int) payment.Request {
	r := ledgertest.Request(n)
	r.Key.Court = court
	return r
}

// open opens a ledger of a court with some connections.
func (p *Proof) open(ctx context.Context, court string, connections int) (*postgres.Ledger, error) {
	dsn := p.DSN
	if connections > 0 {
		sep := " "
		if strings.Contains(dsn, "://") {
			if sep = "?"; strings.Contains(dsn, "?") {
				sep = "&"
			}
		}
		dsn += fmt.Sprintf("%spool_max_conns=%d", sep, connections)
	}
	return postgres.Open(ctx, dsn, payment.Identity{Court: court, Environment: "test"},
		postgres.Options{Log: slog.New(slog.DiscardHandler)})
}

// Clear removes what was written, as far as the role may, and returns under how many codes something is left.
func (p *Proof) Clear(ctx context.Context) (left int, err error) {
	p.mu.Lock()
	courts := slices.Clone(p.courts)
	p.mu.Unlock()
	for _, court := range courts {
		some, cerr := postgres.Clear(ctx, p.DSN, court)
		if err = errors.Join(err, cerr); some {
			left++
		}
	}
	return left, err
}

// spare are connections beside those that work: some of a ledger's are kept for those who read.
const spare = 4

// Race has machines race for bills: each is opened once.
func (p *Proof) Race(ctx context.Context) (t Try) {
	const racers, bills = 32, 500
	t = Try{Name: "race", Passed: true}
	court := p.court()
	l, err := p.open(ctx, court, racers+spare)
	if err != nil {
		t.fail("the ledger was not opened with %d connections: %v", racers+spare, err)
		return t
	}
	begun := time.Now()
	var won, blocked atomic.Int64
	next := make(chan int)
	var racing sync.WaitGroup
	var mu sync.Mutex
	for range racers {
		racing.Go(func() {
			for n := range next {
				_, err := ledgertest.Next(l, bill(court, n), time.Now())
				var taken *payment.BlockedError
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &taken):
					blocked.Add(1)
				default:
					mu.Lock()
					if len(t.Found) < 5 {
						t.fail("a bill could not be opened: %v", err)
					}
					mu.Unlock()
				}
			}
		})
	}
	for n := range bills * racers {
		if ctx.Err() != nil {
			break
		}
		next <- n / racers
	}
	close(next)
	racing.Wait()
	open, err := l.Unsettled(ctx)
	if err != nil || won.Load() != bills || blocked.Load() != bills*(racers-1) || len(open) != bills {
		t.fail("%d orders were opened, %d are there (%v)", won.Load(), len(open), err)
	}
	t.say("%d connections, %d bills: %d won, %d were refused, in %v", racers, bills, won.Load(), blocked.Load(),
		time.Since(begun).Round(100*time.Millisecond))
	p.end(ctx, l, court, &t)
	return t
}

// end closes a ledger and removes what it held that is open.
func (p *Proof) end(ctx context.Context, l *postgres.Ledger, court string, t *Try) {
	if err := l.Close(); err != nil {
		t.fail("the ledger was not closed: %v", err)
	}
	if _, err := postgres.Clear(context.WithoutCancel(ctx), p.DSN, court); err != nil {
		t.fail("what was open could not be removed: %v", err)
	}
}

// usual are as many connections as work at once in a court. More show where a database is at its end, which is no
// fault.
const usual = 8

// Load opens and settles payments for a time, each by one of some connections.
func (p *Proof) Load(ctx context.Context, connections int, lasts time.Duration) (t Try) {
	t = Try{Name: fmt.Sprintf("load, %d connections", connections), Passed: true}
	court := p.court()
	l, err := p.open(ctx, court, connections+spare)
	if err != nil {
		t.fail("the ledger was not opened with %d connections: %v", connections+spare, err)
		return t
	}
	var mu sync.Mutex
	var creates, settles []time.Duration
	slow := 0
	var last atomic.Int64
	var working sync.WaitGroup
	begun := time.Now()
	for range connections {
		working.Go(func() {
			for time.Since(begun) < lasts && ctx.Err() == nil {
				at := time.Now()
				o, err := ledgertest.Next(l, bill(court, int(last.Add(1))), at)
				created := time.Since(at)
				at = time.Now()
				if err == nil {
					_, err = ledgertest.Settle(l, o)
				}
				mu.Lock()
				switch {
				case err == nil:
					creates, settles = append(creates, created), append(settles, time.Since(at))
				case errors.Is(err, payment.ErrAway), errors.Is(err, payment.ErrUnsure):
					slow++
				case len(t.Found) < 5:
					t.fail("a payment was not stored: %v", err)
				}
				mu.Unlock()
			}
		})
	}
	working.Wait()
	took := time.Since(begun)
	if len(creates) == 0 {
		t.fail("not one payment was stored")
	} else {
		t.say("%.0f payments a second; create %s, settle %s", float64(len(creates))/took.Seconds(), spread(creates),
			spread(settles))
	}
	if slow > 0 {
		t.say("%d payments got no answer in time: that is more than it bears", slow)
		t.Passed = t.Passed && connections > usual
	}
	p.end(ctx, l, court, &t)
	return t
}

// spread is the middle of some times, and their slow end.
func spread(times []time.Duration) string {
	slices.Sort(times)
	at := func(percent int) time.Duration {
		return times[(len(times)-1)*percent/100].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v", at(50), at(99))
}

// Stand says how the database stands, where that says how much its word is worth.
func (p *Proof) Stand(ctx context.Context) (t Try, hosts int) {
	t = Try{Name: "database", Passed: true}
	s := postgres.Look(ctx, p.DSN, p.run, "")
	switch {
	case s.Wrong != "":
		t.fail("%s", s.Wrong)
	case s.Primary == "":
		t.fail("no host of it takes writes")
	case s.Schema != s.Newest:
		t.fail("its schema is of version %d, and this program needs %d: run courtkiosk ledger migrate first", s.Schema,
			s.Newest)
	}
	writable := 0
	for _, h := range s.Hosts {
		switch {
		case h.Error != "":
			t.say("%s does not answer: %s", h.Name, h.Error)
		case h.Standby:
			t.say("%s is a standby", h.Name)
		default:
			writable++
			t.say("%s takes writes, timeline %d", h.Name, h.Timeline)
		}
	}
	if writable > 1 {
		t.fail("more than one host takes writes: stop all but that of the newest timeline, and make standbys of them")
	}
	if t.Passed && (!s.Synchronous || s.Standbys == "") {
		t.say("no standby has to confirm a commit: what was acknowledged is on one machine")
	}
	if !s.Verified && !s.Local {
		t.say("its servers need not prove who they are: sslmode=verify-full is missing")
	}
	for _, power := range s.Powers {
		t.say("the role may do more than it should: %s", power)
	}
	return t, len(s.Hosts)
}
