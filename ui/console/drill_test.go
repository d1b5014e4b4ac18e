package console_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/console"
)

// A hall is a machine in test, with a WeChat Pay, a printer that can be pulled, and a person with a phone.
type hall struct {
	t       *testing.T
	dir     string
	stand   *wechatsim.Stand
	printer *printertest.Printer
	at      string // the printer's address

	mu     sync.Mutex
	said   strings.Builder
	plug   net.Listener // nil while the printer is pulled
	idle   bool         // the person presses Enter and pulls nothing
	leaves bool         // the person pays nothing, and presses Ctrl-C
	wait   time.Duration
	silent string // orders whose number it is get no answer through the drill's road; see deafen
	deaf   bool
}

func newHall(t *testing.T) *hall {
	t.Helper()
	dir, err := os.MkdirTemp("", "drill") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	h := &hall{t: t, dir: dir, wait: patience, printer: printertest.New(printertest.Spec{})}
	for _, dir := range []string{"state", "keys"} {
		h.must(os.Mkdir(filepath.Join(h.dir, dir), 0o700))
	}
	h.stand, err = wechatsim.NewStand(filepath.Join(h.dir, "keys"), "北京市东城区人民法院")
	h.must(err)
	// What comes through the drill's road is marked by it as a proxy marks what it carries.
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.unheard(r) {
			panic(http.ErrAbortHandler)
		}
		h.stand.Sim.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { front.Close(); _ = h.stand.Close(); _ = h.printer.Close(); h.pull() })
	h.at = "127.0.0.1:0"
	h.put()
	h.must(os.WriteFile(h.file(), fmt.Appendf(nil, `environment = "test"
[court]
code = "京0101"
name = "北京市东城区人民法院"
[kiosk]
id = "03"
language = "en"
[wechat]
mchid = %q
appid = %q
merchant_serial = %q
merchant_key_file = "keys/apiclient_key.pem"
public_key_id = %q
public_key_file = "keys/pub_key.pem"
notify_url = "https://court.example/notify"
hosts = [%q]
[ledger]
file = "state/ledger.db"
backups = "state/backups"
[receipt]
printer = "escpos"
address = "tcp://%s"
`, h.stand.Merchant.MchID, h.stand.Merchant.AppID, h.stand.Merchant.Serial, h.stand.PublicKeyID(), front.URL,
		h.at), 0o600))
	return h
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) file() string { return filepath.Join(h.dir, "kiosk.toml") }

// unheard reports whether a question gets no answer: of the first order, through the road, where that is planted.
func (h *hall) unheard(r *http.Request) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.deaf || r.Header.Get("X-Forwarded-For") == "" || r.Method != http.MethodGet {
		return false
	}
	no := filepath.Base(r.URL.Path)
	if o, ok := h.stand.Order(no); h.silent == "" && ok && o.State == wechatsim.Success {
		h.silent = no
	}
	return no == h.silent
}

// put connects the printer, at the address that it had.
func (h *hall) put() {
	h.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", h.at)
	h.must(err)
	h.plug, h.at = l, l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // pulled
			}
			go func() { _ = h.printer.Serve(conn) }()
		}
	}()
}

// pull takes the printer's plug: nobody reaches it.
func (h *hall) pull() {
	if h.plug != nil {
		_ = h.plug.Close()
		h.printer.HangUp()
		h.plug = nil
	}
}

// Write is what the terminal shows; the person reads it.
func (h *hall) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said.Write(p)
}

func (h *hall) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said.String()
}

var shownCode = regexp.MustCompile(`/phone/([A-Z2-7]{32})`)

// person does what the terminal asks for, until ctx ends.
func (h *hall) person(ctx context.Context, keys io.Writer, interrupt func()) {
	paid, pulled, put := 0, 0, 0
	for ctx.Err() == nil {
		text := h.text()
		codes := shownCode.FindAllStringSubmatch(text, -1)
		enter := func() { _, _ = io.WriteString(keys, "\n") }
		switch {
		case len(codes) > paid:
			time.Sleep(700 * time.Millisecond) // a phone is taken out
			if h.leaves {
				interrupt()
			} else if err := h.stand.Pay(codes[paid][1]); err != nil {
				h.t.Errorf("the phone says %v", err)
			}
			paid++
		case strings.Count(text, "Pull the printer") > pulled:
			if !h.idle {
				h.pull()
			}
			pulled++
			enter()
		case strings.Count(text, "Put the printer back") > put:
			h.put()
			put++
			enter()
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// drill makes one, and returns its exit code and its protocol.
func (h *hall) drill() (exit int, protocol string) {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	defer stop()
	typed, keys := io.Pipe()
	ended := make(chan struct{})
	defer func() { stop(); <-ended }()
	go func() { h.person(ctx, keys, stop); close(ended) }()
	var out strings.Builder
	exit = console.Main(ctx, console.Env{Args: []string{"drill", "--yes", "--config", h.file()}, Stdin: typed,
		Stdout: &out, Stderr: h, Version: "1.2.3", Patience: h.wait})
	_ = keys.Close()
	files, err := filepath.Glob(filepath.Join(h.dir, "state/drills/*/drill-*.txt"))
	h.must(err)
	if len(files) != 1 {
		h.t.Fatalf("%d protocols; the terminal shows\n%s", len(files), h.text())
	}
	text, err := os.ReadFile(files[0])
	h.must(err)
	if out.String() != string(text) {
		h.t.Errorf("printed\n%s\nkept\n%s", &out, text)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		h.t.Errorf("the protocol is %v, %v", info, err)
	}
	return exit, string(text)
}

// orders are those that WeChat has, by what became of them.
func (h *hall) orders() (paid, open []wechatsim.Order) {
	for _, o := range h.stand.Orders() {
		switch o.State {
		case wechatsim.Success:
			paid = append(paid, o)
		case wechatsim.NotPaid:
			open = append(open, o)
		}
	}
	return paid, open
}

// A drill on a machine that is sound: the program is a process of its own that is really killed, its road is really
// cut, its printer really gone.
func TestDrill(t *testing.T) {
	h := newHall(t)
	began := time.Now()
	exit, text := h.drill()
	t.Logf("%v:\n%s", time.Since(began), text)
	if exit != console.Done {
		t.Errorf("exit %d:\n%s", exit, h.text())
	}
	paid, open := h.orders()
	if len(paid) != 3 || len(open) != 0 {
		t.Errorf("%d orders are paid and %d open at WeChat", len(paid), len(open))
	}
	_, back, _ := strings.Cut(text, "To be given back")
	for _, o := range paid {
		if o.PaidTotal != 1 || !strings.Contains(back, o.No) || !strings.Contains(back, o.TransactionID) {
			t.Errorf("%+v is not to be given back:\n%s", o, back)
		}
	}
	for _, want := range []string{"Verdict: held", "1. The network is cut after the code is shown: held",
		"2. The program is killed after the payment: held", "3. The printer is pulled before the payment: held",
		"Made by: ____", "Version: 1.2.3\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the protocol does not say %q", want)
		}
	}
	numbers := regexp.MustCompile(`PZ-\S+`).FindAllString(text, -1)
	slices.Sort(numbers)
	if len(slices.Compact(numbers)) != 3 {
		t.Errorf("receipts %q", numbers)
	}
	if n := len(h.printer.Slips()); n < 4 { // three receipts and the protocol, and what was torn
		t.Errorf("%d pieces of paper", n)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "state/ledger.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the machine's own ledger: %v", err)
	}
	pdfs, err := filepath.Glob(filepath.Join(h.dir, "state/drills/*/drill-*.pdf"))
	if err != nil || len(pdfs) != 1 {
		t.Errorf("protocols as PDF: %q, %v", pdfs, err)
	}
	entries, err := os.ReadDir(filepath.Join(h.dir, "state/drills"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A program that never learns of a payment fails the drill, whatever else it does.
func TestDrillFinds(t *testing.T) {
	tests := map[string]struct {
		plant func(*hall)
		exit  int
		says  []string
	}{
		"a payment that is lost": {func(h *hall) { h.deaf, h.wait = true, time.Second }, console.Failed,
			[]string{"1. The network is cut after the code is shown: FAILED", "money is lost", "Verdict: FAILED"}},
		"a printer that was not pulled": {func(h *hall) { h.idle = true }, console.Unknown,
			[]string{"3. The printer is pulled before the payment: not known", "what should be gone was there",
				"Verdict: not known", "2. The program is killed after the payment: held"}},
		"a person who leaves": {func(h *hall) { h.leaves = true }, console.Unknown,
			[]string{"1. The network is cut after the code is shown: not known", "nobody paid", "Verdict: not known",
				"Nothing was paid, so nothing is to be given back"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			tt.plant(h)
			exit, text := h.drill()
			if _, open := h.orders(); len(open) > 0 {
				t.Errorf("somebody can still pay %+v", open)
			}
			if exit != tt.exit {
				t.Errorf("exit %d, want %d:\n%s", exit, tt.exit, h.text())
			}
			for _, want := range tt.says {
				if !strings.Contains(text, want) {
					t.Errorf("the protocol does not say %q:\n%s", want, text)
				}
			}
		})
	}
}
