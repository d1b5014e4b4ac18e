package lobby

import (
	"context"
	"regexp"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// A barcode scanner is a keyboard that types very fast. What it types is collected until Return, or until it falls silent.
type scanner struct {
	text  strings.Builder
	runes int
	timer *time.Timer
}

const (
	scanGap = 80 * time.Millisecond
	scanMax = bill.MaxScan + 1 // characters that are kept: one more than is read, so that it is known to be too long
)

// listen takes what a scanner types. It arrives only while nothing has the focus, and nothing here ever has.
func (l *lobby) listen(c fyne.Canvas) {
	c.SetOnTypedRune(l.typed)
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
			l.scanned()
		}
	})
}

func (l *lobby) typed(r rune) {
	s := &l.scan
	if s.runes++; s.runes <= scanMax {
		s.text.WriteRune(r)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(scanGap, func() { seam.OnScreen(l.scanned) })
}

var orderNumber = regexp.MustCompile(`^[A-Z2-7]{32}$`)

// scanned takes a burst: what a notice says leads to its fees, the merchant order number from a phone's payment record to its receipt, a
// few digits are digits.
func (l *lobby) scanned() {
	text, runes := l.scan.text.String(), l.scan.runes
	l.scan.text.Reset()
	l.scan.runes = 0
	if runes == 0 || l.visit.session != nil || l.visit.printing {
		return
	}
	typing := false
	switch l.screen.(type) {
	case view.Working, view.Done, view.Pay, view.Verify:
		return
	case view.Case, view.Proof:
		typing = runes <= 8 && strings.Trim(text, "0123456789") == ""
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
func (l *lobby) scannedNotice(text string) {
	s, err := l.app.Config.Scanner()
	if err != nil {
		l.refuse(view.Of(err), err)
		return
	}
	q, err := s.Read(text, time.Now())
	switch _, home := l.screen.(view.Home); {
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

// scannedOrder reprints for who has the order number: it is a hash, so nobody guesses it.
func (l *lobby) scannedOrder(no string) {
	l.show(view.Working{Title: l.text("wait.case")})
	l.work(func(ctx context.Context) func() {
		o, err := l.app.Ledger().Order(ctx, no)
		return func() {
			if err != nil || o.State != payment.Paid {
				l.refuse("not-found", nil)
				return
			}
			d := bill.OrderDue(o)
			f := l.frame
			f.Purse = string(bill.Purse(o.Key.Purse))
			l.frame = f
			l.visit.due, l.visit.order = d, o
			l.reprint()
		}
	})
}
