package desk_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Forms that do not come to their end keep nobody out, from however many windows.
func TestSlowForms(t *testing.T) {
	const atOnce, host = 4, "desk.court.example"
	e := enter(t, atOnce, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = r.ParseForm() }))
	var windows []tls.Certificate
	for i := range 3 {
		windows = append(windows, e.certificate(e.authority, fmt.Sprintf("W0%d", i), true))
	}
	for _, w := range windows[1:] {
		for range atOnce - 1 {
			c, err := tls.Dial("tcp", e.Addr().String(), &tls.Config{RootCAs: pool(e.authority), ServerName: host,
				Certificates: []tls.Certificate{w}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url(host), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n"+
				"Content-Type: application/x-www-form-urlencoded\r\n\r\nq=", r.Host); err != nil {
				t.Fatal(err)
			}
		}
	}
	quick := e.browser(windows[0])
	for began := time.Now(); time.Since(began) < time.Second; {
		asked := time.Now()
		status, text := get(t, quick, e.url(host))
		if took := time.Since(asked); status != http.StatusOK || took > 2*time.Second {
			t.Fatalf("another window is answered %d after %s: %s", status, took, text)
		}
	}
}
