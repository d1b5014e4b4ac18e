package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"courtkiosk/payment"
)

// The schema, as steps that lead forward only: one is expanded a release before it is contracted, so that the program
// of the release before can still work on it.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versions is the table that says which steps were made.
const versions = "courtkiosk.schema_version"

// ErrOlder means: the schema of the database is older than the program; its owner must bring it on (Migrate).
var ErrOlder = errors.New("postgres: the schema is older than the program")

// ErrEncoding means: the database was made with an encoding that cannot hold every name.
var ErrEncoding = errors.New("postgres: the database must be made with encoding 'UTF8'")

// rights are what the program's role may do. It owns nothing, makes nothing, and changes no entry of the audit.
var rights = []string{
	`grant usage on schema courtkiosk to %s`,
	`grant select, insert, update on all tables in schema courtkiosk to %s`,
	`grant usage on all sequences in schema courtkiosk to %s`,
	`revoke update, delete, truncate on courtkiosk.audit from %s`,
	`revoke insert, update, delete, truncate on ` + versions + ` from %s`,
	`grant delete on courtkiosk.orders, courtkiosk.label, courtkiosk.personal, courtkiosk.tries to %s`,
}

// Migrated tells which version of the schema a database had, and has.
type Migrated struct{ From, To int64 }

// Migrate brings the schema at dsn, whose role owns it, to this program's version, and gives the program's role what it
// may do. It may be run again, and by several at once. A schema that is newer is payment.ErrNewer, and left alone; a
// database of another encoding than UTF-8 is ErrEncoding.
func Migrate(ctx context.Context, dsn, role string) (m Migrated, err error) {
	if _, err := parse(dsn); err != nil {
		return m, err
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var encoding string
	if err := db.QueryRowContext(ctx, `select current_setting('server_encoding')`).Scan(&encoding); err != nil {
		return m, err
	}
	if encoding != "UTF8" {
		return m, fmt.Errorf("%w, and not %s", ErrEncoding, encoding)
	}
	if err := humble(ctx, db, role); err != nil {
		return m, err
	}
	_, err = db.ExecContext(ctx, `create schema if not exists courtkiosk`)
	switch {
	case code(err) == "42501":
		return m, fmt.Errorf("%w: %w", errNotOwner, err)
	case err != nil:
		return m, fmt.Errorf("make the schema: %w", err)
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return m, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return m, err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, steps, goose.WithTableName(versions),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return m, err
	}
	if m.From, err = p.GetDBVersion(ctx); err != nil {
		return m, err
	}
	if m.To = newest(); m.From > m.To {
		return m, fmt.Errorf("%w: schema %d, and this program knows %d", payment.ErrNewer, m.From, m.To)
	}
	if _, err := p.Up(ctx); err != nil {
		return m, err
	}
	for _, right := range rights {
		if _, err := db.ExecContext(ctx, fmt.Sprintf(right, pgx.Identifier{role}.Sanitize())); err != nil {
			return m, fmt.Errorf("give rights to %s: %w", role, err)
		}
	}
	return m, nil
}

var (
	errNotOwner = errors.New("postgres: the DSN is not of the role that owns the database, and may make no schema")
	errNoRole   = errors.New("postgres: the role for the program is not there; make it first (create role)")
	errMighty   = errors.New("postgres: the program's role must be another than the DSN's, which owns the schema, " +
		"and no superuser")
)

// humble refuses a role for the program that could do more than it is given: what is said of it would not be true.
func humble(ctx context.Context, db *sql.DB, role string) error {
	var mighty bool
	err := db.QueryRowContext(ctx, `select rolsuper or pg_has_role(oid, current_user, 'member') from pg_roles
		where rolname = $1`, role).Scan(&mighty)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %q", errNoRole, role)
	case err != nil:
		return fmt.Errorf("look at role %q: %w", role, err)
	case mighty:
		return fmt.Errorf("%w: %q", errMighty, role)
	}
	return nil
}

// newest is the version of the schema that this program knows.
func newest() (n int64) {
	list, _ := fs.Glob(migrations, "migrations/*.sql")
	for _, name := range list {
		v, err := goose.NumericComponent(strings.TrimPrefix(name, "migrations/"))
		if err == nil {
			n = max(n, v)
		}
	}
	return n
}

var readSchema = statement(`select coalesce(max(version_id), 0) from ` + versions + ` where is_applied`)

// current refuses a schema that is not this program's.
func (l *Ledger) current(ctx context.Context) error {
	var is int64
	err := l.see(ctx, func(b *pgx.Batch) {
		b.Queue(readSchema).QueryRow(func(row pgx.Row) error { return row.Scan(&is) })
	})
	return schemaIs(is, err)
}

// schemaIs says what a version of the schema, or the error of asking for it, means to this program.
func schemaIs(is int64, err error) error {
	switch c := code(err); {
	case c == "42P01" || c == "3F000" || c == "42501":
		return fmt.Errorf("%w: it is not there, or not this role's to read: %w", ErrOlder, err)
	case err != nil:
		return err
	case is > newest():
		return fmt.Errorf("%w: schema %d, and this program knows %d", payment.ErrNewer, is, newest())
	case is < newest():
		return fmt.Errorf("%w: schema %d, and this program needs %d", ErrOlder, is, newest())
	}
	return nil
}
