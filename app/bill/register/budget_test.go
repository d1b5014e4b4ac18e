package register

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fills write the parts of a workbook, by name.
type fills map[string]func(io.Writer)

// book makes a workbook of parts as an attacker writes them; a part that is not named is an ordinary one.
func book(t testing.TB, parts fills) []byte {
	t.Helper()
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	ordinary := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId1" Type="` + rel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="` + main + `" xmlns:r="` + rel + `"><sheets>` +
			`<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/` +
			`relationships"><Relationship Id="rId1" Type="` + rel + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`</Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet xmlns="` + main + `"><sheetData>` + listRows +
			`</sheetData></worksheet>`,
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	write := func(name string, fill func(io.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fill(w)
	}
	for name, text := range ordinary {
		if parts[name] == nil {
			write(name, func(w io.Writer) { _, _ = io.WriteString(w, text) })
		}
	}
	for name, fill := range parts {
		write(name, fill)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const listRows = `<row r="1"><c r="A1" t="inlineStr"><is><t>案号</t></is></c><c r="B1" t="inlineStr"><is><t>费用项目` +
	`</t></is></c><c r="C1" t="inlineStr"><is><t>金额</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is>` +
	`<t>（2026）京0101民初1号</t></is></c><c r="B2" t="inlineStr"><is><t>案件受理费</t></is></c><c r="C2"><v>2700</v></c></row>`

// repeated writes a text many times between two others.
func repeated(head, text string, n int, tail string) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, head)
		block := strings.Repeat(text, 1000)
		for range n / 1000 {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, strings.Repeat(text, n%1000))
		_, _ = io.WriteString(w, tail)
	}
}

// sheetOf writes a sheet with a list and rows of the attacker's.
func sheetOf(rows func(io.Writer)) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, `<worksheet><sheetData>`+listRows)
		rows(w)
		_, _ = io.WriteString(w, `</sheetData></worksheet>`)
	}
}

const sheetOne = "xl/worksheets/sheet1.xml"

// packed makes an ordinary workbook with one part that repeats a text n times.
func packed(name, head, text, tail string) func(testing.TB, int) []byte {
	return func(t testing.TB, n int) []byte {
		return book(t, fills{name: repeated(head, text, n, tail)})
	}
}

// hostile are lists that would keep a reader without a budget busy for minutes, or fill the memory of a kiosk: each as
// large as it is told, beside the part of the budget that stops it.
var hostile = map[string]struct {
	limit  func(budget) int
	make   func(t testing.TB, n int) []byte
	reason string
}{
	"far cells": {func(b budget) int { return b.cells }, func(t testing.TB, n int) []byte {
		return book(t, fills{sheetOne: sheetOf(func(w io.Writer) {
			for i := range (n + 16383) / 16384 {
				_, _ = fmt.Fprintf(w, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, i+3, i+3)
			}
		})})
	}, "list.too-much"},
	"nothing but cells": {func(b budget) int { return b.cells },
		packed(sheetOne, "<worksheet><row>", "<c/>", "</row></worksheet>"), "list.too-much"},
	"elements": {func(b budget) int { return b.elements },
		packed(sheetOne, "<worksheet>", "<mergeCell/>", "</worksheet>"), "list.too-much"},
	"zip bomb": {func(b budget) int { return int(b.unpacked) },
		packed("xl/media/a.png", "", "0", ""), "list.too-much"},
	"deep":        {func(b budget) int { return b.depth }, packed(sheetOne, "", "<a>", ""), "list.too-much"},
	"deep styles": {func(b budget) int { return b.depth }, packed("xl/styles.xml", "", "<a>", ""), "list.too-much"},
	"styles": {func(b budget) int { return b.others },
		packed("xl/styles.xml", "<styleSheet>", "<xf/>", "</styleSheet>"), "list.too-much"},
	"styles behind blanks": {func(b budget) int { return b.others },
		packed("xl/styles", strings.Repeat(" ", 5000)+"<styleSheet>", "<xf/>", "</styleSheet>"), "list.too-much"},
	"shared": {func(b budget) int { return b.shared },
		packed("xl/sharedStrings.xml", "<sst>", "<si/>", "</sst>"), "list.too-much"},
	"a long tag":  {func(b budget) int { return b.run / 5 }, packed(sheetOne, "<a ", `a="" `, "/>"), "list.too-much"},
	"a long text": {func(b budget) int { return b.run }, packed(sheetOne, "<a>", "0", "</a>"), "list.too-much"},
	"sheets": {func(b budget) int { return b.sheets },
		packed("xl/workbook.xml", "<workbook><sheets>", `<sheet name="a" id="rId1"/>`, "</sheets></workbook>"),
		"list.too-much"},
	"ties": {func(b budget) int { return b.ties },
		packed("xl/_rels/workbook.xml.rels", "<Relationships>", `<Relationship Id="rId9"/>`, "</Relationships>"),
		"list.too-much"},
	"parts": {func(b budget) int { return b.parts }, func(t testing.TB, n int) []byte {
		parts := make(fills)
		for i := range n {
			parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+2)] = func(io.Writer) {}
		}
		return book(t, parts)
	}, "list.too-much"},
	"merged": {func(b budget) int { return b.kept }, func(t testing.TB, n int) []byte {
		return book(t, fills{sheetOne: repeated("<worksheet><sheetData>"+listRows+"</sheetData><mergeCells>",
			`<mergeCell ref="A3:A1003"/>`, (n+999)/1000, "</mergeCells></worksheet>")})
	}, "list.too-much"},
	"styled amounts": {func(b budget) int { return b.kept }, func(t testing.TB, n int) []byte {
		return book(t, fills{sheetOne: sheetOf(repeated(`<row r="3">`, `<c r="C3" s="1"/>`, n, "</row>"))})
	}, "list.too-much"},
	"formulas": {func(b budget) int { return b.kept }, func(t testing.TB, n int) []byte {
		return book(t, fills{sheetOne: sheetOf(repeated(`<row r="3">`, `<c r="C3"><f/></c>`, n, "</row>"))})
	}, "list.too-much"},
	"long numbers": {func(b budget) int { return b.kept }, func(t testing.TB, n int) []byte {
		return book(t, fills{sheetOne: sheetOf(repeated(`<row r="3">`, `<c r="E3"><v>1e3</v></c>`, n, "</row>"))})
	}, "list.too-much"},
	"CSV of one line": {func(b budget) int { return b.record }, func(_ testing.TB, n int) []byte {
		return bytes.Repeat([]byte("a,"), n/2+2)
	}, "list.row-long"},
	"CSV of one quote": {func(b budget) int { return b.record }, func(_ testing.TB, n int) []byte {
		return append([]byte("案号,费用项目,金额\n\""), bytes.Repeat([]byte("a,\n"), n/3+1)...)
	}, "list.row-long"},
	"CSV of bare lines": {func(b budget) int { return b.lines }, func(_ testing.TB, n int) []byte {
		return append([]byte("案号,费用项目,金额\n"), bytes.Repeat([]byte(",,\n"), n)...)
	}, "list.lines"},
}

// small is a budget in which every list of an attacker is small too.
func small() budget {
	b := full
	for _, n := range []*int{&b.elements, &b.others, &b.shared, &b.cells, &b.kept, &b.parts, &b.sheets, &b.depth,
		&b.ties, &b.run, &b.record, &b.lines} {
		*n = max(8, *n/64)
	}
	b.unpacked /= 64
	return b
}

// reasons are why a list was refused.
func reasons(err error) (ids []string) {
	if refused, ok := errors.AsType[*Refused](err); ok {
		for _, row := range refused.Rows {
			ids = append(ids, row.Reason)
		}
	}
	return ids
}

// A list beyond the budget is refused for that; one of half the size is not.
func TestHostileLists(t *testing.T) {
	for name, h := range hostile {
		b := small()
		limit := h.limit(b)
		_, err := read(t.Context(), b, bytes.NewReader(h.make(t, limit+1)), now, nil)
		if !slices.Contains(reasons(err), h.reason) {
			t.Errorf("%s: got %v, want %s", name, err, h.reason)
		}
		_, err = read(t.Context(), b, bytes.NewReader(h.make(t, limit/2)), now, nil)
		if slices.Contains(reasons(err), h.reason) {
			t.Errorf("%s, of half the size: %v", name, err)
		}
	}
	list, err := read(t.Context(), small(), bytes.NewReader(book(t, nil)), now, nil)
	if err != nil || len(list.bills) != 1 {
		t.Error(list, err)
	}
}

// Whoever reads a list has the full budget; what it stops is known before the library is asked.
func TestFullBudget(t *testing.T) {
	for _, name := range []string{"far cells", "zip bomb", "ties", "parts", "merged"} {
		h := hostile[name]
		_, err := Read(bytes.NewReader(h.make(t, h.limit(full)+1)), now)
		if !slices.Contains(reasons(err), h.reason) {
			t.Errorf("%s: got %v, want %s", name, err, h.reason)
		}
	}
}

// BenchmarkHostile reads lists that are just beyond the budget, and just inside.
func BenchmarkHostile(b *testing.B) {
	for name, h := range hostile {
		for part, n := range map[string]int{"beyond": h.limit(full) + 1, "inside": h.limit(full) * 9 / 10} {
			b.Run(name+"/"+part, func(b *testing.B) {
				text := h.make(b, n)
				runtime.GC()
				stop := peak()
				for b.Loop() {
					_, err := apart(b.Context(), func(ctx context.Context) (reading, error) {
						return read(ctx, full, bytes.NewReader(text), now, nil)
					})
					if n > h.limit(full) && !slices.Contains(reasons(err), h.reason) {
						b.Error(err)
					}
				}
				b.ReportMetric(stop(), "peak-MiB")
				b.ReportMetric(float64(len(text))/(1<<20), "file-MiB")
			})
		}
	}
}

// A reading ends with its context, and after its time, though what reads it does not.
func TestReadingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		stuck := func(context.Context) (reading, error) { <-free; return reading{}, nil }
		begun := time.Now()
		_, err := apart(t.Context(), stuck)
		if _, refused := errors.AsType[*Refused](err); !refused || time.Since(begun) != readWithin {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		close(free)
		if _, err := apart(t.Context(), func(context.Context) (reading, error) { panic("broken") }); err == nil ||
			!strings.Contains(err.Error(), "broken") {
			t.Errorf("a panic: %v", err)
		}
	})
}

// A second reading waits for the first, and its context ends the wait.
func TestOneReadingAtATime(t *testing.T) {
	turn <- struct{}{}
	defer func() { <-turn }()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := apart(ctx, func(context.Context) (reading, error) { t.Error("it was read"); return reading{}, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// An import that is interrupted leaves the list as it was.
func TestImportInterrupted(t *testing.T) {
	r, err := Open(filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Import(ctx, bytes.NewReader(many(100)), "list", now); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if bills, err := r.All(t.Context()); err != nil || len(bills) != 0 {
		t.Errorf("%d bills, %v", len(bills), err)
	}
}
