package register

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// serialHeader are headers of columns that number the rows in one court and the payments in the next.
var serialHeader = regexp.MustCompile(`^流水(?:号|号码|编号)$`)

// A serial is a column 流水号. It numbers the rows where every row has its own place in the list; one that has a number
// for some rows only, or another number, may have those that were paid.
type serial struct {
	beside
	rows  int  // read so far
	first int  // line of the first unpaid bill that has its row's number; zero when there is none
	blank bool // a row has no number
}

// row takes the next row of the list.
func (s *serial) row(record []string) {
	s.rows++
	s.blank = s.blank || isNothing(s.in(record))
}

// came reports whether a bill's cell may be the number of its payment.
func (s *serial) came(record []string, line int) bool {
	cell := s.in(record)
	if n, err := strconv.Atoi(cell); err != nil || n != s.rows {
		return !isNothing(cell)
	}
	if s.first == 0 {
		s.first = line
	}
	return false
}

// end says which bill may have been paid after all, since the column does not number all rows; nil when none may.
func (s *serial) end() *BadRow {
	if s.first == 0 || !s.blank {
		return nil
	}
	return &BadRow{Line: s.first, Column: s.name, Reason: "list.came"}
}

// isNothing reports whether a cell says that no money has come.
func isNothing(cell string) bool { return nothing.MatchString(strings.ToLower(norm.NFKC.String(cell))) }
