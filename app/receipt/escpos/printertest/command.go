package printertest

const (
	lineHeight = 30 // dots; so much a line of text moves the paper
	glyphWide  = 12
	glyphHigh  = 24
)

// lengths are those of the commands whose length is fixed, by their first two bytes. Other ESC, FS and GS commands are
// taken as two bytes long, and what follows them as text: boards do that with what they do not know.
var lengths = map[[2]byte]int{
	{0x1B, '@'}: 2, {0x1B, 'd'}: 3, {0x1B, 'J'}: 3, {0x1B, 'a'}: 3, {0x1B, '3'}: 3, {0x1B, '2'}: 2, {0x1B, 'v'}: 2,
	{0x1B, 'E'}: 3, {0x1B, '!'}: 3, {0x1B, 't'}: 3, {0x1C, '&'}: 2, {0x1C, '.'}: 2, {0x1D, '!'}: 3, {0x1D, 'a'}: 3,
	{0x1D, 'r'}: 3, {0x1D, 'L'}: 4, {0x1D, 'W'}: 4, {0x1D, 'P'}: 4, {0x1D, 'v'}: 8,
}

// command does the first command of data, and returns its length: 0 when it is not whole. A picture's rows follow its
// command and are printed as they come.
func (p *Printer) command(data []byte) int {
	switch data[0] {
	case 0x10:
		return realTime(data)
	case 0x1B, 0x1C, 0x1D:
	case '\n':
		p.printText()
		return 1
	default:
		if data[0] >= 0x20 {
			p.mech.text = append(p.mech.text, data[0])
			if len(p.mech.text)*glyphWide >= p.Width {
				p.printText()
			}
		}
		return 1
	}
	if len(data) < 2 {
		return 0
	}
	n, known := lengths[[2]byte{data[0], data[1]}]
	switch [2]byte{data[0], data[1]} {
	case [2]byte{0x1D, 'V'}: // GS V m, or m n where it feeds first
		n, known = 3, true
		if len(data) > 2 && data[2] >= 65 {
			n = 4
		}
	case [2]byte{0x1D, '('}: // GS ( x pL pH and so many bytes
		n, known = 5, true
		if len(data) >= 5 {
			n += int(data[3]) + int(data[4])<<8
		}
	}
	if !known {
		return 2
	}
	if len(data) < n {
		return 0
	}
	p.do(data[:n])
	return n
}

// realTime is the length of a real-time command that stands between commands: it was obeyed when it came.
func realTime(data []byte) int {
	switch {
	case len(data) < 3:
		return 0
	case data[1] == 0x04 || data[1] == 0x05:
		return 3
	case data[1] == 0x14 && data[2] == 8:
		return min(len(data), len(clear8)) / len(clear8) * len(clear8)
	case data[1] == 0x14:
		return min(len(data), 5) / 5 * 5
	}
	return 1
}

func (p *Printer) do(c []byte) {
	m := &p.mech
	switch [2]byte{c[0], c[1]} {
	case [2]byte{0x1B, '@'}:
		m.text, p.asb = nil, p.Spec.ASB
	case [2]byte{0x1B, 'd'}:
		p.printText()
		m.feed += int(c[2]) * lineHeight
	case [2]byte{0x1B, 'J'}:
		p.printText()
		m.feed += int(c[2])
	case [2]byte{0x1D, 'V'}:
		m.cut = true
		if len(c) == 4 {
			m.feed += p.Knife + int(c[3])
		}
	case [2]byte{0x1D, 'a'}:
		if p.ASBStays {
			return
		}
		if p.asb = c[2]; p.asb != 0 {
			now := p.automatic()
			p.say(now[:]...)
		}
	case [2]byte{0x1D, 'r'}:
		if !p.NoStatus && !p.faults.NoProof && c[2] == 1 {
			p.say(p.paper())
		}
	case [2]byte{0x1D, '('}:
		if c[2] == 'H' && len(c) == 11 && c[5] == 48 && c[6] == 48 && !p.NoID && !p.faults.NoProof {
			p.say(0x37, 0x22, c[7], c[8], c[9], c[10], 0)
		}
	case [2]byte{0x1D, 'v'}:
		m.picture.width, m.picture.rows = int(c[4])+int(c[5])<<8, int(c[6])+int(c[7])<<8
		if m.picture.width == 0 {
			m.picture.rows = 0
		}
	}
}

// printText prints the line of text that has come together. A letter is a box with its code's bits in it: whoever sees
// one on paper sees that it is no picture of ours.
func (p *Printer) printText() {
	text := p.mech.text
	p.mech.text = nil
	if len(text) == 0 {
		return
	}
	for y := range lineHeight {
		row := make([]byte, (p.Width+7)/8)
		for i, b := range text {
			for x := range glyphWide - 2 {
				edge := x == 0 || y == 0 || x == glyphWide-3 || y == glyphHigh-1
				at := i*glyphWide + x
				if y < glyphHigh && at < p.Width && (edge || y/3 < 8 && b&(1<<(y/3)) != 0) {
					row[at/8] |= 0x80 >> (at % 8)
				}
			}
		}
		p.row(row)
	}
}
