package lockdown

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment/durable"
)

// A Machine is one whose locks are switched.
type Machine struct {
	View
	Root   string // below which all paths are; empty: /
	Image  bool   // Root is no running machine: no command is run
	Now    func() time.Time
	before func(path string) error // whatever is written or removed; of a test
}

func (m Machine) at(path string) string { return filepath.Join(cmp.Or(m.Root, "/"), path) }

// A ForeignError says that a path has what this program has not laid there.
type ForeignError struct {
	Lock, Path string
	Left       bool // it was to be taken away, and stays
}

func (e *ForeignError) Error() string {
	if e.Left {
		return fmt.Sprintf("%s: %s is not as it was laid; it stays, and is yours to remove", e.Lock, e.Path)
	}
	return fmt.Sprintf("%s: %s is there and is not this program's: move it away first", e.Lock, e.Path)
}

// A Change is what a switch has come to.
type Change struct {
	Laid, Gone []string // paths
	Told       []error  // what a command has complained of, and files that stay; the standings say what it means
	Owed       []string // commands that an image, or a machine whose systemd does not run, still wants
}

// Fits says why a lock cannot be on this machine; nil where it can.
func (m Machine) Fits(l Lock) error {
	if l.Here && m.Image {
		return fmt.Errorf("%s needs a look at the machine itself: turn it on there, not in an image", l.ID)
	}
	if l.Needs != "" {
		if is, err := m.exists(l.Needs); err != nil || !is {
			return errors.Join(err, fmt.Errorf("%s needs %s (apt-get install %s)", l.ID, l.Needs, l.Of))
		}
	}
	if l.unfit != nil && !m.Image {
		if err := l.unfit(m.View); err != nil {
			return fmt.Errorf("%s: %w", l.ID, err)
		}
	}
	return nil
}

// Names is what a person names to locks: who may come in by ssh, and what may type.
type Names struct {
	SSH      []netip.Prefix
	Scanners []Scanner
}

// On lays locks. Nothing is laid when one of them cannot be: it does not fit, or a path is somebody else's.
func (m Machine) On(ctx context.Context, list []Lock, more Names) (c Change, err error) {
	s, err := m.State()
	if err != nil {
		return c, err
	}
	s.name(more)
	wanted := make([]map[string]item, len(list))
	for i, l := range list {
		if err := m.Fits(l); err != nil {
			return c, err
		}
		if wanted[i], err = m.items(l, s); err != nil {
			return c, err
		}
		for at, want := range wanted[i] {
			is, err := m.sum(at)
			if err != nil {
				return c, err
			}
			if is != "" && is != want.sum() && !slices.Contains(s.Laid[l.ID][at], is) {
				return c, &ForeignError{Lock: l.ID, Path: at}
			}
		}
	}
	if err := m.save(s); err != nil { // who may come in and what may type counts from here on
		return c, err
	}
	var changed []Lock
	for i, l := range list {
		before := len(c.Laid) + len(c.Gone)
		err := m.lay(&s, l, wanted[i], &c)
		if len(c.Laid)+len(c.Gone) > before {
			changed = append(changed, l)
		}
		if err != nil {
			return c, err
		}
	}
	m.tell(ctx, &c, changed, true)
	return c, nil
}

func (s *State) name(more Names) {
	for _, from := range more.SSH {
		if !slices.Contains(s.SSH, from) {
			s.SSH = append(s.SSH, from)
		}
	}
	for _, one := range more.Scanners {
		if !slices.Contains(s.Scanners, one) {
			s.Scanners = append(s.Scanners, one)
		}
	}
}

// lay lays one lock: first that it will, then the files, then that they are there.
func (m Machine) lay(s *State, l Lock, items map[string]item, c *Change) error {
	laid := s.Laid[l.ID]
	if laid == nil {
		laid = make(map[string][]string)
		s.Laid[l.ID] = laid
	}
	var fresh, stale []string
	for _, at := range paths(items) {
		is, err := m.sum(at)
		if err != nil {
			return err
		}
		if is == items[at].sum() { // laid before, or somebody's own, who keeps it
			continue
		}
		fresh = append(fresh, at)
		laid[at] = append(laid[at], items[at].sum())
		for _, dir := range folders(at) {
			if is, err := m.exists(dir); err != nil {
				return err
			} else if !is && !slices.Contains(s.Folders, dir) {
				s.Folders = append(s.Folders, dir)
			}
		}
	}
	for _, at := range paths(laid) { // what an older version has laid, and this one does not
		if _, still := items[at]; !still {
			stale = append(stale, at)
		}
	}
	if _, on := s.On[l.ID]; !on || len(fresh)+len(stale) > 0 {
		s.On[l.ID] = m.Now().UTC().Truncate(time.Second)
	}
	s.Off = slices.DeleteFunc(s.Off, func(id string) bool { return id == l.ID })
	if err := m.save(*s); err != nil {
		return err
	}
	for _, at := range fresh {
		if err := m.put(at, items[at]); err != nil {
			return fmt.Errorf("%s: %w", l.ID, err)
		}
		laid[at] = []string{items[at].sum()}
		c.Laid = append(c.Laid, at)
	}
	for _, at := range stale {
		if err := m.take(s, l, at, c); err != nil {
			return err
		}
	}
	return m.save(*s)
}

// put lays one file or link, in the place of an older one of ours.
func (m Machine) put(at string, i item) error {
	if m.before != nil {
		if err := m.before(at); err != nil {
			return err
		}
	}
	file := m.at(at)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if i.to == "" {
		if err := durable.WriteFile(file, i.data, i.mode); err != nil {
			return err
		}
		return durable.Own(file, i.mode, 0, 0)
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.Link(i.to, file)
}

// Off takes what locks have laid away, and with it the folders that were made for it. What is not as it was laid stays
// and is told. keep says that they are to be on again, once the program is back: its package is being removed.
func (m Machine) Off(ctx context.Context, list []Lock, keep bool) (c Change, err error) {
	s, err := m.State()
	if err != nil {
		return c, err
	}
	if keep && len(s.Laid) == 0 {
		return c, nil
	}
	var changed []Lock
	for _, l := range list {
		if len(s.Laid[l.ID]) > 0 {
			changed = append(changed, l)
			m.run(ctx, &c, l.opens)
		}
		if keep {
			continue
		}
		delete(s.On, l.ID)
		if !slices.Contains(s.Off, l.ID) {
			s.Off = append(s.Off, l.ID)
		}
	}
	if err := m.save(s); err != nil {
		return c, err
	}
	for _, l := range changed {
		for _, at := range paths(s.Laid[l.ID]) {
			if err := m.take(&s, l, at, &c); err != nil {
				return c, err
			}
		}
		delete(s.Laid, l.ID)
	}
	m.clear(&s)
	if err := m.save(s); err != nil {
		return c, err
	}
	m.tell(ctx, &c, changed, false)
	return c, nil
}

// take takes away what was laid under a path, if it is as it was laid.
func (m Machine) take(s *State, l Lock, at string, c *Change) error {
	if m.before != nil {
		if err := m.before(at); err != nil {
			return err
		}
	}
	is, err := m.sum(at)
	if err != nil {
		return err
	}
	switch {
	case is == "":
	case slices.Contains(s.Laid[l.ID][at], is):
		if err := os.Remove(m.at(at)); err != nil {
			return err
		}
		if err := durable.SyncFolder(filepath.Dir(m.at(at))); err != nil {
			return err
		}
		c.Gone = append(c.Gone, at)
	default:
		c.Told = append(c.Told, &ForeignError{Lock: l.ID, Path: at, Left: true})
	}
	delete(s.Laid[l.ID], at)
	return nil
}

// clear removes the folders that were made for locks and hold nothing any more.
func (m Machine) clear(s *State) {
	slices.SortFunc(s.Folders, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	s.Folders = slices.DeleteFunc(s.Folders, func(dir string) bool {
		err := os.Remove(m.at(dir))
		return err == nil || errors.Is(err, fs.ErrNotExist)
	})
}

func (m Machine) save(s State) error {
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.at(StateFile)), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(m.at(StateFile), append(text, '\n'), 0o644)
}

// tell has the system read what has changed; each command runs once, however many locks want it, and systemd's own
// first.
func (m Machine) tell(ctx context.Context, c *Change, changed []Lock, laid bool) {
	var list []command
	for _, own := range []bool{true, false} {
		for _, l := range changed {
			for _, one := range l.takes {
				if (one == reload || one == reexec) == own && (laid || !one.laid) && !slices.Contains(list, one) {
					list = append(list, one)
				}
			}
		}
	}
	m.run(ctx, c, list)
}

func (m Machine) run(ctx context.Context, c *Change, list []command) {
	up, _ := m.exists("/run/systemd/system")
	for _, one := range list {
		if m.Image || !up {
			if one.image && !slices.Contains(c.Owed, one.line) {
				c.Owed = append(c.Owed, one.line)
			}
			continue
		}
		words := strings.Fields(one.line)
		_, err := m.Run(ctx, words[0], words[1:]...)
		if missing := errors.Is(err, exec.ErrNotFound); err != nil && !(missing && one.image) { // it has none to make
			c.Told = append(c.Told, fmt.Errorf("%s: %w", one.line, err))
		}
	}
}
