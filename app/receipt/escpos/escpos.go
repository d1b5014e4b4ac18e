// Package escpos prints slips as pictures on thermal printers that speak ESC/POS, over TCP, USB or a serial line.
//
// A successful write proves nothing: every slip fits into the socket's buffer. So questions stand in the data, behind
// each band of the picture, and no more is sent than the printer has answered for; what it proved by is the outcome. A
// printer that answers no such question is told nothing better than receipt.Sent. What an interrupted slip has left, in
// the printer's buffer and on its paper, is taken out before anything new is printed: see Printer.Tidy. Pictures look
// the same on every model and have every character that the font has; the printers' own Chinese fonts do neither.
//
// # Decisions
//
// 2026-11-23: a printer that answers no status is not printed on. A mute one would have to be believed blindly: paper
// out and printed look the same to it.
//
// 2026-11-23: the wire is opened for each job and each look. Some LAN boards serve one connection at a time, and a kept
// one would shut out the vendor's own tools.
//
// 2026-11-28: what is known of a printer (that it proves, its pace) is learned anew in each process, from its answers
// before the first band. A list of models would be wrong for the boards that we meet.
//
// 2026-11-28: at most 3.5 KB are on the way. Boards with a buffer of 4 KB fall silent when it is full, and then cannot
// say that their paper is out.
package escpos

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"sync"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
)

// A Printer is one thermal printer. One job or look at a time has its line.
type Printer struct {
	line line
	roll paper.Roll
	one  sync.Mutex // held while the line is open; guards what follows

	torn    bool              // a slip may be in it that was not cut off, or half a command
	clean   bool              // the last job came to its end: no half command is in it
	whole   bool              // no half of a command's own bytes is in it; of a picture there may be
	probed  bool              // it was asked once what it answers
	id      bool              // it has repeated a number behind data: GS ( H
	status  bool              // it has answered GS r behind data
	row     time.Duration     // what it takes for a row: the slowest band of the last job; 0 is not known
	stopped receipt.Condition // why it could not print, when it was asked last

	warn    sync.Mutex
	nearEnd bool // the paper is, as was seen last
}

// New returns the printer at an address: tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200. Nothing is
// opened before it is used.
func New(address string, roll paper.Roll) (*Printer, error) {
	line, err := parse(address)
	if err != nil {
		return nil, err
	}
	return &Printer{line: line, roll: roll}, nil
}

// Print prints a receipt.
func (p *Printer) Print(ctx context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	page, err := paper.Layout(r, p.roll)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.print(ctx, page.Image())
}

// PrintSlip prints a slip that is no receipt.
func (p *Printer) PrintSlip(ctx context.Context, s receipt.Slip) (receipt.Outcome, error) {
	page, err := paper.LayoutSlip(s, p.roll)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.print(ctx, page.Image())
}

// Ready asks the printer whether it can print.
func (p *Printer) Ready(ctx context.Context) error {
	return p.with(ctx, func(j *job) error { return j.state(ctx, true) })
}

// Warning returns receipt.NearEnd when the printer said so last, else nothing.
func (p *Printer) Warning() receipt.Condition {
	p.warn.Lock()
	defer p.warn.Unlock()
	if p.nearEnd {
		return receipt.NearEnd
	}
	return ""
}

// Tidy says that an earlier process may have left a slip in the printer. What hangs there is fed out, marked as void
// and cut off: now, or, when that fails, before anything else is printed.
func (p *Printer) Tidy(ctx context.Context) error {
	return p.with(ctx, func(j *job) error {
		p.torn = true
		return j.begin(ctx)
	})
}

// TakeOut takes out the slip that was interrupted last, if it is still in the printer.
func (p *Printer) TakeOut(ctx context.Context) error {
	if !p.isTorn() {
		return nil
	}
	return p.with(ctx, func(j *job) error {
		if !p.torn { // somebody has printed meanwhile
			return nil
		}
		return j.begin(ctx)
	})
}

// isTorn reports whether a slip is in the printer that was not cut off; it waits for one that is being printed.
func (p *Printer) isTorn() bool {
	p.one.Lock()
	defer p.one.Unlock()
	return p.torn
}

// with opens the line for one job.
func (p *Printer) with(ctx context.Context, do func(*job) error) error {
	p.one.Lock()
	defer p.one.Unlock()
	port, err := p.line.open(ctx)
	if err != nil {
		return &receipt.TroubleError{Condition: receipt.Unreachable, Err: err}
	}
	w := newWire(port, p.line.perByte)
	defer w.close()
	j := &job{wire: w, p: p}
	if !p.whole {
		if err := j.send(ctx, padding); err != nil {
			return p.remember(trouble(receipt.Unreachable, err))
		}
	}
	return p.remember(do(j))
}

// remember keeps why the printer could not print. A board whose buffer is full answers no more; if its paper was out
// before it fell silent, that is still the reason.
func (p *Printer) remember(err error) error {
	t, ok := errors.AsType[*receipt.TroubleError](err)
	switch {
	case !ok:
		p.stopped = ""
	case t.Condition == receipt.Silent && p.stopped == receipt.PaperOut:
		err = &receipt.TroubleError{
			Condition: receipt.PaperOut, Began: t.Began,
			Err: fmt.Errorf("out of paper when it was heard last: %w", t.Err),
		}
	default:
		p.stopped = t.Condition
	}
	return err
}

// print prints one picture and returns what proves it.
func (p *Printer) print(ctx context.Context, img *image.Gray) (out receipt.Outcome, err error) {
	harmless(img)
	err = p.with(ctx, func(j *job) (err error) {
		if err := j.begin(ctx); err != nil {
			return err
		}
		p.whole, p.clean, p.torn = false, false, true // until the cut is proven, or as good as that
		if err := j.slip(ctx, img); err != nil {
			return j.giveUp(err)
		}
		if out, err = j.proof(ctx, img.Rect.Dy()); err != nil {
			out = ""
			return j.giveUp(err)
		}
		p.whole, p.clean, p.torn, p.row = true, true, false, j.slowest
		return nil
	})
	return out, err
}

// A job is one conversation with a printer.
type job struct {
	*wire
	p *Printer

	asked   []question // in line with the data, and not answered yet
	real    []byte     // answers to real-time questions
	block   []byte     // of an answer of several bytes
	asb     int        // bytes that are left of an automatic status
	purged  bool       // it answered that its buffers are clear
	stray   bool       // it said something that nobody asked for
	lost    bool       // a question in line was passed over
	ended   bool       // GS r said that the paper is
	latency time.Duration
	slowest time.Duration // a row of the slowest band
	last    time.Time     // when a question in line was answered last
}

// A question stands in line with the data, and is answered once all before it is printed.
type question struct {
	id   [4]byte // of GS ( H; none for GS r
	rows int     // since the question before
	sent time.Time
}

// newID returns a number that a printer can only know from us. None of its bytes has the form of another answer.
func newID() (id [4]byte) {
	const digits = "159=QUY]quy}3;?[" // 0xx1xx01 and 0xx1xx11, without 37h, which begins an answer
	for i := range id {
		id[i] = digits[rand.IntN(len(digits))]
	}
	return id
}
