package clerk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
)

// How long a session lasts.
const (
	SessionFor = 8 * time.Hour
	IdleFor    = 5 * time.Minute // until it locks
	seenEach   = time.Minute     // how often the last act is stored at most
	clockSlack = time.Minute     // that a clock may be put back without locking
)

// After how many wrong tries somebody must wait, first a minute, and twice as long after each one more.
const (
	freeTries = 5
	firstWait = time.Minute
	longest   = 24 * time.Hour
)

// What the audit calls the comings and goings of people.
const (
	EventSignedIn      = "signed-in"
	EventSignedOut     = "signed-out"
	EventSignInRefused = "sign-in-refused" // its Note says whose number was typed: who has typed it nobody knows
)

// What signing in is refused for.
var (
	// ErrWrong means: number, PIN and code do not belong together. Which of them is wrong is not said.
	ErrWrong = errors.New("clerk: number, PIN or code is wrong")
	// ErrSignedOut means: there is no session, or no longer.
	ErrSignedOut = errors.New("clerk: nobody is signed in")
	// ErrCode means: no account waits for the code that was handed out, or its time is over.
	ErrCode = errors.New("clerk: the code that was handed out is wrong, used or too old")
	// ErrSecond means: the code of the authenticator app does not fit what it was shown.
	ErrSecond = errors.New("clerk: the code is not the app's")
)

// A WaitError means: after too many wrong tries none counts before Until.
type WaitError struct {
	Tries int
	Until time.Time
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("clerk: %d wrong tries; the next counts at %s", e.Tries, e.Until.Format(time.RFC3339))
}

// A LockedError means: the session is whole, and the PIN is wanted before it goes on.
type LockedError struct {
	Number, Masked string
	Role           Role
	Since          time.Time
	Wait           time.Time // no PIN counts before
}

func (e *LockedError) Error() string { return "clerk: the session is locked" }

// wait is how long nobody may try again after so many wrong tries.
func wait(tries int) time.Duration {
	if tries < freeTries {
		return 0
	}
	return min(firstWait<<min(tries-freeTries, 20), longest)
}

// try counts a try before anything is compared, so that neither a crash nor two at once make one free. Whether it
// counts is an error; who tries too early has no try counted.
func (d *Desk) try(ctx context.Context, number string) (p payment.Person, err error) {
	var refused error
	p, err = d.Ledger.People().Update(ctx, number, func(
		p payment.Person, _ payment.Staff,
	) (payment.Person, payment.Entry, error) {
		at := now()
		refused = nil
		if p.Number == "" || !p.Ended.At.IsZero() {
			return p, payment.Entry{}, ErrWrong
		}
		if latest := at.Add(wait(p.Tries)); p.Closed.After(latest) { // the clock was put back since
			p.Closed = latest
		}
		if p.Closed.After(at) {
			refused = &WaitError{p.Tries, p.Closed}
			return p, payment.Entry{}, nil
		}
		p.Tries++
		p.Closed = time.Time{}
		if w := wait(p.Tries); w > 0 {
			p.Closed = at.Add(w)
		}
		return p, payment.Entry{}, nil
	})
	return p, errors.Join(err, refused)
}

// passed notes that a try was right, with the step of the second factor that it has used. It was not if somebody else
// has used that step meanwhile, or the account was changed. A PIN alone takes back its own try, and no wrong code: who
// knows the PIN would else try them all.
func (d *Desk) passed(ctx context.Context, tried payment.Person, step int64) (payment.Person, error) {
	return d.Ledger.People().Update(ctx, tried.Number, func(
		p payment.Person, _ payment.Staff,
	) (payment.Person, payment.Entry, error) {
		if p.Change != tried.Change || !p.Ended.At.IsZero() || p.PIN != tried.PIN || step != 0 && step <= p.Step {
			return p, payment.Entry{}, ErrWrong
		}
		left := 0
		if p.Second != "" && step == 0 {
			left = max(0, p.Tries-1)
		}
		p.Tries, p.Closed, p.Step = left, time.Time{}, max(p.Step, step)
		return p, payment.Entry{}, nil
	})
}

// refused notes a wrong try in the audit and returns what it came to.
func (d *Desk) refused(ctx context.Context, p payment.Person, window string, why error) error {
	err := d.Ledger.Note(ctx, payment.Entry{
		Event: EventSignInRefused, Note: fmt.Sprintf("%s, try %d", p.Number, p.Tries),
		By: payment.By{Device: d.device(window)},
	})
	if p.Closed.After(now()) {
		why = &WaitError{p.Tries, p.Closed}
	}
	return errors.Join(why, err)
}

func (d *Desk) device(window string) string {
	if window == "" {
		return d.Device
	}
	return window
}

// check compares PIN and, where the account has a second factor and it is asked for, its code. The person is as it
// stands after a right try.
func (d *Desk) check(ctx context.Context, number, window, pin, code string, both bool) (payment.Person, error) {
	k, err := d.key()
	if err != nil {
		return payment.Person{}, err
	}
	leave, err := d.pins.turn(ctx) // before it counts: who finds no room has no try the fewer
	if err != nil {
		return payment.Person{}, err
	}
	defer leave()
	p, err := d.try(ctx, number)
	if errors.Is(err, ErrWrong) { // nobody: it takes as long
		_, err := k.matches(ctx, "", number, pin)
		return payment.Person{}, errors.Join(ErrWrong, err)
	}
	if err != nil {
		return payment.Person{}, err
	}
	right, err := k.matches(ctx, p.PIN, number, pin)
	if err != nil {
		return payment.Person{}, err
	}
	right = right && !p.Ready.IsZero()
	var used int64
	if right && both && (p.Second != "" || Role(p.Role).TwoFactors()) {
		secret, err := k.opened(p.Number, p.Second)
		if err != nil {
			return payment.Person{}, err
		}
		n, ok := step(secret, strings.TrimSpace(code), now(), p.Step)
		used, right = n, ok
	}
	if !right {
		return payment.Person{}, d.refused(ctx, p, window, ErrWrong)
	}
	return d.passed(ctx, p, used)
}

// hashed is how a new PIN is stored, when it is its turn.
func (d *Desk) hashed(ctx context.Context, k *key, number, pin string) (string, error) {
	leave, err := d.pins.turn(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return k.hashed(ctx, number, pin)
}

// who returns the staff number that was typed, or whose card was read.
func (d *Desk) who(ctx context.Context, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	staff, err := d.everybody(ctx)
	if err != nil {
		return "", err
	}
	if p, ok := staff.Of(typed); ok {
		return p.Number, nil
	}
	card, err := d.card(typed)
	i := slices.IndexFunc(staff, func(p payment.Person) bool { return card != "" && p.Card == card })
	if err != nil || i < 0 {
		return "", err // nobody: whoever tries is not told
	}
	return staff[i].Number, nil
}

// SignIn begins a session at a window and returns the secret that its browser keeps; whatever session the person had
// elsewhere has ended. typed is a staff number, or what the reader of cards has typed. The error is ErrWrong, a
// *WaitError, or the ledger's.
func (d *Desk) SignIn(ctx context.Context, window, typed, pin, code string) (token string, err error) {
	number, err := d.who(ctx, typed)
	if err != nil {
		return "", err
	}
	p, err := d.check(ctx, number, window, pin, code, true)
	if err != nil {
		return "", err
	}
	secret := rand.Text() // 128 bits
	secret += rand.Text()
	sum := sha256.Sum256([]byte(secret))
	at, by := now(), payment.By{Device: d.device(window), Person: p.Number}
	_, err = d.Ledger.SignIns().Update(ctx, p.Number, func(
		was payment.SignIn, staff payment.Staff,
	) (payment.SignIn, payment.Entry, error) {
		if now, _ := staff.Of(p.Number); now.Change != p.Change || now.PIN != p.PIN || !now.Ended.At.IsZero() {
			return was, payment.Entry{}, ErrWrong
		}
		return payment.SignIn{
			Person: p.Number, Token: sum[:], Window: window, Change: p.Change, Begun: at, Seen: at,
			FormerToken: was.Token, FormerWindow: was.Window,
		}, payment.Entry{Event: EventSignedIn, By: by}, nil
	})
	if err != nil {
		return "", err
	}
	d.seen(p.Number, at)
	return p.Number + "." + secret, nil
}

// seen notes that a person has done something.
func (d *Desk) seen(number string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acts[number] = at
}

// last is when a person has done something last, as far as is known.
func (d *Desk) last(s payment.SignIn) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.acts[s.Person]; at.After(s.Seen) {
		return at
	}
	return s.Seen
}

// Enter returns who has a session at a window, and counts the request as that person's act: it puts off the lock. The
// error is ErrSignedOut, a *LockedError, or the ledger's.
func (d *Desk) Enter(ctx context.Context, token, window string) (Clerk, error) {
	return d.enter(ctx, token, window, true)
}

// Watch is Enter for a request that nobody has made by hand: a page that asks again by itself.
func (d *Desk) Watch(ctx context.Context, token, window string) (Clerk, error) {
	return d.enter(ctx, token, window, false)
}

func (d *Desk) enter(ctx context.Context, token, window string, act bool) (Clerk, error) {
	s, p, err := d.session(ctx, token, window)
	if err != nil {
		return Clerk{}, err
	}
	at, last := now(), d.last(s)
	if s.Locked.IsZero() && (at.Sub(last) >= IdleFor || last.Sub(at) > clockSlack) {
		if s, err = d.lock(ctx, s, at); err != nil {
			return Clerk{}, err
		}
	}
	if !s.Locked.IsZero() {
		return Clerk{}, &LockedError{p.Number, Masked(p), Role(p.Role), s.Locked, p.Closed}
	}
	if act {
		d.seen(p.Number, at)
		if at.Sub(s.Seen) >= seenEach {
			if _, err := d.renew(ctx, s, func(s *payment.SignIn) { s.Seen = at }); err != nil {
				return Clerk{}, err
			}
		}
	}
	p.PIN, p.Second, p.Code = "", "", ""
	return Clerk{Person: p, By: payment.By{Device: d.device(window), Person: p.Number}, door: Page}, nil
}

// session returns the session of a token at a window, and its person.
func (d *Desk) session(ctx context.Context, token, window string) (payment.SignIn, payment.Person, error) {
	number, secret, _ := strings.Cut(token, ".")
	if !staffNumber.MatchString(number) {
		return payment.SignIn{}, payment.Person{}, ErrSignedOut
	}
	s, err := d.Ledger.SignIns().Get(ctx, number)
	if errors.Is(err, payment.ErrNotFound) {
		err = ErrSignedOut
	}
	if err != nil {
		return s, payment.Person{}, err
	}
	at := now()
	sum := sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(sum[:], s.Token) == 1
	over := !s.Ended.IsZero() || at.Sub(s.Begun) >= SessionFor || s.Begun.Sub(at) > clockSlack
	if !same || over || s.Window != window {
		return s, payment.Person{}, ErrSignedOut
	}
	p, err := d.Ledger.People().Get(ctx, number)
	if err == nil && (p.Change != s.Change || !p.Ended.At.IsZero()) {
		err = ErrSignedOut
	}
	return s, p, err
}

// Had returns whose session a token is, or was: that person's last one or the one before it, at that window. It lets
// nobody in.
func (d *Desk) Had(ctx context.Context, token, window string) (number string, known bool) {
	number, secret, _ := strings.Cut(token, ".")
	if !staffNumber.MatchString(number) {
		return "", false
	}
	s, err := d.Ledger.SignIns().Get(ctx, number)
	sum := sha256.Sum256([]byte(secret))
	is := func(at string, hash []byte) bool {
		return at == window && subtle.ConstantTimeCompare(sum[:], hash) == 1
	}
	return number, err == nil && (is(s.Window, s.Token) || is(s.FormerWindow, s.FormerToken))
}

// renew changes a session that is still the same one.
func (d *Desk) renew(ctx context.Context, of payment.SignIn, rule func(*payment.SignIn)) (payment.SignIn, error) {
	return d.Ledger.SignIns().Update(ctx, of.Person, func(
		s payment.SignIn, _ payment.Staff,
	) (payment.SignIn, payment.Entry, error) {
		if subtle.ConstantTimeCompare(s.Token, of.Token) != 1 || !s.Ended.IsZero() {
			return s, payment.Entry{}, ErrSignedOut
		}
		rule(&s)
		return s, payment.Entry{}, nil
	})
}

func (d *Desk) lock(ctx context.Context, s payment.SignIn, since time.Time) (payment.SignIn, error) {
	return d.renew(ctx, s, func(s *payment.SignIn) {
		if s.Locked.IsZero() {
			s.Locked = since
		}
	})
}

// Lock locks a session at once.
func (d *Desk) Lock(ctx context.Context, token, window string) error {
	s, _, err := d.session(ctx, token, window)
	if err == nil {
		_, err = d.lock(ctx, s, now())
	}
	return err
}

// Unlock opens a locked session with the PIN. The error is ErrWrong, a *WaitError, ErrSignedOut, or the ledger's.
func (d *Desk) Unlock(ctx context.Context, token, window, pin string) error {
	s, p, err := d.session(ctx, token, window)
	if err != nil {
		return err
	}
	if _, err := d.check(ctx, p.Number, window, pin, "", false); err != nil {
		return err
	}
	at := now()
	_, err = d.renew(ctx, s, func(s *payment.SignIn) { s.Locked, s.Seen = time.Time{}, at })
	if err == nil {
		d.seen(p.Number, at)
	}
	return err
}

// SignOut ends a session. One that has ended is no error.
func (d *Desk) SignOut(ctx context.Context, token, window string) error {
	s, p, err := d.session(ctx, token, window)
	if err == nil {
		at := now()
		_, err = d.Ledger.SignIns().Update(ctx, s.Person, func(
			stands payment.SignIn, _ payment.Staff,
		) (payment.SignIn, payment.Entry, error) {
			if subtle.ConstantTimeCompare(s.Token, stands.Token) != 1 {
				return stands, payment.Entry{}, ErrSignedOut
			}
			stands.Ended = at
			return stands, payment.Entry{Event: EventSignedOut,
					By: payment.By{Device: d.device(window), Person: p.Number}},
				nil
		})
	}
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	return err
}

// Prove returns the clerk with the PIN, and a code where the account has a second factor, shown again: for one act
// whose form asks for it. Wrong ones count as tries to sign in do.
func (d *Desk) Prove(ctx context.Context, c Clerk, pin, code string) (Clerk, error) {
	if c.door != Page || c.Person.Number == "" {
		return c, ErrNoRight
	}
	both := strings.TrimSpace(code) != ""
	p, err := d.check(ctx, c.Person.Number, c.By.Device, pin, code, both)
	if err != nil {
		return c, err
	}
	c.proof = ByPIN
	if both && p.Second != "" {
		c.proof = BySecond
	}
	return c, nil
}

// An Enrolment is what a person is shown who takes up an account with the code that was handed out.
type Enrolment struct {
	Number, Masked string
	Role           Role
	Link           string // what the authenticator app reads from a QR code; empty where no second factor is wanted
	Secret         string // the same to be typed
	Seed           string // what the secret was made with, for the page to send back
}

// Enrol says what a person is to set who has a handed out code. seed is the one of before, when the page is shown
// again; empty makes a new secret. The error is ErrCode, a *WaitError, or the ledger's.
func (d *Desk) Enrol(ctx context.Context, window, number, code, seed string) (Enrolment, error) {
	p, err := d.waiting(ctx, window, number, code)
	if err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{Number: p.Number, Masked: Masked(p), Role: Role(p.Role)}
	if e.Role.TwoFactors() {
		k, err := d.key()
		if err != nil {
			return Enrolment{}, err
		}
		if e.Seed = seed; seed == "" {
			e.Seed = rand.Text()
		}
		e.Link, e.Secret = link(d.Issuer, p.Number, k.second(p.Number, code, e.Seed))
	}
	return e, nil
}

// waiting returns the account that waits for a handed out code.
func (d *Desk) waiting(ctx context.Context, window, number, code string) (payment.Person, error) {
	p, err := d.try(ctx, strings.TrimSpace(number))
	if errors.Is(err, ErrWrong) {
		return p, ErrCode
	}
	if err != nil {
		return p, err
	}
	if !takes(p, code, now()) {
		return p, d.refused(ctx, p, window, ErrCode)
	}
	return d.passed(ctx, p, 0)
}

// TakeUp sets the PIN, and the second factor where one is wanted, of an account that waits for a handed out code; shown
// is what the authenticator app shows of the Enrolment that has the seed. The code is used up then. The error is
// ErrWeakPIN, ErrSecond, one of Enrol's, or the ledger's.
func (d *Desk) TakeUp(ctx context.Context, window, number, code, seed, pin, shown string) error {
	p, err := d.waiting(ctx, window, number, code)
	if err != nil {
		return err
	}
	if err := strong(p.Number, pin); err != nil {
		return err
	}
	k, err := d.key()
	if err != nil {
		return err
	}
	at := now()
	second, used := "", int64(0)
	if Role(p.Role).TwoFactors() {
		secret, ok := k.second(p.Number, code, seed), false
		if used, ok = step(secret, strings.TrimSpace(shown), at, 0); !ok || seed == "" {
			return ErrSecond
		}
		second = k.sealed(p.Number, secret)
	}
	hash, err := d.hashed(ctx, k, p.Number, pin)
	if err != nil {
		return err
	}
	by := payment.By{Device: d.device(window), Person: p.Number}
	_, err = d.Ledger.People().Update(ctx, p.Number, func(
		p payment.Person, _ payment.Staff,
	) (payment.Person, payment.Entry, error) {
		if !takes(p, code, at) {
			return p, payment.Entry{}, ErrCode
		}
		p.PIN, p.Second, p.Step = hash, second, used
		p.Code, p.Until, p.Ready = "", time.Time{}, at
		return p, payment.Entry{Event: StaffReady, Note: p.Number + ", " + p.Role, By: by}, nil
	})
	return err
}

// NewPIN says why the clerk cannot have a PIN, before anything is proved for it: ErrWeakPIN.
func (c Clerk) NewPIN(pin string) error { return strong(c.Person.Number, pin) }

// ChangePIN gives the clerk, who has just proved to know the old one, and to have the second factor where the role has
// one, another PIN. The account stays confirmed, and so does the session: it is the only one that a person has.
func (d *Desk) ChangePIN(ctx context.Context, c Clerk, pin string) error {
	switch {
	case c.door != Page || c.proof < ByPIN, c.proof < BySecond && Role(c.Person.Role).TwoFactors():
		return ErrProof
	case strong(c.Person.Number, pin) != nil:
		return ErrWeakPIN
	}
	k, err := d.key()
	if err != nil {
		return err
	}
	hash, err := d.hashed(ctx, k, c.Person.Number, pin)
	if err != nil {
		return err
	}
	_, err = d.Ledger.People().Update(ctx, c.Person.Number, func(
		p payment.Person, _ payment.Staff,
	) (payment.Person, payment.Entry, error) {
		if p.Change != c.Person.Change || !p.Ended.At.IsZero() {
			return p, payment.Entry{}, ErrSignedOut
		}
		p.PIN = hash
		return p, payment.Entry{Event: StaffPIN, Note: p.Number, By: c.By}, nil
	})
	return err
}
