package bill

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// MaxAmount is the most that one bill asks for: 9,999,999,999.99 yuan.
const MaxAmount = payment.Fen(9_999_999_999_99)

// PurseFor returns the purse of an item, which may be named beside it. An item that belongs to another purse than
// named is refused: money that went to a wrong account is hard to bring back.
func PurseFor(item string, named Purse) (Purse, error) {
	usual, err := PurseOf(item)
	switch {
	case named == "":
		return usual, err
	case err == nil && named != usual:
		return "", fmt.Errorf("the item belongs to %s", usual.Title())
	}
	return named, nil
}

// HoldsIdentity reports whether text holds a person's identity number, which is neither stored nor shown.
func HoldsIdentity(text string) bool { return caseno.HoldsIdentity(text) }

// Check reports what no court may ask in this form: the door that a bill from another program passes.
func (b Bill) Check() error {
	if b.Item == "" {
		return errors.New("the item is empty")
	}
	if err := Collectable(b.Item); err != nil {
		return err
	}
	if _, err := PurseFor(b.Item, b.Purse); err != nil || b.Purse == "" {
		return fmt.Errorf("purse %q of item %q: %w", b.Purse, b.Item, errors.Join(err, errPurse))
	}
	if b.Amount < 0 || b.Amount > MaxAmount || b.Grounds.Amount < 0 {
		return errors.New("the amount is negative or above 9,999,999,999.99 yuan")
	}
	if !b.Deadline.IsZero() && b.Deadline.Before(b.Noticed) {
		return errors.New("the deadline is before the notice's date")
	}
	for _, text := range []string{b.Item, string(b.Payer), b.Cause, b.Remark} {
		if HoldsIdentity(text) {
			return errors.New("a text holds an identity number")
		}
	}
	for _, text := range []string{b.Item, string(b.Payer), b.Cause, b.Remark, b.Notice} {
		if !Printable(text) {
			return errors.New("a text holds control characters or is not UTF-8")
		}
	}
	return nil
}

var errPurse = errors.New("bill: a bill belongs to one purse")

// Printable reports whether a text holds no control character, no mark that turns the direction of writing, and
// nothing that was no text at all: what a list or the case system may give to a screen, a receipt or a terminal.
func Printable(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}
