package clerk_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

// A window comes in as long as its row says so, whatever its certificate calls itself.
func TestWindowComesAndGoes(t *testing.T) {
	ctx := t.Context()
	l, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	d := clerk.New(clerk.Options{Ledger: l, Device: "03", Log: slog.New(slog.DiscardHandler)})
	it, until := clerk.Console("03", clerk.Process), time.Now().AddDate(2, 0, 0)
	first, second := strings.Repeat("ab", 32), strings.Repeat("cd", 32)

	for _, name := range []string{"", "03", "W-1", "W23456789", "窗口", "../x"} {
		if _, err := d.AddWindow(ctx, it, name, first, until); !errors.Is(err, clerk.ErrWindowName) {
			t.Errorf("window %q: %v, want ErrWindowName", name, err)
		}
	}
	if _, err := d.AddWindow(ctx, clerk.Clerk{}, "W01", first, until); !errors.Is(err, clerk.ErrNoRight) {
		t.Errorf("nobody adds a window: %v, want ErrNoRight", err)
	}
	if _, err := d.EnterWindow(ctx, "W01", first); !errors.Is(err, clerk.ErrNoWindow) {
		t.Errorf("before it is added: %v, want ErrNoWindow", err)
	}
	add := func(name, fingerprint string, want error) {
		t.Helper()
		if _, err := d.AddWindow(ctx, it, name, fingerprint, until); !errors.Is(err, want) {
			t.Errorf("add %s: %v, want %v", name, err, want)
		}
	}
	enter := func(says, fingerprint, window string, want error) {
		t.Helper()
		w, err := d.EnterWindow(ctx, says, fingerprint)
		if !errors.Is(err, want) || err == nil && w.Name != window {
			t.Errorf("enter as %s: %s, %v, want %s, %v", says, w.Name, err, window, want)
		}
	}
	add("W01", first, nil)
	add("W01", second, clerk.ErrWindowTaken)
	add("W02", first, clerk.ErrWindowUsed)
	enter("W01", first, "W01", nil)
	enter("pc-17.court.example", first, "W01", nil)
	enter("W01", second, "", clerk.ErrNoWindow)
	enter("W01", "", "", clerk.ErrNoWindow)

	for range 2 { // twice is once
		if _, err := d.RevokeWindow(ctx, it, "W01"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.RevokeWindow(ctx, it, "W09"); !errors.Is(err, clerk.ErrNoWindow) {
		t.Errorf("revoke of nothing: %v, want ErrNoWindow", err)
	}
	enter("W01", first, "", clerk.ErrWindowRevoked)
	add("W01", second, nil) // the PC was replaced
	enter("W01", second, "W01", nil)
	enter("W01", first, "", clerk.ErrNoWindow)
	all, err := d.AllWindows(ctx, it)
	if err != nil || len(all) != 1 || all[0].Fingerprint != second || !all[0].Revoked.At.IsZero() {
		t.Errorf("windows %+v, %v, want W01 with its second certificate", all, err)
	}
	var told []string
	entries, err := l.Since(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Event, "window-") {
			told = append(told, e.Event+" "+e.Note)
		}
	}
	want := "window-added W01, abababababababab; window-revoked W01; window-added W01, cdcdcdcdcdcdcdcd"
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("audit: %s, want %s", got, want)
	}
}

// A ledger that cannot be read says of no device that it is not the ledger's.
func TestOurs(t *testing.T) {
	ctx := t.Context()
	l, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := clerk.New(clerk.Options{Ledger: l, Device: "03", Log: slog.New(slog.DiscardHandler)})
	if _, err := d.AddWindow(ctx, clerk.Console("03", clerk.Process), "W01", strings.Repeat("ab", 32),
		time.Now().AddDate(2, 0, 0)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"W01": true, "W02": false, "03": true} {
		if is, err := d.Ours(ctx, name); is != want || err != nil {
			t.Errorf("%s is ours: %t, %v", name, is, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"W01", "W02"} {
		if is, err := d.Ours(ctx, name); err == nil {
			t.Errorf("of a closed ledger %s is ours: %t", name, is)
		}
	}
}
