package lives

import (
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// The same lives as elsewhere, with nothing modelled: the bbolt file, the SDK with its signatures, the strict
// simulator.

var merchantKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

type real struct {
	sim     *wechatsim.Sim
	ledger  *bolt.Ledger
	cashier *payment.Cashier
	request payment.Request
	log     *record
}

// A record is a log that is read while it is written.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func inReal(t *testing.T, live func(t *testing.T, r real)) {
	key := merchantKey()
	synctest.Test(t, func(t *testing.T) {
		m := payment.Merchant{MchID: "1900000001", AppID: "wx1"}
		serial := strings.Repeat("A", 40)
		sim, err := wechatsim.New(wechatsim.Options{Merchants: []wechatsim.Merchant{{MchID: m.MchID, AppID: m.AppID,
			Serial: serial, PublicKey: &key.PublicKey}}, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		g, err := wechat.New(wechat.Config{Transport: sim.Transport(), Accounts: []wechat.Account{{
			Merchant: m, MerchantSerial: serial, PrivateKey: key, PublicKeyID: sim.PublicKeyID(),
			PublicKey: sim.PublicKey(), NotifyURL: "https://court.example/n",
		}}})
		if err != nil {
			t.Fatal(err)
		}
		l, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"),
			payment.Identity{Court: "京0101", Environment: "test"}, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		log := new(record)
		c := payment.NewCashier(payment.Desk{Ledger: l, Gateway: g, Log: slog.New(slog.NewTextHandler(log, nil)),
			Kiosk: "03", PayWithin: 5 * time.Minute})
		if err := c.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		live(t, real{sim, l, c, payment.Request{
			Key: payment.Key{Court: "京0101", Purse: "litigation", Bill: t.Name()}, Merchant: m, Amount: 270000,
			Title: "案件受理费",
			Owed:  []string{"receipt"}, OwedTwin: []string{"receipt"},
		}, log})
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

// until waits for news of a state, in virtual time.
func (r real) until(t *testing.T, s payment.Followed, want payment.State) payment.Order {
	t.Helper()
	news, stop := s.Watch()
	defer stop()
	deadline := time.After(20 * time.Minute)
	for {
		select {
		case n := <-news:
			if n.Order.State == want {
				return n.Order
			}
		case <-deadline:
			t.Fatalf("never %s, but %+v", want, s.News())
		}
	}
}

func TestRealPayment(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		paid := r.until(t, s, payment.Paid)
		owed, err := r.ledger.Effects(t.Context(), o.No)
		if err != nil || len(owed) != 1 || paid.Sequence != 1 {
			t.Errorf("paid %+v owes %+v, %v", paid, owed, err)
		}
	})
}

// Every answer is lost for a minute, though every request has its effect.
func TestRealLostAnswers(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		from := time.Now()
		r.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Lost: time.Since(from) < time.Minute}
		})
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if sim, _ := r.sim.Order(o.No); sim.Creates < 2 {
			t.Errorf("%d creates", sim.Creates)
		}
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		r.until(t, s, payment.Paid)
	})
}

// The payer is quicker than the close that a cancel asks for.
func TestRealCancelLosesTheRace(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			if c.Op == "close" {
				if err := r.sim.Pay(o.No); err != nil && err != wechatsim.ErrPaid {
					t.Error(err)
				}
			}
			return nil
		})
		if err := s.Cancel(t.Context(), payment.Wish{Source: payment.ByVisit}); err != nil {
			t.Fatal(err)
		}
		if paid := r.until(t, s, payment.Paid); paid.Oddity != payment.WhileClosing {
			t.Errorf("oddity %q", paid.Oddity)
		}
	})
}

// One of the two hosts answers rubbish: first that which is asked, before the code, then the other, after the payment.
func TestRealRubbishInPlaceOfAHost(t *testing.T) {
	for name, rubbish := range map[string]wechatsim.Fault{
		"500": {Before: true, Status: 500}, "504": {Before: true, HTML: true, Status: 504},
		"portal":   {Before: true, HTML: true},
		"redirect": {Before: true, Status: 302, Location: "https://portal.example"},
		"unsigned": {BadSignature: true},
	} {
		t.Run(name, func(t *testing.T) {
			inReal(t, func(t *testing.T, r real) {
				spoil := func(host string) {
					r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
						if c.Host != host {
							return nil
						}
						return &rubbish
					})
				}
				spoil("api.mch.weixin.qq.com")
				start := time.Now()
				s, err := r.cashier.Take(t.Context(), r.request)
				if err != nil {
					t.Fatal(err)
				}
				o := r.until(t, s, payment.Waiting)
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("the code came after %v", took)
				}
				spoil("api2.mch.weixin.qq.com")
				if err := r.sim.Pay(o.No); err != nil {
					t.Fatal(err)
				}
				start = time.Now()
				r.until(t, s, payment.Paid)
				if took := time.Since(start); took > 10*time.Second {
					t.Errorf("the payment was known after %v", took)
				}
			})
		})
	}
}
