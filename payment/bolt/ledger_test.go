package bolt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var identity = payment.Identity{Court: "京0101", Environment: "test"}

func open(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := Open(path, identity, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func fresh(t testing.TB) *Ledger {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "ledger.db"))
}

// recent returns the newest orders.
func recent(l *Ledger, n int) ([]payment.Order, error) {
	p, err := l.Find(context.Background(), payment.Filter{N: n})
	return p.Orders, err
}

func TestContract(t *testing.T) {
	ledgertest.Run(t, ledgertest.Store{
		Open: func(t *testing.T) payment.Ledger { return fresh(t) },
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, l.(*Ledger).path)
		},
		Refused: func(_ *testing.T, l payment.Ledger) error {
			_, err := Open(l.(*Ledger).path, identity, Options{})
			return err
		},
		Restore: func(t *testing.T, l payment.Ledger) payment.Ledger {
			path, backups := l.(*Ledger).path, t.TempDir()
			if err := l.(*Ledger).Backup(t.Context(), filepath.Join(backups, "ledger-2026-11-23.db")); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(l.Close(), os.WriteFile(path, []byte("not a ledger"), 0o600)); err != nil {
				t.Fatal(err)
			}
			if _, err := Restore(t.Context(), path, identity, Options{Backups: backups}); err != nil {
				t.Fatal(err)
			}
			return open(t, path)
		},
		Lacks: map[string]string{
			"reopen with leases":      alone,
			"stirred":                 others,
			"stirred under writers":   others,
			"unsure create":           final,
			"unsure create in a void": final,
			"unsure update":           final,
			"unsure work":             final,
			"unsure claims":           final,
			"unsure word":             final,
			"unsure tries":            final,
			"unsure refund":           final,
			"unsure book":             final,
		},
	})
}

const (
	alone  = "one process has the file, so that no lease outlives it"
	others = "one process has the file, and nobody else stores anything in it"
	final  = "a commit that fails ends the process, and the next one reads what became of it (TestFullDisk, " +
		"TestPowerCut)"
)

func TestOpenRefuses(t *testing.T) {
	l := fresh(t)
	if _, err := Open(l.path, identity, Options{}); !errors.Is(err, payment.ErrLocked) {
		t.Errorf("a second open = %v", err)
	}
	l.Close()
	for _, id := range []payment.Identity{{Court: "京0102", Environment: "test"},
		{Court: "京0101", Environment: "production"}} {
		if _, err := Open(l.path, id, Options{}); !errors.Is(err, payment.ErrOtherCourt) {
			t.Errorf("opened for %+v: %v", id, err)
		}
	}
	if _, err := Open("/dev/null/ledger.db", identity, Options{}); !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("below a file: %v", err)
	}
	if _, err := Open("/proc/ledger.db", identity, Options{}); !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("in a folder that takes no files: %v", err)
	}
	db, err := bbolt.Open(l.path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keySchema, number(reads+1)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(l.path)
	if _, err := Open(l.path, identity, Options{}); !errors.Is(err, payment.ErrNewer) {
		t.Errorf("a newer ledger = %v", err)
	}
	if after, _ := os.ReadFile(l.path); string(after) != string(before) {
		t.Error("the newer ledger was changed")
	}
}

// filled returns the file of a ledger with some orders.
func filled(t *testing.T) string {
	t.Helper()
	l := fresh(t)
	for n := range 40 {
		o := ledgertest.New(t, l, ledgertest.Request(n), ledgertest.Born)
		if n%2 == 0 {
			ledgertest.Said(t, l, o, payment.TradeSuccess)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.path
}

func TestDamageIsNamed(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for name, data := range map[string][]byte{
		"empty":             {},
		"one byte":          whole[:1],
		"cut in the meta":   whole[:page/2],
		"cut in the middle": whole[:len(whole)/2/page*page],
		"both metas":        append(make([]byte, 2*page), whole[2*page:]...),
		"rubbish":           []byte(strings.Repeat("rubbish ", page)),
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := Open(path, identity, Options{}); !errors.Is(err, payment.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				l.Close()
			}
		}
		if now, _ := os.ReadFile(path); string(now) != string(data) {
			t.Errorf("%s: the damaged file was changed", name)
		}
	}
}

// A torn meta page falls back by one transaction; nothing else may happen.
func TestOneTornMetaPageIsSurvived(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for meta := range 2 {
		data := append([]byte(nil), whole...)
		for i := range 64 {
			data[meta*os.Getpagesize()+16+i] ^= 0xFF
		}
		path := filepath.Join(t.TempDir(), "ledger.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, path)
		if list, err := recent(l, 100); err != nil || len(list) < 39 {
			t.Errorf("meta %d torn: %d orders, %v", meta, len(list), err)
		}
	}
}

// Any flipped byte is found, or does no harm: an order is never read wrong.
func TestFlippedBytes(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]payment.Order)
	reference := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(reference, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, reference)
	list, err := recent(l, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		want[o.No] = o
	}
	found := 0
	path := filepath.Join(t.TempDir(), "flipped.db")
	rapid.Check(t, func(r *rapid.T) {
		data := append([]byte(nil), whole...)
		at := rapid.IntRange(0, len(data)-1).Draw(r, "at")
		data[at] ^= byte(rapid.IntRange(1, 255).Draw(r, "bits"))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			r.Fatal(err)
		}
		l, err := Open(path, identity, Options{})
		if err != nil {
			found++
			return
		}
		defer l.Close()
		for no, w := range want {
			o, err := l.Order(context.Background(), no)
			if err != nil {
				found++
				continue
			}
			if o.State != w.State || o.Amount != w.Amount || o.TransactionID != w.TransactionID || o.No != w.No {
				r.Fatalf("byte %d flipped: order %+v is read as %+v", at, w, o)
			}
		}
	})
	if found == 0 {
		t.Error("no flipped byte was ever found")
	}
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	l := open(t, filled(t))
	if findings, err := l.Verify(t.Context()); err != nil || len(findings) != 0 {
		t.Fatalf("a whole ledger: %q, %v", findings, err)
	}
	damage := map[string]func(tx *bbolt.Tx) error{
		"audit": func(tx *bbolt.Tx) error {
			var e payment.Entry
			if err := get(tx.Bucket(bucketAudit), number(5), &e); err != nil {
				return err
			}
			e.Note = "nothing happened"
			return put(tx.Bucket(bucketAudit), number(5), e)
		},
		"a missing entry": func(tx *bbolt.Tx) error { return tx.Bucket(bucketAudit).Delete(number(9)) },
		"order": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketOrders).Cursor().First()
			v = append([]byte(nil), v...)
			v[len(v)/2] ^= 1
			return tx.Bucket(bucketOrders).Put(append([]byte(nil), k...), v)
		},
		"order without its audit": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketOrders).Cursor().First()
			var o stored
			if err := decode(v, k, &o); err != nil {
				return err
			}
			o.Order.State = payment.Void
			return put(tx.Bucket(bucketOrders), append([]byte(nil), k...), o)
		},
		"index of nothing": func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketLabels).Put(append(join("case 1"), number(1)...), []byte("NOTHING"))
		},
		"owed and done": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketOwed).Cursor().First()
			return tx.Bucket(bucketOwed).Delete(append([]byte(nil), k...))
		},
		"owed by nobody": func(tx *bbolt.Tx) error { return tx.Bucket(bucketOwed).Put(join("X", "receipt"), nil) },
		"person of nothing": func(tx *bbolt.Tx) error {
			return put(tx.Bucket(bucketPersonal), []byte("X"),
				[]byte("y"))
		},
		"search that finds nothing": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketFound).Cursor().Last()
			return tx.Bucket(bucketFound).Delete(bytes.Clone(k))
		},
		"search that finds another order": func(tx *bbolt.Tx) error {
			k, no := tx.Bucket(bucketFound).Cursor().First()
			k, no = bytes.Clone(k), bytes.Clone(no)
			k[1] ^= 1
			return tx.Bucket(bucketFound).Put(k, no)
		},
		"search of another order": func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucketFound).Cursor()
			k, no := c.First()
			_, other := c.Next()
			if bytes.Equal(no, other) {
				return errors.New("the first two are of one order")
			}
			return tx.Bucket(bucketFound).Put(bytes.Clone(k), bytes.Clone(other))
		},
		"an open one too many": func(tx *bbolt.Tx) error {
			no, _ := tx.Bucket(bucketOrders).Cursor().First()
			return tx.Bucket(bucketOpen).Put(number(1<<40), bytes.Clone(no))
		},
		"a request of nothing": func(tx *bbolt.Tx) error {
			return put(tx.Bucket(bucketRequests), []byte("asked"), request{"NOTHING", ""})
		},
		"an order without its request": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketOrders).Cursor().First()
			var o stored
			if err := decode(v, k, &o); err != nil {
				return err
			}
			o.Order.Request = "asked"
			return put(tx.Bucket(bucketOrders), bytes.Clone(k), o)
		},
		"a day that counted less": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketDays).Cursor().First()
			return tx.Bucket(bucketDays).Put(bytes.Clone(k), number(1))
		},
		"work that is not found": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketWork).Cursor().First()
			return tx.Bucket(bucketWork).Delete(bytes.Clone(k))
		},
		"work of nothing": func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketWork).Put([]byte("r"), join("X", "receipt"))
		},
		"owed in another state": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketOwed).Cursor().First()
			return tx.Bucket(bucketOwed).Put(bytes.Clone(k), append(bytes.Clone(v[:8]), payment.Held...))
		},
		"a seam that was moved": func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keySeam, number(3)) },
		"history": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketHistory).Cursor().First()
			return tx.Bucket(bucketHistory).Delete(bytes.Clone(k))
		},
		"an entry in another order's history": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketOrders).Cursor().Last()
			return tx.Bucket(bucketHistory).Put(append(join(string(k)), number(1)...), nil)
		},
		"the last entries are cut off": func(tx *bbolt.Tx) error {
			if err := record(tx, payment.Entry{Event: "a person looked"}); err != nil {
				return err
			}
			last := number(tx.Bucket(bucketAudit).Sequence())
			history := append(join(""), last...)
			return errors.Join(tx.Bucket(bucketAudit).Delete(last), tx.Bucket(bucketHistory).Delete(history))
		},
		"receipt numbers that begin again": func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).SetSequence(1) },
		"births that begin again":          func(tx *bbolt.Tx) error { return tx.Bucket(bucketOrders).SetSequence(1) },
		"index": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketBills).Cursor().First()
			return tx.Bucket(bucketBills).Delete(append([]byte(nil), k...))
		},
	}
	for name, fn := range damage {
		l := open(t, filled(t))
		<-l.checked // it reads what this writes past the ledger
		if err := l.db.Update(fn); err != nil {
			t.Fatal(err)
		}
		if findings, err := l.Verify(t.Context()); err != nil || len(findings) == 0 {
			t.Errorf("%s: %q, %v", name, findings, err)
		}
	}
}

func TestBackupDaily(t *testing.T) {
	l := open(t, filled(t))
	dir := filepath.Join(t.TempDir(), "backups")
	for day := range 10 {
		for range 2 {
			if err := l.backupDaily(t.Context(), dir, ledgertest.Born.AddDate(0, 0, day)); err != nil {
				t.Fatal(err)
			}
		}
	}
	copies, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(copies) != kept || !strings.HasSuffix(copies[0], "ledger-2026-11-26.db") {
		t.Fatalf("copies %q", copies)
	}
	c := open(t, copies[0])
	if list, err := recent(c, 100); err != nil || len(list) != 40 || c.Identity() != l.Identity() {
		t.Errorf("the copy has %d orders, %v", len(list), err)
	}
}

func TestRoom(t *testing.T) {
	l := fresh(t)
	r, err := l.Room()
	if err != nil || r.Free == 0 || r.Used == 0 {
		t.Errorf("room %+v, %v", r, err)
	}
	if !(Room{Free: 100 << 20, Used: 1, MaxSize: 100}).Low() || !(Room{Free: 1 << 40, Used: 80, MaxSize: 100}).Low() ||
		(Room{Free: 1 << 40, Used: 79, MaxSize: 100}).Low() {
		t.Error("low is not what it should be")
	}
}

// After a commit that failed nothing is written any more, and what was written stays.
func TestAFailedCommitEndsWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(path, identity, Options{MaxSize: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var last string
	for n := range 2000 {
		o, err := ledgertest.Next(l, ledgertest.Request(n), ledgertest.Born)
		if err != nil {
			if !errors.Is(err, payment.ErrNotWritable) || !errors.Is(err, payment.ErrUnsure) || l.Failed() == nil {
				t.Fatalf("the full ledger says %v, %v", err, l.Failed())
			}
			_, err := ledgertest.Next(l, ledgertest.Request(n+1), ledgertest.Born)
			if !errors.Is(err, payment.ErrNotWritable) || errors.Is(err, payment.ErrUnsure) {
				t.Errorf("a write after the failure = %v", err)
			}
			if _, err := l.Order(t.Context(), last); err != nil {
				t.Errorf("what was written before: %v", err)
			}
			return
		}
		last = o.No
	}
	t.Fatal("the ledger never came to its end")
}

const childEnv = "COURTKIOSK_TEST_LEDGER"

// beside are the options of a ledger whose mark lies in a folder beside its own.
func beside(path string) Options { return Options{Mark: filepath.Join(path+"-mark", "ledger.mark")} }

// TestChild is not a test: it writes orders for TestKill until it is killed.
func TestChild(t *testing.T) {
	path := os.Getenv(childEnv)
	if path == "" {
		t.Skip("runs as the child of TestKill only")
	}
	l, err := Open(path, identity, beside(path))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		r := ledgertest.Request(n)
		r.Key.Bill = fmt.Sprint(os.Getpid(), n)
		o := ledgertest.New(t, l, r, ledgertest.Born)
		ledgertest.Said(t, l, o, payment.TradeSuccess)
		fmt.Println("paid", o.No)
	}
}

// What was acknowledged before kill -9 is there afterwards, whole.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var acknowledged []string
	for round := range 8 {
		c := exec.Command(os.Args[0], "-test.run", "^TestChild$")
		c.Env = append(os.Environ(), childEnv+"="+path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if no, ok := strings.CutPrefix(lines.Text(), "paid "); ok {
				acknowledged = append(acknowledged, no)
			}
			if n == 5+round*7 {
				c.Process.Kill()
			}
		}
		c.Wait()
		l, err := Open(path, identity, beside(path))
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range acknowledged {
			if o, err := l.Order(t.Context(), no); err != nil || o.State != payment.Paid {
				t.Fatalf("round %d: %s is %s, %v", round, no, o.State, err)
			}
		}
		if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
			t.Fatalf("round %d: %q, %v", round, findings, err)
		}
		if lost, ok := l.Incomplete(); ok {
			t.Fatalf("round %d: the mark was ahead of it: %+v", round, lost)
		}
		l.Close()
	}
	if len(acknowledged) < 50 {
		t.Errorf("only %d payments were acknowledged", len(acknowledged))
	}
}
