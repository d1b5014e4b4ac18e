package ledgertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

// said are words of every kind.
func said() []payment.Word {
	by := payment.By{Device: "console", Person: "1024"}
	return []payment.Word{
		{Instance: "A", Lost: true, At: Born, Reason: "the disk died", By: by},
		{Instance: "A", At: Born.Add(time.Hour), Reason: "switched off"},
		{Instance: "B", At: Born, Reason: "is kiosk 04 now"},
	}
}

func say(t *testing.T, l payment.Ledger, words ...payment.Word) {
	t.Helper()
	for _, w := range words {
		if err := l.Say(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
}

// hears complains unless a ledger holds these words.
func hears(t *testing.T, l payment.Ledger, want ...payment.Word) {
	t.Helper()
	got, err := l.Words(t.Context())
	same := func(a, b payment.Word) bool {
		at := a.At.Equal(b.At)
		a.At = b.At
		return at && a == b
	}
	if err != nil || !slices.EqualFunc(got, want, same) {
		t.Errorf("words are %+v, %v, want %+v", got, err, want)
	}
}

func words(t *testing.T, s Store) {
	l := s.Open(t)
	hears(t, l)
	all := said()
	say(t, l, all...)
	hears(t, l, all...)
	again := all[1]
	again.At, again.Reason = Born.Add(2*time.Hour), "switched off again"
	say(t, l, again)
	hears(t, another(t, s, l), all[0], again, all[2])
	list := entries(t, l)
	var notes []string
	for _, e := range list {
		notes = append(notes, e.Event+" "+e.Note)
	}
	want := []string{"other-ledger-lost A: the disk died", "other-ledger-apart A: switched off",
		"other-ledger-apart B: is kiosk 04 now", "other-ledger-apart A: switched off again"}
	if !slices.Equal(notes, want) || list[0].By != all[0].By || list[0].Order != "" {
		t.Errorf("the audit says %q, by %+v, want %q", notes, list[0].By, want)
	}
}

func reopenWords(t *testing.T, s Store) {
	l := s.Open(t)
	say(t, l, said()...)
	hears(t, s.Reopen(t, l), said()...)
}

func unsureWord(t *testing.T, s Store) {
	for _, stored := range []bool{true, false} {
		l := s.Open(t)
		s.Unsure(t, l)(stored)
		w := said()[0]
		if err := l.Say(t.Context(), w); !errors.Is(err, payment.ErrUnsure) {
			t.Fatalf("got %v, want %v", err, payment.ErrUnsure)
		}
		if stored {
			hears(t, l, w)
		} else {
			hears(t, l)
		}
	}
}

// A ledger knows when it was made, whatever becomes of it.
func birth(t *testing.T, s Store) {
	before := time.Now().Add(-time.Microsecond)
	l := s.Open(t)
	id := l.Identity()
	if id.Made.Before(before) || id.Made.After(time.Now()) {
		t.Errorf("made at %v, which is %v ago", id.Made, time.Since(id.Made))
	}
	paidAt(t, l, 1, Born)
	if got := l.Identity(); got != id {
		t.Errorf("it is %+v, was %+v", got, id)
	}
	if !id.Ours("03/"+id.Instance) || id.Ours("03/another") || id.Ours(id.Instance) {
		t.Errorf("%+v does not know its own attach", id)
	}
}
