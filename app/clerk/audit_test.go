package clerk_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// auditor is somebody who may read the audit.
func auditor() clerk.Clerk { return clerk.AtPage(member(clerk.RoleAuditor, true)) }

func TestAudit(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		note := func(event, person, note string) {
			if err := c.ledger.Note(ctx, payment.Entry{
				Event: event, Note: note, By: payment.By{Device: window, Person: person},
			}); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 { // days
			note(clerk.EventSignedIn, "0217", "")
			note(clerk.EventSignInRefused, "", "0217, try 1")
			note(clerk.StaffReset, "0501", "0218, clerk")
			note("refund-asked", "0217", "part 1, 1.00")
			note("bills imported", "", "")
			time.Sleep(24 * time.Hour)
		}
		day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
		seqs := func(a clerk.AuditAsk) (list []uint64) {
			t.Helper()
			for a.N = 3; ; a.Before = list[len(list)-1] {
				page, err := c.Audit(ctx, auditor(), a)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Entries {
					list = append(list, e.Seq)
				}
				if !page.More {
					if page.Found != len(list) {
						t.Errorf("%+v: found %d, shown %d", a, page.Found, len(list))
					}
					return list
				}
			}
		}
		for name, c := range map[string]struct {
			ask  clerk.AuditAsk
			want []uint64
		}{
			"a day": {clerk.AuditAsk{From: day(1), To: day(1)}, []uint64{10, 9, 8, 7, 6}},
			"two days": {clerk.AuditAsk{From: day(3), To: day(4), Kind: clerk.AuditPeople},
				[]uint64{24, 23, 21, 19, 18, 16}},
			"a person":     {clerk.AuditAsk{From: day(0), To: day(0), Person: "0217"}, []uint64{4, 2, 1}},
			"an account":   {clerk.AuditAsk{From: day(0), To: day(0), Person: "0218"}, []uint64{3}},
			"no such":      {clerk.AuditAsk{From: day(0), To: day(0), Person: "021"}, nil},
			"sign-ins":     {clerk.AuditAsk{From: day(2), To: day(2), Kind: clerk.AuditSignIns}, []uint64{12, 11}},
			"accounts":     {clerk.AuditAsk{From: day(2), To: day(2), Kind: clerk.AuditAccounts}, []uint64{13}},
			"refunds":      {clerk.AuditAsk{From: day(2), To: day(2), Kind: clerk.AuditRefunds}, []uint64{14}},
			"before":       {clerk.AuditAsk{From: day(-9), To: day(-1)}, nil},
			"after":        {clerk.AuditAsk{From: day(9), To: day(10)}, nil},
			"backwards":    {clerk.AuditAsk{From: day(2), To: day(1)}, nil},
			"unheard kind": {clerk.AuditAsk{From: day(2), To: day(2), Kind: "x"}, nil},
		} {
			if got := seqs(c.ask); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		long := clerk.AuditAsk{From: day(0), To: day(70), N: 1}
		if _, err := c.Audit(ctx, auditor(), long); !errors.Is(err, clerk.ErrLongAudit) {
			t.Errorf("seventy days: %v", err)
		}
		for _, r := range []clerk.Role{clerk.RoleClerk, clerk.RoleLead, clerk.RoleIT} {
			who := clerk.AtPage(member(r, true))
			if _, err := c.Audit(ctx, who, clerk.AuditAsk{N: 1}); !errors.Is(err, clerk.ErrNoRight) {
				t.Errorf("by %s: %v", r, err)
			}
		}
		chain, err := c.VerifyAudit(ctx, auditor())
		if err != nil || chain.Entries != 25 || chain.Broken != 0 || len(chain.Hash) != 32 {
			t.Errorf("%+v, %v", chain, err)
		}
	})
}

// broken is a ledger whose entry 1500 was changed by somebody who can write into its file.
type broken struct{ payment.Ledger }

func TestBrokenChain(t *testing.T) {
	inCourt(t, func(c *court) {
		c.Desk.Ledger = broken{c.ledger}
		chain, err := c.VerifyAudit(c.Context(), auditor())
		if err != nil || chain.Broken != 1500 || chain.Entries != 1499 {
			t.Errorf("%+v, %v", chain, err)
		}
	})
}

func (broken) Since(_ context.Context, seq uint64, n int) (list []payment.Entry, err error) {
	for len(list) < n && seq < 3000 {
		if seq++; seq == 1500 {
			return list, payment.ErrDamaged
		}
		list = append(list, payment.Entry{Seq: seq})
	}
	return list, nil
}
