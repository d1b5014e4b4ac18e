package lives

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// slowList notes when each request leaves, and lets that for certificates take long.
type slowList struct {
	http.RoundTripper
	mu   sync.Mutex
	left []time.Time
}

func (s *slowList) RoundTrip(q *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.left = append(s.left, time.Now())
	s.mu.Unlock()
	if strings.HasSuffix(q.URL.Path, "/certificates") {
		time.Sleep(2900 * time.Millisecond)
	}
	return s.RoundTripper.RoundTrip(q)
}

// Calls whose turns came one after the other wait for one list of certificates, and do not leave together once it is
// there: the first one of a day, with what the night has left behind.
func TestNoHerdAfterCertificates(t *testing.T) {
	key, serial, secret := merchantKey(), strings.Repeat("A", 40), strings.Repeat("k", 32)
	synctest.Test(t, func(t *testing.T) {
		m := payment.Merchant{MchID: "1900000001", AppID: "wx1"}
		sim, err := wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{{MchID: m.MchID, AppID: m.AppID,
			Serial: serial, PublicKey: &key.PublicKey, APIv3Key: secret}}, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		road := &slowList{RoundTripper: sim.Transport()}
		g, err := wechat.New(wechat.Config{Transport: road, Accounts: []wechat.Account{{Merchant: m,
			MerchantSerial: serial, PrivateKey: key, APIv3Key: secret, NotifyURL: "https://court.example/n"}}})
		if err != nil {
			t.Fatal(err)
		}
		c := payment.NewCashier(payment.Desk{
			Ledger:  ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "one"}),
			Gateway: g, Log: slog.New(slog.DiscardHandler), Kiosk: "03", PayWithin: 5 * time.Minute,
		})
		if err := c.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		for i := range 24 {
			s, err := c.Take(t.Context(), payment.Request{Merchant: m, Amount: 270000, Title: "案件受理费",
				Key: payment.Key{Court: "京0101", Purse: "litigation", Bill: fmt.Sprint("bill ", i)}})
			if err != nil {
				t.Fatal(err)
			}
			if i < 12 {
				_, leave := s.Watch()
				defer leave()
			}
		}
		time.Sleep(time.Minute)
		road.mu.Lock()
		defer road.mu.Unlock()
		if len(road.left) < 24 {
			t.Errorf("%d requests", len(road.left))
		}
		for i := payment.KioskCalls; i < len(road.left); i++ {
			if d := road.left[i].Sub(road.left[i-payment.KioskCalls]); d < time.Second {
				t.Fatalf("%d requests within %v", payment.KioskCalls+1, d)
			}
		}
	})
}
