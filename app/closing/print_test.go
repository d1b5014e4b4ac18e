package closing_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/closing"
	"courtkiosk/app/figures"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

var (
	update = flag.Bool("update", false, "write the golden files")
	look   = flag.String("look", "", "write the sample sheets as PDF into this folder")
)

var letterhead = closing.Letterhead{Court: "京0101", Name: "北京市东城区人民法院",
	Device: func(d string) string { return "终端" + d + "，立案大厅东侧" }}

// wait goes on to a time of the bubble that the test is in.
func (w *world) wait(until time.Time) {
	time.Sleep(time.Until(until))
	w.at = until
}

// sampleDay is a day like that of the pictures, through a real ledger, in a bubble.
func sampleDay(t testing.TB) (*world, payment.ClosingSheet, closing.Sheet, payment.ClosingSheet) {
	w := &world{tester: t, ledger: newMemory()}
	w.wait(born.AddDate(0, 0, -3))
	n := 0
	pay := func(purse bill.Purse, item string, f payment.Fen) payment.Order {
		o := w.pay(w.open("03", billOf(n, purse, item, f)))
		n++
		return o
	}
	w.must(w.ledger.Note(none, payment.Entry{Event: "staff-made", Note: "0217, clerk", By: payment.By{Person: "0300"}}))
	pay(bill.Litigation, "案件受理费", 5000)
	last, _ := w.close("03", "0217")
	w.wait(born)
	var all []payment.Order
	for _, l := range []struct {
		purse bill.Purse
		item  string
		n     int
		each  payment.Fen
	}{
		{bill.Litigation, "案件受理费", 31, 78597}, {bill.Litigation, "财产保全申请费", 4, 190500},
		{bill.Litigation, "申请执行费", 3, 95000}, {bill.Litigation, "反诉案件受理费", 2, 66250},
		{bill.Execution, "执行款", 6, 2640000}, {bill.Fine, "罚款", 2, 150000},
	} {
		for range l.n {
			w.wait(w.at.Add(9 * time.Minute))
			all = append(all, pay(l.purse, l.item, l.each))
		}
	}
	for i, o := range all {
		switch i {
		case 40:
			w.hand(o, errTorn)
		case 41:
		default:
			w.hand(o, nil)
		}
		if i != 42 {
			w.report(o)
		}
	}
	for range 3 {
		w.hand(all[7], nil)
	}
	for range 47 {
		w.said(w.open("03", billOf(n, bill.Litigation, "案件受理费", 10000)), payment.TradeClosed, 0)
		n++
	}
	w.heard(w.send(w.ask(all[3], 50000)), payment.StatusProcessing)
	w.open("03", billOf(n, bill.Litigation, "案件受理费", 145000))
	w.must(w.ledger.Note(none, payment.Entry{Event: "staff-confirmed", Note: "0217, clerk",
		By: payment.By{Person: "0108"}}))
	w.wait(time.Date(2026, 11, 23, 17, 5, 12, 0, payment.China))
	c, s := w.close("03", "0217")
	c, err := w.book().Countersign(none, "03", 2, c.Hash, payment.By{Person: "0108"}, w.at, anybody)
	w.must(err)
	return w, c, s, last
}

// plain is what a sheet says, line by line.
func plain(s receipt.Sheet) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.Court, s.Title, s.Number)
	for _, h := range s.Heads {
		fmt.Fprintln(&b, h.Label, h.Value)
	}
	for _, p := range s.Parts {
		fmt.Fprintln(&b, "\n"+p.Title)
		for _, c := range p.Columns {
			fmt.Fprint(&b, c.Head, " | ")
		}
		fmt.Fprintln(&b)
		for _, r := range p.Rows {
			fmt.Fprintln(&b, strings.Join(r.Cells, " | "))
		}
		for _, n := range p.Notes {
			fmt.Fprintln(&b, n)
		}
	}
	fmt.Fprintln(&b, s.Signatures, s.Foot, s.Printed)
	return b.String()
}

func TestPrintedSheets(t *testing.T) { synctest.Test(t, printedSheets) }

func printedSheets(t *testing.T) {
	w, c, s, last := sampleDay(t)
	for day, state := range map[string]payment.StatementState{
		"2026-11-20": payment.StatementRead, "2026-11-23": payment.StatementAbsent,
	} {
		made := payment.Statement{MchID: merchant.MchID, Day: day, State: state, Hash: "of a bill that was read"}
		if state == payment.StatementRead {
			made.Sums = []byte(`{"Funds": {"Rows": 3, "In": 2700000, "Out": 2441507, "Withdrawn": 2441507}}`)
		}
		_, err := w.ledger.Statements().Update(none, made.Key(), func(payment.Statement, payment.Staff) (
			payment.Statement, payment.Entry, error) {
			return made, payment.Entry{}, nil
		})
		w.must(err)
	}
	measured := payment.Figures{Day: "2026-11-23", Device: "03", Counts: map[string]int64{figures.Up: 30_600_000,
		figures.Closed: 61_200, figures.Paid: 48, figures.Paying: 1_500_000, figures.Known: 47, figures.Knowing: 61_000,
		figures.KnownIn5: 46, figures.Unknown: 1}}
	_, err := w.ledger.Figures().Update(none, measured.Key(), func(payment.Figures, payment.Staff) (payment.Figures,
		payment.Entry, error) {
		return measured, payment.Entry{}, nil
	})
	w.must(err)
	month, err := w.book().Month(none, w.at)
	w.must(err)
	at := time.Date(2026, 11, 23, 17, 9, 0, 0, payment.China)
	sheets := map[string]receipt.Sheet{
		"closing": letterhead.Print(c, last, s, true, at), "trial": letterhead.Print(c, last, s, false, at),
		"month": letterhead.PrintMonth(month, payment.By{Person: "0305"}, at),
	}
	for name, sheet := range sheets {
		for _, secret := range []string{"张小", "民初", "小明", "（2026）"} {
			if strings.Contains(fmt.Sprintf("%+v", sheet), secret) {
				t.Errorf("%s says %q", name, secret)
			}
		}
		golden(t, name+".golden", plain(sheet))
		d, err := paper.LayoutSheet(sheet)
		if err != nil {
			t.Fatal(err)
		}
		var pdf bytes.Buffer
		if err := d.PDF(&pdf); err != nil {
			t.Fatal(err)
		}
		if *look != "" {
			if err := os.WriteFile(filepath.Join(*look, name+".pdf"), pdf.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// What left to the bank is said only where every fund-flow bill of the month is known.
func TestWithdrawnIsKnownOrNot(t *testing.T) {
	for want, w := range map[string][]closing.Withdrawn{
		"本月没有资金账单，提现到银行的金额不知道。":               nil,
		"提现到银行的金额不知道：本月没有取得资金账单。":             {{MchID: "1", Absent: 30}},
		"提现到银行的合计不知道：已取得29日的资金账单记5.00元，还缺1日。": {{MchID: "1", Sum: 500, Days: 29, Absent: 1}},
		"提现到银行5.00元（30日资金账单所记，不含银行流水）。":       {{MchID: "1", Sum: 500, Days: 30}},
	} {
		month := letterhead.PrintMonth(closing.Month{Month: "2026-11", Withdrawn: w}, payment.By{}, time.Now())
		notes := strings.Join(month.Parts[1].Notes, "\n")
		if !strings.Contains(notes, want) || !strings.Contains(notes, "是否已上缴或转付本系统不知道") {
			t.Errorf("%s, want %s", notes, want)
		}
	}
}
