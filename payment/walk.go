package payment

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The limits of a walk within one visit.
const (
	walkFor    = 15 * time.Second // in all: no number is begun that may take longer
	walkOver   = 20               // numbers
	walkAnswer = 5 * time.Second  // without a word of WeChat about one of them; then the visitor is told of silence
)

// ErrWalking means: other machines have used up more numbers of the bill than a visitor can wait for. No order is open.
// The walk goes on, so that who asks again in a moment finds it further on.
var ErrWalking = errors.New("payment: many numbers of the bill were used up at other machines")

// Walk waits until it is known whether f, the order that r was given by Take, can be paid, and returns it then. Where
// WeChat calls its number closed, and no code of it was ever known here, people have cancelled at other machines: Walk
// takes the bill's next number, and so on. It stops at any other word of WeChat and at none, at a wish that the order
// be closed, and once ctx ends, which is how a visit leaves that knows no order yet. Before each next number again is
// asked whether r is still to be paid; its error is returned, and so is ErrWalking.
func (c *Cashier) Walk(
	ctx context.Context, r Request, f Followed, again func(context.Context) error,
) (Followed, error) {
	end := time.Now().Add(walkFor - walkAnswer)
	for n := 1; ; n++ {
		o, err := c.outcome(ctx, f)
		if err != nil || ctx.Err() != nil || !c.rules.WalksOver(o, r.Visit) {
			return f, err
		}
		if n > walkOver || !time.Now().Before(end) {
			c.walkOn(r, o.Attempt+1)
			return nil, fmt.Errorf("%w: %d of them", ErrWalking, n)
		}
		if err := again(ctx); err != nil {
			return nil, err
		}
		next := r
		if r.ID != "" { // the same asking finds the same orders
			next.ID = fmt.Sprintf("%s, number %d", r.ID, n+1)
		}
		// who leaves now leaves an order behind, and is told which
		if f, err = c.take(context.WithoutCancel(ctx), next, true); err != nil {
			return nil, err
		}
	}
}

// WalksOver reports whether a visit goes on to the number after the order's by itself: WeChat calls it closed, this
// ledger never held a code of it, and nobody has wished to stop here. A code that was shown and closed is never
// followed by another one without a touch.
func (o Order) WalksOver(visit string) bool {
	return o.State == Closed && o.CodeURL == "" && o.Unwanted == (Wish{}) && !o.Left && o.Visit == visit
}

// outcome waits for what becomes of an order that was just opened, and returns it as it is stored. It does not wait for
// an order that another machine follows, nor when WeChat does not answer.
func (c *Cashier) outcome(ctx context.Context, f Followed) (Order, error) {
	no := f.News().Order.No
	if s := c.session(no); s != nil {
		ctx, stop := context.WithTimeout(ctx, walkAnswer)
		s.untilKnown(ctx)
		stop()
	}
	return c.desk.Ledger.Order(context.WithoutCancel(ctx), no)
}

// untilKnown waits until the order is not merely created any more, is in trouble or unwanted, or ctx ends.
func (s *Session) untilKnown(ctx context.Context) {
	news, stop := s.listen()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case n := <-news:
			if n.Order.State != Created || n.Order.Unwanted != (Wish{}) || n.Order.Left || n.Trouble != nil {
				return
			}
		}
	}
}

// walkOn goes on for a visitor who was told to wait: it stores the bill's next numbers as closed, as long as WeChat
// says so and behind all that visitors wait for, and opens none. Of two that do, one finds that the other has stored a
// number.
func (c *Cashier) walkOn(r Request, n int) {
	r.Visit, r.Personal = "", nil // nobody stands before these
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx := c.run
	if ctx.Err() != nil {
		return
	}
	c.running.Go(func() {
		over := n
		err := error(nil)
		for ok := true; ok && err == nil && over-n < mostAttempts; over++ {
			ok, err = c.passBy(ctx, r, over)
		}
		c.desk.Log.InfoContext(ctx, "walked on over closed numbers", "from", n, "to", over, "err", err)
	})
}

// passBy stores r's nth number as closed when WeChat calls it so, and reports whether it does.
func (c *Cashier) passBy(ctx context.Context, r Request, n int) (ok bool, err error) {
	draft, err := c.draft(r)
	if err != nil {
		return false, err
	}
	asked := r.attempt(n, draft, c.Now())
	if _, err := c.desk.Ledger.Order(ctx, asked.No); !errors.Is(err, ErrNotFound) {
		return false, err // somebody came, and is further on
	}
	report, err := c.look(ctx, asked, false)
	if err != nil || report.State != TradeClosed {
		return false, err
	}
	_, err = c.takeIn(ctx, r, n, report)
	return err == nil, err
}
