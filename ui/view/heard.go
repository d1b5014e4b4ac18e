package view

import (
	"slices"
	"strconv"
	"strings"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// A Heard is a screen for who does not see it: what is said of it, and what the keys of the number block do on it.
type Heard struct {
	Page string // names what is heard: another page is said as a whole
	Say  []ear.Phrase
	// what digits choose, in their order, on a page where none are typed
	Options []Option
	// what else can be chosen on a page where digits are typed: Confirm leads to them while nothing is typed
	Parts   []Option
	Typing  *Typing // nil on a page where digits choose
	Confirm Option  // of the zero Option nothing is said, and the key does nothing
	Back    Option
	Waits   bool // something is waited for: it goes on whether or not anybody hears it
}

// An Option is what a key does.
type Option struct {
	Intent Intent
	ID     string // of its words
	Words  string
	Class  ear.Class
	Open   string       // its words where others may hear, of a private one
	Ask    string       // id of what is said first where a second press of the same key is wanted; empty: none is
	Read   []ear.Phrase // what is read out; without an Intent it means nothing else
	fixed  bool
}

// IsZero reports whether there is nothing to choose.
func (o Option) IsZero() bool { return o.Intent.Kind == "" && len(o.Read) == 0 }

// A Typing is what was typed on a page.
type Typing struct {
	Text  string
	Most  int       // digits that there is room for
	Zero  bool      // the first digit may be a zero
	Class ear.Class // of each digit
	Least int       // digits that are sent; fewer are answered by Short
	Short ear.Phrase
	// asked for once more before it is sent: what was typed, as a phrase; empty: it is sent at once
	Again ear.Phrase
}

// takes reports whether a digit would be typed.
func (t Typing) takes(digit string) bool {
	return len(t.Text) < t.Most && (t.Zero || t.Text != "" || digit != "0")
}

// Hear returns what is heard of a screen.
func Hear(f Frame, s Screen) Heard {
	if f.IdleLeft > 0 {
		return Heard{Page: "idle", Say: []ear.Phrase{urgent(fixed(f, "ear.idle"))}}
	}
	h := s.heard(f)
	if h.Page == "" {
		h.Page = s.Name()
	}
	return h
}

// Spoken is all that is said of a page when it comes, with what its keys do.
func (h Heard) Spoken(f Frame) []ear.Phrase {
	keys := offered(f, h.Options)
	keys = append(keys, keyed(f, "ear.confirm", h.Confirm)...)
	keys = append(keys, keyed(f, "ear.back", h.Back)...)
	for i := range keys { // what can be done later only is told then
		keys[i].Still = !h.Waits
	}
	return append(slices.Clone(h.Say), keys...)
}

// optionsAtOnce is how many options are offered at once; the last digit leads on.
const optionsAtOnce = 8

// offered says what digits choose.
func offered(f Frame, options []Option) (list []ear.Phrase) {
	for i, o := range options {
		p := choose(f, strconv.Itoa(i+1), o)
		p.Still = true
		list = append(list, p)
	}
	return list
}

// choose says that a digit chooses something.
func choose(f Frame, digit string, o Option) ear.Phrase {
	id := "ear.press"
	if o.IsZero() { // it is only told
		id, digit = "ear.listed", ""
	}
	key := digit
	if n, err := strconv.Atoi(digit); err == nil && f.Lang == message.Chinese { // a key is yi1, a digit yao1
		key = string([]rune("零一二三四五六七八九")[n])
	}
	p := ear.Phrase{ID: strings.TrimSuffix(o.ID+"."+digit, "."), Class: o.Class, Fixed: o.fixed,
		Text: message.Text(f.Lang, id, "key", key, "what", o.Words)}
	if o.Open != "" {
		p.Open = message.Text(f.Lang, id, "key", key, "what", o.Open)
	}
	return p
}

// keyed says what a key with a name does.
func keyed(f Frame, id string, o Option) []ear.Phrase {
	if o.IsZero() {
		return nil
	}
	return []ear.Phrase{{ID: id + "." + o.ID, Class: o.Class, Fixed: o.fixed,
		Text: message.Text(f.Lang, id, "what", o.Words)}}
}

// option is what a key does, by the id of its words.
func option(f Frame, k Kind, id string, arg ...string) Option {
	return Option{Intent: Intent{Kind: k, Arg: strings.Join(arg, "")}, ID: id, Words: words(f, id), fixed: true}
}

// asking is an option that wants a second press.
func (o Option) asking(id string) Option {
	o.Ask = id
	return o
}

// answering is an option that is answered at once, for what comes of it may take a while.
func (o Option) answering(p ear.Phrase) Option {
	o.Read = []ear.Phrase{p}
	return o
}

// words are those of an id, with the places of the frame in them.
func words(f Frame, id string, pairs ...string) string {
	return message.Text(f.Lang, id, append(pairs, "window", f.Window, "cash", f.Cash, "hotline", f.Hotline)...)
}

// phrase says words with values in them, which the lobby may hear.
func phrase(f Frame, id string, pairs ...string) ear.Phrase {
	return ear.Phrase{ID: id, Text: words(f, id, pairs...)}
}

// fixed says words without a value.
func fixed(f Frame, id string) ear.Phrase {
	p := phrase(f, id)
	p.Fixed = true
	return p
}

// said is a text that another has put into words; empty texts are not said.
func said(id, text string) []ear.Phrase {
	if text == "" {
		return nil
	}
	return []ear.Phrase{{ID: id, Text: text}}
}

// private, urgent and still give a phrase its class and manner.
func private(p ear.Phrase) ear.Phrase { p.Class, p.Fixed = ear.Private, false; return p }
func urgent(p ear.Phrase) ear.Phrase  { p.Class = ear.Urgent; return p }
func still(p ear.Phrase) ear.Phrase   { p.Still = true; return p }

// rowsHeard are labels and values, for earphones.
func rowsHeard(f Frame, id string, rows []Row) (list []ear.Phrase) {
	for _, r := range rows {
		list = append(list, private(phrase(f, "ear.row", "label", r.Label, "value", Said(r.Value))))
		list[len(list)-1].ID = id
	}
	return list
}
