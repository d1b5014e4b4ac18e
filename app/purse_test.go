package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// One case owes to three purses under one notice number. They are three bills, three orders at three merchants, and
// three receipts.
func TestPursesAreKeptApart(t *testing.T) {
	c := open(t, row)
	list := "案号,费用项目,金额,资金类别,通知书编号\n" +
		"（2026）京0101执7号,申请执行费,100,诉讼费,N-1\n（2026）京0101执7号,执行款,100,执行款,N-1\n（2026）京0101执7号,罚款,100,罚款,N-1\n"
	if _, err := c.bills.Import(t.Context(), strings.NewReader(list), "purses.csv", time.Now()); err != nil {
		t.Fatal(err)
	}
	n := caseno.Number{Year: 2026, Court: "京0101", Type: "执", Serial: "7"}
	dues, err := c.Find(t.Context(), bill.Query{Case: n})
	if err != nil || len(dues) != 3 {
		t.Fatalf("found %+v, %v", dues, err)
	}
	merchants, numbers := make(map[string]bool), make(map[string]bool)
	titles := map[bill.Purse]string{bill.Litigation: "诉讼费", bill.Execution: "执行款", bill.Fine: "罚款"}
	for _, d := range dues {
		s, err := c.Pay(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		o := c.until(s, payment.Waiting)
		if err := c.Demo.Sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		s.Ask()
		o = c.until(s, payment.Paid)
		if o.Key.Purse != string(d.Bill.Purse) || o.Merchant != c.Config.Merchant(d.Bill.Purse) {
			t.Errorf("%s was paid to %+v of %s", d.Bill.Purse, o.Merchant, o.Key.Purse)
		}
		r, err := c.Receipt(t.Context(), o.No)
		if err != nil || r.Purse != titles[d.Bill.Purse] {
			t.Errorf("the receipt of %s says %s, %v", d.Bill.Purse, r.Purse, err)
		}
		merchants[o.Merchant.MchID], numbers[o.No] = true, true
	}
	if len(merchants) != 3 || len(numbers) != 3 {
		t.Errorf("%d merchants, %d orders", len(merchants), len(numbers))
	}
}

// Every door through which a bill comes in tries to mix two purses.
func TestPursesAreNotMixed(t *testing.T) {
	now := time.Now()
	for name, list := range map[string]string{
		"execution money as a fee":  "案号,费用项目,金额,资金类别\n（2026）京0101执7号,执行款,100,诉讼费\n",
		"a fee as execution money":  "案号,费用项目,金额,资金类别\n（2026）京0101执7号,申请执行费,100,执行款\n",
		"a fine as a fee":           "案号,费用项目,金额,资金类别\n（2026）京0101司惩7号,罚款,100,litigation\n",
		"an item of no known purse": "案号,费用项目,金额\n（2026）京0101执7号,代管款,100\n",
		"a purse that is none":      "案号,费用项目,金额,资金类别\n（2026）京0101执7号,执行款,100,保证金\n",
		"two purses in one row":     "案号,费用项目,金额,资金类别\n（2026）京0101执7号,执行款,100,\"诉讼费,执行款\"\n",
	} {
		if bills, err := register.Read(strings.NewReader(list), now); err == nil {
			t.Errorf("an import took %s: %+v", name, bills)
		}
	}
	for name, b := range map[string]bill.Bill{
		"no purse":      {Item: "执行款", Amount: 1},
		"another purse": {Item: "执行款", Amount: 1, Purse: bill.Litigation},
		"no such purse": {Item: "代管款", Amount: 1, Purse: ""},
	} {
		if err := b.Check(); err == nil {
			t.Errorf("a bill of the case system passed with %s", name)
		}
	}

	// A quote of one purse cannot be paid as another: the bill of that purse does not exist.
	c := open(t, "（2026）京0101民初1号,案件受理费,2700,张晓明\n")
	for _, p := range []bill.Purse{bill.Execution, bill.Fine} {
		d := c.only()
		d.Bill.Purse = p
		if s, err := c.Pay(t.Context(), d); !errors.Is(err, bill.ErrGone) {
			t.Errorf("paid as %s: %v, %v", p, s, err)
		}
	}
	// One identity in two purses is two keys, so money never takes the one for the other.
	b := c.only().Bill
	keys := make(map[string]bool)
	for _, p := range bill.Purses {
		b.Purse = p
		keys[b.Key().Number(c.Config.Merchant(bill.Litigation), 1)] = true
	}
	if len(keys) != len(bill.Purses) {
		t.Errorf("%d order numbers for %d purses at one merchant", len(keys), len(bill.Purses))
	}
}
