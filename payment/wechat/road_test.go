package wechat_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// authority makes a private authority in a PEM file, and a certificate of it for this machine.
func authority(t *testing.T) (file string, host *tls.Certificate) {
	t.Helper()
	now := time.Now()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "court authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, &keys()[1].PublicKey, keys()[1])
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &keys()[2].PublicKey, keys()[1])
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: keys()[2]}
}

// A forwarder is a CONNECT proxy that asks for a password and keeps all that goes through it.
type forwarder struct {
	want string // Proxy-Authorization

	mu    sync.Mutex
	hosts []string
	heard bytes.Buffer
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != f.want {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	f.mu.Lock()
	f.hosts = append(f.hosts, r.Host)
	f.mu.Unlock()
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(here, io.TeeReader(there, f)) // ends with the connection
		here.Close()
	}()
	_, _ = io.Copy(there, io.TeeReader(buffered, f))
}

func (f *forwarder) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.heard.Write(p)
}

// seen is how often the proxy was asked to connect, and what went through it.
func (f *forwarder) seen() (hosts []string, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hosts, f.heard.String()
}

func TestRoadThroughTheCourtsForwarder(t *testing.T) {
	ca, certificate := authority(t)
	sim := newSim(t, wechatsim.Guesses{})
	host := serve(t, sim, certificate)
	proxy := &forwarder{want: "Basic " + base64.StdEncoding.EncodeToString([]byte("kiosk:s3cret: word"))}
	address := strings.Replace(serve(t, proxy, nil), "http://", "http://kiosk@", 1)
	password := func(text string) string {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	right := password("s3cret: word\n")
	for name, tt := range map[string]struct {
		proxy, password, ca string
		words               string // of the error; empty: a code comes
		through             bool
	}{
		"proxy and authority": {address, right, ca, "", true},
		"direct":              {"", "", ca, "", false},
		"authority not known": {address, right, "", "certificate signed by unknown authority", true},
		"wrong password":      {address, password("s3cret"), ca, "answers 407", false},
		"no password":         {address, "", ca, "answers 407", false},
		"nobody there":        {nobody(t), "", ca, "refused", false},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := proxy.seen()
			g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Hosts: []string{host},
				Road: wechat.Road{Proxy: tt.proxy, ProxyPassword: tt.password, CA: tt.ca}})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Stop()
			o := order(t, g)
			_, err = g.Prepay(t.Context(), o)
			if tt.words == "" && err != nil {
				t.Errorf("create = %v", err)
			}
			if tt.words != "" {
				checkError(t, "create", err, payment.ErrUnknown)
				if !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("create = %v, want %q", err, tt.words)
				}
			}
			hosts, text := proxy.seen()
			if through := len(hosts) > len(before); through != tt.through ||
				through && "https://"+hosts[len(hosts)-1] != host {
				t.Errorf("the proxy connects to %q", hosts[len(before):])
			}
			for _, secret := range []string{o.No, o.Title, o.Attach, "/v3/"} {
				if strings.Contains(text, secret) {
					t.Errorf("the proxy reads %q", secret)
				}
			}
		})
	}
}

func TestRoadsThatNewRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ proxy, password, ca, want string }{
		"no host":              {"proxy", "", "", "no address like"},
		"no such password":     {"http://a@proxy:1", empty + "x", "", "no such file"},
		"password of nobody":   {"http://proxy:1", empty, "", "no user"},
		"password of no proxy": {"", empty, "", "no user"},
		"no such authority":    {"", "", empty + "x", "no such file"},
		"empty authority":      {"", "", empty, "no certificate in"},
	} {
		road := wechat.Road{Proxy: tt.proxy, ProxyPassword: tt.password, CA: tt.ca}
		if _, err := wechat.New(wechat.Config{Road: road}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
