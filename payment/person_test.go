package payment_test

import (
	"fmt"
	"testing"

	"courtkiosk/payment"
)

// Nobody is signed in to a ledger that came from a backup: who was signed out since would be in again.
func TestARestoredLedgerHasNoSessions(t *testing.T) {
	l := newLedger()
	for n := range 3 {
		number := fmt.Sprint(1000 + n)
		_, err := l.SignIns().Update(t.Context(), number, func(
			payment.SignIn, payment.Staff,
		) (payment.SignIn, payment.Entry, error) {
			s := payment.SignIn{Person: number, Begun: noon, Seen: noon}
			if n == 2 {
				s.Ended = noon.Add(1)
			}
			return s, payment.Entry{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := payment.Recover(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		list, err := l.SignIns().List(t.Context(), payment.Range{N: 10})
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		for i, s := range list {
			if s.Ended.IsZero() || s.Ended.Equal(noon) == (i == 2) {
				t.Errorf("%s: ended %s", s.Person, s.Ended)
			}
		}
	}
}
