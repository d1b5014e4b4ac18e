package view

import (
	"slices"
	"strings"
	"time"

	"courtkiosk/app/holiday"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// ServiceHours writes the hours of a week, days with the same ones together: 周一至周五 9:00–17:00. It is empty where none
// are set: of a machine that is always open it is not known when its lobby is.
func ServiceHours(lang message.Lang, h holiday.Hours) string {
	if h.Always() {
		return ""
	}
	var said []string
	for from := 1; from <= 7; { // Monday first
		spans, to := h.Week[from%7], from
		for to < 7 && slices.Equal(h.Week[(to+1)%7], spans) {
			to++
		}
		if len(spans) > 0 {
			said = append(said, days(lang, from, to)+" "+hoursOf(lang, spans))
		}
		from = to + 1
	}
	return strings.Join(said, message.Text(lang, "hours.and"))
}

// weekHours are the hours in both languages.
func weekHours(h holiday.Hours) (both [2]string) {
	for i, lang := range languages {
		both[i] = ServiceHours(lang, h)
	}
	return both
}

// days writes one day of the week, or the first and last of several; Monday is 1.
func days(lang message.Lang, from, to int) string {
	name := func(d int) string {
		if lang == message.English {
			return time.Weekday(d % 7).String()[:3]
		}
		return "周" + string([]rune("日一二三四五六")[d%7])
	}
	if from == to {
		return name(from)
	}
	return message.Text(lang, "hours.days", "from", name(from), "to", name(to))
}

func hoursOf(lang message.Lang, spans []holiday.Span) string {
	var list []string
	for _, s := range spans {
		list = append(list, s.String())
	}
	return strings.Join(list, message.Text(lang, "hours.comma"))
}

// Opens writes when a house opens again: 今天13:30, 明天9:00, 11月30日 星期一 9:00. It is empty for the zero time, of which
// nobody knows.
func Opens(lang message.Lang, at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	at, now = at.In(payment.China), now.In(payment.China)
	clock := strings.TrimPrefix(at.Format("15:04"), "0") // as the hours are written
	switch at.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return message.Text(lang, "hours.today", "at", clock)
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return message.Text(lang, "hours.tomorrow", "at", clock)
	}
	day := at.Format("1月2日 ") + "星期" + string([]rune("日一二三四五六")[at.Weekday()])
	if lang == message.English {
		day = at.Format("Mon 2 Jan")
	}
	return message.Text(lang, "hours.day", "day", day, "at", clock)
}

// Shut is the home screen outside of the hours: why that is so, and what it says of the machine besides.
func (v Home) Shut(f Frame, hours holiday.Hours, now time.Time) Home {
	v.Resting, v.Trouble = true, ""
	v.Closed = message.Text(f.Lang, "home.rests.unknown", "window", f.Window)
	if opens := Opens(f.Lang, hours.Next(now), now); opens != "" {
		v.Closed = message.Text(f.Lang, "home.rests", "opens", opens)
	}
	return v
}

// HourRows are the hours, and when it opens again.
func HourRows(lang message.Lang, hours holiday.Hours, now time.Time) (rows []Row) {
	for _, r := range []Row{
		{message.Text(lang, "hours.label"), ServiceHours(lang, hours)},
		{message.Text(lang, "hours.next"), Opens(lang, hours.Next(now), now)},
	} {
		if r.Value != "" {
			rows = append(rows, r)
		}
	}
	return rows
}
