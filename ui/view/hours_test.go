package view

import (
	"testing"
	"time"

	"courtkiosk/app/holiday"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

func TestServiceHours(t *testing.T) {
	morning := []holiday.Span{{From: 9 * 60, To: 12 * 60}}
	every, split := SampleHours(), SampleHours()
	for d := range every.Week {
		every.Week[d] = morning
	}
	split.Week[time.Wednesday], split.Week[time.Saturday], split.Week[time.Sunday] = nil, morning, morning
	tests := map[string]struct {
		hours  holiday.Hours
		zh, en string
	}{
		"none":  {holiday.Hours{}, "", ""},
		"usual": {SampleHours(), "周一至周五 9:00–12:00、13:30–17:00", "Mon–Fri 9:00–12:00, 13:30–17:00"},
		"every": {every, "周一至周日 9:00–12:00", "Mon–Sun 9:00–12:00"},
		"split": {split, "周一至周二 9:00–12:00、13:30–17:00；周四至周五 9:00–12:00、13:30–17:00；周六至周日 9:00–12:00",
			"Mon–Tue 9:00–12:00, 13:30–17:00; Thu–Fri 9:00–12:00, 13:30–17:00; Sat–Sun 9:00–12:00"},
	}
	for name, tt := range tests {
		if zh, en := ServiceHours(message.Chinese, tt.hours), ServiceHours(message.English, tt.hours); zh != tt.zh ||
			en != tt.en {
			t.Errorf("%s: got %q and %q", name, zh, en)
		}
	}
}

func TestOpens(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 30, 0, 0, payment.China)
	tests := map[string]struct {
		at     time.Time
		zh, en string
	}{
		"unknown":  {time.Time{}, "", ""},
		"today":    {noon.Add(time.Hour), "今天13:30", "today at 13:30"},
		"tomorrow": {noon.Add(20*time.Hour + 30*time.Minute), "明天9:00", "tomorrow at 9:00"},
		"later":    {noon.AddDate(0, 0, 7), "11月30日 星期一 12:30", "Mon 30 Nov at 12:30"},
	}
	for name, tt := range tests {
		if zh, en := Opens(message.Chinese, tt.at, noon), Opens(message.English, tt.at, noon); zh != tt.zh ||
			en != tt.en {
			t.Errorf("%s: got %q and %q", name, zh, en)
		}
	}
}
