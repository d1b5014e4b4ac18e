package desk_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
)

// The paper about an order says what is known and what is not, names nobody, and is told to the audit with whom it was
// for; without that there is none.
func TestExplain(t *testing.T) {
	papers := make(map[string][]byte)
	wants := make(map[string][]string)
	inDay(t, func(c *browser) {
		wants = map[string][]string{
			"567890": {"（2026）京0101民初12345号", "张*明", "实收2,700.00元，人民币贰仟柒佰元整", "付款时间2026年11月23日14:32:41",
				"打印存疑", "已登记这笔付款", "微信账单还没有取得", "财政电子票据是否开具还不知道", "应承办法官或书记员要求，由工号0217",
				"不是交款凭证", "（工号0217）", orderOf(c, "567890").TransactionID},
			"执4410":  {"付款结果未知", "不能据此认定已付或未付"},
			"310447": {"实收2,699.00元", "应交案件受理费", "是否认定为有效付款由主管决定"},
			"730025": {"退款2,700.00元，已到账", "微信签名答复"},
			"774902": {"案件系统是否登记这笔付款还不知道：上报被拒"},
		}
		for q := range wants {
			papers[q] = paperOf(c, q)
		}
		told := 0
		audit, err := c.Ledger.Since(c.Context(), 0, payment.MaxPage)
		if err != nil {
			c.Fatal(err)
		}
		for _, e := range audit {
			if e.Event == clerk.OrderExplained && e.By.Person == clerktest.Clerk &&
				strings.HasSuffix(e.Note, ": 承办法官或书记员") {
				told++
			}
		}
		if told != len(wants) {
			c.Errorf("the audit tells of %d papers, not %d", told, len(wants))
		}
	})
	dir := t.TempDir()
	if *pictures != "" {
		dir = *pictures
	}
	for q, paper := range papers {
		file := filepath.Join(dir, "explain-"+q+".pdf")
		if err := os.WriteFile(file, paper, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", file, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(string(out)), "")
		for _, w := range wants[q] {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %s:\n%s", q, w, text)
			}
		}
		for _, no := range []string{"张晓明", "王小兰", "王小芳"} {
			if strings.Contains(text, no) {
				t.Errorf("%s names %s", q, no)
			}
		}
		if q == "执4410" && (strings.Contains(text, "实收") || strings.Contains(text, "未付款")) {
			t.Errorf("it claims to know:\n%s", text)
		}
	}
}

// paperOf returns the paper about the order that is found, for its judge.
func paperOf(c *browser, q string) []byte {
	c.Helper()
	_, path := opened(c, q)
	form := fields(page(c, path+"/explain"))
	if r := ask(c, http.MethodPost, path+"/explain", form); r.StatusCode != http.StatusUnprocessableEntity {
		c.Errorf("without whom it is for: %d", r.StatusCode)
	}
	form.Set("reason", "承办法官或书记员")
	w := send(c, http.MethodPost, path+"/explain", form, "same-origin")
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || kind != "application/pdf" {
		c.Fatalf("%s is answered %d, %s:\n%s", q, w.Code, kind, w.Body)
	}
	if name := w.Header().Get("Content-Disposition"); !strings.Contains(name, "ZF-") {
		c.Errorf("the file is named %s", name)
	}
	return w.Body.Bytes()
}
