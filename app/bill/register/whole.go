package register

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxElements is how many elements a part of a workbook may have: a list of ten columns and 400,000 bills has fewer.
const maxElements = 8 << 20

// errDamaged means: the workbook is not what was written.
var errDamaged = errors.New("register: a part of the workbook is damaged")

// whole reads every part of a workbook to its end, check sums included, and the sheets and their strings as XML.
// excelize ends a sheet at its first fault as if it ended there, ignores check sums and leaves a cell blank that it
// cannot read: bills would be withdrawn in silence.
func whole(text []byte) error {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return err
	}
	var size uint64
	for _, f := range z.File {
		if size += f.UncompressedSize64; size > maxUnpacked {
			return errDamaged
		}
	}
	shared := 0 // strings that cells share: known before a sheet is read
	for _, sheets := range []bool{false, true} {
		for _, f := range z.File {
			if strings.HasPrefix(f.Name, "xl/worksheets/") != sheets {
				continue
			}
			if err := part(f, &shared); err != nil {
				return err
			}
		}
	}
	return nil
}

// part reads one part to its end.
func part(f *zip.File, shared *int) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	name := strings.ToLower(f.Name)
	switch {
	case strings.HasSuffix(name, "sharedstrings.xml"):
		err = elements(r, func(e xml.StartElement, _ string) error {
			if e.Name.Local == "si" {
				*shared++
			}
			return nil
		})
	case strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml"):
		err = sheetPart(r, *shared)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, r) // to the end, where the check sum is compared
	}
	return err
}

// elements calls each for every element of an XML text, once its own text is known.
func elements(r io.Reader, each func(e xml.StartElement, text string) error) error {
	d := xml.NewDecoder(r)
	var open []xml.StartElement
	var text []byte
	for n := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if n++; n > maxElements || len(open) > 64 {
				return errDamaged
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

// none is the index of a shared string in a blank cell, which some programs write as one.
const none = -2

// sheetPart refuses what excelize reads as something else: rows out of order, and strings that are not there.
func sheetPart(r io.Reader, shared int) error {
	last, index := 0, none
	return elements(r, func(e xml.StartElement, text string) error {
		switch e.Name.Local {
		case "v":
			if text == "" {
				break
			}
			index = -1
			if i, err := strconv.Atoi(text); err == nil {
				index = i
			}
		case "c":
			if attribute(e, "t") == "s" && (index < 0 && index != none || index >= shared) {
				return errDamaged
			}
			index = none
		case "row":
			if at := attribute(e, "r"); at != "" {
				n, err := strconv.Atoi(at)
				if err != nil || n <= last || n > maxRows {
					return errDamaged
				}
				last = n
			}
		}
		return nil
	})
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
