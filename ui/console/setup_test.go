package console_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/receipt/escpos/printertest"
	appsetup "courtkiosk/app/setup"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/console"
)

// A bench is a machine that is to be set up: a root, a stick with keys, a simulated WeChat Pay that checks real
// signatures, a printer in the network, and commands of the test's.
type bench struct {
	t       *testing.T
	machine appsetup.Machine
	stick   string
	sim     *wechatsim.Sim
	weChat  *httptest.Server
	printer *printertest.Printer
	at      string // the printer's address
	ran     []string
	state   string // of the unit
	server  bool   // it has no window
	creds   bool   // systemd-creds works
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, stick: t.TempDir(), state: "active"}
	b.machine = appsetup.Machine{Root: t.TempDir(), Run: b.run, Now: time.Now}
	b.write(filepath.Join(b.machine.Root, "etc/passwd"), "courtkiosk:x:990:991::/:/bin/false\n")
	b.write(filepath.Join(b.machine.Root, "etc/group"), "courtkiosk:x:991:\n")
	b.write(filepath.Join(b.machine.Root, "run/systemd/system/.here"), "")

	key := b.key("apiclient_key.pem")
	b.key("other_key.pem")
	var err error
	b.sim, err = wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{
		{MchID: "1900000001", AppID: "wx1234567890123456", Serial: merchantSerial, PublicKey: &key.PublicKey},
	}})
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(b.sim.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	b.write(b.on("pub_key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	b.weChat = httptest.NewServer(b.sim)
	t.Cleanup(b.weChat.Close)

	b.printer = printertest.New(printertest.Spec{})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = b.printer.Close(), l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = b.printer.Serve(conn) }() // the driver hangs up
		}
	}()
	b.at = "tcp://" + l.Addr().String()
	return b
}

func (b *bench) on(name string) string { return filepath.Join(b.stick, name) }

func (b *bench) key(name string) *rsa.PrivateKey {
	b.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(b.on(name), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return key
}

func (b *bench) write(path, text string) {
	b.t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err := errors.Join(err, os.WriteFile(path, []byte(text), 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

// etc is a file of the machine; empty where there is none.
func (b *bench) etc(name string) string {
	text, _ := os.ReadFile(filepath.Join(b.machine.Root, "etc/courtkiosk", name))
	return string(text)
}

func (b *bench) run(_ context.Context, input []byte, name string, args ...string) ([]byte, error) {
	b.ran = append(b.ran, strings.Join(append([]string{name}, args...), " "))
	switch {
	case name == "systemd-creds" && !b.creds:
		return nil, fmt.Errorf("systemd-creds: %w", exec.ErrNotFound)
	case args[0] == "show":
		return []byte("ActiveState=" + b.state + "\n"), nil
	}
	return input, nil
}

// file is an answer file that is right.
func (b *bench) file() string {
	return fmt.Sprintf(`environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "07"
[wechat]
mchid = "1900000001"
appid = "wx1234567890123456"
merchant_serial = %q
merchant_key_file = "apiclient_key.pem"
public_key_id = %q
public_key_file = "pub_key.pem"
notify_url = "https://court.example/notify"
hosts = [%q]
[ledger]
file = %q
backups = %q
[receipt]
printer = "escpos"
address = %q
`, merchantSerial, b.sim.PublicKeyID(), b.weChat.URL, filepath.Join(b.machine.Root, "state/ledger.db"),
		filepath.Join(b.machine.Root, "state/backups"), b.at)
}

// setUp runs the command with somebody who types.
func (b *bench) setUp(typed string, args ...string) (exit int, out, words string) {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	env := console.Env{Args: append([]string{"setup", "--lang", "en"}, args...),
		Stdin: strings.NewReader(typed), Stdout: &stdout, Stderr: &stderr, Machine: &b.machine}
	if !b.server {
		env.Window = func(context.Context, *app.App) error { return nil }
	}
	exit = console.Main(b.t.Context(), env)
	if all := stdout.String() + stderr.String(); strings.Contains(all, "PRIVATE KEY") {
		b.t.Errorf("a secret is printed:\n%s", all)
	}
	return exit, stdout.String(), stderr.String()
}

func TestSetupUnattended(t *testing.T) {
	swap := func(old, with string) func(*bench, string) string {
		return func(_ *bench, file string) string { return strings.Replace(file, old, with, 1) }
	}
	tests := map[string]struct {
		bend  func(b *bench, file string) string
		args  []string
		exit  int
		says  []string
		slips int
	}{
		"all is right": {exit: console.Done, slips: 1, says: []string{"WeChat takes merchant number and key",
			"CS-", ": printed", "a file in the clear (0600", "courtkiosk.service runs"}},
		"another key": {bend: swap("apiclient_key", "other_key"), exit: console.Failed,
			says: []string{"the key of merchant 1900000001 is not taken", "401", "compare serial and number"}},
		"WeChat away": {exit: console.Unknown,
			bend: func(b *bench, file string) string { b.weChat.Close(); return file },
			says: []string{"WeChat cannot be reached", "is not known", "nothing was written"}},
		"WeChat away, and nobody minds": {args: []string{"--untried"}, exit: console.Done,
			bend: func(b *bench, file string) string { b.weChat.Close(); return file }, says: []string{"runs"}},
		"no paper": {exit: console.Failed, says: []string{"the page was not printed", "paper"},
			bend: func(b *bench, file string) string {
				b.printer.Set(func(f *printertest.Faults) { f.Paper = 0 })
				return file
			}},
		"a bad mchid": {bend: swap("1900000001", "19 0"), exit: console.Failed,
			says: []string{`answers.toml: line 8: wechat.mchid: "19 0" must be digits only`}},
		"a bad court": {bend: swap("京0101", "BJ"), exit: console.Failed, says: []string{"line 3: court.code: "}},
		"no kiosk": {bend: swap("id = \"07\"\n", ""), exit: console.Failed,
			says: []string{"kiosk.id: 1 to 8 letters"}},
		"no printer": {bend: swap("printer = \"escpos\"\n", ""), exit: console.Failed,
			says: []string{"receipt.printer: escpos, ipp, pdf or none is needed"}},
		"a folder that the service cannot write": {exit: console.Failed,
			says: []string{"receipt.address: the service may write below /var/lib/courtkiosk/ alone"},
			bend: func(b *bench, file string) string {
				file = strings.Replace(file, filepath.Join(b.machine.Root, "state/"), "/var/lib/courtkiosk", 2)
				return strings.NewReplacer(`"escpos"`, `"pdf"`, b.at, "/srv/receipts").Replace(file)
			}},
		"no such key": {bend: swap("[kiosk]", "[kiosk]\nnumber = 1"), exit: console.Failed,
			says: []string{"line 6: kiosk.number: unknown key"}},
		"a key that is not there": {bend: swap("pub_key.pem", "nowhere.pem"), exit: console.Failed,
			says: []string{"wechat.public_key_file", "nowhere.pem cannot be read"}},
		"a server without a page": {bend: func(b *bench, file string) string { b.server = true; return file },
			exit: console.Failed, says: []string{"clerk.listen: a machine without a window is a server"}},
		"a server": {exit: console.Done, slips: 1, bend: func(b *bench, file string) string {
			b.server = true
			return file + "[clerk]\nlisten = \"127.0.0.1:8443\"\n"
		}},
		"the unit falls over": {bend: func(b *bench, file string) string { b.state = "inactive"; return file },
			exit: console.Failed, slips: 1, says: []string{"all is written, but courtkiosk.service does not run"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			file := b.file()
			if tt.bend != nil {
				file = tt.bend(b, file)
			}
			b.write(b.on("answers.toml"), file)
			exit, out, words := b.setUp("", append([]string{"--answers", b.on("answers.toml")}, tt.args...)...)
			if exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", exit, tt.exit, words)
			}
			for _, want := range tt.says {
				if !strings.Contains(words, want) {
					t.Errorf("does not say %q:\n%s", want, words)
				}
			}
			if n := len(b.printer.Slips()); n != tt.slips {
				t.Errorf("%d slips, want %d", n, tt.slips)
			}
			wrote := b.etc("config.toml") != ""
			if wrote != strings.Contains(out, "written") || wrote != (tt.exit == console.Done || tt.slips > 0) {
				t.Errorf("wrote %t, says:\n%s", wrote, out)
			}
			if !wrote && len(b.ran) > 0 && strings.Contains(strings.Join(b.ran, "\n"), "systemctl") {
				t.Errorf("started what is not set up: %q", b.ran)
			}
			if n := len(b.sim.Orders()); n != 0 {
				t.Errorf("%d orders were made", n)
			}
		})
	}
}

// A key that is sealed cannot be read while the unit does not run: it is named again, or not tried.
func TestSetupWithASealedKey(t *testing.T) {
	b := newBench(t)
	b.creds = true
	b.write(b.on("answers.toml"), b.file())
	b.write(b.on("printer.toml"), "[receipt]\npaper = 58\n")
	if exit, _, words := b.setUp("", "--answers", b.on("answers.toml")); exit != console.Done ||
		!strings.Contains(words, "is sealed as the credential") {
		t.Fatalf("exit %d: %s", exit, words)
	}
	exit, _, words := b.setUp("", "--answers", b.on("printer.toml"), "--replace")
	if exit != console.Failed || !strings.Contains(words, "the key that is there is sealed") {
		t.Errorf("exit %d: %s", exit, words)
	}
	exit, _, words = b.setUp("", "--answers", b.on("printer.toml"), "--replace", "--untried")
	if exit != console.Done || !strings.Contains(b.etc("config.d/machine.toml"), "paper = 58") ||
		!strings.Contains(b.etc("config.d/machine.toml"), "/run/credentials/") {
		t.Errorf("exit %d: %s\n%s", exit, words, b.etc("config.d/machine.toml"))
	}
}

// A person is asked each key until its answer is right, the merchant's anew until WeChat takes the key.
func TestSetupAtATerminal(t *testing.T) {
	b := newBench(t)
	b.write(filepath.Join(b.machine.Root, "etc/courtkiosk/config.d/00-test.toml"),
		fmt.Sprintf("environment = \"test\"\n[wechat]\nhosts = [%q]\n", b.weChat.URL))
	steps := []struct{ types, hears string }{
		{"BJ", "not usable: the court's code in its case numbers"}, {"京0101", ""},
		{"", "not usable: the court's full name is needed"}, {"北京市东城区人民法院", ""},
		{"", "the hotline [12368]"}, {"3号窗口", "[2号窗口]"},
		{"0 7", "not usable: 1 to 8 letters or digits"}, {"07", ""},
		{"1900000001", ""}, {"wx1234567890123456", ""},
		{"abc", `not usable: "abc" must be the 40 hex digits`}, {merchantSerial, ""},
		{b.on("nowhere.pem"), "nowhere.pem cannot be read"}, {b.on("other_key.pem"), ""},
		{b.on("pub_key.pem"), ""}, {b.sim.PublicKeyID(), ""},
		{"http://x", "not usable: \"http://x\" must be https"},
		{"https://court.example/notify", "the key of merchant 1900000001 is not taken"},
		{"", "[1900000001]"}, {"", ""}, {"", ""}, {b.on("apiclient_key.pem"), "other_key.pem]"}, {"", ""}, {"", ""},
		{"", "WeChat takes merchant number and key"},
		{"fax", `not usable: "fax" is none of`}, {"escpos", ""},
		{"lpt1", "not usable: want tcp://host:9100"}, {b.at, ""},
		{"wide", "not usable: a number is needed"}, {"58", "page CS-"},
	}
	var typed strings.Builder
	for _, s := range steps {
		typed.WriteString(s.types + "\n")
	}
	exit, out, words := b.setUp(typed.String())
	if exit != console.Done {
		t.Errorf("exit %d: %s\n%s", exit, out, words)
	}
	rest := words
	for _, s := range steps {
		before, after, ok := strings.Cut(rest, s.hears)
		if !ok {
			t.Errorf("after %q does not say %q in\n%s", s.types, s.hears, before)
			break
		}
		rest = after
	}
	for name, want := range map[string]string{
		"config.toml":           `window = "3号窗口"`,
		"config.d/machine.toml": "paper = 58",
	} {
		if !strings.Contains(b.etc(name), want) {
			t.Errorf("%s lacks %q:\n%s", name, want, b.etc(name))
		}
	}
	// once more: the court's part stands, and the machine's is offered
	exit, _, words = b.setUp("\n" + b.on("apiclient_key.pem") + "\n\n\n\n")
	if exit != console.Done || strings.Contains(words, "full name") || !strings.Contains(words, "[07]") {
		t.Errorf("once more: exit %d: %s", exit, words)
	}
	// somebody goes away
	exit, _, words = b.setUp("08\n")
	if exit != console.Failed || !strings.Contains(words, "nobody answers; nothing was written") {
		t.Errorf("exit %d: %s", exit, words)
	}
	// WeChat is away: the person decides
	b.weChat.Close()
	keep := "\n" + b.on("apiclient_key.pem") + "\n"
	exit, _, words = b.setUp(keep + "no\n")
	if exit != console.Unknown || !strings.Contains(words, "Go on without knowing?") {
		t.Errorf("exit %d: %s", exit, words)
	}
	b.printer.Set(func(f *printertest.Faults) { f.Cover = true })
	exit, _, words = b.setUp(keep + "perhaps\nyes\n\n\n\nno\n\n\n\nyes\n")
	if exit != console.Done || strings.Count(words, "Go on without a page?") != 2 {
		t.Errorf("exit %d: %s", exit, words)
	}
}

// At a Chinese terminal each refusal is Chinese too, but for what a machine or WeChat has answered.
func TestSetupRefusesInChinese(t *testing.T) {
	b := newBench(t)
	b.write(filepath.Join(b.machine.Root, "etc/courtkiosk/config.d/00-test.toml"),
		fmt.Sprintf("environment = \"test\"\n[wechat]\nhosts = [%q]\n", b.weChat.URL))
	exit, _, words := b.setUp("BJ\n京0101\n\n北京市东城区人民法院\n\n\n0 7\n07\nx\n1900000001\nx\nwx1234567890123456\nabc\n"+
		merchantSerial+"\n"+b.on("nowhere.pem")+"\n"+b.on("other_key.pem")+"\n"+b.on("nowhere.pem")+"\n"+
		b.on("pub_key.pem")+"\nx\n"+b.sim.PublicKeyID()+"\nhttp://x\nhttps://court.example/notify\n", "--lang", "zh")
	for _, want := range []string{"不可用：须为法院代码", "不可用：须填写法院全称", "不可用：须为 1 至 8 个", "不可用：须为数字的商户号",
		"不可用：须为与商户号", "不可用：须为 40 位", "不可用：须为本机可读的私钥", "不可用：须为本机可读的公钥", "不可用：须为 PUB_KEY_ID_",
		"不可用：须为 https", "微信支付不认可商户 1900000001 的密钥", "无人应答，未写入任何内容"} {
		if !strings.Contains(words, want) {
			t.Errorf("does not say %q", want)
		}
	}
	if exit != console.Failed || strings.Contains(words, "not usable") {
		t.Errorf("exit %d", exit)
	}
	if t.Failed() {
		t.Log(words)
	}
}

func TestSetupSpeaksChinese(t *testing.T) {
	for env, want := range map[string]string{
		"zh_CN.UTF-8": "案号中的法院代码", "en_GB.UTF-8": "the court's code", "": "the court's code",
	} {
		b := newBench(t)
		t.Setenv("LC_ALL", env)
		t.Setenv("LC_MESSAGES", "")
		t.Setenv("LANG", "")
		var out, words bytes.Buffer
		exit := console.Main(t.Context(), console.Env{Args: []string{"setup"}, Stdin: strings.NewReader(""),
			Stdout: &out, Stderr: &words, Machine: &b.machine})
		if exit != console.Failed || !strings.Contains(words.String(), want) {
			t.Errorf("%q: exit %d: %s", env, exit, &words)
		}
	}
}
