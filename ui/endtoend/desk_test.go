package endtoend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// BenchmarkTouchBesideDesk measures a touch of a kiosk whose clerk's page is asked by four windows without a pause,
// wrong PINs included, which cost the most that a window can ask for; and one with nobody at the page.
func BenchmarkTouchBesideDesk(b *testing.B) {
	p := newPanel(b, 1080, 1920)
	s := newSite(b, filepath.Join(b.TempDir(), "receipts"))
	page := s.openDesk()
	k := s.start(p)
	k.wait("home")
	k.settle()
	home := k.picture()
	k.touch("pay")
	k.wait("case")
	k.settle()
	at := apart(b, home, k.picture())
	next := k.picture()
	touches := func() (list []time.Duration) {
		for range 8 {
			k.touch("back")
			k.wait("home")
			k.settle()
			k.reads("pay")
			start := time.Now()
			k.touch("pay")
			k.untilAt(b, at.X, at.Y, func(p [3]byte) bool { return p == rgb(next, at) })
			list = append(list, time.Since(start))
			k.wait("case")
			k.settle()
		}
		slices.Sort(list)
		return list
	}
	for b.Loop() {
		alone := touches()
		load, stop := context.WithCancel(b.Context())
		var windows sync.WaitGroup
		var answers atomic.Int64
		began := time.Now()
		for i := range 4 {
			windows.Go(func() { page.press(load, b, i, &answers) })
		}
		beside := touches()
		stop()
		windows.Wait()
		middle := len(alone) / 2
		b.ReportMetric(float64(alone[middle].Microseconds())/1000, "ms/touch-alone")
		b.ReportMetric(float64(beside[middle].Microseconds())/1000, "ms/touch-beside-desk")
		b.ReportMetric(float64(beside[len(beside)-1].Microseconds())/1000, "ms/touch-beside-worst")
		b.ReportMetric(float64(answers.Load())/time.Since(began).Seconds(), "answers/s")
	}
}

// A deskSite is the clerk's page of an installation, and what its windows show.
type deskSite struct {
	url     string
	believe *x509.CertPool
	shown   []tls.Certificate

	authority          string   // PEM
	files, passphrases []string // for browsers
}

// openDesk puts the clerk's page into the configuration, and lets four windows in.
func (s *site) openDesk() *deskSite {
	s.t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		s.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		s.t.Fatal(err)
	}
	f, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(f, "\n[clerk]\nlisten = \"0.0.0.0:%s\"\nname = \"localhost\"\nrefunds = true\n", port)
	if err := f.Close(); err != nil {
		s.t.Fatal(err)
	}
	d := &deskSite{url: "https://localhost:" + port, believe: x509.NewCertPool(),
		authority: s.command("window", "authority")}
	d.believe.AppendCertsFromPEM([]byte(d.authority))
	for i := range 4 {
		path := filepath.Join(s.dir, fmt.Sprint(i, ".p12"))
		said := s.command("window", "add", fmt.Sprint("W0", i+1), "--out", path)
		passphrase := regexp.MustCompile(`passphrase\s+(\S+)`).FindStringSubmatch(said)[1]
		data, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		key, leaf, _, err := pkcs12.DecodeChain(data, passphrase)
		if err != nil {
			s.t.Fatal(err)
		}
		d.files, d.passphrases = append(d.files, path), append(d.passphrases, passphrase)
		d.shown = append(d.shown, tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key})
	}
	return d
}

// press asks one window's pages until ctx ends.
func (d *deskSite) press(ctx context.Context, b *testing.B, window int, answers *atomic.Int64) {
	road := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: d.believe,
		Certificates: d.shown[window : window+1]}}
	defer road.CloseIdleConnections()
	client := &http.Client{Transport: road}
	for n := 0; ctx.Err() == nil; n++ {
		method, path, form := http.MethodGet, "/sign-in", url.Values{}
		if n%2 == 1 {
			method, form = http.MethodPost, url.Values{"once": {fmt.Sprint(window, n)},
				"who": {fmt.Sprint(1000*window + n)},
				"pin": {"482915"}}
		}
		r, err := http.NewRequestWithContext(ctx, method, d.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := client.Do(r)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		answers.Add(1)
	}
}
