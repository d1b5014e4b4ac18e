package checkup

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
)

// printer: it can print, its device is there, and the program's user may write to it. How wide its paper is no printer
// of these says.
func printer(_ context.Context, m *Machine, s *sight) error {
	if m.Config.Receipt.Printer == config.NoPrinter {
		return errIdle
	}
	if name := m.device(); name != "" {
		info, err := m.stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			s.find(doctor.PrinterAbsent, name)
		case err != nil:
			s.doubt(err)
		default:
			p, err := m.servant()
			if err != nil {
				return err
			}
			if ok, err := p.may(info, 2); err != nil {
				s.doubt(err)
			} else if !ok {
				s.find(doctor.PrinterOwner, name, "user", p.name)
			}
		}
	}
	return m.told(s, doctor.Printers...)
}

// device is the file of a printer at USB or at a serial line; empty of others.
func (m *Machine) device() string {
	kind, name, _ := strings.Cut(m.Config.Receipt.Address, ":")
	if m.Config.Receipt.Printer != config.ESCPOS || kind != "usb" && kind != "serial" {
		return ""
	}
	name, _, _ = strings.Cut(name, "?")
	return name
}

// printerOurs: CUPS does not have the printer that the program writes to itself.
func printerOurs(ctx context.Context, m *Machine, s *sight) error {
	if !strings.HasPrefix(m.device(), "/dev/") || !strings.HasPrefix(m.Config.Receipt.Address, "usb:") {
		return errIdle
	}
	out, err := m.Run(ctx, "lpstat", "-v")
	if _, ended := errors.AsType[*Exit](err); ended || errors.Is(err, exec.ErrNotFound) { // no CUPS, or without a queue
		return nil
	}
	for _, q := range usbQueue.FindAllStringSubmatch(out, -1) {
		s.find(doctor.PrinterClaimed, "", "said", q[1])
	}
	return err
}

var usbQueue = regexp.MustCompile(`(?m)^device for ([^:]+): (?:usb|hp|hpfax)://?`)

// scannerName is the link that the packages' udev rules make.
const scannerName = "/dev/courtkiosk/scanner"

// scanner: one is plugged in, at a machine in a lobby.
func scanner(ctx context.Context, m *Machine, s *sight) error {
	if in, err := m.lobby(ctx); err != nil || !in {
		return idleOr(err)
	}
	is, err := m.exists(scannerName)
	if err == nil && !is {
		s.find(doctor.ScannerAbsent, scannerName)
	}
	return err
}

// idleOr is for a check of what this machine does not have, unless that is not known.
func idleOr(err error) error {
	if err != nil {
		return err
	}
	return errIdle
}

// Classes of interfaces at USB, as the kernel writes them.
const (
	inputs   = "03"
	storages = "08"
	keyboard = "01" // protocol of inputs
)

// plugged: in the lobby there is no keyboard but the scanner and the keypad, and no stick.
func plugged(ctx context.Context, m *Machine, s *sight) error {
	if in, err := m.lobby(ctx); err != nil || !in {
		return idleOr(err)
	}
	const bus = "/sys/bus/usb/devices"
	list, err := fs.ReadDir(m.Files, inTree(bus))
	if errors.Is(err, fs.ErrNotExist) {
		return errIdle
	}
	if err != nil {
		return err
	}
	agreed, err := m.locks().Agreed()
	if err != nil {
		return err
	}
	ours, err := m.keypadID()
	if err != nil {
		s.doubt(err)
	}
	for _, e := range list { // 1-2:1.0 is an interface of the device 1-2
		device, _, is := strings.Cut(e.Name(), ":")
		if !is {
			continue
		}
		read := func(of, name string) string {
			text, err := m.read(bus + "/" + of + "/" + name)
			if err != nil {
				s.doubt(err)
			}
			return text
		}
		class, protocol := read(e.Name(), "bInterfaceClass"), read(e.Name(), "bInterfaceProtocol")
		id := read(device, "idVendor") + ":" + read(device, "idProduct")
		if agreed(id) || id == ours {
			continue
		}
		said := strings.TrimSpace(id + " " + read(device, "manufacturer") + " " + read(device, "product"))
		switch {
		case class == storages:
			s.find(doctor.USBStorage, device, "said", said)
		case class == inputs && protocol == keyboard:
			s.find(doctor.USBKeyboard, device, "said", said)
		}
	}
	return nil
}

// touches are the devices of touch: those that point at what is below them (INPUT_PROP_DIRECT).
func (m *Machine) touches() (names []string, err error) {
	text, err := m.read("/proc/bus/input/devices")
	for block := range strings.SplitSeq(text, "\n\n") {
		prop := property.FindStringSubmatch(block)
		name := deviceName.FindStringSubmatch(block)
		if prop != nil && name != nil && slices.Contains([]byte("2367abef"), prop[1][len(prop[1])-1]) {
			names = append(names, name[1])
		}
	}
	return names, err
}

var (
	property   = regexp.MustCompile(`(?m)^B: PROP=([0-9a-f]+)$`)
	deviceName = regexp.MustCompile(`(?m)^N: Name="(.*)"$`)
)

// rotated is what the configuration of X sets for its screen; empty where it says nothing.
func (m *Machine) rotated() (string, error) {
	const dir = "etc/X11/xorg.conf.d"
	list, err := fs.ReadDir(m.Files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, e := range list {
		text, err := m.read("/" + path.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		if r := rotateOption.FindStringSubmatch(text); r != nil && strings.HasSuffix(e.Name(), ".conf") {
			return strings.ToLower(r[1]), nil
		}
	}
	return "", err
}

var rotateOption = regexp.MustCompile(`(?mi)^\s*Option\s+"Rotate"\s+"([a-z]+)"`)
