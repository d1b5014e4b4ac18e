package config

import (
	"errors"
	"fmt"
	"strings"

	"courtkiosk/payment/durable"
)

// Ledger is where the truth lies: in a file of this machine, or in a database that several machines share.
type Ledger struct {
	// File is the ledger, unless DSN is set; in its folder lies whatever else this machine keeps.
	File    string
	Backups string
	// Mark is a file outside of the ledger's folder that says how far the ledger was; see MarkFile.
	Mark string `toml:"mark_file"`
	// DSN is a secret file that says where the ledger's PostgreSQL is, by which role and with which password.
	DSN string `toml:"dsn_file"`
}

// Shared reports whether the ledger lies in a database.
func (l Ledger) Shared() bool { return l.DSN != "" }

// errDSN says nothing of what the file holds: that is a password too.
var errDSN = errors.New("it holds no address of a PostgreSQL database: one line is needed, like " +
	"host=db1.court.example user=courtkiosk password=… dbname=courtkiosk sslmode=verify-full, or postgres://…")

// ReadDSN returns what the secret file says, which no log and no message may repeat.
func (l Ledger) ReadDSN() (string, error) { return readDSN(l.DSN) }

func readDSN(path string) (string, error) {
	text, err := durable.ReadFile(path)
	if err != nil {
		return "", err
	}
	dsn := strings.TrimSpace(string(text))
	if dsn == "" || strings.ContainsAny(dsn, "\n\r") || !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
		return "", fmt.Errorf("%s: %w", path, errDSN)
	}
	return dsn, nil
}

// checkShared says what is wrong with a ledger in a database.
func (c Config) checkShared(say func(bool, string, string, ...any)) {
	l := c.Ledger
	if !l.Shared() {
		return
	}
	_, err := l.ReadDSN()
	switch {
	case errors.Is(err, errDSN):
		say(false, "ledger.dsn_file", "%v", err)
	case err != nil && !sealed(l.DSN):
		say(false, "ledger.dsn_file", "%s cannot be read; put the file there, owned by the kiosk's user, mode 0600",
			l.DSN)
	}
	const instead = "it goes with a ledger's file, and dsn_file names a database, which has backups of its own: see " +
		"the manual, and leave it empty"
	say(l.Backups == "" || l.Backups == Defaults().Ledger.Backups, "ledger.backups", "%s", instead)
	say(l.Mark == "", "ledger.mark_file", "%s", instead)
	say(c.Offsite.Folder == "", "offsite.folder", "%s", instead)
	say(c.Offsite.Recipient == "", "offsite.recipient", "%s", instead)
	say(c.Environment != Demo, "ledger.dsn_file", "a demo's ledger is a file that is new each time")
}
