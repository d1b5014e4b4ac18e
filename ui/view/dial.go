package view

import (
	"slices"
	"strconv"
	"time"

	"courtkiosk/app/ear"
)

// What the keys of the number block mean beside what touches do. A lobby does them itself.
const (
	Louder    Kind = "louder"
	Softer    Kind = "softer"
	NextPace  Kind = "pace"
	SayAgain  Kind = "again"
	CallStaff Kind = "call"
	ReadAloud Kind = "aloud" // private phrases on the loudspeaker too, for this visit
	Ticking   Kind = "ticking"
	EndSpeech Kind = "end-speech"
)

// A Menu is what the keys of the number block are about for now.
type Menu string

// The menus.
const (
	ThePage  Menu = ""
	TheParts Menu = "parts"    // what can be chosen on a page where digits are typed
	TheHelp  Menu = "help"     // which keys, where one is, who can be asked
	Practice Menu = "practice" // each key says its name
)

// pairWithin is how soon a second press of Repeat or Help means another thing than the first.
const pairWithin = 2 * time.Second

// askedFor is how long a key waits for its second press: later nobody remembers what it was about.
const askedFor = time.Minute

// A Dial is how the number block stands beside a screen: the menu that is open, and a key that waits for its second
// press. It belongs to one visit.
type Dial struct {
	Menu  Menu
	From  int // the first of the options that digits choose
	asked Key // pressed once; the same key again does it
	last  Key
	at    time.Time // of the last key
}

// Turned is the dial on another page: what was open is closed.
func (d Dial) Turned() Dial { return Dial{last: d.last, at: d.at} }

// Asks reports whether a second press of the last key is waited for.
func (d Dial) Asks() bool { return d.asked != "" }

// Press returns the dial after a key, what the key means for the visit (the zero Intent where it means nothing there),
// and what is said of it. What another page says is not in it.
func (d Dial) Press(f Frame, s Screen, k Key, now time.Time) (Dial, Intent, []ear.Phrase) {
	twice := d.last == k && now.Sub(d.at) < pairWithin
	asked := d.asked
	if now.Sub(d.at) > askedFor && !d.at.IsZero() {
		asked = ""
	}
	d.last, d.at, d.asked = k, now, ""
	switch k {
	case KeyLouder:
		return d, Intent{Kind: Louder}, nil
	case KeySofter:
		return d, Intent{Kind: Softer}, nil
	case KeyHelp:
		return d.help(f, twice)
	}
	if d.Menu == Practice {
		return d, Intent{}, []ear.Phrase{fixed(f, "ear.key."+string(k))}
	}
	if k == KeyRepeat {
		return d.repeat(twice)
	}
	h := Hear(f, s)
	switch {
	case f.IdleLeft > 0: // any key stays, and does nothing else
		return d, Intent{Kind: Stay}, nil
	case d.Menu != ThePage:
		return d.inMenu(f, h, k, asked)
	case h.Typing != nil:
		return d.typing(f, h, k, asked)
	}
	return d.choosing(f, h, k, asked)
}

// help opens the help of the keys, then practice, and closes both.
func (d Dial) help(f Frame, twice bool) (Dial, Intent, []ear.Phrase) {
	d.From = 0
	switch {
	case d.Menu == Practice && twice:
		d.Menu = ThePage
		return d, Intent{Kind: SayAgain}, nil
	case d.Menu == Practice:
		return d, Intent{}, []ear.Phrase{fixed(f, "ear.key.help")}
	case d.Menu == TheHelp:
		d.Menu, d.last = Practice, "" // it takes two more to leave
		return d, Intent{Kind: SayAgain}, nil
	}
	d.Menu = TheHelp
	return d, Intent{Kind: SayAgain}, nil
}

// repeat says once more what stands; a second press at once makes it slower or faster.
func (d Dial) repeat(twice bool) (Dial, Intent, []ear.Phrase) {
	if twice {
		return d, Intent{Kind: NextPace}, nil
	}
	return d, Intent{Kind: SayAgain}, nil
}

// inMenu is a key while a menu lies over the page.
func (d Dial) inMenu(f Frame, h Heard, k, asked Key) (Dial, Intent, []ear.Phrase) {
	options := h.Parts
	if d.Menu == TheHelp {
		options = helps(f)
	}
	switch {
	case k == KeyBack || k == KeyConfirm:
		d.Menu, d.From = ThePage, 0
		return d, Intent{Kind: SayAgain}, nil
	case k == "0" && d.Menu == TheHelp:
		return d, Intent{Kind: CallStaff}, nil
	}
	next, i, said := d.pick(f, options, k, asked)
	if i.Kind != "" && i.Kind != SayAgain && i.Kind != Touch { // it is chosen
		next.Menu, next.From = ThePage, 0
	}
	return next, i, said
}

// typing is a key on a page where digits are typed.
func (d Dial) typing(f Frame, h Heard, k, asked Key) (Dial, Intent, []ear.Phrase) {
	t := *h.Typing
	switch {
	case k == KeyConfirm && t.Text == "" && len(h.Parts) > 0:
		d.Menu, d.From = TheParts, 0
		return d, Intent{Kind: SayAgain}, nil
	case k == KeyConfirm && len(t.Text) < t.Least:
		return d, Intent{Kind: Touch}, []ear.Phrase{t.Short}
	case k == KeyConfirm && t.Again.ID != "" && asked != k:
		d.asked = k
		return d, Intent{Kind: Touch}, []ear.Phrase{t.Again, fixed(f, "ear.send")}
	case k == KeyConfirm:
		return d.does(f, h.Confirm, k, k)
	case k == KeyBack && t.Text != "":
		left := len(t.Text) - 1
		said := []ear.Phrase{d.echo(f, "ear.deleted", "ear.deleted.open", t.Text[left:], left, t.Class)}
		if left == 0 { // the same key once more leaves the page
			said = append(said, fixed(f, "ear.empty"))
		}
		return d, Intent{Kind: Backspace}, said
	case k == KeyBack:
		return d.does(f, h.Back, k, asked)
	case t.takes(string(k)):
		return d, Intent{Kind: Digit, Arg: string(k)},
			[]ear.Phrase{d.echo(f, "ear.typed", "ear.typed.open", string(k), len(t.Text)+1, t.Class)}
	case len(t.Text) < t.Most: // a zero in front
		return d, Intent{Kind: Touch}, []ear.Phrase{fixed(f, "ear.zero")}
	}
	return d, Intent{Kind: Touch}, []ear.Phrase{fixed(f, "ear.full")}
}

// echo says a digit that was typed or deleted; where others hear it, only how many there are.
func (d Dial) echo(f Frame, id, open, digit string, count int, c ear.Class) ear.Phrase {
	return ear.Phrase{ID: id, Class: c, Text: words(f, id, "digit", ear.Digit(f.Lang, digit)),
		Open: words(f, open, "n", strconv.Itoa(count))}
}

// choosing is a key on a page where digits choose.
func (d Dial) choosing(f Frame, h Heard, k, asked Key) (Dial, Intent, []ear.Phrase) {
	switch k {
	case KeyConfirm:
		return d.does(f, h.Confirm, k, asked)
	case KeyBack:
		return d.does(f, h.Back, k, asked)
	case "0":
		return d, Intent{Kind: CallStaff}, nil
	}
	return d.pick(f, h.Options, k, asked)
}

// pick chooses one of the options by its digit.
func (d Dial) pick(f Frame, options []Option, k, asked Key) (Dial, Intent, []ear.Phrase) {
	shown, more := offer(options, d.From)
	at, err := strconv.Atoi(string(k))
	switch {
	case err != nil:
	case more && at == optionsAtOnce+1:
		if d.From += optionsAtOnce; d.From >= len(options) {
			d.From = 0
		}
		return d, Intent{Kind: SayAgain}, nil
	case at >= 1 && at <= len(shown) && !shown[at-1].IsZero():
		return d.does(f, shown[at-1], k, asked)
	}
	return d, Intent{Kind: Touch}, []ear.Phrase{fixed(f, "ear.nothing")}
}

// does does what an option means, or asks for the second press that it wants.
func (d Dial) does(f Frame, o Option, k, asked Key) (Dial, Intent, []ear.Phrase) {
	switch {
	case o.IsZero():
		return d, Intent{Kind: Touch}, []ear.Phrase{fixed(f, "ear.nothing")}
	case o.Ask != "" && asked != k:
		d.asked = k
		return d, Intent{Kind: Touch}, []ear.Phrase{fixed(f, o.Ask)} // news may cut it
	case len(o.Read) > 0 && o.Intent.Kind == "":
		return d, Intent{Kind: Touch}, o.Read
	}
	return d, o.Intent, o.Read
}

// offer are the options that digits choose now, and whether there are others.
func offer(options []Option, from int) (shown []Option, more bool) {
	if len(options) <= optionsAtOnce+1 {
		return options, false
	}
	return options[from:min(from+optionsAtOnce, len(options))], true
}

// Say is what is said of a screen as the dial stands: the page, or the menu that lies over it.
func (d Dial) Say(f Frame, s Screen) (page string, list []ear.Phrase) {
	h := Hear(f, s)
	switch {
	case f.IdleLeft > 0 || d.Menu == ThePage:
		return h.Page, h.Spoken(f)
	case d.Menu == TheParts:
		list = append(list, fixed(f, "ear.parts"))
		list = append(list, d.offers(f, h.Parts)...)
		list = append(list, still(fixed(f, "ear.menu.back")))
	case d.Menu == TheHelp:
		list = append(list, fixed(f, "ear.help"))
		list = append(list, first(h.Say)...)
		list = append(list, still(fixed(f, "ear.help.call")), still(phrase(f, "ear.help.phone")), // whoever is lost
			still(fixed(f, "ear.help.keys")))
		list = append(list, d.offers(f, helps(f))...)
		list = append(list, still(fixed(f, "ear.menu.back")))
	case d.Menu == Practice:
		list = append(list, fixed(f, "ear.practice"))
	}
	// what becomes of a payment, and how long its code is good for, is said whatever lies over its page
	for _, p := range h.Say {
		goesOn := p.Class == ear.Urgent || h.Waits && p.Class == ear.Public && !p.Still
		told := slices.ContainsFunc(list, func(o ear.Phrase) bool { return o.ID == p.ID && o.Text == p.Text })
		if goesOn && !told {
			list = append(list, p)
		}
	}
	return h.Page + " " + string(d.Menu) + strconv.Itoa(d.From), list
}

// offers says what digits choose in a menu, and that there is more of it.
func (d Dial) offers(f Frame, options []Option) []ear.Phrase {
	shown, more := offer(options, d.From)
	list := offered(f, shown)
	if more {
		o := option(f, SayAgain, "ear.more")
		list = append(list, still(choose(f, strconv.Itoa(optionsAtOnce+1), o)))
	}
	return list
}

// first is where one is.
func first(list []ear.Phrase) []ear.Phrase {
	if len(list) == 0 {
		return nil
	}
	return []ear.Phrase{still(list[0])}
}

// helps are what can be chosen on every page, by way of Help.
func helps(f Frame) []Option {
	list := []Option{option(f, Language, "ear.language")}
	if f.Loud {
		list = append(list, option(f, ReadAloud, "ear.aloud").asking("ear.aloud.ask"))
	}
	return append(list, option(f, Ticking, "ear.ticking"), option(f, EndSpeech, "ear.end"))
}
