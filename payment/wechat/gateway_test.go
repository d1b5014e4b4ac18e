package wechat_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

var keys = sync.OnceValue(func() []*rsa.PrivateKey {
	var list []*rsa.PrivateKey
	for range 3 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		list = append(list, k)
	}
	return list
})

const apiv3 = "0123456789abcdef0123456789abcdef"

var merchant = payment.Merchant{MchID: "1900000001", AppID: "wx0000000000000001"}

func newSim(t testing.TB, g wechatsim.Guesses) *wechatsim.Sim {
	t.Helper()
	sim, err := wechatsim.New(wechatsim.Options{
		Merchants: []wechatsim.Merchant{{MchID: merchant.MchID, AppID: merchant.AppID, Serial: strings.Repeat("A", 40), PublicKey: &keys()[0].PublicKey, APIv3Key: apiv3}},
		Key:       keys()[1], Guesses: g,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sim
}

func account(sim *wechatsim.Sim) wechat.Account {
	return wechat.Account{
		Merchant: merchant, MerchantSerial: strings.Repeat("a", 40), PrivateKey: keys()[0],
		PublicKeyID: sim.PublicKeyID(), PublicKey: sim.PublicKey(), NotifyURL: "https://court.example/notify",
	}
}

func gateway(t testing.TB, sim *wechatsim.Sim, change func(*wechat.Account)) *wechat.Gateway {
	t.Helper()
	a := account(sim)
	if change != nil {
		change(&a)
	}
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Hosts: []string{"https://one.example"}, Transport: sim.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return g
}

func order(t testing.TB, g *wechat.Gateway) payment.Order {
	t.Helper()
	key := payment.Key{Court: "京0101", Purse: "litigation", Bill: t.Name()}
	o := payment.Order{
		No: key.Number(1), Key: key, Attempt: 1, Merchant: merchant, Attach: "03/INSTANCE", Amount: 270000,
		Title: "北京市东城区人民法院 案件受理费", Expires: time.Now().Add(5 * time.Minute), PayWithin: 5 * time.Minute, State: payment.Created,
	}
	body, err := g.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Body = body
	return o
}

func TestPaymentFromCodeToClose(t *testing.T) {
	for name, change := range map[string]func(*wechat.Account){
		"public key":   nil,
		"certificates": func(a *wechat.Account) { a.PublicKey, a.PublicKeyID, a.APIv3Key = nil, "", apiv3 },
	} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, change)
			o := order(t, g)
			ctx := t.Context()
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
			r, err = g.Query(ctx, o)
			want := payment.Report{No: o.No, MchID: merchant.MchID, AppID: merchant.AppID, State: payment.TradeSuccess,
				Attach: o.Attach, Amount: o.Amount, Currency: "CNY", TransactionID: r.TransactionID, PaidAt: r.PaidAt}
			if err != nil || r != want || r.TransactionID == "" || time.Since(r.PaidAt) > time.Minute {
				t.Errorf("query = %+v, %v, want %+v", r, err, want)
			}
			if err := g.Close(ctx, o); !errors.Is(err, payment.ErrNumberTaken) {
				t.Errorf("close of a paid order = %v", err)
			}
			if _, err := g.Prepay(ctx, o); !errors.Is(err, payment.ErrNumberTaken) {
				t.Errorf("create of a paid order = %v", err)
			}
			if offset, ok := g.Offset(); !ok || offset.Abs() > 2*time.Second {
				t.Errorf("offset = %v, %t", offset, ok)
			}
		})
	}
}

func TestTheStoredBytesAreSent(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	var sent [][]byte
	spy := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			body, _ := io.ReadAll(r.Body)
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
	for range 2 {
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for _, body := range sent {
		if !bytes.Equal(body, o.Body) {
			t.Errorf("sent %s, stored %s", body, o.Body)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTrouble(t *testing.T) {
	tests := map[string]struct {
		fault wechatsim.Fault
		want  error
	}{
		"429":                {wechatsim.Fault{Status: 429, Code: "FREQUENCY_LIMITED", RetryAfter: "7"}, payment.ErrThrottled},
		"500":                {wechatsim.Fault{Status: 500, Code: "SYSTEM_ERROR"}, payment.ErrUnknown},
		"502 html":           {wechatsim.Fault{HTML: true, Status: 502}, payment.ErrUnknown},
		"403 html":           {wechatsim.Fault{HTML: true, Status: 403}, payment.ErrUnknown},
		"401 html of portal": {wechatsim.Fault{HTML: true, Status: 401}, payment.ErrUnknown},
		"captive portal":     {wechatsim.Fault{HTML: true}, payment.ErrUnknown},
		"garbage, signed":    {wechatsim.Fault{Garbage: true}, payment.ErrUnknown},
		"bad signature":      {wechatsim.Fault{BadSignature: true}, payment.ErrUnknown},
		"signature probe":    {wechatsim.Fault{SignTest: true}, payment.ErrUnknown},
		"other serial":       {wechatsim.Fault{Serial: "PUB_KEY_ID_X"}, payment.ErrUnknown},
		"stale answer":       {wechatsim.Fault{Stale: -10 * time.Minute}, payment.ErrUnknown},
		"our clock is wrong": {wechatsim.Fault{Clock: 10 * time.Minute}, payment.ErrClock},
		"lost answer":        {wechatsim.Fault{Lost: true}, payment.ErrUnknown},
		"no right":           {wechatsim.Fault{Status: 403, Code: "NO_AUTH"}, payment.ErrRefused},
		"duplicate":          {wechatsim.Fault{Status: 403, Code: "OUT_TRADE_NO_USED"}, payment.ErrNumberTaken},
		"paid, old spelling": {wechatsim.Fault{Status: 400, Code: "ORDER_PAID"}, payment.ErrNumberTaken},
		"no code url":        {wechatsim.Fault{Distort: nil, Status: 200}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			sim.Inject(func(wechatsim.Call) *wechatsim.Fault { f := tt.fault; return &f })
			_, err := g.Prepay(t.Context(), o)
			if !errors.Is(err, tt.want) {
				t.Fatalf("create = %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				return
			}
			if text := err.Error(); strings.Contains(text, "signature=") || strings.Contains(text, "nonce_str") {
				t.Errorf("the error tells too much: %s", text)
			}
			if e, ok := errors.AsType[*wechat.Error](err); !ok || (tt.fault.RetryAfter != "" && e.RetryAfter() != 7*time.Second) {
				t.Errorf("error = %#v", err)
			}
			sim.Inject(nil)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Errorf("the same create after the trouble = %v", err)
			}
		})
	}
}

func TestLyingAnswers(t *testing.T) {
	for name, distort := range map[string]func(map[string]any){
		"other order":      func(m map[string]any) { m["out_trade_no"] = "ANOTHER0NUMBER" },
		"other merchant":   func(m map[string]any) { m["mchid"] = "1" },
		"no state":         func(m map[string]any) { delete(m, "trade_state") },
		"paid, no time":    func(m map[string]any) { m["trade_state"] = "SUCCESS" },
		"amount is text":   func(m map[string]any) { m["amount"] = "2700" },
		"state is a table": func(m map[string]any) { m["trade_state"] = map[string]any{} },
	} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			o := order(t, g)
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Distort: distort} })
			if r, err := g.Query(t.Context(), o); !errors.Is(err, payment.ErrUnknown) {
				t.Errorf("query = %+v, %v", r, err)
			}
		})
	}
}

func TestWrongKeys(t *testing.T) {
	tests := map[string]struct {
		change func(*wechat.Account)
		want   error
		words  string
	}{
		"key of another merchant": {func(a *wechat.Account) { a.PrivateKey = keys()[2] }, payment.ErrUnauthorized, "SIGN_ERROR"},
		"wrong serial":            {func(a *wechat.Account) { a.MerchantSerial = strings.Repeat("B", 40) }, payment.ErrUnauthorized, "SIGN_ERROR"},
		"wrong key id":            {func(a *wechat.Account) { a.PublicKeyID = "PUB_KEY_ID_9" }, payment.ErrUnknown, "check public_key_id"},
		"wrong public key":        {func(a *wechat.Account) { a.PublicKey = &keys()[2].PublicKey }, payment.ErrUnknown, "verif"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, tt.change)
			_, err := g.Prepay(t.Context(), order(t, g))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("create = %v, want %v", err, tt.want)
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

func TestCloseAcceptedIsNotClosed(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	g := gateway(t, sim, nil)
	sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Status: 202} })
	if err := g.Close(t.Context(), order(t, g)); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("close answered 202 = %v", err)
	}
}

func TestTheOtherHost(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	var mu sync.Mutex
	down := false
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	defer first.Close()
	second := httptest.NewServer(sim)
	defer second.Close()
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{account(sim)}, Hosts: []string{first.URL, second.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	o := order(t, g)
	ask := func() string {
		t.Helper()
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		calls := sim.Calls()
		return "http://" + calls[len(calls)-1].Host
	}
	if got := ask(); got != first.URL {
		t.Errorf("asked %s first", got)
	}
	mu.Lock()
	down = true
	mu.Unlock()
	if got := ask(); got != second.URL {
		t.Errorf("with the first down asked %s", got)
	}
	mu.Lock()
	down = false
	mu.Unlock()
	if got := ask(); got != second.URL {
		t.Errorf("the working host was not kept: %s", got)
	}
	absent := o
	absent.No = strings.Repeat("Z", 32)
	if _, err := g.Query(t.Context(), absent); !errors.Is(err, payment.ErrAbsent) {
		t.Errorf("both say absent: %v", err)
	}
	mu.Lock()
	down = true
	mu.Unlock()
	if _, err := g.Query(t.Context(), absent); errors.Is(err, payment.ErrAbsent) || !errors.Is(err, payment.ErrAbsentHere) || !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("one of two says absent: %v", err)
	}
}

func TestTimeOutInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, wechatsim.Guesses{})
		g := gateway(t, sim, nil)
		o := order(t, g)
		sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Delay: time.Minute} })
		start := time.Now()
		if _, err := g.Prepay(t.Context(), o); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("create = %v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	for name, c := range map[string]wechat.Config{
		"plain http":    {Hosts: []string{"http://api.mch.weixin.qq.com"}},
		"plain http ip": {Hosts: []string{"http://10.0.0.1"}},
		"no key":        {Accounts: []wechat.Account{{Merchant: merchant}}},
	} {
		if _, err := wechat.New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	a := account(sim)
	if _, err := a.Load(wechat.Files{PrivateKey: "/nonexistent/key.pem"}); err == nil || !strings.Contains(err.Error(), "/nonexistent/key.pem") {
		t.Errorf("missing key file: %v", err)
	}
}

func TestComposeFitsWeChat(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	g := gateway(t, sim, nil)
	o := order(t, g)
	o.Title = strings.Repeat("北京市东城区人民法院𠮷\n", 20)
	body, err := g.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	twice, _ := g.Compose(o)
	if !bytes.Equal(body, twice) {
		t.Error("two bodies of one order")
	}
	o.Body = body
	if _, err := g.Prepay(t.Context(), o); err != nil {
		t.Errorf("create with a long title = %v", err)
	}
}

func BenchmarkPrepayAndQuery(b *testing.B) {
	sim := newSim(b, wechatsim.Guesses{})
	g := gateway(b, sim, nil)
	o := order(b, g)
	for b.Loop() {
		if _, err := g.Prepay(context.Background(), o); err != nil {
			b.Fatal(err)
		}
		if _, err := g.Query(context.Background(), o); err != nil {
			b.Fatal(err)
		}
	}
}
