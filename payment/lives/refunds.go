package lives

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// Money that is given back by the program: one person asks, another approves, WeChat carries it out whenever it likes,
// and the people of a life change their minds, forget, and try what they may not.

// refundScenes are those in which it matters.
var refundScenes = []string{
	"come pay want allow wait arrive wait", "come pay want allow arrive want allow wait arrive",
	"come pay want withdraw", "come pay want allow withdraw wait arrive",
	"come pay want decline want allow wait arrive come pay", "come pay refund want allow",
	"come pay want refund allow wait", "come pay want allow wait refund arrive returned",
	"come pay empty want allow wait withdraw wait empty wait arrive",
	"come pay empty want allow wait crash start empty", "come pay want at allow start wait arrive",
	"come pay at want at allow start wait at arrive start wait", "come pay want flaw allow wait arrive",
	"come pay want allow flaw wait flaw wait arrive wait", "come pay want allow quiet wait arrive",
	"come pay want late allow wait arrive", "come pay want dark allow wait light",
	"come pay backup want allow wait arrive restore want allow wait",
	"come pay want allow backup withdraw restore wait", "come pay want backup allow wait restore wait allow arrive",
	"come pay want backup withdraw want allow wait restore allow",
	"dark come light pay want dark allow backup withdraw restore light wait",
	"come pay want allow wait disk recall want allow", "come odd want allow wait arrive",
	"come pay want want allow allow wait arrive", "come pay report want allow wait arrive report",
	"come leave pay want allow wait arrive come pay", "come pay clock want allow wait arrive",
	"come pay want allow wait arrive arrive wait",
	"come pay want allow wait arrive wait arrive wait wait arrive wait",
	"come pay want want allow allow backup withdraw restore wait",
	"come pay want want allow allow backup withdraw withdraw restore wait wait",
	"come pay want refund returned allow wait",
}

// A back is what is true of a refund at WeChat.
type back struct {
	No, Order string
	Sum       payment.Fen
	Status    payment.RefundStatus
}

// gives reports whether somebody gives back in this life; else nobody carries refunds out.
func (p Plan) gives() bool {
	return slices.ContainsFunc(p.Acts, func(a Act) bool { return a.Do == "want" })
}

// backs are the refunds that WeChat has.
func (l *Life) backs() []back {
	if !l.giving {
		return nil
	}
	return l.bank.backs()
}

// backOf is a refund as WeChat has it.
func (l *Life) backOf(no string) (back, bool) {
	all := l.backs()
	i := slices.IndexFunc(all, func(b back) bool { return b.No == no })
	if i < 0 {
		return back{}, false
	}
	return all[i], true
}

// ours is how much of an order WeChat gives back because the program asked for it, arrived or not.
func (l *Life) ours(no string, arrived bool) (sum payment.Fen) {
	for _, b := range l.backs() {
		if b.Order == no && (b.Status == payment.StatusSuccess || !arrived && b.Status != payment.StatusClosed) {
			sum += b.Sum
		}
	}
	return sum
}

// person is one of three at the window.
func (k *kiosk) person(n int) payment.By {
	return payment.By{Device: k.id, Person: fmt.Sprint(1001 + n%3)}
}

// want is a person who asks for a refund: of what is left, of a part, or of more than there is.
func (k *kiosk) want(n int) {
	if !k.on() {
		return
	}
	o, ok := k.pick(n/16, func(o payment.Order) bool { return o.State == payment.Paid || o.State == payment.Disputed })
	if !ok {
		return
	}
	left := o.PaidAmount - o.Returned.Sum + o.Refunding.Done
	refunds, err := k.ledger.RefundsOf(context.Background(), o.No)
	if err != nil {
		k.life.breaks("refunds of an order: %v", err)
	}
	for _, r := range refunds {
		if r.Counts() {
			left -= r.Sum
		}
	}
	sum := []payment.Fen{left, left / 3, left / 3, left + 1}[n%4]
	k.life.asks++
	a := payment.RefundAsk{ID: fmt.Sprint("ask ", k.life.asks), Sum: sum, Reason: "paid twice", Shown: "重复缴费",
		By: k.person(n / 4)}
	for range 1 + n%2 { // once more, as a page does that got no answer
		r, err := k.current().AskRefund(context.Background(), o.No, a)
		k.life.note("kiosk %s: %s asks for %s of %s: %s, %v", k.name, a.By.Person, sum, o.No[:6], r.State, err)
		if err == nil && (sum > left || left < 1) {
			k.life.breaks("kiosk %s lets %s ask for %s of %s, %s are left", k.name, a.By.Person, sum, o.No, left)
		}
	}
}

// judge is a person who approves, refuses or withdraws a refund, whether the person may or not.
func (k *kiosk) judge(what string, n int) {
	if !k.on() {
		return
	}
	open, err := k.ledger.OpenRefunds(context.Background())
	if err != nil {
		k.life.breaks("open refunds: %v", err)
	}
	asked := slices.DeleteFunc(slices.Clone(open), func(r payment.Refund) bool {
		return r.State != payment.RefundAsked
	})
	if what != "withdraw" && len(asked) > 0 && n < 60 {
		open = asked
	}
	if len(open) == 0 {
		return
	}
	r, by := open[n/3%len(open)], k.person(n)
	switch what {
	case "allow":
		r, err = k.current().ApproveRefund(context.Background(), r.No, by)
	case "decline":
		r, err = k.current().RefuseRefund(context.Background(), r.No, "not twice", by)
	case "withdraw":
		r, err = k.current().WithdrawRefund(context.Background(), r.No, "a mistake", by)
	}
	k.life.note("kiosk %s: %s would %s part %d of %s: %s, %v", k.name, by.Person, what, r.Part, r.Order, r.State, err)
}

// arrive is WeChat bringing a refund to its end, if it is one, or finding that the payer's account takes it not.
func (l *Life) arrive(n int) {
	open := slices.DeleteFunc(l.backs(), func(b back) bool {
		return b.Status == payment.StatusSuccess || b.Status == payment.StatusClosed
	})
	if len(open) == 0 {
		return
	}
	b := open[n/8%len(open)]
	end := []payment.RefundStatus{payment.StatusSuccess, payment.StatusSuccess, payment.StatusSuccess,
		payment.StatusSuccess, payment.StatusSuccess, payment.StatusAbnormal, payment.StatusAbnormal,
		payment.StatusClosed}[n%8]
	if b.Status == payment.StatusAbnormal && n%2 == 0 {
		end = payment.StatusProcessing // it was sent to another account
	}
	l.note("refund %s of %s: %s, %t", b.No[:6], b.Order[:6], end, l.bank.arrive(b.No, end))
}

// arriveAll is WeChat doing at last what it was asked for.
func (l *Life) arriveAll() {
	for _, b := range l.backs() {
		if b.Status != payment.StatusSuccess && b.Status != payment.StatusClosed {
			l.note("refund %s arrives: %t", b.No[:6], l.bank.arrive(b.No, payment.StatusSuccess))
		}
	}
}

// A parcel is one refund of one asking: a lost ledger may ask for the same number anew.
func parcel(r payment.Refund) string { return r.No + " " + r.Request + " " + r.Asked.At.String() }

// decided: what a refund becomes two persons have said, or WeChat has.
func (l *Life) decided(k *kiosk, before, r payment.Refund, e payment.RefundEvent) {
	if e == "" {
		return
	}
	l.note("kiosk %s: refund %s from %q by %s to %s", k.name, r.No[:6], before.State, e, r.State)
	b, known := l.backOf(r.No)
	id := parcel(r)
	l.mu.Lock()
	l.handed[payment.RefundEdge{From: before.State, Event: e, To: r.State}] = true
	switch r.State {
	case payment.RefundApproved:
		delete(l.unwanted, id)
	case payment.RefundWithdrawn, payment.RefundRefused:
		l.unwanted[id] = true
	}
	l.mu.Unlock()
	switch {
	case r.State == payment.RefundApproved || r.State == payment.RefundSent:
		l.byTwo(k, r)
	case e == payment.WithdrawsRefund && before.State != payment.RefundAsked && before.State != payment.RefundApproved:
		l.breaks("kiosk %s withdraws refund %s, which was %s", k.name, r.No, before.State)
	case r.State == payment.RefundDone && b.Status != payment.StatusSuccess,
		r.State == payment.RefundClosed && b.Status != payment.StatusClosed,
		r.State == payment.RefundAccepted && !known, r.State == payment.RefundAbnormal && !known:
		l.breaks("kiosk %s calls refund %s %s, WeChat says %q of it", k.name, r.No, r.State, b.Status)
	case r.State == payment.RefundDone && r.Sum != b.Sum:
		l.breaks("kiosk %s notes %s for refund %s, which was %s", k.name, r.Sum, r.No, b.Sum)
	}
	l.counts(k, r.Order, e)
}

// byTwo: one person asks for a refund and another approves it.
func (l *Life) byTwo(k *kiosk, r payment.Refund) {
	if asked, said := r.Asked.By.Person, r.Decided.By.Person; asked == "" || said == "" || asked == said {
		l.breaks("kiosk %s gives back what %q asked for and %q approved", k.name, asked, said)
	}
}

// counts: what an order knows of its refunds is the sum of them, and nobody goes on with one when that, and what came
// back outside of the program, is more than was paid.
func (l *Life) counts(k *kiosk, no string, e payment.RefundEvent) {
	o, err := k.ledger.Order(context.Background(), no)
	refunds, rerr := k.ledger.RefundsOf(context.Background(), no)
	if err != nil || rerr != nil {
		l.breaks("kiosk %s: refunds of %s: %v, %v", k.name, no, err, rerr)
	}
	var all, sent, done payment.Fen
	replaced := false // WeChat has said another sum than a ledger that had lost the first
	for _, r := range refunds {
		if r.Counts() {
			all += r.Sum
		}
		if r.Left() {
			sent += r.Sum
		}
		if r.State == payment.RefundDone {
			done += r.Sum
		}
		b, known := l.backOf(r.No)
		replaced = replaced || known && b.Sum != r.Sum
	}
	outside := o.Returned.Sum - o.Refunding.Done
	switch {
	case o.Refunding.Sent != sent, o.Refunding.Done != done:
		l.breaks("kiosk %s: %s knows of %s sent and %s back, its refunds of %s and %s", k.name, no, o.Refunding.Sent,
			o.Refunding.Done, sent, done)
	case e != payment.AsksRefund && e != payment.ApprovesRefund && e != payment.SendsRefund:
	case o.Returned.State != payment.SomeReturned && all+max(0, outside) > o.PaidAmount && !replaced && !l.lost(k):
		l.breaks("kiosk %s: of %s of %s refunds of %s are under way", k.name, o.PaidAmount, no, all)
	}
}

// lost reports whether the kiosk's ledger may not know what it once knew.
func (l *Life) lost(k *kiosk) bool { return k.installed > 1 || k.wentBack || k.forgot }

// dispatched: a refund that leaves is stored as it leaves, under the number of its part, and wanted by two persons.
func (l *Life) dispatched(k *kiosk, r payment.Refund) {
	l.note("kiosk %s sends refund %s", k.name, r.No[:6])
	kept, err := k.ledger.Refund(context.Background(), r.No)
	l.mu.Lock()
	id := parcel(r)
	if l.bodies[id] == "" {
		l.bodies[id] = string(r.Body)
	}
	same, unwanted := l.bodies[id] == string(r.Body), l.unwanted[id]
	l.mu.Unlock()
	switch {
	case r.No != payment.RefundNumber(r.Order, r.Part):
		l.breaks("kiosk %s sends part %d of %s by another number", k.name, r.Part, r.Order)
	case err != nil || !kept.Left() || string(kept.Body) != string(r.Body):
		l.breaks("kiosk %s sends refund %s, and its ledger says %q, %v", k.name, r.No, kept.State, err)
	case !same:
		l.breaks("kiosk %s sends another request for refund %s", k.name, r.No)
	case unwanted:
		l.breaks("kiosk %s sends refund %s, which was taken back", k.name, r.No)
	}
	l.byTwo(k, r)
}

// givenBack is what must hold of refunds at any time: WeChat gives no more back than was taken.
func (l *Life) givenBack() {
	if !l.giving {
		return
	}
	for _, d := range l.bank.deals() {
		id := gatewaytest.TradeID(d.Merchant, d.No)
		if sum := l.ours(d.No, false) + l.back[id]; sum > d.Paid && !l.lied[id] {
			l.breaks("%s of %s of %s were given back", sum, d.Paid, d.No)
		}
	}
}

// hopeless reports whether nobody but a person can bring a refund on: WeChat has less than it asks for, or the ledger
// does not know how much is left.
func (l *Life) hopeless(k *kiosk, r payment.Refund) bool {
	o, err := k.ledger.Order(context.Background(), r.Order)
	d, _ := l.bank.deal(r.Merchant, r.Order)
	id := gatewaytest.TradeID(r.Merchant, r.Order)
	_, known := l.backOf(r.No)
	if r.State == payment.RefundApproved {
		return err != nil || o.Returned.State == payment.SomeReturned || r.Trouble == payment.TroubleSum
	}
	return !known && (l.ours(r.Order, false)+l.back[id]+r.Sum > d.Paid || d.Paid != r.Total)
}

// underway are the refunds of the kiosk that the program should bring to their ends by itself.
func (k *kiosk) underway() (list []payment.Refund) {
	if !k.life.giving || !k.on() {
		return nil
	}
	open, err := k.ledger.OpenRefunds(context.Background())
	if err != nil {
		k.life.breaks("open refunds: %v", err)
	}
	return slices.DeleteFunc(open, func(r payment.Refund) bool {
		return r.State == payment.RefundAsked || k.life.hopeless(k, r)
	})
}

// refundDoor is a kiosk's Refunder with an eye on every call.
type refundDoor struct {
	payment.Refunder
	k *kiosk
}

func (d *refundDoor) SendRefund(ctx context.Context, r payment.Refund) error {
	if !d.k.life.parts.counts {
		d.k.life.counted(d.k, r.Merchant.MchID)
	}
	d.k.life.dispatched(d.k, r)
	if err := (&door{k: d.k}).far(); err != nil {
		return err
	}
	d.k.held(ctx)
	defer d.k.held(ctx)
	return d.Refunder.SendRefund(ctx, r)
}

func (d *refundDoor) QueryRefund(ctx context.Context, r payment.Refund) (payment.ReportedRefund, error) {
	if !d.k.life.parts.counts {
		d.k.life.counted(d.k, r.Merchant.MchID)
	}
	if err := (&door{k: d.k}).far(); err != nil {
		return payment.ReportedRefund{}, err
	}
	d.k.held(ctx)
	defer d.k.held(ctx)
	return d.Refunder.QueryRefund(ctx, r)
}

func (t *tape) AskRefund(ctx context.Context, order, id string,
	rule func(payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	if err := t.before(ctx); err != nil {
		return payment.Refund{}, err
	}
	var c payment.RefundChange
	r, err := t.Ledger.AskRefund(ctx, order, id, func(of payment.Refunded) (payment.RefundChange, error) {
		var err error
		c, err = rule(of)
		return c, err
	})
	t.k.marks()
	if err != nil {
		return r, err
	}
	t.k.life.decided(t.k, payment.Refund{}, r, c.Event)
	return r, t.doom()
}

func (t *tape) UpdateRefund(ctx context.Context, no string,
	rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error)) (payment.Refund, error) {
	if err := t.before(ctx); err != nil {
		return payment.Refund{}, err
	}
	var before payment.Refund
	var c payment.RefundChange
	r, err := t.Ledger.UpdateRefund(ctx, no, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		var err error
		before = r
		c, err = rule(r, of)
		return c, err
	})
	t.k.marks()
	if err != nil || r.ChangedAt.Equal(before.ChangedAt) {
		return r, err
	}
	t.k.life.decided(t.k, before, r, c.Event)
	return r, t.doom()
}

// refundsEnd: once all is well every refund that was approved has come to WeChat's end of it.
func (l *Life) refundsEnd(k *kiosk, within time.Duration) {
	for _, r := range k.underway() {
		l.breaks("%v after all trouble refund %s of kiosk %s is still %s: %s", within, r.No, k.name, r.State, r.Trouble)
	}
	for _, b := range l.backs() {
		r, err := k.ledger.Refund(context.Background(), b.No)
		if err != nil {
			continue // another kiosk's, or of a ledger that is lost
		}
		if b.Status == payment.StatusSuccess && r.State != payment.RefundDone && r.Left() {
			l.breaks("refund %s has arrived, kiosk %s calls it %s", b.No, k.name, r.State)
		}
	}
}
