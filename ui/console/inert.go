package console

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// inert is all that the console writes through: what a terminal would act on, an escape, a bell, a mark that turns the
// direction of writing, is written as what it is. A list, the ledger and the case system hold other people's texts.
type inert struct {
	to   io.Writer
	rest []byte // the beginning of a character that the last write ended in
}

func (p *inert) Write(text []byte) (int, error) {
	in := append(p.rest, text...)
	p.rest = nil
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); {
		r, size := utf8.DecodeRune(in[i:])
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(in[i:]):
			p.rest = append([]byte(nil), in[i:]...)
			size = len(in) - i
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, in[i])
		case acts(r):
			out = fmt.Appendf(out, `\u%04x`, r) // as JSON has it too
		default:
			out = append(out, in[i:i+size]...)
		}
		i += size
	}
	if _, err := p.to.Write(out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// acts reports a character that does something in place of being shown. The ends of lines do what they should.
func acts(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029'
}
