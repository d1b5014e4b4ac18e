package wechat

import (
	"context"
	"errors"
	"net/http"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

// A request is one call of the SDK to one host.
type request func(ctx context.Context, c *core.Client, host string) (*core.APIResult, error)

// A reader takes what it needs from an answer that was believed.
type reader func(*http.Response) error

// call sends a request to the host in use and, where that host is not to be reached, to the others. A 404 counts only
// when every host says it.
func (g *Gateway) call(ctx context.Context, m payment.Merchant, op string, send request, read reader) (status int,
	err error) {
	acc := g.accounts[m]
	if acc == nil {
		return 0, &Error{Op: op, Err: payment.ErrRefused, Message: "no keys for merchant " + m.MchID}
	}
	first, absent, heard, dark := g.hosts.inUse(), 0, false, ""
	var failed *Error
	for i := range g.hosts.list {
		at := (first + i) % len(g.hosts.list)
		status, failed = g.once(ctx, acc, op, g.hosts.list[at], send, read)
		switch {
		case failed == nil || failed.theirs:
			if !heard { // by a 404 a host is in use though the others are asked too
				g.hosts.use(at)
			}
			heard = true
		case ctx.Err() == nil && !errors.Is(failed, payment.ErrClock):
			g.hosts.miss(at)
		}
		if failed == nil {
			return status, nil
		}
		if errors.Is(failed, payment.ErrAbsent) {
			absent++
		} else {
			dark = failed.Message
		}
		if !failed.elsewhere || ctx.Err() != nil {
			break
		}
		if i+1 < len(g.hosts.list) && payment.Further(ctx) != nil { // the other host is not asked
			break
		}
		g.log.DebugContext(ctx, "wechat host did not serve", "host", g.hosts.list[at], "err", failed)
	}
	if 0 < absent && absent < len(g.hosts.list) && (errors.Is(failed, payment.ErrAbsent) || !failed.theirs) {
		return 0, &Error{Op: op, Err: payment.ErrAbsentHere, Message: "the other host: " + dark, ended: ctx.Err()}
	}
	return status, failed
}

// once sends a request to one host. The time-out is the context's: http.Client's would need the body closed, which the
// SDK swaps for a copy.
func (g *Gateway) once(ctx context.Context, acc *account, op, host string, send request, read reader) (int,
	*Error) {
	within, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client, late, err := acc.get(within, host)
	if err != nil {
		return 0, g.notBegun(acc, err)
	}
	if late {
		if err := payment.Further(ctx); err != nil {
			return 0, unclear(op, 0, "not sent after its certificates: "+err.Error())
		}
		within, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	result, err := send(within, client, host)
	if result != nil && result.Response != nil {
		defer result.Response.Body.Close()
	}
	if err != nil {
		e := g.failure(op, result, err)
		switch {
		case e.doubtful && within.Err() != nil: // the answer did not come to its end
			e.elsewhere, e.ended = true, within.Err()
		case e.doubtful:
			acc.doubt(client)
		}
		if e.ended == nil {
			acc.explain(e, response(result))
		}
		return e.Status, e
	}
	status := result.Response.StatusCode
	if read != nil {
		if err := read(result.Response); err != nil {
			return status, unclear(op, status, err.Error())
		}
	}
	return status, nil
}

// response is the answer of a call, nil where there was none.
func response(result *core.APIResult) *http.Response {
	if result == nil {
		return nil
	}
	return result.Response
}

// notBegun says what it means that no certificates could be had. The request was not sent, so nothing was refused.
func (g *Gateway) notBegun(acc *account, err error) *Error {
	e := g.failure(opCertificates, nil, err)
	acc.explain(e, nil)
	if errors.Is(err, errAPIv3Key) {
		e.Err, e.elsewhere = payment.ErrUnverified, false
		e.add(acc.sealed())
	}
	if e.Code == noCertificates {
		e.Message += " (this merchant has no platform certificates: use public key mode)"
	}
	if errors.Is(e.Err, payment.ErrRefused) || errors.Is(e.Err, payment.ErrAbsent) {
		e.Err = payment.ErrUnknown
	}
	return e
}
