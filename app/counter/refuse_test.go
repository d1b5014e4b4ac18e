package counter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Every code is met by what a visitor can do, or by what can happen to the machine meanwhile.
func TestEveryRefusal(t *testing.T) {
	pay := func(w *world, d Due) error {
		_, err := w.Pay(w.t.Context(), ask(d, "later"))
		return err
	}
	find := func(w *world, serial, court string) error {
		n := number
		n.Serial, n.Court = serial, court
		_, err := w.Find(w.t.Context(), bill.Query{Case: n})
		return err
	}
	trouble := func(with error) func(w *world) error {
		return func(w *world) error {
			d := w.only()
			w.gate.fail(with)
			_ = w.cashier.Probe(w.t.Context(), w.Merchant(bill.Litigation))
			return pay(w, d)
		}
	}
	tests := map[Code]func(w *world) error{
		NotFound:    func(w *world) error { return find(w, "9", "京0101") },
		OtherCourt:  func(w *world) error { return find(w, "1", "沪0101") },
		CourtSilent: func(w *world) error { w.court.silent = true; return find(w, "1", "京0101") },
		Gone:        func(w *world) error { d := w.only(); w.court.bills[0].Withdrawn = true; return pay(w, d) },
		Missing:     func(w *world) error { d := w.only(); w.court.bills[0].Missing = true; return pay(w, d) },
		Settled:     func(w *world) error { d := w.only(); w.court.bills[0].Settled = true; return pay(w, d) },
		Changed:     func(w *world) error { d := w.only(); w.court.bills[0].Amount++; return pay(w, d) },
		Paid:        func(w *world) error { w.paidBy("a"); return pay(w, w.only()) },
		PaidElsewhere: func(w *world) error {
			w.gate.foreign = true
			p := w.take("a")
			w.gate.pays(p.Order)
			w.at(p.Order)
			time.Sleep(time.Minute)
			return pay(w, w.only())
		},
		Elsewhere: func(w *world) error {
			w.gate.foreign = true
			w.take("a")
			return pay(w, w.only())
		},
		Disputed: func(w *world) error {
			w.gate.altered = true
			p := w.take("a")
			w.gate.pays(p.Order)
			w.at(p.Order)
			return pay(w, w.only())
		},
		Returned: func(w *world) error {
			p := w.paidBy("a")
			w.gate.refunds(p.Order)
			return pay(w, w.only())
		},
		ChangedAfter: func(w *world) error {
			w.paidBy("a")
			w.court.bills[0].Amount++
			return pay(w, w.only())
		},
		Resting: func(w *world) error {
			return w.refuse(w.t.Context(), "", &payment.BlockedError{Order: payment.Order{State: payment.Void}})
		},
		TryLater: func(w *world) error {
			w.gate.used = 60
			return pay(w, w.only())
		},
		Unreachable:  trouble(payment.ErrUnknown),
		Throttled:    trouble(payment.ErrThrottled),
		Unauthorized: trouble(payment.ErrUnauthorized),
		Unverified:   trouble(payment.ErrUnverified),
		ClockWrong:   func(w *world) error { return w.refuse(w.t.Context(), "", payment.ErrClock) },
		Rejected:     func(w *world) error { return w.refuse(w.t.Context(), "", payment.ErrRefused) },
		Away: func(*world) error { // an order that is followed says so; a new one is Closed
			return &Refusal{Code: codeOf(fmt.Errorf("%w: %w", payment.ErrUnknown, payment.ErrAway))}
		},
		Closed: func(w *world) error { d := w.only(); w.gate.offset = 3 * time.Minute; return pay(w, d) },
		Printed: func(w *world) error {
			p := w.paidBy("a")
			for range 2 {
				if _, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"}); err != nil {
					return err
				}
			}
			return nil
		},
		NoReceipt: func(w *world) error {
			p := w.take("a")
			_, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"})
			return err
		},
		NotProven: func(w *world) error {
			p := w.paidBy("a")
			_, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "b"})
			return err
		},
		TooManyTries: func(w *world) error {
			p := w.paidBy("a")
			var err error
			for range payment.MaxTries + 1 {
				_, err = w.Prove(w.t.Context(), Proof{Order: p.Order, Visit: "b", Digits: "123456"})
				time.Sleep(time.Minute)
			}
			return err
		},
		Unbelieved: func(w *world) error {
			_, err := w.Present(w.t.Context(), Presented{Code: "CRT1.NONE", Visit: "b"})
			return err
		},
		NotHere: func(w *world) error {
			key := w.signs()
			code := key.Sign(receipt.Receipt{Number: "PZ-1", TransactionID: "4200001234567890000001"}).Code
			_, err := w.Present(w.t.Context(), Presented{Code: code, Visit: "b"})
			return err
		},
		Internal: func(w *world) error { w.court.failed = errors.New("a stranger"); return find(w, "1", "京0101") },
	}
	if got, want := slices.Sorted(maps.Keys(tests)), slices.Sorted(slices.Values(Codes)); !slices.Equal(got, want) {
		t.Errorf("tested %v, want %v", got, want)
	}
	for code, meet := range tests {
		t.Run(string(code), func(t *testing.T) {
			inWorld(t, func(w *world) {
				r := refused(w.t, "it", meet(w), code)
				if (r.Now != nil) != (code == Changed) || (r.Args[Trouble] != "") != (code == Closed) {
					t.Errorf("refused with %+v, %v", r.Now, r.Args)
				}
			})
		})
	}
}

func TestStanding(t *testing.T) {
	only := func(purse bill.Purse) func(string) bool {
		return func(mchid string) bool { return mchid != "1900000001-"+string(purse) }
	}
	probe := func(w *world, p bill.Purse, err error) {
		w.gate.fail(err)
		for range 2 {
			_ = w.cashier.Probe(w.t.Context(), w.Merchant(p))
		}
		w.gate.fail(nil)
	}
	all := map[bill.Purse]string{}
	tests := map[string]struct {
		make func(w *world)
		all  string // trouble of all purses
		some map[bill.Purse]string
	}{
		"well":               {func(*world) {}, "", all},
		"WeChat silent":      {func(w *world) { probe(w, bill.Fine, payment.ErrUnknown) }, "", all},
		"the ledger failed":  {func(w *world) { w.ledger.Fail(payment.ErrFailed) }, TroubleLedger, all},
		"the ledger is away": {func(w *world) { w.ledger.Fail(payment.ErrAway) }, TroubleAway, all},
		"no room":            {func(w *world) { w.ledger.Fail(payment.ErrNoRoom) }, TroubleDisk, all},
		"the clock":          {func(w *world) { w.gate.offset = -3 * time.Minute }, TroubleClock, all},
		"the key of fines": {
			func(w *world) { w.gate.serves = only(bill.Fine) }, "", map[bill.Purse]string{bill.Fine: TroubleNoKey},
		},
		"fines refused": {
			func(w *world) { probe(w, bill.Fine, payment.ErrUnauthorized) }, "",
			map[bill.Purse]string{bill.Fine: TroubleUnauthorized},
		},
		"no key at all": {func(w *world) { w.gate.serves = func(string) bool { return false } }, TroubleNoKey, nil},
		"a clock that WeChat says": {func(w *world) {
			w.gate.fail(payment.ErrClock)
			_ = w.cashier.Probe(w.t.Context(), w.Merchant(bill.Fine))
		}, TroubleClock, all},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				tt.make(w)
				s := w.Standing(w.t.Context())
				if got := troubleOf(s.Closed); got != tt.all {
					t.Errorf("all purses are closed for %q, want %q", got, tt.all)
				}
				for _, p := range bill.Purses {
					want := tt.some[p]
					if tt.all != "" {
						want = tt.all
					}
					if got := troubleOf(s.Of(p)); got != want {
						t.Errorf("%s is closed for %q, want %q", p, got, want)
					}
				}
			})
		})
	}
}

func troubleOf(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Args[Trouble]
}
