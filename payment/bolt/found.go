package bolt

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// The kinds of search: the first byte of a key in bucketFound. After it come what is searched, a time, the sequence of
// the order's creation, and what else of the search may be compared without reading the order.
const (
	byOpened      = 'o' // all, by time opened
	byPaid        = 'p' // all that money came for, by time paid
	bySerial      = 'd' // running number in a day; by time opened
	byAmount      = 'a' // asked for, or paid; by time opened
	byAmountPaid  = 'A' // the same of those that money came for, by time paid
	byTransaction = 't' // last four digits; by time opened; the digits before them, backwards
	bySequence    = 's' // of the receipt; by time opened
	byPaidTo      = 'x' // device that another machine's attach names; by time paid
	byWaiting     = 'w' // the same of those that were not adopted
)

// lastDigits is how many digits of a transaction id can be searched at least.
const lastDigits = 4

// A row is an entry of an index. It leads to an order.
type row struct{ index, key []byte }

func (r row) equal(other row) bool {
	return bytes.Equal(r.key, other.key) && bytes.Equal(r.index, other.index)
}

// rows are all that lead to an order, but for its request ids.
func rows(s stored) []row {
	o, born := s.Order, number(s.Born)
	list := []row{{bucketBills, append(billKey(o.Key), born...)}}
	for i, label := range o.Labels {
		if !slices.Contains(o.Labels[:i], label) {
			list = append(list, row{bucketLabels, append(join(label), born...)})
		}
	}
	if !o.Final() {
		list = append(list, row{bucketOpen, born})
	}
	find := func(kind byte, parts ...[]byte) {
		list = append(list, row{bucketFound, append([]byte{kind}, slices.Concat(parts...)...)})
	}
	opened, paid := append(micros(o.CreatedAt), born...), append(micros(o.PaidAt), born...)
	amounts := []payment.Fen{o.Amount}
	if o.PaidAmount != 0 && o.PaidAmount != o.Amount {
		amounts = append(amounts, o.PaidAmount)
	}
	find(byOpened, opened)
	find(bySerial, number(o.Serial), opened)
	for _, amount := range amounts {
		find(byAmount, number(uint64(amount)), opened)
	}
	if o.TransactionID != "" {
		last, before := digits(o.TransactionID)
		find(byTransaction, last, opened, before)
	}
	if o.Sequence != 0 {
		find(bySequence, number(o.Sequence), opened)
	}
	if device, _ := o.Elsewhere(); device != "" && !o.PaidAt.IsZero() {
		find(byPaidTo, join(device), paid)
		if o.State == payment.Foreign {
			find(byWaiting, join(device), paid)
		}
	}
	if !o.PaidAt.IsZero() {
		find(byPaid, paid)
		for _, amount := range amounts {
			find(byAmountPaid, number(uint64(amount)), paid)
		}
	}
	return list
}

// digits returns the last digits of a transaction id, and those before them, both backwards.
func digits(id string) (last, before []byte) {
	text := append([]byte(id), make([]byte, max(0, lastDigits-len(id)))...)
	slices.Reverse(text)
	return text[:lastDigits], text[lastDigits:]
}

// reindex makes the indexes lead to an order as it is now; before and after are nil when it was not there, or goes.
func reindex(tx *bbolt.Tx, before, after *stored) error {
	var old, fresh []row
	if before != nil {
		old = rows(*before)
	}
	if after != nil {
		fresh = rows(*after)
	}
	var errs []error
	for _, r := range old {
		if !slices.ContainsFunc(fresh, r.equal) {
			errs = append(errs, tx.Bucket(r.index).Delete(r.key))
		}
	}
	for _, r := range fresh {
		if !slices.ContainsFunc(old, r.equal) {
			errs = append(errs, tx.Bucket(r.index).Put(r.key, []byte(after.Order.No)))
		}
	}
	return errors.Join(errs...)
}

// A search is the part of bucketFound that a filter looks at, from its end backwards.
type search struct {
	filter   payment.Filter
	from, to []byte // to is not part of it
	rest     []byte // what a key goes on with behind time and sequence
	tail     int    // where that begins
	day, end time.Time
}

// searchFor says where to look.
func searchFor(f payment.Filter) (*search, error) {
	if f.N < 1 || f.N > payment.MaxPage {
		return nil, fmt.Errorf("%w: a page of %d orders", payment.ErrFilter, f.N)
	}
	if n := len(f.Transaction); n > 0 && n < lastDigits {
		return nil, fmt.Errorf("%w: %d digits of a transaction id", payment.ErrFilter, n)
	}
	f.Paid = f.Paid || f.PaidTo != ""
	w := &search{filter: f}
	prefix, byPaidTime := []byte{byOpened}, false
	switch {
	case f.PaidTo != "" && f.State == payment.Foreign:
		prefix, byPaidTime = append([]byte{byWaiting}, join(f.PaidTo)...), true
	case f.PaidTo != "":
		prefix, byPaidTime = append([]byte{byPaidTo}, join(f.PaidTo)...), true
	case f.Transaction != "":
		last, before := digits(f.Transaction)
		prefix, w.rest = append([]byte{byTransaction}, last...), before
	case f.Sequence != 0:
		prefix = append([]byte{bySequence}, number(f.Sequence)...)
	case f.Serial != 0:
		prefix = append([]byte{bySerial}, number(f.Serial)...)
	case f.Amount != 0 && f.Paid:
		prefix, byPaidTime = append([]byte{byAmountPaid}, number(uint64(f.Amount))...), true
	case f.Amount != 0:
		prefix = append([]byte{byAmount}, number(uint64(f.Amount))...)
	case f.Paid:
		prefix, byPaidTime = []byte{byPaid}, true
	}
	w.tail = len(prefix) + 16
	w.from, w.to = prefix, append(slices.Clone(prefix), bytes.Repeat([]byte{0xFF}, 16)...)
	if !f.Day.IsZero() {
		y, m, d := f.Day.In(payment.China).Date()
		w.day = time.Date(y, m, d, 0, 0, 0, 0, payment.China)
		w.end = w.day.AddDate(0, 0, 1)
		if byPaidTime == f.Paid {
			w.from, w.to = slices.Concat(prefix, micros(w.day)), slices.Concat(prefix, micros(w.end))
		}
	}
	return w, w.resume()
}

// resume begins where the page before ended.
func (w *search) resume() error {
	if w.filter.Before == "" {
		return nil
	}
	key, err := base64.RawURLEncoding.DecodeString(w.filter.Before)
	if err != nil || bytes.Compare(key, w.from) < 0 || bytes.Compare(key, w.to) > 0 {
		return fmt.Errorf("%w: the page before was another filter's", payment.ErrFilter)
	}
	w.to = key
	return nil
}

// matches compares an order with the filter.
func (w *search) matches(o payment.Order) bool {
	f, at := w.filter, o.CreatedAt
	if f.Paid {
		at = o.PaidAt
	}
	device, _ := o.Elsewhere()
	return strings.HasSuffix(o.TransactionID, f.Transaction) &&
		(f.PaidTo == "" || f.PaidTo == device) &&
		(f.Sequence == 0 || f.Sequence == o.Sequence) &&
		(f.Serial == 0 || f.Serial == o.Serial) &&
		(f.Amount == 0 || f.Amount == o.Amount || f.Amount == o.PaidAmount) &&
		(!f.Paid || !o.PaidAt.IsZero()) &&
		(f.Day.IsZero() || !at.Before(w.day) && at.Before(w.end)) &&
		(f.Device == "" || f.Device == o.Device) &&
		(f.Purse == "" || f.Purse == o.Key.Purse) &&
		(f.State == "" || f.State == o.State)
}

// What a page may cost, so that none takes longer than a person notices: a key that is passed costs 1.
const (
	mostCost  = 30_000
	orderCost = 25 // an order that is read
)

// Find returns a page of the orders that a filter describes, newest first.
func (l *Ledger) Find(ctx context.Context, f payment.Filter) (payment.Page, error) {
	w, err := searchFor(f)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return payment.Page{}, err
	}
	var p payment.Page
	err = l.view(func(tx *bbolt.Tx) error { return l.page(tx, w, &p) })
	if err != nil {
		return payment.Page{}, err
	}
	return p, nil
}

// page reads a page. One that ends before its search says where the next begins.
func (l *Ledger) page(tx *bbolt.Tx, w *search, p *payment.Page) error {
	c, cost := tx.Bucket(bucketFound).Cursor(), 0
	before := c.Prev
	if k, _ := c.Seek(w.to); k == nil {
		before = c.Last
	}
	var last []byte
	for k, no := before(); k != nil && bytes.Compare(k, w.from) >= 0; k, no = c.Prev() {
		if len(p.Orders) == w.filter.N || cost >= mostCost {
			p.Next = base64.RawURLEncoding.EncodeToString(last)
			return nil
		}
		last, cost = k, cost+1
		if len(k) < w.tail || !bytes.HasPrefix(k[w.tail:], w.rest) {
			continue
		}
		cost += orderCost
		var s stored
		if err := mustGet(tx.Bucket(bucketOrders), no, &s); err != nil {
			return err
		}
		if w.matches(s.Order) {
			p.Orders = append(p.Orders, l.leased(s.Order))
		}
	}
	return nil
}
