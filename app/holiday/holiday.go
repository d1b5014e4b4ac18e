// Package holiday knows on which days China works: weekends, legal holidays, and the weekends that are worked in
// exchange for them, as the State Council announces them each November for the year to come; and so, when a court
// serves.
//
// A period that ends on a day off ends on the first working day after it (民事诉讼法 2023, art. 85: 期间届满的最后一日是
// 法定休假日的，以法定休假日后的第一日为期间届满的日期). So a last day that was computed is only known where the
// announcements reach; a court adds the next year's in a file of its own until a new version brings it.
package holiday

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A Calendar says which days are worked. The zero value knows what was announced when this version was built.
type Calendar struct {
	added map[string]bool // by day (2028-01-03): whether it is worked
	year  int             // the last one that was added
}

// first is the first year whose every announcement is known.
const first = 2016

// lastWeek is how many days at the end of a year belong to the announcement of the next: New Year's bridge has begun,
// and its worked weekend has lain, that early.
const lastWeek = 6

// built is the last year that the library knows.
var built = func() int {
	for y := time.Now().Year() + 5; y > first; y-- {
		if HolidayUtil.GetHolidaysByYear(y).Len() > 0 {
			return y
		}
	}
	return first
}()

// Until is the last day of which it is known whether it is worked, midnight in China.
func (c Calendar) Until() time.Time {
	return time.Date(max(built, c.year), 12, 31-lastWeek, 0, 0, 0, 0, payment.China)
}

// Works reports whether a day is worked, by its date in China. Days after Until are answered by the weekday.
func (c Calendar) Works(day time.Time) bool {
	if works, ok := c.announced(day); ok {
		return works
	}
	weekday := day.In(payment.China).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}

// announced returns what was announced of a day; ok is false where its weekday alone decides.
func (c Calendar) announced(day time.Time) (works, ok bool) {
	date := day.In(payment.China).Format(time.DateOnly)
	if works, ok := c.added[date]; ok {
		return works, true
	}
	if h := HolidayUtil.GetHoliday(date); h != nil {
		return h.IsWork(), true
	}
	return false, false
}

// LastDay returns the day on which a period ends that would end on a given one: that day, or the first working day
// after it, midnight in China. sure is false where a holiday may lie that is not announced yet: it may be later.
func (c Calendar) LastDay(end time.Time) (last time.Time, sure bool) {
	end = end.In(payment.China)
	last = time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, payment.China)
	for !c.Works(last) {
		last = last.AddDate(0, 0, 1)
	}
	return last, last.Year() >= first && !last.After(c.Until())
}

// Open returns the calendar with the days of a file; an empty name adds none.
func Open(file string) (Calendar, error) {
	if file == "" {
		return Calendar{}, nil
	}
	text, err := durable.ReadFile(file)
	if err != nil {
		return Calendar{}, fmt.Errorf("holidays: %w", err)
	}
	return Read(bytes.NewReader(text), file)
}

// Read returns the calendar with days as a court writes them, one on a line: a date and 休 or 班 (2028-01-03 休). What
// follows a # is a remark. The whole announcement of a year belongs into it: up to that year's end all other days are
// taken for known. Errors name the line.
func Read(r io.Reader, name string) (Calendar, error) {
	c := Calendar{added: make(map[string]bool)}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, fields[0], payment.China)
		if err != nil || len(fields) != 2 || fields[1] != "休" && fields[1] != "班" {
			return Calendar{}, fmt.Errorf("%s: line %d: %q is no day like 2028-01-03 休 or 2028-01-08 班", name, n, text)
		}
		works := fields[1] == "班"
		if earlier, ok := c.added[fields[0]]; ok && earlier != works {
			return Calendar{}, fmt.Errorf("%s: line %d: %s stands there twice, as 休 and as 班", name, n, fields[0])
		}
		c.added[fields[0]], c.year = works, max(c.year, day.Year())
	}
	if err := lines.Err(); err != nil {
		return Calendar{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}
