package ledgertest

import (
	"context"
	"maps"
	"time"

	"courtkiosk/payment"
)

// UpdateTries stores what rule makes of the tries at a subject on a day, and forgets those of the days before.
func (m *Memory) UpdateTries(
	ctx context.Context, of string, at time.Time, e payment.Entry, decide func(payment.Tries) (payment.Tries, error),
) (payment.Tries, error) {
	defer m.lock()()
	today := dayOf(of, at)
	t, err := rule(m, func() (payment.Tries, error) { return decide(m.tries[today]) })
	if err == nil {
		err = m.commit(ctx, func() {
			maps.DeleteFunc(m.tries, func(d deviceDay, _ payment.Tries) bool { return d.day < today.day })
			m.tries[today] = t
			m.record(e)
		})
	}
	if err != nil {
		return payment.Tries{}, err
	}
	return t, nil
}

// ForgetTries forgets what was counted on the days before that of a time.
func (m *Memory) ForgetTries(ctx context.Context, at time.Time) error {
	defer m.lock()()
	today := dayOf("", at).day
	old := func(d deviceDay, _ payment.Tries) bool { return d.day < today }
	for d, t := range m.tries {
		if old(d, t) {
			return m.commit(ctx, func() { maps.DeleteFunc(m.tries, old) })
		}
	}
	return nil
}
