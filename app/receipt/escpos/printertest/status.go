package printertest

import "bytes"

// clear8 is DLE DC4 8 with its fixed parameters.
var clear8 = []byte{0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}

// take puts a byte into the buffer. Real-time commands are obeyed at once, whatever they are part of; they stay in the
// buffer, where they are passed over if they stand between commands, and are data if they stand in data.
func (p *Printer) take(b byte) {
	if p.full() {
		p.dropped++
	} else {
		p.buffer = append(p.buffer, b)
	}
	p.scan = append(p.scan, b)
	if len(p.scan) > len(clear8) {
		p.scan = p.scan[1:]
	}
	if n := len(p.scan); n >= 3 && p.scan[n-3] == 0x10 {
		switch {
		case p.scan[n-2] == 0x04 && b >= 1 && b <= 4:
			p.say(p.status(b))
		case p.scan[n-2] == 0x05 && b == 2 && (p.faults.Jam || p.faults.Broken): // DLE ENQ 2: go on, without the buffer
			p.buffer = nil
			p.mech.reset()
		}
	}
	if bytes.Equal(p.scan, clear8) && !p.NoClear {
		p.buffer, p.scan = nil, nil
		p.mech.reset()
		p.say(0x37, 0x25, 0)
	}
	p.run()
}

// status is the answer to DLE EOT n.
func (p *Printer) status(question byte) byte {
	b := byte(0x12)
	set := func(on bool, bit byte) {
		if on {
			b |= bit
		}
	}
	f := p.faults
	switch question {
	case 1:
		set(p.Drawer, 0x04)
		set(f.Offline || f.Cover || f.Paper == 0 || f.Jam || f.Broken, 0x08)
	case 2:
		set(f.Cover, 0x04)
		set(f.Paper == 0, 0x20)
		set(f.Jam || f.Broken, 0x40)
	case 3:
		set(f.Jam, 0x08)
		set(f.Broken, 0x20)
	case 4:
		set(p.nearEnd(), 0x0C)
		set(f.Paper == 0, 0x60)
	}
	return b
}

func (p *Printer) nearEnd() bool { return p.faults.Paper >= 0 && p.faults.Paper <= p.NearEnd }

// paper is the answer to GS r 1.
func (p *Printer) paper() (b byte) {
	if p.nearEnd() {
		b |= 0x03
	}
	if p.faults.Paper == 0 {
		b |= 0x0C
	}
	return b
}

// automatic is the status that GS a asks for.
func (p *Printer) automatic() (b [4]byte) {
	f := p.faults
	b = [4]byte{0x10, 0, p.paper(), 0}
	if p.Drawer {
		b[0] |= 0x04
	}
	if f.Offline || f.Cover || f.Paper == 0 || f.Jam || f.Broken {
		b[0] |= 0x08
	}
	if f.Cover {
		b[0] |= 0x20
	}
	if f.Jam {
		b[1] |= 0x08
	}
	if f.Broken {
		b[1] |= 0x20
	}
	return b
}

// tell says the automatic status if it is wanted and has changed.
func (p *Printer) tell() {
	now := p.automatic()
	if p.asb != 0 && now != p.auto {
		p.say(now[:]...)
	}
	p.auto = now
}
