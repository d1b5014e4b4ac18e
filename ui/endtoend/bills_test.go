package endtoend

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// until waits for a screen that has a control.
func (k *kiosk) until(screen, control string) {
	k.t.Helper()
	for {
		if _, ok := k.wait(screen).Targets[control]; ok {
			return
		}
	}
}

// One visitor pays both bills of a case without typing again, asks for help while a code is shown, and goes on to the
// next case number. What is waived cannot be touched, and what owes nothing any more says so, on paper too.
func TestSeveralBillsInOneVisit(t *testing.T) {
	dir := keep(t)
	receipts := filepath.Join(t.TempDir(), "receipts")
	s := newSite(t, receipts)
	k := s.start(newPanel(t, 1080, 1920))
	k.wait("home")
	k.touch("pay")
	k.wait("case")
	k.enter("12346")
	k.touch("confirm")
	k.until("bills", "bill:1")
	if at, ok := k.now.Targets["bill:2"]; ok {
		t.Errorf("the waived bill can be touched at %v", at)
	}
	k.settle()
	k.save(dir, "10-bills")
	k.touch("bill:0")
	for n, amount := range []int64{430000, 152000} {
		k.wait("fee")
		k.touch("confirm")
		k.wait("pay")
		if n == 1 {
			k.touch("help")
			k.settle()
			k.save(dir, "11-help")
		}
		order, err := s.sim.Scan(k.scan(t.TempDir())) // with help beside it, too
		if err != nil {
			t.Fatal(err)
		}
		if order.Total != amount {
			t.Errorf("bill %d asks for %d, want %d", n, order.Total, amount)
		}
		if err := s.sim.Pay(order.No); err != nil {
			t.Fatal(err)
		}
		next := []string{"next-bill", "next-case"}[n]
		k.until("done", next)
		if got := pdfs(t, receipts); len(got) != n+1 {
			t.Errorf("after %d payments there are the receipts %q", n+1, got)
		}
		k.settle()
		k.save(dir, fmt.Sprintf("12-%s", next))
		k.touch(next)
	}
	k.wait("case")
	k.enter("12346")
	k.touch("confirm")
	k.until("notice-nothing-owed", "slip")
	k.settle()
	k.save(dir, "13-nothing-owed")
	k.touch("slip")
	slips := func() []string {
		files, err := filepath.Glob(filepath.Join(receipts, "CK-*.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	eventually(t, "the slip for the window", func() bool { return len(slips()) == 1 })
	text := pdfText(t, slips()[0])
	if !strings.Contains(text, "代码B-02") || !strings.Contains(text, "民初…46号") || strings.Contains(text, "12346") ||
		strings.Contains(text, "李") {
		t.Errorf("the slip says %s", text)
	}
}
