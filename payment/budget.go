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

// A Pace is a budget of calls for each merchant number: three tenths of it are for visitors who wait, and may be
// taken at once (query, close, query); four tenths are for what was left behind. What is left over is room for what a
// second's edge cuts in two.
type Pace struct {
	calls int

	mu     sync.Mutex
	limits map[string]*limits
}

type limits struct {
	visitor, backlog *rate.Limiter
	quiet            time.Time // no call before it
}

// NewPace returns a budget of so many calls a second for each merchant number, ten at least.
func NewPace(calls int) *Pace {
	return &Pace{calls: max(calls, KioskCalls), limits: make(map[string]*limits)}
}

// of returns the limits of a merchant number; p.mu is held.
func (p *Pace) of(mchid string) *limits {
	l := p.limits[mchid]
	if l == nil {
		visitor, backlog := p.calls*3/10, p.calls*4/10
		l = &limits{visitor: rate.NewLimiter(rate.Limit(visitor), visitor),
			backlog: rate.NewLimiter(rate.Limit(backlog), 1)}
		p.limits[mchid] = l
	}
	return l
}

// reserve takes the next free call and returns how long it is away; visitors do not wait for what was left behind.
func (p *Pace) reserve(mchid string, visitor bool) (*rate.Reservation, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.of(mchid)
	turn := l.backlog
	if visitor {
		turn = l.visitor
	}
	r := turn.Reserve()
	return r, max(r.Delay(), time.Until(l.quiet))
}

// hush lets no call of a merchant number begin for a time.
func (p *Pace) hush(mchid string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(mchid).quiet = time.Now().Add(d)
}
