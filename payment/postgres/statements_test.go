package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// Every statement that the ledger ever sends is one that the migrated schema understands, as the program's role.
func TestStatements(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), postgrestest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if len(statements) < 80 {
		t.Errorf("only %d statements are known", len(statements))
	}
	for i, sql := range statements {
		if _, err := conn.Prepare(t.Context(), fmt.Sprint("s", i), sql); err != nil {
			t.Errorf("%v\n%s", err, sql)
		}
	}
}

// 32 connections race for each of 500 bills: one has it.
func TestRace(t *testing.T) {
	l := open(t, postgrestest.New(t)+" pool_max_conns=36", "")
	const bills, racers = 500, 32
	var group sync.WaitGroup
	var won, blocked atomic.Int64
	next := make(chan int, bills*racers)
	for n := range bills {
		for range racers {
			next <- n
		}
	}
	close(next)
	for range racers {
		group.Go(func() {
			for n := range next {
				_, err := ledgertest.Next(l, ledgertest.Request(n), ledgertest.Born)
				if _, ok := errors.AsType[*payment.BlockedError](err); ok {
					blocked.Add(1)
				} else if err == nil {
					won.Add(1)
				} else {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if won.Load() != bills || blocked.Load() != bills*(racers-1) {
		t.Errorf("%d have won, %d were blocked", won.Load(), blocked.Load())
	}
	open, err := l.Unsettled(t.Context())
	if err != nil || len(open) != bills {
		t.Errorf("%d are open, %v", len(open), err)
	}
}

// One request id, asked by for two bills at once, opens one order.
func TestRaceByOneRequest(t *testing.T) {
	l := open(t, postgrestest.New(t), "")
	var group, both sync.WaitGroup
	both.Add(2)
	errs := make([]error, 2)
	for i := range errs {
		group.Go(func() {
			r := ledgertest.Request(i)
			r.ID = "asked"
			met := false
			_, errs[i] = l.Create(t.Context(), r, func(earlier []payment.Order) (payment.Order, error) {
				if !met { // neither is stored before both have read
					met = true
					both.Done()
					both.Wait()
				}
				draft := payment.Order{Device: "03", PayWithin: 5 * time.Minute}
				return payment.Next(r, earlier, draft, ledgertest.Born)
			})
		})
	}
	group.Wait()
	list, err := l.Unsettled(t.Context())
	if err != nil || len(list) != 1 || !errors.Is(errors.Join(errs...), payment.ErrConflict) {
		t.Errorf("%d orders are open, %v; the askings came to %v", len(list), err, errs)
	}
}

// The second lock holds where a rule does not; and what is money is booked beside an open order.
func TestSecondLock(t *testing.T) {
	dsn := postgrestest.New(t)
	l := open(t, dsn, "")
	first := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	draft := first
	draft.No, draft.Attempt, draft.Request = "ANOTHER", 2, ""
	unruly := func([]payment.Order) (payment.Order, error) { return draft, nil }
	_, err := l.Create(t.Context(), ledgertest.Request(1), unruly)
	if !errors.Is(err, payment.ErrConflict) {
		t.Errorf("two open orders of a bill: %v", err)
	}
	draft.Recovered = true
	if _, err := l.Create(t.Context(), ledgertest.Request(1), unruly); err != nil {
		t.Errorf("what WeChat knows of is not taken in: %v", err)
	}
	closed := ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born)
	ledgertest.Said(t, l, closed, payment.TradeClosed)
	ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born.AddDate(0, 0, 1))
	if o := ledgertest.Said(t, l, closed, payment.TradeSuccess); o.State != payment.Paid {
		t.Errorf("a closed order that was paid after all is %s", o.State)
	}
}

// Two counters of one database never have one bill open at once, though neither sees the other's orders.
func TestCourtsShareBills(t *testing.T) {
	dsn := postgrestest.New(t)
	a := open(t, dsn, "")
	b, err := Open(t.Context(), dsn, payment.Identity{Court: "京0102", Environment: "test"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ledgertest.New(t, a, ledgertest.Request(1), ledgertest.Born)
	if _, err := ledgertest.Next(b, ledgertest.Request(1), ledgertest.Born); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("the other court opens it too: %v", err)
	}
	if list, err := b.OfBill(t.Context(), ledgertest.Request(1).Key); err != nil || len(list) != 0 {
		t.Errorf("the other court sees %d orders, %v", len(list), err)
	}
	if list, err := b.Since(t.Context(), 0, 10); err != nil || len(list) != 0 {
		t.Errorf("the other court's audit has %d entries, %v", len(list), err)
	}
}

// Row-level security is a fence of its own: without the court that a statement names nothing is seen, and nothing is
// written for another one. The program's role changes no entry of the audit, and makes no table.
func TestRights(t *testing.T) {
	dsn := postgrestest.New(t)
	l := open(t, dsn, "")
	ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	as := func(court string) func(sql string) (int64, error) {
		if _, err := conn.Exec(t.Context(), `select set_config('app.court', $1, false)`, court); err != nil {
			t.Fatal(err)
		}
		return func(sql string) (int64, error) {
			tag, err := conn.Exec(t.Context(), sql)
			return tag.RowsAffected(), err
		}
	}
	other := as("京0102")
	for _, table := range []string{"ledger", "chain", "audit", "orders", "label", "day", "shelf", "beat"} {
		if n, err := other("select from courtkiosk." + table); err != nil || n != 0 {
			t.Errorf("another court sees %d rows of %s, %v", n, table, err)
		}
	}
	if _, err := other(`insert into courtkiosk.day values ('京0101', '03', '2026-11-23', 1)`); code(err) != "42501" {
		t.Errorf("another court writes: %v", err)
	}
	own := as("京0101")
	if n, err := own("select from courtkiosk.orders"); err != nil || n != 1 {
		t.Errorf("its own court sees %d orders, %v", n, err)
	}
	for _, sql := range []string{
		`update courtkiosk.audit set note = 'x'`, `delete from courtkiosk.audit`, `truncate courtkiosk.audit`,
		`delete from courtkiosk.effect`, `delete from courtkiosk.refund`, `delete from courtkiosk.book`,
		`delete from courtkiosk.chain`, `update courtkiosk.schema_version set version_id = 7`,
		`create table courtkiosk.x (n int)`, `alter table courtkiosk.orders disable row level security`,
	} {
		if _, err := own(sql); code(err) != "42501" {
			t.Errorf("the program may %s: %v", sql, err)
		}
	}
}

// A schema that is newer is refused, and one that is older; neither is touched.
func TestSchema(t *testing.T) {
	dsn := postgrestest.New(t)
	for version, want := range map[int64]error{newest() + 1: payment.ErrNewer, newest(): nil} {
		owner := postgrestest.Owner(t, dsn)
		postgrestest.Exec(t, owner,
			fmt.Sprintf(`delete from courtkiosk.schema_version where version_id > %d`, newest()))
		if version > newest() {
			postgrestest.Exec(t, owner, fmt.Sprintf(
				`insert into courtkiosk.schema_version (version_id, is_applied) values (%d, true)`, version))
		}
		l, err := Open(t.Context(), dsn, identity, Options{})
		if !errors.Is(err, want) {
			t.Errorf("schema %d: %v, want %v", version, err, want)
		}
		if err == nil {
			l.Close()
		}
		if _, err := Migrate(t.Context(), owner, "courtkiosk"); !errors.Is(err, want) {
			t.Errorf("migrate schema %d: %v, want %v", version, err, want)
		}
	}
	postgrestest.Exec(t, postgrestest.Owner(t, dsn), `drop schema courtkiosk cascade`)
	if _, err := Open(t.Context(), dsn, identity, Options{}); !errors.Is(err, ErrOlder) {
		t.Errorf("without a schema: %v", err)
	}
}

// Nothing is made or given where a role is not what it has to be.
func TestMigrateRefuses(t *testing.T) {
	dsn := postgrestest.New(t)
	owner, super := postgrestest.Owner(t, dsn), postgrestest.Superuser(t, dsn)
	postgrestest.Exec(t, owner, `drop schema courtkiosk cascade`)
	ownerRole := postgrestest.Exec(t, owner, `select current_user`)
	superRole := postgrestest.Exec(t, super, `select current_user`)
	for name, c := range map[string]struct {
		dsn, role string
		want      error
	}{
		"the owner as the program":    {owner, ownerRole, errMighty},
		"a superuser as the program":  {owner, superRole, errMighty},
		"the program as the owner":    {dsn, "courtkiosk", errMighty},
		"a stranger as the owner":     {dsn, ownerRole, errNotOwner},
		"a role that nobody has made": {owner, "courtkisok", errNoRole},
	} {
		if _, err := Migrate(t.Context(), c.dsn, c.role); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if s := Look(t.Context(), dsn, identity.Court, ""); s.Schema != 0 {
			t.Errorf("%s: a schema of version %d was made", name, s.Schema)
		}
	}
}

// A ledger is bound to its court's environment, and its place to one process.
func TestOpenRefuses(t *testing.T) {
	dsn, place := postgrestest.New(t), t.TempDir()+"/place"
	l := open(t, dsn, place)
	if _, err := Open(t.Context(), dsn, identity, Options{Place: place}); !errors.Is(err, payment.ErrLocked) {
		t.Errorf("twice at one place: %v", err)
	}
	other := identity
	other.Environment = "production"
	if _, err := Open(t.Context(), dsn, other, Options{}); !errors.Is(err, payment.ErrOtherCourt) {
		t.Errorf("of another environment: %v", err)
	}
	holder := l.Holder()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, dsn, place); again.Holder() != holder || holder == "" {
		t.Errorf("its name was %q and is %q", holder, again.Holder())
	}
	secret := "s3cret"
	_, err := Open(t.Context(), "host=127.0.0.1 port=1 user=courtkiosk dbname=x connect_timeout=1 password="+secret,
		identity, Options{})
	if !errors.Is(err, payment.ErrAway) || strings.Contains(err.Error(), secret) {
		t.Errorf("of a server that is not there: %v", err)
	}
	_, err = Open(t.Context(), "postgres://courtkiosk:"+secret+"@host:port/x", identity, Options{})
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("of a DSN that is none: %v", err)
	}
}

// The hash that the database computes is the one that every ledger's audit has, whatever stands in an entry.
func TestChain(t *testing.T) {
	dsn := postgrestest.New(t)
	l := open(t, dsn, "")
	for _, text := range []string{"", "x", "退款 \\ ' \"", strings.Repeat("长", 3000), "\u0001\ufffd"} {
		e := payment.Entry{Event: text, Note: text, By: payment.By{Device: text, Person: text}}
		if err := l.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	list, err := l.Since(t.Context(), 0, 100)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	postgrestest.Exec(t, postgrestest.Superuser(t, dsn), `update courtkiosk.audit set note = 'y' where seq = 2`)
	if _, err := l.Since(t.Context(), 0, 100); !errors.Is(err, payment.ErrDamaged) {
		t.Errorf("a changed entry: %v", err)
	}
	if rest, err := l.Since(t.Context(), 2, 100); err != nil || len(rest) != 3 || !slices.IsSortedFunc(rest,
		func(a, b payment.Entry) int { return a.At.Compare(b.At) }) {
		t.Errorf("those after it: %d, %v", len(rest), err)
	}
}
