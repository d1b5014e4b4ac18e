package view

import (
	"slices"
	"strconv"
	"strings"
)

// An Entry is a case number being typed: the court is fixed by the installation, the year and the type are picked,
// the serial is typed. Its methods return the entry after a touch.
type Entry struct {
	Years  []int // that can be picked, this year first
	Year   int
	Courts []string // codes of those that this machine serves, its own first
	Court  string
	Type   string
	Serial string
	Part   string // the part that digits go to: serial, or year or court while one is picked
	More   bool   // the long list of types is shown
}

// The types on the pad, and those behind "more": what people pay for (facts: civil, enforcement, administrative,
// special).
var (
	CommonTypes = []string{"民初", "民终", "执", "行初", "财保"}
	OtherTypes  = []string{"执恢", "执保", "民特", "民督", "民催", "民撤", "行终", "行保", "证保", "司惩", "民再", "民申", "破", "破申", "认港",
		"协外认"}
)

const maxSerial = 8

// MostCourts is how many courts one page offers.
const MostCourts = 8

// NewEntry begins a case number of this year at the first of the courts whose codes are given.
func NewEntry(codes []string, year int) Entry {
	return Entry{Years: []int{year, year - 1, year - 2, year - 3}, Year: year, Court: codes[0],
		Courts: codes[:min(len(codes), MostCourts)], Type: CommonTypes[0], Part: "serial"}
}

// Apply returns the entry after an intent, and whether the intent was the entry's.
func (e Entry) Apply(i Intent) (Entry, bool) {
	switch i.Kind {
	case Digit:
		if len(e.Serial) < maxSerial && (e.Serial != "" || i.Arg != "0") && len(i.Arg) == 1 &&
			strings.Contains("0123456789", i.Arg) {
			e.Serial += i.Arg
		}
		e.Part = "serial"
	case Backspace:
		e.Serial = e.Serial[:max(0, len(e.Serial)-1)]
	case Clear:
		e.Serial = ""
	case PickType:
		e.Type, e.More = i.Arg, false
	case MoreTypes:
		e.More = !e.More
	case PickPart:
		e = e.pick(i.Arg)
	default:
		return e, false
	}
	return e, true
}

// pick opens the choice of a part, or takes what was chosen.
func (e Entry) pick(what string) Entry {
	year, err := strconv.Atoi(what)
	switch {
	case err == nil && slices.Contains(e.Years, year):
		e.Year, e.Part = year, "serial"
	case slices.Contains(e.Courts, what):
		e.Court, e.Part = what, "serial"
	case what == "court" && len(e.Courts) < 2: // nothing to choose
	case what == "year" || what == "court" || what == "serial":
		e.Part, e.More = what, false
	}
	return e
}

// Text is what the entry says so far, for caseno.Parse.
func (e Entry) Text() string {
	return "（" + strconv.Itoa(e.Year) + "）" + e.Court + e.Type + e.Serial + "号"
}
