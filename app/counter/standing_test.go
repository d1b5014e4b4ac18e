package counter

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// health is a cashier and a keeper that only say how they are.
type health struct {
	Cashier
	payment.Keeper
	ledger   error
	of       map[string]payment.Health
	unknown  payment.Merchant // has no key
	unserved map[string]int
	twice    error
}

func (h health) Ready(context.Context) error              { return h.ledger }
func (h health) Health(m payment.Merchant) payment.Health { return h.of[m.MchID] }
func (h health) Serves(m payment.Merchant) bool           { return m != h.unknown }
func (h health) Unserved() map[string]int                 { return h.unserved }
func (h health) Twice(context.Context) error              { return h.twice }
func (h health) Now() time.Time                           { return time.Now() }

// The counter finds what stops payments, and stands closed for just the purses that the catalogue says.
func TestTheCatalogueCloses(t *testing.T) {
	merchants := map[bill.Purse]payment.Merchant{
		bill.Litigation: {MchID: "1", AppID: "wx"}, bill.Fine: {MchID: "1", AppID: "wx"},
		bill.Execution: {MchID: "2", AppID: "wx"},
	}
	ones := func(c doctor.Code) map[bill.Purse]doctor.Code {
		return map[bill.Purse]doctor.Code{bill.Litigation: c, bill.Fine: c}
	}
	twos := func(c doctor.Code) map[bill.Purse]doctor.Code { return map[bill.Purse]doctor.Code{bill.Execution: c} }
	all := func(c doctor.Code) map[bill.Purse]doctor.Code {
		return map[bill.Purse]doctor.Code{bill.Litigation: c, bill.Fine: c, bill.Execution: c}
	}
	slow := map[string]payment.Health{"2": {Clock: true}}
	denied := map[string]payment.Health{"1": {Unauthorized: true, Trouble: errors.New("401")}}
	tests := map[string]struct {
		health
		want map[bill.Purse]doctor.Code
	}{
		"well":                              {health{}, nil},
		"a failed write":                    {health{ledger: payment.ErrFailed, of: denied}, all(doctor.Ledger)},
		"an error that nobody knows":        {health{ledger: errors.New("strange")}, all(doctor.Ledger)},
		"a database without answers":        {health{ledger: payment.ErrAway, of: denied}, all(doctor.Away)},
		"no room":                           {health{ledger: payment.ErrNoRoom}, all(doctor.Disk)},
		"the clock, as one merchant has it": {health{of: slow, unserved: map[string]int{"1": 1}}, all(doctor.Clock)},
		"an answer by a key of nobody's": {health{of: map[string]payment.Health{"1": {Unverified: true,
			Trouble: payment.ErrUnverified}}}, ones(doctor.Unverified)},
		"a key is refused":           {health{of: denied}, ones(doctor.Unauthorized)},
		"a key is missing":           {health{unknown: merchants[bill.Execution]}, twos(doctor.NoKey)},
		"another machine has our id": {health{twice: payment.ErrTwin, of: denied}, all(doctor.Twice)},
		"an index cannot be read":    {health{twice: payment.ErrDamaged}, all(doctor.Ledger)},
		"an old appid's is":          {health{unserved: map[string]int{"2": 3}}, twos(doctor.NoKey)},
		"missing and refused": {health{unknown: merchants[bill.Litigation], of: denied},
			ones(doctor.NoKey)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := New(Options{
				Keeper: tt.health, Cashier: tt.health,
				Merchant: func(p bill.Purse) payment.Merchant { return merchants[p] },
			})
			for _, f := range c.Stops(t.Context()) {
				if !slices.Contains(doctor.Stopping(), f.Code) || f.Err == nil {
					t.Errorf("found %+v", f)
				}
			}
			s := c.Standing(t.Context())
			for _, p := range bill.Purses {
				var got doctor.Code
				if r := s.Of(p); r != nil {
					got = doctor.Code(r.Args[Trouble])
				}
				if got != tt.want[p] {
					t.Errorf("%s: closed by %q, want %q", p, got, tt.want[p])
				}
			}
			if got, want := s.Closed != nil, len(tt.want) == len(bill.Purses); got != want {
				t.Errorf("closed altogether: %v, want %v", got, want)
			}
		})
	}
}

// A disk without room explains neither a clock nor a key: what is open waits for them, and IT must read of both.
func TestNoRoomHidesNothing(t *testing.T) {
	m := payment.Merchant{MchID: "1", AppID: "wx"}
	h := health{
		ledger: payment.ErrNoRoom,
		of:     map[string]payment.Health{"1": {Unauthorized: true, Clock: true, Trouble: errors.New("401")}},
	}
	c := New(Options{Keeper: h, Cashier: h, Merchant: func(bill.Purse) payment.Merchant { return m }})
	var got []doctor.Code
	for _, f := range doctor.Tell(c.Stops(t.Context()), time.Now()) {
		got = append(got, f.Code)
	}
	if want := []doctor.Code{doctor.Disk, doctor.Clock}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
