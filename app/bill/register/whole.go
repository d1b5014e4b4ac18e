package register

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// errDamaged means: the workbook is not what was written.
var errDamaged = errors.New("register: a part of the workbook is damaged")

// A place is that of a cell, from 1.
type place struct{ row, col int }

// whole reads every part of a workbook to its end, check sums included, and the sheets and their strings as XML.
// excelize ends a sheet at its first fault as if it ended there, ignores check sums and leaves a cell blank that it
// cannot read: bills would be withdrawn in silence. Nor can it be stopped, so that it is given nothing beyond the
// budget. whole returns what was spent, with the numbers that may have lost digits of all sheets.
func whole(ctx context.Context, text []byte, of budget) (*spent, error) {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	if err := of.allow(z.File); err != nil {
		return nil, err
	}
	s := &spent{of: of, long: make(map[place]bool)}
	for _, sheets := range []bool{false, true} { // the strings that cells share are known before a sheet is read
		for _, f := range z.File {
			if strings.HasPrefix(partName(f), "xl/worksheets/") != sheets {
				continue
			}
			if err := part(ctx, f, s); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// allow judges the parts of a workbook by what its directory says.
func (b budget) allow(parts []*zip.File) error {
	var size uint64
	names := make(map[string]bool)
	for _, f := range parts {
		if size += f.UncompressedSize64; size > uint64(b.unpacked) || f.UncompressedSize64 > uint64(b.unpacked) {
			return errTooMuch
		}
		if names[partName(f)] { // who reads it would choose one of the two
			return errDamaged
		}
		names[partName(f)] = true
	}
	if len(parts) > b.parts {
		return errTooMuch
	}
	return nil
}

// partName is the name by which the library knows a part.
func partName(f *zip.File) string { return strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/")) }

// part reads one part to its end.
func part(ctx context.Context, f *zip.File, s *spent) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	spend := &spender{ctx: ctx, r: in, spent: s}
	r := bufio.NewReader(spend)
	name := partName(f)
	switch {
	case strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml"):
		err = sheetPart(r, s)
	case isXML(name, r): // by what it holds: a workbook may name its parts as it likes
		other := !strings.HasSuffix(name, "sharedstrings.xml")
		err = s.read(r, func(e xml.StartElement) error { return s.count(e.Name.Local, other) },
			func(xml.StartElement, string) error { return nil })
		if _, bad := errors.AsType[*xml.SyntaxError](err); bad && strings.HasSuffix(name, ".vml") {
			err = nil // drawings of notes are often no XML
		}
	default:
		spend.picture = true
	}
	if err == nil {
		_, err = io.Copy(io.Discard, r) // to the end, where the check sum is compared
	}
	return err
}

// isXML reports whether a part is read as XML: it is called so, or begins so, perhaps behind blanks without end.
func isXML(name string, r *bufio.Reader) bool {
	for _, end := range []string{".xml", ".rels", ".vml"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	text, err := r.Peek(r.Size())
	begin := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	return bytes.HasPrefix(begin, []byte("<")) || len(begin) == 0 && err == nil
}

// read calls begun for every element of an XML text, and each once its own text is known.
func (s *spent) read(r io.Reader, begun func(xml.StartElement) error,
	each func(e xml.StartElement, text string) error) error {
	d := xml.NewDecoder(r)
	var open []xml.StartElement
	var text []byte
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) >= s.of.depth {
				return errTooMuch
			}
			if err := begun(t); err != nil {
				return err
			}
			open, text = append(open, t), text[:0] // a decoder makes new attributes for each element
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1].Name.Local == "v" {
				text = append(text, t...)
			}
		case xml.EndElement:
			if err := each(open[len(open)-1], string(text)); err != nil {
				return err
			}
			open, text = open[:len(open)-1], text[:0]
		}
	}
}

// sheetPart refuses what excelize reads as something else: rows out of order, and strings that are not there.
func sheetPart(r io.Reader, s *spent) error {
	row, cell, widest, value := 0, 0, 0, ""
	begun := func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "row":
			if row, err = rowAfter(row, e); err != nil {
				return err
			}
			cell, widest = 0, 0
		case "c":
			value = ""
			cell++
			if at := attribute(e, "r"); at != "" {
				if cell, _, err = excelize.CellNameToCoordinates(at); err != nil {
					return errDamaged
				}
			}
			s.cells += max(0, cell-widest)
			if widest = max(widest, cell); s.cells > s.of.cells {
				return errTooMuch
			}
		}
		return s.count(e.Name.Local, false)
	}
	return s.read(r, begun, func(e xml.StartElement, text string) error {
		switch e.Name.Local {
		case "v":
			value = text
		case "c":
			if s.mayLose(attribute(e, "t"), value) {
				s.long[place{row, cell}] = true
				if err := s.keep(1); err != nil {
					return err
				}
			}
			if attribute(e, "t") == "s" && value != "" { // some programs write a blank cell so
				if i, err := strconv.Atoi(value); err != nil || i < 0 || i >= s.shared {
					return errDamaged
				}
			}
		}
		return nil
	})
}

// mayLose reports whether a cell holds a number, as a number, that has more digits than Excel keeps.
func (s *spent) mayLose(kind, value string) bool {
	scientific := strings.ContainsAny(value, "eE")
	return kind != "s" && kind != "inlineStr" && (kind != "str" || scientific) && (len(value) > 15 || scientific)
}

// rowAfter returns the number of a row element that follows row last.
func rowAfter(last int, e xml.StartElement) (int, error) {
	at := attribute(e, "r")
	if at == "" {
		return last + 1, nil
	}
	n, err := strconv.Atoi(at)
	if err != nil || n <= last || n > maxRows {
		return 0, errDamaged
	}
	return n, nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
