package endtoend

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"courtkiosk/assets"
)

// The manual's chapter of the shared ledger, command by command as it stands there: two database servers, the program's
// package, a payment, the end of the primary, another payment, the way back of the old one, and a point in time. Both
// servers are on one machine here, so the second one has a cluster and a port of its own.
func TestDatabasePackage(t *testing.T) {
	p := newPacked(t)
	core := p.deb("courtkiosk-core_*.deb")
	p.install(core)
	p.servers()
	read := manualBlocks(t, "## A ledger that machines share")

	p.follow(read, "anywhere", "db-a", "db-b twin", "db-a", "db-b", "db-a")
	p.step("two database servers, and each commit is on both")
	p.follow(read, "the program's machine")
	desk := freePort(t)
	p.answers("/media/stick", fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n[ledger]\n"+
		"dsn_file = \"/etc/courtkiosk/ledger.dsn\"\n", desk))
	p.follow(read, "the program's machine", "the program's machine")
	p.serving(0)
	p.write("/opt/bills.csv", string(assets.SampleBillsOf(thisYear())), 0o644)
	p.run("courtkiosk", "bills", "import", "/opt/bills.csv")
	p.step("set up by two commands, and serving")
	if _, err := os.Stat(p.root + "/var/lib/courtkiosk/ledger.db"); err == nil {
		t.Error("there is a ledger's file too")
	}
	p.pay("（2026）京0101民初12345号")
	p.page(desk)
	p.step("paid, and the clerk's page answers")

	p.run("systemctl", "kill", "--signal=KILL", "postgresql@15-main.service")
	p.says("S-12", 20*time.Second)
	p.step("the primary is dead, and the service closed")
	p.follow(read, "db-b")
	p.opens()
	before := p.orders()
	if n := strings.Count(before, "paid"); n != 1 {
		t.Errorf("after the fail-over %d orders are paid:\n%s", n, before)
	}
	p.pay("（2026）京0101民初12347号")
	p.step("promoted, and paid")
	p.follow(read, "db-a", "db-b")
	if out := p.run("courtkiosk", "ledger", "check"); strings.Contains(out, "incomplete") {
		t.Errorf("something is lost:\n%s", out)
	}
	p.step("the old primary is a standby")

	p.follow(read, "db-b")
	time.Sleep(time.Second)
	p.write("/root/database/point", time.Now().UTC().Format("2006-01-02 15:04:05.000+00"), 0o644)
	time.Sleep(time.Second)
	p.pay("（2026）京0101民初12348号")
	paid := p.orders()
	p.step("a base backup, and a payment after it")
	p.follow(read, "db-b")
	for end := time.Now().Add(3 * time.Minute); p.orders() != paid; time.Sleep(time.Second) {
		if time.Now().After(end) {
			out, _ := p.try("courtkiosk", "ledger", "check")
			t.Fatalf("put back, the ledger says\n%s\nand said\n%s\n%s\n%s", p.orders(), paid, out, p.journal())
		}
	}
	p.step("put back to a point, and the payment after it is booked again from WeChat")
	p.ends("server stopped")
}

// servers makes the clusters that Debian's package makes, as if each were alone on its machine.
func (p *packed) servers() {
	p.t.Helper()
	p.write("/etc/hosts", "127.0.0.1 localhost db-a.court.example db-b.court.example\n", 0o644)
	_, _ = p.try("pg_dropcluster", "--stop", "15", "main") // of this machine
	p.run("pg_createcluster", "-p", "5432", "15", "main")
	p.run("pg_createcluster", "-p", "5433", "15", "b")
	p.run("systemctl", "daemon-reload")
	p.run("systemctl", "start", "postgresql@15-main", "postgresql@15-b")
}

// A block is one of the manual's: where it is to be run, and what.
type block struct{ on, script string }

// manualBlocks returns the commands of a chapter of the manual.
func manualBlocks(t *testing.T, title string) *[]block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "assets", "docs", "manual.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, ok := strings.Cut(string(text), "\n"+title+"\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var list []block
	fenced := regexp.MustCompile("(?s)```sh\n# (?:on )?([^,\n]+)[^\n]*\n(.*?)```")
	for _, m := range fenced.FindAllStringSubmatch(chapter, -1) {
		list = append(list, block{m[1], m[2]})
	}
	if !ok || len(list) != strings.Count(chapter, "```sh") || len(list) == 0 {
		t.Fatalf("%d blocks of %s say where they are to be run", len(list), title)
	}
	t.Cleanup(func() {
		if len(list) > 0 && !t.Failed() {
			t.Errorf("%d blocks of the manual were not run", len(list))
		}
	})
	return &list
}

// follow runs the next blocks of the manual, each on the machine that the manual says. A twin is the block before once
// more, for the other server.
func (p *packed) follow(blocks *[]block, on ...string) {
	p.t.Helper()
	second := strings.NewReplacer("15/main", "15/b", "15-main", "15-b", "15 main", "15 b", "db-a.key", "db-b.key",
		"db-a.crt", "db-b.crt")
	reach := strings.NewReplacer("host=db-a.court.example,db-b.court.example",
		"port=5432,5433 host=db-a.court.example,db-b.court.example", "host=db-a.", "port=5432 host=db-a.", "host=db-b.",
		"port=5433 host=db-b.")
	var last string
	for _, where := range on {
		host, twin := strings.CutSuffix(where, " twin")
		if !twin {
			if len(*blocks) == 0 || (*blocks)[0].on != host {
				p.t.Fatalf("the manual goes on with %+v, and not on %s", *blocks, host)
			}
			last = (*blocks)[0].script
			*blocks = (*blocks)[1:]
		}
		script := reach.Replace(last)
		if host == "db-b" {
			script = "export PGPORT=5433\n" + second.Replace(script)
		}
		c := p.command("timeout", "100", "sh", "-eu", "-c", "cd /\n"+script)
		out, err := c.CombinedOutput()
		if err != nil {
			p.t.Fatalf("on %s: %v\n%s\n%s\n%s", host, err, script, out, p.journal())
		}
	}
}

// says waits until health names a trouble.
func (p *packed) says(code string, within time.Duration) {
	p.t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(300 * time.Millisecond) {
		out, _ := p.try("courtkiosk", "health", "--json")
		if strings.Contains(out, code) {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("health does not say %s:\n%s\n%s", code, out, p.journal())
		}
	}
}

// opens waits until no service is closed.
func (p *packed) opens() {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(300 * time.Millisecond) {
		out, _ := p.try("courtkiosk", "health", "--json")
		if !strings.Contains(out, `"S-`) {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("it does not open:\n%s\n%s", out, p.journal())
		}
	}
}

// page asks for the clerk's page as a browser on this machine does.
func (p *packed) page(port int) {
	p.t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for _, scheme := range []string{"http", "https"} {
		r, err := client.Get(fmt.Sprintf("%s://127.0.0.1:%d/", scheme, port))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err == nil && r.StatusCode == http.StatusOK && strings.Contains(string(text), "<html") {
			return
		}
		p.t.Logf("%s: %d %.200s", scheme, r.StatusCode, text)
	}
	p.t.Error("the clerk's page does not answer")
}
