package ledgertest

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
)

// tryAt counts one more try at a subject, whatever was tried before.
func tryAt(t *testing.T, l payment.Ledger, of string, at time.Time) (payment.Tries, error) {
	return l.UpdateTries(t.Context(), of, at, payment.Entry{Event: "proof-tried", Note: of},
		func(tries payment.Tries) (payment.Tries, error) {
			return payment.Tries{Wrong: tries.Wrong + 1, Last: at}, nil
		})
}

func try(t *testing.T, l payment.Ledger, of string, at time.Time) payment.Tries {
	t.Helper()
	tries, err := tryAt(t, l, of, at)
	if err != nil {
		t.Fatal(err)
	}
	return tries
}

// tried complains unless so many tries were counted, by a rule that is refused.
func tried(t *testing.T, l payment.Ledger, of string, at time.Time, want int) {
	t.Helper()
	refused := errors.New("only to look")
	var seen payment.Tries
	got, err := l.UpdateTries(t.Context(), of, at, payment.Entry{Event: "looked"},
		func(tries payment.Tries) (payment.Tries, error) {
			seen = tries
			return payment.Tries{Wrong: 1000}, refused
		})
	if err != refused || got != (payment.Tries{}) || seen.Wrong != want {
		t.Errorf("%s: %d tries, want %d; a rule that is refused comes to %+v, %v", of, seen.Wrong, want, got, err)
	}
}

func tries(t *testing.T, s Store) {
	l := s.Open(t)
	midnight := time.Date(2026, 11, 29, 0, 0, 0, 0, payment.China)
	last := midnight.Add(-time.Second)
	for n := range 3 {
		if got := try(t, l, "case", last); got.Wrong != n+1 || !got.Last.Equal(last) {
			t.Errorf("after %d tries: %+v", n+1, got)
		}
	}
	try(t, l, "case ", last.UTC()) // China's day, wherever the clock hangs
	second := another(t, s, l)
	tried(t, second, "case", last.Add(-23*time.Hour), 3)
	tried(t, second, "case ", last, 1)
	tried(t, second, "cas", last, 0)
	tried(t, second, "", last, 0)
	tried(t, second, "case", midnight, 0)
	if got := try(t, l, "another", midnight); got.Wrong != 1 {
		t.Errorf("the first of a day: %+v", got)
	}
	tried(t, second, "case", last, 0) // forgotten
	try(t, l, "case", last)           // of a clock that was put back
	tried(t, second, "another", midnight, 1)
	list := entries(t, l)
	for _, e := range list {
		if e.Event != "proof-tried" || e.Note == "" {
			t.Errorf("the audit tells of %+v", e)
		}
	}
	if len(list) != 6 {
		t.Errorf("%d entries in the audit, want one for each try", len(list))
	}
	for day, left := range []int{1, 1, 0} { // "case" was tried on the day before midnight, "another" on the day after
		if err := l.ForgetTries(t.Context(), last.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		tried(t, second, "another", midnight, left)
		tried(t, second, "case", last, max(0, 1-day))
	}
}

func reopenTries(t *testing.T, s Store) {
	l := s.Open(t)
	try(t, l, "case", Born)
	try(t, l, "case", Born)
	l = s.Reopen(t, l)
	tried(t, l, "case", Born, 2)
}

func unsureTries(t *testing.T, s Store) {
	for _, stored := range []bool{true, false} {
		l := s.Open(t)
		s.Unsure(t, l)(stored)
		if _, err := tryAt(t, l, "case", Born); !errors.Is(err, payment.ErrUnsure) {
			t.Fatalf("got %v, want %v", err, payment.ErrUnsure)
		}
		want := 0
		if stored {
			want = 1
		}
		tried(t, l, "case", Born, want)
	}
}
