package checkup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
)

// configReadable: the file is there, and the program's user can read it and its parts, whoever looks.
func configReadable(_ context.Context, m *Machine, s *sight) error {
	p, err := m.servant()
	if is, unseen := m.exists(m.ConfigFile); unseen == nil && !is {
		s.find(doctor.ConfigUnreadable, "", "file", m.ConfigFile, "user", cmp.Or(p.name, "courtkiosk"))
		return nil
	}
	if err != nil {
		return err
	}
	parts, err := fs.Glob(m.Files, inTree(filepath.Dir(m.ConfigFile))+"/config.d/*.toml")
	if err != nil {
		return err
	}
	for _, name := range append([]string{m.ConfigFile}, parts...) {
		name = "/" + inTree(name)
		ok, err := m.mayRead(p, name)
		switch {
		case err == nil && !ok:
			s.find(doctor.ConfigUnreadable, "", "file", name, "user", p.name)
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// configRight: it has no complaints. Those say keys, lines and paths, and no secret: secrets are files.
func configRight(_ context.Context, m *Machine, s *sight) error {
	bad, ok := errors.AsType[config.Complaints](m.Wrong)
	switch {
	case ok:
		s.find(doctor.ConfigWrong, "", "n", strconv.Itoa(len(bad)), "said", strings.Join(bad, "; "))
	case m.Wrong != nil:
		return errNoConfig
	}
	return nil
}

// secrets are the files that nobody but the program's user may read, as far as they are configured.
func secrets(c config.Config) (paths []string) {
	for _, w := range c.Accounts() {
		paths = append(paths, w.MerchantKey, w.APIv3Key, w.ProxyPassword)
	}
	paths = append(paths, c.Ledger.DSN, c.Bills.Token, c.Bills.Key, c.Clerk.Key, c.SigningKeyFile(), c.SealFile(),
		c.ClerkKeyFile(), c.AuthorityFile(), c.DeskFile())
	slices.Sort(paths)
	return slices.DeleteFunc(slices.Compact(paths), func(p string) bool { return p == "" })
}

// keyFiles: secrets are their owner's alone, and that is the program's user.
func keyFiles(_ context.Context, m *Machine, s *sight) error {
	p, err := m.servant()
	if err != nil {
		return err
	}
	for _, name := range secrets(*m.Config) {
		info, err := m.stat(name)
		if errors.Is(err, fs.ErrNotExist) { // some are made at the first start, and the configuration misses the others
			continue
		}
		if err != nil {
			s.doubt(err)
			continue
		}
		m.open(s, doctor.KeyOpen, name, info)
		uid, _, err := owner(info)
		if err != nil {
			s.doubt(err)
		} else if uid != p.uid {
			has, err := m.byID(uid)
			if err != nil {
				return err
			}
			s.find(doctor.KeyOwner, name, "owner", has.name, "user", p.name)
		}
	}
	return nil
}

// maxWalk is how many files of the state folder are looked at: a folder of PDFs grows by each receipt.
const maxWalk = 20_000

// errEnough ends a walk.
var errEnough = errors.New("enough")

// stateOwner: whatever lies in the state folder belongs to who owns the folder.
func stateOwner(_ context.Context, m *Machine, s *sight) error {
	p, err := m.servant()
	if err != nil {
		return err
	}
	dir := filepath.Dir(m.Config.Ledger.File)
	seen, foreign, first, whose := 0, 0, "", uint32(0)
	err = fs.WalkDir(m.Files, inTree(dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > maxWalk {
			return errEnough
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) { // the program works here
			return nil
		}
		if err != nil {
			return err
		}
		uid, _, err := owner(info)
		if err == nil && uid != p.uid {
			if foreign++; first == "" {
				first, whose = "/"+name, uid
			}
		}
		return err
	})
	if foreign > 0 {
		has, err := m.byID(whose)
		if err != nil {
			return err
		}
		s.find(doctor.StateOwner, dir, "n", strconv.Itoa(foreign), "file", first, "owner", has.name, "user", p.name)
	}
	if errors.Is(err, errEnough) {
		return fmt.Errorf("%s holds more than %d files; the rest was not looked at", dir, maxWalk)
	}
	if errors.Is(err, fs.ErrNotExist) { // it is made at the first start
		return errIdle
	}
	return err
}

// stateOpen: nobody else looks into the state folder.
func stateOpen(_ context.Context, m *Machine, s *sight) error {
	dirs := []string{filepath.Dir(m.Config.Ledger.File)}
	if mark := m.Config.MarkFile(); mark != "" {
		dirs = append(dirs, filepath.Dir(mark))
	}
	none := true
	for _, dir := range dirs {
		info, err := m.stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		none = false
		if err != nil {
			s.doubt(err)
			continue
		}
		m.open(s, doctor.StateOpen, dir, info)
	}
	if none {
		return errIdle
	}
	return nil
}
