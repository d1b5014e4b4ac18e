package lockdown

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// A bench is a machine below a folder of the test's, whose commands are written down.
type bench struct {
	Machine
	t   *testing.T
	ran []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	root := t.TempDir()
	b.Machine = Machine{Root: root, Now: time.Now, View: View{Files: os.DirFS(root), Run: b.run}}
	for _, name := range []string{"/usr/sbin/update-grub", "/usr/sbin/nft", "/usr/bin/unattended-upgrade",
		"/run/systemd/system/.here", "/etc/apt/apt.conf.d/50unattended-upgrades", "/etc/grub.d/10_linux"} {
		b.write(name, "theirs\n")
	}
	b.write("/etc/courtkiosk/config.toml", "")
	b.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n")
	b.write("/lib/udev/rules.d/70-courtkiosk.rules",
		`SUBSYSTEM=="input", ATTRS{idVendor}=="05e0|0c2e", SYMLINK+="courtkiosk/scanner"`+"\n")
	return b
}

func (b *bench) run(_ context.Context, name string, args ...string) (string, error) {
	b.ran = append(b.ran, strings.Join(append([]string{name}, args...), " "))
	return "", nil
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	b.must(os.MkdirAll(filepath.Dir(b.at(name)), 0o755))
	b.must(os.WriteFile(b.at(name), []byte(text), 0o644))
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// tree is all that lies below the root, but for what was switched: names, modes, texts and links.
func (b *bench) tree() map[string]string {
	b.t.Helper()
	all := make(map[string]string)
	b.must(fs.WalkDir(b.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || "/"+name == StateFile {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		sum := ""
		if !e.IsDir() {
			sum, err = b.sum(name)
		}
		all[name] = info.Mode().String() + " " + sum
		return err
	}))
	return all
}

func (b *bench) same(before map[string]string, after string) {
	b.t.Helper()
	now := b.tree()
	for name := range now {
		if now[name] != before[name] {
			b.t.Errorf("%s, %s is %q and was %q", after, name, now[name], before[name])
		}
	}
	for name := range before {
		if now[name] == "" {
			b.t.Errorf("%s, %s is gone", after, name)
		}
	}
}

func (b *bench) on(list ...Lock) Change {
	b.t.Helper()
	c, err := b.On(b.t.Context(), list, Names{})
	b.must(err)
	return c
}

func (b *bench) off(list ...Lock) Change {
	b.t.Helper()
	c, err := b.Off(b.t.Context(), list, false)
	b.must(err)
	return c
}

// whole checks that every file of these locks is there.
func (b *bench) allWhole(list ...Lock) {
	b.t.Helper()
	s, err := b.State()
	b.must(err)
	for _, l := range list {
		if _, on := s.On[l.ID]; !on {
			b.t.Errorf("%s is not on", l.ID)
		}
		if err := b.whole(l, s); err != nil {
			b.t.Errorf("%s: %v", l.ID, err)
		}
	}
}

// Off leaves the machine as it was before on, whatever lies beside.
func TestOnAndOff(t *testing.T) {
	b := newBench(t)
	before := b.tree()
	c := b.on(locks...)
	b.allWhole(locks...)
	if len(c.Laid) < 25 || len(c.Told) > 0 || len(c.Owed) > 0 {
		t.Errorf("laid %q, told %v, owed %q", c.Laid, c.Told, c.Owed)
	}
	if info, err := os.Stat(b.at("/etc/grub.d/01_courtkiosk")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("grub's script: %v, %v", info.Mode(), err)
	}
	if n := len(b.ran); b.ran[0] != "systemctl daemon-reload" || len(slices.Compact(slices.Sorted(
		slices.Values(b.ran)))) != n {
		t.Errorf("ran %q", b.ran)
	}
	b.ran = nil
	if c = b.on(locks...); len(c.Laid)+len(c.Gone)+len(b.ran) > 0 {
		t.Errorf("turned on again, %q was laid and %q was run", c.Laid, b.ran)
	}
	c = b.off(locks...)
	if len(c.Told) > 0 || b.ran[0] != "systemctl stop courtkiosk-firewall.service" ||
		slices.Contains(b.ran, "systemctl restart courtkiosk-firewall.service") {
		t.Errorf("told %v, ran %q", c.Told, b.ran)
	}
	b.same(before, "turned off")
	s, err := b.State()
	b.must(err)
	if len(s.On)+len(s.Laid)+len(s.Folders) > 0 || len(s.Off) != len(locks) {
		t.Errorf("all is off, and the state is %+v", s)
	}
}

var errCut = errors.New("the power is cut")

// A switch that is cut off anywhere is finished by the next one, and nothing that it has laid stays for ever.
func TestCutOff(t *testing.T) {
	var some []Lock // with files, links, masks, folders and templates
	for _, id := range []string{"boot", "storage", "firewall"} {
		l, err := Of(id)
		if err != nil {
			t.Fatal(err)
		}
		some = append(some, l)
	}
	for n := 0; ; n++ {
		b := newBench(t)
		before := b.tree()
		cut := func(n int) func(string) error {
			return func(string) error {
				if n--; n < 0 {
					return errCut
				}
				return nil
			}
		}
		b.before = cut(n)
		_, err := b.On(t.Context(), some, Names{})
		if err != nil && !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		b.before = nil
		if n%2 == 0 { // half of them are given up
			b.off(some...)
			b.same(before, fmt.Sprintf("cut off at %d and turned off", n))
		}
		b.on(some...)
		b.allWhole(some...)
		b.before = cut(n)
		if _, err := b.Off(t.Context(), some, n%3 == 0); err != nil && !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		b.before = nil
		if n%2 == 1 {
			b.on(some...)
			b.allWhole(some...)
		}
		b.off(some...)
		b.same(before, fmt.Sprintf("turned off in two parts, cut at %d", n))
		if t.Failed() {
			return
		}
		if err == nil {
			if n != 8 {
				t.Errorf("only %d places to cut at", n)
			}
			return
		}
	}
}

// What is somebody else's is neither written over nor removed, and named.
func TestForeign(t *testing.T) {
	const conf = "/etc/systemd/logind.conf.d/90-courtkiosk-terminals.conf"
	for name, plant := range map[string]func(b *bench){
		"a file": func(b *bench) { b.write(conf, "[Login]\nNAutoVTs=3\n") },
		"a link": func(b *bench) {
			b.must(os.MkdirAll(filepath.Dir(b.at(conf)), 0o755))
			b.must(os.Symlink("/etc/other.conf", b.at(conf)))
		},
		"a folder": func(b *bench) { b.must(os.MkdirAll(b.at(conf), 0o755)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			plant(b)
			before := b.tree()
			_, err := b.On(t.Context(), locks, Names{})
			if foreign, is := errors.AsType[*ForeignError](err); !is || foreign.Path != conf || foreign.Left {
				t.Errorf("got %v", err)
			}
			b.same(before, "refused")
			b.off(locks...)
			b.same(before, "turned off")
		})
	}
	t.Run("ours, altered", func(t *testing.T) {
		b := newBench(t)
		b.on(locks...)
		b.write(conf, "[Login]\nNAutoVTs=2\n")
		if _, err := b.On(t.Context(), locks, Names{}); err == nil {
			t.Error("an altered file is written over")
		}
		c := b.off(locks...)
		if len(c.Told) != 1 || !strings.Contains(c.Told[0].Error(), conf) {
			t.Errorf("told %v", c.Told)
		}
		if text, err := os.ReadFile(b.at(conf)); err != nil || string(text) != "[Login]\nNAutoVTs=2\n" {
			t.Errorf("it is %q, %v", text, err)
		}
	})
	t.Run("a mask that was there", func(t *testing.T) {
		b := newBench(t)
		b.must(os.MkdirAll(b.at(units), 0o755))
		b.must(os.Symlink("/dev/null", b.at(units+"/ctrl-alt-del.target")))
		before := b.tree()
		b.on(locks...)
		b.off(locks...)
		b.same(before, "turned off")
	})
}

// A new version lays its files in the place of an older one's, and takes away what it has no more. What is off stays
// off.
func TestUpgrade(t *testing.T) {
	b := newBench(t)
	b.on(locks...)
	logs, err := Of("logs")
	b.must(err)
	updates, err := Of("updates")
	b.must(err)
	b.off(updates)

	const conf, older = "/etc/systemd/journald.conf.d/90-courtkiosk.conf", "/etc/courtkiosk/older"
	s, err := b.State()
	b.must(err)
	for at, text := range map[string]string{conf: "[Journal]\nStorage=auto\n", older: "gone by now\n"} {
		b.write(at, text)
		s.Laid["logs"][at] = []string{item{data: []byte(text)}.sum()}
	}
	b.must(b.save(s))
	if err := b.whole(logs, s); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("of an older file: %v", err)
	}
	b.ran = nil
	c := b.on(logs)
	if !slices.Equal(c.Laid, []string{conf}) || !slices.Equal(c.Gone, []string{older}) ||
		!slices.Contains(b.ran, "systemctl restart systemd-journald.service") {
		t.Errorf("laid %q, gone %q, ran %q", c.Laid, c.Gone, b.ran)
	}
	b.allWhole(logs)
	if s, err := b.State(); err != nil || !slices.Equal(s.Off, []string{"updates"}) {
		t.Errorf("off are %q, %v", s.Off, err)
	}
}

// A package that is removed leaves nothing laid, and remembers what was on.
func TestRemovedAndBack(t *testing.T) {
	b := newBench(t)
	if _, err := b.Off(t.Context(), locks, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b.at(StateFile)); err == nil {
		t.Error("a machine without locks remembers some")
	}
	before := b.tree()
	b.on(locks[:3]...)
	_, err := b.Off(t.Context(), locks, true)
	b.must(err)
	b.same(before, "removed")
	s, err := b.State()
	b.must(err)
	if got := slices.Sorted(maps.Keys(s.On)); len(got) != 3 || len(s.Off) > 0 {
		t.Errorf("on are %q, off %q", got, s.Off)
	}
}

// An image gets files and no commands; what needs the machine itself, or a program that is not there, is refused.
func TestImage(t *testing.T) {
	b := newBench(t)
	b.Image = true
	var list []Lock
	for _, l := range locks {
		if err := b.Fits(l); l.Here != (err != nil) {
			t.Errorf("%s: %v", l.ID, err)
		} else if err == nil {
			list = append(list, l)
		}
	}
	c := b.on(list...)
	if want := []string{"update-grub", "update-initramfs -u"}; len(b.ran) > 0 || !slices.Equal(c.Owed, want) {
		t.Errorf("ran %q, owed %q", b.ran, c.Owed)
	}
	b.must(os.Remove(b.at("/usr/sbin/nft")))
	firewall, err := Of("firewall")
	b.must(err)
	if err := b.Fits(firewall); err == nil || !strings.Contains(err.Error(), "nftables") {
		t.Errorf("without nft: %v", err)
	}
}

func TestWords(t *testing.T) {
	var words map[string]map[message.Lang][2]string
	if err := json.Unmarshal(assets.LockdownWords, &words); err != nil {
		t.Fatal(err)
	}
	for _, l := range locks {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			title, shuts := l.Words(lang)
			if n := utf8.RuneCountInString(title); n == 0 || n > 40 || shuts == "" {
				t.Errorf("%s %s: %q, %q", l.ID, lang, title, shuts)
			}
		}
		delete(words, l.ID)
	}
	if len(words) > 0 {
		t.Errorf("no lock has the words of %q", slices.Sorted(maps.Keys(words)))
	}
	dirs, err := assets.Lockdown.ReadDir("lockdown")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if _, err := Of(d.Name()); err != nil {
			t.Error(err)
		}
	}
	if len(dirs) != len(locks) {
		t.Errorf("%d locks, and files of %d", len(locks), len(dirs))
	}
}

// text is what a lock lays under a path.
func (b *bench) text(id, at string, more Names) string {
	b.t.Helper()
	l, err := Of(id)
	b.must(err)
	s, err := b.State()
	b.must(err)
	s.name(more)
	items, err := b.items(l, s)
	b.must(err)
	return string(items[at].data)
}

const ruleset = "/etc/courtkiosk/firewall.nft"

func TestFirewall(t *testing.T) {
	b := newBench(t)
	b.Config = &config.Config{}
	b.Config.Clerk.Listen = "10.1.2.3:8443"
	b.Config.Bills.URL = "https://case.court.example:9443/api"
	b.Config.Receipt.Address = "tcp://10.1.2.9:9100"
	b.Config.WeChat.Proxy = "http://kiosk@10.9.9.9:3128"
	b.Config.WeChat.Hosts = []string{"https://api.mch.weixin.qq.com"}
	more := Names{SSH: []netip.Prefix{netip.MustParsePrefix("10.7.0.0/24"), netip.MustParsePrefix("fd00::5/128")}}
	text := b.text("firewall", ruleset, more)
	for _, line := range []string{
		"ip saddr 10.7.0.0/24 tcp dport 22 accept", "ip6 saddr fd00::5/128 tcp dport 22 accept",
		"\ttcp dport 8443 accept", "\ttcp dport 9443 accept", "ip daddr 10.1.2.9 tcp dport 9100 accept",
		"ip daddr 10.9.9.9 tcp dport 3128 accept", "meta skuid 42 tcp dport 80 accept"} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	b.write("/etc/fstab", "# //no/x /y cifs z\n//backup.court.example/kiosks /mnt/courtkiosk cifs _netdev 0 0\n"+
		"10.1.2.8:/kiosks /mnt/a nfs4 _netdev\n[fd00::8]:/k /mnt/b nfs x\nit@10.1.2.7:/k /mnt/c fuse.sshfs port=2222\n"+
		"/dev/sda1 / ext4 defaults 0 1\n")
	shares := b.text("firewall", ruleset, more)
	for _, line := range []string{"\ttcp dport 445 accept", "ip daddr 10.1.2.8 tcp dport 2049 accept",
		"ip6 daddr fd00::8 tcp dport 2049 accept", "ip daddr 10.1.2.7 tcp dport 22 accept"} {
		if !strings.Contains(shares, line+"\n") || strings.Contains(text, line+"\n") {
			t.Errorf("no line %q in\n%s", line, shares)
		}
	}
	b.Config.Clerk.Listen = "127.0.0.1:8443"
	b.must(os.Remove(b.at("/etc/fstab")))
	alone := b.text("firewall", ruleset, Names{})
	if strings.Contains(alone, "8443") || strings.Contains(alone, "dport 22") {
		t.Errorf("more is let in than was named:\n%s", alone)
	}
	b.Config.Receipt.Address, b.Config.Bills.URL = "tcp://[fe80::9%25eth0]:9100", "http://[::ffff:10.1.2.4]:99999"
	b.Config.WeChat.Proxy = "http://[::ffff:10.9.9.9]:3128"
	odd := b.text("firewall", ruleset, Names{SSH: []netip.Prefix{netip.MustParsePrefix("::ffff:10.7.0.0/120")}})
	for _, line := range []string{"ip6 daddr fe80::9 tcp dport 9100 accept", "ip daddr 10.9.9.9 tcp dport 3128 accept",
		"ip saddr 10.7.0.0/24 tcp dport 22 accept"} {
		if !strings.Contains(odd, line+"\n") {
			t.Errorf("no line %q in\n%s", line, odd)
		}
	}
	b.Config = nil
	bare := b.text("firewall", ruleset, Names{})
	if _, err := exec.LookPath("nft"); err != nil || os.Getuid() != 0 {
		t.Skip("SKIPPED: nft's own reading of the firewall: that needs root and nft (nftables)")
	}
	for _, text := range []string{text, bare, odd, shares} {
		b.write(ruleset, text)
		// a small Debian has no /etc/protocols, from which nft has names
		out, err := exec.Command("unshare", "-nm", "sh", "-ec", "[ ! -e /etc/protocols ] || "+
			"mount --bind /dev/null /etc/protocols; nft -f $0; nft -f $0; nft list table inet courtkiosk",
			b.at(ruleset)).CombinedOutput()
		if err != nil || strings.Count(string(out), "policy drop") != 3 {
			t.Errorf("nft: %v\n%s\n%s", err, out, text)
		}
	}
}

const keyRules = "/etc/udev/rules.d/90-courtkiosk-keyboards.rules"

func TestScanners(t *testing.T) {
	b := newBench(t)
	b.write("/etc/usbguard/rules.conf", "allow id 1A86:e010 serial \"\"\nallow id 1d6b:* name \"hub\"\n")
	one, err := ParseScanner("ABCD:0001")
	b.must(err)
	text := b.text("keyboards", keyRules, Names{Scanners: []Scanner{one}})
	for _, want := range []string{`=="05e0", GOTO`, `=="0c2e", GOTO`, `=="1d6b", GOTO`,
		`=="1a86", ATTR{idProduct}=="e010", GOTO`, `=="abcd", ATTR{idProduct}=="0001", GOTO`,
		`=="abcd", ENV{ID_MODEL_ID}=="0001", GOTO`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, bad := range []string{"", "05e", "05e0:", "05e0:1", "05e0:zzzz", "05e0:*", `05e0", RUN+="x`} {
		if s, err := ParseScanner(bad); err == nil {
			t.Errorf("%q is %v", bad, s)
		}
	}
	keyboards, err := Of("keyboards")
	b.must(err)
	_, err = b.On(t.Context(), []Lock{keyboards}, Names{Scanners: []Scanner{one}})
	b.must(err)
	agreed, err := b.Agreed()
	b.must(err)
	for id, want := range map[string]bool{"05e0:1200": true, "abcd:0001": true, "ABCD:0001": true, "abcd:0002": false,
		"1d6b:0002": true, "1a86:e010": true, "1a86:e011": false, "046d:c31c": false} {
		if agreed(id) != want {
			t.Errorf("%s: %v", id, !want)
		}
	}
	b.allWhole(keyboards)
}
