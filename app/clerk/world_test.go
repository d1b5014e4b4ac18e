package clerk_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

const (
	lead1, lead2 = "0108", "0109"
	window       = "2号窗口"
	console      = "03"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, payment.China)

// dear is what a hash costs in the program.
var dear = clerk.Cheap()

// A court is a desk with a real file for a ledger, and what its people have in their heads and pockets.
type court struct {
	*testing.T
	*clerk.Desk
	dir     string
	ledger  *bolt.Ledger
	pins    map[string]string
	secrets map[string]string // of their authenticator apps
}

// inCourt runs f at noon in a court where nobody has an account.
func inCourt(t *testing.T, f func(*court)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon))
		c := &court{T: t, dir: t.TempDir(), pins: make(map[string]string), secrets: make(map[string]string)}
		c.open()
		defer func() { _ = c.ledger.Close() }()
		f(c)
	})
}

func (c *court) open() {
	c.Helper()
	l, err := bolt.Open(filepath.Join(c.dir, "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		c.Fatal(err)
	}
	c.ledger = l
	c.Desk = clerk.New(clerk.Options{
		Ledger: l, Device: console, Issuer: "北京市东城区人民法院", Key: filepath.Join(c.dir, "clerk.key"),
		Log: slog.New(slog.DiscardHandler),
	})
}

// restart is a pulled plug.
func (c *court) restart() {
	c.Helper()
	if err := c.ledger.Close(); err != nil {
		c.Fatal(err)
	}
	c.open()
}

func (c *court) console() clerk.Clerk { return clerk.Console(console, clerk.UnixSocket) }

// hire gives somebody an account by the console, which its person takes up.
func (c *court) hire(number string, r clerk.Role) {
	c.Helper()
	h, err := c.AddStaff(c.Context(), c.console(), clerk.NewPerson{Number: number, Name: "李小军", Role: r})
	if err != nil {
		c.Fatal(err)
	}
	c.takeUp(h)
}

// takeUp is what a person does with the paper that was handed out.
func (c *court) takeUp(h clerk.HandOut) {
	c.Helper()
	c.pins[h.Number] = "8" + h.Number + "7"
	e, err := c.Enrol(c.Context(), window, h.Number, h.Code, "")
	if err != nil {
		c.Fatal(err)
	}
	c.secrets[h.Number] = e.Secret
	if err := c.TakeUp(c.Context(), window, h.Number, h.Code, e.Seed, c.pins[h.Number], c.code(h.Number)); err != nil {
		c.Fatal(err)
	}
}

// code is what a person's app shows; empty of who has none.
func (c *court) code(number string) string {
	c.Helper()
	if c.secrets[number] == "" {
		return ""
	}
	code, err := totp.GenerateCode(c.secrets[number], time.Now())
	if err != nil {
		c.Fatal(err)
	}
	return code
}

// signIn signs somebody in, with a code that was not used yet.
func (c *court) signIn(number string) (token string) {
	c.Helper()
	time.Sleep(time.Minute)
	token, err := c.SignIn(c.Context(), window, number, c.pins[number], c.code(number))
	if err != nil {
		c.Fatal(err)
	}
	return token
}

// at is somebody who is signed in and has shown everything again.
func (c *court) at(number string) clerk.Clerk {
	c.Helper()
	k, err := c.Enter(c.Context(), c.signIn(number), window)
	if err != nil {
		c.Fatal(err)
	}
	time.Sleep(time.Minute)
	if k, err = c.Prove(c.Context(), k, c.pins[number], c.code(number)); err != nil {
		c.Fatal(err)
	}
	return k
}

// founded has the two leads that every court begins with.
func (c *court) founded() {
	c.Helper()
	c.hire(lead1, clerk.RoleLead)
	c.hire(lead2, clerk.RoleLead)
	for by, whom := range map[string]string{lead1: lead2, lead2: lead1} {
		if err := c.ConfirmStaff(c.Context(), c.at(by), whom); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *court) person(number string) payment.Person {
	c.Helper()
	p, err := c.ledger.People().Get(context.Background(), number)
	if err != nil {
		c.Fatal(err)
	}
	return p
}
