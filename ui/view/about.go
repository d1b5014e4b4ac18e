package view

import (
	"errors"
	"strconv"
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
)

// About says what is known of a case number that was not found, so that a slip is seen: none of it is a refusal.
func About(f Frame, n caseno.Number, own string, now time.Time) []Row {
	lang := f.Lang
	rows := []Row{{message.Text(lang, "fee.case"), n.Masked()}}
	if c, ok := caseno.CourtOf(n.Court); ok {
		label := "about.court"
		if !c.Confirmed {
			label = "about.derived"
		}
		rows = append(rows, Row{message.Text(lang, label), f.CourtName(n.Court)})
	}
	for _, w := range n.Warnings(own, now) {
		if w != caseno.OtherCourt { // its name stands above
			rows = append(rows, Row{message.Text(lang, "about.check"), WarningWords(lang, w)})
		}
	}
	return rows
}

// AboutScan says of a barcode that is no court's how long it is. What it says may be somebody's business.
func AboutScan(lang message.Lang, runes int) Row {
	return Row{message.Text(lang, "about.scan"), message.Text(lang, "about.runes", "n", strconv.Itoa(runes))}
}

// MaskedCase masks a case number that was written before: of a text that is none nothing is told.
func MaskedCase(text string) string {
	var n caseno.Number
	if n.UnmarshalText([]byte(text)) != nil {
		return ""
	}
	return n.Masked()
}

// MaskedEnd is the end of a long number, by which whoever holds it knows it again.
func MaskedEnd(number string) string {
	const told = 4
	if len(number) < 2*told {
		return "…"
	}
	return "…" + number[len(number)-told:]
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
