package holiday

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

func TestSpans(t *testing.T) {
	tests := map[string]string{ // what is read, or what is wrong
		"":                           "[]",
		"9:00-17:00":                 "[9:00–17:00]",
		" 09:00 - 12:00,13:30-17:00": "[9:00–12:00 13:30–17:00]",
		"9：00至12：00，13：30—17：00":     "[9:00–12:00 13:30–17:00]",
		"0:00-24:00":                 "[0:00–24:00]",
		"9:00-12:00,12:00-17:00":     "[9:00–12:00 12:00–17:00]",
		"9-17":                       "no span",
		"9:00":                       "no span",
		"9:0-17:00":                  "no span",
		"9:60-17:00":                 "no span",
		"9:00-24:01":                 "no span",
		"9:00-17:00,":                "no span",
		"-9:00-17:00":                "no span",
		"17:00-9:00":                 "ends before",
		"9:00-9:00":                  "ends before",
		"9:00-12:00,11:00-17:00":     "in front of it",
	}
	for text, want := range tests {
		got, err := Spans(text)
		said := fmt.Sprint(got)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, want) {
			t.Errorf("Spans(%q) = %s, want %s", text, said, want)
		}
	}
}

// office is a court that rests at noon and at weekends, and knows the calendar of 2026.
func office(t *testing.T) Hours {
	t.Helper()
	day, err := Spans("9:00-12:00, 13:30-17:00")
	if err != nil {
		t.Fatal(err)
	}
	var h Hours
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = day
	}
	return h
}

func TestHours(t *testing.T) {
	h := office(t)
	saturday := h
	saturday.Week[time.Saturday] = []Span{{9 * 60, 12 * 60}}
	tests := map[string]struct {
		hours Hours
		now   string
		next  string // empty: it is open
	}{
		"in the morning":              {h, "2026-11-23 11:59", ""},
		"at the second of noon":       {h, "2026-11-23 12:00", "2026-11-23 13:30"},
		"before it opens":             {h, "2026-11-23 08:59", "2026-11-23 09:00"},
		"as it opens":                 {h, "2026-11-23 09:00", ""},
		"in the evening":              {h, "2026-11-23 17:00", "2026-11-24 09:00"},
		"before a weekend":            {h, "2026-11-27 18:00", "2026-11-30 09:00"},
		"on a Saturday":               {h, "2026-11-28 10:00", "2026-11-30 09:00"},
		"on a Saturday that is named": {saturday, "2026-11-28 10:00", ""},
		"in the holidays of October":  {h, "2026-10-01 10:00", "2026-10-08 09:00"},
		"a holiday on a named day":    {saturday, "2026-10-03 10:00", "2026-10-08 09:00"},
		"a Saturday worked instead":   {h, "2026-10-10 10:00", ""},
		"no hours at all":             {Hours{}, "2026-10-01 03:00", ""},
	}
	for name, tt := range tests {
		now, err := time.ParseInLocation("2006-01-02 15:04", tt.now, payment.China)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next := tt.hours.Next(now.UTC()); !next.IsZero() {
			got = next.Format("2006-01-02 15:04")
		}
		if open := tt.hours.Open(now.UTC()); got != tt.next || open != (tt.next == "") {
			t.Errorf("%s: open %t, opens %s, want %s", name, open, got, tt.next)
		}
	}
}
