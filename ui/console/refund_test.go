package console_test

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

// decide LEDGER ask|approve|refuse PERSON: what a person decides about the newest refund of the order that was paid
// last, as the clerk's page would store it.
func cmdDecide(ts *testscript.TestScript, _ bool, args []string) {
	l, err := bolt.Open(ts.MkAbs(args[0]), payment.Identity{Court: "京0101", Environment: "test"}, bolt.Options{})
	ts.Check(err)
	defer func() { ts.Check(l.Close()) }()
	ctx, now, by := context.Background(), time.Now().Truncate(time.Microsecond), payment.By{Person: args[2]}
	order := ts.Getenv("ORDER")
	if args[1] == "ask" {
		a := payment.RefundAsk{ID: now.String(), Sum: 100_00, Reason: "paid\ntwice", By: by}
		r, err := l.AskRefund(ctx, order, a.ID, func(of payment.Refunded) (payment.RefundChange, error) {
			return of.Ask(a, now)
		})
		ts.Check(err)
		ts.Setenv("REFUND", r.No)
		return
	}
	_, err = l.UpdateRefund(ctx, ts.Getenv("REFUND"), func(r payment.Refund, of payment.Refunded) (payment.RefundChange,
		error) {
		if args[1] == "approve" {
			return of.Approve(r, by, now)
		}
		return of.Refuse(r, "not twice", by, now)
	})
	ts.Check(err)
}
