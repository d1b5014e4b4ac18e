package wechatsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// What the payer's phone says when it will not pay.
var (
	ErrNoOrder = errors.New("wechatsim: no such order")
	ErrClosed  = errors.New("wechatsim: the order is closed")
	ErrPaid    = errors.New("wechatsim: the order is paid")
	ErrExpired = errors.New("wechatsim: the time to pay, or the code, has run out")
)

// Order returns what the simulator holds of an order.
func (s *Sim) Order(no string) (Order, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[no]
	if o == nil {
		return Order{}, false
	}
	return *o, true
}

// Orders returns all orders by number.
func (s *Sim) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Order
	for _, no := range slices.Sorted(maps.Keys(s.orders)) {
		list = append(list, *s.orders[no])
	}
	return list
}

// Scan returns the order that a code URL belongs to.
func (s *Sim) Scan(codeURL string) (Order, error) {
	for _, o := range s.Orders() {
		if o.CodeURL == codeURL {
			return o, nil
		}
	}
	return Order{}, ErrNoOrder
}

// Pay is the payer typing the password.
func (s *Sim) Pay(no string) error {
	return s.change(no, func(o *Order, now time.Time) error {
		s.expire(o)
		switch {
		case o.State == Closed:
			return ErrClosed
		case o.State != NotPaid:
			return ErrPaid
		case now.After(o.Expires) || now.After(o.CodeAt.Add(codeLife)):
			return ErrExpired
		}
		s.serial++
		o.State, o.PaidAt = Success, now
		o.TransactionID = fmt.Sprintf("4200%06d%s%010d", s.serial, now.Format("20060102"), now.UnixNano()%1e10)
		return nil
	})
}

// PayDifferently pays the order and says of it what WeChat never should: another amount, currency or appid.
func (s *Sim) PayDifferently(no string, distort func(*Order)) error {
	if err := s.Pay(no); err != nil {
		return err
	}
	return s.change(no, func(o *Order, _ time.Time) error { distort(o); return nil })
}

// RefundOutside is the court refunding in the merchant platform.
func (s *Sim) RefundOutside(no string) error {
	return s.change(no, func(o *Order, _ time.Time) error { o.State = Refund; return nil })
}

// CloseByPlatform closes an order as WeChat does after days.
func (s *Sim) CloseByPlatform(no string) error {
	return s.change(no, func(o *Order, _ time.Time) error { o.State = Closed; return nil })
}

func (s *Sim) change(no string, fn func(*Order, time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[no]
	if o == nil {
		return ErrNoOrder
	}
	defer s.notify()
	return fn(o, time.Now())
}

// notify wakes those who wait for a change; s.mu is held.
func (s *Sim) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed returns a channel that is closed at the next change of any order.
func (s *Sim) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Calls returns every request that came in.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// A Fault is what goes wrong with one request. The zero value is nothing.
type Fault struct {
	Delay        time.Duration // before anything happens
	Before       bool          // the request has no effect; else it has, and only the answer suffers
	Lost         bool          // no answer: the connection breaks
	Status       int           // this status in place of the answer, with Code
	Code         string
	HTML         bool // a page of a proxy or portal, with Status or 200
	RetryAfter   string
	Garbage      bool // signed, and no JSON
	BadSignature bool
	SignTest     bool          // WeChat's probe: a signature that must not be believed
	Serial       string        // in place of the key that signed
	Stale        time.Duration // added to the signature's timestamp
	Clock        time.Duration // added to every time the server tells: its clock against ours
	Distort      func(map[string]any)
}

// Inject gives the fault of every request that comes in from now on; nil heals.
func (s *Sim) Inject(fault func(Call) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = fault
}

func (f *Fault) wait(ctx context.Context) error { return sleep(ctx, f.Delay) }

// answer sends a, or what the fault makes of it.
func (f *Fault) answer(s *Sim, w http.ResponseWriter, a *answer) error {
	if f.Lost {
		return errLost
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	switch {
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Date", time.Now().Add(f.Clock).UTC().Format(http.TimeFormat))
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write([]byte("<html><body>请登录网络</body></html>"))
		return nil
	case f.Status != 0 && f.Status < 300 && a != nil:
		a.status = f.Status
	case f.Status != 0:
		a = refuse(f.Status, f.Code, "simulated")
		a.bare = true
	}
	if t, ok := a.body.(map[string]any); ok && f.Distort != nil {
		f.Distort(t)
	}
	s.write(w, a, f)
	return nil
}
