package payment

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// KioskCalls is the budget of a machine that has a merchant's ledger to itself, in calls a second. WeChat allows 600
// a second for all machines of a merchant together.
const KioskCalls = 10

// After a 429 nothing is asked of the merchant for as long as WeChat says. Nobody signs that word, so it is believed
// for a minute at most.
const (
	throttled = time.Second
	quietest  = time.Minute
)

// A turn that is taken later than this was slept through, by a process that was stopped or a machine that was paused,
// and so were all others that came due meanwhile: each takes a new place.
const late = time.Second

// A Pace is a budget of calls for each merchant number. Three tenths of it a second are for visitors who wait, and as
// many may be taken at once (query, close, query); three tenths are for what was left behind. The worst second begins
// with a full purse and sees its end filled again: nine tenths and one call, never more than the budget. A process that
// was stopped for a time takes up its queue where it was; whatever comes due at once, the budget of a second holds.
type Pace struct {
	calls int
	now   func() time.Time // asked under mu, so that it never goes back

	mu     sync.Mutex
	limits map[string]*limits
}

type limits struct {
	visitor, backlog *rate.Limiter
	quiet            time.Time   // no call before it
	begun            []time.Time // when the last calls began, as many as a second may see; a ring
	oldest           int         // of them
}

// NewPace returns a budget of so many calls a second for each merchant number, ten at least.
func NewPace(calls int) *Pace {
	return &Pace{calls: max(calls, KioskCalls), now: time.Now, limits: make(map[string]*limits)}
}

// of returns the limits of a merchant number; p.mu is held.
func (p *Pace) of(mchid string) *limits {
	l := p.limits[mchid]
	if l == nil {
		visitor, backlog := p.calls*3/10, p.calls*3/10
		l = &limits{visitor: rate.NewLimiter(rate.Limit(visitor), visitor),
			backlog: rate.NewLimiter(rate.Limit(backlog), 1), begun: make([]time.Time, p.calls)}
		p.limits[mchid] = l
	}
	return l
}

// A turn is a place in the queue of a merchant number's calls.
type turn struct {
	pace  *Pace
	mchid string
	place *rate.Reservation
	at    time.Time // when the call may begin, unless WeChat asks for quiet meanwhile
}

// reserve takes the next free place; visitors do not wait for what was left behind. While it is quiet the places are
// those after it: whoever waits for its end would else begin at once with all others.
func (p *Pace) reserve(mchid string, visitor bool) turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of(mchid)
	queue := l.backlog
	if visitor {
		queue = l.visitor
	}
	from := l.from(p.now())
	place := queue.ReserveN(from, 1)
	return turn{p, mchid, place, from.Add(place.DelayFrom(from))}
}

// take reports whether the call begins, now that its turn has come. It does not when WeChat has asked for quiet since
// the turn was given, when it is late, or when others that were less late have spent the budget.
func (t turn) take() bool {
	t.pace.mu.Lock()
	defer t.pace.mu.Unlock()
	l, now := t.pace.of(t.mchid), t.pace.now()
	if l.quiet.After(t.at) || now.Sub(t.at) > late || l.from(now).After(now) {
		return false
	}
	l.begun[l.oldest] = now
	l.oldest = (l.oldest + 1) % len(l.begun)
	return true
}

// giveBack leaves the queue.
func (t turn) giveBack() {
	t.pace.mu.Lock()
	defer t.pace.mu.Unlock()
	t.place.CancelAt(t.pace.of(t.mchid).from(t.pace.now()))
}

// from is when the next call may begin at the earliest: not while it is quiet, nor in a second that has seen its calls.
// It never goes back, which a rate.Limiter would take for more time than there is.
func (l *limits) from(now time.Time) time.Time {
	for _, t := range []time.Time{l.quiet, l.begun[l.oldest].Add(time.Second)} {
		if t.After(now) {
			now = t
		}
	}
	return now
}

// hush lets no call of a merchant number begin for a time.
func (p *Pace) hush(mchid string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, end := p.of(mchid), p.now().Add(d); end.After(l.quiet) {
		l.quiet = end
	}
}
