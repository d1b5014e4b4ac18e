package clerk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
)

const (
	finance   = "0110"
	colleague = "0111" // of the same office
)

// taken reports whether an error says that a person has it.
func taken(err error, by string) bool {
	t, ok := errors.AsType[*clerk.TakenError](err)
	return ok && t.Taken.By.Person == by
}

// differs stores a difference of a day, and the day as read.
func (c *court) differs(day, order string, k payment.DifferenceKind) payment.Difference {
	c.Helper()
	d := payment.Difference{MchID: "1900000001", Day: day, Kind: k, Order: order, TransactionID: "42", Ours: 270000,
		Theirs: 269900, Next: reconcile.AskWeChat, Found: noon.UTC()}
	_, err := c.ledger.Differences().Update(c.Context(), d.Key(), func(payment.Difference, payment.Staff) (
		payment.Difference, payment.Entry, error) {
		return d, payment.Entry{}, nil
	})
	if err != nil {
		c.Fatal(err)
	}
	c.read(payment.Statement{MchID: d.MchID, Day: day, State: payment.StatementRead, Hash: "x", Found: 1})
	return d
}

func (c *court) read(s payment.Statement) {
	c.Helper()
	if _, err := c.ledger.Statements().Update(c.Context(), s.Key(), func(payment.Statement, payment.Staff) (
		payment.Statement, payment.Entry, error) {
		return s, payment.Entry{}, nil
	}); err != nil {
		c.Fatal(err)
	}
}

func TestResolveDifference(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		c.hire(finance, clerk.RoleFinance)
		c.hire(colleague, clerk.RoleFinance)
		for _, number := range []string{finance, colleague} {
			if err := c.ConfirmStaff(c.Context(), c.at(lead1), number); err != nil {
				c.Fatal(err)
			}
		}
		o := ledgertest.New(c.T, c.ledger, ledgertest.Request(1), time.Now())
		d := c.differs("2026-11-27", o.No, reconcile.AmountDiffers)
		resolve := func(by clerk.Clerk, how payment.How, why string) error {
			_, err := c.ResolveDifference(c.Context(), by, d.Key(), how, why)
			return err
		}
		of := c.at(finance)
		for name, tt := range map[string]struct {
			err  error
			want error
		}{
			"a lead":           {resolve(c.at(lead1), payment.HowNoted, "why"), clerk.ErrNoRight},
			"the console":      {resolve(c.console(), payment.HowNoted, "why"), clerk.ErrNoRight},
			"nobody":           {resolve(clerk.Clerk{}, payment.HowNoted, "why"), clerk.ErrNoRight},
			"without a reason": {resolve(of, payment.HowNoted, " "), payment.ErrNoReason},
			"WeChat not asked": {resolve(of, payment.HowAsked, "why"), payment.ErrNotAsked},
			"no refund":        {resolve(of, payment.HowRefunded, "why"), payment.ErrConflict},
			"the program's":    {resolve(of, payment.HowReread, "why"), payment.ErrConflict},
			"not booked":       {resolve(of, payment.HowAdopted, "why"), payment.ErrConflict},
			"none came back":   {resolve(of, payment.HowReturned, "why"), payment.ErrConflict},
		} {
			if !errors.Is(tt.err, tt.want) {
				c.Errorf("%s: %v, want %v", name, tt.err, tt.want)
			}
		}
		if err := c.TakeDifference(c.Context(), of, d.Key()); err != nil {
			c.Fatal(err)
		}
		if err := resolve(c.at(colleague), payment.HowNoted, "why"); !taken(err, finance) {
			c.Errorf("what another person has: %v", err)
		}
		if err := c.TakeDifference(c.Context(), c.at(colleague), d.Key()); !taken(err, finance) {
			c.Errorf("taken once more: %v", err)
		}
		if err := resolve(of, payment.HowNoted, "a coupon of the bank"); err != nil {
			c.Fatal(err)
		}
		if err := resolve(of, payment.HowNoted, "once more"); !errors.Is(err, payment.ErrConflict) {
			c.Errorf("twice: %v", err)
		}
		got, err := c.ledger.Differences().Get(c.Context(), d.Key())
		if err != nil || got.Open() || got.Resolved.By.Person != finance || got.Note != "a coupon of the bank" {
			c.Errorf("%+v, %v", got, err)
		}
	})
}

func TestCalendar(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		c.differs("2026-11-20", "A", reconcile.RefundNotWithUs)
		c.differs("2026-11-21", "B", reconcile.AmountDiffers)
		c.read(payment.Statement{MchID: "1900000001", Day: "2026-11-22", State: payment.StatementEmpty})
		c.read(payment.Statement{MchID: "1900000001", Day: "2026-11-23", State: payment.StatementRead, Hash: "x"})
		c.read(payment.Statement{MchID: "1900000001", Day: "2026-11-24", State: payment.StatementRefused})
		// no bill of a day with payments is no clean day
		c.read(payment.Statement{MchID: "1900000001", Day: "2026-11-25", State: payment.StatementRead})
		k := payment.Difference{MchID: "1900000001", Day: "2026-11-21", Kind: reconcile.AmountDiffers, Order: "B"}
		if _, err := c.ledger.Differences().Update(c.Context(), k.Key(), func(d payment.Difference, _ payment.Staff) (
			payment.Difference, payment.Entry, error) {
			d, e := d.Settled(payment.HowReread, noon.UTC())
			return d, e, nil
		}); err != nil {
			c.Fatal(err)
		}
		days, err := c.Days(c.Context(), c.at(lead1), []string{"1900000001"}, noon)
		if err != nil || len(days) != 30 {
			c.Fatalf("%d days, %v", len(days), err)
		}
		for day, want := range map[int]clerk.CalendarDay{
			19: {State: clerk.DayBefore}, 20: {State: clerk.DayDiffers, Found: 1, Open: 1, Urgent: true},
			21: {State: clerk.DayResolved, Found: 1}, 22: {State: clerk.DayEmpty}, 23: {State: clerk.DayClean},
			24: {State: clerk.DayRefused}, 25: {State: clerk.DayUnknown}, 28: {State: clerk.DayAhead},
		} {
			got := days[day-1]
			if want.Day = got.Day; got != want {
				c.Errorf("%+v, want %+v", got, want)
			}
		}
		if _, err := c.Days(c.Context(), clerk.Clerk{}, nil, noon); !errors.Is(err, clerk.ErrNoRight) {
			c.Errorf("nobody sees the calendar: %v", err)
		}
	})
}

// Every step between two sums adds up, whatever the differences; what none of them explains stands as a step of its
// own.
func TestStepsAddUp(t *testing.T) {
	share := func(rows int, total payment.Fen) reconcile.Share { return reconcile.Share{Rows: rows, Total: total} }
	sums := reconcile.Sums{
		Bill: reconcile.Sum{Rows: 129, Backs: 2, Total: 10141200, Settled: 10141000, Refunded: 117500, Fee: 20048000,
			FeeBack: 235000},
		Ledger: share(118, 9648200), Ours: reconcile.Share{Rows: 118, Total: 9508200, Backs: 2, Refunded: 117500},
		Apps: map[string]reconcile.Share{"wx-of-a-canteen": share(9, 633000)}, Told: &reconcile.Share{Rows: 116,
			Total: 9528200}, Untold: map[reconcile.CourtWord]reconcile.Share{reconcile.CourtRefuses: share(1, 5000),
			reconcile.CourtNever: share(1, 115000)},
		Funds: &reconcile.Funds{Rows: 1, In: 10003452, Out: 10003452, Withdrawn: 10003452},
	}
	list := []payment.Difference{
		{Kind: reconcile.RefundNotWithUs, RefundNo: "BYHAND", Theirs: 2500},
		{Kind: reconcile.NotAtWeChat, Ours: 145000}, {Kind: reconcile.NotWithUs, Theirs: 5000},
		{Kind: reconcile.NotAtWeChat, Ours: 9999, How: payment.HowReread},
	}
	inCourt(t, func(c *court) {
		text, err := json.Marshal(sums)
		if err != nil {
			c.Fatal(err)
		}
		for _, d := range list {
			d.MchID, d.Day, d.Order, d.Found = "1900000001", "2026-11-23", fmt.Sprint("N", d.Ours), noon.UTC()
			if _, err := c.ledger.Differences().Update(c.Context(), d.Key(), func(payment.Difference, payment.Staff) (
				payment.Difference, payment.Entry, error) {
				return d, payment.Entry{}, nil
			}); err != nil {
				c.Fatal(err)
			}
		}
		c.read(payment.Statement{MchID: "1900000001", Day: "2026-11-23", State: payment.StatementRead, Sums: text})
		day, err := clerk.DayOf(c.Context(), c.ledger, "1900000001", noon.AddDate(0, 0, 23-noon.Day()))
		if err != nil {
			c.Fatal(err)
		}
		got := make(map[clerk.StepName]payment.Fen)
		var sum payment.Fen
		for _, s := range day.Steps {
			got[s.Name] = s.Sum
			if s.Name == clerk.SumAccount { // it is measured, and the gap is what it lacks
				break
			}
			if s.Name.Step() || s.Name == clerk.SumTold {
				sum += s.Sum
			} else if sum != s.Sum {
				c.Errorf("the steps before %s come to %s, it says %s", s.Name, sum, s.Sum)
			}
		}
		for name, want := range map[clerk.StepName]payment.Fen{clerk.StepRefused: 5000, clerk.StepWaits: 0,
			clerk.StepNever: 115000, clerk.StepApps: 633000,
			clerk.StepExcess: 5000, clerk.StepShort: -145000, clerk.StepCoupons: -200, clerk.StepBack: -115000,
			clerk.StepOutside: -2500, clerk.StepFees: -20283, clerk.StepFeeBack: 235, clerk.SumSettled: 10003452,
			clerk.SumAccount: 10003452} {
			if got[name] != want {
				c.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
		if _, is := got[clerk.StepUnknown]; is {
			c.Errorf("unexplained: %s", got[clerk.StepUnknown])
		}
	})
}
