package postgres

import (
	"context"
	"strings"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// What was changed behind the program's back is found, and named.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	for sql, want := range map[string]string{
		`update courtkiosk.orders set state = 'closed',
			doc = replace(doc::text, '"State":"paid"', '"State":"closed"')::json
			where state = 'paid'`: "its last audit entry says paid",
		`update courtkiosk.orders set amount = 1 where state = 'paid'`: "not what its columns say",
		`delete from courtkiosk.label`:                                 "not found by its label",
		`insert into courtkiosk.label
			values ('京0101', 'x', 'NO')`: "leads to no order",
		`delete from courtkiosk.request`:                                    "not found by its request",
		`update courtkiosk.day set n = 0`:                                   "which its day has not given yet",
		`update courtkiosk.chain set receipts = 0`:                          "which the ledger has not given yet",
		`update courtkiosk.effect set state = 'done' where kind = 'report'`: "effect report",
		`insert into courtkiosk.personal values ('京0101', 'NO', '')`:        "unknown order NO",
		`delete from courtkiosk.audit
			where seq = (select max(seq) from courtkiosk.audit)`: "its head says",
		`update courtkiosk.audit set note = 'x' where seq = 1`: "entry 1 does not follow",
		`update courtkiosk.chain set hash = 'x'`:               "not its last entry",
		`update courtkiosk.refund set order_no = 'NO'`:         "refunds of order NO",
	} {
		dsn := postgrestest.New(t)
		l := open(t, dsn, "")
		r := ledgertest.Request(1)
		r.ID = "asked"
		o := ledgertest.Said(t, l, ledgertest.New(t, l, r, ledgertest.Born), payment.TradeSuccess)
		_, err := l.AskRefund(t.Context(), o.No, "", func(of payment.Refunded) (payment.RefundChange, error) {
			return of.Ask(payment.RefundAsk{Sum: 1, Reason: "paid twice", Shown: "重复交费退回",
				By: payment.By{Person: "1001"}}, ledgertest.Born)
		})
		if err != nil {
			t.Fatal(err)
		}
		if wrong, err := l.Verify(context.Background()); err != nil || len(wrong) > 0 {
			t.Fatalf("before: %v, %q", err, wrong)
		}
		postgrestest.Exec(t, postgrestest.Superuser(t, dsn), sql)
		wrong, err := l.Verify(context.Background())
		if err != nil || !strings.Contains(strings.Join(wrong, "; "), want) {
			t.Errorf("after %s: %q, %v, want %q", sql, wrong, err, want)
		}
	}
}
