package holiday

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, text, payment.China)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLastDay(t *testing.T) {
	tests := []struct {
		name, end, want string
		sure            bool
	}{
		{"a working day stays", "2026-11-27", "2026-11-27", true},
		{"a Saturday", "2026-11-28", "2026-11-30", true},
		// notices of 2026-09-25 and 2026-02-10, seven days from the day after
		{"in the National Day week", "2026-10-02", "2026-10-08", true},
		{"in the Spring Festival", "2026-02-17", "2026-02-24", true},
		{"a Saturday that is worked", "2026-02-28", "2026-02-28", true},
		{"the day before it", "2026-10-10", "2026-10-10", true},
		{"where New Year's bridge may lie", "2027-12-29", "2027-12-29", false},
		{"in a year without announcement", "2031-10-02", "2031-10-02", false},
		{"before the years that are known", "2015-10-02", "2015-10-08", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, sure := Calendar{}.LastDay(day(t, tt.end))
			if !got.Equal(day(t, tt.want)) || sure != tt.sure {
				t.Errorf("%s ends %s (%v), want %s (%v)", tt.end, got.Format(time.DateOnly), sure, tt.want, tt.sure)
			}
		})
	}
}

func TestLastDayLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{}
		end := time.Date(2016, 1, 1+rapid.IntRange(0, 4200).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0,
			0, payment.China)
		last, sure := c.LastDay(end)
		again, _ := c.LastDay(last)
		switch {
		case last.Before(end.Add(-24*time.Hour)) || last.Sub(end) > 12*24*time.Hour:
			t.Fatalf("%v ends %v", end, last)
		case !c.Works(last):
			t.Fatalf("%v ends on %v, a day off", end, last)
		case !again.Equal(last):
			t.Fatalf("%v ends %v, and that %v", end, last, again)
		case sure && last.After(c.Until()):
			t.Fatalf("%v is sure after %v", last, c.Until())
		}
	})
}

// The library is compared with another source of the same announcements, day by day: testdata is dist/chinese-days.json
// of the npm package chinese-days 1.5.7 (MIT), without its names.
func TestTwoSourcesAgree(t *testing.T) {
	text, err := os.ReadFile("testdata/chinese-days.json")
	if err != nil {
		t.Fatal(err)
	}
	var other struct{ Off, Worked []string }
	if err := json.Unmarshal(text, &other); err != nil {
		t.Fatal(err)
	}
	works := make(map[string]bool)
	for _, d := range other.Off {
		works[d] = false
	}
	for _, d := range other.Worked {
		works[d] = true
	}
	for d := day(t, "2016-01-01"); d.Year() < 2027; d = d.AddDate(0, 0, 1) {
		want, ok := works[d.Format(time.DateOnly)]
		if !ok {
			want = d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		}
		if got := (Calendar{}).Works(d); got != want {
			t.Errorf("%s: worked %v, the other source says %v", d.Format(time.DateOnly), got, want)
		}
	}
}

func TestRead(t *testing.T) {
	c, err := Read(strings.NewReader("\ufeff# 国办发明电\n2031-10-02 休 # 国庆\n\n2031-10-12 班\n2031-10-03\t休\n"), "list")
	if err != nil {
		t.Fatal(err)
	}
	if c.Until().Format(time.DateOnly) != "2031-12-25" || !c.Works(day(t, "2031-10-12")) {
		t.Errorf("until %v", c.Until())
	}
	if got, sure := c.LastDay(day(t, "2031-10-02")); !sure || got.Format(time.DateOnly) != "2031-10-06" {
		t.Errorf("ends %v (%v)", got, sure)
	}
	bad := map[string]string{
		"no date":       "国庆 休",
		"no such day":   "2031-02-30 休",
		"another word":  "2031-10-01 放假",
		"nothing of it": "2031-10-01",
		"too much":      "2031-10-01 休 国庆",
		"both":          "2031-10-02 休\n2031-10-02 班",
	}
	for name, text := range bad {
		if _, err := Read(strings.NewReader("2031-10-05 休\n"+text), "list"); err == nil ||
			!strings.Contains(err.Error(), "list: line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("testdata/none"); err == nil {
		t.Error("a file that is not there is read")
	}
}
