package view

import (
	"fmt"
	"testing"

	"courtkiosk/app/fee"
)

// What is printed of a kind is what the calculator computes with.
func TestFeeTable(t *testing.T) {
	said := make(map[string]string)
	table := FeeTable()
	for _, k := range table.Kinds {
		said[k.Name] = fmt.Sprint(k.Rates)
		if len(k.Rates) == 0 {
			t.Errorf("%s costs nothing that is said", k.Name)
		}
		for i, r := range k.Rates {
			if r.Sum == "" || r.Label == "" && len(k.Rates) > 1 {
				t.Errorf("%s: rate %d is %+v", k.Name, i, r)
			}
		}
	}
	if len(said) != len(fee.Kinds()) || table.Law == "" {
		t.Errorf("%d lines of %d, by %q", len(said), len(fee.Kinds()), table.Law)
	}
	for name, want := range map[string]string{
		"财产案件受理费": "[{不超过1万元 50元} {超过1万元至10万元的部分 2.5%} {超过10万元至20万元的部分 2%} {超过20万元至50万元的部分 1.5%} " +
			"{超过50万元至100万元的部分 1%} {超过100万元至200万元的部分 0.9%} {超过200万元至500万元的部分 0.8%} " +
			"{超过500万元至1000万元的部分 0.7%} {超过1000万元至2000万元的部分 0.6%} {超过2000万元的部分 0.5%}]",
		"离婚案件受理费":   "[{标准 每件50至300元} {不超过20万元 不另交} {超过20万元的部分 0.5%}]",
		"劳动争议案件受理费": "[{ 每件10元}]",
		"财产保全申请费":   "[{不超过1,000元 30元} {超过1,000元至10万元的部分 1%} {超过10万元的部分 0.5%} {最多 5,000元}]",
		"支付令申请费":    "[{ 按财产案件受理费的三分之一}]",
		"破产申请费":     "[{标准 按财产案件受理费的一半} {最多 30万元}]",
		"不交纳案件受理费":  "[{ 不交纳}]",
	} {
		if said[name] != want {
			t.Errorf("%s: got %s, want %s", name, said[name], want)
		}
	}
}
