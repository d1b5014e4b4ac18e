package ledgertest

import (
	"context"
	"slices"

	"courtkiosk/payment"
)

// A Mark says how far a Memory was, as what is kept outside of a ledger does.
type Mark struct {
	Instance string
	Entries  int    // of its audit
	Receipts uint64 // the last number that was given
}

// Mark returns how far it is.
func (m *Memory) Mark() Mark {
	defer m.lock()()
	return Mark{m.identity.Instance, len(m.audit), m.sequence}
}

// Return compares it with how far it was once. One that was further makes it a restored one, and the name that it had
// then is its own too; the zero Mark says nothing.
func (m *Memory) Return(was Mark) (behind bool) {
	defer m.lock()()
	if behind = len(m.audit) < was.Entries && !slices.Contains(m.beyond, was); !behind {
		return false
	}
	m.beyond = append(m.beyond, was)
	m.lose(was.Instance)
	m.sequence = max(m.sequence, was.Receipts)
	return true
}

// lose makes it a restored ledger, which had another name before.
func (m *Memory) lose(before string) {
	had := func(f payment.Former) bool { return f.Instance == before }
	if before != m.identity.Instance && !slices.ContainsFunc(m.former, had) {
		m.former = append(m.former, payment.Former{Instance: before, Until: now()})
	}
	if m.lost == nil {
		m.lost = &payment.Lost{Source: "another state of " + before}
		if n := len(m.audit); n > 0 {
			m.lost.As = m.audit[n-1].At
		}
	}
	m.record(payment.Entry{Event: "restored", Note: m.lost.Source})
}

// Arrive tells it on which machine it is from now on: the first is its home. On another one it opens no order before
// Rebind, and its receipt numbers are far beyond its original's.
func (m *Memory) Arrive(machine string) {
	defer m.lock()()
	if m.home == "" {
		m.home = machine
	}
	if m.here = machine; m.moved() {
		m.sequence = max(m.sequence, uint64(now().UnixMilli()))
	}
}

// moved reports whether it is on another machine than its own.
func (m *Memory) moved() bool { return m.home != m.here }

// Rebind makes the machine where it is its home, and gives it a name.
func (m *Memory) Rebind(ctx context.Context, instance string) error {
	defer m.lock()()
	return m.commit(ctx, func() {
		before := m.identity.Instance
		m.named.Lock()
		m.home, m.identity.Instance = m.here, instance
		m.named.Unlock()
		m.record(payment.Entry{Event: "rebound", Note: before + " is " + instance})
		for _, k := range m.line { // who followed them had the name before
			k.order.Lease = payment.Lease{}
		}
		m.lose(before)
	})
}

// Former returns the names that it had before.
func (m *Memory) Former() []payment.Former {
	defer m.lock()()
	return slices.Clone(m.former)
}
