package wechat

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Hosts are WeChat's main access point and its backup.
var Hosts = []string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"}

const (
	callTimeout = 6 * time.Second
	idleTimeout = 5 * time.Second // WeChat closes idle connections after 8 s
	maxAnswer   = 1 << 20
	keepHost    = 5 * time.Minute // how long a backup host is kept before the main one is tried again
	maxMisses   = 2               // in a row, before another host is begun with
)

// cleanHost returns scheme and host of an address; it refuses plain http anywhere but on this machine.
func cleanHost(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" ||
		u.Fragment != "" {
		return "", fmt.Errorf("wechat: %q is not a host like %s", address, Hosts[0])
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && ip != nil && ip.IsLoopback() {
		return u.Scheme + "://" + u.Host, nil
	}
	return "", fmt.Errorf("wechat: host %q must be https", address)
}

// hosts remembers which host works.
type hosts struct {
	list []string // the main one first
	log  *slog.Logger

	mu     sync.Mutex
	at     int
	chosen time.Time
	misses int // of the one at at, in a row
}

// inUse returns the host to begin with: the one that worked last, the main one after a while.
func (h *hosts) inUse() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at != 0 && time.Since(h.chosen) > keepHost {
		h.chosen = time.Now() // one call finds out; those beside it do not wait with it
		return 0
	}
	return h.at
}

// use notes that WeChat has answered at a host.
func (h *hosts) use(at int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.choose(at)
}

// miss notes that something at a host was not WeChat's answer: nothing, a page, a redirect, an error of the server, no
// signature. After a few in a row the next host is begun with.
func (h *hosts) miss(at int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at != at {
		return
	}
	if h.misses++; h.misses >= maxMisses {
		h.choose((at + 1) % len(h.list))
	}
}

// choose begins anew with a host; h.mu is held.
func (h *hosts) choose(at int) {
	h.misses = 0
	if h.at != at {
		h.at, h.chosen = at, time.Now()
		h.log.Warn("wechat host changed", "host", h.list[at])
	}
}

// listener bounds answers and hears the clock of each.
type listener struct {
	next  http.RoundTripper
	clock *clock
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.clock.hear(resp, start)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// CloseIdleConnections lets http.Client reach the transport's.
func (l *listener) CloseIdleConnections() {
	if t, ok := l.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
