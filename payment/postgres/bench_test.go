package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// benchFor is how long payments are made for one line of figures.
const benchFor = 4 * time.Second

// alone starts a server that writes to the disk, without a standby.
func alone(b *testing.B) (n *postgrestest.Node) {
	b.Helper()
	p := postgrestest.StartPair(b, false)
	p.B.StopImmediate()
	return p.A
}

func superDo(b *testing.B, n *postgrestest.Node, sql string) string {
	b.Helper()
	return postgrestest.Exec(b, postgrestest.Superuser(b, n.DSN()), sql)
}

// benched opens the ledger of a court, which proves nothing by itself: only payments are measured.
func benched(b *testing.B, dsn, court string, writers int) *Ledger {
	b.Helper()
	id := identity
	id.Court = court
	l, err := Open(b.Context(), fmt.Sprint(dsn, " pool_max_conns=", writers+forReaders), id, Options{})
	if err != nil {
		b.Fatal(err)
	}
	l.beating <- struct{}{}
	b.Cleanup(func() {
		<-l.beating
		l.Close()
	})
	return l
}

// A bill of each run of each benchmark is another one.
var bills atomic.Int64

func inCourt(court string) payment.Request {
	r := ledgertest.Request(int(bills.Add(1)))
	r.Key.Court, r.ID = court, random()
	return r
}

// payments are made by so many at once, each at a ledger that is drawn, and how long both their steps took is reported.
func payments(b *testing.B, at []payment.Ledger, callers int, server *postgrestest.Node) {
	b.Helper()
	var mu sync.Mutex
	var creates, settles []time.Duration
	var spent time.Duration
	warm(b, at, callers)
	var late atomic.Int64
	before := spentBy(b, server)
	for b.Loop() {
		began := time.Now()
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for time.Since(began) < benchFor {
					l := at[rand.IntN(len(at))]
					start := time.Now()
					o, err := ledgertest.Next(l, inCourt(l.Identity().Court), ledgertest.Born)
					created := time.Now()
					if err == nil {
						_, err = l.Update(context.Background(), o.No,
							func(o payment.Order, others []payment.Order) (payment.Change, error) {
								return o.Apply(paidNews(o), others, ledgertest.Born)
							})
					}
					if errors.Is(err, payment.ErrAway) || errors.Is(err, payment.ErrUnsure) {
						late.Add(1) // more than it has patience for
						continue
					}
					if err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					creates, settles = append(creates, created.Sub(start)), append(settles, time.Since(created))
					mu.Unlock()
				}
			})
		}
		all.Wait()
		spent += time.Since(began)
	}
	after := spentBy(b, server)
	n := float64(len(creates))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n/spent.Seconds(), "payments/s")
	b.ReportMetric(float64(late.Load()), "gave-up")
	for name, took := range map[string][]time.Duration{"create": creates, "settle": settles} {
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2])/1e6, name+"-p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100])/1e6, name+"-p99-ms")
	}
	b.ReportMetric(float64(after.client-before.client)/1e6/n, "client-ms/payment")
	if server != nil {
		b.ReportMetric(float64(after.syncs-before.syncs)/n, "syncs/payment")
		b.ReportMetric(float64(after.server-before.server)/1e6/n, "server-ms/payment")
	}
}

// warm has every connection connected, and all statements prepared.
func warm(b *testing.B, at []payment.Ledger, callers int) {
	var all sync.WaitGroup
	work := make(chan payment.Ledger)
	for range min(callers, 8) {
		all.Go(func() {
			for l := range work {
				o, err := ledgertest.Next(l, inCourt(l.Identity().Court), ledgertest.Born)
				if err == nil {
					ledgertest.Said(b, l, o, payment.TradeSuccess)
				}
			}
		})
	}
	for range max(1, 4*callers/len(at)) {
		for _, l := range at {
			work <- l
		}
	}
	close(work)
	all.Wait()
}

// A spending is what was used until now.
type spending struct {
	client, server time.Duration // of processors
	syncs          int
}

func spentBy(b *testing.B, server *postgrestest.Node) (s spending) {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	s.client = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if server == nil {
		return s
	}
	time.Sleep(1200 * time.Millisecond) // the server counts once a second
	column := strings.Split(superDo(b, server, "select (select wal_sync from pg_stat_wal), "+
		"split_part(pg_read_file('postmaster.pid'), chr(10), 1)"), "|")
	var err error
	if s.syncs, err = strconv.Atoi(column[0]); err != nil {
		b.Fatal(err)
	}
	first, err := strconv.Atoi(column[1])
	if err != nil {
		b.Fatal(err)
	}
	s.server = processorTime(first)
	return s
}

// processorTime is what a process, those which it has started, and those of them that have ended have used.
func processorTime(first int) (sum time.Duration) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		field := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		var n [15]int
		for i := range n {
			n[i], _ = strconv.Atoi(field[i])
		}
		const parent, user, system, waitedUser, waitedSystem, tick = 1, 11, 12, 13, 14, 10 * time.Millisecond
		switch {
		case path == fmt.Sprintf("/proc/%d/stat", first):
			sum += time.Duration(n[user]+n[system]+n[waitedUser]+n[waitedSystem]) * tick
		case n[parent] == first:
			sum += time.Duration(n[user]+n[system]) * tick
		}
	}
	return sum
}

// A ledger that machines share, on a disk, beside one in a file.
func BenchmarkShared(b *testing.B) {
	var fs syscall.Statfs_t
	const tmpfs = 0x01021994
	if err := syscall.Statfs(b.TempDir(), &fs); err != nil || fs.Type == tmpfs {
		b.Skipf("the folder for temporary files is in memory, or %v; set TMPDIR to a folder on a disk", err)
	}
	crowds := []int{1, 8, 64}
	file, err := bolt.Open(filepath.Join(b.TempDir(), "ledger.db"), identity, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for _, n := range crowds {
		b.Run(fmt.Sprintf("bbolt, one court, %d at once", n), func(b *testing.B) {
			payments(b, []payment.Ledger{file}, n, nil)
		})
	}
	server := alone(b)
	for _, n := range crowds {
		b.Run(fmt.Sprintf("one court, %d at once", n), func(b *testing.B) {
			payments(b, []payment.Ledger{benched(b, server.DSN(), "京0101", n)}, n, server)
		})
	}
	b.Run("120 courts", func(b *testing.B) {
		var courts []payment.Ledger
		for i := range 120 {
			courts = append(courts, benched(b, server.DSN(), fmt.Sprintf("京%04d", 200+i), 2-forReaders))
		}
		for _, n := range crowds {
			b.Run(fmt.Sprintf("%d at once", n), func(b *testing.B) { payments(b, courts, n, server) })
		}
	})
	b.Run("idle", func(b *testing.B) {
		l := benched(b, server.DSN(), "京0101", 1)
		<-l.beating
		defer func() { l.beating <- struct{}{} }()
		before := spentBy(b, server)
		began := time.Now()
		for b.Loop() {
			time.Sleep(2 * benchFor)
		}
		after := spentBy(b, server)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(100*float64(after.client-before.client)/float64(time.Since(began)), "client-%")
		b.ReportMetric(100*float64(after.server-before.server)/float64(time.Since(began)), "server-%")
	})
	both := postgrestest.StartPair(b, true)
	for _, n := range crowds {
		b.Run(fmt.Sprintf("one court with a standby that confirms, %d at once", n), func(b *testing.B) {
			payments(b, []payment.Ledger{benched(b, both.A.DSN(), "京0101", n)}, n, both.A)
		})
	}
}

const million = 1_000_000

// filled makes a million orders of one that was paid.
func filled(b *testing.B) *Ledger {
	b.Helper()
	dsn := postgrestest.New(b)
	l := open(b, dsn, "")
	r := ledgertest.Request(0)
	r.Personal = []byte("张*明")
	ledgertest.Said(b, l, ledgertest.New(b, l, r, ledgertest.Born), payment.TradeSuccess)
	conn, err := pgx.Connect(b.Context(), postgrestest.Superuser(b, dsn)) // it may take more than a minute
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(b.Context(), fmt.Sprintf(`
create temporary table many as select i, 'K' || lpad(i::text, 20, '0') as no,
	row_number() over (partition by (('%[2]s'::timestamptz + i * interval '1 minute')
		at time zone 'Asia/Shanghai')::date order by i) as n,
	'420000' || lpad(i::text, 12, '0') || lpad((i::numeric * 2654435761 %% 10000000000)::bigint::text, 10, '0') as id,
	case when i %% 2 = 0 then 5000 else 270000 + i end as amount,
	'%[2]s'::timestamptz + i * interval '1 minute' as at from generate_series(0, %[1]d - 1) i;
insert into courtkiosk.orders (court, no, born, bill, key_court, key_purse, key_bill, state, recovered, final,
		amount, paid_amount, device, serial, digits, sequence, paid_to, created_at, paid_at, changed_at, holder, until,
		fence, doc)
	select court, many.no, 1000 + i, sha256(many.no::bytea), key_court, key_purse, 'bill ' || i, state, recovered,
		final, amount_, amount_, device, n, reverse(id), 1000000 + i, paid_to, many.at, many.at + interval '1 minute',
		many.at, holder, until, fence,
		(doc::jsonb || jsonb_build_object('No', many.no, 'Amount', amount_, 'PaidAmount', amount_, 'TransactionID', id,
			'Labels', jsonb_build_array('case ' || i), 'CreatedAt', to_char(many.at at time zone 'UTC',
			'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'PaidAt', to_char((many.at + interval '1 minute') at time zone 'UTC',
			'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::json
	from courtkiosk.orders, (select *, amount as amount_ from many) many;
delete from courtkiosk.orders where born < 1000;
delete from courtkiosk.label;
insert into courtkiosk.label (court, label, no) select '%[3]s', 'case ' || i, no from many;
`, million, ledgertest.Born.Format(time.RFC3339), identity.Court)).ReadAll(); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "checkpoint"); err != nil {
		b.Fatal(err)
	}
	return l
}

func BenchmarkSearchAmongMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("fills a ledger of 1,000,000 orders")
	}
	l := filled(b)
	some := func() int { return rand.IntN(million) }
	receipt := func() uint64 { return 1_000_000 + uint64(some()) }
	for name, filter := range ledgertest.Searches(million, receipt) {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				f := filter()
				start := time.Now()
				p, err := l.Find(b.Context(), f)
				took = append(took, time.Since(start))
				if err != nil || len(p.Orders) == 0 && name != "nothing in ten years" {
					b.Fatalf("%+v: %d orders, %v", f, len(p.Orders), err)
				}
			}
			slices.SortFunc(took, cmp.Compare)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
			if middle := took[len(took)/2]; middle > 50*time.Millisecond {
				b.Errorf("%v in the middle is more than 50 ms", middle)
			}
		})
	}
	b.Run("label", func(b *testing.B) {
		for b.Loop() {
			if list, err := l.Labelled(b.Context(), fmt.Sprint("case ", some())); err != nil || len(list) != 1 {
				b.Fatal(len(list), err)
			}
		}
	})
}
