package assets

import (
	_ "embed"
	"sync"

	"golang.org/x/image/font/sfnt"
)

// Regular and Bold are the program's one pair of fonts, TrueType, made by fonts/subset.sh from Noto Sans SC (licence:
// fonts/OFL.txt). Screens, pictures and PDFs all use them, so that a name looks the same everywhere.
var (
	//go:embed fonts/regular.ttf
	Regular []byte
	//go:embed fonts/bold.ttf
	Bold []byte
)

// RegularWords and BoldWords are the same fonts with the characters of the program's own words alone, made by
// fonts/words.sh: a screen's first frame waits for them.
var (
	//go:embed fonts/regular-words.ttf
	RegularWords []byte
	//go:embed fonts/bold-words.ttf
	BoldWords []byte
	//go:embed fonts/words.txt
	words string
)

// RegularDesk and BoldDesk are the same fonts for the clerk's pages, WOFF2, with the characters of DeskCharacters, made
// by fonts/desk.sh: a page needs the whole ones for a rare name alone.
var (
	//go:embed fonts/regular-desk.woff2
	RegularDesk []byte
	//go:embed fonts/bold-desk.woff2
	BoldDesk []byte
	//go:embed fonts/desk.txt
	DeskCharacters string // sorted, each once
)

var worded = sync.OnceValue(func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range words {
		set[r] = true
	}
	return set
})

// Worded reports whether the words' fonts have every character of s.
func Worded(s string) bool {
	set := worded()
	for _, r := range s {
		if !set[r] {
			return false
		}
	}
	return true
}

var parsed = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(Regular) })

// Missing returns the characters of s that the fonts cannot draw. A font that does not parse lacks everything.
func Missing(s string) []rune {
	f, err := parsed()
	if err != nil {
		return []rune(s)
	}
	var missing []rune
	var b sfnt.Buffer
	for _, r := range s {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			missing = append(missing, r)
		}
	}
	return missing
}
