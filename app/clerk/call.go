package clerk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/payment"
)

// Calls are those that wait for a person, the oldest first. They name a machine and a screen, and nobody: whoever sees
// a page of the desk may read them, also before somebody has signed in.
func (d *Desk) Calls(ctx context.Context) ([]payment.Call, error) {
	list, err := d.calls(ctx)
	at := d.Cashier.Now()
	return slices.DeleteFunc(list, func(c payment.Call) bool { return !c.Waits(at) }), err
}

// calls are the last calls of all machines, the oldest first.
func (d *Desk) calls(ctx context.Context) (list []payment.Call, err error) {
	for c, err := range payment.Each(ctx, d.Ledger.Calls(), payment.Range{}) {
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b payment.Call) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Device, b.Device))
	})
	return list, nil
}

// KeyOfCall names a call to Answer, and to Take.
func KeyOfCall(c payment.Call) string { return keyOf(ofCall, c.Device, strconv.FormatUint(c.N, 10)) }

// callItems are the calls that wait or were missed today.
func (d *Desk) callItems(ctx context.Context, at time.Time) (items []Item, err error) {
	list, err := d.calls(ctx)
	for _, c := range list {
		i := Item{Key: KeyOfCall(c), Mark: Called, Call: c, Since: c.At, Device: c.Device, Takes: true}
		if c.Missed(at) {
			i.Mark = CallMissed
		}
		if c.Waits(at) || c.Missed(at) {
			items = append(items, i)
		}
	}
	return items, err
}

// Answer says that the clerk goes to a call; it leaves the list. One that another person goes to is a *TakenError; one
// that is over is payment.ErrConflict. Said twice by one person it is said once.
func (d *Desk) Answer(ctx context.Context, c Clerk, key string) error {
	ctx, err := c.acts(ctx, DoWork)
	if err != nil {
		return err
	}
	parts := strings.Split(key, "\x00")
	if len(parts) != 3 || parts[0] != ofCall {
		return payment.ErrNotFound
	}
	n, err := strconv.ParseUint(parts[2], 10, 64)
	if err != nil {
		return payment.ErrNotFound
	}
	at := d.Cashier.Now()
	answer := func() error {
		_, err := d.Ledger.Calls().Update(ctx, parts[1], func(
			call payment.Call, _ payment.Staff,
		) (payment.Call, payment.Entry, error) {
			if call.N == n && !call.Answered.At.IsZero() {
				if call.Answered.By.Person == c.By.Person {
					return call, payment.Entry{}, nil
				}
				return call, payment.Entry{}, &TakenError{call.Answered}
			}
			return call.Answer(n, c.By, at)
		})
		return err
	}
	if err = answer(); errors.Is(err, payment.ErrUnsure) { // what is stored is found answered
		err = answer()
	}
	d.recount()
	return err
}
