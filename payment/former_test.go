package payment_test

import (
	"testing"
	"time"

	"courtkiosk/payment"
)

// The bill's first order was opened and paid under a name that the ledger had. What was paid while such an order could
// be paid is its own; what came later was paid to somebody who goes on under that name.
func TestPaidUnderAFormerName(t *testing.T) {
	tests := map[string]struct {
		attach string
		until  time.Time
		state  payment.State
	}{
		"while it had it":           {"03/old1", noon.Add(time.Hour), payment.Paid},
		"in the time left to pay":   {"03/old1", noon.Add(-29 * time.Minute), payment.Paid},
		"long after it was given":   {"03/old1", noon.Add(-31 * time.Minute), payment.Foreign},
		"under nobody's name":       {"03/old2", noon.Add(time.Hour), payment.Foreign},
		"while it had another id":   {"04/old1", noon.Add(time.Hour), payment.Paid},
		"the kiosk's, of no ledger": {"03", noon.Add(time.Hour), payment.Foreign},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.crash()
				w.former = []payment.Former{{Instance: "old1", Until: tt.until}}
				w.start()
				at, err := payment.Next(request(bill), nil, payment.Order{PayWithin: 5 * time.Minute}, noon)
				if err != nil {
					w.Fatal(err)
				}
				at.Attach, at.Body = tt.attach, []byte("of the ledger before")
				w.office.Note(at, payment.TradeNotPaid)
				w.office.Pay(at.No)
				w.visit(bill)
				o := w.until(at.No, tt.state, time.Minute)
				if paid := o.State == payment.Paid; paid != o.Recovered || paid == o.PaidElsewhere() {
					w.Errorf("it is %s, recovered %t, paid elsewhere %t", o.State, o.Recovered, o.PaidElsewhere())
				}
			})
		})
	}
}
