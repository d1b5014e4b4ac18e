package lives

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

// What is peculiar to a shared life: its kiosks are the instances of a server, and have one ledger. A visitor's screen
// asks the instance that it stands at, or the next one when that one is dead or paused; a wish may reach any of them.

const (
	leased    = 15 * time.Second                   // without a word, until another instance may follow an order
	lookEvery = 1003 * time.Millisecond            // at an order that another instance follows
	apart     = 317 * time.Microsecond             // two instances start, so that no two wake at one instant
	proofs    = 2*time.Second + 5*time.Microsecond // from the paper to the printer's proof of it
)

// sharedScenes are what tends to happen together. do' is done at the next instance, do+2m so long after the act before.
var sharedScenes = []string{
	"come pay", "come cancel come pay", "come leave pay come", "come' come pay", "come cancel' come",
	"come leave old", "come hold pay", "come hold cancel pay", "come hold cancel' wait pay", "hold come pay",
	"hold come cancel come", "hold come cancel wait come'", "hold hold' come wait pay", "brake come pay",
	"brake come cancel wait come", "come brake cancel wait pay", "come crash pay", "come crash come' pay start",
	"at come pay", "come at cancel pay", "come at pay reprint'", "come at' crash pay start'", "come move pay",
	"come move cancel", "come move crash pay", "unsure come pay", "come unsure pay", "come pay unsure reprint",
	"unsure come cancel unsure come", "unsure hold come cancel unsure come", "dark come wait light come",
	"dark come hold wait light", "dark come wait+6m light wait come wait+26h come pay",
	"brake come+0s dark'+1s wait+3m light' wait+75s dark' come'+1s wait+2m light'", "come flaw pay",
	"flaw come flaw' pay", "come flaw' hold pay", "flaw come cancel", "come pay start' reprint'",
	"come pay crash'+1s start' reprint", "come pay hold+1s reprint'", "paper come pay crash start reprint'",
	"court come pay report court report'", "come ask' pay ask'", "come odd accept'", "come refund pay",
	"come pay refund ask'", "come pay refund returned' come pay", "come pay refund revisit",
	"change come pay", "come change' come' pay", "wait", "start", "ask", "reprint",
}

// sharedRefundScenes are those in which money goes back: who asks, who approves and who carries it out may each be
// another instance.
var sharedRefundScenes = []string{
	"come pay want allow' wait arrive wait", "come pay want allow' wait arrive' want' allow wait arrive",
	"come pay want withdraw'", "come pay want decline' want allow wait arrive", "come pay want want' allow allow'",
	"come pay want want' allow' allow' wait arrive wait", "come pay want allow withdraw' wait arrive",
	"come pay want allow allow' wait arrive wait", "come pay want allow decline' wait arrive",
	"come pay want hold allow' wait arrive", "come pay want allow hold+1s wait arrive wait",
	"come pay want allow hold'+1s wait arrive wait", "come pay want allow+0s hold+0s wait arrive",
	"come pay want allow crash+1s wait arrive start", "come pay want at allow start+2m wait arrive'",
	"come pay at want allow' start wait arrive", "come pay want at' allow wait start' wait arrive",
	"come pay unsure want allow' wait arrive", "come pay want unsure allow wait arrive wait",
	"come pay want allow unsure+1s wait arrive", "come pay want allow wait unsure arrive wait",
	"come pay want unsure withdraw allow' wait arrive", "come pay refund want allow' wait",
	"come pay want refund allow' wait returned'", "come pay want allow wait refund arrive returned",
	"come pay empty want allow wait withdraw' hold wait empty wait arrive",
	"come pay want flaw allow flaw' wait arrive wait", "come pay want allow quiet wait arrive",
	"come pay want late late' allow wait arrive", "come pay want dark allow wait dark' wait light' wait light arrive",
	"come odd want allow' wait arrive", "come pay want allow' wait arrive come' pay' want allow' wait arrive",
	"come pay want want' want allow+1s allow'+1s allow+1s withdraw'+1s withdraw+1s wait arrive",
	"come pay want want' allow+1s allow'+1s withdraw+1s withdraw'+1s wait arrive",
	"come pay want allow' wait arrive wait arrive' wait arrive wait arrive' wait",
	"come pay want allow wait arrive wait arrive wait+31m arrive wait",
}

// newsScenes are those in which the notices of what one instance stores get lost, and somebody at another one wants an
// order closed that its follower rests from.
var newsScenes = []string{
	"come leave+1s wait+2m deaf+1s shut'+1s", "come leave+1s wait+2m shut'+1s", "deaf come leave wait+2m shut'+1s pay",
	"come leave+1s wait+113s deaf+1s shut'+1s come", "deaf come crash+1s wait+80s shut'+1s start",
	"deaf come move leave+1s wait+2m shut' come", "deaf come move crash+2s pay start'", "deaf come wait pay",
}

// halts are how long a pause may be: less than a lease, more, and more than the time to pay.
var halts = []time.Duration{
	3 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second,
	2 * time.Minute, 4 * time.Minute, 6 * time.Minute, 11 * time.Minute,
}

// brakes are how long a create may be in the hands of an instance that is paused.
var brakes = []time.Duration{20 * time.Second, 6 * time.Minute}

// sharedPlans draws a life of instances with one ledger.
var sharedPlans = rapid.Custom(func(t *rapid.T) Plan {
	p := Plan{
		Shared: true, Kiosks: rapid.SampledFrom([]int{2, 2, 3}).Draw(t, "instances"),
		Bills: rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "bills"), Lazy: rapid.Bool().Draw(t, "lazy"),
		Raises: rapid.IntRange(0, 2).Draw(t, "raises") == 2, Minutes: rapid.SampledFrom([]int{2, 5}).Draw(t, "minutes"),
	}
	for range rapid.IntRange(1, 6).Draw(t, "scenes") {
		p.playShared(t, sharedScenes)
	}
	// Last, so that these draws leave what was drawn before as it is.
	if rapid.Bool().Draw(t, "gives") {
		for range rapid.IntRange(1, 3).Draw(t, "scenes of refunds") {
			p.playShared(t, sharedRefundScenes)
		}
	}
	if rapid.Bool().Draw(t, "hears") {
		for range rapid.IntRange(1, 2).Draw(t, "scenes of news") {
			p.playShared(t, newsScenes)
		}
	}
	return p
})

// playShared draws a scene of some, and adds its acts.
func (p *Plan) playShared(t *rapid.T, some []string) {
	here := Act{
		Kiosk: rapid.IntRange(0, p.Kiosks-1).Draw(t, "instance"),
		Bill:  rapid.IntRange(0, p.Bills-1).Draw(t, "bill"),
	}
	pace := pauses
	for _, word := range strings.Fields(rapid.SampledFrom(some).Draw(t, "scene")) {
		a := here
		do, after, fixed := strings.Cut(word, "+")
		a.After, a.N = rapid.SampledFrom(pace).Draw(t, "after"), rapid.IntRange(0, 63).Draw(t, "n")
		if fixed {
			a.After, _ = time.ParseDuration(after) // a scene's own
		}
		if a.Do = strings.TrimSuffix(do, "'"); a.Do != do {
			a.Kiosk = (here.Kiosk + 1) % p.Kiosks
		}
		p.Acts = append(p.Acts, a)
		pace = moments
	}
}

// DrawnShared returns the plan of a seed for instances that share a ledger.
func DrawnShared(seed int) Plan { return sharedPlans.Example(seed) }

// share does what an act means to instances that share a ledger; ok is false of an act that means the same to all.
func (l *Life) share(a Act) (ok bool) {
	k, other := l.kiosks[a.Kiosk], l.kiosks[a.N%len(l.kiosks)]
	switch a.Do {
	case "hold", "brake", "unsure", "crash", "at", "start", "dark", "light", "flaw", "quiet", "late", "full":
		l.uneasy()
	}
	switch a.Do {
	case "come":
		k.ask(a.Bill)
	case "deaf":
		l.deaf.Store(time.Now().Add(halts[a.N%len(halts)]).UnixNano())
	case "shut":
		l.shut(k, a.Bill)
	case "cancel":
		k.unwish(other)
	case "move":
		if k.screen != nil {
			replaceWith(k.screen.moved, other)
		}
	case "hold":
		k.pause(halts[a.N%len(halts)])
	case "brake":
		k.brake.Store(int64(brakes[a.N%len(brakes)]))
	case "unsure":
		l.shared.Unsure(a.N%2 == 0)
	case "reprint":
		if at := l.serving(k); at != nil {
			l.busy.Go(func() { at.reprint(a.N) })
		}
	case "ask", "accept":
		if at := l.serving(k); at != nil {
			at.clerk(a.Do, a.N)
		}
	case "report":
		if at := l.serving(k); at != nil {
			at.report()
		}
	case "want":
		if at := l.serving(k); at != nil {
			at.want(a.N)
		}
	case "allow", "decline", "withdraw":
		if at := l.serving(k); at != nil {
			at.judge(a.Do, a.N)
		}
	default:
		return false
	}
	return true
}

func replaceWith(ch chan *kiosk, k *kiosk) {
	select {
	case <-ch:
	default:
	}
	ch <- k
}

// pause halts the instance for a time, as a machine that is suspended: its calls hang, and go on then.
func (k *kiosk) pause(d time.Duration) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if !k.alive || k.halt != nil {
		return
	}
	halt := make(chan struct{})
	k.halt = halt
	k.life.note("kiosk %s is paused for %v", k.name, d)
	time.AfterFunc(d, func() { k.resume(halt) })
}

// resume ends a pause, unless it has ended already.
func (k *kiosk) resume(halt chan struct{}) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if halt != nil && k.halt == halt {
		k.life.note("kiosk %s goes on", k.name)
		close(halt)
		k.halt = nil
	}
}

func (k *kiosk) halted() chan struct{} {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.halt
}

// held waits while the instance is paused.
func (k *kiosk) held(ctx context.Context) {
	if halt := k.halted(); halt != nil {
		select {
		case <-halt:
		case <-ctx.Done():
		}
	}
}

// serving returns an instance that answers, from one on; nil when none does.
func (l *Life) serving(from *kiosk) *kiosk {
	i := slices.Index(l.kiosks, from)
	for n := range l.kiosks {
		if k := l.kiosks[(i+n)%len(l.kiosks)]; k.on() && k.halted() == nil {
			return k
		}
	}
	return nil
}

// ask is a visitor with the notice of a bill. Where the instance is paused the request hangs in it, and the screen asks
// another one the same; so it does when the instance dies over it, or does not know whether it is stored.
func (k *kiosk) ask(b int) {
	k.leave()
	k.visits++
	r := k.life.request(b, k.merchant)
	r.Visit, r.ID, r.Device = k.visit(), k.visit(), k.name
	if k.on() && k.halted() != nil {
		c := k.current()
		k.life.busy.Go(func() {
			if f, err := c.Take(context.Background(), r); err == nil {
				_, _ = c.Walk(context.Background(), r, f, k.life.stillAsked(b, r))
			}
		})
	}
	for range 3 {
		at := k.life.serving(k)
		if at == nil {
			return
		}
		f, err := at.current().Take(context.Background(), r)
		if err == nil {
			k.show(at, f)
			return
		}
		k.life.note("kiosk %s, visit of %s: %v", at.name, k.name, err)
		if at.on() && !errors.Is(err, payment.ErrUnsure) {
			return
		}
	}
}

// uneasy notes that something goes wrong now.
func (l *Life) uneasy() { l.trouble.Store(time.Now().UnixNano()) }

// easy reports whether nothing has gone wrong since a time, nor is about to at an instance.
func (l *Life) easy(since time.Time, k *kiosk) bool {
	k.lock.Lock()
	flaws := slices.ContainsFunc(k.flaws, func(f armed) bool { return f.left > 0 })
	k.lock.Unlock()
	return time.Unix(0, l.trouble.Load()).Before(since) && !flaws && k.on() && k.halted() == nil && !k.dark.Load() &&
		!k.full.Load() && k.doomed.Load() == 0 && k.brake.Load() == 0
}

// heardWithin is how long an instance that nothing is wrong with may take to hear what another one has stored.
const heardWithin = payment.SweptWithin + 3*time.Second

// shut is a clerk's wish, at an instance, that a bill's order be closed. Its follower takes it up, however long it
// rests.
func (l *Life) shut(k *kiosk, b int) {
	at := l.serving(k)
	if at == nil {
		return
	}
	list, err := l.shared.OfBill(context.Background(), l.request(b, merchant).Key)
	if err != nil || len(list) == 0 || list[len(list)-1].Final() {
		return
	}
	o, now := list[len(list)-1], time.Now()
	no, w := o.No, payment.Wish{Source: payment.ByClerk, At: now.Truncate(time.Microsecond)}
	if f, ok := at.current().Followed(no); ok {
		err = f.Cancel(context.Background(), w)
	} else {
		asks := func(o payment.Order) payment.Change { return o.AskClose(w) }
		_, err = at.tape().change(context.Background(), no, asks)
	}
	l.note("kiosk %s: a clerk shuts %s: %v", at.name, no[:6], err)
	i := slices.IndexFunc(l.kiosks, func(k *kiosk) bool { return k.name == o.Lease.Holder })
	if err == nil && o.State == payment.Waiting && i >= 0 && l.kiosks[i].hears {
		l.busy.Go(func() { l.heard(l.kiosks[i], no, now) })
	}
}

// heard: an instance hears what another one has stored of an order that it follows, unless something has gone wrong
// shortly before.
func (l *Life) heard(k *kiosk, no string, began time.Time) {
	time.Sleep(heardWithin)
	o, err := l.shared.Order(context.Background(), no)
	if err == nil && o.State == payment.Closing && o.CloseBegunAt.IsZero() && o.Lease.Holder == k.name &&
		l.easy(began.Add(-5*time.Minute), k) {
		l.breaks("instance %s has not heard for %v that a clerk wishes %s closed", k.name, heardWithin, no)
	}
}

// A screen shows an order to its visitor, as app's counter tells of it: by its follower where that is at the same
// instance, else by the ledger.
type screen struct {
	of       *kiosk // before which the visitor stands
	at       *kiosk // that serves it
	no       string
	visit    string
	moved    chan *kiosk
	left     chan struct{}
	followed payment.Followed
	news     <-chan payment.News
	stop     func()
	hears    *payment.Cashier // of whom
	stirs    <-chan struct{}  // that the order has changed
	deafens  func()
}

// show has a visitor see an order.
func (k *kiosk) show(at *kiosk, f payment.Followed) {
	s := &screen{
		of: k, at: at, no: f.News().Order.No, visit: k.visit(), moved: make(chan *kiosk, 1),
		left: make(chan struct{}), stop: func() {}, deafens: func() {},
	}
	k.session, k.screen, k.home = &standing{f: f}, s, time.Now().Add(k.minutes+time.Minute)
	k.leaves = func() { close(s.left) }
	k.life.busy.Go(s.run)
}

func (s *screen) run() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer func() { s.stop(); s.deafens() }()
	for {
		if s.watch(); s.news == nil && s.look() {
			return
		}
		select {
		case <-s.left:
			return
		default:
		}
		select {
		case n := <-s.news:
			if s.tell(n) {
				return
			}
		case s.at = <-s.moved:
		case <-s.stirs:
		case <-tick.C:
		case <-s.left:
			return
		}
	}
}

// watch finds an instance that answers, and the order's follower if it is there.
func (s *screen) watch() {
	if !s.at.on() || s.at.halted() != nil {
		if next := s.of.life.serving(s.at); next != nil {
			s.at = next
		}
	}
	c := s.at.current()
	if c != s.hears {
		s.deafens()
		s.hears = c
		s.stirs, s.deafens = c.Stirs(s.no)
	}
	f, ok := c.Followed(s.no)
	switch {
	case ok && f != s.followed:
		s.stop()
		s.followed = f
		s.news, s.stop = f.Watch()
	case !ok && s.followed != nil && len(s.news) == 0:
		s.stop()
		s.followed, s.news, s.stop = nil, nil, func() {}
	}
}

// look shows what the ledger says, and that somebody waits; true when there is nothing more to see.
func (s *screen) look() bool {
	if !s.at.on() || s.at.halted() != nil {
		return false
	}
	t, ctx, now := s.at.tape(), context.Background(), time.Now().Truncate(time.Microsecond)
	o, err := t.Order(ctx, s.no)
	if err != nil {
		return false
	}
	if !o.Final() && o.Visit == s.visit && !o.Left && o.WatchedUntil.Sub(now) < payment.WatchedFor/2 {
		_, _ = t.change(ctx, s.no, func(o payment.Order) payment.Change { return o.Watch(now) })
	}
	return s.tell(payment.News{Order: o.Shown()})
}

// tell shows news, and prints when they say paid; true when there is nothing more to see.
func (s *screen) tell(n payment.News) bool {
	s.of.life.screen(s.at, n)
	if n.Order.State == payment.Paid {
		s.at.print(n.Order.No, payment.Owed)
	}
	return n.Order.Final()
}

// unwish is the visitor's wish that the order be closed, which reaches an instance from one on.
func (k *kiosk) unwish(from *kiosk) {
	w := payment.Wish{Source: payment.ByVisit, Visit: k.visit(), At: time.Now().Truncate(time.Microsecond)}
	k.utter(from, "cancelled", func(f payment.Followed) error { return f.Cancel(context.Background(), w) },
		func(o payment.Order) payment.Change { return o.AskClose(w) })
}

// away is the visitor leaving.
func (k *kiosk) away() {
	k.utter(k, "left", func(f payment.Followed) error { return f.Leave(context.Background(), k.visit()) },
		func(o payment.Order) payment.Change { return o.Leave(k.visit()) })
}

// utter gives a wish to the order's follower, or stores it for that one to read.
func (k *kiosk) utter(
	from *kiosk, what string, here func(payment.Followed) error, rule func(payment.Order) payment.Change,
) {
	at := k.life.serving(from)
	if k.session == nil || at == nil {
		return
	}
	no := k.session.order().News().Order.No
	f, ok := at.current().Followed(no)
	var err error
	if ok {
		err = here(f)
	} else {
		_, err = at.tape().change(context.Background(), no, rule)
	}
	if err != nil {
		k.life.note("kiosk %s: %s in vain: %v", at.name, what, err)
	}
}

// inHand reports whether work is in hand at a shared ledger, which somebody else may doubt only when its time is over.
func (l *Life) inHand() bool {
	if l.shared == nil {
		return false
	}
	effects, err := l.shared.Pending(context.Background(), "", payment.Effect{}, most)
	return err != nil || slices.ContainsFunc(effects, func(e payment.Effect) bool { return e.State == payment.Handed })
}

// change stores what a rule makes of an order that needs not know the others of its bill.
func (t *tape) change(
	ctx context.Context, no string, rule func(payment.Order) payment.Change,
) (payment.Order, error) {
	return t.Update(ctx, no, func(o payment.Order, _ []payment.Order) (payment.Change, error) { return rule(o), nil })
}

// mostAfter is how often an instance may ask about an order within half a minute once another one follows it: a step
// that was under way, and a clerk.
const mostAfter = 5

// spoken: only who follows an order sends its create and its close, and who does not soon ceases to ask.
func (l *Life) spoken(k *kiosk, op string, o payment.Order) {
	kept, err := l.shared.Order(context.Background(), o.No)
	if err != nil || kept.Lease.Holder == k.name && string(kept.Body) == string(o.Body) {
		return
	}
	if op != "query" {
		l.breaks("instance %s sends %s for %s, which %s follows", k.name, op, o.No, kept.Lease.Holder)
		return
	}
	l.mu.Lock()
	id := k.name + o.No
	old := func(at time.Time) bool { return time.Since(at) > 30*time.Second }
	l.strays[id] = append(slices.DeleteFunc(l.strays[id], old), time.Now())
	n := len(l.strays[id])
	l.mu.Unlock()
	if n > mostAfter && !kept.Final() {
		l.breaks("instance %s has asked %d times about %s, which %s follows", k.name, n, o.No, kept.Lease.Holder)
	}
}

// doubted: nobody calls in doubt what another instance has in hand, which lives and has time.
func (l *Life) doubted(k *kiosk, before, e payment.Effect) {
	doubts := before.State == payment.Handed && e.State == payment.Doubtful
	if l.shared == nil || !doubts || before.Holder == k.name || before.Until.Before(time.Now()) {
		return
	}
	for _, other := range l.kiosks {
		if other.name == before.Holder && other.on() {
			l.breaks("instance %s doubts the %s of %s, which %s has in hand", k.name, e.Kind, e.Order, other.name)
		}
	}
}
