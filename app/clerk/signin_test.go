package clerk_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

func TestSession(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.hire("0217", clerk.RoleClerk)
		token := c.signIn("0217")
		k, err := c.Enter(ctx, token, window)
		if err != nil || k.Person.Number != "0217" || k.By != (payment.By{Device: window, Person: "0217"}) {
			t.Fatalf("%+v, %v", k, err)
		}
		if k.Person.PIN != "" || k.Person.Second != "" {
			t.Error("a face is given secrets")
		}
		for name, bad := range map[string][2]string{
			"another window": {token, "3号窗口"}, "no window": {token, ""}, "nothing": {"", window},
			"a secret alone": {strings.TrimPrefix(token, "0217"), window}, "another's": {"0218" + token[4:], window},
			"a guess": {"0217.AAAA", window}, "more": {token + "A", window},
		} {
			if _, err := c.Enter(ctx, bad[0], bad[1]); !errors.Is(err, clerk.ErrSignedOut) {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.restart()
		if _, err := c.Enter(ctx, token, window); err != nil {
			t.Errorf("after a start: %v", err)
		}
		second := c.signIn("0217")
		if _, err := c.Enter(ctx, token, window); !errors.Is(err, clerk.ErrSignedOut) {
			t.Errorf("two sessions of one person: %v", err)
		}
		for range 2 {
			if err := c.SignOut(ctx, second, window); err != nil {
				t.Error(err)
			}
			if _, err := c.Enter(ctx, second, window); !errors.Is(err, clerk.ErrSignedOut) {
				t.Errorf("signed out: %v", err)
			}
		}
	})
}

// A session locks by itself, by key and by a clock that was put back, and ends after a day's work.
func TestLock(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.hire("0217", clerk.RoleClerk)
		token := c.signIn("0217")
		locked := func(what string) {
			t.Helper()
			_, err := c.Enter(ctx, token, window)
			if l, ok := errors.AsType[*clerk.LockedError](err); !ok || l.Number != "0217" || l.Masked != "李*军" {
				t.Errorf("%s: %v", what, err)
			}
			if err := c.Unlock(ctx, token, window, "111222"); !errors.Is(err, clerk.ErrWrong) {
				t.Errorf("%s: unlocked by a wrong PIN: %v", what, err)
			}
			if err := c.Unlock(ctx, token, window, c.pins["0217"]); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := c.Enter(ctx, token, window); err != nil {
				t.Errorf("%s: after the PIN: %v", what, err)
			}
		}
		for range 10 {
			time.Sleep(clerk.IdleFor - time.Second)
			if _, err := c.Enter(ctx, token, window); err != nil {
				t.Fatalf("while it is used: %v", err)
			}
		}
		time.Sleep(clerk.IdleFor)
		locked("idle")
		for range 3 { // a page that asks by itself keeps nothing open
			time.Sleep(clerk.IdleFor / 2)
			_, _ = c.Watch(ctx, token, window)
		}
		locked("watched alone")
		if err := c.Lock(ctx, token, window); err != nil {
			t.Fatal(err)
		}
		locked("by key")
		c.restart()
		if err := c.Lock(ctx, token, window); err != nil {
			t.Fatal(err)
		}
		c.restart()
		locked("by key, and a start")

		ahead := func(by time.Duration) { // what a clock that is put back looks like: the last act is in the future
			_, err := c.ledger.SignIns().Update(ctx, "0217", func(
				s payment.SignIn, _ payment.Staff,
			) (payment.SignIn, payment.Entry, error) {
				s.Seen = time.Now().Add(by).UTC().Truncate(time.Microsecond)
				return s, payment.Entry{}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			c.restart()
		}
		ahead(2 * time.Hour)
		locked("the clock was put back")
		for range 120 { // used to the end of its time
			time.Sleep(4 * time.Minute)
			if _, err := c.Enter(ctx, token, window); err != nil {
				if !errors.Is(err, clerk.ErrSignedOut) {
					t.Error(err)
				}
				break
			}
		}
		s, err := c.ledger.SignIns().Get(ctx, "0217")
		if at := time.Since(s.Begun); err != nil || at < clerk.SessionFor || at > clerk.SessionFor+5*time.Minute {
			t.Errorf("it ended after %s, %v", at, err)
		}
	})
}

// Seen is stored once a minute at most: looking at pages writes next to nothing.
func TestSeenIsStoredByTheMinute(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		token := c.signIn("0217")
		stored := make(map[time.Time]bool)
		for range 300 {
			time.Sleep(time.Second)
			if _, err := c.Enter(c.Context(), token, window); err != nil {
				t.Fatal(err)
			}
			s, err := c.ledger.SignIns().Get(c.Context(), "0217")
			if err != nil {
				t.Fatal(err)
			}
			stored[s.Seen] = true
		}
		if len(stored) != 6 {
			t.Errorf("stored %d times in five minutes", len(stored))
		}
	})
}

// Five wrong tries, then a minute, two, four, over any restart; a right one in time forgets them.
func TestTries(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.hire("0217", clerk.RoleClerk)
		try := func(pin string) error {
			_, err := c.SignIn(ctx, window, "0217", pin, "")
			c.restart()
			return err
		}
		for n := range 4 {
			if err := try("000111"); !errors.Is(err, clerk.ErrWrong) {
				t.Errorf("try %d: %v", n+1, err)
			}
		}
		if err := try(c.pins["0217"]); err != nil {
			t.Errorf("the fifth, which is right: %v", err)
		}
		for range 4 {
			_ = try("000111")
		}
		for _, minutes := range []time.Duration{1, 2, 4, 8} {
			want := time.Now().Add(minutes * time.Minute)
			w, ok := errors.AsType[*clerk.WaitError](try("000111"))
			if !ok || !w.Until.Equal(want) {
				t.Fatalf("it waits until %+v, want %s", w, want)
			}
			time.Sleep(time.Until(want) - time.Second)
			if _, ok := errors.AsType[*clerk.WaitError](try(c.pins["0217"])); !ok {
				t.Fatalf("after %d minutes less a second the right PIN counts", minutes)
			}
			time.Sleep(time.Second)
		}
		if err := try(c.pins["0217"]); err != nil {
			t.Errorf("after its time: %v", err)
		}
		if p := c.person("0217"); p.Tries != 0 || !p.Closed.IsZero() {
			t.Errorf("%d tries, closed until %s", p.Tries, p.Closed)
		}
		if err := try("000111"); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A clock that was put back by a year closes nobody out for a year.
func TestTriesAndAClockPutBack(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		if _, err := c.ledger.People().Update(c.Context(), "0217", func(
			p payment.Person, _ payment.Staff,
		) (payment.Person, payment.Entry, error) {
			p.Tries, p.Closed = 6, time.Now().AddDate(1, 0, 0).UTC().Truncate(time.Microsecond)
			return p, payment.Entry{}, nil
		}); err != nil {
			t.Fatal(err)
		}
		_, err := c.SignIn(c.Context(), window, "0217", c.pins["0217"], "")
		if w, ok := errors.AsType[*clerk.WaitError](err); !ok || time.Until(w.Until) != 2*time.Minute {
			t.Fatalf("%v", err)
		}
		time.Sleep(2 * time.Minute)
		if _, err := c.SignIn(c.Context(), window, "0217", c.pins["0217"], ""); err != nil {
			t.Error(err)
		}
	})
}

// Of many who try at once, five have a try that counts: each is stored before it is compared.
func TestTriesAtOnce(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		var group sync.WaitGroup
		errs := make([]error, 7) // as many as find room
		for i := range errs {
			group.Go(func() { _, errs[i] = c.SignIn(c.Context(), window, "0217", "000111", "") })
		}
		group.Wait()
		if p := c.person("0217"); p.Tries != 5 {
			t.Errorf("%d tries counted, want 5", p.Tries)
		}
		for _, err := range errs {
			_, waits := errors.AsType[*clerk.WaitError](err)
			if !waits && !errors.Is(err, clerk.ErrWrong) {
				t.Error(err)
			}
		}
		if n := len(c.entries(clerk.EventSignInRefused)); n != 5 {
			t.Errorf("the audit tells of %d", n)
		}
	})
}

// Of two who use one code of the second factor at once, one is let in; no code is taken twice, early or late ones
// included.
func TestSecondFactor(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.hire(lead1, clerk.RoleLead)
		pin := c.pins[lead1]
		if _, err := c.SignIn(ctx, window, lead1, pin, c.code(lead1)); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("the code that set it: %v", err)
		}
		time.Sleep(time.Minute)
		for name, code := range map[string]string{"none": "", "a guess": "000000"} {
			if _, err := c.SignIn(ctx, window, lead1, pin, code); !errors.Is(err, clerk.ErrWrong) {
				t.Errorf("%s: %v", name, err)
			}
		}
		code := c.code(lead1)
		var group sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			group.Go(func() { _, errs[i] = c.SignIn(ctx, window, lead1, pin, code) })
		}
		group.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), clerk.ErrWrong) {
			t.Errorf("two at once: %v", errs)
		}
		time.Sleep(time.Minute)
		late := c.code(lead1)
		time.Sleep(30 * time.Second)
		if _, err := c.SignIn(ctx, window, lead1, pin, late); err != nil {
			t.Errorf("a step late: %v", err)
		}
		time.Sleep(time.Minute)
		old := c.code(lead1)
		time.Sleep(time.Minute)
		if _, err := c.SignIn(ctx, window, lead1, pin, old); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("two steps late: %v", err)
		}
	})
}

// Who shows everything again has it for that act alone.
func TestProof(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.founded()
		k, err := c.Enter(ctx, c.signIn(lead1), window)
		if err != nil {
			t.Fatal(err)
		}
		needs := func(k clerk.Clerk, r clerk.Right, proven bool) {
			t.Helper()
			if err := k.May(r); proven != (err == nil) || !proven && !errors.Is(err, clerk.ErrProof) {
				t.Errorf("%s: %v", r, err)
			}
		}
		needs(k, clerk.DecideRefund, false)
		needs(k, clerk.Countersign, false)
		needs(k, clerk.Find, true)
		byPIN, err := c.Prove(ctx, k, c.pins[lead1], "")
		if err != nil {
			t.Fatal(err)
		}
		needs(byPIN, clerk.DecideRefund, false)
		needs(byPIN, clerk.Countersign, true)
		time.Sleep(time.Minute)
		both, err := c.Prove(ctx, k, c.pins[lead1], c.code(lead1))
		if err != nil {
			t.Fatal(err)
		}
		needs(both, clerk.DecideRefund, true)
		needs(k, clerk.DecideRefund, false)
		for name, bad := range map[string][2]string{
			"PIN": {"000111", ""}, "code": {c.pins[lead1], "000000"}, "used code": {c.pins[lead1], c.code(lead1)},
		} {
			if got, err := c.Prove(ctx, k, bad[0], bad[1]); !errors.Is(err, clerk.ErrWrong) ||
				got.May(clerk.Countersign) == nil {
				t.Errorf("a wrong %s: %v", name, err)
			}
		}
		if _, err := c.Prove(ctx, c.console(), c.pins[lead1], ""); !errors.Is(err, clerk.ErrNoRight) {
			t.Errorf("the console: %v", err)
		}
	})
}

// What is handed out is used once, in its time, with a PIN that is not anybody's first guess.
func TestHandOut(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		h, err := c.AddStaff(ctx, c.console(), clerk.NewPerson{Number: lead1, Name: "李小军", Role: clerk.RoleLead})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SignIn(ctx, window, lead1, "", ""); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("signed in without a PIN: %v", err)
		}
		if _, err := c.Enrol(ctx, window, lead1, "AAAA-BBBB-CCCC-DDDD", ""); !errors.Is(err, clerk.ErrCode) {
			t.Errorf("a wrong code: %v", err)
		}
		seen, err := c.Enrol(ctx, window, lead1, h.Code, "") // by who has handed it out
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Enrol(ctx, window, lead1, strings.ToLower(strings.ReplaceAll(h.Code, "-", " ")), "")
		if err != nil || !strings.HasPrefix(e.Link, "otpauth://totp/") ||
			!strings.Contains(e.Link, "secret="+e.Secret) {
			t.Fatalf("%+v, %v", e, err)
		}
		c.secrets[lead1] = e.Secret
		if seen.Secret == e.Secret {
			t.Error("who has handed the code out has seen the second factor")
		}
		if again, err := c.Enrol(ctx, window, lead1, h.Code, e.Seed); err != nil || again != e {
			t.Errorf("looked at twice: %+v, %v", again, err)
		}
		for _, pin := range []string{"", "12345", "1234567890123", "111111", "123456", "987654", "12a456", "000108"} {
			err := c.TakeUp(ctx, window, lead1, h.Code, e.Seed, pin, c.code(lead1))
			if !errors.Is(err, clerk.ErrWeakPIN) {
				t.Errorf("PIN %q: %v", pin, err)
			}
		}
		if err := c.TakeUp(ctx, window, lead1, h.Code, e.Seed, "502917", "000000"); !errors.Is(err, clerk.ErrSecond) {
			t.Errorf("without the second factor: %v", err)
		}
		if err := c.TakeUp(ctx, window, lead1, h.Code, e.Seed, "502917", c.code(lead1)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Enrol(ctx, window, lead1, h.Code, ""); !errors.Is(err, clerk.ErrCode) {
			t.Errorf("used twice: %v", err)
		}
		late, err := c.AddStaff(ctx, c.console(), clerk.NewPerson{Number: lead2, Role: clerk.RoleLead})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(clerk.HandOutFor)
		if _, err := c.Enrol(ctx, window, lead2, late.Code, ""); !errors.Is(err, clerk.ErrCode) {
			t.Errorf("a week later: %v", err)
		}
	})
}

func TestCard(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		h, err := c.AddStaff(ctx, c.console(), clerk.NewPerson{Number: "0217", Role: clerk.RoleClerk,
			Card: "0007654321"})
		if err != nil {
			t.Fatal(err)
		}
		c.takeUp(h)
		if _, err := c.SignIn(ctx, window, "0007654321", c.pins["0217"], ""); err != nil {
			t.Errorf("card and PIN: %v", err)
		}
		if _, err := c.SignIn(ctx, window, "0007654321", "", ""); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("the card alone: %v", err)
		}
		if _, err := c.AddStaff(ctx, c.console(), clerk.NewPerson{
			Number: "0218", Role: clerk.RoleClerk, Card: "0007654321",
		}); !errors.Is(err, clerk.ErrTaken) {
			t.Errorf("two with one card: %v", err)
		}
	})
}

func TestChangePIN(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.founded()
		k, err := c.Enter(ctx, c.signIn(lead1), window)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ChangePIN(ctx, k, "502917"); !errors.Is(err, clerk.ErrProof) {
			t.Errorf("without the old one: %v", err)
		}
		if k, err = c.Prove(ctx, k, c.pins[lead1], ""); err != nil {
			t.Fatal(err)
		}
		if err := c.ChangePIN(ctx, k, "502917"); !errors.Is(err, clerk.ErrProof) {
			t.Errorf("a lead without the second factor: %v", err)
		}
		time.Sleep(time.Minute)
		if k, err = c.Prove(ctx, k, c.pins[lead1], c.code(lead1)); err != nil {
			t.Fatal(err)
		}
		if err := c.ChangePIN(ctx, k, "111111"); !errors.Is(err, clerk.ErrWeakPIN) {
			t.Error(err)
		}
		if err := c.ChangePIN(ctx, k, "502917"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Prove(ctx, k, c.pins[lead1], ""); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("the old one: %v", err)
		}
		if _, err := c.Prove(ctx, k, "502917", ""); err != nil || !clerk.Stands(c.person(lead1)) {
			t.Errorf("the new one: %v", err)
		}
	})
}

// Nothing that lies in the ledger's file opens an account, and no name, PIN or code stands in the audit.
func TestWhatIsStored(t *testing.T) {
	clerk.Dear(dear)
	defer clerk.Cheap()
	inCourt(t, func(c *court) {
		h, err := c.AddStaff(c.Context(), c.console(), clerk.NewPerson{
			Number: lead2, Name: "王小兰", Role: clerk.RoleLead, Card: "0007654321",
		})
		if err != nil {
			t.Fatal(err)
		}
		waiting := c.file()
		c.takeUp(h)
		c.hire(lead1, clerk.RoleLead)
		token := c.signIn(lead2)
		_, _ = c.SignIn(c.Context(), window, lead2, "000111", "")
		key, err := os.ReadFile(filepath.Join(c.dir, "clerk.key"))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(strings.TrimSpace(string(key)))
		if err != nil {
			t.Fatal(err)
		}
		_, secret, _ := strings.Cut(token, ".")
		for name, text := range map[string]string{
			"the code": h.Code, "the code, plain": strings.ReplaceAll(h.Code, "-", ""), "the PIN": c.pins[lead2],
			"the second factor": c.secrets[lead2], "the session": secret, "the card": "0007654321",
			"the key":      string(key),
			"the key, raw": string(raw),
		} {
			if strings.Contains(c.file(), text) || strings.Contains(waiting, text) {
				t.Errorf("%s stands in the ledger", name)
			}
		}
		p := c.person(lead2)
		if !strings.HasPrefix(p.PIN, "$argon2id$v=19$m=65536,t=3,p=1,keyid=") || p.Second == "" || p.Code != "" {
			t.Errorf("stored: %+v", p)
		}
		for _, e := range c.entries("") {
			if strings.ContainsAny(e.Note, "王兰李军") || strings.Contains(e.Note, c.pins[lead2]) {
				t.Errorf("the audit says %q", e.Note)
			}
		}
		// with another machine's key nobody is let in
		if err := os.Remove(filepath.Join(c.dir, "clerk.key")); err != nil {
			t.Fatal(err)
		}
		c.restart()
		time.Sleep(time.Minute)
		if _, err := c.SignIn(c.Context(), window, lead2, c.pins[lead2], c.code(lead2)); !errors.Is(err,
			clerk.ErrSealed) {
			t.Errorf("with another key: %v", err)
		}
	})
}

// file is everything in the ledger's file.
func (c *court) file() string {
	c.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "ledger.db"))
	if err != nil {
		c.Fatal(err)
	}
	return string(text)
}

// entries are those of the audit, of one event or of all.
func (c *court) entries(event string) (list []payment.Entry) {
	c.Helper()
	all, err := c.ledger.Since(c.Context(), 0, payment.MaxPage)
	if err != nil {
		c.Fatal(err)
	}
	for _, e := range all {
		if event == "" || e.Event == event {
			list = append(list, e)
		}
	}
	return list
}
