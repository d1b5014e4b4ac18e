package register

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
)

// A BadRow says what is wrong with one row, or with the file.
type BadRow struct {
	Line   int    // line of the file, from 1; zero when it is said of the file
	Column string // header of the column, as the file writes it
	Reason string // id of the words in the catalogue
	Pairs  []string
	Value  string // what the cell says, as far as it names nobody; empty when it may

	row *bill.Bill // its case, item and notice, when all three were read
}

// Error says it in English and without the value: for the log.
func (r BadRow) Error() string { return r.words(message.English, "") }

// Words say it to a clerk.
func (r BadRow) Words(lang message.Lang) string { return r.words(lang, r.Value) }

func (r BadRow) words(lang message.Lang, value string) string {
	reason := message.Text(lang, r.Reason, r.Pairs...)
	if value != "" {
		reason += message.Text(lang, "list.value", "value", value)
	}
	line := strconv.Itoa(r.Line)
	if r.Line == 0 {
		return reason
	}
	if r.Column == "" {
		return message.Text(lang, "list.place", "line", line, "reason", reason)
	}
	return message.Text(lang, "list.place-column", "line", line, "column", escaped(r.Column), "reason", reason)
}

// Refused lists the bad rows of a file that was refused; nothing of it was taken.
type Refused struct {
	File string // base name; empty when it has none
	Rows []BadRow
	More int // bad rows beyond those listed
	// Missing is how many bills a list leaves out that is taken only by this very number (Agreed.Missing); else zero.
	Missing int
}

// Error says it in English and without values: for the log.
func (e *Refused) Error() string {
	lines := make([]string, len(e.Rows))
	for i, r := range e.Rows {
		lines[i] = r.Error()
	}
	if e.More > 0 {
		lines = append(lines, message.Text(message.English, "list.more", "n", strconv.Itoa(e.More)))
	}
	return "register: list refused, nothing was taken:\n" + strings.Join(lines, "\n")
}

// Count is how many rows are bad.
func (e *Refused) Count() int {
	n := e.More
	for i, r := range e.Rows {
		if r.Line > 0 && (i == 0 || !slices.ContainsFunc(e.Rows[:i], func(o BadRow) bool { return o.Line == r.Line })) {
			n++
		}
	}
	return n
}

// Title is the line that a clerk reads above Words.
func (e *Refused) Title(lang message.Lang) string {
	if n := e.Count(); n > 0 {
		return message.Text(lang, "list.refused", "file", escaped(e.File), "n", strconv.Itoa(n))
	}
	return message.Text(lang, "list.refused-whole", "file", escaped(e.File))
}

// Words are the lines that a clerk reads, one for each bad row.
func (e *Refused) Words(lang message.Lang) []string {
	lines := make([]string, len(e.Rows))
	for i, r := range e.Rows {
		lines[i] = r.Words(lang)
	}
	if e.More > 0 {
		lines = append(lines, message.Text(lang, "list.more", "n", strconv.Itoa(e.More)))
	}
	return lines
}

func (e *Refused) add(r BadRow) {
	if len(e.Rows) == maxReasons {
		e.More++
		return
	}
	e.Rows = append(e.Rows, r)
}

// refuse returns the refusal of a file, with the line that it is said of; zero when it is said of all of it.
func refuse(line int, reason string, pairs ...string) *Refused {
	return &Refused{Rows: []BadRow{{Line: line, Reason: reason, Pairs: pairs}}}
}

// Unopened says in a clerk's words why a list was not opened; it is err itself when there are none.
func Unopened(file string, err error) error {
	reason := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "list.no-file"
	case errors.Is(err, fs.ErrPermission):
		reason = "list.no-access"
	case errors.Is(err, durable.ErrNotRegular):
		reason = "list.no-list"
	default:
		return err
	}
	return &Refused{File: file, Rows: []BadRow{{Reason: reason}}}
}

// A fault is what is wrong with a cell: an id of the catalogue, and what its words need.
type fault struct {
	id    string
	pairs []string
}

func (f *fault) Error() string { return message.Text(message.English, f.id, f.pairs...) }

func say(id string, pairs ...string) error { return &fault{id, pairs} }

// at says where the fault is.
func (f *fault) at(line int, column string) BadRow {
	return BadRow{Line: line, Column: column, Reason: f.id, Pairs: f.pairs}
}

// faultOf returns the words for an error of a cell. They are this package's own: another room's words are no clerk's.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if e, ok := errors.AsType[*caseno.SyntaxError](err); ok {
		return &fault{id: "list.case." + string(e.Want)}
	}
	switch {
	case errors.Is(err, bill.ErrNotCollected):
		return &fault{id: "list.item-not-collected"}
	case errors.Is(err, bill.ErrUnknownItem):
		return &fault{id: "list.item-unknown"}
	}
	return &fault{id: err.Error()}
}

// maxShown is how much of a cell is shown, in characters.
const maxShown = 30

// money and office are the words that a cell may say aloud: with none of them, Chinese text may be somebody's name.
var (
	money  = regexp.MustCompile(`^[\x20-\x7e元整正角分万亿年月日号￥¥（）％，．、：－～至]*$`)
	office = regexp.MustCompile(`费|款|缴|交|付|收|退|销|废|免|减|缓|待|未|已|诉|罚`)
	// surname are texts as short as a name that begin with such a word which is a surname, too.
	surname = regexp.MustCompile(`^[费付]\p{Han}{1,2}$`)
)

// shown returns what a report may repeat of a cell, empty when it may name somebody.
func shown(col, text string, why *fault) string {
	switch {
	case text == "" || bill.HoldsIdentity(text):
		return ""
	case why.id == "list.control" || why.id == "list.unreadable": // said already, and nobody can see it
		return ""
	case col == colPayer:
		text = bill.Person(text).String()
	case col == colRemark || col == colCause:
		return ""
	case col == colCase:
		if why.id == "list.case.rest" || why.id == "list.case.one" || !strings.ContainsAny(text, "0123456789") {
			return ""
		}
	case !money.MatchString(text) && !office.MatchString(text), surname.MatchString(text):
		text = bill.Person(text).String()
	}
	if letters := []rune(text); len(letters) > maxShown {
		text = string(letters[:maxShown]) + "…"
	}
	return escaped(text)
}

// escaped writes what a terminal or an editor would act on as what it is.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) || r == '\u3000' {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return b.String()
}
