package checkup_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill/courtsim"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/payment/wechatsim"
)

// An issuer makes certificates of this machine's own address, and keeps them in a folder.
type issuer struct {
	t   *testing.T
	dir string
	ca  *x509.Certificate
	key *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, dir: t.TempDir()}
	i.ca = &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().AddDate(-2, 0, 0),
		NotAfter: time.Now().AddDate(2, 0, 0), IsCA: true, BasicConstraintsValid: true}
	var err error
	if i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	i.write("ca.pem", "CERTIFICATE", i.sign(i.ca, &i.key.PublicKey))
	return i
}

func (i *issuer) path(name string) string { return filepath.Join(i.dir, name) }

func (i *issuer) write(name, kind string, der []byte) {
	i.t.Helper()
	if err := os.WriteFile(i.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func (i *issuer) sign(c *x509.Certificate, key *ecdsa.PublicKey) []byte {
	i.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, i.ca, key, i.key)
	if err != nil {
		i.t.Fatal(err)
	}
	return der
}

// leaf makes a certificate that ends at a time, and its key.
func (i *issuer) leaf(name string, ends time.Time) tls.Certificate {
	i.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.write(name+".pem", "CERTIFICATE", i.sign(&x509.Certificate{SerialNumber: big.NewInt(2),
		NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, &key.PublicKey))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		i.t.Fatal(err)
	}
	i.write(name+".key", "PRIVATE KEY", der)
	pair, err := tls.LoadX509KeyPair(i.path(name+".pem"), i.path(name+".key"))
	if err != nil {
		i.t.Fatal(err)
	}
	return pair
}

// serve starts a server with a certificate; asks says that it wants one of its clients too.
func (i *issuer) serve(h http.Handler, leaf tls.Certificate, asks bool) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that turn away
	s.TLS = &tls.Config{Certificates: []tls.Certificate{leaf}}
	if asks {
		pool := x509.NewCertPool()
		pool.AddCert(i.parsed())
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, pool
	}
	s.StartTLS()
	i.t.Cleanup(s.Close)
	return s.URL
}

func (i *issuer) parsed() *x509.Certificate {
	i.t.Helper()
	text, err := os.ReadFile(i.path("ca.pem"))
	if err != nil {
		i.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

// Real roads: a name that is not found, a port that is closed, a certificate that is not believed, one that has ended,
// a court that wants to know who we are, and proxies. Each has its own word.
func TestReach(t *testing.T) {
	own, other := newIssuer(t), newIssuer(t)
	court := courtsim.New(nil, "")
	fine := own.serve(court, own.leaf("server", time.Now().AddDate(1, 0, 0)), false)
	ended := own.serve(court, own.leaf("ended", time.Now().AddDate(0, 0, -3)), false)
	asks := own.serve(court, own.leaf("strict", time.Now().AddDate(1, 0, 0)), true)
	own.leaf("client", time.Now().AddDate(1, 0, 0))
	plain := httptest.NewServer(court)
	t.Cleanup(plain.Close)
	closed := "https://" + unused(t)
	open, shut := proxy(t, ""), proxy(t, "kiosk")
	password := own.path("password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := own.path("ca.pem")
	for name, tt := range map[string]struct {
		road  checkup.Road
		want  checkup.Step
		dated bool
	}{
		"well":                {checkup.Road{Host: fine, CA: ca, OnlyCA: true}, "", true},
		"beside the system's": {checkup.Road{Host: fine, CA: ca}, "", true},
		"a name that is none": {checkup.Road{Host: "https://no-such-host.invalid"}, checkup.DNS, false},
		"a closed port":       {checkup.Road{Host: closed}, checkup.Connect, false},
		"no TLS there": {checkup.Road{Host: "https" + strings.TrimPrefix(plain.URL, "http")}, checkup.TLS,
			false},
		"an unknown authority": {checkup.Road{Host: fine}, checkup.TLS, false},
		"another authority":    {checkup.Road{Host: fine, CA: other.path("ca.pem"), OnlyCA: true}, checkup.TLS, false},
		"ended":                {checkup.Road{Host: ended, CA: ca, OnlyCA: true}, checkup.TLS, true},
		"who are you":          {checkup.Road{Host: asks, CA: ca, OnlyCA: true}, checkup.TLS, false},
		"it is me": {checkup.Road{Host: asks, CA: ca, OnlyCA: true, Cert: own.path("client.pem"),
			Key: own.path("client.key")}, "", true},
		"by a proxy": {checkup.Road{Host: fine, CA: ca, Proxy: open}, "", true},
		"a proxy with a user": {checkup.Road{Host: fine, CA: ca, Proxy: strings.Replace(shut, "//", "//kiosk@", 1),
			ProxyPassword: password}, "", true},
		"a stranger at a proxy": {checkup.Road{Host: fine, CA: ca, Proxy: shut}, checkup.Proxied, false},
		"no proxy there": {checkup.Road{Host: fine, CA: ca, Proxy: "http://" + unused(t)}, checkup.Connect,
			false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := checkup.Reach(t.Context(), tt.road)
			if got.Failed != tt.want || got.Dated != tt.dated || (got.Said == "") != (tt.want == "") {
				t.Errorf("got %+v, want %q, dated %t", got, tt.want, tt.dated)
			}
			if got.Dated && got.Ahead.Abs() > 2*time.Second {
				t.Errorf("our own clock is ahead by %v", got.Ahead)
			}
			if strings.Contains(got.Said, "secret") {
				t.Errorf("it says a password: %s", got.Said)
			}
		})
	}
}

// unused is an address where nobody listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// proxy takes CONNECT, of a user where one is named, whose password is secret.
func proxy(t *testing.T, user string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := &http.Request{Header: http.Header{"Authorization": {r.Header.Get("Proxy-Authorization")}}}
		name, password, _ := auth.BasicAuth()
		if user != "" && (name != user || password != "secret") {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() { _, _ = there.(*net.TCPConn).ReadFrom(here); there.Close() }()
		go func() { _, _ = here.(*net.TCPConn).ReadFrom(there); here.Close() }()
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// WeChat's clock is heard from its simulator, whose clock is wrong by two minutes and a second.
func TestTheClockIsHeard(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{{MchID: "1900000001",
		AppID: "wx8888888888888888", Serial: "444F4864EA9B34415D5B2EBD4DA85BE1DDB5C371", PublicKey: &key.PublicKey}}})
	if err != nil {
		t.Fatal(err)
	}
	sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Clock: -124 * time.Second} })
	s := httptest.NewServer(sim)
	defer s.Close()
	got := checkup.Reach(t.Context(), checkup.Road{Host: s.URL})
	if off := got.Ahead + 124*time.Second; !got.Dated || off.Abs() > 2*time.Second {
		t.Fatalf("got %+v", got)
	}
	m := record(t, healthy).machine(t)
	m.Config.WeChat.Hosts, m.Reach = []string{s.URL}, checkup.Reach
	if got := told(m.Look(t.Context())); got != "clock" {
		t.Errorf("told %q", got)
	}
}
