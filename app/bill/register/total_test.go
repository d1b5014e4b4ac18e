package register

import (
	"strings"
	"testing"
)

// A row that sums up is no bill, and refuses a list whose rows come to something else.
func TestTotalsAreCompared(t *testing.T) {
	const a, b = "（2026）京0101民初1号,案件受理费,2700\n", "（2026）京0101民初2号,案件受理费,50.50\n"
	for rows, ok := range map[string]bool{
		a + b + "合计,,2750.50\n": true, a + b + "总 计：,,\"2,750.50\"\n": true, a + b + "合计,,\n": true,
		a + "小计,,2700\n" + b + "小计,,50.5\n合计,,2750.5\n": true, a + b + "合计\n": true,
		"合计,,2750.50\n" + a + b: true, "合计,,2700\n" + a + b: false,
		a + "合计,,2750.50\n": false, a + b + "合计,,2700\n": false, a + b + "合计,,x\n": false,
		a + "小计,,2700\n" + b + "小计,,50\n": false,
	} {
		bills, err := Read(strings.NewReader("案号,费用项目,金额\n"+rows), now)
		if (err == nil) != ok {
			t.Errorf("%q: %d bills, %v", rows, len(bills), err)
		}
	}
}

// Totals are found behind a row's number, under any of their names, and wherever they say their sum.
func TestFormsOfTotals(t *testing.T) {
	for _, row := range []string{"2,合计,,N,", "2,,合计,N,", ",总额,,N,", "合计,,,N,", "本页小计,,,N", "Sum,,,N,", "合计：,N",
		"合计N元,,,,", "合计：N", "2,合计人民币N元,,,", "TOTAL:N", "合计,N"} {
		for sum, ok := range map[string]bool{"2700": true, "2700.00": true, "2800": false, "1": false} {
			list := numbered + "1,（2026）京0101民初1号,案件受理费,2700,\n" + strings.ReplaceAll(row, "N", sum) + "\n"
			bills, err := Read(strings.NewReader(list), now)
			if (err == nil) != ok {
				t.Errorf("%q of %s: %d bills, %v", row, sum, len(bills), err)
			}
		}
	}
	for _, row := range []string{"2,合计,,,", "合计,1笔", "共1笔,,,,", "合计（共1笔）,,,,", "合计（1笔）,,,,"} {
		list := numbered + "1,（2026）京0101民初1号,案件受理费,2700,\n" + row + "\n"
		if bills, err := Read(strings.NewReader(list), now); err != nil || len(bills) != 1 {
			t.Errorf("%q: %d bills, %v", row, len(bills), err)
		}
	}
}
