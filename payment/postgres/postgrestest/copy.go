package postgrestest

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Copy returns the way, as the same role, to another database of this test's, made of a dump of one: what a court has
// that puts a backup back.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	c := running(t)
	c.mu.Lock()
	c.clones++
	name := fmt.Sprint("copy", c.clones)
	c.mu.Unlock()
	if err := c.do("create database " + name + " owner courtkiosk_owner template template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.drop(name); err != nil {
			t.Error(err)
		}
	})
	dump := filepath.Join(c.server.folder, name)
	copied := with(t, dsn, "dbname", name)
	if err := c.server.run("pg_dump", "-Fc", "-f", dump, "-d", Superuser(t, dsn)); err != nil {
		t.Fatal(err)
	}
	if err := c.server.run("pg_restore", "--exit-on-error", "-d", Superuser(t, copied), dump); err != nil {
		t.Fatal(err)
	}
	return copied
}
