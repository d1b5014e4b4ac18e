package view

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"

	"courtkiosk/app/bill"
	"courtkiosk/app/fee"
	"courtkiosk/app/message"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

var han = regexp.MustCompile(`\p{Han}`)

// english reports whether a term is said in English, with its Chinese below.
func english(term, chinese string) bool {
	said, paper, _ := strings.Cut(term, "\n")
	return !han.MatchString(said) && paper == chinese
}

// Every item that the program knows, every line of the fee schedule and every cause of the demo that a screen shows is
// said in English on English pages, and as the paper has it on Chinese ones.
func TestTerms(t *testing.T) {
	list := bill.Items()
	for _, r := range fee.Kinds() {
		list = append(list, r.Items...)
	}
	rows, err := csv.NewReader(bytes.NewReader(assets.SampleBills)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if cause := row[6]; strings.HasSuffix(cause, "纠纷") && !bill.Sensitive(cause, bill.QuietCauses) {
			list = append(list, cause)
		}
	}
	if len(list) < 60 {
		t.Fatalf("only %d terms were found", len(list))
	}
	for _, chinese := range list {
		if got := Term(message.English, chinese); !english(got, chinese) {
			t.Errorf("%s is said as %q", chinese, got)
		}
		if got := Term(message.Chinese, chinese); got != chinese || Said(got) != chinese {
			t.Errorf("in Chinese %s is said as %q", chinese, got)
		}
	}
	if got := Term(message.English, "没有的纠纷"); got != "没有的纠纷" {
		t.Errorf("an unknown cause is said as %q", got)
	}
}

// A cause that no screen in a lobby shows needs no English; one that has it would be shown by nobody.
func TestCausesAreShown(t *testing.T) {
	text, err := assets.Terms.ReadFile("terms/causes.csv")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(text)) {
		cause, _, _ := strings.Cut(line, ",")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if count++; bill.Sensitive(cause, bill.QuietCauses) {
			t.Errorf("%s is shown on no screen", cause)
		}
	}
	if count < 40 {
		t.Errorf("%d causes", count)
	}
}

func TestArticles(t *testing.T) {
	for _, r := range fee.Kinds() {
		if got := Article(message.English, r.Article); han.MatchString(got) {
			t.Errorf("%s is said as %q", r.Article, got)
		}
	}
	for chinese, want := range map[string]string{
		"第八条": "art. 8", "第十三条第（二）项第1目": "art. 13(2)(1)", "第二十一条": "art. 21", "第二十条第（十）项": "art. 20(10)",
		"附则": "附则",
	} {
		if got := Article(message.English, chinese); got != want {
			t.Errorf("%s is said as %q, want %q", chinese, got, want)
		}
		if got := Article(message.Chinese, chinese); got != chinese {
			t.Errorf("in Chinese %s is said as %q", chinese, got)
		}
	}
	steps := Calculator{Kind: "divorce", Yuan: "1000000"}.Steps(message.English)
	if text := steps.Law + steps.Article; han.MatchString(text) {
		t.Errorf("the law is said as %q", text)
	}
}

func TestRemarks(t *testing.T) {
	for chinese, want := range map[string]string{
		"": "",
		"普通程序 · 标的额 120,000.00 元": "Ordinary procedure · amount in dispute ¥120,000.00",
		"简易程序 · 减半收取":             "Summary procedure · halved",
		"简易程序 · 由张三代交":            "简易程序 · 由张三代交", // a part that is not known: all of it as the court says it
	} {
		if got := Remark(message.English, chinese); got != want {
			t.Errorf("%q is said as %q, want %q", chinese, got, want)
		}
		if got := Remark(message.Chinese, chinese); got != chinese {
			t.Errorf("in Chinese %q is said as %q", chinese, got)
		}
	}
}

func TestCapitals(t *testing.T) {
	for lang, want := range map[message.Lang]string{message.Chinese: "人民币 贰仟柒佰元整",
		message.English: "RMB 2,700.00 (two thousand seven hundred yuan)"} {
		if got := Capitals(lang, payment.Fen(270000)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A frame speaks a language wholly, as far as the court has said its names in it, and back again.
func TestFrameIn(t *testing.T) {
	f := Frame{Paper: Names{Court: "某法院", Window: "2号窗口", Cash: "一层银行"},
		English: Names{Court: "A Court", Window: "Window 2"}}
	zh := f.In(message.Chinese)
	en := zh.In(message.English)
	if en.Lang != message.English || en.Court != "A Court" || en.Window != "Window 2" || en.Cash != "一层银行" {
		t.Errorf("in English %+v", en)
	}
	if back := en.In(message.Chinese); back != zh || back.Court != "某法院" || back.Window != "2号窗口" {
		t.Errorf("back in Chinese %+v", back)
	}
	if got := en.Payee("某法院"); got != "A Court\n某法院" {
		t.Errorf("the payee is %q", got)
	}
	if got := en.Payee("某某执行专户"); got != "某某执行专户" { // its own name at WeChat
		t.Errorf("another payee is %q", got)
	}
	if got := zh.Payee("某法院"); got != "某法院" {
		t.Errorf("in Chinese the payee is %q", got)
	}
}

// A court is called in English by its own name, or by where and what it is, with the Chinese below.
func TestCourtNames(t *testing.T) {
	f := SampleFrame(message.English)
	for code, want := range map[string]string{
		"京0101": "Beijing Dongcheng District People's Court\n北京市东城区人民法院", "京0105": "Beijing Basic Court\n北京市朝阳区人民法院",
		"京0491": "Beijing Special Court\n北京互联网法院", "沪": "Shanghai High Court\n上海市高级人民法院",
		"最高法": "Supreme People's Court\n最高人民法院", "京9999": "",
	} {
		if got := f.CourtName(code); got != want {
			t.Errorf("%s is called %q, want %q", code, got, want)
		}
	}
	for _, place := range "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新兵军" {
		name := f.CourtName(string(place)) // of its high court
		if said, paper, _ := strings.Cut(name, "\n"); paper == "" || han.MatchString(said) {
			t.Errorf("%c has %q", place, name)
		}
	}
	if got := f.In(message.Chinese).CourtName("京0105"); got != "北京市朝阳区人民法院" {
		t.Errorf("in Chinese it is called %q", got)
	}
}
