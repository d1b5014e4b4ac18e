package register

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// facts are what the library does not tell of a sheet while it reads it row by row.
type facts struct {
	hidden  map[int]bool      // rows, filtered ones too
	style   map[[2]int]int    // column and row of an amount -> its style, where it has one
	formula map[[2]int]bool   // column and row of a formula without a value
	merged  map[[2]int][2]int // column and row of a cell below the first of a merged area -> column and row of that
}

// factsOf reads the part of a workbook that holds a sheet.
func factsOf(ctx context.Context, book []byte, s *sheet) (*facts, error) {
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		return nil, err
	}
	part, err := partOf(z, s.name, s.spent.of)
	if err != nil {
		return nil, err
	}
	r, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f := &facts{map[int]bool{}, map[[2]int]int{}, map[[2]int]bool{}, map[[2]int][2]int{}}
	again := &spent{of: s.spent.of, kept: s.spent.kept} // all parts were within the budget, so that one is
	return f, f.read(xml.NewDecoder(&spender{ctx: ctx, r: r, spent: again}), s, again)
}

// partOf finds the part of a sheet through the workbook's list of sheets and its relationships.
func partOf(z *zip.Reader, name string, of budget) (*zip.File, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			Tie  string `xml:"id,attr"` // r:id
		} `xml:"sheets>sheet"`
	}
	var ties struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	err := errors.Join(readPart(z, "xl/workbook.xml", &book, of),
		readPart(z, "xl/_rels/workbook.xml.rels", &ties, of))
	if err != nil {
		return nil, err
	}
	for _, sheet := range book.Sheets {
		for _, tie := range ties.List {
			if sheet.Name != name || tie.ID != sheet.Tie {
				continue
			}
			at := strings.TrimPrefix(tie.Target, "/")
			if at == tie.Target {
				at = path.Join("xl", at)
			}
			return findPart(z, at)
		}
	}
	return nil, errDamaged
}

func findPart(z *zip.Reader, name string) (*zip.File, error) {
	for _, f := range z.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, "\\", "/"), name) {
			return f, nil
		}
	}
	return nil, errDamaged
}

func readPart(z *zip.Reader, name string, into any, of budget) error {
	f, err := findPart(z, name)
	if err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return xml.NewDecoder(io.LimitReader(r, of.unpacked)).Decode(into)
}

// read takes the facts out of a sheet, which whole has found sound.
func (f *facts) read(d *xml.Decoder, of *sheet, spent *spent) error {
	row, col, formula, value := 0, 0, false, false
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.EndElement); ok && e.Name.Local == "c" && formula && !value && of.names(col) != "" {
			f.formula[[2]int{col, row}] = true
			err = spent.keep(1)
		}
		if err != nil {
			return err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "row":
			row, col = row+1, 0
			if n, err := strconv.Atoi(attribute(e, "r")); err == nil {
				row = n
			}
			if h := attribute(e, "hidden"); h == "1" || h == "true" {
				f.hidden[row] = true
			}
		case "c":
			col, formula, value = col+1, false, false
			if c, _, err := excelize.CellNameToCoordinates(attribute(e, "r")); err == nil {
				col = c
			}
			if s, bad := strconv.Atoi(attribute(e, "s")); bad == nil && s > 0 && sums[of.names(col)] {
				f.style[[2]int{col, row}] = s
				err = spent.keep(1)
			}
		case "f":
			formula = true
		case "v", "is":
			value = true
		case "mergeCell":
			err = f.merge(attribute(e, "ref"), of, spent)
		}
		if err != nil {
			return err
		}
	}
}

// merge notes the cells below the first of a merged area of one column, where that is filled.
func (f *facts) merge(area string, of *sheet, spent *spent) error {
	first, last, _ := strings.Cut(area, ":")
	col, row, err := excelize.CellNameToCoordinates(first)
	to, end, wrong := excelize.CellNameToCoordinates(last)
	if err != nil || wrong != nil || to != col || end-row > maxMerged || !filled[of.names(col)] {
		return nil
	}
	if err := spent.keep(max(0, end-row)); err != nil {
		return err
	}
	for at := row + 1; at <= end; at++ {
		f.merged[[2]int{col, at}] = [2]int{col, row}
	}
	return nil
}

// maxMerged is how many rows one merged cell may cover: a case with more bills is none.
const maxMerged = 1000

// filled are the columns whose merged cells are said of each of their rows. An amount or a notice is one for all.
var filled = map[string]bool{colCase: true, colPayer: true, colType: true, colCause: true}

// sums are the columns where a percentage is none.
var sums = map[string]bool{colAmount: true, colClaim: true}

// names returns what the header of a column, from 1, names; empty for one that is not known.
func (s *sheet) names(col int) string {
	if col < 1 || col > len(s.cols) {
		return ""
	}
	return s.cols[col-1]
}

// fill writes into a row what merged cells above say of it, and keeps what the next rows need.
func (s *sheet) fill(record []string) {
	for i := range min(len(record), len(s.cols)) {
		if !filled[s.cols[i]] {
			continue
		}
		from, ok := s.facts.merged[[2]int{i + 1, s.line}]
		if ok && clean(record[i]) == "" && s.above[i].line == from[1] {
			record[i] = s.above[i].text
			continue
		}
		s.above[i] = written{s.line, record[i]}
	}
}

// written is the last cell of a column that was not filled, with its line.
type written struct {
	line int
	text string
}

// cellFault says what is wrong with a cell that its value does not show: a formula that was never computed, or a
// number that is shown as a percentage.
func (s *sheet) cellFault(col, value string, line int) error {
	for i, c := range s.cols {
		if c != col {
			continue
		}
		at := [2]int{i + 1, line}
		if value == "" && s.facts.formula[at] {
			return say("list.formula")
		}
		if sums[col] && s.percent(s.facts.style[at]) {
			return say("list.amount-percent")
		}
	}
	return nil
}

// percent reports whether a style shows numbers as percentages.
func (s *sheet) percent(id int) bool {
	if shown, known := s.percents[id]; known || id == 0 {
		return shown
	}
	style, err := s.file.GetStyle(id)
	shown := err == nil && (style.NumFmt == 9 || style.NumFmt == 10 ||
		style.CustomNumFmt != nil && strings.Contains(*style.CustomNumFmt, "%"))
	s.percents[id] = shown
	return shown
}
