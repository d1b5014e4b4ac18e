package keypad

import (
	"errors"
	"io/fs"
	"time"

	"courtkiosk/app/doctor"
)

// ErrUnread says that nobody has looked at the device yet.
var ErrUnread = errors.New("not looked at")

// Health is how keypad and jack are.
type Health struct {
	Keypad  error     // why the keypad is not used; nil while it is held
	Lacks   string    // the keys that it does not have, of those that it can do without
	Volume  error     // likewise of volume keys that are a device of their own
	Pressed time.Time // when a key was pressed last; zero: since the start none was
	Jack    error     // why nothing is known of the jack; nil while it is
	In      bool      // the earphones are in, as far as it is known
}

// same reports whether nothing but presses and plugs is between two.
func (h Health) same(g Health) bool {
	return alike(h.Keypad, g.Keypad) && h.Lacks == g.Lacks && alike(h.Volume, g.Volume) && alike(h.Jack, g.Jack)
}

// alike reports whether two errors say the same.
func alike(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

// Codes are all that Findings can find: who notes its findings notes that the others are over.
var Codes = []doctor.Code{doctor.KeypadAbsent, doctor.KeypadShut, doctor.KeypadLacks, doctor.JackAbsent}

// Findings are the troubles of keypad and jack.
func (p *Pad) Findings() (found []doctor.Finding) {
	h := p.Health()
	find := func(c doctor.Code, of string, err error, pairs ...string) {
		found = append(found, doctor.Finding{Code: c, Of: of, Err: err, Args: pairs})
	}
	if h.Keypad == nil && h.Lacks != "" {
		find(doctor.KeypadLacks, p.o.Keypad, nil, "said", h.Lacks)
	}
	for name, err := range map[string]error{p.o.Keypad: h.Keypad, p.o.Volume: h.Volume} {
		switch {
		case err == nil || errors.Is(err, ErrUnread):
		case errors.Is(err, ErrHeld) || errors.Is(err, ErrForeign) || errors.Is(err, fs.ErrPermission):
			find(doctor.KeypadShut, name, err, "said", err.Error())
		default:
			find(doctor.KeypadAbsent, name, err)
		}
	}
	if err := h.Jack; err != nil && !errors.Is(err, ErrUnread) {
		find(doctor.JackAbsent, p.o.Jack, err, "said", err.Error())
	}
	return found
}
