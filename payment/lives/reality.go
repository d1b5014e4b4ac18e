package lives

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// Short keys make a life cheap; what they sign is real.
var shortKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return k
})

// Really plays a life with the real things: the bbolt file, the SDK with its signatures, two hosts, the strict
// simulator behind a transport of its own. The ledgers lie in dir.
func Really(dir string) Play {
	return func(l *Life) (bank, parts) {
		key, serial := shortKey(), strings.Repeat("A", 40)
		var known []wechatsim.Merchant
		for _, mchid := range []string{merchant.MchID, otherMchID} {
			known = append(known, wechatsim.Merchant{MchID: mchid, AppID: merchant.AppID, Serial: serial,
				PublicKey: &key.PublicKey})
		}
		sim, err := wechatsim.New(wechatsim.Options{Merchants: known, Key: key, Guesses: wechatsim.Guesses{
			PastExpireRaised: l.plan.Raises, ClosesAtExpiry: l.plan.Lazy, DuplicateIsUsed: l.plan.Bills > 1,
			ClosedIsInvalid: l.plan.Minutes > 2,
		}})
		if err != nil {
			panic(err)
		}
		r := &road{life: l, sim: sim}
		sim.Inject(r.fault)
		return &simBank{sim}, parts{
			open: func(l *Life, k *kiosk, lost bool) (payment.Ledger, error) {
				file := filepath.Join(dir, k.name)
				if k.installed == 0 || lost {
					k.install()
					if err := errors.Join(os.RemoveAll(file), os.RemoveAll(markOf(file))); err != nil {
						return nil, err
					}
				}
				return openMarked(k, file)
			},
			copy: func(from, to *kiosk) error {
				text, err := os.ReadFile(filepath.Join(dir, from.name))
				return errors.Join(err, durable.WriteFile(filepath.Join(dir, to.name), text, 0o600),
					os.RemoveAll(markOf(filepath.Join(dir, to.name))))
			},
			rebind: rebindBolt, counts: true,
			unmark: func(k *kiosk) error { return os.RemoveAll(markOf(filepath.Join(dir, k.name))) },
			backup: func(k *kiosk) error {
				k.copied = filepath.Join(dir, k.name+".backup")
				return k.ledger.(*bolt.Ledger).Backup(context.Background(), k.copied.(string))
			},
			restore: func(k *kiosk) error {
				text, err := os.ReadFile(k.copied.(string))
				if err != nil {
					return err
				}
				return durable.WriteFile(filepath.Join(dir, k.name), text, 0o600)
			},
			gateway: func(l *Life, k *kiosk) (payment.Gateway, payment.Refunder) {
				var accounts []wechat.Account
				for _, m := range known {
					accounts = append(accounts, wechat.Account{
						Merchant: payment.Merchant{MchID: m.MchID, AppID: m.AppID}, MerchantSerial: serial,
						PrivateKey:  key,
						PublicKeyID: sim.PublicKeyID(), PublicKey: sim.PublicKey(),
						NotifyURL: "https://court.example/n",
					})
				}
				g, err := wechat.New(wechat.Config{Accounts: accounts, Transport: r,
					Hosts: []string{"https://" + k.name + ".one", "https://" + k.name + ".two"}})
				if err != nil {
					panic(err)
				}
				return g, g
			},
			verify: func(ledger payment.Ledger) []string {
				found, err := ledger.(*bolt.Ledger).Verify(context.Background())
				if err != nil {
					found = append(found, err.Error())
				}
				return found
			},
			close: func(*Life) {},
		}
	}
}

// road is the way of all kiosks to the simulator; each comes by hosts of its own name.
type road struct {
	life *Life
	sim  *wechatsim.Sim
	mu   sync.Mutex // from the choice of a fault until the simulator has taken it
	next wechatsim.Fault
}

func (r *road) fault(wechatsim.Call) *wechatsim.Fault {
	f := r.next
	r.mu.Unlock()
	return &f
}

var errLost = errors.New("connection reset by peer")

func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	k := r.life.caller(q.URL.Host)
	_, mchid, _ := strings.Cut(q.Header.Get("Authorization"), `mchid="`)
	mchid, _, _ = strings.Cut(mchid, `"`)
	r.life.counted(k, mchid)
	f := wechatsim.Fault{Delay: r.life.delay(gatewaytest.Call{From: q.URL.Host, Op: q.Method, No: q.URL.Path})}
	kind, flawed := k.flawed()
	switch {
	case k.dark.Load():
		f.Before, f.Lost = true, true
	case flawed && kind == lateEffect:
		return nil, r.late(q, time.Duration(1+time.Now().Nanosecond()%400)*time.Second)
	case flawed:
		r.life.note("kiosk %s has flaw %d", k.name, kind)
		f = kind.fault(f)
	}
	return r.send(q, f)
}

func (r *road) send(q *http.Request, f wechatsim.Fault) (*http.Response, error) {
	if err := q.Context().Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.next = f
	return r.sim.Transport().RoundTrip(q)
}

// late lets the request arrive when its sender has long given up.
func (r *road) late(q *http.Request, d time.Duration) error {
	body := []byte(nil)
	if q.Body != nil {
		body, _ = io.ReadAll(q.Body) // from memory
	}
	later := q.Clone(context.Background())
	later.Body = io.NopCloser(bytes.NewReader(body))
	time.AfterFunc(d, func() { _, _ = r.send(later, wechatsim.Fault{}) })
	return errLost
}

// fault is what the simulator makes of a flaw.
func (f flaw) fault(x wechatsim.Fault) wechatsim.Fault {
	switch f {
	case lostRequest:
		x.Before, x.Lost = true, true
	case lostAnswer:
		x.Lost = true
	case slow:
		x.Late = 4 * time.Second
	case throttled:
		x.Before, x.Status, x.Code, x.RetryAfter = true, http.StatusTooManyRequests, "FREQUENCY_LIMITED", "40"
	case serverError:
		x.Status, x.Code = http.StatusInternalServerError, "SYSTEM_ERROR"
	case badGateway:
		x.Before, x.HTML, x.Status = true, true, http.StatusBadGateway
	case page:
		x.HTML = true
	case garbage:
		x.Garbage = true
	case badSignature:
		x.BadSignature = true
	case signTest:
		x.SignTest = true
	case stale:
		x.Stale = -10 * time.Minute
	case anothers:
		x.Distort = func(body map[string]any) {
			if body["out_trade_no"] != nil {
				body["out_trade_no"], body["trade_state"] = "ANOTHERS22222222222222222222222", "SUCCESS"
			}
		}
	case refused:
		x.Before, x.Status, x.Code = true, http.StatusForbidden, "NO_AUTH"
	case denied:
		x.Before, x.Status, x.Code = true, http.StatusUnauthorized, "SIGN_ERROR"
	}
	return x
}

// simBank is the simulator as it truly is. It never breaks its word.
type simBank struct{ sim *wechatsim.Sim }

func (b *simBank) deals() []deal {
	var list []deal
	for _, o := range b.sim.Orders() {
		list = append(list, dealOf(o))
	}
	return list
}

func dealOf(o wechatsim.Order) deal {
	d := deal{
		Merchant: payment.Merchant{MchID: o.MchID, AppID: merchant.AppID}, No: o.No, Attach: o.Attach,
		Paid:  payment.Fen(o.PaidTotal),
		State: payment.TradeState(o.State), Transaction: o.TransactionID, Right: o.AppID == merchant.AppID &&
			o.Currency == "CNY",
	}
	return d
}

func (b *simBank) deal(_ payment.Merchant, no string) (deal, bool) {
	o, ok := b.sim.Order(no)
	return dealOf(o), ok
}

func (b *simBank) pay(_ payment.Merchant, no string) bool { return b.sim.Pay(no) == nil }

func (b *simBank) payOddly(_ payment.Merchant, no string, how int) bool {
	return b.sim.PayDifferently(no, func(o *wechatsim.Order) {
		switch how % 4 {
		case 0:
			o.PaidTotal--
		case 1:
			o.PaidTotal++
		case 2:
			o.AppID = "wx0000000000000009"
		case 3:
			o.Currency = "USD"
		}
	}) == nil
}

func (b *simBank) refund(_ payment.Merchant, no string, sum payment.Fen) bool {
	return b.sim.RefundPartOutside(no, int64(sum)) == nil
}

func (b *simBank) backs() (list []back) {
	for _, r := range b.sim.Refunds() {
		list = append(list, back{r.No, r.Order, payment.Fen(r.Sum), payment.RefundStatus(r.State)})
	}
	return list
}

func (b *simBank) arrive(no string, end payment.RefundStatus) bool {
	return b.sim.Arrive(no, wechatsim.BackState(end)) == nil
}

func (b *simBank) fund(enough bool) {
	for _, mchid := range []string{merchant.MchID, otherMchID} {
		left := int64(0)
		if enough {
			left = 1 << 50
		}
		b.sim.Fund(mchid, left)
	}
}

func (b *simBank) lie(payment.Order, string, int) bool { return false }
