package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const secretDSN = "host=db1 user=courtkiosk password=s3cr3t-w0rd dbname=courtkiosk sslmode=verify-full"

// shared is the good example with a ledger in a database.
func shared(t *testing.T, dsn string, mode os.FileMode) (text, dir string) {
	t.Helper()
	text, dir = good(t)
	path := filepath.Join(dir, "keys/dsn")
	if err := os.WriteFile(path, []byte(dsn), mode); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(text, `dsn_file = ""`, `dsn_file = "keys/dsn"`, 1), dir
}

func TestASharedLedger(t *testing.T) {
	text, dir := shared(t, secretDSN+"\n", 0o600)
	c, _, err := parse(dir, part{text: text})
	if err != nil {
		t.Fatal(err)
	}
	if dsn, err := c.Ledger.ReadDSN(); dsn != secretDSN || err != nil || !c.Ledger.Shared() {
		t.Errorf("read %q, %v", dsn, err)
	}
	if c.MarkFile() != "" || c.PlaceFile() != "/var/lib/courtkiosk/place.json" {
		t.Errorf("mark %q, place %q", c.MarkFile(), c.PlaceFile())
	}
	if plain, _ := good(t); strings.Contains(plain, secretDSN) {
		t.Error("the example holds the secret")
	}
}

// What is wrong with a shared ledger is said without a word of what the secret file holds.
func TestSharedLedgersAreComplainedOf(t *testing.T) {
	for name, tt := range map[string]struct {
		dsn      string
		mode     os.FileMode
		old, new string
		want     string
	}{
		"no address":      {"s3cr3t-w0rd", 0o600, "", "", "keys/dsn: it holds no address"},
		"two lines":       {secretDSN + "\nuser=s3cr3t-w0rd", 0o600, "", "", "keys/dsn: it holds no address"},
		"nothing":         {"\n", 0o600, "", "", "keys/dsn: it holds no address"},
		"others may read": {secretDSN, 0o644, "", "", "ledger.dsn_file: others may read "},
		"nowhere": {secretDSN, 0o600, `"keys/dsn"`, `"keys/none"`,
			"keys/none cannot be read; put the file there"},
		"with backups": {secretDSN, 0o600, `backups = "/var/lib/courtkiosk/backups"`, `backups = "/srv/backups"`,
			"ledger.backups: it goes with a ledger's file"},
		"with a mark": {secretDSN, 0o600, `mark_file = ""`, `mark_file = "/srv/mark"`,
			"ledger.mark_file: it goes with a ledger's file"},
		"with an offsite copy": {secretDSN, 0o600, `folder = ""`, `folder = "/mnt/x"`,
			"offsite.folder: it goes with a ledger's file"},
		"in a demo": {secretDSN, 0o600, `environment = "production"`, `environment = "demo"`,
			"a demo's ledger is a file"},
	} {
		t.Run(name, func(t *testing.T) {
			text, dir := shared(t, tt.dsn, tt.mode)
			if tt.old != "" && !strings.Contains(text, tt.old) {
				t.Fatalf("the example has no %s", tt.old)
			}
			_, _, err := parse(dir, part{text: strings.Replace(text, tt.old, tt.new, 1)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("it tells the secret: %v", err)
			}
		})
	}
}

// The files stay what they are: only their names are shown.
func TestEffectiveShowsNoDSN(t *testing.T) {
	text, dir := shared(t, secretDSN, 0o600)
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	values, _, err := Effective(path)
	if err != nil {
		t.Fatal(err)
	}
	named := false
	for _, v := range values {
		named = named || v.Key == "ledger.dsn_file" && v.Value == filepath.Join(dir, "keys/dsn")
		if strings.Contains(v.Value, "s3cr3t") {
			t.Errorf("%s shows the secret", v.Key)
		}
	}
	if !named {
		t.Error("the file is not named")
	}
}
