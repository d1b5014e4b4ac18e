package register

import (
	"strings"
	"testing"
)

const numbered = "序号,案号,费用项目,金额,备注\n"

// Rows that are no bills are passed over; what may be a bill is read or refused.
func TestRowsThatAreNoBills(t *testing.T) {
	const one = "1,（2026）京0101民初1号,案件受理费,2700,\n"
	for name, row := range map[string]string{
		"total": "合计,,,2700,\n", "total with blanks": ",合 计,,2700.00,\n", "short total": "合计：,2700\n",
		"page":   "第 1 页，共 3 页\n",
		"footer": "制表人：张三,,,审核人：李四,\n", "numbers": "2,,,,\n3,,,,\n", "header": numbered, "count": "共1笔,,,,\n",
		"total in the case column": ",总计,,2700,\n",
	} {
		for place, list := range map[string]string{"after": numbered + one + row, "between": numbered + row + one} {
			if bills, err := Read(strings.NewReader(list), now); err != nil || len(bills) != 1 {
				t.Errorf("%s %s: %+v, %v", name, place, bills, err)
			}
		}
	}
	for name, row := range map[string]string{
		"no case number":    "2,,案件受理费,2700,\n",
		"only an amount":    ",,,2700,\n",
		"a total of a case": "合计,（2026）京0101民初2号,案件受理费,x,\n",
		"text":              "某某,,,,\n",
	} {
		if bills, err := Read(strings.NewReader(numbered+one+row), now); err == nil {
			t.Errorf("%s: %+v", name, bills)
		}
	}
}
