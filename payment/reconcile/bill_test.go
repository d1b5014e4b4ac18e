package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

const (
	mchid  = "1900000001"
	head27 = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号," +
		"退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	foot27 = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	head24 = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,微信退款单号,商户退款单号," +
		"退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率"
	foot24 = "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额"
)

var day = time.Date(2026, 11, 27, 0, 0, 0, 0, payment.China)

// line is a row as WeChat writes it.
func line(values ...string) string { return "`" + strings.Join(values, ",`") }

// paidRow is a payment of today's layout.
func paidRow(no, title, attach, yuan string) string {
	return line("2026-11-27 09:00:01", "wx1", mchid, "0", "", "4200"+no, no, "o1", "NATIVE", "SUCCESS", "OTHERS", "CNY",
		yuan,
		"0.00", "0", "0", "0.00", "0.00", "", "", title, attach, "0.00000", "0.00%", yuan, "0.00", "")
}

func backRow(no, refund, yuan string) string {
	return line("2026-11-27 10:00:00", "wx1", mchid, "0", "", "4200"+no, no, "o1", "NATIVE", "REFUND", "OTHERS", "CNY",
		"0.00", "0.00", "50"+refund, refund, yuan, "0.00", "ORIGINAL", "SUCCESS", "案件受理费", "03/4f1c", "-0.27000",
		"0.54%", "0.00", yuan, "")
}

func foot(n, total, refunded, fee string) string {
	return foot27 + "\n" + line(n, total, refunded, "0.00", fee, total, refunded)
}

// read reads a bill to its end.
func read(text string) (rows []Row, sum Sum, err error) {
	sum, err = Read(strings.NewReader(text), mchid, day, func(r Row) error { rows = append(rows, r); return nil })
	return rows, sum, err
}

func good() string {
	return strings.Join([]string{head27, paidRow("A", "案件受理费", "03/4f1c", "2700.00"),
		paidRow("B", "保全费,`第一笔,x", "03/4f1c", "30.50"), backRow("A", "R1", "50.00"),
		foot("3", "2730.50", "50.00", "-0.27000")}, "\n")
}

func TestRead(t *testing.T) {
	for name, text := range map[string]string{
		"plain": good(), "ends with a line": good() + "\n", "CRLF": strings.ReplaceAll(good(), "\n", "\r\n"),
		"BOM": bom + good(), "back-ticks in the header": strings.Replace(good(), head27, line(strings.Split(head27,
			",")...), 1), "a count with a point": strings.Replace(good(), "`3,", "`3.0,", 1),
		"two blanks": strings.Replace(good(), "2026-11-27 09", "2026-11-27  09", 1),
	} {
		t.Run(name, func(t *testing.T) {
			rows, sum, err := read(text)
			if err != nil || len(rows) != 3 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			if sum != (Sum{Rows: 3, Backs: 1, Total: 273050, Settled: 273050, Refunded: 5000, Asked: 5000,
				Fee: -27000, FeeBack: 27000}) {
				t.Errorf("sum %+v", sum)
			}
			want := Row{Line: 2, At: day.Add(9*time.Hour + time.Second), AppID: "wx1", No: "A", TransactionID: "4200A",
				State: "SUCCESS", Currency: "CNY", Total: 270000, Settled: 270000, Attach: "03/4f1c"}
			if !rows[0].At.Equal(want.At) {
				t.Errorf("at %v", rows[0].At)
			}
			if rows[0].At = want.At; rows[0] != want {
				t.Errorf("got  %+v\nwant %+v", rows[0], want)
			}
			if r := rows[1]; r.Total != 3050 || r.Attach != "03/4f1c" || r.No != "B" {
				t.Errorf("with commas in its title: %+v", r)
			}
			if r := rows[2]; !r.IsRefund() || r.RefundNo != "R1" || r.RefundID != "50R1" || r.Refunded != 5000 ||
				r.Fee != -27000 {
				t.Errorf("the refund: %+v", r)
			}
		})
	}
}

// What merchants of before 2019 still get.
func TestReadOldLayout(t *testing.T) {
	row := line("2026-11-27 09:00:01", "wx1", mchid, "0", "", "4200A", "A", "o1", "NATIVE", "SUCCESS", "CFT", "CNY",
		"2700.00", "0.00", "0", "0", "0.00", "0.00", "", "", "案件受理费", "03/4f1c", "0.00000", "0.00%")
	rows, sum, err := read(head24 + "\n" + row + "\n" + foot24 + "\n" + line("1", "2700.00", "0.00", "0.00", "0.00000"))
	if err != nil || len(rows) != 1 || rows[0].Total != 270000 || sum.Total != 270000 {
		t.Fatalf("%+v, %+v, %v", rows, sum, err)
	}
}

func TestReadEmptyDay(t *testing.T) {
	rows, sum, err := read(head27 + "\n" + foot("0", "0.00", "0.00", "0.00000"))
	if err != nil || len(rows) != 0 || sum != (Sum{}) {
		t.Fatalf("%+v, %+v, %v", rows, sum, err)
	}
}

func TestBillsThatAreNotBelieved(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(good(), old, new, 1) }
	for name, text := range map[string]string{
		"nothing":          "",
		"a web page":       "<html>登录</html>\n",
		"another merchant": swap(mchid, "1900000002"),
		"another day":      swap("2026-11-27 10", "2026-11-28 10"),
		"no time":          swap("2026-11-27 10:00:00", "2026-11-27"),
		"no column":        swap("商户数据包,", "数据,"),
		"no sum column":    swap(",订单金额", ",金额"),
		"one row less":     swap(paidRow("A", "案件受理费", "03/4f1c", "2700.00")+"\n", ""),
		"another total":    swap("2730.50", "2730.51"),
		"another count":    swap("`3,", "`4,"),
		"another fee":      swap("-0.27000,`2730", "0.00000,`2730"),
		"no summary value": strings.TrimSuffix(good(), line("3", "2730.50", "50.00", "0.00", "-0.27000", "2730.50",
			"50.00")),
		"after the end": good() + "\n`x",
		"half a fen":    swap("`2700.00,", "`2700.005,"),
		"an exponent":   swap("`2700.00,", "`2.7E+3,"),
		"a minus":       swap("`2700.00,", "`--2700.00,"),
		"a field less":  swap("`NATIVE,", ""),
		"no back-tick":  swap("`2026-11-27 10", "2026-11-27 10"),
		"no number":     swap("`4200A,`A,", "`4200A,`,"),
		"half a refund": swap("`50R1,`R1,", "`0,`0,"),
		"not UTF-8":     swap("案件", "\xB0\xB8"),
		"a long line":   swap("`NATIVE", "`"+strings.Repeat("x", maxLine)),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(text)
			if bad, ok := errors.AsType[*BillError](err); !ok || bad.What == "" {
				t.Errorf("believed: %v", err)
			}
		})
	}
}

// Wherever it is cut, it is not believed: the last byte of the summary included.
func TestABillThatIsCutOff(t *testing.T) {
	whole := good()
	for n := range len(whole) - 1 {
		if _, _, err := read(whole[:n]); err == nil {
			t.Fatalf("cut after byte %d of %d it is believed: …%q", n, len(whole), whole[max(0, n-20):n])
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good())
	f.Add(head24 + "\n" + foot24 + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, sum, err := read(text)
		if err != nil {
			return
		}
		var again Sum
		for _, r := range rows {
			again.Rows++
			again.Total += r.Total
			again.Settled += r.Settled
			again.Refunded += r.Refunded
			again.Asked += r.Asked
			again.Fee += r.Fee
			again.FeeBack += max(0, -r.Fee)
			if r.IsRefund() {
				again.Backs++
			}
			if r.No == "" || r.At.Format(time.DateOnly) != "2026-11-27" {
				t.Errorf("row %+v", r)
			}
		}
		if again != sum {
			t.Errorf("rows come to %+v, the sum says %+v", again, sum)
		}
	})
}

func ExampleRead() {
	sum, err := Read(strings.NewReader(good()), mchid, day, func(r Row) error {
		fmt.Println(r.No, r.State, r.Total, r.Refunded)
		return nil
	})
	fmt.Println(sum.Rows, sum.Total, err)
	// Output:
	// A SUCCESS 2700.00 0.00
	// B SUCCESS 30.50 0.00
	// A REFUND 0.00 50.00
	// 3 2730.50 <nil>
}
