package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

// everyField has a rule fill whatever an order has, so that a field which is added to it later is asked for, too.
func everyField(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	o := New(t, l, Request(1), Born)
	fixed := []string{"No", "Key", "State", "Serial", "Sequence", "ChangedAt", "Lease", "Labels", "CreatedAt", "Device"}
	want := Step(t, l, o.No, func(o payment.Order) payment.Change {
		v, n := reflect.ValueOf(&o).Elem(), 0
		for i := range v.NumField() {
			if !slices.Contains(fixed, v.Type().Field(i).Name) {
				visit(v.Field(i), func(at reflect.Value) { n++; fill(t, at, n) })
			}
		}
		return payment.Change{Order: o}
	})
	visit(reflect.ValueOf(&want).Elem(), func(at reflect.Value) {
		if at.IsZero() && at.Type() != reflect.TypeFor[uint64]() && at.Type() != reflect.TypeFor[time.Time]() &&
			at.Kind() != reflect.String {
			t.Errorf("a %s was not filled", at.Type())
		}
	})
	for name, got := range map[string]func() ([]payment.Order, error){
		"order":     func() ([]payment.Order, error) { o, err := l.Order(ctx, o.No); return []payment.Order{o}, err },
		"of bill":   func() ([]payment.Order, error) { return l.OfBill(ctx, o.Key) },
		"labelled":  func() ([]payment.Order, error) { return l.Labelled(ctx, "case 1") },
		"unsettled": func() ([]payment.Order, error) { return l.Unsettled(ctx) },
		"find": func() ([]payment.Order, error) {
			page, err := l.Find(ctx, payment.Filter{N: 1})
			return page.Orders, err
		},
		"unchanged": func() ([]payment.Order, error) {
			o, err := l.Update(ctx, o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
				return payment.Change{Order: o}, nil
			})
			return []payment.Order{o}, err
		},
	} {
		if list, err := got(); err != nil || len(list) != 1 || !same(list[0], want) {
			t.Errorf("%s returns\n%+v, %v, want\n%+v", name, list, err, want)
		}
	}
}

// fill sets a field to a value that is the n-th of its type.
func fill(t *testing.T, at reflect.Value, n int) {
	switch at.Interface().(type) {
	case time.Time:
		at.Set(reflect.ValueOf(Born.Add(time.Duration(n) * time.Microsecond)))
		return
	case []string:
		at.Set(reflect.ValueOf([]string{fmt.Sprint("word ", n), ""}))
		return
	case []byte:
		at.Set(reflect.ValueOf([]byte{0, 0xFF, byte(n)}))
		return
	case map[string]int64:
		at.Set(reflect.ValueOf(map[string]int64{fmt.Sprint("文 ", n): int64(n), "": 0}))
		return
	}
	switch at.Kind() {
	case reflect.String:
		at.SetString(fmt.Sprint("文 ", n))
	case reflect.Bool:
		at.SetBool(true)
	case reflect.Int, reflect.Int64:
		at.SetInt(int64(n))
	case reflect.Uint64:
		at.SetUint(uint64(n))
	default:
		t.Fatalf("the suite cannot fill a %s", at.Type())
	}
}

// copied changes whatever was given to the ledger or came from it: what is stored must stay.
func copied(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	r := Request(1)
	r.Personal = []byte("张*明")
	want := New(t, l, r, Born)
	r.Personal[0], r.Labels[0], r.Details[0], r.Owed[0] = 'X', "X", 'X', "X"
	spoil := func(o payment.Order) payment.Order {
		o.Body[0], o.Labels[0], o.Details[0], o.Owed[0], o.OwedTwin[0] = 'X', "X", 'X', "X", "X"
		return o
	}
	spoil(read(t, l, want.No))
	for _, list := range []func() ([]payment.Order, error){
		func() ([]payment.Order, error) { return l.OfBill(ctx, want.Key) },
		func() ([]payment.Order, error) { return l.Unsettled(ctx) },
		func() ([]payment.Order, error) { return l.Labelled(ctx, "case 1") },
	} {
		if all, err := list(); err == nil && len(all) == 1 {
			spoil(all[0])
		} else {
			t.Errorf("%d orders, %v", len(all), err)
		}
	}
	_, err := l.Update(ctx, want.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return payment.Change{Order: spoil(o)}, errors.New("refused")
	})
	if err == nil {
		t.Error("the rule's error was lost")
	}
	data, err := l.Personal(ctx, want.No)
	if err != nil || string(data) != "张*明" {
		t.Errorf("personal = %s, %v", data, err)
	}
	data[0] = 'X'
	if data, err := l.Personal(ctx, want.No); err != nil || string(data) != "张*明" {
		t.Errorf("personal = %s, %v", data, err)
	}
	mine := []byte("of the rule")
	changed := Step(t, l, want.No, func(o payment.Order) payment.Change {
		o.Title, o.Details = "changed", mine
		return payment.Change{Order: o}
	})
	mine[0], changed.Body[0], changed.Labels[0] = 'X', 'X', "X"
	got := read(t, l, want.No)
	for _, is := range [][2]string{
		{string(got.Body), "body of " + Born.Format(time.RFC3339Nano)}, {got.Labels[0], "case 1"},
		{string(got.Details), "of the rule"}, {got.Owed[0], "receipt"}, {got.OwedTwin[0], "receipt"},
	} {
		if is[0] != is[1] {
			t.Errorf("stored is now %q, want %q", is[0], is[1])
		}
	}
}

func microseconds(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	at := Born.Add(123456 * time.Microsecond)
	o, err := nextLeased(l, Request(1), payment.Lease{Holder: "A", Until: hour()}, at)
	if err != nil || !o.CreatedAt.Equal(at) {
		t.Fatalf("created at %v, %v", o.CreatedAt, err)
	}
	exact(t, "a created order", o)
	exact(t, "a stored order", read(t, l, o.No))
	noted := Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Watch(at) })
	if got := read(t, l, o.No); !got.WatchedUntil.Equal(at.Add(payment.WatchedFor)) || !same(got, noted) {
		t.Errorf("watched until %v, want a minute after %v; stored %+v, returned %+v", got.WatchedUntil, at, got, noted)
	}
	exact(t, "a changed order", noted)
	Step(t, l, o.No, code)
	exact(t, "a paid order", Said(t, l, o, payment.TradeSuccess))
	until := hour().Add(7 * time.Microsecond)
	_, handed, err := payment.Begin(ctx, l, o.No, "receipt", payment.Hand{Holder: "A", Until: until}, payment.Owed)
	if err != nil || !handed.Until.Equal(until) || !same(effectOf(t, l, o.No, "receipt"), handed) {
		t.Errorf("handed %+v, %v, stored %+v", handed, err, effectOf(t, l, o.No, "receipt"))
	}
	exact(t, "an effect", handed)
	pieces, err := l.ClaimWork(ctx, "report", "A", 1, now(), until)
	if err != nil || len(pieces) != 1 || !pieces[0].Effect.Until.Equal(until) {
		t.Fatalf("claimed %+v, %v", pieces, err)
	}
	exact(t, "a piece", pieces[0])
	if !same(effectOf(t, l, o.No, "report"), pieces[0].Effect) {
		t.Errorf("claimed %+v, stored %+v", pieces[0].Effect, effectOf(t, l, o.No, "report"))
	}
	for _, e := range entries(t, l) {
		exact(t, "an entry", e)
	}
	tallies, err := l.Tally(ctx)
	if err != nil || len(tallies) != 2 {
		t.Errorf("%+v, %v", tallies, err)
	}
	for _, tally := range tallies {
		exact(t, "a tally", tally)
	}
}
