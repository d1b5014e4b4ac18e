package lobby

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/ear"
	"courtkiosk/ui/view"
)

// Whatever keys are pressed in whatever order, with news, plugs and seconds between them: each key is answered by
// something that is said, no word of the case reaches the lobby, and Back leads home.
func TestAnyKeysByEar(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { anyKeys(t, rand.New(rand.NewPCG(seed, 17)), seed%2 == 1) })
	}
}

func anyKeys(t *testing.T, r *rand.Rand, noPaper bool) {
	st, log := new(studio), new(sink)
	speaker := ear.New(ear.Options{Voice: st, Player: st, Loudspeaker: true})
	t.Cleanup(speaker.Close)
	h := &hall{studio: st, ears: speaker}
	h.stage = newStage(t, func(o *Options) {
		o.Ear, o.Log = speaker, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if noPaper {
		h.printer.breaks(&receipt.TroubleError{Condition: receipt.PaperOut})
	}
	said := func() int {
		log.mu.Lock()
		defer log.mu.Unlock()
		return strings.Count(log.String(), "msg=said")
	}
	ends := []func(*counter.Progress){paidOn, func(p *counter.Progress) { p.State = payment.Closed },
		func(p *counter.Progress) { p.State = payment.Disputed },
		func(p *counter.Progress) { p.Expires = time.Now().Add(-time.Second) }}
	ways := []view.Key{"1", "1", "2", "3", view.KeyConfirm, view.KeyConfirm, view.KeyConfirm, view.KeyBack,
		view.KeyHelp, view.KeyRepeat, "0", "4"}
	seen := make(map[string]bool)
	for n := range 280 {
		if n%40 == 0 {
			h.backHome()
		}
		k := ways[r.IntN(len(ways))]
		page := h.visit.hears.dial.Menu == view.ThePage
		c, typed := h.screen.(view.Case)
		p, proof := h.screen.(view.Proof)
		switch {
		case r.IntN(5) == 0:
		case !page:
			k = view.KeyBack
		case h.screen.Name() == "home":
			k = view.Key("1112345"[r.IntN(7):][:1])
		case h.screen.Name() == "fee", typed && len(c.Entry.Serial) == 5, proof && len(p.Digits) == 6:
			k = view.KeyConfirm
		case typed && len(c.Entry.Serial) < 5:
			k = view.Key("12345"[len(c.Entry.Serial):][:1])
		case proof && len(p.Digits) < 6:
			k = view.Key("567890"[len(p.Digits):][:1])
		}
		if h.visit.hears.dial.Menu == view.TheHelp && (k == "2" || k == "4") { // aloud, or no more at all
			continue
		}
		if at := h.screen.Name(); at == "home" && k == view.KeyBack {
			continue
		}
		at, before := h.screen.Name()+"/"+string(h.visit.hears.dial.Menu), said()
		seen[at] = true
		h.keys(k)
		if said() == before {
			t.Errorf("%d: nothing answers %s on %s: %+v", n, k, at, h.screen)
		}
		if h.visit.paying.following() && r.IntN(5) == 0 {
			h.tell(ends[r.IntN(len(ends))])
		}
		if r.IntN(3) == 0 { // the speaker knows at once, the lobby a little later
			in := r.IntN(2) == 0
			speaker.Plugged(in)
			h.jobs <- func() { h.Plugged(in) }
		}
		h.arrives()
		h.Lobby.tick(tick{now: time.Now()})
	}
	ids, texts := st.take()
	for i, text := range texts {
		if !strings.HasPrefix(ids[i], "aloud ") {
			continue
		}
		for _, private := range []string{"2,700", "12345", "12346", "张", "东城", "567890", "合同", "受理费", "京01"} {
			if strings.Contains(text, private) {
				t.Errorf("the lobby heard %q", text)
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %v were seen", seen)
	}
}

// arrives runs what comes in within a few milliseconds.
func (h *hall) arrives() {
	for range 4 {
		select {
		case fn := <-h.jobs:
			fn()
		case <-time.After(time.Millisecond):
		}
	}
}

// backHome presses Back until the home page is there, which it leads to from everywhere.
func (h *hall) backHome() {
	h.t.Helper()
	if !h.visit.hears.on {
		h.keys(view.KeyBack)
	}
	for range 40 {
		if h.screen.Name() == "home" && h.visit.hears.dial.Menu == view.ThePage {
			return
		}
		k := view.KeyBack
		if h.visit.hears.dial.Menu == view.Practice {
			k = view.KeyHelp
		}
		h.keys(k)
		if p := h.visit.paying; p.following() && !p.cancelled.IsZero() {
			h.tell(func(p *counter.Progress) { p.State = payment.Closed })
		}
		h.arrives()
		h.Lobby.tick(tick{now: time.Now()})
	}
	h.t.Fatalf("Back does not lead home from %+v", h.screen)
}
