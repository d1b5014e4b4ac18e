package endtoend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A clerkPC is a clerk's: Debian's Chromium in a window on a screen. What is typed comes from the X server's keyboard,
// through an input method where one runs; chromedp reads what the page says, and types nothing.
type clerkPC struct {
	*panel
	ctx  context.Context
	quit func()
}

// openBrowser starts a Chromium whose home has the certificates of a window.
func openBrowser(t testing.TB, p *panel, home string) *clerkPC {
	t.Helper()
	need(t, "chromium")
	preferences := filepath.Join(home, "profile", "Default", "Preferences")
	if err := os.MkdirAll(filepath.Dir(preferences), 0o700); err != nil {
		t.Fatal(err)
	}
	// as an administrator would: without it Chromium offers to keep PINs, in a window that lies over the page
	if err := os.WriteFile(preferences, []byte(`{"credentials_enable_service":false}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	ctx, stop := chromedp.NewExecAllocator(t.Context(), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(home, "profile")),
		chromedp.Flag("password-store", "basic"), chromedp.Flag("window-position", "0,0"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Env("HOME="+home, "DISPLAY="+p.display), chromedp.WindowSize(1366, 768),
		chromedp.CombinedOutput(&said))
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("Chromium said:\n%s", said.String())
		}
	})
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &clerkPC{panel: p, ctx: ctx, quit: stop}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return b
}

// stores are where a Chromium keeps certificates, by its version.
var stores = []string{".pki/nssdb", ".local/share/pki/nssdb"}

// inStores runs a program of NSS on every store of a home.
func inStores(t testing.TB, home, name string, args ...string) {
	t.Helper()
	need(t, name)
	for _, place := range stores {
		dir := filepath.Join(home, place)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(name, append([]string{"-d", "sql:" + dir},
			args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
}

// trusts has the browsers of a home believe the authority of the page, as an administrator would.
func trusts(t testing.TB, home string, d *deskSite) {
	t.Helper()
	authority := filepath.Join(home, "authority.pem")
	if err := os.WriteFile(authority, []byte(d.authority), 0o600); err != nil {
		t.Fatal(err)
	}
	inStores(t, home, "certutil", "-N", "--empty-password")
	inStores(t, home, "certutil", "-A", "-n", "court", "-t", "C,,", "-i", authority)
}

// holds puts a window's file into a home.
func holds(t testing.TB, home string, d *deskSite, window int) {
	t.Helper()
	inStores(t, home, "pk12util", "-i", d.files[window], "-W", d.passphrases[window])
}

// keys presses keys by their X names, one after another.
func (b *clerkPC) keys(names ...string) {
	b.t.Helper()
	for _, name := range names {
		if _, err := fmt.Fprintf(b.finger, "key --clearmodifiers %s\n", name); err != nil {
			b.t.Fatal(err)
		}
	}
}

// types types a text, a key in so many milliseconds.
func (b *clerkPC) types(text string, delay int) {
	b.t.Helper()
	if _, err := fmt.Fprintf(b.finger, "type --delay %d %s\n", delay, text); err != nil {
		b.t.Fatal(err)
	}
}

// goes types an address into the browser's own line.
func (b *clerkPC) goes(address string) {
	b.t.Helper()
	b.keys("ctrl+l")
	b.types(address, 5)
	b.keys("Return")
}

// is returns what an expression comes to on the page; empty while there is no page.
func (b *clerkPC) is(expression string) string {
	ctx, stop := context.WithTimeout(b.ctx, 2*time.Second)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		return ""
	}
	return value
}

// drawn is true of a page that takes keys: Chromium drops those that come before a page was painted for the first time.
const drawn = `(document.readyState == "complete" &&
	performance.getEntriesByName("first-contentful-paint").some(e => performance.now() - e.startTime > 100))`

// sees waits until the page says all of the words.
func (b *clerkPC) sees(words ...string) {
	b.t.Helper()
	const text = drawn + ` ? document.body.innerText : ""`
	var said string
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		said = b.is(text)
		all := said != ""
		for _, w := range words {
			all = all && strings.Contains(said, w)
		}
		if all {
			return
		}
	}
	b.save(b.t.TempDir(), "late")
	b.t.Fatalf("the page at %s does not say %q:\n%s", b.is("location.pathname"), words, said)
}

// await waits until an expression is true on the page.
func (b *clerkPC) await(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(40 * time.Second); b.is(drawn+" && "+expression) != "true"; {
		time.Sleep(50 * time.Millisecond)
		if time.Now().After(end) {
			b.save(b.t.TempDir(), "late")
			b.t.Fatalf("%s does not come; the page at %s says\n%s", what, b.is("location.pathname"),
				b.is("document.body.innerText"))
		}
	}
}

// reaches presses Tab until the focus is in a field, as somebody without a mouse does.
func (b *clerkPC) reaches(id string) {
	b.t.Helper()
	for range 60 {
		if b.is("document.activeElement.id") == id {
			return
		}
		was := b.is("document.activeElement.outerHTML")
		b.keys("Tab")
		for end := time.Now().Add(2 * time.Second); b.is("document.activeElement.outerHTML") == was; {
			if time.Now().After(end) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	b.t.Fatalf("Tab does not come to %s at %s", id, b.is("location.pathname"))
}

// fills waits until the focus is in a field, types into it, and waits until the field has it.
func (b *clerkPC) fills(id, text string) {
	b.t.Helper()
	b.reaches(id)
	b.types(text, 12)
	b.has(id, text)
}

// has waits until a field holds a text.
func (b *clerkPC) has(id, text string) {
	b.t.Helper()
	var got string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = b.is(fmt.Sprintf("document.getElementById(%q)?.value", id)); got == text {
			return
		}
	}
	b.t.Fatalf("the field %s holds %q, not %q", id, got, text)
}

// The file that the program writes for a window goes into a real browser, which then comes in by it: over real HTTPS,
// with nothing ignored. Without the file the same browser stays outside.
func TestWindowFileOpensTheDesk(t *testing.T) {
	need(t, "chromium", "certutil", "pk12util")
	s := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	d := s.openDesk()
	startServer(t, s)
	p := newPanel(t, 1366, 768)
	home := t.TempDir()
	trusts(t, home, d)
	b := openBrowser(t, p, home)
	b.refused(d.url + "/")
	b.quit()

	holds(t, home, d, 0)
	b = openBrowser(t, p, home)
	b.goes(d.url + "/")
	b.chooses()
	b.sees("登录", "工号", "PIN", "W01")
	if got := b.is("location.href"); got != d.url+"/sign-in" {
		t.Errorf("the browser is at %s", got)
	}
	if *out != "" {
		b.save(keep(t), "desk-sign-in")
	}
}

// refused goes to a page that this browser has no certificate for. By TLS 1.3 the server's word for it comes behind the
// handshake, and a busy Chromium may find the line closed before it has read it: then it is asked anew.
func (b *clerkPC) refused(address string) {
	b.t.Helper()
	said := ""
	for range 8 {
		b.goes(address)
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if said = b.is("document.body.innerText"); strings.Contains(said, "ERR_") {
				break
			}
		}
		if strings.Contains(said, "ERR_BAD_SSL_CLIENT_AUTH_CERT") {
			return
		}
		if !strings.Contains(said, "ERR_") {
			break
		}
		time.Sleep(time.Second) // else this page is read again before the next one is there
	}
	b.t.Fatalf("without a certificate the browser is not told so at %s:\n%s", address, said)
}

// chooses answers the browser's question which certificate it may show: the first, by Enter.
func (b *clerkPC) chooses() {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if strings.Contains(b.is("document.body ? document.body.innerText : ''"), "工号") {
			return
		}
		b.keys("Return")
	}
	b.t.Fatalf("after the certificate the page at %s says\n%s", b.is("location.href"), b.is("document.body?.innerText"))
}
