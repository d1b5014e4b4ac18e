package wechatsim_test

import (
	"bytes"
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

var keys = sync.OnceValue(func() (list [2]*rsa.PrivateKey) {
	for i := range list {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		list[i] = k
	}
	return list
})

var (
	serial = strings.Repeat("A", 40)
	first  = payment.Merchant{MchID: "1900000001", AppID: "wx0000000000000001"}
	second = payment.Merchant{MchID: "1900000002", AppID: "wx0000000000000002"}
	strict = wechatsim.Options{} // the zero value of every guess
)

// world is a simulator with two merchants, and the real client of the first.
type world struct {
	*testing.T
	sim  *wechatsim.Sim
	gate *wechat.Gateway
	sent *http.Request // the last one, with its body in text
	text []byte
}

func newWorld(t *testing.T, o wechatsim.Options) *world {
	t.Helper()
	o.Key = keys()[1]
	for _, m := range []payment.Merchant{first, second} {
		o.Merchants = append(o.Merchants, wechatsim.Merchant{MchID: m.MchID, AppID: m.AppID, Serial: serial,
			PublicKey: &keys()[0].PublicKey})
	}
	sim, err := wechatsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, sim: sim}
	w.gate = w.client(first)
	return w
}

// client is the real client of one merchant.
func (w *world) client(m payment.Merchant) *wechat.Gateway {
	w.Helper()
	g, err := wechat.New(wechat.Config{Hosts: []string{"https://sim.example"}, Transport: w,
		Accounts: []wechat.Account{{
			Merchant: m, MerchantSerial: serial, PrivateKey: keys()[0], PublicKeyID: w.sim.PublicKeyID(),
			PublicKey: w.sim.PublicKey(), NotifyURL: "https://court.example/n",
		}}})
	if err != nil {
		w.Fatal(err)
	}
	return g
}

// RoundTrip remembers what is sent.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.text = nil
	if r.Body != nil {
		w.text, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(w.text))
	}
	w.sent = r
	return w.sim.Transport().RoundTrip(r)
}

// again sends the last request as it was, but for a change.
func (w *world) again(change func(*http.Request)) *http.Response {
	w.Helper()
	r := w.sent.Clone(w.Context())
	r.Body = io.NopCloser(bytes.NewReader(w.text))
	change(r)
	resp, err := w.sim.Transport().RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	return resp
}

func (w *world) order(m payment.Merchant) payment.Order {
	w.Helper()
	o := payment.Order{No: payment.Key{Bill: w.Name()}.Number(m, 1), Merchant: m, Amount: 1, Title: "案件受理费",
		Attach: "03/X", Expires: time.Now().Add(5 * time.Minute)}
	body, err := w.client(m).Compose(o)
	if err != nil {
		w.Fatal(err)
	}
	o.Body = body
	return o
}

// created is an order that WeChat knows.
func (w *world) created() payment.Order {
	w.Helper()
	o := w.order(first)
	if _, err := w.gate.Prepay(w.Context(), o); err != nil {
		w.Fatal(err)
	}
	return o
}

func (w *world) expect(what string, err error, status int, code string) {
	w.Helper()
	e, ok := errors.AsType[*wechat.Error](err)
	if !ok || e.Status != status || e.Code != code {
		w.Errorf("%s: %v, want %d %s", what, err, status, code)
	}
}

func TestBodiesThatWeChatRefuses(t *testing.T) {
	const good = `{"appid":"wx0000000000000001","mchid":"1900000001","description":"费","out_trade_no":"ABCDEF",` +
		`"time_expire":"2099-01-01T00:00:00+08:00","attach":"a","notify_url":"https://court.example/n",` +
		`"amount":{"total":1,"currency":"CNY"}}`
	tests := map[string]struct {
		old, new string
		status   int // 0: taken
		code     string
	}{
		"good":                  {"", "", 0, ""},
		"no time_expire":        {`"time_expire":"2099-01-01T00:00:00+08:00",`, ``, 0, ""},
		"the word null":         {"费", "null and void", 0, ""},
		"with a scene":          {`"attach"`, `"scene_info":{"payer_client_ip":"1.2.3.4"},"attach"`, 0, ""},
		"127 bytes":             {"费", strings.Repeat("费", 42) + "a", 0, ""},
		"128 bytes":             {"费", strings.Repeat("费", 42) + "ab", 400, "PARAM_ERROR"},
		"no description":        {"费", "", 400, "PARAM_ERROR"},
		"emoji":                 {"费", "😀", 400, "PARAM_ERROR"},
		"emoji, escaped":        {"费", `\ud83d\ude00`, 400, "PARAM_ERROR"},
		"not UTF-8":             {"费", "\xff", 400, "PARAM_ERROR"},
		"null":                  {`"a"`, `null`, 400, "PARAM_ERROR"},
		"short number":          {"ABCDEF", "ABCDE", 400, "PARAM_ERROR"},
		"long number":           {"ABCDEF", strings.Repeat("A", 33), 400, "PARAM_ERROR"},
		"number with a bar":     {"ABCDEF", "ABC|EF", 400, "PARAM_ERROR"},
		"long attach":           {`"a"`, `"` + strings.Repeat("a", 129) + `"`, 400, "PARAM_ERROR"},
		"a scene without payer": {`"attach"`, `"scene_info":{},"attach"`, 400, "PARAM_ERROR"},
		"notify by http":        {"https://court", "http://court", 400, "PARAM_ERROR"},
		"notify with a query":   {"/n\"", "/n?a=1\"", 400, "PARAM_ERROR"},
		"notify at home":        {"court.example", "192.168.0.1", 400, "PARAM_ERROR"},
		"nothing":               {`"total":1`, `"total":0`, 400, "PARAM_ERROR"},
		"less than nothing":     {`"total":1`, `"total":-1`, 400, "PARAM_ERROR"},
		"half a fen":            {`"total":1`, `"total":0.5`, 400, "PARAM_ERROR"},
		"a sum in words":        {`"total":1`, `"total":"1"`, 400, "PARAM_ERROR"},
		"other money":           {"CNY", "USD", 400, "PARAM_ERROR"},
		"unknown field":         {`"attach"`, `"total":1,"attach"`, 400, "PARAM_ERROR"},
		"torn":                  {`}}`, `}`, 400, "PARAM_ERROR"},
		"other appid":           {"wx0000000000000001", "wx2", 400, "APPID_MCHID_NOT_MATCH"},
		"other mchid":           {"1900000001", "1900000002", 401, "SIGN_ERROR"},
		"no time zone":          {"+08:00", "", 400, "PARAM_ERROR"},
		"past":                  {"2099", "2001", 400, "INVALID_REQUEST"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, strict)
			o := payment.Order{No: "ABCDEF", Merchant: first, Body: []byte(strings.Replace(good, tt.old, tt.new, 1))}
			_, err := w.gate.Prepay(t.Context(), o)
			if tt.status == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			w.expect("create", err, tt.status, tt.code)
			if n := len(w.sim.Orders()); n != 0 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

func TestSignaturesThatWeChatRefuses(t *testing.T) {
	w := newWorld(t, strict)
	o := w.created()
	tests := map[string]func(*http.Request){
		"replayed":         func(*http.Request) {},
		"no signature":     func(r *http.Request) { r.Header.Del("Authorization") },
		"other body":       func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")) },
		"other path":       func(r *http.Request) { r.URL.Path += "/x" },
		"other method":     func(r *http.Request) { r.Method = http.MethodPut },
		"other merchant":   replace("1900000001", "1900000002"),
		"unknown merchant": replace("1900000001", "1900000003"),
		"other serial":     replace(serial, strings.Repeat("B", 40)),
		"other time":       replace(`timestamp="`, `timestamp="1`),
		"no base64":        replace(`signature="`, `signature="*`),
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			resp := w.again(change)
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("status %d", resp.StatusCode)
			}
			for h := range resp.Header {
				if strings.HasPrefix(h, "Wechatpay") {
					t.Errorf("a 401 with %s", h)
				}
			}
		})
	}
	if got, _ := w.sim.Order(o.No); got.Creates != 1 {
		t.Errorf("%d creates", got.Creates)
	}
}

func TestSignaturesLiveFiveMinutes(t *testing.T) {
	for age, want := range map[time.Duration]int{4 * time.Minute: http.StatusOK,
		6 * time.Minute: http.StatusUnauthorized} {
		inBubble(t, strict, func(w *world) {
			o := w.order(first)
			o.Expires = time.Now().Add(time.Hour)
			o.Body, _ = w.gate.Compose(o)
			w.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true} })
			if _, err := w.gate.Prepay(w.Context(), o); err == nil {
				w.Fatal("a fault without an effect was answered")
			}
			w.sim.Inject(nil)
			time.Sleep(age)
			if resp := w.again(func(*http.Request) {}); resp.StatusCode != want {
				w.Errorf("after %v: status %d, want %d", age, resp.StatusCode, want)
			}
		})
	}
}

func replace(old, new string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
	}
}

func TestHeadersThatWeChatReads(t *testing.T) {
	o := newWorld(t, strict).order(first)
	for name, tt := range map[string]struct {
		header, value string
		status        int
		signer        string // prefix of the serial that signs the answer
	}{
		"wrong key id":  {"Wechatpay-Serial", "PUB_KEY_ID_9", 500, ""},
		"no key id":     {"Wechatpay-Serial", "", 200, "certificate"},
		"no JSON":       {"Content-Type", "text/plain", 400, ""},
		"as it was":     {"Accept", "application/json", 200, "PUB_KEY_ID_"},
		"other charset": {"Content-Type", "application/json; charset=utf-8", 200, "PUB_KEY_ID_"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, strict)
			w.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true} })
			if _, err := w.gate.Prepay(t.Context(), o); err == nil {
				t.Fatal("a fault without an effect was answered")
			}
			w.sim.Inject(nil)
			resp := w.again(func(r *http.Request) { r.Header.Set(tt.header, tt.value) })
			signer := resp.Header.Get("Wechatpay-Serial")
			if tt.signer == "certificate" && len(signer) == 40 {
				signer = "certificate"
			}
			if resp.StatusCode != tt.status || !strings.HasPrefix(signer, tt.signer) ||
				(tt.signer == "") != (signer == "") {
				t.Errorf("status %d signed by %q", resp.StatusCode, signer)
			}
		})
	}
}

// Numbers are unique within a merchant, and no merchant sees or ends another's order.
func TestMerchantsDoNotMeet(t *testing.T) {
	w := newWorld(t, strict)
	mine, other := w.created(), w.client(second)
	theirs := w.order(second)
	if _, err := other.Query(t.Context(), theirs); !errors.Is(err, payment.ErrAbsent) {
		t.Errorf("query of the other's number = %v", err)
	}
	if err := other.Close(t.Context(), theirs); err != nil {
		t.Errorf("close of what does not exist = %v", err)
	}
	if _, err := other.Prepay(t.Context(), theirs); err != nil {
		t.Errorf("create under the other's number = %v", err)
	}
	if err := w.sim.Pay(mine.No); err != nil {
		t.Fatal(err)
	}
	if r, err := w.gate.Query(t.Context(), mine); err != nil || r.State != payment.TradeSuccess {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := other.Query(t.Context(), theirs); err != nil || r.State != payment.TradeNotPaid {
		t.Errorf("%+v, %v", r, err)
	}
	if n := len(w.sim.Orders()); n != 2 {
		t.Errorf("%d orders", n)
	}
}

func TestTheSameNumberAgain(t *testing.T) {
	spaced := func(o *payment.Order) { o.Body = append(o.Body, ' ') }
	dearer := func(o *payment.Order) { o.Body = bytes.Replace(o.Body, []byte(`"total":1`), []byte(`"total":2`), 1) }
	same := func(*payment.Order) {}
	pay := func(s *wechatsim.Sim, no string) error { return s.Pay(no) }
	shut := func(s *wechatsim.Sim, no string) error { return s.CloseByPlatform(no) }
	nothing := func(*wechatsim.Sim, string) error { return nil }
	tests := map[string]struct {
		guesses wechatsim.Guesses
		change  func(*payment.Order)
		happens func(*wechatsim.Sim, string) error
		status  int // 0: a fresh code
		code    string
	}{
		"same":                  {wechatsim.Guesses{}, same, nothing, 0, ""},
		"dearer":                {wechatsim.Guesses{}, dearer, nothing, 400, "INVALID_REQUEST"},
		"dearer, guess":         {wechatsim.Guesses{DuplicateIsUsed: true}, dearer, nothing, 403, "OUT_TRADE_NO_USED"},
		"other bytes":           {wechatsim.Guesses{}, spaced, nothing, 400, "INVALID_REQUEST"},
		"other bytes, guess":    {wechatsim.Guesses{CompareValues: true}, spaced, nothing, 0, ""},
		"dearer, by values":     {wechatsim.Guesses{CompareValues: true}, dearer, nothing, 400, "INVALID_REQUEST"},
		"paid":                  {wechatsim.Guesses{}, same, pay, 400, "ORDERPAID"},
		"closed":                {wechatsim.Guesses{}, same, shut, 400, "ORDER_CLOSED"},
		"closed, guess":         {wechatsim.Guesses{ClosedIsInvalid: true}, same, shut, 400, "INVALID_REQUEST"},
		"closed and dearer":     {wechatsim.Guesses{}, dearer, shut, 400, "ORDER_CLOSED"},
		"paid and dearer, used": {wechatsim.Guesses{DuplicateIsUsed: true}, dearer, pay, 400, "ORDERPAID"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, wechatsim.Options{Guesses: tt.guesses})
			o := w.created()
			was, _ := w.sim.Order(o.No)
			if err := tt.happens(w.sim, o.No); err != nil {
				t.Fatal(err)
			}
			tt.change(&o)
			url, err := w.gate.Prepay(t.Context(), o)
			if tt.status == 0 {
				if err != nil || url == was.CodeURL {
					t.Errorf("create again = %q, %v", url, err)
				}
				for _, code := range []string{was.CodeURL, url} {
					if got, err := w.sim.Scan(code); err != nil || got.No != o.No {
						t.Errorf("scan %s = %+v, %v", code, got, err)
					}
				}
				return
			}
			w.expect("create again", err, tt.status, tt.code)
			if now, _ := w.sim.Order(o.No); now.Total != was.Total || now.Creates != 1 {
				t.Errorf("changed to %+v", now)
			}
		})
	}
}

// inBubble runs fn in virtual time.
func inBubble(t *testing.T, o wechatsim.Options, fn func(w *world)) {
	t.Helper()
	keys() // outside of the bubble: it takes real time
	synctest.Test(t, func(t *testing.T) { fn(newWorld(t, o)) })
}

func TestExpiryBothWays(t *testing.T) {
	for closes, want := range map[bool]payment.TradeState{false: payment.TradeNotPaid, true: payment.TradeClosed} {
		inBubble(t, wechatsim.Options{Guesses: wechatsim.Guesses{ClosesAtExpiry: closes}}, func(w *world) {
			o := w.created()
			time.Sleep(5*time.Minute + time.Second)
			if err := w.sim.Pay(o.No); err == nil {
				w.Errorf("closes %t: paid after time_expire", closes)
			}
			if r, err := w.gate.Query(w.Context(), o); err != nil || r.State != want {
				w.Errorf("closes %t: query = %+v, %v, want %s", closes, r, err, want)
			}
			if _, err := w.gate.Prepay(w.Context(), o); !errors.Is(err, payment.ErrNumberTaken) {
				w.Errorf("closes %t: create again = %v", closes, err)
			}
		})
	}
}

func TestTimeExpireIsMovedIntoItsLimits(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		10 * time.Second: time.Minute, 5 * time.Minute: 5 * time.Minute, 100 * 24 * time.Hour: 90 * 24 * time.Hour,
	} {
		inBubble(t, strict, func(w *world) {
			o := w.order(first)
			o.Expires = time.Now().Add(asked)
			o.Body, _ = w.gate.Compose(o)
			if _, err := w.gate.Prepay(w.Context(), o); err != nil {
				w.Fatal(err)
			}
			if got, _ := w.sim.Order(o.No); time.Until(got.Expires) != want {
				w.Errorf("%v became %v, want %v", asked, time.Until(got.Expires), want)
			}
		})
	}
}

func TestPastExpiryBothWays(t *testing.T) {
	for raised, want := range map[bool]error{false: payment.ErrNumberTaken, true: nil} {
		inBubble(t, wechatsim.Options{Guesses: wechatsim.Guesses{PastExpireRaised: raised}}, func(w *world) {
			o := w.order(first)
			time.Sleep(10 * time.Minute)
			if _, err := w.gate.Prepay(w.Context(), o); !errors.Is(err, want) {
				w.Errorf("raised %t: create = %v, want %v", raised, err, want)
			}
		})
	}
}

func TestZonesBothWays(t *testing.T) {
	for anyZone, want := range map[bool]error{false: payment.ErrRefused, true: nil} {
		w := newWorld(t, wechatsim.Options{Guesses: wechatsim.Guesses{AnyZone: anyZone}})
		o := w.order(first)
		at := o.Expires.In(payment.China).Format(time.RFC3339)
		o.Body = bytes.Replace(o.Body, []byte(at), []byte(o.Expires.UTC().Format(time.RFC3339)), 1)
		if _, err := w.gate.Prepay(t.Context(), o); !errors.Is(err, want) {
			t.Errorf("any zone %t: create = %v, want %v", anyZone, err, want)
		}
		if got, ok := w.sim.Order(o.No); ok && !got.Expires.Equal(o.Expires.Truncate(time.Second)) {
			t.Errorf("any zone %t: expires %v, want %v", anyZone, got.Expires, o.Expires)
		}
	}
}

func TestCodesLiveTwoHours(t *testing.T) {
	inBubble(t, strict, func(w *world) {
		o := w.order(first)
		o.Expires = time.Now().Add(24 * time.Hour)
		o.Body, _ = w.gate.Compose(o)
		old, err := w.gate.Prepay(w.Context(), o)
		if err != nil {
			w.Fatal(err)
		}
		time.Sleep(2*time.Hour + time.Second)
		if _, err := w.sim.Scan(old); !errors.Is(err, wechatsim.ErrExpired) {
			w.Errorf("scan of the old code = %v", err)
		}
		if err := w.sim.Pay(o.No); !errors.Is(err, wechatsim.ErrExpired) {
			w.Errorf("pay by the old code = %v", err)
		}
		if _, err := w.gate.Prepay(w.Context(), o); err != nil {
			w.Fatal(err)
		}
		if err := w.sim.Pay(o.No); err != nil {
			w.Errorf("pay by a fresh code = %v", err)
		}
	})
}

func TestRateLimit(t *testing.T) {
	inBubble(t, wechatsim.Options{PerSecond: 3}, func(w *world) {
		o := w.created()
		for i := range 4 {
			_, err := w.gate.Query(w.Context(), o)
			if throttled := errors.Is(err, payment.ErrThrottled); throttled != (i >= 2) {
				w.Errorf("call %d of the second = %v", i+2, err)
			}
		}
		if _, err := w.client(second).Query(w.Context(), w.order(second)); !errors.Is(err, payment.ErrAbsent) {
			w.Errorf("the other merchant = %v", err)
		}
		time.Sleep(time.Second)
		if _, err := w.gate.Query(w.Context(), o); err != nil {
			w.Errorf("a second later = %v", err)
		}
	})
}

func TestWhatPayerAndPlatformCannotDo(t *testing.T) {
	w := newWorld(t, strict)
	o := w.created()
	sim, changed := w.sim, w.sim.Changed()
	steps := []struct {
		name string
		do   func() error
		want error
	}{
		{"pay nothing", func() error { return sim.Pay("NOSUCHORDER") }, wechatsim.ErrNoOrder},
		{"scan nothing", func() error { _, err := sim.Scan("weixin://x"); return err }, wechatsim.ErrNoOrder},
		{"refund before it is paid", func() error { return sim.RefundOutside(o.No) }, wechatsim.ErrNotPaid},
		{"pay", func() error { return sim.PayDifferently(o.No, func(o *wechatsim.Order) { o.PaidTotal = 7 }) }, nil},
		{"pay twice", func() error { return sim.Pay(o.No) }, wechatsim.ErrPaid},
		{"pay differently twice", func() error {
			return sim.PayDifferently(o.No,
				func(o *wechatsim.Order) { o.PaidTotal = 8 })
		}, wechatsim.ErrPaid},
		{"close what is paid", func() error { return sim.CloseByPlatform(o.No) }, wechatsim.ErrPaid},
		{"refund", func() error { return sim.RefundOutside(o.No) }, nil},
		{"pay what was refunded", func() error { return sim.Pay(o.No) }, wechatsim.ErrPaid},
	}
	for _, s := range steps {
		if err := s.do(); !errors.Is(err, s.want) {
			t.Errorf("%s = %v, want %v", s.name, err, s.want)
		}
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was told of the change")
	}
	if got, _ := sim.Order(o.No); got.State != wechatsim.Refund || got.PaidTotal != 7 || got.TransactionID == "" {
		t.Errorf("%+v", got)
	}
	if _, ok := sim.Order("NOSUCHORDER"); ok {
		t.Error("found an order that does not exist")
	}
}

// A client whose answer is lost sees a broken connection, by socket too.
func TestOverASocket(t *testing.T) {
	w := newWorld(t, strict)
	server := httptest.NewServer(w.sim)
	defer server.Close()
	g, err := wechat.New(wechat.Config{Hosts: []string{server.URL}, Accounts: []wechat.Account{{
		Merchant: first, MerchantSerial: serial, PrivateKey: keys()[0], PublicKeyID: w.sim.PublicKeyID(),
		PublicKey: w.sim.PublicKey(), NotifyURL: "https://court.example/n",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	o := w.order(first)
	w.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Lost: true} })
	if _, err := g.Prepay(t.Context(), o); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("create = %v", err)
	}
	w.sim.Inject(nil)
	if r, err := g.Query(t.Context(), o); err != nil || r.State != payment.TradeNotPaid {
		t.Errorf("query = %+v, %v", r, err)
	}
}

// A demo that runs for weeks does not fill the memory with what it remembers of calls.
func TestMemoryOfCallsIsBounded(t *testing.T) {
	w := newWorld(t, strict)
	for range 25_000 {
		w.sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v3/certificates", nil))
	}
	if n := len(w.sim.Calls()); n > 10_000 || n < 5000 {
		t.Errorf("remembers %d calls", n)
	}
}
