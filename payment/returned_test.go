package payment_test

import (
	"errors"
	"slices"
	"testing"

	"courtkiosk/payment"
)

// back is an order of which so much came back.
func back(o payment.Order, s payment.ReturnedState) payment.Order {
	o.Returned = payment.Returned{State: s, At: noon}
	if s == payment.PartReturned {
		o.Returned.Sum = 100
	}
	return o
}

func booked(o payment.Order) payment.Order {
	o.TransactionID, o.PaidAmount, o.PaidAt = "4200001", o.Amount, noon
	o.OwedBack = []string{"back"}
	return o
}

// turns are moves of owed work, as kind:from:to.
func turns(c payment.Change) (list []string) {
	for _, t := range c.Turns {
		list = append(list, t.Kind+":"+string(t.From)+":"+string(t.To))
	}
	return list
}

func TestReturn(t *testing.T) {
	paid := booked(order(payment.Paid))
	some := back(paid, payment.SomeReturned)
	told := back(paid, payment.PartReturned)
	told.Returned.Told = 100
	foreign := order(payment.Foreign)
	foreign.TransactionID, foreign.PaidAmount = "4200001", 5000
	looked := []string{"attention/refund:owed:done", "attention/refund:doubtful:done"}
	held := []string{"receipt:held:owed", "report:held:owed"}
	again := []string{"back:done:owed", "back:held:owed"}
	for name, tt := range map[string]struct {
		order payment.Order
		part  payment.Fen // zero: all
		want  payment.Returned
		owed  []string
		turns []string
		err   error
	}{
		"all": {some, 0, payment.Returned{State: payment.AllReturned, Sum: 270000}, []string{"back:owed"},
			slices.Concat(looked, again), nil},
		"part": {some, 100, payment.Returned{State: payment.PartReturned, Sum: 100}, []string{"back:owed"},
			slices.Concat(looked, held, again), nil},
		"part, from a backup": {with(some, func(o *payment.Order) { o.Recovered = true }), 100,
			payment.Returned{State: payment.PartReturned, Sum: 100}, []string{"back:owed"},
			slices.Concat(looked, []string{"receipt:held:doubtful", "report:held:doubtful"}, again), nil},
		"part of a second payment": {with(some, func(o *payment.Order) { o.Oddity = payment.SecondPayment }), 100,
			payment.Returned{State: payment.PartReturned, Sum: 100}, nil, slices.Concat(looked, held[:1]), nil},
		"the rest of a second payment": {with(back(paid, payment.PartReturned),
			func(o *payment.Order) { o.Oddity = payment.SecondPayment }), 0,
			payment.Returned{State: payment.AllReturned, Sum: 270000}, nil, looked, nil},
		"more, once told": {told, 200, payment.Returned{State: payment.PartReturned, Sum: 200, Told: 100},
			[]string{"back:owed"}, slices.Concat(looked, held, again), nil},
		"the rest, once told": {told, 0, payment.Returned{State: payment.AllReturned, Sum: 270000, Told: 100},
			[]string{"back:owed"}, slices.Concat(looked, again), nil},
		"disputed": {booked(back(order(payment.Disputed), payment.SomeReturned)), 0,
			payment.Returned{State: payment.AllReturned, Sum: 270000}, nil, looked, nil},
		"elsewhere": {back(foreign, payment.SomeReturned), 0,
			payment.Returned{State: payment.AllReturned, Sum: 5000}, nil, looked, nil},
		"more, not told": {back(paid, payment.PartReturned), 200, payment.Returned{}, nil, nil,
			payment.ErrReturnedUntold},
		"less":              {told, 99, payment.Returned{}, nil, nil, payment.ErrReturnedSum},
		"all as a part":     {some, 270000, payment.Returned{}, nil, nil, payment.ErrReturnedSum},
		"more than all":     {some, 270001, payment.Returned{}, nil, nil, payment.ErrReturnedSum},
		"less than nothing": {some, -1, payment.Returned{}, nil, nil, payment.ErrReturnedSum},
		"a part after all": {back(paid, payment.AllReturned), 5, payment.Returned{}, nil, nil,
			payment.ErrReturnedSum},
		"WeChat says SUCCESS": {paid, 0, payment.Returned{}, nil, nil, payment.ErrNotReturned},
		"not paid":            {order(payment.Waiting), 0, payment.Returned{}, nil, nil, payment.ErrNotReturned},
		"not paid, and returned": {back(order(payment.Foreign), payment.SomeReturned), 0, payment.Returned{}, nil, nil,
			payment.ErrNotReturned},
	} {
		t.Run(name, func(t *testing.T) {
			by := payment.By{Device: "03", Person: "0042"}
			c, err := tt.order.Return(tt.part == 0, tt.part, "at the window", by, noon)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if tt.err != nil {
				return
			}
			tt.want.By, tt.want.At = by, noon
			if c.Order.Returned != tt.want || c.By != by {
				t.Errorf("got %+v by %+v, want %+v", c.Order.Returned, c.By, tt.want)
			}
			if !slices.Equal(owed(c), tt.owed) || !slices.Equal(turns(c), tt.turns) {
				t.Errorf("owes %v, turns %v, want %v, %v", owed(c), turns(c), tt.owed, tt.turns)
			}
			if twice, err := c.Order.Return(tt.part == 0, tt.part, "again", by, noon.Add(1)); err != nil ||
				len(twice.Owed)+len(twice.Turns) > 0 || twice.Order.Returned != c.Order.Returned {
				t.Errorf("said twice: %+v, %v", twice, err)
			}
		})
	}
}

// What came back while a clerk had to look first is known when the clerk has.
func TestAcceptedAfterPartReturned(t *testing.T) {
	o := booked(back(order(payment.Disputed), payment.SomeReturned))
	part, err := o.Return(false, 100, "at the window", payment.By{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := owed(part.Order.Accept(nil)); !slices.Equal(got, []string{"receipt:owed", "report:owed", "back:owed"}) {
		t.Errorf("after a part: owes %v", got)
	}
	all, err := o.Return(true, 0, "at the window", payment.By{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := owed(all.Order.Accept(nil)); !slices.Equal(got, []string{"receipt:held", "report:held", "back:owed"}) {
		t.Errorf("after all: owes %v", got)
	}
}

// A payment after one of which all came back is the bill's.
func TestPaymentAfterReturn(t *testing.T) {
	for state, want := range map[payment.ReturnedState]payment.Oddity{
		payment.SomeReturned: payment.SecondPayment, payment.PartReturned: payment.SecondPayment,
		payment.AllReturned: payment.None,
	} {
		for _, first := range []payment.State{payment.Paid, payment.Disputed} {
			c, err := order(payment.Waiting).Apply(said(payment.TradeSuccess),
				[]payment.Order{back(booked(order(first)), state)}, noon)
			if err != nil || c.Order.Oddity != want {
				t.Errorf("after %s, %s returned: %q, %v, want %q", first, state, c.Order.Oddity, err, want)
			}
		}
	}
}
