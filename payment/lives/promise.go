package lives

import (
	"context"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// The promises of a life, as code. Those of safety are looked at at every write, every call, every screen, every
// piece of paper and after every act; those that take time, once all trouble has ended.

// opened: an order exists only when every earlier attempt is closed at WeChat, or was never there.
func (l *Life) opened(k *kiosk, o payment.Order, earlier []payment.Order) {
	l.note("kiosk %s opens %s, attempt %d, %s", k.name, o.No[:6], o.Attempt, o.Amount)
	l.edge(payment.Edge{Event: payment.Opened, To: o.State})
	l.mu.Lock()
	if first := l.visits[o.Visit]; first != "" && o.Visit != "" && !l.usedUp(k, first) {
		defer l.breaks("%s has opened %s and %s by one request", o.Visit, first, o.No)
	}
	l.visits[o.Visit] = o.No
	l.mu.Unlock()
	if o.Recovered {
		return // not asked for: WeChat knows it from a ledger that was lost
	}
	if l.shared == nil {
		l.atHome(k, o)
		l.alarmed(k, o)
	}
	for _, e := range earlier {
		if e.State == payment.Void && e.Merchant != o.Merchant {
			continue // another machine's by now, at a merchant whose numbers are others
		}
		d, known := l.bank.deal(e.Merchant, e.No)
		if e.No != o.No && known && d.State != payment.TradeClosed && !l.gaveAllBack(d) &&
			!l.lied[gatewaytest.TradeID(e.Merchant, e.No)] {
			l.breaks("kiosk %s opened attempt %d while attempt %d is %s at WeChat", k.name, o.Attempt, e.Attempt,
				d.State)
		}
	}
}

// usedUp reports whether a visit may go on to the next number after one without a touch.
func (l *Life) usedUp(k *kiosk, no string) bool {
	o, err := k.ledger.Order(context.Background(), no)
	return err == nil && o.State == payment.Closed && o.CodeURL == "" && o.Unwanted == (payment.Wish{})
}

// unwished: nobody withdraws a wish but who comes after the visit that uttered it, before anything came of it.
func (l *Life) unwished(k *kiosk, from, to payment.Order) {
	w := from.Unwanted
	if w == (payment.Wish{}) || to.Unwanted != (payment.Wish{}) {
		return
	}
	l.note("kiosk %s: %s withdraws the wish of %s %s", k.name, to.Visit, w.Source, w.Visit)
	if w.Source != payment.ByVisit || w.Visit == to.Visit || from.State != payment.Created || from.CodeURL != "" ||
		!from.CloseBegunAt.IsZero() {
		l.breaks("kiosk %s withdraws the wish of %s for %s, which is %s", k.name, w.Source, to.No, from.State)
	}
}

// changed: every end in the ledger is true at WeChat.
func (l *Life) changed(k *kiosk, e payment.Edge, o payment.Order) {
	l.note("kiosk %s: %s from %s by %s to %s %s", k.name, o.No[:6], e.From, e.Event, e.To, o.Oddity)
	l.edge(e)
	d, known := l.bank.deal(o.Merchant, o.No)
	switch {
	case e.From == payment.Paid && e.To != payment.Paid:
		l.breaks("kiosk %s: %s left paid", k.name, o.No)
	case e.To == payment.Closed && d.State != payment.TradeClosed:
		l.breaks("kiosk %s calls %s closed, it is %q at WeChat", k.name, o.No, d.State)
	case e.Event == payment.Coded && d.Body != "" && d.Body != string(o.Body):
		l.breaks("kiosk %s has a code for %s that is of another create", k.name, o.No)
	// Where WeChat raises a time_expire, a create may arrive while a paused instance holds the "does not exist".
	case e.To == payment.Void && known && !(l.plan.Shared && l.plan.Raises):
		l.breaks("kiosk %s calls %s void, WeChat knows it", k.name, o.No)
	case e.To == payment.Paid && !d.taken():
		l.breaks("kiosk %s calls %s paid, it is %q at WeChat", k.name, o.No, d.State)
	// the amount of an adopted order is the other machine's
	case e.To == payment.Paid && e.Event != payment.Accepted && (d.Paid != o.Amount || !d.Right):
		l.breaks("kiosk %s calls %s paid with %s, appid and currency right: %t; asked was %s", k.name, o.No, d.Paid,
			d.Right, o.Amount)
	case e.To == payment.Paid && o.PaidAmount != d.Paid:
		l.breaks("kiosk %s notes %s for %s, paid was %s", k.name, o.PaidAmount, o.No, d.Paid)
	case e.To == payment.Paid && e.Event != payment.Adopted && d.Attach != o.Attach && !k.own(d.Attach, o):
		l.breaks("kiosk %s books %s, which %s was paid", k.name, o.No, d.Attach)
	case e.To == payment.Paid && e.Event == payment.SaidPaid && d.State == payment.TradeRefund:
		l.breaks("kiosk %s books %s as if it were not refunded", k.name, o.No)
	}
	if e.Event == payment.Adopted {
		l.adopted(k, o, d.Attach)
	}
	if e.To == payment.Paid {
		l.numbered(k, o)
		l.second(k, o)
	}
}

// second: a second payment of a bill is known as one, owes no report, and somebody is called.
func (l *Life) second(k *kiosk, o payment.Order) {
	orders, err := k.ledger.OfBill(context.Background(), o.Key)
	if err != nil {
		l.breaks("orders of a bill: %v", err)
	}
	first := !slices.ContainsFunc(orders, func(other payment.Order) bool {
		return other.No != o.No && !other.Returned.All() && (other.State == payment.Paid ||
			other.State == payment.Disputed || other.PaidElsewhere())
	})
	effects, _ := k.ledger.Effects(context.Background(), o.No)
	owes := func(kind string) bool {
		return slices.ContainsFunc(effects, func(e payment.Effect) bool { return e.Kind == kind })
	}
	if !owes("receipt") {
		l.breaks("kiosk %s owes no receipt for %s", k.name, o.No)
	}
	if owes("report") != first || !first && !owes(payment.Attention) {
		l.breaks("kiosk %s: %s is the bill's first payment: %t; owes a report: %t, attention: %t", k.name, o.No, first,
			owes("report"), owes(payment.Attention))
	}
}

// called: a number's create never changes and comes in time, another machine's order is not closed under its visitor,
// and nobody calls more often for a merchant than its budget, in whatever second.
func (l *Life) called(k *kiosk, op string, o payment.Order) {
	if !l.parts.counts {
		l.counted(k, o.Merchant.MchID)
	}
	if op != "query" {
		l.note("kiosk %s asks %s %s", k.name, op, o.No[:6])
	}
	if o.Attach == "" {
		return // a probe
	}
	if l.shared != nil {
		l.spoken(k, op, o)
	}
	id := gatewaytest.TradeID(o.Merchant, o.No)
	l.mu.Lock()
	body, began := l.bodies[id+o.Attach], l.began[id]
	if op == "create" {
		// A void order's number is used again, by an order of another body; so is a dead disk's, by another instance.
		if l.bodies[id+o.Attach+o.CreatedAt.String()] == "" {
			l.bodies[id+o.Attach+o.CreatedAt.String()] = string(o.Body)
		}
		body = l.bodies[id+o.Attach+o.CreatedAt.String()]
		if began.IsZero() {
			l.began[id] = time.Now()
		}
	}
	l.mu.Unlock()
	if op == "close" {
		l.begun(k, o)
	}
	d, known := l.bank.deal(o.Merchant, o.No)
	switch {
	case op == "create" && body != string(o.Body):
		l.breaks("kiosk %s sends another create for %s", k.name, o.No)
	case op == "create" && time.Until(o.Expires) < payment.RecreateUntil && k.wrong() == 0:
		l.breaks("kiosk %s sends a create %v before it expires", k.name, time.Until(o.Expires))
	case op == "close" && known && d.Attach != o.Attach &&
		time.Since(began) < payment.MaxPayWithin:
		l.breaks("kiosk %s closes the order of %s after %v", k.name, d.Attach, time.Since(began))
	}
	if strings.Contains(string(o.Body), secret) {
		l.breaks("kiosk %s sends personal data to WeChat", k.name)
	}
}

// begun: a close is durable before its first byte.
func (l *Life) begun(k *kiosk, o payment.Order) {
	kept, err := k.ledger.Order(context.Background(), o.No)
	if err != nil || kept.CloseBegunAt.IsZero() && string(kept.Body) == string(o.Body) {
		l.breaks("kiosk %s closes %s, and its ledger does not know, %v", k.name, o.No, err)
	}
}

// counted: in no second that one can choose are there more calls for a merchant than its budget, probes included. A
// real call may be several requests, and WeChat counts each.
func (l *Life) counted(k *kiosk, mchid string) {
	l.mu.Lock()
	if k.instant == nil {
		k.instant = make(map[string][]time.Time)
	}
	old := func(at time.Time) bool { return time.Since(at) >= time.Second }
	k.instant[mchid] = append(slices.DeleteFunc(k.instant[mchid], old), time.Now())
	calls := len(k.instant[mchid])
	l.mu.Unlock()
	if calls > payment.KioskCalls {
		l.breaks("kiosk %s called %d times within a second for %s", k.name, calls, mchid)
	}
}

// screen: a visitor is told only what is durable and true.
func (l *Life) screen(k *kiosk, n payment.News) {
	o := n.Order
	if o.State == payment.Waiting && o.Unwanted == (payment.Wish{}) {
		l.mu.Lock()
		if !slices.ContainsFunc(l.shown, func(s payment.Order) bool {
			return s.No == o.No && s.Merchant == o.Merchant &&
				s.Attach == o.Attach
		}) {
			l.shown = append(l.shown, o)
		}
		l.mu.Unlock()
	}
	d, _ := l.bank.deal(o.Merchant, o.No)
	switch {
	case o.State == payment.Paid && !d.taken():
		l.breaks("the screen of kiosk %s says paid of %s, WeChat %q", k.name, o.No, d.State)
	case o.CodeURL != "" && o.Unwanted != (payment.Wish{}):
		l.breaks("the screen of kiosk %s is given the code of %s, which %s wishes closed", k.name, o.No,
			o.Unwanted.Source)
	case o.State == payment.Closed && d.State != payment.TradeClosed:
		l.breaks("the screen of kiosk %s says closed of %s, WeChat %q", k.name, o.No, d.State)
	}
	if !k.on() {
		return
	}
	if kept, err := k.ledger.Order(context.Background(), o.No); err != nil || o.Final() && kept.State != o.State {
		l.breaks("the screen of kiosk %s says %s of %s, its ledger %s, %v", k.name, o.State, o.No, kept.State, err)
	}
}

// printed: paper only of money that is there, and once without the mark of a copy.
func (l *Life) printed(k *kiosk, no string, tries int) {
	o, err := k.ledger.Order(context.Background(), no)
	l.note("kiosk %s prints %s, copy %d", k.name, no[:6], tries)
	d, _ := l.bank.deal(o.Merchant, no)
	if err != nil || o.State != payment.Paid || !d.taken() {
		l.breaks("kiosk %s prints a receipt of %s, which is %q at WeChat and %s here, %v", k.name, no, d.State, o.State,
			err)
	}
	l.mu.Lock()
	n := l.paper[d.Transaction]
	if tries < 2 {
		l.paper[d.Transaction]++
	}
	l.mu.Unlock()
	if n > 0 && tries < 2 {
		l.breaks("kiosk %s prints a second receipt of %s without the mark of a copy", k.name, no)
	}
}

// reported: the court hears of the first payment of a bill, once or more, and of no other.
func (l *Life) reported(o payment.Order) (string, error) {
	if l.court.down {
		return "", payment.ErrNotBegun
	}
	if known := l.court.booked[o.Key.Bill]; known != "" && known != o.TransactionID && len(l.lied) == 0 &&
		!l.swapped() && !l.given(known) && !l.given(o.TransactionID) {
		l.breaks("the court hears of a second payment of %s", o.Key.Bill)
	}
	l.court.booked[o.Key.Bill] = o.TransactionID
	return "known", nil
}

// keep looks at what must hold at any time.
func (l *Life) keep() {
	taken := make(map[string]int)
	for _, d := range l.bank.deals() {
		id := gatewaytest.TradeID(d.Merchant, d.No)
		if !d.taken() || l.lied[id] || l.gaveAllBack(d) {
			continue
		}
		bill := d.MchID + l.bill(d)
		if taken[bill]++; taken[bill] > 1 {
			l.breaks("money was taken twice for %s", bill)
		}
	}
	l.givenBack()
	for _, k := range l.kiosks {
		if strings.Contains(k.log.String(), secret) {
			l.breaks("the log of kiosk %s names a person", k.name)
		}
		if k.on() {
			l.returned(k)
		}
	}
}

// bill returns the bill that a number is of.
func (l *Life) bill(d deal) string {
	for b := range l.plan.Bills + 1 {
		key := l.request(b, d.Merchant).Key
		for attempt := range 30 {
			if key.Number(d.Merchant, attempt+1) == d.No {
				return key.Bill
			}
		}
	}
	return "no bill: " + d.No
}

// settled looks at what must hold once nobody is in trouble.
func (l *Life) settled(within time.Duration) {
	for _, k := range l.kiosks {
		l.revisited(k)
		l.returned(k)
		if n := k.cashier.Following(); n > 0 || k.recall {
			l.breaks("%v after all trouble kiosk %s still follows %d orders; asks for lost ones: %t", within, k.name, n,
				k.recall)
		}
		if l.shared == nil {
			l.rings(k)
		}
		l.refundsEnd(k, within)
		effects, err := k.ledger.Pending(context.Background(), "", payment.Effect{}, most)
		if err != nil {
			l.breaks("effects: %v", err)
		}
		for _, e := range effects {
			if e.State == payment.Handed || e.Kind == "report" && e.State != payment.Held {
				l.breaks("kiosk %s: %s of %s is still %s", k.name, e.Kind, e.Order, e.State)
			}
		}
		k.pick(0, func(o payment.Order) bool {
			if d, known := l.bank.deal(o.Merchant, o.No); o.State == payment.Void && known && d.Attach == o.Attach &&
				!l.plan.Raises {
				l.breaks("kiosk %s calls %s void, WeChat has it after all", k.name, o.No)
			}
			return false
		})
		for _, text := range l.parts.verify(k.ledger) {
			l.breaks("ledger of kiosk %s: %s", k.name, text)
		}
	}
	for _, d := range l.bank.deals() {
		if d.taken() {
			l.booked(d)
		}
	}
}

// booked: every payment is in the ledger of the kiosk that asked for it.
func (l *Life) booked(d deal) {
	k := l.asker(d.Attach)
	if k == nil || k.renamed && k.installed > 1 {
		return // of a lost ledger under another id nobody knows here: a person adopts one by one
	}
	o, err := k.ledger.Order(context.Background(), d.No)
	if (err != nil || o.State != payment.Paid && o.State != payment.Disputed) && !l.blocked(k, d) {
		l.breaks("WeChat took %s for %s at kiosk %s, whose ledger says %q, %v", d.Paid, d.No, k.name, o.State, err)
	}
}

// blocked reports whether WeChat broke its word about a lost ledger's bill: nobody asks beyond an order that stands.
func (l *Life) blocked(k *kiosk, d deal) bool { return len(l.lied) > 0 }

// gone reports whether the machine that an order was paid to has lost its ledger; only then may it be adopted.
func (l *Life) gone(o payment.Order) bool {
	d, _ := l.bank.deal(o.Merchant, o.No)
	return !slices.ContainsFunc(l.kiosks, func(k *kiosk) bool {
		return k.on() && strings.HasSuffix(d.Attach, "/"+k.ledger.Identity().Instance)
	})
}

func (l *Life) swapped() bool {
	return slices.ContainsFunc(l.bank.deals(), func(d deal) bool { return d.MchID == otherMchID })
}

func (l *Life) edge(e payment.Edge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.walked[e] = true
}
