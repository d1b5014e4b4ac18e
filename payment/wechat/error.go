package wechat

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

// An Error is a call that was not answered as it should be. errors.Is finds in it which of payment's sentinels it
// means, and a context's end. It holds no header and no signature.
type Error struct {
	Op        string // create, query, close, certificates, refund, query refund or bill
	Status    int    // HTTP status, 0 without an answer
	Code      string // WeChat's code
	RequestID string // what WeChat's support asks for
	Message   string // WeChat's words or ours, for the log
	Err       error  // one of payment's sentinels

	ended      error // of the context, where that was the reason
	retryAfter time.Duration
	elsewhere  bool // another host may serve
	theirs     bool // it is WeChat's own word, as far as one can know of what nobody signs
	doubtful   bool // the answer's signature was not believed
}

func (e *Error) Error() string {
	s := fmt.Sprintf("wechat %s: %v", e.Op, e.Err)
	if e.Status != 0 {
		s += fmt.Sprintf(" (%s)", strings.Join(strings.Fields(fmt.Sprintf("status %d %s", e.Status, e.Code)), " "))
	}
	if e.RequestID != "" {
		s += ", request " + e.RequestID
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

func (e *Error) Unwrap() []error {
	if e.ended != nil {
		return []error{e.Err, e.ended}
	}
	return []error{e.Err}
}

// Short is what WeChat says is wrong, in a code that a clerk can be told: NOT_ENOUGH, or the status without one.
func (e *Error) Short() string {
	if e.Code == "" && e.Status != 0 {
		return strconv.Itoa(e.Status)
	}
	return e.Code
}

// RetryAfter is how long WeChat asks to wait, an hour at most; 0 when it did not say.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// unclear is an answer that was believed and says nothing.
func unclear(op string, status int, message string) *Error {
	return &Error{Op: op, Status: status, Err: payment.ErrUnknown, Message: message, theirs: true}
}

// failure says what an error of the SDK means. WeChat's own refusals are *core.APIError; whatever else there is came
// from the network (no answer), or from verifying (an answer of status 2xx).
func (g *Gateway) failure(op string, result *core.APIResult, err error) *Error {
	if api, ok := errors.AsType[*core.APIError](err); ok {
		return g.refusal(op, api)
	}
	e := &Error{Op: op, Err: payment.ErrUnknown, Message: err.Error()}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			e.ended = end
		}
	}
	if result == nil || result.Response == nil {
		e.elsewhere = !errors.Is(err, context.Canceled)
		if clockIsEarly(err) {
			e.Err = payment.ErrClock
		}
		return e
	}
	e.Status, e.RequestID = result.Response.StatusCode, result.Response.Header.Get("Request-ID")
	switch {
	case g.clock.isFar():
		e.Err = payment.ErrClock
	case e.Status/100 == 2:
		e.doubtful = true
	}
	return e
}

// clockIsEarly reports whether a host's TLS certificate begins in our future: a clock whose battery is dead. One that
// has ended says nothing, it may be a portal's.
func clockIsEarly(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore)
}

// refusal says what an answer means that is not 2xx. Nobody signs these.
func (g *Gateway) refusal(op string, api *core.APIError) *Error {
	e := &Error{
		Op: op, Status: api.StatusCode, Code: api.Code, RequestID: api.Header.Get("Request-ID"), Message: api.Message,
		Err: meaning(op, api.StatusCode, api.Code), retryAfter: retryAfter(api.Header),
	}
	e.theirs = e.Status/100 == 4 && e.Code != ""
	switch {
	case e.Status == http.StatusUnauthorized && g.clock.isFar():
		e.Err = payment.ErrClock
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable,
		e.Status == http.StatusGatewayTimeout, errors.Is(e.Err, payment.ErrAbsent):
		e.elsewhere = true
	}
	return e
}

// meaning maps status and code to what they mean for money. The pages write codes with and without underscores.
func meaning(op string, status int, code string) error {
	code = strings.ReplaceAll(code, "_", "")
	switch {
	case status == http.StatusTooManyRequests:
		return payment.ErrThrottled
	case status < 400 || status >= 500 || code == "": // a page of a proxy or a portal, not a word of WeChat's
		return payment.ErrUnknown
	case code == "ORDERPAID", code == "ORDERCLOSED", code == "OUTTRADENOUSED":
		return payment.ErrNumberTaken
	case code == "NOSTATEMENTEXIST" && op == opBill:
		return payment.ErrNoStatement
	case code == "STATEMENTCREATING" && op == opBill:
		return payment.ErrNoBillYet
	case code == "INVALIDREQUEST" && op == opCreate: // in practice a duplicate number
		return payment.ErrNumberTaken
	case code == "ORDERNOTEXIST" && status == http.StatusNotFound,
		code == "RESOURCENOTEXISTS" && status == http.StatusNotFound && op == opQueryRefund:
		return payment.ErrAbsent
	case status == http.StatusUnauthorized:
		return payment.ErrUnauthorized
	}
	return payment.ErrRefused
}

// retryAfter reads the header, in seconds or as a date by WeChat's clock.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		if now, err := http.ParseTime(h.Get("Date")); err == nil {
			wait = at.Sub(now)
		}
	}
	return max(0, min(wait, time.Hour))
}
