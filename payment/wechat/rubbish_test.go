package wechat_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// rubbish is everything that stands between us and WeChat and answers in its place.
var rubbish = map[string]http.HandlerFunc{
	"500":            answers(500, "application/json", `{"code":"SYSTEM_ERROR","message":"busy"}`),
	"500 html":       answers(500, "text/html", "<html>"),
	"500 empty":      answers(500, "", ""),
	"501":            answers(501, "", ""),
	"502":            answers(502, "text/html", "<html>"),
	"503":            answers(503, "", ""),
	"504":            answers(504, "text/html", "<html>gateway time-out"),
	"429 of a proxy": answers(429, "text/html", "<html>"),
	"403 of a proxy": answers(403, "text/html", "<html>"),
	"404 of a proxy": answers(404, "text/html", "<html>"),
	"401 of a proxy": answers(401, "", ""),
	"407":            answers(407, "text/html", "<html>"),
	"302": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://portal.example/login", http.StatusFound)
	},
	"308 to itself": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String(), http.StatusPermanentRedirect)
	},
	"portal":           answers(200, "text/html", "<html>please log in</html>"),
	"204 unsigned":     answers(204, "", ""),
	"200 unsigned":     answers(200, "application/json", `{"code_url":"weixin://wxpay/bizpayurl?pr=FALSE"}`),
	"200 other's name": answers(200, "application/json", `{"trade_state":"CLOSED"}`),
	"bytes":            answers(200, "application/octet-stream", "\x00\xff\x00\xff"),
}

func answers(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			fmt.Fprint(w, body)
		}
	}
}

// A fork leads to the simulator by every host but those in front of which something else answers.
type fork struct {
	sim   *wechatsim.Sim
	front map[string]http.HandlerFunc
	asked []string // the hosts, in turn
}

func (f *fork) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked = append(f.asked, r.URL.Host)
	h := f.front[r.URL.Host]
	if h == nil {
		return f.sim.Transport().RoundTrip(r)
	}
	w := &recorder{header: make(http.Header)}
	h(w, r)
	return &http.Response{StatusCode: cmp.Or(w.status, http.StatusOK), Header: w.header,
		Body: io.NopCloser(strings.NewReader(w.body.String())), Request: r}, nil
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }

// forked lives with a gateway on a fork, in both modes of verifying.
func forked(t *testing.T, live func(t *testing.T, f *fork, g *wechat.Gateway, o payment.Order)) {
	t.Helper()
	for mode, change := range map[string]func(*wechat.Account){"key": func(*wechat.Account) {},
		"certificates": inCertificateMode} {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fork{newSim(t, wechatsim.Guesses{}), map[string]http.HandlerFunc{}, nil}
				a := account(f.sim)
				change(&a)
				g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: f})
				if err != nil {
					t.Fatal(err)
				}
				live(t, f, g, order(t, g))
			})
		})
	}
}

// within calls until there is an answer, n times at most.
func within(t *testing.T, n int, when string, call func() error) {
	t.Helper()
	var err error
	for range n {
		if err = call(); err == nil {
			return
		}
		checkNothingKnown(t, when, err)
		time.Sleep(time.Second)
	}
	t.Errorf("%s: after %d calls still %v", when, n, err)
}

// checkNothingKnown fails when rubbish was taken for WeChat's word.
func checkNothingKnown(t *testing.T, when string, err error) {
	t.Helper()
	for _, known := range []error{payment.ErrNumberTaken, payment.ErrAbsent, payment.ErrUnauthorized,
		payment.ErrRefused} {
		if errors.Is(err, known) {
			t.Errorf("%s: %v, which only WeChat can know", when, err)
		}
	}
}

// A host in whose place something else answers is left after two answers, before the code and after the payment, for
// some minutes; then it is tried again.
func TestAHostThatAnswersRubbishIsLeft(t *testing.T) {
	for name, front := range rubbish {
		t.Run(name, func(t *testing.T) {
			forked(t, func(t *testing.T, f *fork, g *wechat.Gateway, o payment.Order) {
				prepay := func() error { _, err := g.Prepay(t.Context(), o); return err }
				query := func() error { _, err := g.Query(t.Context(), o); return err }
				last := func() string { return f.asked[len(f.asked)-1] }

				f.front[mainHost] = front
				within(t, 3, "before the code", prepay)
				within(t, 1, "then the other host is the first", query)

				f.front[mainHost], f.front[backupHost] = nil, front // the other way round
				if err := f.sim.Pay(o.No); err != nil {
					t.Fatal(err)
				}
				within(t, 3, "after the payment", query)
				r, err := g.Query(t.Context(), o)
				if err != nil || r.State != payment.TradeSuccess || last() != mainHost {
					t.Errorf("query = %+v, %v of %s", r, err, last())
				}

				f.front[mainHost], f.front[backupHost] = front, nil
				within(t, 3, "turned round once more", query)
				f.front[mainHost] = nil
				time.Sleep(4 * time.Minute)
				if within(t, 1, "4 minutes later", query); last() != backupHost {
					t.Errorf("4 minutes later %s is asked", last())
				}
				time.Sleep(2 * time.Minute)
				if within(t, 1, "6 minutes later", query); last() != mainHost {
					t.Errorf("6 minutes later %s is asked", last())
				}
			})
		})
	}
}

// What WeChat itself says is no reason to leave its host, however bad it is.
func TestARefusalIsAnAnswer(t *testing.T) {
	forked(t, func(t *testing.T, f *fork, g *wechat.Gateway, o payment.Order) {
		for _, fault := range []wechatsim.Fault{{Status: 401, Code: "SIGN_ERROR"}, {Status: 403, Code: "NO_AUTH"},
			{Status: 429, Code: "FREQUENCY_LIMITED"}, {Status: 400, Code: "PARAM_ERROR"}} {
			f.sim.Inject(always(fault))
			for range 4 {
				if _, err := g.Query(t.Context(), o); err == nil || f.asked[len(f.asked)-1] != mainHost {
					t.Errorf("%d: %v of %s", fault.Status, err, f.asked[len(f.asked)-1])
				}
			}
		}
	})
}

// Rubbish beside a host that does not know the order leaves it open, and says that WeChat is there.
func TestAbsentBesideRubbish(t *testing.T) {
	for name, front := range rubbish {
		t.Run(name, func(t *testing.T) {
			forked(t, func(t *testing.T, f *fork, g *wechat.Gateway, o payment.Order) {
				f.front[backupHost] = front
				for range 4 {
					if _, err := g.Query(t.Context(), o); !errors.Is(err, payment.ErrAbsentHere) {
						t.Errorf("query = %v", err)
					}
				}
			})
		})
	}
}

// A visitor who leaves while a host is slow says nothing about the host.
func TestLeavingIsNoMiss(t *testing.T) {
	forked(t, func(t *testing.T, f *fork, g *wechat.Gateway, o payment.Order) {
		f.sim.Inject(always(wechatsim.Fault{Delay: 3 * time.Second}))
		for range 4 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := g.Query(ctx, o)
			cancel()
			if err == nil || f.asked[len(f.asked)-1] != mainHost {
				t.Errorf("query = %v of %s", err, f.asked[len(f.asked)-1])
			}
		}
	})
}
