package ear

import (
	"strings"
	"testing"

	"courtkiosk/app/message"
)

// said writes parts on one line: what each voice is given.
func said(parts []Part) string {
	var list []string
	for _, p := range parts {
		list = append(list, string(p.Lang)+" "+p.Words)
	}
	return strings.Join(list, " | ")
}

func TestChinese(t *testing.T) {
	for text, want := range map[string]string{
		"¥0.05":           "五分",
		"¥0.20":           "两角",
		"¥10.05":          "十元零五分",
		"¥1,020.50":       "一千零二十元五角",
		"¥2,700.00":       "两千七百元整",
		"¥10,000.00":      "一万元整",
		"¥100,500.00":     "十万零五百元整",
		"120,000.00 元":    "十二万元整",
		"¥20,000,000.00":  "两千万元整",
		"¥222,222,222.22": "两亿两千二百二十二万两千二百二十二元二角二分",
		"¥9,999,999,999.99": "九十九亿九千九百九十九万九千九百九十九元" +
			"九角九分",
		"¥-5.00": "负五元整",
		"¥1.234": "一点二三四元",
		"10万元，1.5万元，2万元，50元，10,000元": "十万元，一点五万元，两万元，五十元，一万元",
		"人民币 贰仟柒佰元整":                 "人民币贰仟柒佰元整",

		"（2026）京0101民初12345号":    "二零二六年，京，零幺零幺，民初，幺二三四五号",
		"（2026）京0101民初123456号":   "二零二六年，京，零幺零幺，民初，幺二三四，五六号",
		"（2026）京0101民初…45号":      "二零二六年，京，零幺零幺，民初，末尾四五号",
		"（2026）京0101民初…号":        "二零二六年，京，零幺零幺，民初，某号",
		"（2026）京0101……45号之一":     "二零二六年，京，零幺零幺，某，末尾四五号之一",
		"（2019）最高法民终2号":          "二零一九年，最高法，民终，二号",
		"（2021）粤03破230号（个1）之二":   "二零二一年，粤，零三，破，二三零号，个幺，之二",
		"例如（2026）京0101民初12345号。": "例如，二零二六年，京，零幺零幺，民初，幺二三四五号",

		"2026-11-23 14:33:07":    "二零二六年十一月二十三日，十四点三十三分零七秒",
		"2026年11月30日（含）前，还剩7天":   "二零二六年十一月三十日前，含当日，还剩七天",
		"11月1日，明天9:05，2:00":      "十一月一日，明天九点零五分，两点",
		"9:00–12:00、13:30–17:00": "九点至十二点，十三点三十分至十七点",
		"2026年起，2016年以前，99:99":   "二零二六年起，二零一六年以前，九九，九九",
		"4分02秒，1秒，6位，1至8位":       "四分零二秒，一秒，六位，一至八位",
		"2次，2天，2号窗口，第2次，第12行":    "两次，两天，二号窗口，第二次，第十二行",
		"国务院令第481号":              "国务院令第四百八十一号",
		"2.5% 1/2 × 0.5%":        "百分之二点五，二分之一乘以百分之零点五",

		"热线　**12368**":    "热线，幺二三六八",
		"010-12345678":    "零幺零，幺二三四，五六七八",
		"代码 B-03，终端 03":   "代码必，零三，终端零三",
		"ZF-0101-03-0087": "贼艾弗，零幺零幺，零三，零零八七",
		"…4567":           "尾号四五六七",
		"商户单号 ABCD YZ23":  "商户单号诶必西弟，歪贼二三",
		"4200 0026 1120":  "四二零零，零零二六，幺幺二零",
		"0 不是 O":          "零不是欧",
		"现在是2026年，京0101，民初，沪74知民终": "现在是二零二六年，京，零幺零幺，民初，沪，七四，知民终",
		"音量1，语速12，按1，按1键，第3位":      "音量一，语速十二，按一，按一键，第三位",

		"¥50.00 – ¥300.00，周一 – 周五": "五十元整至三百元整，周一，周五",
		"张*明，欧**明，北京****公司":        "张某明，欧某某明，北京某某公司",
		"用**微信**「扫」“一”扫":           "用微信扫一扫",
		"Ж，☃，\u3400\U0002FFFF":     "某，某",
		"１２．５％":                    "百分之十二点五",
		"…，。 ":                     "",
		"":                         "",
	} {
		got := said(Parts(message.Chinese, text))
		if want != "" {
			want = "zh " + want
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestSounds(t *testing.T) {
	for text, want := range map[string]string{
		"¥11,111.11":  "yi2 wan4 yi4 qian1 yi4 bai3 yi1 shi2 yi1 yuan2 yi4 jiao3 yi4 fen1",
		"¥101.00":     "yi4 bai3 ling2 yi1 yuan2 zheng3",
		"¥10,010.00":  "yi2 wan4 ling2 yi1 shi2 yuan2 zheng3",
		"1次，1天，1号，1楼": "yi2 ci4, yi4 tian1, yi1 hao4, yi1 lou2",
		"1月1日":        "yi1 yue4 yi1 ri4",
		"一个，一致，一起，一千，第一次，之一": "yi2 ge4, yi2 zhi4, yi4 qi3, yi4 qian1, di4 yi1 ci4, zhi1 yi1",
		"不要，不能，不":            "bu2 yao4, bu4 neng2, bu4",
		"扫一扫，准不准":            "sao3 yi5 sao3, zhun3 bu5 zhun3",
		"银行院长重新调解，调查":        "yin2 hang2 yuan4 zhang3 chong2 xin1 tiao2 jie3, diao4 cha2",
		"应缴，应交，应答，返还，还剩":     "ying1 jiao3, ying1 jiao1, ying4 da2, fan3 huan2, hai2 sheng4",
		"执行款，一行，行为，发行业务":     "zhi2 xing2 kuan3, yi4 hang2, xing2 wei2, fa1 xing2 ye4 wu4",
		"行初，执行，刑没，刑更":        "xing2 chu1, zhi2 xing2, xing2 mo4, xing2 geng1",
		"单*明，曾*，任**，解****公司，查询，责任": "shan4 mou3 ming2, zeng1 mou3, ren2 mou3 mou3, " +
			"xie4 mou3 mou3 gong1 si1, cha2 xun2, ze2 ren4",
		"女，绿，略": "nv3, lv4, lve4",
		"第3行":   "di4 san1 hang2",
		"您好。请！": "nin2 hao3. qing3",
	} {
		var got []string
		for _, p := range Parts(message.Chinese, text) {
			got = append(got, p.Sound)
		}
		if s := strings.Join(got, " | "); s != want {
			t.Errorf("%s\n got %s\nwant %s", text, s, want)
		}
	}
}

func TestEnglish(t *testing.T) {
	for text, want := range map[string]string{
		"¥2,700.00":      "en two thousand seven hundred yuan",
		"¥2,700.50":      "en two thousand seven hundred yuan and fifty fen",
		"¥0.05, ¥-12.00": "en five fen, minus twelve yuan",
		"¥9,999,999,999.99": "en nine billion nine hundred and ninety-nine million nine hundred " +
			"and ninety-nine thousand nine hundred and ninety-nine yuan and ninety-nine fen",
		"RMB 1,005.00 (one)": "en one thousand and five yuan, one",
		"（2026）京0101民初12345号": "en two zero two six | zh 京 | en zero one zero one | zh 民初 | " +
			"en one two three four five | zh 号",
		"（2026）京0101民初…45号": "en two zero two six | zh 京 | en zero one zero one | zh 民初 | " +
			"en ending in four five | zh 号",
		"30 Nov 2026 (1 day)": "en the thirtieth of November twenty twenty-six, one day",
		"Mon 23 Nov, 2 Jan":   "en Monday the twenty-third of November, the second of January",
		"2026-11-23 14:33:07": "en the twenty-third of November twenty twenty-six, " +
			"fourteen thirty-three and seven seconds",
		"9:00–17:05, Mon–Fri":  "en nine o'clock to seventeen oh five, Monday to Friday",
		"back in 18 s, in 1 s": "en back in eighteen seconds, in one second",
		"before 2016, of 1905": "en before twenty sixteen, of nineteen oh five",
		"¥50.00 – ¥300.00":     "en fifty yuan to three hundred yuan",
		"Window 2 (P-05)":      "en Window two, P, zero five",
		"12368, 03, 481, 1st":  "en one two three six eight, zero three, four hundred and eighty-one, first",
		"4200 0026 1120":       "en four two zero zero, zero zero two six, one one two zero",
		"order no. ABCD EF23":  "en order number A B C D, E F two three",
		"transaction no. Your": "en transaction number. Your",
		"…4567":                "en ending in four five six seven",
		"¥10.00 × 2.5% & 1/2":  "en ten yuan times two point five percent and one over two",
		"pay 张*明 or **Wi-Fi**": "en pay | zh 张某明 | en or Wi-Fi",
		"J*n’s \"key\" [x] <b": "en J masked n's key, x, b",
		"":                     "",
	} {
		if got := said(Parts(message.English, text)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// English within Chinese has an English voice; codes are spelled.
func TestProseInChinese(t *testing.T) {
	for text, want := range map[string]string{
		"开始 · Touch to begin":                     "zh 开始 | en Touch to begin",
		"到3号窗口\nCash at Window 3 after 15:30\n再来": "zh 到三号窗口 | en Cash at Window three after fifteen thirty | zh 再来",
		"WeChat，EN，请按English键":                    "en WeChat | zh 易恩，请按 | en English | zh 键",
		"Window 2号，Check a1b2，b2":                 "en Window | zh 二号 | en Check A one B two | zh 必二",
	} {
		if got := said(Parts(message.Chinese, text)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}
