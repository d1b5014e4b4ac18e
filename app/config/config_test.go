package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
)

// good returns a configuration text that loads, in a folder with its key files.
func good(t testing.TB) (text, dir string) {
	t.Helper()
	dir = t.TempDir()
	example, err := os.ReadFile("../../assets/linux/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keys/apiclient_key.pem", "keys/pub_key.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return strings.NewReplacer(
		`mchid = ""                         #`, `mchid = "1900000001" #`,
		`appid = ""`, `appid = "wx1"`,
		`merchant_serial = ""`, `merchant_serial = "`+strings.Repeat("A", 40)+`"`,
		`public_key_id = ""`, `public_key_id = "PUB_KEY_ID_1"`,
		`notify_url = ""`, `notify_url = "https://court.example/n"`,
	).Replace(string(example)), dir
}

func TestTheExampleLoadsOnceFilled(t *testing.T) {
	text, dir := good(t)
	c, err := parse(text, dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kiosk.PayWithin != 5*time.Minute || c.WeChat.MerchantKey != filepath.Join(dir, "keys/apiclient_key.pem") ||
		c.Payee() != "北京市东城区人民法院" {
		t.Errorf("got %+v", c)
	}
	if c.RegisterFile() != "/var/lib/courtkiosk/register.db" {
		t.Errorf("register at %s", c.RegisterFile())
	}
}

func TestTheExampleAsShippedSaysWhatIsMissing(t *testing.T) {
	example, err := os.ReadFile("../../assets/linux/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = parse(string(example), t.TempDir())
	for _, want := range []string{"wechat.mchid: the merchant number; merchant platform",
		"apiclient_key.pem cannot be read; put the file there", "wechat.public_key_id"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestComplaints(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"unknown key":   {`id = "03"`, "id = \"03\"\ncolour = \"red\"", "line 19: unknown key kiosk.colour"},
		"unknown table": {"[log]", "[logs]", "unknown key logs"},
		"not TOML":      {`id = "03"`, `id = 03"`, "line 18"},
		"wrong type":    {`fullscreen = true`, `fullscreen = "yes"`, "fullscreen"},
		"environment": {`environment = "production"`, `environment = "prod"`,
			`"prod" is none of production, test, demo`},
		"court code": {`code = "京0101"`, `code = "0101"`, "court.code"},
		"too short": {`pay_within = "5m"`, `pay_within = "1m"`,
			"kiosk.pay_within: 1m0s is not between 2m and 30m"},
		"not a duration":      {`pay_within = "5m"`, `pay_within = "five"`, "line 20: invalid duration"},
		"plain http":          {`"https://api.mch.weixin.qq.com"`, `"http://api.mch.weixin.qq.com"`, "must be https"},
		"loopback production": {`"https://api.mch.weixin.qq.com"`, `"https://127.0.0.1:1"`, "which production refuses"},
		"printer":             {`printer = "escpos" `, `printer = "lpd" `, `"lpd" is none of escpos, ipp, pdf, none`},
		"printer address":     {`address = "tcp://127.0.0.1:9100"`, `address = "127.0.0.1"`, "want tcp://host:9100"},
		"slow serial line": {`"tcp://127.0.0.1:9100"`, `"serial:/dev/ttyS0?baud=4800"`,
			"at 4800 baud a receipt takes 3 minutes"},
		"odd serial line": {`"tcp://127.0.0.1:9100"`, `"serial:/dev/ttyS0?baud=12345"`,
			"12345 baud is no speed of serial lines"},
		"missing key file":     {`keys/apiclient_key.pem`, `keys/nowhere.pem`, "keys/nowhere.pem cannot be read"},
		"serves":               {`serves = "own"`, `serves = "mine"`, `"mine" is none of own, tribunals, all`},
		"no tribunals":         {`serves = "own"`, `serves = "tribunals"`, "court.tribunals: goes with"},
		"tribunals alone":      {`tribunals = []`, `tribunals = ["京0191"]`, "court.tribunals: goes with"},
		"pattern":              {"\npatterns = []", "\npatterns = ['^(']", "scan.patterns: pattern"},
		"pattern of nothing":   {"\npatterns = []", "\npatterns = ['^[0-9]+$']", "needs one group"},
		"half a public key":    {`public_key_id = "PUB_KEY_ID_1"`, `public_key_id = ""`, "go together"},
		"blank behind mchid":   {`mchid = "1900000001"`, `mchid = "1900000001 "`, `wechat.mchid: "1900000001 " must`},
		"blank before appid":   {`appid = "wx1"`, `appid = " wx1"`, `wechat.appid: " wx1" must`},
		"wide blank in id":     {`"PUB_KEY_ID_1"`, "\"PUB_KEY_ID_1\u3000\"", "wechat.public_key_id: "},
		"serial too short":     {`merchant_serial = "A`, `merchant_serial = "`, "40 hex digits"},
		"notify of the root":   {`court.example/n"`, `court.example/"`, "wechat.notify_url: "},
		"notify with a query":  {`court.example/n"`, `court.example/n?a=1"`, "wechat.notify_url: "},
		"notify with a blank":  {`court.example/n"`, `court.example/n "`, "wechat.notify_url: "},
		"host with a path":     {`api2.mch.weixin.qq.com"`, `api2.mch.weixin.qq.com/v3"`, "wechat.hosts: "},
		"proxy without a port": {`proxy = ""`, `proxy = "http://proxy.court.example"`, "wechat.proxy: want http://"},
		"proxy of another kind": {`proxy = ""`, `proxy = "socks5://proxy.court.example:1080"`,
			"wechat.proxy: want http://"},
		"proxy with its password": {`proxy = ""`, `proxy = "http://a:secret@proxy.court.example:3128"`,
			"wechat.proxy: the password belongs into a file"},
		"password of no proxy": {`proxy_password_file = ""`, `proxy_password_file = "keys/pub_key.pem"`,
			"wechat.proxy_password_file: goes with a user"},
		"authority that is not there": {"\nca_file = \"\"                       # of WeChat",
			"\nca_file = \"nowhere.pem\" # of WeChat", "wechat.ca_file: "},
		"authority of no certificate": {"\nca_file = \"\"                       # of WeChat",
			"\nca_file = \"keys/pub_key.pem\" # of WeChat", "holds no certificate in PEM"},
		"proxy of a purse": {"\n[bills]", "\n[wechat.fine]\nproxy = \"http://proxy.court.example:3128\"\n\n[bills]",
			"wechat.fine: hosts, proxy, ca_file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, dir := good(t)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the example has no %s", tt.old)
			}
			_, err := parse(strings.Replace(text, tt.old, tt.new, 1), dir)
			if bad, ok := errors.AsType[Complaints](err); !ok || !strings.Contains(bad.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPursesHaveTheirAccounts(t *testing.T) {
	text, dir := good(t)
	text = strings.Replace(text, "[bills]", "[wechat.fine]\nmchid = \"1900000009\"\n\n[bills]", 1)
	c, err := parse(text, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Merchant(bill.Fine).MchID; got != "1900000009" {
		t.Errorf("fines go to %s", got)
	}
	if got := c.Account(bill.Fine); got.AppID != "wx1" || got.MerchantKey == "" {
		t.Errorf("the fines' account is %+v", got)
	}
	if c.Merchant(bill.Execution) != c.Merchant(bill.Litigation) || len(c.Accounts()) != 2 {
		t.Errorf("accounts %+v", c.Accounts())
	}
}

// A certificate goes with its key: a purse with a key of its own does not inherit another key's.
func TestPursesInheritTheCertificateWithTheKey(t *testing.T) {
	main := WeChat{MerchantKey: "key", MerchantSerial: "1", MerchantCert: "cert"}
	for name, tt := range map[string]struct {
		w    WeChat
		want string
	}{
		"the same key":    {WeChat{MchID: "2"}, "cert"},
		"its own key":     {WeChat{MerchantKey: "other", MerchantSerial: "2"}, ""},
		"its own of both": {WeChat{MerchantKey: "other", MerchantSerial: "2", MerchantCert: "own"}, "own"},
	} {
		if got := tt.w.under(main).MerchantCert; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("x = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+": line 1: unknown key x") {
		t.Errorf("bad file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	text, dir := good(f)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) { _, _ = parse(text, dir) })
}
