package wechatsim_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// stand returns a simulator with a client, and an order to be created.
func stand(t *testing.T) (*wechatsim.Stand, *wechat.Gateway, payment.Order) {
	t.Helper()
	s, err := wechatsim.NewStand(t.TempDir(), "某法院")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	a, err := wechat.Account{
		Merchant: payment.Merchant{MchID: s.Merchant.MchID, AppID: s.Merchant.AppID}, MerchantSerial: s.Merchant.Serial,
		PublicKeyID: s.PublicKeyID(), NotifyURL: "https://court.example/n",
	}.Load(wechat.Files{PrivateKey: s.KeyFile, PublicKey: s.PublicKeyFile})
	if err != nil {
		t.Fatal(err)
	}
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Hosts: []string{s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	return s, g, newOrder(t, g, a.Merchant)
}

func newOrder(t *testing.T, g *wechat.Gateway, m payment.Merchant) payment.Order {
	t.Helper()
	o := payment.Order{No: payment.Key{Bill: t.Name()}.Number(1), Merchant: m, Amount: 1, Title: "案件受理费", Attach: "03/X", Expires: time.Now().Add(5 * time.Minute)}
	body, err := g.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Body = body
	return o
}

func TestExpiryBothWays(t *testing.T) {
	for closes, want := range map[bool]payment.TradeState{false: payment.TradeNotPaid, true: payment.TradeClosed} {
		inBubble(t, wechatsim.Guesses{ClosesAtExpiry: closes}, func(t *testing.T, sim *wechatsim.Sim, g *wechat.Gateway, o payment.Order) {
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			time.Sleep(6 * time.Minute)
			if err := sim.Pay(o.No); err == nil {
				t.Errorf("closes %t: paid after time_expire", closes)
			}
			if r, err := g.Query(t.Context(), o); err != nil || r.State != want {
				t.Errorf("closes %t: query = %+v, %v, want %s", closes, r, err, want)
			}
		})
	}
}

func TestPastExpiryBothWays(t *testing.T) {
	for raised, want := range map[bool]error{false: payment.ErrNumberTaken, true: nil} {
		inBubble(t, wechatsim.Guesses{PastExpireRaised: raised}, func(t *testing.T, sim *wechatsim.Sim, g *wechat.Gateway, o payment.Order) {
			time.Sleep(10 * time.Minute)
			if _, err := g.Prepay(t.Context(), o); !errors.Is(err, want) {
				t.Errorf("raised %t: create = %v, want %v", raised, err, want)
			}
		})
	}
}

// inBubble runs fn with a simulator in a bubble of virtual time, reached without a socket.
func inBubble(t *testing.T, guesses wechatsim.Guesses, fn func(*testing.T, *wechatsim.Sim, *wechat.Gateway, payment.Order)) {
	t.Helper()
	s, _, _ := stand(t)
	account, err := wechat.Account{
		Merchant: payment.Merchant{MchID: s.Merchant.MchID, AppID: s.Merchant.AppID}, MerchantSerial: s.Merchant.Serial, PublicKeyID: s.PublicKeyID(), NotifyURL: "https://court.example/n",
	}.Load(wechat.Files{PrivateKey: s.KeyFile, PublicKey: s.PublicKeyFile})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		sim, err := wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{s.Merchant}, Guesses: guesses})
		if err != nil {
			t.Fatal(err)
		}
		a := account
		a.PublicKeyID, a.PublicKey = sim.PublicKeyID(), sim.PublicKey()
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: sim.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, sim, g, newOrder(t, g, a.Merchant))
	})
}

func TestThePhonePaysCancelsAndChangesItsMind(t *testing.T) {
	s, g, o := stand(t)
	page, err := g.Prepay(t.Context(), o)
	if err != nil || page != s.PhonePage(o.No) {
		t.Fatalf("code %q, %v", page, err)
	}
	press := func(button string) string {
		t.Helper()
		resp, err := http.PostForm(page, url.Values{"press": {button}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, step := range []struct {
		button, says string
		state        wechatsim.State
	}{
		{"cancel", "已取消", wechatsim.NotPaid}, {"mind", "改变了主意", wechatsim.NotPaid}, {"pay", "支付成功", wechatsim.Success}, {"pay", "已支付", wechatsim.Success},
	} {
		text := press(step.button)
		got, _ := s.Order(o.No)
		if !strings.Contains(text, step.says) || got.State != step.state || !strings.Contains(text, "演示") || !strings.Contains(text, "¥0.01") {
			t.Errorf("%s: state %s, page %s", step.button, got.State, text)
		}
	}
	resp, err := http.Get(s.PhonePage("NOSUCHORDER"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("an order that does not exist is answered %d", resp.StatusCode)
	}
}

func TestBareRequestsAreRefused(t *testing.T) {
	s, _, o := stand(t)
	for name, r := range map[string]*http.Request{
		"no signature": httptest.NewRequest(http.MethodGet, "/v3/pay/transactions/out-trade-no/"+o.No, nil),
		"other path":   httptest.NewRequest(http.MethodGet, "/v3/refund/domestic/refunds", nil),
	} {
		w := httptest.NewRecorder()
		s.Sim.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || w.Header().Get("Wechatpay-Signature") != "" {
			t.Errorf("%s: answered %d with headers %v", name, w.Code, w.Header())
		}
	}
}
