package register

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
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

// hostile are lists of less than a few MiB that would keep a reader without a budget busy for minutes, or fill the
// memory of a kiosk.
func hostile(t testing.TB) map[string][]byte {
	const one = "xl/worksheets/sheet1.xml"
	return map[string][]byte{
		"a far cell in each row": book(t, fills{one: sheetOf(func(w io.Writer) {
			for i := 3; i < 500_000; i++ {
				_, _ = fmt.Fprintf(w, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, i, i)
			}
		})}),
		"nothing but cells": book(t, fills{
			one: sheetOf(repeated("<row>", "<c><v>1</v></c>", 9<<20, "</row>"))}),
		"zip bomb": book(t, fills{"xl/media/a.png": repeated("", strings.Repeat("0", 1024), 300_000, "")}),
		"a bomb of XML": book(t, fills{
			"xl/custom.xml": repeated("<a>", strings.Repeat(" ", 1024), 300_000, "</a>")}),
		"deep":          book(t, fills{one: repeated("", "<a>", 1_000_000, "")}),
		"deep styles":   book(t, fills{"xl/styles.xml": repeated("", "<a>", 1_000_000, "")}),
		"shared":        book(t, fills{"xl/sharedStrings.xml": repeated("<sst>", "<si/>", 3<<20, "</sst>")}),
		"attributes":    book(t, fills{one: repeated("<a ", `a="" `, 2<<20, "/>")}),
		"one long text": book(t, fills{one: repeated("<a>", "0123456789", 2<<20, "</a>")}),
		"styles": book(t, fills{"xl/styles.xml": repeated("<styleSheet><cellXfs>", "<xf/>", 2<<20,
			"</cellXfs></styleSheet>")}),
		"merged": book(t, fills{one: repeated("<worksheet><sheetData>"+listRows+"</sheetData><mergeCells>",
			`<mergeCell ref="A1:B2"/>`, 9<<20, "</mergeCells></worksheet>")}),
		"sheets": book(t, fills{"xl/workbook.xml": repeated("<workbook><sheets>",
			`<sheet name="a" id="rId1"/>`, 100_000, "</sheets></workbook>")}),
		"ties": book(t, fills{"xl/_rels/workbook.xml.rels": repeated("<Relationships>",
			`<Relationship Id="rId1"/>`, 100_000, "</Relationships>")}),
		"parts": book(t, func() fills {
			parts := make(fills)
			for i := range 5000 {
				parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+2)] = func(io.Writer) {}
			}
			return parts
		}()),
		"CSV of one line":     bytes.Repeat([]byte("a,"), 20<<20),
		"CSV of one quote":    append([]byte("案号,费用项目,金额\n\""), bytes.Repeat([]byte("a,\n"), 10<<20)...),
		"CSV of empty fields": append([]byte("案号,费用项目,金额\n"), bytes.Repeat([]byte(","), 60<<20)...),
		"CSV of bare lines":   append([]byte("案号,费用项目,金额\n"), bytes.Repeat([]byte("a\n"), 20<<20)...),
	}
}

// A hostile list is refused within the budget; in a few seconds each, since what it is refused for is counted first.
func TestHostileLists(t *testing.T) {
	if bills, err := Read(bytes.NewReader(book(t, nil)), now); err != nil || len(bills) != 1 {
		t.Fatal(bills, err)
	}
	for name, text := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			stop := peak()
			_, err := Read(bytes.NewReader(text), now)
			t.Logf("%.1f MiB: %v, %.0f MiB of heap: %v", float64(len(text))/(1<<20), time.Since(begun), stop(), err)
			if _, refused := errors.AsType[*Refused](err); !refused {
				t.Errorf("got %v, want a refusal", err)
			}
			if took := time.Since(begun); took > readWithin/2 {
				t.Errorf("it took %v", took)
			}
		})
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
