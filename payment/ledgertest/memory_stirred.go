package ledgertest

import (
	"context"
	"time"

	"courtkiosk/payment"
)

// notify has everybody look who hears of writes, unless the notice is lost.
func (m *Memory) notify() {
	if m.Deaf != nil && m.Deaf() {
		return
	}
	for ear := range m.ears {
		select {
		case ear <- struct{}{}:
		default:
		}
	}
}

// Last returns the sequence number of the last audit entry.
func (m *Memory) Last(context.Context) (uint64, error) {
	defer m.lock()()
	return uint64(len(m.audit)), nil
}

// Stirred tells of each order that an entry after a sequence number is of.
func (m *Memory) Stirred(ctx context.Context, after uint64, f func(no string, seq uint64)) error {
	ear := make(chan struct{}, 1)
	defer m.hear(ear)()
	sweep := time.NewTicker(payment.SweptWithin)
	defer sweep.Stop()
	if m.SweptNever {
		sweep.Stop()
	}
	for {
		list, err := m.Since(ctx, after, 1000)
		if err != nil {
			return err
		}
		for _, e := range list {
			if after = e.Seq; e.Order != "" {
				f(e.Order, e.Seq)
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ear:
		case <-sweep.C:
		}
	}
}

// hear adds one who hears of writes, and returns what takes it away.
func (m *Memory) hear(ear chan struct{}) (stop func()) {
	defer m.lock()()
	if m.ears == nil {
		m.ears = make(map[chan struct{}]bool)
	}
	m.ears[ear] = true
	return func() {
		defer m.lock()()
		delete(m.ears, ear)
	}
}
