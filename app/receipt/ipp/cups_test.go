package ipp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// cups is a print server of its own on a loopback port: Debian's cupsd, started and ended by the test.
type cups struct {
	t    *testing.T
	addr string
}

const whatItNeeds = "needs root and the Debian packages cups, cups-client, cups-filters, ghostscript and " +
	"printer-driver-cups-pdf; make deps installs them"

func newCups(t *testing.T) *cups {
	t.Helper()
	for _, tool := range []string{"cupsd", "lpadmin", "lpstat", "cupsdisable", "pdftoppm", "zbarimg",
		"/usr/lib/cups/backend/cups-pdf"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED, no %s: %s", tool, whatItNeeds)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, not root: " + whatItNeeds)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cups{t, l.Addr().String()}
	l.Close()
	dir := c.folder()
	conf, files := filepath.Join(dir, "etc/cupsd.conf"), filepath.Join(dir, "etc/cups-files.conf")
	d := exec.Command("cupsd", "-f", "-c", conf, "-s", files)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Process.Kill(); d.Wait() })
	for range 100 {
		if out, err := c.command("lpstat", "-r"); err == nil && strings.Contains(out, "is running") {
			return c
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "log/error_log"))
	t.Fatalf("cupsd does not come up:\n%s", text)
	return nil
}

// folder makes the server's folder; its own user must be able to come in.
func (c *cups) folder() string {
	c.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "courtkiosk-cups-")
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { os.RemoveAll(dir) })
	for name, mode := range map[string]os.FileMode{"": 0o755, "etc": 0o755, "etc/ppd": 0o755, "spool": 0o711,
		"spool/tmp": 0o1770, "cache": 0o775, "run": 0o755, "log": 0o755} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, mode)); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "spool/tmp"), 0o770|os.ModeSticky); err != nil {
		c.t.Fatal(err)
	}
	conf := fmt.Sprintf("Listen %s\nListen %s/run/cups.sock\nBrowsing No\nWebInterface No\nDefaultAuthType None\n"+
		"ErrorPolicy stop-printer\nPreserveJobHistory Yes\n"+
		"<Location />\nOrder allow,deny\nAllow localhost\n</Location>\n<Location /admin>\nOrder allow,deny\nAllow "+
		"localhost\n</Location>\n"+
		"<Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n", c.addr, dir)
	files := strings.ReplaceAll("User lp\nGroup lp\nSystemGroup root lpadmin\nServerRoot DIR/etc\nRequestRoot "+
		"DIR/spool\nTempDir DIR/spool/tmp\nCacheDir DIR/cache\nStateDir DIR/run\n"+
		"AccessLog DIR/log/access_log\nErrorLog DIR/log/error_log\nPageLog DIR/log/page_log\nServerBin "+
		"/usr/lib/cups\nDataDir /usr/share/cups\n", "DIR", dir)
	err = errors.Join(os.WriteFile(filepath.Join(dir, "etc/cupsd.conf"), []byte(conf), 0o644),
		os.WriteFile(filepath.Join(dir, "etc/cups-files.conf"), []byte(files), 0o644))
	if out, xerr := exec.Command("chgrp", "-R", "lp", dir).CombinedOutput(); err != nil || xerr != nil {
		c.t.Fatal(err, xerr, string(out))
	}
	return dir
}

func (c *cups) command(args ...string) (string, error) {
	x := exec.Command(args[0], args[1:]...)
	x.Env = append(os.Environ(), "CUPS_SERVER="+c.addr, "LANG=C")
	out, err := x.CombinedOutput()
	return string(out), err
}

func (c *cups) must(args ...string) {
	c.t.Helper()
	if out, err := c.command(args...); err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func (c *cups) printer(name string) *Printer {
	c.t.Helper()
	p, err := New("ipp://" + c.addr + "/printers/" + name)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

func sample() receipt.Receipt {
	return receipt.Receipt{Number: fmt.Sprintf("PZ-0101-03-261123-%06d", time.Now().UnixNano()%1e6), Copy: 1,
		Court: "北京市东城区人民法院", Case: "（2026）京0101民初12345号", Amount: 270000,
		PaidAt: time.Date(2026, 11, 23, 14, 0, 0, 0, payment.China), Code: "CRT1.AAAA"}
}

// wants fails unless err is trouble of the condition, begun or not.
func wants(t *testing.T, err error, condition receipt.Condition, began bool) {
	t.Helper()
	trouble, ok := errors.AsType[*receipt.TroubleError](err)
	if !ok || trouble.Condition != condition || trouble.Began != began {
		t.Errorf("got %v, want %s, began: %t", err, condition, began)
	}
}

func TestRealCups(t *testing.T) {
	c := newCups(t)
	c.must("lpadmin", "-p", "PDF", "-E", "-v", "cups-pdf:/", "-P", "/usr/share/ppd/cups-pdf/CUPS-PDF_opt.ppd")
	p := c.printer("PDF")
	if err := p.Ready(t.Context()); err != nil {
		t.Fatalf("ready = %v", err)
	}
	r := sample()
	if out, err := p.Print(t.Context(), r); err != nil || out != receipt.PrintedJob {
		t.Fatalf("print = %q, %v", out, err)
	}
	found, err := filepath.Glob("/var/spool/cups-pdf/ANONYMOUS/*" + r.Number[len(r.Number)-6:] + "*.pdf")
	if err != nil || len(found) != 1 {
		t.Fatalf("the printer left %q, %v", found, err)
	}
	defer os.Remove(found[0])
	picture := filepath.Join(t.TempDir(), "paper")
	c.must("pdftoppm", "-r", "203", "-png", "-singlefile", found[0], picture)
	if code, err := exec.Command("zbarimg", "-q", "--raw", picture+".png").Output(); err != nil ||
		strings.TrimSpace(string(code)) != r.Code {
		t.Errorf("the code on the paper is %q, %v", code, err)
	}
	c.must("cupsreject", "PDF")
	wants(t, p.Ready(t.Context()), receipt.Offline, false)
	_, err = p.Print(t.Context(), sample())
	wants(t, err, receipt.Offline, false)
	c.must("cupsaccept", "PDF")
	c.must("cupsdisable", "PDF")
	wants(t, p.Ready(t.Context()), receipt.Offline, false)
	c.must("cupsenable", "PDF")

	_, err = c.printer("nobody").Print(t.Context(), sample())
	wants(t, err, receipt.Offline, false)

	// A printer behind a dead address: CUPS takes the job and waits for ever. It is cancelled.
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.must("lpadmin", "-p", "dead", "-E", "-v", "socket://"+dead.Addr().String(), "-P",
		"/usr/share/ppd/cups-pdf/CUPS-PDF_opt.ppd")
	dead.Close()
	q := c.printer("dead")
	q.limit = 2 * time.Second
	_, err = q.Print(t.Context(), sample())
	wants(t, err, receipt.Silent, true)
	if out, err := c.command("lpstat", "-o", "dead"); err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("the job is still there: %q, %v", out, err)
	}
}

func TestNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p, err := New("ipp://" + address + "/printers/PDF")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, p.Ready(t.Context()), receipt.Unreachable, false)
	_, err = p.Print(t.Context(), sample())
	wants(t, err, receipt.Unreachable, false)
}

func TestConditions(t *testing.T) {
	for reasons, want := range map[string]receipt.Condition{
		"none": "", "marker-supply-low-report": "", "media-empty-error": receipt.PaperOut,
		"media-needed": receipt.PaperOut, "media-empty-report": receipt.PaperOut,
		"media-jam-warning": receipt.Jammed, "cover-open": receipt.CoverOpen, "door-open-error": receipt.CoverOpen,
		"offline-report": receipt.Offline,
		"toner-empty":    receipt.Broken, "cups-waiting-for-job-completed": "",
		"toner-low media-empty": receipt.PaperOut,
	} {
		if got := conditionOf(strings.Fields(reasons)); got != want {
			t.Errorf("%s: %q, want %q", reasons, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"ipp://localhost:631/printers/PDF": true, "ipps://printer.court/ipp/print": true,
		"": false, "http://localhost:631/printers/PDF": false, "ipp://localhost": false, "localhost": false,
	} {
		if _, err := New(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
