package keypad

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// Why a device is not used.
var (
	// ErrHeld says that another program has it for itself.
	ErrHeld = errors.New("another program holds the device")
	// ErrForeign says that what is there is no input device, or lacks what it is wanted for.
	ErrForeign = errors.New("not the device that is wanted")
	// errGone is the end of a device that was there.
	errGone = errors.New("the device is gone")
)

// Types and codes of events, as linux/input-event-codes.h has them.
const (
	evSyn, evKey, evSw = 0, 1, 5

	synReport, synDropped = 0, 3

	swHeadphone = 2
)

// An event is what an input device says.
type event struct {
	at    time.Duration // by a clock that nobody sets; only differences mean something
	kind  uint16
	code  uint16
	value int32
}

// word is how many bytes a long of the kernel's has, and record those of an event: seconds and microseconds, a long
// each, then kind, code and value.
const (
	word   = strconv.IntSize / 8
	record = 2*word + 8
)

// A stream reads the events of a device.
type stream struct{ from *bufio.Reader }

// newStream returns the events that r holds, of which the kernel gives many at once.
func newStream(r io.Reader) stream { return stream{bufio.NewReaderSize(r, 64*record)} }

// next waits for an event.
func (s stream) next() (event, error) {
	var b [record]byte
	if _, err := io.ReadFull(s.from, b[:]); err != nil {
		return event{}, err
	}
	long := func(b []byte) time.Duration {
		if word == 4 {
			return time.Duration(int32(binary.NativeEndian.Uint32(b)))
		}
		return time.Duration(binary.NativeEndian.Uint64(b))
	}
	rest := b[2*word:]
	return event{
		at:   long(b[:])*time.Second + long(b[word:])*time.Microsecond,
		kind: binary.NativeEndian.Uint16(rest), code: binary.NativeEndian.Uint16(rest[2:]),
		value: int32(binary.NativeEndian.Uint32(rest[4:])),
	}, nil
}

// A bits is a set of codes, as the kernel writes it.
type bits []byte

func (b bits) has(code uint16) bool { return int(code/8) < len(b) && b[code/8]>>(code%8)&1 == 1 }

// A device is an open input device. Close ends a Read.
type device interface {
	io.ReadCloser
	codes(kind uint16) (bits, error) // of a kind of event that it can say
	hold() error                     // nobody else hears it from now on
	switches() (bits, error)         // how they stand now
}

// A file is the kernel's own.
type file struct{ *os.File }

// A pipe is what a test of the whole program speaks into in a device's place: it has every key, and nobody asks it.
type pipe struct{ *os.File }

func (pipe) codes(uint16) (bits, error) { return bytes.Repeat([]byte{0xff}, most/8), nil }

func (pipe) hold() error { return nil }

func (pipe) switches() (bits, error) { return nil, nil }

// open opens a device by its name below /dev, or a pipe where they are taken.
func open(name string, pipes bool) (device, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	switch kind := info.Mode().Type(); {
	case kind == fs.ModeNamedPipe && pipes:
		// for writing too: so it does not end when whoever writes goes, and nobody waits for one to come
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		return pipe{f}, err
	case kind == fs.ModeNamedPipe:
		return nil, fmt.Errorf("%w: a pipe says whatever anybody writes into it", ErrForeign)
	case kind != fs.ModeDevice|fs.ModeCharDevice:
		return nil, fmt.Errorf("%w: it is a file", ErrForeign)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	// Else a clock that is set would make one press of two; what is too old for it has the day's clock.
	const monotonic = int32(1)
	d := file{f}
	_, _ = d.ask(evioc(toKernel, 0xa0, 4), binary.NativeEndian.AppendUint32(nil, uint32(monotonic)))
	return d, nil
}

// Which way an ioctl carries its bytes.
const (
	toKernel   = 1
	fromKernel = 2
)

// evioc is the number of an ioctl of input devices, as linux/input.h makes it on x86, ARM and RISC-V.
func evioc(way, nr, size uintptr) uintptr { return way<<30 | size<<16 | 'E'<<8 | nr }

// most is how many codes a kind of event has at most, those of keys.
const most = 0x300

func (f file) codes(kind uint16) (bits, error) {
	return f.ask(evioc(fromKernel, 0x20+uintptr(kind), most/8), make([]byte, most/8))
}

func (f file) switches() (bits, error) { return f.ask(evioc(fromKernel, 0x1b, 8), make([]byte, 8)) }

func (f file) hold() error {
	err := f.control(func(fd uintptr) syscall.Errno {
		// its number stands in the pointer's place
		_, _, no := syscall.Syscall(syscall.SYS_IOCTL, fd, evioc(toKernel, 0x90, 4), 1)
		return no
	})
	if errors.Is(err, syscall.EBUSY) {
		return ErrHeld
	}
	return err
}

// ask hands bytes to the kernel, and returns them as it leaves them.
func (f file) ask(request uintptr, b []byte) (bits, error) {
	return b, f.control(func(fd uintptr) syscall.Errno {
		_, _, no := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(&b[0])))
		return no
	})
}

// control calls the kernel while the file cannot be closed.
func (f file) control(call func(fd uintptr) syscall.Errno) error {
	line, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var no syscall.Errno
	err = line.Control(func(fd uintptr) { no = call(fd) })
	switch {
	case err != nil:
		return err
	case no == syscall.ENOTTY || no == syscall.EINVAL:
		return fmt.Errorf("%w: %w", ErrForeign, no)
	case no != 0:
		return no
	}
	return nil
}

// retry is how long a device that is not there is left alone: who plugs it in waits for nothing, and to open a name in
// vain costs nothing measurable.
const retry = time.Second

// attend keeps a device open until ctx ends: each time that it is there it is used, and afterwards lost is told why it
// is not.
func attend(ctx context.Context, open func(name string) (device, error), name string, use func(device) error,
	lost func(error)) {
	for ctx.Err() == nil {
		err := once(ctx, open, name, use)
		if ctx.Err() != nil {
			return
		}
		lost(err)
		wait := time.NewTimer(retry)
		select {
		case <-ctx.Done():
			wait.Stop()
		case <-wait.C:
		}
	}
}

// once uses a device for as long as it is there.
func once(ctx context.Context, open func(name string) (device, error), name string, use func(device) error) error {
	d, err := open(name)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = d.Close() })
	err = use(d)
	if stop() {
		_ = d.Close()
	}
	return err
}
