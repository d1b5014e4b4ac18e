// Package countertest is a counter for the fast tests of faces: it holds what a test puts on it, remembers what it
// was asked, and answers at once. Money, ledger and court are not behind it; what a real counter does is proven in
// app/counter.
package countertest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// The calls that Refuse can be told of, and that Asked counts.
const (
	Find         = "find"
	Where        = "where"
	Present      = "present"
	Pay          = "pay"
	Follow       = "follow"
	Progress     = "progress"
	Wish         = "wish"
	Prove        = "prove"
	Receipt      = "receipt"
	Printed      = "printed"
	Look         = "look"
	Verification = "verification"
	Estimate     = "estimate"
	FeeTable     = "fee table"
	Referral     = "referral"
	Request      = "refund request"
	Call         = "call"
)

// A Fake is a counter that does what a test says. Its zero value knows nothing. It may be used by several goroutines.
type Fake struct {
	mu        sync.Mutex
	dues      []counter.Due
	orders    map[string]counter.Progress
	digits    map[string]string // what proves an order
	proven    map[[2]string]bool
	wrong     map[string]int // tries to prove an order
	pause     time.Duration  // after each
	stands    map[string]counter.Where
	codes     map[string]string // of receipts, and their orders
	tries     map[string]int    // of handing the receipt
	standing  counter.Standing
	refusals  map[string]error
	asked     map[string]int
	wishes    []counter.Wish
	left      []string // visits
	calls     []string // screens
	asks      []counter.Ask
	ends      []counter.PrintEnd
	followers map[string]map[chan counter.Progress]bool
	paying    func(counter.Ask) counter.Progress
}

// New returns a counter at which the bills of one court stand.
func New(dues ...counter.Due) *Fake {
	f := new(Fake)
	f.Put(dues...)
	return f
}

// Put replaces what Find finds. A Due answers to its Base, and to its Bill as a payment code.
func (f *Fake) Put(dues ...counter.Due) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dues = slices.Clone(dues)
}

// Refuse makes a call return an error until it is told nil.
func (f *Fake) Refuse(call string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusals == nil {
		f.refusals = make(map[string]error)
	}
	f.refusals[call] = err
}

// Paying says what Pay answers; without it an order that waits for its code.
func (f *Fake) Paying(answer func(counter.Ask) counter.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paying = answer
}

// Tell makes p what is known of its order and tells everybody who follows it. Of an order that is over the channels
// close.
func (f *Fake) Tell(p counter.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tell(p)
}

func (f *Fake) tell(p counter.Progress) {
	if f.orders == nil {
		f.orders = make(map[string]counter.Progress)
	}
	f.orders[p.Order] = p
	for ch := range f.followers[p.Order] {
		replace(ch, p)
		if p.Over() {
			close(ch)
		}
	}
	if p.Over() {
		delete(f.followers, p.Order)
	}
}

// replace puts p into a channel of one, in place of what was not read.
func replace(ch chan counter.Progress, p counter.Progress) {
	select {
	case <-ch:
	default:
	}
	ch <- p
}

// Proves makes digits the proof of an order.
func (f *Fake) Proves(order, digits string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.digits == nil {
		f.digits = make(map[string]string)
	}
	f.digits[order] = digits
}

// Stand says how the service stands.
func (f *Fake) Stand(s counter.Standing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.standing = s
}

// Asked returns how often a call was made.
func (f *Fake) Asked(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[call]
}

// Left returns the visits that have left before they knew an order.
func (f *Fake) Left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.left)
}

// Wishes returns the wishes of orders that were uttered, in their order.
func (f *Fake) Wishes() []counter.Wish {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.wishes)
}

// Calls returns the screens from which a person was called, in their order.
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Asks returns what was asked of Pay, in its order.
func (f *Fake) Asks() []counter.Ask {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asks)
}

// Ends returns what Printed was told, in its order.
func (f *Fake) Ends() []counter.PrintEnd {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ends)
}

// call counts a call and returns what it is refused with; f.mu is held.
func (f *Fake) call(name string) error {
	if f.asked == nil {
		f.asked = make(map[string]int)
	}
	f.asked[name]++
	return f.refusals[name]
}

// Find returns the dues of a case or a payment code. A refusal of CourtSilent comes with them, any other without.
func (f *Fake) Find(_ context.Context, q bill.Query) ([]counter.Due, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.call(Find)
	if err != nil && !counter.Is(err, counter.CourtSilent) {
		return nil, err
	}
	base := ""
	if q.Code == "" {
		base = q.Case.BaseString()
	}
	other := func(d counter.Due) bool { return d.Base != base && d.Bill != q.Code }
	found := slices.DeleteFunc(slices.Clone(f.dues), other)
	if len(found) == 0 && err == nil {
		return nil, &counter.Refusal{Code: counter.NotFound}
	}
	return found, err
}

// Where returns what Stands says of an order, and to a visit that has proven what Proven holds back.
func (f *Fake) Where(_ context.Context, order, visit string) (counter.Where, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Where); err != nil {
		return counter.Where{}, err
	}
	return f.where(order, visit)
}

func (f *Fake) where(order, visit string) (counter.Where, error) {
	w, ok := f.stands[order]
	if !ok {
		p, known := f.orders[order]
		if !known && order != "" {
			for _, d := range f.dues {
				if d.Order == order {
					p, known = counter.Progress{State: ordered[d.State], PaidAt: d.PaidAt, PaidAmount: d.Amount}, true
				}
			}
		}
		if !known {
			return w, &counter.Refusal{Code: counter.NotFound}
		}
		w = counter.Where{Order: order, Reference: p.Reference, State: p.State, PaidAt: p.PaidAt, Amount: p.PaidAmount}
	}
	if w.Proven = f.proven[[2]string{order, visit}]; !w.Proven {
		w.Case, w.Amount, w.Back = "", 0, 0
	}
	return w, nil
}

// ordered is how the order of a bill stands that Put alone has told of.
var ordered = map[bill.DueState]payment.State{
	bill.DuePaying: payment.Waiting, bill.DuePaid: payment.Paid, bill.DueChanged: payment.Paid,
	bill.DueReturned: payment.Paid, bill.DueDisputed: payment.Disputed,
	bill.DueElsewhere: payment.Foreign, bill.DuePaidThere: payment.Foreign,
}

// Stands says where a payment is.
func (f *Fake) Stands(w counter.Where) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stands == nil {
		f.stands = make(map[string]counter.Where)
	}
	f.stands[w.Order] = w
}

// Codes makes a code that of an order's receipt.
func (f *Fake) Codes(code, order string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.codes == nil {
		f.codes = make(map[string]string)
	}
	f.codes[code] = order
}

// Present takes a code that Codes has named for a proof.
func (f *Fake) Present(_ context.Context, p counter.Presented) (counter.Where, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Present); err != nil {
		return counter.Where{}, err
	}
	order, ok := f.codes[p.Code]
	if !ok {
		return counter.Where{}, &counter.Refusal{Code: counter.Unbelieved}
	}
	f.prove(order, p.Visit)
	return f.where(order, p.Visit)
}

// Pay answers with an order of the bill that waits for its code, or with what Paying says.
func (f *Fake) Pay(_ context.Context, a counter.Ask) (counter.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks = append(f.asks, a)
	if err := f.call(Pay); err != nil {
		return counter.Progress{}, err
	}
	i := slices.IndexFunc(f.dues, func(d counter.Due) bool { return d.Bill == a.Bill })
	if i < 0 {
		return counter.Progress{}, &counter.Refusal{Code: counter.NotFound}
	}
	d := f.dues[i]
	if d.Quote != a.Quote {
		return counter.Progress{}, &counter.Refusal{Code: counter.Changed, Now: &d}
	}
	p := counter.Progress{
		Order: cmp.Or(d.Order, "ORDER-"+a.Bill), Reference: "ZF-" + a.Bill, State: payment.Created, Amount: d.Amount,
	}
	if f.paying != nil {
		p = f.paying(a)
	}
	f.tell(p)
	return p, nil
}

// Follow tells what Tell is told, the present progress first.
func (f *Fake) Follow(ctx context.Context, order, _ string) (<-chan counter.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Follow); err != nil {
		return nil, err
	}
	p, ok := f.orders[order]
	if !ok {
		return nil, &counter.Refusal{Code: counter.NotFound}
	}
	ch := make(chan counter.Progress, 1)
	ch <- p
	if p.Over() {
		close(ch)
		return ch, nil
	}
	if f.followers == nil {
		f.followers = make(map[string]map[chan counter.Progress]bool)
	}
	if f.followers[order] == nil {
		f.followers[order] = make(map[chan counter.Progress]bool)
	}
	f.followers[order][ch] = true
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.followers[order][ch] {
			delete(f.followers[order], ch)
			close(ch)
		}
	})
	return ch, nil
}

// Progress returns what Tell said last.
func (f *Fake) Progress(_ context.Context, order string) (counter.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Progress); err != nil {
		return counter.Progress{}, err
	}
	p, ok := f.orders[order]
	if !ok {
		return p, &counter.Refusal{Code: counter.NotFound}
	}
	return p, nil
}

// Wish remembers the wish.
func (f *Fake) Wish(_ context.Context, w counter.Wish) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.Order == "" {
		f.left = append(f.left, w.Visit)
		return f.call(Wish)
	}
	f.wishes = append(f.wishes, w)
	return f.call(Wish)
}

// Prove says yes to what Proves says, and counts for each order what is wrong. Nobody waits here.
func (f *Fake) Prove(_ context.Context, p counter.Proof) (counter.Tried, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Prove); err != nil {
		return counter.Tried{}, err
	}
	left := payment.MaxTries - f.wrong[p.Order]
	switch {
	case left <= 0:
		return counter.Tried{}, &counter.Refusal{Code: counter.TooManyTries}
	case p.Digits == "" || f.digits[p.Order] != p.Digits:
		if f.wrong == nil {
			f.wrong = make(map[string]int)
		}
		f.wrong[p.Order]++
		return counter.Tried{Left: left - 1, Wait: f.pause}, nil
	}
	f.prove(p.Order, p.Visit)
	return counter.Tried{Yes: true, Left: left}, nil
}

// Pause is how long a face is told to wait after wrong digits.
func (f *Fake) Pause(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause = d
}

func (f *Fake) prove(order, visit string) {
	if f.proven == nil {
		f.proven = make(map[[2]string]bool)
	}
	f.proven[[2]string{order, visit}] = true
}

// Receipt hands out a receipt of a paid order: the first to any visit, a copy to one that has proven.
func (f *Fake) Receipt(_ context.Context, p counter.Print) (counter.Handed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Receipt); err != nil {
		return counter.Handed{}, err
	}
	o := f.orders[p.Order]
	switch {
	case o.State != payment.Paid:
		return counter.Handed{}, &counter.Refusal{Code: counter.NoReceipt}
	case p.Copy && !f.proven[[2]string{p.Order, p.Visit}]:
		return counter.Handed{}, &counter.Refusal{Code: counter.NotProven}
	case !p.Copy && f.tries[p.Order] > 0:
		return counter.Handed{}, &counter.Refusal{Code: counter.Printed}
	}
	if f.tries == nil {
		f.tries = make(map[string]int)
	}
	was := payment.Owed
	if f.tries[p.Order] > 0 {
		was = payment.Done
	}
	f.tries[p.Order]++
	return counter.Handed{Receipt: f.paper(o), Try: f.tries[p.Order], Was: was}, nil
}

func (f *Fake) paper(o counter.Progress) receipt.Receipt {
	return receipt.Receipt{
		Number: "PZ-" + o.Order, Copy: max(1, f.tries[o.Order]), Amount: o.PaidAmount, PaidAt: o.PaidAt,
		TransactionID: o.TransactionID, OrderNo: o.Order, Reference: o.Reference, Code: "code of " + o.Order,
	}
}

// Printed remembers what became of a receipt. One that was not begun may be handed out again as it was.
func (f *Fake) Printed(_ context.Context, e counter.PrintEnd) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ends = append(f.ends, e)
	if e.Failed && !e.Begun && f.tries[e.Order] > 0 {
		f.tries[e.Order]--
	}
	return f.call(Printed)
}

// Look returns what stands in a receipt's QR.
func (f *Fake) Look(_ context.Context, order, _ string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Look); err != nil {
		return "", err
	}
	return f.paper(f.orders[order]).Code, nil
}

// Verification returns the facts of the slip for an order.
func (f *Fake) Verification(_ context.Context, order string) (receipt.Verification, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[order]
	return receipt.Verification{Reference: o.Reference, OrderNo: order, Amount: o.Amount}, f.call(Verification)
}

// Estimate returns e as it is.
func (f *Fake) Estimate(_ context.Context, e receipt.Estimate) (receipt.Estimate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return e, f.call(Estimate)
}

// Referral returns r as it is.
func (f *Fake) Referral(_ context.Context, r receipt.Referral) (receipt.Referral, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return r, f.call(Referral)
}

// RefundRequest hands out the form of a paid order to a visit that has proven.
func (f *Fake) RefundRequest(_ context.Context, p counter.Print) (receipt.RefundRequest, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Request); err != nil {
		return receipt.RefundRequest{}, err
	}
	if !f.proven[[2]string{p.Order, p.Visit}] {
		return receipt.RefundRequest{}, &counter.Refusal{Code: counter.NotProven}
	}
	o := f.orders[p.Order]
	return receipt.RefundRequest{Reference: o.Reference, OrderNo: p.Order, Amount: o.PaidAmount}, nil
}

// FeeTable returns t as it is.
func (f *Fake) FeeTable(_ context.Context, t receipt.FeeTable) (receipt.FeeTable, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return t, f.call(FeeTable)
}

// Call remembers from which screen a person was called.
func (f *Fake) Call(_ context.Context, screen string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.call(Call); err != nil {
		return err
	}
	f.calls = append(f.calls, screen)
	return nil
}

// Standing returns what Stand says: open, when it was never called.
func (f *Fake) Standing(context.Context) counter.Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.standing
}
