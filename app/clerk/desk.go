// Package clerk is what people at the window and behind it may do: who has an account and signs in, who may do what,
// and what they ask the ledger and the counter for. It knows no page, no HTTP and no Fyne; a face holds a Desk and asks
// it in a Clerk's name.
//
// # Decisions
//
// 2026-11-28: who may do what is one table of plain values. A face asks it before it shows a thing, and the rule that
// stores a thing asks it again inside the ledger's transaction, by staff number, so that no face can leave it out.
//
// 2026-11-28: accounts are trusted because a lead has seen their person. What a lead may vouch for is what was changed
// after that lead was confirmed: who has prepared accounts in another role cannot wake them as a lead.
//
// 2026-11-28: the first two leads are made once, by the console, and confirm each other. Where no lead stands any more
// a finance officer confirms the next one; where neither is left money goes back through WeChat's own pages alone.
//
// 2026-11-28: whatever is stored in a person's name is stored under a guard (payment.Guarded) that travels in the
// context, not as a parameter of each method: what is asked of a ledger deep down in the counter is guarded too, and a
// method that is added later cannot leave it out. What WeChat has signed is stored whoever has asked.
//
// 2026-11-28: a PIN is hashed by a process of the lowest priority, one at a time. It waits for touches, never the
// reverse: on a machine that is busy somebody signs in some seconds later.
package clerk

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/time/rate"

	"courtkiosk/app/bulletin"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// Options are what a Desk works with. All are needed but those that say otherwise.
type Options struct {
	Ledger  payment.Ledger
	Counter *counter.Counter
	Cashier *payment.Cashier
	Printer receipt.Printer   // of the windows; receipt.None where there is none
	Device  string            // what acts at a window without a name stand under, and those of the console
	Issuer  string            // what an authenticator app shows beside the staff number
	Key     string            // the file of the machine's key; made when something is to be sealed and there is none
	Bills   *reconcile.Office // nil where nobody fetches WeChat's bills
	Hash    Hasher            // of PINs; HashHere when nil
	Board   *bulletin.Board   // of the lobby; nil where there is none
	Log     *slog.Logger
	// has the court told once more of what it has refused, by whom and why: report.Box.Again
	TellAgain func(ctx context.Context, order, why string, by payment.By) error
}

// A Desk is asked by faces, in the name of a Clerk. Its methods may be called by several goroutines.
type Desk struct {
	Options

	key     func() (*key, error)
	pins    *line // whose PIN is checked
	work    *line // who has a file made, or the whole audit read: beside a kiosk's touches one thing at a time
	counted counted
	board   sync.Mutex // held by who writes a notice
	asks    *rate.Limiter

	mu   sync.Mutex
	acts map[string]time.Time // when a person did something last, by staff number: the ledger knows it by the minute
	// what is on show at a window, by its name
	tills   map[string]*till
	follows sync.WaitGroup // of those
}

// asksAtOnce is how many questions to WeChat the desk may ask at once; on the long run it is one a second, a third of
// what a machine's budget has for people who wait (payment.Pace). Each order's page asks one.
const asksAtOnce = 3

// New returns a desk. It opens nothing before it must.
func New(o Options) *Desk {
	if o.Hash == nil {
		o.Hash = HashHere
	}
	return &Desk{
		Options: o, key: sync.OnceValues(func() (*key, error) { return openKey(o.Key, o.Hash) }),
		pins: newLine(pinsWaiting, ErrCrowd),
		work: newLine(workWaiting, ErrBusy),
		asks: rate.NewLimiter(1, asksAtOnce),
		acts: make(map[string]time.Time), tills: make(map[string]*till),
	}
}

// A Clerk is who asks a Desk: a person who is signed in, or the console. Only Enter and Console make one; the zero
// Clerk may nothing.
type Clerk struct {
	Person payment.Person // as the ledger had it when the request began, without its secrets; zero of the console
	By     payment.By     // what is done stands under
	door   Door
	proof  Proof
}

// Console returns who asks at the console of a machine, or over its socket. It is nobody: what it does stands in the
// audit under the device alone.
func Console(device string, d Door) Clerk {
	if d == Page {
		return Clerk{}
	}
	return Clerk{By: payment.By{Device: device}, door: d}
}

// now is the time as a ledger stores it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Plain is what somebody has typed as it is stored: one line, without what is not seen. A line of its own would look
// like another entry of the audit; what a terminal takes for a command could hide one; and marks that turn the writing
// around show another sum, or another reason, to whoever decides.
func Plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
