package lives

import (
	"context"
	"errors"
	"sync"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
)

// A standing is the order that the visitor in front of a kiosk stands before. A walk changes it.
type standing struct {
	mu sync.Mutex
	f  payment.Followed
}

func (s *standing) order() payment.Followed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.f
}

func (s *standing) walked(f payment.Followed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.f = f
}

// take is a touch on "pay", or its repetition: the order is opened, and the screen waits for one that can be paid.
func (k *kiosk) take() {
	r, c := k.asked, k.current()
	f, err := c.Take(context.Background(), r)
	if err != nil {
		k.life.note("kiosk %s: %v", k.name, err)
		return
	}
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan struct{})
	s := &standing{f: f}
	_, stop := f.Watch() // from now on, so that a life is the same again
	k.session, k.home = s, time.Now().Add(k.minutes+time.Minute)
	k.leaves = sync.OnceFunc(func() {
		stop()
		leave()
		close(left)
		synctest.Wait() // who leaves has left before anything else happens: for the same reason
	})
	k.life.busy.Go(func() {
		f, err := c.Walk(ctx, r, f, k.life.stillAsked(k.life.billOf(r), r))
		if err != nil {
			k.life.note("kiosk %s: %v", k.name, err)
			return
		}
		s.walked(f)
		if ctx.Err() != nil { // as the lobby does with what comes for who has left
			k.abandon(r.Visit, f)
			return
		}
		news, unwatch := f.Watch()
		defer unwatch()
		stop()
		k.watch(news, left)
	})
}

// abandon closes an order that nobody was shown a code of.
func (k *kiosk) abandon(visit string, f payment.Followed) {
	if !k.on() || f.News().Order.State != payment.Created {
		return
	}
	err := f.Cancel(context.Background(), payment.Wish{Source: payment.ByVisit, Visit: visit})
	if err == nil {
		err = f.Leave(context.Background(), visit)
	}
	if err != nil {
		k.life.note("kiosk %s: abandoned in vain: %v", k.name, err)
	}
}

// again repeats what the visitor has asked, as a face does that got no answer.
func (k *kiosk) again() {
	if k.session == nil || k.life.plan.Shared {
		return
	}
	k.blank()
	k.take()
}

var errAnother = errors.New("another amount")

// stillAsked is the court's word on a request, which is asked for again after five seconds.
func (l *Life) stillAsked(b int, r payment.Request) func(context.Context) error {
	at := time.Now()
	return func(context.Context) error {
		if time.Since(at) > 5*time.Second && l.amounts[b] != r.Amount {
			return errAnother
		}
		return nil
	}
}

func (l *Life) billOf(r payment.Request) int {
	for b := range l.plan.Bills + 1 {
		if l.request(b, r.Merchant).Key == r.Key {
			return b
		}
	}
	return 0
}

// stopAsking is the court's wish, or a clerk's, that an open order be closed.
func (k *kiosk) stopAsking(n int) {
	if !k.on() {
		return
	}
	w := payment.Wish{Source: []payment.Source{payment.ByCourt, payment.ByClerk}[n%2]}
	o, ok := k.pick(n/2, func(o payment.Order) bool { return !o.Final() })
	if !ok {
		return
	}
	f, ok := k.current().Followed(o.No)
	if !ok {
		return
	}
	if err := f.Cancel(context.Background(), w); err != nil {
		k.life.note("kiosk %s: stopped in vain: %v", k.name, err)
	}
}
