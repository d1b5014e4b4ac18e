package postgres

import (
	"errors"
	"strings"
	"testing"

	"courtkiosk/payment/postgres/postgrestest"
)

// A name that the database cannot hold would be found out when its bearer pays.
func TestMigrateRefusesOtherEncodings(t *testing.T) {
	dsn := postgrestest.New(t)
	mine := "dbname=" + postgrestest.Exec(t, dsn, "select current_database()")
	super := strings.Replace(postgrestest.Superuser(t, dsn), mine, "dbname=postgres", 1)
	for _, encoding := range []string{"EUC_CN", "LATIN1", "SQL_ASCII"} {
		name := "encoded_" + strings.ToLower(encoding)
		postgrestest.Exec(t, super, "create database "+name+
			" owner courtkiosk_owner template template0 locale 'C' encoding '"+encoding+"'")
		t.Cleanup(func() { postgrestest.Exec(t, super, "drop database "+name+" with (force)") })
		there := strings.Replace(postgrestest.Owner(t, dsn), mine, "dbname="+name, 1)
		if _, err := Migrate(t.Context(), there, "courtkiosk"); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: %v", encoding, err)
		}
		if n := postgrestest.Exec(t, there, `select count(*) from pg_namespace
			where nspname = 'courtkiosk'`); n != "0" {
			t.Errorf("%s: something was made", encoding)
		}
	}
}
