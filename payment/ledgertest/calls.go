package ledgertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"courtkiosk/payment"
)

// called has a machine call once more.
func called(t *testing.T, l payment.Ledger, device, screen string) payment.Call {
	t.Helper()
	c, err := l.Calls().Update(t.Context(), device, func(c payment.Call, _ payment.Staff) (payment.Call, payment.Entry,
		error) {
		c, e := c.Again(device, screen, Born)
		return c, e, nil
	})
	if err != nil {
		t.Error(err)
	}
	return c
}

// calls: a machine that calls several times at once has called once; of those who answer it at once one goes, and the
// others read who.
func calls(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() { called(t, handles[i%2], fmt.Sprintf("%02d", 3+i/2%2), "pay") })
	}
	all.Wait()
	list, err := l.Calls().List(t.Context(), payment.Range{N: payment.MaxPage})
	if err != nil || len(list) != 2 || list[0].N != 1 || list[1].N != 1 || !list[0].Waits(Born) {
		t.Fatalf("called: %+v, %v", list, err)
	}
	answered := make([]error, racers)
	for i := range racers {
		all.Go(func() {
			_, answered[i] = handles[i%2].Calls().Update(t.Context(), "03", func(
				c payment.Call, _ payment.Staff,
			) (payment.Call, payment.Entry, error) {
				return c.Answer(1, staff(i), Born)
			})
		})
	}
	all.Wait()
	won := -1
	for i, err := range answered {
		switch {
		case err == nil && won >= 0:
			t.Errorf("%d and %d both go", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, payment.ErrConflict):
			t.Error(err)
		}
	}
	c, err := handles[1].Calls().Get(t.Context(), "03")
	if err != nil || won < 0 || c.Answered.By != staff(won) {
		t.Errorf("%d goes, and it stands as %+v, %v", won, c, err)
	}
	audit := entries(t, l)
	if len(audit) != 3 || audit[2].Event != payment.CallAnswered || audit[2].By != staff(won) {
		t.Errorf("the audit says %+v", audit)
	}
	if c := called(t, l, "03", "help"); c.N != 2 || !c.Waits(Born) || len(entries(t, l)) != 4 {
		t.Errorf("called once more: %+v", c)
	}
}
