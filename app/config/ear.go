package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"courtkiosk/app/bill"
)

// Ear is what a machine has for people who do not see its screen: a keypad, earphones, a voice. Without a keypad it has
// nothing of the kind.
type Ear struct {
	Keypad string // its device, by a link that stays: /dev/input/by-id/…
	Volume string // that of its volume keys, where they are another device; empty: they are none
	// devices of ALSA, by the names of their cards: plughw:CARD=…
	Earphones   string
	Loudspeaker string
	// the device whose switch says that earphones are in, by a link that stays; empty: that is never known, and nothing
	// of a case is said
	Jack       string
	Recordings string // a folder of the court's own, that are played in the place of the synthetic voice
	// where the paper comes out, in words: 屏幕右下方; empty: nothing is said of it
	Slot   string
	SlotEN string            `toml:"slot_en"`
	Keys   map[string]string // what keys mean, by their names or numbers; see KeyTable
}

// Speaks reports whether the machine can be used without sight.
func (e Ear) Speaks() bool { return e.Keypad != "" }

// sound is a device of sound that is where it was after every start: cards change their numbers, and "default" goes to
// whatever is plugged in.
var sound = regexp.MustCompile(`^plughw:CARD=([0-9A-Za-z_-]*[A-Za-z_-][0-9A-Za-z_-]*)(,DEV=[0-9]+)?$`)

// Card is the name of the card of a device of sound; empty of one that has none.
func Card(device string) string {
	if at := sound.FindStringSubmatch(device); at != nil {
		return at[1]
	}
	return ""
}

// nowhere is the device of ALSA that swallows all sound, for machines that are no court's.
const nowhere = "null"

// numbered are the kernel's own names of input devices, which change with the order of plugging.
var numbered = regexp.MustCompile(`^(event|js|mouse)[0-9]+$`)

// steady reports whether a path names an input device whatever else is plugged in.
func steady(path string) bool {
	name := path[strings.LastIndex(path, "/")+1:]
	return strings.HasPrefix(path, "/dev/") && !strings.Contains(path, "..") && name != "" &&
		!numbered.MatchString(name)
}

func (c Config) checkEar(say func(bool, string, string, ...any)) {
	e := c.Ear
	for key, path := range map[string]string{"ear.keypad": e.Keypad, "ear.volume": e.Volume, "ear.jack": e.Jack} {
		pipe := c.Environment != Production && filepath.IsAbs(path) // what a test says in a keypad's place
		say(path == "" || steady(path) || pipe, key, "%q is no name of an input device that stays; plug it in, copy "+
			"the one that ls -l /dev/input/by-id /dev/input/by-path lists, not /dev/input/event…", path)
		info, err := os.Stat(path)
		say(err != nil || info.Mode()&os.ModeNamedPipe == 0 || pipe, key, "%s is a pipe, which says whatever "+
			"anybody writes into it; production wants the device", path)
	}
	for key, device := range map[string]string{"ear.earphones": e.Earphones, "ear.loudspeaker": e.Loudspeaker} {
		say(device == "" || sound.MatchString(device) || device == nowhere && c.Environment != Production, key,
			"%q must be plughw:CARD= and the name of its card, as aplay -L lists it (plughw:CARD=Device): a number "+
				"changes with the next start, and default goes to whatever is plugged in", device)
	}
	e.checkKeys(say)
	if e.Keypad == "" {
		rest := e.Volume + e.Earphones + e.Loudspeaker + e.Jack + e.Recordings + e.Slot + e.SlotEN
		say(rest == "" && len(e.Keys) == 0, "ear.keypad",
			"the rest of [ear] goes with a keypad: its name in /dev/input/by-id is needed")
		return
	}
	say(e.Earphones+e.Loudspeaker != "", "ear.earphones", "who does not see needs earphones, or a loudspeaker at least")
	say(Card(e.Earphones) == "" || Card(e.Earphones) != Card(e.Loudspeaker), "ear.loudspeaker",
		"it is the card of the earphones: the lobby would hear what is for one person; use another card")
	say(e.Jack == "" || e.Earphones != "", "ear.jack", "goes with earphones, whose jack it is")
	say(e.Volume == "" || e.Volume != e.Keypad, "ear.volume", "it is the keypad; leave it empty unless volume keys "+
		"are a device of their own")
	say(e.Jack == "" || e.Jack != e.Keypad && e.Jack != e.Volume, "ear.jack", "it is held for its keys; the jack "+
		"has a device of its own, in whose line evtest lists EV_SW")
	say(c.Screen.ShortMM != 0, "screen.short_mm", "goes with ear.keypad, for the payment code is then as large as a "+
		"phone finds it without eyes: measure the shorter side of the picture, without its frame, in mm")
	for key, text := range map[string]string{"ear.slot": e.Slot, "ear.slot_en": e.SlotEN} {
		say(bill.Printable(text), key, "it holds a line break or a character that cannot be seen; type it anew, in "+
			"one line")
	}
}

// checkKeys says what is wrong with the table of keys.
func (e Ear) checkKeys(say func(bool, string, string, ...any)) {
	for name, meaning := range e.Keys {
		_, known := keyCode(name)
		say(known, "ear.keys."+name, "no key is called so; evtest prints name and number of each key that is pressed: "+
			"write KEY_KP5, or its number 76")
		say(meaning == "" || slices.Contains(EarKeys, meaning), "ear.keys."+name, "%q is none of %s (empty: it means "+
			"nothing)", meaning, strings.Join(EarKeys, ", "))
	}
	means := make(map[string]bool)
	for _, meaning := range e.KeyTable() {
		means[meaning] = true
	}
	for _, key := range NeededKeys {
		say(means[key], "ear.keys", "no key means %s, which cannot be done without", key)
	}
}
