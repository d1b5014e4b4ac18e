package bill

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

func TestTitle(t *testing.T) {
	const no = "（2026）新2824民初12345号"
	for name, tt := range map[string]struct{ court, item, want string }{
		"fits": {"北京市东城区人民法院", "案件受理费", "北京市东城区人民法院 案件受理费 " + no},
		"a long court": {"新疆维吾尔自治区巴音郭楞蒙古自治州和硕县人民法院", "申请撤销仲裁裁决案件受理费",
			"新疆维吾尔自治区巴音郭楞蒙古自治州… 申请撤销仲裁裁决案件受理费 " + no},
		"a long item": {"若羌县人民法院", "案件受理费、财产保全申请费、公告费、鉴定费、评估费、勘验费、执行费",
			"若羌县人民法院 案件受理费、财产保全申请费、公告费、鉴定费、评… " + no},
		"both": {strings.Repeat("院", 60), strings.Repeat("费", 60),
			strings.Repeat("院", 14) + "… " + strings.Repeat("费", 15) + "… " + no},
		"one character too many": {strings.Repeat("a", 94), "b", strings.Repeat("a", 90) + "… b " + no},
		"rare characters":        {strings.Repeat("𠮷", 40), "费", strings.Repeat("𠮷", 22) + "… 费 " + no},
	} {
		t.Run(name, func(t *testing.T) {
			got := title(tt.court, tt.item, number(t, no))
			if got != tt.want {
				t.Errorf("got %q of %d bytes\nwant %q", got, len(got), tt.want)
			}
		})
	}
}

// Whatever court, item and case number: the number stands whole at the end, the whole fits, no character is torn, and
// nothing is shortened that need not be.
func TestTitleKeepsTheCaseNumber(t *testing.T) {
	words := rapid.OneOf(rapid.StringMatching(`[\p{Han}A-Za-z（）、 ]{0,60}`), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	codes := rapid.SampledFrom(caseno.Types())
	rapid.Check(t, func(t *rapid.T) {
		court, item := words.Draw(t, "court"), words.Draw(t, "item")
		n := caseno.Number{Year: rapid.IntRange(2016, 2099).Draw(t, "year"),
			Court:   rapid.SampledFrom([]string{"京0101", "最高法", "新2824", "沪74", "京"}).Draw(t, "code"),
			Special: rapid.SampledFrom([]string{"", "知"}).Draw(t, "special"), Type: codes.Draw(t, "type").Code,
			Serial: rapid.StringMatching(`[1-9][0-9]{0,7}`).Draw(t, "serial"),
			Suffix: rapid.SampledFrom([]string{"", "之一", "之九十九"}).Draw(t, "suffix")}
		got := title(court, item, n)
		switch whole := strings.ToValidUTF8(court, "〓") + " " + strings.ToValidUTF8(item, "〓") + " " + n.String(); {
		case !strings.HasSuffix(got, " "+n.String()):
			t.Errorf("%q does not end with %s", got, n)
		case len(got) > payment.MaxTitle || !utf8.ValidString(got):
			t.Errorf("%q has %d bytes", got, len(got))
		case len(whole) <= payment.MaxTitle && got != whole:
			t.Errorf("%q was shortened to %q", whole, got)
		case len(whole) > payment.MaxTitle && len(got) < payment.MaxTitle-8:
			t.Errorf("%q was shortened to %q, %d bytes", whole, got, len(got))
		}
	})
}
