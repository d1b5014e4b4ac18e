package payment

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// A Key names a bill to money: which court asks, which purse the money belongs to, and which bill it is.
// Every machine of a court derives the same Key from the same bill.
type Key struct {
	Court string // court code, for example 京0101
	Purse string // the account the money belongs to; purses never share an order
	Bill  string // the bill's identity within court and purse
}

// Number returns the merchant order number (out_trade_no) of an attempt at a merchant, 32 characters of A-Z and 2-7. It
// is a hash, so that machines that cannot see each other collide on one number at WeChat instead of taking
// the money twice. WeChat keeps numbers apart by merchant, and so does the hash.
func (k Key) Number(m Merchant, attempt int) string {
	h := sha256.New()
	for _, part := range []string{"courtkiosk order v1", m.MchID, k.Court, k.Purse, k.Bill, strconv.Itoa(attempt)} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) // length first: no two lists hash alike
	}
	return base32.StdEncoding.EncodeToString(h.Sum(nil)[:20])
}

// A Merchant is the WeChat Pay account that an order is paid to. Numbers are unique within it only, so
// every order keeps its own.
type Merchant struct {
	MchID string
	AppID string
}

// MaxTitle is how many bytes of a title WeChat takes (pay.weixin.qq.com/doc/v3/merchant/4012525095, description).
const MaxTitle = 127

// A Request is what the counter asks money to do: take Amount for one bill.
type Request struct {
	ID       string // names this asking, so that it may be repeated after a lost answer; empty when it never is
	Device   string // the kiosk or window that asks, and that the receipt will name
	Visit    string // whose screen will show the code; see Order.Visit
	Key      Key
	Merchant Merchant
	Amount   Fen
	Title    string   // shown to the payer on the phone; beyond MaxTitle bytes the gateway cuts its end
	Labels   []string // opaque words to find the order by
	Details  []byte   // opaque to money; kept with the order; no personal data
	Personal []byte   // opaque to money; personal data, kept apart and expunged after its time
	Owed     []string // kinds of work owed once the order is paid
	OwedTwin []string // kinds of work owed when it turns out to be a second payment of its bill
	OwedBack []string // kinds of work owed once it is known how much of a payment came back

	// VoidRest is how long the number of a void order rests before it is used again; the Cashier sets it where several
	// machines share a ledger. A follower that was paused may still send, or hear of, the create request of the first.
	VoidRest time.Duration
}

// An Order is our request to be paid for one bill. Its number is WeChat's out_trade_no.
type Order struct {
	No          string
	Key         Key
	Attempt     int    // 1, 2, … at its merchant: n+1 exists only after n is closed at WeChat, void, or all returned
	Request     string `json:",omitzero"` // the Request.ID that opened it, or last came back to it
	Device      string // the kiosk or window that opened it
	Merchant    Merchant
	Environment string // production, test or demo: the world this order lives in
	Attach      string // kiosk and ledger instance; tells our order from another machine's of the same number
	Amount      Fen
	Title       string
	Body        []byte    // the create request, stored before its first byte is sent, re-sent byte for byte
	Expires     time.Time // WeChat's time_expire: the last moment to pay. It closes nothing.
	PayWithin   time.Duration
	Labels      []string
	Details     []byte
	Owed        []string
	OwedTwin    []string
	OwedBack    []string `json:",omitzero"`
	Serial      uint64   // running number of the order within its device and day (Asia/Shanghai), given by the ledger
	CreatedAt   time.Time

	State    State
	Oddity   Oddity
	CodeURL  string // what the QR says; empty until WeChat has answered
	Unwanted Wish   // who wishes it closed; zero when nobody does
	// when the first close was about to be sent; zero as long as none was
	CloseBegunAt time.Time `json:",omitzero"`
	// the visit whose screen shows it, or last did; what an earlier one wishes changes nothing
	Visit        string    `json:",omitzero"`
	Left         bool      // that visit has left the screen
	WatchedUntil time.Time `json:",omitzero"` // until then somebody may be waiting for it in front of a screen
	NotPaidAt    time.Time // of an order whose code is not known here: when this machine first saw it unpaid
	// from a backup, or from WeChat after the ledger was lost: what it owes may have been done already
	Recovered bool

	TransactionID string
	// the attach that another machine was paid by; kept once that payment was adopted
	PaidTo string    `json:",omitzero"`
	PaidAt time.Time // WeChat's success_time
	// what WeChat says was paid; differs from Amount only when disputed, and is 0 of what was not paid in yuan
	PaidAmount Fen
	Sequence   uint64 // given by the ledger when the order is paid; never repeats
	// what came back of it; beside state and oddity, so that it hides neither
	Returned  Returned  `json:",omitzero"`
	Refunding Refunding `json:",omitzero"` // what of that is ours, and what else we have asked for
	// given by the ledger; of a final order when it ended, or last owed something: a fact noted since does not move it
	ChangedAt time.Time
	// a clerk looks after it outside of this program; see EndByHand
	ByHand bool `json:",omitzero"`

	Lease Lease `json:"-"` // who follows it; filled in by the ledger, a rule cannot change it
}

// A Lease is the right of one machine to follow an order: to ask WeChat about it, and to send what is wished.
type Lease struct {
	Holder string
	Until  time.Time // zero: for ever, one process alone has the ledger
	Fence  uint64    // higher with each lease of the order
}

// Source is who wishes something of an order.
type Source string

// The sources of wishes.
const (
	ByVisit Source = "visit" // the person in front of the screen
	ByCourt Source = "court" // the court asks for the bill no more, or for another amount
	ByClock Source = "clock" // the time to pay is over
	ByClerk Source = "clerk"
)

// A Wish is the wish that an order be closed. It closes nothing: only a query does.
type Wish struct {
	Source Source    `json:",omitzero"`
	Visit  string    `json:",omitzero"` // whose it is, of a visit
	At     time.Time `json:",omitzero"`
}

// Incarnation names the create request of an order, a hash of its Body: a void order's number is used again by a later
// one, and what a slow follower heard about the first must not be written to the second.
func (o Order) Incarnation() string {
	h := sha256.Sum256(o.Body)
	return hex.EncodeToString(h[:8])
}

// State is where an order stands in its life.
type State string

// The states of an order.
const (
	Created  State = "created"  // the request body is durable; the code URL is not known
	Waiting  State = "waiting"  // the code URL is known: somebody can pay
	Closing  State = "closing"  // a close was asked of an order that could be paid
	Paid     State = "paid"     // WeChat said SUCCESS with our amount
	Closed   State = "closed"   // a query said CLOSED; the number is burnt
	Void     State = "void"     // WeChat never knew it: it never had a code URL
	Foreign  State = "foreign"  // the number belongs to another machine's order
	Disputed State = "disputed" // money is there, but not what we asked for: a clerk ends it, or what WeChat adds
)

// Oddity is what was unusual about a payment.
type Oddity string

// The oddities of a payment.
const (
	None          Oddity = ""
	AfterLeft     Oddity = "paid-after-left"
	WhileClosing  Oddity = "paid-while-closing"
	AfterClosed   Oddity = "paid-after-closed"
	SecondPayment Oddity = "second-payment"
)

// Ended is when the last of a final order happened, as late as anything in it says: ChangedAt is by this machine's own
// clock, which may have been behind, the others by WeChat's.
func (o Order) Ended() time.Time {
	return slices.MaxFunc([]time.Time{o.ChangedAt, o.CreatedAt, o.PaidAt}, time.Time.Compare)
}

// Final reports whether WeChat has nothing more to say about the order.
func (o Order) Final() bool {
	switch o.State {
	case Paid, Closed, Void, Disputed:
		return true
	case Foreign:
		return o.PaidElsewhere()
	}
	return false
}

// Blocks reports whether the order forbids a new attempt at its bill.
func (o Order) Blocks() bool { return o.State != Closed && o.State != Void && !o.Returned.All() }

// Spent reports whether the order's number can never be paid again and its bill may have another attempt.
func (o Order) Spent() bool { return o.State == Closed || o.Returned.All() }

// PaidElsewhere reports whether another machine's order of this number was paid.
func (o Order) PaidElsewhere() bool { return o.State == Foreign && o.TransactionID != "" }

// Event is what moves an order along an edge of the graph.
type Event string

// The events of an order's life.
const (
	Opened        Event = "opened"         // the request is durable
	Coded         Event = "coded"          // WeChat gave a code URL
	CloseAsked    Event = "close-asked"    // a visitor cancelled, or the time to pay is over
	SaidPaid      Event = "said-paid"      // a query said SUCCESS with our facts
	SaidRefunded  Event = "said-refunded"  // a query said REFUND: it was paid, and some was given back without us
	SaidDifferent Event = "said-different" // a query said SUCCESS with another amount, currency or appid
	SaidClosed    Event = "said-closed"    // a query said CLOSED
	SaidAbsent    Event = "said-absent"    // every host said that the number does not exist, after time_expire
	Refused       Event = "refused"        // the create was refused: the number is another machine's
	PaidByOther   Event = "paid-by-other"  // a query said SUCCESS for another machine's order
	Adopted       Event = "adopted"        // a clerk took a foreign paid order over
	Accepted      Event = "accepted"       // a clerk accepted a disputed payment, or a second one as its bill's
	GivenUp       Event = "given-up"       // a person ended an order that nobody can ask about, or hold a code of
	EndedByHand   Event = "ended-by-hand"  // a clerk looks after a disputed payment outside of this program
)

// An Edge is one way an order can change its state.
type Edge struct {
	From  State
	Event Event
	To    State
}

// Graph lists every edge of an order's life; what is not listed cannot happen. The picture in assets/docs/proofs.md is
// rendered from it.
var Graph = []Edge{
	{"", Opened, Created},
	{Created, Coded, Waiting},
	{Created, SaidPaid, Paid},
	{Created, SaidRefunded, Paid},
	{Created, SaidDifferent, Disputed},
	{Created, SaidClosed, Closed},
	{Created, SaidAbsent, Void},
	{Created, GivenUp, Void},
	{Created, Refused, Foreign},
	{Created, PaidByOther, Foreign},
	{Waiting, CloseAsked, Closing},
	{Waiting, SaidPaid, Paid},
	{Waiting, SaidRefunded, Paid},
	{Waiting, SaidDifferent, Disputed},
	{Waiting, SaidClosed, Closed},
	{Closing, SaidPaid, Paid},
	{Closing, SaidRefunded, Paid},
	{Closing, SaidDifferent, Disputed},
	{Closing, SaidClosed, Closed},
	{Closed, SaidPaid, Paid},
	{Closed, SaidRefunded, Paid},
	{Closed, SaidDifferent, Disputed},
	{Closed, PaidByOther, Foreign},
	{Void, SaidPaid, Paid}, // its "does not exist" was not signed, SUCCESS is
	{Void, SaidRefunded, Paid},
	{Void, SaidDifferent, Disputed},
	{Void, PaidByOther, Foreign},
	{Foreign, PaidByOther, Foreign},
	{Foreign, SaidClosed, Closed},
	{Foreign, SaidPaid, Paid}, // our own mark: the order was lost with an older ledger
	{Foreign, SaidRefunded, Paid},
	{Foreign, SaidDifferent, Disputed},
	{Foreign, Adopted, Paid},
	{Disputed, Accepted, Paid},
	{Disputed, SaidPaid, Paid}, // a later answer says what the first one lacked
	{Disputed, SaidRefunded, Paid},
	{Disputed, SaidDifferent, Disputed},
	{Disputed, EndedByHand, Disputed},
	{Paid, Accepted, Paid}, // a second payment, once the first came back as a whole
}

// Allowed reports whether the edge is in the Graph.
func Allowed(e Edge) bool { return slices.Contains(Graph, e) }
