package reconcile

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
)

// Kind is what a bill and a ledger say differently.
type Kind = payment.DifferenceKind

// The kinds of differences.
const (
	NotAtWeChat   Kind = "not-at-wechat"  // paid in the ledger, and not in the bill
	NotWithUs     Kind = "not-with-us"    // in the bill by this ledger's mark, and the ledger has no such order
	NotBooked     Kind = "not-booked"     // the ledger has the order, and does not know that it was paid
	OfLostLedger  Kind = "of-lost-ledger" // a payment to one of our devices under a ledger that is not this one
	AmountDiffers Kind = "amount-differs" // 订单金额 is not what the ledger says was paid
	NumberDiffers Kind = "number-differs" // another transaction id
	DayDiffers    Kind = "day-differs"    // the ledger says that it was paid on another day
	Revoked       Kind = "revoked"        // a payment of ours was taken back by WeChat
	// of our order, by a number that we never gave: somebody refunded outside
	RefundNotWithUs Kind = "refund-not-with-us"
	RefundDiffers   Kind = "refund-differs" // another sum than we asked for
	// a refund of ours that WeChat has taken on, and that is not in the bill of the day when it did
	RefundNotAtWeChat Kind = "refund-not-at-wechat"
	FundsDiffer       Kind = "funds-differ" // what moved on the account is not what the trade bill says
)

// Step is the one right next step about a difference.
type Step = payment.DifferenceStep

// The steps. None of them books anything by the word of a bill.
const (
	AskWeChat Step = "ask"      // a signed query says what is
	AskAdopt  Step = "adopt"    // a query, then orders adopt: a person says that the other ledger is lost
	WaitADay  Step = "wait"     // tomorrow's bill may have it
	SayReturn Step = "returned" // look at the merchant platform, then say how much came back
	TellLead  Step = "lead"     // nothing of this program mends it: a lead looks into it at the merchant platform
)

// A Difference is one thing that a bill and a ledger say differently. Nothing is changed by it.
type Difference = payment.Difference

// A Share is a part of a bill that is not this ledger's.
type Share struct {
	Rows     int // payments
	Total    payment.Fen
	Backs    int // refunds
	Refunded payment.Fen
}

func (s *Share) add(r Row) {
	if r.IsRefund() {
		s.Backs++
	} else {
		s.Rows++
	}
	s.Total += r.Total
	s.Refunded += r.Refunded
}

// With is both together.
func (s Share) With(o Share) Share {
	return Share{s.Rows + o.Rows, s.Total + o.Total, s.Backs + o.Backs, s.Refunded + o.Refunded}
}

// A Result is what the comparison of one merchant's day came to. It is clean when there are no differences.
type Result struct {
	Bill        Sum
	Ledger      Share            // payments of the day that the ledger has
	Ours        Share            // rows that are this ledger's, whatever is wrong with them
	Kiosks      map[string]Share // rows of other machines of the court, by device
	Apps        map[string]Share // rows of other apps of the merchant, by appid
	Unmarked    Share            // rows of our app without the mark of a kiosk
	Differences []Difference
	Beside      []payment.Refund // refunds of this ledger in the bill that it takes for another day's
}

// A Side is what a ledger's side of a comparison needs.
type Side struct {
	Ledger   payment.Ledger
	Merchant payment.Merchant
	Former   []payment.Former // names that the ledger had: what was paid to them is its own
	// whether a device belongs to this ledger; what cannot be read is an error, never a no
	Device func(ctx context.Context, device string) (bool, error)
}

// Day compares a merchant's bill of a day in China with the ledger, reading the bill as a stream. A bill that is not
// believed is a *BillError, and nothing of it counts. bill is nil where WeChat says that there is no statement: nobody
// has paid, it says. Doing it twice gives the same.
func Day(ctx context.Context, s Side, day time.Time, bill io.Reader) (Result, error) {
	day = startOf(day)
	c := comparison{Side: s, ctx: ctx, day: day, seed: maphash.MakeSeed(), ours: make(map[uint64]claim),
		back:   make(map[string]bool),
		result: Result{Kiosks: make(map[string]Share), Apps: make(map[string]Share)}}
	if err := c.each(func(o payment.Order) error {
		c.ours[c.key(o.No)] = claim{o.PaidAmount, c.key(o.TransactionID) &^ seen}
		c.result.Ledger.Rows++
		c.result.Ledger.Total += o.PaidAmount
		return nil
	}); err != nil {
		return Result{}, err
	}
	if bill != nil {
		sum, err := Read(bill, s.Merchant.MchID, day, c.row)
		if err != nil {
			return Result{}, err
		}
		c.result.Bill = sum
	}
	err := c.each(func(o payment.Order) error {
		if c.ours[c.key(o.No)].transaction&seen == 0 {
			next := AskWeChat
			if c.late(o.PaidAt) {
				next = WaitADay
			}
			c.differ(Difference{Kind: NotAtWeChat, Order: o.No, TransactionID: o.TransactionID, Device: o.Device,
				Ours: o.PaidAmount, Next: next})
		}
		return nil
	})
	if err == nil {
		err = c.missing()
	}
	return c.result, err
}

// missing names the refunds of ours that WeChat has taken on that day, and that are not in its bill. One that was
// taken on and has not arrived since is one of them all the same.
func (c *comparison) missing() error {
	for r, err := range billed(c.ctx, c.Ledger, c.Merchant) {
		if err != nil {
			return err
		}
		if !startOf(r.Billed()).Equal(c.day) || c.back[r.No] {
			continue
		}
		next := AskWeChat
		if c.late(r.Billed()) {
			next = WaitADay
		}
		o, err := c.Ledger.Order(c.ctx, r.Order)
		if err != nil {
			return err
		}
		c.differ(Difference{Kind: RefundNotAtWeChat, Order: r.Order, TransactionID: o.TransactionID,
			RefundNo: r.No, Device: o.Device, Ours: r.Sum, Next: next})
	}
	return nil
}

// billed are the refunds of a merchant that stand in one of WeChat's bills, by the ledger.
func billed(ctx context.Context, l payment.Ledger, m payment.Merchant) iter.Seq2[payment.Refund, error] {
	return func(yield func(payment.Refund, error) bool) {
		for after := ""; ; {
			page, err := l.RefundPage(ctx, after, payment.MaxPage)
			if err != nil {
				yield(payment.Refund{}, err)
				return
			}
			for _, r := range page {
				after = r.No
				if r.Merchant.MchID == m.MchID && !r.Billed().IsZero() && !yield(r, nil) {
					return
				}
			}
			if len(page) < payment.MaxPage {
				return
			}
		}
	}
}

// startOf is the beginning of a moment's day in China.
func startOf(t time.Time) time.Time {
	t = t.In(payment.China)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, payment.China)
}

// nearMidnight is how far from midnight two clocks may put one payment into two days.
const nearMidnight = 10 * time.Minute

// late reports whether a moment is so near to the end of the day that tomorrow's bill may have it.
func (c *comparison) late(t time.Time) bool { return c.day.AddDate(0, 0, 1).Sub(t) < nearMidnight }

// A claim is what the ledger says of one payment of the day, small: a million of them are kept at a time. Orders are
// read again where something differs.
type claim struct {
	amount      payment.Fen
	transaction uint64 // its key; the lowest bit says whether the bill has it
}

const seen = 1

// A comparison is one Day.
type comparison struct {
	Side
	ctx    context.Context
	day    time.Time
	seed   maphash.Seed
	ours   map[uint64]claim // by key of the order's number
	back   map[string]bool  // refunds of ours that the bill has
	result Result
}

func (c *comparison) key(text string) uint64 { return maphash.String(c.seed, text) }

func (c *comparison) differ(d Difference) {
	d.MchID, d.Day = c.Merchant.MchID, c.day.In(payment.China).Format(time.DateOnly)
	c.result.Differences = append(c.result.Differences, d)
}

// each calls fn for every order that money came for on the day, newest first.
func (c *comparison) each(fn func(payment.Order) error) error {
	f := payment.Filter{Paid: true, Day: c.day, N: payment.MaxPage}
	for {
		page, err := c.Ledger.Find(c.ctx, f)
		if err != nil {
			return err
		}
		for _, o := range page.Orders {
			if o.Merchant.MchID != c.Merchant.MchID || o.State == payment.Foreign {
				continue
			}
			if err := fn(o); err != nil {
				return err
			}
		}
		if f.Before = page.Next; f.Before == "" {
			return nil
		}
	}
}

// row compares one line of the bill.
func (c *comparison) row(r Row) error {
	if r.AppID != c.Merchant.AppID {
		share(c.result.Apps, r.AppID, r)
		return c.otherApp(r)
	}
	if mine, ok := c.ours[c.key(r.No)]; ok {
		c.result.Ours.add(r)
		return c.known(r, mine)
	}
	device, instance, marked := strings.Cut(r.Attach, "/")
	own := marked && c.own(instance)
	o, err := c.Ledger.Order(c.ctx, r.No)
	switch {
	case err == nil && (own || o.State == payment.Paid || o.State == payment.Disputed):
		c.result.Ours.add(r)
		return c.elsewhen(r, o)
	case err != nil && !errors.Is(err, payment.ErrNotFound):
		return err
	case own:
		c.result.Ours.add(r)
		c.differ(c.by(r, NotWithUs, AskAdopt))
		return nil
	case !marked:
		c.result.Unmarked.add(r)
		return nil
	}
	ours, err := c.Device(c.ctx, device)
	switch {
	case err != nil:
		return fmt.Errorf("device %s: %w", device, err)
	case ours:
		c.result.Ours.add(r)
		c.differ(c.by(r, OfLostLedger, AskAdopt))
	default:
		share(c.result.Kiosks, device, r)
	}
	return nil
}

func share(of map[string]Share, name string, r Row) {
	s := of[name]
	s.add(r)
	of[name] = s
}

// otherApp: the number of one of our orders cannot be another app's.
func (c *comparison) otherApp(r Row) error {
	if _, ok := c.ours[c.key(r.No)]; !ok {
		return nil
	}
	o, err := c.Ledger.Order(c.ctx, r.No)
	if err == nil && o.Merchant.AppID == r.AppID { // the ledger's own, of before the appid was changed
		return c.known(r, c.ours[c.key(r.No)])
	}
	return err
}

// own reports whether an attach is this ledger's.
func (c *comparison) own(instance string) bool {
	id := c.Ledger.Identity()
	return instance == id.Instance || slices.ContainsFunc(c.Former, func(f payment.Former) bool {
		return f.Instance == instance
	})
}

// ofThis reports whether an attach names this ledger, or one of its devices.
func (c *comparison) ofThis(attach string) (bool, error) {
	device, instance, marked := strings.Cut(attach, "/")
	if !marked || c.own(instance) {
		return marked, nil
	}
	return c.Device(c.ctx, device)
}

// by is a difference that a row of the bill shows.
func (c *comparison) by(r Row, k Kind, next Step) Difference {
	d := Difference{Kind: k, Order: r.No, TransactionID: r.TransactionID, RefundNo: r.RefundNo, Theirs: r.Total,
		Line: r.Line, Next: next}
	if device, _, marked := strings.Cut(r.Attach, "/"); marked {
		d.Device = device
	}
	if r.IsRefund() {
		d.Theirs = r.Refunded
	}
	return d
}

// known compares a row with the payment of the day that the ledger has by its number.
func (c *comparison) known(r Row, mine claim) error {
	if r.IsRefund() {
		return c.refund(r)
	}
	if r.State != "SUCCESS" {
		d := c.by(r, Revoked, TellLead)
		d.Ours = mine.amount
		c.differ(d)
		return nil
	}
	c.ours[c.key(r.No)] = claim{mine.amount, mine.transaction | seen}
	d := c.by(r, "", AskWeChat)
	d.Ours = mine.amount
	switch {
	case r.Total != mine.amount || r.Currency != "CNY":
		d.Kind = AmountDiffers
	case c.key(r.TransactionID)&^seen != mine.transaction&^seen:
		d.Kind = NumberDiffers
	default:
		return nil
	}
	c.differ(d)
	return nil
}

// elsewhen compares a row with an order of the ledger that was not paid on the day of the bill, as the ledger says.
func (c *comparison) elsewhen(r Row, o payment.Order) error {
	if r.IsRefund() {
		return c.refund(r)
	}
	d := c.by(r, DayDiffers, AskWeChat)
	if d.Ours = o.PaidAmount; o.State != payment.Paid && o.State != payment.Disputed {
		d.Kind = NotBooked
	}
	c.differ(d)
	return nil
}

// refund compares a refund of one of our orders with those that we have asked for.
func (c *comparison) refund(r Row) error {
	list, err := c.Ledger.RefundsOf(c.ctx, r.No)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(known payment.Refund) bool { return known.No == r.RefundNo })
	if i >= 0 && !list[i].SentAt.IsZero() {
		c.back[r.RefundNo] = true
		if at := list[i].Billed(); !at.IsZero() && !startOf(at).Equal(c.day) {
			c.result.Beside = append(c.result.Beside, list[i])
		}
	}
	switch {
	case i < 0 || list[i].SentAt.IsZero():
		c.differ(c.by(r, RefundNotWithUs, SayReturn))
	case list[i].Sum != r.Asked && list[i].Sum != r.Refunded:
		d := c.by(r, RefundDiffers, AskWeChat)
		d.Ours = list[i].Sum
		c.differ(d)
	}
	return nil
}

// Clean reports whether the day needs nobody.
func (r Result) Clean() bool { return len(r.Differences) == 0 }

// String is the result in a line, for the log: counts and sums, no numbers of orders.
func (r Result) String() string {
	others := 0
	for _, s := range r.Kiosks {
		others += s.Rows
	}
	for _, s := range r.Apps {
		others += s.Rows
	}
	return fmt.Sprintf("%d rows, %s; ours %d, %s; of others %d; %d differences", r.Bill.Rows, r.Bill.Total, r.Ours.Rows,
		r.Ours.Total, others+r.Unmarked.Rows, len(r.Differences))
}
