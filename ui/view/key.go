package view

// A Key is a key of the number block beside the screen, by what it means: the machine's configuration says which code
// of the keyboard is which.
type Key string

// The keys. Digits are "0" to "9".
const (
	KeyConfirm Key = "confirm" // Enter
	KeyBack    Key = "back"    // . or Backspace: a digit less, else one page back
	KeyLouder  Key = "louder"  // +
	KeySofter  Key = "softer"  // -
	KeyRepeat  Key = "repeat"  // *, twice: the next pace
	KeyHelp    Key = "help"    // /, twice: practice
)

// Keys are all of them.
var Keys = []Key{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", KeyConfirm, KeyBack, KeyLouder, KeySofter, KeyRepeat,
	KeyHelp}
