package lives

import (
	"fmt"
	"strings"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// Modelled plays a life with models: the real sessions and rules, a ledger in memory, WeChat as a table. Thousands a
// second.
func Modelled(l *Life) (bank, parts) {
	o := gatewaytest.New()
	o.Silent, o.Raises = true, l.plan.Raises
	if l.plan.Lazy {
		o.Lazy = 40 * time.Second
	}
	b := &modelBank{o}
	o.Fails(l.fault)
	if l.plan.Shared {
		l.shared = ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "shared"})
		l.shared.Deaf = func() bool { return time.Now().UnixNano() < l.deaf.Load() }
		l.shared.SweptNever = l.mistake != nil && l.mistake.trusts
	}
	return b, parts{
		open: func(l *Life, k *kiosk, lost bool) (payment.Ledger, error) {
			if l.shared != nil {
				return l.shared, nil
			}
			if k.disk == nil || lost {
				k.install()
				k.mark = ledgertest.Mark{}
				k.disk = ledgertest.NewMemory(payment.Identity{
					Court: "京0101", Environment: "test", Instance: fmt.Sprintf("%s-%d", k.name, k.installed),
				})
			}
			return openCompared(k, k.disk.(*ledgertest.Memory)), nil
		},
		rebind:  rebindModel,
		copy:    func(from, to *kiosk) error { to.disk = from.disk.(*ledgertest.Memory).Copy(); return nil },
		unmark:  func(k *kiosk) error { k.mark = ledgertest.Mark{}; return nil },
		backup:  func(k *kiosk) error { k.copied = k.disk.(*ledgertest.Memory).Copy(); return nil },
		restore: func(k *kiosk) error { k.disk = k.copied.(*ledgertest.Memory).Copy(); return nil },
		gateway: func(l *Life, k *kiosk) (payment.Gateway, payment.Refunder) {
			g := &gatewaytest.Gate{Office: o, Also: []payment.Merchant{{MchID: otherMchID, AppID: merchant.AppID}}}
			if l.plan.Shared {
				g.From = k.name // any of them asks about an order
			}
			back := *g
			back.From = k.name // no attach names it in a refund
			return g, &back
		},
		verify: func(payment.Ledger) []string { return nil },
		close:  func(*Life) {},
	}
}

// fault is what happens to a call of one of the life's kiosks.
func (l *Life) fault(c gatewaytest.Call) gatewaytest.Fault {
	if c.From == "" {
		return gatewaytest.Fault{Wait: time.Second} // a probe
	}
	k := l.caller(c.From)
	x := gatewaytest.Fault{Wait: l.delay(c)}
	if k.dark.Load() {
		x.Err = fmt.Errorf("%w: network is unreachable", payment.ErrUnknown)
		return x
	}
	f, ok := k.flawed()
	if !ok {
		return x
	}
	l.note("kiosk %s has flaw %d", k.name, f)
	l.uneasy()
	unknown := fmt.Errorf("%w: flaw %d", payment.ErrUnknown, f)
	switch f {
	case lostRequest, badGateway:
		x.Err = unknown
	case lateEffect:
		x.Err, x.Late = unknown, time.Duration(1+c.At.Nanosecond()%400)*time.Second
	case slow:
		x.Wait += 4 * time.Second
	case throttled:
		x.Err = patience(time.Duration(c.At.Nanosecond()%100) * time.Second)
	case anothers:
		x.Other = true
	case refused:
		x.Err = payment.ErrRefused
	case denied:
		x.Err = payment.ErrUnauthorized
	default:
		x.Err, x.Arrived = unknown, true
	}
	return x
}

// A patience is a 429, and for how long it asks.
type patience time.Duration

func (p patience) Error() string             { return payment.ErrThrottled.Error() }
func (p patience) Unwrap() error             { return payment.ErrThrottled }
func (p patience) RetryAfter() time.Duration { return time.Duration(p) }

// caller returns the kiosk that an attach, or a gate, names.
func (l *Life) caller(attach string) *kiosk {
	if k := l.asker(attach); k != nil {
		return k
	}
	for _, k := range l.kiosks {
		if strings.HasPrefix(attach, k.name) {
			return k
		}
	}
	panic("a call of nobody: " + attach)
}

type modelBank struct{ *gatewaytest.Office }

func (b *modelBank) deals() []deal {
	var list []deal
	for _, t := range b.Trades() {
		list = append(list, traded(t))
	}
	return list
}

func (b *modelBank) deal(m payment.Merchant, no string) (deal, bool) {
	t, known := b.Trade(gatewaytest.TradeID(m, no))
	if !known {
		return deal{}, false
	}
	return traded(t), true
}

func traded(t gatewaytest.Trade) deal {
	return deal{
		Merchant: t.Order.Merchant, No: t.Order.No, Attach: t.Order.Attach, Paid: t.Paid, State: t.State,
		Right: t.AppID == "" && t.Currency == "", Transaction: t.Transaction(), Body: string(t.Order.Body),
	}
}

func (b *modelBank) pay(m payment.Merchant, no string) bool {
	return b.Office.Pay(gatewaytest.TradeID(m, no))
}

func (b *modelBank) payOddly(m payment.Merchant, no string, how int) bool {
	return b.pay(m, no) && b.Change(gatewaytest.TradeID(m, no),
		func(t *gatewaytest.Trade) bool { return distort(t, how) })
}

// distort makes a paid trade say what WeChat never should.
func distort(t *gatewaytest.Trade, how int) bool {
	switch how % 4 {
	case 0:
		t.Paid--
	case 1:
		t.Paid++
	case 2:
		t.AppID = "wx0000000000000009"
	case 3:
		t.Currency = "USD"
	}
	return true
}

func (b *modelBank) refund(m payment.Merchant, no string, sum payment.Fen) bool {
	return b.RefundOutside(gatewaytest.TradeID(m, no), sum)
}

func (b *modelBank) backs() (list []back) {
	for _, x := range b.Backs() {
		list = append(list, back{x.Refund.No, x.Refund.Order, x.Refund.Sum, x.Status})
	}
	return list
}

func (b *modelBank) arrive(no string, end payment.RefundStatus) bool { return b.Arrive(no, end) }

func (b *modelBank) fund(enough bool) { b.Fund(enough) }

func (b *modelBank) lie(o payment.Order, attach string, how int) bool {
	id := gatewaytest.TradeID(o.Merchant, o.No)
	if _, known := b.Trade(id); !known {
		o.Attach = attach
		b.Note(o, payment.TradeClosed)
	}
	return b.Change(id, func(t *gatewaytest.Trade) bool {
		if t.State != payment.TradeClosed {
			return false
		}
		t.State, t.Paid, t.At = payment.TradeSuccess, t.Order.Amount, time.Now()
		switch how {
		case 5:
			t.State = payment.TradeRefund
		case 6:
			distort(t, how)
		}
		return true
	})
}
