package clerktest_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

// All members stand, and sign in now, twice if need be.
func TestFound(t *testing.T) {
	dir := t.TempDir()
	l, err := bolt.Open(filepath.Join(dir, "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	d := clerk.New(clerk.Options{
		Ledger: l, Device: "03", Issuer: "法院", Key: filepath.Join(dir, "clerk.key"), Log: slog.New(slog.DiscardHandler),
	})
	people := clerktest.Found(t, d)
	if err := d.RefundsOff(t.Context()); err != nil {
		t.Error(err)
	}
	for _, m := range clerktest.Members {
		if who := people.At(t, m.Number); !clerk.Stands(who.Person) || who.Person.Name != m.Name {
			t.Errorf("%+v", who.Person)
		}
	}
}
