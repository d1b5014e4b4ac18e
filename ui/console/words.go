package console

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/ledger"
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

// A refusalError is a no that visitors know too; why has their words for it, empty when there are none.
type refusalError struct {
	why  view.Reason
	what string
}

func (e *refusalError) Error() string { return e.what }

// refuse says why a bill cannot be paid as it stands.
func refuse(d counter.Due) error {
	what := d.Item + ": " + view.DueWords(message.English, d.State)
	if d.Order != "" {
		what += ", order " + d.Order
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
	return exitOf(err)
}

// exitOf returns the exit code of a command that has ended with an error.
func exitOf(err error) int {
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
	c.tellProgram(err)
	if bad, ok := errors.AsType[config.Complaints](err); ok {
		for _, line := range bad {
			fmt.Fprintln(c.Stderr, "courtkiosk:", line)
		}
		return
	}
	if why := reasonOf(err); why != "" {
		r := why.Words(c.language(), "window", c.help())
		parts := slices.DeleteFunc([]string{r.Code, message.Sentence(c.language(), r.Title), r.Sentence, r.Next},
			func(s string) bool { return s == "" })
		if hint := view.Hint(c.language(), err); hint != "" {
			parts = append(parts, hint)
		}
		c.say("%s", strings.Join(parts, " "))
	}
	if refused, ok := errors.AsType[*register.Refused](err); ok {
		c.say("%s", refused.Title(c.language()))
		for _, line := range refused.Words(c.language()) {
			fmt.Fprintln(c.Stderr, line)
		}
		return
	}
	what := strings.ReplaceAll(err.Error(), "\n", "; ")
	if !strings.HasPrefix(what, "courtkiosk") { // a command that is named says it already
		what = "courtkiosk: " + what
	}
	fmt.Fprintln(c.Stderr, what)
}

// reasonOf returns why a visitor would be refused; empty for what only IT meets.
func reasonOf(err error) view.Reason {
	if refused, ok := errors.AsType[*refusalError](err); ok {
		return refused.why
	}
	if isSetup(err) {
		return ""
	}
	if why := view.Of(err); why != view.Internal {
		return why
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
	for _, setup := range []error{payment.ErrNotWritable, payment.ErrLocked, payment.ErrNewer, payment.ErrDamaged,
		payment.ErrOtherCourt, payment.ErrMoving, payment.ErrMovedOn, ledger.ErrNotMoved, ledger.ErrOlder} {
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
	case errors.Is(err, payment.ErrAway):
		next = "no host of the database answers, or no standby confirms; the service tries it again by itself, and " +
			"courtkiosk doctor says what is wrong"
	case errors.Is(err, ledger.ErrOlder):
		next = "who owns the database must run courtkiosk ledger migrate with this version of the program"
	case errors.Is(err, payment.ErrMovedOn):
		next = "set dsn_file in [ledger]; nothing is begun with " + c.Ledger.File + " again"
	case errors.Is(err, payment.ErrMoving), errors.Is(err, ledger.ErrNotMoved):
		next = "stop the service, and run courtkiosk ledger move --dsn-file FILE as who owns the database"
	case errors.Is(err, payment.ErrLocked):
		next = "another process holds the ledger and serves no " + filepath.Base(c.SocketFile()) +
			"; wait until it has started or ended, or stop it"
	case errors.Is(err, register.ErrLocked):
		next = "another process holds the list of bills; wait until it has ended, or stop it"
	case errors.Is(err, payment.ErrNewer), errors.Is(err, register.ErrNewer):
		next = "install the newer version again; nothing was changed"
	case errors.Is(err, payment.ErrOtherCourt):
		next = "set court.code and environment as they were, or name another ledger.file"
	case errors.Is(err, payment.ErrDamaged):
		next = "run courtkiosk ledger restore: it keeps this file and takes the newest sound copy from " +
			c.Ledger.Backups
	case errors.Is(err, os.ErrNotExist):
		next = "make the folder " + dir + ", owned by the kiosk's user, mode 0700"
	case errors.Is(err, payment.ErrNotWritable), errors.Is(err, register.ErrAccess):
		next = "give the folder " + dir + " to the user that runs the kiosk"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, next)
}

// standing says in words where an order stands.
func standing(o payment.Order) string {
	return view.StateWords(message.English, o.State, o.PaidElsewhere(), o.Oddity, o.Returned)
}
