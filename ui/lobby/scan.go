package lobby

import (
	"regexp"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/view"
)

// A barcode scanner is a keyboard that types very fast. What it types is collected until Return, or until it falls
// silent.
type scanner struct {
	text  strings.Builder
	runes int
	timer *time.Timer
}

const (
	scanGap  = 80 * time.Millisecond
	scanMax  = bill.MaxScan + 1 // characters that are kept: one more than is read, so that it is known to be too long
	maxTyped = 8                // digits that somebody typed at a keyboard
)

// add takes a character; fallen is called once no other has followed for a while.
func (s *scanner) add(r rune, fallen func()) {
	if s.runes++; s.runes <= scanMax {
		s.text.WriteRune(r)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(scanGap, fallen)
}

// take returns what was collected, and forgets it.
func (s *scanner) take() (text string, runes int) {
	text, runes = s.text.String(), s.runes
	s.text.Reset()
	s.runes = 0
	return text, runes
}

// Listen takes what a scanner types. It arrives only while nothing has the focus, and nothing here ever has.
func (l *Lobby) Listen(c fyne.Canvas) {
	c.SetOnTypedRune(l.typed)
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
			l.scanned()
		}
	})
}

func (l *Lobby) typed(r rune) { l.scan.add(r, func() { seam.OnScreen(l.scanned) }) }

var orderNumber = regexp.MustCompile(`^[A-Z2-7]{32}$`)

// scanned takes a burst: what a notice says leads to its fees, the merchant order number from a phone's payment
// record to the proof that its receipt needs, a few digits are digits.
func (l *Lobby) scanned() {
	text, runes := l.scan.take()
	if runes == 0 || l.visit.paying.following() || l.visit.printing.busy {
		return
	}
	typing := false
	switch l.screen.(type) {
	case view.Working, view.Done, view.Pay, view.Verify:
		return
	case view.Case, view.Proof:
		typing = runes <= maxTyped && strings.Trim(text, "0123456789") == ""
	}
	l.visit.touched = time.Now()
	switch order := strings.TrimSpace(text); {
	case typing:
		for _, r := range text {
			l.intent(view.Intent{Kind: view.Digit, Arg: string(r)})
		}
	case orderNumber.MatchString(order):
		l.scannedOrder(order)
	default:
		l.scannedNotice(text)
	}
}

// scannedNotice looks up what a notice's barcode asks for.
func (l *Lobby) scannedNotice(text string) {
	q, err := l.opt.Scanner.Read(text, time.Now())
	_, home := l.screen.(view.Home)
	switch {
	case err == nil && home && l.closed != nil:
		l.refuse(view.Of(l.closed), nil)
	case err == nil:
		l.lookUp(q)
	default:
		l.refuse(view.Of(err), err) // the error does not hold what was scanned
		if n, ok := l.screen.(view.Notice); ok && view.Hint(l.frame.Lang, err) != "" {
			n.Words.Sentence = view.Hint(l.frame.Lang, err)
			l.show(n)
		}
	}
}

// scannedOrder asks for the proof of a payment whose number was scanned. The number is a hash of facts that others
// may know: it names and proves nothing, and the screen says no more of the payment than was scanned.
func (l *Lobby) scannedOrder(order string) {
	f := l.frame
	f.Purse = ""
	l.frame = f
	l.visit.choice.due = counter.Due{}
	l.prove(order, view.Grouped(order))
}
