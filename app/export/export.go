// Package export takes records out of a ledger as files: XLSX for people, CSV for programs. It knows who asks for
// nothing, and writes no file: the caller has a right checked, and the audit told what left.
//
// # Decisions
//
// 2026-11-28: CSV is for programs: plain numbers, no tab or ="…" around long ones, which breaks machines. Excel shows
// numbers of 16 digits and more only as far as it counts, so who opens a file there takes XLSX, where they are text.
package export

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"courtkiosk/payment"
)

// A Format of files.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// A Table is what is written: a head, and rows as long as it. A cell is a string, an int, a uint64, or a payment.Fen.
type Table struct {
	Name string // of the sheet, and of the file without its end
	Head []string
	Rows iter.Seq2[[]any, error]
	Sum  int    // the column whose amounts are summed; 0 is none, the first is the label's
	Said string // beside the word for the sum: of which accounts it is
}

// A Result is what was written.
type Result struct {
	Rows int
	Sum  payment.Fen
	Hash string // SHA-256 of the file, hex
}

// Write writes a table with a last line that says how many rows it has and what they come to. An error of a row ends
// it: half a table must not pass for a whole one, so the caller keeps nothing of it.
func Write(w io.Writer, f Format, t Table) (Result, error) {
	h := sha256.New()
	out, err := open(io.MultiWriter(w, h), f, t)
	if err != nil {
		return Result{}, err
	}
	r := Result{}
	for row, err := range t.Rows {
		if err == nil && len(row) != len(t.Head) {
			err = fmt.Errorf("a row of %d cells under %d heads", len(row), len(t.Head))
		}
		if err == nil {
			err = out.row(row)
		}
		if err != nil {
			return r, fmt.Errorf("export %s, row %d: %w", t.Name, r.Rows+1, err)
		}
		if sum, ok := row[t.Sum].(payment.Fen); ok {
			r.Sum += sum
		}
		r.Rows++
	}
	last := make([]any, len(t.Head))
	for i := range last {
		last[i] = ""
	}
	last[0] = "合计" + t.Said
	if len(last) > 1 {
		last[1] = fmt.Sprintf("%d条", r.Rows)
	}
	if t.Sum > 0 {
		last[t.Sum] = r.Sum
	}
	if err := errors.Join(out.row(last), out.end()); err != nil {
		return r, fmt.Errorf("export %s: %w", t.Name, err)
	}
	r.Hash = sum(h)
	return r, nil
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// A writer of one format.
type writer interface {
	row(cells []any) error
	end() error
}

func open(w io.Writer, f Format, t Table) (writer, error) {
	if f == XLSX {
		return openBook(w, t)
	}
	if _, err := io.WriteString(w, "\uFEFF"); err != nil { // else Excel takes it for the code page of its Windows
		return nil, err
	}
	c := &lines{to: csv.NewWriter(w)}
	c.to.UseCRLF = true
	return c, c.to.Write(t.Head)
}

// lines are CSV after RFC 4180.
type lines struct {
	to    *csv.Writer
	cells []string
}

func (l *lines) row(cells []any) error {
	l.cells = l.cells[:0]
	for _, c := range cells {
		l.cells = append(l.cells, plain(c))
	}
	return l.to.Write(l.cells)
}

func (l *lines) end() error {
	l.to.Flush()
	return l.to.Error()
}

// plain is a cell as CSV has it.
func plain(cell any) string {
	switch c := cell.(type) {
	case string:
		return defused(c)
	case payment.Fen:
		return c.String()
	case int:
		return strconv.Itoa(c)
	case uint64:
		return strconv.FormatUint(c, 10)
	}
	return fmt.Sprint(cell)
}

// defused puts an apostrophe before what a spreadsheet would take for a formula; it takes the wide forms of the signs
// for the same in some languages, and passes over blanks.
func defused(text string) string {
	if strings.ContainsAny(text, "\r\n\x00") {
		text = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\x00", "").Replace(text)
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " \t\u00a0\u3000"))
	if strings.ContainsRune("=+-@＝＋－＠", first) || strings.HasPrefix(text, "\t") {
		return "'" + text
	}
	return text
}

// A book is a workbook of one sheet that is written as a stream: strings are text, whatever they look like.
type book struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	money  int // the style of amounts
	n      int
}

func openBook(w io.Writer, t Table) (*book, error) {
	b := &book{to: w, file: excelize.NewFile()}
	name := t.Name
	err := b.file.SetSheetName("Sheet1", name)
	if err != nil {
		return nil, err
	}
	if b.stream, err = b.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	const twoDecimals = 4 // #,##0.00
	if b.money, err = b.file.NewStyle(&excelize.Style{NumFmt: twoDecimals}); err != nil {
		return nil, err
	}
	err = b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err == nil {
		err = b.stream.SetColWidth(1, len(t.Head), 18)
	}
	head := make([]any, len(t.Head))
	for i, h := range t.Head {
		head[i] = h
	}
	return b, errors.Join(err, b.row(head))
}

func (b *book) row(cells []any) error {
	b.n++
	at, err := excelize.CoordinatesToCellName(1, b.n)
	if err != nil {
		return err
	}
	row := make([]any, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			row[i] = printable(c)
		case payment.Fen:
			// A workbook has no other numbers than these; two decimals of up to 15 digits come back as they went in.
			row[i] = excelize.Cell{StyleID: b.money, Value: float64(c) / 100}
		default:
			row[i] = c
		}
	}
	return b.stream.SetRow(at, row)
}

// printable leaves out what XML 1.0 cannot say.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "〓"))
}

func (b *book) end() error {
	if err := b.stream.Flush(); err != nil {
		return err
	}
	if _, err := b.file.WriteTo(b.to); err != nil {
		return err
	}
	return b.file.Close()
}
