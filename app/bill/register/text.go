package register

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// decode returns a text in UTF-8, UTF-16 with a byte order mark, or GB18030 as UTF-8. What is no character becomes
// utf8.RuneError, for which its row is refused: one bad byte tells nothing of the other rows.
func decode(text []byte) ([]byte, error) {
	out, err := decoded(text)
	if !bytes.ContainsRune(out, '\n') { // as Excel writes for an old Macintosh
		out = bytes.ReplaceAll(out, []byte("\r"), []byte("\n"))
	}
	return out, err
}

func decoded(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(text)
		if err != nil {
			return nil, refuse(0, "list.encoding")
		}
		return out, nil
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if utf8.Valid(text) {
		return text, nil
	}
	out := bytes.ToValidUTF8(text, []byte("\ufffd"))
	bad := badLines(out)
	gb, err := decodeGB(text)
	if err == nil {
		if n := badLines(gb); n < bad {
			out, bad = gb, n
		}
	}
	if 10*bad > bytes.Count(out, []byte("\n"))+9 { // more than one line, and more than a tenth
		return nil, refuse(0, "list.encoding")
	}
	return out, nil
}

// badLines counts the lines with what is no character.
func badLines(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if bytes.ContainsRune(line, utf8.RuneError) {
			n++
		}
	}
	return n
}

// decodeGB decodes GB18030. The library lacks what the standard leaves to users, and what its edition of 2000 put among
// them; names hold such characters.
func decodeGB(text []byte) ([]byte, error) {
	var out []byte
	decoder := simplifiedchinese.GB18030.NewDecoder()
	start := 0
	flush := func(end int) error {
		part, err := decoder.Bytes(text[start:end])
		out = append(out, part...)
		return err
	}
	for i := 0; i < len(text); {
		switch {
		case text[i] < 0x81 || i+1 == len(text):
			i++
		case text[i+1] >= '0' && text[i+1] <= '9':
			i += min(4, len(text)-i)
		case text[i+1] < 0x40:
			i++
		default:
			if r := lacking(text[i], text[i+1]); r != 0 {
				if err := flush(i); err != nil {
					return nil, err
				}
				out, start = utf8.AppendRune(out, r), i+2
			}
			i += 2
		}
	}
	return out, flush(len(text))
}

// lacking returns the character of two bytes that the library does not decode; 0 of all others.
func lacking(a, b byte) rune {
	switch {
	case a >= 0xaa && a <= 0xaf && b >= 0xa1 && b < 0xff: // the three areas of users
		return 0xe000 + rune(a-0xaa)*94 + rune(b-0xa1)
	case a >= 0xf8 && a < 0xff && b >= 0xa1 && b < 0xff:
		return 0xe234 + rune(a-0xf8)*94 + rune(b-0xa1)
	case a >= 0xa1 && a <= 0xa7 && b >= 0x40 && b <= 0xa0 && b != 0x7f:
		r := 0xe4c6 + rune(a-0xa1)*96 + rune(b-0x40)
		if b > 0x7f {
			r--
		}
		return r
	}
	code := rune(a)<<8 | rune(b)
	for _, run := range lacked {
		if code >= run.first && code <= run.last {
			return run.is + code - run.first
		}
	}
	return 0
}

// lacked are the other codes of two bytes that the library lacks, in runs: U+E766 to U+E80F as GB18030-2000 has them,
// the vertical forms and the radicals as GB18030-2005 and 2022 have them.
var lacked = []struct{ first, last, is rune }{
	{0xA2AB, 0xA2B0, 0xE766}, {0xA2E4, 0xA2E4, 0xE76D}, {0xA2EF, 0xA2F0, 0xE76E}, {0xA2FD, 0xA2FE, 0xE770},
	{0xA4F4, 0xA4FE, 0xE772}, {0xA5F7, 0xA5FE, 0xE77D}, {0xA6B9, 0xA6C0, 0xE785}, {0xA6D9, 0xA6D9, 0xFE10},
	{0xA6DA, 0xA6DA, 0xFE12}, {0xA6DB, 0xA6DB, 0xFE11}, {0xA6DC, 0xA6DF, 0xFE13}, {0xA6EC, 0xA6ED, 0xFE17},
	{0xA6F3, 0xA6F3, 0xFE19}, {0xA6F6, 0xA6FE, 0xE797}, {0xA7C2, 0xA7D0, 0xE7A0}, {0xA7F2, 0xA7FE, 0xE7AF},
	{0xA896, 0xA8A0, 0xE7BC}, {0xA8BC, 0xA8BC, 0x1E3F}, {0xA8C1, 0xA8C4, 0xE7C9}, {0xA8EA, 0xA8FE, 0xE7CD},
	{0xA958, 0xA958, 0xE7E2}, {0xA95B, 0xA95B, 0xE7E3}, {0xA95D, 0xA95F, 0xE7E4}, {0xA997, 0xA9A3, 0xE7F4},
	{0xA9F0, 0xA9FE, 0xE801}, {0xD7FA, 0xD7FE, 0xE810}, {0xFE51, 0xFE51, 0x20087}, {0xFE52, 0xFE52, 0x20089},
	{0xFE53, 0xFE53, 0x200CC}, {0xFE59, 0xFE59, 0x9FB4}, {0xFE61, 0xFE61, 0x9FB5}, {0xFE66, 0xFE67, 0x9FB6},
	{0xFE6C, 0xFE6C, 0x215D7}, {0xFE6D, 0xFE6D, 0x9FB8}, {0xFE76, 0xFE76, 0x2298F}, {0xFE7E, 0xFE7E, 0x9FB9},
	{0xFE90, 0xFE90, 0x9FBA}, {0xFE91, 0xFE91, 0x241FE}, {0xFEA0, 0xFEA0, 0x9FBB},
}

// isODS reports whether a file is a spreadsheet of LibreOffice: its first part says so.
func isODS(text []byte) bool {
	return bytes.HasPrefix(text, []byte("PK\x03\x04")) &&
		bytes.Contains(text[:min(len(text), 200)], []byte("application/vnd.oasis.opendocument"))
}

// isHTML reports whether a file is a web page, as many systems name .xls.
func isHTML(text []byte) bool {
	top := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(text[:min(len(text), 512)], []byte("\xef\xbb\xbf"))))
	return bytes.HasPrefix(top, []byte("<"))
}

// separators are what stands between the cells of a line.
var separators = []rune{',', '\t', ';'}

// separatorOf returns what separates the cells of a text, and the text without the line sep=; that tells it to Excel.
func separatorOf(text []byte) (comma rune, rest []byte, lines int) {
	line, after, _ := bytes.Cut(text, []byte("\n"))
	named := strings.Trim(string(line), "\" \r")
	if len(named) <= 5 && strings.HasPrefix(strings.ToLower(named), "sep=") {
		if mark := named[len("sep="):]; mark == "" {
			return '\t', after, 1
		} else if strings.ContainsAny(mark, ",;\t|") {
			return rune(mark[0]), after, 1
		}
	}
	top := text
	for i, n := 0, 0; i < len(text) && n < 2*maxTitles; i++ {
		if text[i] == '\n' {
			n++
			top = text[:i+1]
		}
	}
	for _, comma := range separators {
		in := csv.NewReader(bytes.NewReader(top))
		in.Comma, in.FieldsPerRecord, in.LazyQuotes = comma, -1, true
		for range maxTitles {
			record, err := in.Read()
			if err != nil {
				break
			}
			if isHeader(record) {
				return comma, text, 0
			}
		}
	}
	return ',', text, 0
}
