package ui

import (
	"context"
	"regexp"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
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
	scanMax = 120 // characters; what is longer is no case number and no order number
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
	s.timer = time.AfterFunc(scanGap, func() { onScreen(l.scanned) })
}

var orderNumber = regexp.MustCompile(`^[A-Z2-7]{32}$`)

// scanned takes a burst: a case number leads to its fees, the merchant order number from a phone's payment record to its receipt, a few
// digits are digits.
func (l *lobby) scanned() {
	text, runes := l.scan.text.String(), l.scan.runes
	l.scan.text.Reset()
	l.scan.runes = 0
	if runes == 0 || l.visit.session != nil || l.visit.printing {
		return
	}
	switch l.screen.(type) {
	case view.Working, view.Done, view.Pay, view.Verify:
		return
	}
	l.visit.touched = time.Now()
	digits := strings.Trim(text, "0123456789") == ""
	number, err := caseno.Parse(text, time.Now())
	switch {
	case runes > scanMax:
		l.refuse("scan", nil)
	case err == nil:
		if _, home := l.screen.(view.Home); home && l.closed != nil {
			l.refuse(view.Of(l.closed), nil)
			return
		}
		l.lookUp(bill.Query{Case: number})
	case orderNumber.MatchString(strings.TrimSpace(text)):
		l.scannedOrder(strings.TrimSpace(text))
	case digits && runes <= 8:
		for _, r := range text {
			l.intent(view.Intent{Kind: view.Digit, Arg: string(r)})
		}
	default:
		l.refuse("scan", nil)
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
