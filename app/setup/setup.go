// Package setup writes down what a machine is set up with: the court's configuration and the machine's own part beside
// it, the files that they name, and the merchant's key as a credential of the unit. Its answers were weighed before:
// see config.Answers.
//
// # Decisions
//
// 2026-11-29: config.toml is written last. Until it is there the unit is passed over, so that of a set-up that was cut
// off nothing counts; running it again writes what is missing.
//
// 2026-11-29: what is there already and says the same is left alone, and what says something else is refused, or with
// Replace kept aside under its name and the time. A configuration is filled in, not made anew: its other keys stay.
//
// 2026-11-29: a credential is sealed to the host's key by name (--with-key=host), not to a board: systemd-creds would
// choose by itself what nobody then knows, and a seal on a board's firmware needs a key ceremony after its updates.
package setup

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/assets"
	"courtkiosk/payment/durable"
)

// Names that the packages have: see assets/deploy.
const (
	User       = "courtkiosk"
	Unit       = "courtkiosk.service"
	Credential = "courtkiosk.merchant-key"
	// Given is where the unit finds the merchant's key while it runs.
	Given = "/run/credentials/" + Unit + "/" + Credential
)

// A Machine is where things are written.
type Machine struct {
	Root  string // below which all paths are; empty: /
	Image bool   // Root is no running machine: nothing is sealed to it and nothing is started
	// Run runs a command and returns what it prints. The error holds what it has complained of, and wraps
	// exec.ErrNotFound where there is no such command.
	Run func(ctx context.Context, input []byte, name string, args ...string) ([]byte, error)
	Now func() time.Time
}

// Run runs a command of this machine; see Machine.Run.
func Run(ctx context.Context, input []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr, cmd.Env = bytes.NewReader(input), &complaint, append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args[:min(1, len(args))]...), " "), err)
		if said := strings.Join(strings.Fields(complaint.String()), " "); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
	}
	return out, err
}

// ConfigFile is the court's file.
func (m Machine) ConfigFile() string { return m.at(config.Default) }

func (m Machine) at(path string) string { return filepath.Join(cmp.Or(m.Root, "/"), path) }

// Whose a file is.
type owner struct{ uid, gid int }

// owners are root with the program's group, and the program's user, by the root's own lists of them. A process that is
// not root can give nothing away: all that it makes is its own.
func (m Machine) owners() (root, user owner, err error) {
	if os.Geteuid() != 0 {
		return owner{}, owner{}, nil
	}
	uid, err := m.id("/etc/passwd")
	if err != nil {
		return owner{}, owner{}, err
	}
	gid, err := m.id("/etc/group")
	return owner{0, gid}, owner{uid, gid}, err
}

func (m Machine) id(list string) (int, error) {
	text, err := durable.ReadFile(m.at(list))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if f := strings.Split(s.Text(), ":"); len(f) > 2 && f[0] == User {
			return strconv.Atoi(f[2])
		}
	}
	return 0, fmt.Errorf("%s does not name %s: install the package first, it makes that user", m.at(list), User)
}

// An ExistsError says of a file that it is there and says something else.
type ExistsError struct {
	Path string
	Keys []string // of a configuration: those that differ
}

func (e *ExistsError) Error() string {
	if len(e.Keys) > 0 {
		return fmt.Sprintf("%s is there and says something else of %s; --replace writes it anew and keeps the old one "+
			"aside", e.Path, strings.Join(e.Keys, ", "))
	}
	return fmt.Sprintf("%s is there and holds something else; --replace writes it anew and keeps the old one aside",
		e.Path)
}

// A file is one that is to be there in the end.
type file struct {
	path  string
	data  []byte
	mode  fs.FileMode
	owner owner
	same  bool // it is there as it should be, but for its mode and owner
	old   bool // something else has its name
}

// A Plan is what is to be written, in its order.
type Plan struct {
	folders []file
	files   []file
	at      time.Time
	before  func(path string) error // of each file; of a test
	Sealed  bool                    // the merchant's key becomes a credential
	Plain   error                   // why it becomes a file instead; nil where there is none, or it is sealed
}

// Plan says what the answers come to. Nothing is written yet: all that cannot be is refused here.
func (m Machine) Plan(ctx context.Context, a config.Answers, replace bool) (*Plan, error) {
	root, user, err := m.owners()
	if err != nil {
		return nil, err
	}
	etc := filepath.Dir(m.ConfigFile())
	p := &Plan{at: m.Now(), folders: []file{{path: etc, mode: 0o750, owner: root}}}
	named := maps.Clone(a.Values(true))
	maps.Copy(named, a.Values(false))
	if err := m.carry(p, a, named, filepath.Join(etc, "keys"), user); err != nil {
		return nil, err
	}
	if err := m.seal(ctx, p, a, named); err != nil {
		return nil, err
	}
	machine, court := make(map[string]any), make(map[string]any)
	for key, value := range named {
		if slices.Contains(config.MachineKeys, key) {
			machine[key] = value
		} else {
			court[key] = value
		}
	}
	own := config.MachineFile(m.ConfigFile())
	p.folders = append(p.folders, file{path: filepath.Dir(own), mode: 0o750, owner: root})
	err = p.fill(own, "# This machine's own part of the configuration, beside the court's in "+config.Default+".\n",
		machine, root)
	if err == nil {
		err = p.fill(m.ConfigFile(), assets.Config, court, root, config.MachineKeys...)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range p.files {
		if f.old && !replace {
			exists := &ExistsError{Path: f.path}
			if values := map[string]map[string]any{own: machine, m.ConfigFile(): court}[f.path]; values != nil {
				text, err := durable.ReadFile(f.path)
				if err != nil {
					return nil, err
				}
				if exists.Keys, err = config.Differing(string(text), values); err != nil {
					return nil, err
				}
			}
			return nil, exists
		}
	}
	return p, nil
}

// fill plans a configuration file with values in it: in the one that is there, or in an example, where the keys of
// others are left out.
func (p *Plan) fill(path, example string, values map[string]any, root owner, others ...string) error {
	text := example
	old, err := durable.ReadFile(path)
	switch {
	case err == nil && len(values) == 0:
		text, others = string(old), nil
	case err == nil:
		keys, err := config.Differing(string(old), values)
		if err != nil {
			return fmt.Errorf("%s cannot be read, mend it or move it away: %w", path, err)
		}
		text, others = string(old), nil
		if len(keys) == 0 {
			values = nil
		}
	case !errors.Is(err, os.ErrNotExist):
		return err
	case len(values) == 0: // it says nothing, and is not wanted
		return nil
	}
	if len(values) > 0 {
		if text, err = config.Fill(text, values, others...); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return p.add(path, []byte(text), 0o640, root)
}

// add plans a file.
func (p *Plan) add(path string, data []byte, mode fs.FileMode, of owner) error {
	for _, f := range p.files {
		if f.path == path && !bytes.Equal(f.data, data) {
			return fmt.Errorf("two files would be called %s: give one of them another name", path)
		}
	}
	f := file{path: path, data: data, mode: mode, owner: of}
	old, err := durable.ReadFile(path)
	switch {
	case err == nil:
		f.same = bytes.Equal(old, data)
		f.old = !f.same
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	p.files = append(p.files, f)
	return nil
}

// carry plans copies of the files that the answers name, and has the configuration name those. Their names say which
// table they are of, but for [wechat].
func (m Machine) carry(p *Plan, a config.Answers, named map[string]any, keys string, user owner) error {
	p.folders = append(p.folders, file{path: keys, mode: 0o700, owner: user})
	paths := a.Carried()
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		from := paths[key]
		if from == Given {
			continue // it is there while the service runs
		}
		data, err := durable.ReadFile(from)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		table := strings.Split(key, ".")
		name := filepath.Base(from)
		if of := table[len(table)-2]; of != "wechat" && !strings.HasPrefix(name, of+"-") {
			name = of + "-" + name
		}
		named[key] = "keys/" + name
		if err := p.add(filepath.Join(keys, name), data, 0o600, user); err != nil {
			return err
		}
	}
	return nil
}

// sealed is the answer that becomes a credential.
const sealed = "wechat.merchant_key_file"

// seal plans the merchant's key as a credential where that works, in the place of its file.
func (m Machine) seal(ctx context.Context, p *Plan, a config.Answers, named map[string]any) error {
	from, ok := a.Carried()[sealed]
	if !ok || from == Given {
		return nil
	}
	if m.Image {
		p.Plain = errors.New("an image has no key to seal it with")
		return nil
	}
	key, err := durable.ReadFile(from)
	if err != nil {
		return err
	}
	path := m.at("/etc/credstore.encrypted/" + Credential)
	var blob []byte
	old, err := durable.ReadFile(path)
	if err == nil {
		if had, err := m.unseal(ctx, old); err == nil && bytes.Equal(had, key) {
			blob = old
		}
	}
	if blob == nil {
		blob, err = m.Run(ctx, key, "systemd-creds", "encrypt", "--with-key=host", "--name="+Credential, "-", "-")
		if err == nil {
			var had []byte
			if had, err = m.unseal(ctx, blob); err == nil && !bytes.Equal(had, key) {
				err = errors.New("systemd-creds gives another text back than was sealed")
			}
		}
		if err != nil {
			p.Plain = err
			return ctx.Err()
		}
	}
	plain := filepath.Join(filepath.Dir(m.ConfigFile()), fmt.Sprint(named[sealed]))
	p.files = slices.DeleteFunc(p.files, func(f file) bool { return f.path == plain })
	named[sealed], p.Sealed = Given, true
	p.folders = append(p.folders, file{path: filepath.Dir(path), mode: 0o700})
	return p.add(path, blob, 0o600, owner{})
}

// Sealed reports whether there is a credential with the merchant's key.
func (m Machine) Sealed() bool {
	_, err := os.Lstat(m.at("/etc/credstore.encrypted/" + Credential))
	return err == nil
}

func (m Machine) unseal(ctx context.Context, blob []byte) ([]byte, error) {
	return m.Run(ctx, blob, "systemd-creds", "decrypt", "--name="+Credential, "-", "-")
}
