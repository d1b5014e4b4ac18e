package register

import (
	"strings"
	"testing"
)

func TestBadRowsAreSkippedByNumber(t *testing.T) {
	const cols = "案号,费用项目,金额,通知书编号,交费人\n"
	const known = "（2026）京0101民初9号,案件受理费,1,,\n"
	const good = "（2026）京0101民初1号,案件受理费,1,,\n"
	const bad = "（2026）京0101民初2号,案件受理费,x,,\n"
	tests := map[string]struct {
		list string
		skip int
		want string // of the refusal; empty when it is taken
	}{
		"one":                 {good + bad, 1, ""},
		"too few":             {good + bad, 2, "says 2 rows, and 1 are bad"},
		"too many":            {good + bad + strings.Replace(bad, "2号", "3号", 1), 1, "says 1 rows, and 2 are bad"},
		"none":                {good, 1, "says 1 rows, and 0 are bad"},
		"another row":         {good + bad + "（2026）京0101民初2号之一,复制费,1,,\n", 1, "its case stands in another row"},
		"another bad row":     {good + bad + bad, 2, "its case stands in another row"},
		"known":               {good + "（2026）京0101民初9号,复制费,x,,\n", 1, "imported before"},
		"no case":             {good + "（2026）民初2号,案件受理费,1,,\n", 1, "was not read"},
		"no item":             {good + "（2026）京0101民初2号,停车费,1,,\n", 1, "was not read"},
		"notice with control": {good + "（2026）京0101民初2号,案件受理费,1,a\x1b,\n", 1, "was not read"},
		"fields":              {good + "（2026）京0101民初2号,案件受理费,2,700,,\n", 1, "was not read"},
		"lost quote":          {good + "（2026）京0101民初2号,\"案件受理费,2,,\n", 1, "was not read"},
		"nothing else":        {bad, 1, "no bill"},
	}
	for name, tt := range tests {
		r := open(t)
		if _, err := r.Import(t.Context(), strings.NewReader(cols+known), "first.csv", now); err != nil {
			t.Fatal(err)
		}
		s, err := r.ImportSkipping(t.Context(), strings.NewReader(cols+tt.list), "list.csv", now, tt.skip)
		switch bills := find(t, r, "（2026）京0101民初9号"); {
		case len(bills) != 1 || bills[0].Withdrawn:
			t.Errorf("%s: what is not listed became %+v", name, bills)
		case tt.want == "" && (err != nil || len(s.Skipped) != tt.skip || s.Added != 1 || s.Missing != 0):
			t.Errorf("%s: %+v, %v", name, s, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		case tt.want != "" && len(find(t, r, "（2026）京0101民初1号")) > 0:
			t.Errorf("%s: a refused list was taken", name)
		}
	}
}
