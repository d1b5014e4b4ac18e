package lobby

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// A gate stands before counter and printer; while it is shut they answer nothing. What they are asked passes on then.
type gate struct {
	Counter
	receipt.Printer

	mu   sync.Mutex
	shut chan struct{} // closed once it is opened again; nil while it is open
}

func (g *gate) wait() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// halt shuts the gate until the returned function is called, or the test ends.
func (s *stage) halt() (release func()) {
	shut := make(chan struct{})
	s.gate.mu.Lock()
	s.gate.shut = shut
	s.gate.mu.Unlock()
	release = sync.OnceFunc(func() {
		s.gate.mu.Lock()
		s.gate.shut = nil
		s.gate.mu.Unlock()
		close(shut)
	})
	s.t.Cleanup(release)
	return release
}

func (g *gate) Find(ctx context.Context, q bill.Query) ([]counter.Due, error) {
	g.wait()
	return g.Counter.Find(ctx, q)
}

func (g *gate) Pay(ctx context.Context, a counter.Ask) (counter.Progress, error) {
	g.wait()
	return g.Counter.Pay(ctx, a)
}

func (g *gate) Follow(ctx context.Context, order, visit string) (<-chan counter.Progress, error) {
	g.wait()
	return g.Counter.Follow(ctx, order, visit)
}

func (g *gate) Wish(ctx context.Context, w counter.Wish) error {
	g.wait()
	return g.Counter.Wish(ctx, w)
}

func (g *gate) Where(ctx context.Context, order, visit string) (counter.Where, error) {
	g.wait()
	return g.Counter.Where(ctx, order, visit)
}

func (g *gate) Present(ctx context.Context, p counter.Presented) (counter.Where, error) {
	g.wait()
	return g.Counter.Present(ctx, p)
}

func (g *gate) Prove(ctx context.Context, p counter.Proof) (counter.Tried, error) {
	g.wait()
	return g.Counter.Prove(ctx, p)
}

func (g *gate) Receipt(ctx context.Context, p counter.Print) (counter.Handed, error) {
	g.wait()
	return g.Counter.Receipt(ctx, p)
}

func (g *gate) Verification(ctx context.Context, order string) (receipt.Verification, error) {
	g.wait()
	return g.Counter.Verification(ctx, order)
}

func (g *gate) Estimate(ctx context.Context, e receipt.Estimate) (receipt.Estimate, error) {
	g.wait()
	return g.Counter.Estimate(ctx, e)
}

func (g *gate) Referral(ctx context.Context, r receipt.Referral) (receipt.Referral, error) {
	g.wait()
	return g.Counter.Referral(ctx, r)
}

func (g *gate) RefundRequest(ctx context.Context, p counter.Print) (receipt.RefundRequest, error) {
	g.wait()
	return g.Counter.RefundRequest(ctx, p)
}

func (g *gate) Ready(ctx context.Context) error {
	g.wait()
	return g.Printer.Ready(ctx)
}

// Each touch shows something at once, whatever the counter or the printer does: a call on Fyne's thread would hang
// this test.
func TestNothingWaitsOnTheScreen(t *testing.T) {
	tests := map[string]struct {
		to    func(s *stage) // where the counter falls silent
		touch func(s *stage)
		shows string
	}{
		"look up": {func(s *stage) { s.press(view.StartPaying); s.digits("12345") },
			func(s *stage) { s.press(view.Confirm) }, "working"},
		"open a bill": {func(s *stage) { s.scans("2026京0101执4410"); s.until("bills") }, pickFirst, "fee"},
		"confirm":     {func(s *stage) { s.toFee("12345") }, func(s *stage) { s.press(view.Confirm) }, "working"},
		"leave": {func(s *stage) { s.toFee("12345") }, func(s *stage) {
			s.press(view.Confirm)
			s.tick(tick{now: time.Now().Add(noteAfter + time.Second)})
			if !s.screen.(view.Working).Leave {
				s.t.Error("leaving is not offered")
			}
			s.press(view.Leave)
		}, "home"},
		"cancel":   {(*stage).toPay, func(s *stage) { s.press(view.Cancel) }, "working"},
		"demo pay": {(*stage).toPay, func(s *stage) { s.press(view.DemoPay) }, "pay"},
		"slip": {(*stage).toVerify,
			func(s *stage) { s.press(view.PrintSlip, view.PrintSlip, view.KeepWaiting) }, "verify"},
		"walk off": {(*stage).toVerify, func(s *stage) { s.press(view.Leave) }, "home"},
		"prove": {func(s *stage) { s.scans(anOrder) },
			func(s *stage) { s.digits("123456"); s.press(view.Confirm) }, "working"},
		"estimate": {func(s *stage) { s.press(view.Calculate, view.ShowSteps) },
			func(s *stage) { s.press(view.PrintSlip) }, "calc-steps"},
		"referral": {func(s *stage) { s.scans("hello") },
			func(s *stage) { s.press(view.PrintSlip, view.PrintSlip, view.Language) }, "notice-scan"},
		"reprint": {func(s *stage) { s.toPay(); s.press(view.DemoPay); s.until("done"); s.untilPrinted() },
			func(s *stage) { s.press(view.Reprint, view.GoHome) }, "home"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			tt.to(s)
			s.halt()
			tt.touch(s)
			if got := s.screen.Name(); got != tt.shows {
				t.Errorf("the touch shows %s, want %s", got, tt.shows)
			}
		})
	}
}

const anOrder = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

func pickFirst(s *stage) { s.intent(view.Intent{Kind: view.PickBill, Arg: "0"}) }

func (s *stage) toVerify() {
	s.t.Helper()
	s.toPay()
	s.tell(func(p *counter.Progress) { p.State = payment.Closing })
	s.until("verify")
}

// An answer that was lost is asked for again under the same id, so that nothing is opened twice.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.fake.Refuse(countertest.Pay, errors.New("connection reset"))
	s.press(view.Confirm)
	s.until("notice-internal")
	s.fake.Refuse(countertest.Pay, &counter.Refusal{Code: counter.Unreachable})
	s.pay()
	s.until("notice-network")
	s.fake.Refuse(countertest.Pay, nil)
	s.press(view.NewCode)
	s.until("pay")
	asks := s.fake.Asks()
	if len(asks) != 3 || asks[0].ID == "" || asks[0] != asks[1] || asks[1] != asks[2] {
		t.Errorf("asked for %+v", asks)
	}
	if asks[0].Visit != s.visit.id || asks[0].Bill != theCode {
		t.Errorf("asked as %+v in visit %s", asks[0], s.visit.id)
	}
	s.press(view.Cancel)
	s.tell(func(p *counter.Progress) { p.State = payment.Closed })
	s.until("notice-cancelled")
	s.press(view.NewCode)
	s.until("pay")
	if asks := s.fake.Asks(); asks[3].ID == asks[2].ID {
		t.Error("a new code has the id of the old one")
	}
}

// A visitor who walks away before the counter has answered leaves no order behind that somebody could be shown a code
// of.
func TestWhoWalksAwayFromTheRequest(t *testing.T) {
	for _, tt := range []struct {
		state payment.State
		since time.Duration // it was opened
		want  []counter.WishKind
	}{
		{payment.Created, 0, []counter.WishKind{counter.Cancel, counter.Leave}},
		{payment.Waiting, 0, []counter.WishKind{counter.Cancel, counter.Leave}},
		// a code that was shown before may be paid already: its time ends it
		{payment.Waiting, time.Minute, []counter.WishKind{counter.Leave}},
	} {
		s := newStage(t)
		s.fake.Paying(func(a counter.Ask) counter.Progress {
			p := coded(a)
			p.State, p.CreatedAt = tt.state, p.CreatedAt.Add(-tt.since)
			return p
		})
		s.toFee("12345")
		release := s.halt()
		s.press(view.Confirm)
		visit := s.visit.id
		s.press(view.Leave)
		release()
		s.wishes(tt.want...)
		if left := s.fake.Left(); len(left) != 1 || left[0] != visit {
			t.Errorf("%v have left before they knew an order, want %s", left, visit)
		}
		if s.screen.Name() != "home" || s.fake.Wishes()[0].Visit != visit || s.visit.id == visit {
			t.Errorf("the screen is %s, wishes %+v of visit %s", s.screen.Name(), s.fake.Wishes(), visit)
		}
	}
}

// Wishes reach the counter in the order of the touches, however slow it is.
func TestWishesKeepTheirOrder(t *testing.T) {
	s := newStage(t)
	s.fake.Paying(func(a counter.Ask) counter.Progress {
		p := coded(a)
		p.State = payment.Created
		return p
	})
	s.toFee("12345")
	s.press(view.Confirm)
	s.await(func() bool { return s.visit.paying.following() }, func() string { return "not followed" })
	release := s.halt()
	var want []counter.WishKind
	for range 5 {
		s.wish(s.visit, "ORDER", nil, counter.Look, counter.Back)
		want = append(want, counter.Look, counter.Back)
	}
	s.press(view.Leave)
	release()
	s.wishes(append(want, counter.Cancel, counter.Leave)...)
}

// A receipt whose visitor has gone before its first byte is not printed: it would come out for the next one. Once it
// was begun it comes to its end, and the counter is told.
func TestAReceiptWhoseVisitorHasGone(t *testing.T) {
	for _, gone := range []bool{false, true} {
		s := newStage(t)
		s.toPay()
		s.await(func() bool { return s.fake.Asked(countertest.Follow) > 0 }, func() string { return "not followed" })
		release := s.halt()
		s.tell(paidOn)
		s.until("done")
		if gone {
			s.press(view.GoHome)
		}
		release()
		s.await(func() bool { return len(s.fake.Ends()) == 1 }, func() string { return "the counter is not told" })
		e := s.fake.Ends()[0]
		papers := s.printer.printed()
		if e.Failed != gone || e.Begun == gone || e.Was != payment.Owed || (papers == 0) != gone {
			t.Errorf("gone %t: the counter is told %+v, %d papers", gone, e, papers)
		}
	}
}

// Where the counter ceases to tell of an order it is asked again, and the screen says that nothing is known meanwhile.
func TestACounterThatFallsSilent(t *testing.T) {
	s := newStage(t)
	s.fake.Refuse(countertest.Follow, errors.New("connection reset"))
	s.toPay()
	troubled := func() bool { return s.visit.paying.order.Trouble == counter.Unreachable }
	s.await(troubled, func() string { return "no trouble" })
	if off := time.Since(s.visit.paying.now()); off.Abs() > 3*time.Second {
		t.Errorf("the countdown is %v off", off)
	}
	s.visit.paying.order.Since = s.visit.paying.order.Since.Add(-networkGrace - time.Second)
	s.tick(tick{now: time.Now()})
	if p := s.screen.(view.Pay); p.Calm || p.State != s.text("pay.offline") {
		t.Errorf("the screen says %+v", p)
	}
	s.fake.Refuse(countertest.Follow, nil)
	s.tell(paidOn)
	s.until("done")
}

// The clock's second does not wait for the counter's word of the service.
func TestTheClockGoesOnWithoutTheCounter(t *testing.T) {
	s := newStage(t)
	ctx, stop := context.WithCancel(s.ctx)
	s.ctx = ctx
	s.opt.Counter = silentStanding{s.opt.Counter}
	ended := make(chan struct{})
	go func() {
		s.run()
		close(ended)
	}()
	(<-s.jobs)()
	(<-s.jobs)()
	stop()
	<-ended
}

// silentStanding never says how the service stands.
type silentStanding struct{ Counter }

func (silentStanding) Standing(ctx context.Context) counter.Standing {
	<-ctx.Done()
	return counter.Standing{Closed: &counter.Refusal{Code: counter.Internal}}
}
