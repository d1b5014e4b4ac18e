package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

var failoverFlag = flag.Bool("failover", false, "kill real primaries under load, and do without a standby for a minute")

// pair starts a primary and a standby for one of the long proofs.
func pair(t *testing.T, synchronous bool) *postgrestest.Pair {
	t.Helper()
	if !*failoverFlag {
		t.Skip("NOT TESTED here, but by make proof: -args -failover")
	}
	return postgrestest.StartPair(t, synchronous)
}

// told is what a writer was told of an order.
type told struct {
	state    payment.State
	sequence uint64
	at       time.Time
}

// A crowd is what works on a ledger at once through several handles, each with a place of its own, as on as many
// machines. It keeps in memory what the ledger has acknowledged.
type crowd struct {
	handles []*Ledger
	places  []string

	mu      sync.Mutex
	told    map[string]told // by order
	longest time.Duration   // that anybody waited for an answer
	errs    map[string]int
	strange error // an answer that is none of the ledger's
	stop    context.CancelFunc
	all     sync.WaitGroup
}

// join opens so many handles, and lets eight writers open and settle orders through them until they are told to leave.
func join(t *testing.T, dsn string, handles int) *crowd {
	t.Helper()
	c := &crowd{told: make(map[string]told), errs: make(map[string]int)}
	for i := range handles {
		place := filepath.Join(t.TempDir(), fmt.Sprint("place", i))
		c.places, c.handles = append(c.places, place), append(c.handles, open(t, dsn, place))
	}
	run, stop := context.WithCancel(context.Background())
	c.stop = stop
	for w := range 8 {
		c.all.Go(func() {
			for n := 0; run.Err() == nil; n++ {
				c.pay(run, c.handles[w%handles], 100_000*w+n)
			}
		})
	}
	t.Cleanup(c.leave)
	return c
}

func (c *crowd) leave() {
	c.stop()
	c.all.Wait()
}

// pay opens the order of a bill and has it paid; what gets no answer is asked again.
func (c *crowd) pay(run context.Context, l *Ledger, n int) {
	r := ledgertest.Request(n)
	r.ID = fmt.Sprint("request ", n)
	o, ok := c.insist(run, l, func() (payment.Order, error) { return ledgertest.Next(l, r, ledgertest.Born) })
	if !ok {
		return
	}
	c.insist(run, l, func() (payment.Order, error) {
		return settle(l, o)
	})
}

func settle(l *Ledger, o payment.Order) (payment.Order, error) {
	return l.Update(context.Background(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(paidNews(o), others, ledgertest.Born)
	})
}

// paidNews is what WeChat says of a paid order.
func paidNews(o payment.Order) payment.Reported {
	return payment.Reported{
		No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeSuccess, Attach: o.Attach,
		Amount: o.Amount, Currency: "CNY", TransactionID: "4200" + o.No, PaidAt: ledgertest.Born,
	}
}

func (c *crowd) insist(run context.Context, l *Ledger, do func() (payment.Order, error)) (payment.Order, bool) {
	for run.Err() == nil && !errors.Is(l.Ready(run), payment.ErrFailed) {
		began := time.Now()
		o, err := do()
		c.heard(o, err, time.Since(began))
		if err == nil {
			return o, true
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-run.Done():
		}
	}
	return payment.Order{}, false
}

func (c *crowd) heard(o payment.Order, err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.longest = max(c.longest, took)
	switch {
	case err == nil:
		c.told[o.No] = told{o.State, o.Sequence, time.Now()}
	case errors.Is(err, payment.ErrUnsure):
		c.errs["unsure"]++
	case errors.Is(err, payment.ErrAway):
		c.errs["away"]++
	default:
		c.errs["other"]++
		c.strange = err
	}
}

// settled returns when a settlement was first acknowledged after t, and how many were.
func (c *crowd) settled(after time.Time) (first time.Time, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, is := range c.told {
		if is.state == payment.Paid && is.at.After(after) {
			if n++; first.IsZero() || is.at.Before(first) {
				first = is.at
			}
		}
	}
	return first, n
}

// known returns what was acknowledged by now.
func (c *crowd) known() map[string]told {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.told)
}

// missing returns which of what was acknowledged a database does not hold, and asks that no receipt number is there
// twice, nor was told of two orders.
func missing(t *testing.T, dsn string, all map[string]told) (lost []string) {
	t.Helper()
	here := make(map[string]told)
	for line := range strings.Lines(postgrestest.Exec(t, postgrestest.Superuser(t, dsn),
		"select no, state, sequence from courtkiosk.orders")) {
		column := strings.Split(strings.TrimSpace(line), "|")
		n, err := strconv.ParseUint(column[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		here[column[0]] = told{state: payment.State(column[1]), sequence: n}
	}
	numbers := make(map[uint64]string)
	for _, orders := range []map[string]told{here, all} {
		for no, is := range orders {
			if other, twice := numbers[is.sequence]; twice && is.sequence != 0 && other != no {
				t.Errorf("receipt %d is of %s and of %s", is.sequence, no, other)
			}
			numbers[is.sequence] = no
		}
	}
	for no, was := range all {
		is, ok := here[no]
		if !ok || was.state == payment.Paid && (is.state != payment.Paid || is.sequence != was.sequence) {
			lost = append(lost, no)
		}
	}
	return lost
}

// eventually waits for what must come to be.
func eventually(t *testing.T, within time.Duration, what string, is func() bool) (took time.Duration) {
	t.Helper()
	began := time.Now()
	for !is() {
		if took = time.Since(began); took > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// highest is the highest receipt number.
func highest(all map[string]told) (n uint64) {
	for _, is := range all {
		n = max(n, is.sequence)
	}
	return n
}

// ask reads, as who may do everything, what a node holds.
func rows(t *testing.T, n *postgrestest.Node, sql string) string {
	t.Helper()
	return postgrestest.Exec(t, postgrestest.Superuser(t, n.DSN()), sql)
}

// A primary beside a standby that confirms is killed under load, and the standby takes over; the one that was killed
// comes back as what it was.
func TestFailoverLosesNothing(t *testing.T) {
	p := pair(t, true)
	c := join(t, p.DSN(), 3)
	time.Sleep(4 * time.Second)
	before := c.known()
	p.A.Kill()
	promoted := time.Now()
	p.B.Promote()
	eventually(t, 20*time.Second, "a settlement after the standby was promoted", func() bool {
		_, n := c.settled(promoted)
		return n > 0
	})
	first, _ := c.settled(promoted)
	t.Logf("%d orders known before, the first settled %v after the promotion began", len(before), first.Sub(promoted))
	if first.Sub(promoted) > 3*time.Second {
		t.Errorf("the first settlement came %v after the promotion", first.Sub(promoted))
	}
	time.Sleep(2 * time.Second)

	// The old primary, as it was, but so that it would answer.
	p.A.Start()
	rows(t, p.A, "alter system set synchronous_standby_names = ''; alter system set autovacuum = off;"+
		" select pg_reload_conf()")
	time.Sleep(500 * time.Millisecond)
	const writes = "select pg_snapshot_xmax(pg_current_snapshot())"
	old := rows(t, p.A, writes)
	_, had := c.settled(promoted)
	for range 5 {
		rows(t, p.B, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'courtkiosk'")
		time.Sleep(500 * time.Millisecond)
	}
	fresh := open(t, p.DSN(), "")
	ledgertest.New(t, fresh, ledgertest.Request(900_001), ledgertest.Born)
	eventually(t, 10*time.Second, "settlements beside the old primary", func() bool {
		_, n := c.settled(promoted)
		return n > had+20
	})
	// Nobody takes it for the primary when it is the only one that answers either.
	p.B.StopImmediate()
	time.Sleep(5 * time.Second)
	for _, l := range c.handles {
		if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrAway) {
			t.Errorf("with the old primary alone: %v", err)
		}
	}
	if is := rows(t, p.A, writes); is != old {
		t.Errorf("the old primary was written: next transaction %s, before %s", is, old)
	}
	p.B.Start()
	eventually(t, 10*time.Second, "ready again", func() bool {
		return !slices.ContainsFunc(c.handles, func(l *Ledger) bool { return l.Ready(t.Context()) != nil })
	})
	c.leave()
	all := c.known()
	if lost := missing(t, p.B.DSN(), all); len(lost) != 0 {
		t.Errorf("%d of %d acknowledged are lost", len(lost), len(all))
	}
	if is, was := highest(all), highest(before); is < was+leap {
		t.Errorf("receipt numbers went from %d to %d: no leap", was, is)
	}
	for _, l := range c.handles {
		if lost, ok := l.Incomplete(); ok {
			t.Errorf("called incomplete: %+v", lost)
		}
	}
	t.Logf("%d orders acknowledged, 0 lost; longest wait %v; answers that were none: %v (%v)", len(all), c.longest,
		c.errs, c.strange)
	if c.longest > 5*time.Second || c.errs["other"] > 0 {
		t.Errorf("somebody waited %v, or was told %v", c.longest, c.strange)
	}
}

// The same without a standby that confirms, and which was cut off before.
func TestFailoverKnowsThatItLost(t *testing.T) {
	p := pair(t, false)
	c := join(t, p.DSN(), 3)
	idle := open(t, p.DSN(), filepath.Join(t.TempDir(), "idle"))
	time.Sleep(3 * time.Second)
	cutting := time.Now()
	p.B.Cut()
	cut := time.Now()
	time.Sleep(1500 * time.Millisecond)
	p.A.Kill()
	p.B.Promote()
	for i, l := range append(c.handles, idle) {
		took := eventually(t, 20*time.Second, fmt.Sprint("handle ", i, " knows"), func() bool {
			return errors.Is(l.Ready(t.Context()), payment.ErrFailed)
		})
		t.Logf("handle %d has failed after another %v: %v", i, took, l.Ready(t.Context()))
	}
	c.leave()
	all := c.known()
	lost := missing(t, p.B.DSN(), all)
	t.Logf("%d of %d acknowledged are lost", len(lost), len(all))
	if len(lost) == 0 {
		t.Error("nothing was lost: nothing is tested")
	}
	for _, l := range append(slices.Clone(c.handles), idle) {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	l := open(t, p.DSN(), c.places[0])
	is, ok := l.Incomplete()
	if !ok || is.As.Before(cutting.Add(-time.Second)) || is.As.After(cut.Add(time.Second)) {
		t.Errorf("lost %+v, %v; it was cut off between %v and %v", is, ok, cutting, cut)
	}
	if err := l.Ready(t.Context()); err != nil {
		t.Error("a ledger that was opened after the loss: ", err)
	}
	o := ledgertest.New(t, l, ledgertest.Request(800_000), ledgertest.Born)
	if o = ledgertest.Said(t, l, o, payment.TradeSuccess); o.Sequence <= highest(all) {
		t.Errorf("receipt %d after %d was given", o.Sequence, highest(all))
	}
}

// There is no standby for a minute, twenty callers ask each second, and readers go on.
func TestFailoverWaitsForTheStandby(t *testing.T) {
	p := pair(t, true)
	dsn := p.DSN()
	l, other := open(t, dsn, filepath.Join(t.TempDir(), "a")), open(t, dsn, filepath.Join(t.TempDir(), "b"))
	var orders []payment.Order
	for n := range 20 {
		orders = append(orders, ledgertest.New(t, l, ledgertest.Request(n), ledgertest.Born))
	}
	time.Sleep(1500 * time.Millisecond)
	p.B.StopImmediate()
	gone := time.Now()
	c := &crowd{told: make(map[string]told), errs: make(map[string]int)}
	run, stop := context.WithCancel(context.Background())
	defer stop()
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			for run.Err() == nil {
				began := time.Now()
				r := ledgertest.Request(1000 + n)
				r.ID = fmt.Sprint("request ", n)
				do := func() (payment.Order, error) { return ledgertest.Next(l, r, ledgertest.Born) }
				if n%2 == 0 {
					do = func() (payment.Order, error) { return settle(l, orders[n]) }
				}
				o, err := do()
				c.heard(o, err, time.Since(began))
				if err == nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
	}
	away := eventually(t, 6*time.Second, "closed", func() bool {
		return errors.Is(l.Ready(t.Context()), payment.ErrAway) && errors.Is(other.Ready(t.Context()), payment.ErrAway)
	})
	t.Logf("closed after %v", away)
	var slowest time.Duration
	for time.Since(gone) < time.Minute {
		for _, l := range []*Ledger{l, other} {
			began := time.Now()
			if _, err := l.Order(t.Context(), orders[0].No); err != nil {
				t.Fatal("a reader: ", err)
			}
			if _, err := l.Find(t.Context(), payment.Filter{N: 50}); err != nil {
				t.Fatal("a search: ", err)
			}
			slowest = max(slowest, time.Since(began))
			if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrAway) {
				t.Fatal("opened without its standby: ", err)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n := len(c.known()); n != 0 {
		t.Errorf("%d were acknowledged without the standby", n)
	}
	if n := rows(t, p.A, "select count(*) from courtkiosk.orders where state = 'paid'"); n != "0" {
		t.Errorf("%s orders that the standby lacks are there for everybody", n)
	}
	waiting := rows(t, p.A, "select count(*) filter (where wait_event = 'SyncRep'), count(*) from pg_stat_activity"+
		" where application_name = 'courtkiosk'")
	t.Logf("waiting for the standby, of all connections: %s; longest call %v; slowest readers %v; told %v", waiting,
		c.longest, slowest, c.errs)
	if c.longest > 5*time.Second || slowest > time.Second || c.errs["other"] > 0 {
		t.Errorf("longest call %v, slowest reader %v, %v", c.longest, slowest, c.strange)
	}
	newcomer := open(t, dsn, filepath.Join(t.TempDir(), "c"))
	if _, err := newcomer.Order(t.Context(), orders[0].No); err != nil {
		t.Error("who comes now does not read: ", err)
	}

	p.B.Start()
	back := eventually(t, 10*time.Second, "open again", func() bool {
		return l.Ready(t.Context()) == nil && other.Ready(t.Context()) == nil
	})
	t.Logf("open again %v after the standby", back)
	if back > 2*time.Second {
		t.Errorf("open again after %v", back)
	}
	all.Wait()
	if n := rows(t, p.A, "select count(*), count(distinct key_bill), count(*) filter (where state = 'paid'),"+
		" count(distinct sequence) filter (where state = 'paid'), max(c.n) from courtkiosk.orders,"+
		" (select max(n) as n from (select count(*) as n from courtkiosk.audit where event in ('opened', 'said-paid')"+
		" group by no, event) e) c"); n != "30|30|10|10|1" {
		t.Errorf("stored once each? %s", n)
	}
}

// A commit that changes no row waits for no standby, so one that comes through opens nothing.
func TestFailoverNoRowProvesNothing(t *testing.T) {
	p := pair(t, true)
	l := open(t, p.DSN(), filepath.Join(t.TempDir(), "a"))
	p.B.StopImmediate()
	eventually(t, 6*time.Second, "closed", func() bool { return errors.Is(l.Ready(t.Context()), payment.ErrAway) })
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		err := l.write(t.Context(), nil, func(t *tx) error { t.queue(complete, "nobody's"); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrAway) {
			t.Fatal("opened without its standby: ", err)
		}
	}
	if !l.doubt.any() {
		t.Error("what waits is not doubted")
	}
	p.B.Start()
	eventually(t, 10*time.Second, "open again", func() bool { return l.Ready(t.Context()) == nil })
}

// What lies on one machine alone is acknowledged to nobody, though it can be seen: the primary came back from a crash
// without its standby, or somebody cancelled the wait.
func TestFailoverDoubts(t *testing.T) {
	p := pair(t, true)
	l := open(t, p.DSN(), filepath.Join(t.TempDir(), "a"))
	other := open(t, p.DSN(), filepath.Join(t.TempDir(), "b"))
	o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	cancelled := ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born)
	settle := func(l *Ledger, o payment.Order) error {
		got, err := settle(l, o)
		if err == nil && got.State != payment.Paid {
			t.Errorf("settled, and is %s", got.State)
		}
		return err
	}
	time.Sleep(1500 * time.Millisecond)
	p.B.StopImmediate()
	if err := settle(l, o); !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("without the standby: %v", err)
	}
	sees := func(o payment.Order, want string) {
		t.Helper()
		if is := rows(t, p.A, "select state from courtkiosk.orders where no = '"+o.No+"'"); is != want {
			t.Errorf("order %s is seen as %s, not %s", o.No, is, want)
		}
	}
	sees(o, string(payment.Created))

	answer := make(chan error)
	go func() { answer <- settle(other, cancelled) }()
	eventually(t, 2500*time.Millisecond, "cancelled, and seen", func() bool {
		rows(t, p.A, "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
		return rows(t, p.A, "select state from courtkiosk.orders where no = '"+cancelled.No+"'") == "paid"
	})
	if err := <-answer; !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("somebody cancelled the wait: %v", err)
	}
	if err := settle(other, cancelled); err == nil {
		t.Error("acknowledged by another: what was cancelled")
	}

	p.A.StopImmediate()
	p.A.Start()
	sees(o, "paid")
	for name, l := range map[string]*Ledger{"who paid": l, "another": other, "who comes": open(t, p.DSN(), "")} {
		if err := settle(l, o); !errors.Is(err, payment.ErrUnsure) && !errors.Is(err, payment.ErrAway) {
			t.Errorf("%s was told that it is paid: %v", name, err)
		}
		if o, err := l.Order(t.Context(), o.No); !errors.Is(err, payment.ErrAway) {
			t.Errorf("%s has read that it is %s: %v", name, o.State, err)
		}
	}
	p.A.Kill()
	p.B.Start()
	p.B.Promote()
	if is := rows(t, p.B, "select count(*) from courtkiosk.orders where state = 'paid'"); is != "0" {
		t.Errorf("the standby has %s of what it never had", is)
	}
	eventually(t, 10*time.Second, "ready", func() bool { return l.Ready(t.Context()) == nil })
	for _, o := range []payment.Order{o, cancelled} {
		if err := settle(l, o); err != nil {
			t.Error(err)
		}
	}
}

// A primary that became a standby, or read-only, is left.
func TestFailoverLeavesTheDemoted(t *testing.T) {
	p := pair(t, false)
	c := join(t, p.DSN(), 2)
	time.Sleep(2 * time.Second)
	p.B.Rejoin()
	rows(t, p.A, "alter system set default_transaction_read_only = on; select pg_reload_conf()")
	time.Sleep(500 * time.Millisecond)
	p.B.Rejoin()
	promoted := time.Now()
	p.B.Promote()
	took := eventually(t, 10*time.Second, "settled by the new primary", func() bool {
		_, n := c.settled(promoted)
		return n > 0 || slices.ContainsFunc(c.handles, func(l *Ledger) bool {
			return errors.Is(l.Ready(t.Context()), payment.ErrFailed)
		})
	})
	t.Logf("after %v: %v", took, c.handles[0].Ready(t.Context()))
	c.leave()
	if n := rows(t, p.A, "select count(*) from pg_stat_activity where application_name = 'courtkiosk'"); n != "0" {
		t.Errorf("%s connections stay at the demoted primary", n)
	}
	if lost := missing(t, p.B.DSN(), c.known()); len(lost) != 0 {
		t.Errorf("%d are lost", len(lost))
	}
	for _, l := range c.handles {
		_ = l.Close()
	}
	p.A.Follow() // without what it was told: as its base backup is
	c = join(t, p.DSN(), 2)
	began := time.Now()
	eventually(t, 10*time.Second, "settled beside the old primary as a standby", func() bool {
		_, n := c.settled(began)
		return n > 20
	})
	p.B.Kill()
	p.A.Promote()
	eventually(t, 10*time.Second, "failed, or settled", func() bool {
		return !slices.ContainsFunc(c.handles, func(l *Ledger) bool {
			return !errors.Is(l.Ready(t.Context()), payment.ErrFailed) && l.Ready(t.Context()) != nil
		})
	})
}

// A rule takes longer than the server lets a transaction rest: it is run again.
func TestFailoverServerLosesPatience(t *testing.T) {
	if !*failoverFlag {
		t.Skip("NOT TESTED here, but by make proof: -args -failover")
	}
	l := open(t, postgrestest.New(t), "")
	runs := 0
	if _, err := during(t.Context(), l, asked(1, "one"), func() {
		if runs++; runs == 1 {
			time.Sleep(11 * time.Second)
		}
	}); err != nil && !errors.Is(err, payment.ErrAway) {
		t.Error(err)
	}
	once(t, l, asked(1, "one"))
}

// recalled is the request for a bill of the proof that everything is booked again.
func recalled(n int) payment.Request {
	r := asked(n, "")
	r.Merchant = gatewaytest.Merchant
	return r
}

// till opens the ledger, and a cashier that takes payments into it at a modelled WeChat.
func till(t *testing.T, dsn, place string, office *gatewaytest.Office) (*Ledger, *payment.Cashier, func()) {
	t.Helper()
	l := open(t, dsn, place)
	c := payment.NewCashier(payment.Desk{Ledger: l, Gateway: &gatewaytest.Gate{Office: office}, Kiosk: "03",
		Log: slog.New(slog.DiscardHandler), PayWithin: 5 * time.Minute, Holder: l.Holder(), Lease: 15 * time.Second})
	run, stop := context.WithCancel(context.Background())
	_, incomplete := l.Incomplete()
	if err := c.Start(run, incomplete); err != nil {
		stop()
		t.Fatal(err)
	}
	return l, c, func() {
		stop()
		c.Wait()
		_ = l.Close()
	}
}

// What was paid at WeChat, and lost with a primary whose standby was cut off, is booked again by the next start.
func TestFailoverBooksAgain(t *testing.T) {
	p := pair(t, false)
	place := filepath.Join(t.TempDir(), "place")
	office := gatewaytest.New()
	l, c, stop := till(t, p.DSN(), place, office)
	const many = 10
	take := func(from, to int) (numbers []string) {
		for n := from; n < to; n++ {
			f, err := c.Take(t.Context(), recalled(n))
			if err != nil {
				t.Fatal(err)
			}
			_, leave := f.Watch()
			t.Cleanup(leave)
			no := f.News().Order.No
			numbers = append(numbers, no)
			eventually(t, time.Minute, "a code for "+no, func() bool {
				o, err := l.Order(t.Context(), no)
				return err == nil && o.State == payment.Waiting
			})
		}
		return numbers
	}
	pay := func(numbers []string) {
		for _, no := range numbers {
			if !office.Pay(no) {
				t.Errorf("%s cannot be paid", no)
			}
		}
		for _, no := range numbers {
			eventually(t, time.Minute, no+" is paid", func() bool {
				o, err := l.Order(t.Context(), no)
				return err == nil && o.State == payment.Paid
			})
		}
	}
	before, across := take(0, many), take(many, 2*many)
	pay(before)
	p.B.Rejoin()
	p.B.Cut()
	pay(across)
	within := take(2*many, 3*many)
	pay(within)
	given := sequences(t, l, within)
	p.A.Kill()
	p.B.Promote()
	eventually(t, 20*time.Second, "failed", func() bool { return errors.Is(l.Ready(t.Context()), payment.ErrFailed) })
	stop()

	began := time.Now()
	l, c, stop = till(t, p.DSN(), place, office)
	defer stop()
	if _, ok := l.Incomplete(); !ok {
		t.Fatal("the loss is not known")
	}
	var all []payment.Request
	for n := range 3 * many {
		all = append(all, recalled(n))
	}
	lost := 0
	for _, no := range within {
		if _, err := l.Order(t.Context(), no); errors.Is(err, payment.ErrNotFound) {
			lost++
		}
	}
	if lost != many {
		t.Errorf("%d of %d orders are lost", lost, many)
	}
	if err := c.Replay(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if err := l.Complete(t.Context(), "all bills asked for"); err != nil {
		t.Fatal(err)
	}
	numbers := make(map[uint64]string)
	for _, no := range slices.Concat(before, across, within) {
		eventually(t, time.Minute, no+" is booked", func() bool {
			o, err := l.Order(t.Context(), no)
			return err == nil && o.State == payment.Paid
		})
		o, err := l.Order(t.Context(), no)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := numbers[o.Sequence]; twice || !slices.Contains(before, no) && o.Sequence <= given {
			t.Errorf("receipt %d of %s was given before, to %q or to nobody we know", o.Sequence, no, other)
		}
		numbers[o.Sequence] = no
	}
	took := time.Since(began)
	t.Logf("%d payments, %d of whose orders were lost: booked %v after the start", 3*many, lost, took)
	if took > 10*time.Minute {
		t.Error("that is more than ten minutes")
	}
	if _, ok := l.Incomplete(); ok || l.Ready(t.Context()) != nil {
		t.Error("still incomplete")
	}
}

// sequences returns the highest receipt number of these orders.
func sequences(t *testing.T, l *Ledger, numbers []string) (n uint64) {
	t.Helper()
	for _, no := range numbers {
		o, err := l.Order(t.Context(), no)
		if err != nil {
			t.Fatal(err)
		}
		n = max(n, o.Sequence)
	}
	return n
}
