package desktest

import (
	"context"
	"errors"
	"sync"

	"courtkiosk/payment"
)

// Before has f called once, right before the next write of desk, counter or cashier: when whatever is checked outside
// of the transaction has been checked. It returns what ends that, and says whether f was called.
func (c *Court) Before(f func()) (end func() bool) {
	called := false
	once := sync.OnceFunc(func() {
		f()
		called = true
	})
	c.before.Store(&once)
	return func() bool {
		c.before.Store(nil)
		return called
	}
}

// writer is the court's ledger as desk, counter and cashier have it.
type writer struct {
	payment.Ledger
	court *Court
}

func (w writer) begins() {
	if before := w.court.before.Load(); before != nil {
		(*before)()
	}
}

func (w writer) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	w.begins()
	return w.Ledger.Create(ctx, r, next)
}

func (w writer) Update(
	ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error),
) (payment.Order, error) {
	w.begins()
	return w.Ledger.Update(ctx, no, rule)
}

func (w writer) UpdateEffect(
	ctx context.Context, no, kind string, rule func(payment.Effect) (payment.Effect, error),
) (payment.Effect, error) {
	w.begins()
	return w.Ledger.UpdateEffect(ctx, no, kind, rule)
}

func (w writer) AskRefund(
	ctx context.Context, order, id string, rule func(payment.Refunded) (payment.RefundChange, error),
) (payment.Refund, error) {
	w.begins()
	return w.Ledger.AskRefund(ctx, order, id, rule)
}

func (w writer) UpdateRefund(
	ctx context.Context, no string, rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error),
) (payment.Refund, error) {
	w.begins()
	return w.Ledger.UpdateRefund(ctx, no, rule)
}

// errBlind is what reading comes to while Court.Blind is set.
var errBlind = errors.New("the ledger gives no answer")

func (w writer) Pending(ctx context.Context, kind string, after payment.Effect, n int) ([]payment.Effect, error) {
	if w.court.Blind.Load() {
		return nil, errBlind
	}
	return w.Ledger.Pending(ctx, kind, after, n)
}

func (w writer) Note(ctx context.Context, e payment.Entry) error {
	w.begins()
	return w.Ledger.Note(ctx, e)
}

func (w writer) People() payment.Book[payment.Person]         { return book(w, w.Ledger.People()) }
func (w writer) SignIns() payment.Book[payment.SignIn]        { return book(w, w.Ledger.SignIns()) }
func (w writer) Windows() payment.Book[payment.Window]        { return book(w, w.Ledger.Windows()) }
func (w writer) Closings() payment.Book[payment.ClosingSheet] { return book(w, w.Ledger.Closings()) }
func (w writer) Notices() payment.Book[payment.Notice]        { return book(w, w.Ledger.Notices()) }
func (w writer) Calls() payment.Book[payment.Call]            { return book(w, w.Ledger.Calls()) }
func (w writer) Differences() payment.Book[payment.Difference] {
	return book(w, w.Ledger.Differences())
}

// List reads a part of the book.
func (b written[T]) List(ctx context.Context, r payment.Range) ([]T, error) {
	if _, calls := any(b.Book).(payment.Book[payment.Call]); calls && b.w.court.Blind.Load() {
		return nil, errBlind
	}
	return b.Book.List(ctx, r)
}

type written[T payment.Keyed] struct {
	payment.Book[T]
	w writer
}

func book[T payment.Keyed](w writer, b payment.Book[T]) payment.Book[T] { return written[T]{b, w} }

func (b written[T]) Update(
	ctx context.Context, key string, rule func(T, payment.Staff) (T, payment.Entry, error),
) (T, error) {
	b.w.begins()
	return b.Book.Update(ctx, key, rule)
}
