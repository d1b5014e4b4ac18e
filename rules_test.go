package main

import (
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var (
	update = flag.Bool("update", false, "strike off rules_yet_test.go what breaks a rule no more")
	record = flag.Bool("record", false, "write all that breaks a rule into rules_yet_test.go: for a new rule")
)

// A rule looks at the whole tree and returns what breaks it. It must find each of bad, and let each of good pass.
type rule struct {
	broken    func([]source) []offence
	bad, good []tree
}

// A tree is a few planted files: their texts by path.
type tree map[string]string

type offence struct{ path, says string }

func offend(path, format string, args ...any) offence {
	return offence{path, fmt.Sprintf(format, args...)}
}

func TestHouseRules(t *testing.T) {
	all := sources(t)
	left := make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(houseRules)) {
		t.Run(name, func(t *testing.T) { left[name] = houseRules[name].held(t, all, yet[name]) })
	}
	if *update || *record {
		writeYet(t, left)
	}
}

// held fails for each file that breaks the rule and is not among those that do so yet, and for each of those that does
// so no more: the list can only become shorter. It returns what is left of the list.
func (r rule) held(t *testing.T, all []source, yet []string) (left []string) {
	for _, o := range r.broken(all) {
		if !*record && !slices.Contains(yet, o.path) {
			t.Errorf("%s: %s", o.path, o.says)
		} else if !slices.Contains(left, o.path) {
			left = append(left, o.path)
		}
	}
	for _, p := range yet {
		if !*update && !*record && !slices.Contains(left, p) {
			t.Errorf("%s breaks this rule no more: go test . -run TestHouseRules -update strikes it off", p)
		}
	}
	slices.Sort(left)
	return left
}

func TestHouseRulesHaveTeeth(t *testing.T) {
	for name, r := range houseRules {
		if len(r.bad) == 0 || len(r.good) == 0 {
			t.Errorf("%s: no offence or no good tree is planted", name)
		}
		for _, planted := range r.bad {
			if len(r.broken(planted.grow(t))) == 0 {
				t.Errorf("%s: nothing is found in %q", name, planted)
			}
		}
		for _, planted := range r.good {
			if found := r.broken(planted.grow(t)); len(found) != 0 {
				t.Errorf("%s: %v is found in %q", name, found, planted)
			}
		}
	}
}

func (planted tree) grow(t *testing.T) (all []source) {
	t.Helper()
	for _, p := range slices.Sorted(maps.Keys(planted)) {
		s, err := read(p, planted[p])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// writeYet writes the list of those that break a rule yet, without those that were struck off.
func writeYet(t *testing.T, left map[string][]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`package main

// yet lists the files that break a house rule, from the time before the rule. It only becomes shorter:
// go test . -run TestHouseRules -update strikes off those that break it no more, and adds none.
var yet = map[string][]string{
`)
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if len(left[name]) > 0 {
			fmt.Fprintf(&b, "%q: {\n\"%s\",\n},\n", name, strings.Join(left[name], "\",\n\""))
		}
	}
	b.WriteString("}\n")
	code, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("rules_yet_test.go", code, 0o644); err != nil {
		t.Fatal(err)
	}
}
