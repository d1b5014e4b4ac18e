package ledgertest

import (
	"testing"
	"time"

	"courtkiosk/payment"
)

func TestMemory(t *testing.T) {
	for name, rerun := range map[string]bool{"rules once": false, "rules twice": true} {
		t.Run(name, func(t *testing.T) { Run(t, inMemory(rerun)) })
	}
}

func inMemory(rerun bool) Store {
	return Store{
		Open: func(*testing.T) payment.Ledger { return &Memory{Rerun: rerun} },
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			// No file: this is what the next run of a program in the same process is given.
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return l
		},
		Second: func(t *testing.T, l payment.Ledger) payment.Ledger { return l },
		Unsure: func(t *testing.T, l payment.Ledger) func(bool) { return l.(*Memory).Unsure },
		Restore: func(t *testing.T, l payment.Ledger) payment.Ledger {
			m := l.(*Memory).Copied()
			m.Lose(payment.Lost{Source: "a copy", As: time.Now().UTC().Truncate(time.Microsecond)})
			return m
		},
	}
}
