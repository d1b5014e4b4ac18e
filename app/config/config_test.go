package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

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
		`appid = ""`, `appid = "wx8888888888888888"`,
		`merchant_serial = ""`, `merchant_serial = "`+strings.Repeat("A", 40)+`"`,
		`public_key_id = ""`, `public_key_id = "PUB_KEY_ID_1"`,
		`notify_url = ""`, `notify_url = "https://court.example/n"`,
	).Replace(string(example)), dir
}

func TestTheExampleLoadsOnceFilled(t *testing.T) {
	text, dir := good(t)
	c, _, err := parse(dir, part{text: text})
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

// The manual promises every key; those of a purse of its own are shown as comments.
func TestTheExampleHasEveryKey(t *testing.T) {
	values, _, err := Effective("../../assets/linux/config.toml")
	if len(values) < 40 {
		t.Fatalf("%d keys: %v", len(values), err)
	}
	for _, v := range values {
		if v.Default {
			t.Errorf("the example lacks %s", v.Key)
		}
	}
}

func TestTheExampleAsShippedSaysWhatIsMissing(t *testing.T) {
	example, err := os.ReadFile("../../assets/linux/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = parse(t.TempDir(), part{text: string(example)})
	for _, want := range []string{"wechat.mchid: the merchant number; merchant platform",
		"apiclient_key.pem cannot be read; put the file there", "wechat.public_key_id"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestComplaints(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"unknown key":   {`id = "03"`, "id = \"03\"\ncolour = \"red\"", "line 22: kiosk.colour: unknown key"},
		"unknown table": {"[log]", "[logs]", "logs: unknown key"},
		"a secret key as the public one": {`recipient = ""`, `recipient = "AGE-SECRET-KEY-1QQQ"`,
			"offsite.recipient: that is the secret key"},
		"no public key": {`recipient = ""`, `recipient = "age1qqq"`,
			"offsite.recipient: no public key of age"},
		"a folder alone": {`folder = ""`, `folder = "/mnt/x"`, "offsite: recipient and folder go together"},
		"not TOML":       {`id = "03"`, `id = 03"`, "line 21"},
		"wrong type":     {`fullscreen = true`, `fullscreen = "yes"`, "fullscreen"},
		"environment": {`environment = "production"`, `environment = "prod"`,
			`"prod" is none of production, test, demo`},
		"court code": {`code = "京0101"`, `code = "0101"`, "court.code"},
		"court of two lines": {`payee = ""`, `payee = "东城\n法院"`,
			"line 9: court.payee: it holds a line break"},
		"court turned around": {`payee = ""`, "payee = \"东城\u202e法院\"",
			"line 9: court.payee: it holds a line break"},
		"a key that is a folder": {`keys/apiclient_key.pem`, `keys`, "keys cannot be read"},
		"too short": {`pay_within = "5m"`, `pay_within = "1m"`,
			"kiosk.pay_within: 1m0s is not between 2m and 30m"},
		"not a duration": {`pay_within = "5m"`, `pay_within = "five"`,
			"line 23: kiosk.pay_within: \"five\" is no time"},
		"an endless echo":     {`touch_again = "200ms"`, `touch_again = "1m"`, "1m0s is not between 0s and 2s"},
		"plain http":          {`"https://api.mch.weixin.qq.com"`, `"http://api.mch.weixin.qq.com"`, "must be https"},
		"loopback production": {`"https://api.mch.weixin.qq.com"`, `"https://127.0.0.1:1"`, "which production refuses"},
		"printer":             {`printer = "escpos" `, `printer = "lpd" `, `"lpd" is none of escpos, ipp, pdf, none`},
		"printer address":     {`address = "tcp://127.0.0.1:9100"`, `address = "127.0.0.1"`, "want tcp://host:9100"},
		"slow serial line": {`"tcp://127.0.0.1:9100"`, `"serial:/dev/ttyS0?baud=4800"`,
			"at 4800 baud a receipt takes 3 minutes"},
		"odd serial line": {`"tcp://127.0.0.1:9100"`, `"serial:/dev/ttyS0?baud=12345"`,
			"12345 baud is no speed of serial lines"},
		"missing key file":   {`keys/apiclient_key.pem`, `keys/nowhere.pem`, "keys/nowhere.pem cannot be read"},
		"serves":             {`serves = "own"`, `serves = "mine"`, `"mine" is none of own, tribunals, all`},
		"no tribunals":       {`serves = "own"`, `serves = "tribunals"`, "court.tribunals: goes with"},
		"tribunals alone":    {`tribunals = []`, `tribunals = ["京0191"]`, "court.tribunals: goes with"},
		"pattern":            {"\npatterns = []", "\npatterns = ['^(']", "scan.patterns: pattern"},
		"pattern of nothing": {"\npatterns = []", "\npatterns = ['^[0-9]+$']", "needs one group"},
		"half a public key":  {`public_key_id = "PUB_KEY_ID_1"`, `public_key_id = ""`, "go together"},
		"blank behind mchid": {`mchid = "1900000001"`, `mchid = "1900000001 "`, `wechat.mchid: "1900000001 " must`},
		"blank before appid": {`appid = "wx8888888888888888"`, `appid = " wx8888888888888888"`,
			`wechat.appid: " wx8888888888888888" must`},
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
			_, _, err := parse(dir, part{text: strings.Replace(text, tt.old, tt.new, 1)})
			if bad, ok := errors.AsType[Complaints](err); !ok || !strings.Contains(bad.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// What people really write, and what they are told.
func TestBrokenConfigurations(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"Chinese quotes": {`window = "2号窗口"`, `window = “2号窗口”`,
			"a sign of a Chinese input method (“); type it as \""},
		"a wide equals sign": {`window = "2号窗口"`, `window ＝ "2号窗口"`, "type it as ="},
		"a wide bracket":     {"[court]", "【court】", "a sign of a Chinese input method (【); type it as ["},
		"a wide blank":       {`window = "2号窗口"`, "window\u3000= \"2号窗口\"", "a sign of a Chinese input method"},
		"no quotes":          {`id = "03"`, `id = A3`, `put the value in quotes: id = "A3"`},
		"a number for a name": {`mchid = "1900000001"`, `mchid = 1900000001`,
			`put it in quotes: mchid = "1900000001"`},
		"a number with a zero": {`id = "03"`, `id = 03`, `put the value in quotes: id = "03"`},
		"a colon":              {`window = "2号窗口"`, `window: "2号窗口"`, "a colon behind the key"},
		"a word for a switch":  {`fullscreen = true`, `fullscreen = "true"`, "write true or false, without quotes"},
		"a switch for a word":  {`language = "zh"`, `language = true`, `put it in quotes: language = "true"`},
		"a paper in quotes":    {`paper = 80`, `paper = "80"`, "write the number without quotes: paper = 80"},
		"five what":            {`pay_within = "5m"`, `pay_within = 5`, `5 what? write pay_within = "5s" or "5m"`},
		"five what, in quotes": {`pay_within = "5m"`, `pay_within = "5"`,
			`"5" is no time; write pay_within = "60s" or "5m"`},
		"minutes in Chinese": {`pay_within = "5m"`, `pay_within = "5分钟"`, "is no time"},
		"one for a list":     {`tribunals = []`, `tribunals = "京0191"`, `a list is needed: tribunals = ["京0191"]`},
		"numbers in a list":  {`tribunals = []`, `tribunals = [191]`, `put each in quotes: tribunals = ["191"]`},
		"a list for one":     {`window = "2号窗口"`, `window = ["2号窗口"]`, "one value is needed, without [ ]"},
		"a key for a table":  {"[log]", "log = \"info\"\n[logs]", "clerk.log: unknown key"},
		"misspelt case": {`mchid = "1900000001"`, `MchID = "1900000001"`,
			"wechat.MchID: unknown key; it is written mchid"},
		"a dash for a line": {`pay_within = "5m"`, `pay-within = "5m"`, "unknown key; it is written pay_within"},
		"a table's case":    {"[court]", "[Court]", "Court: unknown key; it is written court"},
		"twice":             {`window = "2号窗口"`, "window = \"2号窗口\"\nwindow = \"3号窗口\"", "keep one of them"},
		"a DOS path": {`merchant_key_file = "keys/apiclient_key.pem"`,
			`merchant_key_file = "C:\keys\apiclient_key.pem"`, "a backslash in double quotes"},
		"no end of the quotes":  {`window = "2号窗口"`, `window = "2号窗口`, "line 11"},
		"mchid of letters":      {`mchid = "1900000001"`, `mchid = "abc"`, `wechat.mchid: "abc" must be digits only`},
		"appid x":               {`appid = "wx8888888888888888"`, `appid = "x"`, `wechat.appid: "x" must be`},
		"a host without scheme": {`"https://api.mch.weixin.qq.com"`, `"api.mch.weixin.qq.com"`, "must be https"},
		"holidays of nowhere":   {`holidays_file = ""`, `holidays_file = "none.txt"`, "bills.holidays_file: "},
		"hours without minutes": {`monday = ""`, `monday = "9-17"`, `hours.monday: "9-17" is no span of a day`},
		"hours backwards": {`sunday = ""`, `sunday = "17:00-9:00"`,
			`hours.sunday: "17:00-9:00" ends before it begins`},
		"a blank word": {`quiet_causes = ["离婚"`, `quiet_causes = [""`,
			`kiosk.quiet_causes: "" is in every cause`},
		"a ledger on the moon": {`file = "/var/lib/courtkiosk/ledger.db"`, `file = "/dev/null/ledger.db"`,
			"ledger.file: the folder /dev/null cannot be made"},
		"backups in a file": {`backups = "/var/lib/courtkiosk/backups"`, `backups = "/dev/null/backups"`,
			"ledger.backups: the folder /dev/null/backups cannot be made"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, dir := good(t)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the example has no %s", tt.old)
			}
			_, _, err := parse(dir, part{text: strings.Replace(text, tt.old, tt.new, 1)})
			bad, ok := errors.AsType[Complaints](err)
			if !ok || !strings.Contains(bad.Error(), tt.want) || strings.Contains(bad.Error(), "%!") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFilesAsPeopleSaveThem(t *testing.T) {
	text, dir := good(t)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"as it is":           {text, ""},
		"with a mark":        {"\ufeff" + text, ""},
		"with DOS lines":     {strings.ReplaceAll(text, "\n", "\r\n"), ""},
		"with both":          {"\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"), ""},
		"GBK":                {gbk, "save the file as UTF-8"},
		"UTF-16":             {wide, "the file is UTF-16"},
		"empty":              {"", "court.code: "},
		"of another kind":    {"PK\x03\x04\x00\x00", "UTF-16 or no text"},
		"without a new line": {strings.TrimRight(text, "\n"), ""},
	} {
		_, _, err := parse(dir, part{text: tt.text})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// All that is wrong is said at once, in the order of the file, each with its line.
func TestComplaintsStandInOrder(t *testing.T) {
	text, dir := good(t)
	for _, change := range [][2]string{{`serves = "own"`, `serves = "mine"`}, {`pay_within = "5m"`, `pay_within = 5`},
		{`mchid = "1900000001"`, `mchid = 7`}, {`paper = 80`, `paper = 81`}, {"[log]", "[log]\ncolour = 1"}} {
		text = strings.Replace(text, change[0], change[1], 1)
	}
	_, _, err := parse(dir, part{text: text})
	bad, _ := errors.AsType[Complaints](err)
	var keys []string
	last := 0
	for _, line := range bad {
		var n int
		var key string
		if _, err := fmt.Sscanf(line, "line %d: %s", &n, &key); err != nil || n <= last {
			t.Errorf("%q after line %d", line, last)
		}
		keys, last = append(keys, strings.Trim(key, ":")), n
	}
	if want := []string{"court.serves", "kiosk.pay_within", "wechat.mchid", "receipt.paper",
		"log.colour"}; !slices.Equal(keys,
		want) {
		t.Errorf("complains of %q, want %q", keys, want)
	}
}

func TestPursesHaveTheirAccounts(t *testing.T) {
	text, dir := good(t)
	text = strings.Replace(text, "[bills]", "[wechat.fine]\nmchid = \"1900000009\"\n\n[bills]", 1)
	c, _, err := parse(dir, part{text: text})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Merchant(bill.Fine).MchID; got != "1900000009" {
		t.Errorf("fines go to %s", got)
	}
	if got := c.Account(bill.Fine); got.AppID != "wx8888888888888888" || got.MerchantKey == "" {
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
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+": line 1: x: unknown key") {
		t.Errorf("bad file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	text, dir := good(f)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) { _, _, _ = parse(dir, part{text: text}) })
}

// Production refuses secrets that others can read and a state folder that they can write, with the command to type;
// test tells it.
func TestOthersKeepOut(t *testing.T) {
	for name, tt := range map[string]struct {
		path string
		mode os.FileMode
		want string
	}{
		"key for all":      {"keys/apiclient_key.pem", 0o644, "wechat.merchant_key_file: others may read "},
		"key to write":     {"keys/apiclient_key.pem", 0o666, "apiclient_key.pem; type: chmod 0600 "},
		"key of the group": {"keys/apiclient_key.pem", 0o640, "type: chmod 0600 "},
		"public key":       {"keys/pub_key.pem", 0o644, ""},
		"state for all":    {"state", 0o777, "ledger.file: others may write into "},
		"state to read":    {"state", 0o755, ""},
		"backups for all":  {"state/backups", 0o777, "ledger.backups: others may write into "},
	} {
		t.Run(name, func(t *testing.T) {
			text, dir := good(t)
			text = strings.NewReplacer(`"/var/lib/courtkiosk/ledger.db"`, `"state/ledger.db"`,
				`"/var/lib/courtkiosk/backups"`, `"state/backups"`).Replace(text)
			if err := errors.Join(os.MkdirAll(filepath.Join(dir, "state/backups"), 0o700),
				os.Chmod(filepath.Join(dir, tt.path), tt.mode)); err != nil {
				t.Fatal(err)
			}
			_, _, err := parse(dir, part{text: text})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("production: got %v, want %q", err, tt.want)
			}
			trial := strings.Replace(text, `environment = "production"`, `environment = "test"`, 1)
			c, _, err := parse(dir, part{text: trial})
			if notes := strings.Join(c.Notes(), "\n"); err != nil || !strings.Contains(notes, tt.want) {
				t.Errorf("test: %v, notes %q", err, notes)
			}
		})
	}
}

func TestEffective(t *testing.T) {
	text, dir := good(t)
	path := filepath.Join(dir, "config.toml")
	text = strings.NewReplacer("pay_within", "# pay_within", `proxy = ""`,
		`proxy = "http://kiosk@proxy.court.example:3128"`,
		`paper = 80`, `paper = "80"`).Replace(text)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	values, lacks, err := Effective(path)
	if bad, ok := errors.AsType[Complaints](err); !ok || len(bad) != 1 || !strings.Contains(bad[0], "without quotes") {
		t.Errorf("complaints %v", err)
	}
	for _, want := range []Value{{"kiosk.pay_within", "5m0s", true}, {"court.code", "京0101", false},
		{"wechat.merchant_key_file", filepath.Join(dir, "keys/apiclient_key.pem"), false},
		{"wechat.proxy", "http://proxy.court.example:3128, with a user", false}, {"receipt.paper", "80", true}} {
		if !slices.Contains(values, want) {
			t.Errorf("no %+v in %+v", want, values)
		}
	}
	want := []Warning{{"court.name_en", "English pages say it in Chinese: 北京市东城区人民法院"},
		{"court.window_en", "English pages say it in Chinese: 2号窗口"}}
	if !slices.Equal(lacks, want) { // where cash is taken the window is meant, and it is named already
		t.Errorf("warnings %+v", lacks)
	}
	text = strings.NewReplacer(`cash = ""`, `cash = "一层银行网点"`, `name_en = ""`, `name_en = "A Court"`,
		`window_en = ""`, `window_en = "Window 2"`).Replace(text)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, lacks, _ = Effective(path); len(lacks) != 1 || lacks[0].Key != "court.cash_en" {
		t.Errorf("warnings %+v", lacks)
	}
	if _, _, err := Effective(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestServiceHours(t *testing.T) {
	text, dir := good(t)
	c, _, err := parse(dir, part{text: text})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := c.Service(); err != nil || !h.Always() {
		t.Errorf("the example is not always open: %v, %v", h, err)
	}
	text = strings.Replace(text, `friday = ""`, `friday = "9：00-12:00，13:30-17:00"`, 1)
	if c, _, err = parse(dir, part{text: text}); err != nil {
		t.Fatal(err)
	}
	h, err := c.Service()
	if got := fmt.Sprint(h.Week[time.Friday]); err != nil || got != "[9:00–12:00 13:30–17:00]" ||
		h.Week[time.Monday] != nil {
		t.Errorf("got %s on Friday, %v on Monday, %v", got, h.Week[time.Monday], err)
	}
}

// A court has one file for all of its machines, and each machine a small one: what that says counts, and what is wrong
// is told of the file in which it stands.
func TestPartsOfAMachine(t *testing.T) {
	text, dir := good(t)
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shared := filepath.Join(dir, "config.toml")
	write("config.toml", text)
	write("config.d/10-machine.toml", "[kiosk]\nid = \"07\"\n[receipt]\nprinter = \"pdf\"\naddress = \"receipts\"\n")
	write("config.d/20-trial.toml", "[kiosk]\nlanguage = \"en\"\n")
	write("config.d/notes.txt", "not a part")
	c, err := Load(shared)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kiosk.ID != "07" || c.Kiosk.Language != "en" || c.Court.Code != "京0101" ||
		c.Receipt.Address != filepath.Join(dir, "receipts") { // as in the file beside which config.d lies
		t.Errorf("got %+v, %+v", c.Kiosk, c.Receipt)
	}
	values, _, err := Effective(shared)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(values, func(v Value) bool { return v.Key == "kiosk.id" }); values[i].Value != "07" ||
		values[i].Default {
		t.Errorf("kiosk.id is shown as %+v", values[i])
	}

	write("config.d/10-machine.toml", "[kiosk]\nid = \"kiosk seven\"\nidd = 1\n")
	write("config.toml", strings.Replace(text, `code = "京0101"`, `code = "x"`, 1))
	_, err = Load(shared)
	bad, _ := errors.AsType[Complaints](err)
	machine := filepath.Join(dir, "config.d/10-machine.toml")
	if len(bad) != 3 || !strings.HasPrefix(bad[0], shared+": line ") || !strings.Contains(bad[0], "court.code") ||
		!strings.HasPrefix(bad[1], machine+": line 2: kiosk.id: ") ||
		!strings.HasPrefix(bad[2], machine+": line 3: kiosk.idd: ") {
		t.Errorf("complaints:\n%s", strings.Join(bad, "\n"))
	}

	write("config.d/20-trial.toml", "[kiosk\n")
	_, err = Load(shared)
	if err == nil || !strings.Contains(err.Error(), "20-trial.toml: line ") {
		t.Errorf("a part that cannot be read: %v", err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "config.d/30-gone.toml")); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(shared); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "30-gone.toml") {
		t.Errorf("a part that is not there: %v", err)
	}
}

// A secret key that stands in the file by mistake is neither shown nor said.
func TestASecretKeyIsNotShown(t *testing.T) {
	text, dir := good(t)
	text = strings.Replace(text, `recipient = ""`, `recipient = "age-secret-key-1qqq"`, 1)
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	values, _, err := Effective(path)
	if said := fmt.Sprint(values, err); err == nil || strings.Contains(strings.ToLower(said), "key-1qqq") {
		t.Errorf("it says %s", said)
	}
}
