package figures_test

import (
	"context"
	"log/slog"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/figures"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var none = context.Background()

// counter counts at a machine whose clock is the bubble's.
func counter(l payment.Ledger, closed *bool) *figures.Counter {
	return &figures.Counter{Ledger: l, Device: "03", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Closed: func(context.Context) bool { return *closed }}
}

// pay has the n-th bill opened now, and paid after a while by WeChat's clock, which is heard of a while later.
func pay(t *testing.T, l payment.Ledger, n int, device string, paying, knowing time.Duration) {
	t.Helper()
	r := ledgertest.Request(n)
	r.Device = device
	o := ledgertest.New(t, l, r, time.Now())
	ledgertest.Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Code("weixin://x") })
	time.Sleep(paying)
	at := time.Now()
	time.Sleep(knowing)
	_, err := l.Update(none, o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID,
			State: payment.TradeSuccess, Attach: o.Attach, Amount: o.Amount, Currency: "CNY", TransactionID: "4200" +
				o.No,
			PaidAt: at}, others, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiguresOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 8, 30, 0, 0, payment.China)))
		l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
		pay(t, l, 0, "03", time.Second, time.Second) // before anybody counted
		closed := false
		ctx, stop := context.WithCancel(none)
		done := make(chan struct{})
		go func() { counter(l, &closed).Run(ctx); close(done) }()
		time.Sleep(20 * time.Second) // what is paid in the first minute counts too
		pay(t, l, 1, "03", 30*time.Second, 2*time.Second)
		pay(t, l, 2, "03", 10*time.Second, 20*time.Second)
		pay(t, l, 3, "04", 60*time.Second, time.Second)
		pay(t, l, 4, "03", 4*time.Minute, 3*time.Hour) // nobody knew for hours
		closed = true
		time.Sleep(10*time.Minute + 30*time.Second)
		before := time.Now()
		stop()
		<-done
		if took := time.Since(before); took != 0 {
			t.Errorf("the end took %s", took)
		}
		got, days, err := figures.Of(none, l, "2026-11", "03")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{figures.Opened: 3, figures.Paid: 3, figures.Paying: 280_000, figures.Known: 2,
			figures.Knowing: 22_000, figures.KnownIn5: 1, figures.Unknown: 1}
		up, shut := got[figures.Up], got[figures.Closed]
		delete(got, figures.Up)
		delete(got, figures.Closed)
		if !maps.Equal(got, want) || days != 1 {
			t.Errorf("got %v on %d days, want %v", got, days, want)
		}
		// 20 seconds, four payments, ten and a half minutes
		ran := 20*time.Second + 32*time.Second + 30*time.Second + 61*time.Second + 3*time.Hour + 4*time.Minute +
			10*time.Minute + 30*time.Second
		if up != ran.Milliseconds() || shut < 10*60_000 || shut > 12*60_000 {
			t.Errorf("it ran %d ms, %d closed, want %d", up, shut, ran.Milliseconds())
		}
		if all, _, err := figures.Of(none, l, "2026-11", ""); err != nil || all[figures.Paid] != 4 {
			t.Errorf("all devices: %v, %v", all, err)
		}
		if old, days, err := figures.Of(none, l, "2026-10", ""); err != nil || days != 0 || len(old) != 0 {
			t.Errorf("the month before: %v, %v", old, err)
		}
	})
}

// What a round has not come to the end of is counted once, and so is what a new process finds.
func TestFiguresCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 23, 59, 0, 0, payment.China)))
		l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
		closed := false
		if err := counter(l, &closed).Count(none, 0); err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			pay(t, l, n, []string{"03", "04"}[n%2], time.Second, time.Second)
			l.Unsure(n%2 == 0)
			_ = counter(l, &closed).Count(none, time.Second)
			if err := counter(l, &closed).Count(none, time.Second); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) // over midnight
		}
		got, _, err := figures.Of(none, l, "2026-11", "")
		if err != nil || got[figures.Paid] != 5 || got[figures.Opened] != 5 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
