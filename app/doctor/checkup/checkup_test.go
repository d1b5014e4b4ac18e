package checkup_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/app/message"
)

const healthy = "healthy.txtar"

// idle are the checks of what the recorded machine does not have: it takes an imported list, and asks no case system.
var idle = []int{28}

// told writes what a report tells, and which checks could not look.
func told(r checkup.Report) string {
	var list []string
	for _, f := range r.Told {
		list = append(list, string(f.Code))
	}
	for _, one := range r.Results {
		if one.Unknown != nil && !one.Behind {
			list = append(list, fmt.Sprintf("unknown-%d", one.Check.Number))
		}
	}
	return strings.Join(slices.Compact(list), " ")
}

// Nothing is found on the recorded healthy machine, and every check could look.
func TestHealthy(t *testing.T) {
	r := record(t, healthy).machine(t).Look(t.Context())
	if got := told(r); got != "" || r.Rings() || r.Unknown() {
		t.Errorf("of a healthy machine: %s", got)
	}
	for _, one := range r.Results {
		if !one.Fine() && !(one.Idle && slices.Contains(idle, one.Check.Number)) {
			t.Errorf("check %d: found %v, unknown %v, idle %v", one.Check.Number, one.Found, one.Unknown, one.Idle)
		}
	}
}

// A fault is a file of what is otherwise on the machine; it begins with the number of its check and what is told of it.
type fault struct {
	name  string
	check int
	want  string
	with  []string // what else the machine has
}

var head = regexp.MustCompile(`(?m)^check: (\d+)\nwant: (.*)\n(?:with: (.+)\n)?`)

func faults(t *testing.T) (list []fault) {
	t.Helper()
	names, err := filepath.Glob("testdata/faults/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m := head.FindSubmatch(a.Comment)
		if m == nil || len(a.Files) == 0 {
			t.Fatalf("%s says neither check nor what is told", name)
		}
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fault{name: filepath.Base(name), check: n, want: string(m[2]),
			with: strings.Fields(string(m[3]))})
	}
	return list
}

// Each fault that is planted in a copy of the healthy machine is told, with words in both languages and nothing else.
func TestFaults(t *testing.T) {
	for _, f := range faults(t) {
		t.Run(strings.TrimSuffix(f.name, ".txtar"), func(t *testing.T) { synctest.Test(t, f.try) })
	}
}

func (f fault) try(t *testing.T) {
	r := record(t, append(append([]string{healthy}, f.with...),
		"faults/"+f.name)...).machine(t).Look(t.Context())
	if got := told(r); got != f.want {
		t.Errorf("got %q, want %q", got, f.want)
		for _, one := range r.Results {
			if one.Unknown != nil {
				t.Logf("check %d: %v", one.Check.Number, one.Unknown)
			}
		}
	}
	for _, found := range r.Told {
		is := found.Trouble()
		if is.Looked && is.Severity != doctor.Tells && is.Rings == 0 && !r.Rings() {
			t.Errorf("%s is told, and nobody has to look", found.Code)
		}
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			w := found.Words(lang)
			if all := w.Title + w.Seen + w.IT; strings.ContainsAny(all, "{}") {
				t.Errorf("%s %s: a placeholder is left, or filled with one: %s", found.Code, lang, all)
			}
		}
	}
}

// No check and no code without a fault that proves it, and no fault that another check must find.
func TestEveryCheckIsProven(t *testing.T) {
	proven := make(map[doctor.Code]int)
	byCheck := make(map[int]bool)
	for _, f := range faults(t) {
		byCheck[f.check] = true
		for _, code := range strings.Fields(f.want) {
			proven[doctor.Code(code)] = f.check
		}
	}
	finds := make(map[doctor.Code]bool)
	for i, c := range checkup.Checks() {
		if i > 0 && c.Number <= checkup.Checks()[i-1].Number {
			t.Errorf("check %d is out of order", c.Number)
		}
		if !byCheck[c.Number] {
			t.Errorf("no fault proves check %d", c.Number)
		}
		for _, code := range c.Finds {
			if finds[code] = true; proven[code] == 0 {
				t.Errorf("no fault proves %s of check %d", code, c.Number)
			}
		}
		delete(byCheck, c.Number)
	}
	for n := range byCheck {
		t.Errorf("a fault is of check %d, which there is not", n)
	}
	for _, c := range doctor.Checks() {
		if !finds[c.Code] {
			t.Errorf("no check finds %s", c.Code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(proven)) {
		if !finds[code] && !strings.HasPrefix(string(code), "unknown-") {
			t.Errorf("a fault wants %s, which no check finds", code)
		}
	}
}

// A road that is closed for a moment only is no trouble: it is gone again, after the patience of what was found.
func TestWhatIsOverSoonIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := record(t, healthy).machine(t)
		var times atomic.Int32
		open := m.Reach
		m.Reach = func(ctx context.Context, r checkup.Road) checkup.Reached {
			if times.Add(1) == 1 {
				return checkup.Reached{Failed: checkup.Connect, Said: "connection refused", Dated: true}
			}
			return open(ctx, r)
		}
		begun := time.Now()
		if got := told(m.Look(t.Context())); got != "" {
			t.Errorf("told %s", got)
		}
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it was looked at again after %v", took)
		}
	})
}

// A check that fails is unknown, and the others are made all the same.
func TestAFaultInACheck(t *testing.T) {
	m := record(t, healthy).machine(t)
	m.Run = func(context.Context, string, ...string) (string, error) { panic("no such thing") }
	m.Files = os.DirFS(t.TempDir())
	r := m.Look(t.Context())
	if !r.Unknown() {
		t.Errorf("nothing is unknown: %s", told(r))
	}
	for _, one := range r.Results {
		if one.Check.Number == 26 && !one.Fine() {
			t.Errorf("check 26: %v, %v", one.Found, one.Unknown)
		}
	}
}
