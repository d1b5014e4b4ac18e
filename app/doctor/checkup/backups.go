package checkup

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/offsite"
	"courtkiosk/payment"
)

// tooOld is how old the newest copy may be: the program makes one a day.
const tooOld = 26 * time.Hour

// backups: there is a copy of the ledger of today or yesterday, of no later day, and on another disk.
func backups(_ context.Context, m *Machine, s *sight) error {
	if m.Config.Ledger.Shared() { // its database's operator copies it
		return errIdle
	}
	ledger, err := m.stat(m.Config.Ledger.File)
	if errors.Is(err, fs.ErrNotExist) { // nothing to copy yet
		return errIdle
	}
	if err != nil {
		return err
	}
	if m.Inside != nil {
		_ = m.told(s, doctor.Backup, doctor.Offsite)
	}
	dir := m.Config.Ledger.Backups
	list, err := fs.ReadDir(m.Files, inTree(m.whole(dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now, newest := m.Now(), time.Time{}
	today := now.In(payment.China).Format(time.DateOnly)
	for _, e := range list {
		day, is := strings.CutPrefix(e.Name(), "ledger-")
		day, db := strings.CutSuffix(day, ".db")
		if _, err := time.Parse(time.DateOnly, day); err != nil || !is || !db || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			s.doubt(err)
			continue
		}
		if day > today || info.ModTime().After(now.Add(time.Minute)) {
			s.find(doctor.BackupFuture, dir, "file", e.Name())
			continue
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if newest.IsZero() { // of a new ledger there is none yet
		newest = ledger.ModTime()
	}
	if now.Sub(newest) > tooOld {
		s.find(doctor.BackupOld, dir, "at", newest.In(payment.China).Format(time.DateTime))
	}
	return m.apart(s)
}

// apart: one broken disk must not take the ledger and its copies.
func (m *Machine) apart(s *sight) error {
	ledger, err := m.mountOf(filepath.Dir(m.Config.Ledger.File))
	if err != nil {
		return err
	}
	copies, err := m.mountOf(m.Config.Ledger.Backups)
	if err == nil && copies.id == ledger.id {
		s.find(doctor.BackupHere, m.Config.Ledger.Backups, "device", copies.device)
	}
	return err
}

// backupFolder: copies are written where the configuration says, by who must write them.
func backupFolder(ctx context.Context, m *Machine, s *sight) error {
	if m.Config.Ledger.Shared() {
		return errIdle
	}
	dir := m.Config.Ledger.Backups
	if to, err := fs.ReadLink(m.Files, inTree(dir)); err == nil {
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(dir), to)
		}
		s.find(doctor.BackupLink, dir, "to", to)
	}
	at := dir
	for at != "/" { // the first copy makes it
		is, err := m.exists(at)
		if err != nil {
			return err
		}
		if is {
			break
		}
		at = filepath.Dir(at)
	}
	p, err := m.servant()
	if err != nil {
		return err
	}
	can, err := m.can(ctx, p, "-w", at)
	if err == nil && !can {
		s.find(doctor.BackupUnwritable, dir, "user", p.name)
	}
	return errors.Join(err, m.leaving(ctx, s, p))
}

// leaving: copies leave the machine to a share that is mounted and takes them, and the last one arrived lately. What
// hangs there holds up a command, and not this program.
func (m *Machine) leaving(ctx context.Context, s *sight, p person) error {
	dir := m.Config.Offsite.Folder
	if dir == "" {
		s.find(doctor.OffsiteNone, "")
		return nil
	}
	away, err := m.mountOf(dir)
	for _, own := range []string{filepath.Dir(m.Config.Ledger.File), "/"} {
		here, herr := m.mountOf(own)
		if err = errors.Join(err, herr); err == nil && here.id == away.id {
			s.find(doctor.OffsiteAway, dir, "said", "it lies on the disk of "+own+": its share is not mounted")
			return nil
		}
	}
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, shareWait)
	defer stop()
	switch can, err := m.can(ctx, p, "-w", dir); {
	case ctx.Err() != nil:
		s.find(doctor.OffsiteAway, dir, "said", "it does not answer")
		return nil
	case err != nil:
		return err
	case !can:
		s.find(doctor.OffsiteAway, dir, "said", "user "+p.name+" cannot write there")
		return nil
	}
	if is, err := m.exists(m.Config.Ledger.File); err != nil || !is { // nothing to copy yet
		return err
	}
	return m.arrived(s)
}

// shareWait is how long a share may take to answer.
const shareWait = 10 * time.Second

// arrived: the last copy that arrived there is not older than a day.
func (m *Machine) arrived(s *sight) error {
	said, err := m.read(m.Config.ArrivalFile())
	if err != nil {
		return err
	}
	if said == "" {
		s.find(doctor.OffsiteOld, m.Config.Offsite.Folder, "at", "never")
		return nil
	}
	last, err := offsite.ReadArrival([]byte(said))
	if err != nil {
		return err
	}
	if m.Now().Sub(last.At) > tooOld {
		s.find(doctor.OffsiteOld, m.Config.Offsite.Folder, "at", last.At.In(payment.China).Format(time.DateTime))
	}
	return nil
}

// An Exit is the end of a command that did not succeed.
type Exit struct {
	Command string
	Code    int
	Said    string // on standard error
}

func (e *Exit) Error() string {
	return e.Command + " ends with " + strconv.Itoa(e.Code) + ": " + strings.TrimSpace(e.Said)
}

// can asks test(1) about a file as a user; the kernel knows of access lists and of file systems that take no writes.
func (m *Machine) can(ctx context.Context, p person, what, name string) (bool, error) {
	command := []string{"test", what, name}
	if m.Root {
		id := strconv.Itoa(int(p.uid))
		command = append([]string{"setpriv", "--reuid=" + id, "--regid=" + strconv.Itoa(int(p.gid)), "--init-groups"},
			command...)
	}
	_, err := m.Run(ctx, command[0], command[1:]...)
	if exit, ok := errors.AsType[*Exit](err); ok && exit.Code == 1 && exit.Said == "" {
		return false, nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return false, errors.New(command[0] + " is not installed")
	}
	return err == nil, err
}
