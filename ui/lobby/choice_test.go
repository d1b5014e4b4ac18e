package lobby

import (
	"testing"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/ui/view"
)

// severalBills puts three bills of one case, in states, before the counter.
func (s *stage) severalBills(states ...bill.DueState) {
	var list []counter.Due
	for i, state := range states {
		code := theCode + string(rune('a'+i))
		d := owed(theCase, "费用"+string(rune('A'+i)), code, 270000)
		d.State = state
		list = append(list, d)
	}
	s.fake.Put(list...)
}

func (s *stage) lookUpCase(begin view.Kind) {
	s.press(begin)
	s.digits("12345")
	s.press(view.Confirm)
}

// What is owed stands first, what is settled last; a touch of what is settled, or of nothing, means nothing.
func TestOwedBillsComeFirst(t *testing.T) {
	s := newStage(t)
	s.severalBills(bill.DuePaid, bill.DueOwed, bill.DueNothing, bill.DueElsewhere, bill.DueOwed)
	s.lookUpCase(view.StartPaying)
	s.until("bills")
	v := s.screen.(view.Bills)
	want := []struct {
		open bool
		code byte
	}{{true, 'b'}, {true, 'e'}, {true, 'd'}, {false, 'a'}, {false, 'c'}}
	if len(v.Choices) != len(want) || v.Count != len(want) || v.More {
		t.Fatalf("the list is %+v", v)
	}
	for i, c := range v.Choices {
		code := s.visit.choice.shown()[i].Bill
		if c.Open != want[i].open || code[len(code)-1] != want[i].code {
			t.Errorf("place %d has %s, %+v", i, code, c)
		}
	}
	for _, at := range []string{"3", "4", "5", "-1", ""} {
		s.intent(view.Intent{Kind: view.PickBill, Arg: at})
		if s.screen.Name() != "bills" {
			t.Fatalf("a touch of bill %q leads to %s", at, s.screen.Name())
		}
	}
	s.intent(view.Intent{Kind: view.PickBill, Arg: "1"})
	s.until("fee")
	if got := s.visit.choice.due.Bill; got != theCode+"e" {
		t.Errorf("the second bill opens %s", got)
	}
}

// A list longer than a page turns, and comes back to its beginning.
func TestBillsTurnTheirPages(t *testing.T) {
	s := newStage(t)
	states := make([]bill.DueState, 2*billsPerPage+1)
	for i := range states {
		states[i] = bill.DueOwed
	}
	s.severalBills(states...)
	s.lookUpCase(view.StartPaying)
	s.until("bills")
	for _, want := range []int{billsPerPage, billsPerPage, 1, billsPerPage} {
		v := s.screen.(view.Bills)
		if len(v.Choices) != want || !v.More || v.Count != len(states) {
			t.Errorf("%d bills of %d on a page, want %d", len(v.Choices), v.Count, want)
		}
		s.press(view.NextPage)
	}
}

// Nothing is owed by the case only when every bill of it is settled; of one bill it is said of that bill alone.
func TestNothingOwedSpeaksOfWhatIsKnown(t *testing.T) {
	t.Run("every bill", func(t *testing.T) {
		s := newStage(t)
		s.severalBills(bill.DuePaid, bill.DueNothing, bill.DueSettled)
		s.lookUpCase(view.StartPaying)
		s.until("notice-nothing-owed")
		if n := s.screen.(view.Notice); len(n.Rows) != 1 || n.Rows[0].Value != "（2026）京0101民初…45号" {
			t.Errorf("it names %+v", n.Rows)
		}
	})
	t.Run("the only bill", func(t *testing.T) {
		s := newStage(t)
		s.severalBills(bill.DueNothing)
		s.lookUpCase(view.StartPaying)
		s.until("notice-nothing-owed")
	})
	t.Run("a code", func(t *testing.T) {
		s := newStage(t)
		list := dues()[:3]
		list[1].State = bill.DueNothing
		s.fake.Put(list...)
		s.scans(list[1].Bill)
		s.until("notice-bill-settled")
		if n := s.screen.(view.Notice); n.Act != view.AllBills {
			t.Errorf("the notice leads to %s", n.Act)
		}
		s.press(view.AllBills)
		s.until("bills")
		if v := s.screen.(view.Bills); v.Count != 2 || !v.Choices[0].Open || v.Choices[1].Open {
			t.Errorf("the list is %+v", v)
		}
	})
}

// What came back, in part or as a whole, is not settled: how much that was is for a clerk to say, and nobody is told
// that nothing is owed, or that it is paid.
func TestWhatCameBackIsNotSettled(t *testing.T) {
	s := newStage(t)
	s.severalBills(bill.DuePaid, bill.DueReturned)
	s.lookUpCase(view.StartPaying)
	s.until("bills")
	v := s.screen.(view.Bills)
	if len(v.Choices) != 2 || !v.Choices[0].Open || v.Choices[1].Open || v.Choices[0].State != "有退款" {
		t.Fatalf("the list is %+v", v)
	}
	s.intent(view.Intent{Kind: view.PickBill, Arg: "0"})
	s.until("notice-returned")
	s = newStage(t)
	s.severalBills(bill.DueReturned)
	s.lookUpCase(view.StartPaying)
	s.until("notice-returned")
}

// A bill that is withdrawn while it is confirmed says nothing of the case's other bills, and leads to them.
func TestABillThatIsWithdrawnAtTheLastMoment(t *testing.T) {
	for name, tt := range map[string]struct {
		states []bill.DueState
		want   string
	}{
		"another is owed": {[]bill.DueState{bill.DueOwed, bill.DueOwed}, "notice-bill-settled"},
		"all are settled": {[]bill.DueState{bill.DueOwed, bill.DuePaid}, "notice-nothing-owed"},
		"the only one":    {[]bill.DueState{bill.DueOwed}, "notice-nothing-owed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.severalBills(tt.states...)
			s.lookUpCase(view.StartPaying)
			if len(tt.states) > 1 {
				s.until("bills")
				pickFirst(s)
			}
			s.until("fee")
			s.fake.Refuse(countertest.Pay, &counter.Refusal{Code: counter.Gone})
			s.press(view.Confirm)
			s.until(tt.want)
			if tt.want != "notice-bill-settled" {
				return
			}
			s.severalBills(bill.DueNothing, bill.DueOwed)
			s.press(view.AllBills)
			s.until("bills")
			if v := s.screen.(view.Bills); !v.Choices[0].Open || v.Choices[1].Open || v.Count != 2 {
				t.Errorf("the list is %+v", v)
			}
		})
	}
}

// A receipt that is looked for can be touched among the paid bills.
func TestPaidBillsCanBeFound(t *testing.T) {
	s := newStage(t)
	s.severalBills(bill.DuePaid, bill.DueReturned, bill.DueOwed)
	s.lookUpCase(view.Find)
	s.until("bills")
	v := s.screen.(view.Bills)
	if len(v.Choices) != 2 || !v.Choices[0].Open || !v.Choices[1].Open {
		t.Errorf("who looks for a receipt sees %+v", v.Choices)
	}
}

// paysOne pays the first of two bills, and has the second one offered.
func (s *stage) paysOne(then ...counter.Due) {
	s.t.Helper()
	s.severalBills(bill.DueOwed, bill.DueOwed)
	s.lookUpCase(view.StartPaying)
	s.until("bills")
	s.intent(view.Intent{Kind: view.PickBill, Arg: "0"})
	s.until("fee")
	s.press(view.Confirm)
	s.until("pay")
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	s.fake.Put(then...)
}

// From the last screen the next owed bill is a touch away, looked up anew and without what was paid.
func TestTheNextBill(t *testing.T) {
	paid, next := owed(theCase, "费用A", theCode+"a", 270000), owed(theCase, "费用B", theCode+"b", 270000)
	paid.State = bill.DuePaid
	s := newStage(t)
	s.paysOne(paid, next)
	if d := s.screen.(view.Done); d.Next != "费用B　¥2,700.00" {
		t.Fatalf("the last screen offers %q", d.Next)
	}
	first := s.visit
	s.press(view.NextBill)
	s.until("fee")
	if got := s.visit.choice.due.Bill; got != next.Bill || s.visit == first || s.visit.id == first.id {
		t.Errorf("the next bill is %s", got)
	}
	if s.visit.printing.facts.order != "" || s.visit.paying.order.Order != "" {
		t.Errorf("of what was paid there stays %+v, %+v", s.visit.printing, s.visit.paying)
	}
}

// Where the next bill was paid meanwhile, or the court is silent, it is not opened.
func TestTheNextBillIsLookedUpAnew(t *testing.T) {
	a, b := owed(theCase, "费用A", theCode+"a", 270000), owed(theCase, "费用B", theCode+"b", 270000)
	a.State, b.State = bill.DuePaid, bill.DuePaidThere
	s := newStage(t)
	s.paysOne(a, b)
	s.press(view.NextBill)
	s.until("notice-nothing-owed")
	s = newStage(t)
	b.State = bill.DueOwed
	s.paysOne(a, b)
	s.fake.Refuse(countertest.Find, &counter.Refusal{Code: counter.CourtSilent})
	s.press(view.NextBill)
	s.until("notice-court-silent")
}

// The series goes on only after a payment whose receipt has come to its end, and only to bills of the same case.
func TestTheSeriesStops(t *testing.T) {
	s := newStage(t)
	s.paysOne()
	s.visit.printing.busy = true
	if got := s.nextOwed(); got != "" {
		t.Errorf("while a receipt is printed the next bill is %q", got)
	}
	s.press(view.NextBill, view.NextCase)
	if s.screen.Name() != "done" {
		t.Errorf("while a receipt is printed a touch leads to %s", s.screen.Name())
	}
	s.visit.printing.busy, s.visit.printing.facts.returned = false, true
	if got := s.nextOwed(); got != "" {
		t.Errorf("after a return the next bill is %q", got)
	}
	s.home()
	s.fake.Put(dues()...)
	s.toPay()
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	if d := s.screen.(view.Done); d.Next != "" {
		t.Errorf("after the only bill of its case there is %q", d.Next)
	}
}

// The next case begins with the court and the kind that were typed, and no number.
func TestTheNextCase(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying)
	s.intent(view.Intent{Kind: view.PickType, Arg: "执"})
	s.press(view.Back)
	s.paysOne()
	s.press(view.LargeText, view.NextCase)
	c, ok := s.screen.(view.Case)
	if !ok || c.Entry.Serial != "" || c.Entry.Court != "京0101" || !s.frame.Large {
		t.Errorf("the next case begins with %+v", s.screen)
	}
	if len(s.visit.choice.dues) != 0 || s.frame.Purse != "" {
		t.Errorf("of the last case there stays %+v", s.visit.choice)
	}
}
