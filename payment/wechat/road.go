package wechat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"courtkiosk/payment/durable"
)

// A Road is how WeChat is reached from behind a court's forwarder. The zero Road is the direct one.
//
// A proxy sees the names of the hosts, and when and how much is said, and no more: what goes through it is encrypted to
// WeChat. Who holds a key of a private authority can stand in for WeChat on the way and read all that is said, title
// and attach of every payment too; to change an answer takes WeChat's own key.
type Road struct {
	Proxy         string // takes CONNECT: http://user@host:port, never with the password; empty: none
	ProxyPassword string // a file with the password of that user; empty: none
	CA            string // a PEM file with authorities that are believed beside the system's; empty: none
}

// proxy returns the proxy with user and password, nil without one.
func (r Road) proxy() (*url.URL, error) {
	var u *url.URL
	if r.Proxy != "" {
		var err error
		if u, err = url.Parse(r.Proxy); err != nil || u.Host == "" {
			return nil, errors.New("wechat: the proxy has no address like http://proxy.court.example:3128")
		}
	}
	if r.ProxyPassword == "" {
		return u, nil
	}
	text, err := durable.ReadFile(r.ProxyPassword)
	if err != nil {
		return nil, fmt.Errorf("proxy password: %w", err)
	}
	if u == nil || u.User == nil {
		return nil, errors.New("wechat: a proxy password, and no user of a proxy")
	}
	u.User = url.UserPassword(u.User.Username(), strings.TrimRight(string(text), "\r\n"))
	return u, nil
}

// authorities returns what is believed for WeChat's hosts, nil for the system's.
func (r Road) authorities() (*x509.CertPool, error) {
	if r.CA == "" {
		return nil, nil
	}
	text, err := durable.ReadFile(r.CA)
	if err != nil {
		return nil, fmt.Errorf("authority for WeChat's hosts: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = fmt.Errorf("authority for WeChat's hosts: no certificate in %s", r.CA)
	}
	return pool, err
}

// transport returns the gateway's own way to the hosts.
func (r Road) transport() (*http.Transport, error) {
	proxy, err := r.proxy()
	if err != nil {
		return nil, err
	}
	pool, err := r.authorities()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		// the road to WeChat is the court's firewall's business, not an environment variable's
		Proxy:                 nil,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   3 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		IdleConnTimeout:       idleTimeout,
		ResponseHeaderTimeout: callTimeout,
		MaxIdleConnsPerHost:   4,
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
		t.OnProxyConnectResponse = func(_ context.Context, u *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			return fmt.Errorf("proxy %s answers %d", u.Host, answer.StatusCode)
		}
	}
	return t, nil
}
