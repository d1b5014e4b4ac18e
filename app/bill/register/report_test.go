package register

import (
	"strings"
	"testing"

	"courtkiosk/app/message"
)

// A report says how many rows are wrong, and names no row where the whole file is.
func TestReportsOfRefusals(t *testing.T) {
	for list, want := range map[string]string{
		header + "（2026）京0101民初1号,案件受理费,x,x,\n（2026）京0101民初2号,鉴定费,x,x,\n": "有误的有2行",
		header:         "第2行",
		"":             "继续有效。\r\n\r\n文件是空的",
		"PK\x03\x04??": "继续有效。\r\n\r\n工作簿损坏",
	} {
		_, err := open(t).ImportSkipping(t.Context(), strings.NewReader(list), "list.csv", now, 1)
		_, whole := open(t).Import(t.Context(), strings.NewReader(list), "list.csv", now)
		got := reportOf(message.Chinese, "list.csv", now, Summary{}, whole)
		if !strings.Contains(got, want) || err == nil {
			t.Errorf("%q, want %q (%v)", got, want, err)
		}
	}
}
