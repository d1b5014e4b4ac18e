package payment

import (
	"context"
	"time"
)

// distant is an order that another machine follows, which shares the ledger: what is known of it is what that machine
// has stored.
type distant struct {
	wisher
	last Order // when it was met
}

// lookEvery is how often a watched order is read that another machine follows.
const lookEvery = time.Second

// News returns what the ledger knows now.
func (d *distant) News() News {
	o, err := d.read(context.Background())
	return News{Order: o, Trouble: err}
}

func (d *distant) read(ctx context.Context) (Order, error) {
	o, err := d.cashier.desk.Ledger.Order(ctx, d.no)
	if err != nil || o.Incarnation() != d.incarnation {
		return d.last, err
	}
	return o, nil
}

// Watch reads the ledger each second until stop, and lets the machine that follows the order know that somebody waits.
func (d *distant) Watch() (<-chan News, func()) {
	ctx, stop := context.WithCancel(d.cashier.run)
	ch := make(chan News, 1)
	ch <- d.News()
	d.cashier.running.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for since := (time.Time{}); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-d.wake:
			}
			n := d.look(ctx)
			switch {
			case n.Trouble == nil:
				since = time.Time{}
			case since.IsZero():
				since = time.Now()
			}
			n.Since = since
			replace(ch, n)
		}
	})
	return ch, stop
}

// look reads the order, and says that somebody waits for it before the last word of that runs out.
func (d *distant) look(ctx context.Context) News {
	o, err := d.read(ctx)
	now := d.cashier.Now()
	if err == nil && !o.Final() && o.WatchedUntil.Before(now.Add(WatchedFor/2)) {
		err = d.store(ctx, func(o Order) Change { return o.Watch(now) })
		drain(d.wake)
	}
	return News{Order: o, Trouble: err}
}
