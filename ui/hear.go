package ui

import (
	"context"
	"sync"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	words "courtkiosk/app/ear"
	"courtkiosk/app/message"
	"courtkiosk/ui/ear"
	"courtkiosk/ui/keypad"
	"courtkiosk/ui/lobby"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/view"
)

// An Ears is what a machine has for people who do not see its screen; nil where it has nothing of the kind.
type Ears struct {
	speaker *ear.Speaker
	keys    keypad.Options // Press, Plugged and Told are the window's own
	note    func(at []doctor.Code, found []doctor.Finding)
}

// troubleEvery is how often the window tells how its sound is: a failure is no news to a visitor who hears it.
const troubleEvery = 10 * time.Second

// newEars opens the voice of a configuration.
func newEars(a *app.App, f view.Frame) *Ears {
	c := a.Config
	if !c.Ear.Speaks() {
		return nil
	}
	s := ear.New(ear.Options{
		Voice:       ear.Espeak{Parts: words.Parts},
		Player:      &ear.Aplay{Earphones: c.Ear.Earphones, Loudspeaker: c.Ear.Loudspeaker},
		Loudspeaker: c.Ear.Loudspeaker != "", Recordings: c.Ear.Recordings, Ahead: ahead(f), Log: a.Log(),
	})
	return &Ears{speaker: s, note: a.Care().Note, keys: keypad.Options{
		Keypad: c.Ear.Keypad, Volume: c.Ear.Volume, Jack: c.Ear.Jack, Card: config.Card(c.Ear.Earphones),
		Keys: keypad.Table(c.Ear), Again: c.Kiosk.TouchAgain, Log: a.Log(),
		Pipes: c.Environment != config.Production,
	}}
}

// ahead is what is said to everybody: the language of the machine first.
func ahead(f view.Frame) (talks []ear.Talk) {
	for _, lang := range []message.Lang{f.Lang, f.Lang.Other()} {
		in := f.In(lang)
		for _, s := range []view.Screen{view.Home{}, view.Pay{Calm: true}} {
			talks = append(talks, ear.Talk{Lang: lang, Phrases: view.Hear(in, s).Spoken(in)})
		}
	}
	return talks
}

// run reads keypad and jack until ctx ends, and tells the lobby on Fyne's thread. That earphones were pulled out the
// speaker hears at once.
func (e *Ears) run(ctx context.Context, l *lobby.Lobby) {
	if e == nil {
		return
	}
	o := e.keys
	o.Press = func(k view.Key) { seam.OnScreen(func() { l.Key(k) }) }
	o.Plugged = func(in bool) {
		e.speaker.Plugged(in)
		seam.OnScreen(func() { l.Plugged(in) })
	}
	var pad *keypad.Pad
	var telling sync.Mutex // keypad and jack tell for themselves: who tells last has looked last
	o.Told = func(keypad.Health) {
		telling.Lock()
		defer telling.Unlock()
		e.note(keypad.Codes, pad.Findings())
	}
	pad = keypad.New(o)
	go pad.Run(ctx)
	tick := time.NewTicker(troubleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.note([]doctor.Code{doctor.SpeechFails}, e.findings())
		}
	}
}

// findings are the trouble of the sound.
func (e *Ears) findings() []doctor.Finding {
	t := e.speaker.Trouble()
	if t.Kind == "" {
		return nil
	}
	return []doctor.Finding{{Code: doctor.SpeechFails, Of: t.About, Err: t.Err, Args: []string{"said", string(t.Kind)}}}
}

// close is silent for good.
func (e *Ears) close() {
	if e != nil {
		e.speaker.Close()
	}
}

// heard returns the speaker; nil where there is none.
func (e *Ears) heard() *ear.Speaker {
	if e == nil {
		return nil
	}
	return e.speaker
}
