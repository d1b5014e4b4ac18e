package console_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/app"
	"courtkiosk/app/ledger"
	"courtkiosk/payment/postgres/postgrestest"
	"courtkiosk/ui/console"
)

// onPostgreSQL runs tests that may ask for a database. Its schema is made by the program's own command.
type onPostgreSQL struct{ *testing.M }

func (m onPostgreSQL) Run() int { return postgrestest.Main(m.M, nil) }

// What a court types to have a ledger that its machines share, on a real PostgreSQL.
func TestScriptsOnPostgreSQL(t *testing.T) {
	world := setup(func() []app.Option { return nil })
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres", Cmds: commands,
		Setup: func(env *testscript.Env) error {
			dsn := postgrestest.New(t) // each script makes its own schema
			env.Setenv("DSN", dsn)
			env.Setenv("OWNER", postgrestest.Owner(t, dsn))
			return world(env)
		},
	})
}

// A set-up tries the database of a shared ledger before it writes anything, and says what is wrong with it.
func TestSetupTriesTheDatabase(t *testing.T) {
	dsn := postgrestest.New(t)
	as, _ := postgrestest.Password(t, dsn)
	try := func(t *testing.T, dsn string, exit int, says ...string) *bench {
		t.Helper()
		b := newBench(t)
		lines := strings.Split(b.file(), "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, "backups") {
				lines[i] = `dsn_file = "database"`
			}
		}
		b.write(b.on("database"), dsn)
		b.write(b.on("answers.toml"), strings.Join(lines, "\n"))
		got, out, words := b.setUp("", "--answers", b.on("answers.toml"))
		if got != exit {
			t.Errorf("exit %d, want %d: %s", got, exit, words)
		}
		for _, want := range says {
			if !strings.Contains(words, want) {
				t.Errorf("does not say %q:\n%s", want, words)
			}
		}
		if strings.Contains(out+words, "s3cr3t") {
			t.Errorf("it tells the password:\n%s%s", out, words)
		}
		if written := b.etc("config.toml") != ""; written != (exit == console.Done) {
			t.Errorf("written: %t", written)
		}
		return b
	}
	try(t, dsn, console.Failed, "M-74 The schema is not this program's: It is version 0", "courtkiosk ledger migrate")
	if _, _, err := ledger.Migrate(t.Context(), postgrestest.Owner(t, dsn), "courtkiosk"); err != nil {
		t.Fatal(err)
	}
	try(t, as+" password=s3cr3t", console.Failed, "M-73 No host of the database takes writes",
		"password authentication failed")
	try(t, strings.Replace(dsn, "sslmode=disable", "sslmode=require", 1)+" password=s3cr3t", console.Failed,
		"M-73", "TLS")
	b := try(t, dsn, console.Done, "M-80 No standby confirms what is stored", "the ledger's database can be used",
		"courtkiosk.service runs")
	if !strings.Contains(b.etc("config.toml"), `dsn_file = "keys/ledger-database"`) ||
		strings.TrimSpace(b.etc("keys/ledger-database")) != dsn {
		t.Errorf("written:\n%s", b.etc("config.toml"))
	}
	postgrestest.Exec(t, postgrestest.Superuser(t, dsn), `insert into courtkiosk.ledger
		(court, environment, instance, made, timeline) values ('京0101', 'production', 'x', now(), 1)`)
	try(t, dsn, console.Failed, "is of environment production, and this machine is configured for test")
}
