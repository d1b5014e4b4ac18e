package console_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/app"
	"courtkiosk/payment/postgres/postgrestest"
)

// onPostgreSQL runs tests that may ask for a database. Its schema is made by the program's own command.
type onPostgreSQL struct{ *testing.M }

func (m onPostgreSQL) Run() int { return postgrestest.Main(m.M, nil) }

// What a court types to have a ledger that its machines share, on a real PostgreSQL.
func TestScriptsOnPostgreSQL(t *testing.T) {
	world := setup(func() []app.Option { return nil })
	dsn := postgrestest.New(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres", Cmds: commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DSN", dsn)
			env.Setenv("OWNER", postgrestest.Owner(t, dsn))
			return world(env)
		},
	})
}
