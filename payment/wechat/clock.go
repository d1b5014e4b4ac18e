package wechat

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clockTooFar is how far our clock may be off before WeChat refuses our signature (more than 5 minutes) and
// the SDK WeChat's answers (5 minutes).
const clockTooFar = 5 * time.Minute

// clock is WeChat's, as heard in the Date of its last answer.
type clock struct{ heard atomic.Pointer[moment] }

// A moment is one reading of both clocks. Ours is read on the monotonic clock, so that setting this machine's clock
// afterwards shows at once and not at the next answer.
type moment struct{ theirs, ours time.Time }

// hear notes the Date of an answer to a request that began at start: it was written in the middle.
func (c *clock) hear(answer *http.Response, start time.Time) {
	theirs, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return
	}
	c.heard.Store(&moment{theirs, start.Add(time.Since(start) / 2)})
}

// offset is how far WeChat's clock is ahead of ours, in the whole seconds that a Date has.
func (c *clock) offset() (time.Duration, bool) {
	m := c.heard.Load()
	if m == nil {
		return 0, false
	}
	return m.offset(time.Since(m.ours), time.Now().Round(0)), true
}

// offset is how far WeChat's clock is ahead of ours, which says now, after time has passed since the moment.
func (m moment) offset(passed time.Duration, now time.Time) time.Duration {
	return m.theirs.Add(passed).Sub(now).Truncate(time.Second)
}

func (c *clock) isFar() bool {
	d, ok := c.offset()
	return ok && d.Abs() >= clockTooFar
}
