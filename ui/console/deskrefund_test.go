package console

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// A courthouse is a machine with everything real: the ledger's file, WeChat's signatures, the door over HTTPS, people
// with PINs and authenticator apps; at the clock of this machine.
type courthouse struct {
	*machine
	people    *clerktest.People
	authority *identity.Authority
	address   string
}

const deskName = "desk.court.example"

func openCourthouse(t *testing.T) *courthouse {
	t.Helper()
	b := openBank(t)
	return b.openCourthouse(t, b.open(t), t.TempDir(), nil)
}

// openCourthouse opens one whose state lies in a folder, at a WeChat; vary, unless nil, changes its configuration.
func (b bank) openCourthouse(
	t *testing.T, sim *wechatsim.Sim, dir string, vary func(*config.Config),
) *courthouse {
	t.Helper()
	c := b.demo.Config
	c.Ledger.File, c.Ledger.Backups = filepath.Join(dir, "ledger.db"), filepath.Join(dir, "backups")
	c.Receipt.Address = filepath.Join(dir, "receipts")
	c.WeChat.PublicKey, c.WeChat.PublicKeyID = b.file, sim.PublicKeyID()
	c.Clerk.Listen, c.Clerk.Name, c.Clerk.Refunds = "0.0.0.0:0", deskName, true
	if vary != nil {
		vary(&c)
	}
	a, err := app.Open(c, slog.New(slog.DiscardHandler), app.OnRoad(sim.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	h := &courthouse{machine: &machine{App: a, t: t, sim: sim}}
	if vary == nil {
		h.people = clerktest.Found(t, a.Desk())
	}
	ctx, stop := context.WithCancel(context.Background())
	wait, err := a.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	door, err := openPage(a, besideKiosk)
	if err != nil {
		t.Fatal(err)
	}
	h.address = door.Addr().String()
	served := make(chan error, 1)
	go func() { served <- door.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		wait()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if h.authority, err = identity.Open(c.AuthorityFile(), c.Court.Code, time.Now()); err != nil {
		t.Fatal(err)
	}
	return h
}

// A seat is a browser at a window, with the window's certificate.
type seat struct {
	*http.Client
	h   *courthouse
	url string
}

// window lets a new window in.
func (h *courthouse) window(name string) *seat {
	h.t.Helper()
	w, err := h.authority.Window(name, time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	_, err = h.Desk().AddWindow(h.t.Context(), clerk.Console("03", clerk.Process), name,
		identity.Fingerprint(w.Certificate), w.Certificate.NotAfter)
	if err != nil {
		h.t.Fatal(err)
	}
	file, err := w.P12("x")
	if err != nil {
		h.t.Fatal(err)
	}
	key, leaf, _, err := pkcs12.DecodeChain(file, "x")
	if err != nil {
		h.t.Fatal(err)
	}
	believe := x509.NewCertPool()
	believe.AddCert(h.authority.Certificate)
	road := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: believe, ServerName: deskName,
			Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", h.address)
		},
	}
	h.t.Cleanup(road.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(h.address)
	return &seat{h: h, url: "https://" + net.JoinHostPort(deskName, port), Client: &http.Client{
		Transport: road, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// An answer is what a door has said.
type answer struct {
	status   int
	to, text string
}

func (s *seat) ask(method, path string, form url.Values) answer {
	s.h.t.Helper()
	r, err := http.NewRequestWithContext(s.h.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	said, err := s.Do(r)
	if err != nil {
		s.h.t.Error(err)
		return answer{}
	}
	defer said.Body.Close()
	text, err := io.ReadAll(said.Body)
	if err != nil {
		s.h.t.Error(err)
	}
	return answer{said.StatusCode, said.Header.Get("Location"), string(text)}
}

// page is a page that must be there, wherever it was led to.
func (s *seat) page(path string) string {
	s.h.t.Helper()
	a := s.ask(http.MethodGet, path, nil)
	for range 3 {
		if a.status == http.StatusSeeOther {
			a = s.ask(http.MethodGet, a.to, nil)
		}
	}
	if a.status != http.StatusOK {
		s.h.t.Fatalf("%s: %d %s\n%s", path, a.status, a.to, a.text)
	}
	return a.text
}

var deskField = regexp.MustCompile(`name="(once|version)" value="([^"]*)"`)

// form is the form of a page, as it stands there.
func (s *seat) form(path string) url.Values {
	s.h.t.Helper()
	v := make(url.Values)
	for _, m := range deskField.FindAllStringSubmatch(s.page(path), -1) {
		v.Set(m[1], m[2])
	}
	return v
}

func (s *seat) signIn(number string) {
	s.h.t.Helper()
	form := s.form("/sign-in")
	form.Set("who", number)
	form.Set("pin", clerktest.PIN(number))
	form.Set("code", s.h.people.Code(number))
	if a := s.ask(http.MethodPost, "/sign-in", form); a.status != http.StatusSeeOther {
		s.h.t.Fatalf("%s signs in: %d\n%s", number, a.status, a.text)
	}
}

// order is the address of an order's page.
func (s *seat) order(no string) string {
	s.h.t.Helper()
	a := s.ask(http.MethodPost, "/find", url.Values{"q": {no}})
	path, _, _ := strings.Cut(a.to, "?")
	if !strings.HasPrefix(path, "/order/") {
		s.h.t.Fatalf("%s is found at %d %s", no, a.status, a.to)
	}
	return path
}

// wants asks for all of an order to be given back, and returns the refund's address.
func (s *seat) wants(no string) string {
	s.h.t.Helper()
	path := s.order(no) + "/refund"
	form := s.form(path)
	form.Set("reason", "重复付款")
	form.Set("sum", "2700.00")
	if a := s.ask(http.MethodPost, path, form); a.status != http.StatusSeeOther {
		s.h.t.Fatalf("asked for: %d\n%s", a.status, a.text)
	}
	again := s.ask(http.MethodPost, path, form) // the second of a double click
	if again.status != http.StatusSeeOther {
		s.h.t.Errorf("asked for twice: %d", again.status)
	}
	all := regexp.MustCompile(`/refunds/[-_0-9A-Za-z]+`).FindAllString(s.page("/refunds"), -1)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) != 1 {
		s.h.t.Fatalf("%d refunds are open", len(all))
	}
	return all[0]
}

// signs approves with what is given; the form is of the page as it stands.
func (s *seat) signs(path, number, code string) url.Values {
	s.h.t.Helper()
	form := s.form(path)
	form.Set("pin", clerktest.PIN(number))
	form.Set("code", code)
	return form
}

// opensBill opens an order for a new bill's case, and waits until its code is there.
func (h *courthouse) opensBill(visit string) string {
	h.t.Helper()
	dues, err := h.Counter().Find(h.t.Context(), bill.Query{Case: h.number})
	if err != nil || len(dues) != 1 {
		h.t.Fatalf("found %+v, %v", dues, err)
	}
	p, err := h.Counter().Pay(h.t.Context(), counter.Ask{ID: visit, Visit: visit, Bill: dues[0].Bill,
		Quote: dues[0].Quote})
	if err != nil {
		h.t.Fatal(err)
	}
	h.becomes(p.Order, payment.Waiting)
	return p.Order
}

// becomes waits until an order is in a state.
func (h *courthouse) becomes(no string, want payment.State) payment.Order {
	h.t.Helper()
	var o payment.Order
	h.await("order "+no+" is "+string(want), func() bool {
		var err error
		if o, err = h.Cashier().Ask(h.t.Context(), no); err == nil && o.State != want {
			o, err = h.Ledger().Order(h.t.Context(), no)
		}
		return err == nil && o.State == want
	})
	return o
}

func (h *courthouse) await(what string, is func() bool) {
	h.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); !is(); {
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatalf("never: %s", what)
		}
	}
}

// only is the one refund of an order.
func (h *courthouse) only(order string) payment.Refund {
	h.t.Helper()
	list, err := h.Ledger().RefundsOf(h.t.Context(), order)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("refunds %+v, %v", list, err)
	}
	return list[0]
}

// stays wants that nothing was decided.
func (h *courthouse) stays(order, why string) {
	h.t.Helper()
	if r := h.only(order); r.State != payment.RefundAsked || len(h.sim.Refunds()) != 0 {
		h.t.Errorf("%s: it is %s, WeChat has %d", why, r.State, len(h.sim.Refunds()))
	}
}

// session changes what the ledger has of somebody's session.
func (h *courthouse) session(number string, how func(*payment.SignIn)) {
	h.t.Helper()
	_, err := h.Ledger().SignIns().Update(h.t.Context(), number,
		func(s payment.SignIn, _ payment.Staff) (payment.SignIn,
			payment.Entry, error) {
			how(&s)
			return s, payment.Entry{}, nil
		})
	if err != nil {
		h.t.Fatal(err)
	}
}

// counted is how often the audit tells of an event of an order.
func (h *courthouse) counted(order, event string) (n int) {
	h.t.Helper()
	list, err := h.Ledger().Audit(h.t.Context(), order)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range list {
		if e.Event == event {
			n++
		}
	}
	return n
}

// One person asks for a refund over HTTPS and another approves it with PIN and code: not with the cookie of another
// window, a wrong PIN, a wrong code or none, nor after the session has ended or been locked, nor from a tab of before;
// two who approve at once, each with a double click, approve it once, and WeChat is sent one refund.
func TestRefundOverHTTPS(t *testing.T) {
	h := openCourthouse(t)
	h.number = caseno.Number{Year: time.Now().In(payment.China).Year(), Court: "京0101", Type: "民初", Serial: "7701"}
	h.list("2700", "")
	no := h.opensBill("first")
	if err := h.sim.Pay(no); err != nil {
		t.Fatal(err)
	}
	h.becomes(no, payment.Paid)
	asker, one, two := h.window("W03"), h.window("W01"), h.window("W02")
	asker.signIn(clerktest.Clerk)
	path := asker.wants(no)
	h.stays(no, "asked for")
	if a := asker.ask(http.MethodPost, path+"/approve", asker.form(path)); a.status != http.StatusForbidden {
		t.Errorf("who has asked approves: %d", a.status)
	}
	one.signIn(clerktest.Lead)

	stolen := h.window("W09")
	at, _ := url.Parse(one.url)
	stolen.Jar.SetCookies(at, one.Jar.Cookies(at))
	if a := stolen.ask(http.MethodPost, path+"/approve", one.form(path)); a.status != http.StatusUnauthorized {
		t.Errorf("a stolen cookie is answered %d %s", a.status, a.to)
	}
	for why, signed := range map[string][2]string{"a wrong PIN": {"000111", "000000"},
		"no code": {clerktest.PIN(clerktest.Lead), ""}, "a wrong code": {clerktest.PIN(clerktest.Lead), "000000"}} {
		form := one.form(path)
		form.Set("pin", signed[0])
		form.Set("code", signed[1])
		one.ask(http.MethodPost, path+"/approve", form)
		h.stays(no, why)
	}

	// the session is locked, then over, while the page is read
	for why, end := range map[string]func(*payment.SignIn){
		"locked": func(s *payment.SignIn) { s.Locked = time.Now().UTC().Truncate(time.Second) },
		"over":   func(s *payment.SignIn) { s.Begun = s.Begun.Add(-clerk.SessionFor) },
	} {
		var before payment.SignIn
		form := one.signs(path, clerktest.Lead, "000000")
		h.session(clerktest.Lead, func(s *payment.SignIn) { before = *s; end(s) })
		a := one.ask(http.MethodPost, path+"/approve", form)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.text, "draft=") ||
			strings.Contains(a.text, clerktest.PIN(clerktest.Lead)) {
			t.Errorf("a session that is %s: %d\n%s", why, a.status, a.text)
		}
		h.stays(no, "a session that is "+why)
		h.session(clerktest.Lead, func(s *payment.SignIn) { *s = before })
	}

	// a second tab: the page of before the payment's receipt was printed once more
	old := one.signs(path, clerktest.Lead, "000000")
	if _, _, err := h.Desk().Reprint(t.Context(), clerk.Console("03", clerk.Process), no); err != nil {
		t.Fatal(err)
	}
	if a := one.ask(http.MethodPost, path+"/approve", old); a.status != http.StatusConflict {
		t.Errorf("a tab of before is answered %d", a.status)
	}
	h.stays(no, "a tab of before")

	two.signIn(clerktest.Second)
	forms := map[*seat]url.Values{
		one: one.signs(path, clerktest.Lead, h.people.Code(clerktest.Lead)),
		two: two.signs(path, clerktest.Second, h.people.Code(clerktest.Second)),
	}
	var at4 sync.WaitGroup
	var mu sync.Mutex
	said := make(map[int]int)
	for s, form := range forms {
		for range 2 {
			at4.Go(func() {
				a := s.ask(http.MethodPost, path+"/approve", form)
				mu.Lock()
				defer mu.Unlock()
				said[a.status]++
			})
		}
	}
	at4.Wait()
	if said[http.StatusSeeOther] == 0 || said[http.StatusInternalServerError] > 0 {
		t.Errorf("four clicks at once are answered %v", said)
	}
	h.sentOnce(no, 270000)
}

// sentOnce wants that a refund was approved once, by another than who asked, and that WeChat has it once.
func (h *courthouse) sentOnce(no string, sum payment.Fen) {
	h.t.Helper()
	h.await("WeChat has the refund", func() bool { return len(h.sim.Refunds()) > 0 })
	r := h.only(no)
	backs := h.sim.Refunds()
	if len(backs) != 1 || backs[0].No != r.No || backs[0].Order != no || payment.Fen(backs[0].Sum) != sum {
		h.t.Errorf("WeChat has %+v", backs)
	}
	if r.Asked.By.Person != clerktest.Clerk || r.Decided.By.Person == clerktest.Clerk || r.Decided.By.Person == "" {
		h.t.Errorf("asked for by %v, decided by %v", r.Asked.By, r.Decided.By)
	}
	for _, e := range []payment.RefundEvent{payment.AsksRefund, payment.ApprovesRefund, payment.SendsRefund} {
		if n := h.counted(no, string(e)); n != 1 {
			h.t.Errorf("the audit tells %d times of %s", n, e)
		}
	}
	if err := h.sim.Arrive(r.No, wechatsim.Arrived); err != nil {
		h.t.Error(err)
	}
}

// A bill is paid twice: the page shows both payments side by side, and the second is given back by two persons, once.
func TestDoublePaymentOverHTTPS(t *testing.T) {
	h := openCourthouse(t)
	h.number = caseno.Number{Year: time.Now().In(payment.China).Year(), Court: "京0101", Type: "民初", Serial: "7702"}
	h.list("2700", "")
	first := h.opensBill("first")
	if err := h.sim.CloseByPlatform(first); err != nil {
		t.Fatal(err)
	}
	h.becomes(first, payment.Closed)
	second := h.opensBill("second")
	if err := h.sim.Pay(second); err != nil {
		t.Fatal(err)
	}
	h.becomes(second, payment.Paid)
	late, _ := h.sim.Order(first)
	h.sim.PayElsewhere(late) // though it was closed
	if o := h.becomes(first, payment.Paid); o.Oddity != payment.SecondPayment {
		t.Fatalf("the late one is %q", o.Oddity)
	}
	asker, one, two := h.window("W03"), h.window("W01"), h.window("W02")
	asker.signIn(clerktest.Clerk)
	path := asker.wants(first)
	one.signIn(clerktest.Lead)
	two.signIn(clerktest.Second)
	if text := one.page(path); !strings.Contains(text, "应交 2,700.00 元，实收 5,400.00 元，多收 2,700.00 元。") {
		t.Errorf("the page does not say what was paid too much:\n%s", text)
	}
	forms := map[*seat]url.Values{
		one: one.signs(path, clerktest.Lead, h.people.Code(clerktest.Lead)),
		two: two.signs(path, clerktest.Second, h.people.Code(clerktest.Second)),
	}
	var both sync.WaitGroup
	for s, form := range forms {
		for range 2 {
			both.Go(func() { s.ask(http.MethodPost, path+"/approve", form) })
		}
	}
	both.Wait()
	h.sentOnce(first, 270000)
	// the other payment is the bill's, and of the first nothing is left to be given back
	if refunds, err := h.Ledger().RefundsOf(t.Context(), second); err != nil || len(refunds) != 0 {
		t.Errorf("of the other payment %+v, %v", refunds, err)
	}
	form := asker.form(asker.order(second) + "/refund")
	form.Set("reason", "重复付款")
	form.Set("sum", "2700.01")
	if a := asker.ask(http.MethodPost, asker.order(second)+"/refund", form); a.status < http.StatusBadRequest {
		t.Errorf("more than was paid is asked for: %d", a.status)
	}
}
