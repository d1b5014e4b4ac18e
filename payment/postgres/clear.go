package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Clear removes the rows of a court as far as the role of a DSN may, and reports whether some are left: the program's
// role removes no audit. It is for courts that are none, which a database is tried with.
func Clear(ctx context.Context, dsn, court string) (left bool, err error) {
	config, err := parse(dsn)
	if err != nil {
		return false, err
	}
	l := &Ledger{court: court}
	if l.place, err = openPlace(""); err != nil {
		return false, err
	}
	l.survey(ctx, config.ConnConfig) // one that was succeeded takes writes too
	config.ConnConfig.ValidateConnect = l.validate
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return false, away(err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, setCourt, court); err != nil {
		return false, err
	}
	tables := []string{"ledger"}
	for table := range moved {
		tables = append(tables, table)
	}
	for _, table := range tables {
		name := pgx.Identifier{"courtkiosk", table}.Sanitize()
		_, err := conn.Exec(ctx, "delete from "+name+" where court = $1", court)
		switch {
		case code(err) == "42501":
			left = true
		case err != nil:
			return left, err
		}
	}
	return left, nil
}
