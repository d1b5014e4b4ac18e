package wechat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// certified is a gateway in certificate mode in a bubble, over a road that can be down.
func certified(t *testing.T, live func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &road{newSim(t, wechatsim.Guesses{}), map[string]func(context.Context) error{}}
		a := account(r.sim)
		inCertificateMode(&a)
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: r})
		if err != nil {
			t.Fatal(err)
		}
		live(t, r, g, order(t, g))
	})
}

func fetches(sim *wechatsim.Sim) int {
	n := 0
	for _, c := range sim.Calls() {
		if c.Op == "certificates" {
			n++
		}
	}
	return n
}

func TestCertificatesOfAKioskThatBootsOffline(t *testing.T) {
	certified(t, func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order) {
		r.down[mainHost], r.down[backupHost] = refused, refused
		for range 2 {
			_, err := g.Query(t.Context(), o)
			checkError(t, "certificates", err, payment.ErrUnknown)
		}
		delete(r.down, backupHost)
		if _, err := g.Prepay(t.Context(), o); err != nil || r.last() != backupHost {
			t.Errorf("create over the backup host = %v", err)
		}
		delete(r.down, mainHost)
		if _, err := g.Prepay(t.Context(), o); err != nil || fetches(r.sim) != 1 {
			t.Errorf("create = %v after %d fetches", err, fetches(r.sim))
		}
	})
}

// The whole change of certificates happens while the machine runs and the net is down.
func TestCertificatesThatChangedInTheDark(t *testing.T) {
	certified(t, func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order) {
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		for name, pause := range map[string]time.Duration{"at once": 0, "after 30 hours": 30 * time.Hour} {
			time.Sleep(pause)
			if err := r.sim.Rotate(); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the first answer may not be believed, as after any bad signature
				if _, err := g.Query(t.Context(), o); err != nil {
					checkError(t, "query", err, payment.ErrUnknown)
				}
			}
			before := fetches(r.sim)
			if rep, err := g.Query(t.Context(), o); err != nil || rep.State != payment.TradeNotPaid ||
				fetches(r.sim) != before {
				t.Errorf("%s: query = %+v, %v", name, rep, err)
			}
		}
	})
}

func TestCertificatesAreRefreshed(t *testing.T) {
	certified(t, func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order) {
		ask := func(when string, want int) {
			t.Helper()
			if _, err := g.Query(t.Context(), o); err != nil && !errors.Is(err, payment.ErrAbsent) {
				t.Errorf("%s: %v", when, err)
			}
			if got := fetches(r.sim); got != want {
				t.Errorf("%s: fetched %d times, want %d", when, got, want)
			}
		}
		ask("at first", 1)
		time.Sleep(11 * time.Hour)
		ask("11 hours later", 1)
		time.Sleep(time.Hour)
		ask("12 hours later", 2)
		time.Sleep(12 * time.Hour)
		r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Lost: c.Op == "certificates"}
		})
		ask("when they cannot be had, the old ones serve", 3)
		ask("right after", 3)
		time.Sleep(5 * time.Minute)
		ask("5 minutes later", 4)
		r.sim.Inject(nil)
		time.Sleep(5 * time.Minute)
		ask("once they can be had again", 5)
		ask("right after that", 5)
		time.Sleep(12 * time.Hour)
		r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			if c.Op != "certificates" {
				return nil
			}
			return &wechatsim.Fault{Delay: time.Minute}
		})
		start := time.Now()
		ask("when they are slow to come, the call still has time", 6)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestCertificatesThatCannotBeHad(t *testing.T) {
	first := func(m map[string]any) map[string]any { return m["data"].([]any)[0].(map[string]any) }
	sealed := func(m map[string]any) map[string]any { return first(m)["encrypt_certificate"].(map[string]any) }
	tests := map[string]struct {
		fault wechatsim.Fault
		want  error
		words string
	}{
		"a merchant without": {wechatsim.Fault{Status: 404, Code: "RESOURCE_NOT_EXISTS"}, payment.ErrUnknown,
			"use public key mode"},
		"no right": {wechatsim.Fault{Status: 403, Code: "NO_AUTH"}, payment.ErrUnknown, "NO_AUTH"},
		"wrong key": {wechatsim.Fault{Status: 401, Code: "SIGN_ERROR"}, payment.ErrUnauthorized,
			"SIGN_ERROR"},
		"wrong clock": {wechatsim.Fault{Status: 401, Code: "SIGN_ERROR", Clock: time.Hour}, payment.ErrClock,
			"SIGN_ERROR"},
		"too many": {wechatsim.Fault{Status: 429, Code: "FREQUENCY_LIMITED"}, payment.ErrThrottled, ""},
		"portal":   {wechatsim.Fault{HTML: true}, payment.ErrUnknown, ""},
		"lost":     {wechatsim.Fault{Lost: true}, payment.ErrUnknown, "reset"},
		"late":     {wechatsim.Fault{Late: time.Minute}, payment.ErrUnknown, "deadline"},
		"empty object": {wechatsim.Fault{Distort: func(m map[string]any) { clear(m) }}, payment.ErrUnknown,
			"empty list"},
		"empty list": {wechatsim.Fault{Distort: func(m map[string]any) { m["data"] = []any{} }},
			payment.ErrUnknown, "empty list"},
		"empty entry": {wechatsim.Fault{Distort: func(m map[string]any) { clear(first(m)) }},
			payment.ErrUnknown, "nonce"},
		"short nonce": {wechatsim.Fault{Distort: func(m map[string]any) { sealed(m)["nonce"] = "1" }},
			payment.ErrUnknown, "nonce"},
		"sealed otherwise": {wechatsim.Fault{Distort: func(m map[string]any) { sealed(m)["nonce"] = "123456789012" }},
			payment.ErrUnknown, "APIv3 key"},
		"no ciphertext": {wechatsim.Fault{Distort: func(m map[string]any) { delete(sealed(m), "ciphertext") }},
			payment.ErrUnknown, "APIv3 key"},
		"ciphertext no base64": {wechatsim.Fault{Distort: func(m map[string]any) { sealed(m)["ciphertext"] = "***" }},
			payment.ErrUnknown, "APIv3 key"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			certified(t, func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order) {
				r.sim.Inject(always(tt.fault))
				_, err := g.Prepay(t.Context(), o)
				checkError(t, "certificates", err, tt.want)
				if !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), apiv3) {
					t.Errorf("create = %v, want %q", err, tt.words)
				}
				r.sim.Inject(nil)
				if _, err := g.Prepay(t.Context(), o); err != nil {
					t.Errorf("create after the trouble = %v", err)
				}
			})
		})
	}
}

// A probe by WeChat, or an answer by a wrong clock, does not throw certificates away that cannot be had again.
func TestDoubtKeepsTheOldCertificates(t *testing.T) {
	certified(t, func(t *testing.T, r *road, g *wechat.Gateway, o payment.Order) {
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		r.sim.Inject(always(wechatsim.Fault{SignTest: true}))
		_, err := g.Query(t.Context(), o)
		checkError(t, "query", err, payment.ErrUnknown)
		r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Lost: c.Op == "certificates"}
		})
		if _, err := g.Query(t.Context(), o); err != nil {
			t.Errorf("query with the old certificates = %v", err)
		}
	})
}

// While WeChat moves a merchant from its certificates to the public key, any answer may be signed by either: the share
// of the key grows over days, and at its end there are no certificates any more.
func TestEitherKeyIsBelievedWhileWeChatMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &road{newSim(t, wechatsim.Guesses{}), map[string]func(context.Context) error{}}
		a := account(r.sim)
		a.APIv3Key = apiv3
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: r})
		if err != nil {
			t.Fatal(err)
		}
		o := order(t, g)
		for _, share := range []int{0, 1, 50, 99, 100} { // per cent by the key
			n := 0
			r.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
				n++
				return &wechatsim.Fault{Certificate: n*share/100 == (n-1)*share/100}
			})
			for range 100 {
				if _, err := g.Prepay(t.Context(), o); err != nil {
					t.Fatalf("%d %% by the key: %v", share, err)
				}
			}
			time.Sleep(time.Second)
		}
		if n := fetches(r.sim); n != 1 {
			t.Errorf("fetched certificates %d times", n)
		}
	})
}

// What hinders the certificates does not hinder who has the public key, before the move, after it, and in the dark.
func TestTheKeyServesWithoutCertificates(t *testing.T) {
	for name, tt := range map[string]struct {
		fault wechatsim.Fault
		again time.Duration // until they are asked for again
	}{
		"there are none": {wechatsim.Fault{Status: 404, Code: "RESOURCE_NOT_EXISTS"}, 12 * time.Hour},
		"no answer":      {wechatsim.Fault{Lost: true}, 5 * time.Minute},
		"rubbish":        {wechatsim.Fault{HTML: true}, 5 * time.Minute},
		"slow":           {wechatsim.Fault{Delay: time.Minute}, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &road{newSim(t, wechatsim.Guesses{}), map[string]func(context.Context) error{}}
				a := account(r.sim)
				a.APIv3Key = apiv3
				g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: r})
				if err != nil {
					t.Fatal(err)
				}
				o := order(t, g)
				r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
					if c.Op != "certificates" {
						return nil
					}
					return &tt.fault
				})
				if _, err := g.Prepay(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				ask := func(when string, want int) {
					t.Helper()
					if _, err := g.Query(t.Context(), o); err != nil || fetches(r.sim) != want {
						t.Errorf("%s: %v, %d fetches, want %d", when, err, fetches(r.sim), want)
					}
				}
				ask("right after", 1)
				time.Sleep(tt.again - time.Minute)
				ask("before it is time", 1)
				time.Sleep(2 * time.Minute)
				ask("when it is time", 2)
				r.sim.Inject(always(wechatsim.Fault{Certificate: true}))
				_, _ = g.Query(t.Context(), o) // its certificate is not known yet
				if _, err := g.Query(t.Context(), o); err != nil {
					t.Errorf("query by a certificate = %v", err)
				}
			})
		})
	}
}
