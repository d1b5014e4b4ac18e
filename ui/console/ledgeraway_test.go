package console_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/ui/console"
)

// A machine whose ledger is away for longer than a failed one is borne runs on, says so by its code, claims nothing of
// what the ledger holds, and is open again once it is back.
func TestALedgerThatIsAway(t *testing.T) {
	memory := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "demo", Instance: "X"})
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		exit, words := inProcess(ctx, console.Env{Args: []string{"demo", "--dir", dir, "--no-window"},
			Options: []app.Option{app.OnLedger(memory, memory)}})
		if exit != console.Done {
			t.Errorf("it ended with exit %d: %s", exit, words)
		}
		ended <- exit
	}()
	socket := filepath.Join(dir, "courtkiosk.sock")
	says := func(line ...string) (string, int) {
		var out bytes.Buffer
		exit := console.Main(t.Context(), console.Env{Args: append(line, "--socket", socket),
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out})
		return out.String(), exit
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
	}
	has := func(what string, line ...string) {
		t.Helper()
		if text, _ := says(line...); !strings.Contains(text, what) {
			t.Errorf("%s does not say %q:\n%s", line, what, text)
		}
	}
	lacks := func(what string, line ...string) {
		t.Helper()
		if text, _ := says(line...); strings.Contains(text, what) {
			t.Errorf("%s says %q:\n%s", line, what, text)
		}
	}
	has(`courtkiosk_service_closed{reason="ledger-away"} 0`, "metrics")
	has("courtkiosk_reports_owed 0", "metrics")
	has(`"payments_not_reported":0`, "health", "--json")

	memory.Fail(payment.ErrAway)
	select {
	case <-ended:
		t.Fatal("the program ends for a database that is away")
	case <-time.After(6 * time.Second):
	}
	if text, exit := says("health"); exit != console.Failed || !strings.Contains(text, "S-12 stops") ||
		!strings.Contains(text, "not known: the ledger's database is away") {
		t.Errorf("health exits %d:\n%s", exit, text)
	}
	has(`"payments_not_reported":null`, "health", "--json")
	has(`courtkiosk_service_closed{reason="ledger-away"} 1`, "metrics")
	lacks("courtkiosk_reports_owed", "metrics")

	memory.Fail(nil)
	has(`courtkiosk_service_closed{reason="ledger-away"} 0`, "metrics")
	has("courtkiosk_reports_owed 0", "metrics")
	lacks("S-12", "health")
	stop()
	<-ended
}
