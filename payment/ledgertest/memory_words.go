package ledgertest

import (
	"context"
	"slices"

	"courtkiosk/payment"
)

// Words returns what people have said of other ledgers.
func (m *Memory) Words(context.Context) ([]payment.Word, error) {
	defer m.lock()()
	return slices.Clone(m.words), nil
}

// Say stores a word, and that it was said.
func (m *Memory) Say(ctx context.Context, w payment.Word) error {
	defer m.lock()()
	return m.commit(ctx, func() {
		same := func(old payment.Word) bool { return old.Instance == w.Instance && old.Lost == w.Lost }
		if i := slices.IndexFunc(m.words, same); i >= 0 {
			m.words[i] = w
		} else {
			m.words = append(m.words, w)
		}
		m.record(w.Entry())
	})
}
