package escpos

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
	"courtkiosk/app/receipt/paper"
)

// terminal returns one end of a pseudo terminal, and the path of the other: a serial line without the hardware.
func terminal(t *testing.T) (ours *os.File, theirs string) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("SKIPPED: no pseudo terminals: %v", err)
	}
	t.Cleanup(func() { ours.Close() })
	var number, unlock int32
	for request, arg := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, ours.Fd(), request,
			uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(errno)
		}
	}
	return ours, fmt.Sprintf("/dev/pts/%d", number)
}

// The same printer on a serial line, and opened as a USB printer is.
func TestOverALine(t *testing.T) {
	for name, scheme := range map[string]string{"serial": "serial:%s?baud=115200", "usb": "usb:%s"} {
		t.Run(name, func(t *testing.T) {
			ours, path := terminal(t)
			raw(t, path)
			m := printertest.New(printertest.Spec{})
			defer m.Close()
			if err := m.Serve(struct{ io.ReadWriteCloser }{ours}); err != nil {
				t.Fatal(err)
			}
			p, err := New(fmt.Sprintf(scheme, path), paper.Roll80)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			if out, err := p.Print(t.Context(), sample()); err != nil || out != receipt.PrintedProven {
				t.Errorf("print = %q, %v", out, err)
			}
			shows(t, m, receiptOf(t, sample(), paper.Roll80))
		})
	}
}

// raw makes a terminal pass bytes as they are, and holds it open: a printer does not hang up between two jobs.
func raw(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	var attr syscall.Termios
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TCGETS,
		uintptr(unsafe.Pointer(&attr))); errno != 0 {
		t.Fatal(errno)
	}
	attr.Iflag, attr.Oflag, attr.Lflag = 0, 0, 0
	attr.Cc[syscall.VMIN], attr.Cc[syscall.VTIME] = 1, 0
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TCSETS,
		uintptr(unsafe.Pointer(&attr))); errno != 0 {
		t.Fatal(errno)
	}
}
