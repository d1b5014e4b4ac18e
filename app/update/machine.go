package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"courtkiosk/payment/durable"
)

// Where a machine has what it is updated by.
const (
	Source    = "/etc/apt/sources.list.d/courtkiosk.list"
	Keyring   = "/usr/share/keyrings/courtkiosk.gpg"
	NotesFile = "/var/lib/courtkiosk-update/notes.json"
	// Restarter ends the old program and starts the new one, once no code can be paid; see assets/deploy.
	Restarter = "courtkiosk-restart.service"
	unit      = "courtkiosk.service"
)

// packages are what the program may be installed as.
var packages = []string{"courtkiosk", "courtkiosk-core"}

// A Machine is what is updated.
type Machine struct {
	// Run runs a command and returns what it prints; the error holds what it has complained of.
	Run func(ctx context.Context, name string, args ...string) (string, error)
	// Chance says why the machine cannot be restarted now: ErrPayable or ErrServing; another error when nobody knows.
	Chance func(ctx context.Context) error
	Now    func() time.Time
	Notes  string // NotesFile
	Dir    string // for a source that is there for one update only
	// Say tells a person what is being done; it may take minutes.
	Say func(format string, args ...any)
}

// A Wish is what a person asks for beside the newest version.
type Wish struct {
	From  string // a folder that holds the repository, such as a stick; empty: what the machine has configured
	Suite string // of that folder
	Back  string // an older version to go back to
}

// Notes are what an update leaves for the next one, and for doctor.
type Notes struct {
	At time.Time `json:"at"` // of the last look
	Is string    `json:"is"` // the version that is installed
	// A newer version that is known, and since when there was any; empty when there is none.
	Newer string    `json:"newer,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Why   string    `json:"why,omitempty"` // the last look found no chance
}

// Waits reports whether a newer version has waited for a chance all of the last d, as of now.
func (n Notes) Waits(now time.Time, d time.Duration) bool {
	return n.Newer != "" && n.Why != "" && now.Sub(n.Since) >= d
}

// An Outcome is what has become of an update.
type Outcome struct {
	Package  string `json:"package"`
	Was      string `json:"was"`
	Is       string `json:"is"`
	Held     bool   `json:"held,omitempty"`     // nothing was done: somebody keeps this version
	Restarts bool   `json:"restarts,omitempty"` // the old program goes on until no code can be paid
}

// Why a machine is left as it is.
var (
	ErrNoPackage   = errors.New("the program was not installed as a package of this system's apt")
	ErrNoSource    = errors.New("no repository is configured")
	ErrNotOlder    = errors.New("that is no older version")
	ErrNoVersion   = errors.New("the repository does not have that version")
	ErrOlderLedger = errors.New("that version cannot read the ledger")
)

// Update brings the newest version, or that which is wished, to the machine. Where there is no chance the error is
// ErrPayable or ErrServing, and nothing was changed.
func (m Machine) Update(ctx context.Context, w Wish) (Outcome, error) {
	o, err := m.installed(ctx)
	if err != nil {
		return o, err
	}
	own, err := m.source(w)
	if err != nil {
		return o, err
	}
	held, err := m.Run(ctx, "apt-mark", "showhold", o.Package)
	if err != nil {
		return o, err
	}
	if o.Held = strings.TrimSpace(held) != "" && w.Back == ""; o.Held {
		return o, m.note(Notes{Is: o.Was})
	}
	if _, err := m.Run(ctx, "apt-get", own.alone("update", "--error-on=any")...); err != nil {
		return o, fmt.Errorf("ask the repository: %w", err)
	}
	if o.Is = w.Back; w.Back == "" {
		if o.Is, err = m.candidate(ctx, own, o); err != nil || o.Is == o.Was {
			return o, errors.Join(err, m.note(Notes{Is: o.Was}))
		}
	} else if err := m.older(ctx, own, o); err != nil {
		return o, err
	}
	if err := m.bring(ctx, own, &o, w); err != nil {
		if noChance(err) && w.Back == "" {
			err = errors.Join(err, m.note(Notes{Is: o.Was, Newer: o.Is, Why: err.Error()}))
		}
		return o, err
	}
	return o, m.note(Notes{Is: o.Is})
}

func noChance(err error) bool { return errors.Is(err, ErrPayable) || errors.Is(err, ErrServing) }

// installed says what is there.
func (m Machine) installed(ctx context.Context) (Outcome, error) {
	for _, name := range packages {
		out, err := m.Run(ctx, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name)
		if status, version, _ := strings.Cut(out, " "); err == nil && status == "installed" {
			return Outcome{Package: name, Was: version, Is: version}, nil
		}
	}
	return Outcome{}, ErrNoPackage
}

// A source is where apt finds the repository.
type source struct{ list string }

func (m Machine) source(w Wish) (source, error) {
	if w.From == "" {
		if _, err := durable.ReadFile(Source); errors.Is(err, fs.ErrNotExist) {
			return source{}, fmt.Errorf("%w: %s is not there", ErrNoSource, Source)
		} else if err != nil {
			return source{}, err
		}
		return source{Source}, nil
	}
	dir, err := filepath.Abs(w.From)
	if err != nil {
		return source{}, err
	}
	// copy, not file: apt would look into a stick's index each time anew, and one can change under its hands.
	at := url.URL{Scheme: "copy", Path: dir}
	list := filepath.Join(m.Dir, "stick.list")
	line := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", Keyring, at.String(), w.Suite)
	return source{list}, durable.WriteFile(list, []byte(line), 0o644)
}

// strict is how apt must be, whatever a machine's settings say.
var strict = []string{"-q", "-o", "Acquire::Check-Date=true", "-o", "Acquire::Check-Valid-Until=true",
	"-o", "Acquire::AllowInsecureRepositories=false", "-o", "Acquire::AllowDowngradeToInsecureRepositories=false",
	"-o", "APT::Get::AllowUnauthenticated=false", "-o", "DPkg::Lock::Timeout=300"}

// alone is a call of apt-get or apt-cache that sees this source and no other.
func (s source) alone(args ...string) []string {
	return append(append(strict[:len(strict):len(strict)], "-o", "Dir::Etc::SourceList="+s.list,
		"-o", "Dir::Etc::SourceParts=-", "-o", "APT::Get::List-Cleanup=false"), args...)
}

// beside is a call that sees the system's sources too, for what a new version may depend on. What is installed stays:
// nothing is removed for it.
func (s source) beside(args ...string) []string {
	more := []string{"-y", "--no-remove", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"}
	if s.list != Source {
		more = append(more, "-o", "Dir::Etc::SourceList="+s.list)
	}
	return append(append(strict[:len(strict):len(strict)], more...), args...)
}

// candidate is the newest version that the repository has; the installed one when there is none.
func (m Machine) candidate(ctx context.Context, own source, o Outcome) (string, error) {
	out, err := m.Run(ctx, "apt-cache", own.alone("policy", o.Package)...)
	if err != nil {
		return o.Was, err
	}
	for line := range strings.Lines(out) {
		if version, is := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); is {
			newer, err := m.compares(ctx, version, "gt", o.Was)
			if !newer {
				version = o.Was
			}
			return version, err
		}
	}
	return o.Was, fmt.Errorf("%w: apt-cache says of %s: %q", ErrNoVersion, o.Package, out)
}

// compares asks dpkg, whose order of versions is its own.
func (m Machine) compares(ctx context.Context, a, how, b string) (bool, error) {
	out, err := m.Run(ctx, "sh", "-c", `dpkg --compare-versions "$1" "$2" "$3" && echo yes || echo no`, "sh", a, how, b)
	return strings.TrimSpace(out) == "yes", err
}

// older refuses to go back to what is not older, is not there, or cannot read the ledger.
func (m Machine) older(ctx context.Context, own source, o Outcome) error {
	if is, err := m.compares(ctx, o.Is, "lt", o.Was); err != nil || !is {
		return errors.Join(err, fmt.Errorf("%w: %s is installed", ErrNotOlder, o.Was))
	}
	out, err := m.Run(ctx, "apt-cache", own.alone("show", o.Package+"="+o.Is)...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoVersion, err)
	}
	reads := 0
	for line := range strings.Lines(out) {
		if said, is := strings.CutPrefix(strings.TrimSpace(line), "Courtkiosk-Ledger: "); is {
			reads, _ = strconv.Atoi(said) // what says nothing reads none
		}
	}
	out, err = m.Run(ctx, "courtkiosk", "ledger", "layout")
	if err != nil {
		return fmt.Errorf("ask for the ledger's layout: %w", err)
	}
	layout, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		return fmt.Errorf("the ledger's layout: %w", err)
	}
	if layout > reads {
		return fmt.Errorf("%w: its layout is %d, version %s reads up to %d", ErrOlderLedger, layout, o.Is, reads)
	}
	return nil
}

// bring fetches and installs a version. Whether there is a chance is asked before both.
func (m Machine) bring(ctx context.Context, own source, o *Outcome, w Wish) error {
	install := []string{"install", o.Package + "=" + o.Is}
	if w.Back != "" {
		install = append(install, "--allow-downgrades", "--allow-change-held-packages")
	}
	if err := m.Chance(ctx); err != nil {
		return err
	}
	m.Say("fetching %s %s", o.Package, o.Is)
	if _, err := m.Run(ctx, "apt-get", own.beside(append(install, "--download-only")...)...); err != nil {
		return fmt.Errorf("fetch %s: %w", o.Is, err)
	}
	if err := m.Chance(ctx); err != nil {
		return err
	}
	m.Say("installing %s %s in the place of %s", o.Package, o.Is, o.Was)
	// From here on nobody interrupts it: half a package is no program.
	ctx = context.WithoutCancel(ctx)
	if _, err := m.Run(ctx, "apt-get", own.beside(install...)...); err != nil {
		return fmt.Errorf("install %s: %w", o.Is, err)
	}
	if w.Back != "" {
		if _, err := m.Run(ctx, "apt-mark", "hold", o.Package); err != nil {
			return fmt.Errorf("%s is installed, and the next update would replace it: %w", o.Is, err)
		}
	}
	return m.serves(ctx, o)
}

// serves says how the new version has come up, which the package's own script has started.
func (m Machine) serves(ctx context.Context, o *Outcome) error {
	active := func(unit string) (string, error) {
		out, err := m.Run(ctx, "systemctl", "show", "--value", "-p", "ActiveState", unit)
		return strings.TrimSpace(out), err
	}
	state, err := active(Restarter)
	if err != nil {
		return err
	}
	if o.Restarts = state == "active" || state == "activating"; o.Restarts {
		return nil
	}
	// A unit that does not run is a machine that nobody has set up, or whose unit somebody has stopped.
	if state, err = active(unit); err == nil && state != "active" && state != "inactive" {
		err = fmt.Errorf("%s is installed, and its unit is %s: courtkiosk update --back %s", o.Is, state, o.Was)
	}
	return err
}

// note keeps what was found for doctor, and since when.
func (m Machine) note(n Notes) error {
	n.At = m.Now().UTC().Truncate(time.Second)
	if n.Newer != "" {
		before, err := ReadNotes(durable.ReadFile(m.Notes))
		if n.Since = before.Since; err != nil || before.Newer == "" {
			n.Since = n.At
		}
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return durable.WriteFile(m.Notes, append(text, '\n'), 0o644)
}

// ReadNotes reads notes from what a file has given; none are there before the first update.
func ReadNotes(text []byte, err error) (n Notes, _ error) {
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	return n, err
}
