package lobby

import (
	"context"
	"crypto/rand"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/ui/seam"
)

// A visit is what one person does here. Its context ends with it: what still runs beside it is of no interest any more.
type visit struct {
	id      string // random; names the visit to the counter
	ctx     context.Context
	end     context.CancelFunc
	touched time.Time
	since   time.Time // of the present wait
	long    bool      // it takes so long that leaving is offered
	finding bool      // for a receipt, not to pay
	begun   bool      // to pay, at a time when that was begun: it goes on to its end
	help    help
	hears   hearing
	table   slip     // of fees, that was asked for
	refused *refused // the last notice

	entry    entry
	choice   choice
	paying   paying
	printing printing
	proof    proof
	place    place
	estimate estimate
}

func newVisit(ctx context.Context) *visit {
	v := &visit{id: rand.Text(), touched: time.Now(), since: time.Now()}
	v.ctx, v.end = context.WithCancel(ctx)
	return v
}

// asks begins something else in the same visit: of what was read before nothing is told any more.
func (v *visit) asks(q bill.Query) {
	v.choice = choice{asked: q, wanted: v.choice.wanted}
	v.paying.order, v.proof, v.place = counter.Progress{}, proof{}, place{}
}

// work runs fn beside the visit and what it returns on Fyne's thread, unless the visit has ended meanwhile.
func (l *Lobby) work(fn func(ctx context.Context) func()) {
	v := l.visit
	go func() {
		then := fn(v.ctx)
		l.onVisit(v, then)
	}()
}

// onVisit runs fn on Fyne's thread, if the visit is still there then.
func (l *Lobby) onVisit(v *visit, fn func()) {
	seam.OnScreen(func() {
		if l.visit == v && v.ctx.Err() == nil {
			fn()
		}
	})
}

// The limits of what outlives a visit.
const (
	wishFor = 30 * time.Second
	askFor  = time.Minute
)

// beside runs fn with a context that outlives the visit, for as long as the limit says.
func (l *Lobby) beside(limit time.Duration, fn func(ctx context.Context)) {
	l.owed.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), limit)
		defer cancel()
		fn(ctx)
	})
}

// wish utters wishes of an order, after all that were uttered before. failed is told on Fyne's thread what could not be
// stored, while the visit is there; it may be nil.
func (l *Lobby) wish(v *visit, order string, failed func(), kinds ...counter.WishKind) {
	before, done := l.wished, make(chan struct{})
	l.wished = done
	l.beside(wishFor, func(ctx context.Context) {
		defer close(done)
		if before != nil {
			<-before
		}
		for _, kind := range kinds {
			err := l.opt.Counter.Wish(ctx, counter.Wish{Kind: kind, Order: order, Visit: v.id})
			if err == nil {
				continue
			}
			l.opt.Log.WarnContext(ctx, "wish not stored", "order", order, "wish", string(kind), "err", err)
			if failed != nil {
				l.onVisit(v, failed)
			}
		}
	})
}
