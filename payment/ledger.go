package payment

import (
	"context"
	"errors"
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
)

// An Identity binds a ledger to the court and the world it was made for, at its creation and for ever.
type Identity struct {
	Court       string
	Environment string
	Instance    string // random, made with the ledger: tells two installations of one kiosk apart
}

// A Change is what a rule decides: the order as it becomes, the edge that it walks, and the work that follows.
// An empty Event changes facts beside the state (a cancel wish, a first sight). A Change whose order equals
// the stored one and that owes nothing writes nothing.
type Change struct {
	Order Order
	Event Event
	Owed  []Effect // Order and Since are filled by the ledger
	Note  string   // for the audit: facts, no personal data
}

// EffectState is how far a piece of owed work is.
type EffectState string

// The states of an effect.
const (
	Held     EffectState = "held"     // not yet: a refund outside of this program must be understood first
	Owed     EffectState = "owed"     // to be done
	Handed   EffectState = "handed"   // given away; whether it was done is not known yet
	Doubtful EffectState = "doubtful" // it may have been done: offered, never repeated by itself
	Done     EffectState = "done"
)

// Attention is the kind of effect that payment itself owes: somebody at the window must look.
const Attention = "attention"

// An Effect is work owed to the outside after a change. It becomes durable in the change's own transaction and
// is struck off when it is done.
type Effect struct {
	Order string
	Kind  string
	State EffectState
	Note  string // why, for a clerk; no personal data
	Since time.Time
	Tries int // how often it was handed
}

// An Entry is one line of the audit, chained to the one before it by hash.
type Entry struct {
	Seq   uint64
	At    time.Time
	Order string
	From  State
	Event string
	To    State
	Note  string
	Hash  []byte // SHA-256 over the hash before and this entry's canonical bytes
}

// A Ledger is the only durable truth of a machine. Each method is one transaction: when it returns without
// error its effect survives a pulled plug. Rules given to it are pure and may be run more than once.
type Ledger interface {
	// Identity returns what the ledger was bound to when it was made.
	Identity() Identity
	// Create stores the order that next makes of the bill's earlier orders, oldest first. It gives the
	// order its Serial. The error of next is returned as it is and nothing is stored.
	Create(ctx context.Context, k Key, personal []byte, next func(earlier []Order) (Order, error)) (Order, error)
	// Update stores the change that rule makes of an order and the other orders of its bill, with its owed
	// effects and its audit entry. It gives an order that becomes Paid its Sequence. An edge that is not
	// in Graph is a *TransitionError. The order as it stands now is returned, changed or not.
	Update(ctx context.Context, no string, rule func(o Order, others []Order) (Change, error)) (Order, error)
	// Order returns one order, or ErrNotFound.
	Order(ctx context.Context, no string) (Order, error)
	// OfBill returns the orders of a bill, oldest first.
	OfBill(ctx context.Context, k Key) ([]Order, error)
	// Labelled returns the orders that carry a label, oldest first.
	Labelled(ctx context.Context, label string) ([]Order, error)
	// Unsettled returns the orders that are not Final, oldest first.
	Unsettled(ctx context.Context) ([]Order, error)
	// Recent returns the newest orders, newest first, at most n.
	Recent(ctx context.Context, n int) ([]Order, error)
	// Effects returns the effects of an order, or with an empty no every effect that is not Done.
	Effects(ctx context.Context, no string) ([]Effect, error)
	// UpdateEffect stores what rule makes of an effect, with an audit entry, and returns it. The error of rule is
	// returned as it is and nothing is stored.
	UpdateEffect(ctx context.Context, no, kind string, rule func(Effect) (Effect, error)) (Effect, error)
	// Personal returns an order's personal data, nil after it was expunged.
	Personal(ctx context.Context, no string) ([]byte, error)
	// Expunge forgets the personal data of orders that ended before t, and returns how many.
	Expunge(ctx context.Context, t time.Time) (int, error)
	// Audit returns the entries of an order, or of all orders with an empty no, oldest first.
	Audit(ctx context.Context, no string) ([]Entry, error)
	// Close releases the ledger.
	Close() error
}

// ErrConflict means: the thing is not in the state that the caller believed it to be in.
var ErrConflict = errors.New("payment: state has changed meanwhile")
