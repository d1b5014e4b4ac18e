package desk

import (
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// pages are the templates, each with the layout around it, by the names of their files.
var pages = sync.OnceValue(func() map[string]*template.Template {
	frame := template.Must(template.New("layout").Funcs(functions).ParseFS(embedded, "page/layout.html"))
	all, err := embedded.ReadDir("page")
	if err != nil {
		panic(err) // it is embedded
	}
	m := make(map[string]*template.Template)
	for _, f := range all {
		name, is := strings.CutSuffix(f.Name(), ".html")
		if is && name != "layout" {
			m[name] = template.Must(template.Must(frame.Clone()).ParseFS(embedded, "page/"+f.Name()))
		}
	}
	return m
})

// functions are what templates call.
var functions = template.FuncMap{
	"address": address, "icon": icon, "st": st, "yuan": yuan, "dash": dash, "capitals": capitals,
	"clock": clock, "moment": moment, "stamp": stamp, "day": dayWords, "today": today, "ago": ago, "waited": waited,
	"fours": fours, "spaced": spaced, "tail": tail, "key": key, "use": use, "role": roleTitle, "by": byWords,
}

// icon is one of our signs; the word beside it says the same.
func icon(name string) template.HTML {
	return template.HTML(`<svg aria-hidden="true"><use href="` + address("icons.svg") + `#` + //nolint:gosec // no input
		template.HTMLEscapeString(name) + `"/></svg>`)
}

// st is a state: icon and word, never colour alone. kind is ok, warn, hot, idle or empty.
func st(kind, sign, word string) template.HTML {
	return template.HTML(`<span class="st ` + template.HTMLEscapeString(kind) + `">` + string(icon(sign)) +
		template.HTMLEscapeString(word) + `</span>`)
}

// key is the chip of a key.
func key(name string) template.HTML {
	return template.HTML(`<kbd>` + template.HTMLEscapeString(name) + `</kbd>`)
}

// use is the emblem.
func use() template.HTML {
	return template.HTML(`<svg class="emblem" viewBox="0 0 30 30" aria-hidden="true"><use href="` +
		address("emblem.svg") + `#emblem"/></svg>`)
}

// yuan is an amount: two decimals, thousands, U+2212.
func yuan(f payment.Fen) string {
	text, minus := f.String(), ""
	if f < 0 {
		text, minus = (-f).String(), "−"
	}
	whole, cents, _ := strings.Cut(text, ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return minus + b.String() + "." + cents
}

// dash is an amount of which nothing is a dash: there is none.
func dash(f payment.Fen) string {
	if f == 0 {
		return "—"
	}
	return yuan(f)
}

// capitals is an amount as cheques have it; empty beyond what can be said so.
func capitals(f payment.Fen) string {
	text, err := receipt.Capitals(f)
	if err != nil {
		return ""
	}
	return text
}

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

func clock(t time.Time) string { return when(t, "15:04:05") }

// moment is day and time within a year, as time lines have it.
func moment(t time.Time) string { return when(t, "01-02 15:04:05") }

// stamp is day and time in words.
func stamp(t time.Time) string { return when(t, "2006年1月2日 15:04:05") }

func when(t time.Time, layout string) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(payment.China).Format(layout)
}

// dayWords is a day with its weekday; of another year with the year.
func dayWords(t time.Time) string {
	t = t.In(payment.China)
	layout := "1月2日 "
	if t.Year() != now().Year() {
		layout = "2006年1月2日 "
	}
	return t.Format(layout) + weekdays[t.Weekday()]
}

// today is a day as a group of rows is headed.
func today(t time.Time) string {
	t = t.In(payment.China)
	if t.Format(time.DateOnly) == now().Format(time.DateOnly) {
		return "今天 " + t.Format("1月2日")
	}
	return dayWords(t)
}

// ago is the age of an answer.
func ago(t time.Time) string {
	switch d := max(0, now().Sub(t)); {
	case t.IsZero():
		return "尚未查询"
	case d < time.Minute:
		return fmt.Sprintf("%d 秒前", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d 分钟前", int(d.Minutes()))
	}
	return moment(t)
}

// waited is how long something has waited.
func waited(t time.Time) string {
	d := max(0, now().Sub(t))
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d 天 %d 小时", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d 小时 %02d 分", hours, minutes)
	}
	return fmt.Sprintf("%d 分", minutes)
}

// fours is a number of many characters in fours, its last six marked.
func fours(text string) template.HTML {
	var plain, marked strings.Builder
	for i, r := range []rune(text) {
		to := &plain
		if i >= len([]rune(text))-lastMarked {
			to = &marked
		}
		if i > 0 && i%4 == 0 {
			to.WriteByte(' ')
		}
		to.WriteRune(r)
	}
	return template.HTML(`<span class="id">` + template.HTMLEscapeString(plain.String()) +
		`</span><mark class="id">` + template.HTMLEscapeString(marked.String()) + `</mark>`)
}

// spaced is a number of many characters in fours.
func spaced(text string) template.HTML {
	var b strings.Builder
	for i, r := range []rune(text) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return template.HTML(`<span class="id">` + template.HTMLEscapeString(b.String()) + `</span>`)
}

// lastMarked is how many of the last characters people compare.
const lastMarked = 6

// tail is the last six characters of a number; a dash of none.
func tail(text string) string {
	if text == "" {
		return "—"
	}
	return text[max(0, len(text)-lastMarked):]
}

// roleTitle is what a role is called.
func roleTitle(r clerk.Role) string {
	switch r {
	case clerk.RoleClerk:
		return "收费员"
	case clerk.RoleLead:
		return "主管"
	case clerk.RoleFinance:
		return "财务"
	case clerk.RoleAuditor:
		return "审计"
	case clerk.RoleIT:
		return "信息技术"
	}
	return string(r)
}

// byWords is who has decided something: a staff number, or the machine whose console it was.
func byWords(d payment.Decision) string {
	switch {
	case d.By.Person != "":
		return d.By.Person
	case d.By.Device != "":
		return "本机命令（" + d.By.Device + "）"
	}
	return "—"
}
