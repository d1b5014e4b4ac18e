package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Followed is an order as those see it who wait for it. Of one that another machine follows, which shares the ledger,
// those who watch have the news that are stored; wishes reach its follower all the same.
type Followed interface {
	// News returns the latest news.
	News() News
	// Watch returns a channel that always holds the latest news not read yet, the present ones first. While somebody
	// watches, WeChat is asked each second for two minutes, then each 2.5 s. stop ends the watching, never the order.
	Watch() (news <-chan News, stop func())
	// Cancel stores the wish that the order be closed. If a payment was quicker, the order ends as paid.
	Cancel(ctx context.Context, w Wish) error
	// Leave stores that a visit has left the screen. The order goes on.
	Leave(ctx context.Context, visit string) error
	// Back stores that a visit stands before the order.
	Back(ctx context.Context, visit string) error
	// Ask has WeChat asked now, and each second for the next two minutes while somebody watches.
	Ask()
}

// A Session follows one order from its creation to its final state, on this machine, as long as this machine's lease
// of it lasts. Wishes are stored by who utters them; the session reads them before each of its steps.
type Session struct {
	wisher
	as Order // when it was taken up: the incarnation and the lease by which it speaks

	mu       sync.Mutex
	news     News
	watchers map[chan News]bool
	stirred  time.Time // when somebody last came to watch, or asked
	wished   Wish      // uttered since the order was last read
	// what was uttered before was withdrawn since then
	withdrawn bool

	seen  chan struct{} // holds one: somebody began to watch
	ended chan struct{} // closed once nobody follows any more
	other bool          // another machine follows the order
	looks bool          // and what it stores is looked at for those who watch here

	// of the session's goroutine
	order   Order
	trouble error     // what the last question came to
	asked   time.Time // when WeChat last answered
	taken   bool      // WeChat refused our create: the number may be another machine's
	unsent  bool      // it was never sent: the number is asked about before
	misses  int       // questions in a row that got no answer
	flaws   flaws     // answers in a row that cannot be booked
	rounds  int       // questions since the state, or whether anybody watches, last changed
	stood   State     // the state then
	watched bool      // whether anybody watched then

	returned <-chan struct{} // closed once the gateway has come back since it last roused us
	roused   time.Time       // when it did
	stirs    <-chan struct{} // holds one: somebody has stored something of the order
}

// News is what a session knows of its order.
type News struct {
	Order   Order
	Trouble error     // why the last question got no answer; nil when it did
	Since   time.Time // since when there is trouble
	Asked   time.Time // when WeChat last answered
}

func newSession(c *Cashier, o Order) *Session {
	s := &Session{
		as:       o,
		order:    o,
		news:     News{Order: c.rules.Shown(o)},
		watchers: make(map[chan News]bool),
		seen:     make(chan struct{}, 1),
		ended:    make(chan struct{}),
	}
	s.wisher = newWisher(c, o, s.told)
	return s
}

// News returns the latest news.
func (s *Session) News() News {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

// Watch returns a channel that always holds the latest news not read yet, the present ones first.
func (s *Session) Watch() (news <-chan News, stop func()) {
	defer s.Ask()
	return s.listen()
}

// listen is Watch without a question.
func (s *Session) listen() (news <-chan News, stop func()) {
	ch := make(chan News, 1)
	s.mu.Lock()
	ch <- s.news
	s.watchers[ch] = true
	begins := s.other && !s.looks && !s.news.Order.Final()
	s.looks = s.looks || begins
	s.mu.Unlock()
	if begins {
		s.cashier.begin(s.lookOn)
	}
	post(s.seen)
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, ch)
		if s.other {
			post(s.wake)
		}
	}
}

// Ask has WeChat asked now, and often for the next two minutes: somebody may be paying.
func (s *Session) Ask() {
	s.mu.Lock()
	s.stirred = time.Now()
	s.mu.Unlock()
	s.wisher.Ask()
}

func post(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func drain(ch chan struct{}) {
	select {
	case <-ch:
	default:
	}
}

// follow asks until the order is final or ctx ends.
func (s *Session) follow(ctx context.Context) {
	log := s.cashier.desk.Log.With("order", s.order.No)
	s.returned = s.cashier.recovery()
	stirs, stop := s.cashier.Stirs(s.no)
	defer stop()
	s.stirs = stirs
	for ctx.Err() == nil {
		drain(s.wake) // before the step: a wish while it asks must not be slept through
		err := s.step(ctx)
		if ctx.Err() != nil {
			return
		}
		s.count(err)
		if err != nil && (s.misses == 1 || s.misses%10 == 0) {
			log.Log(ctx, s.severity(err), "order not answered", "state", s.order.State, "misses", s.misses, "err", err)
		}
		s.trouble = err
		s.publish()
		if s.order.Final() {
			log.InfoContext(ctx, "order ended", "state", s.order.State, "oddity", s.order.Oddity)
			return
		}
		if errors.Is(err, ErrConflict) {
			log.WarnContext(ctx, "order left to another follower", "err", err)
			return
		}
		s.rest(ctx)
	}
}

// severity of a question without an answer: that WeChat does not know an order whose code it gave is an alarm, and
// so is a payment that cannot be booked.
func (s *Session) severity(err error) slog.Level {
	if errors.Is(err, ErrAbsent) && s.order.CodeURL != "" || errors.Is(err, ErrUnbookable) {
		return slog.LevelError
	}
	return slog.LevelWarn
}

func (s *Session) count(err error) {
	if watched := s.visited(); watched != s.watched || s.order.State != s.stood {
		s.rounds, s.watched, s.stood = 0, watched, s.order.State
	}
	s.rounds++
	switch {
	case err != nil:
		s.misses++
	case s.misses > 0: // the gateway is back: the order begins anew
		s.misses, s.rounds = 0, 1
	}
}

// step asks one question, or says one thing, and stores what follows.
func (s *Session) step(ctx context.Context) error {
	if err := s.read(ctx); err != nil || s.order.Final() {
		return err
	}
	now := s.cashier.Now()
	switch s.order.State {
	case Created:
		if s.unsent || s.taken {
			err := s.whose(ctx)
			if !s.unsent || !errors.Is(err, ErrAbsent) {
				return err
			}
		}
		if s.rules().Recreates(s.order, now) {
			return s.prepay(ctx)
		}
	case Waiting:
		w := s.order.Unwanted
		if w == (Wish{}) && !s.order.timeIsOver(now) {
			return s.query(ctx)
		}
		if w == (Wish{}) {
			w = Wish{Source: ByClock, At: now}
		}
		if err := s.move(ctx, func(o Order) Change { return s.rules().AskClose(o, w) }); err != nil {
			return err
		}
		s.publish()
	}
	return s.end(ctx)
}

// read takes over what was stored since the last step, wishes above all, and shows it: WeChat may be slow. An order
// that came to its end at another machine has come to it here. While somebody watches here, the machines that share the
// ledger are told so.
func (s *Session) read(ctx context.Context) error {
	s.forget()
	o, err := s.cashier.desk.Ledger.Order(ctx, s.order.No)
	if err != nil {
		return err
	}
	ended := o.Final() && o.Incarnation() == s.incarnation
	if err := s.rules().HeldAs(o, s.as); err != nil && !ended {
		return err
	}
	if s.order = o; !o.ChangedAt.Equal(s.News().Order.ChangedAt) {
		s.publish()
	}
	now := s.cashier.Now()
	if s.cashier.desk.Lease > 0 && !ended && s.watchedHere() && o.WatchedUntil.Before(now.Add(WatchedFor/2)) {
		return s.move(ctx, func(o Order) Change { return o.Watch(now) })
	}
	return nil
}

// prepay sends the stored create. Whatever is not a clear answer is followed by a query: the state alone decides.
func (s *Session) prepay(ctx context.Context) error {
	may := func() bool { return s.rules().Recreates(s.order, s.cashier.Now()) }
	if ok, err := s.speak(ctx, may); !ok {
		return err
	}
	url, err := s.cashier.desk.Gateway.Prepay(withTurns(ctx, s.allowSoon), s.order)
	s.unsent = false
	s.cashier.heard(s.order.Merchant, err)
	switch {
	case err == nil:
		s.asked = time.Now()
		return s.move(ctx, func(o Order) Change { return s.rules().Code(o, url) })
	case errors.Is(err, ErrNumberTaken):
		s.taken = true
		return s.whose(ctx)
	case errors.Is(err, ErrUnauthorized), errors.Is(err, ErrThrottled), errors.Is(err, ErrClock):
		return err
	}
	qerr := s.query(ctx)
	if errors.Is(err, ErrUnverified) && !errors.Is(qerr, ErrUnverified) { // one alone may be a change of WeChat's keys
		err = fmt.Errorf("%w: the create was answered by a key that is not believed", ErrUnknown)
	}
	if qerr != nil && !errors.Is(qerr, ErrAbsent) {
		return errors.Join(err, qerr)
	}
	if s.order.State != Created {
		return nil
	}
	return err
}

// whose finds out whose order it is that has our number.
func (s *Session) whose(ctx context.Context) error {
	r, err := s.ask(ctx)
	if err != nil {
		if errors.Is(err, ErrAbsent) {
			s.taken = false // then the create was refused for another reason; it is sent again
		}
		return err
	}
	now := s.cashier.Now()
	return s.hear(ctx, r, func(o Order, others []Order) (Change, error) {
		c, err := s.rules().Apply(o, r, others, now)
		if err != nil || c.Event != "" || r.Flaw != "" {
			return c, err
		}
		if err := s.rules().HeldAs(o, s.as); err != nil {
			return c, err
		}
		return s.rules().Refuse(c.Order, now), nil
	})
}

// query asks what became of the order and stores what follows.
func (s *Session) query(ctx context.Context) error {
	r, err := s.ask(ctx)
	if err != nil {
		return err
	}
	now := s.cashier.Now()
	return s.hear(ctx, r, func(o Order, others []Order) (Change, error) {
		return s.rules().Apply(o, r, others, now)
	})
}

// hear stores what follows from an answer, and rings when it cannot be booked.
func (s *Session) hear(ctx context.Context, r Reported, rule func(Order, []Order) (Change, error)) error {
	if err := s.update(ctx, rule); err != nil || r.Flaw == "" {
		return err
	}
	s.flaws.told = true
	s.cashier.desk.Log.ErrorContext(ctx, "payment cannot be booked", "order", s.order.No, "state", s.order.State,
		"flaw", r.Flaw)
	if !s.order.Final() {
		return fmt.Errorf("%w: %s", ErrUnbookable, r.Flaw)
	}
	return nil
}

func (s *Session) ask(ctx context.Context) (Reported, error) {
	if err := s.allow(ctx); err != nil {
		return Reported{}, err
	}
	r, err := s.cashier.query(ctx, s.order, s.allow)
	s.cashier.heard(s.order.Merchant, err)
	if err == nil && r.names(s.order) {
		s.asked = time.Now()
	}
	if err == nil {
		err = s.flaws.hear(r)
	}
	return r, err
}

// end brings an order that nobody shall pay any more to its end: query, close, query. The answer to close proves
// nothing, so it is not looked at. A number whose code is not known here is not closed when WeChat does not know it:
// it may be another machine's the next moment.
func (s *Session) end(ctx context.Context) error {
	began := s.cashier.Now() // of the last query: between the answers of two hosts there may be a wait
	err := s.query(ctx)
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if (err == nil || s.order.CodeURL != "") && !s.order.Final() && s.rules().MayClose(s.order, s.cashier.Now()) {
		may := func() bool { return s.rules().MayClose(s.order, s.cashier.Now()) }
		if ok, err := s.speak(ctx, may); !ok {
			return err
		}
		if err := s.close(ctx); err != nil {
			return err
		}
		began = s.cashier.Now()
		err = s.query(ctx)
	}
	if !errors.Is(err, ErrAbsent) || s.order.State != Created {
		return err
	}
	if uerr := s.move(ctx, func(o Order) Change { return s.rules().Absent(o, began) }); uerr != nil {
		return uerr
	}
	if s.order.Final() {
		return nil
	}
	return err
}

// close sends a close, once the ledger knows that it does. The answer proves nothing.
func (s *Session) close(ctx context.Context) error {
	now := s.cashier.Now()
	if err := s.move(ctx, func(o Order) Change { return o.BeginClose(now) }); err != nil {
		return err
	}
	err := s.cashier.desk.Gateway.Close(withTurns(ctx, s.allowSoon), s.order)
	s.cashier.heard(s.order.Merchant, err)
	return nil
}

// speak waits until a create or a close may be sent. That may take long: may is asked after it. Where others share the
// ledger the order is read once more, and ok is false too when another machine follows it by then.
func (s *Session) speak(ctx context.Context, may func() bool) (ok bool, err error) {
	if err := s.allow(ctx); err != nil {
		return false, err
	}
	if s.cashier.desk.Lease > 0 {
		if err := s.read(ctx); err != nil {
			return false, err
		}
	}
	return may(), nil
}

// move stores what this machine says of the order, as long as it follows this incarnation of it.
func (s *Session) move(ctx context.Context, rule func(Order) Change) error {
	return s.update(ctx, func(o Order, _ []Order) (Change, error) {
		if err := s.rules().HeldAs(o, s.as); err != nil {
			return Change{}, err
		}
		return rule(o), nil
	})
}

// update stores what follows from what WeChat has signed; no lease is needed for it.
func (s *Session) update(ctx context.Context, rule func(Order, []Order) (Change, error)) error {
	o, err := s.cashier.desk.Ledger.Update(ctx, s.order.No, rule)
	if err != nil {
		return err
	}
	s.order = o
	if !o.PaidElsewhere() {
		return nil
	}
	if o, err = s.cashier.inherit(ctx, o); err == nil {
		s.order = o
	}
	return err
}

func (s *Session) rules() *ruleTable { return &s.cashier.rules }

// visited reports whether somebody waits for the order, here or at a machine that shares the ledger.
func (s *Session) visited() bool {
	return s.watchedHere() || s.cashier.desk.Lease > 0 && s.cashier.Now().Before(s.News().Order.WatchedUntil)
}

func (s *Session) watchedHere() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers) > 0
}

// publish gives every watcher the latest news, in place of those it has not read yet.
func (s *Session) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := News{Order: s.order, Trouble: s.trouble, Asked: s.asked}
	switch {
	case n.Trouble == nil:
	case s.news.Trouble == nil:
		n.Since = time.Now()
	default:
		n.Since = s.news.Since
	}
	s.spread(n)
}

// replace puts the latest news in the place of those that nobody has read yet. Only one goroutine may do so to a
// channel.
func replace(ch chan News, n News) {
	select {
	case <-ch:
	default:
	}
	ch <- n
}
