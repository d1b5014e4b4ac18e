package wechatsim_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// demo is a stand with a client that knows nothing but its files and address, and an order that was created.
func demo(t *testing.T) (s *wechatsim.Stand, page string, o payment.Order) {
	t.Helper()
	s, err := wechatsim.NewStand(t.TempDir(), "某法院 <1>")
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
	t.Cleanup(g.Stop)
	o = payment.Order{No: payment.Key{Bill: t.Name()}.Number(a.Merchant, 1), Merchant: a.Merchant, Amount: 123456,
		Title: "案件受理费", Attach: "03/X", Expires: time.Now().Add(5 * time.Minute)}
	if o.Body, err = g.Compose(o); err != nil {
		t.Fatal(err)
	}
	if page, err = g.Prepay(t.Context(), o); err != nil || page != s.PhonePage(o.No) {
		t.Fatalf("code %q, %v", page, err)
	}
	return s, page, o
}

func read(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
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

func TestThePhonePaysCancelsAndChangesItsMind(t *testing.T) {
	s, page, o := demo(t)
	resp, err := http.Get(page)
	text := read(t, resp, err)
	for _, want := range []string{"<b>演示</b>", "某法院 &lt;1&gt;", "案件受理费", "¥1234.56", ">付款<", ">取消<", ">改变主意<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s:\n%s", want, text)
		}
	}
	for _, step := range []struct {
		button, says string
		state        wechatsim.State
		buttons      bool
	}{
		{"cancel", "已取消", wechatsim.NotPaid, true},
		{"mind", "改变了主意", wechatsim.NotPaid, true},
		{"pay", "支付成功", wechatsim.Success, false},
		{"pay", "已支付", wechatsim.Success, false},
	} {
		resp, err := http.PostForm(page, url.Values{"press": {step.button}})
		text := read(t, resp, err)
		if got, _ := s.Order(o.No); got.State != step.state {
			t.Errorf("%s: state %s", step.button, got.State)
		}
		if !strings.Contains(text, step.says) || !strings.Contains(text, "演示") ||
			strings.Contains(text, "<button") != step.buttons {
			t.Errorf("%s: page %s", step.button, text)
		}
	}
	if err := s.RefundOutside(o.No); err != nil {
		t.Fatal(err)
	}
	resp, err = http.Get(page)
	if text := read(t, resp, err); !strings.Contains(text, "已退款") {
		t.Errorf("after a refund: %s", text)
	}
	resp, err = http.Get(s.PhonePage("NOSUCHORDER"))
	if read(t, resp, err); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an order that does not exist is answered %d", resp.StatusCode)
	}
}

func TestThePhoneOfAClosedOrder(t *testing.T) {
	s, page, o := demo(t)
	if err := s.CloseByPlatform(o.No); err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(page, url.Values{"press": {"pay"}})
	if text := read(t, resp, err); !strings.Contains(text, "订单已关闭") || strings.Contains(text, "<button") {
		t.Errorf("page %s", text)
	}
}

func TestStandNeedsItsFolder(t *testing.T) {
	if s, err := wechatsim.NewStand(t.TempDir()+"/nowhere", "某法院"); err == nil {
		s.Close()
		t.Error("a stand without a folder")
	}
}
