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
// 2026-11-23: core.Client.Post with []byte instead of the SDK's NativeApiService: the service encodes the request
// anew at every call, and an order's request must be the stored bytes for ever.
//
// 2026-11-23: the other host is tried above the SDK, with a new signature and nonce, after dial, TLS, time-out,
// 502, 503 and 504. All our calls may be repeated; a 4xx is never taken to another host but for a 404, which counts
// only when every host says it.
//
// 2026-11-28: an answer that is not WeChat's (500, a page, a redirect, no signature) ends its call and counts as a miss
// of its host; after two in a row the next call begins with another host. To ask both at once would double the wait
// behind a portal, which answers for both.
//
// 2026-11-28: each request of a call but the first (another host, certificates) waits for payment.Further: WeChat
// counts requests, and a number that no host knows would else cost two for one.
//
// 2026-11-23: certificate mode without the SDK's downloader. Its refresh comes after 24 h (WeChat asks for 12),
// believes only the old certificates, knows the main host only, panics on a missing field, and its Stop can lock up
// with it.
package wechat

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

const (
	pathNative   = "/v3/pay/transactions/native"
	pathByNumber = "/v3/pay/transactions/out-trade-no/"
	pathRefunds  = "/v3/refund/domestic/refunds"

	opCreate       = "create"
	opQuery        = "query"
	opClose        = "close"
	opCertificates = "certificates"
	opRefund       = "refund"
	opQueryRefund  = "query refund"
	opBill         = "bill"
)

// Config is what a Gateway is made of.
type Config struct {
	Accounts  []Account
	Hosts     []string          // scheme and host; the first is the main one; Hosts when empty
	Road      Road              // to the hosts
	Transport http.RoundTripper // in place of the road; nil in all but tests
	Log       *slog.Logger      // nil logs nothing
}

// A Gateway takes money through WeChat Pay.
type Gateway struct {
	accounts map[payment.Merchant]*account
	hosts    *hosts
	client   *http.Client
	files    *http.Client // for files: as large as they are, and of no redirect either
	clock    *clock
	log      *slog.Logger
}

// New returns a gateway. It needs no network: certificates are fetched at the first call that needs them.
func New(c Config) (*Gateway, error) {
	log := cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	g := &Gateway{accounts: make(map[payment.Merchant]*account), hosts: &hosts{log: log}, clock: &clock{}, log: log}
	if len(c.Hosts) == 0 {
		c.Hosts = Hosts
	}
	for _, h := range c.Hosts {
		host, err := cleanHost(h)
		if err != nil {
			return nil, err
		}
		g.hosts.list = append(g.hosts.list, host)
	}
	if c.Road.CA != "" {
		log.Warn("wechat by a private authority: who holds its key reads title and attach", "file", c.Road.CA)
	}
	if c.Transport == nil {
		t, err := c.Road.transport()
		if err != nil {
			return nil, err
		}
		c.Transport = t
	}
	// without Timeout: the SDK never closes the body whose closing would end its timer; see once
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	g.client = &http.Client{Transport: &listener{next: c.Transport, clock: g.clock}, CheckRedirect: stay}
	g.files = &http.Client{Transport: c.Transport, CheckRedirect: stay}
	for _, a := range c.Accounts {
		if g.Serves(a.Merchant) {
			return nil, fmt.Errorf("wechat: two accounts for merchant %s, appid %s", a.MchID, a.AppID)
		}
		acc, err := newAccount(a, g.client)
		if err != nil {
			return nil, err
		}
		g.accounts[a.Merchant] = acc
	}
	return g, nil
}

// Stop lets go of connections that are open for the next call.
func (g *Gateway) Stop() { g.client.CloseIdleConnections() }

// Serves reports whether the gateway has the merchant's keys.
func (g *Gateway) Serves(m payment.Merchant) bool { return g.accounts[m] != nil }

// CertificateEnds is when WeChat stops to believe the merchant's signatures; zero when that is not known.
func (g *Gateway) CertificateEnds(m payment.Merchant) time.Time {
	if acc := g.accounts[m]; acc != nil {
		return acc.Ends
	}
	return time.Time{}
}

// Offset is how far WeChat's clock is ahead of ours by the Date of its last answer, whatever its status, to the second.
func (g *Gateway) Offset() (time.Duration, bool) { return g.clock.offset() }

// Prepay sends the stored create request and returns the code URL.
func (g *Gateway) Prepay(ctx context.Context, o payment.Order) (string, error) {
	var answer struct {
		CodeURL string `json:"code_url"`
	}
	status, err := g.call(ctx, o.Merchant, opCreate, func(
		ctx context.Context, c *core.Client, host string,
	) (*core.APIResult, error) {
		return c.Post(ctx, host+pathNative, o.Body)
	}, func(r *http.Response) error { return core.UnMarshalResponse(r, &answer) })
	if err != nil {
		return "", err
	}
	if answer.CodeURL == "" {
		return "", unclear(opCreate, status, "answer without code_url")
	}
	return answer.CodeURL, nil
}

// Query asks what became of the order.
func (g *Gateway) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	var t transaction
	path := pathByNumber + url.PathEscape(o.No) + "?mchid=" + url.QueryEscape(o.Merchant.MchID)
	status, err := g.call(ctx, o.Merchant, opQuery, func(
		ctx context.Context, c *core.Client, host string,
	) (*core.APIResult, error) {
		return c.Get(ctx, host+path)
	}, t.read)
	if err != nil {
		return payment.Reported{}, err
	}
	switch r, ok := t.report(o); {
	case !ok:
		return payment.Reported{}, &Error{Op: opQuery, Status: status, Err: payment.ErrNoAnswer}
	case r.State == "":
		return payment.Reported{}, unclear(opQuery, status, "answer without trade_state")
	default:
		return r, nil
	}
}

// Close asks that nobody can pay the order any more. WeChat says 204 of orders that never existed too, so no error
// proves nothing; anything but 204 is an error.
func (g *Gateway) Close(ctx context.Context, o payment.Order) error {
	body := []byte(`{"mchid":"` + o.Merchant.MchID + `"}`)
	path := pathByNumber + url.PathEscape(o.No) + "/close"
	status, err := g.call(ctx, o.Merchant, opClose, func(
		ctx context.Context, c *core.Client, host string,
	) (*core.APIResult, error) {
		return c.Post(ctx, host+path, body)
	}, nil)
	if err == nil && status != http.StatusNoContent {
		return unclear(opClose, status, "accepted, not done")
	}
	return err
}
