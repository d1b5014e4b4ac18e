package escpos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"net"
	"testing"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

// emulate is a strict printer: it takes the commands that the driver sends and nothing else, and returns the paper.
func emulate(t *testing.T, data []byte) (paper *image.Gray, cuts int) {
	t.Helper()
	paper = image.NewGray(image.Rect(0, 0, 576, 0))
	for len(data) > 0 {
		switch {
		case bytes.HasPrefix(data, []byte{0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}):
			data = data[10:]
		case bytes.HasPrefix(data, []byte{0x1B, '@'}):
			data = data[2:]
		case bytes.HasPrefix(data, []byte{0x1B, 'd'}):
			data = data[3:]
		case bytes.HasPrefix(data, []byte{0x1D, 'V', 66}):
			data = data[4:]
			cuts++
		case bytes.HasPrefix(data, []byte{0x1D, 'v', '0', 0}):
			width, rows := int(binary.LittleEndian.Uint16(data[4:])), int(binary.LittleEndian.Uint16(data[6:]))
			if width != 72 || rows < 1 || rows > 128 {
				t.Fatalf("a band of %d x %d", width, rows)
			}
			for _, b := range data[8 : 8+width*rows] {
				for bit := range 8 {
					dot := byte(255)
					if b&(0x80>>bit) != 0 {
						dot = 0
					}
					paper.Pix = append(paper.Pix, dot)
				}
			}
			paper.Rect.Max.Y += rows
			data = data[8+width*rows:]
		default:
			t.Fatalf("the printer does not know % X", data[:min(8, len(data))])
		}
	}
	return paper, cuts
}

func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return "tcp://" + l.Addr().String()
}

func sample() receipt.Receipt {
	return receipt.Receipt{Number: "PZ-1", Copy: 1, Court: "北京市东城区人民法院", Amount: 270000, PaidAt: time.Date(2026, 11, 23, 14, 0, 0, 0, payment.China), Code: "CRT1.AAAA"}
}

func TestThePaperShowsThePicture(t *testing.T) {
	got := make(chan []byte, 1)
	p, err := New(listen(t, func(c net.Conn) {
		data, _ := io.ReadAll(c)
		c.Close()
		got <- data
	}))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.Print(t.Context(), sample()); err != nil || out != receipt.Sent {
		t.Fatalf("print = %s, %v", out, err)
	}
	page, err := paper.Layout(sample())
	if err != nil {
		t.Fatal(err)
	}
	want := page.Image()
	printed, cuts := emulate(t, <-got)
	if !bytes.Equal(printed.Pix, want.Pix) || cuts != 1 {
		t.Errorf("paper of %v, %d cuts; want the picture of %v, cut once", printed.Rect, cuts, want.Rect)
	}
}

func TestFaults(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "tcp://" + closed.Addr().String()
	closed.Close()
	tests := map[string]struct {
		address string
		want    error
	}{
		"nobody listens": {refused, receipt.ErrNothingSent},
		"reset in the middle": {listen(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, 1000))
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}), receipt.ErrInterrupted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := New(tt.address)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := p.Print(t.Context(), sample()); !errors.Is(err, tt.want) {
				t.Errorf("print = %s, %v, want %v", out, err, tt.want)
			}
		})
	}
	for _, address := range []string{"", "127.0.0.1:9100", "tcp://printer", "udp://printer:9100"} {
		if _, err := New(address); err == nil {
			t.Errorf("New took %q", address)
		}
	}
}
