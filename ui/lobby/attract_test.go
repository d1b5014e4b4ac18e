package lobby

import (
	"reflect"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/ui/view"
)

// resting is a stage that nobody has touched for two minutes.
func resting(t *testing.T, set ...func(*Options)) *stage {
	t.Helper()
	s := newStage(t, set...)
	s.press(view.Language) // of a passer-by
	for _, after := range []time.Duration{61 * time.Second, attractAfter} {
		s.tick(tick{now: s.visit.touched.Add(after)})
		if got := s.screen.Name(); got != "home" {
			t.Fatalf("after %v the screen is %s", after, got)
		}
	}
	s.tick(tick{now: s.visit.touched.Add(attractAfter + time.Second)})
	if got := s.screen.Name(); got != "attract" || s.frame.Lang != s.opt.Frame.Lang {
		t.Fatalf("after two minutes the screen is %s in %s", got, s.frame.Lang)
	}
	return s
}

// Any touch leads home and does nothing else; what is scanned or typed leads where it leads from there.
func TestWhoComesToAPanelAtRest(t *testing.T) {
	tests := map[string]struct {
		do   func(*stage)
		want string
	}{
		"a touch of the button":    {func(s *stage) { s.press(view.GoHome) }, "home"},
		"a touch of nothing":       {func(s *stage) { s.press(view.Touch) }, "home"},
		"a touch meant for a page": {func(s *stage) { s.press(view.StartPaying) }, "home"},
		"a key":                    {func(s *stage) { s.keyed(fyne.KeyReturn) }, "home"},
		"a notice's code":          {func(s *stage) { s.scans(theCode); s.until("fee") }, "fee"},
		"a scanner's Return": {func(s *stage) {
			for _, r := range theCode {
				s.typed(r)
			}
			s.keyed(fyne.KeyReturn)
			s.until("fee")
		}, "fee"},
		"a phone's order": {func(s *stage) { s.scans(anOrder); s.until("notice-no-payment") }, "notice-no-payment"},
		"a digit":         {func(s *stage) { s.scans("1") }, "case"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := resting(t)
			tt.do(s)
			if got := s.screen.Name(); got != tt.want {
				t.Errorf("it leads to %s, want %s", got, tt.want)
			}
			s.tick(tick{now: time.Now()})
			if got := s.screen.Name(); got != tt.want {
				t.Errorf("a second later it shows %s, want %s", got, tt.want)
			}
		})
	}
}

// A panel at rest says how the machine stands, as soon as it is told and no longer.
func TestAPanelAtRestKnowsTheMachine(t *testing.T) {
	s := resting(t)
	ids := func() (list []string) {
		for _, l := range s.screen.(view.Attract).Lights {
			list = append(list, l.ID)
		}
		return list
	}
	now := s.visit.touched.Add(attractAfter + time.Minute)
	well := []string{"light.pay.well", "light.print.well", "light.list.well"}
	if got := ids(); !reflect.DeepEqual(got, well) {
		t.Errorf("a machine that is well shows %q", got)
	}
	closed := &counter.Refusal{Code: counter.Closed, Args: map[string]string{counter.Trouble: counter.TroubleClock}}
	s.tick(tick{now: now, closed: closed, told: doctor.Report{{Code: doctor.CoverOpen}},
		asked: asked{notices: []string{"15:30后现金请到3号窗口"}}})
	if got, want := ids(), []string{"light.pay.closed", "light.print.out", "light.list.well"}; !reflect.DeepEqual(got,
		want) {
		t.Errorf("a machine in trouble shows %q, want %q", got, want)
	}
	if got := s.screen.(view.Attract).Notices; len(got) != 1 {
		t.Errorf("notices %q", got)
	}
	s.tick(tick{now: now})
	if got := ids(); !reflect.DeepEqual(got, well) {
		t.Errorf("once it is well again it shows %q", got)
	}
}
