package wechat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// sentinels are all that a call can mean; an error means exactly one of them.
var sentinels = []error{
	payment.ErrUnknown, payment.ErrNumberTaken, payment.ErrAbsent, payment.ErrUnauthorized, payment.ErrClock,
	payment.ErrThrottled, payment.ErrRefused,
}

func TestTrouble(t *testing.T) {
	sign401 := wechatsim.Fault{Status: 401, Code: "SIGN_ERROR"}
	sign401Late := sign401
	sign401Late.Clock = -6 * time.Minute
	sign401Close := sign401
	sign401Close.Clock = 4 * time.Minute
	tests := map[string]struct {
		fault               wechatsim.Fault
		create, query, shut error // what create, query and close of the order mean
	}{
		"429":       all(wechatsim.Fault{Status: 429, Code: "FREQUENCY_LIMITED"}, payment.ErrThrottled),
		"429, html": all(wechatsim.Fault{Status: 429, HTML: true}, payment.ErrThrottled),
		"500":       all(wechatsim.Fault{Status: 500, Code: "SYSTEM_ERROR"}, payment.ErrUnknown),
		"500 before it is done": all(wechatsim.Fault{Status: 500, Code: "SYSTEM_ERROR", Before: true},
			payment.ErrUnknown),
		"500 with a grave code": all(wechatsim.Fault{Status: 500, Code: "ORDER_NOT_EXIST"}, payment.ErrUnknown),
		"502 html":              all(wechatsim.Fault{HTML: true, Status: 502}, payment.ErrUnknown),
		"503":                   all(wechatsim.Fault{Status: 503, Code: "SERVICE_UNAVAILABLE"}, payment.ErrUnknown),
		"redirect": all(wechatsim.Fault{Status: 302, Code: "NO_AUTH",
			Location: "https://portal.example/"}, payment.ErrUnknown),
		"403 html":               all(wechatsim.Fault{HTML: true, Status: 403}, payment.ErrUnknown),
		"404 html":               all(wechatsim.Fault{HTML: true, Status: 404}, payment.ErrUnknown),
		"401 html of a portal":   all(wechatsim.Fault{HTML: true, Status: 401}, payment.ErrUnknown),
		"captive portal":         all(wechatsim.Fault{HTML: true}, payment.ErrUnknown),
		"bad signature":          all(wechatsim.Fault{BadSignature: true}, payment.ErrUnknown),
		"signature probe":        all(wechatsim.Fault{SignTest: true}, payment.ErrUnknown),
		"other serial":           all(wechatsim.Fault{Serial: "PUB_KEY_ID_X"}, payment.ErrUnknown),
		"old answer":             all(wechatsim.Fault{Stale: -10 * time.Minute}, payment.ErrUnknown),
		"lost answer":            all(wechatsim.Fault{Lost: true}, payment.ErrUnknown),
		"lost request":           all(wechatsim.Fault{Lost: true, Before: true}, payment.ErrUnknown),
		"our clock is late":      all(wechatsim.Fault{Clock: 10 * time.Minute}, payment.ErrClock),
		"our clock is early":     all(wechatsim.Fault{Clock: -10 * time.Minute}, payment.ErrClock),
		"401 of the clock":       all(sign401Late, payment.ErrClock),
		"401":                    all(sign401, payment.ErrUnauthorized),
		"401, clock is near":     all(sign401Close, payment.ErrUnauthorized),
		"no right":               all(wechatsim.Fault{Status: 403, Code: "NO_AUTH"}, payment.ErrRefused),
		"rule":                   all(wechatsim.Fault{Status: 403, Code: "RULELIMIT"}, payment.ErrRefused),
		"no such merchant":       all(wechatsim.Fault{Status: 404, Code: "MCH_NOT_EXISTS"}, payment.ErrRefused),
		"appid of another":       all(wechatsim.Fault{Status: 400, Code: "APPID_MCHID_NOT_MATCH"}, payment.ErrRefused),
		"parameter":              all(wechatsim.Fault{Status: 400, Code: "PARAM_ERROR"}, payment.ErrRefused),
		"absent":                 all(wechatsim.Fault{Status: 404, Code: "ORDER_NOT_EXIST"}, payment.ErrAbsent),
		"absent, old spelling":   all(wechatsim.Fault{Status: 404, Code: "ORDERNOTEXIST"}, payment.ErrAbsent),
		"absent, wrong status":   all(wechatsim.Fault{Status: 400, Code: "ORDER_NOT_EXIST"}, payment.ErrRefused),
		"used":                   all(wechatsim.Fault{Status: 403, Code: "OUT_TRADE_NO_USED"}, payment.ErrNumberTaken),
		"paid":                   all(wechatsim.Fault{Status: 400, Code: "ORDERPAID"}, payment.ErrNumberTaken),
		"paid, other spelling":   all(wechatsim.Fault{Status: 400, Code: "ORDER_PAID"}, payment.ErrNumberTaken),
		"closed":                 all(wechatsim.Fault{Status: 400, Code: "ORDER_CLOSED"}, payment.ErrNumberTaken),
		"closed, other spelling": all(wechatsim.Fault{Status: 400, Code: "ORDERCLOSED"}, payment.ErrNumberTaken),
		"invalid": {wechatsim.Fault{Status: 400, Code: "INVALID_REQUEST"}, payment.ErrNumberTaken,
			payment.ErrRefused, payment.ErrRefused},
		"garbage, signed": {wechatsim.Fault{Garbage: true}, payment.ErrUnknown, payment.ErrUnknown, nil},
		"empty object": {wechatsim.Fault{Distort: func(m map[string]any) { clear(m) }}, payment.ErrUnknown,
			payment.ErrUnknown, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			sim.Inject(always(tt.fault))
			_, err := g.Prepay(t.Context(), o)
			checkError(t, "create", err, tt.create)
			_, err = g.Query(t.Context(), o)
			checkError(t, "query", err, tt.query)
			err = g.Close(t.Context(), o)
			checkError(t, "close", err, tt.shut)
			sim.Inject(nil)
			if _, err := g.Query(t.Context(), o); err != nil {
				t.Errorf("query after the trouble = %v", err)
			}
		})
	}
}

func all(f wechatsim.Fault, meaning error) (row struct {
	fault               wechatsim.Fault
	create, query, shut error
}) {
	row.fault, row.create, row.query, row.shut = f, meaning, meaning, meaning
	return row
}

func checkError(t *testing.T, op string, err, want error) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("%s = %v", op, err)
		}
		return
	}
	for _, s := range sentinels {
		if errors.Is(err, s) != (s == want) {
			t.Errorf("%s = %v, want %v only", op, err, want)
		}
	}
	e, ok := errors.AsType[*wechat.Error](err)
	if !ok || e.Op != op {
		t.Fatalf("%s = %#v", op, err)
	}
	for _, secret := range []string{"signature=", "nonce_str", "WECHATPAY2", "Authorization", "Header:"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells too much: %s", err)
		}
	}
}

// The action stands though its answer was not believed; the same create again is answered.
func TestAnAnswerNotBelievedHadItsEffect(t *testing.T) {
	for name, fault := range map[string]wechatsim.Fault{"bad signature": {BadSignature: true}, "lost": {Lost: true},
		"500": {Status: 500, Code: "SYSTEM_ERROR"}} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			sim.Inject(always(fault))
			_, err := g.Prepay(t.Context(), o)
			checkError(t, "create", err, payment.ErrUnknown)
			sim.Inject(nil)
			if r, err := g.Query(t.Context(), o); err != nil || r.State != payment.TradeNotPaid {
				t.Errorf("query = %+v, %v", r, err)
			}
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Errorf("the same create again = %v", err)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Now()
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "86400": time.Hour,
		now.Add(90 * time.Second).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"): 90 * time.Second,
		now.Add(-time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"):       0,
	} {
		sim := newSim(t, wechatsim.Guesses{})
		g := gateway(t, sim, nil)
		sim.Inject(always(wechatsim.Fault{Status: 429, Code: "RATELIMIT_EXCEEDED", RetryAfter: value}))
		_, err := g.Prepay(t.Context(), order(t, g))
		e, ok := errors.AsType[*wechat.Error](err)
		if !ok {
			t.Fatal(err)
		}
		if got := e.RetryAfter(); (got - want).Abs() > 5*time.Second {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestOffsetIsHeardInAnyAnswer(t *testing.T) {
	for name, fault := range map[string]wechatsim.Fault{
		"200": {}, "401": {Status: 401, Code: "SIGN_ERROR"}, "500": {Status: 500, Code: "SYSTEM_ERROR"},
		"not believed": {BadSignature: true}, "429": {Status: 429},
	} {
		sim := newSim(t, wechatsim.Guesses{})
		g := gateway(t, sim, nil)
		if d, ok := g.Offset(); ok {
			t.Errorf("%s: %v before any answer", name, d)
		}
		for _, clock := range []time.Duration{3 * time.Minute, -time.Hour, 0} {
			fault.Clock = clock
			sim.Inject(always(fault))
			_, _ = g.Prepay(t.Context(), order(t, g)) // whatever it says
			if d, ok := g.Offset(); !ok || (d-clock).Abs() > 2*time.Second {
				t.Errorf("%s: offset %v, %t, want %v", name, d, ok, clock)
			}
		}
	}
}

func TestErrorsNameTheRequest(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	g := gateway(t, sim, nil)
	for name, fault := range map[string]wechatsim.Fault{"refused": {Status: 403, Code: "NO_AUTH"},
		"not believed": {BadSignature: true}} {
		sim.Inject(always(fault))
		_, err := g.Prepay(t.Context(), order(t, g))
		e, ok := errors.AsType[*wechat.Error](err)
		if !ok || !strings.HasPrefix(e.RequestID, "SIM") || !strings.Contains(err.Error(), e.RequestID) ||
			e.Status == 0 {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestContextsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, wechatsim.Guesses{})
		g := gateway(t, sim, nil)
		o := order(t, g)
		for name, fault := range map[string]wechatsim.Fault{"before": {Delay: time.Minute},
			"after": {Late: time.Minute}} {
			sim.Inject(always(fault))
			start := time.Now()
			_, err := g.Prepay(t.Context(), o)
			checkError(t, "create", err, payment.ErrUnknown)
			if took := time.Since(start); took != 6*time.Second || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: gave up after %v: %v", name, took, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start = time.Now()
			_, err = g.Prepay(ctx, o)
			checkError(t, "create", err, payment.ErrUnknown)
			if took := time.Since(start); took != time.Second || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: ended after %v: %v", name, took, err)
			}
		}
		sim.Inject(nil)
		if r, err := g.Query(t.Context(), o); err != nil || r.State != payment.TradeNotPaid {
			t.Errorf("the create whose answer came too late: %+v, %v", r, err)
		}
	})
}
