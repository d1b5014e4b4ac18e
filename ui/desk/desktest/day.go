package desktest

import (
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// An Event is one order of the invented day.
type Event struct {
	Hour    string // 11-23 14:32:11, when it was opened
	Device  string
	Kind    string // of the case
	Serial  int
	Payer   string
	Item    string
	Purse   bill.Purse
	Amount  payment.Fen
	Tail    string // of WeChat's transaction number
	Outcome Outcome
}

// An Outcome is what became of an order.
type Outcome string

// The outcomes.
const (
	Printed   Outcome = "printed"   // paid, and the receipt is on paper
	Doubtful  Outcome = "doubtful"  // paid, and perhaps on paper
	Left      Outcome = "left"      // paid after the visitor had left
	Cancelled Outcome = "cancelled" // not paid
	Different Outcome = "different" // another amount came
	Refunded  Outcome = "refunded"
	Refused   Outcome = "refused" // the court does not take the report
	Twice     Outcome = "twice"   // paid a second time after it was cancelled, and paid anew
	Unknown   Outcome = "unknown" // its time is over and WeChat is silent about it
)

const fee = "案件受理费"

// TheDay is the invented day, and what of the days before is seen on it.
var TheDay = []Event{
	{"11-20 10:09:01", "02", "行初", 233, "陈明", fee, bill.Litigation, 270000, "052719", Printed},
	{"11-20 15:01:20", "01", "民初", 12066, "王小芳", fee, bill.Litigation, 270000, "730025", Refunded},
	{"11-20 16:19:52", "03", "民初", 12087, "周小华", fee, bill.Litigation, 270000, "661902", Printed},
	{"11-21 11:14:40", "02", "民初", 12198, "何小雨", fee, bill.Litigation, 270000, "310447", Different},
	{"11-23 09:20:20", "01", "民初", 12219, "买买提·艾力", fee, bill.Litigation, 270000, "275548", Printed},
	{"11-23 09:41:30", "02", "民初", 12231, "赵明", "反诉案件受理费", bill.Litigation, 270000, "", Cancelled},
	{"11-23 10:05:12", "01", "执", 4402, "北京晨光商贸有限公司", "执行款", bill.Execution, 12840000, "880213", Printed},
	{"11-23 10:31:05", "02", "民初", 12258, "欧阳小靖", fee, bill.Litigation, 270000, "440571", Printed},
	{"11-23 10:57:41", "03", "民初", 12270, "李小珍", fee, bill.Litigation, 270000, "903316", Printed},
	{"11-23 11:12:02", "01", "民初", 12264, "北京晨光商贸有限公司", fee, bill.Litigation, 270000, "118204", Printed},
	{"11-23 11:20:30", "03", "民初", 12276, "陈小芳", fee, bill.Litigation, 115000, "330918", Twice},
	{"11-23 11:30:11", "02", "刑初", 311, "吴小平", "罚金", bill.Fine, 300000, "507731", Printed},
	{"11-23 13:40:00", "03", "执", 4410, "钱小雯", "申请执行费", bill.Litigation, 145000, "", Unknown},
	{"11-23 14:03:33", "03", "民初", 12361, "冯小刚", "财产保全申请费", bill.Litigation, 2500, "620118", Left},
	{"11-23 14:10:09", "03", "民初", 12366, "韩小雪", fee, bill.Litigation, 5000, "774902", Refused},
	{"11-23 14:32:11", "03", "民初", 12345, "张晓明", fee, bill.Litigation, 270000, "567890", Doubtful},
}

// Live makes the invented day happen, and stops at 14:41.
func (c *Court) Live() {
	c.Helper()
	for i, e := range TheDay {
		c.until(e.Hour)
		c.Happen(fmt.Sprint("v", i), e)
	}
	c.until("11-23 14:41:00")
}

// Happen makes one order happen.
func (c *Court) Happen(visit string, e Event) payment.Order {
	c.Helper()
	ctx := c.Context()
	b := bill.Bill{
		Case: caseOf(e.Kind, e.Serial), Item: e.Item, Purse: e.Purse, Amount: e.Amount, Payer: bill.Person(e.Payer),
		Cause: "买卖合同纠纷", Deadline: time.Now().Add(7 * 24 * time.Hour),
	}
	if e.Outcome == Refused {
		c.Bills.mu.Lock()
		c.Bills.refuses = map[string]bool{b.Case.String(): true}
		c.Bills.mu.Unlock()
	}
	if e.Outcome == again {
		e.Outcome = Printed
	} else {
		c.Bills.put(b)
	}
	dues, err := c.Counter.Find(ctx, bill.Query{Case: b.Case})
	if err != nil {
		c.Fatal(err)
	}
	p, err := c.Counter.Pay(ctx, counter.Ask{ID: visit, Visit: visit, Device: e.Device, Bill: dues[0].Bill,
		Quote: dues[0].Quote})
	if err != nil {
		c.Fatal(err)
	}
	no := p.Order
	c.gate.mu.Lock()
	c.gate.tails[no] = e.Tail
	c.gate.mu.Unlock()
	c.follow(no, func(o payment.Order) bool { return o.State == payment.Waiting })
	if c.clocked {
		time.Sleep(30 * time.Second)
	}
	switch e.Outcome {
	case Cancelled:
		c.wish(no, visit, counter.Cancel)
		return c.follow(no, payment.Order.Final)
	case Twice:
		return c.twice(no, visit, e)
	case Unknown:
		return c.silence(no)
	case Left:
		c.wish(no, visit, counter.Leave)
	case Different:
		c.Office.Change(no, func(t *gatewaytest.Trade) bool {
			t.State, t.Paid, t.At = payment.TradeSuccess, t.Order.Amount-100, time.Now()
			return true
		})
	}
	if e.Outcome != Different && !c.Office.Pay(no) {
		c.Fatalf("order %s cannot be paid", no)
	}
	o := c.follow(no, payment.Order.Final)
	switch e.Outcome {
	case Printed, Refused, Refunded:
		c.print(no, visit, nil)
	case Doubtful:
		c.print(no, visit, &receipt.TroubleError{Condition: receipt.PaperOut, Began: true})
	}
	if e.Outcome == Refunded {
		return c.refund(o)
	}
	return o
}

// again is the outcome of an order whose bill the court asks for already.
const again Outcome = "again"

// twice has a bill paid that was cancelled and paid anew: WeChat takes the first code's payment, too.
func (c *Court) twice(no, visit string, e Event) payment.Order {
	c.Helper()
	c.wish(no, visit, counter.Cancel)
	c.follow(no, payment.Order.Final)
	tail := e.Tail
	e.Outcome, e.Tail = again, tail[:5]+"0"
	c.Happen(visit+" again", e)
	c.Office.Change(no, func(t *gatewaytest.Trade) bool {
		t.State, t.Paid, t.At = payment.TradeSuccess, t.Order.Amount, time.Now()
		return true
	})
	o, err := c.Cashier.Ask(c.Context(), no)
	if err != nil {
		c.Fatal(err)
	}
	return o
}

func (c *Court) wish(no, visit string, kind counter.WishKind) {
	c.Helper()
	if err := c.Counter.Wish(c.Context(), counter.Wish{Kind: kind, Order: no, Visit: visit}); err != nil {
		c.Fatal(err)
	}
}

// print prints the receipt of a visit, or fails to.
func (c *Court) print(no, visit string, trouble error) {
	c.Helper()
	h, err := c.Counter.Receipt(c.Context(), counter.Print{Order: no, Visit: visit})
	if err == nil {
		out := receipt.PrintedProven
		if trouble != nil {
			out = ""
		}
		err = c.Counter.Printed(c.Context(), h.End(out, trouble))
	}
	if err != nil {
		c.Fatal(err)
	}
}

// silence makes WeChat silent about one order.
func (c *Court) silence(no string) payment.Order {
	c.Office.Fails(func(call gatewaytest.Call) gatewaytest.Fault {
		if call.No == no {
			return gatewaytest.Fault{Err: payment.ErrUnknown}
		}
		return gatewaytest.Fault{}
	})
	return c.follow(no, func(payment.Order) bool { return true })
}

// refund gives a payment back as a whole.
func (c *Court) refund(o payment.Order) payment.Order {
	c.Helper()
	ctx := c.Context()
	by := func(person string) payment.By { return payment.By{Device: Window, Person: person} }
	r, err := c.Cashier.AskRefund(ctx, o.No, payment.RefundAsk{ID: "ask " + o.No, Sum: o.PaidAmount, Reason: "double",
		Shown: "重复付款", By: by(clerktest.Clerk)})
	if err == nil {
		r, err = c.Cashier.ApproveRefund(ctx, r.No, by(clerktest.Lead))
	}
	if err != nil {
		c.Fatal(err)
	}
	for range 100 {
		if c.Office.Arrive(r.No, payment.StatusSuccess) {
			break
		}
		time.Sleep(time.Second)
	}
	if !c.clocked {
		return o
	}
	return c.follow(o.No, func(o payment.Order) bool { return o.Returned.All() })
}
