package desk_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/export"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/ui/desk/desktest"
)

// An act is what somebody does by a right. It is done twice, so it names each time what it works on.
type act struct {
	right clerk.Right
	name  string
	by    string // the member
	do    func(context.Context, *acting, clerk.Clerk) error
}

// acting is a court in which acts are done one after another, with what they leave to the next.
type acting struct {
	*desktest.Court
	refund string
	sheet  clerk.ClosingDay
}

// order is the order of a transaction's last digits; unknown is the one whose outcome nobody knows.
func (c *acting) order(tail string) string {
	c.Helper()
	f := payment.Filter{Transaction: tail, N: 1}
	if tail == unknown {
		f = payment.Filter{Amount: 145000, N: 1}
	}
	p, err := c.Ledger.Find(c.Context(), f)
	if err != nil || len(p.Orders) != 1 {
		c.Fatal(p, err)
	}
	return p.Orders[0].No
}

const unknown = "unknown"

// work is a piece of work about an order.
func (c *acting) work(by clerk.Clerk, tail string) string {
	c.Helper()
	items, err := c.Desk.Work(c.Context(), by)
	if err != nil {
		c.Fatal(err)
	}
	for _, i := range items {
		if tail == "" && i.Difference.Kind != "" || tail != "" && i.Order.No == c.order(tail) {
			return i.Key
		}
	}
	c.Fatalf("no work about %s", tail)
	return ""
}

func (c *acting) collect(ctx context.Context, by clerk.Clerk, id string) error {
	dues, err := c.Desk.FindBills(ctx, by, "民初12231")
	if err != nil {
		return err
	}
	return c.Desk.Collect(ctx, by, dues[0], id)
}

// follow waits until an order is paid.
func (c *acting) follow(no string) {
	c.Helper()
	for range 600 {
		if o, err := c.Ledger.Order(c.Context(), no); err == nil && o.State == payment.Paid {
			return
		}
		time.Sleep(time.Second)
	}
	c.Fatal("what was collected is not booked")
}

func (c *acting) ask(ctx context.Context, by clerk.Clerk, id string) (err error) {
	r, err := c.Desk.AskRefund(ctx, by, clerk.RefundAsk{ID: id, Order: c.order("567890"), Sum: 100, Reason: "重复付款",
		Shown: "重复付款"})
	if err == nil {
		c.refund = r.No
	}
	return err
}

// acts are all things that somebody stores by a right, in an order in which each can follow the one before.
var acts = []act{
	{clerk.Reprint, "print", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, _, err := c.Desk.Reprint(ctx, by, c.order("567890"))
		return err
	}},
	{clerk.FullName, "see", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.FullName(ctx, by, c.order("567890"), "核对证件")
		return err
	}},
	{clerk.Note, "note", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.AddNote(ctx, by, c.order("567890"), "来过窗口")
	}},
	{clerk.Explain, "explain", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.Explain(ctx, by, c.order("567890"), "承办法官")
		return err
	}},
	{clerk.Notices, "announce", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.WriteNotice(ctx, by, clerk.NewNotice{No: "1", Chinese: "今天", From: day(), Until: day()})
	}},
	{clerk.Notices, "take down", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.TakeDown(ctx, by, payment.Notice{No: "1", Until: day()}.Key(), "已结束")
	}},
	{clerk.Collect, "show a code", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.collect(ctx, by, "first")
	}},
	{clerk.Collect, "put it away", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.PutAway(ctx, by)
	}},
	{clerk.Collect, "show it again", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.collect(ctx, by, "second")
	}},
	{clerk.Collect, "cancel", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.CancelCollection(ctx, by)
	}},
	{clerk.Collect, "show a new code", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		time.Sleep(time.Minute) // WeChat has closed the one before
		return c.collect(ctx, by, "third")
	}},
	{clerk.Collect, "print what was paid", clerktest.Clerk,
		func(ctx context.Context, c *acting, by clerk.Clerk) error {
			at, ok := c.Desk.Collecting(by.By.Device)
			if !ok {
				return clerk.ErrNoCollection
			}
			c.Office.Pay(at.Progress.Order)
			c.follow(at.Progress.Order)
			_, err := c.Desk.PrintCollected(ctx, by)
			return err
		}},
	{clerk.SettleOrder, "tell the court again", clerktest.Lead,
		func(ctx context.Context, c *acting, by clerk.Clerk) error {
			err := c.Desk.TellAgain(ctx, by, c.order("774902"), "法院已登记")
			time.Sleep(time.Minute) // which refuses it again
			return err
		}},
	{clerk.DoWork, "take", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.Take(ctx, by, c.work(by, "774902"))
	}},
	{clerk.DoWork, "give back", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.GiveBack(ctx, by, c.work(by, "774902"))
	}},
	{clerk.DoWork, "end", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.End(ctx, by, c.work(by, "774902"), "已电话告知")
	}},
	{clerk.SettleOrder, "accept", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.Accept(ctx, by, c.order("310447"), "按实收入账")
	}},
	{clerk.SettleOrder, "by hand", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.ByHand(ctx, by, c.order(unknown), "已向微信查询")
	}},
	{clerk.AskRefund, "ask", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.ask(ctx, by, "first")
	}},
	{clerk.TakeBack, "withdraw", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.WithdrawRefund(ctx, by, c.refund, "看错了")
		return err
	}},
	{clerk.AskRefund, "ask again", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.ask(ctx, by, "second")
	}},
	{clerk.DecideRefund, "refuse", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.RefuseRefund(ctx, by, c.refund, "没有凭证")
		return err
	}},
	{clerk.AskRefund, "ask once more", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.ask(ctx, by, "third")
	}},
	{clerk.DecideRefund, "approve", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.ApproveRefund(ctx, by, c.refund)
		return err
	}},
	{clerk.Close, "close", clerktest.Clerk, func(ctx context.Context, c *acting, by clerk.Clerk) (err error) {
		c.sheet, err = c.Desk.CloseDay(ctx, by, "03", 0)
		return err
	}},
	{clerk.Countersign, "countersign", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.CountersignDay(ctx, by, "03", c.sheet.Number, c.sheet.Hash)
	}},
	{clerk.Reconcile, "take a difference", clerktest.Finance,
		func(ctx context.Context, c *acting, by clerk.Clerk) error {
			return c.Desk.Take(ctx, by, c.work(by, ""))
		}},
	{clerk.Resolve, "resolve", clerktest.Finance, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.ResolveDifference(ctx, by, difference.Key(), payment.HowNoted, "已核对")
		return err
	}},
	{clerk.Export, "export", clerktest.Finance, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.Export(ctx, by, clerk.ExportPayments, export.CSV, today())
		return err
	}},
	{clerk.ExportAudit, "export the audit", clerktest.Auditor,
		func(ctx context.Context, c *acting, by clerk.Clerk) error {
			_, err := c.Desk.Export(ctx, by, clerk.ExportedAudit, export.CSV, today())
			return err
		}},
	{clerk.KeepStaff, "make", clerktest.IT, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.AddStaff(ctx, by, clerk.NewPerson{Number: "0600", Name: "郑新", Role: clerk.RoleClerk})
		return err
	}},
	{clerk.KeepStaff, "reset", clerktest.IT, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.ResetStaff(ctx, by, "0600", clerk.RoleAuditor)
		return err
	}},
	{clerk.KeepStaff, "end", clerktest.IT, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.EndStaff(ctx, by, "0600", "离职")
	}},
	{clerk.ConfirmStaff, "confirm", clerktest.Lead, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.ConfirmStaff(ctx, by, newcomer)
	}},
	{clerk.Windows, "let in", clerktest.IT, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.AddWindow(ctx, by, "W9", "a fingerprint of sixteen and more", time.Now().Add(time.Hour))
		return err
	}},
	{clerk.Windows, "shut out", clerktest.IT, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.RevokeWindow(ctx, by, "W9")
		return err
	}},
	{clerk.Own, "sign in", clerktest.Auditor, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		_, err := c.Desk.SignIn(ctx, "W1", clerktest.Auditor, clerktest.PIN(clerktest.Auditor), "")
		return err
	}},
	{clerk.Own, "change the PIN", clerktest.Auditor, func(ctx context.Context, c *acting, by clerk.Clerk) error {
		return c.Desk.ChangePIN(ctx, by, "730582")
	}},
}

// storeNothing are the rights by which nobody stores anything in the ledger, each with what it is.
var storeNothing = map[clerk.Right]string{
	clerk.Find: "reads", clerk.SeeWork: "reads", clerk.SeeRefunds: "reads", clerk.Trial: "reads",
	clerk.SeeBills: "reads", clerk.SeeMonth: "reads", clerk.SeeAudit: "reads", clerk.SeeStaff: "reads",
	clerk.Health: "reads", clerk.Machine: "is nobody's at a page",
	clerk.AskWeChat: "stores what WeChat has signed, whoever asked: see booked",
}

// newcomer is somebody who waits to be confirmed.
const newcomer = "0700"

var difference = payment.Difference{
	MchID: "1900000001", Day: "2026-11-23", Kind: "payment-not-with-us", Order: "NOBODYS", Theirs: 270000,
}

func day() string { return time.Now().In(payment.China).Format(time.DateOnly) }

func today() export.Range { return export.Range{From: time.Now(), To: time.Now()} }

// found is a court with people who stand, one who waits, a difference, and a day.
func found(t *testing.T, f func(*acting, map[string]clerk.Clerk)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 19, 8, 0, 0, 0, payment.China)))
		c := &acting{Court: desktest.Founded(t)}
		c.Live()
		at := time.Now().UTC().Truncate(time.Microsecond)
		_, err := c.Ledger.People().Update(t.Context(), newcomer,
			func(p payment.Person, _ payment.Staff) (payment.Person,
				payment.Entry, error) {
				by := payment.Decision{By: payment.By{Person: clerktest.IT}, At: at}
				return payment.Person{Number: newcomer, Role: string(clerk.RoleAuditor), Made: by, Changed: by,
					Ready:  at,
					Change: 1 << 20}, payment.Entry{}, nil
			})
		if err == nil {
			_, err = c.Ledger.Differences().Update(t.Context(), difference.Key(),
				func(_ payment.Difference, _ payment.Staff) (
					payment.Difference, payment.Entry, error) {
					d := difference
					d.Found = at
					return d, payment.Entry{}, nil
				})
		}
		if err != nil {
			t.Fatal(err)
		}
		who := make(map[string]clerk.Clerk)
		for _, m := range clerktest.Members {
			who[m.Number] = c.People.At(t, m.Number)
		}
		f(c, who)
	})
}

// become has a member's account as it is given, whatever it was.
func (c *acting) become(p payment.Person) {
	_, err := c.Ledger.People().Update(context.Background(), p.Number, func(payment.Person, payment.Staff) (
		payment.Person, payment.Entry, error) {
		return p, payment.Entry{}, nil
	})
	if err != nil {
		c.Error(err)
	}
}

// signed counts the entries of the audit that are in a person's name.
func (c *acting) signed(person string) (n int) {
	for after := uint64(0); ; {
		page, err := c.Ledger.Since(context.Background(), after, payment.MaxPage)
		if err != nil || len(page) == 0 {
			return n
		}
		for _, e := range page {
			if after = e.Seq; e.By.Person == person {
				n++
			}
		}
	}
}

// Of every right somebody has said what is stored by it; and whoever loses the right after it was checked, before the
// transaction begins, stores nothing by it: neither as one who was let go nor in another role. Who keeps it does.
func TestRightsAreAskedInTheTransaction(t *testing.T) {
	for _, row := range clerk.Table {
		stores := slices.ContainsFunc(acts, func(a act) bool { return a.right == row.Right })
		if _, not := storeNothing[row.Right]; stores == not {
			t.Errorf("%s: it is not said what is stored by it", row.Right)
		}
	}
	found(t, func(c *acting, who map[string]clerk.Clerk) {
		for _, a := range acts {
			before, err := c.Ledger.People().Get(c.Context(), a.by)
			if err != nil {
				c.Fatal(err)
			}
			for how, revoke := range map[string]func(*payment.Person){
				"let go":          func(p *payment.Person) { p.Ended.At = time.Now().UTC().Truncate(time.Microsecond) },
				"in no role":      func(p *payment.Person) { p.Role = "guest"; p.Change++ },
				"reset meanwhile": func(p *payment.Person) { p.Ready = time.Time{}; p.Change++ },
			} {
				if a.right == clerk.Own && how == "in no role" { // it is every role's
					continue
				}
				p := before
				revoke(&p)
				end := c.Before(func() { c.become(p) })
				n := c.signed(a.by)
				err := a.do(c.Context(), c, who[a.by])
				asked := end()
				refused := errors.Is(err, clerk.ErrNoRight) || a.right == clerk.Own &&
					(errors.Is(err, clerk.ErrWrong) || errors.Is(err, clerk.ErrSignedOut))
				if !asked || !refused || c.signed(a.by) != n {
					c.Errorf("%s, to %s, %s: %v, asked %t, %d entries", a.right, a.name, how, err, asked,
						c.signed(a.by)-n)
				}
				c.become(before)
			}
			if err := a.do(c.Context(), c, who[a.by]); err != nil {
				c.Errorf("%s, to %s, by who has the right: %v", a.right, a.name, err)
			}
		}
		booked(c, who[clerktest.Clerk])
	})
}

// booked: what WeChat has signed is stored although who asked was let go in the middle.
func booked(c *acting, by clerk.Clerk) {
	c.Helper()
	no := c.order(unknown)
	c.Office.Fails(nil)
	c.Office.Change(no, func(t *gatewaytest.Trade) bool {
		t.State, t.Paid, t.At = payment.TradeSuccess, t.Order.Amount, time.Now()
		return true
	})
	p, err := c.Ledger.People().Get(c.Context(), by.Person.Number)
	if err != nil {
		c.Fatal(err)
	}
	p.Ended.At = time.Now().UTC().Truncate(time.Microsecond)
	end := c.Before(func() { c.become(p) })
	a, err := c.Desk.AskWeChat(c.Context(), by, no)
	if !end() || err != nil || a.Order.State != payment.Paid {
		c.Errorf("WeChat says paid, and it is %s, %v", a.Order.State, err)
	}
}
