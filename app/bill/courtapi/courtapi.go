// Package courtapi asks the court's own case system what cases owe, and tells it what was paid, over HTTP and JSON.
//
// openapi.yaml is the whole agreement, written so that a court's IT can implement it in a day; the program's
// court-sim command is a server to try against. Nothing that the system says is believed before it was checked: a
// bill of another case, a negative amount, two bills of one identity or an answer that does not keep to the agreement
// is as good as none, and the visitor is told that nothing is known.
//
// # Decisions
//
// 2026-11-23: an answer that cannot be believed is bill.ErrUnreachable, like none at all. A kiosk that shows half of
// a case's bills claims what it does not know.
//
// 2026-11-23: only questions and reports that may be repeated exist (GET, POST for a search, PUT), so a connection
// that broke before an answer is tried once more at once. A question that took its time is not: the visitor has
// waited long enough.
//
// 2026-11-23: redirects are refused. They would carry the token, and case numbers, to an address that nobody has
// configured.
package courtapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment/durable"
)

// Document is the OpenAPI 3.1 document of the agreement.
//
//go:embed openapi.yaml
var Document []byte

// Limits of what is asked and believed.
const (
	maxAnswer   = 1 << 20 // bytes
	maxBills    = 200
	askWithin   = 6 * time.Second  // a visitor waits
	tellWithin  = 15 * time.Second // nobody does
	againWithin = time.Second      // an attempt that fails earlier than this is repeated once
)

// Options say where the case system is and how it is spoken to.
type Options struct {
	URL        string // https://case-system.court.example/kiosk/v1
	TokenFile  string // read for each request, so that it may be changed at any time; empty for none
	CAFile     string // PEM of the authorities to believe; the system's when empty
	CertFile   string // PEM of the client certificate; none when empty
	KeyFile    string
	HTTPClient *http.Client // for tests; made of the rest when nil
}

// A Client speaks to one case system.
type Client struct {
	base  string
	token string // file
	http  *http.Client
}

// Open returns a client. Files that cannot be read are errors that name them; nothing is sent.
func Open(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("court_url %q is no address like https://case-system.court.example/kiosk/v1", o.URL)
	}
	c := &Client{base: strings.TrimSuffix(o.URL, "/"), token: o.TokenFile, http: o.HTTPClient}
	if _, err := c.bearer(); err != nil {
		return nil, err
	}
	if c.http != nil {
		return c, nil
	}
	conf, err := secured(o)
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{
		Transport: &http.Transport{TLSClientConfig: conf, MaxIdleConns: 4, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 1 << 16, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func secured(o Options) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		text, err := durable.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("authorities of the case system: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("authorities of the case system: %s holds no certificate in PEM", o.CAFile)
		}
	}
	if o.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate for the case system: %w", err)
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	return conf, nil
}

// bearer returns the token, empty for none.
func (c *Client) bearer() (string, error) {
	if c.token == "" {
		return "", nil
	}
	text, err := durable.ReadFile(c.token)
	if err != nil {
		return "", fmt.Errorf("token of the case system: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("token of the case system: %s holds no token of one line", c.token)
	}
	return token, nil
}

// Close lets idle connections go.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// A problem is an answer that says why it was not done.
type problem struct {
	Status int
	Code   string `json:"code"`
}

func (p *problem) Error() string { return fmt.Sprintf("status %d, code %q", p.Status, p.Code) }

// call sends one request and decodes its answer into out. The error is a *problem, or says why there was no answer to
// believe.
func (c *Client) call(ctx context.Context, within time.Duration, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	began := time.Now()
	err := c.once(ctx, method, path, body, out)
	if e, ok := errors.AsType[*url.Error](err); ok && !e.Timeout() && ctx.Err() == nil &&
		time.Since(began) < againWithin {
		err = c.once(ctx, method, path, body, out) // a connection that had been idle too long, most of all
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", method, e.Err) // without the address: its end is a proof of payment
	}
	return err
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	token, err := c.bearer()
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read answer: %w", err)
	case len(text) > maxAnswer:
		return fmt.Errorf("the answer is larger than %d KiB", maxAnswer>>10)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK {
		p := &problem{Status: resp.StatusCode}
		if kind == "application/problem+json" {
			_ = json.Unmarshal(text, p) // without a code it is no last word
		}
		p.Status = resp.StatusCode
		return p
	}
	if kind != "application/json" {
		return fmt.Errorf("the answer is %q, not application/json", kind)
	}
	return decode(text, out)
}

// unreachable says that nothing is known. A case number stands in no address, so err holds none.
func unreachable(err error) error { return fmt.Errorf("%w: %w", bill.ErrUnreachable, err) }

// Find returns the bills of a case or of a payment code.
func (c *Client) Find(ctx context.Context, q bill.Query) ([]bill.Bill, error) {
	in := query{Code: q.Code}
	if q.Code == "" {
		in.Case = q.Case.BaseString()
	}
	var list billList
	if err := c.call(ctx, askWithin, http.MethodPost, "/bills/search", in, &list); err != nil {
		return nil, unreachable(err)
	}
	bills, err := list.bills(q)
	if err != nil {
		return nil, unreachable(err)
	}
	if len(bills) == 0 {
		return nil, bill.ErrNotFound
	}
	return bills, nil
}

// Again returns a bill as it is asked for now.
func (c *Client) Again(ctx context.Context, old bill.Bill) (bill.Bill, error) {
	if old.Ref == "" { // it was not this system's when it was shown, or paid
		return c.byKey(ctx, old)
	}
	var w wireBill
	err := c.call(ctx, askWithin, http.MethodGet, "/bills/"+url.PathEscape(old.Ref), nil, &w)
	if p, ok := errors.AsType[*problem](err); ok && p.Status == http.StatusNotFound &&
		p.Code == string(bill.UnknownBill) {
		return bill.Bill{}, bill.ErrNotFound
	}
	if err != nil {
		return bill.Bill{}, unreachable(err)
	}
	b, err := w.bill()
	switch {
	case err != nil:
		return bill.Bill{}, unreachable(err)
	case b.Ref != old.Ref || b.Case.Base() != old.Case.Base():
		return bill.Bill{}, unreachable(errors.New("the answer is another bill"))
	case b.Key() != old.Key():
		return bill.Bill{}, unreachable(errors.New("the bill has another identity than before: notice, purse or item"))
	}
	return b, nil
}

// byKey finds the bill of an identity among those of its case.
func (c *Client) byKey(ctx context.Context, old bill.Bill) (bill.Bill, error) {
	bills, err := c.Find(ctx, bill.Query{Case: old.Case})
	if err != nil {
		return bill.Bill{}, err
	}
	for _, b := range bills {
		if b.Key() == old.Key() {
			return b, nil
		}
	}
	return bill.Bill{}, bill.ErrNotFound
}

// Tell tells the system of a payment.
func (c *Client) Tell(ctx context.Context, p bill.Paid) error {
	ref, err := c.refOf(ctx, p.Bill)
	if err != nil {
		return err
	}
	path := "/bills/" + url.PathEscape(ref) + "/payments/" + url.PathEscape(p.TransactionID)
	return taken(c.call(ctx, tellWithin, http.MethodPut, path, newPayment(p), new(result)))
}

// refOf returns the system's own name of a bill, which orders of an imported list do not know.
func (c *Client) refOf(ctx context.Context, b bill.Bill) (string, error) {
	if b.Ref != "" {
		return b.Ref, nil
	}
	now, err := c.byKey(ctx, b)
	if errors.Is(err, bill.ErrNotFound) {
		return "", &bill.RefusedError{Reason: bill.UnknownBill}
	}
	return now.Ref, err
}

// TellRefund tells the system of a refund. Its errors are those of Tell.
func (c *Client) TellRefund(ctx context.Context, r bill.Refund) error {
	ref, err := c.refOf(ctx, r.Paid.Bill)
	if err != nil {
		return err
	}
	path := "/bills/" + url.PathEscape(ref) + "/payments/" + url.PathEscape(r.Paid.TransactionID) +
		"/refunds/" + url.PathEscape(r.No)
	in := refund{Fen: int64(r.Amount), At: r.RefundedAt, Reason: r.Reason}
	return taken(c.call(ctx, tellWithin, http.MethodPut, path, in, new(result)))
}

// lastWords are the codes of a 409 that end the telling.
var lastWords = []bill.Reason{bill.AmountDiffers, bill.WasWithdrawn, bill.WasSettled, bill.PurseDiffers,
	bill.OtherReason}

// aboutThis are the answers that another report need not get.
var aboutThis = []int{http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity,
	http.StatusInternalServerError}

// taken says what the answer to a report means: nil, the court's last word, trouble on the road, or trouble with this
// report alone.
func taken(err error) error {
	p, ok := errors.AsType[*problem](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return unreachable(err)
	case p.Status == http.StatusNotFound && p.Code == string(bill.UnknownBill):
		return &bill.RefusedError{Reason: bill.UnknownBill}
	case p.Status == http.StatusConflict && slices.Contains(lastWords, bill.Reason(p.Code)):
		return &bill.RefusedError{Reason: bill.Reason(p.Code)}
	case slices.Contains(aboutThis, p.Status):
		return fmt.Errorf("courtapi: no proper answer to this report: %w", err)
	}
	return unreachable(err)
}

// Health asks whether the system is there.
func (c *Client) Health(ctx context.Context) error {
	var h health
	if err := c.call(ctx, askWithin, http.MethodGet, "/health", nil, &h); err != nil {
		return unreachable(err)
	}
	return nil
}
