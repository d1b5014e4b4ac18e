package lobby

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"courtkiosk/app/bill"
	"courtkiosk/app/message"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/view"
)

// A barcode scanner is a keyboard that types very fast. What it types is collected until Return, or until it falls
// silent. A keypad's digits come the same way.
type scanner struct {
	text  strings.Builder
	runes int
	began time.Time
	timer *time.Timer
}

const (
	scanGap  = 300 * time.Millisecond // a slow scanner's longest silence inside of a code
	scanMax  = bill.MaxScan + 1       // characters that are kept: of more it is known that they are too many
	maxTyped = 8                      // digits that somebody typed at a keypad
	handPace = 40 * time.Millisecond  // for each key, at least, of a person
)

// add takes a character; fallen is called once no other has followed for a while.
func (s *scanner) add(r rune, fallen func()) {
	if s.runes++; s.runes == 1 {
		s.began = time.Now()
	}
	if s.runes <= scanMax {
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
	if s.timer != nil {
		s.timer.Stop()
	}
	return text, runes
}

// byHand reports whether what is collected was typed so slowly that it comes from a person.
func (s *scanner) byHand() bool { return time.Since(s.began) >= time.Duration(s.runes)*handPace }

// Listen takes what a scanner or a keypad types. It arrives only while nothing has the focus, and nothing here ever
// has.
func (l *Lobby) Listen(c fyne.Canvas) {
	c.SetOnTypedRune(l.typed)
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { l.keyed(e.Name) })
}

func (l *Lobby) typed(r rune) { l.scan.add(r, func() { seam.OnScreen(l.scanned) }) }

// keyed takes a key that types nothing. A scanner's Return ends its code and confirms nothing: a person's does, on the
// pages that have keys, and never money.
func (l *Lobby) keyed(key fyne.KeyName) {
	l.wake()
	hand := l.scan.byHand()
	switch key {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.scanned()
		if hand && l.hasKeys() {
			l.intent(view.Intent{Kind: view.Confirm})
		}
	case fyne.KeyBackspace:
		l.scanned()
		if l.hasKeys() {
			l.intent(view.Intent{Kind: view.Backspace})
		}
	}
}

// hasKeys reports whether the screen that is seen has a keypad.
func (l *Lobby) hasKeys() bool {
	if l.frame.IdleLeft > 0 {
		return false
	}
	switch l.screen.(type) {
	case view.Case, view.Proof, view.Calc:
		return true
	}
	return false
}

var (
	orderNumber = regexp.MustCompile(`^[A-Z2-7]{32}$`)
	receiptCode = regexp.MustCompile(`^(?i:CRT)[0-9]+\.`)
	phoneCode   = regexp.MustCompile(`^1[0-5][0-9]{16}$`) // what a shop scans from a phone to take money
)

// scanned takes a burst: what a notice says leads to its fees, the merchant order number from a phone's payment record
// or a verification slip to where the payment is, a receipt's code to its reprint, a few digits are digits.
func (l *Lobby) scanned() {
	text, runes := l.scan.take()
	if runes == 0 || l.visit.paying.following() || l.visit.printing.busy {
		return
	}
	l.wake()
	below := l.page()
	switch below.(type) {
	case view.Working, view.Done, view.Pay, view.Verify:
		return
	}
	l.visit.touched = time.Now()
	l.frame.IdleLeft = 0
	digits := runes <= maxTyped && strings.Trim(text, "0123456789") == ""
	_, home := l.screen.(view.Home)
	switch order := strings.TrimSpace(text); {
	case digits && home:
		l.begin(view.Intent{Kind: view.StartPaying})
		l.typeIn(text)
	case digits && l.hasKeys():
		l.typeIn(text)
	case digits: // of a hand on a page without keys
	case orderNumber.MatchString(order):
		l.visit.help = help{}
		l.scannedOrder(order)
	case receiptCode.MatchString(order):
		l.visit.help = help{}
		l.scannedReceipt(order)
	default:
		l.visit.help = help{}
		l.scannedNotice(order)
	}
	l.draw()
}

// typeIn types digits where there is a keypad.
func (l *Lobby) typeIn(digits string) {
	for _, d := range digits {
		if l.hasKeys() {
			l.intent(view.Intent{Kind: view.Digit, Arg: string(d)})
		}
	}
}

// scannedNotice looks up what a notice's barcode asks for.
func (l *Lobby) scannedNotice(text string) {
	q, err := l.opt.Scanner.Read(text, time.Now())
	if err != nil || phoneCode.MatchString(text) {
		l.visit.asks(bill.Query{})
	}
	switch why := view.Of(err); {
	case phoneCode.MatchString(text) && why != view.CaseIdentity: // it can take money: nobody else is told of it
		l.refuse(view.PhoneCode, nil)
	case err == nil:
		l.begins(func() { l.lookUp(q) })
	default:
		l.refuse(why, err, func(f view.Frame, n *view.Notice) { // the error does not hold what was scanned
			if hint := view.Hint(f.Lang, err); hint != "" {
				n.Words.Sentence, n.Quotes = message.Sentence(f.Lang, hint), true
			}
			if why == view.ScanUnknown || why == view.ScanStrange {
				n.Rows = []view.Row{view.AboutScan(f.Lang, utf8.RuneCountInString(text))}
			}
		})
	}
}
