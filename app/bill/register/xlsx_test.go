package register

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// workbook writes rows of cells into a sheet, each as what it is: text, number, day.
func workbook(t testing.TB, change func(*excelize.File), rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var heads = []any{"案号", "费用项目", "金额", "通知书编号", "通知日期"}

func TestWorkbook(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, payment.China)
	text := workbook(t, nil, []any{"北京市东城区人民法院缴费清单"}, []any{}, heads,
		[]any{"（2026）京0101民初1号", "案件受理费", 2700, "TZ-1", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		[]any{"2026京0101民初2号", "财产保全申请费", 1234.56, "20260000000000123456", "2026年11月23日"},
		[]any{},
		[]any{"（2026）京0101执3号", "执行款", "¥12,345.60", "20260000000123400"},
		[]any{"（2026）京0101民初4号", "案件受理费", 0.1 + 0.2, "TZ-4"},
		[]any{"（2026）京0101民初5号", "案件受理费", 10000000.0, "12345678901234", 46349},
	)
	bills, err := Read(bytes.NewReader(text), now)
	if err != nil || len(bills) != 5 {
		t.Fatalf("%+v, %v", bills, err)
	}
	for i, want := range []payment.Fen{270000, 123456, 1234560, 30, 1000000000} {
		if bills[i].Amount != want {
			t.Errorf("row %d: %s, want %s", i, bills[i].Amount, want)
		}
	}
	if !bills[0].Noticed.Equal(day) || !bills[1].Noticed.Equal(day) || !bills[4].Noticed.Equal(day) ||
		bills[1].Notice != "20260000000000123456" {
		t.Errorf("days and notices: %+v", bills)
	}
}

func TestBadWorkbooks(t *testing.T) {
	row := func(amount, notice any) []byte {
		return workbook(t, nil, heads, []any{"（2026）京0101民初1号", "案件受理费", amount, notice, ""})
	}
	tests := map[string]struct {
		text []byte
		want string
	}{
		"three decimals":         {row(2700.123, "N"), "line 2, column 金额: not an amount"},
		"a negative number":      {row(-1, "N"), "the amount is negative"},
		"an error for an amount": {row("#REF!", "N"), "line 2, column 金额: the cell shows the error #REF!"},
		"dropped digits": {row(1, 20260000000123400),
			"line 2, column 通知书编号: stored as a number of more than 15 digits"},
		"a short row": {workbook(t, nil, heads, []any{"（2026）京0101民初1号"}),
			"line 2, column 费用项目: the item is empty"},
		"cells beyond": {workbook(t, nil, heads, []any{"（2026）京0101民初1号", "案件受理费", 1, "N", "", "x"}),
			"6 fields under 5 headers"},
		"no list": {workbook(t, nil, []any{"a", "b"}), "no sheet has the columns"},
		"a late header": {workbook(t, nil, append(slices.Repeat([][]any{{"title"}}, 10), heads)...),
			"no sheet has the columns"},
		"an empty list": {workbook(t, nil, heads), "the list has no bill"},
		"two lists": {workbook(t, func(f *excelize.File) {
			_, _ = f.NewSheet("two")
			_ = f.SetSheetRow("two", "A1", &heads)
		}, heads, []any{"（2026）京0101民初1号", "案件受理费", 1, "N", ""}), "two sheets"},
		"truncated": {row(1, "N")[:3000], "the workbook cannot be read"},
		"an old one": {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...),
			"save it without a password as .xlsx"},
	}
	for name, tt := range tests {
		bills, err := Read(bytes.NewReader(tt.text), now)
		if _, refused := errors.AsType[*Refused](err); !refused || bills != nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v, want %q", name, bills, err, tt.want)
		}
	}
	hidden := workbook(t, func(f *excelize.File) {
		_, _ = f.NewSheet("old")
		_ = f.SetSheetRow("old", "A1", &heads)
		_ = f.SetSheetVisible("old", false)
	}, heads, []any{"（2026）京0101民初1号", "案件受理费", 1, "N", ""})
	if bills, err := Read(bytes.NewReader(hidden), now); err != nil || len(bills) != 1 {
		t.Errorf("a hidden second list: %v, %v", bills, err)
	}
}

// A list means the same as CSV and as a workbook.
func TestCSVAndWorkbookAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "rows")
		rows := [][]string{{"案号", "费用项目", "金额", "通知书编号", "交费人", "通知日期", "缴款码"}}
		for i := range n {
			rows = append(rows, []string{
				fmt.Sprintf("（2026）京0101民初%d号", rapid.IntRange(1, 9999).Draw(t, "serial")),
				rapid.SampledFrom([]string{"案件受理费", "执行款", "罚款", "财产保全申请费"}).Draw(t, "item"),
				rapid.StringMatching(`[1-9][0-9]{0,8}(\.[0-9]{2})?`).Draw(t, "amount"),
				fmt.Sprintf("N%d", i),
				rapid.SampledFrom([]string{"", "张晓明", "某某有限公司"}).Draw(t, "payer"),
				rapid.SampledFrom([]string{"", "2026-11-23", "20261123"}).Draw(t, "day"),
				fmt.Sprintf("%020d", i),
			})
		}
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		f := excelize.NewFile()
		for i, row := range rows {
			for j, cell := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if err := f.SetCellStr("Sheet1", at, cell); err != nil {
					t.Fatal(err)
				}
				if amount, err := Amount(cell); j == 2 && i > 0 && err == nil && rapid.Bool().Draw(t, "as number") {
					_ = f.SetCellFloat("Sheet1", at, float64(amount)/100, -1, 64)
				}
			}
		}
		var book bytes.Buffer
		if _, err := f.WriteTo(&book); err != nil {
			t.Fatal(err)
		}
		a, err := Read(&text, now)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Read(&book, now)
		if err != nil || !slices.Equal(a, b) {
			t.Fatalf("CSV %+v\nXLSX %+v, %v", a, b, err)
		}
	})
}

// The template is read, and its examples are refused by name; with them deleted it is an empty list.
func TestTemplate(t *testing.T) {
	for _, format := range []string{"csv", "xlsx"} {
		var out bytes.Buffer
		if err := WriteTemplate(&out, format); err != nil {
			t.Fatal(err)
		}
		_, err := Read(&out, now)
		refused, ok := errors.AsType[*Refused](err)
		if !ok || len(refused.Rows) != 2 || !strings.Contains(refused.Rows[0].Reason, "example") ||
			refused.Rows[0].Column != "备注" || refused.Rows[1].Line != 3 {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteTemplate(io.Discard, "ods"); err == nil {
		t.Error("a template in another form was written")
	}
	for _, f := range fields {
		if _, ok := columnOf(f.header); !ok {
			t.Errorf("the template has a column %s that no list has", f.header)
		}
	}
}

func FuzzReadXLSX(f *testing.F) {
	f.Add(workbook(f, nil, heads, []any{"（2026）京0101民初1号", "案件受理费", 2700, "TZ-1", ""}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, text []byte) {
		bills, err := Read(bytes.NewReader(text), now)
		if err == nil && len(bills) == 0 {
			t.Fatal("no bills and no error")
		}
		for _, b := range bills {
			if b.Amount < 0 || b.Amount > bill.MaxAmount {
				t.Fatalf("amount %s", b.Amount)
			}
		}
	})
}

// Flipped bytes in a workbook end in a list or a refusal, never in a panic.
func TestDamagedWorkbooks(t *testing.T) {
	good := workbook(t, nil, heads, []any{"（2026）京0101民初1号", "案件受理费", 2700, "TZ-1", ""})
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		bad := slices.Clone(good)
		for range 1 + r.IntN(4) {
			bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
		}
		if _, err := Read(bytes.NewReader(bad), now); err != nil {
			if _, ok := errors.AsType[*Refused](err); !ok {
				t.Errorf("%v", err)
			}
		}
	}
}

// many returns a list of n bills as CSV.
func many(n int) []byte {
	var out bytes.Buffer
	out.WriteString("案号,费用项目,金额,通知书编号,交费人,案由,通知日期,缴款码\n")
	for i := range n {
		fmt.Fprintf(&out, "（2026）京0101民初%d号,案件受理费,2700.00,TZ-%06d,张晓明,买卖合同纠纷,2026-11-23,%016d\n", i/2+1, i, i)
	}
	return out.Bytes()
}

func manyXLSX(b *testing.B, n int) []byte {
	b.Helper()
	records, err := csv.NewReader(bytes.NewReader(many(n))).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	for i, record := range records {
		row := make([]any, len(record))
		for j, cell := range record {
			row[j] = cell
		}
		if i > 0 {
			row[2] = 2700.0
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// peak samples the heap until it is stopped, and returns the most it has seen in MiB.
func peak() (stop func() float64) {
	var most atomic.Uint64
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() float64 {
		close(end)
		<-ended
		return float64(most.Load()) / (1 << 20)
	}
}

func BenchmarkImport100000(b *testing.B) {
	for _, form := range []string{"csv", "xlsx"} {
		b.Run(form, func(b *testing.B) {
			text := many(100_000)
			if form == "xlsx" {
				text = manyXLSX(b, 100_000)
			}
			runtime.GC()
			stop := peak()
			for b.Loop() {
				b.StopTimer()
				r, err := Open(filepath.Join(b.TempDir(), "register.db"))
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := r.Import(b.Context(), bytes.NewReader(text), "list", now); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(stop(), "peak-MiB")
			b.ReportMetric(float64(len(text))/(1<<20), "file-MiB")
		})
	}
}

// A case among a million bills, in a file that is not read before.
func BenchmarkFindAmongMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "register.db")
	r, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	list := make([]listed, 1_000_000)
	for i := range list {
		n := caseno.Number{Year: 2026, Court: "京0101", Type: "民初"}
		n.Serial = fmt.Sprint(i + 1)
		list[i].Bill = bill.Bill{Case: n, Item: "案件受理费", Purse: bill.Litigation, Amount: 270000,
			Notice: fmt.Sprint("TZ-", i), Code: fmt.Sprintf("%016d", i)}
	}
	if _, err := r.store(b.Context(), list, Info{Source: "bench", Imported: now}, Agreed{}); err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		b.Logf("%d MiB", info.Size()>>20)
	}
	for _, by := range []string{"case", "code"} {
		b.Run(by, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i = (i + 7919) % len(list)
				q := bill.Query{Case: list[i].Case}
				if by == "code" {
					q = bill.Query{Code: list[i].Code}
				}
				if bills, err := r.Find(b.Context(), q); err != nil || len(bills) != 1 {
					b.Fatal(bills, err)
				}
			}
		})
	}
}

// rewrite copies a workbook with one part changed.
func rewrite(t *testing.T, book []byte, name string, change func([]byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	found := false
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			text, found = change(text), true
		}
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil || !found {
		t.Fatal(name, found, err)
	}
	return out.Bytes()
}

// A workbook that is damaged inside is refused: its reader would take what comes before the damage for the whole list.
func TestWorkbookDamagedInside(t *testing.T) {
	rows := [][]any{heads}
	for i := range 50 {
		rows = append(rows, []any{fmt.Sprintf("（2026）京0101民初%d号", i+1), "案件受理费", 2700, fmt.Sprint("TZ-", i), ""})
	}
	good := workbook(t, nil, rows...)
	if bills, err := Read(bytes.NewReader(good), now); err != nil || len(bills) != 50 {
		t.Fatal(len(bills), err)
	}
	const sheet = "xl/worksheets/sheet1.xml"
	replace := func(old, now string) func([]byte) []byte {
		return func(text []byte) []byte {
			if !bytes.Contains(text, []byte(old)) {
				t.Fatalf("the part has no %s", old)
			}
			return bytes.Replace(text, []byte(old), []byte(now), 1)
		}
	}
	tests := map[string][]byte{
		"cut in a row":         rewrite(t, good, sheet, func(text []byte) []byte { return text[:len(text)/2] }),
		"no XML in the middle": rewrite(t, good, sheet, replace(`<row r="20">`, `<row r="20"<`)),
		"a tag of another":     rewrite(t, good, sheet, replace(`<row r="20">`, `<col r="20">`)),
		"rows out of order":    rewrite(t, good, sheet, replace(`<row r="20">`, `<row r="3">`)),
		"a row of nowhere":     rewrite(t, good, sheet, replace(`<row r="20">`, `<row r="2000000000">`)),
		"strings cut": rewrite(t, good, "xl/sharedStrings.xml",
			func(text []byte) []byte { return text[:len(text)/2] }),
		"a string of nowhere": rewrite(t, good, sheet, replace(`t="s"><v>5</v>`, `t="s"><v>5000</v>`)),
		"strings are not there": rewrite(t, good, "xl/sharedStrings.xml",
			func([]byte) []byte { return []byte(`<sst></sst>`) }),
	}
	bad := slices.Clone(good)
	for i := len(bad) / 3; i < len(bad)/3+40; i++ { // in a compressed part: only the check sum tells, if anything
		bad[i] ^= 0x55
	}
	tests["flipped bytes"] = bad
	for name, text := range tests {
		bills, err := Read(bytes.NewReader(text), now)
		if _, refused := errors.AsType[*Refused](err); !refused {
			t.Errorf("%s: %d bills, %v", name, len(bills), err)
		}
	}
}
