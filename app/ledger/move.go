package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"courtkiosk/app/config"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/postgres"
)

// ErrDiffers means: what came to the database is not what the file holds. The file goes on.
var ErrDiffers = errors.New("the database does not hold what the file holds; the file goes on as it was")

// ErrNotMoved means: a ledger lies in a file of this machine, and another one is to be opened in a database. What is
// open in the file would be followed by nobody.
var ErrNotMoved = errors.New("the ledger in this machine's file was not moved to the database")

// departed refuses a file that goes on.
func departed(c config.Config) error {
	if _, err := os.Stat(c.Ledger.File); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	l, err := bolt.Open(c.Ledger.File, identity(c), boltOptions(c))
	if errors.Is(err, payment.ErrMovedOn) {
		return nil
	}
	if err == nil {
		err = l.Close()
	}
	return errors.Join(fmt.Errorf("%w: %s", ErrNotMoved, c.Ledger.File), err)
}

// A Moved ledger tells how its move went.
type Moved struct {
	To           string // which database
	Before       bool   // it was finished earlier: nothing was done now
	Orders, Open int
	Lines        []Line
}

// A Line is what the file and the database say of one thing.
type Line struct {
	Name        string
	Here, There payment.Sum
}

// Same reports whether both say the same.
func (l Line) Same() bool { return l.Here == l.There }

// The stages of a move.
const (
	Checking  = "checking the file"
	Copying   = "copying"
	Comparing = "comparing"
	Ending    = "ending the file"
	Releasing = "opening the database's ledger"
)

// atOnce is after how many rows it is told how far the copy is.
const atOnce = 10_000

// A mover moves a ledger in a file to a database.
type mover struct {
	file *bolt.Ledger
	move *postgres.Move
	by   payment.By
	tell func(stage string, rows int)
	out  *Moved
}

// Move moves the ledger in the file that the configuration names to the database at dsn, as the role that owns it. It
// may be broken off at any point and run again. The file is ended for good before the database's ledger begins, so that
// no moment has two. What it tells is how far it is. Beside an error it returns what it has compared.
func Move(
	ctx context.Context, c config.Config, dsn string, by payment.By, tell func(stage string, rows int),
) (Moved, error) {
	return move(ctx, c.Ledger.File, identity(c), boltOptions(c), dsn, by, tell)
}

func move(
	ctx context.Context, path string, id payment.Identity, o bolt.Options, dsn string, by payment.By,
	tell func(stage string, rows int),
) (m Moved, err error) {
	if _, err := os.Stat(path); err != nil { // it would be made
		return m, fmt.Errorf("there is no ledger to move: %w", err)
	}
	o.Moved = true
	file, err := bolt.Open(path, id, o)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	gone, ended, err := file.Departure()
	if err != nil {
		return m, err
	}
	tell(Checking, 0)
	if !ended {
		if err := fit(ctx, file); err != nil {
			return m, err
		}
	}
	return transfer(ctx, file, gone, dsn, by, tell)
}

// transfer moves a ledger that is fit for it, or that was ended by an earlier try.
func transfer(
	ctx context.Context, file *bolt.Ledger, gone payment.Departure, dsn string, by payment.By,
	tell func(stage string, rows int),
) (m Moved, err error) {
	to, err := postgres.BeginMove(ctx, dsn, file.Identity(), gone.Token)
	if errors.Is(err, payment.ErrMovedOn) {
		return Moved{To: gone.To, Before: true}, nil
	}
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	m.To = to.To()
	err = (&mover{file, to, by, tell, &m}).run(ctx, gone.Token != "")
	return m, err
}

// fit reports why a file must not be moved.
func fit(ctx context.Context, file *bolt.Ledger) error {
	wrong, err := file.Verify(ctx)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", payment.ErrDamaged, wrong[0])
	}
	return payment.Apart(file.Ready(ctx))
}

// run copies, compares, ends the file, and only then lets the database's ledger begin.
func (m *mover) run(ctx context.Context, ended bool) error {
	estate, err := m.copy(ctx)
	if err != nil {
		return err
	}
	if !ended {
		m.tell(Ending, 0)
		d := payment.Departure{To: m.move.To(), Token: m.move.Token(), Entry: estate.Head.Seq}
		if err := m.file.Depart(ctx, d, m.by); err != nil {
			return fmt.Errorf("end the file: %w", err)
		}
	}
	m.tell(Releasing, 0)
	from := fmt.Sprintf("from a file, with %d orders", m.out.Orders)
	if err := m.move.Release(ctx, from, m.by); err != nil {
		return fmt.Errorf("the file is ended, and the database's ledger not begun; run the move again: %w", err)
	}
	return nil
}

// copy brings all over, reads it back, and compares.
func (m *mover) copy(ctx context.Context) (payment.Estate, error) {
	here, rows := make(payment.Reckoning), 0
	estate, err := m.file.Export(ctx, func(row any) error {
		if rows%atOnce == 0 {
			m.tell(Copying, rows)
		}
		rows++
		if o, ok := row.(payment.HeldOrder); ok {
			m.out.Orders++
			if !o.Order.Final() {
				m.out.Open++
			}
		}
		if err := here.Add(row); err != nil {
			return err
		}
		return m.move.Put(ctx, row)
	})
	if err != nil {
		return estate, err
	}
	if err := m.move.Settle(ctx, estate); err != nil {
		return estate, err
	}
	m.tell(Comparing, rows)
	arrived, there, err := m.move.Reckon(ctx)
	if err != nil {
		return estate, err
	}
	lines := maps.Clone(here)
	maps.Copy(lines, there)
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		m.out.Lines = append(m.out.Lines, Line{name, here[name], there[name]})
	}
	if slices.ContainsFunc(m.out.Lines, func(l Line) bool { return !l.Same() }) {
		return estate, ErrDiffers
	}
	return estate, sameEstate(estate, arrived)
}

// sameEstate compares what is no row: whose ledger it is, the receipt numbers, the head of the audit's chain.
func sameEstate(here, there payment.Estate) error {
	a, aerr := json.Marshal(here)
	b, berr := json.Marshal(there)
	if err := errors.Join(aerr, berr); err != nil {
		return err
	}
	if string(a) != string(b) {
		return fmt.Errorf("%w: %s is not %s", ErrDiffers, a, b)
	}
	return nil
}
