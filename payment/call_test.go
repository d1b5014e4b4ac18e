package payment_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

var teaTime = time.Date(2026, 11, 23, 16, 30, 0, 0, payment.China)

// A call is answered once, and by its own number: who looks at an older one does not end the next.
func TestCall(t *testing.T) {
	wang, li := payment.By{Person: "0217"}, payment.By{Person: "0108"}
	c, e := payment.Call{}.Again("03", "pay", teaTime)
	if c.N != 1 || c.Screen != "pay" || !c.Waits(teaTime) || e.Event != payment.CallMade ||
		e.Note != `kiosk 03, call 1, screen "pay"` || e.By.Device != "03" {
		t.Fatalf("%+v, %+v", c, e)
	}
	if again, e := c.Again("03", "help", teaTime.Add(time.Hour)); again != c || e.Event != "" {
		t.Errorf("called twice it is %+v, %+v", again, e)
	}
	a, e, err := c.Answer(1, wang, teaTime.Add(time.Minute))
	if err != nil || a.Waits(teaTime.Add(time.Minute)) || a.Answered.By != wang || e.By != wang ||
		e.Event != payment.CallAnswered || e.Note != `kiosk 03, call 1, screen "pay"` {
		t.Errorf("answered: %+v, %+v, %v", a, e, err)
	}
	if got, _, err := a.Answer(1, li, teaTime.Add(time.Minute)); !errors.Is(err, payment.ErrConflict) ||
		got.Answered.By != wang {
		t.Errorf("answered twice: %+v, %v", got, err)
	}
	b, _ := a.Again("03", "help", teaTime.Add(2*time.Minute))
	if b.N != 2 || !b.Waits(teaTime.Add(2*time.Minute)) || !b.Answered.At.IsZero() {
		t.Errorf("the next one is %+v", b)
	}
	if _, _, err := b.Answer(1, li, teaTime.Add(3*time.Minute)); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("the one before is answered: %v", err)
	}
	if _, _, err := (payment.Call{}).Answer(0, li, teaTime); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("none is answered: %v", err)
	}
}

// What nobody answers is missed after two hours, and told until midnight.
func TestCallUnanswered(t *testing.T) {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, payment.China)
	}
	tests := map[string]struct {
		made, now     time.Time
		waits, missed bool
	}{
		"at once":                    {at(23, 16, 30), at(23, 16, 30), true, false},
		"by a clock that went back":  {at(23, 16, 30), at(23, 16, 0), true, false},
		"a minute before two hours":  {at(23, 16, 30), at(23, 18, 29), true, false},
		"after two hours":            {at(23, 16, 30), at(23, 18, 30), false, true},
		"late in the evening":        {at(23, 16, 30), at(23, 23, 59), false, true},
		"the next day":               {at(23, 16, 30), at(24, 0, 0), false, false},
		"over midnight, waiting":     {at(23, 23, 30), at(24, 1, 29), true, false},
		"over midnight, missed":      {at(23, 23, 30), at(24, 1, 30), false, true},
		"over midnight, the evening": {at(23, 23, 30), at(24, 23, 59), false, true},
		"over midnight, gone":        {at(23, 23, 30), at(25, 0, 0), false, false},
		"the same day of next year":  {at(23, 16, 30), at(23, 16, 30).AddDate(1, 0, 0), false, false},
	}
	for name, tt := range tests {
		c, _ := payment.Call{}.Again("03", "home", tt.made)
		if waits, missed := c.Waits(tt.now), c.Missed(tt.now); waits != tt.waits || missed != tt.missed {
			t.Errorf("%s: waits %t, missed %t", name, waits, missed)
		}
		next, _ := c.Again("03", "pay", tt.now)
		if anew := next.N == 2; anew == tt.waits {
			t.Errorf("%s: the next press makes it call %d", name, next.N)
		}
	}
	if c := (payment.Call{}); c.Waits(teaTime) || c.Missed(teaTime) {
		t.Error("a machine that has not called waits")
	}
}

// Whatever a face gives for a screen, nothing but a screen's name is kept.
func FuzzCallNamesNobody(f *testing.F) {
	for _, s := range []string{
		"", "home", "notice-scan-phone", "notice-closed.ledger", "pay..", "pay-", "-pay", "pay--home", "Pay",
		"pay\nhome", "张晓明", "zhang'", "11010519491231002X", "pay 13800138000", "（2026）京0105民初12345号",
		strings.Repeat("a", 41),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, e := payment.Call{}.Again("03", s, teaTime)
		for _, r := range c.Screen {
			if r != '-' && r != '.' && (r < 'a' || r > 'z') {
				t.Errorf("%q is kept as %q", s, c.Screen)
			}
		}
		if c.Screen != "" && c.Screen != s || len(c.Screen) > 40 || c.N != 1 {
			t.Errorf("%q is kept as %+v", s, c)
		}
		if want := `kiosk 03, call 1, screen "` + c.Screen + `"`; e.Note != want {
			t.Errorf("the audit says %s", e.Note)
		}
	})
}
