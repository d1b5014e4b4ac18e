package wechat

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

// An Error is a call that was not answered as it should be. errors.Is finds in it which of payment's sentinels it
// means. It holds no header and no signature.
type Error struct {
	Op        string // create, query or close
	Status    int    // HTTP status, 0 without an answer
	Code      string // WeChat's code
	RequestID string // what WeChat's support asks for
	Message   string // WeChat's words or ours, for the log
	Err       error  // one of payment's sentinels

	retryAfter time.Duration
	elsewhere  bool // another host may serve
	verify     bool // the answer's signature was not believed
}

func (e *Error) Error() string {
	s := fmt.Sprintf("wechat %s: %v", e.Op, e.Err)
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d %s, request %s)", e.Status, e.Code, e.RequestID)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// RetryAfter is how long WeChat asks to wait, 0 when it did not say.
func (e *Error) RetryAfter() time.Duration { return e.retryAfter }

// elsewhere reports whether the request is worth sending to another host.
func elsewhere(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.elsewhere
}

// failure says what an error of the SDK means.
func (g *Gateway) failure(op string, result *core.APIResult, err error) *Error {
	e := &Error{Op: op, Err: payment.ErrUnknown}
	if result != nil && result.Response != nil {
		e.Status = result.Response.StatusCode
		e.RequestID = result.Response.Header.Get("Request-ID")
	}
	api, ok := errors.AsType[*core.APIError](err)
	if !ok {
		e.Message = err.Error()
		_, timeout := errors.AsType[net.Error](err)
		e.elsewhere = e.Status == 0 && (timeout || !isContext(err))
		e.verify = e.Status/100 == 2
		if e.verify && g.clockIsFar() {
			e.Err = payment.ErrClock
		}
		return e
	}
	e.Code, e.Message = api.Code, api.Message
	e.retryAfter = retryAfter(api.Header.Get("Retry-After"))
	e.Err = meaning(op, api.StatusCode, api.Code)
	switch {
	case api.StatusCode == http.StatusUnauthorized && g.clockIsFar():
		e.Err = payment.ErrClock
	case api.StatusCode == http.StatusBadGateway, api.StatusCode == http.StatusServiceUnavailable:
		e.elsewhere = true
	case errors.Is(e.Err, payment.ErrAbsent):
		e.elsewhere = true
	case api.StatusCode == http.StatusInternalServerError:
		e.Message += " (if it never ends, check public_key_id: WeChat answers a wrong one like this)"
	}
	return e
}

// meaning maps status and code to what they mean for money. The pages write codes with and without underscores.
func meaning(op string, status int, code string) error {
	code = strings.ReplaceAll(code, "_", "")
	switch code {
	case "ORDERPAID", "ORDERCLOSED", "OUTTRADENOUSED":
		return payment.ErrNumberTaken
	case "INVALIDREQUEST": // of a create: in practice a duplicate number
		if op == "create" {
			return payment.ErrNumberTaken
		}
	case "ORDERNOTEXIST":
		return payment.ErrAbsent
	}
	switch {
	case status == http.StatusUnauthorized && code != "": // without a code it is a portal's, not WeChat's
		return payment.ErrUnauthorized
	case status == http.StatusTooManyRequests:
		return payment.ErrThrottled
	case status >= 500 || code == "": // a page of a proxy or a portal, not a word of WeChat's
		return payment.ErrUnknown
	case status >= 400:
		return payment.ErrRefused
	}
	return payment.ErrUnknown
}

func (g *Gateway) clockIsFar() bool {
	offset, ok := g.Offset()
	return ok && offset.Abs() >= clockTooFar
}

func isContext(err error) bool {
	return strings.Contains(err.Error(), "context canceled")
}

func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(seconds)*time.Second, time.Hour)
	}
	return 0
}
