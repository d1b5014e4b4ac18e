package register

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// reportOf says to a clerk what became of a list.
func reportOf(lang message.Lang, file string, at time.Time, s Summary, err error) string {
	var b strings.Builder
	say := func(id string, pairs ...string) { b.WriteString(message.Text(lang, id, pairs...) + "\r\n") }
	say("list.report")
	say("list.report-file", "file", escaped(file))
	say("list.report-time", "time", at.In(payment.China).Format(time.DateTime))
	if refused, ok := errors.AsType[*Refused](err); ok {
		if n := refused.Count(); n > 0 {
			say("list.report-refused", "n", strconv.Itoa(n))
		} else {
			say("list.report-refused-whole")
		}
		b.WriteString("\r\n" + strings.Join(refused.Words(lang), "\r\n") + "\r\n")
		return b.String()
	}
	if err != nil {
		say("list.report-unsaved")
		return b.String()
	}
	say("list.report-taken")
	b.WriteString(s.Words(lang) + "\r\n")
	for _, note := range s.Notes(lang) {
		b.WriteString(note + "\r\n")
	}
	if len(s.Odd) > 0 {
		b.WriteString("\r\n")
		say("list.report-odd")
	}
	for _, row := range s.Odd {
		b.WriteString(row.Words(lang) + "\r\n")
	}
	return b.String()
}

// Words say how many bills came, changed, are missing and stayed.
func (s Summary) Words(lang message.Lang) string {
	return message.Text(lang, "list.report-counts", "added", strconv.Itoa(s.Added), "changed", strconv.Itoa(s.Changed),
		"missing", strconv.Itoa(s.Missing), "unchanged", strconv.Itoa(s.Unchanged))
}

// maxNamed is how many hidden lines are named.
const maxNamed = 20

// Notes are what a clerk should know of a list that was taken, besides its counts.
func (s Summary) Notes(lang message.Lang) (notes []string) {
	if n := len(s.Hidden); n > 0 {
		var lines []string
		for _, line := range s.Hidden[:min(n, maxNamed)] {
			lines = append(lines, strconv.Itoa(line))
		}
		if n > maxNamed {
			lines = append(lines, "…")
		}
		between := "、"
		if lang == message.English {
			between = ", "
		}
		notes = append(notes, message.Text(lang, "list.hidden", "n", strconv.Itoa(n),
			"lines", strings.Join(lines, between)))
	}
	if len(s.Ignored) > 0 {
		notes = append(notes, message.Text(lang, "list.ignored", "columns", escaped(strings.Join(s.Ignored, "、"))))
	}
	if s.Missing > 0 {
		notes = append(notes, message.Text(lang, "list.missing", "n", strconv.Itoa(s.Missing)))
	}
	if n := len(s.Skipped); n > 0 {
		notes = append(notes, message.Text(lang, "list.skipped", "n", strconv.Itoa(n)))
	}
	for _, row := range s.Skipped {
		notes = append(notes, row.Words(lang))
	}
	return notes
}
