package register

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/caseno"
)

// ImportSkipping imports a list without its bad rows, of which there must be exactly skip: who says the number has seen
// them. A row is left out only when its case number, item and notice were read and its case has no other bill, neither
// in the list nor known from before: nobody is then asked for less, or for something else, than the court says. What
// is missing from the list is not withdrawn.
func (r *Register) ImportSkipping(ctx context.Context, reader io.Reader, source string, now time.Time,
	skip int) (Summary, error) {
	text, err := io.ReadAll(io.LimitReader(reader, maxFile+1))
	if err != nil {
		return Summary{}, fmt.Errorf("read list: %w", err)
	}
	list, err := r.read(ctx, text, now)
	bills := list.bills
	bad, refused := errors.AsType[*Refused](err)
	switch {
	case err != nil && !refused:
		return Summary{}, err
	case !refused:
		bad = &Refused{}
	}
	if bad, err = r.skippable(ctx, bills, bad, skip); err != nil {
		return Summary{}, err
	}
	if bad.Count() > skip || len(bad.Rows) > 0 && bad.Rows[0].Line == 0 {
		bad.File = source
		return Summary{}, bad
	}
	s, err := r.store(ctx, bills, Info{Source: source, Imported: now, Bills: len(bills), Sum: sum(text), ByHand: true,
		Skipped: skip}, Agreed{})
	s.Ignored = list.ignored
	if again, ok := errors.AsType[*Refused](err); ok {
		again.File = source
	}
	s.Skipped = bad.Rows
	return s, err
}

// skippable returns the rows to leave out, or with a first row of no line why they may not be.
func (r *Register) skippable(ctx context.Context, bills []listed, bad *Refused, skip int) (*Refused, error) {
	no := func(reason string, pairs ...string) (*Refused, error) {
		return &Refused{Rows: append([]BadRow{{Reason: reason, Pairs: pairs}}, bad.Rows...), More: bad.More}, nil
	}
	switch {
	case len(bad.Rows) > 0 && bad.Rows[0].Line == 0: // it is no row that is wrong
		return bad, nil
	case bad.Count() != skip:
		return no("list.skip-count", "skip", strconv.Itoa(skip), "n", strconv.Itoa(bad.Count()))
	case bad.More > 0:
		return no("list.skip-many", "n", strconv.Itoa(maxReasons))
	case len(bills) == 0:
		return no("list.no-bill")
	}
	cases := make(map[caseno.Number]int)
	for _, b := range bills {
		cases[b.Case.Base()]++
	}
	for _, row := range bad.Rows {
		if row.row != nil {
			cases[row.row.Case.Base()]++
		}
	}
	var unfit []BadRow
	err := r.db.View(func(tx *bbolt.Tx) error {
		for _, row := range bad.Rows {
			reason := ""
			switch {
			case row.row == nil:
				reason = "list.skip-unread"
			case cases[row.row.Case.Base()] > 1:
				reason = "list.skip-case"
			default:
				known, err := ofCase(tx, row.row.Case)
				if err != nil {
					return err
				}
				if len(known) > 0 {
					reason = "list.skip-known"
				}
			}
			if reason != "" {
				unfit = append(unfit, BadRow{Line: row.Line, Reason: reason})
			}
		}
		return ctx.Err()
	})
	if err != nil || len(unfit) == 0 {
		return bad, err
	}
	return &Refused{Rows: slices.Concat([]BadRow{{Reason: "list.skip-not"}}, unfit, bad.Rows)}, nil
}
