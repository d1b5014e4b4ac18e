package wechat_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

func TestPaymentFromCodeToClose(t *testing.T) {
	for name, change := range map[string]func(*wechat.Account){"public key": nil, "certificates": inCertificateMode} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, change)
			o := order(t, g)
			ctx := t.Context()
			if !g.Serves(merchant) || g.Serves(payment.Merchant{MchID: merchant.MchID}) {
				t.Error("serves other merchants than its own")
			}
			if _, err := g.Query(ctx, o); !errors.Is(err, payment.ErrAbsent) {
				t.Errorf("query before create = %v", err)
			}
			url, err := g.Prepay(ctx, o)
			if err != nil || !strings.HasPrefix(url, "weixin://") {
				t.Fatalf("create = %q, %v", url, err)
			}
			again, err := g.Prepay(ctx, o)
			if err != nil || again == url {
				t.Errorf("the same create again = %q, %v, want a fresh code", again, err)
			}
			r, err := g.Query(ctx, o)
			if err != nil || r.State != payment.TradeNotPaid || r.No != o.No {
				t.Errorf("query = %+v, %v", r, err)
			}
			if err := sim.Pay(o.No); err != nil {
				t.Fatal(err)
			}
			checkPaid(t, g, o, payment.TradeSuccess)
			if err := g.Close(ctx, o); !errors.Is(err, payment.ErrNumberTaken) {
				t.Errorf("close of a paid order = %v", err)
			}
			if _, err := g.Prepay(ctx, o); !errors.Is(err, payment.ErrNumberTaken) {
				t.Errorf("create of a paid order = %v", err)
			}
			if err := sim.RefundOutside(o.No); err != nil {
				t.Fatal(err)
			}
			checkPaid(t, g, o, payment.TradeRefund)
		})
	}
}

func checkPaid(t *testing.T, g *wechat.Gateway, o payment.Order, state payment.TradeState) {
	t.Helper()
	got, err := g.Query(t.Context(), o)
	want := payment.Reported{No: o.No, MchID: merchant.MchID, AppID: merchant.AppID, State: state,
		Attach: o.Attach, Amount: o.Amount, Currency: "CNY", TransactionID: got.TransactionID, PaidAt: got.PaidAt}
	if err != nil || got != want || got.TransactionID == "" || time.Since(got.PaidAt) > time.Minute {
		t.Errorf("query = %+v, %v, want %+v", got, err, want)
	}
}

func TestAnotherMerchantsOrder(t *testing.T) {
	g := gateway(t, newSim(t, wechatsim.Guesses{}), nil)
	o := order(t, g)
	o.Merchant.MchID = "1900000002"
	if _, err := g.Query(t.Context(), o); !errors.Is(err, payment.ErrRefused) {
		t.Errorf("query = %v", err)
	}
	if _, err := g.Compose(o); err == nil {
		t.Error("composed an order that nobody can send")
	}
}

// What the SDK signs and sends is the order's body to the byte, whatever it holds.
func TestTheStoredBytesAreSent(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	var sent [][]byte
	spy := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			sent = append(sent, body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		return sim.Transport().RoundTrip(r)
	})
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Transport: spy})
	if err != nil {
		t.Fatal(err)
	}
	o := order(t, g)
	o.Body = append(append([]byte(" \n"), bytes.ReplaceAll(o.Body, []byte(`,"`), []byte(", \t\""))...), '\n', '\n')
	for range 2 {
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent) != 2 || !bytes.Equal(sent[0], o.Body) || !bytes.Equal(sent[1], o.Body) {
		t.Errorf("sent %q, stored %q", sent, o.Body)
	}
}

// A signed answer that says less or other than it should is no answer.
func TestLyingAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		distort func(map[string]any)
		want    error
	}{
		"other order":    {func(m map[string]any) { m["out_trade_no"] = "ANOTHER0NUMBER" }, payment.ErrNoAnswer},
		"other merchant": {func(m map[string]any) { m["mchid"] = "1" }, payment.ErrNoAnswer},
		"nothing":        {func(m map[string]any) { clear(m) }, payment.ErrNoAnswer},
		"no state":       {func(m map[string]any) { delete(m, "trade_state") }, payment.ErrUnknown},
		"state is null":  {func(m map[string]any) { m["trade_state"] = nil }, payment.ErrUnknown},
		"paid, no time":  {func(m map[string]any) { m["trade_state"] = "SUCCESS" }, payment.ErrUnknown},
		"paid, no id": {func(m map[string]any) {
			m["trade_state"], m["success_time"] = "SUCCESS",
				"2026-11-23T12:00:00+08:00"
		}, payment.ErrUnknown},
		"amount is text":   {func(m map[string]any) { m["amount"] = "2700" }, payment.ErrUnknown},
		"state is a table": {func(m map[string]any) { m["trade_state"] = map[string]any{} }, payment.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			sim.Inject(always(wechatsim.Fault{Distort: tt.distort}))
			if r, err := g.Query(t.Context(), o); !errors.Is(err, tt.want) || r != (payment.Reported{}) {
				t.Errorf("query = %+v, %v", r, err)
			}
		})
	}
}

// What is paid is reported as WeChat says it; the order's rules compare it.
func TestStatesAreReported(t *testing.T) {
	for name, tt := range map[string]struct {
		distort func(map[string]any)
		want    func(*payment.Reported)
	}{
		"wrong amount": {func(m map[string]any) { m["amount"].(map[string]any)["total"] = 1 },
			func(r *payment.Reported) { r.Amount = 1 }},
		"no amount": {func(m map[string]any) { delete(m, "amount") },
			func(r *payment.Reported) { r.Amount, r.Currency = 0, "" }},
		"other currency": {func(m map[string]any) { m["amount"].(map[string]any)["currency"] = "HKD" },
			func(r *payment.Reported) { r.Currency = "HKD" }},
		"other appid": {func(m map[string]any) { m["appid"] = "wx2" },
			func(r *payment.Reported) { r.AppID = "wx2" }},
		"closed": {func(m map[string]any) { m["trade_state"] = "CLOSED" },
			func(r *payment.Reported) { r.State, r.PaidAt = payment.TradeClosed, time.Time{} }},
		"of code payment": {func(m map[string]any) { m["trade_state"] = "USERPAYING" },
			func(r *payment.Reported) { r.State, r.PaidAt = payment.TradeNotPaid, time.Time{} }},
	} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if err := sim.Pay(o.No); err != nil {
				t.Fatal(err)
			}
			want, err := g.Query(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			tt.want(&want)
			sim.Inject(always(wechatsim.Fault{Distort: tt.distort}))
			if r, err := g.Query(t.Context(), o); err != nil || r != want {
				t.Errorf("query = %+v, %v, want %+v", r, err, want)
			}
		})
	}
}

func TestGuessesBothWays(t *testing.T) {
	for _, guess := range []wechatsim.Guesses{{}, {DuplicateIsUsed: true, ClosedIsInvalid: true, CompareValues: true}} {
		sim := newSim(t, guess)
		g := gateway(t, sim, nil)
		o := order(t, g)
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		other := o
		other.Amount++
		other.Body, _ = g.Compose(other)
		if _, err := g.Prepay(t.Context(), other); !errors.Is(err, payment.ErrNumberTaken) {
			t.Errorf("%+v: another create of the number = %v", guess, err)
		}
		for range 2 {
			if err := g.Close(t.Context(), o); err != nil {
				t.Errorf("%+v: close = %v", guess, err)
			}
		}
		if r, err := g.Query(t.Context(), o); err != nil || r.State != payment.TradeClosed {
			t.Errorf("%+v: query = %+v, %v", guess, r, err)
		}
		if _, err := g.Prepay(t.Context(), o); !errors.Is(err, payment.ErrNumberTaken) {
			t.Errorf("%+v: create of a closed number = %v", guess, err)
		}
	}
}

func TestCloseProvesNothing(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	g := gateway(t, sim, nil)
	o := order(t, g)
	if err := g.Close(t.Context(), o); err != nil {
		t.Errorf("close of what never existed = %v, WeChat says 204", err)
	}
	for _, status := range []int{http.StatusOK, http.StatusAccepted} {
		sim.Inject(always(wechatsim.Fault{Status: status}))
		if err := g.Close(t.Context(), o); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("close answered %d = %v", status, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	for name, change := range map[string]func(*wechat.Account){"public key": nil, "certificates": inCertificateMode} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, change)
			o := order(t, g)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if r, err := g.Query(t.Context(), o); err != nil || r.No != o.No {
						t.Errorf("query = %+v, %v", r, err)
					}
				})
			}
			all.Wait()
		})
	}
}

func BenchmarkPrepayAndQuery(b *testing.B) {
	sim := newSim(b, wechatsim.Guesses{})
	g := gateway(b, sim, nil)
	o := order(b, g)
	for b.Loop() {
		if _, err := g.Prepay(b.Context(), o); err != nil {
			b.Fatal(err)
		}
		if _, err := g.Query(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
}
