package offsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// ErrOtherKiosk means: the copy is of another kiosk than this machine is configured as.
var ErrOtherKiosk = errors.New("offsite: the copy is of another kiosk")

// A Cradle is where a copy becomes a ledger again: the files of a machine that goes on in the place of a lost one.
type Cradle struct {
	Court, Environment, Kiosk string
	Ledger, Keys, SigningKey  string // files
	Place                     *Place // where copies leave to; nil where none do
}

// A Taken copy is one that a ledger was made of.
type Taken struct {
	payment.Heir
	About   About
	Retired string // where a signing key of the lost machine was put; empty when there was none
	// why the lost machine will not be told, should it come back; nil when what tells it lies where it looks
	Untold error
}

// Take opens a copy, has a ledger made of its file, and brings the public keys of receipts that the lost machine has
// given: they are checked as ever, and this machine signs with a key of its own. The secret key is in memory alone.
func (c Cradle) Take(
	ctx context.Context, sealed, key io.Reader, succeed func(file string) (payment.Heir, error),
) (t Taken, err error) {
	keys, err := Identities(key)
	if err != nil {
		return t, err
	}
	if err := durable.Sweep(c.Ledger); err != nil { // of another try
		return t, err
	}
	temp := durable.Temp(c.Ledger)
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	copied, err := Open(sealed, keys, temp)
	if err != nil {
		return t, err
	}
	t.About = copied.About
	switch a := copied.About; {
	case a.Court != c.Court || a.Environment != c.Environment:
		return t, fmt.Errorf("%w: the copy is of %s, %s", payment.ErrOtherCourt, a.Court, a.Environment)
	case a.Kiosk != c.Kiosk:
		return t, fmt.Errorf("%w: of %s, and this is %s", ErrOtherKiosk, a.Kiosk, c.Kiosk)
	}
	ring, err := receipt.ParseRing(memberKeys, string(copied.Keys))
	if err != nil {
		return t, err
	}
	// Before the ledger has its place, which ends what can be tried again; a ledger that is not made brings no keys.
	takeBack, err := c.believe(ring)
	if err != nil {
		return t, err
	}
	if t.Heir, err = succeed(temp); err != nil {
		return t, errors.Join(err, takeBack())
	}
	if t.Retired, err = receipt.Retire(c.SigningKey, ring, time.Now()); err != nil {
		return t, err
	}
	t.Untold = fmt.Errorf("%w: no folder is configured", ErrAway)
	if c.Place != nil {
		t.Untold = c.Place.Tell(ctx, t.Succession)
	}
	return t, nil
}

// believe adds the keys of a copy to the list of this machine.
func (c Cradle) believe(ring receipt.Ring) (takeBack func() error, err error) {
	before, err := durable.ReadFile(c.Keys)
	none := errors.Is(err, os.ErrNotExist)
	if err != nil && !none {
		return nil, err
	}
	return func() error {
		if none {
			return os.Remove(c.Keys)
		}
		return durable.WriteFile(c.Keys, before, 0o644)
	}, receipt.Believe(c.Keys, ring)
}
