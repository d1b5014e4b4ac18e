package endtoend

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/assets"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

var out = flag.String("out", "", "keep screenshots and receipts in this folder")

// keep returns the folder for what a person may want to look at.
func keep(t testing.TB) string {
	t.Helper()
	if *out == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		t.Fatal(err)
	}
	return *out
}

// A site is an installation: a configuration, keys, bills, and a WeChat Pay that outlives the kiosk.
type site struct {
	t        testing.TB
	dir      string
	config   string
	receipts string
	sim      *wechatsim.Sim
	by       string // the program that its command lines run
}

const configuration = `
environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "03"
[wechat]
mchid = "%s"
appid = "%s"
merchant_serial = "%s"
merchant_key_file = "%s"
public_key_id = "%s"
public_key_file = "%s"
notify_url = "https://court.example/notify"
hosts = ["%s"]
[ledger]
file = "ledger.db"
backups = "backups"
[receipt]
printer = "pdf"
address = "%s"
`

// thisYear is the year that the pad begins with.
func thisYear() int { return time.Now().In(payment.China).Year() }

func newSite(t testing.TB, receipts string) *site {
	t.Helper()
	return newSiteOf(t, receipts, program(t))
}

func newSiteOf(t testing.TB, receipts, by string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), receipts: receipts, by: by}
	stand, err := wechatsim.NewStand(s.dir, "北京市东城区人民法院")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stand.Close() })
	s.sim = stand.Sim
	s.config = filepath.Join(s.dir, "config.toml")
	text := fmt.Sprintf(configuration, stand.Merchant.MchID, stand.Merchant.AppID, stand.Merchant.Serial,
		stand.KeyFile, stand.PublicKeyID(), stand.PublicKeyFile, stand.URL, receipts)
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(s.dir, "bills.csv")
	if err := os.WriteFile(list, assets.SampleBillsOf(thisYear()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command("bills", "import", list)
	return s
}

// command runs a command line of the installation and returns its standard output.
func (s *site) command(args ...string) string {
	s.t.Helper()
	c := exec.Command(s.by, append(args, "--config", s.config)...)
	c.Env = append(os.Environ(), "LANG=zh_CN.UTF-8")
	var stderr strings.Builder
	c.Stderr = &stderr
	text, err := c.Output()
	if err != nil {
		s.t.Fatalf("courtkiosk %v: %v\n%s", args, err, stderr.String())
	}
	return string(text)
}

func (s *site) start(p *panel) *kiosk {
	return startKiosk(s.t, p, "kiosk", "--config", s.config, "--log-level", "debug")
}

// enter touches the keys of a number. A digit is seen before it is typed a second time: on a busy machine the program
// may hear the first touch so late that the second one were its echo.
func (k *kiosk) enter(digits string) {
	k.t.Helper()
	for i, d := range digits {
		again := i+1 < len(digits) && rune(digits[i+1]) == d
		var before *image.RGBA
		if again {
			k.settle()
			before = k.picture()
		}
		k.touch("digit:" + string(d))
		if again {
			eventually(k.t, "a digit on the screen", func() bool { return !bytes.Equal(k.picture().Pix, before.Pix) })
			k.settle()
			k.tapped = time.Now()
		}
	}
}

// scan reads the QR on the panel as a phone would.
func (k *kiosk) scan(dir string) string {
	k.t.Helper()
	need(k.t, "zbarimg")
	for range 40 {
		path := k.save(dir, "3-pay")
		text, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
		if err == nil {
			return strings.TrimSpace(string(text))
		}
		time.Sleep(100 * time.Millisecond) // the picture follows the log by a frame or two
	}
	k.t.Fatal("no phone reads a QR on the panel")
	return ""
}

// eventually waits for something that the program does in its own time.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	within(t, 30*time.Second, what, is)
}

func within(t testing.TB, patience time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}

func pdfs(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "PZ-*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func pdfText(t testing.TB, path string) string {
	t.Helper()
	need(t, "pdftotext")
	text, err := exec.Command("pdftotext", "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func TestEndToEnd(t *testing.T) {
	dir := keep(t)
	receipts := filepath.Join(dir, "receipts")
	if err := os.RemoveAll(receipts); err != nil {
		t.Fatal(err)
	}
	p := newPanel(t, 1080, 1920)
	s := newSite(t, receipts)
	k := s.start(p)

	k.wait("home")
	k.settle()
	k.save(dir, "0-home")
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	k.settle()
	k.save(dir, "1-case")
	k.touch("confirm")
	k.wait("fee")
	k.settle()
	k.save(dir, "2-fee")
	k.touch("confirm")
	k.wait("pay")
	order, err := s.sim.Scan(k.scan(dir))
	if err != nil {
		t.Fatal(err)
	}
	if order.Total != 270000 || !strings.Contains(order.Description, "北京市东城区人民法院") {
		t.Errorf("the phone shows %+v", order)
	}
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	k.wait("done")
	eventually(t, "the receipt", func() bool { return len(pdfs(t, receipts)) == 1 })
	k.settle()
	k.save(dir, "4-done")

	paid, _ := s.sim.Order(order.No)
	text := pdfText(t, pdfs(t, receipts)[0])
	for _, want := range []string{
		"诉讼费交费凭证", fmt.Sprintf("（%d）京0101民初12345号", thisYear()), "案件受理费", "张*明", "¥2,700.00",
		"人民币贰仟柒佰元整", paid.TransactionID, order.No, "本凭条不作为财政票据",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the receipt lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "张晓明") || strings.Contains(text, "补打") {
		t.Errorf("the receipt says too much:\n%s", text)
	}
	k.touch("home")
	k.wait("home")
}

// The plug is pulled after the payment and before the kiosk knows of it. The next start finds the payment; its receipt
// waits for who can prove to hold it, and is printed once.
func TestPulledPlugBetweenPaymentAndReceipt(t *testing.T) {
	dir := keep(t)
	receipts := filepath.Join(t.TempDir(), "receipts")
	p := newPanel(t, 1080, 1920)
	s := newSite(t, receipts)
	k := s.start(p)
	k.wait("home")
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	k.touch("confirm")
	k.wait("fee")
	k.touch("confirm")
	k.wait("pay")
	s.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
	order, err := s.sim.Scan(k.scan(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	k.kill()
	s.sim.Inject(nil)

	k = s.start(p)
	k.wait("home")
	eventually(t, "the payment in the ledger", func() bool {
		return strings.Contains(s.command("orders", "show", order.No, "--json"), `"paid"`)
	})
	if got := pdfs(t, receipts); len(got) != 0 {
		t.Fatalf("a receipt came out with nobody in front: %q", got)
	}
	paid, _ := s.sim.Order(order.No)
	for copies := 1; copies <= 2; copies++ {
		k.touch("pay")
		k.wait("case")
		k.enter("12345")
		k.touch("confirm")
		k.wait("notice-paid")
		k.settle()
		k.save(dir, "5-paid")
		k.touch("reprint")
		k.wait("proof")
		k.enter(paid.TransactionID[len(paid.TransactionID)-6:])
		k.settle()
		k.save(dir, "6-proof")
		k.touch("confirm")
		k.wait("done")
		eventually(t, "the receipt", func() bool { return len(pdfs(t, receipts)) == copies })
		k.wait("done") // with the printer's outcome
		k.touch("home")
		k.wait("home")
	}
	marked := 0
	for _, path := range pdfs(t, receipts) {
		if strings.Contains(pdfText(t, path), "补打") {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%d of two receipts are marked as copies, want one: %q", marked, pdfs(t, receipts))
	}
}

// settle waits until two pictures in a row are the same.
func (k *kiosk) settle() {
	k.t.Helper()
	var last []byte
	for range 50 {
		now := k.picture().Pix
		if last != nil && string(last) == string(now) {
			return
		}
		last = now
		time.Sleep(80 * time.Millisecond)
	}
}

// The demo needs nothing: its own WeChat Pay, its own bills, one button that plays the payer.
func TestDemo(t *testing.T) {
	dir := keep(t)
	state := filepath.Join(dir, "state")
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	k := startKiosk(t, newPanel(t, 1080, 1920), "demo", "--fullscreen", "--dir", state, "--log-level", "debug")
	look := func(name string) {
		k.settle()
		k.save(dir, name)
	}
	k.wait("home")
	look("1-home")
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	look("2-case")
	k.touch("confirm")
	k.wait("fee")
	look("3-fee")
	k.touch("confirm")
	k.wait("pay")
	code := k.scan(t.TempDir())
	if !strings.HasPrefix(code, "http://127.0.0.1:") || !strings.Contains(code, "/phone/") {
		t.Errorf("the demo's QR says %s", code)
	}
	look("4-pay")
	k.touch("demo-pay")
	k.wait("done")
	receipts := filepath.Join(state, "receipts")
	eventually(t, "the receipt", func() bool { return len(pdfs(t, receipts)) == 1 })
	look("5-done")
	if text := pdfText(t, pdfs(t, receipts)[0]); !strings.Contains(text, "演示凭证") {
		t.Errorf("the demo's receipt does not say so:\n%s", text)
	}
	t.Logf("screenshots in %s, the receipt in %s", dir, receipts)
}

// Without a network no order is opened and nothing is claimed; when it comes back the same visitor goes on.
func TestNoNetworkAtStart(t *testing.T) {
	dir := keep(t)
	s := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	s.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
	k := s.start(newPanel(t, 1920, 1080))
	k.wait("home")
	k.touch("pay")
	k.wait("case")
	k.enter("12345")
	k.touch("confirm")
	k.wait("fee")
	k.touch("confirm")
	k.wait("notice-network")
	k.settle()
	k.save(dir, "7-network")
	text := s.command("orders", "list", "--json")
	if strings.Contains(text, "out_trade_no") || strings.Contains(text, `"order"`) {
		t.Errorf("an order was opened: %s", text)
	}
	s.sim.Inject(nil)
	k.touch("new-code")
	k.wait("pay")
	order, err := s.sim.Scan(k.scan(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	k.wait("done")
	k.settle()
	k.save(dir, "8-landscape-done")
}
