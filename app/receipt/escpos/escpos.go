// Package escpos prints slips as pictures on thermal printers that speak ESC/POS, over TCP, USB or a serial line.
//
// A successful write proves nothing: every slip fits into the socket's buffer. So the printer is asked how it is
// before the first band, between the bands, and after the cut until it has proven that the paper is out; what it
// proved by is the outcome. A job that fails is purged from the printer's buffer, so that it cannot come out for the
// next visitor. Pictures look the same on every model and have every character that the font has; the printers' own
// Chinese fonts do neither.
//
// # Decisions
//
// 2026-11-23: a printer that answers no status is not printed on. A mute one would have to be believed blindly: paper
// out and printed look the same to it.
//
// 2026-11-23: the wire is opened for each job and each look. Some LAN boards serve one connection at a time, and a
// kept one would shut out the vendor's own tools.
package escpos

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
)

const band = 128 // rows a command: printers take them in pieces

// A Printer is one thermal printer. One job or look at a time has its line.
type Printer struct {
	open opener
	roll paper.Roll
	one  sync.Mutex
	next uint32 // number of the last job, for the printer to repeat
}

// New returns the printer at an address: tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200. Nothing
// is opened before it is used.
func New(address string, roll paper.Roll) (*Printer, error) {
	open, err := parse(address)
	if err != nil {
		return nil, err
	}
	return &Printer{open: open, roll: roll, next: uint32(time.Now().UnixNano())}, nil
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
	p.one.Lock()
	defer p.one.Unlock()
	w, err := p.dial(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	return w.state(ctx)
}

func (p *Printer) dial(ctx context.Context) (*wire, error) {
	port, err := p.open(ctx)
	if err != nil {
		return nil, &receipt.TroubleError{Condition: receipt.Offline, Err: err}
	}
	return newWire(port), nil
}

func (p *Printer) print(ctx context.Context, img *image.Gray) (receipt.Outcome, error) {
	p.one.Lock()
	defer p.one.Unlock()
	w, err := p.dial(ctx)
	if err != nil {
		return "", err
	}
	defer w.close()
	if err := w.begin(ctx); err != nil {
		return "", err
	}
	p.next++
	start := time.Now()
	if err := w.picture(ctx, img); err != nil {
		return "", w.giveUp(err)
	}
	out, err := w.proof(ctx, p.next, printTime(img)-time.Since(start))
	if err != nil {
		return "", w.giveUp(err)
	}
	return out, nil
}

// purge clears the printer's buffers of what an earlier job may have left (DLE DC4 8), and sets it to its defaults
// (ESC @).
var purge = []byte{0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8, 0x1B, '@'}

// begin brings the printer to a known state. Nothing of a slip is sent before it says that it can print.
func (w *wire) begin(ctx context.Context) error {
	if err := w.state(ctx); err != nil {
		return err
	}
	if err := w.send(ctx, purge, writeWithin); err != nil {
		return &receipt.TroubleError{Condition: receipt.Offline, Err: err}
	}
	return nil
}

// picture sends the slip in bands and asks between them.
func (w *wire) picture(ctx context.Context, img *image.Gray) error {
	for top := 0; top < img.Rect.Dy(); top += band {
		if err := w.send(ctx, raster(img, top, min(band, img.Rect.Dy()-top)), writeWithin); err != nil {
			return &receipt.TroubleError{Condition: receipt.Offline, Err: err}
		}
		if err := w.state(ctx); err != nil {
			return err
		}
	}
	end := []byte{
		0x1B, 'd', 4, // ESC d: feed past the knife
		0x1D, 'V', 66, 0, // GS V B: cut, leaving a point
	}
	if err := w.send(ctx, end, writeWithin); err != nil {
		return &receipt.TroubleError{Condition: receipt.Offline, Err: err}
	}
	return nil
}

// raster returns the command that prints rows of a picture: GS v 0.
func raster(img *image.Gray, top, rows int) []byte {
	width := (img.Rect.Dx() + 7) / 8
	piece := []byte{0x1D, 'v', '0', 0, byte(width), byte(width >> 8), byte(rows), byte(rows >> 8)}
	for y := top; y < top+rows; y++ {
		line := make([]byte, width)
		for x := range img.Rect.Dx() {
			if img.Pix[y*img.Stride+x] < 128 {
				line[x/8] |= 0x80 >> (x % 8)
			}
		}
		piece = append(piece, line...)
	}
	return piece
}

// giveUp purges what the printer has not printed yet, so that it cannot come out later, and says that there may be
// paper. The purge is a real-time command; after the cut of a line in mid-picture it may be eaten as data, which the
// next job's purge makes up for.
func (w *wire) giveUp(err error) error {
	ctx, stop := context.WithTimeout(context.Background(), writeWithin)
	defer stop()
	perr := w.send(ctx, purge, writeWithin)
	if t, ok := errors.AsType[*receipt.TroubleError](err); ok {
		return &receipt.TroubleError{Condition: t.Condition, Began: true, Err: errors.Join(t.Err, perr)}
	}
	return &receipt.TroubleError{Condition: receipt.Offline, Began: true, Err: errors.Join(err, perr)}
}
