package ledgertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

func lists(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	var all []string
	for n := range 4 {
		r := Request(n)
		r.Labels = []string{"case", fmt.Sprint("case ", n), "case"}
		all = append(all, New(t, l, r, Born.Add(time.Duration(n)*time.Second)).No)
	}
	ended := New(t, l, Request(9), Born.Add(time.Minute))
	Said(t, l, ended, payment.TradeClosed)
	long := Request(3).Key
	long.Bill += " and more"
	for name, tt := range map[string]struct {
		got  func() ([]payment.Order, error)
		want []string
	}{
		"label of all":  {func() ([]payment.Order, error) { return l.Labelled(ctx, "case") }, all},
		"label of one":  {func() ([]payment.Order, error) { return l.Labelled(ctx, "case 2") }, all[2:3]},
		"no such label": {func() ([]payment.Order, error) { return l.Labelled(ctx, "cas") }, nil},
		"bill":          {func() ([]payment.Order, error) { return l.OfBill(ctx, Request(3).Key) }, all[3:]},
		"no such bill":  {func() ([]payment.Order, error) { return l.OfBill(ctx, long) }, nil},
		"ended bill":    {func() ([]payment.Order, error) { return l.OfBill(ctx, ended.Key) }, []string{ended.No}},
		"open":          {func() ([]payment.Order, error) { return l.Unsettled(ctx) }, all},
	} {
		if list, err := tt.got(); err != nil || !slices.Equal(numbers(list), tt.want) {
			t.Errorf("%s: %q, %v, want %q", name, numbers(list), err, tt.want)
		}
	}
}

func personal(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	r := Request(1)
	r.Personal = []byte("张*明")
	o := New(t, l, r, Born)
	without := New(t, l, Request(2), Born)
	Said(t, l, without, payment.TradeClosed)
	if n, err := l.Expunge(ctx, hour()); err != nil || n != 0 {
		t.Errorf("expunged %d of an open order, %v", n, err)
	}
	Said(t, l, o, payment.TradeSuccess)
	if got, err := l.Personal(ctx, o.No); err != nil || string(got) != "张*明" {
		t.Errorf("personal = %s, %v", got, err)
	}
	if got, err := l.Personal(ctx, without.No); err != nil || got != nil {
		t.Errorf("personal data of a request without = %s, %v", got, err)
	}
	if n, err := l.Expunge(ctx, past()); err != nil || n != 0 {
		t.Errorf("expunged %d before their time, %v", n, err)
	}
	ended := read(t, l, o.No).ChangedAt
	before, err := l.Update(ctx, o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return o.Told(payment.Order{Returned: payment.Returned{Sum: 1}}), nil
	})
	if err != nil || before.Returned.Told != 1 {
		t.Fatalf("a fact that is noted: %+v, %v", before.Returned, err)
	}
	try(t, l, "case 1", Born)
	for _, want := range []int{1, 0} { // what is noted of a payment, or tried, does not keep its name here for longer
		if n, err := l.Expunge(ctx, ended.Add(time.Microsecond)); err != nil || n != want {
			t.Errorf("expunged %d, %v, want %d", n, err, want)
		}
	}
	if got, err := l.Personal(ctx, o.No); err != nil || got != nil {
		t.Errorf("after its time: %s, %v", got, err)
	}
	if got := read(t, l, o.No); !same(got, before) {
		t.Errorf("expunging changed the order to %+v", got)
	}
}
