package checkup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"courtkiosk/app/doctor"
)

// A mount is a line of /proc/self/mountinfo: what file system lies where.
type mount struct {
	id       string // major:minor of its device
	at       string
	kind     string
	device   string // /dev/sda2
	readOnly bool
}

// mounts returns what is mounted, in the order in which it was.
func (m *Machine) mounts() (list []mount, err error) {
	text, err := m.read("/proc/self/mountinfo")
	if err == nil && text == "" {
		err = errors.New("/proc/self/mountinfo is empty")
	}
	for line := range strings.Lines(text) {
		here, there, _ := strings.Cut(line, " - ")
		words, more := strings.Fields(here), strings.Fields(there)
		if len(words) < 6 || len(more) < 3 {
			return nil, fmt.Errorf("/proc/self/mountinfo says %q", line)
		}
		options := strings.Split(words[5]+","+more[2], ",")
		list = append(list, mount{id: words[2], at: unescape(words[4]), kind: more[0], device: more[1],
			readOnly: slices.Contains(options, "ro")})
	}
	return list, err
}

// unescape reads a path of mountinfo, which writes blanks as \040.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// mountOf returns the file system that a file lies on, or will lie on once it is made.
func (m *Machine) mountOf(name string) (on mount, err error) {
	list, err := m.mounts()
	if err != nil {
		return on, err
	}
	name = m.whole(name)
	for _, one := range list { // the last of several at one place covers the others
		if below(name, one.at) && len(one.at) >= len(on.at) {
			on = one
		}
	}
	if on.at == "" {
		return on, fmt.Errorf("nothing is mounted where %s lies", name)
	}
	return on, nil
}

func below(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// whole follows the links in a path, as far as they can be read.
func (m *Machine) whole(name string) string {
	name = path.Clean("/" + name)
	for range 40 {
		at := ""
		for _, part := range strings.Split(name[1:], "/") {
			at += "/" + part
			to, err := fs.ReadLink(m.Files, inTree(at))
			if err != nil {
				continue
			}
			if !path.IsAbs(to) {
				to = path.Join(path.Dir(at), to)
			}
			name = path.Clean(to + strings.TrimPrefix(name, at))
			at = ""
			break
		}
		if at != "" || name == "/" {
			return name
		}
	}
	return name
}

// folders are where the program writes what must last.
func (m *Machine) folders() []string {
	own := filepath.Dir(m.Config.Ledger.File)
	if m.Config.Ledger.Shared() {
		return []string{own}
	}
	return []string{own, m.Config.Ledger.Backups}
}

// onDisks calls look once for each file system that the program writes to, with the folder that is on it.
func (m *Machine) onDisks(s *sight, look func(dir string, on mount) error) error {
	var seen []string
	for _, dir := range m.folders() {
		on, err := m.mountOf(dir)
		if err != nil {
			return err
		}
		if slices.Contains(seen, on.id) {
			continue
		}
		seen = append(seen, on.id)
		if err := look(dir, on); err != nil {
			s.doubt(err)
		}
	}
	return nil
}

// The room that a folder should have: a settle must always find room, so the program itself begins no payment below
// the first.
const (
	leastRoom  = 256 << 20 // of payment/bolt
	littleRoom = 1 << 30
	fewFiles   = 10_000
)

// room: a week's receipts, copies and logs fit on the disk.
func room(ctx context.Context, m *Machine, s *sight) error {
	return m.onDisks(s, func(dir string, _ mount) error {
		if is, err := m.exists(dir); !is { // it is made at the first start, beside what is there
			return err
		}
		out, err := m.Run(ctx, "df", "-B1", "--output=avail,itotal,iavail", dir)
		if err != nil {
			return err
		}
		_, figures, _ := strings.Cut(strings.TrimSpace(out), "\n")
		words := strings.Fields(figures)
		if len(words) != 3 {
			return fmt.Errorf("df says %q", out)
		}
		free, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return fmt.Errorf("df says %q", out)
		}
		switch {
		case free < leastRoom && dir == filepath.Dir(m.Config.Ledger.File):
			s.find(doctor.Disk, "")
		case free < littleRoom:
			s.find(doctor.DiskLow, dir, "free", strconv.FormatInt(free>>20, 10))
		}
		if words[1] == "0" || words[1] == "-" { // of a file system that makes them as it goes
			return nil
		}
		files, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil {
			return fmt.Errorf("df says %q", out)
		}
		if files < fewFiles {
			s.find(doctor.InodesLow, dir, "n", words[2])
		}
		return nil
	})
}

// disks: they take writes, and have counted no errors.
func disks(_ context.Context, m *Machine, s *sight) error {
	return m.onDisks(s, func(dir string, on mount) error {
		if on.readOnly {
			s.find(doctor.DiskReadOnly, dir, "device", on.device)
		}
		if !strings.HasPrefix(on.kind, "ext") {
			return nil
		}
		n, err := m.read("/sys/fs/ext4/" + path.Base(m.whole(on.device)) + "/errors_count")
		if err != nil {
			return err
		}
		if n != "" && n != "0" {
			s.find(doctor.DiskErrors, dir, "device", on.device, "n", n)
		}
		return nil
	})
}
