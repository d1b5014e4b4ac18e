// Package closing makes the end-of-day sheet of one device: what the ledger's audit says from one sequence number to
// another. A trial (X) and a closing (Z) are one function, Of; a closing is a trial that was stored and signed.
//
// # Decisions
//
// 2026-11-28: a sheet is by sequence, never by the clock. A payment stands on the sheet whose entries tell that it was
// booked, a refund on that whose entries tell that WeChat has taken it; nothing falls between two sheets, and nothing
// stands on two.
//
// 2026-11-28: what is open is named on each sheet until it has ended, and nothing keeps a day from being closed. An
// order that cannot be read is named and not counted, and the sheet says that its sums do not agree. Receipts alone
// stand on one sheet only, that of their day: who never took the paper will not come for it.
//
// 2026-11-28: a sheet names orders by local references and people by staff numbers; it holds no name and no case
// number.
package closing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// A Sheet is what stands on a closing sheet. Its fields are its canonical form: they are kept as JSON, and hashed.
type Sheet struct {
	Device    string
	After, To uint64
	From      time.Time // of the sheet before; of the first one its first entry
	Entries   int       // of the device, of those in the range

	Lines   []Line // by purse and item
	Refunds []Refund
	Fixed   []Fixed // what changes an earlier sheet

	Days   []Day // of the orders that were opened
	Orders Orders
	Prints Prints

	Left      []Left
	Staff     []Change
	Unchecked []Unchecked // days of payments that are not reconciled with WeChat
	Broken    []Broken
}

// Broken is an order that cannot be read. It is counted on the sheet that can read it again.
type Broken struct {
	Order  string
	Booked bool // it was paid, and is in no sum yet
}

// A Line is one item of one purse.
type Line struct {
	Purse bill.Purse
	Item  string
	Paid  Sum
	Back  Sum // what was given back
}

// A Sum is an amount, and of how many it is the sum.
type Sum struct {
	N   int
	Fen payment.Fen
}

func (s *Sum) add(n int, f payment.Fen) { s.N, s.Fen = s.N+n, s.Fen+f }

// Net is what is left of a line.
func (l Line) Net() payment.Fen { return l.Paid.Fen - l.Back.Fen }

// Total is the sum of lines: all of them, or a purse's.
func (s Sheet) Total(of ...bill.Purse) (total Line) {
	for _, l := range s.Lines {
		if len(of) == 0 || slices.Contains(of, l.Purse) {
			total.Paid.add(l.Paid.N, l.Paid.Fen)
			total.Back.add(l.Back.N, l.Back.Fen)
		}
	}
	return total
}

// A Refund is one that WeChat has taken in the range, or that came to something else since.
type Refund struct {
	Order     string
	Reference string
	Part      int
	Purse     bill.Purse
	Reason    string
	Asked     string // by whom, as a staff number
	Decided   string
	State     payment.RefundState
	Sum       payment.Fen // below zero where WeChat has closed it after all
}

// A Fixed is something that changes what an earlier sheet says, or how it is to be read.
type Fixed struct {
	Seq       uint64
	Event     string
	Reference string
	Sum       payment.Fen
	By        payment.By
}

// A Day has the orders that the device has opened on a day in China, by their serials. They run from 1 without a hole.
type Day struct {
	Day         string // 2006-01-02
	First, Last uint64
	N           int      // opened
	Holes       []uint64 // serials that no order has
}

// Orders counts what became of those that were open, and of those that were opened or paid.
type Orders struct {
	Carried, Opened, Late                   int // Late: paid although they had ended before
	Paid, Closed, Open, Disputed, Elsewhere int
	Broken                                  int
}

// Prints counts the receipts of the payments, and the copies of any.
type Prints struct {
	Paid                       Sum // by the audit and the orders
	Owed                       Sum // by the receipts
	Booked                     int // by the audit alone
	Printed, Doubtful, Waiting int
	Copies                     int
}

// Agrees reports whether audit, orders and receipts say the same, and no serial is missing.
func (s Sheet) Agrees() bool {
	return s.Prints.Paid == s.Prints.Owed && s.Prints.Booked == s.Prints.Paid.N && len(s.Broken) == 0 && !s.hollow()
}

func (s Sheet) hollow() bool {
	return slices.ContainsFunc(s.Days, func(d Day) bool { return len(d.Holes) > 0 })
}

// Left is something that has not ended. It stands on the next sheet too, unless it is a receipt.
type Left struct {
	Order     string
	Reference string
	Kind      string // "order", "refund", or the kind of work
	State     string // of that
	Sum       payment.Fen
	Counted   bool // the payment is in the sums, of this sheet or an earlier one
	Tries     int
}

// The kinds of what is left that are no work.
const (
	LeftOrder  = "order"
	LeftRefund = "refund"
)

// A Change is one of somebody's account.
type Change struct {
	At    time.Time
	Event string
	Note  string // the staff number, and the role
	By    payment.By
}

// Unchecked is a merchant's day that holds payments of the device and is not reconciled.
type Unchecked struct {
	MchID string
	Day   string                 // 2006-01-02
	State payment.StatementState // empty: nobody has asked for its bill
}

// Facts are what a sheet is made of, as a ledger has them.
type Facts struct {
	Device  string
	Last    payment.ClosingSheet // zero before the first
	Before  Sheet                // that sheet's content
	To      uint64
	Entries []payment.Entry // after Last.To, up to To, of every device
	Orders  map[string]Order
	State   func(mchid, day string) payment.StatementState
	// Reference is an order's local number.
	Reference func(payment.Order) string
}

// An Order is one that an entry is of, or that was left by the sheet before.
type Order struct {
	payment.Order
	Effects []payment.Effect
	Refunds []payment.Refund
	History []payment.Entry // where it matters what happened before: of one with refunds, or copies
	Broken  bool            // it cannot be read; History may tell whose it is
}

// device returns who opened an order; ours of one that does not say.
func (o Order) device(ours string) string {
	if !o.Broken {
		return cmp.Or(o.Device, ours)
	}
	for _, e := range o.History {
		if e.Event == string(payment.Opened) {
			return cmp.Or(e.By.Device, ours)
		}
	}
	return ours
}

// Of makes the sheet. It depends on the facts alone.
func Of(f Facts) Sheet {
	m := maker{
		Facts: f, lines: make(map[Line]*Line), was: make(map[string]payment.State), is: make(map[string]payment.State),
		opened: make(map[string][]payment.Entry), booked: make(map[string]bool),
		copied: make(map[string]int),
		sheet:  Sheet{Device: f.Device, After: f.Last.To, To: f.To, From: f.Last.At},
	}
	if f.Last.Number == 0 && len(f.Entries) > 0 {
		m.sheet.From = f.Entries[0].At
	}
	for _, l := range f.Before.Left {
		if o, ok := f.Orders[l.Order]; ok && l.Kind == LeftOrder && o.device(f.Device) == f.Device {
			m.was[l.Order], m.is[l.Order] = payment.State(l.State), payment.State(l.State)
		}
	}
	m.found()
	for _, e := range f.Entries {
		m.entry(e)
	}
	m.orders()
	m.days()
	m.left()
	m.unchecked()
	m.sheet.Lines = m.sorted()
	return m.sheet
}

// A maker goes through the facts.
type maker struct {
	Facts
	sheet  Sheet
	lines  map[Line]*Line
	was    map[string]payment.State // of the orders that were carried or have moved: before the range
	is     map[string]payment.State // and at its end
	opened map[string][]payment.Entry
	booked map[string]bool // orders that were paid in the range
	copied map[string]int  // receipts that were handed in the range, and came to something
}

// What app/clerk calls the changes of accounts; who sets an own PIN anew changes nothing.
const (
	staff  = "staff-"
	ownPIN = staff + "pin"
)

// ours returns the order that an entry is of, of this device.
func (m *maker) ours(e payment.Entry) (Order, bool) {
	o, ok := m.Orders[e.Order]
	return o, ok && e.Order != "" && o.device(m.Device) == m.Device
}

func (m *maker) entry(e payment.Entry) {
	if strings.HasPrefix(e.Event, staff) && e.Event != ownPIN {
		m.sheet.Staff = append(m.sheet.Staff, Change{e.At, e.Event, e.Note, e.By})
	}
	o, ok := m.ours(e)
	if !ok {
		return
	}
	m.sheet.Entries++
	if e.To != "" {
		m.moved(o, e)
	}
	if tells(e) {
		m.refund(o, e)
	}
	m.fixed(o, e)
}

// moved notes an order's state. An order that is paid is counted once, by the entry that has made it so.
func (m *maker) moved(o Order, e payment.Entry) {
	if _, known := m.was[e.Order]; !known {
		m.was[e.Order] = e.From
	}
	m.is[e.Order] = e.To
	if e.Event == string(payment.Opened) {
		m.opened[e.Order] = append(m.opened[e.Order], e)
	}
	if e.To != payment.Paid || e.From == payment.Paid {
		return
	}
	m.book(e.Order, o)
}

func (m *maker) book(no string, o Order) {
	m.booked[no] = true
	m.sheet.Prints.Booked++
	if !o.Broken {
		m.sheet.Prints.Paid.add(1, o.PaidAmount)
		m.line(o).Paid.add(1, o.PaidAmount)
	}
}

// found counts the payments that the sheet before could not read.
func (m *maker) found() {
	for _, b := range m.Before.Broken {
		if o, ok := m.Orders[b.Order]; ok && b.Booked && !o.Broken && o.device(m.Device) == m.Device {
			m.was[b.Order], m.is[b.Order] = unread, o.State
			m.book(b.Order, o)
			m.sheet.Fixed = append(m.sheet.Fixed, Fixed{m.Last.To, unread, m.Reference(o.Order), o.PaidAmount,
				payment.By{}})
		}
	}
}

// unread stands for the state of an order that an earlier sheet could not read.
const unread = "unread"

// missed reports whether a payment that cannot be read is in no sum yet.
func (m *maker) missed(no string) bool {
	return m.booked[no] || slices.ContainsFunc(m.Before.Broken,
		func(b Broken) bool { return b.Order == no && b.Booked })
}

// line is where an order is counted.
func (m *maker) line(o Order) *Line { return lineOf(m.lines, o.Order) }

func lineOf(lines map[Line]*Line, o payment.Order) *Line {
	b := bill.OfOrder(o)
	at := Line{Purse: b.Purse, Item: itemOf(b.Item)}
	if lines[at] == nil {
		lines[at] = &Line{Purse: at.Purse, Item: at.Item}
	}
	return lines[at]
}

// itemOf is an item as a sheet says it. One with a digit in it may be a case number or somebody's.
func itemOf(item string) string {
	item = strings.TrimSpace(item)
	if item == "" || strings.ContainsFunc(item, unicode.IsDigit) {
		return "其他"
	}
	return item
}

// refund counts a refund once, when WeChat was first heard to have taken it, and takes it back when WeChat has closed
// it after that.
func (m *maker) refund(o Order, e payment.Entry) {
	r, n := o.taken(e)
	if n == 0 {
		return
	}
	m.line(o).Back.add(n, r.Sum)
	m.sheet.Refunds = append(m.sheet.Refunds, Refund{
		Order: o.No, Reference: m.Reference(o.Order), Part: r.Part, Purse: bill.Purse(o.Key.Purse), Reason: r.Reason,
		Asked: r.Asked.By.Person, Decided: r.Decided.By.Person, State: r.State, Sum: r.Sum,
	})
}

// tells reports whether an entry tells what WeChat has said of a refund.
func tells(e payment.Entry) bool {
	switch payment.RefundEvent(e.Event) {
	case payment.SaidProcessing, payment.SaidSuccess, payment.SaidAbnormal, payment.SaidEnded:
		return true
	}
	return false
}

// taken returns the refund that an entry tells to be taken by WeChat, and 1; where it tells that one which was taken
// came to nothing, that with its sum below zero, and -1; else 0.
func (o Order) taken(e payment.Entry) (r payment.Refund, n int) {
	part, taken := partOf(e), false
	for _, before := range o.History {
		if before.Seq < e.Seq && partOf(before) == part {
			switch payment.RefundEvent(before.Event) {
			case payment.SaidProcessing, payment.SaidSuccess, payment.SaidAbnormal:
				taken = true
			}
		}
	}
	ended := payment.RefundEvent(e.Event) == payment.SaidEnded
	i := slices.IndexFunc(o.Refunds, func(r payment.Refund) bool { return r.Part == part })
	if i < 0 || taken != ended || o.Broken {
		return r, 0
	}
	if r = o.Refunds[i]; ended {
		r.Sum = -r.Sum
		return r, -1
	}
	return r, 1
}

// partOf is which refund of its order an entry is of; 0 of another entry.
func partOf(e payment.Entry) (part int) {
	if !strings.HasPrefix(e.Event, "refund-") {
		return 0
	}
	_, _ = fmt.Sscanf(e.Note, "part %d,", &part) // as payment writes it
	return part
}

// fixed notes what a person, or WeChat, has said of what stands on earlier sheets.
func (m *maker) fixed(o Order, e payment.Entry) {
	var sum payment.Fen
	switch event := e.Event; {
	case event == string(payment.Adopted), event == string(payment.Accepted), event == string(payment.EndedByHand):
		sum = o.PaidAmount
	case e.To == payment.Paid && (e.From == payment.Closed || e.From == payment.Void):
		sum = o.PaidAmount
	case event == string(payment.SaidRefunded), strings.HasPrefix(e.Note, "returned "):
		sum = -(o.Returned.Sum - o.Refunding.Done)
	case event == string(payment.SaidEnded) && len(m.sheet.Refunds) > 0:
		if last := m.sheet.Refunds[len(m.sheet.Refunds)-1]; last.Order == o.No && last.Sum < 0 {
			sum = -last.Sum
			break
		}
		return
	default:
		return
	}
	event := e.Event
	if event == "" || event == "noted" || strings.HasPrefix(e.Note, "returned ") {
		event = "returned"
	}
	m.sheet.Fixed = append(m.sheet.Fixed, Fixed{e.Seq, event, m.reference(o, e.Order), sum, e.By})
}

func (m *maker) reference(o Order, no string) string {
	if o.Broken {
		return no
	}
	return m.Reference(o.Order)
}

// orders counts what became of orders, and of the receipts of those that were paid.
func (m *maker) orders() {
	n := &m.sheet.Orders
	for _, no := range slices.Sorted(maps.Keys(m.is)) {
		was, is := m.was[no], m.is[no]
		again := len(m.opened[no]) > 0
		switch {
		case was == payment.Paid, was == is && !m.carried(no) && !again, ended(was) && ended(is) && !again:
			continue // it was counted when it ended
		case m.carried(no):
			n.Carried++
		case was == "" || again:
			n.Opened++
		default:
			n.Late++
		}
		switch is {
		case payment.Paid:
			n.Paid++
		case payment.Closed, payment.Void:
			n.Closed++
		case payment.Disputed:
			n.Disputed++
		case payment.Foreign:
			n.Elsewhere++
		default:
			n.Open++
		}
	}
	for _, no := range slices.Sorted(maps.Keys(m.Orders)) {
		o := m.Orders[no]
		if o.device(m.Device) != m.Device {
			continue
		}
		if o.Broken {
			m.sheet.Broken = append(m.sheet.Broken, Broken{no, m.missed(no)})
			continue
		}
		m.prints(o)
	}
	n.Broken = len(m.sheet.Broken)
}

func ended(s payment.State) bool { return s == payment.Closed || s == payment.Void }

// carried reports whether the sheet before has left an order.
func (m *maker) carried(no string) bool {
	return slices.ContainsFunc(m.Before.Left, func(l Left) bool { return l.Order == no && l.Kind == LeftOrder })
}

// prints counts an order's receipt where the payment is this sheet's, and its copies whenever it was paid.
func (m *maker) prints(o Order) {
	n := &m.sheet.Prints
	i := slices.IndexFunc(o.Effects, func(e payment.Effect) bool { return e.Kind == receipt.Effect })
	if i < 0 {
		return
	}
	if m.booked[o.No] {
		n.Owed.add(1, o.PaidAmount)
		switch o.Effects[i].State {
		case payment.Done:
			n.Printed++
		case payment.Doubtful, payment.Handed:
			n.Doubtful++
		default:
			n.Waiting++
		}
	}
	n.Copies += o.copies(m.Last.To, m.To, o.Effects[i].Tries)
}

// copies counts the copies of a receipt that left in a range of the audit: handings but the first that came to paper,
// or may have. tries is how many have in all: one that was not begun gives its number back.
func (o Order) copies(after, to uint64, tries int) (n int) {
	const handed = receipt.Effect + " " + string(payment.Handed)
	prints, open := 0, false
	for _, e := range o.History {
		if e.Seq > to {
			break
		}
		switch e.Event {
		case handed:
			open = true
		case receipt.Effect + " " + string(payment.Done), receipt.Effect + " " + string(payment.Doubtful):
			if open {
				if prints++; prints > 1 && e.Seq > after {
					n++
				}
			}
			open = false
		case receipt.Effect + " " + string(payment.Owed), receipt.Effect + " " + string(payment.Held):
			open = false
		}
	}
	return min(n, max(tries-1, 0))
}

// days groups the orders that were opened by day, and looks for serials that none has. An order that was void is opened
// again under its number with another serial: so many may be missing.
func (m *maker) days() {
	serials := make(map[string][]uint64)
	again := make(map[string]int)
	for _, no := range slices.Sorted(maps.Keys(m.opened)) {
		o, entries := m.Orders[no], m.opened[no]
		if o.Broken {
			again[dayOf(entries[0].At)] += len(entries)
			continue
		}
		day := dayOf(o.CreatedAt)
		serials[day] = append(serials[day], o.Serial)
		for _, e := range entries[:len(entries)-1] {
			again[dayOf(e.At)]++
		}
	}
	before := make(map[string]uint64)
	for i, d := range m.Before.Days {
		if before[d.Day] = d.Last; i >= len(m.Before.Days)-daysKept && serials[d.Day] == nil {
			m.sheet.Days = append(m.sheet.Days, Day{Day: d.Day, First: d.Last + 1, Last: d.Last})
		}
	}
	for _, day := range slices.Sorted(maps.Keys(serials)) {
		list := serials[day]
		slices.Sort(list)
		d := Day{Day: day, First: before[day] + 1, Last: list[len(list)-1], N: len(list) + again[day]}
		for n := d.First; n <= d.Last; n++ {
			if _, found := slices.BinarySearch(list, n); !found {
				d.Holes = append(d.Holes, n)
			}
		}
		if len(d.Holes) <= again[day] {
			d.Holes = nil
		}
		m.sheet.Days = append(m.sheet.Days, d)
	}
	slices.SortFunc(m.sheet.Days, func(a, b Day) int { return cmp.Compare(a.Day, b.Day) })
}

// daysKept are the days of the sheet before that stand on the next one too, without an order: it may be closed twice a
// day.
const daysKept = 2

func dayOf(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }

// left names what has not ended: of the orders that an entry is of, and of those that the sheet before has left.
func (m *maker) left() {
	touched := make(map[string]bool)
	for _, e := range m.Entries {
		touched[e.Order] = true
	}
	for _, no := range slices.Sorted(maps.Keys(m.Orders)) {
		o := m.Orders[no]
		if o.Broken || o.device(m.Device) != m.Device {
			continue
		}
		was := len(m.sheet.Left)
		state := cmp.Or(m.is[no], o.State)
		if !final(state) && !(state == payment.Foreign && (o.PaidElsewhere() || o.ByHand)) && !o.ByHand {
			m.leave(o, LeftOrder, string(state), 0)
		}
		for _, r := range o.Refunds {
			if !r.Final() {
				m.leave(o, LeftRefund, string(r.State), r.Part)
			}
		}
		for _, e := range o.Effects {
			if e.State == payment.Done || e.Kind == receipt.Effect && (!touched[no] || e.State == payment.Held) {
				continue
			}
			if strings.HasPrefix(e.Kind, report.Effect) && (o.refused(e.Kind) ||
				e.State == payment.Held && o.Returned.All()) {
				continue // a clerk's work says so, or nobody is told of it any more
			}
			kind := e.Kind
			if kind == payment.Attention && state == payment.Paid && o.Oddity == payment.SecondPayment {
				kind = payment.AttentionSecond // as whoever opens the payment sees it
			}
			m.leave(o, kind, string(e.State), e.Tries)
		}
		for i := range m.sheet.Left[was:] {
			l := &m.sheet.Left[was+i]
			l.Counted = state == payment.Paid
		}
	}
	slices.SortStableFunc(m.sheet.Left, func(a, b Left) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Reference, b.Reference))
	})
}

// refused reports whether the court has refused a report, which is a clerk's work then.
func (o Order) refused(kind string) bool {
	work := map[string]string{report.Effect: report.Refused, report.Back: report.BackRefused}[kind]
	return slices.ContainsFunc(o.Effects, func(e payment.Effect) bool {
		return e.Kind == work && e.State != payment.Done
	})
}

// rank puts what is money first, and paper last.
func rank(l Left) int {
	switch {
	case l.Kind == LeftOrder:
		return 0
	case l.Kind == LeftRefund:
		return 1
	case strings.HasPrefix(l.Kind, payment.Attention):
		return 2
	case l.Kind == receipt.Effect:
		return 3
	}
	return 4
}

// final reports whether WeChat has nothing more to say of an order in a state. A disputed one waits for a person.
func final(s payment.State) bool { return s == payment.Paid || ended(s) }

func (m *maker) leave(o Order, kind, state string, n int) {
	sum := o.Amount
	if o.PaidAmount > 0 {
		sum = o.PaidAmount
	}
	if kind == LeftRefund {
		i := slices.IndexFunc(o.Refunds, func(r payment.Refund) bool { return r.Part == n })
		sum = o.Refunds[i].Sum
	}
	m.sheet.Left = append(m.sheet.Left, Left{Order: o.No, Reference: m.Reference(o.Order), Kind: kind, State: state,
		Sum: sum, Tries: n})
}

// unchecked are the days of payments, of this sheet and of those that the one before has named, whose bill was not
// read.
func (m *maker) unchecked() {
	days := make(map[[2]string]bool)
	for _, u := range m.Before.Unchecked {
		days[[2]string{u.MchID, u.Day}] = true
	}
	for no := range m.booked {
		if o := m.Orders[no]; !o.Broken {
			days[[2]string{o.Merchant.MchID, dayOf(o.PaidAt)}] = true
		}
	}
	byDay := func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0])) }
	for _, d := range slices.SortedFunc(maps.Keys(days), byDay) {
		state := m.State(d[0], d[1])
		if state != payment.StatementRead && state != payment.StatementEmpty {
			m.sheet.Unchecked = append(m.sheet.Unchecked, Unchecked{d[0], d[1], state})
		}
	}
}

// sorted are the lines: purses in their order, the largest item first.
func (m *maker) sorted() []Line { return sorted(m.lines) }

func sorted(of map[Line]*Line) []Line {
	lines := make([]Line, 0, len(of))
	for _, l := range of {
		lines = append(lines, *l)
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(slices.Index(bill.Purses, a.Purse), slices.Index(bill.Purses, b.Purse)),
			cmp.Compare(a.Purse, b.Purse), cmp.Compare(b.Paid.Fen, a.Paid.Fen), cmp.Compare(a.Item, b.Item))
	})
	return lines
}
