package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

// A place is a ledger's file with its folder of backups: one of yesterday with 40 orders, one of today with 41, and 42
// in the file.
type place struct{ path, backups string }

func settled(t *testing.T) place {
	t.Helper()
	p := place{path: filled(t)}
	p.backups = filepath.Join(filepath.Dir(p.path), "backups")
	l := open(t, p.path)
	for day := range 2 {
		if err := l.backupDaily(t.Context(), p.backups, ledgertest.Born.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		ledgertest.New(t, l, ledgertest.Request(100+day), ledgertest.Born)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// break writes over the middle of a file, beyond its meta pages.
func ruin(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * os.Getpagesize(); i < len(text); i++ {
		text[i] ^= 0x5A
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRestore(t *testing.T) {
	tests := map[string]struct {
		damage func(t *testing.T, p place)
		source string // the end of it
		orders int
	}{
		"from the newest backup": {func(t *testing.T, p place) { ruin(t, p.path) }, "ledger-2026-11-24.db", 41},
		"from the older one": {func(t *testing.T, p place) {
			ruin(t, p.path)
			ruin(t, filepath.Join(p.backups, "ledger-2026-11-24.db"))
		}, "ledger-2026-11-23.db", 40},
		"a missing file": {func(t *testing.T, p place) { must(t, os.Remove(p.path)) }, "ledger-2026-11-24.db", 41},
		"an empty file": {func(t *testing.T, p place) { must(t, os.Truncate(p.path, 0)) }, "ledger-2026-11-24.db",
			41},
		"a file cut short": {func(t *testing.T, p place) { must(t, os.Truncate(p.path, 8192)) }, "ledger-2026-11-24.db",
			41},
		"from the state before the last transaction": {func(t *testing.T, p place) { ruinLast(t, p.path) },
			previousState, 41},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := settled(t)
			tt.damage(t, p)
			before, _ := os.ReadFile(p.path)
			if l, err := Open(p.path, identity, Options{Backups: p.backups}); err == nil &&
				l.Checked(t.Context()) == nil {
				t.Fatal("the damaged ledger was opened")
			} else if err == nil {
				l.Close()
			} else if !errors.Is(err, payment.ErrDamaged) {
				t.Fatal(err)
			}
			r, err := Restore(t.Context(), p.path, identity, Options{Backups: p.backups})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(r.Source, tt.source) || r.Orders != tt.orders || r.As.IsZero() {
				t.Errorf("restored %+v, want %d orders from %s", r, tt.orders, tt.source)
			}
			if kept, _ := os.ReadFile(r.Aside); string(kept) != string(before) || (r.Aside == "") != (before == nil) {
				t.Errorf("the damaged file was not kept in %q", r.Aside)
			}
			l, err := Open(p.path, identity, Options{Backups: p.backups})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
				t.Errorf("the restored ledger: %q, %v", findings, err)
			}
			if was, ok := l.Incomplete(); !ok || was.Source != r.Source || !was.As.Equal(r.As) {
				t.Errorf("it does not say that it is incomplete: %+v, %t", was, ok)
			}
			must(t, l.Complete(t.Context(), "test"))
			if _, ok := l.Incomplete(); ok {
				t.Error("it is still incomplete")
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ruinLast writes over the pages that only the last transaction refers to.
func ruinLast(t *testing.T, path string) {
	t.Helper()
	old := filepath.Join(t.TempDir(), "old.db")
	must(t, durable.Copy(old, path))
	must(t, stepBack(old))
	pages := func(path string) map[uint64]bool {
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		used := make(map[uint64]bool)
		must(t, db.View(func(tx *bbolt.Tx) error {
			for id := 2; ; id++ {
				info, err := tx.Page(id)
				if err != nil || info == nil {
					return err
				}
				if info.Type != "free" {
					used[uint64(id)] = true
				}
			}
		}))
		return used
	}
	before, after := pages(old), pages(path)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for id := range after {
		if !before[id] {
			if _, err := f.WriteAt([]byte(strings.Repeat("rubbish ", os.Getpagesize()/8)),
				int64(id)*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if n == 0 {
		t.Fatal("the last transaction wrote no page of its own")
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Run("without any sound copy", func(t *testing.T) {
		p := place{path: filled(t)}
		ruin(t, p.path)
		before, _ := os.ReadFile(p.path)
		if _, err := Restore(t.Context(), p.path, identity, Options{Backups: t.TempDir()}); !errors.Is(err,
			payment.ErrDamaged) ||
			!strings.Contains(err.Error(), "nothing to restore it from") {
			t.Errorf("got %v", err)
		}
		if after, _ := os.ReadFile(p.path); string(after) != string(before) {
			t.Error("the damaged file was changed")
		}
	})
	t.Run("another court's backup", func(t *testing.T) {
		p := settled(t)
		ruin(t, p.path)
		if _, err := Restore(t.Context(), p.path, payment.Identity{Court: "沪01", Environment: "test"},
			Options{Backups: p.backups}); !errors.Is(err, payment.ErrOtherCourt) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a ledger in use", func(t *testing.T) {
		p := settled(t)
		open(t, p.path)
		if _, err := Restore(t.Context(), p.path, identity, Options{Backups: p.backups}); !errors.Is(err,
			payment.ErrLocked) {
			t.Errorf("got %v", err)
		}
	})
}

// A ledger that was there is not made anew in silence.
func TestMissingIsNotNew(t *testing.T) {
	p := settled(t)
	must(t, os.Remove(p.path))
	if _, err := Open(p.path, identity, Options{Backups: p.backups}); !errors.Is(err, payment.ErrDamaged) {
		t.Errorf("with backups: %v", err)
	}
	must(t, os.WriteFile(p.path+".damaged-20261123-120000", nil, 0o600))
	if _, err := Open(p.path, identity, Options{}); !errors.Is(err, payment.ErrDamaged) {
		t.Errorf("with a damaged one kept aside: %v", err)
	}
	if _, err := os.Stat(p.path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file was made")
	}
}

// Power goes at any line of a restore: what is left is refused, and restored the next time.
func TestRestoreIsInterrupted(t *testing.T) {
	steps := map[string]func(p place, t *testing.T){
		"while copying": func(p place, t *testing.T) {
			must(t,
				os.WriteFile(durable.Temp(p.path), []byte("half"), 0o600))
		},
		"before the last rename":  func(p place, t *testing.T) { keep(p.path, time.Now()) },
		"before the note is gone": func(p place, t *testing.T) { must(t, noteDamage(p.path, errors.New("flipped"))) },
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			p := settled(t)
			ruin(t, p.path)
			step(p, t)
			if r, err := Restore(t.Context(), p.path, identity, Options{Backups: p.backups}); err != nil ||
				r.Orders != 41 {
				t.Fatalf("%+v, %v", r, err)
			}
			open(t, p.path)
		})
	}
}

// A damaged ledger is kept under a name that nothing has, whatever lies at those that it might get.
func TestDamagedIsKeptBesideWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "victim")
	at := time.Now()
	must(t, os.WriteFile(path, []byte("damaged"), 0o600))
	first, err := keep(path, at)
	must(t, err)
	must(t, errors.Join(os.Remove(first), os.Symlink(victim, first), os.WriteFile(first+".2", []byte("theirs"), 0o600)))
	aside, err := keep(path, at)
	if text, rerr := os.ReadFile(aside); err != nil || rerr != nil || string(text) != "damaged" {
		t.Errorf("kept as %s: %q, %v, %v", aside, text, err, rerr)
	}
	if _, err := os.Lstat(victim); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the victim: %v", err)
	}
}

// Damage that only the whole check finds closes the ledger to writers, and the next start is refused at once.
func TestDamageFoundLate(t *testing.T) {
	path := filled(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	rapid.Check(t, func(r *rapid.T) {
		data := append([]byte(nil), whole...)
		// where a page says what lies where in it
		page := rapid.IntRange(2, len(data)/os.Getpagesize()-1).Draw(r, "page")
		data[page*os.Getpagesize()+rapid.IntRange(16, 300).Draw(r, "at")] ^= byte(rapid.IntRange(1, 255).Draw(r,
			"bits"))
		os.Remove(path + ".damaged")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			r.Fatal(err)
		}
		l, err := Open(path, identity, Options{})
		if err != nil {
			return
		}
		bad := l.Checked(t.Context())
		_, werr := ledgertest.Next(l, ledgertest.Request(7777), ledgertest.Born)
		if err := l.Close(); err != nil {
			r.Fatal(err)
		}
		if bad == nil {
			return
		}
		found++
		if !errors.Is(bad, payment.ErrDamaged) || !errors.Is(werr, payment.ErrDamaged) {
			r.Fatalf("checked %v, and a write says %v", bad, werr)
		}
		if l, err := Open(path, identity, Options{}); !errors.Is(err, payment.ErrDamaged) {
			r.Fatalf("opened again: %v, %v", l, err)
		}
	})
	if found == 0 {
		t.Error("the check found nothing in any damaged file")
	}
}

// What names a file or a folder may have in them is no pattern: nothing but temporary files is taken away, a missing
// ledger is not begun anew, and its copies are found.
func TestNamesAreNoPatterns(t *testing.T) {
	for _, name := range []string{"plain", "[a", "[1]", "a*", `a\`, "{a,b}?"} {
		dir := filepath.Join(t.TempDir(), name)
		path, opts := filepath.Join(dir, name+".db"), Options{Backups: filepath.Join(dir, name+".backups")}
		must(t, os.MkdirAll(opts.Backups, 0o700))
		key, cut := filepath.Join(dir, "key.pem"), durable.Temp(filepath.Join(opts.Backups, backupName("2026-11-01")))
		must(t, errors.Join(os.WriteFile(key, []byte("key"), 0o600), os.WriteFile(cut, []byte("half"), 0o600)))
		l, err := Open(path, identity, opts)
		must(t, err)
		ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
		must(t, errors.Join(l.Care(t.Context(), ledgertest.Born), l.Close(), os.Remove(path)))
		if l, err := Open(path, identity, opts); !errors.Is(err, payment.ErrDamaged) {
			t.Errorf("%s: begun anew beside its copies: %v, %v", name, l, err)
			continue
		}
		r, err := Restore(t.Context(), path, identity, opts)
		if err != nil || r.Orders != 1 {
			t.Errorf("%s: restored %+v, %v", name, r, err)
		}
		if text, err := os.ReadFile(key); err != nil || string(text) != "key" {
			t.Errorf("%s: the key beside it: %q, %v", name, text, err)
		}
		if _, err := os.Lstat(cut); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a half copy is left: %v", name, err)
		}
	}
}
