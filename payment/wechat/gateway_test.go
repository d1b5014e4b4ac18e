package wechat_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
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
		"other order":       {func(m map[string]any) { m["out_trade_no"] = "ANOTHER0NUMBER" }, payment.ErrNoAnswer},
		"other merchant":    {func(m map[string]any) { m["mchid"] = "1" }, payment.ErrNoAnswer},
		"nothing":           {func(m map[string]any) { clear(m) }, payment.ErrNoAnswer},
		"no state":          {func(m map[string]any) { delete(m, "trade_state") }, payment.ErrUnknown},
		"state is null":     {func(m map[string]any) { m["trade_state"] = nil }, payment.ErrUnknown},
		"unpaid, no number": {func(m map[string]any) { delete(m, "out_trade_no") }, payment.ErrNoAnswer},
		"paid, other order": {func(m map[string]any) {
			m["out_trade_no"], m["trade_state"] = "ANOTHER0NUMBER", "SUCCESS"
		}, payment.ErrNoAnswer},
		"paid, other merchant": {func(m map[string]any) { m["mchid"], m["trade_state"] = "1", "SUCCESS" },
			payment.ErrNoAnswer},
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

// A signed SUCCESS that cannot be booked is reported with all that it says, and what proves it.
func TestPaidButUnbookable(t *testing.T) {
	part := func(m map[string]any) map[string]any { return m["amount"].(map[string]any) }
	for name, tt := range map[string]struct {
		distort func(map[string]any)
		flaw    string
		unknown func(*payment.Reported)
	}{
		"no time": {func(m map[string]any) { delete(m, "success_time") }, "no success_time",
			func(r *payment.Reported) { r.PaidAt = time.Time{} }},
		"time is null": {func(m map[string]any) { m["success_time"] = nil }, "no success_time",
			func(r *payment.Reported) { r.PaidAt = time.Time{} }},
		"time of its own kind": {func(m map[string]any) { m["success_time"] = "20261123120000" },
			"success_time is no time", func(r *payment.Reported) { r.PaidAt = time.Time{} }},
		"time is a number": {func(m map[string]any) { m["success_time"] = 1 }, "no success_time",
			func(r *payment.Reported) { r.PaidAt = time.Time{} }},
		"no id": {func(m map[string]any) { delete(m, "transaction_id") }, "no transaction_id",
			func(r *payment.Reported) { r.TransactionID = "" }},
		"id is empty": {func(m map[string]any) { m["transaction_id"] = "" }, "no transaction_id",
			func(r *payment.Reported) { r.TransactionID = "" }},
		"id is a number": {func(m map[string]any) { m["transaction_id"] = 4200001 }, "no transaction_id",
			func(r *payment.Reported) { r.TransactionID = "" }},
		"no amount": {func(m map[string]any) { delete(m, "amount") }, "no amount",
			func(r *payment.Reported) { r.Amount, r.Currency = 0, "" }},
		"amount is null": {func(m map[string]any) { m["amount"] = nil }, "no amount",
			func(r *payment.Reported) { r.Amount, r.Currency = 0, "" }},
		"amount is text": {func(m map[string]any) { m["amount"] = "2700" }, "no amount",
			func(r *payment.Reported) { r.Amount, r.Currency = 0, "" }},
		"total is text": {func(m map[string]any) { part(m)["total"] = "270000" }, "total is no amount",
			func(r *payment.Reported) { r.Amount = 0 }},
		"total is a fraction": {func(m map[string]any) { part(m)["total"] = 2700.5 }, "total is no amount",
			func(r *payment.Reported) { r.Amount = 0 }},
		"total is nothing": {func(m map[string]any) { part(m)["total"] = 0 }, "total is no amount",
			func(r *payment.Reported) { r.Amount = 0 }},
		"no currency": {func(m map[string]any) { delete(part(m), "currency") }, "no currency",
			func(r *payment.Reported) { r.Currency = "" }},
		"no appid": {func(m map[string]any) { delete(m, "appid") }, "no appid",
			func(r *payment.Reported) { r.AppID = "" }},
		"attach is a table": {func(m map[string]any) { m["attach"] = map[string]any{} }, "no attach",
			func(r *payment.Reported) { r.Attach = "" }},
		"no number": {func(m map[string]any) { delete(m, "out_trade_no") }, "no out_trade_no",
			func(r *payment.Reported) { r.No = "" }},
		"merchant is a number": {func(m map[string]any) { m["mchid"] = 1900000001 }, "no mchid",
			func(r *payment.Reported) { r.MchID = "" }},
		"nothing but the state": {func(m map[string]any) { clear(m); m["trade_state"] = "SUCCESS" },
			"no out_trade_no, no mchid, no appid, no transaction_id, no success_time, no amount",
			func(r *payment.Reported) { *r = payment.Reported{State: payment.TradeSuccess} }},
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
			tt.unknown(&want)
			sim.Inject(always(wechatsim.Fault{Distort: tt.distort}))
			r, err := g.Query(t.Context(), o)
			want.Flaw, want.Evidence = tt.flaw, r.Evidence
			if err != nil || r != want {
				t.Errorf("query = %+v, %v\nwant %+v", r, err, want)
			}
			e := r.Evidence
			if e.Serial != sim.PublicKeyID() || e.Timestamp == "" || e.Nonce == "" || e.Signature == "" ||
				len(e.BodySHA256) != 64 || strings.Contains(fmt.Sprint(r), "openid") {
				t.Errorf("evidence %+v", e)
			}
		})
	}
}

// The hash and the signature are those of the very bytes that WeChat has sent.
func TestEvidenceProvesTheAnswer(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	var body []byte
	var header http.Header
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Transport: roundTrip(
		func(r *http.Request) (*http.Response, error) {
			resp, err := sim.Transport().RoundTrip(r)
			if err == nil {
				body, err = io.ReadAll(resp.Body)
				resp.Body, header = io.NopCloser(bytes.NewReader(body)), resp.Header
			}
			return resp, err
		})})
	if err != nil {
		t.Fatal(err)
	}
	o := order(t, g)
	if _, err := g.Prepay(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	sim.Inject(always(wechatsim.Fault{Distort: func(m map[string]any) { delete(m, "success_time") }}))
	r, err := g.Query(t.Context(), o)
	want := payment.Evidence{Serial: header.Get("Wechatpay-Serial"), Timestamp: header.Get("Wechatpay-Timestamp"),
		Nonce: header.Get("Wechatpay-Nonce"), Signature: header.Get("Wechatpay-Signature"),
		BodySHA256: fmt.Sprintf("%x", sha256.Sum256(body))}
	if err != nil || r.Evidence != want {
		t.Errorf("evidence %+v, %v\nwant %+v", r.Evidence, err, want)
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
		"other currency": {func(m map[string]any) { m["amount"].(map[string]any)["currency"] = "HKD" },
			func(r *payment.Reported) { r.Currency = "HKD" }},
		"other appid": {func(m map[string]any) { m["appid"] = "wx2" },
			func(r *payment.Reported) { r.AppID = "wx2" }},
		"closed": {func(m map[string]any) { m["trade_state"] = "CLOSED" },
			func(r *payment.Reported) {
				*r = payment.Reported{No: r.No, MchID: r.MchID, AppID: r.AppID, State: payment.TradeClosed}
			}},
		"of code payment": {func(m map[string]any) { m["trade_state"] = "USERPAYING" },
			func(r *payment.Reported) {
				*r = payment.Reported{No: r.No, MchID: r.MchID, AppID: r.AppID, State: payment.TradeNotPaid}
			}},
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
