// Package printertest is a thermal printer that speaks ESC/POS, for tests. It was written from the manuals and knows
// nothing of how our slips are encoded: it does what the bytes say, draws the paper, and cuts it into slips.
//
// A line's bytes wait in a network (Window), go into a receive buffer (Buffer) where real-time commands are recognised
// wherever they stand, in the data of a picture too, and are printed from there at the pace of the paper. Everything
// that makes real boards differ is a field of Spec, everything that happens to them one of Faults.
package printertest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// A Spec is how a printer is built. The zero value is an instant printer of 80 mm that knows everything.
type Spec struct {
	Width    int           // dots; 0 is 576
	Buffer   int           // bytes that the receive buffer holds; 0 is 64 KiB
	Overflow bool          // a full buffer drops what comes; else nothing more is taken from the line
	Window   int           // bytes that the line holds; 0 is 3 MB, as a network's
	Baud     int           // bits a second of a serial line; 0 is instant
	Pace     float64       // mm of paper a second; 0 is instant
	Delay    time.Duration // from a question to its answer
	Knife    int           // rows from the head to the knife; 0 is 100

	Drawer   bool // its drawer's pin is high: 16h is its healthy answer to DLE EOT 1
	NearEnd  int  // rows that are left when the sensor says that the end is near
	NoClear  bool // does not know DLE DC4 8
	NoID     bool // does not know GS ( H
	NoStatus bool // does not know GS r
	ASB      byte // the automatic status that its switches ask for, as in GS a n
	ASBStays bool // GS a does not change that
	Forgets  bool // drops what is in its buffer when the paper ends, as cheap ones do

	Unasked map[int][]byte // what it says by itself once so many bytes have been taken
}

// Faults are what happens to a printer.
type Faults struct {
	Cover, Offline, Jam, Broken bool
	JamAtCut                    bool // the next cut jams
	Hold                        bool // prints nothing, and says nothing of it
	Mute                        bool // prints, and answers nothing
	NoProof                     bool // answers nothing that stands in the data
	Hung                        bool // takes nothing from the line and answers nothing
	Off                         bool // no line can be opened
	Paper                       int  // rows that are left; -1 is plenty
}

// A Printer is one machine.
type Printer struct {
	Spec
	mu     sync.Mutex
	change *sync.Cond
	faults Faults
	atRow  map[int]func(*Faults)
	atByte map[int]func(*Faults)
	closed bool

	line    *line         // the last one opened
	heard   chan struct{} // closed once all that it brought is in the network
	network []byte
	total   int // bytes taken from the line
	buffer  []byte
	scan    []byte // the last bytes received, for real-time commands
	dropped int

	mech mechanism
	auto [4]byte // the automatic status that was told last
	asb  byte
}

// New starts a printer. It must be closed.
func New(spec Spec) *Printer {
	for _, d := range []struct {
		value   *int
		absence int
	}{{&spec.Width, 576}, {&spec.Buffer, 1 << 16}, {&spec.Window, 3 << 20}, {&spec.Knife, 100}} {
		if *d.value == 0 {
			*d.value = d.absence
		}
	}
	p := &Printer{
		Spec: spec, faults: Faults{Paper: -1}, asb: spec.ASB,
		atRow: make(map[int]func(*Faults)), atByte: make(map[int]func(*Faults)),
	}
	p.change = sync.NewCond(&p.mu)
	p.auto = p.automatic()
	go p.receive()
	return p
}

// Close ends the printer.
func (p *Printer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.hangUp()
	p.change.Broadcast()
	return nil
}

// Set changes what is the matter with the printer, as a person at it does.
func (p *Printer) Set(f func(*Faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(f)
	p.run()
}

func (p *Printer) set(f func(*Faults)) {
	f(&p.faults)
	if p.faults.Off {
		p.hangUp()
	}
	p.tell()
	p.change.Broadcast()
}

// Mend sets everything right and forgets what was to happen: paper in, cover shut, plugged in.
func (p *Printer) Mend() {
	p.mu.Lock()
	clear(p.atRow)
	clear(p.atByte)
	p.mu.Unlock()
	p.Set(func(f *Faults) { *f = Faults{Paper: -1} })
}

// AtRow lets something happen once so many rows have been printed, feeds included, since the printer was made.
func (p *Printer) AtRow(row int, f func(*Faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atRow[row] = f
}

// AtByte lets something happen once so many bytes have been taken from the line.
func (p *Printer) AtByte(n int, f func(*Faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atByte[n] = f
}

// Received returns how many bytes were taken from the line.
func (p *Printer) Received() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// Dropped returns how many bytes a full buffer has lost.
func (p *Printer) Dropped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// PowerCycle switches the printer off and on: what it had received is lost, what is on paper stays.
func (p *Printer) PowerCycle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangUp()
	p.network, p.buffer, p.scan, p.asb = nil, nil, nil, p.Spec.ASB
	p.mech.reset()
	p.change.Broadcast()
}

// HangUp closes the line that is open.
func (p *Printer) HangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangUp()
}

func (p *Printer) hangUp() {
	if p.line != nil {
		p.line.end()
		p.line = nil
	}
}

// Open returns the other end of a new line to the printer.
func (p *Printer) Open(context.Context) (io.ReadWriteCloser, error) {
	ours, theirs := net.Pipe()
	if err := p.Serve(ours); err != nil {
		return nil, err
	}
	return theirs, nil
}

// Serve takes one end of a line. What an earlier line brought and was not taken yet comes first.
func (p *Printer) Serve(port io.ReadWriteCloser) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.Off || p.closed {
		return errors.New("connection refused")
	}
	p.hangUp()
	p.change.Broadcast()
	l := &line{port: port, says: make(chan saying, 1<<12), over: make(chan struct{}), gone: make(chan struct{})}
	before := p.heard
	p.line, p.heard = l, l.gone
	go l.speak()
	go func() {
		defer close(l.gone)
		if before != nil {
			<-before
		}
		p.listen(l)
	}()
	return nil
}

// A line is what connects the printer.
type line struct {
	port io.ReadWriteCloser
	says chan saying
	over chan struct{}
	gone chan struct{} // all that it brought is in the network
	once sync.Once
}

// A saying is an answer and when it is due.
type saying struct {
	at   time.Time
	data []byte
}

func (l *line) end() {
	l.once.Do(func() {
		close(l.over)
		_ = l.port.Close()
	})
}

func (l *line) speak() {
	for {
		select {
		case s := <-l.says:
			time.Sleep(time.Until(s.at))
			if _, err := l.port.Write(s.data); err != nil {
				return
			}
		case <-l.over:
			return
		}
	}
}

// listen carries a line's bytes into the network, as long as that takes any.
func (p *Printer) listen(l *line) {
	piece := make([]byte, 512)
	for {
		n, err := l.port.Read(piece)
		p.mu.Lock()
		p.network = append(p.network, piece[:n]...)
		p.change.Broadcast()
		for len(p.network) >= p.Window && !p.closed && p.line == l {
			p.change.Wait()
		}
		p.mu.Unlock()
		if err != nil {
			l.end()
			return
		}
	}
}

// receive takes bytes from the network into the buffer, at the line's speed.
func (p *Printer) receive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		if len(p.network) == 0 || p.faults.Hung || p.full() && !p.Overflow {
			p.change.Wait()
			continue
		}
		if p.Baud > 0 {
			p.mu.Unlock()
			time.Sleep(time.Second * 10 / time.Duration(p.Baud))
			p.mu.Lock()
			if len(p.network) == 0 {
				continue // switched off meanwhile
			}
		}
		b := p.network[0]
		p.network = p.network[1:]
		p.total++
		if f := p.atByte[p.total]; f != nil {
			delete(p.atByte, p.total)
			p.set(f)
		}
		if data := p.Unasked[p.total]; data != nil {
			p.say(data...)
		}
		p.take(b)
		p.change.Broadcast()
	}
}

func (p *Printer) full() bool { return len(p.buffer) >= p.Buffer }

// say sends an answer back, unless nobody listens.
func (p *Printer) say(data ...byte) {
	if p.line == nil || p.faults.Mute || p.faults.Hung {
		return
	}
	p.line.says <- saying{time.Now().Add(p.Delay), data}
}
