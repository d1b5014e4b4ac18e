package update

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A fake is a machine's apt and dpkg as they answer; TestRepositoryPackage of ui/endtoend has real ones.
type fake struct {
	t       *testing.T
	ran     []string
	is      string // installed
	has     string // the repository's newest
	reads   string // what the older version says of the ledger
	held    bool
	fails   string // a command that does
	down    bool   // the unit does not come up
	chances []error
	now     time.Time
	dir     string
}

func (f *fake) run(_ context.Context, name string, args ...string) (string, error) {
	line := name + " " + strings.Join(args, " ")
	f.ran = append(f.ran, line)
	has := func(part string) bool { return strings.Contains(line, part) }
	switch {
	case f.fails != "" && has(f.fails):
		return "", errors.New("E: it fails")
	case has("dpkg-query") && has("courtkiosk-core"):
		return "installed " + f.is, nil
	case has("dpkg-query"):
		return "not-installed ", nil
	case has("showhold") && f.held:
		return "courtkiosk-core\n", nil
	case has("policy"):
		return fmt.Sprintf("courtkiosk-core:\n  Installed: %s\n  Candidate: %s\n", f.is, f.has), nil
	case has("compare-versions"):
		a, how, b := args[3], args[4], args[5]
		return map[bool]string{true: "yes\n", false: "no\n"}[how == "gt" && a > b || how == "lt" && a < b], nil
	case has("apt-cache") && has("show"):
		return "Package: courtkiosk-core\n" + f.reads, nil
	case has("ledger layout"):
		return "3\n", nil
	case has("ActiveState " + unit):
		return map[bool]string{true: "activating\n", false: "active\n"}[f.down], nil
	case has("ActiveState"):
		return "inactive\n", nil
	}
	return "", nil
}

func (f *fake) chance(context.Context) error {
	f.ran = append(f.ran, "chance")
	if len(f.chances) == 0 {
		return nil
	}
	err := f.chances[0]
	f.chances = f.chances[1:]
	return err
}

func (f *fake) update(w Wish) (Outcome, Notes, error) {
	f.t.Helper()
	if w.From == "" {
		w.From, w.Suite = f.dir, "stable"
	}
	m := Machine{Run: f.run, Chance: f.chance, Now: func() time.Time { return f.now }, Dir: f.dir,
		Notes: filepath.Join(f.dir, "notes.json"), Say: f.t.Logf}
	o, err := m.Update(f.t.Context(), w)
	n, nerr := ReadNotes(os.ReadFile(m.Notes))
	if nerr != nil {
		f.t.Fatal(nerr)
	}
	return o, n, err
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, is: "0.1.0-1", has: "0.1.1-1", reads: "Courtkiosk-Ledger: 3\n", dir: t.TempDir(),
		now: time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)}
}

// steps are what was done of what counts, in its order.
func (f *fake) steps() string {
	var list []string
	for _, line := range f.ran {
		for _, step := range []string{"chance", "--download-only", "install", "apt-mark hold", "update --error"} {
			if line == step || step != "chance" && strings.Contains(line, step) {
				list = append(list, strings.TrimPrefix(strings.Fields(step)[0], "--"))
				break
			}
		}
	}
	return strings.Join(list, ", ")
}

func TestUpdate(t *testing.T) {
	serving := fmt.Errorf("%w: until noon", ErrServing)
	for name, tt := range map[string]struct {
		change func(f *fake)
		wish   Wish
		err    error
		steps  string
		is     string
	}{
		"a newer version": {steps: "update, chance, download-only, chance, install", is: "0.1.1-1"},
		"the same":        {change: func(f *fake) { f.has = f.is }, steps: "update", is: "0.1.0-1"},
		"an older one":    {change: func(f *fake) { f.has = "0.0.9-1" }, steps: "update", is: "0.1.0-1"},
		"held":            {change: func(f *fake) { f.held = true }, is: "0.1.0-1"},
		"no chance": {change: func(f *fake) { f.chances = []error{serving} }, err: ErrServing, steps: "update, chance",
			is: "0.1.1-1"},
		"none after the download": {change: func(f *fake) { f.chances = []error{nil, ErrPayable} }, err: ErrPayable,
			steps: "update, chance, download-only, chance", is: "0.1.1-1"},
		"back": {wish: Wish{Back: "0.0.9-1"}, steps: "update, chance, download-only, chance, install, apt-mark",
			is: "0.0.9-1"},
		"back to a newer one": {wish: Wish{Back: "0.1.1-1"}, err: ErrNotOlder, steps: "update", is: "0.1.1-1"},
		"back beyond the ledger": {change: func(f *fake) { f.reads = "Courtkiosk-Ledger: 2\n" },
			wish: Wish{Back: "0.0.9-1"}, err: ErrOlderLedger, steps: "update", is: "0.0.9-1"},
		"back to what does not say": {change: func(f *fake) { f.reads = "" }, wish: Wish{Back: "0.0.9-1"},
			err: ErrOlderLedger, steps: "update", is: "0.0.9-1"},
		"back, held": {change: func(f *fake) { f.held = true }, wish: Wish{Back: "0.0.9-1"}, is: "0.0.9-1",
			steps: "update, chance, download-only, chance, install, apt-mark"},
		"back, and no chance": {change: func(f *fake) { f.chances = []error{serving} }, wish: Wish{Back: "0.0.9-1"},
			err: ErrServing, steps: "update, chance", is: "0.0.9-1"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if tt.change != nil {
				tt.change(f)
			}
			o, n, err := f.update(tt.wish)
			if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
				t.Errorf("%v, want %v", err, tt.err)
			}
			if got := f.steps(); got != tt.steps || o.Is != tt.is || o.Was != "0.1.0-1" {
				t.Errorf("%s; %+v; want %s; %s", got, o, tt.steps, tt.is)
			}
			if waits := noChance(err) && tt.wish.Back == ""; waits != (n.Newer != "") || waits != (n.Why != "") {
				t.Errorf("noted is %+v", n)
			}
		})
	}
}

// What fails is said, and nothing after it is done.
func TestUpdateFails(t *testing.T) {
	for step, want := range map[string]string{
		"update --error-on=any": "update", "policy": "update", "--download-only": "update, chance, download-only",
		"install courtkiosk-core=0.1.1-1": "update, chance, download-only", "dpkg-query": "",
	} {
		f := newFake(t)
		f.fails = step
		if o, _, err := f.update(Wish{}); err == nil || f.steps() != want {
			t.Errorf("%s fails: %s; %+v, %v", step, f.steps(), o, err)
		}
	}
	f := newFake(t)
	f.down = true
	if _, _, err := f.update(Wish{}); err == nil || !strings.Contains(err.Error(), "--back 0.1.0-1") {
		t.Errorf("a program that does not come up: %v", err)
	}
}

// Doctor tells of three days without a chance, counted from the first newer version, not from the newest.
func TestNotesWait(t *testing.T) {
	f := newFake(t)
	first := f.now
	const days = 72 * time.Hour
	for day, has := range []string{"0.1.1-1", "0.1.2-1", "0.1.3-1", "0.1.3-1"} {
		f.now, f.has, f.chances = first.AddDate(0, 0, day), has, []error{ErrServing}
		_, n, err := f.update(Wish{})
		waits := n.Waits(f.now, days)
		if !errors.Is(err, ErrServing) || n.Newer != has || !n.Since.Equal(first) || waits != (day == 3) {
			t.Errorf("day %d: %+v, %v", day, n, err)
		}
	}
	if _, n, err := f.update(Wish{}); err != nil || n.Waits(f.now.Add(days), days) || n.Is != "0.1.3-1" {
		t.Errorf("updated: %+v, %v", n, err)
	}
	if n, err := ReadNotes(os.ReadFile(filepath.Join(f.dir, "none"))); err != nil || n != (Notes{}) {
		t.Errorf("before the first: %+v, %v", n, err)
	}
}

// Nothing that a machine's settings say makes apt less strict, and a stick is copied from, not looked into.
func TestUpdateIsStrict(t *testing.T) {
	f := newFake(t)
	dir := filepath.Join(f.dir, "a stick")
	if _, _, err := f.update(Wish{From: dir, Suite: "test"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(f.dir, "stick.list"))
	want := "deb [signed-by=" + Keyring + "] copy://" + strings.ReplaceAll(dir, " ", "%20") + " test main\n"
	if err != nil || string(text) != want {
		t.Errorf("the source is %q, want %q: %v", text, want, err)
	}
	n := 0
	for _, line := range f.ran {
		if !strings.HasPrefix(line, "apt-get") {
			continue
		}
		n++
		for _, option := range []string{"Check-Date=true", "Check-Valid-Until=true", "AllowInsecureRepositories=false",
			"AllowUnauthenticated=false"} {
			if !strings.Contains(line, option) {
				t.Errorf("%s lacks %s", line, option)
			}
		}
		if !strings.Contains(line, "update --error-on=any") && !strings.Contains(line, "--no-remove") {
			t.Errorf("%s may remove something", line)
		}
	}
	if n != 3 {
		t.Errorf("apt-get was called %d times: %q", n, f.ran)
	}
	m := Machine{Run: f.run, Now: time.Now}
	if _, err := os.Stat(Source); errors.Is(err, os.ErrNotExist) {
		if _, err := m.Update(t.Context(), Wish{}); !errors.Is(err, ErrNoSource) {
			t.Errorf("without a source: %v", err)
		}
	}
}
