package receipt

// A Sheet is a paper of the court's own, for its files: tables, lines to sign on, and the words that its hash is read
// aloud by. It names nobody, and no case. On A4 it has as many pages as it needs.
type Sheet struct {
	Court      string
	Title      string
	Number     string // of the sheet
	Heads      []Fact
	Parts      []Part
	Check      *Check // nil of a sheet that is not closed
	Signatures []string
	Foot       string // at the left of each page's foot
	Printed    string // when, and how often; at the right

	Environment Environment
}

// A Part is a table of a Sheet, and what is to be said of it.
type Part struct {
	Title   string
	Columns []Column // none of a part that is words alone
	Rows    []Line
	Notes   []string
}

// A Column of a table.
type Column struct {
	Head  string
	Share float64 // of the width
	Right bool    // of numbers
}

// A Line is one row of a table.
type Line struct {
	Cells []string // one is the row's last for all columns behind it
	Total bool     // its label is bold, and a line stands above it
	Last  bool     // and two below
}

// A Check is what a closed sheet is told from others by.
type Check struct {
	Before, BeforeWords string // the sheet before; empty of the first
	Words, Hash         string
}

// Name is the sheet's number.
func (s Sheet) Name() string { return s.Number }
