package view

import (
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
)

// About says what is known of a case number that was not found, so that a slip is seen: none of it is a refusal.
func About(lang message.Lang, n caseno.Number, own string, now time.Time) []Row {
	rows := []Row{{message.Text(lang, "fee.case"), n.String()}}
	if meaning, ok := caseno.Meaning(n.Type); ok {
		rows = append(rows, Row{message.Text(lang, "about.type"), meaning})
	}
	return rows
}
