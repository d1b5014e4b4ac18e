package printertest

import (
	"bytes"
	"image"
	"time"
)

const dotsPerMM = 8

// A mechanism prints what is in the buffer.
type mechanism struct {
	picture struct{ width, rows int } // of which so many rows are to come, width bytes each
	text    []byte                    // of the line that is not printed yet
	paper   [][]byte                  // rows since the last cut, as bits; black is 1
	slips   [][][]byte
	rows    int       // printed since ever
	feed    int       // rows to be fed
	cut     bool      // once they are
	idle    time.Time // the paper moves until then
	due     bool      // a timer will look again
}

// reset forgets the command that was being read. The paper stays as it is.
func (m *mechanism) reset() { m.picture.rows, m.text, m.feed, m.cut = 0, nil, 0, false }

func (p *Printer) stopped() bool {
	f := p.faults
	return f.Cover || f.Offline || f.Jam || f.Broken || f.Hold || f.Hung || f.Off || f.Paper == 0 || p.closed
}

// run prints what can be printed now, and comes back when the paper has moved so far.
func (p *Printer) run() {
	for !p.stopped() {
		if wait := time.Until(p.mech.idle); wait > 0 {
			if !p.mech.due {
				p.mech.due = true
				time.AfterFunc(wait, func() {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.mech.due = false
					p.run()
					p.change.Broadcast()
				})
			}
			return
		}
		if !p.step() {
			return
		}
	}
}

// step does the next smallest thing, and reports whether there was one.
func (p *Printer) step() bool {
	m := &p.mech
	switch {
	case m.feed > 0:
		m.feed--
		p.row(nil)
		return true
	case m.cut:
		p.doCut()
		return true
	case m.picture.rows > 0:
		if len(p.buffer) < m.picture.width {
			return false
		}
		m.picture.rows--
		line := bytes.Clone(p.buffer[:m.picture.width])
		p.buffer = p.buffer[m.picture.width:]
		p.row(line)
		return true
	case len(p.buffer) == 0:
		return false
	}
	n := p.command(p.buffer)
	p.buffer = p.buffer[n:]
	return n > 0
}

// row moves the paper by one row and prints it.
func (p *Printer) row(bits []byte) {
	m := &p.mech
	line := make([]byte, (p.Width+7)/8)
	copy(line, bits)
	m.paper = append(m.paper, line)
	m.rows++
	if p.Pace > 0 {
		m.idle = time.Now().Add(time.Duration(float64(time.Second) / (p.Pace * dotsPerMM)))
	}
	if p.faults.Paper > 0 {
		p.faults.Paper--
	}
	if f := p.atRow[m.rows]; f != nil {
		delete(p.atRow, m.rows)
		p.set(f)
	}
	if p.faults.Paper == 0 && p.Forgets {
		p.buffer = nil
		m.reset()
	}
	p.tell()
}

// doCut cuts at the knife. What has passed the head and not the knife begins the next slip.
func (p *Printer) doCut() {
	m := &p.mech
	m.cut = false
	if p.faults.JamAtCut {
		p.set(func(f *Faults) { f.Jam, f.JamAtCut = true, false })
		return
	}
	at := max(0, len(m.paper)-p.Knife)
	m.slips = append(m.slips, m.paper[:at:at])
	m.paper = m.paper[at:]
}

// Slips returns what was cut off, without the white rows above and below what is printed.
func (p *Printer) Slips() (slips []*image.Gray) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.mech.slips {
		slips = append(slips, draw(s, p.Width))
	}
	return slips
}

// Hanging returns what is printed and not cut off, without the white rows around it.
func (p *Printer) Hanging() *image.Gray {
	p.mu.Lock()
	defer p.mu.Unlock()
	return draw(p.mech.paper, p.Width)
}

// Rows returns how many rows the paper has moved.
func (p *Printer) Rows() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mech.rows
}

func draw(rows [][]byte, width int) *image.Gray {
	white := func(row []byte) bool { return len(bytes.Trim(row, "\x00")) == 0 }
	for len(rows) > 0 && white(rows[0]) {
		rows = rows[1:]
	}
	for len(rows) > 0 && white(rows[len(rows)-1]) {
		rows = rows[:len(rows)-1]
	}
	img := image.NewGray(image.Rect(0, 0, width, len(rows)))
	for y, row := range rows {
		for x := range width {
			if row[x/8]&(0x80>>(x%8)) == 0 {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	return img
}

// Trim returns a picture without the white rows above and below, as Slips does.
func Trim(img *image.Gray) *image.Gray {
	rows := make([][]byte, img.Rect.Dy())
	for y := range rows {
		rows[y] = make([]byte, (img.Rect.Dx()+7)/8)
		for x := range img.Rect.Dx() {
			if img.Pix[y*img.Stride+x] < 128 {
				rows[y][x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return draw(rows, img.Rect.Dx())
}

// Bottom returns the last rows of a picture.
func Bottom(img *image.Gray, rows int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, img.Rect.Dx(), rows))
	copy(out.Pix, img.Pix[(img.Rect.Dy()-rows)*img.Stride:])
	return out
}
