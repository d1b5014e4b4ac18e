package console_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/wechatsim"
)

// wechat: starts a simulated WeChat Pay and writes kiosk.toml, which leads to it.
// wechat deaf: no request is answered any more. wechat refuses: no order is created any more, for want of a right.
// wechat denies: it refuses the signature of every create. wechat hears: all is well again.
func cmdWeChat(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	switch {
	case len(args) == 0:
		w.openWeChat(ts)
	case args[0] == "deaf":
		w.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Lost: true} })
	case args[0] == "refuses":
		w.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			if c.Op != "create" {
				return nil
			}
			return &wechatsim.Fault{Before: true, Status: http.StatusForbidden, Code: "NO_AUTH"}
		})
	case args[0] == "denies":
		w.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			if c.Op != "create" {
				return nil
			}
			return &wechatsim.Fault{Before: true, Status: http.StatusUnauthorized, Code: "SIGN_ERROR"}
		})
	case args[0] == "elsewhere": // somebody else was paid, two days ago: $BILLDAY
		at := time.Now().In(payment.China).AddDate(0, 0, -2)
		w.sim.PayElsewhere(wechatsim.Order{MchID: "1900000001", AppID: "wx1234567890123456", No: "ELSEWHERE",
			Attach: "07/9abc", Total: 500, PaidAt: at})
		ts.Setenv("BILLDAY", at.Format(time.DateOnly))
	case args[0] == "hears":
		w.sim.Inject(nil)
	default:
		ts.Fatalf("wechat %v", args)
	}
}

const merchantSerial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"

func (w *world) openWeChat(ts *testscript.TestScript) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ts.Check(err)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	ts.Defer(server.Close)
	w.sim, err = wechatsim.New(wechatsim.Options{
		Merchants: []wechatsim.Merchant{
			{MchID: "1900000001", AppID: "wx1234567890123456", Serial: merchantSerial, PublicKey: &key.PublicKey},
			{MchID: "1900000002", AppID: "wx1234567890123456", Serial: merchantSerial, PublicKey: &key.PublicKey},
		},
		CodeURL: func(no string) string { return server.URL + "/phone/" + no },
	})
	ts.Check(err)
	mux.Handle("/phone/", w.sim.Phone("北京市东城区人民法院"))
	mux.Handle("/v3/", w.sim)

	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	public, err := x509.MarshalPKIXPublicKey(w.sim.PublicKey())
	ts.Check(err)
	for _, dir := range []string{"keys", "state", "receipts"} {
		ts.Check(os.MkdirAll(ts.MkAbs(dir), 0o700))
	}
	files := map[string][]byte{
		"keys/apiclient_key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		"keys/pub_key.pem":       pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"kiosk.toml": []byte(strings.NewReplacer("HOST", server.URL, "KEYID", w.sim.PublicKeyID(), "SERIAL",
			merchantSerial).Replace(kioskTOML)),
	}
	for name, data := range files {
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
	}
}

const kioskTOML = `environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "03"
language = "en"
[wechat]
mchid = "1900000001"
appid = "wx1234567890123456"
merchant_serial = "SERIAL"
merchant_key_file = "keys/apiclient_key.pem"
public_key_id = "KEYID"
public_key_file = "keys/pub_key.pem"
notify_url = "https://court.example/notify"
hosts = ["HOST"]
[ledger]
file = "state/ledger.db"
backups = "state/backups"
[receipt]
printer = "pdf"
address = "receipts"
`

// age ORDER DURATION: the order's time ended so much earlier.
func cmdAge(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[1])
	ts.Check(err)
	l, err := bolt.Open(ts.MkAbs("state/ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{Backups: ts.MkAbs("state/backups")})
	ts.Check(err)
	_, err = l.Update(context.Background(), args[0], func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		o.Expires = o.Expires.Add(-d)
		return payment.Change{Order: o, Note: "aged by a test"}, nil
	})
	ts.Check(err)
	ts.Check(l.Close())
}

// code: reads the QR of the one receipt that was printed, as a scanner would, into CODE, and the one key's id into KEY.
func cmdCode(ts *testscript.TestScript, _ bool, _ []string) {
	files, err := filepath.Glob(ts.MkAbs("receipts/PZ-*.pdf"))
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d receipts", len(files))
	}
	picture := ts.MkAbs("receipt")
	ts.Check(ts.Exec("pdftoppm", "-r", "203", "-png", "-singlefile", files[0], picture))
	ts.Check(ts.Exec("zbarimg", "-q", "--raw", picture+".png"))
	ts.Setenv("PDF", files[0])
	data, err := os.ReadFile(files[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("changed.pdf"), append(data, '\n'), 0o600))
	ts.Setenv("CODE", strings.TrimSpace(ts.ReadFile("stdout")))
	for line := range strings.Lines(ts.ReadFile("state/receipt-keys.txt")) {
		if !strings.HasPrefix(line, "#") {
			ts.Setenv("KEY", strings.Fields(line)[0])
		}
	}
}
