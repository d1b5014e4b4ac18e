package durable

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	list, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range list {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestWriteFile(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	path := filepath.Join(dir, "list")
	for _, text := range []string{"first", "", strings.Repeat("longer ", 1000)} {
		must(t, WriteFile(path, []byte(text), 0o644))
		if got := content(t, path); got != text {
			t.Errorf("got %.20q, want %.20q", got, text)
		}
		if info, _ := os.Stat(path); info.Mode() != 0o644 {
			t.Errorf("mode %v", info.Mode())
		}
	}
	must(t, os.Chmod(path, 0o640))
	must(t, WriteFile(path, []byte("again"), 0o600))
	if info, _ := os.Stat(path); info.Mode() != 0o640 {
		t.Errorf("a file that was there has mode %v, want its own", info.Mode())
	}
	only(t, dir, "list")
}

// A link in the place of a file is replaced; the file that it points to is not touched.
func TestNothingIsWrittenThroughALink(t *testing.T) {
	for name, write := range map[string]func(path string) error{
		"a whole file": func(path string) error { return WriteFile(path, []byte("ours"), 0o600) },
		"a temporary file": func(path string) error {
			f, err := Make(path, 0o600)
			if err != nil {
				return err
			}
			_, err = f.WriteString("ours")
			return errors.Join(err, f.Close())
		},
		"a copy": func(path string) error {
			from := path + ".from"
			return errors.Join(os.WriteFile(from, []byte("ours"), 0o600), Copy(path, from))
		},
		"a database": func(path string) error {
			return Create(path, func(*bbolt.Tx) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			target, path := filepath.Join(dir, "target"), filepath.Join(dir, "path")
			must(t, os.WriteFile(target, []byte("theirs"), 0o644))
			must(t, os.Symlink(target, path))
			must(t, write(path))
			info, err := os.Lstat(path)
			must(t, err)
			if got := content(t, target); got != "theirs" || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
				t.Errorf("the target holds %q, the path is %v", got, info.Mode())
			}
		})
	}
}

// What cannot be written leaves what was there, and nothing beside it.
func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	must(t, os.Mkdir(path, 0o700))
	if err := WriteFile(path, []byte("text"), 0o600); err == nil {
		t.Error("a folder was written over")
	}
	only(t, dir, "folder")
	if err := WriteFile(filepath.Join(dir, "nowhere", "file"), nil, 0o600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	must(t, WriteFile(filepath.Join(dir, "file"), []byte("old"), 0o600))
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	full := before
	full.Cur = 4096 // a write beyond it fails, as on a full disk
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	err := WriteFile(filepath.Join(dir, "file"), make([]byte, 1<<20), 0o600)
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("a disk without room: %v", err)
	}
	if got := content(t, filepath.Join(dir, "file")); got != "old" {
		t.Errorf("the file holds %.20q", got)
	}
	only(t, dir, "file", "folder")
}

func TestDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	refused := errors.New("refused")
	if err := Create(path, func(*bbolt.Tx) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("made in spite of %v", err)
	}
	only(t, dir)
	must(t, os.WriteFile(Temp(path), []byte("half"), 0o600)) // a power cut in the first making
	must(t, Create(path, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("here"))
		return err
	}))
	only(t, dir, "a.db")
	db, err := Open(path, 0)
	must(t, err)
	must(t, db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("here")) == nil {
			t.Error("what was put into it is not there")
		}
		return nil
	}))
	if _, err := Open(path, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("a second time: %v", err)
	}
	must(t, db.Close())
	if _, err := Open(filepath.Join(dir, "none.db"), 0); !errors.Is(err, ErrAccess) {
		t.Errorf("a file that is not there: %v", err)
	}
	only(t, dir, "a.db")
	for _, errno := range []error{syscall.EROFS, syscall.EACCES, syscall.ENOSPC} {
		err := named(path, &os.PathError{Op: "open", Path: path, Err: errno})
		if !errors.Is(err, ErrAccess) || !errors.Is(err, errno) {
			t.Errorf("%v is named %v", errno, err)
		}
	}
}

// A damaged file is refused, left as it is, and not kept locked.
func TestDamagedDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	must(t, Create(path, func(tx *bbolt.Tx) error { return nil }))
	whole := content(t, path)
	for name, text := range map[string]string{
		"empty": "", "a byte": whole[:1], "cut in the meta": whole[:100], "rubbish": strings.Repeat("rubbish ", 4096),
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		for range 2 {
			if _, err := Open(path, 0); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if content(t, path) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestGuard(t *testing.T) {
	err := func() (err error) {
		defer Guard(&err, ErrDamaged)()
		var page []byte
		_ = page[3]
		return nil
	}()
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// A name is no pattern: a ledger called "ledger[1.db" takes nothing away but its own.
func TestSweepTakesItsOwn(t *testing.T) {
	for _, name := range []string{"ledger[1.db", "ledger[12].db", "ledger*.db", `ledger\.db`, "ledger?.db"} {
		dir := t.TempDir()
		others := []string{".ledger1.db.ABCDEFGHIJ", "." + name + ".ABCDEFGHIJK", "." + name + ".ABCDEFGH-J",
			"keys.pem"}
		for _, other := range append(others, filepath.Base(Temp(filepath.Join(dir, name)))) {
			must(t, os.WriteFile(filepath.Join(dir, other), []byte("whole"), 0o600))
		}
		must(t, Sweep(filepath.Join(dir, name)))
		slices.Sort(others)
		only(t, dir, others...)
	}
}

// A file of others is read at once or refused at once.
func TestReadFileWaitsForNobody(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, errors.Join(syscall.Mkfifo(path("pipe"), 0o600), os.Mkdir(path("folder"), 0o700),
		os.Symlink("/dev/zero", path("device")), os.WriteFile(path("long"), make([]byte, maxRead+1), 0o600),
		os.WriteFile(path("file"), []byte("text"), 0o600), os.Symlink(path("file"), path("link"))))
	for name, want := range map[string]error{"pipe": ErrNotRegular, "folder": ErrNotRegular, "device": ErrNotRegular,
		"long": ErrTooLong, "none": os.ErrNotExist, "file": nil, "link": nil} {
		if text, err := ReadFile(path(name)); !errors.Is(err, want) || (err == nil) != (string(text) == "text") {
			t.Errorf("%s: %.10q, %v", name, text, err)
		}
	}
}

func TestOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	must(t, WriteFile(path, []byte("k"), 0o644))
	must(t, Own(path, 0o600, -1, 990))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if s := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 && (s.Uid != 0 || s.Gid != 990) {
		t.Errorf("owner %d:%d", s.Uid, s.Gid)
	}
	if Own(path+"?", 0o600, -1, -1) == nil {
		t.Error("what is not there is owned")
	}
}

// A link takes no name that something has, and points where it is told.
func TestLink(t *testing.T) {
	at := filepath.Join(t.TempDir(), "link")
	if err := Link("/dev/null", at); err != nil {
		t.Fatal(err)
	}
	if err := Link("/etc", at); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second link: %v", err)
	}
	if to, err := os.Readlink(at); err != nil || to != "/dev/null" {
		t.Errorf("it points to %q, %v", to, err)
	}
}
