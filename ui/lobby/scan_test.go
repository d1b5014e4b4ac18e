package lobby

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/view"
)

// A burst ends once it is silent for 300 ms, and not before: a slow scanner's code is one code.
func TestABurstEndsInSilence(t *testing.T) {
	for pause, want := range map[time.Duration]int{
		0: 1, 20 * time.Millisecond: 1, 299 * time.Millisecond: 1, 301 * time.Millisecond: 5, time.Second: 5,
	} {
		t.Run(pause.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s scanner
				var bursts []string
				take := func() {
					text, _ := s.take()
					bursts = append(bursts, text)
				}
				for _, r := range "京0101" {
					s.add(r, take)
					time.Sleep(pause)
				}
				last := time.Now()
				time.Sleep(scanGap - pause - 1)
				synctest.Wait()
				if pause < scanGap && len(bursts) != 0 {
					t.Errorf("%v after the last character there are %q", time.Since(last), bursts)
				}
				time.Sleep(2 * time.Nanosecond)
				synctest.Wait()
				if len(bursts) != want {
					t.Errorf("there are %d bursts, %q, want %d", len(bursts), bursts, want)
				}
			})
		})
	}
}

// A scanner's Return ends its burst at once, leads where the code leads, and confirms nothing.
func TestReturnEndsABurst(t *testing.T) {
	s := newStage(t)
	for _, r := range theCase {
		s.typed(r)
	}
	s.keyed(fyne.KeyReturn)
	if s.screen.Name() != "working" {
		t.Errorf("return leads to %s", s.screen.Name())
	}
	s.until("fee")
	s.keyed(fyne.KeyReturn)
	if s.screen.Name() != "fee" || len(s.fake.Asks()) != 0 {
		t.Errorf("a second return leads to %s", s.screen.Name())
	}
	s.home()
	s.press(view.StartPaying)
	for _, r := range "12345" { // some notices have only digits as a barcode
		s.typed(r)
	}
	s.keyed(fyne.KeyReturn)
	if c, ok := s.screen.(view.Case); !ok || c.Entry.Serial != "12345" {
		t.Errorf("a burst of digits leads to %+v", s.screen)
	}
}

// Digits, Backspace and Enter of a keypad do what the keys of the page do, on every page that has keys.
func TestAKeypadOnEveryPageWithKeys(t *testing.T) {
	typed := func(s *stage) string {
		switch v := s.screen.(type) {
		case view.Case:
			return v.Entry.Serial
		case view.Proof:
			return v.Digits
		case view.Calc:
			return s.visit.estimate.calc.Yuan
		}
		return "no page with keys: " + s.screen.Name()
	}
	for name, page := range map[string]struct {
		open func(*stage)
		then string // after Enter
	}{
		"case":    {func(s *stage) { s.press(view.StartPaying) }, "notice-not-found"},
		"finding": {func(s *stage) { s.press(view.Find) }, "notice-not-found"},
		"proof":   {func(s *stage) { s.toWhere(); s.press(view.Reprint) }, "proof"}, // with too few digits it is no try
		"calc":    {func(s *stage) { s.press(view.Calculate) }, "calc"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			page.open(s)
			for _, d := range "9041" {
				s.typed(d)
				s.scanned()
			}
			s.keyed(fyne.KeyBackspace)
			if got := typed(s); got != "904" {
				t.Errorf("the keypad types %q", got)
			}
			s.keyed(fyne.KeyEnter)
			s.until(page.then)
		})
	}
}

// The code that a phone shows to a shop can take money. It is no court's, wherever it is scanned, and is not kept.
func TestAPhonesPaymentCode(t *testing.T) {
	for prefix := 9; prefix <= 16; prefix++ {
		code := fmt.Sprintf("%02d3456789012345678", prefix)[:18]
		for _, open := range []func(*stage){func(*stage) {}, func(s *stage) { s.press(view.StartPaying) },
			func(s *stage) { s.toFee("12345") }} {
			s := newStage(t)
			open(s)
			s.scans(code)
			if phone := s.screen.Name() == "notice-scan-phone"; phone != (prefix >= 10 && prefix <= 15) {
				t.Errorf("%s leads to %s", code, s.screen.Name())
			}
		}
	}
}
