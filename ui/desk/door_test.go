package desk_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"courtkiosk/app/clerk"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/ui/desk"
)

// An entrance is a door with its ledger and authority, on this machine's loopback but with all that the network has.
type entrance struct {
	*desk.Door
	t         *testing.T
	clerks    *clerk.Desk
	authority *identity.Authority
	said      *bytes.Buffer
}

var console = clerk.Console("03", clerk.Process)

func enter(t *testing.T, atOnce int, pages http.Handler) *entrance {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	l, err := bolt.Open(filepath.Join(dir, "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	e := &entrance{t: t, said: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(e.said, nil))
	e.clerks = clerk.New(clerk.Options{Ledger: l, Device: "03", Log: log})
	if e.authority, err = identity.Open(filepath.Join(dir, "ca.pem"), "京0101", now); err != nil {
		t.Fatal(err)
	}
	if e.Door, err = desk.OpenDoor(desk.DoorPlan{
		Listen: "127.0.0.1:0", Host: "desk.court.example", Authorities: pool(e.authority),
		Certificate: func() (tls.Certificate, error) {
			return e.authority.Server(filepath.Join(dir, "server.pem"), []string{"desk.court.example"}, time.Now())
		},
		Enter: e.clerks.EnterWindow, Pages: pages, AtOnce: atOnce, Log: log,
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return e
}

func pool(a *identity.Authority) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Certificate)
	return p
}

// certificate makes a window's, as its browser has it; listed gives it a row.
func (e *entrance) certificate(a *identity.Authority, name string, listed bool) tls.Certificate {
	e.t.Helper()
	w, err := a.Window(name, time.Now())
	if err != nil {
		e.t.Fatal(err)
	}
	if listed {
		if _, err := e.clerks.AddWindow(e.t.Context(), console, name, identity.Fingerprint(w.Certificate),
			w.Certificate.NotAfter); err != nil {
			e.t.Fatal(err)
		}
	}
	file, err := w.P12("x")
	if err != nil {
		e.t.Fatal(err)
	}
	key, leaf, _, err := pkcs12.DecodeChain(file, "x")
	if err != nil {
		e.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
}

// browser is a client with a road of its own; every name leads to the door.
func (e *entrance) browser(shown ...tls.Certificate) *http.Client {
	road := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool(e.authority), Certificates: shown, ServerName: "desk.court.example"},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", e.Addr().String())
		},
	}
	e.t.Cleanup(road.CloseIdleConnections)
	return &http.Client{Transport: road}
}

func (e *entrance) url(host string) string {
	_, port, _ := net.SplitHostPort(e.Addr().String())
	return "https://" + host + ":" + port + "/"
}

// get returns status and text; 0 where there was no answer.
func get(t *testing.T, b *http.Client, url string) (status int, text string) {
	t.Helper()
	r, err := b.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err.Error()
	}
	for _, h := range []string{"Content-Security-Policy", "Cache-Control", "X-Content-Type-Options"} {
		if r.Header.Get(h) == "" {
			t.Errorf("the answer %d lacks %s", r.StatusCode, h)
		}
	}
	return r.StatusCode, string(body)
}

func hello(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "window "+desk.WindowOf(r.Context()))
}

func TestDoorLetsItsWindowsIn(t *testing.T) {
	e := enter(t, 4, http.HandlerFunc(hello))
	other, err := identity.Open(filepath.Join(t.TempDir(), "ca.pem"), "京0102", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w01 := e.certificate(e.authority, "W01", true)
	old := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: pool(e.authority), Certificates: []tls.Certificate{w01},
		ServerName: "desk.court.example", MaxVersion: tls.VersionTLS12,
	}}
	none, second := e.certificate(e.authority, "W02", false), e.certificate(e.authority, "W01", false)
	tests := map[string]struct {
		browser *http.Client
		host    string
		status  int
		text    string
	}{
		"a window":       {e.browser(w01), "desk.court.example", 200, "window W01"},
		"in capitals":    {e.browser(w01), "DESK.court.example", 200, "window W01"},
		"no certificate": {e.browser(), "desk.court.example", 0, "certificate required"},
		"another court's window": {e.browser(e.certificate(other, "W01", false)), "desk.court.example", 0,
			"tls: "},
		"a certificate without a row":     {e.browser(none), "desk.court.example", 403, "没有登记"},
		"another certificate of the name": {e.browser(second), "desk.court.example", 403, "没有登记"},
		"another name that leads here":    {e.browser(w01), "evil.example", 421, "unknown host"},
		"TLS 1.2":                         {&http.Client{Transport: old}, "127.0.0.1", 0, "protocol version"},
	}
	for name, tt := range tests {
		status, text := get(t, tt.browser, e.url(tt.host))
		if status != tt.status || !strings.Contains(text, tt.text) {
			t.Errorf("%s: %d %q, want %d %q", name, status, text, tt.status, tt.text)
		}
	}
}

// A revoked window is out at its next request on the connection that it has, and in the middle of an answer too.
func TestRevokedWindowIsPutOut(t *testing.T) {
	begun := make(chan struct{})
	e := enter(t, 4, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			hello(w, r)
			return
		}
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done() // an answer without an end
	}))
	b := e.browser(e.certificate(e.authority, "W01", true))
	stays := e.browser(e.certificate(e.authority, "W02", true))
	for _, c := range []*http.Client{b, stays} {
		if status, text := get(t, c, e.url("desk.court.example")); status != 200 {
			t.Fatalf("before: %d %s", status, text)
		}
	}
	cut := make(chan time.Time, 1)
	go func() {
		get(t, b, e.url("desk.court.example")+"long")
		cut <- time.Now()
	}()
	<-begun
	revoked := time.Now()
	if _, err := e.clerks.RevokeWindow(t.Context(), console, "W01"); err != nil {
		t.Fatal(err)
	}
	if status, text := get(t, b, e.url("desk.court.example")); status != 403 || !strings.Contains(text, "吊销") {
		t.Errorf("at once after: %d %s, want 403", status, text)
	}
	select {
	case at := <-cut:
		if after := at.Sub(revoked); after > 2*time.Second {
			t.Errorf("an answer in the middle was cut %v after, want a second", after)
		}
	case <-time.After(10 * time.Second):
		t.Error("an answer in the middle goes on")
	}
	if status, text := get(t, stays, e.url("desk.court.example")); status != 200 {
		t.Errorf("another window: %d %s, want 200", status, text)
	}
}

// One window that asks for what takes long keeps neither the others out nor more than its share.
func TestWindowKeepsNoOtherOut(t *testing.T) {
	hold, held := make(chan struct{}), make(chan string, 10)
	e := enter(t, 2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			held <- desk.WindowOf(r.Context())
			<-hold
		}
		hello(w, r)
	}))
	slow := e.browser(e.certificate(e.authority, "W01", true))
	quick := e.browser(e.certificate(e.authority, "W02", true))
	ended := make(chan int, 2)
	for range 2 {
		go func() {
			status, _ := get(t, slow, e.url("desk.court.example")+"slow")
			ended <- status
		}()
	}
	<-held
	if status, text := get(t, quick, e.url("desk.court.example")); status != 200 || text != "window W02" {
		t.Errorf("the other window: %d %s, want 200", status, text)
	}
	if status := <-ended; status != http.StatusServiceUnavailable {
		t.Errorf("the second slow request: %d, want 503 after its wait", status)
	}
	close(hold)
	if status := <-ended; status != 200 {
		t.Errorf("the first slow request: %d, want 200", status)
	}
	if len(held) > 0 {
		t.Error("the second slow request was begun")
	}
}

// Who opens connections and says nothing keeps nobody out for long, and of one address only so many stand.
func TestSilentConnections(t *testing.T) {
	e := enter(t, 2, http.HandlerFunc(hello))
	var silent []net.Conn
	for range 40 {
		c, err := net.Dial("tcp", e.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	for _, c := range silent {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	}
	_, err := silent[39].Read(make([]byte, 1))
	if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the fortieth connection: %v, want it closed", err)
	}
	began := time.Now()
	for _, c := range silent {
		_, err := c.Read(make([]byte, 1))
		if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
			t.Fatal("a silent connection stands for ever")
		}
	}
	if after := time.Since(began); after > 15*time.Second {
		t.Errorf("they were let go after %v, want 5 s", after)
	}
	b := e.browser(e.certificate(e.authority, "W01", true))
	if status, text := get(t, b, e.url("desk.court.example")); status != 200 {
		t.Errorf("a window afterwards: %d %s", status, text)
	}
}

func TestPlainDoorIsForThisMachineAlone(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "10.255.255.1:0", ":0"} {
		if _, err := desk.OpenDoor(desk.DoorPlan{Listen: listen}); err == nil ||
			!strings.Contains(err.Error(), "not this machine alone") {
			t.Errorf("plain on %s: %v, want a refusal", listen, err)
		}
	}
}

func TestCookieIsBound(t *testing.T) {
	w := new(headers)
	desk.KeepToken(w, "0217.secret")
	got := http.Header(*w).Get("Set-Cookie")
	for _, want := range []string{"__Host-desk=0217.secret", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(got, want) {
			t.Errorf("cookie %q lacks %s", got, want)
		}
	}
	if strings.Contains(got, "Domain") || strings.Contains(got, "Max-Age") {
		t.Errorf("cookie %q is for others, or outlives the browser", got)
	}
}

type headers http.Header

func (h *headers) Header() http.Header {
	if *h == nil {
		*h = make(headers)
	}
	return http.Header(*h)
}
func (h *headers) Write(b []byte) (int, error) { return len(b), nil }
func (h *headers) WriteHeader(int)             {}

// However many come at once, from however many browsers of one address, so many connections are served and so many
// requests answered at the same time; the others wait or are let go, and afterwards nothing of them is left.
func TestBudget(t *testing.T) {
	const atOnce, come = 2, 60
	var now, most atomic.Int32
	hold := make(chan struct{})
	e := enter(t, atOnce, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		defer now.Add(-1)
		<-hold
		hello(w, r)
	}))
	shown := []tls.Certificate{e.certificate(e.authority, "W01", true), e.certificate(e.authority, "W02", true)}
	ended := make(chan int, come)
	for i := range come {
		b := e.browser(shown[i%2])
		go func() {
			status, _ := get(t, b, e.url("desk.court.example"))
			ended <- status
		}()
	}
	let, peak := 0, 0
	for range come - atOnce { // each of the others is let go: at the door, or after its wait for a turn
		if status := <-ended; status != 0 && status != http.StatusServiceUnavailable {
			let++
		}
		peak = max(peak, served())
	}
	if peak < atOnce || peak > 16 {
		t.Errorf("%d connections of one address are served", peak)
	}
	if n := most.Load(); n > atOnce || let > 0 {
		t.Errorf("%d are answered at once, %d before any could be", n, let)
	}
	close(hold)
	for range atOnce {
		if status := <-ended; status != http.StatusOK {
			t.Errorf("whose turn it was is answered %d", status)
		}
	}
}

// served is how many connections servers of this process have goroutines for.
func served() int {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("created by net/http.(*Server).Serve in"))
}
