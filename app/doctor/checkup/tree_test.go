package checkup_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/app/receipt"
	"courtkiosk/assets"
	"courtkiosk/payment/postgres"
)

// now is when the recorded machine is looked at.
var now = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

// A recorded machine is written as an archive of text. The names of its entries are
//
//	0640 root courtkiosk /etc/courtkiosk/config.toml    a file with its text, or a folder (/ at its end)
//	0600 courtkiosk courtkiosk 3h /var/…/ledger.db      likewise, and how long ago it was written
//	/etc/localtime -> /usr/share/zoneinfo/Asia/Shanghai a link
//	$ xset q                                            what a command prints
//	! lpstat -v                                         what one that fails prints to standard error
//	gone /dev/courtkiosk/printer                        in a fault: what is missing; "gone $ xset q": not installed
//	inside                                              in JSON, what the counter says of itself
//	outside                                             why it could not be asked: silent, not-made, or what was wrong
//	asked                                               in JSON, what WeChat said to a question of the look's own
//	database                                            in JSON, what the database of a shared ledger says
//	reach https://host                                  in JSON, how far a road to a host leads
//	… with the text (as it is laid)                     one that a lock lays: see app/lockdown
//	change /etc/courtkiosk/config.toml                  in a fault: lines "this => that"
type recorded struct {
	inside   *checkup.Inside
	outside  error
	asked    []doctor.Finding
	roads    map[string]checkup.Reached
	files    map[string]*fstest.MapFile // by paths from the root, without the first slash
	commands map[string]string
	failures map[string]string
	database *postgres.State // of a ledger that machines share
}

func record(t *testing.T, names ...string) *recorded {
	t.Helper()
	r := &recorded{files: make(map[string]*fstest.MapFile), commands: make(map[string]string),
		failures: make(map[string]string), roads: make(map[string]checkup.Reached)}
	for _, name := range names {
		a, err := txtar.ParseFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			f.Data = signed(t, f.Data)
			if err := r.add(f.Name, f.Data); err != nil {
				t.Fatalf("%s: %s: %v", name, f.Name, err)
			}
		}
	}
	r.complete()
	return r
}

var key, list []byte // of the recorded kiosk's receipts; made anew in each run

// signed puts a key that signs receipts, and the list that it is on, where a recorded file says so.
func signed(t *testing.T, data []byte) []byte {
	t.Helper()
	if key == nil {
		dir := t.TempDir()
		file, ring := filepath.Join(dir, "key"), filepath.Join(dir, "list")
		_, err := receipt.OpenSigningKey(file, ring, "kiosk 03")
		if err == nil {
			key, err = os.ReadFile(file)
		}
		if err == nil {
			list, err = os.ReadFile(ring)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if until, is := strings.CutPrefix(strings.TrimSpace(string(data)), "(a certificate until "); is {
		return certificate(t, strings.TrimSuffix(until, ")"))
	}
	switch string(data) {
	case "(a key that signs receipts)\n":
		return key
	case "(a list with it)\n":
		return list
	}
	return data
}

// certificate is one that ends on a day.
func certificate(t *testing.T, until string) []byte {
	t.Helper()
	ends, err := time.Parse(time.DateOnly, until)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func (r *recorded) add(name string, data []byte) error {
	words := strings.Fields(name)
	where := words[len(words)-1]
	_, rest, _ := strings.Cut(name, " ")
	switch {
	case words[0] == "$":
		r.commands[rest] = string(data)
		delete(r.failures, rest)
	case words[0] == "!":
		r.failures[rest] = string(data)
		delete(r.commands, rest)
	case name == "inside":
		r.inside, r.outside = new(checkup.Inside), nil
		return json.Unmarshal(data, r.inside)
	case name == "outside":
		r.inside, r.outside = nil, errors.New(strings.TrimSpace(string(data)))
		for _, known := range []error{checkup.ErrSilent, checkup.ErrNotMade, checkup.ErrForeign, checkup.ErrKeyless,
			checkup.ErrOlder} {
			if known.Error() == r.outside.Error() {
				r.outside = known
			}
		}
	case name == "database":
		r.database = new(postgres.State)
		return json.Unmarshal(data, r.database)
	case name == "asked":
		r.asked = []doctor.Finding{}
		return json.Unmarshal(data, &r.asked)
	case words[0] == "reach":
		var got checkup.Reached
		err := json.Unmarshal(data, &got)
		r.roads[where] = got
		return err
	case words[0] == "gone":
		return r.gone(rest)
	case words[0] == "change":
		return r.change(where, string(data))
	case len(words) == 3 && words[1] == "->":
		r.files[words[0][1:]] = &fstest.MapFile{Data: []byte(where), Mode: fs.ModeSymlink | 0o777, Sys: sys(0, 0)}
	case len(words) == 4 || len(words) == 5:
		return r.file(words, data)
	default:
		return errors.New("what is that?")
	}
	return nil
}

func (r *recorded) gone(name string) error {
	if name == "inside" {
		r.inside = nil
		return nil
	}
	if c, is := strings.CutPrefix(name, "$ "); is {
		if r.commands[c]+r.failures[c] == "" {
			return errors.New("no such command is recorded")
		}
		delete(r.commands, c)
		delete(r.failures, c)
		return nil
	}
	n := len(r.files)
	for p := range r.files {
		if p == name[1:] || strings.HasPrefix(p, name[1:]+"/") {
			delete(r.files, p)
		}
	}
	if len(r.files) == n {
		return errors.New("no such file is recorded")
	}
	return nil
}

func (r *recorded) change(name, lines string) error {
	f := r.files[name[1:]]
	if f == nil {
		return errors.New("no such file is recorded")
	}
	for line := range strings.Lines(lines) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok || !bytes.Contains(f.Data, []byte(from)) {
			return fmt.Errorf("%q is not there", from)
		}
		changed := *f
		changed.Data = bytes.Replace(f.Data, []byte(from), []byte(to), 1)
		f = &changed
	}
	r.files[name[1:]] = f
	return nil
}

func (r *recorded) file(words []string, data []byte) error {
	mode, err := strconv.ParseUint(words[0], 8, 32)
	if err != nil {
		return err
	}
	at := now.Add(-24 * time.Hour)
	if len(words) == 5 {
		ago, err := time.ParseDuration(words[3])
		if err != nil {
			return err
		}
		at = now.Add(-ago)
	}
	uid, gid, err := ids(words[1], words[2])
	if err != nil {
		return err
	}
	where := words[len(words)-1][1:]
	if string(data) == "(as it is laid)\n" {
		laid, err := fs.Glob(assets.Lockdown, "lockdown/*/"+where)
		if err != nil || len(laid) != 1 {
			return fmt.Errorf("%q lay it, %v", laid, err)
		}
		if data, err = assets.Lockdown.ReadFile(laid[0]); err != nil {
			return err
		}
	}
	if strings.HasSuffix(where, "/cmdline") {
		data = bytes.ReplaceAll(data, []byte(" "), []byte{0})
	}
	f := &fstest.MapFile{Data: data, Mode: fs.FileMode(mode), ModTime: at, Sys: sys(uid, gid)}
	if dir, is := strings.CutSuffix(where, "/"); is {
		where, f.Mode, f.Data = dir, f.Mode|fs.ModeDir, nil
	}
	r.files[where] = f
	return nil
}

// ids of the users of the recorded machine, as its /etc/passwd and /etc/group have them.
func ids(user, group string) (uid, gid uint32, err error) {
	known := map[string]uint32{"root": 0, "adm": 4, "lp": 7, "input": 104, "courtkiosk": 997, "clerk": 1000}
	uid, ok := known[user]
	gid, too := known[group]
	if !ok || !too {
		return 0, 0, fmt.Errorf("who are %s and %s?", user, group)
	}
	return uid, gid, nil
}

func sys(uid, gid uint32) *syscall.Stat_t { return &syscall.Stat_t{Uid: uid, Gid: gid} }

// complete adds the folders that nobody has recorded.
func (r *recorded) complete() {
	for name := range r.files {
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			if r.files[dir] == nil {
				r.files[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755, Sys: sys(0, 0), ModTime: now}
			}
			if dir == "." {
				break
			}
		}
	}
}

func (r *recorded) run(_ context.Context, name string, args ...string) (string, error) {
	line := strings.Join(append([]string{name}, args...), " ")
	if out, ok := r.commands[line]; ok {
		return out, nil
	}
	if said, ok := r.failures[line]; ok {
		return "", &checkup.Exit{Command: name, Code: 1, Said: strings.TrimSpace(said)}
	}
	return "", &exec.Error{Name: line, Err: exec.ErrNotFound}
}

const configFile = "/etc/courtkiosk/config.toml"

// machine is the recorded machine, ready to be looked at. Its configuration is read by config itself, from a folder
// that holds a copy of the recorded one.
func (r *recorded) machine(t *testing.T) *checkup.Machine {
	t.Helper()
	m := &checkup.Machine{
		Files: fstest.MapFS(r.files), Run: r.run, Now: func() time.Time { return now }, ConfigFile: configFile,
		Root: true, Inside: r.inside, Outside: r.outside, Asked: r.asked,
		Reach: func(_ context.Context, road checkup.Road) checkup.Reached {
			got, ok := r.roads[road.Host]
			if !ok {
				t.Errorf("the way to %s was not recorded", road.Host)
			}
			return got
		},
	}
	if r.database != nil {
		m.Database = func(context.Context) postgres.State { return *r.database }
	}
	root := t.TempDir()
	for name, f := range r.files {
		if !strings.HasPrefix(name, "etc/courtkiosk/") || f.Mode.IsDir() {
			continue
		}
		to := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, f.Data, f.Mode.Perm()); err != nil {
			t.Fatal(err)
		}
	}
	c, known, err := config.Draft(filepath.Join(root, configFile))
	if bad, ok := errors.AsType[config.Complaints](err); ok {
		for i := range bad {
			bad[i] = strings.ReplaceAll(bad[i], root, "")
		}
	}
	if m.Wrong = err; known {
		home(reflect.ValueOf(&c).Elem(), root)
		m.Config = &c
	}
	return m
}

// home takes the folder of the copy out of every path of a configuration.
func home(v reflect.Value, root string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			home(v.Elem(), root)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			home(v.Field(i), root)
		}
	case reflect.String:
		v.SetString(strings.TrimPrefix(v.String(), root))
	}
}
