package checkup

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
)

// speech: a kiosk that can be heard has a voice, what plays it, and the cards that it is heard from.
func speech(ctx context.Context, m *Machine, s *sight) error {
	e := m.Config.Ear
	if e.Keypad == "" {
		return errIdle
	}
	m.voice(ctx, s)
	if _, err := m.Run(ctx, "aplay", "--version"); errors.Is(err, exec.ErrNotFound) {
		s.find(doctor.PlayerNone, "")
	} else if err != nil {
		s.doubt(err)
	}
	text, err := m.read("/proc/asound/cards")
	if err != nil {
		s.doubt(err)
	}
	for _, device := range []string{e.Earphones, e.Loudspeaker} {
		card := config.Card(device)
		has := slices.ContainsFunc(soundCard.FindAllStringSubmatch(text, -1), func(c []string) bool {
			return c[1] == card
		})
		if card != "" && !has && err == nil {
			s.find(doctor.CardAbsent, device)
		}
	}
	if e.Recordings != "" {
		p, err := m.servant()
		if err != nil {
			return err
		}
		if ok, err := m.mayRead(p, e.Recordings); errors.Is(err, fs.ErrNotExist) || err == nil && !ok {
			s.find(doctor.RecordingsNone, e.Recordings, "user", p.name)
		} else if err != nil {
			s.doubt(err)
		}
	}
	return m.told(s, doctor.SpeechFails)
}

// soundCard is a line of /proc/asound/cards: " 1 [EZKey          ]: USB-Audio - EZ-Key".
var soundCard = regexp.MustCompile(`(?m)^ *[0-9]+ \[([^ \]]+) *\]:`)

// Mandarin is the voice that reads pinyin as it is meant; the one that is called cmn alone reads it as English.
const mandarin = "cmn-latn-pinyin"

// voice finds that the voice is missing, or has no Mandarin.
func (m *Machine) voice(ctx context.Context, s *sight) {
	out, err := m.Run(ctx, "espeak-ng", "--voices=cmn")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		s.find(doctor.VoiceNone, "", "said", "espeak-ng")
	case err != nil:
		s.doubt(err)
	case !slices.Contains(strings.Fields(out), mandarin):
		s.find(doctor.VoiceNone, "", "said", mandarin)
	}
}

// keypad: it is there, the program's user may read it, and a switch says whether earphones are in.
func keypad(_ context.Context, m *Machine, s *sight) error {
	e := m.Config.Ear
	if e.Keypad == "" {
		return errIdle
	}
	p, err := m.servant()
	if err != nil {
		return err
	}
	// readable finds that a device is not there, or that the program cannot read it.
	readable := func(name string, absent, shut doctor.Code) {
		info, err := m.stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			s.find(absent, name, "said", "not there")
		case err != nil:
			s.doubt(err)
		default:
			if ok, err := p.may(info, 4); err != nil {
				s.doubt(err)
			} else if !ok {
				s.find(shut, name, "said", "user "+p.name+" may not read it")
			}
		}
	}
	readable(e.Keypad, doctor.KeypadAbsent, doctor.KeypadShut)
	if e.Volume != "" {
		readable(e.Volume, doctor.KeypadAbsent, doctor.KeypadShut)
	}
	switch {
	case e.Jack != "":
		readable(e.Jack, doctor.JackAbsent, doctor.JackAbsent)
	case e.Earphones != "":
		s.find(doctor.JackUnknown, "")
	}
	return m.told(s, doctor.KeypadAbsent, doctor.KeypadShut, doctor.KeypadLacks, doctor.JackAbsent)
}

// keypadID is maker and product of the keypad, as USB has them, which the configuration agrees to; empty where it is
// not plugged in.
func (m *Machine) keypadID() (string, error) {
	name := inTree(m.Config.Ear.Keypad)
	if m.Config.Ear.Keypad == "" {
		return "", nil
	}
	for range 8 { // links to links
		to, err := fs.ReadLink(m.Files, name)
		if err != nil {
			break
		}
		if !strings.HasPrefix(to, "/") {
			to = "/" + name[:strings.LastIndex(name, "/")+1] + to
		}
		name = inTree(to)
	}
	of := "/sys/class/input/" + name[strings.LastIndex(name, "/")+1:] + "/device/id/"
	maker, err := m.read(of + "vendor")
	if err != nil || maker == "" {
		return "", err
	}
	product, err := m.read(of + "product")
	return maker + ":" + product, err
}
