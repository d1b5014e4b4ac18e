package ear

import (
	"context"
	"errors"
	"slices"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// again is how long an urgent phrase must have sounded so that it counts as heard when a key cuts it short.
const again = time.Second

// A line is one phrase of a talk that is to be said.
type line struct {
	talk   *talk
	phrase ear.Phrase
	end    bool // it is no phrase: the talk ends, and it is told that something was withheld
}

// A talk is what its lines have in common.
type talk struct {
	Talk
	withheld bool // something of it was
}

func (l line) urgent() bool { return l.phrase.Class == ear.Urgent }

func (l line) private() bool { return l.phrase.Class >= ear.Private }

// same reports whether two lines say the same.
func (l line) same(o line) bool {
	return l.phrase.ID == o.phrase.ID && l.phrase.Text == o.phrase.Text && l.end == o.end && l.urgent() &&
		l.talk.Lang == o.talk.Lang
}

// outdates reports whether what a line says is not so any more.
func (t Talk) outdates(l line) bool {
	return !l.end && slices.ContainsFunc(t.Past, func(p ear.Phrase) bool {
		return p.ID == l.phrase.ID && p.Text == l.phrase.Text && t.Lang == l.talk.Lang
	})
}

// lines takes a talk apart.
func (t Talk) lines() (lines []line) {
	of := &talk{Talk: t}
	of.Phrases, of.Past = nil, nil // the lines have them
	for _, p := range t.Phrases {
		lines = append(lines, line{talk: of, phrase: p})
	}
	if t.Withheld.Text != "" {
		lines = append(lines, line{talk: of, phrase: t.Withheld, end: true})
	}
	return lines
}

// A turn is a line while it is said. A tick is one without a talk.
type turn struct {
	line
	ctx    context.Context
	cancel context.CancelFunc
	out    Output
	began  time.Time // to sound; zero while it is rendered
	over   bool      // it was stopped, and is not silent yet
	hushed bool      // and its visit has ended
	pace   int       // in words a minute
}

// stop makes a turn silent at once; the speaker's lock is held.
func (n *turn) stop() {
	n.over = true
	n.cancel()
}

// speak says what is to be said until the speaker is closed.
func (s *Speaker) speak() {
	for {
		n := s.next()
		if n == nil {
			select {
			case <-s.wake:
				continue
			case <-s.ctx.Done():
				return
			}
		}
		err := s.perform(n)
		s.finish(n, err)
	}
}

// next takes what is to be said next, and decides where it is heard and whether it may be.
func (s *Speaker) next() *turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &turn{pace: Paces[s.pace]}
	for n.talk == nil && len(s.queue) > 0 {
		n.line = s.admit(s.queue[0])
		s.queue[0] = line{}
		s.queue = s.queue[1:]
	}
	if n.talk == nil && !s.tick || s.ctx.Err() != nil {
		return nil
	}
	s.tick = false
	n.ctx, n.cancel = context.WithCancel(s.ctx)
	n.out = s.output()
	s.now = n
	if n.talk != nil {
		s.present = n.talk
	}
	return n
}

// admit returns what is said in the place of a line as long as the earphones are as they are; none where nothing is.
func (s *Speaker) admit(l line) line {
	p := l.phrase
	switch {
	case l.end && !l.talk.withheld, p.Text == "":
		return line{}
	case !l.private(), s.plugged, p.Class == ear.Private && l.talk.Aloud && s.output() == Loudspeaker:
		return l
	case p.Open != "":
		l.phrase = ear.Phrase{ID: p.ID, Class: ear.Public, Text: p.Open}
		return l
	}
	l.talk.withheld = true
	return line{}
}

// output returns where sound goes: into the earphones when they are known to be in, else to the loudspeaker, and into
// earphones that nobody knows of where there is none.
func (s *Speaker) output() Output {
	if s.plugged || !s.o.Loudspeaker {
		return Earphones
	}
	return Loudspeaker
}

// perform renders and plays a turn, and overwrites its sound.
func (s *Speaker) perform(n *turn) error {
	sound := PCM(nil)
	defer func() { clear(sound) }()
	if n.talk == nil {
		sound = tock()
	} else {
		var err error
		if sound, err = s.render(n.ctx, n.talk.Lang, n.phrase, n.pace); err != nil || len(sound) == 0 {
			return err
		}
	}
	gain, may := s.begin(n)
	if !may {
		return nil
	}
	sound.scale(gain)
	err := s.o.Player.Play(n.ctx, n.out, sound)
	switch {
	case err == nil:
		s.ill.well(source(n.out.String()), "")
	case n.ctx.Err() == nil:
		s.ill.failed(source(n.out.String()), PlayerDied, n.phrase.ID, err)
	}
	return err
}

// begin starts the sound of a turn, unless it was stopped.
func (s *Speaker) begin(n *turn) (gain float64, may bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.ctx.Err() != nil {
		return 0, false
	}
	if s.plugged {
		n.out = Earphones // they came while it was rendered
	}
	n.began = time.Now()
	return volumes[s.volume], true
}

// finish ends a turn. After a hang the rest of its talk would be waited for again and again: the visit goes on by
// sight, and only what is urgent is tried.
func (s *Speaker) finish(n *turn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := !n.began.IsZero() && n.talk != nil && (err == nil || n.over)
	if heard && !n.hushed {
		s.last = time.Now()
	}
	if hangs(err) && !n.over {
		s.queue = slices.DeleteFunc(s.queue, func(l line) bool { return l.talk == n.talk && !l.urgent() })
	}
	n.cancel()
	s.now = nil
}

func hangs(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Kind == PlayerHangs || e.Kind == VoiceHangs)
}

// render returns a phrase as sound, which is the caller's: recorded, kept in memory, or made by the voice.
func (s *Speaker) render(ctx context.Context, lang message.Lang, p ear.Phrase, pace int) (PCM, error) {
	if p.Fixed && s.o.Recordings != "" {
		sound, name, err := recorded(s.o.Recordings, lang, p.ID)
		if err != nil {
			s.ill.failed(theRecordings, BadRecording, p.ID, &Error{BadRecording, name, err})
		} else {
			s.ill.well(theRecordings, name)
		}
		if sound != nil {
			return sound, nil
		}
	}
	k := clip{lang, p.Text, pace}
	if sound, there := s.clips.get(k); there && keepable(lang, p) {
		return sound, nil
	}
	sound, err := s.o.Voice.Render(ctx, lang, p, pace)
	switch {
	case err != nil && ctx.Err() == nil:
		s.ill.failed(theVoice, NoVoice, p.ID, err)
	case err == nil && len(sound) > 0:
		s.ill.well(theVoice, "")
		if keepable(lang, p) {
			s.clips.put(ctx, k, sound)
		}
	}
	return sound, err
}

// ahead renders what will be said again and again, giving way to everything else, until there is no more room for it.
func (s *Speaker) ahead() {
	talks := []Talk{}
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		t := Talk{Lang: lang}
		for _, d := range digits()[lang] {
			t.Phrases = append(t.Phrases, ear.Phrase{ID: "digit", Text: d})
		}
		talks = append(talks, t)
	}
	talks = append(talks, s.o.Ahead...)
	for _, t := range talks {
		for _, p := range t.Phrases {
			if !keepable(t.Lang, p) || !s.clips.room(mostClips/10) {
				continue
			}
			sound, err := s.render(gently(s.ctx), t.Lang, p, Paces[defaultPace])
			clear(sound)
			if err != nil {
				return // health knows
			}
		}
	}
}
