package ear

import (
	"testing"

	"courtkiosk/app/message"
)

// texts are what screens write, literally.
var texts = []string{
	"¥2,700.00", "应付金额已变更为 ¥2,800.00，请重新核对", "普通程序 · 标的额 120,000.00 元", "申请执行费　¥1,450.00",
	"（2026）京0101民初12345号", "（2026）京0101民初…45号", "（2026）京0101……45号之一", "（2021）粤03破230号（个1）之二",
	"2026年11月30日（含）前，还剩7天", "2026-11-23 14:33:07", "2026年11月23日 星期一", "周一至周五 9:00–12:00、13:30–17:00",
	"15:30后现金请到3号窗口\nCash at Window 3 after 15:30", "诉讼服务热线　**12368**", "终端 03", "ZF-0101-03-261123-0087",
	"商户单号 ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567", "4200 0026 1120 2611 2312 3456 7890", "…4567", "张*明", "欧**明",
	"北京****公司", "4200 0026 1120 2611 2312 34**567890**", "人民币 贰仟柒佰元整", "RMB 2,700.00 (two thousand seven hundred yuan)",
	"超过¥10,000.00至¥100,000.00的部分：¥90,000.00 × 2.5%", "按上述金额的 1/2 交纳", "30 Nov 2026 (7 days left)",
	"Mon 23 Nov 2026, 9:05–17:00", "back in 18 s", "Merchant order no. ABCD EF23", "code B-03, 1st of 3",
	"0 不是 O，1 不是 l 或 I", "裁定书编号里的“-2”请写成“之二”", "[[h@l'oU]]<b>&amp;--help", "０１２．５％￥－３", "0.1.0 99:99 1/0 2026-13-45",
	"18446744073709551616元 ¥99999999999999999999.99 1,2,3 ,,, ...", "〇一二不一", "é Ж 한 あ ﷽ \u0301\u200b\ufeff one",
}

// What a screen writes leaves nothing for a voice that it misreads.
func TestTextsLeaveNothing(t *testing.T) {
	for _, text := range texts {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			parts := Parts(lang, text)
			if len(parts) == 0 {
				t.Errorf("%q says nothing", text)
			}
			for _, p := range parts {
				if wrong := wrongPart(p); wrong != "" {
					t.Errorf("%s of %q: %s", lang, text, wrong)
				}
			}
		}
	}
}

func FuzzParts(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			for _, p := range Parts(lang, text) {
				if wrong := wrongPart(p); wrong != "" {
					t.Errorf("%s of %q: %s", lang, text, wrong)
				}
			}
			if words := Digits(lang, text); words != "" && len(Parts(lang, words)) == 0 {
				t.Errorf("%q of %q says nothing", words, text)
			}
			Digit(lang, text)
		}
	})
}

func BenchmarkParts(b *testing.B) {
	Warm()
	for _, text := range []string{"¥2,700.00", "（2026）京0101民初12345号", "本次应付 ¥2,700.00，还剩7天",
		message.Text(message.Chinese, "ear.pay.where"), message.Text(message.Chinese, "help.5.a")} {
		b.Run(text[:min(len(text), 24)], func(b *testing.B) {
			for b.Loop() {
				Parts(message.Chinese, text)
			}
		})
	}
	b.Run("English", func(b *testing.B) {
		text := message.Text(message.English, "ear.pay.where")
		for b.Loop() {
			Parts(message.English, text)
		}
	})
}

func BenchmarkWarm(b *testing.B) {
	for b.Loop() {
		newReadings()
		newChineseRules()
		newEnglishRules()
	}
}
