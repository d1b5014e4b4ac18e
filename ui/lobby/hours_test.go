package lobby

import (
	"testing"
	"time"

	"courtkiosk/app/holiday"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// shut are hours that are over, or have not begun: a minute of today that is not this one.
func shut() (h holiday.Hours) {
	now := time.Now().In(payment.China)
	h.Week[now.Weekday()] = []holiday.Span{{From: 0, To: 1}}
	if now.Hour() == 0 {
		h.Week[now.Weekday()] = []holiday.Span{{From: 23 * 60, To: 24 * 60}}
	}
	return h
}

// Outside of the hours nothing new is begun, by whatever way; what costs nothing is there.
func TestClosingTimeBeginsNothingNew(t *testing.T) {
	tests := map[string]struct {
		do   func(*stage)
		want string
	}{
		"by touch":   {func(s *stage) { s.press(view.StartPaying) }, "notice-out-of-hours"},
		"by a scan":  {func(s *stage) { s.scans("2026京0101民初12345") }, "notice-out-of-hours"},
		"by a digit": {func(s *stage) { s.scans("1") }, "notice-out-of-hours"},
		"by a scan while it is computed": {func(s *stage) { s.press(view.Calculate); s.scans("2026京0101民初12345") },
			"notice-out-of-hours"},
		"by way of a notice": {func(s *stage) { s.scans("hello"); s.press(view.StartPaying) },
			"notice-out-of-hours"},
		"find":                  {func(s *stage) { s.press(view.Find) }, "case"},
		"calculator":            {func(s *stage) { s.press(view.Calculate) }, "calc"},
		"help":                  {func(s *stage) { s.press(view.Questions) }, "help"},
		"what a phone has paid": {func(s *stage) { s.toWhere() }, "where"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(o *Options) { o.Hours = shut() })
			if h := s.screen.(view.Home); !h.Resting || h.Closed == "" {
				t.Errorf("the home screen says %+v", h)
			}
			tt.do(s)
			if got := s.screen.Name(); got != tt.want {
				t.Errorf("it leads to %s, want %s", got, tt.want)
			}
			if n, ok := s.screen.(view.Notice); ok && len(n.Rows) == 0 {
				t.Error("the notice names no hours")
			}
			if asked := s.fake.Asked("find"); asked != 0 {
				t.Errorf("the counter was asked %d times", asked)
			}
		})
	}
}

// Closing time ends nothing that has begun: who has the code goes on to the receipt, who has confirmed nothing yet may,
// and only the next case is another day's.
func TestClosingTimeEndsNothing(t *testing.T) {
	tests := map[string]func(*stage){
		"while a number is typed": func(s *stage) {
			s.press(view.StartPaying)
			s.opt.Hours = shut()
			s.digits("12345")
			s.press(view.Confirm)
			s.until("fee")
			s.press(view.Confirm)
			s.until("pay")
		},
		"on the fee page": func(s *stage) {
			s.scans("2026京0101民初12345")
			s.until("fee")
			s.opt.Hours = shut()
			s.press(view.Confirm)
			s.until("pay")
		},
		"under the code": func(s *stage) { s.toPay(); s.opt.Hours = shut() },
	}
	for name, come := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			come(s)
			s.tick(tick{now: time.Now()})
			if s.screen.Name() != "pay" {
				t.Fatalf("the screen is %s", s.screen.Name())
			}
			s.press(view.DemoPay)
			s.until("done")
			s.untilPrinted()
			s.press(view.NextCase)
			if got := s.screen.Name(); got != "notice-out-of-hours" {
				t.Errorf("the next case leads to %s", got)
			}
		})
	}
}

// Who was told after a payment that it is closed has begun nothing: the notice is no way in.
func TestNothingIsBegunFromTheNoticeOfClosingTime(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	s.opt.Hours = shut()
	s.press(view.NextCase)
	s.until("notice-out-of-hours")
	asked := s.fake.Asked("find")
	s.scans("2026京0101民初12346")
	if got := s.screen.Name(); got != "notice-out-of-hours" || s.fake.Asked("find") != asked {
		t.Errorf("a scan leads to %s", got)
	}
}
