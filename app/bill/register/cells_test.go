package register

import (
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

// Cells as clerks leave them, and the words for those that cannot be read.
func TestAmountsAsWritten(t *testing.T) {
	for text, want := range map[string]payment.Fen{
		"2700元整": 270000, "2,700.50元正": 270050, "人民币2700元整": 270000, "2700.0000": 270000, "2700.500": 270050,
	} {
		if got, err := Amount(text); got != want || err != nil {
			t.Errorf("Amount(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"2700\u200b": "invisible", "\u200b": "invisible", "27\u200b00元": "invisible", "27%": "percentage",
		"27％": "percentage", "12345678901": "more than ten digits", "2700.005": "at most two decimals",
		"2700整": "at most two decimals", "2700元整元整": "at most two decimals",
	} {
		if got, err := Amount(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Amount(%q) = %s, %v, want %q", text, got, err, want)
		}
	}
}

func TestPaidAsWritten(t *testing.T) {
	for _, text := range []string{"已缴纳", "已缴清", "已交纳", "已交清"} {
		if settled, withdrawn, err := state("状态", text); !settled || withdrawn || err != nil {
			t.Errorf("state(%s) = %t, %t, %v", text, settled, withdrawn, err)
		}
	}
}

func TestDatesWithATimeOfDay(t *testing.T) {
	want := time.Date(2026, 11, 23, 0, 0, 0, 0, payment.China)
	for _, text := range []string{"2026-11-23 09:30", "2026/11/23 9:30:00", "2026-11-23T09:30:00",
		"2026年11月23日 上午9:30", "2026-11-23 星期一"} {
		if got, err := date(text); !got.Equal(want) || err != nil {
			t.Errorf("date(%s) = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"2026-11-23 至 2026-11-30", "2026-11-23 2026-11-30", "2026-11-23至30日",
		"2026年11月23日-2026年11月30日", "2026-11-23~2026-11-30", "2026-11-23 前", "2026-11-23 09:3"} {
		if got, err := date(text); err == nil {
			t.Errorf("date(%s) = %s, want it refused", text, got)
		}
	}
	for _, stored := range []float64{46349, 46349.5, 46349.395833333336} {
		text := workbook(t, nil, []any{"案号", "费用项目", "金额", "通知日期"},
			[]any{"（2026）京0101民初1号", "案件受理费", 1, stored})
		bills, err := Read(strings.NewReader(string(text)), now)
		if err != nil || len(bills) != 1 || !bills[0].Noticed.Equal(want) {
			t.Errorf("day %v: %+v, %v", stored, bills, err)
		}
	}
}

func TestHostileCellsAreRefused(t *testing.T) {
	for name, bad := range map[string]string{"escape": "\x1b[2J", "bidi": "\u202e", "bell": "\a", "C1": "\u009b"} {
		list := "案号,费用项目,金额,交费人,备注\n（2026）京0101民初1号,案件受理费,1,张三" + bad + "丁,\n" +
			"（2026）京0101民初2号,案件受理费,1,张三,见" + bad + "附\n"
		_, err := Read(strings.NewReader(list), now)
		if err == nil || strings.Contains(err.Error(), bad) ||
			!strings.Contains(err.Error(), "line 2, column 交费人: holds a control character") ||
			!strings.Contains(err.Error(), "line 3, column 备注: holds a control character") {
			t.Errorf("%s: %q", name, err)
		}
	}
}

func TestLineBreaksAreBlanks(t *testing.T) {
	list := "案号,费用项目,金额,交费人,备注\n（2026）京0101民初1号,案件受理费,1,\"某某\n有限公司\",\"甲 \r\n乙\n\"\n"
	bills, err := Read(strings.NewReader(list), now)
	if err != nil || len(bills) != 1 || bills[0].Remark != "甲 乙" || bills[0].Payer != "某***司" {
		t.Errorf("%+v, %v", bills, err)
	}
	list = strings.Replace(list, "甲 \r\n乙", "甲\x1b乙", 1)
	if _, err := Read(strings.NewReader(list), now); err == nil || !strings.Contains(err.Error(), "control character") {
		t.Errorf("an escape: %v", err)
	}
}
