package care

import (
	"context"
	"errors"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

const (
	billsAgain  = 15 * time.Minute // after a bill that was not there, or not believed
	fundsAgain  = 6 * time.Hour    // after a fund-flow bill that was not there on the second day: it may never be
	billsMonths = 3                // WeChat keeps bills for so long
)

// watchBills reads WeChat's bills of the days that are over into the ledger, until ctx ends. It asks behind visitors.
func (c *Care) watchBills(ctx context.Context) {
	if c.Bills == nil {
		return
	}
	tick := time.NewTicker(revisitEvery)
	defer tick.Stop()
	for {
		if now, heard := c.Cashier.Clock(); heard { // a clock that is ahead would ask for a day that is not over
			if err := c.readBills(ctx, now); err != nil && ctx.Err() == nil {
				c.Log.ErrorContext(ctx, "bills not read", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// readBills reads the bills that are due, each merchant's oldest first: a week that this machine was off is caught up.
// Where WeChat does not answer, the merchant's other days wait with it.
func (c *Care) readBills(ctx context.Context, now time.Time) error {
	_, restored := c.Keeper.Incomplete()
	from := firstBill(now, c.Ledger.Identity().Made, restored)
	var errs []error
	for _, m := range c.merchants() {
		known, err := c.statements(ctx, m, from)
		if err != nil {
			return err
		}
		late, err := c.Bills.Late(ctx, m, known)
		if err != nil {
			return err
		}
		for _, day := range late { // as if it had not been read
			known[day] = payment.Statement{Asked: known[day].Asked}
		}
		for _, day := range billsDue(now, from, known) {
			s, err := c.Bills.Import(ctx, m, day)
			if err != nil {
				errs = append(errs, err)
				break
			}
			if s.State == payment.StatementAbsent {
				break
			}
		}
	}
	return errors.Join(errs...)
}

// merchants are those that this machine has keys of, one of each number.
func (c *Care) merchants() (list []payment.Merchant) {
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		if c.Cashier.Serves(m) && !slices.ContainsFunc(list, func(o payment.Merchant) bool {
			return o.MchID == m.MchID
		}) {
			list = append(list, m)
		}
	}
	return list
}

// statements returns what is known of a merchant's days since from, by day.
func (c *Care) statements(ctx context.Context, m payment.Merchant, from time.Time) (
	map[string]payment.Statement, error) {
	list, err := c.Ledger.Statements().List(ctx, payment.Range{Prefix: m.MchID + "/", N: payment.MaxPage,
		After: m.MchID + "/" + from.AddDate(0, 0, -1).Format(time.DateOnly)})
	known := make(map[string]payment.Statement, len(list))
	for _, s := range list {
		known[s.Day] = s
	}
	return known, err
}

// firstBill is the first day in China whose bill this ledger wants: that of its birth, and of one that was restored all
// that there are, for it may have been another's before.
func firstBill(now, made time.Time, restored bool) time.Time {
	today := dayOf(now)
	first := today.AddDate(0, -billsMonths, 1)
	if born := dayOf(made); !restored && born.After(first) {
		first = born
	}
	return first
}

// dayOf is the beginning of a moment's day in China.
func dayOf(t time.Time) time.Time {
	t = t.In(payment.China)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, payment.China)
}

// billsDue returns the days whose bills are to be asked for now, oldest first.
func billsDue(now, from time.Time, known map[string]payment.Statement) (due []time.Time) {
	today := dayOf(now)
	for day := from; day.Before(today); day = day.AddDate(0, 0, 1) {
		if day.Equal(today.AddDate(0, 0, -1)) && now.In(payment.China).Hour() < revisitFrom {
			break
		}
		s := known[day.Format(time.DateOnly)]
		again := billsAgain
		if s.Known() && now.Sub(day) > 2*24*time.Hour {
			again = fundsAgain
		}
		if !s.Settled() && now.Sub(s.Asked) >= again {
			due = append(due, day)
		}
	}
	return due
}
