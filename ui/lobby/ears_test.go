package lobby

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	words "courtkiosk/app/ear"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/ear"
	"courtkiosk/ui/view"
)

// studio is a voice and a player that keep what was said, and where.
type studio struct {
	mu    sync.Mutex
	next  []string
	heard []string // ids, with the output where it is the loudspeaker
	texts []string
	hold  chan struct{} // sound lasts until it is closed; nil: no time
}

// lengthOf is more samples than a tick has.
const lengthOf = 4000

func (s *studio) Render(_ context.Context, _ message.Lang, p words.Phrase, _ int) (ear.PCM, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, p.ID+"\x00"+p.Text)
	return make(ear.PCM, lengthOf+len(s.next)), nil // its length tells what it says
}

func (s *studio) Play(ctx context.Context, out ear.Output, sound ear.PCM) error {
	s.mu.Lock()
	if n := len(sound) - lengthOf; n > 0 && n <= len(s.next) {
		id, text, _ := strings.Cut(s.next[n-1], "\x00")
		if out == ear.Loudspeaker {
			id = "aloud " + id
		}
		s.heard, s.texts = append(s.heard, id), append(s.texts, text)
	}
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// take returns what was heard since.
func (s *studio) take() (ids, texts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, texts, s.heard, s.texts = s.heard, s.texts, nil, nil
	return ids, texts
}

// hall is a stage that is heard.
type hall struct {
	*stage
	studio *studio
	ears   *ear.Speaker
	all    []string // ids
	told   []string // texts
}

func newHall(t *testing.T, plugged bool) *hall {
	t.Helper()
	st := new(studio)
	speaker := ear.New(ear.Options{Voice: st, Player: st, Loudspeaker: true})
	t.Cleanup(speaker.Close)
	time.Sleep(10 * time.Millisecond) // digits are rendered ahead
	speaker.Plugged(plugged)
	h := &hall{stage: newStage(t, func(o *Options) { o.Ear = speaker }), studio: st, ears: speaker}
	st.take()
	return h
}

// keys presses keys one after the other, as soon as each is taken.
func (h *hall) keys(keys ...view.Key) {
	for _, k := range keys {
		h.visit.hears.came, h.visit.hears.took = time.Time{}, time.Time{}
		h.Key(k)
	}
}

// hears awaits a phrase, and goes on behind it.
func (h *hall) hears(id string) {
	h.t.Helper()
	at := -1
	h.await(func() bool {
		ids, texts := h.studio.take()
		h.all, h.told = append(h.all, ids...), append(h.told, texts...)
		at = slices.IndexFunc(h.all, func(s string) bool { return strings.TrimPrefix(s, "aloud ") == id })
		return at >= 0
	}, func() string { return "not heard: " + id + " in " + strings.Join(h.all, ", ") })
	h.all = h.all[at+1:]
}

// A whole visit is walked by keys alone, with nothing read from the screen: what each page says leads to the next.
func TestVisitByKeys(t *testing.T) {
	h := newHall(t, true)
	h.keys("7")
	h.hears("ear.welcome")
	if h.screen.Name() != "home" {
		t.Fatalf("the first key led to %s", h.screen.Name())
	}
	h.keys("1")
	h.hears("ear.case")
	h.keys("1", "2", "3", "4", "5")
	h.hears("digit")
	h.keys(view.KeyConfirm)
	h.hears("ear.case.read")
	h.keys(view.KeyConfirm)
	h.until("fee")
	h.hears("ear.fee.sum")
	h.keys(view.KeyConfirm)
	h.until("pay")
	h.hears("ear.pay.where")
	if !h.frame.Alone {
		t.Error("the code does not stand alone")
	}
	h.tell(paidOn)
	h.untilPrinted()
	h.hears("done.print")
	h.keys(view.KeyConfirm)
	h.hears("ear.welcome") // who presses keys hears where that has led
	h.until("home")
	if !strings.Contains(strings.Join(h.told, " "), "¥2,700.00") {
		t.Error("the amount was not heard")
	}
}

// Without earphones nothing of a case is heard by the lobby, whatever is pressed; it is told that something is left
// out.
func TestNothingPrivateAloud(t *testing.T) {
	h := newHall(t, false)
	h.keys("1", "1")
	h.hears("ear.case")
	h.keys("1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.hears("ear.withheld")
	h.keys(view.KeyRepeat)
	h.hears("ear.withheld")
	h.keys(view.KeyConfirm)
	h.until("pay")
	h.hears("ear.withheld")
	h.tell(paidOn)
	h.untilPrinted()
	h.hears("done.print")
	h.keys("1")
	h.hears("ear.done.digits")
	for _, said := range h.told {
		for _, private := range []string{"2,700", "12345", "张", "东城", "567890", "合同", "受理费"} {
			if strings.Contains(said, private) {
				t.Errorf("the lobby heard %q", said)
			}
		}
	}
}

// Who has chosen it, after a warning, hears the case on the loudspeaker, but never what proves a payment; the next
// visitor has not chosen it.
func TestChosenAloud(t *testing.T) {
	h := newHall(t, false)
	h.keys("1")
	h.hears("ear.welcome")
	h.keys(view.KeyHelp, "2")
	h.hears("ear.aloud.ask")
	h.keys("2")
	h.hears("ear.aloud.on")
	h.keys("1", "1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.hears("ear.fee.sum")
	h.home()
	h.told = nil
	h.keys("1", "1", "1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.hears("ear.withheld")
	for _, said := range h.told {
		if strings.Contains(said, "2,700") {
			t.Errorf("the next visit hears %q", said)
		}
	}
}

// After the end of a visit nothing is heard, and speech has to be begun anew.
func TestSilentAfterTheVisit(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "1")
	h.hears("ear.case")
	h.visit.touched = time.Now().Add(-2 * earIdle)
	h.await(func() bool { return !h.ears.Spoke(time.Now()).Equal(time.Now()) }, func() string { return "it speaks" })
	h.ears.Hush() // as if the last word had been long ago
	h.Lobby.tick(tick{now: time.Now()})
	h.until("home")
	h.studio.take()
	for range 20 {
		h.Lobby.tick(tick{now: time.Now()})
	}
	time.Sleep(20 * time.Millisecond)
	if ids, _ := h.studio.take(); len(ids) > 0 || h.visit.hears.on {
		t.Errorf("after the visit %q is heard", ids)
	}
}

// The idle time counts from the end of speech, is warned of before, and any key stays.
func TestIdleByEar(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "1")
	h.hears("ear.case")
	h.await(func() bool { return h.ears.Spoke(time.Now()).Before(time.Now()) }, func() string { return "it speaks on" })
	spoke := h.ears.Spoke(time.Now())
	h.visit.touched = spoke.Add(-time.Hour)
	h.Lobby.tick(tick{now: spoke.Add(earIdle - earWarning - time.Second)})
	if h.frame.IdleLeft != 0 {
		t.Fatalf("warned %d seconds before", h.frame.IdleLeft)
	}
	h.Lobby.tick(tick{now: spoke.Add(earIdle - earWarning + time.Second)})
	if h.frame.IdleLeft != 20 {
		t.Fatalf("%d seconds are left", h.frame.IdleLeft)
	}
	h.Lobby.tick(tick{now: spoke.Add(earIdle - earWarning + 2*time.Second)})
	if h.frame.IdleLeft != 19 {
		t.Errorf("while the warning is said %d seconds are left", h.frame.IdleLeft)
	}
	h.hears("ear.idle")
	h.keys("5")
	if h.frame.IdleLeft != 0 || h.visit.entry.pad.Serial != "" {
		t.Errorf("the key did not stay: %d left, %q typed", h.frame.IdleLeft, h.visit.entry.pad.Serial)
	}
}

// A person is called by one key, from the screen that is shown, and it is said whether that got through.
func TestCallByKey(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "0")
	h.hears("ear.calling")
	h.hears("ear.called")
	if got := h.fake.Calls(); !slices.Equal(got, []string{"home"}) {
		t.Errorf("called from %q", got)
	}
	h.fake.Refuse(countertest.Call, &counter.Refusal{Code: counter.Internal, Err: errors.New("away")})
	h.keys("0")
	h.hears("ear.call.failed")
}

// Where the outcome is not known it is said at once, that nobody should pay again with it, and no tick of the clock
// cuts it.
func TestUnknownOutcomeByEar(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "1", "1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.keys(view.KeyConfirm)
	h.until("pay")
	h.hears("ear.pay")
	h.tell(func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second); p.State = payment.Waiting })
	h.await(func() bool { h.Lobby.tick(tick{now: time.Now()}); return h.screen.Name() == "verify" },
		func() string { return "the screen is " + h.screen.Name() })
	h.hears("verify.twice")
}

// Who touches the screen sees it: the page of all others is back.
func TestTouchShowsThePage(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "1", "1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.keys(view.KeyConfirm)
	h.until("pay")
	if !h.frame.Alone {
		t.Fatal("the code does not stand alone")
	}
	h.touch(view.Intent{Kind: view.Touch})
	if h.frame.Alone {
		t.Error("who touches sees the code alone")
	}
}

// Earphones that are plugged in where nobody is begin a visit; a lobby without a voice takes no key amiss.
func TestPlugBegins(t *testing.T) {
	h := newHall(t, false)
	h.ears.Plugged(true)
	h.Plugged(true)
	h.hears("ear.welcome")

	s := newStage(t)
	s.Key("1")
	s.Plugged(true)
	if s.screen.Name() != "home" || s.visit.hears.on {
		t.Errorf("without a voice a key led to %s", s.screen.Name())
	}
}

// Over every screen, in both languages and with every menu over it, not one private phrase reaches the player while
// nobody knows that earphones are in; with the choice to hear it aloud none that proves a payment does.
func TestNoScreenTellsTheLobby(t *testing.T) {
	st := new(studio)
	speaker := ear.New(ear.Options{Voice: st, Player: st, Loudspeaker: true})
	t.Cleanup(speaker.Close)
	time.Sleep(10 * time.Millisecond)
	for _, aloud := range []bool{false, true} {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			for _, s := range view.Samples(lang) {
				secret := make(map[string]string)
				var list []words.Phrase
				for _, menu := range []view.Menu{view.ThePage, view.TheParts, view.TheHelp, view.Practice} {
					_, said := view.Dial{Menu: menu}.Say(s.Frame, s.Screen)
					list = append(list, said...)
					for _, k := range view.Keys {
						_, _, said := view.Dial{Menu: menu}.Press(s.Frame, s.Screen, k, s.Frame.Now)
						list = append(list, said...)
					}
				}
				for _, p := range list {
					if p.Class == words.Secret || p.Class == words.Private && !aloud {
						secret[p.Text] = p.ID
					}
				}
				speaker.Say(ear.Talk{Lang: lang, Phrases: list, Aloud: aloud, Key: true})
				for speaker.Spoke(time.Now()).Equal(time.Time{}) || !silent(speaker) {
					time.Sleep(time.Millisecond)
				}
				_, texts := st.take()
				for _, text := range texts {
					if id, private := secret[text]; private {
						t.Errorf("%s/%s, aloud %t: the lobby heard %s: %s", lang, s.Name, aloud, id, text)
					}
				}
				if len(texts) == 0 {
					t.Errorf("%s/%s: nothing was heard", lang, s.Name)
				}
			}
		}
	}
}

// silent reports whether nothing is said any more.
func silent(s *ear.Speaker) bool {
	now := time.Now()
	return s.Spoke(now).Before(now)
}

// A digit of the number block is no scanned notice, on any page, and a scanner is none of its keys.
func TestDigitIsNoScan(t *testing.T) {
	h := newHall(t, true)
	h.keys("7")
	h.hears("ear.welcome")
	h.keys("7", "6", "8")
	h.hears("ear.nothing")
	if h.scan.runes != 0 || h.screen.Name() != "home" {
		t.Errorf("%d characters wait as a scan, on %s", h.scan.runes, h.screen.Name())
	}
	h.scans(theCode)
	h.until("fee")
	h.hears("ear.fee.sum")
}

// The key of the footer begins speech and ends it, for who sees a little: the pages stay those of all others.
func TestVoiceByTouch(t *testing.T) {
	h := newHall(t, true)
	h.touch(view.Intent{Kind: view.Voice})
	h.hears("ear.welcome")
	if !h.frame.Voice || !h.frame.Speaking || h.frame.Alone {
		t.Errorf("the frame is %+v", h.frame)
	}
	h.touch(view.Intent{Kind: view.StartPaying})
	h.hears("ear.case")
	h.touch(view.Intent{Kind: view.Voice})
	h.hears("ear.ended")
	if h.frame.Speaking || h.visit.hears.on || h.screen.Name() != "case" {
		t.Errorf("speech has not ended on %s", h.screen.Name())
	}
	h.touch(view.Intent{Kind: view.Back})
	h.studio.take()
	time.Sleep(20 * time.Millisecond)
	if ids, _ := h.studio.take(); len(ids) > 0 {
		t.Errorf("after its end %q is heard", ids)
	}
}
