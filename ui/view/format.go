package view

import (
	"fmt"
	"strings"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// Yuan writes an amount as people read it.
func Yuan(f payment.Fen) string { return f.Yuan() }

// Grouped writes a long number in groups of four.
func Grouped(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Stamp writes a moment in China to the second.
func Stamp(t time.Time) string { return t.In(payment.China).Format("2006-01-02 15:04:05") }

// Clock writes the time of day in China.
func Clock(t time.Time) string { return t.In(payment.China).Format("15:04") }

// Day writes a day with its weekday.
func Day(lang message.Lang, t time.Time) string {
	t = t.In(payment.China)
	if lang == message.English {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("2006年1月2日 ") + "星期" + string([]rune("日一二三四五六")[t.Weekday()])
}

// Deadline writes the last day to pay with the days left: 11月30日（含）前，还剩7天. One that is not sure may be later, and is
// never called past. pairs fill the places in its words.
func Deadline(lang message.Lang, deadline time.Time, unsure bool, now time.Time, pairs ...string) string {
	if deadline.IsZero() {
		return ""
	}
	d, n := deadline.In(payment.China), now.In(payment.China)
	today := time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, payment.China)
	days := int(d.Sub(today).Hours() / 24)
	date := fmt.Sprintf("%d月%d日", d.Month(), d.Day())
	if d.Year() != n.Year() {
		date = fmt.Sprintf("%d年", d.Year()) + date
	}
	if lang == message.English {
		date = d.Format("2 Jan 2006")
	}
	id := "deadline.left"
	switch {
	case unsure:
		id = "deadline.unsure"
	case days < 0:
		id = "deadline.past"
	case days == 0:
		id = "deadline.today"
	case days == 1:
		id = "deadline.tomorrow"
	}
	return message.Text(lang, id, append(pairs, "date", date, "days", fmt.Sprint(days))...)
}
