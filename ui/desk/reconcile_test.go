package desk_test

import (
	"encoding/json"
	"fmt"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/reconcile"
)

// billed is the morning after the invented day: the bills of the month were read, and yesterday's differs in three
// things.
func billed(c *browser) {
	c.Helper()
	time.Sleep(time.Until(time.Date(2026, 11, 24, 10, 20, 0, 0, payment.China)))
	m := gatewaytest.Merchant
	read := time.Date(2026, 11, 24, 10, 5, 31, 0, payment.China).UTC()
	differ := func(day string, d payment.Difference) {
		d.MchID, d.Day, d.Found = m.MchID, day, read
		_, err := c.Ledger.Differences().Update(c.Context(), d.Key(), func(payment.Difference, payment.Staff) (
			payment.Difference, payment.Entry, error) {
			return d, payment.Entry{}, nil
		})
		if err != nil {
			c.Fatal(err)
		}
	}
	keep := func(s payment.Statement, sums reconcile.Sums) {
		s.MchID, s.Asked, s.Read = m.MchID, read, read
		if s.State == payment.StatementRead {
			text, err := json.Marshal(sums)
			if err != nil {
				c.Fatal(err)
			}
			s.Sums, s.Hash, s.Funds = text, fmt.Sprintf("%040x", 7), fmt.Sprintf("%040x", 8)
		}
		if _, err := c.Ledger.Statements().Update(c.Context(), s.Key(), func(payment.Statement, payment.Staff) (
			payment.Statement, payment.Entry, error) {
			return s, payment.Entry{}, nil
		}); err != nil {
			c.Fatal(err)
		}
	}
	for day := 2; day < 23; day++ {
		s := payment.Statement{Day: fmt.Sprintf("2026-11-%02d", day), State: payment.StatementRead}
		n := 90 + day*7%30
		sum := payment.Fen(n * 81200)
		sums := reconcile.Sums{Bill: reconcile.Sum{Rows: n, Total: sum, Settled: sum},
			Ledger: reconcile.Share{Rows: n, Total: sum}, Ours: reconcile.Share{Rows: n, Total: sum},
			Told: &reconcile.Share{Rows: n, Total: sum}, Funds: &reconcile.Funds{Rows: n, In: sum}}
		switch day {
		case 8, 15, 22:
			s.State = payment.StatementEmpty
		case 21:
			s.State, s.Why = payment.StatementRefused, "hash"
		case 4, 11:
			differ(s.Day, payment.Difference{Kind: reconcile.AmountDiffers, Order: "N" + s.Day, Ours: sum,
				Theirs: sum, How: payment.HowNoted, Note: "银行立减", Resolved: payment.Decision{At: read,
					By: payment.By{Person: "0305"}}})
		}
		keep(s, sums)
	}
	short := orderOf(c, "330918")
	differ("2026-11-23", payment.Difference{Kind: reconcile.RefundNotWithUs, Order: orderOf(c, "567890").No,
		TransactionID: orderOf(c, "567890").TransactionID, RefundNo: "50300026112026112300008814", Theirs: 2500,
		Line: 129, Next: reconcile.SayReturn, Taken: payment.Decision{At: time.Now().UTC().Add(-5 * time.Minute),
			By: payment.By{Person: "0305"}}})
	differ("2026-11-23", payment.Difference{Kind: reconcile.NotAtWeChat, Order: short.No, Ours: short.PaidAmount,
		TransactionID: short.TransactionID, Device: short.Device, Next: reconcile.AskWeChat})
	differ("2026-11-23", payment.Difference{Kind: reconcile.NotWithUs, Order: "K7M2PXQ3VB4RT5NWJ6YHC2DLQ4RD7TNE",
		TransactionID: "4200002611202611231234904417", Device: "01", Theirs: 5000, Line: 14, Next: reconcile.AskAdopt})
	total := 9648200 + 633000 + 5000 - short.PaidAmount
	sums := reconcile.Sums{
		Bill: reconcile.Sum{Rows: 129, Backs: 2, Total: total, Settled: total, Refunded: 117500, Fee: 20048000,
			FeeBack: 235000},
		Ledger: reconcile.Share{Rows: 118, Total: 9648200}, Told: &reconcile.Share{Rows: 116, Total: 9528200},
		Untold: map[reconcile.CourtWord]reconcile.Share{reconcile.CourtRefuses: {Rows: 1, Total: 5000},
			reconcile.CourtNever: {Rows: 1, Total: 115000}},
		Ours: reconcile.Share{Rows: 118, Total: total - 633000, Backs: 2, Refunded: 117500},
		Apps: map[string]reconcile.Share{"wx-of-the-mobile-court": {Rows: 9, Total: 633000}},
	}
	moved := total - 117500 - 20048
	sums.Funds = &reconcile.Funds{Rows: 258, In: moved, Out: moved, Withdrawn: moved}
	keep(payment.Statement{Day: "2026-11-23", State: payment.StatementRead, Found: 3}, sums)
}
