package endtoend

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/courtsim"
	"courtkiosk/app/bill/register"
	"courtkiosk/assets"
)

// A court whose case system goes down while somebody pays: what was shown is paid, the receipt comes out, and the court
// hears of it when it is back. While it is down nothing is claimed.
func TestTheCourtGoesDownWhileSomebodyPays(t *testing.T) {
	dir := keep(t)
	receipts := filepath.Join(t.TempDir(), "receipts")
	p := newPanel(t, 1080, 1920)
	s := newSite(t, receipts)
	bills, err := register.Read(bytes.NewReader(assets.SampleBillsOf(thisYear())), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	number := fmt.Sprintf("（%d）京0101民初12345号", thisYear())
	i := slices.IndexFunc(bills, func(b bill.Bill) bool { return b.Case.String() == number })
	court := courtsim.New(slices.Delete(slices.Clone(bills), i, i+1), "")
	id := court.Add(bills[i])
	var down atomic.Bool
	court.Fail(func(*http.Request) int {
		if down.Load() {
			return -1
		}
		return 0
	})
	server := httptest.NewServer(court)
	defer server.Close()
	f, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f, "[bills]\nsource = \"courtapi\"\ncourt_url = %q\n", server.URL); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	k := s.start(p)
	k.wait("home")
	down.Store(true)
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	k.touch("confirm")
	k.wait("notice-court-silent")
	k.settle()
	k.save(dir, "5-court-silent")
	down.Store(false)
	k.touch("pay") // ask again
	k.wait("case")
	k.touch("confirm")
	k.wait("fee")
	k.touch("confirm")
	k.wait("pay")
	// The bill is paid at the window while its code stands here: the code is closed, and the court's change undone for
	// what follows.
	court.Change(id, func(b *bill.Bill) { b.Settled = true })
	k.wait("notice-stopped")
	court.Change(id, func(b *bill.Bill) { b.Settled = false })
	k.touch("pay")
	k.wait("case")
	k.touch("confirm")
	k.wait("fee")
	k.touch("confirm")
	k.wait("pay")
	order, err := s.sim.Scan(k.scan(dir))
	if err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	k.wait("done")
	eventually(t, "the receipt", func() bool { return len(pdfs(t, receipts)) == 1 })
	k.touch("home")
	k.wait("home")
	k.touch("find") // a receipt is found without the court
	k.wait("case")
	k.enter("12345")
	k.touch("confirm")
	k.wait("where")
	if told := court.Payments(id); len(told) != 0 {
		t.Fatalf("a court that is down was told %+v", told)
	}
	health := words(s.command("health"))
	if !strings.Contains(health, "not reported 1, the oldest since") || strings.Contains(health, "court fine") {
		t.Errorf("health says\n%s", health)
	}
	down.Store(false)
	eventually(t, "the report", func() bool { return len(court.Payments(id)) == 1 })
	for _, told := range court.Payments(id) {
		if told.Fen != 270000 || told.OrderNo != order.No || told.Purse != "litigation" || told.Kiosk != "03" {
			t.Errorf("the court was told %+v", told)
		}
	}
	health = words(s.command("health"))
	if !strings.Contains(health, "not reported 0") || !strings.Contains(health, "court fine") {
		t.Errorf("health says\n%s", health)
	}
}

// words is a text with one space between its words.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }
