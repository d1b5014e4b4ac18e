// Package clerktest has the people of a court for tests of faces: accounts that were made, taken up and confirmed as in
// a court, with PINs and authenticator apps that a test can use.
package clerktest

import (
	"context"
	"encoding/base32"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"courtkiosk/app/clerk"
)

// The people of every test court, one of each role and a second lead.
const (
	Clerk   = "0217"
	Lead    = "0108"
	Second  = "0109" // the other lead
	Finance = "0305"
	Auditor = "0402"
	IT      = "0501"
)

// A Member is who has an account.
type Member struct {
	Number, Name string
	Role         clerk.Role
}

// Members are all people of a test court. The leads come first: they found it.
var Members = []Member{
	{Lead, "李建军", clerk.RoleLead}, {Second, "陈志远", clerk.RoleLead}, {Clerk, "王小兰", clerk.RoleClerk},
	{Finance, "周亚敏", clerk.RoleFinance}, {Auditor, "孙立", clerk.RoleAuditor}, {IT, "吴晓东", clerk.RoleIT},
}

// People are the members with what they have in their heads and pockets.
type People struct {
	desk *clerk.Desk

	mu      sync.Mutex
	secrets map[string]string
	used    map[string]int64 // the last step of each app whose code was given out
}

// founding is how long it takes in the court's time.
const founding = 20 * time.Minute

// Found founds the court of a desk: all Members stand. What takes time happens in a bubble that ends now, so that the
// codes of the apps are unused.
func Found(t *testing.T, d *clerk.Desk) *People {
	t.Helper()
	var p *People
	until := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(until.Add(-founding)))
		p = FoundHere(t, d)
	})
	return p
}

// FoundHere does so in the bubble that it is called in.
func FoundHere(t *testing.T, d *clerk.Desk) *People {
	t.Helper()
	p := Apps()
	p.desk = d
	p.found(t)
	return p
}

// Apps are the apps of people whose desk a test does not hold: it has what Take gives it.
func Apps() *People { return &People{secrets: make(map[string]string), used: make(map[string]int64)} }

// Copied are the same people at a desk over a copy of their ledger and of the machine's key.
func (p *People) Copied(d *clerk.Desk) *People {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &People{desk: d, secrets: maps.Clone(p.secrets), used: maps.Clone(p.used)}
}

// Take gives a test the app of somebody else, by the secret that was shown.
func (p *People) Take(number, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secrets[number] = secret
}

func (p *People) found(t *testing.T) {
	t.Helper()
	console := clerk.Console("03", clerk.UnixSocket)
	ctx := context.Background()
	for _, m := range Members {
		h, err := p.desk.AddStaff(ctx, console, clerk.NewPerson{Number: m.Number, Name: m.Name, Role: m.Role})
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.desk.Enrol(ctx, "", h.Number, h.Code, "")
		if err != nil {
			t.Fatal(err)
		}
		p.secrets[h.Number] = e.Secret
		if err := p.desk.TakeUp(ctx, "", h.Number, h.Code, e.Seed, PIN(h.Number), p.Code(h.Number)); err != nil {
			t.Fatal(err)
		}
	}
	for _, by := range []string{Second, Lead} {
		who := p.At(t, by)
		for _, m := range Members {
			whole := m.Role == clerk.RoleLead || by == Lead // the first lead does all but the leads
			if m.Number == by || !whole {
				continue
			}
			if err := p.desk.ConfirmStaff(ctx, who, m.Number); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// PIN is a member's.
func PIN(number string) string { return "8" + number + "7" }

// Code is what a member's app shows that was not used yet; empty of who has none. After three in half a minute it
// waits for the next.
func (p *People) Code(number string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.secrets[number] == "" {
		return ""
	}
	const period, margin = 30, 5 // the code of the step before is not given away shortly before it counts no more
	step := max((time.Now().Unix()+margin)/period-1, p.used[number]+1)
	time.Sleep(time.Until(time.Unix((step-1)*period, 0)))
	p.used[number] = step
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(p.secrets[number])
	if err != nil {
		panic(err) // it comes from Enrol
	}
	code, err := hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(secret), uint64(step),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		panic(fmt.Sprint("no code of ", number, ": ", err))
	}
	return code
}

// SignIn signs a member in at a window and returns the session's token.
func (p *People) SignIn(t testing.TB, number, window string) string {
	t.Helper()
	token, err := p.desk.SignIn(context.Background(), window, number, PIN(number), p.Code(number))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// At is a member who is signed in without a window, and has shown PIN and code again.
func (p *People) At(t testing.TB, number string) clerk.Clerk {
	t.Helper()
	who, err := p.desk.Enter(context.Background(), p.SignIn(t, number, ""), "")
	if err == nil {
		who, err = p.desk.Prove(context.Background(), who, PIN(number), p.Code(number))
	}
	if err != nil {
		t.Fatal(err)
	}
	return who
}
