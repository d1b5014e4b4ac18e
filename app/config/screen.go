package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Screen is how the lobby's screen hangs. Empty: as the X server's own files have it.
type Screen struct {
	Rotate string // normal, left, right or inverted
	// nine numbers, row by row, that make a place on the screen of one on the panel; Rotate's own when empty
	TouchMatrix string `toml:"touch_matrix"`
	// the shorter side of the picture, in mm; 0: not known
	ShortMM int `toml:"short_mm"`
}

// turned are the matrices of panels that are turned with their screens.
var turned = map[string]string{
	"normal": "1 0 0 0 1 0 0 0 1", "left": "0 -1 1 1 0 0 0 0 1",
	"right": "0 1 0 -1 0 1 0 0 1", "inverted": "-1 0 1 0 -1 1 0 0 1",
}

// Matrix is that of the touch panel; empty when nothing is said of it.
func (s Screen) Matrix() string {
	return cmp.Or(strings.Join(strings.Fields(s.TouchMatrix), " "), turned[s.Rotate])
}

func (s Screen) check(say func(bool, string, string, ...any)) {
	say(s.Rotate == "" || turned[s.Rotate] != "", "screen.rotate", "%q is none of %s", s.Rotate,
		strings.Join(slices.Sorted(maps.Keys(turned)), ", "))
	numbers := strings.Fields(s.TouchMatrix)
	ok := len(numbers) == 0 || len(numbers) == 9
	for _, n := range numbers {
		_, err := strconv.ParseFloat(n, 32)
		ok = ok && err == nil && strings.Trim(n, "-0123456789.") == ""
	}
	say(ok, "screen.touch_matrix", "%q is not nine numbers, like %q of a panel that is turned left", s.TouchMatrix,
		turned["left"])
	say(s.ShortMM == 0 || s.ShortMM >= 100 && s.ShortMM <= 2000, "screen.short_mm",
		"%d is not between 100 and 2000: the shorter side of the picture, in mm", s.ShortMM)
}

// Right reports whether what the screen is told can be told.
func (s Screen) Right() (right bool) {
	right = true
	s.check(func(ok bool, _, _ string, _ ...any) { right = right && ok })
	return right
}
