package wechat_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"sync"
	"testing"
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
		Merchants: []wechatsim.Merchant{{MchID: merchant.MchID, AppID: merchant.AppID, Serial: strings.Repeat("A", 40),
			PublicKey: &keys()[0].PublicKey, APIv3Key: apiv3}},
		Key: keys()[1], Guesses: g,
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
	g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Hosts: []string{"https://one.example"},
		Transport: sim.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return g
}

// inCertificateMode takes the public key away and gives the APIv3 key instead.
func inCertificateMode(a *wechat.Account) { a.PublicKey, a.PublicKeyID, a.APIv3Key = nil, "", apiv3 }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// always is the same fault for every request.
func always(f wechatsim.Fault) func(wechatsim.Call) *wechatsim.Fault {
	return func(wechatsim.Call) *wechatsim.Fault { return &f }
}

func order(t testing.TB, g *wechat.Gateway) payment.Order {
	t.Helper()
	key := payment.Key{Court: "京0101", Purse: "litigation", Bill: t.Name()}
	o := payment.Order{
		No: key.Number(merchant, 1), Key: key, Attempt: 1, Merchant: merchant, Attach: "03/INSTANCE", Amount: 270000,
		Title: "北京市东城区人民法院 案件受理费", Expires: time.Now().Add(5 * time.Minute), PayWithin: 5 * time.Minute,
		State: payment.Created,
	}
	body, err := g.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Body = body
	return o
}
