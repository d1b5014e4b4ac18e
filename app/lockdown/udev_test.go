package lockdown

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A plugged device is one at USB, by its interfaces: class, subclass and protocol of each.
type plugged struct {
	maker, product string
	interfaces     string
	keys           bool // its input has the keys of a keyboard, whatever it calls itself
	in             bool // it is to be let in
}

// record writes a device as umockdev takes it, with the descriptors that udev reads.
func (p plugged) record(n int) string {
	many := strings.Fields(p.interfaces)
	device := "1201000200000040" + "00000000" + "00010102" + "0001"
	list := ""
	for i, one := range many {
		list += fmt.Sprintf("0904%02x0001%s00", i, one) + "07058103080" + "00a"
	}
	config := fmt.Sprintf("0902%02x00%02x0100a032", 9+len(list)/2, len(many))
	at := fmt.Sprintf("/devices/pci0000:00/0000:00:14.0/usb1/1-%d", n)
	const hub = "P: /devices/pci0000:00/0000:00:14.0/usb1\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\n" +
		"A: bDeviceClass=09\nA: idVendor=1d6b\nA: idProduct=0002\n\n"
	text := hub + fmt.Sprintf("P: %s\nN: bus/usb/001/%03d\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\n"+
		"E: DEVNAME=/dev/bus/usb/001/%03d\nE: MAJOR=189\nE: MINOR=%d\nE: BUSNUM=001\nE: DEVNUM=%03d\nA: authorized=1\n"+
		"A: bDeviceClass=00\nA: idVendor=%s\nA: idProduct=%s\nH: descriptors=%s\n\n",
		at, n, n, n, n, p.maker, p.product, strings.ToUpper(device+config+list))
	if !p.keys {
		return text
	}
	// Escape, the digits and the first letters are what makes a keyboard one.
	return text + fmt.Sprintf("P: %s/1-%d:1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nA: bInterfaceClass=%s\n"+
		"A: bInterfaceSubClass=%s\nA: bInterfaceProtocol=%s\nA: bInterfaceNumber=00\n\n"+
		"P: %s/1-%d:1.0/input/input%d\nE: SUBSYSTEM=input\nE: PRODUCT=3/%s/%s/110\nA: name=Some Device\n"+
		"A: capabilities/ev=120013\nA: capabilities/key=fffffffffffffffe\nA: capabilities/rel=0\n"+
		"A: capabilities/abs=0\nA: properties=0\n\n"+
		"P: %s/1-%d:1.0/input/input%d/event%d\nN: input/event%d\nE: SUBSYSTEM=input\nE: DEVNAME=/dev/input/event%d\n"+
		"E: MAJOR=13\nE: MINOR=%d\n\n", at, n, many[0][:2], many[0][2:4], many[0][4:], at, n, n, p.maker, p.product,
		at, n, n, n, n, n, 64+n)
}

// The real udev, on devices of umockdev's: it shuts out what types and is no scanner of this machine, be it among other
// things or by its keys alone, and leaves the rest.
func TestUdevShutsKeyboardsOut(t *testing.T) {
	for _, tool := range []string{"umockdev-run", "udevadm", "unshare"} {
		if _, err := exec.LookPath(tool); err != nil || os.Getuid() != 0 {
			t.Skipf("SKIPPED: the real udev on keyboards: that needs root and %s", tool)
		}
	}
	devices := map[string]plugged{
		"a keyboard":                    {"046d", "c31c", "030101 030000", false, false},
		"a scanner":                     {"05e0", "1200", "030101", false, true},
		"a touch panel":                 {"0eef", "0001", "030000 030102", false, true},
		"a stick that types":            {"1111", "2222", "080650 030101", false, false},
		"a stick":                       {"1111", "2223", "080650", false, true},
		"a hub":                         {"1d6b", "0002", "090000", false, true},
		"a scanner that was named":      {"abcd", "0001", "030101", false, true},
		"another of its maker":          {"abcd", "0002", "030001", false, false},
		"no keyboard by name, but keys": {"1111", "2224", "030000", true, false},
		"a scanner with the same":       {"05e0", "1300", "030000", true, true},
		"a named one with the same":     {"abcd", "0001", "030000", true, true},
		"keys of something of its own":  {"1111", "2225", "ff0000", true, false},
	}
	b := newBench(t)
	b.write("/etc/usbguard/rules.conf", "allow id 1d6b:0002 name \"xHCI Host Controller\"\n") // as it lists by itself
	one, err := ParseScanner("abcd:0001")
	b.must(err)
	dir := t.TempDir()
	b.must(os.WriteFile(filepath.Join(dir, "90-courtkiosk-keyboards.rules"),
		[]byte(b.text("keyboards", keyRules, Names{Scanners: []Scanner{one}})), 0o644))
	n := 0
	for name, d := range devices {
		n++
		t.Run(name, func(t *testing.T) {
			mock := filepath.Join(t.TempDir(), "device")
			b.must(os.WriteFile(mock, []byte(d.record(n)), 0o644))
			at := fmt.Sprintf("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-%d", n)
			events := at
			if d.keys {
				events += fmt.Sprintf(" %s/1-%d:1.0/input/input%d/event%d", at, n, n, n)
			}
			// udevadm test tells what it would run, and does not run it.
			script := fmt.Sprintf(`for d in %s; do udevadm test --action=add $d 2>&1; done >%[2]s.said
sed -n "s/^run: '\(.*authorized'\)'$/\1/p" %[2]s.said >%[2]s.run
timeout 10 sh %[2]s.run
echo "authorized=$(cat %[3]s/authorized)"`, events, mock, at)
			b.must(os.WriteFile(mock+".sh", []byte(script), 0o644))
			const inside = "mkdir -p /etc/udev/rules.d; mount --bind $0 /etc/udev/rules.d; " +
				"timeout 60 umockdev-run -d $1 -- sh $1.sh"
			out, err := exec.Command("unshare", "-m", "sh", "-c", inside, dir, mock).CombinedOutput()
			said, _ := os.ReadFile(mock + ".said")
			want := fmt.Sprintf("authorized=%d\n", map[bool]int{true: 1}[d.in])
			if err != nil || string(out) != want {
				t.Errorf("got %q, %v, want %q\n%s", out, err, want, said)
			}
			if !strings.Contains(string(said), "90-courtkiosk-keyboards.rules") ||
				strings.Contains(string(said), "nvalid") {
				t.Errorf("udev does not read the rules:\n%s", said)
			}
		})
	}
}

func TestRecordedDescriptors(t *testing.T) {
	text := plugged{"046d", "c31c", "030101 030000", false, false}.record(1)
	_, rest, _ := strings.Cut(text, "descriptors=")
	line, _, _ := strings.Cut(rest, "\n")
	data, err := hex.DecodeString(line)
	if err != nil || len(data) != 18+9+2*16 || int(data[20]) != len(data)-18 || data[32] != 3 || data[34] != 1 {
		t.Errorf("%x, %v", data, err)
	}
}
