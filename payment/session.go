package payment

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// A Session follows one order from its creation to its final state. Only its own goroutine writes the order
// on this machine; everybody else watches, and says what is wished.
type Session struct {
	cashier *Cashier
	created time.Time // when its order was: a void order's number is used again

	mu       sync.Mutex
	news     News
	watchers map[chan News]bool
	cancel   bool // somebody wishes the order closed
	left     bool // the visitor has left

	wake chan struct{} // holds one: something was wished
	seen chan struct{} // holds one: somebody began to watch

	// of the session's goroutine
	order   Order
	trouble error     // what the last question came to
	asked   time.Time // when WeChat last answered
	taken   bool      // WeChat refused our create: the number may be another machine's
	misses  int       // questions in a row that got no answer
	rounds  int       // questions since the state, or whether anybody watches, last changed
	stood   State     // the state then
	watched bool      // whether anybody watched then

	returned <-chan struct{} // closed once the gateway has come back since it last roused us
	roused   time.Time       // when it did
}

// News is what a session knows of its order.
type News struct {
	Order   Order
	Trouble error     // why the last question got no answer; nil when it did
	Since   time.Time // since when there is trouble
	Asked   time.Time // when WeChat last answered
}

func newSession(c *Cashier, o Order) *Session {
	return &Session{
		cashier:  c,
		created:  o.CreatedAt,
		order:    o,
		left:     o.Left,
		news:     News{Order: o},
		watchers: make(map[chan News]bool),
		wake:     make(chan struct{}, 1),
		seen:     make(chan struct{}, 1),
	}
}

// News returns the latest news.
func (s *Session) News() News {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

// Watch returns a channel that always holds the latest news not read yet, the present ones first. While somebody
// watches, the session asks every few seconds. stop ends the watching, never the order.
func (s *Session) Watch() (news <-chan News, stop func()) {
	ch := make(chan News, 1)
	s.mu.Lock()
	ch <- s.news
	s.watchers[ch] = true
	s.mu.Unlock()
	post(s.seen)
	s.Ask()
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, ch)
	}
}

// Cancel wishes the order closed. If a payment was quicker, the order ends as paid.
func (s *Session) Cancel() {
	s.mu.Lock()
	s.cancel = true
	s.mu.Unlock()
	s.Ask()
}

// Leave says that the visitor has left the screen. The order goes on.
func (s *Session) Leave() {
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	s.Ask()
}

// Back says that a visitor stands before the order again.
func (s *Session) Back() {
	s.mu.Lock()
	s.left = false
	s.mu.Unlock()
	s.Ask()
}

// Ask makes the session ask WeChat now.
func (s *Session) Ask() { post(s.wake) }

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
		s.rest(ctx)
	}
}

// severity of a question without an answer: that WeChat does not know an order whose code it gave is an alarm.
func (s *Session) severity(err error) slog.Level {
	if errors.Is(err, ErrAbsent) && s.order.CodeURL != "" {
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
	if err := s.wishes(ctx); err != nil {
		return err
	}
	now := s.cashier.Now()
	switch s.order.State {
	case Created:
		if s.taken {
			return s.whose(ctx)
		}
		if s.rules().Recreates(s.order, now) {
			return s.prepay(ctx)
		}
	case Waiting:
		if !s.order.Cancelled && !s.order.timeIsOver(now) {
			return s.query(ctx)
		}
		err := s.update(ctx, func(o Order, _ []Order) (Change, error) { return s.rules().AskClose(o, "time to pay is over"), nil })
		if err != nil {
			return err
		}
		s.publish()
	}
	return s.end(ctx)
}

// wishes stores what a visitor wished since the last step, and shows it: WeChat may be slow.
func (s *Session) wishes(ctx context.Context) error {
	s.mu.Lock()
	cancel, left := s.cancel, s.left
	s.mu.Unlock()
	if left != s.order.Left {
		rule := func(o Order, _ []Order) (Change, error) { return o.Return(), nil }
		if left {
			rule = func(o Order, _ []Order) (Change, error) { return o.Leave(), nil }
		}
		if err := s.update(ctx, rule); err != nil {
			return err
		}
	}
	if !cancel || s.order.Cancelled {
		return nil
	}
	err := s.update(ctx, func(o Order, _ []Order) (Change, error) {
		return s.rules().AskClose(o, "cancelled by the visitor"), nil
	})
	if err == nil {
		s.publish()
	}
	return err
}

// prepay sends the stored create. Whatever is not a clear answer is followed by a query: the state alone decides.
func (s *Session) prepay(ctx context.Context) error {
	if err := s.allow(ctx); err != nil {
		return err
	}
	url, err := s.cashier.desk.Gateway.Prepay(ctx, s.order)
	s.cashier.heard(s.order.Merchant, err)
	switch {
	case err == nil:
		s.asked = time.Now()
		return s.update(ctx, func(o Order, _ []Order) (Change, error) { return s.rules().Code(o, url), nil })
	case errors.Is(err, ErrNumberTaken):
		s.taken = true
		return s.whose(ctx)
	case errors.Is(err, ErrUnauthorized), errors.Is(err, ErrThrottled), errors.Is(err, ErrClock):
		return err
	}
	if qerr := s.query(ctx); qerr != nil && !errors.Is(qerr, ErrAbsent) {
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
	return s.update(ctx, func(o Order, others []Order) (Change, error) {
		c, err := s.rules().Apply(o, r, others, now)
		if err != nil || c.Event != "" {
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
	return s.update(ctx, func(o Order, others []Order) (Change, error) { return s.rules().Apply(o, r, others, now) })
}

func (s *Session) ask(ctx context.Context) (Reported, error) {
	if err := s.allow(ctx); err != nil {
		return Reported{}, err
	}
	r, err := s.cashier.desk.Gateway.Query(ctx, s.order)
	s.cashier.heard(s.order.Merchant, err)
	if err == nil && r.names(s.order) {
		s.asked = time.Now()
	}
	return r, err
}

// end brings an order that nobody shall pay any more to its end: query, close, query. The answer to close proves
// nothing, so it is not looked at. A number whose code is not known here is not closed when WeChat does not know it: it may be
// another machine's the next moment.
func (s *Session) end(ctx context.Context) error {
	err := s.query(ctx)
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if (err == nil || s.order.CodeURL != "") && !s.order.Final() && s.rules().MayClose(s.order, s.cashier.Now()) {
		if err := s.allow(ctx); err != nil {
			return err
		}
		s.cashier.heard(s.order.Merchant, s.cashier.desk.Gateway.Close(ctx, s.order))
		err = s.query(ctx)
	}
	if !errors.Is(err, ErrAbsent) || s.order.State != Created {
		return err
	}
	now := s.cashier.Now()
	if uerr := s.update(ctx, func(o Order, _ []Order) (Change, error) { return s.rules().Absent(o, now), nil }); uerr != nil {
		return uerr
	}
	if s.order.Final() {
		return nil
	}
	return err
}

func (s *Session) update(ctx context.Context, rule func(Order, []Order) (Change, error)) error {
	o, err := s.cashier.desk.Ledger.Update(ctx, s.order.No, rule)
	if err != nil {
		return err
	}
	s.order = o
	return nil
}

func (s *Session) rules() *ruleTable { return &s.cashier.rules }

func (s *Session) visited() bool {
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
	s.news = n
	for ch := range s.watchers {
		select {
		case <-ch:
		default:
		}
		ch <- n
	}
}
