// Package ear puts what a screen says into words for a voice: Chinese as pinyin with tone numbers, English as words. It
// makes no sound and knows no screen.
//
// # Decisions
//
// 2026-11-29: Debian's Mandarin voice reads characters and figures wrongly (yinxing for 银行, 十二千 for 12000), and reads
// pinyin right. So no character and no figure reaches it: each is looked up in one table that people have read, or is
// worked out here.
package ear

import "courtkiosk/app/message"

// A Class says who may hear a phrase.
type Class int

// The classes.
const (
	// Public is what the whole lobby may hear.
	Public Class = iota
	// Urgent is an outcome, and what must not be done twice: the lobby may hear it, and only a key cuts it short.
	Urgent
	// Private is court, number, cause, payee or amount: for earphones, and for a loudspeaker only where the visitor has
	// chosen that after a warning.
	Private
	// Secret is what proves a payment: for earphones alone, whatever was chosen.
	Secret
)

// A Phrase is what is said in one breath.
type Phrase struct {
	ID    string // names it in the log, and among the recordings of a court
	Class Class
	Text  string // as a screen writes it, figures included
	// what is said in its place where others may hear; empty: nothing
	Open string
	// it holds no value: a recording of it says the same
	Fixed bool
	// it is said when its page comes and when it is asked for again, and not whenever it changes
	Still bool
}

// A Part is a stretch of a phrase in one voice.
type Part struct {
	Lang  message.Lang // of the voice
	Words string       // in words alone: 两千七百元整
	Sound string       // what the voice is given: liang3 qian1 qi1 bai3 yuan2 zheng3; English as its words
}
