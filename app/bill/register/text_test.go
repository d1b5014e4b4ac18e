package register

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Characters that the library's decoder lacks, as GB18030-2005 and 2022 have them.
func TestCharactersOfUsers(t *testing.T) {
	for code, want := range map[string]rune{"\xaa\xa1": 0xe000, "\xf8\xa1": 0xe234, "\xa2\xab": 0xe766,
		"\xfe\x51": 0x20087,
		"\xa6\xd9": 0xfe10, "\xa8\xbc": 0x1e3f, "\xfe\x59": 0x9fb4, "\xa1\x40": 0xe4c6, "\xa7\xa0": 0xe765} {
		got, err := decode([]byte("x," + code + "\n"))
		if string(got) != "x,"+string(want)+"\n" || err != nil {
			t.Errorf("%x: %q, %v, want %q", code, got, err, want)
		}
	}
	lone := 0 // every pair of bytes of the standard is a character
	for a := 0x81; a <= 0xfe; a++ {
		for b := 0x40; b <= 0xfe; b++ {
			if out, err := decodeGB([]byte{byte(a), byte(b)}); b != 0x7f && (err != nil || badLines(out) > 0) {
				lone++
			}
		}
	}
	if lone > 0 {
		t.Errorf("%d pairs of bytes are no character", lone)
	}
}

func gbk(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// One bad byte refuses its row, and names it.
func TestOneBadByte(t *testing.T) {
	for name, list := range map[string]string{
		"GBK":   gbk(t, header+"（2026）京0101民初1号,案件受理费,1,张") + "\xff" + gbk(t, ",\n（2026）京0101民初2号,案件受理费,x,李四,\n"),
		"UTF-8": header + "（2026）京0101民初1号,案件受理费,1,张\xff,\n（2026）京0101民初2号,案件受理费,x,李四,\n",
	} {
		_, err := Read(strings.NewReader(list), now)
		if err == nil || !strings.Contains(err.Error(), "line 2, column 交费人: a character cannot be read") ||
			!strings.Contains(err.Error(), "line 3, column 金额: not an amount") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func utf16le(text string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

func TestSeparatorsAndTitles(t *testing.T) {
	list := header + "（2026）京0101民初1号,案件受理费,2700,张三,2026-11-23\n"
	tabs, semicolons := strings.ReplaceAll(list, ",", "\t"), strings.ReplaceAll(list, ",", ";")
	for name, text := range map[string]string{"tab": tabs, "semicolon": semicolons, "sep": "sep=;\r\n" + semicolons,
		"sep tab": "sep=\t\n" + tabs, "UTF-16": utf16le(list), "UTF-16 tab": utf16le(tabs), "GBK tab": gbk(t, tabs),
		"old Macintosh": strings.ReplaceAll(list, "\n", "\r"),
		"and in UTF-16": utf16le(strings.ReplaceAll(list, "\n", "\r")),
		"titles":        "某某人民法院缴费清单\n打印日期：2026-11-23,,\n\n" + list,
		"formulas":      "sep=;\n" + strings.Replace(semicolons, "2700", `="2700"`, 1)} {
		bills, err := Read(strings.NewReader(text), now)
		if err != nil || len(bills) != 1 || bills[0].Amount != 270000 {
			t.Errorf("%s: %+v, %v", name, bills, err)
		}
	}
	_, err := Read(strings.NewReader("sep=,\n标题\n"+list+"（2026）京0101民初2号,案件受理费,x,李四,\n"), now)
	if err == nil || !strings.Contains(err.Error(), "line 5, column 金额") {
		t.Errorf("lines below titles: %v", err)
	}
}
