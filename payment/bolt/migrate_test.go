package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

var update = flag.Bool("update", false, "make a ledger of today's layout for later versions to read")

// Every ledger that a version in use has written is read right for ever.
func TestOldLayouts(t *testing.T) {
	for layout := 1; layout <= writes; layout++ {
		t.Run(fmt.Sprint(layout), func(t *testing.T) { oldLayout(t, layout) })
	}
}

func oldLayout(t *testing.T, layout int) {
	file := fmt.Sprintf("testdata/layout%d.db", layout)
	facts := fmt.Sprintf("testdata/layout%d.json", layout)
	update := *update && layout == writes // those of older ones nobody can make any more
	if update {
		must(t, durable.Copy(file, refunding(t)))
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	must(t, durable.Copy(path, file))
	l := open(t, path)
	orders, err := recent(l, 100)
	must(t, err)
	text, err := json.MarshalIndent(orders, "", "\t")
	must(t, err)
	if update {
		must(t, os.WriteFile(facts, text, 0o644))
	}
	want, err := os.ReadFile(facts)
	must(t, err)
	var then, now []payment.Order
	must(t, json.Unmarshal(want, &then))
	for i := range then {
		if layout == 1 {
			then[i].Device = "03" // as the attach says
		}
	}
	must(t, json.Unmarshal(text, &now))
	if len(now) < 40 || len(now) != len(then) {
		t.Fatalf("%d orders, want %d", len(now), len(then))
	}
	if open, err := l.OpenRefunds(t.Context()); err != nil || layout > 2 && len(open) != 2 {
		t.Errorf("%d open refunds, %v", len(open), err)
	}
	for i := range then {
		a, _ := json.Marshal(then[i])
		if b, _ := json.Marshal(now[i]); string(a) != string(b) {
			t.Errorf("order %d is read as\n%s, was\n%s", i, b, a)
		}
	}
	if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("%q, %v", findings, err)
	}
	first, err := l.Since(t.Context(), 0, 1)
	must(t, err)
	made := l.Identity().Made
	if made.After(first[0].At) || layout < 3 && !made.Equal(first[0].At) { // which had not noted when it was made
		t.Errorf("made %v, the first entry is of %v", made, first[0].At)
	}
}

// refunding is a ledger that holds refunds, too.
func refunding(t *testing.T) string {
	t.Helper()
	l := open(t, filled(t))
	ledgertest.Refunds(t, l, 40)
	must(t, l.Close())
	return l.path
}

// What layout 1 has written is read, copied, migrated and found in every new way; the copy stays as it was.
func TestLayout1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	must(t, durable.Copy(path, "testdata/layout1.db"))
	cancelled := cancel1(t, path)
	before, err := os.ReadFile(path)
	must(t, err)
	l := open(t, path)
	must(t, l.Checked(t.Context()))
	if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 || l.layout != writes {
		t.Fatalf("migrated to layout %d: %q, %v", l.layout, findings, err)
	}
	if copied, err := os.ReadFile(path + ".v1"); err != nil || !samePages(before, copied) {
		t.Errorf("the copy is not the ledger as it was: %v", err)
	}
	orders, err := recent(l, 100)
	must(t, err)
	for _, o := range orders {
		want := payment.Wish{}
		if o.No == cancelled {
			want.Source = payment.ByVisit
		}
		if o.Unwanted != want || o.Device != "03" {
			t.Errorf("order %s: wish %+v, device %s", o.No, o.Unwanted, o.Device)
		}
		if o.State != payment.Paid {
			continue
		}
		for name, f := range map[string]payment.Filter{
			"transaction": {Transaction: o.TransactionID[len(o.TransactionID)-8:]}, "receipt": {Sequence: o.Sequence},
			"reference": {Serial: o.Serial, Day: o.CreatedAt},
		} {
			f.N = 9
			if p, err := l.Find(t.Context(), f); err != nil || len(p.Orders) != 1 || p.Orders[0].No != o.No {
				t.Errorf("order %s by %s: %d orders, %v", o.No, name, len(p.Orders), err)
			}
		}
	}
	work, err := l.ClaimWork(t.Context(), "report", "03", 100, time.Now(), time.Now().Add(time.Minute))
	if err != nil || len(work) != 20 {
		t.Errorf("%d reports owed, %v", len(work), err)
	}
	if next := ledgertest.New(t, l, ledgertest.Request(500), ledgertest.Born); next.Serial != 41 {
		t.Errorf("the next serial of the day is %d, want 41", next.Serial)
	}
	audit, err := l.Since(t.Context(), 0, 1000)
	must(t, err)
	i := slices.IndexFunc(audit, func(e payment.Entry) bool { return e.Event == "migrated" })
	before1, seam := audit[i-1], audit[i]
	chained := bytes.Equal(seam.Hash, seam.Sum(before1.Hash))
	if seam.Event != "migrated" || seam.Note != "layout 1 to 2" || !chained {
		t.Errorf("the seam of the audit: %+v", seam)
	}
	must(t, l.Close())
	again := open(t, path)
	if findings, err := again.Verify(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("opened again: %q, %v", findings, err)
	}
}

// cancel1 writes the wish of layout 1 into its last order, as that layout had it, and returns its number.
func cancel1(t *testing.T, path string) (no string) {
	t.Helper()
	db, err := durable.Open(path, 0)
	must(t, err)
	defer db.Close()
	must(t, db.Update(func(tx *bbolt.Tx) error {
		_, number := tx.Bucket(bucketOpen).Cursor().Last()
		var s stored1
		if err := get(tx.Bucket(bucketOrders), number, &s); err != nil {
			return err
		}
		no, s.Order.Cancelled = s.Order.No, true
		return put(tx.Bucket(bucketOrders), []byte(no), s)
	}))
	return no
}

// samePages compares two files beyond their meta pages: a copy has another transaction number there.
func samePages(a, b []byte) bool {
	n := 2 * os.Getpagesize()
	return len(b) > n && len(a) >= len(b) && bytes.Equal(a[n:len(b)], b[n:])
}

// A ledger of layout 1 that was changed is not migrated, and stays as it is.
func TestLayout1IsDamaged(t *testing.T) {
	for name, damage := range map[string]func(tx *bbolt.Tx) error{
		"an entry of the audit": func(tx *bbolt.Tx) error {
			var e payment.Entry
			if err := get(tx.Bucket(bucketAudit), number(5), &e); err != nil {
				return err
			}
			e.Note = "nothing happened"
			return put(tx.Bucket(bucketAudit), number(5), e)
		},
		"an order": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketOrders).Cursor().First()
			v = bytes.Clone(v)
			v[len(v)/2] ^= 1
			return tx.Bucket(bucketOrders).Put(bytes.Clone(k), v)
		},
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		must(t, durable.Copy(path, "testdata/layout1.db"))
		db, err := durable.Open(path, 0)
		must(t, err)
		must(t, errors.Join(db.Update(damage), db.Close()))
		before, _ := os.ReadFile(path)
		if _, err := Open(path, identity, Options{}); !errors.Is(err, payment.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: the ledger was changed", name)
		}
	}
}

// A copy of layout 1 among the backups is put back and migrated.
func TestRestoreLayout1(t *testing.T) {
	dir := t.TempDir()
	path, backups := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "backups")
	must(t, os.Mkdir(backups, 0o700))
	must(t, durable.Copy(filepath.Join(backups, "ledger-2026-11-24.db"), "testdata/layout1.db"))
	must(t, os.WriteFile(path, []byte("rubbish"), 0o600))
	if r, err := Restore(t.Context(), path, identity, Options{Backups: backups}); err != nil || r.Orders != 40 {
		t.Fatalf("%+v, %v", r, err)
	}
	l := open(t, path)
	if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 || l.layout != writes {
		t.Errorf("layout %d: %q, %v", l.layout, findings, err)
	}
}

func TestMigrate(t *testing.T) {
	add := func(name string) migration {
		return func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte(name), []byte("here")) }
	}
	steps := func(more ...migration) []migration { return append(slices.Clone(migrations), more...) }
	path := filled(t)
	l, err := load(path, identity, Options{MaxSize: 4 << 30})
	must(t, err)
	l.check()
	defer l.Close()
	broken := errors.New("broken")
	err = l.migrate(t.Context(), steps(add("three"), func(*bbolt.Tx) error { return broken }))
	if !errors.Is(err, broken) || version(t, l) != writes || has(l, "three") {
		t.Fatalf("a migration that fails: %v, layout %d, half of it: %t", err, version(t, l), has(l, "three"))
	}
	unsound := func(tx *bbolt.Tx) error { return tx.Bucket(bucketOwed).Put(join("X", "receipt"), nil) }
	if err := l.migrate(t.Context(), steps(unsound)); !errors.Is(err, payment.ErrDamaged) || version(t, l) != writes {
		t.Fatalf("a migration that spoils the ledger: %v, layout %d", err, version(t, l))
	}
	must(t, l.migrate(t.Context(), steps(add("three"), add("four"))))
	if version(t, l) != writes+2 || !has(l, "three") || !has(l, "four") {
		t.Errorf("layout %d", version(t, l))
	}
	must(t, l.migrate(t.Context(), steps(add("three"), add("four"))))
	must(t, errors.Join(l.migrate(t.Context(), migrations[:writes-1]), l.upgrade(t.Context(), migrations[:writes-1])))
	if version(t, l) != writes+2 || l.Layout() != writes+2 {
		t.Errorf("an older version makes layout %d of it", version(t, l))
	}
	before := open(t, fmt.Sprintf("%s.v%d", path, writes))
	if version(t, before) != writes || has(before, "three") {
		t.Error("the copy is not the ledger as it was")
	}
	if list, err := recent(before, 100); err != nil || len(list) != 40 {
		t.Errorf("the copy has %d orders, %v", len(list), err)
	}
	ledgertest.New(t, l, ledgertest.Request(500), ledgertest.Born)
}

// The next layout is read one release before it is written: this version has no more than one of them to come.
func TestLayoutsAreReadBeforeTheyAreWritten(t *testing.T) {
	if len(migrations)+1 != reads || reads-writes < 0 || reads-writes > 1 {
		t.Errorf("%d migrations, layout %d is readable and %d is written", len(migrations), reads, writes)
	}
}

func version(t *testing.T, l *Ledger) (v uint64) {
	t.Helper()
	must(t, l.view(func(tx *bbolt.Tx) error { v = numberOf(tx.Bucket(bucketMeta).Get(keySchema)); return nil }))
	return v
}

func has(l *Ledger, name string) (there bool) {
	_ = l.view(func(tx *bbolt.Tx) error { there = tx.Bucket(bucketMeta).Get([]byte(name)) != nil; return nil })
	return there
}
