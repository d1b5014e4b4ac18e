package drill

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"courtkiosk/app/config"
)

// A Road is the tried program's only way to WeChat: a proxy at this machine alone, which can be cut. A machine that
// needs a proxy has its bytes carried to that one; else it is the proxy itself.
type Road struct {
	net.Listener

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// ErrProxy means: the machine's own proxy is spoken to by TLS, and would not know itself behind another address.
var ErrProxy = errors.New("drill: wechat.proxy begins with https; a drill can only stand before one with http")

// OpenRoad opens the road of a machine's configuration.
func OpenRoad(c config.Config) (*Road, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Road{Listener: l, open: make(map[net.Conn]bool)}
	if c.WeChat.Proxy == "" {
		server := &http.Server{Handler: http.HandlerFunc(through), ReadHeaderTimeout: dialWithin}
		go func() { _ = server.Serve(r) }() // ends with Close
		return r, nil
	}
	u, err := url.Parse(c.WeChat.Proxy)
	if err == nil && u.Scheme != "http" {
		err = ErrProxy
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	go func() {
		for {
			conn, err := r.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer conn.Close()
				carry(conn, u.Host)
			}()
		}
	}()
	return r, nil
}

const dialWithin = 5 * time.Second

// Door is the address at which the road begins.
func (r *Road) Door() string { return r.Addr().String() }

// Cut tears every line of the road, and lets none be made until Mend.
func (r *Road) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for conn := range r.open {
		_ = conn.Close()
	}
}

// Mend opens the road again.
func (r *Road) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}

// Accept returns the next line that may be made; while the road is cut each is torn.
func (r *Road) Accept() (net.Conn, error) {
	for {
		conn, err := r.Listener.Accept()
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		cut := r.cut
		if !cut {
			r.open[conn] = true
		}
		r.mu.Unlock()
		if !cut {
			return &line{conn, r}, nil
		}
		_ = conn.Close()
	}
}

// A line is one connection of the road.
type line struct {
	net.Conn
	road *Road
}

func (l *line) Close() error {
	l.road.mu.Lock()
	delete(l.road.open, l.Conn)
	l.road.mu.Unlock()
	return l.Conn.Close()
}

// plain carries what is not encrypted: to a WeChat that is simulated on this machine.
var plain = &httputil.ReverseProxy{
	Rewrite:   func(r *httputil.ProxyRequest) { r.SetXForwarded() },
	Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
	ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
		w.WriteHeader(http.StatusBadGateway)
	},
}

// through is the proxy.
func through(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		over, ok := w.(http.Hijacker)
		if !ok {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		conn, _, err := over.Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		up, err := net.DialTimeout("tcp", r.Host, dialWithin)
		if err != nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
			return
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err == nil {
			splice(conn, up)
		}
	case r.URL.IsAbs():
		plain.ServeHTTP(w, r)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

// carry carries bytes to an address and back.
func carry(conn net.Conn, to string) {
	if up, err := net.DialTimeout("tcp", to, dialWithin); err == nil {
		splice(conn, up)
	}
}

// splice carries bytes both ways until either end is closed, and closes up.
func splice(conn, up net.Conn) {
	go func() {
		_, _ = io.Copy(up, conn)
		_ = up.Close()
	}()
	_, _ = io.Copy(conn, up)
	_ = up.Close()
}
