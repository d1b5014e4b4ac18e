package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Twins returns the other ledgers that were paid under this kiosk's id, by their instances: those that wait for a
// person's word, and those that say that the id is used twice.
func (c *Cashier) Twins(ctx context.Context) ([]Twin, error) {
	k, err := c.kin(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := c.waiting(ctx)
	if err != nil {
		return nil, err
	}
	late, err := c.lateElsewhere(ctx, k, 0)
	return k.twins(waiting, late, c.rules.Doubles), err
}

// Twice returns an ErrTwin that names the other ledger when the kiosk's id is used twice, which is why nothing new is
// opened; nil when nothing says so.
func (c *Cashier) Twice(ctx context.Context) error {
	k := Kin{Self: c.desk.Ledger.Identity()}
	if late, err := c.lateElsewhere(ctx, k, 1); err != nil || len(late) == 0 {
		return err // as nearly always: no word was needed
	}
	k, err := c.kin(ctx)
	if err != nil {
		return err
	}
	late, err := c.lateElsewhere(ctx, k, 0)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(late, func(o Order) bool { return c.rules.Doubles(k, o) }); i >= 0 {
		_, instance := late[i].Elsewhere()
		return fmt.Errorf("%w: instance %s", ErrTwin, instance)
	}
	return nil
}

// InheritFrom notes that a ledger which was paid under this kiosk's id is lost: a person says so, for a reason that the
// audit keeps. What it was paid is booked here from now on, at once what is known and later what is found, and its
// receipts are only offered: that machine may have printed them. It returns what was booked. A ledger that takes
// payments now is ErrTwin; one that was paid nothing which may be booked so is ErrConflict, and one that no payment
// names ErrNotFound.
func (c *Cashier) InheritFrom(ctx context.Context, instance, reason string, by By) ([]Order, error) {
	twins, err := c.Twins(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(twins, func(t Twin) bool { return t.Instance == instance })
	switch {
	case i < 0:
		return nil, fmt.Errorf("%w: no payment waits that was made to instance %s under the id %s", ErrNotFound,
			instance,
			c.desk.Kiosk)
	case twins[i].Alarm:
		return nil, fmt.Errorf("%w: instance %s", ErrTwin, instance)
	case twins[i].Waiting == len(twins[i].Late):
		return nil, fmt.Errorf("%w: what instance %s was paid is adopted one by one", ErrConflict, instance)
	}
	err = c.say(ctx, Word{Instance: instance, Lost: true, At: c.Now(), Reason: reason, By: by})
	if err != nil {
		return nil, err
	}
	return c.inheritAll(ctx)
}

// PartFrom notes that the machine of a ledger which is paid under this kiosk's id is off, or has another id now: a
// person says so, for a reason that the audit keeps. New payments may be begun here again, unless that ledger is paid
// once more. What it was paid stays where it is: it is adopted one by one. A ledger that no payment names is
// ErrNotFound.
func (c *Cashier) PartFrom(ctx context.Context, instance, reason string, by By) error {
	twins, err := c.Twins(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(twins, func(t Twin) bool { return t.Instance == instance }) {
		return fmt.Errorf("%w: no payment waits that was made to instance %s under the id %s", ErrNotFound, instance,
			c.desk.Kiosk)
	}
	return c.say(ctx, Word{Instance: instance, At: c.Now(), Reason: reason, By: by})
}

// say stores a word, once more when the ledger gave no answer.
func (c *Cashier) say(ctx context.Context, w Word) error {
	err := c.desk.Ledger.Say(ctx, w)
	if errors.Is(err, ErrUnsure) {
		err = c.desk.Ledger.Say(ctx, w)
	}
	return err
}

func (c *Cashier) kin(ctx context.Context) (Kin, error) {
	words, err := c.desk.Ledger.Words(ctx)
	return Kin{c.desk.Ledger.Identity(), words}, err
}

// inherit books an order that another ledger was paid for, when a person has said that this one is lost, or that this
// ledger was paid for itself, under whatever id the kiosk had.
func (c *Cashier) inherit(ctx context.Context, o Order) (Order, error) {
	if !o.PaidElsewhere() {
		return o, nil
	}
	if !c.desk.Ledger.Identity().Ours(o.PaidTo) {
		device, _ := o.Elsewhere()
		if ours, err := c.desk.Ours(ctx, device); err != nil || !ours {
			return o, err
		}
	}
	k, err := c.kin(ctx)
	if err != nil || !c.rules.Inherits(k, o) {
		return o, err
	}
	return c.Adopt(ctx, o.No, "", By{}) // who said why stands in the word about its ledger
}

// inheritAll books what is known of the ledgers that are lost.
func (c *Cashier) inheritAll(ctx context.Context) (booked []Order, err error) {
	waiting, err := c.waiting(ctx)
	for _, o := range waiting {
		after, ierr := c.inherit(ctx, o)
		if err = errors.Join(err, ierr); ierr == nil && after.State != o.State {
			booked = append(booked, after)
		}
	}
	return booked, err
}

// waiting returns what other ledgers were paid under this kiosk's id, and is booked nowhere here.
func (c *Cashier) waiting(ctx context.Context) (list []Order, err error) {
	err = c.elsewhere(ctx, Foreign, 0, func(o Order) bool { list = append(list, o); return true })
	return list, err
}

// lateElsewhere returns what they were paid late, adopted since or not, the latest first; at most n, all when n is 0.
func (c *Cashier) lateElsewhere(ctx context.Context, k Kin, n int) (list []Order, err error) {
	err = c.elsewhere(ctx, "", n, func(o Order) bool {
		if k.late(o) {
			list = append(list, o)
		}
		return o.PaidAt.After(k.Self.Made.Add(TwinAfter)) && (n == 0 || len(list) < n)
	})
	return list, err
}

// elsewhere tells of what was paid to other ledgers under this kiosk's id, the latest first, until see returns false.
func (c *Cashier) elsewhere(ctx context.Context, s State, page int, see func(Order) bool) error {
	f := Filter{PaidTo: c.desk.Kiosk, State: s, N: page}
	if page == 0 {
		f.N = MaxPage
	}
	for {
		p, err := c.desk.Ledger.Find(ctx, f)
		if err != nil {
			return fmt.Errorf("read what was paid to other ledgers: %w", err)
		}
		for _, o := range p.Orders {
			if !see(o) {
				return nil
			}
		}
		if f.Before = p.Next; p.Next == "" {
			return nil
		}
	}
}
