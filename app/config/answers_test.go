package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"courtkiosk/assets"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every key of the documentation can be filled in, and nothing but its value changes.
func TestFillKeepsWhatStandsBeside(t *testing.T) {
	values := map[string]any{
		"court.name": "某某市\"甲\"区人民法院", "wechat.mchid": "1900000001", "receipt.paper": int64(58),
		"court.tribunals": []any{"京0191", "京0192"}, "kiosk.fullscreen": false, "environment": "test",
		"wechat.fine.mchid": "1900000002", "wechat.fine.appid": "wx1", "scan.patterns": []any{`a#"b`},
	}
	got, err := Fill(assets.Config, values, "kiosk.id", "receipt.address")
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := Differing(got, values); err != nil || len(keys) > 0 {
		t.Errorf("%q are not in it (%v)", keys, err)
	}
	before, after := strings.Split(assets.Config, "\n"), strings.Split(got, "\n")
	for i, line := range before[:len(before)-1] {
		if commentOf(line) != commentOf(after[i]) && !strings.HasPrefix(after[i], "# ") {
			t.Errorf("line %d: %q became %q", i+1, line, after[i])
		}
	}
	for _, want := range []string{"\n# id = \"03\"", "\n# address = \"tcp://127.0.0.1:9100\"",
		"\n[wechat.fine]\nmchid = \"1900000002\"\nappid = \"wx1\"\n",
		"\nmchid = \"1900000001\"               # merchant number: merchant platform, account centre\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
}

func TestFillByHand(t *testing.T) {
	tests := map[string]struct {
		text   string
		values map[string]any
		want   string // empty: refused
	}{
		"nothing is there": {"", map[string]any{"kiosk.id": "07"}, "[kiosk]\nid = \"07\"\n"},
		"the table is there": {"[kiosk] # ours\n[log]\n", map[string]any{"kiosk.id": "07"},
			"[kiosk] # ours\nid = \"07\"\n[log]\n"},
		"a key of no table":      {"[log]\n", map[string]any{"environment": "test"}, "environment = \"test\"\n[log]\n"},
		"a list of many lines":   {"[scan]\npatterns = [\n'a',\n]\n", map[string]any{"scan.patterns": []any{"b"}}, ""},
		"it is no configuration": {"][", map[string]any{"kiosk.id": "07"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Fill(tt.text, tt.values)
			if (err != nil) != (tt.want == "") || err == nil && got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestReadAnswers(t *testing.T) {
	dir := t.TempDir()
	stick := filepath.Join(dir, "answers.toml")
	write(t, stick, "[wechat]\nmerchant_key_file = \"k/key.pem\"\n[bills]\nregister_file = \"list.csv\"\n"+
		"[clerk]\nkey = \"/elsewhere/clerk.pem\"\n")
	a, err := ReadAnswers(stick)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"wechat.merchant_key_file": filepath.Join(dir, "k/key.pem"),
		"bills.register_file": "list.csv", "clerk.key": "/elsewhere/clerk.pem"} {
		if got := flat(a.part.tree, "")[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	for text, want := range map[string]string{
		"[kiosk]\nidd = \"1\"\n": "line 2: kiosk.idd: unknown key",
		"[kiosk]\nid = 7\n":      `line 2: kiosk.id: put it in quotes: id = "7"`,
		"[receipt]\npaper = 'a'": "line 2: receipt.paper: write the number without quotes",
		"[court]\nname = 某某法院\n": `line 2: put the value in quotes`,
	} {
		write(t, stick, text)
		if _, err := ReadAnswers(stick); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := ReadAnswers(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing file is read")
	}
}

// A bad answer is told with its file and line, one of the court's file with that one's; a key that others can read is
// none of either's yet.
func TestOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "etc", "config.toml")
	write(t, path, "[court]\ncode = \"京0101\"\nname = \"\"\n")
	write(t, MachineFile(path), "[kiosk]\nid = \"07\"\n")
	stick := filepath.Join(dir, "answers.toml")
	write(t, stick, "[wechat]\nmchid = \"19 00\"\nmerchant_key_file = \"key.pem\"\n[receipt]\nprinter = \"fax\"\n")
	write(t, filepath.Join(dir, "key.pem"), "")
	if err := os.Chmod(filepath.Join(dir, "key.pem"), 0o777); err != nil {
		t.Fatal(err)
	}
	a, err := ReadAnswers(stick)
	if err != nil {
		t.Fatal(err)
	}
	c, said, bad, err := a.Over(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kiosk.ID != "07" || c.Court.Code != "京0101" || !said["kiosk.id"] || said["kiosk.language"] {
		t.Errorf("got %+v, %v", c.Kiosk, said)
	}
	var got []string
	for _, w := range bad {
		got = append(got, w.Text)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{path + ": line 3: court.name: ", stick + `: line 2: wechat.mchid: "19 00" must be`,
		stick + `: line 5: receipt.printer: "fax" is none of`} {
		if !strings.Contains(all, want) {
			t.Errorf("does not say %q:\n%s", want, all)
		}
	}
	if strings.Contains(all, "merchant_key_file") {
		t.Errorf("complains of the key:\n%s", all)
	}
	if _, _, bad, err := (Answers{}).Over(filepath.Join(dir, "nowhere", "config.toml")); err != nil || len(bad) == 0 {
		t.Errorf("of nothing: %v, %v", bad, err)
	}
}

func TestAnswer(t *testing.T) {
	var a Answers
	for key, text := range map[string]string{"receipt.paper": "58", "kiosk.id": "07", "wechat.fine.mchid": "19"} {
		if err := a.Answer(key, text); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if a.Answer("receipt.paper", "wide") == nil || a.Answer("kiosk.idd", "") == nil ||
		a.Answer("kiosk.id.x", "") == nil {
		t.Error("an answer without a form is taken")
	}
	want := map[string]any{"receipt.paper": int64(58), "kiosk.id": "07"}
	if got := a.Values(true); len(got) != 2 || got["receipt.paper"] != want["receipt.paper"] {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Each file that a configuration names as a secret, or to believe somebody by, is carried; a new key of that kind must
// be looked at here.
func TestCarried(t *testing.T) {
	var c map[string]any
	if _, err := toml.Decode(assets.Config, &c); err != nil {
		t.Fatal(err)
	}
	var got []string
	for key := range flat(c, "") {
		if carried(key) {
			got = append(got, key)
		}
	}
	slices.Sort(got)
	want := []string{"bills.ca_file", "bills.court_cert_file", "bills.court_key_file", "bills.court_token_file",
		"clerk.certificate", "clerk.client_ca", "clerk.key", "ledger.dsn_file", "wechat.apiv3_key_file",
		"wechat.ca_file", "wechat.merchant_certificate_file", "wechat.merchant_key_file", "wechat.proxy_password_file",
		"wechat.public_key_file"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
