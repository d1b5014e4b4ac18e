package checkup

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"courtkiosk/app/doctor"
)

// inTree is a path as fs.FS wants it: without the slash in front.
func inTree(name string) string { return cmp.Or(strings.TrimPrefix(path.Clean("/"+name), "/"), ".") }

// read returns a file's text without blanks around it; empty when it is not there.
func (m *Machine) read(name string) (string, error) {
	text, err := fs.ReadFile(m.Files, inTree(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// stat looks at a file, and at what a link points to.
func (m *Machine) stat(name string) (fs.FileInfo, error) { return fs.Stat(m.Files, inTree(name)) }

// exists reports whether there is a file of a name.
func (m *Machine) exists(name string) (bool, error) {
	_, err := fs.Lstat(m.Files, inTree(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// owner returns user and group of a file.
func owner(info fs.FileInfo) (uid, gid uint32, err error) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("the owner of %s is not known", info.Name())
	}
	return s.Uid, s.Gid, nil
}

// A person is a line of /etc/passwd.
type person struct {
	name     string
	uid, gid uint32
	groups   []uint32
}

// lines returns the fields of the lines of a file like /etc/passwd.
func (m *Machine) lines(name string) (list [][]string, err error) {
	text, err := m.read(name)
	for line := range strings.Lines(text) {
		list = append(list, strings.Split(strings.TrimSpace(line), ":"))
	}
	return list, err
}

// byID returns a user, whose name is the number where /etc/passwd has none.
func (m *Machine) byID(uid uint32) (person, error) {
	return m.user(func(_ string, id uint32) bool { return id == uid }, person{name: strconv.Itoa(int(uid)), uid: uid})
}

func (m *Machine) user(is func(name string, uid uint32) bool, other person) (person, error) {
	users, err := m.lines("/etc/passwd")
	for _, u := range users {
		if len(u) < 4 || !is(u[0], number(u[2])) {
			continue
		}
		p := person{name: u[0], uid: number(u[2]), gid: number(u[3])}
		groups, err := m.lines("/etc/group")
		for _, g := range groups {
			if len(g) > 3 && slices.Contains(strings.Split(g[3], ","), p.name) {
				p.groups = append(p.groups, number(g[2]))
			}
		}
		return p, err
	}
	return other, err
}

// number reads an id; what is none is nobody's.
func number(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 1<<32 - 1
	}
	return uint32(n)
}

// servant is the user that the program runs as: the owner of its state, or the one that the package makes.
func (m *Machine) servant() (person, error) {
	if m.Config != nil {
		if info, err := m.stat(filepath.Dir(m.Config.Ledger.File)); err == nil {
			uid, _, err := owner(info)
			if err != nil {
				return person{}, err
			}
			return m.byID(uid)
		}
	}
	p, err := m.user(func(name string, _ uint32) bool { return name == "courtkiosk" }, person{})
	if err == nil && p.name == "" {
		err = errors.New("there is no user courtkiosk, and no state folder that has an owner")
	}
	return p, err
}

// may reports whether a user has one of the rights of a mode's bits (4 read, 2 write, 1 enter) in a file.
func (p person) may(info fs.FileInfo, bit fs.FileMode) (bool, error) {
	uid, gid, err := owner(info)
	if err != nil || p.uid == 0 {
		return p.uid == 0, err
	}
	mode := info.Mode().Perm()
	switch {
	case uid == p.uid:
		return mode&(bit<<6) != 0, nil
	case gid == p.gid || slices.Contains(p.groups, gid):
		return mode&(bit<<3) != 0, nil
	}
	return mode&bit != 0, nil
}

// mayRead reports whether a user can read a file, all folders above it included. It goes from the root down: who looks
// and may not go on has seen whether the user may.
func (m *Machine) mayRead(p person, name string) (bool, error) {
	parts := strings.Split(inTree(name), "/")
	for i := range len(parts) + 1 {
		at, bit := cmp.Or(path.Join(parts[:i]...), "."), fs.FileMode(1)
		if i == len(parts) {
			bit = 4
		}
		info, err := fs.Stat(m.Files, at)
		if err != nil {
			return false, err
		}
		if ok, err := p.may(info, bit); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// open notes a file or folder that others than its owner may read, write or enter.
func (m *Machine) open(s *sight, code doctor.Code, name string, info fs.FileInfo) {
	if info.Mode().Perm()&0o077 != 0 {
		s.find(code, name, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
}
