package care

import (
	"context"
	"time"

	"courtkiosk/payment"
)

// revisitFrom is the hour in China from which payments are asked about again: WeChat's bills of the day before are
// there by then, and the morning's visitors have the limiter to themselves.
const revisitFrom = 10

// revisitDue reports whether the payments of the last days are to be asked about, when they last were at last.
func revisitDue(now, last time.Time) bool {
	now, last = now.In(payment.China), last.In(payment.China)
	return now.Hour() >= revisitFrom && now.Format(time.DateOnly) != last.Format(time.DateOnly)
}

// watchReturned asks WeChat once a day whether payments came back, until ctx ends. What gets no answer is asked again
// in an hour.
func (c *Care) watchReturned(ctx context.Context) {
	tick := time.NewTicker(revisitEvery)
	defer tick.Stop()
	var last, next time.Time
	for {
		if now := c.Cashier.Now(); revisitDue(now, last) && !now.Before(next) {
			if err := c.Cashier.Revisit(ctx); err == nil {
				last = now
			} else if ctx.Err() == nil {
				next = now.Add(careEvery)
				c.Log.WarnContext(ctx, "payments not asked about again", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
