package panel

import (
	"strings"
	"testing"

	"courtkiosk/ui/flow"
)

// No line ends within a number that is copied as a whole: a case's, this machine's reference, a code.
func TestWholeNumbers(t *testing.T) {
	for _, tt := range []struct{ text, number string }{
		{"请对照通知书核对（2026）京0101民初12345号，核对无误的到窗口办理。", "（2026）京0101民初12345号，"},
		{"案号（2026）京0101民初12345号之一已交费", "（2026）京0101民初12345号之一"},
		{"案号 （2026）京0101民初…45号 费用", "（2026）京0101民初…45号"},
		{"（2026）京0101执4410号和（2026）京0101执4411号", "（2026）京0101执4411号"},
		{"Your reference is ZF-0101-03-261123-0087, please keep it.", "ZF-0101-03-261123-0087,"},
		{"Please write down code B-06.", "B-06."},
	} {
		m := flow.Metrics{Scale: 1, Text: 1, Width: func(s string, _ float32, _ bool) float32 {
			return float32(len([]rune(s)))
		}}
		least := float32(len([]rune(tt.number)))
		for width := least; width < 60; width++ {
			lines, _ := Words(Body, tt.text).lines(m, width)
			var found bool
			for _, l := range lines {
				for _, r := range l {
					found = found || strings.Contains(r.text, tt.number)
				}
			}
			if !found {
				t.Errorf("%q at %v breaks in %v", tt.number, width, lines)
			}
		}
	}
}
