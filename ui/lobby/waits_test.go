package lobby

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// quiet awaits that nothing is said any more.
func (h *hall) quiet() {
	h.t.Helper()
	h.await(func() bool { return h.ears.Spoke(time.Time{}).Before(time.Now()) && !h.speaks() },
		func() string { return "it speaks on" })
	_, texts := h.studio.take()
	h.all, h.told = nil, append(h.told, texts...)
}

// speaks reports whether something is said now.
func (h *hall) speaks() bool {
	mark := time.Now().Add(time.Hour)
	return h.ears.Spoke(mark).Equal(mark)
}

// holds has sound last until the test says otherwise.
func (h *hall) holds() (release func()) {
	hold := make(chan struct{})
	h.studio.mu.Lock()
	h.studio.hold = hold
	h.studio.mu.Unlock()
	return func() {
		h.studio.mu.Lock()
		h.studio.hold = nil
		h.studio.mu.Unlock()
		close(hold)
	}
}

// toPayByKeys walks to the code.
func (h *hall) toPayByKeys() {
	h.t.Helper()
	h.keys("1", "1", "1", "2", "3", "4", "5", view.KeyConfirm, view.KeyConfirm)
	h.until("fee")
	h.keys(view.KeyConfirm)
	h.until("pay")
	h.hears("ear.pay.where")
}

// The warning is speech too, and does not put off what it warns of: else no visit would ever end.
func TestWarningKeepsNoVisit(t *testing.T) {
	h := newHall(t, true)
	h.keys("1", "1")
	h.hears("ear.case")
	h.quiet()
	spoke := h.ears.Spoke(time.Time{})
	h.visit.touched = spoke.Add(-time.Hour)
	release := h.holds()
	h.Lobby.tick(tick{now: spoke.Add(earIdle - earWarning + time.Second)})
	h.await(h.speaks, func() string { return "no warning" })
	h.Lobby.tick(tick{now: spoke.Add(earIdle - earWarning + 5*time.Second)})
	if left := h.frame.IdleLeft; left == 0 || left > 20 {
		t.Errorf("while the warning is said %d seconds are left", left)
	}
	release()
	h.quiet()
	h.Lobby.tick(tick{now: spoke.Add(earIdle + time.Second)})
	if h.screen.Name() != "home" || h.visit.hears.on {
		t.Errorf("after the warning the screen is %s", h.screen.Name())
	}
}

// Whatever comes while it is warned that the visit ends is said: it is the outcome of a payment.
func TestOutcomeEndsTheWarning(t *testing.T) {
	for name, c := range map[string]struct {
		end func(*counter.Progress)
		id  string
	}{
		"paid":   {paidOn, "done.title"},
		"closed": {func(p *counter.Progress) { p.State = payment.Closed }, "notice.expired.1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, true)
			h.toPayByKeys()
			h.tell(func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second) })
			h.await(func() bool { h.Lobby.tick(tick{now: time.Now()}); return h.screen.Name() == "verify" },
				func() string { return "the screen is " + h.screen.Name() })
			h.quiet()
			h.visit.touched = time.Now().Add(-earIdle + earWarning/2)
			h.visit.paying.verifying = h.visit.touched
			h.visit.hears.spoke, h.visit.hears.warns = h.visit.touched, true // it is long since anything was said
			h.Lobby.tick(tick{now: time.Now()})
			h.hears("ear.idle")
			h.tell(c.end)
			h.hears(c.id)
			if left := h.idleLimit() - h.untouched(time.Now()); left < earIdle-earWarning/2 {
				t.Errorf("the outcome is shown for %v", left)
			}
		})
	}
}

// An outcome that is not known is said before anybody is asked whether they are there: nothing need have been said
// while its code was shown.
func TestUnknownOutcomeBeforeTheWarning(t *testing.T) {
	h := newHall(t, true)
	h.toPayByKeys()
	h.quiet()
	h.keys(view.KeyHelp)
	h.hears("ear.help")
	h.quiet()
	h.ears.Hush() // as if the last word had been long ago
	h.visit.touched = time.Now().Add(-4 * time.Minute)
	h.tell(func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second) })
	h.await(func() bool { h.Lobby.tick(tick{now: time.Now()}); return h.screen.Name() == "verify" },
		func() string { return "the screen is " + h.screen.Name() })
	h.await(h.speaks, func() string { return "nothing is said" })
	h.hears("verify.twice")
	if ids := h.all; slices.Contains(ids, "ear.idle") {
		t.Error("it was asked first whether anybody is there")
	}
}

// The outcome of a payment stays for its whole time, however long it was waited for without a touch.
func TestOutcomeStays(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.visit.touched = time.Now().Add(-5 * time.Minute)
	s.tell(func(p *counter.Progress) { p.State, p.Expires = payment.Closed, time.Now().Add(-time.Second) })
	s.until("notice-expired")
	s.Lobby.tick(tick{now: time.Now()})
	if s.screen.Name() != "notice-expired" || s.frame.IdleLeft > 0 {
		t.Errorf("a second later the screen is %s, with %d seconds left", s.screen.Name(), s.frame.IdleLeft)
	}
}

// A key that was meant for the page before leads nobody away from an outcome that was not heard yet: who presses
// Confirm to look whether it is paid hears that it is, and the receipt comes.
func TestNoKeyCutsAnOutcome(t *testing.T) {
	for _, k := range []view.Key{view.KeyConfirm, view.KeyBack} {
		h := newHall(t, true)
		h.toPayByKeys()
		h.tell(paidOn)
		h.until("done")
		h.visit.hears.came = h.visit.hears.came.Add(-earBlind - time.Millisecond)
		h.Key(k)
		if h.screen.Name() != "done" {
			t.Errorf("%s led to %s", k, h.screen.Name())
		}
		h.hears("done.title")
		h.untilPrinted()
		h.keys(k)
		h.until("home")
	}
}

// A digit where digits are typed counts even where it begins speech.
func TestDigitBeginsSpeech(t *testing.T) {
	h := newHall(t, true)
	h.touch(view.Intent{Kind: view.StartPaying})
	h.Key("1")
	if got := h.visit.entry.pad.Serial; got != "1" {
		t.Errorf("%q is typed", got)
	}
	h.hears("ear.case")
}

// Who hears is told, too, that the machine cannot go on and that the money is safe.
func TestLedgerFailsByEar(t *testing.T) {
	h := newHall(t, true)
	h.toPayByKeys()
	h.Lobby.tick(tick{now: time.Now(), closed: &counter.Refusal{Code: counter.Closed,
		Args: map[string]string{counter.Trouble: counter.TroubleLedger}}})
	h.hears("notice.closed.ledger.1")
}

// Earphones take back that private phrases are said on the loudspeaker: they are not, when the plug is pulled.
func TestPlugTakesAloudBack(t *testing.T) {
	h := newHall(t, false)
	h.keys("1", view.KeyHelp, "2", "2")
	h.hears("ear.aloud.on")
	h.ears.Plugged(true)
	h.Plugged(true)
	h.keys("1", "1", "2", "3", "4", "5", view.KeyConfirm)
	h.hears("ear.case.read")
	h.ears.Plugged(false)
	h.Plugged(false)
	h.told = nil
	h.keys(view.KeyConfirm)
	h.until("fee")
	h.hears("ear.withheld")
	if told := strings.Join(h.told, " "); strings.Contains(told, "2,700") {
		t.Errorf("the lobby hears %s", told)
	}
}

// Nobody is read to who begins by touch, without earphones, after somebody who listened has gone.
func TestTouchAtHomeEndsSpeech(t *testing.T) {
	for plugged, want := range map[bool]bool{false: false, true: true} {
		h := newHall(t, plugged)
		h.keys("1")
		h.hears("ear.welcome")
		h.touch(view.Intent{Kind: view.StartPaying})
		if h.visit.hears.on != want {
			t.Errorf("earphones %v: speech is on: %v", plugged, h.visit.hears.on)
		}
	}
}

// What a refusal tells of a scanned notice is for earphones.
func TestScannedIsNotReadAloud(t *testing.T) {
	h := newHall(t, false)
	h.keys("1")
	h.hears("ear.welcome")
	h.scans("（2026）京0l01民初12345号")
	h.await(func() bool { _, notice := h.screen.(view.Notice); return notice },
		func() string { return "the screen is " + h.screen.Name() })
	h.hears("ear.withheld")
	n := h.screen.(view.Notice)
	if told := strings.Join(h.told, " "); !n.Quotes || strings.Contains(told, n.Words.Sentence) {
		t.Errorf("%+v: the lobby heard %s", n, told)
	}
}

// A payment is cancelled by two presses that somebody means: not by one that trembles, and not by one that was asked
// about long ago.
func TestCancelWantsTwoPresses(t *testing.T) {
	h := newHall(t, true)
	h.toPayByKeys()
	h.keys(view.KeyBack)
	h.hears("ear.cancel.ask")
	h.visit.hears.took = time.Now()
	h.Key(view.KeyBack)
	if h.screen.Name() != "pay" {
		t.Fatalf("a trembling hand leads to %s", h.screen.Name())
	}
	h.quiet()
	h.keys(view.KeyBack)
	if h.screen.Name() != "working" {
		t.Errorf("the second press leads to %s", h.screen.Name())
	}
}

// Who turns the volume up because it is hard to hear hears what was cut short: that nobody should pay again.
func TestLouderLosesNothing(t *testing.T) {
	h := newHall(t, true)
	h.toPayByKeys()
	h.quiet()
	release := h.holds()
	h.tell(func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second) })
	h.await(func() bool { h.Lobby.tick(tick{now: time.Now()}); return h.screen.Name() == "verify" },
		func() string { return "the screen is " + h.screen.Name() })
	h.hears("verify.title")
	time.Sleep(1100 * time.Millisecond) // it counts as heard
	h.keys(view.KeyLouder)
	release()
	h.hears("verify.title") // after the step
	h.quiet()
	h.keys(view.KeyLouder)
	h.quiet()
	if told := strings.Join(h.told[len(h.told)-1:], " "); !strings.Contains(told, "音量") {
		t.Errorf("in silence the step says %q too", told)
	}
}

// That a payment has arrived is said at once, and cuts what is so no more: that its outcome is not known, and the
// question whether it be cancelled, whose answer would end the visit.
func TestOutcomeCutsWhatIsPast(t *testing.T) {
	for _, unknown := range []bool{true, false} {
		h := newHall(t, true)
		h.toPayByKeys()
		h.quiet()
		release := h.holds()
		if unknown {
			h.tell(func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second) })
			h.await(func() bool { h.Lobby.tick(tick{now: time.Now()}); return h.screen.Name() == "verify" },
				func() string { return "the screen is " + h.screen.Name() })
			h.hears("verify.title")
		} else {
			h.keys(view.KeyBack)
			h.hears("ear.cancel.ask")
		}
		h.tell(paidOn)
		h.hears("done.title") // while nothing has come to its end
		release()
		h.hears("done.print")
		h.quiet()
		if told := strings.Join(h.told, " "); strings.Contains(told, "请不要重复付款") {
			t.Errorf("after the outcome it is told: %s", told)
		}
	}
}
