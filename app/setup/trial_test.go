package setup_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/setup"
	"courtkiosk/payment/wechatsim"
)

func keyFile(t *testing.T, dir, name, kind string, der []byte, err error) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err == nil {
		err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A key is tried by a signed question over real HTTP: only "no such order" says that it is right, and only a word of
// WeChat's that it is wrong.
func TestAskWeChat(t *testing.T) {
	const serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	right, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{
		{MchID: "1900000001", AppID: "wx1234567890123456", Serial: serial, PublicKey: &right.PublicKey},
	}})
	if err != nil {
		t.Fatal(err)
	}
	weChat := httptest.NewServer(sim)
	defer weChat.Close()
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>sign in</html>")
	}))
	defer portal.Close()
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()

	dir := t.TempDir()
	file := func(name string, key *rsa.PrivateKey) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return keyFile(t, dir, name, "PRIVATE KEY", der, err)
	}
	public, err := x509.MarshalPKIXPublicKey(sim.PublicKey())
	ours := config.WeChat{
		MchID: "1900000001", AppID: "wx1234567890123456", MerchantSerial: serial, MerchantKey: file("right.pem", right),
		PublicKeyID: sim.PublicKeyID(), PublicKey: keyFile(t, dir, "pub_key.pem", "PUBLIC KEY", public, err),
		NotifyURL: "https://court.example/notify", Hosts: []string{weChat.URL},
	}
	tests := map[string]struct {
		change            func(*config.WeChat)
		fine              bool
		refused, answered bool
	}{
		"the right key": {fine: true},
		"another key": {change: func(w *config.WeChat) { w.MerchantKey = file("wrong.pem", wrong) },
			refused: true, answered: true},
		"no key": {change: func(w *config.WeChat) { w.MerchantKey = w.PublicKey }, refused: true},
		"another serial": {change: func(w *config.WeChat) { w.MerchantSerial = strings.Repeat("0", 40) },
			refused: true, answered: true},
		"another merchant": {change: func(w *config.WeChat) { w.MchID = "1900000009" }, refused: true,
			answered: true},
		"a portal": {change: func(w *config.WeChat) { w.Hosts = []string{portal.URL} },
			answered: true},
		"another id of WeChat's key": {change: func(w *config.WeChat) { w.PublicKeyID = "PUB_KEY_ID_01" },
			answered: true},
		"nobody": {change: func(w *config.WeChat) {
			w.Hosts = []string{"http://" +
				closed.Addr().String()}
		}},
		"a purse's wrong key": {change: func(w *config.WeChat) { w.Fine = &config.WeChat{MchID: "1900000009"} },
			refused: true, answered: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := config.Config{Environment: config.Test, WeChat: ours}
			if tt.change != nil {
				tt.change(&c.WeChat)
			}
			err := setup.AskWeChat(t.Context(), c, func(c config.Config) (setup.Asker, error) {
				return app.OpenGateway(c, slog.New(slog.DiscardHandler))
			})
			said, ok := errors.AsType[*setup.KeyError](err)
			if tt.fine != (err == nil) || ok && (said.Refused != tt.refused || said.Answered != tt.answered) {
				t.Errorf("got %+v: %v", said, err)
			}
		})
	}
	if n := len(sim.Orders()); n != 0 {
		t.Errorf("%d orders were made", n)
	}
}

func TestTestPage(t *testing.T) {
	m := printertest.New(printertest.Spec{})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = m.Close(), l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = m.Serve(conn) }()
		}
	}()
	c := config.Defaults()
	c.Court.Name = "北京市东城区人民法院"
	c.Receipt.Printer, c.Receipt.Address = config.ESCPOS, "tcp://"+l.Addr().String()
	page := func(c config.Config) (string, receipt.Outcome, error) {
		p, err := app.OpenPrinter(c)
		if err != nil {
			t.Fatal(err)
		}
		return setup.TestPage(t.Context(), p, c, time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC))
	}
	number, out, err := page(c)
	if err != nil || out != receipt.PrintedProven || number != "CS-20261129-090203" {
		t.Errorf("got %s, %q, %v", number, out, err)
	}
	if n := len(m.Slips()); n != 1 {
		t.Errorf("%d slips came out", n)
	}
	m.Set(func(f *printertest.Faults) { f.Cover = true })
	if _, _, err := page(c); !errors.Is(err, receipt.ErrNothingSent) {
		t.Errorf("with an open cover: %v", err)
	}
	// a folder gets its page before the program's user has made a seal
	c.Receipt.Printer, c.Receipt.Address = config.PDF, filepath.Join(t.TempDir(), "receipts")
	c.Ledger.File = filepath.Join(t.TempDir(), "ledger.db")
	if number, _, err = page(c); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(c.Receipt.Address, number+".pdf"))
	if err != nil || !strings.HasPrefix(string(text), "%PDF-") {
		t.Errorf("got %.10q, %v", text, err)
	}
	if _, err := os.Stat(c.SealFile()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a seal was made: %v", err)
	}
}
