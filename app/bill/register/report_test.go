package register

import (
	"errors"
	"os"
	"strings"
	"testing"

	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
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

// The first line says of which file it is, and never how many rows are wrong where none is; a name is not repeated,
// though its surname is a word of the office.
func TestTitlesOfRefusals(t *testing.T) {
	for list, want := range map[string]string{
		"": "a\\n.csv：没有导入，原来的清单继续有效。",
		"案号,费用项目,金额,状态\n（2026）京0101民初1号,案件受理费,5,付小明\n（2026）京0101民初2号,费小清,5,\n": "有误的有2行，请改正后重新导入。",
	} {
		_, err := open(t).Import(t.Context(), strings.NewReader(list), "a\n.csv", now)
		refused, ok := errors.AsType[*Refused](err)
		if !ok || !strings.Contains(refused.Title(message.Chinese), want) {
			t.Fatalf("%q: %v", list, err)
		}
		if words := strings.Join(refused.Words(message.Chinese), "\n"); strings.Contains(words, "小") {
			t.Errorf("a name is told: %s", words)
		}
	}
	for err, want := range map[error]string{os.ErrNotExist: "没有这个文件", os.ErrPermission: "没有权限",
		durable.ErrNotRegular: "文件夹"} {
		refused, ok := errors.AsType[*Refused](Unopened("a.csv", err))
		if !ok || !strings.Contains(refused.Words(message.Chinese)[0], want) {
			t.Errorf("%v: %v", err, refused)
		}
	}
}
