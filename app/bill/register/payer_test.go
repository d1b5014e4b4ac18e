package register

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/app/bill"
)

const typed = "案号,费用项目,金额,交费人,付款人类型\n"

// payers are names as a list writes them, what it says of each, and what receipts print.
var payers = []struct{ name, kind, printed, shown string }{
	{"张晓明", "", "张*明", "张*明"},
	{"李小四", "个人", "李*四", "李*四"},
	{"北京晨曦商贸有限公司", "", "北京晨曦商贸有限公司", "北京****公司"},
	{"北京市东城区市场监督管理局", "单位", "北京市东城区市场监督管理局", "北京****理局"},
	{"北京晨曦律师事务所", "", "北京****务所", "北京****务所"},
	{"上海朝霞律师事务所", "单位", "上海朝霞律师事务所", "上海****务所"},
	{"王小五餐饮店", "", "王小****饮店", "王小****饮店"},
	{"东城区赵小六百货店（经营者赵小六）", "单位", "东城****货店", "东城****货店"},
	{"前门村第三村民小组", "单位", "前门村第三村民小组", "前***组"},
}

// The list keeps payers as receipts print them and no more, over a restart and a bill that is listed no more.
func TestPayersAreKeptAsPrinted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "register.db")
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	list := typed
	for i, p := range payers {
		list += fmt.Sprintf("（2026）京0101民初%d号,案件受理费,2700,%s,%s\n", i+1, p.name, p.kind)
	}
	for _, want := range []Summary{{Added: len(payers)}, {Unchanged: len(payers)}} {
		got, err := r.Import(t.Context(), strings.NewReader(list), "list.csv", now)
		if err != nil || got.Added != want.Added || got.Unchanged != want.Unchanged {
			t.Fatalf("import = %+v, %v, want %+v", got, err, want)
		}
	}
	last := typed + fmt.Sprintf("（2026）京0101民初%d号,案件受理费,2700,张晓明,\n", len(payers)+1)
	if _, err := r.Import(t.Context(), strings.NewReader(last), "list.csv", now); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range payers {
		if kept := bytes.Contains(file, []byte(p.name)); kept != (p.name == p.printed) {
			t.Errorf("the file keeps %s: %t", p.name, kept)
		}
	}
	if r, err = Open(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for i, p := range payers {
		bills := find(t, r, fmt.Sprintf("（2026）京0101民初%d号", i+1))
		if len(bills) != 1 || !bills[0].Missing {
			t.Fatalf("%s: found %+v", p.name, bills)
		}
		if got := bills[0].PrintedPayer(); got != p.printed || string(bills[0].Payer) != got {
			t.Errorf("%s %s: printed %s of %s, want %s", p.name, p.kind, got, string(bills[0].Payer), p.printed)
		}
		if got := bills[0].Payer.String(); got != p.shown {
			t.Errorf("%s %s: shown %s, want %s", p.name, p.kind, got, p.shown)
		}
	}
}

// A bill that was imported before receipts printed organisations stays as it was.
func TestPayerOfAnOlderFile(t *testing.T) {
	b, err := decodeBill([]byte(`{"Case":"（2026）京0101民初1号","Item":"案件受理费","Payer":"北京****公司"}`))
	if err != nil || b.PrintedPayer() != "北京****公司" {
		t.Errorf("printed %s, %v", b.PrintedPayer(), err)
	}
}

func TestPayerTypes(t *testing.T) {
	for kind, want := range map[string]bool{"": false, "个人": false, "person": false, "单位": true, "Organisation": true} {
		bills, err := Read(strings.NewReader(typed+"（2026）京0101民初1号,案件受理费,2700,某村民小组,"+kind+"\n"), now)
		if err != nil || len(bills) != 1 || bills[0].Corporate != want {
			t.Errorf("%q: %+v, %v", kind, bills, err)
		}
	}
	_, err := Read(strings.NewReader(typed+"（2026）京0101民初1号,案件受理费,2700,张晓明,公司\n"), now)
	if refused, ok := errors.AsType[*Refused](err); !ok || refused.Rows[0].Column != "付款人类型" {
		t.Errorf("an unknown type: %v", err)
	}
	for _, header := range []string{"交费人类型", "缴费人类型", "缴款人类型", "当事人类型", "payer_type", " 付款人类型 "} {
		list := strings.Replace(typed, "付款人类型", header, 1) + "（2026）京0101民初1号,案件受理费,2700,某村民小组,单位\n"
		if bills, err := Read(strings.NewReader(list), now); err != nil ||
			bill.Person.String(bills[0].Payer) != "某***组" ||
			!bills[0].Corporate {
			t.Errorf("under %s: %+v, %v", header, bills, err)
		}
	}
}
