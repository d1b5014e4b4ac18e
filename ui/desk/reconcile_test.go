package desk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/reconcile"
	"courtkiosk/ui/desk/desktest"
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

// The sheet of a day is a PDF with its sums and differences, for who sees bills.
func TestDaySheet(t *testing.T) {
	inDay(t, func(c *browser) {
		billed(c)
		for _, who := range []string{clerktest.Finance, clerktest.Lead, clerktest.Auditor} {
			c.as(who)
			for _, day := range []string{"2026-11-23", "2026-11-21", "2026-11-24", "2026-11-08"} {
				r := ask(c, http.MethodGet, "/reconcile/"+day+"/file", nil)
				if file := text(c, r); r.StatusCode != http.StatusOK || !strings.HasPrefix(file, "%PDF-") {
					t.Errorf("%s of %s: %d", day, who, r.StatusCode)
				} else if *pictures != "" {
					name := filepath.Join(*pictures, "sheet-"+day+".pdf")
					if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		c.as(clerktest.Clerk)
		if r := ask(c, http.MethodGet, "/reconcile/2026-11-23/file", nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("a clerk is answered %d", r.StatusCode)
		}
	})
}

// A day with its differences by keyboard alone: to another day and back, to a difference by Tab, take it, the next step
// by its digit, and the page that ends it.
func TestReconcileByKeyboard(t *testing.T) {
	c := desktest.Open(t, false)
	day := time.Now().In(payment.China).AddDate(0, 0, -1)
	for i, k := range []payment.DifferenceKind{reconcile.RefundNotWithUs, reconcile.NotWithUs} {
		d := payment.Difference{MchID: gatewaytest.Merchant.MchID, Day: day.Format(time.DateOnly), Kind: k,
			Order: fmt.Sprintf("ORDER%027d", i), Theirs: 5000, Next: reconcile.AskAdopt, Found: time.Now().UTC()}
		if k == reconcile.RefundNotWithUs {
			d.RefundNo, d.Next = "BYHAND88140001", reconcile.SayReturn
		}
		_, err := c.Ledger.Differences().Update(t.Context(), d.Key(), func(payment.Difference, payment.Staff) (
			payment.Difference, payment.Entry, error) {
			return d, payment.Entry{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := chromium(t, c, clerktest.Finance)
	s.open("/work")
	s.press("5", chromedp.ModifierAlt)
	s.sees("差异 2 项，未了结 2 项", "台账没有的退款", "长款")
	said := func(by int) string { return day.AddDate(0, 0, by).Format("1月2日") + "　各方合计" }
	for _, step := range []struct {
		key string
		by  int
	}{{kb.ArrowLeft, -1}, {kb.ArrowUp, -8}, {kb.ArrowDown, -1}, {kb.ArrowRight, 0}} {
		s.press(step.key)
		s.sees(said(step.by))
	}
	chosen := func(want string) {
		t.Helper()
		if got := s.is(`document.querySelector("tr.on").innerText`); !strings.Contains(got, want) {
			t.Fatalf("%s is chosen, want %s", got, want)
		}
	}
	chosen("台账没有的退款")
	s.is(`document.querySelector(".cal td.pick a").focus()`)
	for range 3 { // the day, the first difference with its next step, the second
		s.press(kb.Tab)
	}
	chosen("长款")
	s.press("t", chromedp.ModifierAlt)
	s.sees("已认领，由您办理", "周*敏 0305（我）")
	chosen("长款")
	s.press("w", chromedp.ModifierAlt)
	s.sees("了结差异", "您的 PIN")
	s.press(kb.Escape)
	s.sees("差异 2 项")
	s.press("1") // outside fields a digit is the next step of that difference
	s.sees("了结差异", "退款单号")
	s.press(kb.Escape)
	s.sees("差异 2 项")
	s.press("2")
	s.sees("本机不取微信账单")
}
