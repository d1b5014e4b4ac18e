package escpos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.bug.st/serial"

	"courtkiosk/app/receipt"
)

const dialTimeout = 3 * time.Second

// errSilent: the printer said nothing in time. That is never taken for "fine".
var errSilent = errors.New("no answer")

// A wire is an open line to a printer. Every wait on it ends: neither a TCP peer that has died nor a full USB printer
// holds it.
type wire struct {
	port    io.ReadWriteCloser
	heard   chan byte     // closed when nothing more can be heard
	over    chan struct{} // closed with the wire
	perByte time.Duration // that a serial line takes; 0 on others
	busy    time.Time     // until then the line is busy with what was sent
	dead    bool          // a write failed: nothing more can be sent
}

func newWire(port io.ReadWriteCloser, perByte time.Duration) *wire {
	w := &wire{port: port, perByte: perByte, heard: make(chan byte, 4096), over: make(chan struct{})}
	go w.listen()
	return w
}

// listen takes what the printer says until the line ends.
func (w *wire) listen() {
	defer close(w.heard)
	buf := make([]byte, 256)
	for {
		n, err := w.port.Read(buf)
		for _, b := range buf[:n] {
			select {
			case w.heard <- b:
			case <-w.over:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// lag is how long the line is still busy with what was sent.
func (w *wire) lag() time.Duration { return max(0, time.Until(w.busy)) }

// send writes all of data, or ends the wire: after a failure it is not known how much has left.
func (w *wire) send(ctx context.Context, data []byte) error {
	if w.dead {
		return net.ErrClosed
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.port.Write(data)
		done <- err
	}()
	w.busy = time.Now().Add(w.lag() + time.Duration(len(data))*w.perByte)
	timer := time.NewTimer(writeWithin + w.lag())
	defer timer.Stop()
	var err error
	select {
	case err = <-done:
	case <-timer.C:
		err = errors.Join(fmt.Errorf("the printer takes nothing: %w", os.ErrDeadlineExceeded), w.port.Close())
	case <-ctx.Done():
		err = errors.Join(ctx.Err(), w.port.Close())
	}
	w.dead = err != nil
	return err
}

// hear returns the next byte that the printer says before a time.
func (w *wire) hear(ctx context.Context, until time.Time) (byte, error) {
	select {
	case b, ok := <-w.heard: // what is there is heard even when the time is over
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		return b, nil
	default:
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case b, ok := <-w.heard:
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		return b, nil
	case <-timer.C:
		return 0, errSilent
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (w *wire) close() {
	close(w.over)
	_ = w.port.Close()
}

// A line says how a printer is reached.
type line struct {
	open    func(ctx context.Context) (io.ReadWriteCloser, error)
	perByte time.Duration // that a serial line takes
}

const addresses = "tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200"

// parse reads an address: tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200.
func parse(address string) (line, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case scheme == "tcp":
		u, err := url.Parse(address)
		if err != nil || u.Port() == "" || u.Hostname() == "" {
			break
		}
		return line{open: func(ctx context.Context) (io.ReadWriteCloser, error) {
			return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", u.Host)
		}}, nil
	case scheme == "usb" && strings.HasPrefix(rest, "/"):
		return line{open: func(context.Context) (io.ReadWriteCloser, error) { return openUSB(rest) }}, nil
	case scheme == "serial" && strings.HasPrefix(rest, "/"):
		path, query, _ := strings.Cut(rest, "?")
		baud := 115200
		if text, ok := strings.CutPrefix(query, "baud="); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				break
			}
			baud = n
		} else if query != "" {
			break
		}
		if err := receipt.CheckBaud(baud); err != nil {
			return line{}, fmt.Errorf("escpos: %q: %w", address, err)
		}
		return line{
			open: func(context.Context) (io.ReadWriteCloser, error) {
				return serial.Open(path, &serial.Mode{BaudRate: baud})
			},
			perByte: 10 * time.Second / time.Duration(baud), // start, eight bits, stop
		}, nil
	}
	return line{}, fmt.Errorf("escpos: %q is not an address like %s", address, addresses)
}

// openUSB opens a USB printer so that waits on it can be ended, and asks the driver to say so when the paper is out
// instead of waiting for it (drivers/usb/class/usblp.c).
func openUSB(path string) (io.ReadWriteCloser, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	const lpAbort = 0x0604
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	err = raw.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, fd, lpAbort, 1) // other devices do not know it
	})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
