package payment_test

import (
	"fmt"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// modelled plays a life with models: the real sessions and rules, a ledger in memory, WeChat as a table. Thousands a second.
func modelled(l *life) (bank, parts) {
	o := newOffice()
	o.silent, o.raises = true, l.plan.Raises
	if l.plan.Lazy {
		o.lazy = 40 * time.Second
	}
	b := &modelBank{o}
	o.fault = func(c call) fault { return l.fault(c) }
	return b, parts{
		open: func(l *life, k *kiosk, lost bool) (payment.Ledger, error) {
			if k.disk == nil || lost {
				k.installed++
				k.disk = ledgertest.NewMemory(payment.Identity{
					Court: "京0101", Environment: "test", Instance: fmt.Sprintf("%s-%d", k.name, k.installed),
				})
			}
			return k.disk.(*ledgertest.Memory), nil
		},
		backup:  func(k *kiosk) error { k.copied = k.disk.(*ledgertest.Memory).Copy(); return nil },
		restore: func(k *kiosk) error { k.disk = k.copied.(*ledgertest.Memory).Copy(); return nil },
		gateway: func(*life, *kiosk) payment.Gateway {
			return &gate{office: o, also: []payment.Merchant{{MchID: otherMchID, AppID: merchant.AppID}}}
		},
		verify: func(payment.Ledger) []string { return nil },
		close:  func(*life) {},
	}
}

// fault is what happens to a call of one of the life's kiosks.
func (l *life) fault(c call) fault {
	if c.from == "" {
		return fault{wait: time.Second} // a probe
	}
	k := l.caller(c.from)
	x := fault{wait: l.delay(c)}
	if k.dark.Load() {
		x.err = fmt.Errorf("%w: network is unreachable", payment.ErrUnknown)
		return x
	}
	f, ok := k.flawed()
	if !ok {
		return x
	}
	l.note("kiosk %s has flaw %d", k.name, f)
	unknown := fmt.Errorf("%w: flaw %d", payment.ErrUnknown, f)
	switch f {
	case lostRequest, badGateway:
		x.err = unknown
	case lateEffect:
		x.err, x.late = unknown, time.Duration(1+c.at.Nanosecond()%400)*time.Second
	case slow:
		x.wait += 4 * time.Second
	case throttled:
		x.err = payment.ErrThrottled
	case anothers:
		x.other = true
	case refused:
		x.err = payment.ErrRefused
	case denied:
		x.err = payment.ErrUnauthorized
	default:
		x.err, x.arrived = unknown, true
	}
	return x
}

// caller returns the kiosk that an attach names.
func (l *life) caller(attach string) *kiosk {
	for _, k := range l.kiosks {
		if len(attach) > 2 && attach[:2] == k.name {
			return k
		}
	}
	panic("a call of nobody: " + attach)
}

type modelBank struct{ *office }

func (b *modelBank) pay(m payment.Merchant, no string) bool { return b.office.pay(tradeID(m, no)) }

func (b *modelBank) payOddly(m payment.Merchant, no string, how int) bool {
	return b.pay(m, no) && b.change(tradeID(m, no), func(t *trade) bool { return t.distort(how) })
}

// distort makes a paid trade say what WeChat never should.
func (t *trade) distort(how int) bool {
	switch how % 4 {
	case 0:
		t.paid--
	case 1:
		t.paid++
	case 2:
		t.appid = "wx0000000000000009"
	case 3:
		t.currency = "USD"
	}
	return true
}

func (b *modelBank) refund(m payment.Merchant, no string) bool {
	return b.change(tradeID(m, no), func(t *trade) bool {
		if t.state != payment.TradeSuccess {
			return false
		}
		t.state = payment.TradeRefund
		return true
	})
}

func (b *modelBank) lie(o payment.Order, attach string, how int) bool {
	id := tradeID(o.Merchant, o.No)
	b.mu.Lock()
	if b.trades[id] == nil {
		o.Attach = attach
		b.trades[id] = &trade{order: o, state: payment.TradeClosed}
	}
	b.mu.Unlock()
	return b.change(id, func(t *trade) bool {
		if t.state != payment.TradeClosed {
			return false
		}
		t.state, t.paid, t.at = payment.TradeSuccess, t.order.Amount, time.Now()
		switch how {
		case 5:
			t.state = payment.TradeRefund
		case 6:
			t.distort(how)
		}
		return true
	})
}
