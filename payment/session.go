package payment

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"
)

// A Session follows one order from its creation to its final state. Only its own goroutine writes the order
// on this machine; everybody else watches, and says what is wished.
type Session struct {
	cashier *Cashier

	mu       sync.Mutex
	news     News
	watchers map[chan News]bool
	cancel   bool // somebody wishes the order closed
	left     bool // the visitor has left

	wake chan struct{} // holds one: something was wished

	// of the session's goroutine
	order  Order
	taken  bool // WeChat refused our create: the number may be another machine's
	misses int  // questions in a row that got no answer
	rounds int  // questions since anybody last watched or wished
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
		order:    o,
		news:     News{Order: o},
		watchers: make(map[chan News]bool),
		wake:     make(chan struct{}, 1),
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

// Ask makes the session ask WeChat now.
func (s *Session) Ask() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// follow asks until the order is final or ctx ends.
func (s *Session) follow(ctx context.Context) {
	log := s.cashier.desk.Log.With("order", s.order.No)
	for ctx.Err() == nil {
		err := s.step(ctx)
		if ctx.Err() != nil {
			return
		}
		s.count(err)
		if err != nil && (s.misses == 1 || s.misses%10 == 0) {
			log.WarnContext(ctx, "order not answered", "state", s.order.State, "misses", s.misses, "err", err)
		}
		s.publish(err)
		if s.order.Final() {
			log.InfoContext(ctx, "order ended", "state", s.order.State, "oddity", s.order.Oddity)
			return
		}
		s.rest(ctx)
	}
}

func (s *Session) count(err error) {
	s.rounds++
	if s.visited() {
		s.rounds = 0
	}
	if err != nil {
		s.misses++
	} else {
		s.misses = 0
	}
}

// step asks one question, or says one thing, and stores what follows.
func (s *Session) step(ctx context.Context) error {
	if err := s.wishes(ctx); err != nil {
		return err
	}
	now := s.cashier.Now()
	over := now.After(s.order.Expires.Add(Grace))
	switch s.order.State {
	case Created:
		if now.Before(s.order.Expires.Add(-RecreateUntil)) {
			return s.prepay(ctx)
		}
		return s.end(ctx, now)
	case Waiting:
		if s.order.Cancelled || over {
			return s.close(ctx)
		}
		return s.query(ctx)
	case Closing:
		return s.end(ctx, now)
	case Foreign:
		if over := now.After(s.order.NotPaidAt.Add(s.order.PayWithin)); over && !s.order.NotPaidAt.IsZero() {
			return s.end(ctx, now)
		}
		return s.query(ctx)
	}
	return nil
}

// wishes stores what a visitor wished since the last step.
func (s *Session) wishes(ctx context.Context) error {
	s.mu.Lock()
	cancel, left := s.cancel, s.left
	s.mu.Unlock()
	if left && !s.order.Left {
		if err := s.update(ctx, func(o Order, _ []Order) (Change, error) { return o.Leave(), nil }); err != nil {
			return err
		}
	}
	if cancel && !s.order.Cancelled {
		return s.update(ctx, func(o Order, _ []Order) (Change, error) { return o.AskClose("cancelled by the visitor"), nil })
	}
	return nil
}

// prepay sends the stored create. Whatever is not a clear answer is followed by a query: the state alone decides.
func (s *Session) prepay(ctx context.Context) error {
	if s.taken {
		return s.whose(ctx)
	}
	if err := s.cashier.allow(ctx, s.order.Merchant, s.visited()); err != nil {
		return err
	}
	url, err := s.cashier.desk.Gateway.Prepay(ctx, s.order)
	s.cashier.heard(err)
	switch {
	case err == nil:
		return s.update(ctx, func(o Order, _ []Order) (Change, error) { return o.Code(url), nil })
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
	return s.update(ctx, func(o Order, others []Order) (Change, error) {
		if r.No == o.No && r.MchID == o.Merchant.MchID && r.State == TradeNotPaid {
			return o.Refuse(s.cashier.Now()), nil
		}
		return o.Apply(r, others, s.cashier.Now())
	})
}

// query asks what became of the order and stores what follows.
func (s *Session) query(ctx context.Context) error {
	r, err := s.ask(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(o Order, others []Order) (Change, error) { return o.Apply(r, others, s.cashier.Now()) })
}

func (s *Session) ask(ctx context.Context) (Report, error) {
	if err := s.cashier.allow(ctx, s.order.Merchant, s.visited()); err != nil {
		return Report{}, err
	}
	r, err := s.cashier.desk.Gateway.Query(ctx, s.order)
	s.cashier.heard(err)
	return r, err
}

// close stores that a close is asked, then asks it.
func (s *Session) close(ctx context.Context) error {
	err := s.update(ctx, func(o Order, _ []Order) (Change, error) { return o.AskClose("time to pay is over"), nil })
	if err != nil {
		return err
	}
	s.publish(nil)
	return s.end(ctx, s.cashier.Now())
}

// end brings an order that nobody shall pay any more to its end: query, close, query. The answer to close proves
// nothing, so it is not looked at.
func (s *Session) end(ctx context.Context, now time.Time) error {
	err := s.query(ctx)
	if s.order.Final() {
		return nil
	}
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if err := s.cashier.allow(ctx, s.order.Merchant, s.visited()); err != nil {
		return err
	}
	closing := s.cashier.desk.Gateway.Close(ctx, s.order)
	s.cashier.heard(closing)
	err = s.query(ctx)
	if errors.Is(err, ErrAbsent) && s.order.State == Created {
		if err := s.update(ctx, func(o Order, _ []Order) (Change, error) { return o.Absent(now), nil }); err != nil {
			return err
		}
		if s.order.Final() {
			return nil
		}
	}
	if err == nil {
		err = closing
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

func (s *Session) visited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers) > 0
}

// publish gives every watcher the latest news, in place of those it has not read yet.
func (s *Session) publish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := News{Order: s.order, Trouble: err, Since: s.news.Since, Asked: s.news.Asked}
	switch {
	case err == nil:
		n.Since, n.Asked = time.Time{}, time.Now()
	case s.news.Trouble == nil:
		n.Since = time.Now()
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

// rest waits for the next question: its time, a wish, or the gateway's return.
func (s *Session) rest(ctx context.Context) {
	pause := s.pause(s.cashier.Now())
	var back <-chan struct{}
	if s.misses > 0 {
		back = s.cashier.recovery()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.wake:
	case <-back:
	}
}

// The waits between questions: what a visitor sees is asked often, what was left behind ever more rarely.
var (
	troubled = []time.Duration{1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
	leftOver = []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
	ending   = []time.Duration{time.Second, 2 * time.Second, 2 * time.Second, 5 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
)

const (
	shown    = 2500 * time.Millisecond // while a QR is on the screen
	patience = 5 * time.Second         // the longest wait while somebody watches
	daily    = time.Hour               // once an order is older than a day
)

// pause is how long to wait before the next question.
func (s *Session) pause(now time.Time) time.Duration {
	visited := s.visited()
	var d time.Duration
	switch {
	case s.misses > 0:
		d = at(troubled, s.misses-1)
	case s.order.State == Closing || s.order.State == Created:
		d = at(ending, s.rounds)
	case visited:
		d = shown
	default:
		d = at(leftOver, s.rounds-1)
	}
	switch {
	case visited:
		d = min(d, patience)
	case now.Sub(s.order.CreatedAt) > 24*time.Hour:
		d = daily
	}
	d += s.jitter(d)
	if due := s.due(); due.After(now) {
		d = min(d, due.Sub(now)+time.Millisecond)
	}
	return d
}

// due is when the clock next asks something of the order.
func (s *Session) due() time.Time {
	if s.order.State == Foreign {
		return s.order.NotPaidAt.Add(s.order.PayWithin)
	}
	return s.order.Expires.Add(Grace)
}

// jitter keeps orders that fell silent together from asking together: up to a tenth of d, the same for the same
// order and count.
func (s *Session) jitter(d time.Duration) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(s.order.No))
	h.Write([]byte{byte(s.rounds), byte(s.misses)})
	return time.Duration(h.Sum64() % uint64(d/10+1))
}

func at(waits []time.Duration, i int) time.Duration {
	return waits[min(max(i, 0), len(waits)-1)]
}
