package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
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
	for _, name := range slices.Sorted(maps.Keys(houseRules)) {
		t.Run(name, func(t *testing.T) {
			for _, o := range houseRules[name].broken(all) {
				t.Errorf("%s: %s", o.path, o.says)
			}
		})
	}
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
