package wechatsim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the payer's phone says when it will not pay, and the platform when it cannot do what was asked of it.
var (
	ErrNoOrder = errors.New("wechatsim: no such order")
	ErrClosed  = errors.New("wechatsim: the order is closed")
	ErrPaid    = errors.New("wechatsim: the order is paid")
	ErrNotPaid = errors.New("wechatsim: the order is not paid")
	ErrExpired = errors.New("wechatsim: the time to pay, or the code, has run out")
)

// Order returns what the simulator holds of an order. Where merchants have orders of one number it is the first
// merchant's, here and wherever an order is named by its number alone.
func (s *Sim) Order(no string) (Order, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(no)
	if o == nil {
		return Order{}, false
	}
	return *o, true
}

func (s *Sim) find(no string) *Order {
	for _, m := range s.opts.Merchants {
		if o := s.orders[name{m.MchID, no}]; o != nil {
			return o
		}
	}
	return nil
}

// Orders returns all orders by number.
func (s *Sim) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Order, 0, len(s.orders))
	for _, o := range s.orders {
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b Order) int { return strings.Compare(a.No+a.MchID, b.No+b.MchID) })
	return list
}

// A code is one that was given for an order.
type code struct {
	order *Order
	at    time.Time
}

// Scan returns the order of a code URL, an earlier one of it included: a payer may hold a photograph. ErrExpired
// says that the code has.
func (s *Sim) Scan(codeURL string) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[codeURL]
	switch {
	case !ok:
		return Order{}, ErrNoOrder
	case time.Since(c.at) > codeLife:
		return *c.order, ErrExpired
	}
	return *c.order, nil
}

// Pay is the payer typing the password, with the order's newest code on the phone.
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

// RefundOutside is the court refunding all of a payment in the merchant platform.
func (s *Sim) RefundOutside(no string) error {
	return s.change(no, func(o *Order, now time.Time) error {
		if !o.paid() {
			return ErrNotPaid
		}
		s.outside(o, "PLATFORM"+no, o.PaidTotal-o.outside, now)
		return nil
	})
}

// RefundPartOutside gives so much of an order back in all, in the merchant platform. More than is left is refused.
func (s *Sim) RefundPartOutside(no string, fen int64) error {
	return s.change(no, func(o *Order, _ time.Time) error {
		left := o.PaidTotal
		for _, r := range s.refunds {
			if r.MchID == o.MchID && r.Order == o.No && r.State != Unfunded {
				left -= r.Sum
			}
		}
		switch {
		case !o.paid():
			return ErrNotPaid
		case fen <= o.outside || fen > left:
			return fmt.Errorf("wechatsim: %d fen cannot be given back, %d are left", fen, left-o.outside)
		}
		o.State, o.outside = Refund, fen
		return nil
	})
}

// CloseByPlatform closes an order as WeChat does after days.
func (s *Sim) CloseByPlatform(no string) error {
	return s.change(no, func(o *Order, _ time.Time) error {
		if o.paid() {
			return ErrPaid
		}
		o.State = Closed
		return nil
	})
}

func (s *Sim) change(no string, fn func(*Order, time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(no)
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
