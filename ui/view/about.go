package view

import (
	"errors"
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
)

// About says what is known of a case number that was not found, so that a slip is seen: none of it is a refusal.
func About(lang message.Lang, n caseno.Number, own string, now time.Time) []Row {
	rows := []Row{{message.Text(lang, "fee.case"), n.String()}}
	if c, ok := caseno.CourtOf(n.Court); ok {
		label := "about.court"
		if !c.Confirmed {
			label = "about.derived"
		}
		rows = append(rows, Row{message.Text(lang, label), c.Name})
	}
	for _, w := range n.Warnings(own, now) {
		if w != caseno.OtherCourt { // its name stands above
			rows = append(rows, Row{message.Text(lang, "about.check"), WarningWords(lang, w)})
		}
	}
	return rows
}

// WarningWords says what is odd about a case number.
func WarningWords(lang message.Lang, w caseno.Warning) string {
	return message.Text(lang, "warning."+string(w))
}

// Hint says how a slip in a case number is put right, or else what was read where it is wrong; empty when there is no
// telling.
func Hint(lang message.Lang, err error) string {
	e, ok := errors.AsType[*caseno.SyntaxError](err)
	switch {
	case !ok || e.Hint == caseno.NoHint && e.Read == "":
		return ""
	case e.Hint == caseno.NoHint:
		return message.Text(lang, "hint.read", "read", e.Read)
	}
	return message.Text(lang, "hint."+string(e.Hint), "meant", e.Meant)
}
