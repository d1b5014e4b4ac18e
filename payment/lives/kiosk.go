package lives

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// A kiosk of a life: the real cashier at its ledger, one visitor at a time, a printer, a clock that may be wrong.
type kiosk struct {
	life     *Life
	name     string
	id       string           // that it is configured with; twins have one
	minutes  time.Duration    // that it gives to pay
	merchant payment.Merchant // of new orders
	ledger   payment.Ledger   // what is on the disk
	cashier  *payment.Cashier
	stop     context.CancelFunc
	log      journal
	lock     sync.Mutex // of what follows

	alive     bool
	lost      bool            // its disk is new
	hears     bool            // what others store, in a shared life
	disk      any             // of a model
	runs      int             // how often it was started
	halt      chan struct{}   // closed at the end of its pause; nil while there is none
	brake     atomic.Int64    // how long it is paused at its next create
	installed int             // how many disks it had
	copied    any             // its last backup
	copy      *kiosk          // of its folder, on a machine beside it
	line      string          // of receipt numbers: the disk that they began on
	machine   int             // that it is, of those it had
	named     int             // how often its ledger got another name
	mark      ledgertest.Mark // of a model
	wentBack  bool            // its ledger was put back, or bound anew, since it was opened
	forgot    bool            // its ledger was put back at any time
	renamed   bool            // it had another id before
	kept      string          // the ledger that it is of
	instance  string          // its ledger
	recall    bool            // WeChat must be asked for what the ledger lost
	dark      atomic.Bool     // no network
	full      atomic.Bool     // the disk takes nothing
	doomed    atomic.Int32    // it dies before (odd) or after (even) so many half writes
	clock     atomic.Int64    // by how many nanoseconds it is wrong
	printer   atomic.Int32    // 0 works, 1 has no paper, 2 jams, 3 the power goes while it prints
	flaws     []armed
	instant   map[string][]time.Time // its calls of the last second, by merchant

	session *standing       // of the visitor in front of it
	asked   payment.Request // of that visitor, to be repeated after a lost answer
	visits  int             // how many visitors it had
	home    time.Time       // when the visitor's screen goes home by itself
	leaves  func()
	screen  *screen // of the visitor, in a shared life
}

// journal is where a kiosk's log goes.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// wrong is how far its clock is ahead.
func (k *kiosk) wrong() time.Duration { return time.Duration(k.clock.Load()) }

func (k *kiosk) on() bool {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.alive
}

// start switches it on: what it knows is what is on the disk.
func (k *kiosk) start() {
	if k.on() {
		return
	}
	k.die() // it may have fallen
	k.life.note("kiosk %s starts", k.name)
	var err error
	if k.ledger == nil {
		if k.ledger, err = k.life.parts.open(k.life, k, k.lost); err != nil {
			k.life.breaks("ledger of kiosk %s: %v", k.name, err)
			return
		}
	}
	k.lost = false
	k.settle()
	k.doomed.Store(0)
	k.full.Store(false)
	ctx, stop := context.WithCancel(context.Background())
	k.lock.Lock()
	k.alive, k.stop, k.runs = true, stop, k.runs+1
	k.lock.Unlock()
	t := k.tape()
	gateway, refunder := k.life.parts.gateway(k.life, k)
	desk := payment.Desk{
		Ledger: t, Gateway: &door{gateway, k}, Log: slog.New(slog.NewTextHandler(&k.log, nil)),
		Kiosk:     k.id,
		PayWithin: k.minutes, Plant: k.plant, Former: k.former(),
	}
	if k.life.plan.Shared {
		desk.Holder, desk.Lease = k.name, leased
	}
	if k.life.giving {
		desk.Refunder = &refundDoor{refunder, k}
		desk.May = func(payment.RefundAct) error { return nil } // roles are the counter's
	}
	if m := k.life.mistake; m != nil && m.desk != nil {
		m.desk(&desk)
	}
	_, k.hears = desk.Ledger.(payment.Stirring) // not what some mistakes put in its place
	k.lock.Lock()
	k.cashier = payment.NewCashier(desk)
	k.lock.Unlock()
	if k.life.mistake != nil && k.life.mistake.undoubt {
		err = undoubt(ctx, t)
	}
	if err == nil {
		err = k.cashier.Start(ctx, k.recall || k.moved())
	}
	if errors.Is(err, payment.ErrUnsure) {
		err = k.cashier.Start(ctx, k.recall || k.moved())
	}
	if err != nil && k.on() {
		k.life.breaks("kiosk %s does not start: %v", k.name, err)
	}
	k.life.busy.Go(func() { k.probe(ctx, k.cashier) })
}

// plant gives the kiosk a clock that may be wrong, and the mistake of its life.
func (k *kiosk) plant(law *ruleTable) {
	law.Now = func() time.Time { return time.Now().Add(k.wrong()) }
	if m := k.life.mistake; m != nil && m.rules != nil {
		m.rules(law)
	}
}

// probe keeps an eye on the road to WeChat, as app does, but only while there is trouble, and ever more rarely: a
// life of real parts spends most of its time on signatures.
func (k *kiosk) probe(ctx context.Context, c *payment.Cashier) {
	for wait := time.Minute; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if c.Health(k.merchant).Trouble == nil {
			wait = time.Minute
			continue
		}
		_ = c.Probe(ctx, k.merchant)
		wait = min(2*wait, 5*time.Minute)
	}
}

// fall pulls the plug; whoever is at work finds out.
func (k *kiosk) fall() {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.alive {
		k.alive = false
		k.life.note("kiosk %s dies", k.name)
		k.stop()
		if k.halt != nil {
			close(k.halt)
			k.halt = nil
		}
	}
}

// die pulls the plug and waits until nothing moves.
func (k *kiosk) die() {
	k.fall()
	if k.ledger == nil {
		return
	}
	if !k.life.plan.Shared { // there another instance serves the screen from now on
		k.blank()
	}
	k.cashier.Wait()
	if k.life.plan.Shared {
		return
	}
	if err := k.ledger.Close(); err != nil {
		k.life.breaks("ledger of kiosk %s: %v", k.name, err)
	}
	k.ledger = nil
}

// current is the cashier of its present run.
func (k *kiosk) current() *payment.Cashier {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.cashier
}

// blank takes the visitor away without a word.
func (k *kiosk) blank() {
	if k.leaves != nil {
		k.leaves()
	}
	k.session, k.leaves, k.screen = nil, nil, nil
}

// restore puts the last backup in the ledger's place.
func (k *kiosk) restore() {
	if k.copied == nil {
		return
	}
	k.wentBack, k.forgot = true, true
	if err := k.life.parts.restore(k); err != nil {
		k.life.breaks("restore: %v", err)
	}
}

// come is a visitor with the notice of a bill; whoever stood there has left.
func (k *kiosk) come(b int) {
	k.leave()
	if !k.on() {
		return
	}
	k.visits++
	k.asked = k.life.request(b, k.merchant)
	k.asked.Visit, k.asked.ID = k.visit(), k.visit()
	k.take()
}

// crowd is how many bills only a crowd pays: more than one kiosk may ask about in a second.
const crowd = 14

// crowd is as many visitors who each take a bill's order and walk away.
func (k *kiosk) crowd() {
	k.leave()
	for b := range crowd {
		if !k.on() {
			return
		}
		k.visits++
		r := k.life.request(k.life.plan.Bills+b, k.merchant)
		r.Visit, r.ID = k.visit(), k.visit()
		if _, err := k.cashier.Take(context.Background(), r); err != nil {
			k.life.note("kiosk %s, one of a crowd: %v", k.name, err)
		}
		time.Sleep(time.Nanosecond) // one after the other, so that a life is the same again
	}
}

// watch is the screen: it shows what the session says, and prints when it says paid.
func (k *kiosk) watch(news <-chan payment.News, left <-chan struct{}) {
	for {
		select { // who has left sees nothing more
		case <-left:
			return
		default:
		}
		select {
		case n := <-news:
			k.life.screen(k, n)
			if n.Order.State == payment.Paid && k.on() {
				k.print(n.Order.No, payment.Owed)
				return
			}
			if n.Order.Final() {
				return
			}
		case <-left:
			return
		}
	}
}

// leave is the visitor going away.
func (k *kiosk) leave() {
	if k.life.plan.Shared {
		k.away()
		k.blank()
		return
	}
	if k.leaves != nil {
		k.leaves()
	}
	if k.session != nil {
		if err := k.session.order().Leave(context.Background(), k.visit()); err != nil {
			k.life.note("kiosk %s: left in vain: %v", k.name, err)
		}
	}
	k.session, k.leaves = nil, nil
}

// cancel is the wish of the visitor in front of it.
func (k *kiosk) cancel() {
	if k.session == nil {
		return
	}
	w := payment.Wish{Source: payment.ByVisit, Visit: k.visit()}
	if err := k.session.order().Cancel(context.Background(), w); err != nil {
		k.life.note("kiosk %s: cancelled in vain: %v", k.name, err)
	}
}

// visit names the visitor in front of it, in every run of the kiosk.
func (k *kiosk) visit() string { return fmt.Sprint(k.name, " visit ", k.visits) }

// hand is this run of the kiosk.
func (k *kiosk) hand() payment.Hand {
	if k.life.plan.Shared {
		return payment.Hand{Holder: k.name, Until: time.Now().Add(time.Minute)}
	}
	return payment.Hand{Holder: k.ledger.Identity().Instance, Until: time.Now().Add(time.Hour)}
}

// most is how many orders, or effects, of a kiosk are read.
const most = 100

var errJam = errors.New("paper jam")

// print puts a receipt on paper, as app does.
func (k *kiosk) print(no string, from ...payment.EffectState) {
	t := k.tape()
	if m := k.life.mistake; m != nil && m.eager {
		k.life.printed(k, no, 1)
		return
	}
	err := payment.Deliver(context.Background(), t, no, "receipt", k.hand(), func(e payment.Effect) (string, error) {
		switch k.printer.Load() {
		case 1:
			return "", payment.ErrNotBegun
		case 2:
			return "", errJam
		}
		k.life.printed(k, no, e.Tries)
		if k.printer.CompareAndSwap(3, 0) {
			k.fall()
			return "", errJam
		}
		if k.life.plan.Shared {
			time.Sleep(proofs)
		}
		return "printed", nil
	}, from...)
	if err != nil {
		k.life.note("kiosk %s prints %s: %v", k.name, no[:6], err)
	}
}

// reprint is somebody who has proven to hold a payment.
func (k *kiosk) reprint(n int) {
	if !k.on() {
		return
	}
	if o, ok := k.pick(n, func(o payment.Order) bool { return o.State == payment.Paid }); ok {
		k.print(o.No, payment.Owed, payment.Done, payment.Doubtful)
	}
}

// pick returns the nth of the ledger's orders that match.
func (k *kiosk) pick(n int, match func(payment.Order) bool) (payment.Order, bool) {
	page, err := k.ledger.Find(context.Background(), payment.Filter{N: most})
	if err != nil {
		k.life.breaks("list: %v", err)
	}
	list := slices.DeleteFunc(page.Orders, func(o payment.Order) bool { return !match(o) })
	if len(list) == 0 {
		return payment.Order{}, false
	}
	return list[n%len(list)], true
}

// clerk asks about an order, accepts a dispute, or takes over what was paid at a machine that is gone.
func (k *kiosk) clerk(what string, n int) {
	if !k.on() {
		return
	}
	o, ok := k.pick(n, func(o payment.Order) bool {
		switch what {
		case "accept":
			return o.State == payment.Disputed
		case "adopt":
			return o.PaidElsewhere() && k.life.gone(o)
		}
		return true
	})
	if !ok {
		return
	}
	ctx := context.Background()
	switch what {
	case "ask":
		k.life.busy.Go(func() { _, _ = k.cashier.Ask(ctx, o.No) })
	case "accept":
		t := k.tape()
		_, err := t.Update(ctx, o.No, func(o payment.Order, others []payment.Order) (payment.Change,
			error) {
			return o.Accept(others), nil
		})
		k.life.note("kiosk %s accepts %s: %v", k.name, o.No[:6], err)
	case "adopt":
		k.life.word(k, o.No)
		_, err := k.cashier.Adopt(ctx, o.No, "the disk died", payment.By{Person: "1"})
		k.life.note("kiosk %s adopts %s: %v", k.name, o.No[:6], err)
	}
}

// deceived: WeChat breaks its word about an order that it called closed, or not there, and somebody who paid comes to
// ask.
func (k *kiosk) deceived(n int) {
	o, ok := k.pick(n/8, func(o payment.Order) bool { return o.State == payment.Closed || o.State == payment.Void })
	if !ok || !k.on() {
		return
	}
	attach := o.Attach
	if n%8 == 7 {
		attach = "77/another"
	}
	if !k.life.bank.lie(o, attach, n%8) {
		return
	}
	k.life.lied[gatewaytest.TradeID(o.Merchant, o.No)] = true
	k.life.busy.Go(func() { _, _ = k.cashier.Ask(context.Background(), o.No) })
}

// recallAll asks WeChat for every bill that the ledger may have lost.
func (k *kiosk) recallAll() {
	if !k.on() {
		return
	}
	for b := range k.life.plan.Bills + 1 {
		for _, m := range []payment.Merchant{merchant, {MchID: otherMchID, AppID: merchant.AppID}} {
			o, err := k.cashier.Recall(context.Background(), k.life.request(b, m))
			if err != nil {
				k.life.note("kiosk %s recalls bill %d: %v", k.name, b, err)
				return
			}
			if o.No != "" && !o.Final() {
				return // once more when it has ended
			}
		}
	}
	k.recall = false
	if err := k.complete(); err != nil {
		k.life.breaks("kiosk %s: %v", k.name, err)
	}
}

// swap gives the kiosk another merchant for new orders; the old one's keys stay.
func (k *kiosk) swap() {
	k.die()
	if k.merchant == merchant {
		k.merchant.MchID = otherMchID
	} else {
		k.merchant = merchant
	}
	k.start()
}

// report tells the court what was paid.
func (k *kiosk) report() {
	if !k.on() {
		return
	}
	t := k.tape()
	ctx, now, hand := context.Background(), time.Now(), k.hand()
	pieces, err := k.ledger.ClaimWork(ctx, "report", hand.Holder, most, now, now.Add(30*time.Second))
	if err != nil && !errors.Is(err, payment.ErrUnsure) {
		k.life.breaks("claim reports: %v", err)
	}
	for _, p := range pieces {
		tell := func(payment.Effect) (string, error) { return k.life.reported(p.Order) }
		err := payment.Deliver(ctx, t, p.Order.No, "report", hand, tell, payment.Owed, payment.Doubtful)
		k.life.note("kiosk %s reports %s: %v", k.name, p.Order.No[:6], err)
	}
	k.tellBack(ctx, t, hand)
}
