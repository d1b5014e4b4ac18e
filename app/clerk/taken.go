package clerk

import (
	"context"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// A Day is what was taken on one day in China, so far.
type Day struct {
	As     time.Time // when it was counted
	Purses []PurseSum
	Back   payment.Fen // of that day's payments, what came back
}

// A PurseSum is what came into one purse. Sums of several purses are never added: each has an account of its own.
type PurseSum struct {
	Purse bill.Purse
	N     int
	Sum   payment.Fen
}

// countedFor is how long a count of a day is used again: a page shows it beside something else.
const countedFor = 15 * time.Second

// counted is what was counted last: a day, and the work.
type counted struct {
	mu     sync.Mutex
	of     string
	last   Day
	work   int
	workAt time.Time
}

// Taken counts what was paid on a day. It may be as old as countedFor, and says as of when.
func (d *Desk) Taken(ctx context.Context, c Clerk, day time.Time) (Day, error) {
	if err := c.May(Find); err != nil {
		return Day{}, err
	}
	at, of := now(), day.In(payment.China).Format(time.DateOnly)
	d.counted.mu.Lock()
	defer d.counted.mu.Unlock()
	if d.counted.of == of && at.Sub(d.counted.last.As) < countedFor && !at.Before(d.counted.last.As) {
		return d.counted.last, nil
	}
	sums := make(map[bill.Purse]PurseSum)
	all := Day{As: at}
	for f := (payment.Filter{Paid: true, Day: day, N: payment.MaxPage}); ; {
		p, err := d.Ledger.Find(ctx, f)
		if err != nil {
			return Day{}, err
		}
		for _, o := range p.Orders {
			if o.State != payment.Paid {
				continue
			}
			s := sums[bill.Purse(o.Key.Purse)]
			s.N, s.Sum = s.N+1, s.Sum+o.PaidAmount
			sums[bill.Purse(o.Key.Purse)] = s
			all.Back += o.Returned.Sum
		}
		if f.Before = p.Next; p.Next == "" {
			break
		}
	}
	for _, p := range bill.Purses {
		s := sums[p]
		s.Purse = p
		all.Purses = append(all.Purses, s)
	}
	d.counted.of, d.counted.last = of, all
	return all, nil
}
