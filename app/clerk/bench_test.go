package clerk_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// many is how many orders the benchmarks' ledger has: enough for every index, few enough to be made one by one. What a
// search among a million costs the ledger, BenchmarkLookUpAmongMillion of payment/bolt measures.
const many = 1000

// busy returns a desk over a real file with many paid orders, and one of them.
func busy(b *testing.B) (*clerk.Desk, payment.Order) {
	b.Helper()
	l, err := bolt.Open(filepath.Join(b.TempDir(), "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	log := slog.New(slog.DiscardHandler)
	c := counter.New(counter.Options{
		Ledger: l, House: counter.House{Court: "京0101", Kiosk: "03"}, Log: log,
		Ring: func() (receipt.Ring, error) { return nil, nil },
	})
	var last payment.Order
	for i := range many {
		at := time.Now().Truncate(time.Microsecond)
		o := ledgertest.New(b, l, ledgertest.Request(i), at)
		said := payment.Reported{
			No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeSuccess, Attach: o.Attach,
			Amount: o.Amount, Currency: "CNY", TransactionID: fmt.Sprintf("4200002611%018d", i*7919), PaidAt: at,
		}
		last, err = l.Update(b.Context(), o.No, func(o payment.Order, all []payment.Order) (payment.Change, error) {
			return o.Apply(said, all, at)
		})
		if err == nil && i%20 != 0 { // most visitors take their receipt
			err = payment.Strike(b.Context(), l, o.No, "receipt", "printed", payment.By{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	cashier := payment.NewCashier(payment.Desk{
		Ledger: l, Gateway: &gatewaytest.Gate{Office: gatewaytest.New()}, Log: log, Kiosk: "03",
		PayWithin: 5 * time.Minute,
	})
	return clerk.New(clerk.Options{Ledger: l, Counter: c, Cashier: cashier, Device: "03", Log: log}), last
}

// Whatever is typed is found within 50 ms, the page of an order read within 100 ms.
func BenchmarkWindow(b *testing.B) {
	d, o := busy(b)
	who := clerk.Console("03", clerk.Process)
	ctx := context.Background()
	for name, text := range map[string]string{
		"tail": o.TransactionID[len(o.TransactionID)-6:], "amount": fmt.Sprint(int64(o.Amount) / 100), "order": o.No,
		"case's serial": "12345", "day": time.Now().In(payment.China).Format("01-02"), "nothing": "",
	} {
		b.Run("find by "+name, func(b *testing.B) {
			within(b, 50*time.Millisecond, func() error {
				_, err := d.Find(ctx, who, text, "")
				return err
			})
		})
	}
	b.Run("open", func(b *testing.B) {
		within(b, 100*time.Millisecond, func() error {
			_, err := d.Open(ctx, who, o.No)
			return err
		})
	})
	b.Run("work", func(b *testing.B) {
		within(b, 100*time.Millisecond, func() error {
			_, err := d.Work(ctx, who)
			return err
		})
	})
}

// within reports the median and the 99th percentile; the median must keep a promise.
func within(b *testing.B, most time.Duration, do func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	if p50 := took[len(took)/2]; p50 > most {
		b.Errorf("it takes %v, not %v", p50, most)
	}
}
