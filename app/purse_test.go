package app

import (
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
	s := open(t, "案号,费用项目,金额,资金类别,通知书编号\n"+
		"（2026）京0101执7号,申请执行费,100,诉讼费,N-1\n"+
		"（2026）京0101执7号,执行款,100,执行款,N-1\n"+
		"（2026）京0101执7号,罚款,100,罚款,N-1\n")
	n := caseno.Number{Year: 2026, Court: "京0101", Type: "执", Serial: "7"}
	dues, err := s.Find(t.Context(), bill.Query{Case: n})
	if err != nil || len(dues) != 3 {
		t.Fatalf("found %+v, %v", dues, err)
	}
	merchants, numbers := make(map[string]bool), make(map[string]bool)
	titles := map[bill.Purse]string{bill.Litigation: "诉讼费", bill.Execution: "执行款", bill.Fine: "罚款"}
	for _, d := range dues {
		p := s.phone(s.taken(d, "a", payment.Waiting).Order, "a")
		o, err := s.ledger.Order(t.Context(), p.Order)
		if err != nil || o.Key.Purse != string(d.Purse) || o.Merchant != s.Config.Merchant(d.Purse) {
			t.Errorf("%s was paid to %+v of %s, %v", d.Purse, o.Merchant, o.Key.Purse, err)
		}
		r, err := s.Paper(t.Context(), o.No)
		if err != nil || r.Purse != titles[d.Purse] {
			t.Errorf("the receipt of %s says %s, %v", d.Purse, r.Purse, err)
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

	// One identity in two purses is two keys, so money never takes the one for the other.
	b, m := bill.Bill{Case: number, Item: "案件受理费"}, payment.Merchant{MchID: "1900000001", AppID: "wx1"}
	keys := make(map[string]bool)
	for _, p := range bill.Purses {
		b.Purse = p
		keys[b.Key().Number(m, 1)] = true
	}
	if len(keys) != len(bill.Purses) {
		t.Errorf("%d order numbers for %d purses at one merchant", len(keys), len(bill.Purses))
	}
}
