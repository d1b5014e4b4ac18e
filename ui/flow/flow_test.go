package flow

import (
	"slices"
	"strings"
	"testing"
)

// A word is a text of so many letters, each as wide as it is high, that wraps anywhere.
type word string

func (w word) Width(m Metrics) Need {
	return Need{m.Size(20), m.Size(20) * float32(len(w))}
}

func (w word) Height(m Metrics, width float32) Need {
	letters := max(1, int(width/m.Size(20)))
	return Exactly(m.Size(20) * float32((len(w)+letters-1)/letters))
}

type line struct{}

func (line) Width(Metrics) Need           { return Need{} }
func (line) Height(Metrics, float32) Need { return Exactly(2) }

// said lists the words and lines of what was placed below a name, in their order.
func said(list []Placed, part string) string {
	var words []string
	for _, p := range list {
		if !strings.HasPrefix(p.Name, part) {
			continue
		}
		switch i := p.Item.(type) {
		case word:
			words = append(words, string(i))
		case line:
			words = append(words, "-")
		}
	}
	return strings.Join(words, " ")
}

// A column without room does without what can be spared, and the one beside it keeps its words.
func TestColumnsGiveWayForThemselves(t *testing.T) {
	tall := func(n int, w string) (list []Node) {
		for range n {
			list = append(list, Show(word(w)))
		}
		return list
	}
	tests := map[string]struct {
		main, side  []Node
		left, right string
		overflows   bool
	}{
		"room for all": {
			main: []Node{Show(word("a")), Show(word("b")).Spared(1)}, side: []Node{Show(word("c")).Spared(3)},
			left: "a b", right: "c"},
		"the left one is full": {main: append(tall(19, "a"), Show(word("b")).Spared(1)),
			side: []Node{Show(word("c")), Show(word("d")).Spared(3)},
			left: strings.Repeat("a ", 18) + "a", right: "c d"},
		"the right one is full": {main: []Node{Show(word("a")), Show(word("b")).Spared(3)},
			side: append(tall(19, "c"), Show(word("d")).Spared(1)), left: "a b", right: strings.Repeat("c ", 18) + "c"},
		"less in its place": {main: append(tall(19, "a"), Show(word("long")).Or(2, Show(word("s")).Spared(1))),
			side: []Node{Show(word("long")).Or(2, Show(word("s")))},
			left: strings.Repeat("a ", 18) + "a", right: "long"},
		"more than can be spared": {main: tall(60, "a"), side: []Node{Show(word("c")).Spared(1)}, overflows: true,
			left: strings.Repeat("a ", 59) + "a", right: "c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := Page{Header: Show(line{}), Footer: Show(line{}), Main: tt.main, Side: tt.side}
			list, err := p.Place(Panel{W: 1000, H: 750})
			if got := said(list, "main"); got != tt.left {
				t.Errorf("left is %q, want %q", got, tt.left)
			}
			if got := said(list, "side"); got != tt.right {
				t.Errorf("right is %q, want %q", got, tt.right)
			}
			if (err != nil) != tt.overflows {
				t.Errorf("error %v, want one: %t", err, tt.overflows)
			}
		})
	}
}

// A label and its value share a line, or have their own where that makes them no higher.
func TestPair(t *testing.T) {
	tests := map[string]struct {
		label, value string
		width        float32
		lines        float32
		folds        bool
	}{
		"room for both":               {"case", "12345", 300, 1, false},
		"each has a line":             {"case", "1234567890", 220, 2, true},
		"the value wraps either way":  {"ab", strings.Repeat("1", 24), 300, 2, false},
		"the value needs fewer lines": {"ab", strings.Repeat("1", 24), 260, 3, true},
		"no room beside the label":    {strings.Repeat("a", 10), strings.Repeat("1", 24), 205, 4, true},
	}
	m := Metrics{Scale: 1, Text: 1, Tight: 1}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := Pair(20, Show(word(tt.label)), Show(word(tt.value)))
			if got := n.turned(m, tt.width).Axis == Down; got != tt.folds {
				t.Errorf("folds: %t, want %t", got, tt.folds)
			}
			if got := n.height(m, tt.width).Least; got != tt.lines*20 {
				t.Errorf("is %v high, want %v lines", got, tt.lines)
			}
		})
	}
}

// What parts a box's things stands between those that are there, never before the first or after the last.
func TestParted(t *testing.T) {
	tests := map[string]struct {
		spared []int
		want   string
	}{
		"all":            {nil, "a - b - c"},
		"without first":  {[]int{0}, "b - c"},
		"without middle": {[]int{1}, "a - c"},
		"without last":   {[]int{2}, "a - b"},
		"one":            {[]int{0, 2}, "b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			box := Column(0, Show(word("a")), Show(word("b")), Show(word("c"))).Parted(line{})
			for i := range box.Nodes {
				if slices.Contains(tt.spared, i) {
					box.Nodes[i].Spare = 1
				}
			}
			p := &placer{m: Metrics{Scale: 1, Text: 1, Tight: 1}, spare: 1}
			p.place("box", p.kept(box), Box{0, 0, 200, 200})
			if got := said(p.list, "box"); got != tt.want {
				t.Errorf("is %q, want %q", got, tt.want)
			}
		})
	}
}

// An item is placed as wide as it was measured, wherever its box begins.
func TestPlacedAsMeasured(t *testing.T) {
	for _, x := range []float32{0, 0.3, 0.5, 10.7} {
		for _, w := range []float32{99.4, 99.5, 99.995, 100} {
			p := &placer{m: Metrics{Scale: 1, Text: 1, Tight: 1}}
			p.place("item", Show(word("abcde")), Box{x, 0, w, 20})
			if got := p.list[0].W; got != whole(w) {
				t.Errorf("at %v, %v wide: placed %v wide, measured %v", x, w, got, whole(w))
			}
		}
	}
}
