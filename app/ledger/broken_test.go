package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// filled makes a file with n bills: open, paid, and a void one whose number waits to be used again.
func filled(t testing.TB, n int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ledger.db")
	l, err := bolt.Open(path, court, bolt.Options{})
	must(t, err)
	for i := range n {
		r := ledgertest.Request(i)
		r.ID, r.Personal = fmt.Sprint("asked ", i), []byte("somebody")
		o := ledgertest.New(t, l, r, ledgertest.Born)
		if i%3 > 0 {
			ledgertest.Said(t, l, o, payment.TradeSuccess)
		}
	}
	must(t, l.Close())
	return path
}

// A fuse is a context that burns through at the n-th look at it: so a move is broken off at each of its steps.
type fuse struct {
	context.Context
	burn context.CancelFunc
	left atomic.Int64
}

func lit(n int64) *fuse {
	f := new(fuse)
	f.Context, f.burn = context.WithCancel(context.Background())
	f.left.Store(n)
	return f
}

func (f *fuse) look() {
	if f.left.Add(-1) == 0 {
		f.burn()
	}
}

func (f *fuse) Done() <-chan struct{} { f.look(); return f.Context.Done() }
func (f *fuse) Err() error            { f.look(); return f.Context.Err() }

// standing says which of the two ledgers may be worked with. No moment may have both.
func standing(t *testing.T, path, dsn string) (file, database bool) {
	t.Helper()
	l, err := bolt.Open(path, court, bolt.Options{})
	switch {
	case err == nil:
		file = true
		must(t, l.Close())
	case !errors.Is(err, payment.ErrMovedOn):
		t.Fatal(err)
	}
	database = postgrestest.Exec(t, postgrestest.Superuser(t, dsn),
		"select count(*) from courtkiosk.ledger where moving is null") == "1"
	if file && database {
		t.Fatal("both ledgers may be opened")
	}
	return file, database
}

// Broken off at every step, a move leaves one ledger at most that can be opened, and run again it is finished.
func TestMoveBrokenOff(t *testing.T) {
	source, dsn := filled(t, 5), postgrestest.New(t)
	owner := postgrestest.Owner(t, dsn)
	none := 0
	fresh := func() string {
		path := filepath.Join(t.TempDir(), "ledger.db")
		must(t, durable.Copy(path, source))
		postgrestest.Exec(t, postgrestest.Superuser(t, dsn), "delete from courtkiosk.ledger")
		return path
	}
	path, step := fresh(), int64(11)
	if *every {
		step = 1
	}
	for n := int64(1); ; n += step {
		_, err := move(lit(n), path, court, bolt.Options{}, owner, payment.By{}, quiet)
		file, database := standing(t, path, dsn)
		if !file && !database {
			none++
		}
		if err == nil && database {
			if again, err := move(lit(1<<40), path, court, bolt.Options{}, owner, payment.By{}, quiet); !again.Before {
				t.Errorf("a finished move: %+v, %v", again, err)
			}
			if n < 50 {
				t.Errorf("it was never broken off after step %d", n)
			}
			t.Logf("broken off at %d steps, of which %d with the file ended and nothing begun", (n-1)/step, none)
			break
		}
		if err == nil {
			t.Fatalf("step %d: no error, and nothing is moved", n)
		}
		if !file { // it goes on where it was, and from a file that was not ended the next time
			if _, err := move(t.Context(), path, court, bolt.Options{}, owner, payment.By{}, quiet); err != nil {
				t.Fatalf("after step %d: %v", n, err)
			}
			if _, database := standing(t, path, dsn); !database {
				t.Fatalf("after step %d the move is not finished", n)
			}
			path = fresh()
		}
	}
	compare(t, inFile(t, path, true), inDatabase(t, dsn))
}

// The line is cut at each COMMIT in turn, and it is stored or not: the move is finished when it is run again.
func TestMoveWithACutLine(t *testing.T) {
	source := filled(t, 5)
	for _, stage := range []string{Checking, Copying, Comparing, Releasing} {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprint(stage, " ", stored), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "ledger.db")
				must(t, durable.Copy(path, source))
				dsn := postgrestest.New(t)
				line, cut := postgrestest.Cut(t, postgrestest.Owner(t, dsn))
				_, err := move(t.Context(), path, court, bolt.Options{}, cut, payment.By{}, func(at string, _ int) {
					if at == stage {
						line.Arm(stored)
					}
				})
				if err == nil || line.Cuts() == 0 {
					t.Fatalf("nothing was cut: %v", err)
				}
				if _, database := standing(t, path, dsn); database != (stage == Releasing && stored) {
					t.Errorf("after the cut the database's ledger may be opened: %t", database)
				}
				_, err = move(t.Context(), path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{}, quiet)
				must(t, err)
				compare(t, inFile(t, path, true), inDatabase(t, dsn))
			})
		}
	}
}

// A file that was moved goes to no other database, nor into a court's ledger that is there.
func TestMoveElsewhere(t *testing.T) {
	path, one, two := filled(t, 2), postgrestest.New(t), postgrestest.New(t)
	begun := func(dsn string) error { // and broken off behind the copy
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := move(ctx, path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{},
			func(at string, _ int) {
				if at == Comparing {
					cancel()
				}
			})
		return err
	}
	if err := begun(two); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if l, err := open(two); !errors.Is(err, payment.ErrMoving) {
		t.Errorf("%v, %v", l, err)
	}
	_, err := move(t.Context(), path, court, bolt.Options{}, postgrestest.Owner(t, one), payment.By{}, quiet)
	must(t, err)
	_, err = move(t.Context(), path, court, bolt.Options{}, postgrestest.Owner(t, two), payment.By{}, quiet)
	if !errors.Is(err, payment.ErrConflict) {
		t.Errorf("moved to a second database: %v", err)
	}
	if _, err := open(two); !errors.Is(err, payment.ErrMoving) {
		t.Errorf("the half of it is opened: %v", err)
	}
	other := filled(t, 3)
	_, err = move(t.Context(), other, court, bolt.Options{}, postgrestest.Owner(t, one), payment.By{}, quiet)
	if !errors.Is(err, payment.ErrConflict) {
		t.Errorf("over the ledger of a court: %v", err)
	}
	if file, _ := standing(t, other, two); !file {
		t.Error("the file that was refused is ended")
	}
	_, err = move(t.Context(), other, court, bolt.Options{}, two, payment.By{}, quiet)
	if err == nil {
		t.Error("moved as the program's role")
	}
	if _, err := move(t.Context(), filepath.Join(t.TempDir(), "none.db"), court, bolt.Options{}, two, payment.By{},
		quiet); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// What was changed on the way is found, and ends nothing.
func TestMoveCompares(t *testing.T) {
	for name, sql := range map[string]string{
		"an amount": `update courtkiosk.orders
			set doc = replace(doc::text, '"Amount":270000', '"Amount":270001')::json`,
		"a receipt":  `update courtkiosk.orders set sequence = sequence + 1 where sequence > 0`,
		"an order":   `delete from courtkiosk.orders where no = (select min(no) from courtkiosk.orders)`,
		"an effect":  `delete from courtkiosk.effect where no = (select min(no) from courtkiosk.effect)`,
		"personal":   `update courtkiosk.personal set data = 'x'`,
		"a word":     `update courtkiosk.audit set note = 'x' where seq = 1`,
		"the end":    `delete from courtkiosk.audit where seq = (select max(seq) from courtkiosk.audit)`,
		"a number":   `update courtkiosk.chain set receipts = receipts - 1`,
		"the head":   `update courtkiosk.chain set seq = seq + 1`,
		"a request":  `delete from courtkiosk.request`,
		"a day":      `update courtkiosk.day set n = 0`,
		"a seam":     `update courtkiosk.ledger set seam = 3`,
		"a birthday": `update courtkiosk.orders set born = born + 1`,
	} {
		t.Run(name, func(t *testing.T) {
			path, dsn := filled(t, 4), postgrestest.New(t)
			_, err := move(t.Context(), path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{},
				func(at string, _ int) {
					if at == Comparing {
						postgrestest.Exec(t, postgrestest.Superuser(t, dsn), sql)
					}
				})
			if !errors.Is(err, ErrDiffers) && !errors.Is(err, payment.ErrDamaged) {
				t.Errorf("%v", err)
			}
			if file, _ := standing(t, path, dsn); !file {
				t.Error("the file is ended")
			}
		})
	}
}

const childMoves = "COURTKIOSK_TEST_MOVES"

// moveUntilKilled is the child of TestMoveKilled.
func moveUntilKilled(file, dsn string) {
	_, err := move(context.Background(), file, court, bolt.Options{}, dsn, payment.By{}, func(at string, rows int) {
		fmt.Println(at, rows)
	})
	fmt.Println("ended", err)
}

// Killed at whatever moment, a move of 2,000 orders is finished when it is run again.
func TestMoveKilled(t *testing.T) {
	source := filled(t, 2000)
	for name, after := range map[string]time.Duration{
		Copying + " 0": 300 * time.Millisecond, Comparing: 0, Ending: 0, Releasing: 0,
		Releasing + " ": time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			must(t, durable.Copy(path, source))
			dsn := postgrestest.New(t)
			killedAt(t, path, postgrestest.Owner(t, dsn), strings.TrimSpace(name), after)
			file, database := standing(t, path, dsn)
			m, err := move(t.Context(), path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{}, quiet)
			must(t, err)
			t.Logf("after the kill the file may be opened: %t, the database's ledger: %t", file, database)
			if !m.Before && m.Orders != 2000 {
				t.Errorf("%d orders", m.Orders)
			}
			if n := len(must1(inDatabase(t, dsn).Unsettled(t.Context()))); n != 667 {
				t.Errorf("%d are open", n)
			}
		})
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// killedAt kills a process that moves once it has said a stage, and some time after that.
func killedAt(t *testing.T, path, dsn, stage string, after time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childMoves+"="+path, childMoves+"_TO="+dsn)
	said := &waiting{word: stage, heard: make(chan struct{})}
	child.Stdout, child.Stderr = said, os.Stderr
	must(t, child.Start())
	select {
	case <-said.heard:
	case <-time.After(time.Minute):
		t.Error("the child says nothing")
	}
	time.Sleep(after)
	must(t, child.Process.Kill())
	_ = child.Wait() // it was killed
}

// waiting hears a word.
type waiting struct {
	mu    sync.Mutex
	text  string
	word  string
	heard chan struct{}
	once  sync.Once
}

func (w *waiting) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text += string(p); strings.Contains(w.text, w.word) {
		w.once.Do(func() { close(w.heard) })
	}
	return len(p), nil
}
