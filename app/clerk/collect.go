package clerk

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// ErrNoCollection means: no code is on show at this window.
var ErrNoCollection = errors.New("clerk: nothing is collected at this window")

// watchedFor is how long a collection is followed after a page has looked at it last.
const watchedFor = 15 * time.Second

// A Collection is a bill whose code is on show at a window: the window is the device, and its order has the same
// counter, session and rules as a kiosk's.
type Collection struct {
	Due      counter.Due
	Progress counter.Progress
}

// A till is the collection of one window. It lies in memory alone: the order goes on without it, and who finds the bill
// again after a restart joins it.
type till struct {
	due    counter.Due
	order  string
	visit  string
	device string

	mu     sync.Mutex
	latest counter.Progress
	looked time.Time
	stop   context.CancelFunc // of following; nil while nobody does
}

// FindBills returns what a case, or a payment code, owes. The court is asked.
func (d *Desk) FindBills(ctx context.Context, c Clerk, text string) ([]counter.Due, error) {
	if err := c.May(Collect); err != nil {
		return nil, err
	}
	none := payment.ErrNotFound
	for _, r := range Read(text, d.Counter.House.Court, now()) {
		var asked []bill.Query
		switch r.As {
		case AsCase:
			for _, n := range r.Cases {
				asked = append(asked, bill.Query{Case: n})
			}
		case AsCode:
			asked = append(asked, bill.Query{Code: r.Text})
		}
		for _, q := range asked {
			dues, err := d.Counter.Find(ctx, q)
			if len(dues) > 0 {
				return dues, nil // a silent court's too: paying asks it again
			}
			if refused, ok := errors.AsType[*counter.Refusal](err); err != nil &&
				(!ok || refused.Code != counter.NotFound) {
				none = err
			}
		}
	}
	return nil, none
}

// Collect shows a bill's code at the clerk's window, in place of what was there. The same id opens nothing new. The
// error is a *counter.Refusal as a visitor of a kiosk would meet it.
func (d *Desk) Collect(ctx context.Context, c Clerk, due counter.Due, id string) error {
	acts, err := c.acts(ctx, Collect)
	if err != nil {
		return err
	}
	visit := rand.Text()
	p, err := d.Counter.Pay(acts, counter.Ask{ID: id, Visit: visit, Device: c.By.Device, Bill: due.Bill,
		Quote: due.Quote})
	if err != nil {
		return err
	}
	t := &till{due: due, order: p.Order, visit: visit, device: c.By.Device, latest: p}
	d.mu.Lock()
	before := d.tills[t.device]
	d.tills[t.device] = t
	d.mu.Unlock()
	_ = d.leave(ctx, before) // logged; what was on show is off it
	d.look(t)
	return nil
}

// Collecting returns what is on show at a window, and keeps it followed for a while. The payer's side asks it too, so
// it needs no right and tells nothing that the payer does not know.
func (d *Desk) Collecting(window string) (Collection, bool) {
	t := d.till(window)
	if t == nil {
		return Collection{}, false
	}
	p := d.look(t)
	p.Now = d.Counter.Cashier.Now() // what was said a while ago ends now all the same
	return Collection{t.due, p}, true
}

func (d *Desk) till(device string) *till {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tills[device]
}

// look returns how far a collection is. The first look, and one after a while, begins to follow it.
func (d *Desk) look(t *till) counter.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looked = time.Now()
	if t.stop != nil || t.latest.Over() {
		return t.latest
	}
	ctx, stop := context.WithCancel(context.Background())
	news, err := d.Counter.Follow(ctx, t.order, t.visit)
	if err != nil { // logged; the next look tries again
		stop()
		return t.latest
	}
	t.stop, t.latest = stop, <-news
	d.follows.Go(func() { t.follow(news) })
	return t.latest
}

// follow takes over what is told until nobody looks any more.
func (t *till) follow(news <-chan counter.Progress) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stop()
		t.stop = nil
	}()
	for {
		select {
		case p, more := <-news:
			if !more {
				return
			}
			t.mu.Lock()
			t.latest = p
			t.mu.Unlock()
		case <-tick.C:
			t.mu.Lock()
			unseen := time.Since(t.looked) > watchedFor
			t.mu.Unlock()
			if unseen {
				return
			}
		}
	}
}

// Close ends what is followed for the windows' pages. The orders go on.
func (d *Desk) Close() {
	d.mu.Lock()
	for _, t := range d.tills {
		t.mu.Lock()
		if t.stop != nil {
			t.stop()
		}
		t.mu.Unlock()
	}
	d.mu.Unlock()
	d.follows.Wait()
}

// leave says that a collection's screen is gone. Its order goes on; a payment that is still made is kept.
func (d *Desk) leave(ctx context.Context, t *till) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	stop, over := t.stop, t.latest.Over()
	t.mu.Unlock()
	if stop != nil {
		stop()
	}
	if over {
		return nil
	}
	return d.Counter.Wish(ctx, counter.Wish{Kind: counter.Leave, Order: t.order, Visit: t.visit})
}

// CancelCollection wishes that the order on show be closed. A payment that is quicker is kept, and told.
func (d *Desk) CancelCollection(ctx context.Context, c Clerk) error {
	t, ctx, err := d.mine(ctx, c)
	if err != nil {
		return err
	}
	return d.Counter.Wish(ctx, counter.Wish{Kind: counter.Cancel, Order: t.order, Visit: t.visit})
}

// PutAway takes what is on show off the window's screens.
func (d *Desk) PutAway(ctx context.Context, c Clerk) error {
	t, ctx, err := d.mine(ctx, c)
	if err != nil {
		return err
	}
	if err := d.leave(ctx, t); errors.Is(err, ErrNoRight) { // any other is logged, and the order goes on without it
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tills[t.device] == t {
		delete(d.tills, t.device)
	}
	return nil
}

// PrintCollected prints the receipt of what was paid here just now, once. A second one is a copy: see Reprint.
func (d *Desk) PrintCollected(ctx context.Context, c Clerk) (receipt.Outcome, error) {
	t, acts, err := d.mine(ctx, c)
	if err != nil {
		return "", err
	}
	if err := d.Printer.Ready(ctx); err != nil {
		return "", err
	}
	h, err := d.Counter.Receipt(acts, counter.Print{Order: t.order, Visit: t.visit, Device: t.device})
	if err != nil {
		return "", err
	}
	out, failed := d.Printer.Print(ctx, h.Receipt)
	return out, errors.Join(failed, d.Counter.Printed(ctx, h.End(out, failed)))
}

// mine returns what is on show at the clerk's window, and the context for what the clerk does with it.
func (d *Desk) mine(ctx context.Context, c Clerk) (*till, context.Context, error) {
	acts, err := c.acts(ctx, Collect)
	if err != nil {
		return nil, ctx, err
	}
	t := d.till(c.By.Device)
	if t == nil {
		return nil, ctx, ErrNoCollection
	}
	return t, acts, nil
}
