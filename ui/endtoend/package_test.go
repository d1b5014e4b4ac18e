package endtoend

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"courtkiosk/assets"
	"courtkiosk/payment/wechatsim"
)

var packages = flag.String("packages", "", "`FOLDER` with the packages to install under a systemd of their own")

// stalled is what the ledger of the program of the next version hangs on while it is there; see payment/bolt.
const stalled = "/run/courtkiosk-stalled"

// hasty lets the watchdog bite sooner than on a kiosk, and so this test end.
const hasty = "[Service]\nWatchdogSec=4\n"

// onXvfb is the kiosk's unit on a machine without a screen and without virtual terminals: all but the X server and its
// terminal is as it is shipped.
const onXvfb = `[Service]
TTYPath=
StandardInput=null
TTYReset=no
TTYVHangup=no
TTYVTDisallocate=no
ExecStart=
ExecStart=/usr/bin/xinit /usr/bin/courtkiosk kiosk -- /usr/bin/Xvfb :94 -screen 0 1080x1920x24 -nolisten tcp
`

// onBoard has a made-up board: a container sees none, and /sys cannot be written.
const onBoard = "[Service]\nExecStartPre=+/usr/bin/courtkiosk board --from /opt/hardware\n"

// onMachine are the answers of whoever sets the machine up; %s is what a server serves.
const onMachine = `environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "03"
[wechat]
mchid = "%s"
appid = "%s"
merchant_serial = "%s"
merchant_key_file = "apiclient_key.pem"
public_key_id = "%s"
public_key_file = "pub_key.pem"
notify_url = "https://court.example/notify"
hosts = ["%s"]
[receipt]
printer = "pdf"
address = "/var/lib/courtkiosk/receipts"
%s`

// A packed machine is one on which packages are installed.
type packed struct {
	*machine
	began time.Time
	stand *wechatsim.Stand
}

func newPacked(t *testing.T) *packed {
	t.Helper()
	if *packages == "" {
		t.Skip("SKIPPED: packages under a real systemd: make packages, then -args -packages FOLDER")
	}
	p := &packed{began: time.Now(), machine: newMachine(t)}
	var err error
	p.stand, err = wechatsim.NewStand(t.TempDir(), "")
	p.must(err)
	t.Cleanup(func() { p.stand.Close() })
	p.step("a machine is up")
	return p
}

func (p *packed) step(name string) { p.t.Logf("%5.1f s: %s", time.Since(p.began).Seconds(), name) }

// deb brings a package into the machine.
func (p *packed) deb(pattern string) string {
	p.t.Helper()
	found, err := filepath.Glob(filepath.Join(*packages, pattern))
	if err != nil || len(found) != 1 {
		p.t.Fatalf("%s in %s: %q, %v", pattern, *packages, found, err)
	}
	text, err := os.ReadFile(found[0])
	p.must(err)
	inside := "/opt/" + filepath.Base(found[0])
	p.write(inside, string(text), 0o644)
	return inside
}

// install installs a package, with what it depends on; none is left half configured.
func (p *packed) install(deb string) {
	p.t.Helper()
	p.run("apt-get", "install", "-qy", "--no-install-recommends", "--allow-downgrades", deb)
	p.whole()
}

func (p *packed) whole() {
	p.t.Helper()
	if out := p.run("dpkg", "--audit"); out != "" {
		p.t.Fatalf("dpkg: %s", out)
	}
}

// notStarted checks the unit of a machine that nobody has set up.
func (p *packed) notStarted() {
	p.t.Helper()
	got := p.property("ActiveState") + " " + p.property("ConditionResult") + " " + p.property("UnitFileState")
	if got != "inactive no enabled" {
		p.t.Errorf("the unit of a machine that nobody has set up is %s", got)
	}
	out, err := p.try("systemd-analyze", "verify", "/lib/systemd/system/courtkiosk.service")
	if err != nil || out != "" {
		p.t.Errorf("systemd-analyze verify: %v %s", err, out)
	}
	p.step("installed, and not started")
}

// start sets the machine up, which starts its unit, and takes in bills.
func (p *packed) start(more string, exposure int) {
	p.t.Helper()
	p.board("NB1C21105X")
	p.write("/etc/systemd/system/courtkiosk.service.d/hasty.conf", hasty, 0o644)
	p.write("/etc/systemd/system/courtkiosk.service.d/board.conf", onBoard, 0o644)
	p.run("systemctl", "daemon-reload")
	p.setUp(more)
	p.serving(0)
	p.run("systemd-analyze", "security", fmt.Sprintf("--threshold=%d", exposure), "courtkiosk.service")
	p.write("/opt/bills.csv", string(assets.SampleBillsOf(thisYear())), 0o644)
	p.run("courtkiosk", "bills", "import", "/opt/bills.csv")
	p.step("set up, and serving")
}

// monitored installs Prometheus' own collector, which then publishes each minute how the program stands, and whether it
// runs at all. It has no address of its own here: the test and the machine share the network.
func (p *packed) monitored() {
	p.t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(p.t))
	p.write("/etc/default/prometheus-node-exporter", "ARGS=\"--web.listen-address="+address+
		" --collector.disable-defaults --collector.textfile\"\n", 0o644)
	p.run("apt-get", "install", "-qy", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold",
		"prometheus-node-exporter")
	published := func(want string) {
		p.t.Helper()
		text := ""
		for end := time.Now().Add(75 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
			r, err := http.Get("http://" + address + "/metrics")
			if err != nil {
				continue // it starts
			}
			body, err := io.ReadAll(r.Body)
			p.must(errors.Join(err, r.Body.Close()))
			if text = string(body); strings.Contains(text, want) {
				if !strings.Contains(text, "node_textfile_scrape_error 0\n") {
					p.t.Errorf("the collector did not read all:\n%s", text)
				}
				return
			}
		}
		out, _ := p.try("journalctl", "--no-pager", "-u", "courtkiosk-metrics.service", "-u",
			"courtkiosk-metrics.timer", "-u", "prometheus-node-exporter.service")
		p.t.Fatalf("%q is not published, but\n%s\n%s", want, text, out)
	}
	// It fires each minute, which is not waited for.
	if got := p.run("systemctl", "list-timers", "--no-pager", "--no-legend", "courtkiosk-metrics.timer"); got == "" ||
		strings.HasPrefix(got, "n/a") || strings.HasPrefix(got, "-") {
		p.t.Errorf("the metrics' timer does not fire: %s", got)
	}
	p.run("systemctl", "start", "courtkiosk-metrics.service")
	published("\ncourtkiosk_purse_closed{purse=\"litigation\"} 0\n")
	published("\ncourtkiosk_up 1\n")
	p.run("systemd-analyze", "security", "--threshold=3", "courtkiosk-metrics.service")
	p.run("systemctl", "stop", "courtkiosk.service")
	p.run("systemctl", "start", "courtkiosk-metrics.service")
	published("\ncourtkiosk_up 0\n")
	p.run("systemctl", "start", "courtkiosk.service")
	p.serving(0)
	if got := p.run("stat", "-c%U %a", "/run/courtkiosk-metrics/courtkiosk.prom"); got != "courtkiosk 644\n" {
		p.t.Errorf("the metrics are of %s", got)
	}
	p.step("its metrics are published, and that it is down")
}

// drilled makes the proof drill as root, beside the running server, whose key is a sealed credential. The test plays
// the person with the phone, and the folder of receipts is the printer that is pulled.
func (p *packed) drilled() {
	p.t.Helper()
	before := p.orders()
	c := p.command("courtkiosk", "drill", "--yes", "--lang", "en")
	said := &voice{}
	c.Stdout, c.Stderr = said, said
	keys, err := c.StdinPipe()
	p.must(err)
	p.must(c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	receipts := p.root + "/var/lib/courtkiosk/receipts"
	asked, put := 0, 0
	for end := time.After(3 * time.Minute); ; {
		for _, o := range p.stand.Orders() {
			if o.State == wechatsim.NotPaid && o.CodeURL != "" && time.Since(o.CodeAt) > time.Second {
				_ = p.stand.Pay(o.No)
			}
		}
		switch text := said.String(); {
		case strings.Count(text, "Pull the printer") > asked:
			asked++
			p.must(os.Rename(receipts, receipts+".pulled"))
			fmt.Fprintln(keys)
		case strings.Count(text, "Put the printer back") > put:
			put++
			p.must(os.Rename(receipts+".pulled", receipts))
			fmt.Fprintln(keys)
		}
		select {
		case err := <-ended:
			if err != nil || !strings.Contains(said.String(), "Verdict: held") {
				p.t.Errorf("courtkiosk drill: %v\n%s", err, said)
			}
			if after := p.orders(); after != before {
				p.t.Errorf("after the drill the machine's own ledger says\n%s\nand said\n%s", after, before)
			}
			protocols := p.run("find", "/var/lib/courtkiosk/drills", "-name", "drill-*", "-printf", `%u %m\n`)
			if protocols != "courtkiosk 600\ncourtkiosk 600\n" {
				p.t.Errorf("its protocols are of %s", protocols)
			}
			p.step("a proof drill was made beside it")
			return
		case <-end:
			p.t.Fatalf("the drill does not end:\n%s", said)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// board puts the machine's disk onto a board with a serial, from its next start on.
func (p *packed) board(serial string) {
	p.t.Helper()
	p.write("/opt/hardware/sys/class/dmi/id/board_serial", serial+"\n", 0o400)
}

// moves starts the service on another board, where it sells nothing, and then at home again.
func (p *packed) moves() {
	p.t.Helper()
	for _, on := range []struct {
		serial string
		moved  bool
	}{{"Default string", false}, {"NB1C21999X", true}, {"NB1C21105X", false}} {
		p.board(on.serial)
		p.run("systemctl", "restart", "courtkiosk.service")
		p.serving(0)
		before := p.orders()
		said, err := p.try("courtkiosk", "health", "--json")
		if moved := strings.Contains(said, "S-06"); moved != on.moved {
			p.t.Errorf("on board %s: %v\n%s", on.serial, err, said)
		}
		if !on.moved {
			continue
		}
		said, err = p.try("courtkiosk", "pay", "（2026）京0101民初12348号", "--yes", "--lang", "en")
		if err == nil || !strings.Contains(said, "S-06") || p.orders() != before {
			p.t.Errorf("on another board it sells: %v\n%s", err, said)
		}
	}
	p.step("moved to another board, and back")
}

// purged removes and purges a package; the ledger is the one that it was, and whose it was.
func (p *packed) purged(name string) {
	p.t.Helper()
	state := func() string {
		return p.run("sha256sum", "/var/lib/courtkiosk/ledger.db", "/etc/courtkiosk/config.toml",
			"/etc/courtkiosk/keys/pub_key.pem", "/etc/credstore.encrypted/courtkiosk.merchant-key") +
			p.run("stat", "-c%n %U %a", "/var/lib/courtkiosk", "/etc/courtkiosk/keys")
	}
	before := state()
	p.run("dpkg", "-r", name)
	p.run("dpkg", "-P", name)
	p.whole()
	if after := state(); after != before || !strings.Contains(after, "/var/lib/courtkiosk courtkiosk 700\n") {
		p.t.Errorf("purged, there is\n%s\nand there was\n%s", after, before)
	}
	p.step("removed and purged")
}

// The server's package on a real systemd, from nothing to a paid fee, and through what happens to a machine in its
// life.
func TestServerPackage(t *testing.T) {
	p := newPacked(t)
	core := p.deb("courtkiosk-core_*.deb")
	p.install(core)
	p.notStarted()
	secret, err := age.GenerateX25519Identity()
	p.must(err)
	const more = "[clerk]\nlisten = \"127.0.0.1:%d\"\n[offsite]\nrecipient = %q\nfolder = \"/mnt/courtkiosk\"\n"
	p.start(fmt.Sprintf(more, freePort(t), secret.Recipient().String()), 10)
	p.pay("（2026）京0101民初12345号")
	p.step("paid")
	paid := p.orders()
	p.monitored()
	p.drilled()
	p.leaves(secret)
	p.step("a copy has left")

	p.must(syscall.Kill(p.pid(), syscall.SIGKILL))
	p.serving(1)
	p.step("killed, and up again")
	p.run("prlimit", "--pid="+p.property("MainPID"), "--nofile=3:3") // the next connection is one too many
	p.bitten(2, func() {})
	p.step("its socket hung, and it is up again")

	p.install(p.deb("next/courtkiosk-core_*.deb"))
	p.serving(0)
	p.step("upgraded")
	p.run("touch", stalled)
	p.bitten(1, func() { p.run("rm", stalled) })
	p.step("its ledger hung, and it is up again")
	p.install(core)
	p.serving(0)
	if got := p.orders(); got != paid {
		t.Errorf("rolled back, the ledger says\n%s\nand said\n%s", got, paid)
	}
	p.step("rolled back")
	p.moves()
	p.ends("server stopped")
	p.reads(paid)
	p.purged("courtkiosk-core")
	p.run("dpkg", "-i", core)
	p.serving(0)
	if got := p.orders(); got != paid {
		t.Errorf("installed again, the ledger says\n%s\nand said\n%s", got, paid)
	}
	p.step("installed again on what was left")
}

// reads has commands read the ledger while the service is down and its key sealed. What asks WeChat says so.
func (p *packed) reads(paid string) {
	p.t.Helper()
	if got := p.orders(); got != paid {
		p.t.Errorf("without the service the ledger says\n%s\nand said\n%s", got, paid)
	}
	p.run("courtkiosk", "config", "check")
	p.run("courtkiosk", "ledger", "check")
	for _, line := range [][]string{{"ledger", "restore"}, {"drill", "--yes"}, {"pay", "（2026）京0101民初1号", "--yes"}} {
		out, err := p.try(append([]string{"courtkiosk"}, line...)...)
		if err == nil || strings.Contains(out, "panic") || !strings.Contains(out, "courtkiosk: ") {
			p.t.Errorf("%q: %v\n%s", line, err, out)
		}
	}
	if out, _ := p.try("courtkiosk", "doctor", "--json"); strings.Contains(out, "no-key") {
		p.t.Errorf("a sealed key is missed:\n%s", out)
	}
	p.step("its ledger is read without it")
}

// leaves has a copy leave for a share that is mounted while the unit runs, and none for its empty mount point.
func (p *packed) leaves(secret age.Identity) {
	p.t.Helper()
	says := func(what string) {
		p.t.Helper()
		for end := time.Now().Add(20 * time.Second); !strings.Contains(p.journal(), what); {
			if time.Now().After(end) {
				p.t.Fatalf("it does not say %q:\n%s", what, p.journal())
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	const share = "/mnt/courtkiosk"
	p.run("install", "-d", "-o", "courtkiosk", share)
	p.run("systemctl", "restart", "courtkiosk.service")
	p.serving(0)
	says("copy has not left")
	if got := p.run("ls", "-A", share); got != "" {
		p.t.Fatalf("the empty mount point has %s", got)
	}
	id := strings.TrimSpace(p.run("id", "-u", "courtkiosk"))
	p.run("mount", "-t", "tmpfs", "-o", "mode=700,uid="+id, "tmpfs", share)
	p.run("nsenter", "-t", p.property("MainPID"), "-m", "setpriv", "--reuid="+id, "--clear-groups", "test", "-w", share)
	p.run("systemctl", "restart", "courtkiosk.service")
	p.serving(0)
	says("copy has left")
	name := strings.TrimSpace(p.run("ls", "-A", share))
	sealed := p.run("cat", share+"/"+name)
	plain, err := age.Decrypt(strings.NewReader(sealed), secret)
	p.must(err)
	if text, err := io.ReadAll(plain); err != nil || !strings.Contains(string(text), "ledger.db") {
		p.t.Errorf("%s does not open: %v", name, err)
	}
	if out, _ := p.try("courtkiosk", "doctor", "--lang", "en"); strings.Contains(out, "M-70") ||
		strings.Contains(out, "M-71") {
		p.t.Errorf("doctor says\n%s", out)
	}
}

// The kiosk's package, with a real window on an X server that its unit starts; then the server's in its place.
func TestKioskPackage(t *testing.T) {
	p := newPacked(t)
	p.install(p.deb("courtkiosk_*.deb"))
	p.notStarted()
	p.write("/etc/systemd/system/courtkiosk.service.d/xvfb.conf", onXvfb, 0o644)
	p.start("", 17)
	p.pay("（2026）京0101民初12345号")
	p.step("paid")
	p.bitten(1, p.holdThread())
	p.step("its window hung, and it is up again")
	paid := p.orders()
	p.must(syscall.Kill(p.pid(), syscall.SIGKILL))
	p.serving(2)
	p.step("killed, and up again")
	p.ends("kiosk stopped")

	p.must(os.Remove(p.root + "/etc/systemd/system/courtkiosk.service.d/xvfb.conf"))
	p.install(p.deb("courtkiosk-core_*.deb")) // it has no address for the clerk's page yet
	p.run("dpkg", "-P", "courtkiosk")         // what is left of it must not disable the other's unit
	p.setUp(fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n", freePort(t)))
	p.serving(0)
	if got := p.property("UnitFileState"); got != "enabled" {
		t.Errorf("the server's unit is %s", got)
	}
	if got := p.orders(); got != paid {
		t.Errorf("the server says\n%s\nand the kiosk said\n%s", got, paid)
	}
	p.step("a server in the kiosk's place")
	p.ends("server stopped")
	p.purged("courtkiosk-core")
}

// setUp has the program set the machine up from a stick with answers and keys. Nothing is asked, and all is tried: the
// merchant's key at WeChat, and the printer by a page.
func (p *packed) setUp(more string) {
	p.t.Helper()
	merchant := p.answers("/media/stick", more)
	said := p.run("courtkiosk", "setup", "--lang", "en", "--replace", "--answers", "/media/stick/answers.toml")
	for _, want := range []string{"WeChat takes merchant number and key", "page CS-",
		"sealed as the credential courtkiosk.merchant-key", "courtkiosk.service runs"} {
		if !strings.Contains(said, want) {
			p.t.Errorf("set up, it does not say %q:\n%s", want, said)
		}
	}
	p.must(os.RemoveAll(p.root + "/media/stick"))
	p.sealed(merchant)
	p.run("courtkiosk", "config", "check")
}

// answers puts an answer file, and the keys that it names, into a folder of the machine; it returns the merchant's.
func (p *packed) answers(dir, more string) (merchant string) {
	p.t.Helper()
	for name, from := range map[string]string{"apiclient_key.pem": p.stand.KeyFile,
		"pub_key.pem": p.stand.PublicKeyFile} {
		text, err := os.ReadFile(from)
		p.must(err)
		p.write(dir+"/"+name, string(text), 0o600)
		if name == "apiclient_key.pem" {
			merchant = string(text)
		}
	}
	p.write(dir+"/answers.toml", fmt.Sprintf(onMachine, p.stand.Merchant.MchID, p.stand.Merchant.AppID,
		p.stand.Merchant.Serial, p.stand.PublicKeyID(), p.stand.URL, more), 0o600)
	return merchant
}

// sealed checks that a key lies nowhere in the clear.
func (m *machine) sealed(merchant string) {
	m.t.Helper()
	out, _ := m.try("grep", "-rlF", strings.Split(merchant, "\n")[2], "/etc", "/var/lib/courtkiosk")
	if out != "" {
		m.t.Errorf("the merchant's key lies in the clear: %s", out)
	}
}

// pay pays a bill by the command line, as root, while the test plays the payer's phone.
func (p *packed) pay(number string) {
	p.t.Helper()
	p.begin(number)()
}

// begin shows the code of a bill by the command line, as root; pay plays the payer's phone, and waits for the receipt.
func (p *packed) begin(number string) (pay func()) {
	p.t.Helper()
	open := func() (no string) {
		for _, o := range p.stand.Orders() {
			if o.State == wechatsim.NotPaid {
				no = o.No
			}
		}
		return no
	}
	c := p.command("courtkiosk", "pay", number, "--yes", "--lang", "en")
	said := &voice{}
	c.Stdout, c.Stderr = said, said
	p.must(c.Start())
	no := ""
	for end := time.Now().Add(20 * time.Second); no == "" && time.Now().Before(end); no = open() {
		time.Sleep(100 * time.Millisecond)
	}
	if no == "" {
		p.t.Fatalf("no order reaches WeChat:\n%s\n%s", said, p.journal())
	}
	return func() {
		p.t.Helper()
		p.must(p.stand.Pay(no))
		if err := c.Wait(); err != nil {
			p.t.Fatalf("courtkiosk pay: %v\n%s", err, said)
		}
	}
}

// orders is what the ledger says of all orders: number and state, a line each.
func (m *machine) orders() string {
	m.t.Helper()
	var list []struct{ Order, State string }
	c := m.command("courtkiosk", "orders", "list", "--json")
	text, err := c.Output()
	m.must(err)
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		m.t.Fatalf("orders list: %v\n%s", err, text)
	}
	var lines []string
	for _, o := range list {
		lines = append(lines, o.Order+" "+o.State)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// ends stops the unit, which must be over within ten seconds, in order, and say so last.
func (m *machine) ends(last string) {
	m.t.Helper()
	began := time.Now()
	m.run("systemctl", "stop", "courtkiosk.service")
	if took := time.Since(began); took > 10*time.Second {
		m.t.Errorf("it took %v to end", took)
	}
	if got := m.property("Result"); got != "success" {
		m.t.Errorf("it ended with %s", got)
	}
	if !strings.Contains(m.journal(), last) {
		m.t.Errorf("it did not end in order:\n%s", m.journal())
	}
}

// holdThread stops one thread of the kiosk, that of Fyne, which is the process's first; the rest goes on. It stays so
// until the process is dead, or release is called.
func (m *machine) holdThread() (release func()) {
	m.t.Helper()
	pid := m.pid()
	held, done, over := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // who traces is a thread, and never goes back
		err := syscall.PtraceAttach(pid)
		if err == nil {
			var status syscall.WaitStatus
			_, err = syscall.Wait4(pid, &status, syscall.WALL, nil)
		}
		held <- err
		<-done
		_ = syscall.PtraceDetach(pid) // it may be dead
	}()
	m.must(<-held)
	return func() { close(done); <-over }
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// The .rpm under a systemd of its own, its scripts included. Its dependencies are another family's, and not asked for.
func TestRPMPackage(t *testing.T) {
	p := newPacked(t)
	p.run("apt-get", "install", "-qy", "--no-install-recommends", "rpm")
	p.run("rpm", "-i", "--nodeps", p.deb("courtkiosk-core-*.rpm"))
	p.notStarted()
	p.start(fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n", freePort(t)), 10)
	p.pay("（2026）京0101民初12345号")
	p.run("rpm", "-U", "--nodeps", p.deb("next/courtkiosk-core-*.rpm"))
	p.serving(0)
	paid, ledger := p.orders(), "/var/lib/courtkiosk/ledger.db"
	p.ends("server stopped")
	before := p.run("sha256sum", ledger)
	p.run("rpm", "-e", "courtkiosk-core")
	if after := p.run("sha256sum", ledger); after != before || paid == "" {
		t.Errorf("erased, the ledger is %s, and was %s", after, before)
	}
	p.step("paid, upgraded and erased")
}

// Debian's own checker has no error to tell of.
func TestLintianPackage(t *testing.T) {
	p := newPacked(t)
	p.run("apt-get", "install", "-qy", "--no-install-recommends", "lintian")
	for _, name := range []string{"courtkiosk-core_*.deb", "courtkiosk_*.deb"} {
		out, err := p.try("env", "-C", "/", "lintian", "--allow-root", "--fail-on", "error", p.deb(name))
		t.Logf("%s:\n%s", name, out)
		if err != nil {
			t.Errorf("lintian: %v", err)
		}
	}
}

// Two clones of this commit, at two places, make the same bytes.
func TestSamePackage(t *testing.T) {
	if *packages == "" {
		t.Skip("SKIPPED: packages built twice: make test-packages does")
	}
	nfpm, err := filepath.Abs("../../bin/nfpm")
	if err != nil {
		t.Fatal(err)
	}
	run := func(dir, name string, args ...string) {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "NFPM="+nfpm)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
	}
	var sums []map[string]string
	for range 2 {
		dir := t.TempDir()
		run("../..", "git", "clone", "-q", ".", dir)
		run(dir, "sh", "assets/fyne/patch.sh", "bin")
		run(dir, "sh", "assets/deploy/packages.sh", "bin/packages")
		files, err := filepath.Glob(dir + "/bin/packages/*.*")
		if err != nil || len(files) != 4 {
			t.Fatalf("%q, %v", files, err)
		}
		sum := make(map[string]string)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			sum[filepath.Base(f)] = fmt.Sprintf("%x", sha256.Sum256(text))
		}
		sums = append(sums, sum)
	}
	if !maps.Equal(sums[0], sums[1]) {
		t.Errorf("got\n%q\nand\n%q", sums[0], sums[1])
	}
	t.Logf("%q", sums[0])
}
