package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"courtkiosk/payment"
)

// OpenedAt is when the i-th order of a ledger that is searched was opened: one a minute. Half of them are of a sum that
// many bills have.
func OpenedAt(i int) time.Time { return Born.Add(time.Duration(i) * time.Minute) }

// AmountOf is its amount.
func AmountOf(i int) payment.Fen {
	if i%2 == 0 {
		return 5000
	}
	return payment.Fen(270000 + i)
}

// TransactionOf is its transaction.
func TransactionOf(i int) string {
	return fmt.Sprintf("420000%012d%010d", i, uint64(i)*2654435761%1e10)
}

// Searches are what the window looks for among so many of these orders, each paid a minute after it was opened; receipt
// returns the number of one of them.
func Searches(orders int, receipt func() uint64) map[string]func() payment.Filter {
	some := func() int { return rand.IntN(orders) }
	return map[string]func() payment.Filter{
		"newest":      func() payment.Filter { return payment.Filter{N: 50} },
		"transaction": func() payment.Filter { return payment.Filter{Transaction: TransactionOf(some()), N: 50} },
		"last six digits": func() payment.Filter {
			id := TransactionOf(some())
			return payment.Filter{Transaction: id[len(id)-6:], N: 50}
		},
		"last four digits": func() payment.Filter {
			id := TransactionOf(some())
			return payment.Filter{Transaction: id[len(id)-4:], N: 50}
		},
		"receipt":   func() payment.Filter { return payment.Filter{Sequence: receipt(), N: 50} },
		"reference": func() payment.Filter { n := some(); return payment.Filter{Serial: 1, Day: OpenedAt(n), N: 50} },
		"amount":    func() payment.Filter { return payment.Filter{Amount: AmountOf(some()), N: 50} },
		"amount and day": func() payment.Filter {
			n := some()
			return payment.Filter{Amount: AmountOf(n), Day: OpenedAt(n), N: 50}
		},
		"amount and day paid": func() payment.Filter {
			n := some()
			return payment.Filter{Amount: AmountOf(n), Paid: true, Day: OpenedAt(n).Add(time.Minute), N: 50}
		},
		"day": func() payment.Filter { return payment.Filter{Day: OpenedAt(some()), N: 50} },
		"day paid, a thousand": func() payment.Filter {
			return payment.Filter{Paid: true, Day: OpenedAt(some()), N: 1000}
		},
		"nothing in ten years": func() payment.Filter { return payment.Filter{Device: "none", N: 50} },
	}
}
