package payment

import (
	"fmt"
	"strings"
)

// ErrUnbookable means: WeChat has signed that the order is paid, and its answer cannot be booked. It is asked again:
// only what it says several times counts.
var ErrUnbookable = fmt.Errorf("%w: paid by an answer that cannot be booked", ErrUnknown)

// maxFlaws is how often in a row WeChat says what cannot be booked before that is what it says.
const maxFlaws = 3

// AttentionAnswer is the work of a clerk about a payment that WeChat signs without saying whose it is.
const AttentionAnswer = Attention + "/answer"

// Evidence is what proves a signed answer to who has the answer: WeChat, by its support. It holds no personal data.
type Evidence struct {
	Serial     string // of the key that signed
	Timestamp  string // unix seconds
	Nonce      string
	Signature  string // base64
	BodySHA256 string // hex
}

// flawed is what a flawed answer leaves in the audit: what it says of the payment, and what proves it.
func (r Reported) flawed() string {
	var said []string
	say := func(what, value string, known bool) {
		if known {
			said = append(said, what+" "+value)
		}
	}
	say("transaction", r.TransactionID, r.TransactionID != "")
	say("paid", r.Amount.String()+" "+r.Currency, r.Amount != 0)
	say("at", r.PaidAt.In(China).Format("2006-01-02 15:04:05"), !r.PaidAt.IsZero())
	e := r.Evidence
	say("serial", e.Serial, true)
	say("timestamp", e.Timestamp, true)
	say("nonce", e.Nonce, true)
	say("signature", e.Signature, true)
	say("body SHA-256", e.BodySHA256, true)
	return r.Flaw + " (" + strings.Join(said, ", ") + ")"
}

// mayName reports whether nothing that the answer says contradicts that it is about o.
func (r Reported) mayName(o Order) bool {
	return (r.No == "" || r.No == o.No) && (r.MchID == "" || r.MchID == o.Merchant.MchID)
}

// suspect returns the order after an answer that says paid, and not whose payment it is: a clerk looks at it. A number
// that is ours only by its name is another machine's until more is known; what it is owed is owed there.
func (o Order) suspect(r Reported) Change {
	c := Change{Order: o, Note: r.flawed(), Owed: []Effect{{Kind: AttentionAnswer, State: Owed, Note: r.Flaw}}}
	switch {
	case !r.names(o):
	case o.State == Foreign:
		return Change{Order: o}
	default:
		c.Order.State, c.Event = Foreign, PaidByOther
	}
	return c
}

// flaws counts the flawed answers about one order.
type flaws struct {
	inRow int
	told  bool // what they say was stored
}

// hear returns ErrUnbookable of a flawed answer that is to be asked for again.
func (f *flaws) hear(r Reported) error {
	if r.Flaw == "" {
		*f = flaws{}
		return nil
	}
	if f.inRow++; f.inRow < maxFlaws || f.told {
		return fmt.Errorf("%w: %s", ErrUnbookable, r.Flaw)
	}
	return nil
}
