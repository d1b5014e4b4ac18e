package register

import (
	"fmt"
	"strings"
	"testing"
)

// A column 流水号 that numbers every row is no number of a payment; any other is.
func TestSerialsOfRows(t *testing.T) {
	tests := map[string]struct {
		serials string
		paid    bool // the second row
		ok      bool
	}{
		"numbers the rows":       {"1 2 3", false, true},
		"with zeros before":      {"001 002 003", false, true},
		"one row":                {"1", false, true},
		"empty":                  {"- - -", false, true},
		"with a paid row":        {"1 2 3", true, true},
		"of payments":            {"42000 42001 42002", false, false},
		"of the second payment":  {"- 1 -", false, false},
		"of the first payment":   {"1 - -", false, false},
		"of the last payment":    {"- - 1", false, false},
		"of payments, in order":  {"- 2 3", false, false},
		"another than the row's": {"1 2 4", false, false},
		"starts elsewhere":       {"2 3 4", false, false},
		"of the paid row":        {"- 4200 -", true, true},
		"letters":                {"1 2 A3", false, false},
	}
	for name, tt := range tests {
		list := "流水号,案号,费用项目,金额,缴费状态\n"
		for i, no := range strings.Fields(tt.serials) {
			said := ""
			if tt.paid && i == 1 {
				said = "已缴"
			}
			list += fmt.Sprintf("%s,（2026）京0101民初%d号,案件受理费,2700,%s\n", strings.Trim(no, "-"), i+1, said)
		}
		bills, err := Read(strings.NewReader(list), now)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %d bills, %v", name, len(bills), err)
		}
		if err != nil && !strings.Contains(err.Error(), "流水号") {
			t.Errorf("%s: does not name the column: %v", name, err)
		}
	}
}
