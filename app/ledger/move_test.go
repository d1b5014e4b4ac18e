package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres"
	"courtkiosk/payment/postgres/postgrestest"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(childMoves); file != "" {
		moveUntilKilled(file, os.Getenv(childMoves+"_TO"))
		return
	}
	os.Exit(postgrestest.Main(m, func(ctx context.Context, owner string) error {
		_, err := postgres.Migrate(ctx, owner, "courtkiosk")
		return err
	}))
}

var court = payment.Identity{Court: "京0101", Environment: "test"}

func quiet(string, int) {}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// inFile and inDatabase open the two ledgers of a move.
func inFile(t testing.TB, path string, moved bool) *bolt.Ledger {
	t.Helper()
	l, err := bolt.Open(path, court, bolt.Options{Moved: moved})
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func open(dsn string) (*postgres.Ledger, error) {
	return postgres.Open(context.Background(), dsn, court, postgres.Options{})
}

func inDatabase(t testing.TB, dsn string) *postgres.Ledger {
	t.Helper()
	l, err := open(dsn)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

var every = flag.Bool("every", false,
	"move what each case of the contract leaves, and break a move off at each step")

// some are the cases whose ledgers differ most.
var some = []string{"books", "claim_work", "every_field", "every_field_of_a_refund", "pending", "personal_data",
	"recover", "request_ids_of_the_void", "tries", "words"}

// Whatever the contract leaves behind in a file is the same in a database, and goes on there.
func TestMoveWhatTheContractLeaves(t *testing.T) {
	ledgertest.Run(t, ledgertest.Store{
		Open: func(t *testing.T) payment.Ledger {
			path := filepath.Join(t.TempDir(), "ledger.db")
			t.Cleanup(func() {
				_, name, _ := strings.Cut(t.Name(), "/")
				if (*every || slices.Contains(some, name)) && !t.Failed() && !t.Skipped() {
					moveAndCompare(t, path)
				}
			})
			return inFile(t, path, false)
		},
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			t.Skip("the file of its first handle is moved elsewhere")
			return nil
		},
		Refused: func(*testing.T, payment.Ledger) error { return payment.ErrLocked },
		Lacks: map[string]string{
			"reopen with leases": other, "unsure create": other, "unsure create in a void": other,
			"unsure update": other, "unsure work": other, "unsure claims": other, "unsure word": other,
			"unsure tries": other, "unsure refund": other, "unsure book": other, "restored": other, "stirred": other,
			"stirred under writers": other,
		},
	})
}

const other = "payment/bolt says of itself what it lacks"

// Ledgers of every layout there was move too, with the chain that they began.
func TestMoveOldLayouts(t *testing.T) {
	for layout := 1; layout <= 3; layout++ {
		t.Run(fmt.Sprint(layout), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			must(t, durable.Copy(path, fmt.Sprintf("../../payment/bolt/testdata/layout%d.db", layout)))
			moveAndCompare(t, path)
		})
	}
}

// unsound reports whether a case of the contract plants what is not true of any ledger.
func unsound(t *testing.T) bool { return strings.HasSuffix(t.Name(), "/every_field") }

// moveAndCompare moves the ledger in a file to a new database, and compares what both say to every question.
func moveAndCompare(t *testing.T, path string) {
	t.Helper()
	dsn := postgrestest.New(t)
	m, err := move(context.Background(), path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{}, quiet)
	if unsound(t) { // no ledger is like that, which is said before anything is done
		if !errors.Is(err, payment.ErrDamaged) || m.To != "" {
			t.Errorf("an unsound ledger is moved: %v", err)
		}
		l := inFile(t, path, false)
		m, err = transfer(context.Background(), l, payment.Departure{}, postgrestest.Owner(t, dsn), payment.By{}, quiet)
		must(t, l.Close())
	}
	if err != nil {
		for _, l := range m.Lines {
			if !l.Same() {
				t.Logf("%+v", l)
			}
		}
		t.Fatal(err)
	}
	if l, err := bolt.Open(path, court, bolt.Options{}); !errors.Is(err, payment.ErrMovedOn) {
		if err == nil {
			_ = l.Close()
		}
		t.Errorf("the file is opened still: %v", err)
	}
	a, b := inFile(t, path, true), inDatabase(t, dsn)
	compare(t, a, b)
	if wrong, err := b.Verify(context.Background()); err != nil || len(wrong) > 0 && !unsound(t) {
		t.Errorf("%q, %v", wrong, err)
	}
	goesOn(t, a, b)
	must(t, a.Close())
	again, err := move(context.Background(), path, court, bolt.Options{}, postgrestest.Owner(t, dsn), payment.By{},
		quiet)
	if err != nil || !again.Before {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

// A teller asks two ledgers the same.
type teller struct {
	t    *testing.T
	a, b payment.Ledger
	ctx  context.Context
}

// ask compares two answers.
func ask[T any](q teller, what string, question func(payment.Ledger) (T, error)) T {
	q.t.Helper()
	is, err := question(q.a)
	must(q.t, err)
	became, err := question(q.b)
	must(q.t, err)
	if a, b := text(q.t, is), text(q.t, became); a != b {
		q.t.Errorf("%s\nthe file:     %.2000s\nthe database: %.2000s", what, a, b)
	}
	return is
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	if string(data) == "[]" {
		return "null"
	}
	if _, ok := v.([]payment.Entry); ok { // the hashes of the first chain are over what it has of a time
		return string(data)
	}
	return finer.ReplaceAllStringFunc(string(data), func(at string) string {
		return strings.TrimRight(at[:len(".000000")], "0") + "Z"
	})
}

// finer is the end of a time as layout 1 kept it.
var finer = regexp.MustCompile(`\.\d{7,9}Z`)

// found walks all pages of a search.
func found(ctx context.Context, l payment.Ledger, f payment.Filter) (all []payment.Order, err error) {
	for f.N = 7; ; {
		p, err := l.Find(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Orders...)
		if f.Before = p.Next; f.Before == "" {
			return all, nil
		}
	}
}

func compare(t *testing.T, a, b payment.Ledger) {
	t.Helper()
	q := teller{t, a, b, context.Background()}
	ask(q, "identity", func(l payment.Ledger) (payment.Identity, error) {
		id := l.Identity()
		id.Made = id.Made.Truncate(time.Microsecond)
		return id, nil
	})
	ask(q, "former", func(l payment.Ledger) ([]payment.Former, error) { return payment.FormerOf(l), nil })
	ask(q, "incomplete", func(l payment.Ledger) (payment.Lost, error) {
		lost, _ := l.(payment.Keeper).Incomplete()
		return lost, nil
	})
	ask(q, "open orders", func(l payment.Ledger) ([]payment.Order, error) { return l.Unsettled(q.ctx) })
	for _, f := range []payment.Filter{{}, {Paid: true}, {PaidTo: "03"}, {Amount: 270000}, {Serial: 1}} {
		ask(q, fmt.Sprintf("find %+v", f), func(l payment.Ledger) ([]payment.Order, error) {
			return found(q.ctx, l, f)
		})
	}
	all, err := found(q.ctx, a, payment.Filter{})
	must(t, err)
	for _, o := range all {
		q.order(o)
	}
	q.work()
	ask(q, "open refunds", func(l payment.Ledger) ([]payment.Refund, error) { return l.OpenRefunds(q.ctx) })
	ask(q, "refunds", func(l payment.Ledger) ([]payment.Refund, error) { return l.RefundPage(q.ctx, "", 100_000) })
	ask(q, "words", func(l payment.Ledger) ([]payment.Word, error) { return l.Words(q.ctx) })
	ask(q, "audit", func(l payment.Ledger) ([]payment.Entry, error) {
		list, err := l.Since(q.ctx, 0, 1_000_000)
		return list[:max(0, len(list)-1)], err // each ends with that it was moved
	})
	q.books()
}

// order asks all that can be asked of an order.
func (q teller) order(o payment.Order) {
	q.t.Helper()
	ask(q, "order", func(l payment.Ledger) (payment.Order, error) { return l.Order(q.ctx, o.No) })
	ask(q, "bill", func(l payment.Ledger) ([]payment.Order, error) { return l.OfBill(q.ctx, o.Key) })
	for _, label := range o.Labels {
		ask(q, "label", func(l payment.Ledger) ([]payment.Order, error) { return l.Labelled(q.ctx, label) })
	}
	ask(q, "effects", func(l payment.Ledger) ([]payment.Effect, error) { return sorted(l.Effects(q.ctx, o.No)) })
	ask(q, "personal", func(l payment.Ledger) ([]byte, error) { return l.Personal(q.ctx, o.No) })
	ask(q, "audit of an order", func(l payment.Ledger) ([]payment.Entry, error) { return l.Audit(q.ctx, o.No) })
	if !unsound(q.t) { // it has none of the parts that it names
		ask(q, "refunds of an order", func(l payment.Ledger) ([]payment.Refund, error) {
			return l.RefundsOf(q.ctx, o.No)
		})
	}
	if n := len(o.TransactionID); n >= 6 {
		f := payment.Filter{Transaction: o.TransactionID[n-6:]}
		ask(q, "find by digits", func(l payment.Ledger) ([]payment.Order, error) { return found(q.ctx, l, f) })
	}
	if o.Sequence != 0 {
		f := payment.Filter{Sequence: o.Sequence}
		ask(q, "find by receipt", func(l payment.Ledger) ([]payment.Order, error) { return found(q.ctx, l, f) })
	}
	if o.Request != "" { // who asks once more is given the same
		r := payment.Request{ID: o.Request, Key: o.Key, Amount: o.Amount, Merchant: o.Merchant}
		got, err := q.b.Create(q.ctx, r, func([]payment.Order) (payment.Order, error) {
			return payment.Order{}, errors.New("asked anew")
		})
		if err != nil || got.No != o.No {
			q.t.Errorf("request %s leads to %s, %v", o.Request, got.No, err)
		}
	}
}

// sorted is work in an order of its own: each store has another one among the kinds of an order.
func sorted(list []payment.Effect, err error) ([]payment.Effect, error) {
	slices.SortFunc(list, func(a, b payment.Effect) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Kind, b.Kind))
	})
	return list, err
}

func (q teller) work() {
	q.t.Helper()
	ask(q, "tally", func(l payment.Ledger) ([]payment.Tally, error) { return l.Tally(q.ctx) })
	for _, kind := range []string{"", payment.Attention, "receipt"} {
		ask(q, "pending "+kind, func(l payment.Ledger) ([]payment.Effect, error) {
			return sorted(l.Pending(q.ctx, kind, payment.Effect{}, 100_000))
		})
	}
	ask(q, "in hand", func(l payment.Ledger) ([]payment.Effect, error) {
		return sorted(l.InHand(q.ctx, "", 100_000, time.Now().Add(1000*time.Hour)))
	})
}

func (q teller) books() {
	q.t.Helper()
	leaf(q, payment.Books.People)
	leaf(q, payment.Books.SignIns)
	leaf(q, payment.Books.Windows)
	leaf(q, payment.Books.Closings)
	leaf(q, payment.Books.Statements)
	leaf(q, payment.Books.Differences)
	leaf(q, payment.Books.Figures)
	leaf(q, payment.Books.Notices)
	leaf(q, payment.Books.Facts)
	leaf(q, payment.Books.Calls)
}

func leaf[T payment.Keyed](q teller, of func(payment.Books) payment.Book[T]) {
	q.t.Helper()
	ask(q, fmt.Sprintf("book %T", *new(T)), func(l payment.Ledger) ([]T, error) {
		return collected(payment.Each(q.ctx, of(l), payment.Range{}))
	})
}

func collected[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// goesOn opens and settles one more order: every number follows the last one, and it is the youngest.
func goesOn(t *testing.T, a, b payment.Ledger) {
	t.Helper()
	ctx := context.Background()
	before, err := found(ctx, a, payment.Filter{})
	must(t, err)
	var serial, sequence uint64
	for _, o := range before {
		sequence = max(sequence, o.Sequence)
		day := o.CreatedAt.In(payment.China).Format(time.DateOnly)
		if o.Device == "03" && day == ledgertest.Born.Format(time.DateOnly) {
			serial = max(serial, o.Serial)
		}
	}
	last, err := a.Since(ctx, 0, 1_000_000)
	must(t, err)
	o := ledgertest.New(t, b, ledgertest.Request(987), ledgertest.Born)
	o = ledgertest.Said(t, b, o, payment.TradeSuccess)
	if o.State != payment.Paid || o.Serial <= serial || o.Sequence <= sequence {
		t.Errorf("the next order is %s, serial %d after %d, receipt %d after %d", o.State, o.Serial, serial, o.Sequence,
			sequence)
	}
	entries, err := b.Since(ctx, uint64(len(last)-1), 10)
	must(t, err) // read from the one before the first, and each follows it
	if len(entries) < 3 || entries[0].Event != "moved" || !strings.HasPrefix(entries[0].Note, "from a file") {
		t.Errorf("after the move the audit says %+v", entries)
	}
	ofBill, err := b.OfBill(ctx, o.Key)
	must(t, err)
	if i := slices.IndexFunc(ofBill, func(x payment.Order) bool { return x.No == o.No }); i != len(ofBill)-1 {
		t.Errorf("the youngest order of its bill is number %d of %d", i+1, len(ofBill))
	}
}
