package register

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/holiday"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, payment.China)

func open(t testing.TB) *Register {
	t.Helper()
	r, err := Open(filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func find(t testing.TB, r *Register, text string) []bill.Bill {
	t.Helper()
	n, err := caseno.Parse(text, now)
	if err != nil {
		t.Fatal(err)
	}
	bills, err := r.Find(t.Context(), bill.Query{Case: n})
	if err != nil && !errors.Is(err, bill.ErrNotFound) {
		t.Fatal(err)
	}
	return bills
}

const header = "案号,费用项目,金额,交费人,通知日期\n"

func TestImportIsASnapshot(t *testing.T) {
	r := open(t)
	steps := []struct {
		list string
		want Summary
	}{
		{"（2026）京0101民初1号,案件受理费,2700,张晓明,2026-11-23\n（2026）京0101民初2号,案件受理费,50,李四,\n", Summary{Added: 2}},
		{"（2026）京0101民初1号,案件受理费,2700,张晓明,2026-11-23\n（2026）京0101民初2号,案件受理费,50,李四,\n", Summary{Unchanged: 2}},
		{"2026京0101民初1,案件受理费,\"¥2,800.00\",张晓明,2026/11/23\n", Summary{Changed: 1, Missing: 1}},
		{"2026京0101民初1,案件受理费,2800,张晓明,20261123\n2026京0101民初2,案件受理费,50,李四,\n", Summary{Unchanged: 1, Changed: 1}},
	}
	for i, s := range steps {
		got, err := r.Import(t.Context(), strings.NewReader(header+s.list), "list.csv", now)
		if err != nil || !reflect.DeepEqual(got, s.want) {
			t.Errorf("import %d = %+v, %v, want %+v", i+1, got, err, s.want)
		}
	}
	bills := find(t, r, "（2026）京0101民初1号之一")
	if len(bills) != 1 || bills[0].Amount != 280000 || bills[0].Withdrawn ||
		!bills[0].Deadline.Equal(time.Date(2026, 11, 30, 0, 0, 0, 0, payment.China)) {
		t.Errorf("found %+v", bills)
	}
	if got := string(bills[0].Payer); got != "张*明" {
		t.Errorf("the file keeps the name %q", got)
	}
}

func TestEncodings(t *testing.T) {
	list := header + "（2026）京0101民初1号,案件受理费,2700,王㛃,2026年11月23日\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"utf8": list, "bom": "\xef\xbb\xbf" + list, "gb18030": gb,
		"crlf": strings.ReplaceAll(list, "\n", "\r\n")} {
		bills, err := Read(strings.NewReader(text), now)
		if err != nil || len(bills) != 1 || bills[0].Payer != "王*" || bills[0].Amount != 270000 {
			t.Errorf("%s: %+v, %v", name, bills, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	tests := map[string]struct{ list, want string }{
		"no header":        {"", "nothing was taken:\nthe file has no header line"},
		"no amount column": {"案号,费用项目\nx,y\n", "column 金额: the column is missing"},
		"two of one kind":  {"案号,case,费用项目,金额\n", "a second column of the same meaning"},
		"empty list":       {header, "line 2: the list has no bill"},
		"case number": {header + "（2026）京O101民初1号,案件受理费,1,x,\n",
			"line 2, column 案号: case number: the court's code is wrong"},
		"identity number": {header + "110105199001011234,案件受理费,1,x,\n",
			"line 2, column 案号: case number: this is an identity number"},
		"unknown item": {header + "（2026）京0101民初1号,停车费,1,x,\n",
			"line 2, column 费用项目: unknown item"},
		"not collected":  {header + "（2026）京0101民初1号,鉴定费,1,x,\n", "art. 12"},
		"negative":       {header + "（2026）京0101民初1号,案件受理费,-1,x,\n", "the amount is negative"},
		"scientific":     {header + "（2026）京0101民初1号,案件受理费,2.7E+03,x,\n", "scientific notation"},
		"three decimals": {header + "（2026）京0101民初1号,案件受理费,1.005,x,\n", "not an amount in yuan"},
		"bad grouping":   {header + "（2026）京0101民初1号,案件受理费,\"27,00\",x,\n", "not an amount in yuan"},
		"bad date": {header + "（2026）京0101民初1号,案件受理费,1,x,2026-13-01\n",
			"line 2, column 通知日期: not a date"},
		"twice": {header + "（2026）京0101民初1号,案件受理费,1,x,\n\n2026京0101民初1,案件受理费,2,y,\n",
			"line 4: the same bill stands in line 2"},
		"second row is bad": {header + "（2026）京0101民初1号,案件受理费,1,x,\n（2026）京0101民初2号,案件受理费,,y,\n",
			"line 3, column 金额: the amount is empty"},
		"amount in two fields": {header + "（2026）京0101民初1号,案件受理费,2,700.00,x,\n",
			"line 2: 6 fields under 5 headers"},
		"amount in two fields, one gone": {header + "（2026）京0101民初1号,案件受理费,2,700.00,2026-11-23\n",
			"column 交费人: not a name"},
		"short row": {header + "（2026）京0101民初1号,案件受理费,1\n", "line 2: 3 fields under 5 headers"},
		"lost quote": {header + "（2026）京0101民初1号,案件受理费,1,\"x,\n（2026）京0101民初2号,案件受理费,1,x,\n",
			"line 2: the line is no CSV"},
		"identity number in a name": {header + "（2026）京0101民初1号,案件受理费,1,张三110105199001011234,\n",
			"column 交费人: holds an identity number"},
		"another purse": {"案号,费用项目,金额,资金类别\n（2026）京0101民初1号,案件受理费,1,执行款\n",
			"column 资金类别: the item belongs to 诉讼费"},
		"not collected, with a purse": {"案号,费用项目,金额,资金类别\n（2026）京0101民初1号,司法鉴定费,1,诉讼费\n", "art. 12"},
		"deadline before notice": {"案号,费用项目,金额,通知日期,截止日期\n（2026）京0101民初1号,案件受理费,1,2026-11-23,2026-11-22\n",
			"column 截止日期: before the notice's date"},
		"a notice of one width": {"案号,费用项目,金额,通知书编号\n（2026）京0101民初1号,案件受理费,1,ＺＸ－1\n（2026）京0101民初2号,案件受理费,1,ZX-1\n",
			"line 3: the same bill stands in line 2"},
		"another identity": {"案号,费用项目,金额,通知书编号\n（2026）京0101民初9号,案件受理费,1,N1\n",
			"line 2: the same bill was listed without a notice number before"},
		"rubbish": {"\xff\x00\x81\n\xff\n", "neither UTF-8 nor GB18030"},
	}
	for name, tt := range tests {
		r := open(t)
		if _, err := r.Import(t.Context(), strings.NewReader(header+"（2026）京0101民初9号,案件受理费,1,x,\n"), "first.csv",
			now); err != nil {
			t.Fatal(err)
		}
		_, err := r.Import(t.Context(), strings.NewReader(tt.list), "list.csv", now)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		if bills := find(t, r, "（2026）京0101民初9号"); len(bills) != 1 || bills[0].Withdrawn {
			t.Errorf("%s: the refused list changed the register: %+v", name, bills)
		}
		if err != nil && strings.Contains(err.Error(), "110105199001011234") {
			t.Errorf("%s: the error echoes an identity number", name)
		}
	}
}

func TestSpreadsheetHabits(t *testing.T) {
	list := "备注,金额(元),项目,案号\n'x,\"=\"\"2700.5\"\"\",案件受理费,'（2026）京0101民初1号\n,,,\n"
	bills, err := Read(strings.NewReader(list), now)
	if err != nil || len(bills) != 1 || bills[0].Amount != 270050 || bills[0].Remark != "x" {
		t.Errorf("got %+v, %v", bills, err)
	}
}

func TestFormulas(t *testing.T) {
	list := "案号,费用项目,金额,通知书编号,备注\r\n（2026）京0101民初1号,案件受理费,=\"2700\",=\"0123\",\"a \"\"b\"\", =\"\"c\"\"\"\r\n"
	bills, err := Read(strings.NewReader(list), now)
	if err != nil || len(bills) != 1 || bills[0].Amount != 270000 || bills[0].Notice != "0123" ||
		bills[0].Remark != `a "b", ="c"` {
		t.Errorf("got %+v, %v", bills, err)
	}
}

func TestDeadlines(t *testing.T) {
	tests := map[string]struct{ row, want string }{
		"prepaid":       {"（2026）京0101民初1号,案件受理费,2026-11-23,", "2026-11-30"},
		"National Day":  {"（2026）京0101民初1号,案件受理费,2026-09-25,", "2026-10-08"},
		"New Year":      {"（2026）京0101民初1号,案件受理费,2026-02-10,", "2026-02-24"},
		"named, on one": {"（2026）京0101民初1号,案件受理费,2026-09-25,2026-10-03", "2026-10-03"},
		"named":         {"（2026）京0101民初1号,案件受理费,2026-11-23,2026-12-15", "2026-12-15"},
		"execution fee": {"（2026）京0101执1号,申请执行费,2026-11-23,", "none"},
		"money":         {"（2026）京0101执1号,执行款,2026-11-23,", "none"},
		"fine":          {"（2026）京0101司惩1号,罚款,2026-11-23,", "none"},
		"no notice":     {"（2026）京0101民初1号,案件受理费,,", "none"},
	}
	for name, tt := range tests {
		bills, err := Read(strings.NewReader("金额,案号,费用项目,通知日期,截止日期\n1,"+tt.row+"\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := "none"
		if day, sure := bills[0].LastDay(holiday.Calendar{}); !day.IsZero() {
			got = day.Format(time.DateOnly)
			if !sure {
				t.Errorf("%s: %s may be later", name, got)
			}
		}
		if got != tt.want {
			t.Errorf("%s: deadline %s, want %s", name, got, tt.want)
		}
	}
}

// A court that begins to number its notices imports a list without the bill first: then it is meant.
func TestBillMayChangeItsIdentityInTwoSteps(t *testing.T) {
	r := open(t)
	const other = "（2026）京0101民初8号,案件受理费,1,\n"
	for i, list := range []string{"（2026）京0101民初9号,案件受理费,1,\n" + other, other, "（2026）京0101民初9号,案件受理费,1,N1\n" + other} {
		if _, err := r.Import(t.Context(), strings.NewReader("案号,费用项目,金额,通知书编号\n"+list), "list.csv", now); err != nil {
			t.Fatalf("import %d: %v", i+1, err)
		}
	}
	if bills := find(t, r, "（2026）京0101民初9号"); len(bills) != 2 || !bills[1].Missing && !bills[0].Missing {
		t.Errorf("found %+v", bills)
	}
}

func TestAmountReadsWhatFenWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := payment.Fen(rapid.Int64Range(0, int64(bill.MaxAmount)).Draw(t, "fen"))
		got, err := Amount("￥" + want.String() + "元")
		if err != nil || got != want {
			t.Fatalf("Amount(%s) = %s, %v", want, got, err)
		}
	})
}

func TestSampleBills(t *testing.T) {
	bills, err := Read(bytes.NewReader(assets.SampleBills), now)
	if err != nil {
		t.Fatal(err)
	}
	purses := make(map[bill.Purse]int)
	for _, b := range bills {
		purses[b.Purse]++
	}
	if len(bills) < 40 || len(purses) != len(bill.Purses) {
		t.Errorf("got %d bills of purses %v", len(bills), purses)
	}
}

// The demo's list is good in any year.
func TestSampleBillsOfLaterYears(t *testing.T) {
	for _, year := range []int{2026, 2027, 2031} {
		bills, err := Read(bytes.NewReader(assets.SampleBillsOf(year)),
			time.Date(year, 2, 1, 0, 0, 0, 0, payment.China))
		found := false
		for _, b := range bills {
			found = found || b.Case.Year == year && b.Case.Serial == "12345"
		}
		if err != nil || !found {
			t.Errorf("%d: %d bills, %v", year, len(bills), err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	r := open(t)
	if _, err := Open(r.db.Path()); !errors.Is(err, ErrLocked) {
		t.Errorf("a second open = %v", err)
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	db, err := bbolt.Open(newer, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucket(bucketBills); err != nil {
			return err
		}
		meta, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		return meta.Put(keyFormat, []byte("courtkiosk register 2"))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path string
		want error
	}{
		"below a file": {filepath.Join(file("file", "x"), "register.db"), ErrAccess},
		"no folder":    {filepath.Join(dir, "none", "register.db"), ErrAccess},
		"empty":        {file("empty", ""), ErrFormat},
		"rubbish":      {file("rubbish", strings.Repeat("rubbish ", 4096)), ErrFormat},
		"newer":        {newer, ErrNewer},
	}
	for name, tt := range tests {
		if _, err := Open(tt.path); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "empty")); err != nil || len(text) != 0 {
		t.Errorf("the empty file was changed: %d bytes, %v", len(text), err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + "（2026）京0101民初1号,案件受理费,2700,张晓明,2026-11-23\n"))
	f.Add(assets.SampleBills[:400])
	f.Fuzz(func(t *testing.T, data []byte) {
		bills, err := Read(bytes.NewReader(data), now)
		if err == nil && len(bills) == 0 {
			t.Fatal("an empty list was taken")
		}
	})
}

func BenchmarkImport10000(b *testing.B) {
	var list strings.Builder
	list.WriteString(header)
	for i := range 10_000 {
		n := caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: itoa(i + 1)}
		list.WriteString(n.String() + ",案件受理费,2700,张晓明,2026-11-23\n")
	}
	for b.Loop() {
		if _, err := open(b).Import(b.Context(), strings.NewReader(list.String()), "list.csv", now); err != nil {
			b.Fatal(err)
		}
	}
}

func itoa(n int) string { return payment.Fen(n * 100).String()[:len(payment.Fen(n*100).String())-3] }
