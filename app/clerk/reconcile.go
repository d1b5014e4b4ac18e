package clerk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// A DayState is how the reconciliation of a day stands.
type DayState string

// The states of a day. Green is for DayClean, DayEmpty and DayResolved alone.
const (
	DayAhead    DayState = "ahead"    // it is not over
	DayUnknown  DayState = "unknown"  // no bill was asked for yet, or there is none yet
	DayRefused  DayState = "refused"  // a bill came and is not believed
	DayDiffers  DayState = "differs"  // somebody must look
	DayResolved DayState = "resolved" // there were differences, and each has ended
	DayEmpty    DayState = "empty"    // nobody has paid, say both
	DayClean    DayState = "clean"
)

// A CalendarDay is one day of a month, of all merchants.
type CalendarDay struct {
	Day         string // 2006-01-02
	State       DayState
	Found, Open int
	Urgent      bool // a refund that nobody here has sent is open
}

// stateOf is how a merchant's day stands.
func stateOf(s payment.Statement, found, open int) DayState {
	switch {
	case open > 0:
		return DayDiffers
	case s.State == payment.StatementRefused:
		return DayRefused
	case !s.Settled():
		return DayUnknown
	case found > 0:
		return DayResolved
	case s.State == payment.StatementEmpty:
		return DayEmpty
	}
	return DayClean
}

// worse lists the states of a day, the one that needs somebody most first.
var worse = []DayState{DayDiffers, DayRefused, DayUnknown, DayAhead, DayResolved, DayClean, DayEmpty}

// Calendar returns the days of a month in China, as they stand for all of these merchant numbers together.
func Calendar(ctx context.Context, l payment.Books, mchids []string, month, now time.Time) ([]CalendarDay, error) {
	month, now = month.In(payment.China), now.In(payment.China)
	first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, payment.China)
	var days []CalendarDay
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		c := CalendarDay{Day: day.Format(time.DateOnly), State: DayEmpty}
		if c.Day >= now.Format(time.DateOnly) {
			c.State = DayAhead
			days = append(days, c)
			continue
		}
		for _, mchid := range mchids {
			s, list, err := dayOf(ctx, l, mchid, day)
			if err != nil {
				return nil, err
			}
			open := 0
			for _, d := range list {
				if d.Open() {
					open++
					c.Urgent = c.Urgent || d.Kind == reconcile.RefundNotWithUs
				}
			}
			c.Found, c.Open = c.Found+len(list), c.Open+open
			if state := stateOf(s, len(list), open); slices.Index(worse, state) < slices.Index(worse, c.State) {
				c.State = state
			}
		}
		days = append(days, c)
	}
	return days, nil
}

// dayOf returns what is known of a merchant's day.
func dayOf(ctx context.Context, l payment.Books, mchid string, day time.Time) (payment.Statement, []payment.Difference,
	error) {
	s, err := l.Statements().Get(ctx, mchid+"/"+day.In(payment.China).Format(time.DateOnly))
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return s, nil, err
	}
	list, err := reconcile.Of(ctx, l, mchid, day)
	return s, list, err
}

// A SumStep is one line between two sums of a day. Each is shown, also when it is zero.
type SumStep struct {
	Name  string // bill, kiosks, apps, unmarked, ours, ledger, told; settled, refunds, fees, account, withdrawn
	Rows  int
	Sum   payment.Fen
	Known bool // else the sum is not known
}

// A BilledDay is the reconciliation of one merchant's day.
type BilledDay struct {
	MchID, Day string
	State      DayState
	Statement  payment.Statement
	Sums       reconcile.Sums
	// from what the bill has to what is this ledger's, and what the court was told of
	Payments []SumStep
	// from what WeChat settles to what moved on the account
	Money       []SumStep
	Differences []payment.Difference
}

// DayOf returns the reconciliation of a merchant's day in China.
func DayOf(ctx context.Context, l payment.Books, mchid string, day time.Time) (BilledDay, error) {
	s, list, err := dayOf(ctx, l, mchid, day)
	d := BilledDay{MchID: mchid, Day: day.In(payment.China).Format(time.DateOnly), Statement: s, Differences: list}
	if err == nil {
		err = d.Sums.Read(s)
	}
	if err != nil {
		return d, err
	}
	open := 0
	for _, x := range list {
		if x.Open() {
			open++
		}
	}
	d.State = stateOf(s, len(list), open)
	sums, read := d.Sums, len(s.Sums) > 0
	share := func(of map[string]reconcile.Share) (all reconcile.Share) {
		for _, s := range of {
			all.Rows, all.Total, all.Refunded = all.Rows+s.Rows, all.Total+s.Total, all.Refunded+s.Refunded
		}
		return all
	}
	kiosks, apps := share(sums.Kiosks), share(sums.Apps)
	d.Payments = []SumStep{
		{"bill", sums.Bill.Rows, sums.Bill.Total, read}, {"kiosks", kiosks.Rows, -kiosks.Total, read},
		{"apps", apps.Rows, -apps.Total, read}, {"unmarked", sums.Unmarked.Rows, -sums.Unmarked.Total, read},
		{"ours", sums.Ours.Rows, sums.Ours.Total, read}, {"ledger", sums.Ledger.Rows, sums.Ledger.Total, read},
	}
	if sums.Told != nil {
		d.Payments = append(d.Payments, SumStep{"told", sums.Told.Rows, sums.Told.Total, read})
	}
	fees := payment.Fen(sums.Bill.Fee / 1000)
	d.Money = []SumStep{{"settled", sums.Bill.Rows, sums.Bill.Settled, read},
		{"refunds", 0, -sums.Bill.Refunded, read}, {"fees", 0, -fees, read}}
	if f := sums.Funds; f != nil {
		d.Money = append(d.Money, SumStep{"account", f.Rows, f.In - f.Out + f.Withdrawn, true},
			SumStep{"withdrawn", 0, f.Withdrawn, true})
	} else {
		d.Money = append(d.Money, SumStep{Name: "account"}, SumStep{Name: "withdrawn"})
	}
	return d, nil
}

// Days returns a month's calendar.
func (d *Desk) Days(ctx context.Context, c Clerk, mchids []string, month time.Time) ([]CalendarDay, error) {
	if err := c.May(SeeBills); err != nil {
		return nil, err
	}
	return Calendar(ctx, d.Ledger, mchids, month, now())
}

// Day returns the reconciliation of a merchant's day.
func (d *Desk) Day(ctx context.Context, c Clerk, mchid string, day time.Time) (BilledDay, error) {
	if err := c.May(SeeBills); err != nil {
		return BilledDay{}, err
	}
	return DayOf(ctx, d.Ledger, mchid, day)
}

// Fetch has WeChat asked for a day's bills now.
func (d *Desk) Fetch(ctx context.Context, c Clerk, m payment.Merchant, day time.Time) (payment.Statement, error) {
	if err := c.May(Reconcile); err != nil {
		return payment.Statement{}, err
	}
	if d.Bills == nil {
		return payment.Statement{}, payment.ErrNoBiller
	}
	return d.Bills.Import(ctx, m, day)
}

// AskDifference has WeChat asked about a difference by a signed query, and notes what was said.
func (d *Desk) AskDifference(ctx context.Context, c Clerk, m payment.Merchant, key string) (payment.Difference, error) {
	if err := c.May(Reconcile); err != nil {
		return payment.Difference{}, err
	}
	if d.Bills == nil {
		return payment.Difference{}, payment.ErrNoBiller
	}
	return d.Bills.Ask(ctx, m, key)
}

// ResolveDifference ends a difference in a person's name, for a reason. Who may is asked in the transaction; who
// approved a refund that has left since cannot.
func (d *Desk) ResolveDifference(ctx context.Context, c Clerk, key string, how payment.How, reason string) (
	payment.Difference, error) {
	if err := c.May(Resolve); err != nil {
		return payment.Difference{}, err
	}
	before, err := d.Ledger.Differences().Get(ctx, key)
	if err != nil {
		return before, err
	}
	refunds, err := d.Ledger.RefundsOf(ctx, before.Order)
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return before, err
	}
	r := payment.Resolution{How: how, Note: strings.Join(strings.Fields(reason), " "), By: c.By, Refunds: refunds}
	return d.Ledger.Differences().Update(ctx, key, func(x payment.Difference, staff payment.Staff) (payment.Difference,
		payment.Entry, error) {
		if err := MayIn(staff, c.By, Resolve); err != nil {
			return x, payment.Entry{}, err
		}
		if x.Found.IsZero() {
			return x, payment.Entry{}, fmt.Errorf("%w: difference", payment.ErrNotFound)
		}
		return x.Resolve(r, now())
	})
}
