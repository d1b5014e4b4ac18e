package bolt

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var update = flag.Bool("update", false, "make a ledger of today's layout for later versions to read")

// Every ledger that a version in use has written is read right for ever.
func TestOldLayouts(t *testing.T) {
	const file, facts = "testdata/layout1.db", "testdata/layout1.json"
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, copyFile(file, filled(t)))
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	must(t, copyFile(path, file))
	l := open(t, path)
	orders, err := l.Recent(t.Context(), 100)
	must(t, err)
	text, err := json.MarshalIndent(orders, "", "\t")
	must(t, err)
	if *update {
		must(t, os.WriteFile(facts, text, 0o644))
	}
	want, err := os.ReadFile(facts)
	must(t, err)
	var then, now []payment.Order
	must(t, json.Unmarshal(want, &then))
	must(t, json.Unmarshal(text, &now))
	if len(now) != 40 || len(now) != len(then) {
		t.Fatalf("%d orders, want %d", len(now), len(then))
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
}

func TestMigrate(t *testing.T) {
	add := func(name string) migration {
		return func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte(name), []byte("here")) }
	}
	path := filled(t)
	l, err := load(path, identity, Options{MaxSize: 4 << 30})
	must(t, err)
	l.check()
	defer l.Close()
	broken := errors.New("broken")
	err = l.migrate([]migration{add("two"), func(*bbolt.Tx) error { return broken }})
	if !errors.Is(err, broken) || version(t, l) != 1 || has(l, "two") {
		t.Fatalf("a migration that fails: %v, layout %d, half of it: %t", err, version(t, l), has(l, "two"))
	}
	must(t, l.migrate([]migration{add("two"), add("three")}))
	if version(t, l) != 3 || !has(l, "two") || !has(l, "three") {
		t.Errorf("layout %d", version(t, l))
	}
	must(t, l.migrate([]migration{add("two"), add("three")}))
	before := open(t, path+".v1")
	if version(t, before) != 1 || has(before, "two") {
		t.Error("the copy is not the ledger as it was")
	}
	if list, err := before.Recent(t.Context(), 100); err != nil || len(list) != 40 {
		t.Errorf("the copy has %d orders, %v", len(list), err)
	}
	ledgertest.New(t, l, ledgertest.Request(500), ledgertest.Born)
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
