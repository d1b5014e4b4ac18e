package ledgertest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"

	"courtkiosk/payment"
)

func audit(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	other := New(t, l, Request(2), Born)
	Step(t, l, o.No, code)
	Step(t, l, o.No, func(o payment.Order) payment.Change {
		c := o.Leave("")
		c.Note = "by the door"
		return c
	})
	Said(t, l, o, payment.TradeSuccess)
	Said(t, l, other, payment.TradeNotPaid)
	type line struct {
		event    string
		from, to payment.State
	}
	list, err := l.Audit(t.Context(), o.No)
	if err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, want := range []line{
		{"opened", "", payment.Created},
		{"coded", payment.Created, payment.Waiting},
		{list[2].Event, payment.Waiting, payment.Waiting},
		{"said-paid", payment.Waiting, payment.Paid},
	} {
		e := list[i]
		if got := (line{e.Event, e.From, e.To}); got != want || e.Order != o.No || e.At.IsZero() {
			t.Errorf("entry %d is %+v, want %+v", i, e, want)
		}
	}
	if list[2].Note != "by the door" || list[2].Event == "" {
		t.Errorf("a change of facts is told as %+v", list[2])
	}
	put(t, l, o.No, "receipt", func(e *payment.Effect) { e.State, e.Note = payment.Doubtful, "paper out" })
	list, err = l.Audit(t.Context(), o.No)
	if err != nil || len(list) != 5 || list[4].Note != "paper out" || list[4].From != "" || list[4].To != "" {
		t.Errorf("after its work was moved: %+v, %v", list, err)
	}
	if list, err := l.Audit(t.Context(), "nobody"); err != nil || len(list) != 0 {
		t.Errorf("of an unknown order: %+v, %v", list, err)
	}
}

func auditBy(t *testing.T, s Store) {
	l := s.Open(t)
	r := Request(1)
	r.Device = "window 2"
	o := New(t, l, r, Born)
	clerk := payment.By{Device: "window 2", Person: "1024"}
	Step(t, l, o.No, func(o payment.Order) payment.Change {
		c := o.AskClose(payment.Wish{Source: payment.ByClerk, At: Born})
		c.By = clerk
		return c
	})
	Said(t, l, o, payment.TradeSuccess)
	moved := put(t, l, o.No, "receipt", func(e *payment.Effect) { e.State, e.By = payment.Done, clerk })
	if moved.By != clerk {
		t.Errorf("moved by %+v", moved.By)
	}
	var got []payment.By
	for _, e := range entries(t, l) {
		got = append(got, e.By)
	}
	if want := []payment.By{{Device: "window 2"}, clerk, {}, clerk}; !slices.Equal(got, want) {
		t.Errorf("by %+v, want %+v", got, want)
	}
}

func note(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	want := payment.Entry{Event: "signed in", Note: "by card", By: payment.By{Device: "window 2", Person: "1024"}}
	if err := l.Note(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	list := entries(t, l)
	if len(list) != 2 || list[1].Seq != 2 || list[1].At.IsZero() || len(list[1].Hash) == 0 {
		t.Fatalf("%+v", list)
	}
	got := list[1]
	got.Seq, got.At, got.Hash = 0, want.At, nil
	if !same(got, want) {
		t.Errorf("noted %+v, want %+v", got, want)
	}
	if list, err := l.Audit(t.Context(), o.No); err != nil || len(list) != 1 {
		t.Errorf("of the order: %+v, %v", list, err)
	}
}

// noteOfBytes asks that what others have sent, and a note quotes, hinders no payment and breaks no chain.
func noteOfBytes(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	for _, note := range []string{"cut in \xe4\xb8", "a\x00b", "<&>\u2028\u202e\r\n\t\\\""} {
		Step(t, l, o.No, func(o payment.Order) payment.Change {
			o.Details = append(o.Details, ' ')
			return payment.Change{Order: o, Note: note}
		})
	}
	list := entries(t, another(t, s, l))
	if len(list) != 4 {
		t.Fatalf("%d entries", len(list))
	}
	for i, want := range []string{"cut in \ufffd", "a\ufffdb", "<&>\u2028\u202e\r\n\t\\\""} {
		if got := list[i+1].Note; got != want {
			t.Errorf("note %q, want %q", got, want)
		}
	}
}

// chain asks for what the contract promises of hashes, which is not how an entry is written: that they are of SHA-256's
// length, stay, and differ even where two entries tell the same.
func chain(t *testing.T, s Store) {
	l := s.Open(t)
	for range 5 {
		if err := l.Note(t.Context(), payment.Entry{Event: "the same"}); err != nil {
			t.Fatal(err)
		}
	}
	paidAt(t, l, 1, Born)
	list := entries(t, l)
	seen := make(map[string]bool)
	for _, e := range list {
		if len(e.Hash) != 32 || seen[string(e.Hash)] {
			t.Errorf("entry %d has the hash %x", e.Seq, e.Hash)
		}
		seen[string(e.Hash)] = true
	}
	if again := entries(t, another(t, s, l)); len(list) != 8 || !slices.EqualFunc(list, again, same) {
		t.Errorf("read again: %+v, want %+v", again, list)
	}
	if other := s.Open(t); other.Note(t.Context(), payment.Entry{Event: "another"}) == nil &&
		bytes.Equal(entries(t, other)[0].Hash, list[0].Hash) {
		t.Error("two entries of two ledgers have one hash")
	}
}

func since(t *testing.T, s Store) {
	l := s.Open(t)
	if list, err := l.Since(t.Context(), 0, 10); err != nil || len(list) != 0 {
		t.Errorf("of an empty ledger: %+v, %v", list, err)
	}
	for n := range 4 {
		paidAt(t, l, n, Born)
	}
	all := entries(t, l)
	for i, e := range all {
		if e.Seq != uint64(i+1) {
			t.Errorf("entry %d has number %d", i+1, e.Seq)
		}
	}
	for n := 1; n < 14; n++ {
		var got []payment.Entry
		for at := uint64(0); ; {
			list, err := l.Since(t.Context(), at, n)
			if err != nil || len(list) > n {
				t.Fatalf("%d entries after %d, %v", len(list), at, err)
			}
			if len(list) == 0 {
				break
			}
			got = append(got, list...)
			at = list[len(list)-1].Seq
		}
		if len(all) != 12 || !slices.EqualFunc(got, all, same) {
			t.Errorf("by pages of %d: %+v, want %+v", n, got, all)
		}
	}
	for _, after := range []uint64{uint64(len(all)), uint64(len(all)) + 1, 1 << 62} {
		if list, err := l.Since(t.Context(), after, 1); err != nil || len(list) != 0 {
			t.Errorf("after %d: %+v, %v", after, list, err)
		}
	}
}

// A reader that remembers where it left off must miss nothing: what has a lower number may not appear later.
func sinceWriters(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	const writers, each = 4, 8
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := range each {
				o, err := Next(handles[w%2], Request(w*each+n), Born)
				if err != nil {
					t.Error(err)
					return
				}
				list, err := handles[(w+1)%2].Audit(context.Background(), o.No)
				if err != nil || len(list) != 1 {
					t.Errorf("an order that is stored has %d entries, %v", len(list), err)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { group.Wait(); close(over) }()
	read := func(last uint64) uint64 {
		list, err := l.Since(t.Context(), last, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Seq != last+1 {
				t.Fatalf("entry %d after %d", e.Seq, last)
			}
			last = e.Seq
		}
		return last
	}
	last := uint64(0)
	for writing := true; writing; {
		select {
		case <-over:
			writing = false
		default:
			last = read(last)
		}
	}
	for next := read(last); next != last; next = read(last) {
		last = next
	}
	if last != writers*each {
		t.Errorf("the last entry is %d, want %d", last, writers*each)
	}
}
