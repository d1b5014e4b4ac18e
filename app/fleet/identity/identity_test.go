package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"courtkiosk/app/fleet/identity"
)

func authority(t *testing.T, path string) *identity.Authority {
	t.Helper()
	a, err := identity.Open(path, "京0101", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// client returns what a browser has after it took in a .p12.
func client(t *testing.T, a *identity.Authority, name string) tls.Certificate {
	t.Helper()
	w, err := a.Window(name, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.P12("some-pass-phrase")
	if err != nil {
		t.Fatal(err)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(file, "some-pass-phrase")
	if err != nil {
		t.Fatal(err)
	}
	if len(chain) != 1 || !chain[0].Equal(a.Certificate) {
		t.Errorf("the file holds %d authorities, want ours alone", len(chain))
	}
	if got, want := identity.Fingerprint(leaf), identity.Fingerprint(w.Certificate); got != want {
		t.Errorf("fingerprint %s from the file, want %s", got, want)
	}
	if _, _, err := pkcs12.Decode(file, "another"); err == nil {
		t.Error("the file opens with another passphrase")
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
}

// The authority is made once, for its owner only, and read afterwards.
func TestAuthorityIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk-ca.pem")
	if _, err := identity.Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read of nothing: %v, want fs.ErrNotExist", err)
	}
	first := authority(t, path)
	if again := authority(t, path); !again.Certificate.Equal(first.Certificate) {
		t.Error("another authority was made in the place of the first")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o, want 600", got)
	}
	if strings.Contains(string(first.PEM()), "PRIVATE") {
		t.Error("the certificate that is handed out holds the key")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.Read(path); err == nil || !strings.Contains(err.Error(), "chmod 0600") {
		t.Errorf("a key that others can read: %v, want the command that mends it", err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.Open(path, "京0101", time.Now()); err == nil {
		t.Error("a damaged authority was replaced without a word")
	}
}

// A server's certificate stays as long as it fits its names and lasts.
func TestServerCertificate(t *testing.T) {
	dir := t.TempDir()
	a, path := authority(t, filepath.Join(dir, "ca.pem")), filepath.Join(dir, "server.pem")
	server := func(at time.Time, names ...string) *x509.Certificate {
		t.Helper()
		c, err := a.Server(path, names, at)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf
	}
	now := time.Now()
	first := server(now, "desk.court.example", "10.1.2.3")
	for _, name := range []string{"desk.court.example", "10.1.2.3"} {
		if err := first.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if !server(now.AddDate(0, 11, 0), "desk.court.example", "10.1.2.3").Equal(first) {
		t.Error("it was made anew though it lasts")
	}
	if server(now.AddDate(1, 0, 5), "desk.court.example", "10.1.2.3").Equal(first) {
		t.Error("it was kept though it is about to end")
	}
	second := server(now, "desk.court.example")
	if second.VerifyHostname("10.1.2.3") == nil {
		t.Error("it still has a name that it was not asked for")
	}
	if _, err := a.Server(path, nil, now); err == nil {
		t.Error("a certificate without a name")
	}
	a = authority(t, filepath.Join(dir, "other.pem"))
	if server(now, "desk.court.example").Equal(second) {
		t.Error("another authority's was kept")
	}
}

// A real handshake: our client is let in, one of another authority is not, nor does a server pass for a client.
func TestHandshake(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	a, other := authority(t, filepath.Join(dir, "ca.pem")), authority(t, filepath.Join(dir, "other.pem"))
	cert, err := a.Server(filepath.Join(dir, "server.pem"), []string{"localhost"}, now)
	if err != nil {
		t.Fatal(err)
	}
	ours := x509.NewCertPool()
	ours.AddCert(a.Certificate)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(r.TLS.PeerCertificates[0].Subject.CommonName))
		}),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: ours,
			ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13},
	}
	go func() { _ = served.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = served.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	get := func(shown ...tls.Certificate) error {
		road := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ours, Certificates: shown}}
		defer road.CloseIdleConnections()
		response, err := (&http.Client{Transport: road}).Get("https://localhost:" + port)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	for name, c := range map[string]struct {
		shown []tls.Certificate
		in    bool
	}{
		"a window":                     {[]tls.Certificate{client(t, a, "W01")}, true},
		"nothing":                      {nil, false},
		"a window of another court":    {[]tls.Certificate{client(t, other, "W01")}, false},
		"a server instead of a window": {[]tls.Certificate{cert}, false},
	} {
		if err := get(c.shown...); (err == nil) != c.in {
			t.Errorf("%s: %v, want in: %v", name, err, c.in)
		}
	}
}

func TestPassphrase(t *testing.T) {
	seen := make(map[string]bool)
	for range 100 {
		p := identity.Passphrase()
		if len(p) != 19 || seen[p] {
			t.Fatalf("%q is short, or stands twice", p)
		}
		seen[p] = true
	}
}
