package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// older is where the births of what was moved here begin: before all that is born here, in whichever court.
const older = -1 << 48

// perBatch is how many rows one transaction of a move brings.
const perBatch = 1000

// ErrNotOwner means: the role of the DSN does not own the schema, which a move needs.
var ErrNotOwner = errors.New("postgres: the role does not own the schema; a move is made as its owner, like a " +
	"migration")

// A Move brings the ledger of another kind of store into the database, under the role that owns the schema. Until its
// Release nobody can open the ledger. One that was broken off is begun anew.
type Move struct {
	conn  *pgx.Conn
	id    payment.Identity
	token string
	batch map[string][][]any
	bills [][]byte
	n     int
}

var (
	setCourt = statement(`select set_config('app.court', $1, false), set_config('synchronous_commit', 'on', false),
		set_config('statement_timeout', '0', false)`)
	beginMoving = statement(`insert into courtkiosk.ledger (court, environment, instance, made, timeline, moving)
		values ($1, $2, $3, $4, $5, $6) on conflict do nothing`)
	lockMoving = statement(`select environment, instance, coalesce(moving, '') from courtkiosk.ledger where court = $1
		for update`)
	putMoving = statement(`update courtkiosk.ledger set moving = $2, made = $3, timeline = $4 where court = $1`)
	makeBills = statement(`insert into courtkiosk.bill (hash) select unnest($1::bytea[]) on conflict do nothing`)
	putEstate = statement(`update courtkiosk.ledger set seam = $2, former = $3, incomplete = $4 where court = $1`)
	putChain  = statement(`insert into courtkiosk.chain (court, seq, at, hash, receipts) values ($1, $2, $3, $4, $5)
		on conflict (court) do update set seq = excluded.seq, at = excluded.at, hash = excluded.hash,
			receipts = excluded.receipts`)
	putMoved = statement(`update courtkiosk.ledger set moving = null where court = $1 and moving = $2`)
)

// moved are the tables that hold a court's rows, with the columns that a move fills.
var moved = map[string][]string{
	"chain": nil, "beat": nil, "shelf": nil,
	"audit": {"court", "seq", "at", "no", "from", "event", "to", "note", "device", "person", "hash", "nanos"},
	"orders": {"court", "no", "born", "bill", "key_court", "key_purse", "key_bill", "state", "recovered", "final",
		"amount", "paid_amount", "device", "serial", "digits", "sequence", "paid_to", "created_at", "paid_at",
		"changed_at", "doc"},
	"label":    {"court", "label", "no"},
	"request":  {"court", "id", "no", "incarnation"},
	"day":      {"court", "device", "day", "n"},
	"personal": {"court", "no", "data"},
	"effect": {"court", "no", "kind", "state", "since", "holder", "until", "ready", "paid_at", "sequence",
		"doc"},
	"refund": {"court", "no", "born", "order_no", "request", "final", "changed_at", "doc"},
	"book":   {"court", "book", "key", "doc"},
	"word":   {"court", "instance", "lost", "born", "doc"},
	"tries":  {"court", "day", "subject", "doc"},
}

// BeginMove begins to move the ledger of an identity into the database at dsn. token is what its source already knows a
// move by that has ended it: no other one may take its place; else empty. It is payment.ErrMovedOn when that move is
// finished here, and payment.ErrConflict when the court has another ledger here, or none that the token leads to.
func BeginMove(ctx context.Context, dsn string, id payment.Identity, token string) (_ *Move, err error) {
	l := &Ledger{court: id.Court, log: slog.New(slog.DiscardHandler)}
	if l.place, err = openPlace(""); err != nil {
		return nil, err
	}
	config, err := l.configured(dsn)
	if err != nil {
		return nil, err
	}
	l.survey(ctx, config.ConnConfig)
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, away(err)
	}
	m := &Move{conn: conn, id: id, token: token, batch: make(map[string][][]any)}
	if err := m.begin(ctx); err != nil {
		return nil, errors.Join(namedMove(err), m.Close())
	}
	return m, nil
}

// begin marks the ledger as being moved here, and clears what an earlier try has left.
func (m *Move) begin(ctx context.Context) error {
	var is int64
	err := m.conn.QueryRow(ctx, readSchema).Scan(&is)
	if err := schemaIs(is, err); err != nil {
		return err
	}
	if _, err := m.conn.Exec(ctx, setCourt, m.id.Court); err != nil {
		return err
	}
	timeline := behind(m.conn).timeline
	return pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		known := m.token
		if known == "" {
			m.token = rand.Text()
			if _, err := tx.Exec(ctx, beginMoving, m.id.Court, m.id.Environment, m.id.Instance, m.id.Made, timeline,
				m.token); err != nil {
				return err
			}
		}
		var environment, instance, moving string
		err := tx.QueryRow(ctx, lockMoving, m.id.Court).Scan(&environment, &instance, &moving)
		same := environment == m.id.Environment && instance == m.id.Instance
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("%w: the ledger was moved, and not to this database", payment.ErrConflict)
		case err != nil:
			return err
		case same && moving == "" && known != "":
			return payment.ErrMovedOn
		case !same || moving == "":
			return fmt.Errorf("%w: the court has a ledger in this database, of %s, instance %s", payment.ErrConflict,
				environment, instance)
		case known != "" && moving != known:
			return fmt.Errorf("%w: the ledger was moved, and not to this database", payment.ErrConflict)
		}
		if _, err := tx.Exec(ctx, putMoving, m.id.Court, m.token, m.id.Made, timeline); err != nil {
			return err
		}
		for table := range moved {
			clear := "delete from " + pgx.Identifier{"courtkiosk", table}.Sanitize() + " where court = $1"
			if _, err := tx.Exec(ctx, clear, m.id.Court); err != nil {
				return err
			}
		}
		return nil
	})
}

// Token is what the source must remember the move by, once it is about to end.
func (m *Move) Token() string { return m.token }

// To names the database, without a secret.
func (m *Move) To() string {
	c := m.conn.Config()
	return fmt.Sprintf("database %s at %s, port %d", c.Database, c.Host, c.Port)
}

// Put brings a row of the estate.
func (m *Move) Put(ctx context.Context, row any) error {
	if err := m.take(row); err != nil {
		return err
	}
	if m.n < perBatch {
		return nil
	}
	return m.flush(ctx)
}

func (m *Move) add(table string, columns ...any) {
	m.batch[table] = append(m.batch[table], append([]any{m.id.Court}, columns...))
	m.n++
}

// take makes rows of tables of a row of the estate.
func (m *Move) take(row any) error {
	switch v := row.(type) {
	case payment.HeldOrder:
		return m.takeOrder(v)
	case payment.HeldEffect:
		e := v.Effect
		doc, err := noted(e)
		m.add("effect", e.Order, e.Kind, e.State, e.Since, e.Holder, atOrNull(e.Until), e.Until.IsZero(),
			atOrNull(v.PaidAt), v.Sequence, doc)
		return err
	case payment.HeldRefund:
		r := v.Refund
		r.ChangedAt = time.Time{}
		doc, err := json.Marshal(r)
		m.add("refund", r.No, older+int64(v.Born), r.Order, r.Request, r.Final(), v.Refund.ChangedAt, doc)
		return err
	case payment.HeldRequest:
		m.add("request", v.ID, v.No, v.Incarnation)
	case payment.HeldPersonal:
		m.add("personal", v.No, v.Data)
	case payment.HeldDay:
		day, err := time.Parse(time.DateOnly, v.Day)
		m.add("day", v.Device, day, v.N)
		return err
	case payment.HeldRecord:
		m.add("book", v.Book, v.Key, []byte(v.Doc))
	case payment.HeldWord:
		doc, err := json.Marshal(v.Word)
		m.add("word", v.Word.Instance, v.Word.Lost, older+int64(v.Born), doc)
		return err
	case payment.HeldTries:
		day, err := time.Parse(time.DateOnly, v.Day)
		doc, merr := json.Marshal(v.Tries)
		m.add("tries", day, v.Subject, doc)
		return errors.Join(err, merr)
	case payment.Entry:
		var nanos *int64
		if n := int64(v.At.Nanosecond() % 1000); n != 0 {
			nanos = &n
		}
		m.add("audit", v.Seq, v.At.Truncate(time.Microsecond), v.Order, v.From, v.Event, v.To, v.Note, v.By.Device,
			v.By.Person, v.Hash, nanos)
	default:
		return fmt.Errorf("postgres: no table for a %T", row)
	}
	return nil
}

func (m *Move) takeOrder(v payment.HeldOrder) error {
	o := v.Order
	doc, err := document(o)
	if err != nil {
		return err
	}
	bill := billHash(o.Key)
	device, _ := o.Elsewhere()
	m.bills = append(m.bills, bill)
	m.add("orders", o.No, older+int64(v.Born), bill, o.Key.Court, o.Key.Purse, o.Key.Bill, o.State, o.Recovered,
		o.Final(), o.Amount, o.PaidAmount, o.Device, o.Serial, digits(o.TransactionID), o.Sequence, device, o.CreatedAt,
		atOrNull(o.PaidAt), o.ChangedAt, doc)
	for i, label := range o.Labels {
		if !slices.Contains(o.Labels[:i], label) {
			m.add("label", label, o.No)
		}
	}
	return nil
}

// flush stores the rows that were put, in one transaction.
func (m *Move) flush(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, makeBills, m.bills); err != nil {
			return err
		}
		for table, rows := range m.batch {
			into := pgx.Identifier{"courtkiosk", table}
			if _, err := tx.CopyFrom(ctx, into, moved[table], pgx.CopyFromRows(rows)); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	clear(m.batch)
	m.bills, m.n = nil, 0
	return namedMove(err)
}

// Settle stores the last rows and what is no row: the whole estate is here then.
func (m *Move) Settle(ctx context.Context, e payment.Estate) error {
	if err := m.flush(ctx); err != nil {
		return err
	}
	var former, lost []byte
	var err error
	if len(e.Former) > 0 {
		former, err = json.Marshal(e.Former)
	}
	if e.Lost != nil && err == nil {
		lost, err = json.Marshal(e.Lost)
	}
	if err != nil {
		return err
	}
	at := e.Head.At.Truncate(time.Microsecond)
	if e.Head.Seq == 0 {
		at = time.Unix(0, 0)
	}
	hash := slices.Concat([]byte{}, e.Head.Hash) // never null
	var b pgx.Batch
	b.Queue(putEstate, m.id.Court, e.Seam, former, lost)
	b.Queue(putChain, m.id.Court, e.Head.Seq, at, hash, e.Receipts)
	b.Queue(makeShelf, m.id.Court, books)
	return namedMove(m.conn.SendBatch(ctx, &b).Close())
}

// Release makes the ledger whole here, with an entry that says where it came from: it may be opened from now on. Its
// source must be ended for good by then.
func (m *Move) Release(ctx context.Context, from string, by payment.By) error {
	return namedMove(pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, putMoved, m.id.Court, m.token)
		if err != nil {
			return err
		}
		if tag.RowsAffected() != 1 {
			return fmt.Errorf("%w: another move of this ledger was begun meanwhile", payment.ErrConflict)
		}
		var b pgx.Batch
		queueEntry(&b, m.id.Court, payment.Entry{Event: "moved", Note: from, By: by})
		return tx.SendBatch(ctx, &b).Close()
	}))
}

// Close ends the work on a move, finished or not.
func (m *Move) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return m.conn.Close(ctx)
}

// namedMove says by a sentinel what the database refuses.
func namedMove(err error) error {
	switch {
	case code(err) == "42501":
		return fmt.Errorf("%w: %w", ErrNotOwner, err)
	case code(err) == "23505":
		return fmt.Errorf("%w: another court's ledger in this database has an open order of the same bill: %w",
			payment.ErrConflict, err)
	}
	return named(err)
}
