package endtoend

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"courtkiosk/payment/postgres/postgrestest"
)

// built is the program of all tests: as make build makes it, if no other is named.
var built string

var other = flag.String("program", "", "test this program instead of building one")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	if *other != "" {
		built = *other
		return postgrestest.Main(m, nil)
	}
	dir, err := os.MkdirTemp("", "courtkiosk-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	built = filepath.Join(dir, "courtkiosk")
	if out, err := exec.Command("make", "-s", "-C", "../..", "build", "OUT="+built).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "make build: %v\n%s", err, out)
		return 1
	}
	return postgrestest.Main(m, nil)
}

// program returns the built program's path.
func program(t testing.TB) string {
	t.Helper()
	if err := lookAtSources(); err != nil {
		t.Fatal(err)
	}
	return built
}

// lookAtSources opens every folder of the module. The binary is built by another process, so go test would not know
// that a result depends on these files, and would answer from its cache after they have changed. Of a folder that the
// test itself has opened it remembers each file's size and time.
var lookAtSources = sync.OnceValue(func() error {
	return filepath.WalkDir(filepath.Join("..", ".."), func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return fs.SkipDir
		}
		return err
	})
})
