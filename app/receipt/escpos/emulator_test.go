package escpos

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"net"
	"sync"
)

// emulator is a strict ESC/POS printer: it takes what the driver sends and nothing else, holds what it cannot print,
// and shows each slip that it has cut. Its faults are fields; they may change while it works.
type emulator struct {
	mu     sync.Mutex
	buffer []byte      // received, not printed
	slip   *image.Gray // being printed
	slips  []*image.Gray
	wrong  []string // commands that it does not know

	cover, offline, jam, broken bool
	paper                       int  // rows that are left; -1 is plenty
	mute                        bool // prints, and answers nothing
	hungAfter                   int  // bytes; then it neither reads nor answers; -1 never
	cutAfter                    int  // bytes; then the line is gone; -1 never
	jamsAtCut                   bool
	noID, noStatus              bool // does not know GS ( H, GS r
	got, total                  int  // bytes of this line, of all

}

func newEmulator() *emulator {
	return &emulator{paper: -1, hungAfter: -1, cutAfter: -1, slip: image.NewGray(image.Rect(0, 0, 576, 0))}
}

// open is the printer's end of a line.
func (e *emulator) open(context.Context) (io.ReadWriteCloser, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cutAfter == 0 {
		return nil, fmt.Errorf("connection refused")
	}
	ours, theirs := net.Pipe()
	e.got = 0
	go e.serve(ours)
	return theirs, nil
}

// serve reads byte for byte, as the real-time part of a printer does.
func (e *emulator) serve(line io.ReadWriteCloser) {
	defer line.Close()
	var last [10]byte
	for {
		b := make([]byte, 1)
		e.mu.Lock()
		hung := e.hungAfter >= 0 && e.got >= e.hungAfter
		gone := e.cutAfter > 0 && e.got >= e.cutAfter
		e.mu.Unlock()
		if gone {
			return
		}
		if hung {
			b = make([]byte, 1<<16) // the network takes what the printer does not
			for {
				if _, err := line.Read(b); err != nil {
					return
				}
			}
		}
		if _, err := line.Read(b); err != nil {
			return
		}
		copy(last[:], last[1:])
		last[9] = b[0]
		for _, answer := range e.take(b[0], last) {
			if _, err := line.Write(answer); err != nil {
				return
			}
		}
	}
}

// take takes a byte and returns what the printer says to it.
func (e *emulator) take(b byte, last [10]byte) (answers [][]byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got++
	e.total++
	e.buffer = append(e.buffer, b)
	switch {
	case bytes.Equal(last[:], purge[:10]):
		e.buffer = nil // and the half of a command that was in it
		return [][]byte{{0x37, 0x25, 0}}
	case last[7] == 0x10 && last[8] == 0x04 && b >= 1 && b <= 4:
		if !e.inPicture() {
			e.buffer = e.buffer[:len(e.buffer)-3]
		}
		if !e.mute {
			answers = append(answers, []byte{e.status(b)})
		}
	}
	return append(answers, e.work()...)
}

// inPicture reports whether the last bytes belong to the data of a picture, where a question to the printer may stand
// by chance.
func (e *emulator) inPicture() bool {
	b := e.buffer[:len(e.buffer)-3]
	return bytes.HasPrefix(b, []byte{0x1D, 'v', '0', 0}) &&
		(len(b) < 8 || len(b) < 8+int(b[4])*int(binary.LittleEndian.Uint16(b[6:])))
}

func (e *emulator) status(question byte) byte {
	b := byte(0x12)
	set := func(on bool, bit byte) {
		if on {
			b |= bit
		}
	}
	switch question {
	case askPrinter:
		set(e.offline || e.cover || e.paper == 0 || e.jam || e.broken, 0x08)
	case askOffline:
		set(e.cover, 0x04)
		set(e.paper == 0, 0x20)
		set(e.jam || e.broken, 0x40)
	case askError:
		set(e.jam, 0x08)
		set(e.broken, 0x20)
	case askPaper:
		set(e.paper == 0, 0x60)
	}
	return b
}

// work prints what it can.
func (e *emulator) work() (answers [][]byte) {
	for len(e.buffer) > 0 && !e.cover && !e.offline && !e.jam && !e.broken && e.paper != 0 {
		n, answer := e.command(e.buffer)
		if n == 0 {
			return answers // not whole yet
		}
		e.buffer = e.buffer[min(n, len(e.buffer)):]
		if answer != nil && !e.mute {
			answers = append(answers, answer)
		}
	}
	return answers
}

// command does the first command of data and returns its length, 0 when it is not whole.
func (e *emulator) command(data []byte) (n int, answer []byte) {
	fixed := []struct {
		prefix []byte
		length int
	}{{[]byte{0x1B, '@'}, 2}, {[]byte{0x1B, 'd'}, 3}, {[]byte{0x1D, 'V', 66}, 4}, {[]byte{0x1D, 'r', 1}, 3},
		{[]byte{0x1D, '(', 'H', 6, 0, 0x30, 0x30}, 11}}
	for _, f := range fixed {
		if !bytes.HasPrefix(data, f.prefix[:min(len(data), len(f.prefix))]) {
			continue
		}
		if len(data) < f.length {
			return 0, nil
		}
		switch data[1] {
		case 'V':
			if e.jamsAtCut {
				e.jam = true
				return f.length, nil
			}
			e.slips = append(e.slips, e.slip)
			e.slip = image.NewGray(image.Rect(0, 0, 576, 0))
		case 'r':
			if !e.noStatus {
				answer = []byte{0}
			}
		case '(':
			if !e.noID {
				answer = append(append([]byte{0x37, 0x22}, data[7:11]...), 0)
			}
		}
		return f.length, answer
	}
	if data[0] == 0x10 { // the beginning of a real-time command
		if len(data) < 10 {
			return 0, nil
		}
	}
	return e.picture(data), nil
}

func (e *emulator) picture(data []byte) int {
	if !bytes.HasPrefix(data, []byte{0x1D, 'v', '0', 0}[:min(4, len(data))]) {
		e.wrong = append(e.wrong, fmt.Sprintf("% X", data[:min(12, len(data))]))
		return len(data)
	}
	if len(data) < 8 {
		return 0
	}
	width, rows := int(binary.LittleEndian.Uint16(data[4:])), int(binary.LittleEndian.Uint16(data[6:]))
	if width != 72 || rows < 1 || rows > 128 {
		e.wrong = append(e.wrong, fmt.Sprintf("a band of %d x %d", width, rows))
	}
	if len(data) < 8+width*rows {
		return 0
	}
	for row := range rows {
		if e.paper == 0 {
			break // the rest of the band is lost, as on cheap printers
		}
		if e.paper > 0 {
			e.paper--
		}
		for _, b := range data[8+row*width : 8+(row+1)*width] {
			for bit := range 8 {
				dot := byte(255)
				if b&(0x80>>bit) != 0 {
					dot = 0
				}
				e.slip.Pix = append(e.slip.Pix, dot)
			}
		}
		e.slip.Rect.Max.Y++
	}
	return 8 + width*rows
}
