// Package ledger opens the ledger that a configuration names, and does with its file or database what no counter does:
// restores it, makes it of another machine's copy, brings its schema to this version.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/offsite"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/postgres"
)

// machineRoot is where this machine's names are read. Only the linker can set another one (-X), for a test that needs a
// second machine; no program that is installed has any.
var machineRoot = "/"

// HandOver is a step of root's before the service, which may not read a board's serial; see bolt.Handed.
func HandOver(root string) error { return bolt.HandOver(os.DirFS(root), machineRoot) }

// Open opens the file or the database that the configuration names.
func Open(c config.Config, log *slog.Logger) (payment.Ledger, payment.Keeper, error) {
	if c.Ledger.Shared() {
		l, err := openShared(c, log)
		if err != nil {
			return nil, nil, fmt.Errorf("open the ledger that %s names: %w", c.Ledger.DSN, err)
		}
		return l, l, nil
	}
	l, err := bolt.Open(c.Ledger.File, identity(c), boltOptions(c))
	if err != nil {
		return nil, nil, fmt.Errorf("open ledger %s: %w", c.Ledger.File, err)
	}
	return l, l, nil
}

// ErrOlder means: the schema of a shared ledger is older than this program, or is not there.
var ErrOlder = postgres.ErrOlder

const (
	openWithin   = 20 * time.Second // all hosts of a database
	lockedWithin = 2 * time.Second  // for another process of this machine to end, as for the lock of a file
)

func openShared(c config.Config, log *slog.Logger) (*postgres.Ledger, error) {
	if err := departed(c); err != nil {
		return nil, err
	}
	dsn, err := c.Ledger.ReadDSN()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), openWithin)
	defer cancel()
	for until := time.Now().Add(lockedWithin); ; time.Sleep(lockedWithin / 20) {
		l, err := postgres.Open(ctx, dsn, identity(c), postgres.Options{Place: c.PlaceFile(), Log: log})
		if !errors.Is(err, payment.ErrLocked) || time.Now().After(until) {
			return l, err
		}
	}
}

// Made reports whether this machine has ever worked on its ledger.
func Made(c config.Config) (bool, error) {
	var made bool
	var err error
	if c.Ledger.Shared() {
		var place []byte
		place, err = durable.ReadFile(c.PlaceFile())
		made = postgres.Stored(place)
	} else {
		_, err = os.Stat(c.Ledger.File)
		made = err == nil
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return made, err
}

// Look asks the database of a shared ledger how it stands, and changes nothing.
func Look(ctx context.Context, c config.Config) postgres.State {
	dsn, err := c.Ledger.ReadDSN()
	if err != nil {
		return postgres.State{Wrong: err.Error()}
	}
	return postgres.Look(ctx, dsn, c.Court.Code, c.PlaceFile())
}

// Looking is Look of one configuration.
func Looking(c config.Config) func(context.Context) postgres.State {
	return func(ctx context.Context) postgres.State { return Look(ctx, c) }
}

// Migrate brings the schema of a shared ledger to this program's version, as the role of dsn, which owns it, and gives
// the program's role what it may do.
func Migrate(ctx context.Context, dsn, role string) (from, to int64, err error) {
	m, err := postgres.Migrate(ctx, dsn, role)
	return m.From, m.To, err
}

func boltOptions(c config.Config) bolt.Options {
	return bolt.Options{Backups: c.Ledger.Backups, Mark: c.MarkFile(), Machine: bolt.MachineOf(os.DirFS(machineRoot))}
}

func identity(c config.Config) payment.Identity {
	return payment.Identity{Court: c.Court.Code, Environment: c.Environment}
}

// Succeed makes the ledger that the configuration names, of a copy that has left another machine and the secret key
// that it was sealed to. It never takes the place of a ledger that has had an order.
func Succeed(ctx context.Context, c config.Config, sealed, key io.Reader, by payment.By) (offsite.Taken, error) {
	return c.Cradle().Take(ctx, sealed, key, func(file string) (payment.Heir, error) {
		return bolt.Succeed(ctx, c.Ledger.File, file, identity(c), boltOptions(c), by)
	})
}

// Restore puts a sound ledger in the place of the configured one, which is damaged or missing. Until WeChat was asked
// for what is lost, which Start begins, the ledger says that it is incomplete.
func Restore(ctx context.Context, c config.Config) (bolt.Restored, error) {
	return bolt.Restore(ctx, c.Ledger.File, identity(c), boltOptions(c))
}
