package postgres

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(ctx context.Context, owner string) error {
		_, err := Migrate(ctx, owner, "courtkiosk")
		return err
	}))
}

var identity = payment.Identity{Court: "京0101", Environment: "test", Instance: "4f1c"}

// open opens the ledger in a database.
func open(t testing.TB, dsn, place string) *Ledger {
	t.Helper()
	l, err := Open(context.Background(), dsn, identity, Options{Place: place, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// A stand is a database of a test, the line that leads there, and what the machine remembers of it.
type stand struct {
	dsn   string
	line  *postgrestest.Line
	place string
}

// still keeps a ledger from proving that its database stores, to the test's end: what is cut is the test's own commit.
func still(t *testing.T, l *Ledger) {
	if err := l.prove(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.beating <- struct{}{}
	t.Cleanup(func() { <-l.beating })
}

// A bench remembers which database a ledger lies in.
type bench struct {
	mu sync.Mutex
	of map[payment.Ledger]stand
}

func (b *bench) keep(l payment.Ledger, s stand) payment.Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of[l] = s
	return l
}

func (b *bench) stand(l payment.Ledger) stand {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[l]
}

func TestContract(t *testing.T) {
	b := bench{of: make(map[payment.Ledger]stand)}
	again := func(t *testing.T, l payment.Ledger) payment.Ledger {
		s := b.stand(l)
		return b.keep(open(t, s.dsn, ""), stand{dsn: s.dsn})
	}
	ledgertest.Run(t, ledgertest.Store{
		Open: func(t *testing.T) payment.Ledger {
			dsn := postgrestest.New(t)
			line, cut := postgrestest.Cut(t, dsn)
			place := filepath.Join(t.TempDir(), "place")
			t.Cleanup(func() { verified(t, dsn) })
			return b.keep(open(t, cut, place), stand{dsn, line, place})
		},
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return again(t, l)
		},
		Second: again,
		Unsure: func(t *testing.T, l payment.Ledger) func(bool) {
			still(t, l.(*Ledger))
			return b.stand(l).line.Arm
		},
		Restore: func(t *testing.T, l payment.Ledger) payment.Ledger {
			s := b.stand(l)
			s.dsn = postgrestest.Copy(t, s.dsn)
			if err := l.Note(t.Context(), payment.Entry{Event: "what the backup has not"}); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return b.keep(open(t, s.dsn, s.place), s)
		},
	})
}

// verified complains of whatever Verify finds in a ledger.
func verified(t *testing.T, dsn string) {
	t.Helper()
	l := open(t, dsn, "")
	defer l.Close()
	wrong, err := l.Verify(context.Background())
	if err != nil || len(wrong) > 0 {
		t.Errorf("verify: %v, %q", err, wrong)
	}
}
