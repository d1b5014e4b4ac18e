package lives

import (
	"context"
	"errors"
	"slices"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// Money that comes back outside of the program: the merchant's people give back all or a part, at once or later, and
// WeChat says REFUND and no sum. How much it was is known to the life, and to a clerk who says it.

// giveBack is the merchant's people giving money back: all, a part, or the rest of what was given back before.
func (l *Life) giveBack(n int) {
	l.any(n, func(d deal) bool {
		id := gatewaytest.TradeID(d.Merchant, d.No)
		before, most := l.back[id], d.Paid-l.ours(d.No, false)
		if !d.taken() || before >= most {
			return false
		}
		sum := most
		if before == 0 && n%3 == 0 {
			sum = min(most, d.Paid/3)
		}
		if !l.bank.refund(d.Merchant, d.No, sum) {
			return false
		}
		l.back[id] = sum
		l.note("%s of %s given back", l.back[id], d.No[:6])
		return true
	})
}

// cameBack is how much truly came back of an order.
func (l *Life) cameBack(o payment.Order) payment.Fen {
	return l.back[gatewaytest.TradeID(o.Merchant, o.No)] + l.ours(o.No, true)
}

// gaveAllBack reports whether all that was taken for a deal came back.
func (l *Life) gaveAllBack(d deal) bool {
	return d.taken() && l.back[gatewaytest.TradeID(d.Merchant, d.No)]+l.ours(d.No, true) >= d.Paid
}

// sayReturned is a clerk who says truly how much came back.
func (k *kiosk) sayReturned(n int) {
	o, ok := k.pick(n, func(o payment.Order) bool { return k.life.cameBack(o) > 0 })
	if !ok || !k.on() {
		return
	}
	d, _ := k.life.bank.deal(o.Merchant, o.No)
	b := payment.Back{All: k.life.gaveAllBack(d), Part: k.life.cameBack(o), Reason: "given back",
		By: payment.By{Person: "1"}}
	o, err := k.cashier.Return(context.Background(), o.No, b)
	k.life.note("kiosk %s hears of %s given back: %+v, %v", k.name, b.Part, o.Returned, err)
}

// tellBack tells the court what came back of the payments that it knows of.
func (k *kiosk) tellBack(ctx context.Context, t *tape, hand payment.Hand) {
	pieces, err := k.ledger.ClaimWork(ctx, "back", hand.Holder, most, time.Now(), time.Now().Add(30*time.Second))
	if err != nil && !errors.Is(err, payment.ErrUnsure) {
		k.life.breaks("claim reports of what came back: %v", err)
	}
	for _, p := range pieces {
		if k.work(p.Order.No, "report") != payment.Done || k.life.court.down {
			continue
		}
		tell := func(payment.Effect) (string, error) { return k.life.heardBack(p.Order) }
		err := payment.Deliver(ctx, t, p.Order.No, "back", hand, tell, payment.Owed, payment.Doubtful)
		if err == nil {
			_, err = t.Update(ctx, p.Order.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
				return o.Told(p.Order), nil
			})
		}
		k.life.note("kiosk %s reports %s of %s back: %v", k.name, p.Order.Returned.Sum, p.Order.No[:6], err)
	}
}

// heardBack: the court hears what came back, and it is so.
func (l *Life) heardBack(o payment.Order) (string, error) {
	if o.Returned.Sum < 1 || o.Returned.Sum > l.cameBack(o) {
		l.breaks("the court hears of %s of %s back, which is %s", o.Returned.Sum, o.No, l.cameBack(o))
	}
	if l.court.booked[o.Key.Bill] == o.TransactionID && o.Returned.All() {
		delete(l.court.booked, o.Key.Bill)
	}
	return "known", nil
}

// work is how a piece of an order's work stands.
func (k *kiosk) work(no, kind string) payment.EffectState {
	effects, err := k.ledger.Effects(context.Background(), no)
	if err != nil {
		k.life.breaks("effects: %v", err)
	}
	i := slices.IndexFunc(effects, func(e payment.Effect) bool { return e.Kind == kind })
	if i < 0 {
		return ""
	}
	return effects[i].State
}

// returned: nobody says that more came back than did, and what WeChat has said of it is held and in a clerk's hands.
func (l *Life) returned(k *kiosk) {
	k.pick(0, func(o payment.Order) bool {
		d, _ := l.bank.deal(o.Merchant, o.No)
		r := o.Returned
		lied := l.lied[gatewaytest.TradeID(o.Merchant, o.No)]
		switch {
		case lied:
		case r.Some() && d.State != payment.TradeRefund, r.Sum > l.cameBack(o), r.All() && !l.gaveAllBack(d):
			l.breaks("kiosk %s says %+v of %s came back, %s did", k.name, r, o.No, l.cameBack(o))
		case o.State != payment.Paid || r.State != payment.SomeReturned:
		case k.work(o.No, payment.AttentionRefund) == payment.Done, k.work(o.No, payment.AttentionRefund) == "":
			l.breaks("kiosk %s: nobody looks at what came back of %s", k.name, o.No)
		case k.work(o.No, "receipt") == payment.Owed, k.work(o.No, "report") == payment.Owed:
			l.breaks("kiosk %s: %s owes as if nothing of it came back", k.name, o.No)
		}
		return false
	})
}

// revisited: what came back of a recent payment is known after a day's questions.
func (l *Life) revisited(k *kiosk) {
	if err := k.cashier.Revisit(context.Background()); err != nil {
		l.breaks("kiosk %s asks about its payments: %v", k.name, err)
	}
	k.pick(0, func(o payment.Order) bool {
		asked := l.shared == nil || o.Device == k.name
		if o.State == payment.Paid && asked && !o.Returned.Some() && o.Refunding.Sent == 0 && l.cameBack(o) > 0 &&
			time.Since(o.PaidAt) < 6*24*time.Hour {
			l.breaks("kiosk %s does not know that some of %s came back", k.name, o.No)
		}
		return false
	})
}

// given reports whether all of a transaction came back.
func (l *Life) given(transaction string) bool {
	return slices.ContainsFunc(l.bank.deals(), func(d deal) bool {
		return d.Transaction == transaction && l.gaveAllBack(d)
	})
}
