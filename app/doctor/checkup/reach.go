package checkup

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"courtkiosk/payment/durable"
)

// A Road is a way out of this machine to one host.
type Road struct {
	Host          string // https://host, or http:// of a test
	Proxy         string // takes CONNECT; empty: none
	ProxyPassword string // a file with the password of the user in Proxy
	CA            string // a file with authorities, PEM
	OnlyCA        bool   // no others are believed
	Cert, Key     string // files that say who we are; empty: nobody asks
}

// A Step of a road is what can fail by itself.
type Step string

// The steps, in their order.
const (
	DNS     Step = "dns"
	Connect Step = "connect"
	Proxied Step = "proxy"
	TLS     Step = "tls"
	Answer  Step = "answer"
)

// A Reached is how far a road has led.
type Reached struct {
	Failed Step   // empty: a host has answered
	Said   string // why
	// How far the host's clock is ahead of ours, by the Date of its answer, in whole seconds; told where its
	// certificate is believed, or fails by nothing but its dates. Dated says that there was one.
	Ahead time.Duration
	Dated bool
}

// How long each step of a road may take.
const stepWithin = 5 * time.Second

// Reach goes a road and comes back: it asks for / by HEAD and is nobody there. No key is needed and nothing is paid.
func Reach(ctx context.Context, r Road) Reached {
	u, err := url.Parse(r.Host)
	if err != nil || u.Hostname() == "" {
		return Reached{Failed: DNS, Said: "no host is named"}
	}
	first, port := u.Hostname(), cmp.Or(u.Port(), map[bool]string{true: "443", false: "80"}[u.Scheme == "https"])
	whole := net.JoinHostPort(u.Hostname(), port)
	var proxy *url.URL
	if r.Proxy != "" {
		if proxy, err = url.Parse(r.Proxy); err != nil {
			return Reached{Failed: Proxied, Said: "no proxy is named"}
		}
		first, port = proxy.Hostname(), cmp.Or(proxy.Port(), "80")
	}
	conn, failed := dial(ctx, first, port)
	if failed != nil {
		return *failed
	}
	defer func() { conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(3 * stepWithin)); err != nil {
		return Reached{Failed: Connect, Said: brief(err)}
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if proxy != nil {
		if conn, err = through(ctx, conn, proxy, r.ProxyPassword, whole); err != nil {
			return Reached{Failed: Proxied, Said: brief(err)}
		}
	}
	var doubt error
	if u.Scheme == "https" {
		if conn, doubt, err = secure(ctx, conn, u.Hostname(), r); err != nil {
			return Reached{Failed: TLS, Said: brief(err)}
		}
	}
	return head(conn, u.Host, doubt)
}

// dial finds a host's address and connects to it.
func dial(ctx context.Context, host, port string) (net.Conn, *Reached) {
	look, cancel := context.WithTimeout(ctx, stepWithin)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(look, host)
	if err != nil {
		return nil, &Reached{Failed: DNS, Said: brief(err)}
	}
	for _, a := range addresses {
		var conn net.Conn
		d := net.Dialer{Timeout: stepWithin}
		if conn, err = d.DialContext(ctx, "tcp", net.JoinHostPort(a, port)); err == nil {
			return conn, nil
		}
	}
	return nil, &Reached{Failed: Connect, Said: brief(err)}
}

// through asks a proxy to connect us.
func through(ctx context.Context, conn net.Conn, proxy *url.URL, password, whole string) (net.Conn, error) {
	if proxy.Scheme == "https" {
		t := tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
		if err := t.HandshakeContext(ctx); err != nil {
			return conn, err
		}
		conn = t
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: whole}, Host: whole, Header: http.Header{}}
	if proxy.User != nil {
		secret, err := durable.ReadFile(password)
		if err != nil && password != "" {
			return conn, err
		}
		said := proxy.User.Username() + ":" + strings.TrimRight(string(secret), "\r\n")
		ask.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(said)))
	}
	if err := ask.Write(conn); err != nil {
		return conn, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), ask) // nothing follows before we speak
	if err != nil {
		return conn, err
	}
	if answer.StatusCode != http.StatusOK {
		return conn, fmt.Errorf("it answers %d to CONNECT %s", answer.StatusCode, whole)
	}
	return conn, nil
}

// secure makes a connection one of TLS. doubt is why its certificate is not believed, if only by its dates.
func secure(ctx context.Context, conn net.Conn, host string, r Road) (_ net.Conn, doubt, err error) {
	pool, err := believed(r)
	if err != nil {
		return conn, nil, err
	}
	conf := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			between := x509.NewCertPool()
			for _, c := range s.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, DNSName: host,
				Intermediates: between})
			if dates, ok := errors.AsType[x509.CertificateInvalidError](err); ok && dates.Reason == x509.Expired {
				doubt = err
				return nil
			}
			return err
		}}
	if r.Cert != "" {
		cert, err := tls.LoadX509KeyPair(r.Cert, r.Key)
		if err != nil {
			return conn, nil, err
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	t := tls.Client(conn, conf)
	return t, doubt, t.HandshakeContext(ctx)
}

// believed are the authorities of a road; nil for the system's.
func believed(r Road) (*x509.CertPool, error) {
	if r.CA == "" {
		return nil, nil
	}
	text, err := durable.ReadFile(r.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !r.OnlyCA {
		if pool, err = x509.SystemCertPool(); err != nil {
			return nil, err
		}
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("no certificate in %s", r.CA)
	}
	return pool, nil
}

// head asks who has the connection for its clock.
func head(conn net.Conn, host string, doubt error) (r Reached) {
	if doubt != nil {
		r = Reached{Failed: TLS, Said: brief(doubt)}
	}
	ask := &http.Request{Method: http.MethodHead, URL: &url.URL{Path: "/"}, Host: host,
		Header: http.Header{"User-Agent": {"courtkiosk doctor"}}, Close: true}
	start := time.Now()
	err := ask.Write(conn)
	var answer *http.Response
	if err == nil {
		answer, err = http.ReadResponse(bufio.NewReader(conn), ask)
	}
	if err != nil {
		// who we are is not believed
		if tls13, ok := errors.AsType[*net.OpError](err); ok && tls13.Op == "remote error" {
			return Reached{Failed: TLS, Said: brief(err)}
		}
		return Reached{Failed: cmp.Or(r.Failed, Answer), Said: cmp.Or(r.Said, brief(err))}
	}
	_ = answer.Body.Close()
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		ours := start.Add(time.Since(start) / 2)
		r.Ahead, r.Dated = date.Sub(ours).Truncate(time.Second), true
	}
	return r
}

// brief is an error without addresses that say nothing to a person.
func brief(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}
