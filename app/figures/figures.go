// Package figures counts what the program promises: how long it runs and takes payments, how fast a payment is known
// here, and how often an outcome is not. The figures of a day lie in the ledger, by device; nobody is in them.
//
// # Decisions
//
// 2026-11-28: what is counted is read from the audit, by sequence, so that nothing is counted twice or left out when
// the program is killed. It is counted on the day of the round that has read it; a round is a minute.
package figures

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"courtkiosk/payment"
)

// What is counted. Times are sums in milliseconds.
const (
	Up       = "up_ms"           // the program ran
	Closed   = "closed_ms"       // it ran, and began no payment
	Opened   = "opened"          // orders
	Paid     = "paid"            // orders
	Paying   = "paying_ms"       // of all of these, from the order's opening to WeChat's time of payment
	Known    = "known"           // payments that were booked here within an hour
	Knowing  = "knowing_ms"      // of these, from WeChat's time of payment until then
	KnownIn5 = "known_within_5s" // how many of them were booked so soon
	Unknown  = "unknown"         // orders whose outcome came more than a minute after their time to pay
	sequence = "sequence"        // the last entry of the audit that is counted
)

const (
	every        = time.Minute
	unknownAfter = time.Minute
	// a payment that is booked later was made while nobody could ask: it says nothing of how fast the program is
	knownWithin = time.Hour
)

// A Counter counts for one machine.
type Counter struct {
	Ledger payment.Ledger
	Device string // whose time is counted
	Now    func() time.Time
	Closed func(context.Context) bool // whether no payment is begun now
	Log    *slog.Logger
}

// Run counts at once, so that a new ledger's first minute is not taken for what was before it, then once a minute until
// ctx ends, and then once more.
func (c *Counter) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	if err := c.Count(context.WithoutCancel(ctx), 0); err != nil {
		c.Log.WarnContext(ctx, "figures not counted", "err", err)
	}
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		now := time.Now()
		if err := c.Count(context.WithoutCancel(ctx), min(now.Sub(last), 2*every)); err != nil {
			c.Log.WarnContext(ctx, "figures not counted", "err", err)
		} else {
			last = now
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// Count adds what the audit tells since the last time, and for how long the program ran meanwhile. Where several
// programs share a ledger one of them is first, and what the others have read is counted by none of them twice.
func (c *Counter) Count(ctx context.Context, ran time.Duration) error {
	from, err := c.counted(ctx)
	if err != nil {
		return err
	}
	found := map[string]map[string]int64{c.Device: {Up: ran.Milliseconds()}}
	if ran > 0 && c.Closed(ctx) {
		found[c.Device][Closed] = ran.Milliseconds()
	}
	to := from
	for {
		page, err := c.Ledger.Since(ctx, to, payment.MaxPage)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := c.tell(ctx, e, found); err != nil {
				return err
			}
			to = e.Seq
		}
		if len(page) < payment.MaxPage {
			break
		}
	}
	day := dayOf(c.Now())
	devices := slices.SortedFunc(maps.Keys(found), func(a, b string) int { // ours last: the next round begins with it
		return cmp.Or(order(a == c.Device, b == c.Device), cmp.Compare(a, b))
	})
	for _, d := range devices {
		if err := c.add(ctx, day, d, found[d], from, to); err != nil {
			return err
		}
	}
	return nil
}

// order sorts what is false before what is true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func dayOf(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }

// counted returns the last entry that is in the figures of this device. Before the first round nothing is: what
// happened before this program counted is not counted.
func (c *Counter) counted(ctx context.Context) (uint64, error) {
	for f, err := range payment.Each(ctx, c.Ledger.Figures(), payment.Range{Backward: true, N: 100}) {
		if err != nil {
			return 0, err
		}
		if f.Device == c.Device {
			return uint64(f.Counts[sequence]), nil
		}
	}
	return c.newest(ctx)
}

// newest returns the last sequence number of the audit, which is looked for by halves.
func (c *Counter) newest(ctx context.Context) (low uint64, err error) {
	has := func(seq uint64) bool {
		list, e := c.Ledger.Since(ctx, seq-1, 1)
		err = errors.Join(err, e)
		return len(list) > 0
	}
	high := uint64(1)
	for ; has(high) && err == nil; high *= 2 {
		low = high
	}
	for low+1 < high && err == nil {
		if middle := (low + high) / 2; has(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low, err
}

// tell adds what an entry tells. An order that cannot be read tells nothing.
func (c *Counter) tell(ctx context.Context, e payment.Entry, found map[string]map[string]int64) error {
	ends := e.From != e.To && (e.To == payment.Paid || e.To == payment.Closed || e.To == payment.Void ||
		e.To == payment.Disputed)
	if e.Event != string(payment.Opened) && !ends {
		return nil
	}
	o, err := c.Ledger.Order(ctx, e.Order)
	if errors.Is(err, payment.ErrNotFound) || errors.Is(err, payment.ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	device := cmp.Or(o.Device, c.Device)
	if found[device] == nil {
		found[device] = make(map[string]int64)
	}
	n := found[device]
	if e.Event == string(payment.Opened) {
		n[Opened]++
		return nil
	}
	if open(e.From) && !o.Expires.IsZero() && e.At.Sub(o.Expires) > unknownAfter {
		n[Unknown]++
	}
	if e.To != payment.Paid {
		return nil
	}
	n[Paid]++
	n[Paying] += max(0, o.PaidAt.Sub(o.CreatedAt).Milliseconds())
	if known := e.At.Sub(o.PaidAt); known < knownWithin {
		n[Known]++
		n[Knowing] += max(0, known.Milliseconds())
		if known <= 5*time.Second {
			n[KnownIn5]++
		}
	}
	return nil
}

// open reports whether an order in a state could still come to anything.
func open(s payment.State) bool {
	return s == payment.Created || s == payment.Waiting || s == payment.Closing
}

// add stores what was found of a device in the entries from one to another.
func (c *Counter) add(ctx context.Context, day, device string, found map[string]int64, from, to uint64) error {
	f := payment.Figures{Day: day, Device: device}
	_, err := c.Ledger.Figures().Update(ctx, f.Key(), func(before payment.Figures, _ payment.Staff) (payment.Figures,
		payment.Entry, error) {
		after := f
		if after.Counts = maps.Clone(before.Counts); after.Counts == nil {
			after.Counts = make(map[string]int64)
		}
		told := uint64(after.Counts[sequence]) > from // by a round that did not come to its end
		for what, n := range found {
			if !told || what == Up || what == Closed {
				after.Counts[what] += n
			}
		}
		after.Counts[sequence] = max(after.Counts[sequence], int64(to))
		return after, payment.Entry{}, nil
	})
	return err
}

// Of returns the figures of a device in a month (2006-01), all devices together where it is empty, and on how many days
// something was counted.
func Of(ctx context.Context, l payment.Books, month, device string) (sum map[string]int64, days int, err error) {
	sum, seen := make(map[string]int64), make(map[string]bool)
	for f, err := range payment.Each(ctx, l.Figures(), payment.Range{Prefix: month + "-"}) {
		if err != nil {
			return nil, 0, err
		}
		if device != "" && f.Device != device {
			continue
		}
		seen[f.Day] = true
		for what, n := range f.Counts {
			if what != sequence {
				sum[what] += n
			}
		}
	}
	return sum, len(seen), nil
}
