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
)

const dialTimeout = 3 * time.Second

// errSilent: the printer said nothing in time. That is never taken for "fine".
var errSilent = errors.New("no answer")

// A wire is an open line to a printer. Every wait on it ends: neither a TCP peer that has died nor a full USB printer
// holds it.
type wire struct {
	port  io.ReadWriteCloser
	heard chan byte     // closed when nothing more can be heard
	over  chan struct{} // closed with the wire
}

func newWire(port io.ReadWriteCloser) *wire {
	w := &wire{port: port, heard: make(chan byte, 4096), over: make(chan struct{})}
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

// send writes all of data within a time. After a failure the wire is of no use any more: it is not known how much has
// left.
func (w *wire) send(ctx context.Context, data []byte, within time.Duration) error {
	done := make(chan error, 1)
	go func() {
		_, err := w.port.Write(data)
		done <- err
	}()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errors.Join(fmt.Errorf("the printer takes nothing: %w", os.ErrDeadlineExceeded), w.port.Close())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), w.port.Close())
	}
}

// hear returns the next byte that the printer says within a time.
func (w *wire) hear(ctx context.Context, within time.Duration) (byte, error) {
	timer := time.NewTimer(within)
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

// drain drops what the printer said unasked: data of a picture may look like a question to it.
func (w *wire) drain() {
	for {
		select {
		case _, ok := <-w.heard:
			if !ok {
				return
			}
		default:
			return
		}
	}
}

func (w *wire) close() {
	close(w.over)
	_ = w.port.Close()
}

// An opener opens the line to a printer.
type opener func(ctx context.Context) (io.ReadWriteCloser, error)

// parse reads an address: tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200.
func parse(address string) (opener, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case scheme == "tcp":
		u, err := url.Parse(address)
		if err != nil || u.Port() == "" || u.Hostname() == "" {
			break
		}
		return func(ctx context.Context) (io.ReadWriteCloser, error) {
			return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", u.Host)
		}, nil
	case scheme == "usb" && strings.HasPrefix(rest, "/"):
		return func(context.Context) (io.ReadWriteCloser, error) { return openUSB(rest) }, nil
	case scheme == "serial" && strings.HasPrefix(rest, "/"):
		path, query, _ := strings.Cut(rest, "?")
		baud := 115200
		if text, ok := strings.CutPrefix(query, "baud="); ok {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1200 {
				break
			}
			baud = n
		} else if query != "" {
			break
		}
		return func(context.Context) (io.ReadWriteCloser, error) {
			return serial.Open(path, &serial.Mode{BaudRate: baud})
		}, nil
	}
	return nil,
		fmt.Errorf("escpos: %q is not an address like tcp://host:9100, usb:/dev/usb/lp0 or "+
			"serial:/dev/ttyS0?baud=115200", address)
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
