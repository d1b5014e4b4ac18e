package payment

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, China)

func person(n int) By { return By{Device: "window", Person: strconv.Itoa(1000 + n)} }

// back is a payment of 100 yuan that may be given back.
func back() Refunded {
	return Refunded{Order: Order{
		No: "A", State: Paid, Amount: 100_00, PaidAmount: 100_00, PaidAt: noon.Add(-time.Hour), TransactionID: "42",
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"}, OwedBack: []string{"returned"},
	}}
}

// take stores a change as a ledger does; one that is refused changes nothing.
func (of *Refunded) take(c RefundChange, err error) error {
	if err != nil {
		return err
	}
	i := slices.IndexFunc(of.Refunds, func(r Refund) bool { return r.No == c.Refund.No })
	if i < 0 {
		i, of.Refunds = len(of.Refunds), append(of.Refunds, Refund{})
	}
	e := RefundEdge{of.Refunds[i].State, c.Event, c.Refund.State}
	if c.Event == "" && e.From != e.To || c.Event != "" && !AllowedRefund(e) {
		return errors.New("an edge that is not in the graph: " + string(e.From) + " " + string(e.Event))
	}
	of.Refunds[i] = c.Refund
	if c.Order.Order.No != "" {
		of.Order = c.Order.Order
	}
	return nil
}

func (of *Refunded) ask(sum Fen, by int) error {
	c, err := of.Ask(RefundAsk{Sum: sum, Reason: "paid twice", By: person(by)}, noon)
	return of.take(c, err)
}

func said(r Refund, s RefundStatus) ReportedRefund {
	return ReportedRefund{No: r.No, Order: r.Order, ID: "50", Status: s, Sum: r.Sum, ArrivedAt: noon}
}

func TestWhatARefundIsRefusedFor(t *testing.T) {
	for name, test := range map[string]struct {
		change func(of *Refunded)
		sum    Fen
		by     By
		want   error
	}{
		"nobody asks":   {nil, 1, By{Device: "window"}, ErrNoPerson},
		"nothing":       {nil, 0, person(1), ErrRefundSum},
		"less":          {nil, -1, person(1), ErrRefundSum},
		"more":          {nil, 100_01, person(1), ErrRefundSum},
		"open":          {func(of *Refunded) { of.Order.State = Waiting }, 1, person(1), ErrConflict},
		"another's":     {func(of *Refunded) { of.Order.State = Foreign }, 1, person(1), ErrConflict},
		"another money": {func(of *Refunded) { of.Order.PaidAmount = 0 }, 1, person(1), ErrConflict},
		"unknown outside": {
			func(of *Refunded) { of.Order.Returned.State = SomeReturned }, 1, person(1), ErrRefundUnknown,
		},
		"known outside": {func(of *Refunded) {
			of.Order.Returned = Returned{State: PartReturned, Sum: 40_00}
		}, 60_01, person(1), ErrRefundSum},
		"known outside, the rest": {func(of *Refunded) {
			of.Order.Returned = Returned{State: PartReturned, Sum: 40_00}
		}, 60_00, person(1), nil},
		"a year": {func(of *Refunded) { of.Order.PaidAt = noon.Add(-RefundWithin) }, 1, person(1), nil},
		"more days": {
			func(of *Refunded) { of.Order.PaidAt = noon.Add(-RefundWithin - 1) }, 1, person(1), ErrRefundLate,
		},
		"50 parts": {func(of *Refunded) {
			of.Refunds = slices.Repeat([]Refund{{State: RefundClosed, SentAt: noon.Add(-time.Hour)}}, RefundParts)
		}, 1, person(1), ErrRefundParts},
		"disputed": {func(of *Refunded) { of.Order.State = Disputed }, 100_00, person(1), nil},
		"all":      {nil, 100_00, person(1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			of := back()
			if test.change != nil {
				test.change(&of)
			}
			if _, err := of.Ask(RefundAsk{Sum: test.sum, By: test.by}, noon); !errors.Is(err, test.want) {
				t.Errorf("asked for %s: %v, want %v", test.sum, err, test.want)
			}
		})
	}
}

func TestTwoPersonsDecide(t *testing.T) {
	of := back()
	if err := of.ask(100_00, 1); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[By]error{person(1): ErrSamePerson, {Device: "console"}: ErrNoPerson,
		{Device: "another window", Person: "1001"}: ErrSamePerson, person(2): nil} {
		if _, err := of.Approve(of.Refunds[0], by, noon); !errors.Is(err, want) {
			t.Errorf("approved by %v: %v, want %v", by, err, want)
		}
		if _, err := of.Refuse(of.Refunds[0], "no", by, noon); !errors.Is(err, want) {
			t.Errorf("refused by %v: %v, want %v", by, err, want)
		}
	}
	c, err := of.Withdraw(of.Refunds[0], "a mistake", person(1), noon)
	if err := of.take(c, err); err != nil {
		t.Errorf("withdrawn by who asked: %v", err)
	}
	if _, err := of.Approve(of.Refunds[0], person(2), noon); !errors.Is(err, ErrConflict) {
		t.Errorf("approved what was withdrawn: %v", err)
	}
	if err := of.ask(100_00, 1); err != nil || of.Refunds[0].No == of.Refunds[1].No {
		t.Errorf("asked again after it was withdrawn: %v, %v", err, of.Refunds)
	}
}

// sent is a refund that has left.
func sent(t *testing.T, of *Refunded, sum Fen, at time.Time) Refund {
	t.Helper()
	if err := of.ask(sum, 1); err != nil {
		t.Fatal(err)
	}
	c, err := of.Approve(of.Refunds[len(of.Refunds)-1], person(2), at)
	if err = of.take(c, err); err == nil {
		c, err = of.Send(of.Refunds[len(of.Refunds)-1], []byte("{}"), at)
		err = of.take(c, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return of.Refunds[len(of.Refunds)-1]
}

func TestWhatIsSentStaysSent(t *testing.T) {
	of := back()
	r := sent(t, &of, 30_00, noon)
	if _, err := of.Withdraw(r, "too late", person(1), noon); !errors.Is(err, ErrConflict) {
		t.Errorf("withdrawn: %v", err)
	}
	for _, trouble := range []string{"NOT_ENOUGH", "RESOURCE_NOT_EXISTS", "FREQUENCY_LIMITED", "no answer"} {
		if err := of.take(r.Tried(true, trouble, noon), nil); err != nil || of.Refunds[0].State != RefundSent ||
			of.Refunds[0].Trouble != trouble {
			t.Errorf("after %s: %+v, %v", trouble, of.Refunds[0], err)
		}
	}
	if of.left() != 70_00 {
		t.Errorf("%s left", of.left())
	}
	for _, wrong := range []ReportedRefund{{}, {No: r.No, Order: "B", Sum: 1, Status: StatusSuccess},
		{No: "B", Order: r.Order, Sum: 1, Status: StatusSuccess}, {No: r.No, Order: r.Order, Status: StatusSuccess}} {
		if _, err := of.Apply(r, wrong, noon); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%+v is an answer: %v", wrong, err)
		}
	}
	if c := of.Order.refunded(noon); c.Order.Returned.Some() {
		t.Errorf("REFUND of our own says %+v", c.Order.Returned)
	}
}

func TestNextRefundWaitsAMinute(t *testing.T) {
	of := back()
	sent(t, &of, 30_00, noon)
	if err := of.ask(10_00, 1); err != nil {
		t.Fatal(err)
	}
	c, err := of.Approve(of.Refunds[1], person(2), noon)
	if err := of.take(c, err); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Duration]error{59 * time.Second: ErrRefundSoon, time.Minute: nil} {
		if _, err := of.Send(of.Refunds[1], nil, noon.Add(at)); !errors.Is(err, want) {
			t.Errorf("sent after %v: %v, want %v", at, err, want)
		}
	}
}

func TestWhatArrivesIsReturned(t *testing.T) {
	for name, test := range map[string]struct {
		sums []Fen
		want Returned
	}{
		"a part": {[]Fen{30_00}, Returned{State: PartReturned, Sum: 30_00}},
		"parts":  {[]Fen{30_00, 69_99}, Returned{State: PartReturned, Sum: 99_99}},
		"all":    {[]Fen{30_00, 70_00}, Returned{State: AllReturned, Sum: 100_00}},
	} {
		t.Run(name, func(t *testing.T) {
			of := back()
			var last RefundChange
			for i, sum := range test.sums {
				r := sent(t, &of, sum, noon.Add(time.Duration(i)*time.Hour))
				c, err := of.Apply(r, said(r, StatusProcessing), noon)
				if err := of.take(c, err); err != nil || of.Order.Returned.Sum == test.want.Sum {
					t.Fatalf("accepted is not arrived: %+v, %v", of.Order.Returned, err)
				}
				last, err = of.Apply(of.Refunds[i], said(r, StatusSuccess), noon)
				if err := of.take(last, err); err != nil {
					t.Fatal(err)
				}
			}
			got := of.Order.Returned
			if got.State != test.want.State || got.Sum != test.want.Sum || got.By != (By{}) {
				t.Errorf("returned %+v, want %+v", got, test.want)
			}
			if len(last.Order.Owed) != 1 || last.Order.Owed[0].Kind != "returned" {
				t.Errorf("owed %+v, want that the court is told", last.Order.Owed)
			}
			waits := func(t Turn) bool { return t.Kind == "report" && t.To == Held }
			held := slices.ContainsFunc(last.Order.Turns, waits)
			if held != of.Order.Returned.All() {
				t.Errorf("report held: %t", held)
			}
			if of.Order.Blocks() == of.Order.Returned.All() {
				t.Errorf("blocks its bill: %t", of.Order.Blocks())
			}
		})
	}
}

func TestAClosedRefundCountsNoMore(t *testing.T) {
	of := back()
	r := sent(t, &of, 100_00, noon)
	c, err := of.Apply(r, said(r, StatusAbnormal), noon)
	if err := of.take(c, err); err != nil || of.left() != 0 || len(c.Order.Owed) != 1 {
		t.Fatalf("abnormal: %+v, %v", c, err)
	}
	c, err = of.Apply(of.Refunds[0], said(r, StatusClosed), noon)
	if err := of.take(c, err); err != nil || of.left() != 100_00 || of.Order.Refunding.Sent != 0 {
		t.Fatalf("closed: %+v, %v", of, err)
	}
	if r := sent(t, &of, 100_00, noon.Add(time.Hour)); r.No == of.Refunds[0].No {
		t.Error("a burnt number is used again")
	}
}

// A ledger that has lost a refund asks by the same number, and takes over what WeChat has done.
func TestALostRefundIsFoundAgain(t *testing.T) {
	of := back()
	r := sent(t, &of, 100_00, noon)
	before := said(r, StatusSuccess)
	before.Sum = 40_00
	c, err := of.Apply(r, before, noon)
	if err := of.take(c, err); err != nil {
		t.Fatal(err)
	}
	if of.Order.Returned.Sum != 40_00 || of.left() != 60_00 || of.Order.Refunding.Sent != 40_00 ||
		len(c.Order.Owed) != 2 || c.Order.Owed[0].Kind != AttentionAbnormal {
		t.Errorf("taken over: %+v, %s left, owed %+v", of.Order.Returned, of.left(), c.Order.Owed)
	}
}

// Whatever is asked, decided, sent and answered: no more is given back than was paid, an answer applied twice changes
// nothing, and what was sent is moved by WeChat alone.
func TestRefundsNeverExceedThePayment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of, now := back(), noon
		given := map[string]Fen{} // what WeChat has carried out
		n := rapid.IntRange(1, 40).Draw(t, "n")
		for range n {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			by := person(rapid.IntRange(1, 3).Draw(t, "by"))
			if len(of.Refunds) == 0 || rapid.IntRange(0, 4).Draw(t, "new") == 0 {
				sum := Fen(rapid.IntRange(-1, 110_00).Draw(t, "sum"))
				c, err := of.Ask(RefundAsk{Sum: sum, By: by}, now)
				_ = of.take(c, err)
				continue
			}
			i := rapid.IntRange(0, len(of.Refunds)-1).Draw(t, "i")
			r := of.Refunds[i]
			var c RefundChange
			var err error
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0:
				c, err = of.Approve(r, by, now)
			case 1:
				c, err = of.Refuse(r, "", by, now)
			case 2:
				c, err = of.Withdraw(r, "", by, now)
			case 3:
				c, err = of.Send(r, []byte("{}"), now)
			default:
				if r.SentAt.IsZero() || r.Final() {
					continue // WeChat knows it not, or has said all
				}
				status := rapid.SampledFrom([]RefundStatus{StatusProcessing, StatusSuccess, StatusAbnormal,
					StatusClosed}).Draw(t, "status")
				c, err = of.Apply(r, said(r, status), now)
				if status == StatusSuccess {
					given[r.No] = r.Sum
				}
			}
			if e := of.take(c, err); e != nil && err == nil {
				t.Fatal(e)
			}
			if err == nil && c.Event == ApprovesRefund && r.Asked.By.Person == by.Person {
				t.Fatal("one person asked and approved")
			}
			again, err2 := of.Apply(of.Refunds[i], said(of.Refunds[i], StatusSuccess), now)
			if of.Refunds[i].State == RefundDone && (err2 != nil || again.Event != "" || len(again.Order.Owed) > 0) {
				t.Fatalf("applied twice: %+v, %v", again, err2)
			}
		}
		var sum, done, gone Fen
		for _, r := range of.Refunds {
			if r.Counts() {
				sum += r.Sum
			}
			if r.Left() {
				gone += r.Sum
			}
			done += given[r.No]
		}
		if sum > of.Order.PaidAmount || done != of.Order.Returned.Sum || done != of.Order.Refunding.Done ||
			gone != of.Order.Refunding.Sent {
			t.Fatalf("paid %s, refunds %s, gone %s, done %s: %+v", of.Order.PaidAmount, sum, gone, done, of.Order)
		}
	})
}

// What came back outside of the program after a refund was asked for leaves less than it asks for: nobody approves it,
// and one that was approved before is not sent.
func TestARefundOfMoreThanIsLeftGoesNoFurther(t *testing.T) {
	of := back()
	if err := errors.Join(of.ask(60_00, 1), of.ask(40_00, 1)); err != nil {
		t.Fatal(err)
	}
	c, err := of.Approve(of.Refunds[0], person(2), noon)
	if err := of.take(c, err); err != nil {
		t.Fatal(err)
	}
	of.Order.Returned = Returned{State: PartReturned, Sum: 1}
	if _, err := of.Approve(of.Refunds[1], person(2), noon); !errors.Is(err, ErrRefundSum) {
		t.Errorf("approved: %v", err)
	}
	if _, err := of.Send(of.Refunds[0], []byte("{}"), noon); !errors.Is(err, ErrRefundSum) {
		t.Errorf("sent: %v", err)
	}
	c, err = of.Withdraw(of.Refunds[1], "too much", person(1), noon)
	if err := of.take(c, err); err != nil {
		t.Fatal(err)
	}
	if _, err := of.Send(of.Refunds[0], []byte("{}"), noon); err != nil {
		t.Errorf("not sent when there is enough again: %v", err)
	}
}
