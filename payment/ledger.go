package payment

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// What a Ledger refuses.
var (
	ErrNotFound    = errors.New("payment: no such order")
	ErrLocked      = errors.New("payment: ledger is open in another process")
	ErrNewer       = errors.New("payment: ledger was written by a newer version")
	ErrOtherCourt  = errors.New("payment: ledger belongs to another court or environment")
	ErrDamaged     = errors.New("payment: ledger is damaged")
	ErrNotWritable = errors.New("payment: ledger cannot be written")
	// ErrConflict means: the thing is not in the state that the caller believed it to be in.
	ErrConflict = errors.New("payment: its state does not allow it")
	// ErrUnsure means: the ledger gave no answer to a commit. What was to be stored may be stored. The caller asks
	// again: by Request.ID what it created, by the order's number what it changed.
	ErrUnsure = errors.New("payment: it may be stored, or not")
)

// An Identity binds a ledger to the court and the world it was made for, at its creation and for ever.
type Identity struct {
	Court       string
	Environment string
	Instance    string // random, made with the ledger: tells two installations of one kiosk apart
	// when the ledger was made; of one that did not note it, its first audit entry
	Made time.Time `json:",omitzero"`
}

// By names who did what an audit entry tells: a device, a person by staff number, or both. Zero is the program itself.
type By struct {
	Device string `json:",omitzero"`
	Person string `json:",omitzero"`
}

// A Change is what a rule decides: the order as it becomes, the edge that it walks, and the work that follows.
// An empty Event changes facts beside the state (a wish, a first sight). A Change whose order equals
// the stored one and that owes nothing writes nothing.
type Change struct {
	Order Order
	Event Event
	Owed  []Effect // Order and Since are filled by the ledger; what is owed already is left alone
	Turns []Turn   // of what was owed before
	Note  string   // for the audit: facts, no personal data
	By    By       // for the audit
}

// A Turn moves work that an order owes already, in the transaction of the change: an effect of the kind that is in the
// state From, if there is one.
type Turn struct {
	Kind     string
	From, To EffectState
	Note     string // of the effect from then on
}

// Moves reports whether a change of the order old is one that its ChangedAt tells: not a fact alone that is noted of a
// final order. Its personal data is not kept for longer by that.
func (c Change) Moves(old Order) bool {
	return c.Event != "" || len(c.Owed)+len(c.Turns) > 0 || !old.Final()
}

// EffectState is how far a piece of owed work is.
type EffectState string

// The states of an effect.
const (
	Held     EffectState = "held"     // not by itself: a person must have spoken first
	Owed     EffectState = "owed"     // to be done
	Handed   EffectState = "handed"   // given away; whether it was done is not known yet
	Doubtful EffectState = "doubtful" // it may have been done: offered, never repeated by itself
	Done     EffectState = "done"
)

// Attention is the kind of effect that payment itself owes: somebody at the window must look. Kinds that begin with it
// and a slash are a clerk's work too.
const Attention = "attention"

// Of returns the effect that the turn makes of one that stands where it begins; whoever has taken it up has not.
func (t Turn) Of(e Effect, at time.Time, by By) Effect {
	e.State, e.Note, e.Since, e.By = t.To, t.Note, at, by
	e.Holder, e.Until = "", time.Time{}
	return e
}

// An Effect is work owed to the outside after a change. It becomes durable in the change's own transaction and
// is struck off when it is done.
type Effect struct {
	Order string
	Kind  string
	State EffectState
	Note  string // why, for a clerk; no personal data
	Since time.Time
	Tries int // how often it was handed
	// the machine that has taken it up: its ledger's name for itself, kept over restarts
	Holder string    `json:",omitzero"`
	Until  time.Time `json:",omitzero"` // nobody else takes it up before; without a holder nobody does
	By     By        `json:",omitzero"` // who moved it last; for the audit
	Taken  Decision  `json:",omitzero"` // by who looks into it at the window, and when
}

// A Piece is an effect that was claimed, with the order that owes it.
type Piece struct {
	Effect Effect
	Order  Order
}

// An Entry is one line of the audit, chained to the one before it by hash. An entry without an order tells what a
// person or the program did beside all orders.
type Entry struct {
	Seq   uint64 // 1, 2, … without holes, in the order of the commits: where a reader left off
	At    time.Time
	Order string
	From  State
	Event string
	To    State
	Note  string
	By    By     `json:",omitzero"`
	Hash  []byte // SHA-256 over the hash before and this entry's canonical bytes
}

// A Filter says which orders are looked for. Fields that are zero ask for nothing. The first of Transaction, Sequence,
// Serial, Amount and Paid that is set says which index is walked, and the others are compared with what it finds.
type Filter struct {
	Transaction string    // WeChat's transaction id, or its last digits: four at least, fewer is ErrFilter
	Sequence    uint64    // of the receipt
	Serial      uint64    // the order's running number within its Day, of any device
	Amount      Fen       // asked for, or paid
	Paid        bool      // by time paid instead of time opened
	Day         time.Time // that day in China: of the payment with Paid, else of the opening
	Device      string
	Purse       string
	State       State
	// What other machines were paid under the id of this kiosk or window, by time paid, as with Paid; with Foreign as
	// its State what was not adopted. It says which index is walked, before all others.
	PaidTo string
	Before string // Page.Next of the page before
	N      int    // orders of a page; 1 to MaxPage
}

// MaxPage is how many orders a page has at most.
const MaxPage = 1000

// ErrFilter means: nothing can be looked for by such a filter.
var ErrFilter = errors.New("payment: filter asks for too little or too much")

// A Page is a part of what was found, newest first. It may hold fewer than were asked for and yet have a next one.
type Page struct {
	Orders []Order
	Next   string // empty at the end
}

// A Tally counts the effects of one kind and state that are not Done.
type Tally struct {
	Kind   string
	State  EffectState
	N      int
	Oldest time.Time // since when the first of them stands so
}

// Orders is the part of a Ledger that holds orders.
type Orders interface {
	// Identity returns what the ledger was bound to when it was made.
	Identity() Identity
	// Create stores the order that next makes of the earlier orders of r's bill, oldest first, with r's personal
	// data. It gives the order its Serial, counted by device and day, and the lease that it asks for. The error of
	// next is returned as it is and nothing is stored. An order that r.ID has opened or joined before is returned as
	// it stands, and next is not asked; of another bill, amount or merchant that is ErrConflict.
	Create(ctx context.Context, r Request, next func(earlier []Order) (Order, error)) (Order, error)
	// Update stores the change that rule makes of an order and the other orders of its bill, with its owed
	// effects and its audit entry. It gives an order that becomes Paid its Sequence. An edge that is not
	// in Graph is a *TransitionError. The order as it stands now is returned, changed or not.
	Update(ctx context.Context, no string, rule func(o Order, others []Order) (Change, error)) (Order, error)
	// Claim leases to a holder at most n orders that are not Final and that no other has a lease of, oldest first,
	// those that it holds already included, until a time that is renewed; zero is for ever, where one process alone
	// has the ledger. Each lease has a new fence. It is economy: rules keep the money safe without it.
	Claim(ctx context.Context, holder string, n int, until time.Time) ([]Order, error)
	// Renew moves the end of all leases that a holder still has, and returns the numbers of their orders.
	Renew(ctx context.Context, holder string, until time.Time) ([]string, error)
	// Order returns one order, or ErrNotFound.
	Order(ctx context.Context, no string) (Order, error)
	// OfBill returns the orders of a bill, oldest first.
	OfBill(ctx context.Context, k Key) ([]Order, error)
	// Labelled returns the orders that carry a label, oldest first.
	Labelled(ctx context.Context, label string) ([]Order, error)
	// Unsettled returns the orders that are not Final, oldest first.
	Unsettled(ctx context.Context) ([]Order, error)
	// Find returns a page of the orders that a filter describes, newest first.
	Find(ctx context.Context, f Filter) (Page, error)
	// Personal returns an order's personal data, nil after it was expunged.
	Personal(ctx context.Context, no string) ([]byte, error)
	// Expunge forgets the personal data of orders that ended before t, and returns how many.
	Expunge(ctx context.Context, t time.Time) (int, error)
}

// Work is the part of a Ledger that holds what is owed.
type Work interface {
	// Effects returns the effects of an order.
	Effects(ctx context.Context, no string) ([]Effect, error)
	// UpdateEffect stores what rule makes of an effect, with an audit entry, and returns it. The error of rule is
	// returned as it is and nothing is stored.
	UpdateEffect(ctx context.Context, no, kind string, rule func(Effect) (Effect, error)) (Effect, error)
	// ClaimWork takes up for a holder, until a time, at most n effects of a kind that are Owed or Doubtful and whose
	// Until is not after now; those of the orders that were paid first come first. It changes neither state nor
	// audit.
	ClaimWork(ctx context.Context, kind, holder string, n int, now, until time.Time) ([]Piece, error)
	// InHand returns at most n effects that are Handed and were handed by the holder, or whose Until is before now.
	InHand(ctx context.Context, holder string, n int, now time.Time) ([]Effect, error)
	// Pending returns at most n effects that are not Done, of a kind and those below it (attention,
	// attention/report), all with an empty kind, that come after an effect of an order and kind; the first page
	// begins after the zero Effect.
	Pending(ctx context.Context, kind string, after Effect, n int) ([]Effect, error)
	// Tally counts all effects that are not Done.
	Tally(ctx context.Context) ([]Tally, error)
}

// Refunds is the part of a Ledger that holds what is given back.
type Refunds interface {
	// AskRefund stores the refund that rule makes of an order, with its audit entry; no order of that number is
	// ErrNotFound. The error of rule is returned as it is and nothing is stored. A refund of the order that was asked
	// for by this id before is returned as it stands, and rule is not asked.
	AskRefund(ctx context.Context, order, id string, rule func(Refunded) (RefundChange, error)) (Refund, error)
	// UpdateRefund stores the change that rule makes of a refund and its order, with owed effects and audit entries. An
	// edge that is not in RefundGraph is a *RefundTransitionError. The refund as it stands now is returned, changed or
	// not.
	UpdateRefund(ctx context.Context, no string, rule func(Refund, Refunded) (RefundChange, error)) (Refund, error)
	// Refund returns one refund, or ErrNotFound.
	Refund(ctx context.Context, no string) (Refund, error)
	// RefundsOf returns the refunds of an order, oldest first.
	RefundsOf(ctx context.Context, order string) ([]Refund, error)
	// OpenRefunds returns the refunds that are not Final, oldest first.
	OpenRefunds(ctx context.Context) ([]Refund, error)
	// RefundPage returns at most n refunds, of whatever state, in the order of their numbers; they come after a number,
	// empty for the first page. A refund that is asked for meanwhile may be left out.
	RefundPage(ctx context.Context, after string, n int) ([]Refund, error)
}

// Record is the part of a Ledger that nobody changes: the audit.
type Record interface {
	// Note appends an entry that belongs to no order; Seq, At and Hash are given by the ledger.
	Note(ctx context.Context, e Entry) error
	// Audit returns the entries of an order, oldest first.
	Audit(ctx context.Context, no string) ([]Entry, error)
	// Since returns at most n entries after a sequence number, oldest first. One that does not follow by its hash from
	// the one before it is ErrDamaged, so who has read all of them has verified the chain.
	Since(ctx context.Context, seq uint64, n int) ([]Entry, error)
}

// Testimony is the part of a Ledger that holds what people have said of other ledgers.
type Testimony interface {
	// Words returns them, in the order in which they were first said.
	Words(ctx context.Context) ([]Word, error)
	// Say stores a word in the place of what was said of the same instance in the same sense, with an audit entry that
	// belongs to no order.
	Say(ctx context.Context, w Word) error
}

// Proofs is the part of a Ledger that counts how often somebody tried to prove that they hold a payment.
type Proofs interface {
	// UpdateTries stores what rule makes of the tries at a subject on the day, in China, of a time, with an audit
	// entry, and returns them. The error of rule is returned as it is and nothing is stored. What was counted on the
	// days before is forgotten.
	UpdateTries(ctx context.Context, of string, at time.Time, e Entry, rule func(Tries) (Tries, error)) (Tries, error)
	// ForgetTries forgets what was counted on the days before that of a time.
	ForgetTries(ctx context.Context, at time.Time) error
}

// A Ledger is the only durable truth of a machine, or of several that share it. Each method is one transaction: when
// it returns without error its effect survives a pulled plug. An error may mean that it is stored all the same: then
// it is ErrUnsure, and the caller asks again. Rules given to it are pure and may be run more than once. Every time
// that it stores is cut to microseconds, by who makes it. A write whose context is Guarded asks that rule within its
// transaction; one that has nothing to store need not ask.
type Ledger interface {
	Orders
	Work
	Refunds
	Books
	Record
	Testimony
	Proofs
	// Close releases the ledger.
	Close() error
}

// A Shared ledger is one that several machines have open at once.
type Shared interface {
	Ledger
	// Holder is this machine's name in leases and work, kept over restarts.
	Holder() string
}

// HolderOf returns this machine's name in leases and work: of a ledger that is its own, the ledger's.
func HolderOf(l Ledger) string {
	if s, ok := l.(Shared); ok {
		return s.Holder()
	}
	return l.Identity().Instance
}

// What a Keeper says of a ledger that takes no new payments. What is open is settled all the same, as far as it can be.
var (
	// ErrFailed means: a write failed. The process must end and open the ledger anew.
	ErrFailed = errors.New("payment: the ledger failed; it must be opened anew")
	// ErrAway means: the database that a ledger lies in gives no answer, or no standby of it confirms what is stored.
	// The ledger opens again by itself, and no process has to end for it.
	ErrAway = errors.New("payment: the ledger's database gives no answer")
	// ErrNoRoom means: less room is left than the settling of what is open may need.
	ErrNoRoom = errors.New("payment: too little room for new payments")
	// ErrMoved means: the ledger was made on another machine, which may go on with it.
	ErrMoved = errors.New("payment: the ledger comes from another machine and must be bound to this one")
	// ErrSucceeded means: a ledger that was made from a copy of this one has taken its place.
	ErrSucceeded = errors.New("payment: another ledger, made from a copy of this one, has taken its place")
)

// Apart returns an error of a Keeper's that says that another machine may go on with what the ledger holds; nil when it
// says something else.
func Apart(err error) error {
	if errors.Is(err, ErrMoved) || errors.Is(err, ErrSucceeded) {
		return err
	}
	return nil
}

// Lost tells of a ledger that was restored, and that does not know yet what happened after its copy was made.
type Lost struct {
	Source string    // what it was restored from
	As     time.Time // as of when; zero of a copy without one entry, which is of before anything happened
}

// LogValue implements slog.LogValuer.
func (l Lost) LogValue() slog.Value {
	as := "its beginning"
	if !l.As.IsZero() {
		as = l.As.Format(time.RFC3339)
	}
	return slog.GroupValue(slog.String("from", l.Source), slog.String("as", as))
}

// A Keeper looks after the place where a ledger lies.
type Keeper interface {
	// Ready returns nil while new payments may be begun; else an error that wraps ErrFailed, ErrAway, ErrNoRoom,
	// ErrMoved, ErrSucceeded, ErrDamaged or ErrNotWritable. Of a ledger in a database ErrFailed means that commits were
	// lost which this process may remember; whatever else is wrong with one is ErrAway. It is asked often, and answers
	// at once, of what is known.
	Ready(ctx context.Context) error
	// Care does what the store needs once a day: a copy that was opened to prove it. It may be called more often.
	Care(ctx context.Context, now time.Time) error
	// Incomplete tells of a restored ledger whose loss WeChat was not asked for yet.
	Incomplete() (Lost, bool)
	// Complete notes that all of it was asked for.
	Complete(ctx context.Context, note string) error
}

// A Census counts what a ledger holds.
type Census struct {
	Orders, Open, Paid int
	Owed               int // pieces of work that are not done
	Personal           int // orders whose personal data is kept
	Entries            int // of the audit
	Bytes              int64
	FreePages          int
}
