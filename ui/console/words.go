package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// A usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

// An unknownError says that nobody can tell yet how something ended.
type unknownError struct{ what string }

func (e *unknownError) Error() string { return e.what }

// A servedError is the exit code of a command that the running kiosk served; its words were printed already.
type servedError int

func (e servedError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// A refusalError is a no that visitors know too; id names their words for it, empty when there are none.
type refusalError struct {
	id   message.ID
	what string
}

func (e *refusalError) Error() string { return e.what }

// refuse says why a bill cannot be paid as it stands.
func refuse(d bill.Due) error {
	what := d.Bill.Item + ": " + dueWords[d.State]
	if d.Order.No != "" {
		what += ", order " + d.Order.No
	}
	return &refusalError{view.OfDue(d), what}
}

// errRunning: another copy serves the socket.
var errRunning = errors.New("another copy is running; stop it first")

// finish says what went wrong and returns the exit code.
func (c *call) finish(err error) int {
	if err == nil {
		return Done
	}
	if served, ok := errors.AsType[servedError](err); ok {
		return int(served)
	}
	c.complain(err)
	if _, ok := errors.AsType[*usageError](err); ok {
		return Usage
	}
	if _, ok := errors.AsType[*unknownError](err); ok {
		return Unknown
	}
	return Failed
}

// complain prints an error: for people the words and the code that the screens have for it, then the fact.
func (c *call) complain(err error) {
	if bad, ok := errors.AsType[config.Complaints](err); ok {
		for _, line := range bad {
			fmt.Fprintln(c.Stderr, "courtkiosk:", line)
		}
		return
	}
	if id := idOf(err); id != "" {
		r := message.Of(c.language(), id, "window", c.help())
		parts := slices.DeleteFunc([]string{r.Code, r.Title, r.Sentence, r.Next}, func(s string) bool { return s == "" })
		if hint := view.Hint(c.language(), err); hint != "" {
			parts = append(parts, hint)
		}
		c.say("%s", strings.Join(parts, " "))
	}
	fmt.Fprintln(c.Stderr, "courtkiosk:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if refused, ok := errors.AsType[*register.Refused](err); ok {
		listRefused(c.Stderr, refused)
	}
}

func listRefused(w io.Writer, refused *register.Refused) {
	for _, row := range refused.Rows {
		fmt.Fprintln(w, row)
	}
	if refused.More > 0 {
		fmt.Fprintf(w, "and %d more\n", refused.More)
	}
}

// idOf returns the catalogue's id of what a visitor would be told; empty for what only IT meets.
func idOf(err error) message.ID {
	if refused, ok := errors.AsType[*refusalError](err); ok {
		return refused.id
	}
	if isSetup(err) {
		return ""
	}
	if id := view.Of(err); id != "internal" {
		return id
	}
	return ""
}

// help is the window where people help, as far as it is known.
func (c *call) help() string {
	switch {
	case c.where != "":
		return c.where
	case c.language() == message.English:
		return "the window"
	}
	return "窗口"
}

// isSetup reports errors whose own words say more to IT than those for visitors.
func isSetup(err error) bool {
	for _, setup := range []error{payment.ErrNotWritable, payment.ErrLocked, payment.ErrNewer, payment.ErrDamaged, payment.ErrOtherCourt} {
		if errors.Is(err, setup) {
			return true
		}
	}
	return false
}

// notOpened says what to do about a counter that did not open.
func notOpened(err error, c config.Config) error {
	dir := filepath.Dir(c.Ledger.File)
	next := ""
	switch {
	case errors.Is(err, payment.ErrLocked):
		next = "another process holds the ledger and serves no " + filepath.Base(c.SocketFile()) + "; wait until it has started or ended, or stop it"
	case errors.Is(err, register.ErrLocked):
		next = "another process holds the list of bills; wait until it has ended, or stop it"
	case errors.Is(err, payment.ErrNewer), errors.Is(err, register.ErrNewer):
		next = "install the newer version again; nothing was changed"
	case errors.Is(err, payment.ErrOtherCourt):
		next = "set court.code and environment as they were, or name another ledger.file"
	case errors.Is(err, payment.ErrDamaged):
		next = "run courtkiosk ledger restore: it keeps this file and takes the newest sound copy from " + c.Ledger.Backups
	case errors.Is(err, os.ErrNotExist):
		next = "make the folder " + dir + ", owned by the kiosk's user, mode 0700"
	case errors.Is(err, payment.ErrNotWritable), errors.Is(err, register.ErrAccess):
		next = "give the folder " + dir + " to the user that runs the kiosk"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, next)
}

// dueWords say how a bill stands.
var dueWords = map[bill.DueState]string{
	bill.DueOwed:      "to be paid",
	bill.DuePaying:    "being paid at this machine",
	bill.DueElsewhere: "being paid at another machine",
	bill.DuePaidThere: "paid at another machine",
	bill.DuePaid:      "paid",
	bill.DueChanged:   "paid, and the court now asks for another amount: a clerk must look",
	bill.DueDisputed:  "money came that is not what was asked for: a clerk must look",
	bill.DueSettled:   "paid by another way, as the court says",
	bill.DueNothing:   "nothing is owed",
}

// stateWords say where an order stands.
var stateWords = map[payment.State]string{
	payment.Created:  "created, no code yet",
	payment.Waiting:  "waiting to be paid",
	payment.Closing:  "closing, WeChat has not confirmed",
	payment.Paid:     "paid",
	payment.Closed:   "closed, not paid",
	payment.Void:     "never reached WeChat",
	payment.Foreign:  "another machine's order",
	payment.Disputed: "money came that is not what was asked for",
}

// oddityWords say what was unusual about a payment.
var oddityWords = map[payment.Oddity]string{
	payment.AfterLeft:       "paid after the visitor had left",
	payment.WhileClosing:    "paid while it was being closed",
	payment.AfterClosed:     "paid after it was closed",
	payment.RefundedOutside: "refunded outside of this program",
	payment.SecondPayment:   "second payment of its bill: to be refunded",
}

// standing says in words where an order stands.
func standing(o payment.Order) string {
	said := stateWords[o.State]
	if o.PaidElsewhere() {
		said += ", paid there"
	}
	if o.Oddity != payment.None {
		said += ", " + oddityWords[o.Oddity]
	}
	return said
}
