package lobby

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// ways lead from home to a screen, which is named first.
var ways = map[string]func(*stage){
	"home":      func(*stage) {},
	"case":      func(s *stage) { s.press(view.Find); s.digits("12") },
	"case year": func(s *stage) { s.press(view.StartPaying); s.intent(view.Intent{Kind: view.PickPart, Arg: "year"}) },
	"case bad":  func(s *stage) { s.press(view.StartPaying, view.Confirm) },
	"fee":       func(s *stage) { s.toFee("12345") },
	"pay":       (*stage).toPay,
	"pay help":  func(s *stage) { s.toPay(); s.press(view.Questions) },
	"verify":    (*stage).toVerify,
	"where":     (*stage).toWhere,
	"proof":     func(s *stage) { s.toWhere(); s.press(view.Reprint); s.digits("123") },
	"proof bad": func(s *stage) {
		s.fake.Pause(time.Hour)
		s.toWhere()
		s.press(view.Reprint)
		s.digits("000000")
		s.press(view.Confirm)
		s.await(func() bool { return s.screen.Name() != "working" }, func() string { return "no answer" })
		s.visit.proof.until = time.Time{} // the seconds of the pause would differ
	},
	"bills": func(s *stage) { s.scans("2026京0101执4410"); s.until("bills") },
	"calc":  func(s *stage) { s.press(view.Calculate); s.digits("5") },
	"calc-steps": func(s *stage) {
		s.press(view.Calculate)
		s.digits("5")
		s.press(view.ShowSteps)
	},
	"done":        func(s *stage) { s.toPay(); s.press(view.DemoPay); s.until("done"); s.untilPrinted() },
	"notice-scan": func(s *stage) { s.scans("hello") },
	"notice-not-found": func(s *stage) {
		s.press(view.StartPaying)
		s.digits("99999")
		s.press(view.Confirm)
		s.until("notice-not-found")
	},
	"notice-scan-phone": func(s *stage) { s.scans("134567890123456789"); s.until("notice-scan-phone") },
	"notice-paid":       (*stage).toPaid,
	"help":              func(s *stage) { s.press(view.Questions) },
	"help topic": func(s *stage) {
		s.press(view.Questions)
		s.intent(view.Intent{Kind: view.PickTopic,
			Arg: "3"})
	},
}

func (s *stage) toPaid() {
	list := dues()
	list[0].State, list[0].Order, list[0].PaidAt = bill.DuePaid, "ORDER", time.Now()
	s.fake.Put(list...)
	s.press(view.StartPaying)
	s.digits("12345")
	s.press(view.Confirm)
	s.until("notice-paid")
}

// clock is what two walks of the same way may say differently.
var clock = regexp.MustCompile(`\d+:\d\d(:\d\d)?`)

// glass is every text on the glass, with its size and colour, and every control with its place.
func (s *stage) glass() (list []string) {
	for _, o := range test.LaidOutObjects(s.Object()) {
		if t, ok := o.(*canvas.Text); ok && t.Text != "" {
			words := clock.ReplaceAllString(t.Text, "time")
			list = append(list, fmt.Sprintf("%s, %.0f high, %v", words, t.TextSize, t.Color))
		}
	}
	for key, o := range s.pages.Targets() {
		list = append(list, fmt.Sprintf("%s at %v", key, o.Position()))
	}
	slices.Sort(list)
	return list
}

// A touch of the footer changes the whole page where it is touched: it says and shows what it would say and show had
// the visit begun so, and a second touch undoes it.
func TestEveryPageIsSeenAnew(t *testing.T) {
	for way, to := range ways {
		for _, kind := range []view.Kind{view.Language, view.LargeText, view.HighContrast, view.LowLayout} {
			t.Run(way+" "+string(kind), func(t *testing.T) {
				name, _, _ := strings.Cut(way, " ")
				begun := newStage(t)
				begun.press(kind)
				to(begun)
				want := begun.glass()
				begun.Stop()
				s := newStage(t)
				to(s)
				before := s.glass()
				s.press(kind)
				if got := s.glass(); !reflect.DeepEqual(got, want) {
					t.Errorf("%s shows %q, begun so it shows %q", s.screen.Name(), missing(got, want),
						missing(want, got))
				}
				if kind == view.Language {
					s.noChinese()
				}
				s.press(kind)
				if got := s.glass(); s.screen.Name() != name || !reflect.DeepEqual(got, before) {
					t.Errorf("undone, %s shows %q in place of %q", s.screen.Name(), missing(got, before),
						missing(before, got))
				}
			})
		}
	}
}

// missing are the texts of a list that another one does not have.
func missing(list, other []string) (only []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			only = append(only, s)
		}
	}
	return only
}

// noChinese finds Chinese on an English page that is none of the court's data.
func (s *stage) noChinese() {
	s.t.Helper()
	court := s.frame.Court + s.frame.Window + "号 中文" + strings.Join(view.CommonTypes, " ")
	for _, d := range dues() {
		court += d.Case + d.Item + d.Payer + d.Payee + d.Cause
	}
	for _, o := range test.LaidOutObjects(s.Object()) {
		t, ok := o.(*canvas.Text)
		if !ok {
			continue
		}
		for _, word := range strings.FieldsFunc(t.Text, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
			if !strings.Contains(court, word) {
				s.t.Errorf("%s says %q in English", s.screen.Name(), t.Text)
			}
		}
	}
}

// What a visitor has set ends with the visit, and a large text gives its reader more time.
func TestWhatIsSetEndsWithTheVisit(t *testing.T) {
	s := newStage(t)
	s.press(view.HighContrast, view.LowLayout, view.LargeText, view.StartPaying)
	s.tick(tick{now: s.visit.touched.Add(70 * time.Second)})
	if f := s.frame; !f.Contrast || !f.Low || !f.Large || f.IdleLeft != 0 {
		t.Errorf("after 70 s of large text: %+v", f)
	}
	s.tick(tick{now: s.visit.touched.Add(91 * time.Second)})
	if f := s.frame; s.screen.Name() != "home" || f.Contrast || f.Low || f.Large {
		t.Errorf("after 91 s: %s, %+v", s.screen.Name(), f)
	}
}

// Help leaves what was typed, leads from a question to the list and from there to the page, and gives way to what
// became of a payment.
func TestHelpLiesOverThePage(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying)
	s.digits("123")
	s.press(view.Questions)
	s.intent(view.Intent{Kind: view.PickTopic, Arg: "4"})
	for i, want := range []view.Screen{view.Help{Topic: 4}, view.Help{}} {
		if s.screen != want {
			t.Fatalf("after %d touches of back help is %+v, want %+v", i, s.screen, want)
		}
		s.press(view.Back)
	}
	if c, ok := s.screen.(view.Case); !ok || c.Entry.Serial != "123" {
		t.Errorf("after help the page is %+v", s.screen)
	}
	s.home()
	s.toPay()
	s.press(view.Questions)
	before := s.screen.(view.Pay)
	s.tick(tick{now: time.Now()})
	if p := s.screen.(view.Pay); !p.Help || p.QR != before.QR || p.Left == 0 {
		t.Errorf("with help the code is shown as %+v", p)
	}
	s.press(view.Back)
	if s.screen.(view.Pay).Help {
		t.Error("back does not close help")
	}
	s.press(view.Questions, view.DemoPay)
	s.until("done")
}

// A visitor who taps twice, whatever the pause, confirms nothing unread: the second tap asks for no money and proves
// nothing, where the first one led.
func TestADoubleTapConfirmsNothing(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	manners := panel.Usual
	manners.Now = func() time.Time { return now }
	for way, to := range map[string]func(*stage){
		"case":        func(s *stage) { s.press(view.StartPaying); s.digits("12345") },
		"bills":       ways["bills"],
		"fee":         ways["fee"],
		"proof":       func(s *stage) { s.scans(anOrder); s.digits("123456") },
		"notice-paid": ways["notice-paid"],
	} {
		t.Run(way, func(t *testing.T) {
			begin := func() *stage {
				s := newStage(t, func(o *Options) { o.Manners = manners })
				to(s)
				return s
			}
			for key := range begin().pages.Targets() {
				if kind, _, _ := strings.Cut(key, ":"); kind == "digit" || kind == "type" || kind == "part" {
					continue // they lead to no other page
				}
				for _, pause := range []int{100, 300, 450, 1199} {
					s := begin()
					now = now.Add(5 * time.Second)
					at := s.middle(key)
					s.tap(at)
					s.settle()
					asked, tried := len(s.fake.Asks()), s.fake.Asked(countertest.Prove)
					now = now.Add(time.Duration(pause) * time.Millisecond)
					s.tap(at)
					s.settle()
					if len(s.fake.Asks()) > asked || s.fake.Asked(countertest.Prove) > tried {
						t.Errorf("%s tapped again after %d ms confirms: now %s", key, pause, s.screen.Name())
					}
					s.Stop()
				}
			}
		})
	}
}

// settle runs what comes in until nothing is waited for and nothing more comes.
func (s *stage) settle() {
	waits := func() bool { _, ok := s.screen.(view.Working); return ok }
	s.await(func() bool { return !waits() }, func() string { return "no answer" })
	for {
		select {
		case fn := <-s.jobs:
			fn()
		case <-time.After(5 * time.Millisecond):
			return
		}
	}
}

func (s *stage) middle(key string) fyne.Position {
	o := s.pages.Targets()[key]
	if o == nil {
		s.t.Fatalf("%s has no %s", s.screen.Name(), key)
	}
	return o.Position().AddXY(o.Size().Width/2, o.Size().Height/2)
}

// tap taps what lies at a place.
func (s *stage) tap(at fyne.Position) {
	for _, o := range s.pages.Targets() {
		p, size := o.Position(), o.Size()
		if at.X >= p.X && at.X < p.X+size.Width && at.Y >= p.Y && at.Y < p.Y+size.Height {
			o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
			return
		}
	}
}

// A keypad works where there are keys and confirms no money; a digit on the home page begins a visit.
func TestAKeypad(t *testing.T) {
	s := newStage(t)
	s.scans("7")
	c, ok := s.screen.(view.Case)
	if !ok || c.Entry.Serial != "7" || c.Finding {
		t.Fatalf("a digit leads to %+v", s.screen)
	}
	s.keyed(fyne.KeyBackspace)
	for _, d := range "12345" {
		s.typed(d)
		s.scanned()
	}
	s.keyed(fyne.KeyEnter)
	s.until("fee")
	s.keyed(fyne.KeyEnter)
	s.scans("5")
	if s.screen.Name() != "fee" || len(s.fake.Asks()) != 0 {
		t.Errorf("enter on the fee leads to %s", s.screen.Name())
	}
	s.home()
	s.frame.Lang = message.English
	s.scans("134567890123456789")
	s.until("notice-scan-phone")
	if n := s.screen.(view.Notice); !strings.Contains(n.Words.Sentence, "payment codes from phones") {
		t.Errorf("a phone's payment code is told as %+v", n.Words)
	}
}
