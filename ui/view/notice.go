package view

import (
	"cmp"

	"courtkiosk/app/message"
)

// Mood is the sign of a notice.
type Mood string

// The moods.
const (
	Calm    Mood = "info"
	Good    Mood = "done"
	Careful Mood = "wait"
)

// A Notice says why it does not go on, and what does.
type Notice struct {
	Why       Reason
	At        int
	Mood      Mood
	Words     message.Refusal
	Rows      []Row  // what was read; no name, and no case number as a whole
	Quotes    bool   // the sentence holds something of what was read
	Primary   string // label of the primary button
	Act       Kind   // what it means
	Second    string
	SecondTo  Kind
	Slip      string // how far the slip for the window is; empty when none was asked for
	Printable bool   // one can be asked for
}

// NewNotice returns the notice of a reason, with the ways on that it has.
func NewNotice(f Frame, why Reason) Notice {
	p := pages[why]
	home := message.Text(f.Lang, "home")
	n := Notice{
		Why: why, At: p.at, Mood: cmp.Or(p.mood, Calm), Words: why.Words(f.Lang, "window", f.Window),
		Primary: home, Act: GoHome,
	}
	if p.act != "" {
		n.Primary, n.Act = message.Text(f.Lang, p.label), p.act
		n.Second, n.SecondTo = home, GoHome
	}
	return n
}

// Finding returns the notice as it stands where a receipt is looked for: at no step of paying, and with no way to one.
func (n Notice) Finding() Notice {
	n.At = 0
	switch n.Act {
	case StartPaying:
		n.Act = Find
	case NewCode:
		n.Primary, n.Act, n.Second, n.SecondTo = n.Second, n.SecondTo, "", ""
	}
	return n
}

// Name tells notices from each other by their reason.
func (n Notice) Name() string { return "notice-" + string(n.Why) }

// Step is where in the payment it stands.
func (n Notice) Step() int { return n.At }
