package register

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Where the header of a workbook may stand below titles, and how many rows a sheet has.
const (
	maxTitles = 10
	maxRows   = 1 << 20 // as Excel has it
)

// sheet is a list in the one sheet of a workbook that has the needed columns.
type sheet struct {
	file  *excelize.File
	name  string
	rows  *excelize.Rows
	line  int
	width int // of the header
	head  []string
	cols  []string  // what the headers name; "" for one that is not known
	from  time.Time // day 0 of its dates
	spent *spent

	facts    *facts
	above    []written // by column
	percents map[int]bool
}

// openSheet finds the sheet with the list. Cells are read as they are stored, not as they are shown: a format that
// shows no decimals would make 2,701 yuan of 2,700.50.
func openSheet(ctx context.Context, text []byte, of budget) (t table, err error) {
	defer func() {
		if r := recover(); r != nil { // a workbook made to break its reader
			t, err = nil, refuse(0, "list.damaged")
		}
	}()
	spent, err := whole(ctx, text, of)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, errTooMuch):
		return nil, tooMuch()
	case err != nil:
		return nil, refuse(0, "list.damaged")
	}
	f, err := excelize.OpenReader(bytes.NewReader(text),
		excelize.Options{RawCellValue: true, UnzipSizeLimit: of.unpacked, UnzipXMLSizeLimit: of.unpacked})
	if err != nil { // its words may hold what the file says
		return nil, refuse(0, "list.damaged")
	}
	var found *sheet
	for _, name := range f.GetSheetList() {
		if ctx.Err() != nil {
			return nil, errors.Join(context.Cause(ctx), f.Close())
		}
		if shown, err := f.GetSheetVisible(name); err != nil || !shown {
			continue
		}
		s, err := findList(f, name)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if s == nil {
			continue
		}
		if found != nil {
			return nil, errors.Join(refuse(0, "list.two-sheets"), f.Close())
		}
		found = s
	}
	if found == nil {
		return nil, errors.Join(refuse(0, "list.no-sheet", "rows", strconv.Itoa(maxTitles)), f.Close())
	}
	found.spent = spent
	if found.facts, err = factsOf(ctx, text, found); err != nil {
		found.close()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, errTooMuch):
			return nil, tooMuch()
		}
		return nil, refuse(0, "list.sheet-damaged")
	}
	found.above, found.percents = make([]written, found.width), make(map[int]bool)
	return found, nil
}

// findList returns the list of a sheet, nil when it has none.
func findList(f *excelize.File, name string) (*sheet, error) {
	rows, err := f.Rows(name)
	if err != nil {
		return nil, refuse(0, "list.sheet-damaged")
	}
	// the epoch with Excel's leap year of 1900
	s := &sheet{file: f, name: name, rows: rows, from: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		s.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for s.line < maxTitles {
		record, _, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &Refused{Rows: []BadRow{*err.(*BadRow)}}
		}
		if isHeader(record) {
			s.head, s.width = record, len(record)
			for _, h := range record {
				col, _ := columnOf(h)
				s.cols = append(s.cols, col)
			}
			return s, nil
		}
	}
	return nil, rows.Close()
}

// isHeader reports whether a row names every column that is needed.
func isHeader(record []string) bool {
	var cols []string
	for _, h := range record {
		if col, ok := columnOf(h); ok {
			cols = append(cols, col)
		}
	}
	for _, need := range needed {
		if !slices.Contains(cols, need.col) {
			return false
		}
	}
	return true
}

func (s *sheet) header() ([]string, int, *Refused) { return s.head, s.line, nil }

// next returns the next row, as long as the header: what a row leaves blank at its end is not stored.
func (s *sheet) next() (record []string, line int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &BadRow{Line: s.line, Reason: "list.damaged-here"}
		}
	}()
	s.line++
	more := s.rows.Next()
	if s.rows.Error() != nil || more && s.line > maxRows {
		return nil, 0, &BadRow{Line: s.line, Reason: "list.damaged-here"}
	}
	if !more {
		return nil, 0, io.EOF
	}
	if record, err = s.rows.Columns(); err != nil {
		return nil, 0, &BadRow{Line: s.line, Reason: "list.damaged-here"}
	}
	for len(record) > s.width && s.width > 0 && clean(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	for len(record) < s.width {
		record = append(record, "")
	}
	if s.facts != nil {
		s.fill(record)
	}
	return record, s.line, nil
}

func (s *sheet) hidden(line int) bool { return s.facts != nil && s.facts.hidden[line] }

func (s *sheet) close() { _ = errors.Join(s.rows.Close(), s.file.Close()) } // read from memory

var (
	number     = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)
	excelError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$`)
	serialDay  = regexp.MustCompile(`^[0-9]{5}(\.[0-9]+)?$`) // the fraction is the time of day
)

// plain makes of a stored number what people would have written.
func (s *sheet) plain(col, value string, line int) (string, error) {
	if err := s.cellFault(col, value, line); err != nil {
		return value, err
	}
	if excelError.MatchString(value) {
		return "", say("list.cell-error", "error", value)
	}
	switch col {
	case colAmount, colClaim:
		return decimals(value), nil
	case colNoticed, colDeadline:
		if serialDay.MatchString(value) {
			days, err := strconv.Atoi(value[:5])
			return s.from.AddDate(0, 0, days).Format(time.DateOnly), err
		}
	case colNotice, colCode, colCase:
		return value, s.exact(col, value, line)
	}
	return value, nil
}

// decimals writes a stored number with two decimals, when it is whole fen but for the error of a binary fraction
// (1234.5599999999999, or 1.0E7 as some programs store it). Anything else is left for Amount to judge.
func decimals(value string) string {
	if !number.MatchString(value) {
		return value
	}
	r, ok := new(big.Rat).SetString(value)
	if !ok {
		return value
	}
	text := r.FloatString(2)
	near, _ := new(big.Rat).SetString(text)
	if near.Sub(near, r).Abs(near).Cmp(big.NewRat(1, 1_000_000)) > 0 {
		return value
	}
	return text
}

// exact refuses a number of more than 15 digits that is stored as a number: Excel has replaced the rest by zeros.
func (s *sheet) exact(col, value string, line int) error {
	digits := strings.TrimLeft(strings.TrimSuffix(value, ".0"), "0")
	scientific := number.MatchString(value) && strings.ContainsAny(value, "eE")
	if !scientific && (len(digits) <= 15 || strings.Trim(digits, "0123456789") != "" ||
		strings.Trim(digits[15:], "0") != "") {
		return nil // text, or short enough, or with digits where Excel would have zeros
	}
	for i, c := range s.cols {
		if c != col {
			continue
		}
		if !s.spent.long[place{line, i + 1}] {
			return nil
		}
	}
	return say("list.digits-lost")
}
