// Package wechat is a payment.Gateway that speaks WeChat Pay API v3 (Native) through wechatpay-go.
//
// The SDK signs requests and verifies answers; what is built here is everything around it that a kiosk needs:
// which error means what for money, the stored request sent byte for byte, a second host, the clock of the answers,
// and limits on time and size. The merchant's private key lies on this machine (direct mode): whoever has it can also
// refund, so a court gives its kiosks a merchant number of their own with a low refundable balance.
//
// Error answers (4xx, 5xx) are not signed by WeChat, so none of them ends an order; see payment.ErrAbsent.
//
// # Decisions
//
// 2026-11-23: core.Client.Post with []byte instead of the SDK's NativeApiService: the service encodes the request anew at
// every call, and an order's request must be the stored bytes for ever.
//
// 2026-11-23: the other host is tried above the SDK, with a new signature and nonce, after dial, TLS, time-out,
// 502 and 503. All our calls may be repeated; a 4xx is never taken to another host but for a 404, which counts
// only when every host says it.
package wechat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

// Hosts are WeChat's main access point and its backup.
var Hosts = []string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"}

const (
	callTimeout  = 6 * time.Second
	idleTimeout  = 5 * time.Second // WeChat closes idle connections after 8 s
	maxAnswer    = 1 << 20
	keepHost     = 5 * time.Minute // how long a backup host is kept before the main one is tried again
	clockTooFar  = 5 * time.Minute // beyond it WeChat refuses our signature and the SDK its answers
	currencyCNY  = "CNY"
	pathNative   = "/v3/pay/transactions/native"
	pathByNumber = "/v3/pay/transactions/out-trade-no/"
)

// Config is what a Gateway is made of.
type Config struct {
	Accounts  []Account
	Hosts     []string          // scheme and host; the first is the main one; Hosts when empty
	Transport http.RoundTripper // nil for the gateway's own
	Log       *slog.Logger      // nil logs nothing
}

// A Gateway takes money through WeChat Pay.
type Gateway struct {
	accounts map[payment.Merchant]*account
	hosts    []string
	log      *slog.Logger

	offset atomic.Pointer[time.Duration]

	mu     sync.Mutex
	host   int // index of the host in use
	chosen time.Time
}

// New returns a gateway. It needs no network: certificates are fetched at the first call that needs them.
func New(c Config) (*Gateway, error) {
	if len(c.Hosts) == 0 {
		c.Hosts = Hosts
	}
	for _, h := range c.Hosts {
		if err := checkHost(h); err != nil {
			return nil, err
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{
			Proxy:                 nil, // the road to WeChat is the court's firewall's business, not an environment variable's
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			TLSHandshakeTimeout:   3 * time.Second,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
			IdleConnTimeout:       idleTimeout,
			ResponseHeaderTimeout: callTimeout,
			MaxIdleConnsPerHost:   4,
		}
	}
	g := &Gateway{accounts: make(map[payment.Merchant]*account), hosts: c.Hosts, log: c.Log}
	client := &http.Client{ // without Timeout: the SDK never closes the body whose closing would end its timer; see once
		Transport:     &listener{next: c.Transport, gateway: g},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, a := range c.Accounts {
		acc, err := newAccount(a, client, c.Hosts[0])
		if err != nil {
			return nil, err
		}
		g.accounts[a.Merchant] = acc
	}
	return g, nil
}

// checkHost refuses plain http anywhere but on this machine.
func checkHost(host string) error {
	u, err := url.Parse(host)
	if err != nil || u.Host == "" || (u.Path != "" && u.Path != "/") {
		return fmt.Errorf("wechat: %q is not a host like https://api.mch.weixin.qq.com", host)
	}
	if u.Scheme == "https" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("wechat: host %q must be https", host)
}

// Stop ends what the gateway does in the background.
func (g *Gateway) Stop() {
	for _, a := range g.accounts {
		a.doubt()
	}
}

// Serves reports whether the gateway has the merchant's keys.
func (g *Gateway) Serves(m payment.Merchant) bool { return g.accounts[m] != nil }

// Offset is how far WeChat's clock was ahead of ours in its last answer, to the second.
func (g *Gateway) Offset() (time.Duration, bool) {
	if d := g.offset.Load(); d != nil {
		return *d, true
	}
	return 0, false
}

// Prepay sends the stored create request and returns the code URL.
func (g *Gateway) Prepay(ctx context.Context, o payment.Order) (string, error) {
	var answer struct {
		CodeURL string `json:"code_url"`
	}
	_, err := g.call(ctx, o, "create", func(ctx context.Context, c *core.Client, host string) (*core.APIResult, error) {
		return c.Post(ctx, host+pathNative, o.Body)
	}, &answer)
	if err != nil {
		return "", err
	}
	if answer.CodeURL == "" {
		return "", &Error{Op: "create", Status: http.StatusOK, Err: payment.ErrUnknown, Message: "answer without code_url"}
	}
	return answer.CodeURL, nil
}

// transaction is the part of a query's answer that counts; every field may be missing.
type transaction struct {
	AppID         string `json:"appid"`
	MchID         string `json:"mchid"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	TradeState    string `json:"trade_state"`
	Attach        string `json:"attach"`
	SuccessTime   string `json:"success_time"`
	Amount        struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

// Query asks what became of the order.
func (g *Gateway) Query(ctx context.Context, o payment.Order) (payment.Report, error) {
	var t transaction
	path := pathByNumber + url.PathEscape(o.No) + "?mchid=" + url.QueryEscape(o.Merchant.MchID)
	_, err := g.call(ctx, o, "query", func(ctx context.Context, c *core.Client, host string) (*core.APIResult, error) {
		return c.Get(ctx, host+path)
	}, &t)
	if err != nil {
		return payment.Report{}, err
	}
	if t.OutTradeNo != o.No || t.MchID != o.Merchant.MchID {
		return payment.Report{}, &Error{Op: "query", Status: http.StatusOK, Err: payment.ErrNoAnswer, Message: "answer for another order"}
	}
	r := payment.Report{
		No: t.OutTradeNo, MchID: t.MchID, AppID: t.AppID, State: payment.TradeState(t.TradeState), Attach: t.Attach,
		Amount: payment.Fen(t.Amount.Total), Currency: t.Amount.Currency, TransactionID: t.TransactionID,
	}
	switch r.State {
	case payment.TradeSuccess, payment.TradeRefund:
		if r.PaidAt, err = time.Parse(time.RFC3339, t.SuccessTime); err != nil || r.TransactionID == "" {
			return payment.Report{}, &Error{Op: "query", Status: http.StatusOK, Err: payment.ErrUnknown, Message: "paid, without time or transaction id"}
		}
	case payment.TradeNotPaid, payment.TradeClosed:
	case "":
		return payment.Report{}, &Error{Op: "query", Status: http.StatusOK, Err: payment.ErrUnknown, Message: "answer without trade_state"}
	default: // states of code payment (USERPAYING, PAYERROR, REVOKED) say nothing about a Native order
		r.State = payment.TradeNotPaid
	}
	return r, nil
}

// Close asks that nobody can pay the order any more. WeChat says 204 of orders that never existed too, so no error
// proves nothing; anything but 204 is an error.
func (g *Gateway) Close(ctx context.Context, o payment.Order) error {
	body := []byte(`{"mchid":"` + o.Merchant.MchID + `"}`)
	path := pathByNumber + url.PathEscape(o.No) + "/close"
	status, err := g.call(ctx, o, "close", func(ctx context.Context, c *core.Client, host string) (*core.APIResult, error) {
		return c.Post(ctx, host+path, body)
	}, nil)
	if err == nil && status != http.StatusNoContent {
		return &Error{Op: "close", Status: status, Err: payment.ErrUnknown, Message: "accepted, not done"}
	}
	return err
}

// A request is one call of the SDK to one host.
type request func(ctx context.Context, c *core.Client, host string) (*core.APIResult, error)

// call sends a request to the host in use and, where that host is not to be reached, to the others. A 404 counts only
// when every host says it.
func (g *Gateway) call(ctx context.Context, o payment.Order, op string, send request, answer any) (status int, err error) {
	acc := g.accounts[o.Merchant]
	if acc == nil {
		return 0, &Error{Op: op, Err: payment.ErrRefused, Message: "no keys for merchant " + o.Merchant.MchID}
	}
	first, absent := g.current(), 0
	for i := range g.hosts {
		at := (first + i) % len(g.hosts)
		status, err = g.once(ctx, acc, op, g.hosts[at], send, answer)
		if errors.Is(err, payment.ErrAbsent) {
			absent++
		}
		if err == nil || !elsewhere(err) || ctx.Err() != nil {
			if !errors.Is(err, payment.ErrUnknown) {
				g.use(at)
			}
			return status, err
		}
		g.log.DebugContext(ctx, "host did not serve", "host", g.hosts[at], "order", o.No, "err", err)
	}
	if absent > 0 && absent < len(g.hosts) {
		return status, &Error{Op: op, Status: status, Err: payment.ErrAbsentHere, Message: "the other host does not answer"}
	}
	return status, err
}

func (g *Gateway) once(ctx context.Context, acc *account, op, host string, send request, answer any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client, err := acc.get(ctx)
	if err != nil {
		return 0, g.failure(op, nil, err)
	}
	result, err := send(ctx, client, host)
	if result != nil && result.Response != nil {
		defer result.Response.Body.Close()
	}
	if err != nil {
		e := g.failure(op, result, err)
		if e.verify {
			acc.doubt() // certificate mode: the certificates may have been changed while we were offline
		}
		return e.Status, e
	}
	if answer != nil {
		if err := core.UnMarshalResponse(result.Response, answer); err != nil {
			return result.Response.StatusCode, g.failure(op, result, err)
		}
	}
	return result.Response.StatusCode, nil
}

// current returns the host to begin with: the one that worked last, the main one after a while.
func (g *Gateway) current() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.chosen) > keepHost {
		g.host = 0
	}
	return g.host
}

func (g *Gateway) use(host int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.host != host {
		g.host, g.chosen = host, time.Now()
		g.log.Warn("host changed", "host", g.hosts[host])
	}
}

// listener bounds answers and hears the clock of each.
type listener struct {
	next    http.RoundTripper
	gateway *Gateway
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		middle := start.Add(time.Since(start) / 2)
		offset := date.Sub(middle).Truncate(time.Second) // a Date has whole seconds
		l.gateway.offset.Store(&offset)
	}
	return resp, nil
}

// serial as WeChat writes it.
func upper(serial string) string { return strings.ToUpper(strings.TrimSpace(serial)) }
