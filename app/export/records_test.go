package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/export"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

func readCSV(t *testing.T, table export.Table) (rows [][]string, r export.Result) {
	t.Helper()
	var file bytes.Buffer
	r, err := export.Write(&file, export.CSV, table)
	if err != nil {
		t.Fatal(err)
	}
	rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(file.String(), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows, r
}

// What stands in the files is what the ledger holds, in the days that are asked for and no others.
func TestRecordsOfALedger(t *testing.T) {
	ctx := t.Context()
	l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
	ledgertest.Refunds(t, l, 1) // three orders, paid when the suite was born; one asked, one sent, one done
	open := ledgertest.New(t, l, ledgertest.Request(9), ledgertest.Born)
	for n := range 3 {
		d := payment.Difference{MchID: "1900000001", Day: fmt.Sprintf("2026-11-%d", 22+n), Kind: "missing",
			Order: open.No}
		if _, err := l.Differences().Update(ctx, d.Key(), func(payment.Difference, payment.Staff) (payment.Difference,
			payment.Entry, error) {
			return d, payment.Entry{}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	records := export.Records{Ledger: l,
		Reference: func(o payment.Order) string { return fmt.Sprint("ZF-", o.Serial) },
		Receipt:   func(o payment.Order) string { return fmt.Sprint("PZ-", o.Sequence) },
	}
	born := export.Range{From: ledgertest.Born, To: ledgertest.Born}
	before := export.Range{From: ledgertest.Born.AddDate(0, 0, -9), To: ledgertest.Born.AddDate(0, 0, -1)}
	today := export.Range{From: time.Now().AddDate(0, 0, -1), To: time.Now()}
	for name, c := range map[string]struct {
		of   func(context.Context, export.Range) export.Table
		days export.Range
		rows int
		sum  payment.Fen
	}{
		"payments":        {records.Payments, born, 3, 3 * 270000},
		"payments before": {records.Payments, before, 0, 0},
		"orders":          {records.Orders, born, 4, 4 * 270000},
		"refunds": {records.Refunds, export.Range{From: ledgertest.Born, To: time.Now().AddDate(0, 0, 1)}, 3,
			3 * 270000},
		"refunds before":  {records.Refunds, before, 0, 0},
		"differences":     {records.Differences, born, 1, 0},
		"all differences": {records.Differences, export.Range{From: before.From, To: born.To.AddDate(0, 0, 9)}, 3, 0},
		"the audit of 2025": {records.Audit, export.Range{From: born.From.AddDate(-1, 0, 0),
			To: born.To.AddDate(-1, 0, 0)}, 0, 0},
	} {
		rows, r := readCSV(t, c.of(ctx, c.days))
		if r.Rows != c.rows || r.Sum != c.sum || len(rows) != c.rows+2 {
			t.Errorf("%s: got %d rows, %s, want %d, %s", name, r.Rows, r.Sum, c.rows, c.sum)
		}
	}
	all, err := l.Since(ctx, 0, payment.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	if _, r := readCSV(t, records.Audit(ctx, today)); r.Rows != len(all) {
		t.Errorf("the audit has %d rows, want %d", r.Rows, len(all))
	}
	table := records.Payments(ctx, born)
	_, r := readCSV(t, table)
	e := export.Note(table, export.CSV, born, r, payment.By{Person: "0301"})
	if want := "收款 2026-11-23_2026-11-23 as csv: 3 rows, SHA-256 " + r.Hash; e.Note != want || e.By.Person != "0301" {
		t.Errorf("the audit is told %+v", e)
	}
}
