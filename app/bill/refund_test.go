package bill

import (
	"fmt"
	"testing"
	"time"

	"courtkiosk/payment"
)

// What a court is told of refunds is each of ours by its own number, and what came back outside by the sum of that; and
// nothing that it was told before, but for refunds that go along with a new one.
func TestRefundsOf(t *testing.T) {
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, payment.China)
	given := []payment.Refund{
		{No: "ONE", Sum: 20, State: payment.RefundDone, ArrivedAt: at},
		{No: "OFF", Sum: 9, State: payment.RefundClosed},
		{No: "TWO", Sum: 30, State: payment.RefundDone, ArrivedAt: at.Add(time.Hour)},
	}
	for name, test := range map[string]struct {
		returned payment.Returned
		done     payment.Fen
		want     string
	}{
		"nothing":             {payment.Returned{}, 0, "[]"},
		"outside":             {payment.Returned{Sum: 40}, 0, "[A-40 40]"},
		"more of it":          {payment.Returned{Sum: 70, Told: 40}, 0, "[A-70 30]"},
		"ours":                {payment.Returned{Sum: 50}, 50, "[ONE 20 TWO 30]"},
		"ours, one was told":  {payment.Returned{Sum: 50, Told: 20, Ours: 20}, 50, "[ONE 20 TWO 30]"},
		"ours, all were told": {payment.Returned{Sum: 50, Told: 50, Ours: 50}, 50, "[]"},
		"ours after outside":  {payment.Returned{Sum: 90, Told: 40}, 50, "[ONE 20 TWO 30]"},
		"outside after ours":  {payment.Returned{Sum: 90, Told: 50, Ours: 50}, 50, "[A-40 40]"},
		"both at once":        {payment.Returned{Sum: 90}, 50, "[ONE 20 TWO 30 A-40 40]"},
	} {
		t.Run(name, func(t *testing.T) {
			o := payment.Order{No: "A", Returned: test.returned, Refunding: payment.Refunding{Done: test.done}}
			words := []string{}
			for _, r := range RefundsOf(o, given, Paid{}) {
				words = append(words, r.No, fmt.Sprint(int64(r.Amount)))
			}
			if got := fmt.Sprint(words); got != test.want {
				t.Errorf("told %s, want %s", got, test.want)
			}
		})
	}
}
