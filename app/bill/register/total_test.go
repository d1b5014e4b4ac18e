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
