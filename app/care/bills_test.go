package care

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

func TestBillsDue(t *testing.T) {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, payment.China).UTC()
	}
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, payment.China) }
	read := payment.Statement{State: payment.StatementRead, Hash: "x"}
	for name, tt := range map[string]struct {
		now   time.Time
		known map[string]payment.Statement
		want  []int
	}{
		"yesterday's, before ten":  {at(24, 9, 59), nil, nil},
		"yesterday's, at ten":      {at(24, 10, 0), nil, []int{23}},
		"just after midnight":      {at(24, 0, 1), nil, nil},
		"a week off, in the night": {at(27, 3, 0), nil, []int{23, 24, 25}},
		"a week off":               {at(27, 12, 0), nil, []int{23, 24, 25, 26}},
		"but what is read": {at(26, 12, 0), map[string]payment.Statement{"2026-11-23": read,
			"2026-11-24": {State: payment.StatementEmpty}}, []int{25}},
		"no bill, a moment ago": {at(24, 10, 10), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementAbsent, Asked: at(24, 10, 0)}}, nil},
		"no bill, a quarter ago": {at(24, 10, 15), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementRefused, Asked: at(24, 10, 0)}}, []int{23}},
		"no fund-flow bill, a quarter ago": {at(24, 10, 15), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementRead, Hash: "x", FundsWhy: "STATEMENT_CREATING", Asked: at(24, 10, 0)}}, []int{23}},
		"no fund-flow bill for days": {at(26, 9, 0), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementRead, Hash: "x", FundsWhy: "NO_AUTH", Asked: at(26, 3, 1)}, "2026-11-24": read},
			nil},
		"no fund-flow bill for days, six hours ago": {at(26, 9, 0), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementRead, Hash: "x", FundsWhy: "NO_AUTH", Asked: at(26, 3, 0)}, "2026-11-24": read},
			[]int{23}},
		"no statement of a day with payments": {at(24, 10, 15), map[string]payment.Statement{"2026-11-23": {
			State: payment.StatementRead, Asked: at(24, 10, 0)}}, []int{23}},
	} {
		var got []int
		for _, d := range billsDue(tt.now, day(23), tt.known) {
			got = append(got, d.Day())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	if got := firstBill(at(24, 12, 0), at(20, 23, 0), false); !got.Equal(day(20)) {
		t.Errorf("of a young ledger: %s", got)
	}
	if got := firstBill(at(24, 12, 0), at(20, 23, 0), true); got.Format(time.DateOnly) != "2026-08-25" {
		t.Errorf("of a restored ledger: %s", got)
	}
}

// The kiosk's own clock: nothing before ten, each quarter of an hour while there is no bill, a week that it was off in
// the order of its days, and no day twice.
func TestBillsByTheClock(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		merchant := ledgertest.Request(1).Merchant
		serial := strings.Repeat("A", 40)
		sim, err := wechatsim.New(wechatsim.Options{Key: key, Merchants: []wechatsim.Merchant{{MchID: merchant.MchID,
			AppID: merchant.AppID, Serial: serial, PublicKey: &key.PublicKey}}})
		if err != nil {
			t.Fatal(err)
		}
		gate, err := wechat.New(wechat.Config{Hosts: []string{"https://sim.example"}, Transport: sim.Transport(),
			Accounts: []wechat.Account{{Merchant: merchant, MerchantSerial: serial, PrivateKey: key,
				PublicKeyID: sim.PublicKeyID(), PublicKey: sim.PublicKey(), NotifyURL: "https://court.example/n"}}})
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		l := ledgertest.NewMemory(payment.Identity{Instance: "4f1c", Made: time.Now()})
		cashier := payment.NewCashier(payment.Desk{Ledger: l, Gateway: gate, Kiosk: "03", Log: log})
		c := New(Parts{Ledger: l, Keeper: l, Cashier: cashier, Log: log,
			Merchant: func(bill.Purse) payment.Merchant { return merchant },
			Bills: &reconcile.Office{Ledger: l, Cashier: cashier, Log: log,
				Device: func(_ context.Context, d string) (bool, error) { return d == "03", nil }}})
		if err := cashier.Probe(t.Context(), merchant); err != nil { // its clock is heard
			t.Fatal(err)
		}
		var mu sync.Mutex
		creating := true
		sim.Inject(func(call wechatsim.Call) *wechatsim.Fault {
			mu.Lock()
			defer mu.Unlock()
			if call.Op == "trade bill" && creating {
				return &wechatsim.Fault{Status: 400, Code: "STATEMENT_CREATING"}
			}
			return nil
		})
		asked := func() (n int) {
			for _, call := range sim.Calls() {
				if call.Op == "trade bill" {
					n++
				}
			}
			return n
		}
		until := func(day, hour, minute int) {
			time.Sleep(time.Until(time.Date(2000, 1, day, hour, minute, 30, 0, payment.China)))
			synctest.Wait()
		}
		ctx, stop := context.WithCancel(t.Context())
		go c.watchBills(ctx)
		until(2, 9, 59)
		if asked() != 0 {
			t.Errorf("%d questions before ten", asked())
		}
		until(2, 11, 1)
		if asked() != 5 {
			t.Errorf("%d questions between ten and eleven, want one each quarter", asked())
		}
		stop()
		synctest.Wait()
		mu.Lock()
		creating = false
		mu.Unlock()
		until(9, 12, 0) // a week off
		before := asked()
		ctx, stop = context.WithCancel(t.Context())
		defer stop()
		go c.watchBills(ctx)
		until(9, 13, 0)
		list, err := l.Statements().List(t.Context(), payment.Range{N: 100})
		if err != nil || len(list) != 8 || asked() != before+8 {
			t.Fatalf("%d days by %d questions, %v", len(list), asked()-before, err)
		}
		for i, s := range list {
			if s.Day != fmt.Sprintf("2000-01-%02d", i+1) || s.State != payment.StatementEmpty ||
				i > 0 && s.Asked.Before(list[i-1].Asked) {
				t.Errorf("%+v", s)
			}
		}
		stop()
		synctest.Wait()
	})
}
