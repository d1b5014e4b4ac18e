// Package escpos prints slips as pictures on thermal printers that speak ESC/POS over TCP.
//
// A successful write proves nothing: every slip fits into the socket's buffer. So the outcome is "sent", never "printed"; asking the
// printer for proof is not part of this version. Pictures look the same on every model and have every character that the font
// has; the printers' own Chinese fonts do neither.
package escpos

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"net/url"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
)

const (
	dialTimeout  = 3 * time.Second
	writeTimeout = 5 * time.Second
	band         = 128 // rows a command: printers take them in pieces
)

// A Printer is one thermal printer, 80 mm wide.
type Printer struct{ address string }

// New returns the printer at an address like tcp://192.168.1.9:9100. Nothing is dialled before a slip is printed.
func New(address string) (*Printer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "tcp" || u.Port() == "" {
		return nil, fmt.Errorf("escpos: %q is not an address like tcp://host:9100", address)
	}
	return &Printer{u.Host}, nil
}

// Print sends a receipt.
func (p *Printer) Print(ctx context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	page, err := paper.Layout(r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.send(ctx, page.Image())
}

// PrintVerification sends a verification slip.
func (p *Printer) PrintVerification(ctx context.Context, v receipt.Verification) (receipt.Outcome, error) {
	page, err := paper.LayoutVerification(v)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.send(ctx, page.Image())
}

func (p *Printer) send(ctx context.Context, img *image.Gray) (receipt.Outcome, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	defer conn.Close()
	for i, piece := range Commands(img) {
		if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return "", fmt.Errorf("%w: %w", receipt.ErrInterrupted, err)
		}
		n, err := conn.Write(piece)
		if err != nil {
			if i == 0 && n == 0 {
				return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
			}
			return "", fmt.Errorf("%w: %w", receipt.ErrInterrupted, err)
		}
	}
	// Half a close tells the printer that the job is whole, and an answer of "reset" shows one that has died meanwhile.
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, rerr := conn.Read(make([]byte, 1))
	if _, reset := errors.AsType[*net.OpError](rerr); reset && !isTimeout(rerr) {
		err = errors.Join(err, rerr)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrInterrupted, err)
	}
	return receipt.Sent, nil
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// Commands returns what prints a picture: the buffers cleared of what an earlier job may have left, the picture in bands, feed
// and cut. The first piece prints nothing.
func Commands(img *image.Gray) [][]byte {
	pieces := [][]byte{{
		0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8, // DLE DC4 8: clear the buffers
		0x1B, '@', // ESC @: initialise
	}}
	width := (img.Rect.Dx() + 7) / 8
	for top := 0; top < img.Rect.Dy(); top += band {
		rows := min(band, img.Rect.Dy()-top)
		// GS v 0: a raster of width bytes and rows rows
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
		pieces = append(pieces, piece)
	}
	return append(pieces, []byte{
		0x1B, 'd', 4, // ESC d: feed past the knife
		0x1D, 'V', 66, 0, // GS V B: cut, leaving a point
	})
}
