package reconcile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// mostAsked is how many differences of a day are asked about by the program: more is not a slip but another ledger.
const mostAsked = 100

// An Office reads the bills of days into a ledger. Its Cashier fetches and asks, behind all visitors.
type Office struct {
	Ledger  payment.Ledger
	Cashier *payment.Cashier
	Former  []payment.Former
	Device  func(ctx context.Context, device string) (bool, error) // see Side
	// Recover takes an order in that the ledger has lost, by its number, as a restored ledger does. It reports whether
	// somebody knows whose order it was; nil where nobody can.
	Recover func(ctx context.Context, m payment.Merchant, no string) (known bool, err error)
	// Court returns what the court has said of a payment; nil where nobody knows. A court has no list of what it has
	// booked: it answers each report, and that is its word on one payment. What it has and the ledger has not nobody
	// can see from here.
	Court func(ctx context.Context, order string) (CourtWord, error)
	Log   *slog.Logger
}

// CourtWord is what a court has said of one payment.
type CourtWord string

// The words of a court.
const (
	CourtHas     CourtWord = "has"     // it has taken the report
	CourtRefuses CourtWord = "refuses" // it has not, and somebody must look
	CourtWaits   CourtWord = "waits"   // it was not told yet, or its answer is not known
	CourtNever   CourtWord = "never"   // not told by itself: a second payment, what came back, what was ended by hand
)

// Sums are what is known of a day: what a Statement keeps as JSON.
type Sums struct {
	Bill     Sum
	Ledger   Share
	Ours     Share
	Kiosks   map[string]Share `json:",omitzero"`
	Apps     map[string]Share `json:",omitzero"`
	Unmarked Share            `json:",omitzero"`
	Told     *Share           `json:",omitempty"` // payments of the ledger that the court has; nil: nobody knows
	// those that it has not, by its word
	Untold map[CourtWord]Share `json:",omitempty"`
	Funds  *Funds              `json:",omitempty"` // nil: the fund-flow bill was not there, or is not believed
}

// Read returns the sums that a statement keeps.
func (s *Sums) Read(st payment.Statement) error {
	if len(st.Sums) == 0 {
		return nil
	}
	return json.Unmarshal(st.Sums, s)
}

// Import asks WeChat for the bills of a merchant's day in China, compares them with the ledger, and stores what that
// comes to: differences first, the day last, so that a day that was interrupted is done again. Doing it twice is doing
// it once. The statement says how far it came; the error is the ledger's, the disk's or the context's.
func (o *Office) Import(ctx context.Context, m payment.Merchant, day time.Time) (payment.Statement, error) {
	day = startOf(day)
	trade, err := o.fetch(ctx, m, payment.TradeBill, day)
	if trade != nil {
		defer trade.Close()
	}
	switch {
	case ctx.Err() != nil:
		return payment.Statement{}, ctx.Err()
	case errors.Is(err, errDisk):
		return payment.Statement{}, err
	case errors.Is(err, payment.ErrNoStatement):
	case errors.Is(err, payment.ErrBillDistrusted):
		return o.note(ctx, m, day, payment.StatementRefused, err)
	case err != nil:
		return o.note(ctx, m, day, payment.StatementAbsent, err)
	}
	var bill io.Reader
	if trade != nil {
		bill = trade
	}
	side := Side{Ledger: o.Ledger, Merchant: m, Former: o.Former, Device: o.Device}
	result, err := Day(ctx, side, day, bill)
	if _, bad := errors.AsType[*BillError](err); bad {
		return o.note(ctx, m, day, payment.StatementRefused, err)
	} else if err != nil {
		return payment.Statement{}, err
	}
	sums := Sums{Bill: result.Bill, Ledger: result.Ledger, Ours: result.Ours, Kiosks: result.Kiosks, Apps: result.Apps,
		Unmarked: result.Unmarked}
	if err := o.court(ctx, side, day, &sums); err != nil {
		return payment.Statement{}, err
	}
	st := payment.Statement{MchID: m.MchID, Day: day.Format(time.DateOnly), State: payment.StatementRead}
	if trade != nil {
		st.Hash = trade.hash
	} else if st.Why = code(payment.ErrNoStatement); result.Ledger.Rows == 0 {
		st.State = payment.StatementEmpty
	}
	more, err := o.funds(ctx, side, day, trade, &sums, &st) // money leaves to the bank on days without a payment, too
	if err != nil {
		return payment.Statement{}, err
	}
	result.Differences = append(result.Differences, more...)
	if err := o.beside(ctx, m, result.Beside); err != nil {
		return payment.Statement{}, err
	}
	if booked, err := o.keep(ctx, m, day, result.Differences); err != nil {
		return payment.Statement{}, err
	} else if booked { // the ledger has it now: the sums are others
		return o.Import(ctx, m, day)
	}
	st.Found = len(result.Differences)
	if st.Sums, err = json.Marshal(sums); err != nil {
		return payment.Statement{}, err
	}
	o.Log.InfoContext(ctx, "bill compared", "merchant", m.MchID, "day", st.Day, "result", result.String())
	return o.store(ctx, st)
}

// A fetched bill lies in a file that has no name any more: it goes with its last reader, whatever happens to us, and no
// backup has it.
type fetched struct {
	*os.File
	hash string
}

var errDisk = errors.New("reconcile: no place for a bill")

// fetch has a bill written to a file and returns it read from its beginning. Without an error it is the one that WeChat
// has signed.
func (o *Office) fetch(ctx context.Context, m payment.Merchant, k payment.BillKind, day time.Time) (*fetched, error) {
	f, err := durable.Unnamed()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDisk, err)
	}
	to := &written{w: f}
	hash, err := o.Cashier.Bill(ctx, m, k, day, to)
	if to.err != nil {
		err = fmt.Errorf("%w: %w", errDisk, to.err)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &fetched{f, hash}, nil
}

// written remembers what a disk has refused: that is not WeChat's fault.
type written struct {
	w   io.Writer
	err error
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// court asks for the court's word on each payment of the day, and sums up what it has said.
func (o *Office) court(ctx context.Context, side Side, day time.Time, sums *Sums) error {
	if o.Court == nil {
		return nil
	}
	sums.Told, sums.Untold = new(Share), make(map[CourtWord]Share)
	c := comparison{Side: side, ctx: ctx, day: day}
	return c.each(func(order payment.Order) error {
		word, err := o.Court(ctx, order.No)
		one := Share{Rows: 1, Total: order.PaidAmount}
		if word == CourtHas {
			*sums.Told = sums.Told.With(one)
		} else {
			sums.Untold[word] = sums.Untold[word].With(one)
		}
		return err
	})
}

// funds compares the fund-flow bill of the day. That it is missing, or not believed, changes nothing about the trade
// bill: it is said, and the day is not settled.
func (o *Office) funds(ctx context.Context, side Side, day time.Time, trade *fetched, sums *Sums,
	st *payment.Statement) ([]Difference, error) {
	fund, err := o.fetch(ctx, side.Merchant, payment.FundBill, day)
	if fund != nil {
		defer fund.Close()
	}
	if ctx.Err() != nil || errors.Is(err, errDisk) {
		return nil, errors.Join(ctx.Err(), err)
	}
	if err != nil && !errors.Is(err, payment.ErrNoStatement) {
		st.FundsWhy = code(err)
		return nil, nil
	}
	var bill io.Reader
	if fund != nil {
		bill = fund
	}
	var payments io.ReadSeeker
	if trade != nil {
		payments = trade
	}
	c := comparison{Side: side, ctx: ctx, day: day}
	var unread error
	funds, differ, err := CompareFunds(payments, bill, side.Merchant.MchID, day, func(r Row) bool {
		ours, err := c.ofThis(r.Attach)
		unread = cmp.Or(unread, err)
		return ours
	})
	if unread != nil {
		return nil, unread
	}
	if _, bad := errors.AsType[*BillError](err); bad {
		st.FundsWhy = code(err)
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if sums.Funds = &funds; fund != nil {
		st.Funds = fund.hash
	}
	return differ, nil
}

// keep stores the differences of a day, ends those that are no more, and asks about what a signed query can tell. It
// reports whether something was booked by that.
func (o *Office) keep(ctx context.Context, m payment.Merchant, day time.Time, found []Difference) (
	booked bool, _ error) {
	now := o.Cashier.Now()
	still := make(map[string]bool, len(found))
	for i, d := range found {
		still[d.Key()] = true
		d, err := o.Ledger.Differences().Update(ctx, d.Key(), func(before Difference, _ payment.Staff) (Difference,
			payment.Entry, error) {
			d, e := d.Noticed(before, now)
			return d, e, nil
		})
		if err != nil {
			return false, err
		}
		found[i] = d
	}
	gone, err := Of(ctx, o.Ledger, m.MchID, day)
	if err != nil {
		return false, err
	}
	for _, d := range gone {
		if !still[d.Key()] {
			if err := o.settle(ctx, d, payment.HowReread); err != nil {
				return false, err
			}
		}
	}
	for i, d := range found {
		if i >= mostAsked || !d.Open() {
			continue
		}
		if paired, err := o.pair(ctx, d, day); err != nil {
			return false, err
		} else if paired || d.Kind == FundsDiffer || !d.SaidAt.IsZero() {
			continue
		}
		d, err := o.Ask(ctx, m, d.Key())
		if err != nil && (ctx.Err() != nil || !errors.Is(err, ErrNoWord)) {
			return false, err
		}
		booked = booked || d.How == payment.HowBooked
	}
	return booked, nil
}

// Of returns the differences of a merchant's day.
func Of(ctx context.Context, l payment.Books, mchid string, day time.Time) (list []Difference, err error) {
	r := payment.Range{Prefix: mchid + "/" + startOf(day).Format(time.DateOnly) + "/", N: payment.MaxPage}
	for {
		page, err := l.Differences().List(ctx, r)
		if err != nil {
			return nil, err
		}
		if list = append(list, page...); len(page) < r.N {
			return list, nil
		}
		r.After = page[len(page)-1].Key()
	}
}

// settle ends a difference by the word of bills, if it is still open.
func (o *Office) settle(ctx context.Context, d Difference, how payment.How) error {
	now := o.Cashier.Now()
	_, err := o.Ledger.Differences().Update(ctx, d.Key(), func(before Difference, _ payment.Staff) (Difference,
		payment.Entry, error) {
		if !before.Open() {
			return before, payment.Entry{}, nil
		}
		d, e := before.Settled(how, now)
		return d, e, nil
	})
	return err
}

// pair ends two differences that are one: a payment that the ledger has on one day and the bill on the day beside it,
// of the same sum and transaction.
func (o *Office) pair(ctx context.Context, d Difference, day time.Time) (bool, error) {
	other := d
	switch d.Kind {
	case NotAtWeChat:
		other.Kind = DayDiffers
	case DayDiffers:
		other.Kind = NotAtWeChat
	default:
		return false, nil
	}
	for _, beside := range []int{-1, 1} {
		other.Day = day.AddDate(0, 0, beside).Format(time.DateOnly)
		twin, err := o.Ledger.Differences().Get(ctx, other.Key())
		if errors.Is(err, payment.ErrNotFound) {
			continue
		} else if err != nil {
			return false, err
		}
		if twin.Ours == d.Ours && twin.Theirs+d.Theirs == d.Ours && twin.TransactionID == d.TransactionID {
			return true, errors.Join(o.settle(ctx, twin, payment.HowNextBill), o.settle(ctx, d, payment.HowNextBill))
		}
	}
	return false, nil
}

// beside ends the differences of refunds that were missed on the day when WeChat took them on, as the ledger says, and
// that the bill of another day has.
func (o *Office) beside(ctx context.Context, m payment.Merchant, list []payment.Refund) error {
	for _, r := range list {
		d := Difference{MchID: m.MchID, Day: startOf(r.Billed()).Format(time.DateOnly), Kind: RefundNotAtWeChat,
			Order: r.Order, RefundNo: r.No}
		d, err := o.Ledger.Differences().Get(ctx, d.Key())
		if err == nil {
			err = o.settle(ctx, d, payment.HowNextBill)
		}
		if err != nil && !errors.Is(err, payment.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Late returns which days of a merchant's statements, by day, were read before this ledger knew of a refund that their
// bill must have: WeChat was silent about it for so long. They are to be read again.
func (o *Office) Late(ctx context.Context, m payment.Merchant, read map[string]payment.Statement) (days []string,
	err error) {
	for r, err := range billed(ctx, o.Ledger, m) {
		if err != nil {
			return nil, err
		}
		day := startOf(r.Billed()).Format(time.DateOnly)
		if s := read[day]; s.Known() && r.KnownAt.After(s.Read) && !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	return days, nil
}

// ErrNoWord means: WeChat has said nothing that counts.
var ErrNoWord = errors.New("reconcile: WeChat has not said what is")

// Ask has WeChat asked about a difference by a signed query, stores what that books, and notes what was said. A payment
// that is booked since as the bill has it ends the difference. An order that the ledger does not have is taken in when
// the signed answer has this ledger's attach and somebody knows whose it was; any other is booked nowhere. What cannot
// be asked is an error.
func (o *Office) Ask(ctx context.Context, m payment.Merchant, key string) (Difference, error) {
	d, err := o.Ledger.Differences().Get(ctx, key)
	if err != nil {
		return d, err
	}
	said, booked := "", false
	switch order, err := o.Ledger.Order(ctx, d.Order); {
	case d.Kind == RefundNotAtWeChat || d.Kind == RefundDiffers:
		r, err := o.Cashier.AskRefundNumber(ctx, d.RefundNo)
		if err != nil {
			return d, fmt.Errorf("%w: %w", ErrNoWord, err)
		}
		said = "refund " + string(r.Status) + " " + r.Sum.String()
	case errors.Is(err, payment.ErrNotFound):
		r, err := o.Cashier.AskNumber(ctx, m, d.Order)
		if err != nil {
			return d, fmt.Errorf("%w: %w", ErrNoWord, err)
		}
		said = string(r.State)
		if r.Amount > 0 {
			said += " " + r.Amount.String()
		}
		if booked, err = o.recover(ctx, m, d, r); err != nil { // it is asked about again
			return d, fmt.Errorf("%w: %w", ErrNoWord, err)
		}
	case err != nil:
		return d, err
	default:
		if order, err = o.Cashier.Ask(ctx, d.Order); err != nil {
			return d, fmt.Errorf("%w: %w", ErrNoWord, err)
		}
		if !order.Final() { // its session asks, and books what it hears
			return d, ErrNoWord
		}
		said = string(order.State) + " " + order.PaidAmount.String()
		if order.Returned.Some() {
			said += ", some came back"
		}
		booked = d.Kind == NotBooked && booksIt(order, d)
	}
	now := o.Cashier.Now()
	return o.Ledger.Differences().Update(ctx, key, func(before Difference, _ payment.Staff) (Difference, payment.Entry,
		error) {
		d := before
		d.Said, d.SaidAt = said, now
		if booked && d.Open() {
			d, e := d.Settled(payment.HowBooked, now)
			return d, e, nil
		}
		return d, payment.Entry{Order: d.Order, Event: "difference-asked", Note: d.MchID + " " + d.Day + " " +
			string(d.Kind) + ": " + said}, nil
	})
}

// recover takes in the order of a difference that the ledger has lost, as WeChat has said by a signed query, and
// reports whether what the bill says of it is booked by that.
func (o *Office) recover(ctx context.Context, m payment.Merchant, d Difference, r payment.Reported) (bool, error) {
	c := comparison{Side: Side{Ledger: o.Ledger, Former: o.Former}}
	_, instance, marked := strings.Cut(r.Attach, "/")
	paid := r.State == payment.TradeSuccess || r.State == payment.TradeRefund
	if o.Recover == nil || d.Kind != NotWithUs || !paid || !marked || !c.own(instance) || r.No != d.Order ||
		r.MchID != m.MchID {
		return false, nil
	}
	known, err := o.Recover(ctx, m, d.Order)
	if err != nil || !known {
		return false, err
	}
	order, err := o.Ledger.Order(ctx, d.Order)
	if errors.Is(err, payment.ErrNotFound) { // it stands behind an attempt that is open
		return false, nil
	}
	return err == nil && d.RefundNo == "" && booksIt(order, d), err
}

// booksIt reports whether a payment stands in the ledger as the bill has it.
func booksIt(o payment.Order, d Difference) bool {
	return (o.State == payment.Paid || o.State == payment.Disputed) && o.PaidAmount == d.Theirs &&
		o.TransactionID == d.TransactionID
}

// note stores that there is no bill of a day that counts. A day that was read stays read.
func (o *Office) note(ctx context.Context, m payment.Merchant, day time.Time, s payment.StatementState, why error) (
	payment.Statement, error) {
	o.Log.WarnContext(ctx, "no bill", "merchant", m.MchID, "day", day.Format(time.DateOnly), "err", why)
	return o.store(ctx, payment.Statement{MchID: m.MchID, Day: day.Format(time.DateOnly), State: s, Why: code(why)})
}

// store stores how far a day is.
func (o *Office) store(ctx context.Context, s payment.Statement) (payment.Statement, error) {
	now := o.Cashier.Now()
	return o.Ledger.Statements().Update(ctx, s.Key(), func(before payment.Statement, _ payment.Staff) (
		payment.Statement, payment.Entry, error) {
		if before.Settled() && !s.Settled() || before.Known() && !s.Known() {
			before.Asked, before.Why = now, s.Why
			return before, payment.Entry{}, nil
		}
		if s.Asked = now; s.State == payment.StatementRead || s.State == payment.StatementEmpty {
			s.Read = now
		}
		if before.State == s.State && before.Hash == s.Hash && before.Funds == s.Funds && before.Found == s.Found &&
			before.Why == s.Why && before.FundsWhy == s.FundsWhy {
			return s, payment.Entry{}, nil // asked once more, and nothing is new
		}
		return s, payment.Entry{Event: "bill-" + string(s.State), Note: fmt.Sprintf("%s %s: %d differences %s", s.MchID,
			s.Day, s.Found, s.Why)}, nil
	})
}

// code is an error in short: a code, no words.
func code(err error) string {
	if bad, ok := errors.AsType[*BillError](err); ok {
		return fmt.Sprintf("line %d %s", bad.Line, bad.Column)
	}
	for known, short := range map[error]string{payment.ErrNoStatement: "NO_STATEMENT_EXIST",
		payment.ErrNoBillYet: "STATEMENT_CREATING", payment.ErrBillDistrusted: "hash",
		payment.ErrNotServed: "no keys"} {
		if errors.Is(err, known) {
			return short
		}
	}
	if short, ok := errors.AsType[interface {
		error
		Short() string
	}](err); ok && short.Short() != "" {
		return short.Short()
	}
	return "no answer"
}
