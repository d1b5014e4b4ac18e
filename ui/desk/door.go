package desk

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/payment"
)

// A DoorPlan is where and to whom pages are served.
type DoorPlan struct {
	Listen string
	Host   string // the name that browsers use, without a port
	// the server's certificate, asked for at each handshake so that it may be replaced at any time, and the authorities
	// of those that windows show; without them it is plain HTTP, which is for an address of this machine alone
	Certificate func() (tls.Certificate, error)
	Authorities *x509.CertPool
	// which window a certificate is, asked at each request: clerk.Desk.EnterWindow
	Enter  func(ctx context.Context, name, fingerprint string) (payment.Window, error)
	Pages  http.Handler
	AtOnce int // requests that are answered at the same time; others wait for their turn
	Log    *slog.Logger
}

// What the door allows. A browser has six connections at the most, and asks for small things.
const (
	mostConnections = 128
	mostOfOne       = 16 // connections from one address
	mostHeader      = 16 << 10
	headerWithin    = 5 * time.Second // the handshake too
	requestWithin   = 30 * time.Second
	turnWithin      = 5 * time.Second // for a request to wait for its turn
	idleWithin      = 2 * time.Minute
	rowsEvery       = 500 * time.Millisecond // how often the rows of open connections are looked at
)

// A Door lets windows in: over TLS 1.3 who shows a certificate whose row stands, on loopback whoever is on the machine.
type Door struct {
	DoorPlan
	server   *http.Server
	listener net.Listener
	turns    chan struct{}

	mu    sync.Mutex
	rooms map[string]chan struct{} // the turns of one window
	open  map[net.Conn]shown
}

// shown is what an open connection has shown.
type shown struct{ name, fingerprint string }

// OpenDoor takes the address. Nobody is let in before Serve.
func OpenDoor(p DoorPlan) (*Door, error) {
	if p.Authorities == nil && !isLoopback(p.Listen) {
		return nil, fmt.Errorf("desk: %s is not this machine alone, and no window shows a certificate there", p.Listen)
	}
	if p.Authorities != nil {
		if _, err := p.Certificate(); err != nil {
			return nil, fmt.Errorf("desk: the server's certificate: %w", err)
		}
	}
	l, err := net.Listen("tcp", p.Listen)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	d := &Door{DoorPlan: p, turns: make(chan struct{}, p.AtOnce), rooms: make(map[string]chan struct{}),
		open: make(map[net.Conn]shown)}
	d.listener = &limited{Listener: l, from: make(map[string]int)}
	http1 := new(http.Protocols)
	http1.SetHTTP1(true) // one request a connection: a budget of connections is one of requests
	d.server = &http.Server{
		Handler: d, Protocols: http1, ReadHeaderTimeout: headerWithin, ReadTimeout: requestWithin,
		WriteTimeout: turnWithin + 2*requestWithin, IdleTimeout: idleWithin, MaxHeaderBytes: mostHeader,
		ErrorLog: slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug), // handshakes of whoever knocks
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ConnState: func(c net.Conn, s http.ConnState) {
			if s == http.StateClosed || s == http.StateHijacked {
				d.mu.Lock()
				delete(d.open, c)
				d.mu.Unlock()
			}
		},
	}
	if p.Authorities != nil {
		d.server.TLSConfig = &tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				c, err := p.Certificate()
				return &c, err
			},
			ClientCAs: p.Authorities, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
		}
	}
	return d, nil
}

func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// Addr is where the door is.
func (d *Door) Addr() net.Addr { return d.listener.Addr() }

// Serve lets windows in until ctx ends, and returns once those that were in have left, or were put out.
func (d *Door) Serve(ctx context.Context) error {
	looks, stop := context.WithCancel(ctx)
	var rows sync.WaitGroup
	rows.Go(func() { d.watch(looks) })
	defer rows.Wait()
	defer stop()
	ended := make(chan error, 1)
	go func() {
		if d.server.TLSConfig != nil {
			ended <- d.server.ServeTLS(d.listener, "", "")
			return
		}
		ended <- d.server.Serve(d.listener)
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("desk: %w", err)
	case <-ctx.Done():
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if d.server.Shutdown(leave) != nil {
		return d.server.Close()
	}
	return nil
}

// watch closes the connections of windows whose rows stand no more, whatever they are in the middle of.
func (d *Door) watch(ctx context.Context) {
	tick := time.NewTicker(rowsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d.mu.Lock()
		open := make(map[shown][]net.Conn)
		for c, s := range d.open {
			open[s] = append(open[s], c)
		}
		d.mu.Unlock()
		for s, conns := range open {
			if _, err := d.Enter(ctx, s.name, s.fingerprint); !out(err) {
				continue
			}
			d.Log.WarnContext(ctx, "window put out", "window", s.name, "connections", len(conns))
			for _, c := range conns {
				_ = c.Close()
			}
		}
	}
}

// out reports whether an answer about a window means that it may not be in.
func out(err error) bool {
	return errors.Is(err, clerk.ErrNoWindow) || errors.Is(err, clerk.ErrWindowRevoked)
}

type (
	connKey   struct{}
	windowKey struct{}
)

// WindowOf returns the name of the window that a request comes from; empty on loopback.
func WindowOf(ctx context.Context) string {
	name, _ := ctx.Value(windowKey{}).(string)
	return name
}

// ServeHTTP answers a request, if its window may be in.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if !d.meant(r.Host) {
		http.Error(w, "unknown host", http.StatusMisdirectedRequest)
		return
	}
	window, ok := d.who(w, r)
	if !ok {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/static/") { // it costs nothing but the line, which may be slow
		d.Pages.ServeHTTP(w, r)
		return
	}
	form, err := io.ReadAll(io.LimitReader(r.Body, largest+1)) // before it takes a turn: its line may be slow
	if err != nil {
		http.Error(w, "the form did not come to its end", http.StatusRequestTimeout)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(form))
	leave, ok := d.turn(r.Context(), window)
	if !ok {
		w.Header().Set("Retry-After", "2")
		http.Error(w, "收费程序正忙，请稍候再试。刚才的操作没有执行。", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), windowKey{}, window), requestWithin)
	defer cancel()
	d.Pages.ServeHTTP(w, r.WithContext(ctx))
}

// secure sets what every answer says, whoever gives it. A page may allow itself more.
func secure(head http.Header) {
	head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// meant reports whether a Host header is the configured name, with the port of the address. A page of another name that
// was made to lead here, by a name server that lies, is not.
func (d *Door) meant(host string) bool {
	_, port, _ := net.SplitHostPort(d.listener.Addr().String())
	whole := net.JoinHostPort(d.Host, port)
	usual := port == "443" && d.Authorities != nil || port == "80" && d.Authorities == nil
	return strings.EqualFold(host, whole) || usual && strings.EqualFold(host, strings.TrimSuffix(whole, ":"+port))
}

// who returns the window of a request, or tells it that it is none.
func (d *Door) who(w http.ResponseWriter, r *http.Request) (window string, ok bool) {
	if d.Authorities == nil {
		return "", true
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 { // the handshake did not let it come to this
		http.Error(w, "no certificate", http.StatusForbidden)
		return "", false
	}
	leaf := r.TLS.PeerCertificates[0]
	s := shown{leaf.Subject.CommonName, identity.Fingerprint(leaf)}
	row, err := d.Enter(r.Context(), s.name, s.fingerprint)
	switch {
	case out(err):
		d.Log.WarnContext(r.Context(), "window not let in", "certificate", s.name, "err", err)
		w.Header().Set("Connection", "close")
		http.Error(w, "这台电脑的窗口证书没有登记，或者已经吊销。请联系信息技术人员。", http.StatusForbidden)
		return "", false
	case err != nil:
		d.Log.ErrorContext(r.Context(), "window not looked up", "certificate", s.name, "err", err)
		http.Error(w, "账本现在读不出来，请稍候再试。", http.StatusServiceUnavailable)
		return "", false
	}
	if c, is := r.Context().Value(connKey{}).(net.Conn); is {
		d.mu.Lock()
		d.open[c] = s
		d.mu.Unlock()
	}
	return row.Name, true
}

// turn waits until a request may be answered: a few at once, and of one window one less than all, so that none keeps
// the others out.
func (d *Door) turn(ctx context.Context, window string) (leave func(), ok bool) {
	d.mu.Lock()
	room := d.rooms[window]
	if room == nil {
		room = make(chan struct{}, max(1, d.AtOnce-1))
		d.rooms[window] = room // as many as there are rows
	}
	d.mu.Unlock()
	wait, stop := context.WithTimeout(ctx, turnWithin)
	defer stop()
	for i, queue := range []chan struct{}{room, d.turns} {
		select {
		case queue <- struct{}{}:
		case <-wait.Done():
			if i > 0 {
				<-room
			}
			return nil, false
		}
	}
	return func() { <-d.turns; <-room }, true
}

// A limited listener lets go whoever comes when there are too many, or too many from one address.
type limited struct {
	net.Listener
	mu   sync.Mutex
	all  int
	from map[string]int // by address
}

// Accept returns the next connection that is within the limits.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		if l.take(host) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(host) })}, nil
		}
		_ = c.Close()
	}
}

func (l *limited) take(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= mostConnections || l.from[host] >= mostOfOne {
		return false
	}
	l.all++
	l.from[host]++
	return true
}

func (l *limited) leave(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.from[host]--; l.from[host] == 0 {
		delete(l.from, host)
	}
}

type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

// cookie holds a session. Its name makes browsers refuse it over plain HTTP, for a part of the server, and for others.
const cookie = "__Host-desk"

// Token returns the session that a browser shows; empty when it shows none.
func Token(r *http.Request) string {
	c, err := r.Cookie(cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// KeepToken gives a browser a session, which it forgets when it ends. An empty one ends it now.
func KeepToken(w http.ResponseWriter, token string) {
	c := &http.Cookie{Name: cookie, Value: token, Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteStrictMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
