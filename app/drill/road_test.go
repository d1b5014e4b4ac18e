package drill

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"courtkiosk/app/config"
)

// A road leads to a WeChat that speaks TLS and to one that is simulated, also through the proxy of a court; while it is
// cut nothing comes through, what was open is torn, and afterwards all is as before.
func TestRoad(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}
		_, _ = io.WriteString(w, "said")
	})
	open, sealed := httptest.NewServer(page), httptest.NewTLSServer(page)
	defer open.Close()
	defer sealed.Close()
	court := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := (&http.Request{Header: http.Header{
			"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); user != "it" || password != "secret" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		through(w, r)
	}))
	defer court.Close()
	at, err := url.Parse(court.URL)
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sealed.Certificate().Raw}))

	for name, proxy := range map[string]string{"direct": "", "through the court's": "http://it@" + at.Host} {
		t.Run(name, func(t *testing.T) {
			road, err := OpenRoad(config.Config{WeChat: config.WeChat{Proxy: proxy}})
			if err != nil {
				t.Fatal(err)
			}
			defer road.Close()
			door := &url.URL{Scheme: "http", Host: road.Door()}
			if proxy != "" {
				door.User = url.UserPassword("it", "secret")
			}
			transport := sealed.Client().Transport.(*http.Transport).Clone()
			transport.Proxy = http.ProxyURL(door)
			client := &http.Client{Transport: transport}
			get := func(address string) error {
				r, err := client.Get(address)
				if err != nil {
					return err
				}
				text, err := io.ReadAll(r.Body)
				if string(text) != "said" || r.StatusCode != http.StatusOK {
					err = errors.Join(err, errors.New(r.Status))
				}
				return errors.Join(err, r.Body.Close())
			}
			both := func() error { return errors.Join(get(open.URL), get(sealed.URL)) }
			if err := both(); err != nil {
				t.Fatal(err)
			}
			for _, address := range []string{open.URL, sealed.URL} {
				torn := make(chan error)
				go func() { torn <- get(address + "/slow") }()
				time.Sleep(200 * time.Millisecond)
				road.Cut()
				select {
				case err := <-torn:
					if err == nil {
						t.Error("an answer came over a road that is cut")
					}
				case <-time.After(2 * time.Second):
					t.Fatal("a line is open though the road is cut")
				}
				if get(open.URL) == nil || get(sealed.URL) == nil {
					t.Error("a road that is cut leads to WeChat")
				}
				road.Mend()
				if err := both(); err != nil {
					t.Errorf("mended: %v", err)
				}
			}
		})
	}
	if _, err := OpenRoad(config.Config{WeChat: config.WeChat{Proxy: "https://proxy.court.example:3128"}}); !errors.Is(
		err, ErrProxy) {
		t.Errorf("a proxy with TLS: %v", err)
	}
}
