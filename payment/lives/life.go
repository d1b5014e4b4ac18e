package lives

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// A Life is a plan being lived: kiosks, their visitors, payers, WeChat, the court and everything that goes wrong, in
// virtual time. One goroutine wakes all who act, so the same plan is lived the same way again.
type Life struct {
	plan    Plan
	bank    bank
	parts   parts
	mistake *Mistake
	kiosks  []*kiosk
	amounts []payment.Fen
	court   court
	shared  *ledgertest.Memory // of all instances, in a shared life
	deaf    atomic.Int64       // until when notices of what was stored are lost
	trouble atomic.Int64       // when something last went wrong

	mu       sync.Mutex
	shown    []payment.Order        // every order whose code was ever on a screen
	bodies   map[string]string      // create requests by merchant, number and instance
	began    map[string]time.Time   // first create of a trade
	lied     map[string]bool        // trades of which WeChat broke its word
	back     map[string]payment.Fen // how much came back of a trade
	slips    map[string]string      // orders by kiosk, disk and receipt number
	paper    map[string]int         // unmarked receipts by transaction
	walked   map[payment.Edge]bool  // edges
	broken   []string               // promises
	trace    []string               // what happened
	visits   map[string]string      // the order that each visit has opened
	strays   map[string][]time.Time // questions about what another instance follows
	calls    map[string]int         // by merchant and number, so that a delay is the same again
	words    map[string]bool        // what people have said to a kiosk of another ledger, or of an order
	apart    map[parted]time.Time   // when they said that another ledger goes its own way
	heirs    map[*kiosk]*kiosk      // who took whose place
	copies   int                    // of kiosks that stood beside them
	giving   bool                   // somebody gives back
	empty    bool                   // the merchant's account holds nothing
	asks     int                    // for refunds
	handed   map[payment.RefundEdge]bool
	unwanted map[string]bool // refunds that were taken back, by asking
	homes    map[string]home // where the ledgers' names are at home
	busy     sync.WaitGroup  // of those who act beside the one
	lasted   time.Duration
}

// Play gives a life its parts: Modelled or Really.
type Play func(*Life) (bank, parts)

// bank is WeChat as it truly is.
type bank interface {
	deals() []deal
	deal(m payment.Merchant, no string) (deal, bool)
	pay(m payment.Merchant, no string) bool
	payOddly(m payment.Merchant, no string, how int) bool       // and say of it what WeChat never should
	refund(m payment.Merchant, no string, sum payment.Fen) bool // so much in all, in the merchant platform
	backs() []back
	arrive(no string, end payment.RefundStatus) bool
	fund(enough bool)
	lie(o payment.Order, attach string, how int) bool // an order that was closed, or not there, is paid after all
}

// parts are what a life is played with: models, or the real things.
type parts struct {
	open    func(l *Life, k *kiosk, lost bool) (payment.Ledger, error) // its ledger, a new one if it was lost
	backup  func(k *kiosk) error                                       // the ledger as it is
	restore func(k *kiosk) error                                       // the ledger as it was
	gateway func(l *Life, k *kiosk) (payment.Gateway, payment.Refunder)
	copy    func(from, to *kiosk) error                 // a kiosk's folder, while it is off
	rebind  func(k *kiosk) (instance string, err error) // its moved ledger, while it is off
	unmark  func(k *kiosk) error                        // its machine has no mark
	verify  func(payment.Ledger) []string
	close   func(l *Life)
	counts  bool // its road counts the requests of each call
}

// court is the court's own system, which is told of payments.
type court struct {
	down   bool
	booked map[string]string // transaction by bill
}

// noon is when every life begins.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, payment.China)

// The kiosks take payments for merchant, and after a change for another of the same appid.
var merchant = gatewaytest.Merchant

const otherMchID = "1900000002"

// Live lives a plan with the parts of play, and with a planted mistake unless m is nil. It makes a synctest bubble of
// its own. It fails nothing: a broken promise is noted in the life that it returns.
func Live(t *testing.T, p Plan, play Play, m *Mistake) *Life {
	l := &Life{plan: p, mistake: m, bodies: map[string]string{}, began: map[string]time.Time{}, lied: map[string]bool{},
		paper: map[string]int{}, back: map[string]payment.Fen{}, slips: make(map[string]string),
		walked: map[payment.Edge]bool{}, calls: map[string]int{}, visits: map[string]string{},
		strays: map[string][]time.Time{}, words: map[string]bool{}, apart: map[parted]time.Time{},
		homes: map[string]home{}, heirs: map[*kiosk]*kiosk{}, giving: p.gives(),
		handed: map[payment.RefundEdge]bool{}, unwanted: map[string]bool{},
		court: court{booked: map[string]string{}}}
	if m != nil && m.edge != (payment.RefundEdge{}) {
		graph := payment.RefundGraph
		payment.RefundGraph = append(slices.Clone(graph), m.edge)
		defer func() { payment.RefundGraph = graph }()
	}
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Until(noon)) // a bubble begins in the year 2000
		l.bank, l.parts = play(l)
		defer l.parts.close(l)
		for b := range p.Bills + crowd {
			l.amounts = append(l.amounts, payment.Fen(270000+b))
		}
		for i := range p.Kiosks {
			k := &kiosk{life: l, name: fmt.Sprintf("%02d", i+1), merchant: merchant, minutes: p.within(i)}
			if k.id = k.name; p.Twins && i == 1 {
				k.id = l.kiosks[0].id
			}
			l.kiosks = append(l.kiosks, k)
			if p.Shared {
				time.Sleep(apart)
			}
			k.start()
		}
		for i, a := range p.Acts {
			if !l.fine() {
				break
			}
			l.pass(a.After + time.Duration(i+1)*time.Nanosecond) // no two wake at one instant
			l.note("%v", a)
			l.do(a)
			synctest.Wait()
			l.keep()
		}
		if l.fine() {
			l.heal()
		}
		for _, k := range l.kiosks {
			k.blank()
			k.die()
		}
		l.busy.Wait()
		l.lasted = time.Since(noon)
	})
	return l
}

// pass lets time go by. A screen goes home by itself a minute after the time to pay.
func (l *Life) pass(d time.Duration) {
	end := time.Now().Add(d)
	for {
		next := end
		for _, k := range l.kiosks {
			if k.session != nil && k.home.Before(next) {
				next = k.home
			}
		}
		time.Sleep(time.Until(next))
		synctest.Wait()
		for _, k := range l.kiosks {
			if k.session != nil && !time.Now().Before(k.home) {
				k.leave()
			}
		}
		if !time.Now().Before(end) {
			return
		}
	}
}

func (l *Life) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trace = append(l.trace, fmt.Sprintf("%12v ", time.Since(noon))+fmt.Sprintf(format, args...))
}

// breaks notes a broken promise.
func (l *Life) breaks(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	l.broken = append(l.broken, text)
	l.trace = append(l.trace, fmt.Sprintf("%12v BROKEN ", time.Since(noon))+text)
}

// fine reports whether no promise was broken.
func (l *Life) fine() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.broken) == 0
}

// Broken returns the promises that were broken, the first of them first; a life ends soon after it.
func (l *Life) Broken() []string { return l.broken }

// Story is what happened, for a person who has to understand it.
func (l *Life) Story() string { return strings.Join(l.trace, "\n") }

// delay is how long a call is on its way: the same for the same call of the same life, and no two alike.
func (l *Life) delay(c gatewaytest.Call) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := c.From + c.Op + c.No
	l.calls[id]++
	h := fnv.New64a()
	fmt.Fprint(h, id, l.calls[id])
	return 20*time.Millisecond + time.Duration(h.Sum64()%uint64(150*time.Millisecond))
}

func (l *Life) request(b int, m payment.Merchant) payment.Request {
	return payment.Request{
		Key:      payment.Key{Court: "京0101", Purse: "诉讼费", Bill: fmt.Sprint("bill ", b)},
		Merchant: m, Amount: l.amounts[b], Title: "案件受理费", Personal: []byte(secret),
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"}, OwedBack: []string{"back"},
	}
}

// secret is personal data: it must turn up nowhere but on paper.
const secret = "张三丰的秘密"

func (l *Life) do(a Act) {
	k := l.kiosks[a.Kiosk]
	if l.plan.Shared && l.share(a) {
		return
	}
	switch a.Do {
	case "come", "other", "crowd", "cancel", "again", "stop", "ask", "promise", "recall", "reprint", "accept", "adopt",
		"mourn", "part", "returned", "revisit", "want", "allow", "decline", "withdraw":
		if !k.on() {
			k.start()
		}
	}
	switch a.Do {
	case "wait":
	case "come":
		k.come(a.Bill)
	case "other": // a bill that else only a crowd asks for
		k.come(l.plan.Bills)
	case "crowd":
		k.crowd()
	case "again":
		k.again()
	case "stop":
		k.stopAsking(a.N)
	case "leave":
		k.leave()
	case "cancel":
		k.cancel()
	case "pay", "old", "odd":
		l.pay(a)
	case "refund":
		l.giveBack(a.N)
	case "want":
		k.want(a.N)
	case "allow", "decline", "withdraw":
		k.judge(a.Do, a.N)
	case "arrive":
		l.arrive(a.N)
	case "empty":
		l.empty = !l.empty
		l.bank.fund(!l.empty)
	case "returned":
		k.sayReturned(a.N)
	case "revisit":
		k.life.busy.Go(func() { _ = k.current().Revisit(context.Background()) })
	case "promise":
		k.deceived(a.N)
	case "ask", "accept", "adopt":
		k.clerk(a.Do, a.N)
	case "crash":
		k.die()
	case "at":
		k.doomed.Store(int32(a.N%12 + 1))
	case "start":
		k.start()
	case "disk":
		k.die()
		k.lost, k.recall = true, true
		k.start()
	case "backup":
		if k.on() {
			if err := l.parts.backup(k); err != nil {
				l.breaks("backup: %v", err)
			}
			k.kept = k.instance
		}
	case "mourn":
		k.mourn()
	case "part":
		k.part()
	case "haul":
		k.haul(a.N)
	case "rebind":
		k.rebind()
	case "beside":
		k.beside()
	case "replace":
		k.replace()
	case "unplug":
		k.unplug()
	case "restore":
		k.die()
		k.restore()
		k.start()
	case "recall":
		k.recallAll()
	case "clock":
		k.clock.Store(int64([]time.Duration{0, 3 * time.Second, -90 * time.Second, 3 * time.Minute, -4 * time.Minute,
			10 * time.Minute, -26 * time.Hour, 0}[a.N%8]))
	case "full":
		k.full.Store(a.N%2 == 0)
	case "dark":
		k.dark.Store(true)
	case "light":
		k.dark.Store(false)
	case "flaw":
		k.arm(armed{flaw(a.N % int(flawKinds)), a.N/16 + 1})
	case "quiet":
		k.arm(armed{throttled, 1})
	case "late":
		k.arm(armed{lateEffect, 1})
	case "change":
		l.amounts[a.Bill] += payment.Fen(a.N%3 - 1)
	case "swap":
		k.swap()
	case "paper":
		k.printer.Store([]int32{0, 1, 2, 3, 3, 3}[a.N%6])
	case "reprint":
		k.reprint(a.N)
	case "court":
		l.court.down = !l.court.down
	case "report":
		k.report()
	default:
		l.breaks("nobody knows how to %s", a.Do)
	}
}

// any tries what how does on the deals from the nth on, until it succeeds.
func (l *Life) any(n int, how func(deal) bool) {
	deals := l.bank.deals()
	for i := range deals {
		if how(deals[(i+n)%len(deals)]) {
			return
		}
	}
}

// pay is somebody with a phone: at the newest code of a bill, at any code ever shown, or with something odd about it.
func (l *Life) pay(a Act) {
	l.mu.Lock()
	shown := slices.Clone(l.shown)
	l.mu.Unlock()
	if a.Do != "old" {
		shown = slices.DeleteFunc(shown, func(o payment.Order) bool { return o.Key != l.request(a.Bill, merchant).Key })
	}
	if len(shown) == 0 {
		return
	}
	o := shown[len(shown)-1]
	if a.Do == "old" {
		o = shown[a.N%len(shown)]
	}
	ok := false
	if a.Do == "odd" {
		ok = l.bank.payOddly(o.Merchant, o.No, a.N)
	} else {
		ok = l.bank.pay(o.Merchant, o.No)
	}
	l.note("paid %s: %t", o.No[:6], ok)
}

// heal ends all trouble and gives everybody time: then the promises that take time must be kept.
func (l *Life) heal() {
	l.note("all is well from now on")
	l.court.down = false
	if l.giving {
		l.bank.fund(true)
	}
	for _, k := range slices.Clone(l.kiosks) {
		k.unplug()
	}
	for _, k := range l.kiosks {
		if k.full.Load() {
			k.die() // as the program ends when its ledger takes nothing
		}
		k.dark.Store(false)
		k.full.Store(false)
		k.disarm()
		k.printer.Store(0)
		k.clock.Store(0)
		k.doomed.Store(0)
		k.brake.Store(0)
		k.copied, k.kept = nil, "" // nobody puts it back any more
		k.resume(k.halted())
		k.leave()
		if !k.on() {
			k.start()
		}
		k.rebind()
	}
	within := 10*time.Minute + 2*payment.MaxPayWithin
	if time.Since(noon) > 24*time.Hour {
		within += 66 * time.Minute // by then what is left over is asked once an hour
	}
	for end := time.Now().Add(within); time.Now().Before(end) && l.fine(); {
		for _, k := range l.kiosks {
			if k.recall {
				k.recallAll()
			}
			k.mourn()
			k.part()
		}
		l.arriveAll()
		l.pass(30 * time.Second)
		for _, k := range l.kiosks {
			k.report()
		}
		l.keep()
		if l.quiet() {
			break
		}
	}
	if l.fine() {
		l.settled(within)
	}
}

// quiet reports whether nobody has anything left to do.
func (l *Life) quiet() bool {
	busy := func(k *kiosk) bool {
		return k.recall || k.cashier.Following() > 0 || k.undecided() ||
			len(k.underway()) > 0
	}
	return !slices.ContainsFunc(l.kiosks, busy) && !l.inHand()
}
