package checkup

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/payment/postgres"
)

// ledgerSound: the ledger's own check finds nothing, and nothing is missing in it.
func ledgerSound(_ context.Context, m *Machine, s *sight) error {
	if said, err := m.read(m.Config.Ledger.File + ".damaged"); err != nil {
		s.doubt(err)
	} else if said != "" { // a check of before
		s.find(doctor.LedgerUnsound, "", "n", "1", "said", said)
	}
	if err := m.told(s, doctor.Ledger, doctor.Incomplete); err != nil {
		return err
	}
	if n := len(m.Inside.Ledger); n > 0 {
		s.find(doctor.LedgerUnsound, "", "n", strconv.Itoa(n), "said", m.Inside.Ledger[0])
	}
	return nil
}

// What a ledger must not lie on: where locks and writes of one machine are not all that happens to a file, and what
// is memory, or thrown away with a container.
var (
	remote = []string{"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "gfs2", "ocfs2", "glusterfs",
		"lustre",
		"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "virtiofs"}
	fleeting = []string{"overlay", "aufs", "tmpfs", "ramfs", "squashfs", "devtmpfs"}
)

// ledgerPlace: the ledger lies on a disk of this machine, or in a database that keeps it.
func ledgerPlace(ctx context.Context, m *Machine, s *sight) error {
	if m.Config.Ledger.Shared() {
		return database(ctx, m, s)
	}
	dir := filepath.Dir(m.Config.Ledger.File)
	on, err := m.mountOf(dir)
	switch {
	case err != nil:
		return err
	case slices.Contains(remote, on.kind):
		s.find(doctor.LedgerRemote, dir, "kind", on.kind)
	case slices.Contains(fleeting, on.kind):
		s.find(doctor.LedgerFleeting, dir, "kind", on.kind)
	}
	return nil
}

// faces are the commands that hold the counter for as long as they run; without one the program is the kiosk.
var faces = []string{"kiosk", "server", "clerk"}

// valued are the flags of faces that have a value behind them.
var valued = []string{"--config", "--lang", "--log-level", "--socket"}

// copies: the program runs once, and answers.
func copies(_ context.Context, m *Machine, s *sight) error {
	running, err := m.programs()
	if err != nil {
		return err
	}
	if len(running) > 1 {
		s.find(doctor.SecondCopy, "", "said", strings.Join(running, ", "))
	}
	switch {
	case m.Inside != nil || errors.Is(m.Outside, ErrNotMade) || errors.Is(m.Outside, ErrKeyless):
	case errors.Is(m.Outside, ErrOlder), errors.Is(m.Outside, ErrForeign):
		return m.Outside
	case errors.Is(m.Outside, ErrSilent):
		s.find(doctor.KioskSilent, "", "file", m.Config.SocketFile(), "said", m.Outside.Error())
	case m.Outside != nil:
		s.find(doctor.NotOpened, "", "said", m.Outside.Error())
	default:
		return errors.New("nobody has asked")
	}
	return nil
}

// programs are the numbers of the processes that serve this counter.
func (m *Machine) programs() (pids []string, err error) {
	list, err := fs.ReadDir(m.Files, "proc")
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		line, err := m.read("/proc/" + e.Name() + "/cmdline")
		if err != nil { // it has ended
			continue
		}
		args := strings.Split(strings.TrimRight(line, "\x00"), "\x00")
		if path.Base(args[0]) == "courtkiosk" && m.serves(args[1:], e.Name()) {
			pids = append(pids, e.Name())
		}
	}
	return pids, nil
}

// serves reports whether a process's arguments are of a program that stays, with this machine's configuration.
func (m *Machine) serves(args []string, pid string) bool {
	face, file, flag := "kiosk", config.Default, ""
	for _, a := range args {
		name, value, whole := strings.Cut(a, "=")
		switch {
		case flag == "--config":
			file = a
		case flag != "":
		case name == "--config" && whole:
			file = value
		case !strings.HasPrefix(a, "-"):
			face = a
		}
		if flag = name; flag != "" && (whole || !slices.Contains(valued, flag)) {
			flag = ""
		}
	}
	if !path.IsAbs(file) {
		at, err := fs.ReadLink(m.Files, "proc/"+pid+"/cwd")
		if err != nil { // of another user
			return false
		}
		file = path.Join(at, file)
	}
	return slices.Contains(faces, face) && file == m.ConfigFile
}

// named: nobody else takes payments under this kiosk's id, and the ledger is this machine's.
func named(_ context.Context, m *Machine, s *sight) error {
	return m.told(s, doctor.Twice, doctor.Moved, doctor.Succeeded, doctor.OtherLedger)
}

// made reports whether this machine has ever worked on its ledger.
func (m *Machine) made() (bool, error) {
	if !m.Config.Ledger.Shared() {
		return m.exists(m.Config.Ledger.File)
	}
	place, err := m.read(m.Config.PlaceFile())
	return postgres.Stored([]byte(place)), err
}

// receiptKey: the key that signs receipts is there, and on the list that verifiers have.
func receiptKey(_ context.Context, m *Machine, s *sight) error {
	c := m.Config
	switch is, err := m.made(); {
	case err != nil:
		return err
	case !is: // both are made at the first start
		return errIdle
	}
	if m.Inside != nil {
		_ = m.told(s, doctor.SigningKey)
	}
	text, err := fs.ReadFile(m.Files, inTree(c.SigningKeyFile()))
	if errors.Is(err, fs.ErrNotExist) {
		s.find(doctor.ReceiptKeyMissing, "", "file", c.SigningKeyFile(), "keys", c.KeysFile())
		return nil
	}
	if err != nil {
		return err
	}
	id, err := receipt.NameOf(c.SigningKeyFile(), text)
	if err != nil {
		return err
	}
	list, err := m.read(c.KeysFile())
	if err != nil {
		return err
	}
	ring, err := receipt.ParseRing(c.KeysFile(), list)
	if err != nil {
		return err
	}
	if _, known := ring[id]; !known {
		s.find(doctor.ReceiptKeyUnlisted, "", "keys", c.KeysFile(), "id", id.String())
	}
	return nil
}
