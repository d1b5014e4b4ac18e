package reconcile_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/reconcile"
)

// many is a ledger of many payments of one day, each made when it is asked for: what is measured is the comparison and
// not the store.
type many struct {
	payment.Ledger
	n int
}

func numberOf(i int) string { return fmt.Sprintf("CK%030d", i) }

func (m many) Identity() payment.Identity { return payment.Identity{Instance: "4f1c"} }

func (m many) Find(_ context.Context, f payment.Filter) (payment.Page, error) {
	from, _ := strconv.Atoi(f.Before)
	var p payment.Page
	for i := from; i < min(from+f.N, m.n); i++ {
		p.Orders = append(p.Orders, payment.Order{No: numberOf(i), Merchant: merchant, State: payment.Paid,
			PaidAmount: 270000, TransactionID: fmt.Sprintf("4200%024d", i), PaidAt: paidAt})
	}
	if from+f.N < m.n {
		p.Next = strconv.Itoa(from + f.N)
	}
	return p, nil
}

func (m many) RefundPage(context.Context, string, int) ([]payment.Refund, error) { return nil, nil }

// A bill of a million rows against a million orders: 10 s and 150 MB at most. The bill lies in a file, as it does in
// the program; the memory is the heap's highest, looked at beside.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	f, err := durable.Unnamed()
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprint(w, "\uFEFF", head, "\r\n")
	at := paidAt.Format(time.DateTime)
	for i := range n {
		fmt.Fprintf(w, "`%s,`%s,`%s,`0,`,`4200%024d,`%s,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`NATIVE,`SUCCESS,`OTHERS,`CNY,"+
			"`2700.00,`0.00,`0,`0,`0.00,`0.00,`,`,`案件受理费,`03/4f1c,`0.00000,`0.00%%,`2700.00,`0.00,`\r\n", at,
			merchant.AppID, merchant.MchID, i, numberOf(i))
	}
	fmt.Fprintf(w, "%s\r\n`%d,`%d.00,`0.00,`0.00,`0.00000,`%d.00,`0.00\r\n", foot, n, n*2700, n*2700)
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var high uint64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			high = max(high, m.Sys-m.HeapReleased)
			select {
			case <-tick.C:
			case <-stop:
				most <- high
				return
			}
		}
	}()
	side := reconcile.Side{Ledger: many{n: n}, Merchant: merchant,
		Device: func(_ context.Context, d string) (bool, error) { return d == "03", nil }}
	for b.Loop() {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		r, err := reconcile.Day(b.Context(), side, day, f)
		if err != nil || !r.Clean() || r.Ours.Rows != n || !strings.HasPrefix(r.String(), "1000000 rows") {
			b.Fatal(r, err)
		}
	}
	close(stop)
	b.ReportMetric(float64(<-most)/(1<<20), "MB")
}
