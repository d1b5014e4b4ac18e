package export_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"courtkiosk/app/export"
	"courtkiosk/payment"
)

func rowsOf(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// hostile are texts that somebody may have put into a name or a title.
var hostile = []string{
	"=HYPERLINK(\"http://evil\",\"x\")", "+1+1", "-2", "@SUM(A1)", "＝1", " =1", "\t=1", "a,b\"c", "两行\n一\r\n格",
	"'quoted",
	"4200002987202611230000001234", "\x01\x02", "a\xffb", "<script>", "\x00=1", strings.Repeat("长", 500),
}

func TestHostileCells(t *testing.T) {
	var rows [][]any
	for i, text := range hostile {
		rows = append(rows, []any{text, payment.Fen(-5 * i), i})
	}
	table := export.Table{Name: "收款", Head: []string{"名", "元", "数"}, Rows: rowsOf(rows...), Sum: 1, Said: export.Apart}

	var file bytes.Buffer
	result, err := export.Write(&file, export.CSV, table)
	if err != nil || result.Rows != len(rows) || result.Sum != -600 || len(result.Hash) != 64 {
		t.Fatalf("got %+v, %v", result, err)
	}
	text, ok := strings.CutPrefix(file.String(), "\uFEFF")
	if !ok || strings.Count(text, "\r\n") != len(rows)+2 || strings.Count(text, "\n") != len(rows)+2 {
		t.Errorf("no BOM, or lines that do not end in CRLF: %q", text[:40])
	}
	read, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range read[1 : len(read)-1] {
		if strings.ContainsAny(row[0][:1], "=+-@\t") || strings.HasPrefix(strings.TrimSpace(row[0]), "=") ||
			strings.HasPrefix(row[0], "＝") {
			t.Errorf("%q is a formula: %q", hostile[i], row[0])
		}
	}
	if last := read[len(read)-1]; last[0] != "合计（各账户分别入账）" || last[1] != "-6.00" {
		t.Errorf("the last line is %q", last)
	}
	if got := read[10+1][0]; got != hostile[10] {
		t.Errorf("a long number became %q", got)
	}

	file.Reset()
	if _, err = export.Write(&file, export.XLSX, table); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for i := range rows {
		cell := fmt.Sprintf("A%d", i+2)
		formula, err := book.GetCellFormula("收款", cell)
		kind, err2 := book.GetCellType("收款", cell)
		if err := errors.Join(err, err2); err != nil || formula != "" ||
			kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%q is a formula %q of type %d, %v", hostile[i], formula, kind, err)
		}
	}
	if got, err := book.GetCellValue("收款", "A12"); err != nil || got != hostile[10] {
		t.Errorf("a long number became %q, %v", got, err)
	}
	if got, err := book.GetCellValue("收款", "B3", excelize.Options{RawCellValue: true}); err != nil || got != "-0.05" {
		t.Errorf("an amount became %q, %v", got, err)
	}
}

func TestHalfATableIsNone(t *testing.T) {
	wrong := errors.New("damaged")
	for _, f := range []export.Format{export.CSV, export.XLSX} {
		_, err := export.Write(&bytes.Buffer{}, f, export.Table{Name: "x", Head: []string{"a"},
			Rows: func(yield func([]any, error) bool) { _ = yield([]any{"1"}, nil) && yield(nil, wrong) }})
		if !errors.Is(err, wrong) {
			t.Errorf("%s: got %v", f, err)
		}
		if _, err = export.Write(&bytes.Buffer{}, f, export.Table{Name: "x", Head: []string{"a"},
			Rows: rowsOf([]any{"1", "2"})}); err == nil {
			t.Errorf("%s: a row that is too long passes", f)
		}
	}
}

func TestRange(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 1, d, 23, 0, 0, 0, payment.China) }
	for name, c := range map[string]struct {
		r    export.Range
		want bool
	}{
		"a day":  {export.Range{From: day(1), To: day(1)}, true},
		"a year": {export.Range{From: day(1), To: day(366)}, true},
		"more":   {export.Range{From: day(1), To: day(367)}, false}, "none": {export.Range{}, false},
		"backwards": {export.Range{From: day(2), To: day(1)}, false},
	} {
		if got := c.r.Check() == nil; got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

// 100,000 rows take 2 s as CSV and 15 s as XLSX at most.
func BenchmarkWrite100000(b *testing.B) {
	table := export.Table{Name: "收款", Head: make([]string, 14), Sum: 8, Rows: func(yield func([]any, error) bool) {
		for i := range 100_000 {
			id := fmt.Sprintf("42000029872026112300%08d", i)
			if !yield([]any{id, "AHV35TRAXTTP4CIRICRZ73XO7VCQCCF4", "ZF-0101-03-261123-0001",
				"PZ-0101-03-261123-000001",
				"03", "诉讼费", "案件受理费", "（2026）京0101民初12345号", payment.Fen(270000), payment.Fen(0), "已付款",
				"2026-11-23 10:00:00", "1900000001", "张*明"}, nil) {
				return
			}
		}
	}}
	for _, f := range []export.Format{export.CSV, export.XLSX} {
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				if _, err := export.Write(&bytes.Buffer{}, f, table); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
