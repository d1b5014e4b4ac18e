package bolt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// onDisk returns a folder that is not in memory: what a sync costs there says nothing.
func onDisk(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		b.Fatal(err)
	}
	const tmpfs = 0x01021994
	if fs.Type == tmpfs {
		b.Skipf("%s is in memory; set TMPDIR to a folder on a disk", dir)
	}
	return dir
}

// spread reports the median and the 99th percentile of what was measured.
func spread(b *testing.B, took []time.Duration) time.Duration {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(0, "ns/op")
	return took[len(took)/2]
}

// shown is all that must be durable before a code is shown.
func shown(b *testing.B, l *Ledger) func(n int) {
	return func(n int) {
		coded(b, l, ledgertest.New(b, l, ledgertest.Request(2e6+n), ledgertest.Born))
	}
}

// marked returns a ledger with a mark.
func marked(b *testing.B, dir string) *Ledger {
	b.Helper()
	l, err := Open(filepath.Join(dir, "marked.db"), identity, Options{Mark: filepath.Join(dir, "mark", "ledger.mark")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	return l
}

const commits = 1500

// What makes one payment durable, beside the cheapest thing that a disk can promise.
func BenchmarkDurable(b *testing.B) {
	dir := onDisk(b)
	var raw time.Duration
	b.Run("raw 4 KiB and fdatasync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(dir, "raw"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		page := make([]byte, 4096)
		raw = spread(b, times(b, func(int) {}, func(int) {
			if _, err := f.WriteAt(page, 0); err != nil {
				b.Fatal(err)
			}
			if err := syscall.Fdatasync(int(f.Fd())); err != nil {
				b.Fatal(err)
			}
		}))
	})
	l := open(b, filepath.Join(dir, "ledger.db"))
	b.Run("create", func(b *testing.B) {
		p50 := spread(b, times(b, func(int) {}, func(n int) {
			ledgertest.New(b, l, ledgertest.Request(n),
				ledgertest.Born)
		}))
		b.ReportMetric(float64(p50)/float64(raw), "x-raw")
	})
	house := marked(b, dir)
	b.Run("create and code, no mark", func(b *testing.B) { spread(b, times(b, func(int) {}, shown(b, l))) })
	b.Run("create and code, marked", func(b *testing.B) { spread(b, times(b, func(int) {}, shown(b, house))) })
	b.Run("settle, marked", func(b *testing.B) {
		var o payment.Order
		spread(b, times(b, func(n int) { o = ledgertest.New(b, house, ledgertest.Request(1e6+n), ledgertest.Born) },
			func(int) { ledgertest.Said(b, house, o, payment.TradeSuccess) }))
	})
	b.Run("settle", func(b *testing.B) {
		var o payment.Order
		p50 := spread(b, times(b, func(n int) { o = ledgertest.New(b, l, ledgertest.Request(1e6+n), ledgertest.Born) },
			func(int) { ledgertest.Said(b, l, o, payment.TradeSuccess) }))
		b.ReportMetric(float64(p50)/float64(raw), "x-raw")
	})
}

var runs int // so that no run of a benchmark meets the orders of one before

// times measures fn, once prepared, again and again.
func times(b *testing.B, prepare, fn func(n int)) []time.Duration {
	var took []time.Duration
	for b.Loop() {
		for range commits {
			runs++
			prepare(runs)
			start := time.Now()
			fn(runs)
			took = append(took, time.Since(start))
		}
	}
	return took
}

// full returns the file of a ledger of n orders, the last of which are open. It is filled by ten thousands in one
// transaction.
func full(b *testing.B, n, open int) string {
	b.Helper()
	path := filepath.Join(onDisk(b), "ledger.db")
	l, err := Open(path, identity, Options{MaxSize: 16 << 30})
	if err != nil {
		b.Fatal(err)
	}
	<-l.checked
	l.db.NoSync = true
	// A bucket that is one page has one list in a transaction, and each new key moves half of it: so little at first.
	for from, many := 0, 500; from < n; from, many = from+many, min(2*many, 50_000) {
		err := l.db.Update(func(tx *bbolt.Tx) error {
			for i := from; i < min(n, from+many); i++ {
				if err := l.fill(tx, i, i >= n-open); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	// Filling in bulk leaves as many free pages as used ones, which single payments do not.
	small := path + ".small"
	to, err := bbolt.Open(small, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(bbolt.Compact(to, l.db, 64<<20), to.Sync(), to.Close(), l.Close(),
		os.Remove(path)); err != nil {
		b.Fatal(err)
	}
	return small
}

// fill writes one order as it looks at the end of its life, or while it waits.
func (l *Ledger) fill(tx *bbolt.Tx, i int, waits bool) error {
	r := ledgertest.Request(i)
	r.ID, r.Amount = fmt.Sprint("request ", i), ledgertest.AmountOf(i)
	draft := payment.Order{PayWithin: 5 * time.Minute, Device: "03", Attach: "03/X"}
	o, err := payment.Next(r, nil, draft, ledgertest.OpenedAt(i))
	if err != nil {
		return err
	}
	o.Body = make([]byte, 400)
	if o.Serial, err = nextSerial(tx, o.Device, o.CreatedAt); err != nil {
		return err
	}
	o.State, o.CodeURL = payment.Waiting, "weixin://wxpay/bizpayurl?pr=x"
	if err := insert(tx, o, []byte("张*明")); err != nil {
		return err
	}
	if err := record(tx, payment.Entry{Order: o.No, Event: string(payment.Opened), To: payment.Created}); err != nil {
		return err
	}
	coded := payment.Entry{Order: o.No, From: payment.Created, Event: string(payment.Coded), To: payment.Waiting}
	if err := record(tx, coded); err != nil || waits {
		return err
	}
	before := stored{tx.Bucket(bucketOrders).Sequence(), o}
	o.State, o.TransactionID = payment.Paid, ledgertest.TransactionOf(i)
	o.PaidAmount, o.PaidAt = o.Amount, o.CreatedAt.Add(time.Minute)
	receipt := []payment.Effect{{Kind: "receipt", State: payment.Owed}}
	o, err = store(tx, before, payment.Change{Order: o, Event: payment.SaidPaid, Owed: receipt})
	if err != nil {
		return err
	}
	owed := payment.Effect{Order: o.No, Kind: "receipt", State: payment.Owed, Since: o.ChangedAt}
	done := owed
	done.State, done.Tries = payment.Done, 1
	return putEffect(tx, o, owed, done)
}

// Until every open order is known again after a crash: it must not grow with the years.
func BenchmarkRecovery(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprintf("%d orders, 5 open", n), func(b *testing.B) {
			path := full(b, n, 5)
			var opened, checked []time.Duration
			for b.Loop() {
				start := time.Now()
				l, err := Open(path, identity, Options{})
				if err != nil {
					b.Fatal(err)
				}
				list, err := l.Unsettled(context.Background())
				if err != nil || len(list) != 5 {
					b.Fatal(len(list), err)
				}
				opened = append(opened, time.Since(start))
				if err := l.Checked(context.Background()); err != nil {
					b.Fatal(err)
				}
				checked = append(checked, time.Since(start))
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			}
			spread(b, opened)
			slices.Sort(checked)
			b.ReportMetric(float64(checked[len(checked)/2])/float64(time.Millisecond), "checked-p50-ms")
		})
	}
}

func BenchmarkLookUpAmongMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("fills a ledger of 1,000,000 orders")
	}
	const orders = 1_000_000
	path := full(b, orders, 5)
	l, err := Open(path, identity, Options{MaxSize: 16 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	<-l.checked // reads the whole file once: what is measured is a ledger in use
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("label", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := rand.IntN(orders)
			if list, err := l.Labelled(context.Background(), ledgertest.Request(n).Labels[0]); err != nil ||
				len(list) != 1 {
				b.Fatal(len(list), err)
			}
		}
		b.ReportMetric(float64(info.Size())/orders, "B/order")
	})
	sequence := func() uint64 {
		day := ledgertest.OpenedAt(rand.IntN(orders - 5))
		p, err := l.Find(context.Background(), payment.Filter{Paid: true, Day: day, N: 1})
		if err != nil || len(p.Orders) == 0 {
			return 0
		}
		return p.Orders[0].Sequence
	}
	for name, filter := range ledgertest.Searches(orders-5, sequence) {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				f := filter()
				start := time.Now()
				p, err := l.Find(context.Background(), f)
				took = append(took, time.Since(start))
				if err != nil || len(p.Orders) == 0 && name != "nothing in ten years" {
					b.Fatalf("%+v: %d orders, %v", f, len(p.Orders), err)
				}
			}
			spread(b, took)
		})
	}
}
