package wechat_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// serve starts a loopback server.
func serve(t *testing.T, h http.Handler, certificate *tls.Certificate) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if certificate != nil {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL
}

// overTheNet is a gateway with its own transport.
func overTheNet(t *testing.T, sim *wechatsim.Sim, hosts ...string) *wechat.Gateway {
	t.Helper()
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return g
}

// nobody is the address of a port where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func status(code int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	})
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// A certificate that nobody has signed, for this machine.
func selfSigned(t *testing.T, from, until time.Time) *tls.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: from,
		NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &keys()[2].PublicKey, keys()[2])
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: keys()[2]}
}

func TestWhatGoesToTheOtherHost(t *testing.T) {
	now := time.Now()
	tests := map[string]struct {
		first func(t *testing.T) string
		moves bool
		alone error // what it means when there is no other host
	}{
		"nobody listens": {nobody, true, payment.ErrUnknown},
		"hangs up": {func(t *testing.T) string { return serve(t, http.HandlerFunc(hangUp), nil) }, true,
			payment.ErrUnknown},
		"502": {func(t *testing.T) string { return serve(t, status(502, "<html>"), nil) }, true,
			payment.ErrUnknown},
		"503": {func(t *testing.T) string {
			return serve(t, status(503, `{"code":"SERVICE_UNAVAILABLE"}`),
				nil)
		}, true, payment.ErrUnknown},
		"certificate of nobody": {func(t *testing.T) string {
			return serve(t, status(200, ""), selfSigned(t, now.Add(-time.Hour), now.Add(time.Hour)))
		}, true, payment.ErrUnknown},
		"certificate that has ended": {func(t *testing.T) string {
			return serve(t, status(200, ""), selfSigned(t, now.Add(-2*time.Hour), now.Add(-time.Hour)))
		}, true, payment.ErrUnknown},
		"certificate of the future": {func(t *testing.T) string {
			return serve(t, status(200, ""), selfSigned(t, now.Add(time.Hour), now.Add(2*time.Hour)))
		}, true, payment.ErrClock},
		"500": {func(t *testing.T) string { return serve(t, status(500, `{"code":"SYSTEM_ERROR"}`), nil) }, false,
			payment.ErrUnknown},
		"429": {func(t *testing.T) string { return serve(t, status(429, `{"code":"FREQUENCY_LIMITED"}`), nil) },
			false, payment.ErrThrottled},
		"401": {func(t *testing.T) string { return serve(t, status(401, `{"code":"SIGN_ERROR"}`), nil) }, false,
			payment.ErrUnauthorized},
		"403": {func(t *testing.T) string { return serve(t, status(403, `{"code":"NO_AUTH"}`), nil) }, false,
			payment.ErrRefused},
		"400": {func(t *testing.T) string { return serve(t, status(400, `{"code":"INVALID_REQUEST"}`), nil) },
			false, payment.ErrNumberTaken},
		"portal": {func(t *testing.T) string { return serve(t, status(200, "<html>"), nil) }, false,
			payment.ErrUnknown},
		"redirect": {func(t *testing.T) string {
			return serve(t, http.RedirectHandler("/elsewhere", http.StatusFound),
				nil)
		}, false, payment.ErrUnknown},
		"too large": {func(t *testing.T) string { return serve(t, status(200, strings.Repeat("x", 3<<20)), nil) },
			false, payment.ErrUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			first := tt.first(t)
			g := overTheNet(t, sim, first, serve(t, sim, nil))
			_, err := g.Prepay(t.Context(), order(t, g))
			if asked := len(sim.Calls()) == 1; asked != tt.moves || (err == nil) != tt.moves {
				t.Errorf("the other host was asked: %t, want %t; create = %v", asked, tt.moves, err)
			}
			alone := overTheNet(t, sim, first)
			_, err = alone.Prepay(t.Context(), order(t, alone))
			checkError(t, "create", err, tt.alone)
		})
	}
}

// A road to the simulator under each of several names, each of which can be down.
type road struct {
	sim  *wechatsim.Sim
	down map[string]func(context.Context) error
}

func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	if fail := r.down[q.URL.Host]; fail != nil {
		if err := fail(q.Context()); err != nil {
			return nil, err
		}
	}
	return r.sim.Transport().RoundTrip(q)
}

func (r *road) last() string {
	calls := r.sim.Calls()
	return calls[len(calls)-1].Host
}

func refused(context.Context) error { return errors.New("connection refused") }

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

const mainHost, backupHost = "api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"

func TestTheWorkingHostIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &road{newSim(t, wechatsim.Guesses{}), map[string]func(context.Context) error{}}
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(r.sim)}, Transport: r})
		if err != nil {
			t.Fatal(err)
		}
		o := order(t, g)
		ask := func(when string, want string, within time.Duration) {
			t.Helper()
			start := time.Now()
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if took := time.Since(start); r.last() != want || took > within {
				t.Errorf("%s: asked %s after %v, want %s within %v", when, r.last(), took, want, within)
			}
		}
		ask("at first", mainHost, 0)
		r.down[mainHost] = hang
		ask("with the main host dark", backupHost, 6*time.Second)
		ask("right after", backupHost, 0)
		delete(r.down, mainHost)
		time.Sleep(4 * time.Minute)
		ask("4 minutes later", backupHost, 0)
		r.down[mainHost] = hang
		time.Sleep(2 * time.Minute)
		o.Expires = time.Now().Add(5 * time.Minute)
		o.No = strings.Repeat("2", 32)
		if o.Body, err = g.Compose(o); err != nil {
			t.Fatal(err)
		}
		ask("when the main host is tried again, in vain", backupHost, 6*time.Second)
		ask("right after that", backupHost, 0)
		delete(r.down, mainHost)
		time.Sleep(6 * time.Minute)
		if _, err := g.Query(t.Context(), o); err != nil || r.last() != mainHost {
			t.Errorf("with the main host back: asked %s, %v", r.last(), err)
		}
		if _, err := g.Query(t.Context(), o); err != nil || r.last() != mainHost {
			t.Errorf("and then: asked %s, %v", r.last(), err)
		}
	})
}

func TestAbsentWhenEveryHostSaysSo(t *testing.T) {
	dark := map[string]func(context.Context) error{}
	for name, tt := range map[string]struct {
		hosts []string
		down  string
		want  error
		calls int
	}{
		"one host":        {[]string{"https://a"}, "", payment.ErrAbsent, 1},
		"both":            {[]string{"https://a", "https://b"}, "", payment.ErrAbsent, 2},
		"three":           {[]string{"https://a", "https://b", "https://c"}, "", payment.ErrAbsent, 3},
		"the second dark": {[]string{"https://a", "https://b"}, "b", payment.ErrUnknown, 1},
		"the first dark":  {[]string{"https://a", "https://b"}, "a", payment.ErrUnknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := &road{newSim(t, wechatsim.Guesses{}), dark}
			clear(dark)
			dark[tt.down] = refused
			g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(r.sim)}, Hosts: tt.hosts,
				Transport: r})
			if err != nil {
				t.Fatal(err)
			}
			_, err = g.Query(t.Context(), order(t, g))
			checkError(t, "query", err, tt.want)
			if got, want := errors.Is(err, payment.ErrAbsentHere), tt.down != ""; got != want {
				t.Errorf("known to be unknown at one host: %t, want %t", got, want)
			}
			if n := len(r.sim.Calls()); n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}

// An answer that stops in the middle is a time-out like any other.
func TestAnswerThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, wechatsim.Guesses{})
		slow := roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := sim.Transport().RoundTrip(r)
			if err == nil && r.URL.Host == mainHost {
				resp.Body = io.NopCloser(stuck{r.Context()})
			}
			return resp, err
		})
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Transport: slow})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := g.Prepay(t.Context(), order(t, g)); err != nil || time.Since(start) != 6*time.Second {
			t.Errorf("create = %v after %v", err, time.Since(start))
		}
	})
}

// An endless answer fills neither the memory nor the time.
func TestEndlessAnswer(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	read := 0
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := sim.Transport().RoundTrip(r)
			if err == nil {
				resp.Body = io.NopCloser(readerFunc(func(p []byte) (int, error) {
					if read += len(p); read > 64<<20 {
						return 0, errors.New("read far too much")
					}
					return len(p), nil
				}))
			}
			return resp, err
		})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Prepay(t.Context(), order(t, g))
	checkError(t, "create", err, payment.ErrUnknown)
	if read > 8<<20 {
		t.Errorf("read %d bytes of an answer", read)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A host that answers works, whatever it says.
func TestARefusingHostIsKept(t *testing.T) {
	r := &road{newSim(t, wechatsim.Guesses{}), map[string]func(context.Context) error{}}
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(r.sim)}, Transport: r})
	if err != nil {
		t.Fatal(err)
	}
	tries := 0
	r.down[mainHost] = func(context.Context) error { tries++; return errors.New("connection refused") }
	r.sim.Inject(always(wechatsim.Fault{Status: 403, Code: "NO_AUTH"}))
	for range 3 {
		_, err := g.Query(t.Context(), order(t, g))
		checkError(t, "query", err, payment.ErrRefused)
	}
	if tries != 1 {
		t.Errorf("tried the dead host %d times", tries)
	}
}

type stuck struct{ ctx context.Context }

func (s stuck) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func TestHostsThatNewRefuses(t *testing.T) {
	for host, ok := range map[string]bool{
		"https://api.mch.weixin.qq.com": true, "https://api.mch.weixin.qq.com/": true, "http://127.0.0.1:8080": true,
		"http://[::1]:1":               true,
		"http://api.mch.weixin.qq.com": false, "http://10.0.0.1": false, "http://localhost": false,
		"http://127.0.0.1.example": false, "ftp://127.0.0.1": false,
		"api.mch.weixin.qq.com": false, "": false, "https://": false, "https://a/v3": false, "https://a?b": false,
		"https://u:p@a": false, "https://a#b": false,
	} {
		_, err := wechat.New(wechat.Config{Hosts: []string{host}})
		if (err == nil) != ok {
			t.Errorf("%q: %v", host, err)
		}
	}
}
