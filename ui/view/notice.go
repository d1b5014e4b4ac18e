package view

import "courtkiosk/app/message"

// NewNotice returns the notice of a refusal, with the ways on that it has.
func NewNotice(f Frame, id message.ID) Notice {
	say := func(text string) string { return message.Text(f.Lang, text) }
	n := Notice{ID: id, Mood: Calm, Words: message.Of(f.Lang, id, "window", f.Window), Primary: say("home"), Act: GoHome}
	again := func(label string, to Kind) {
		n.Second, n.SecondTo = n.Primary, n.Act
		n.Primary, n.Act = say(label), to
	}
	switch id {
	case "not-found", "scan", "scan-strange", "other-court":
		n.At = 1
		again("notice.retype", StartPaying)
	case "nothing-owed", "settled":
		n.Mood, n.At = Good, 2
	case "stopped":
		n.Mood, n.At = Careful, 3
		again("notice.again", StartPaying)
	case "court-silent":
		n.Mood, n.At = Careful, 1
		again("notice.again", StartPaying)
	case "paid", "printed-before":
		n.Mood, n.At = Good, 4
		again("notice.reprint", Reprint)
	case "expired", "cancelled":
		n.At = 3
		again("notice.newcode", NewCode)
	case "network", "busy":
		n.Mood, n.At = Careful, 3
		again("notice.retry", NewCode)
	case "changed":
		n.Mood, n.At = Careful, 2
		again("notice.check", StartPaying)
	case "elsewhere", "disputed", "changed-after", "refused":
		n.Mood, n.At = Careful, 3
	case "internal", "printer", "printer-doubt", "no-receipt":
		n.Mood = Careful
	}
	return n
}
