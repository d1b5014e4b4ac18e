package clerk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// A DayState is how the reconciliation of a day stands.
type DayState string

// The states of a day. Green is for DayClean, DayEmpty and DayResolved alone.
const (
	DayBefore   DayState = "before"   // this ledger was not made yet, and no bill of it was asked for
	DayAhead    DayState = "ahead"    // it is not over
	DayUnknown  DayState = "unknown"  // no bill was asked for yet, or there is none yet
	DayRefused  DayState = "refused"  // a bill came and is not believed
	DayDiffers  DayState = "differs"  // somebody must look
	DayResolved DayState = "resolved" // there were differences, and each has ended
	DayEmpty    DayState = "empty"    // nobody has paid, say both
	DayClean    DayState = "clean"
)

// A BillAccount is a merchant number, and the purses whose money goes there.
type BillAccount struct {
	Merchant payment.Merchant
	Purses   []bill.Purse
}

// BillAccounts are the merchant numbers of the court, in the order of their purses.
func (d *Desk) BillAccounts() (list []BillAccount) {
	for _, p := range bill.Purses {
		m := d.Counter.Merchant(p)
		i := slices.IndexFunc(list, func(a BillAccount) bool { return a.Merchant.MchID == m.MchID })
		switch {
		case m.MchID == "":
		case i < 0:
			list = append(list, BillAccount{m, []bill.Purse{p}})
		default:
			list[i].Purses = append(list[i].Purses, p)
		}
	}
	return list
}

// A CalendarDay is one day of a month, of all merchants.
type CalendarDay struct {
	Day         string // 2006-01-02
	State       DayState
	Found, Open int
	Urgent      bool        // a refund that nobody here has sent is open
	Known       bool        // the ledger's payments were counted when a bill was read; else the next two are not known
	Paid        int         // payments of the day that the ledger has
	Sum         payment.Fen // of those
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
var worse = []DayState{DayDiffers, DayRefused, DayUnknown, DayAhead, DayBefore, DayResolved, DayClean, DayEmpty}

// Calendar returns the days of a month in China, as they stand for all of these merchant numbers together.
func Calendar(ctx context.Context, l payment.Ledger, mchids []string, month, now time.Time) ([]CalendarDay, error) {
	month, now = month.In(payment.China), now.In(payment.China)
	first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, payment.China)
	born := l.Identity().Made.In(payment.China).Format(time.DateOnly)
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
			open := openOf(list)
			for _, d := range list {
				c.Urgent = c.Urgent || d.Open() && d.Kind == reconcile.RefundNotWithUs
			}
			c.Found, c.Open = c.Found+len(list), c.Open+open
			state := stateOf(s, len(list), open)
			if state == DayUnknown && s.Day == "" && c.Day < born {
				state = DayBefore
			}
			if slices.Index(worse, state) < slices.Index(worse, c.State) {
				c.State = state
			}
			var sums reconcile.Sums
			if err := sums.Read(s); err != nil {
				return nil, err
			}
			c.Known = c.Known || len(s.Sums) > 0
			c.Paid, c.Sum = c.Paid+sums.Ledger.Rows, c.Sum+sums.Ledger.Total
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

// A SumStep is a sum of a day, or one line between two. Each is shown, also when it is zero.
type SumStep struct {
	Name  StepName
	Rows  int // payments, of refunds refunds; 0 of what has no number
	Sum   payment.Fen
	Known bool // else the sum is not known
}

// StepName is which sum, or which step.
type StepName string

// The sums and the steps between them, in their order. A step is added to the sum before it.
const (
	SumTold     StepName = "told"     // what the court was told of
	StepRefused StepName = "refused"  // what the court refuses
	StepWaits   StepName = "waits"    // what it was not told yet, or has not answered
	StepNever   StepName = "never"    // what it is not told by itself: second payments, and what came back
	SumLedger   StepName = "ledger"   // payments of the day that the ledger has
	StepKiosks  StepName = "kiosks"   // other machines of the court
	StepApps    StepName = "apps"     // other apps of the merchant
	StepPlain   StepName = "unmarked" // of our app, without the mark of a kiosk
	StepExcess  StepName = "excess"   // 长款: at WeChat, and not in the ledger of the day
	StepShort   StepName = "short"    // 短款: in the ledger of the day, and not at WeChat
	StepAmounts StepName = "amounts"  // other amounts, and payments that WeChat has revoked
	StepUnknown StepName = "unknown"  // what no difference explains; left out where there is nothing
	SumBill     StepName = "bill"     // payments of WeChat's trade bill
	StepCoupons StepName = "coupons"  // what WeChat settles besides what payers owed: coupons of its own
	StepBack    StepName = "refunds"  // refunds of this ledger
	StepOutside StepName = "outside"  // refunds of its payments that it does not know
	StepOthers  StepName = "others"   // refunds of others' payments
	StepFees    StepName = "fees"
	StepFeeBack StepName = "fees-back"
	SumSettled  StepName = "settled"   // what WeChat should settle
	SumAccount  StepName = "account"   // what came to the account by the fund-flow bill, withdrawals left aside
	StepGap     StepName = "gap"       // what of it differs
	SumBank     StepName = "withdrawn" // what left it to the bank
)

// Step reports whether it is a step, and no sum.
func (n StepName) Step() bool {
	switch n {
	case SumTold, SumLedger, SumBill, SumSettled, SumAccount, SumBank:
		return false
	}
	return true
}

// A BilledDay is the reconciliation of one merchant's day.
type BilledDay struct {
	MchID, Day  string
	State       DayState
	Statement   payment.Statement
	Sums        reconcile.Sums
	Steps       []SumStep
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
	d.State = stateOf(s, len(list), openOf(list))
	d.Steps = stepsOf(d.Sums, list, len(s.Sums) > 0)
	return d, nil
}

func openOf(list []payment.Difference) (open int) {
	for _, d := range list {
		if d.Open() {
			open++
		}
	}
	return open
}

// stepsOf are the sums of a day and the steps between them, from the court's to the bank's.
func stepsOf(sums reconcile.Sums, list []payment.Difference, read bool) (steps []SumStep) {
	all, explained := sums.Bill, sums.Ledger
	add := func(n StepName, rows int, sum payment.Fen, known bool) {
		steps = append(steps, SumStep{n, rows, sum, known})
	}
	between := func(n StepName, s reconcile.Share) {
		explained = explained.With(reconcile.Share{Rows: s.Rows, Total: s.Total})
		add(n, s.Rows, s.Total, read)
	}
	if t := sums.Told; t != nil {
		add(SumTold, t.Rows, t.Total, read)
		refused, waits := sums.Untold[reconcile.CourtRefuses], sums.Untold[reconcile.CourtWaits]
		add(StepRefused, refused.Rows, refused.Total, read)
		add(StepWaits, waits.Rows, waits.Total, read)
		said := t.With(refused).With(waits)
		add(StepNever, sums.Ledger.Rows-said.Rows, sums.Ledger.Total-said.Total, read)
	}
	add(SumLedger, sums.Ledger.Rows, sums.Ledger.Total, read)
	kiosks, apps, told := together(sums.Kiosks), together(sums.Apps), tellsOf(list)
	between(StepKiosks, kiosks)
	between(StepApps, apps)
	between(StepPlain, sums.Unmarked)
	between(StepExcess, told.excess)
	between(StepShort, told.short)
	between(StepAmounts, told.amounts)
	payments := all.Rows - all.Backs
	if rows, sum := payments-explained.Rows, all.Total-explained.Total; rows != 0 || sum != 0 {
		add(StepUnknown, rows, sum, read)
	}
	add(SumBill, payments, all.Total, read)
	add(StepCoupons, 0, all.Settled-all.Total, read)
	others := kiosks.With(apps).With(sums.Unmarked)
	add(StepBack, sums.Ours.Backs-told.outside.Backs, told.outside.Refunded-sums.Ours.Refunded, read)
	add(StepOutside, told.outside.Backs, -told.outside.Refunded, read)
	add(StepOthers, others.Backs, -others.Refunded, read)
	add(StepFees, 0, -payment.Fen((all.Fee+all.FeeBack)/1000), read)
	add(StepFeeBack, 0, payment.Fen(all.FeeBack/1000), read)
	settled := all.Settled - all.Refunded - payment.Fen(all.Fee/1000)
	add(SumSettled, 0, settled, read)
	var funds reconcile.Funds
	if sums.Funds != nil {
		funds = *sums.Funds
	}
	moved := funds.In - funds.Out + funds.Withdrawn
	add(SumAccount, funds.Rows, moved, sums.Funds != nil)
	add(StepGap, 0, moved-settled, sums.Funds != nil && read)
	add(SumBank, 0, funds.Withdrawn, sums.Funds != nil)
	return steps
}

func together(of map[string]reconcile.Share) (all reconcile.Share) {
	for _, s := range of {
		all = all.With(s)
	}
	return all
}

// told is what differences tell of the steps between ledger and bill.
type told struct{ excess, short, amounts, outside reconcile.Share }

func tellsOf(list []payment.Difference) (t told) {
	for _, d := range list {
		if d.How == payment.HowReread || d.How == payment.HowBooked {
			continue // the sums are of after that
		}
		switch d.Kind {
		case reconcile.NotWithUs, reconcile.OfLostLedger, reconcile.RefundNotWithUs:
			if d.RefundNo != "" {
				t.outside = t.outside.With(reconcile.Share{Backs: 1, Refunded: d.Theirs})
				continue
			}
			fallthrough
		case reconcile.NotBooked, reconcile.DayDiffers:
			t.excess = t.excess.With(reconcile.Share{Rows: 1, Total: d.Theirs})
		case reconcile.NotAtWeChat:
			t.short = t.short.With(reconcile.Share{Rows: -1, Total: -d.Ours})
		case reconcile.AmountDiffers:
			t.amounts = t.amounts.With(reconcile.Share{Total: d.Theirs - d.Ours})
		case reconcile.Revoked:
			t.amounts = t.amounts.With(reconcile.Share{Rows: 1, Total: d.Theirs})
		}
	}
	return t
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

// AskDifference has WeChat asked about a difference by a signed query, and notes what was said. Who asks has taken it
// up by that; one that another person has is a *TakenError.
func (d *Desk) AskDifference(ctx context.Context, c Clerk, key string) (payment.Difference, error) {
	if err := c.May(Reconcile); err != nil {
		return payment.Difference{}, err
	}
	if d.Bills == nil {
		return payment.Difference{}, payment.ErrNoBiller
	}
	x, err := d.Ledger.Differences().Get(ctx, key)
	if err != nil {
		return x, err
	}
	accounts := d.BillAccounts()
	i := slices.IndexFunc(accounts, func(a BillAccount) bool { return a.Merchant.MchID == x.MchID })
	if i < 0 {
		return x, fmt.Errorf("%w: %s", payment.ErrNotServed, x.MchID)
	}
	if err := d.Take(ctx, c, keyOf(ofDifference, key)); err != nil {
		return x, err
	}
	return d.Bills.Ask(ctx, accounts[i].Merchant, key)
}

// Difference returns a difference by its key.
func (d *Desk) Difference(ctx context.Context, c Clerk, key string) (payment.Difference, error) {
	if err := c.May(SeeBills); err != nil {
		return payment.Difference{}, err
	}
	return d.Ledger.Differences().Get(ctx, key)
}

// OrderOfDifference returns the order that a difference is about, if the ledger has it.
func (d *Desk) OrderOfDifference(ctx context.Context, c Clerk, x payment.Difference) (
	o payment.Order, known bool, err error) {
	if err := c.May(SeeBills); err != nil {
		return o, false, err
	}
	o, err = d.Ledger.Order(ctx, x.Order)
	if errors.Is(err, payment.ErrNotFound) {
		return o, false, nil
	}
	return o, err == nil, err
}

// TakeDifference takes up a difference, and GiveBackDifference makes it everybody's again; see Take and GiveBack.
func (d *Desk) TakeDifference(ctx context.Context, c Clerk, key string) error {
	return d.Take(ctx, c, keyOf(ofDifference, key))
}

// GiveBackDifference makes a difference everybody's again.
func (d *Desk) GiveBackDifference(ctx context.Context, c Clerk, key string) error {
	return d.GiveBack(ctx, c, keyOf(ofDifference, key))
}

// Ends are the ways in which a person may say that a difference has ended, by what the ledger knows now. An order
// without the ledger's word has fewer.
func (d *Desk) Ends(ctx context.Context, x payment.Difference) (ways []payment.How, err error) {
	if !x.SaidAt.IsZero() {
		ways = append(ways, payment.HowAsked)
	}
	o, err := d.Ledger.Order(ctx, x.Order)
	if errors.Is(err, payment.ErrNotFound) {
		return append(ways, payment.HowNoted), nil
	} else if err != nil {
		return nil, err
	}
	refunds, err := d.Ledger.RefundsOf(ctx, x.Order)
	if err != nil {
		return nil, err
	}
	if o.State == payment.Paid && (x.Kind == reconcile.NotWithUs || x.Kind == reconcile.OfLostLedger) {
		ways = append(ways, payment.HowAdopted)
	}
	if slices.ContainsFunc(refunds, x.EndedBy) {
		ways = append(ways, payment.HowRefunded)
	}
	if x.Kind == reconcile.RefundNotWithUs && o.Returned.Sum > 0 {
		ways = append(ways, payment.HowReturned)
	}
	return append(ways, payment.HowNoted), nil
}

// ResolveDifference ends a difference in a person's name, for a reason. Who may is asked in the transaction; who
// approved a refund that has left since cannot, and nobody in a way that the ledger does not bear out.
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
	ways, err := d.Ends(ctx, before)
	if err != nil {
		return before, err
	}
	r := payment.Resolution{How: how, Note: Plain(reason), By: c.By, Refunds: refunds}
	x, err := d.Ledger.Differences().Update(ctx, key, func(x payment.Difference, staff payment.Staff) (
		payment.Difference, payment.Entry, error) {
		if err := MayIn(staff, c.By, Resolve); err != nil {
			return x, payment.Entry{}, err
		}
		at := now()
		if x.Found.IsZero() {
			return x, payment.Entry{}, fmt.Errorf("%w: difference", payment.ErrNotFound)
		}
		if who := taken(x.Taken, at); x.Open() && who.By.Person != "" && who.By.Person != c.By.Person {
			return x, payment.Entry{}, &TakenError{who}
		}
		after, e, err := x.Resolve(r, at)
		if err == nil && !slices.Contains(ways, how) { // what it stands on does not go away again
			err = fmt.Errorf("%w: nothing says that it was %s", payment.ErrConflict, how)
		}
		return after, e, err
	})
	d.recount()
	return x, err
}
