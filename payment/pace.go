package payment

import (
	"context"
	"hash/fnv"
	"time"
)

// allow waits for the merchant's next free call. An order that waits behind what was left behind changes the
// queue as soon as somebody watches it.
func (s *Session) allow(ctx context.Context) error {
	for {
		visited := s.visited()
		var seen <-chan struct{}
		if !visited {
			seen = s.seen
		}
		if err := s.cashier.await(ctx, s.order.Merchant, visited, seen); err != errSeen {
			return err
		}
	}
}

// rest waits for the next question: its time, a wish, here or at another machine, or after a miss the gateway's return.
// An order that fails while others are answered sees a return at each of their answers: once a minute is enough.
func (s *Session) rest(ctx context.Context) {
	var returned <-chan struct{}
	if s.misses > 0 && time.Since(s.roused) >= time.Minute {
		returned = s.returned
	}
	timer := time.NewTimer(s.pause(s.cashier.Now()))
	defer timer.Stop()
	for {
		select {
		case <-returned: // together with a wish it wakes once, and not once more after the wish
			s.roused, s.returned = time.Now(), s.cashier.recovery()
			return
		default:
		}
		select {
		case <-returned: // it is closed, and found so above
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-s.wake:
			return
		case <-s.stirs:
			if s.heed(ctx) {
				return
			}
		}
	}
}

// The waits between questions: what a visitor sees is asked often, what was left behind ever more rarely.
var (
	troubled = []time.Duration{1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
		time.Minute}
	leftOver = []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
	ending   = []time.Duration{time.Second, 2 * time.Second, 2 * time.Second, 5 * time.Second, 5 * time.Second,
		10 * time.Second, 30 * time.Second, time.Minute}
)

const (
	lively   = time.Second             // while somebody may be paying: a code is shown since, or somebody asked within
	livelyIn = 2 * time.Minute         // this time
	shown    = 2500 * time.Millisecond // later, while it is still on the screen
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
	case s.order.State == Closing || s.order.State == Created || s.order.Unwanted != (Wish{}):
		d = at(ending, s.rounds-1)
	case visited && (s.stirredWithin(livelyIn) || now.Sub(s.order.CreatedAt) < livelyIn):
		d = lively
	case visited:
		d = shown
	default:
		d = at(leftOver, s.rounds-1)
	}
	asked := retryAfter(s.trouble)
	switch {
	case visited:
		d = max(min(d, patience), min(asked, quietest))
	case now.Sub(s.order.CreatedAt) > 24*time.Hour && (s.misses > 0 || s.rounds > len(ending)):
		d = max(daily, asked)
	default:
		d = max(d, asked)
	}
	d += s.jitter(d)
	for _, due := range []time.Time{s.order.Expires.Add(Grace), s.order.NotPaidAt.Add(MaxPayWithin)} {
		if due.After(now) { // then the clock asks something of the order
			d = min(d, due.Sub(now)+time.Millisecond+s.jitter(time.Second))
		}
	}
	return d
}

// stirredWithin reports whether somebody came to watch, or asked, within a time.
func (s *Session) stirredWithin(d time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.stirred.IsZero() && time.Since(s.stirred) < d
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
