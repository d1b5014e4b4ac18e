package holiday

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"courtkiosk/payment"
)

// Hours are when a house serves, by weekday. The zero Hours are always open.
type Hours struct {
	Week [7][]Span // by time.Weekday: Sunday is first
	Days Calendar  // an announced holiday is closed, and a weekend that is worked for it has Monday's hours
}

// A Span is a part of a day, in minutes from its midnight: it begins with From and has ended at To.
type Span struct{ From, To int }

// String writes the span as courts do: 9:00–17:00.
func (s Span) String() string { return clock(s.From) + "–" + clock(s.To) }

func clock(minute int) string { return fmt.Sprintf("%d:%02d", minute/60, minute%60) }

// typed are the signs of a Chinese input method, and of a careful typist, that mean the same here.
var typed = strings.NewReplacer("：", ":", "，", ",", "、", ",", "–", "-", "—", "-", "－", "-", "至", "-", "～", "-")

// Spans reads a day's hours: 9:00-12:00, 13:30-17:00. An empty text is a day without any.
func Spans(text string) (list []Span, err error) {
	text = strings.TrimSpace(typed.Replace(text))
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, _ := strings.Cut(part, "-")
		s := Span{minuteOf(from), minuteOf(to)}
		switch last := len(list) - 1; {
		case s.From < 0 || s.To < 0:
			return nil, fmt.Errorf("%q is no span of a day like 9:00-12:00", strings.TrimSpace(part))
		case s.From >= s.To:
			return nil, fmt.Errorf("%q ends before it begins", strings.TrimSpace(part))
		case last >= 0 && s.From < list[last].To:
			return nil, fmt.Errorf("%q begins before the span in front of it has ended", strings.TrimSpace(part))
		}
		list = append(list, s)
	}
	return list, nil
}

// minuteOf reads a time of day as minutes from midnight, 24:00 included; -1 of what is none.
func minuteOf(text string) int {
	h, m, ok := strings.Cut(strings.TrimSpace(text), ":")
	hours, herr := strconv.ParseUint(h, 10, 8)
	minutes, merr := strconv.ParseUint(m, 10, 8)
	all := int(hours*60 + minutes)
	if !ok || len(m) != 2 || herr != nil || merr != nil || minutes > 59 || all > 24*60 {
		return -1
	}
	return all
}

// Always reports whether no hours are set.
func (h Hours) Always() bool {
	for _, day := range h.Week {
		if len(day) > 0 {
			return false
		}
	}
	return true
}

// On returns the hours of one day in China.
func (h Hours) On(day time.Time) []Span {
	weekday := day.In(payment.China).Weekday()
	works, announced := h.Days.announced(day)
	switch {
	case announced && !works:
		return nil
	case announced && len(h.Week[weekday]) == 0: // a weekend that is worked in exchange
		return h.Week[time.Monday]
	}
	return h.Week[weekday]
}

// Open reports whether the house serves at a moment.
func (h Hours) Open(now time.Time) bool {
	if h.Always() {
		return true
	}
	now = now.In(payment.China)
	minute := now.Hour()*60 + now.Minute()
	for _, s := range h.On(now) {
		if s.From <= minute && minute < s.To {
			return true
		}
	}
	return false
}

// ahead is how far Next looks: no holiday is as long.
const ahead = 31

// Next returns when the house opens after now, in China; the zero time when it is open, or nobody knows.
func (h Hours) Next(now time.Time) time.Time {
	if h.Open(now) {
		return time.Time{}
	}
	now = now.In(payment.China)
	for i := range ahead {
		for _, s := range h.On(now.AddDate(0, 0, i)) {
			at := time.Date(now.Year(), now.Month(), now.Day()+i, 0, s.From, 0, 0, payment.China)
			if at.After(now) {
				return at
			}
		}
	}
	return time.Time{}
}
