package endtoend

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

// beam types a code as a barcode scanner does.
func (p *panel) beam(code string) {
	fmt.Fprintf(p.finger, "type --delay 4 %s\nkey Return\n", code)
}

// receiptCode reads the QR of a receipt, as a scanner would.
func receiptCode(t testing.TB, pdf string) string {
	t.Helper()
	need(t, "pdftoppm", "zbarimg")
	picture := filepath.Join(t.TempDir(), "receipt")
	if out, err := exec.Command("pdftoppm", "-r", "203", "-png", "-singlefile", pdf,
		picture).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := exec.Command("zbarimg", "-q", "--raw", picture+".png").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// looksFor goes from home to what is found of a case.
func (k *kiosk) looksFor(number, screen string) {
	k.t.Helper()
	k.touch("find")
	k.wait("case")
	k.enter(number)
	k.touch("confirm")
	k.wait(screen)
}

// Who has paid finds the payment by its case number, by the number in the phone's payment record and by an old receipt.
// Wrong digits cost a try and a pause, a receipt's code needs none, and a case that nobody has paid leads to no
// payment. Of all that the log names nobody.
func TestFind(t *testing.T) {
	dir := keep(t)
	receipts := filepath.Join(t.TempDir(), "receipts")
	p := newPanel(t, 1080, 1920)
	s := newSite(t, receipts)
	k := s.start(p)
	k.wait("home")
	k.looksFor("12345", "notice-no-payment")
	if _, pays := k.now.Targets["pay"]; pays {
		t.Error("who looks for a payment is led to pay")
	}
	k.touch("home")
	k.wait("home")
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	k.touch("confirm")
	k.wait("fee")
	k.touch("confirm")
	k.wait("pay")
	order, err := s.sim.Scan(k.scan(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	printed := func(n int) {
		t.Helper()
		k.wait("done")
		eventually(t, fmt.Sprintf("receipt %d", n), func() bool { return len(pdfs(t, receipts)) == n })
		k.wait("done") // with the printer's outcome
		k.touch("home")
		k.wait("home")
	}
	printed(1)
	first := pdfs(t, receipts)[0]
	paid, _ := s.sim.Order(order.No)
	right := paid.TransactionID[len(paid.TransactionID)-6:]
	wrong := "135790"
	if right == wrong {
		wrong = "246801"
	}

	k.looksFor("12345", "where")
	k.settle()
	k.save(dir, "7-where")
	k.touch("reprint")
	k.wait("proof")
	k.enter(wrong)
	k.touch("confirm")
	k.wait("proof")
	tried := time.Now()
	k.settle()
	k.save(dir, "8-wrong")
	k.enter(right)
	k.touch("confirm") // within the pause: it is not heard
	time.Sleep(time.Until(tried.Add(payment.TryPause + time.Second)))
	k.touch("confirm")
	printed(2)

	k.beam(order.No)
	k.wait("where")
	k.touch("reprint")
	k.wait("proof")
	k.touch("back")
	k.wait("where")
	k.touch("back")
	k.wait("home")

	k.beam(receiptCode(t, first))
	k.wait("where")
	k.touch("reprint")
	printed(3)
	marked := 0
	for _, path := range pdfs(t, receipts) {
		if strings.Contains(pdfText(t, path), "补打") {
			marked++
		}
	}
	if marked != 2 {
		t.Errorf("%d of three receipts are marked as copies, want two", marked)
	}
	k.mu.Lock()
	log := strings.Join(k.log, "\n")
	k.mu.Unlock()
	for _, never := range []string{wrong, paid.TransactionID, "张晓明", "张*明", "民初12345", "CRT1."} {
		if strings.Contains(log, never) {
			t.Errorf("the log says %q", never)
		}
	}
}
