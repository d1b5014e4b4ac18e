package payment

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// A paused is a process that stands still for a time, as a suspended virtual machine or one told to stop does: each
// turn that comes due meanwhile is taken at the end, at once.
type paused struct {
	from, until time.Duration
}

// sees is when the process notices a moment.
func (p paused) sees(at time.Duration) time.Duration {
	if p.from < at && at < p.until {
		return p.until
	}
	return at
}

// A caller wants calls, each as soon as the one before it has begun.
type caller struct {
	visitor bool
	turn    turn
	wants   int // calls
	began   []time.Duration
}

// run lets callers wait for their turns until none wants a call, and returns when the calls began.
func (p paused) run(t *testing.T, pace *Pace, callers []*caller) []time.Duration {
	start := time.Date(2026, 11, 28, 9, 0, 0, 0, China)
	now := time.Duration(0)
	pace.now = func() time.Time { return start.Add(now) }
	for _, c := range callers {
		c.turn = pace.reserve("m", c.visitor)
	}
	var calls []time.Duration
	for range 100_000 {
		var next *caller
		for _, c := range callers {
			if c.wants > 0 && (next == nil || c.turn.at.Before(next.turn.at)) {
				next = c
			}
		}
		if next == nil {
			return calls
		}
		now = p.sees(next.turn.at.Sub(start))
		if next.turn.take() {
			calls, next.began, next.wants = append(calls, now), append(next.began, now), next.wants-1
		}
		if next.wants > 0 {
			next.turn = pace.reserve("m", next.visitor)
		}
	}
	t.Fatal("there is no end of the turns")
	return nil
}

// A process that was paused has a queue of turns whose time is over. It takes up where it was, within the budget.
func TestPaceAfterAPause(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 11))
	for range 300 {
		from := time.Duration(r.IntN(20_000)) * time.Millisecond
		p := paused{from, from + time.Duration(r.IntN(1+r.IntN(90_000)))*time.Millisecond}
		var callers []*caller
		for range r.IntN(120) {
			callers = append(callers, &caller{wants: 1 + r.IntN(2)})
		}
		for range r.IntN(5) {
			callers = append(callers, &caller{visitor: true, wants: r.IntN(60)})
		}
		t.Run(fmt.Sprintf("%d callers, %v to %v", len(callers), p.from, p.until), func(t *testing.T) {
			calls := p.run(t, NewPace(KioskCalls), callers)
			for i := KioskCalls; i < len(calls); i++ {
				if d := calls[i] - calls[i-KioskCalls]; d < time.Second {
					t.Fatalf("%d calls within %v, %v after the start", KioskCalls+1, d, calls[i-KioskCalls])
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

// What was left behind does not spend the second after a pause: a visitor who comes then is served as ever.
func TestVisitorAfterAPause(t *testing.T) {
	var callers []*caller
	for range 100 {
		callers = append(callers, &caller{wants: 1})
	}
	visitor := &caller{visitor: true, wants: 60}
	calls := paused{2 * time.Second, 32 * time.Second}.run(t, NewPace(KioskCalls), append(callers, visitor))
	var all, his int // in the second after the pause
	for _, at := range calls {
		if at >= 32*time.Second && at < 33*time.Second {
			all++
		}
	}
	for _, at := range visitor.began {
		if at >= 32*time.Second && at < 33*time.Second {
			his++
		}
	}
	if his < 3 || all-his > 7 {
		t.Errorf("of %d calls in the second after the pause %d are the visitor's", all, his)
	}
}
