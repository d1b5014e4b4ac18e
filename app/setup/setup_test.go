package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/config"
)

const secret = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

const answers = `environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "07"
[wechat]
mchid = "1900000001"
merchant_key_file = "apiclient_key.pem"
public_key_file = "pub_key.pem"
[receipt]
printer = "none"
`

// A bench is a root with the package's user, a stick with answers, and a systemd of the test's.
type bench struct {
	t     *testing.T
	m     Machine
	stick string
	creds bool     // systemd-creds works
	ran   []string // commands
	units []string // what systemctl show says, one after another; the last for ever
	fails string   // the start of a command that fails
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, stick: t.TempDir(), creds: true, units: []string{"ActiveState=active"}}
	b.m = Machine{Root: t.TempDir(), Run: b.run,
		Now: func() time.Time { return time.Date(2026, 11, 29, 9, 2, 3, 0, time.UTC) }}
	b.write(b.m.at("/etc/passwd"), "root:x:0:0::/root:/bin/sh\ncourtkiosk:x:990:991::/var/lib/courtkiosk:/bin/false\n")
	b.write(b.m.at("/etc/group"), "root:x:0:\ncourtkiosk:x:991:\n")
	b.write(b.at("apiclient_key.pem"), secret)
	b.write(b.at("pub_key.pem"), "public")
	return b
}

func (b *bench) at(name string) string { return filepath.Join(b.stick, name) }

func (b *bench) write(path, text string) {
	b.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(path string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.m.at(path))
	if err != nil {
		b.t.Error(err)
	}
	return string(text)
}

func (b *bench) run(_ context.Context, input []byte, name string, args ...string) ([]byte, error) {
	line := strings.Join(append([]string{name}, args...), " ")
	b.ran = append(b.ran, line)
	switch {
	case b.fails != "" && strings.HasPrefix(line, b.fails):
		return nil, errors.New("exit status 1: no such thing")
	case name == "systemd-creds" && !b.creds:
		return nil, fmt.Errorf("systemd-creds: %w", exec.ErrNotFound)
	case name == "systemd-creds" && args[0] == "encrypt":
		return fmt.Appendf(nil, "%d sealed %x", len(b.ran), input), nil
	case name == "systemd-creds":
		var n int
		var text []byte
		_, err := fmt.Sscanf(string(input), "%d sealed %x", &n, &text)
		return text, err
	case name == "systemctl" && args[0] == "show":
		said := b.units[0]
		if len(b.units) > 1 {
			b.units = b.units[1:]
		}
		return []byte(said + "\n"), nil
	}
	return nil, nil
}

func (b *bench) answers(text string) config.Answers {
	b.t.Helper()
	b.write(b.at("answers.toml"), text)
	a, err := config.ReadAnswers(b.at("answers.toml"))
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// setUp plans and writes; before is asked before each file.
func (b *bench) setUp(text string, replace bool, before func(string) error) (written []string, err error) {
	b.t.Helper()
	p, err := b.m.Plan(b.t.Context(), b.answers(text), replace)
	if err != nil {
		return nil, err
	}
	p.before = before
	written, _, err = p.Write()
	for i, path := range written {
		written[i] = strings.TrimPrefix(path, b.m.Root)
	}
	return written, err
}

// tree is every file of /etc that setup makes, with mode, owner and text.
func (b *bench) tree() map[string]string {
	b.t.Helper()
	files := make(map[string]string)
	for _, dir := range []string{"/etc/courtkiosk", "/etc/credstore.encrypted"} {
		err := filepath.WalkDir(b.m.at(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			whose := ""
			if s := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 {
				whose = fmt.Sprintf(" %d:%d", s.Uid, s.Gid)
			}
			files[strings.TrimPrefix(path, b.m.Root)] = fmt.Sprintf("%o%s", info.Mode().Perm(), whose)
			return nil
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return files
}

func TestSetUp(t *testing.T) {
	tests := map[string]struct {
		creds, image bool
		key          string // as the configuration names it
		files        map[string]string
	}{
		"sealed": {creds: true, key: Given, files: map[string]string{
			"/etc/credstore.encrypted": "700 0:0", "/etc/credstore.encrypted/courtkiosk.merchant-key": "600 0:0"}},
		"no systemd-creds": {key: "keys/apiclient_key.pem", files: map[string]string{
			"/etc/courtkiosk/keys/apiclient_key.pem": "600 990:991"}},
		"an image": {creds: true, image: true, key: "keys/apiclient_key.pem", files: map[string]string{
			"/etc/courtkiosk/keys/apiclient_key.pem": "600 990:991"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.creds, b.m.Image = tt.creds, tt.image
			written, err := b.setUp(answers, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if last := written[len(written)-1]; last != config.Default {
				t.Errorf("%s was written last", last)
			}
			want := map[string]string{"/etc/courtkiosk": "750 0:991", "/etc/courtkiosk/keys": "700 990:991",
				"/etc/courtkiosk/keys/pub_key.pem": "600 990:991", "/etc/courtkiosk/config.d": "750 0:991",
				"/etc/courtkiosk/config.d/machine.toml": "640 0:991", "/etc/courtkiosk/config.toml": "640 0:991"}
			for path, mode := range tt.files {
				want[path] = mode
			}
			got := b.tree()
			for path, mode := range want {
				if os.Geteuid() != 0 {
					mode, _, _ = strings.Cut(mode, " ")
				}
				if got[path] != mode {
					t.Errorf("%s is %q, want %q", path, got[path], mode)
				}
				delete(got, path)
			}
			if len(got) > 0 {
				t.Errorf("there is also %v", got)
			}
			c, _, bad, err := config.Answers{}.Over(b.m.ConfigFile())
			if err != nil || c.Kiosk.ID != "07" || c.Court.Name != "北京市东城区人民法院" || c.Receipt.Address != "" {
				t.Errorf("got %+v, %v, %v", c, bad, err)
			}
			key := tt.key
			if key != Given {
				key = b.m.at("/etc/courtkiosk/" + key)
			}
			if c.WeChat.MerchantKey != key || c.WeChat.PublicKey != b.m.at("/etc/courtkiosk/keys/pub_key.pem") {
				t.Errorf("keys are %+v", c.WeChat)
			}
			if text := b.read(config.Default); strings.Contains(text, "\nid =") ||
				!strings.Contains(text, "# merchant number: merchant platform") {
				t.Errorf("got:\n%s", text)
			}
			for path := range want {
				if text, err := os.ReadFile(b.m.at(path)); err == nil && bytes.Contains(text, []byte("AAAA")) &&
					!strings.HasSuffix(path, "apiclient_key.pem") {
					t.Errorf("%s holds the key", path)
				}
			}
			if slices.ContainsFunc(b.ran, func(line string) bool { return strings.Contains(line, "AAAA") }) {
				t.Errorf("a command line holds the key: %q", b.ran)
			}
		})
	}
}

// Wherever a set-up is cut off, config.toml is not there before all else is, and the same set-up run again ends like
// one that was never cut off.
func TestCutOff(t *testing.T) {
	whole := newBench(t)
	steps, err := whole.setUp(answers, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := whole.tree()
	cut := errors.New("cut off")
	for n := range len(steps) {
		b := newBench(t)
		seen := 0
		written, err := b.setUp(answers, false, func(string) error {
			if seen++; seen > n {
				return cut
			}
			return nil
		})
		if !errors.Is(err, cut) || len(written) != n {
			t.Fatalf("cut off at %d: %q, %v", n, written, err)
		}
		if _, err := os.Stat(b.m.ConfigFile()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("cut off at %d: the unit would start: %v", n, err)
		}
		again, err := b.setUp(answers, false, nil)
		if err != nil || len(written)+len(again) != len(steps) {
			t.Errorf("cut off at %d: then %q, %v", n, again, err)
		}
		if got := b.tree(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("cut off at %d: got %v, want %v", n, got, want)
		}
		if c := b.read("/etc/courtkiosk/config.toml"); c != whole.read("/etc/courtkiosk/config.toml") {
			t.Errorf("cut off at %d: config.toml is\n%s", n, c)
		}
		if third, err := b.setUp(answers, false, nil); err != nil || len(third) != 0 {
			t.Errorf("a third time: %q, %v", third, err)
		}
	}
}

// What is there is not overwritten; with replace it is kept aside, and the keys that nobody answered stay.
func TestWhatIsThere(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(b *bench) string
		path   string
		keys   string
	}{
		"another court": {func(*bench) string { return strings.Replace(answers, "东城区", "西城区", 1) },
			config.Default, "court.name"},
		"another kiosk": {func(*bench) string { return strings.Replace(answers, `"07"`, `"08"`, 1) },
			"/etc/courtkiosk/config.d/machine.toml", "kiosk.id"},
		"another key": {func(b *bench) string { b.write(b.at("apiclient_key.pem"), secret+"\n"); return answers },
			"/etc/credstore.encrypted/courtkiosk.merchant-key", ""},
		"another public key": {func(b *bench) string { b.write(b.at("pub_key.pem"), "other"); return answers },
			"/etc/courtkiosk/keys/pub_key.pem", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if _, err := b.setUp(answers, false, nil); err != nil {
				t.Fatal(err)
			}
			hours := strings.Replace(b.read(config.Default), `monday = ""`, `monday = "9:00-17:00"`, 1)
			b.write(b.m.ConfigFile(), hours)
			if written, err := b.setUp(answers, false, nil); err != nil || len(written) != 0 {
				t.Errorf("the court's own hours: %q, %v", written, err)
			}
			before := b.read(tt.path)
			text := tt.change(b)
			_, err := b.setUp(text, false, nil)
			exists, ok := errors.AsType[*ExistsError](err)
			if !ok || exists.Path != b.m.at(tt.path) || strings.Join(exists.Keys, " ") != tt.keys {
				t.Fatalf("got %v", err)
			}
			if got := b.read(tt.path); got != before {
				t.Errorf("it was changed all the same:\n%s", got)
			}
			written, err := b.setUp(text, true, nil)
			if err != nil || !slices.Contains(written, tt.path) {
				t.Errorf("replaced: %q, %v", written, err)
			}
			if got := b.read(tt.path + ".20261129-090203"); got != before {
				t.Errorf("kept aside is\n%s", got)
			}
			if !strings.Contains(b.read(config.Default), `monday = "9:00-17:00"`) {
				t.Error("the court's hours are gone")
			}
			// what was kept aside is not overwritten, and what it was kept for stays
			b.write(b.at("apiclient_key.pem"), secret)
			b.write(b.at("pub_key.pem"), "public")
			now := b.read(tt.path)
			if _, err := b.setUp(answers, true, nil); !errors.Is(err, fs.ErrExist) || b.read(tt.path) != now {
				t.Errorf("within the same second: %v", err)
			}
		})
	}
}

// The second machine of a court has its file already, and answers for itself alone.
func TestSecondMachine(t *testing.T) {
	first, second := newBench(t), newBench(t)
	if _, err := first.setUp(answers, false, nil); err != nil {
		t.Fatal(err)
	}
	shared := first.read(config.Default)
	second.write(second.m.ConfigFile(), shared)
	written, err := second.setUp("[kiosk]\nid = \"08\"\n[receipt]\nprinter = \"none\"\n[wechat]\n"+
		"merchant_key_file = \"apiclient_key.pem\"\npublic_key_file = \"pub_key.pem\"\n", false, nil)
	if err != nil || slices.Contains(written, config.Default) {
		t.Errorf("wrote %q, %v", written, err)
	}
	c, _, _, err := config.Answers{}.Over(second.m.ConfigFile())
	if err != nil || c.Kiosk.ID != "08" || c.Court.Code != "京0101" || second.read(config.Default) != shared {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestNotPlanned(t *testing.T) {
	for name, tt := range map[string]struct {
		bend func(*bench)
		more string
		want string
	}{
		"a key that is not there": {func(b *bench) { _ = os.Remove(b.at("pub_key.pem")) }, "",
			"wechat.public_key_file: "},
		"two keys of one name": {
			func(b *bench) { b.write(b.at("x/apiclient_key.pem"), "other") },
			"[bills]\ncourt_key_file = \"apiclient_key.pem\"\nca_file = \"x/apiclient_key.pem\"",
			"two files would be called"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			tt.bend(b)
			if _, err := b.setUp(answers+tt.more, false, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if got := b.tree(); len(got) != 0 {
				t.Errorf("there is %v", got)
			}
		})
	}
}

func TestStart(t *testing.T) {
	for name, tt := range map[string]struct {
		units []string
		fails string
		want  string // part of the error; empty: it runs
		took  time.Duration
	}{
		"it runs": {units: []string{"ActiveState=active"}},
		"at its second try": {units: []string{"ActiveState=activating", "ActiveState=active"},
			fails: "systemctl restart", took: time.Second},
		"never": {units: []string{"ActiveState=activating\nSubState=auto-restart"}, fails: "systemctl restart",
			want: "does not run (ActiveState=activating SubState=auto-restart)", took: settleWithin},
		"it is passed over": {units: []string{"ActiveState=inactive\nConditionResult=no"},
			want: "ConditionResult=no"},
		"there is no such unit": {fails: "systemctl enable", want: "no such thing"},
		"systemd is deaf":       {fails: "systemctl show", want: "no such thing"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.units, b.fails = tt.units, tt.fails
				if err := b.m.Start(t.Context()); !errors.Is(err, ErrNotBooted) || len(b.ran) > 0 {
					t.Errorf("without systemd: %v, %q", err, b.ran)
				}
				b.write(b.m.at("/run/systemd/system/.here"), "")
				begun := time.Now()
				err := b.m.Start(t.Context())
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				if took := time.Since(begun); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if err == nil && !slices.Contains(b.ran, "systemctl enable courtkiosk.service") {
					t.Errorf("ran %q", b.ran)
				}
			})
		})
	}
}
