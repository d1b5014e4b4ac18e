package clerk

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// What the audit calls a change of an account. Its Note begins with the staff number that was changed.
const (
	StaffMade      = "staff-made"
	StaffReset     = "staff-reset"
	StaffReady     = "staff-ready"
	StaffConfirmed = "staff-confirmed"
	StaffEnded     = "staff-ended"
	StaffPIN       = "staff-pin" // by its person, who knew the old one
)

// What an account is refused for.
var (
	ErrNumber    = errors.New("clerk: a staff number has 1 to 16 letters, digits and hyphens")
	ErrRole      = errors.New("clerk: no such role")
	ErrTaken     = errors.New("clerk: the staff number, or the card, is another's already") // ended ones too
	ErrNoAccount = errors.New("clerk: no such account")
	ErrEnded     = errors.New("clerk: the account has ended")
	ErrNotReady  = errors.New("clerk: the person has not signed in for the first time yet")
	ErrConfirmed = errors.New("clerk: the account is confirmed already")
	// ErrLaterLead means: who would confirm became what he is after the account was changed.
	ErrLaterLead = errors.New("clerk: only who was confirmed before the account was changed can confirm it")
	// ErrLeadFirst means: a finance officer confirms while no lead stands, and now one does.
	ErrLeadFirst = errors.New("clerk: a lead must confirm it")
)

// HandOutFor is how long the code on the paper that is handed out can be used.
const HandOutFor = 7 * 24 * time.Hour

// A NewPerson is who is given an account.
type NewPerson struct {
	Number string
	Name   string // personal data: masked on pages, never in the audit
	Role   Role
	Card   string // what the reader of cards types; may be empty
}

// A HandOut is what stands on the paper that a person is given: with it the person alone sets PIN and second factor. It
// is shown once and cannot be shown again.
type HandOut struct {
	Number string
	Code   string // four groups of four letters and digits
	Until  time.Time
}

var staffNumber = regexp.MustCompile(`^[0-9A-Za-z-]{1,16}$`)

// IsNumber reports whether a text can be a staff number: whether anybody has it, it does not say.
func IsNumber(text string) bool { return staffNumber.MatchString(text) }

// AddStaff makes an account, and what is handed out for it. A number that was in use once is never given again.
func (d *Desk) AddStaff(ctx context.Context, c Clerk, n NewPerson) (HandOut, error) {
	switch {
	case !staffNumber.MatchString(n.Number):
		return HandOut{}, ErrNumber
	case !slices.Contains(Roles, n.Role):
		return HandOut{}, ErrRole
	}
	card, err := d.card(n.Card)
	if err != nil {
		return HandOut{}, err
	}
	return d.handOut(ctx, c, n.Number, func(p payment.Person, staff payment.Staff, ch change) (payment.Person, error) {
		p, err := ch.add(p, staff, n)
		p.Card = card
		if err == nil && card != "" && slices.ContainsFunc(staff,
			func(q payment.Person) bool { return q.Card == card }) {
			err = ErrTaken
		}
		return p, err
	})
}

// ResetStaff takes PIN and second factor from an account, and makes what is handed out for it anew; its session ends.
// With a role it has that one from now on.
func (d *Desk) ResetStaff(ctx context.Context, c Clerk, number string, to Role) (HandOut, error) {
	if to != "" && !slices.Contains(Roles, to) {
		return HandOut{}, ErrRole
	}
	return d.handOut(ctx, c, number, func(p payment.Person, staff payment.Staff, ch change) (payment.Person, error) {
		return ch.reset(p, staff, to)
	})
}

// handOut stores what a rule makes of an account that its person is to take up with a new code.
func (d *Desk) handOut(
	ctx context.Context, c Clerk, number string,
	rule func(payment.Person, payment.Staff, change) (payment.Person, error),
) (HandOut, error) {
	if err := c.May(KeepStaff); err != nil {
		return HandOut{}, err
	}
	text := rand.Text()[:16] // of A-Z and 2-7: 80 bits
	h := HandOut{Number: number, Code: strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")}
	at := now()
	h.Until = at.Add(HandOutFor)
	_, err := d.Ledger.People().Update(ctx, number, func(
		before payment.Person, staff payment.Staff,
	) (payment.Person, payment.Entry, error) {
		p, err := rule(before, staff, change{c.By, at, hashOfCode(number, text)})
		event := StaffReset
		if before.Number == "" {
			event = StaffMade
		}
		return p, payment.Entry{Event: event, Note: number + ", " + p.Role, By: c.By}, err
	})
	if err != nil {
		return HandOut{}, err
	}
	return h, nil
}

// EndStaff ends an account, and its session. Nobody signs in with it again.
func (d *Desk) EndStaff(ctx context.Context, c Clerk, number, reason string) error {
	return d.changeStaff(ctx, c, KeepStaff, number, StaffEnded, reason, change.end)
}

// ConfirmStaff says that the account belongs to the person whom it names, and to the role: the clerk has seen who has
// set PIN and second factor.
func (d *Desk) ConfirmStaff(ctx context.Context, c Clerk, number string) error {
	return d.changeStaff(ctx, c, ConfirmStaff, number, StaffConfirmed, "", change.confirm)
}

func (d *Desk) changeStaff(
	ctx context.Context, c Clerk, r Right, number, event, reason string,
	rule func(change, payment.Person, payment.Staff) (payment.Person, error),
) error {
	if err := c.May(r); err != nil {
		return err
	}
	at := now()
	_, err := d.Ledger.People().Update(ctx, number, func(
		before payment.Person, staff payment.Staff,
	) (payment.Person, payment.Entry, error) {
		p, err := rule(change{By: c.By, At: at}, before, staff)
		note := number + ", " + p.Role
		if reason = Plain(reason); reason != "" {
			note += ": " + reason
		}
		return p, payment.Entry{Event: event, Note: note, By: c.By}, err
	})
	return err
}

// A change is who changes an account, when, and the hash of the code that is handed out for it. Its methods are the
// rules: pure, run inside the ledger's transaction.
type change struct {
	By   payment.By
	At   time.Time
	Code string
}

// add makes an account. The first two leads are those that the console makes before anybody was confirmed.
func (ch change) add(before payment.Person, staff payment.Staff, n NewPerson) (payment.Person, error) {
	if before.Number != "" {
		return before, ErrTaken
	}
	if err := MayIn(staff, ch.By, KeepStaff); err != nil {
		return before, err
	}
	p := payment.Person{Number: n.Number, Name: Plain(n.Name), Role: string(n.Role),
		Made: payment.Decision{By: ch.By, At: ch.At}}
	founders := 0
	for _, q := range staff {
		if q.Founder && q.Ended.At.IsZero() {
			founders++
		}
	}
	p.Founder = founders < fewestLeads
	return ch.changed(p, staff), nil
}

// reset makes an account as it was when it was new.
func (ch change) reset(p payment.Person, staff payment.Staff, to Role) (payment.Person, error) {
	if err := ch.keeps(p, staff); err != nil {
		return p, err
	}
	p.Role = string(cmp.Or(to, Role(p.Role)))
	return ch.changed(p, staff), nil
}

// changed returns an account that its person must take up anew, and that somebody must confirm then.
func (ch change) changed(p payment.Person, staff payment.Staff) payment.Person {
	p.Code, p.Until = ch.Code, ch.At.Add(HandOutFor)
	p.PIN, p.Second, p.Step, p.Ready = "", "", 0, time.Time{}
	p.Tries, p.Closed = 0, time.Time{}
	p.Confirmed, p.Confirmation = payment.Decision{}, 0
	p.Changed, p.Change = payment.Decision{By: ch.By, At: ch.At}, turn(staff)
	p.Founder = p.Founder && p.Role == string(RoleLead) && ch.By.Person == "" && !founded(staff)
	return p
}

// end ends an account. It stays, because audit and sheets name it.
func (ch change) end(p payment.Person, staff payment.Staff) (payment.Person, error) {
	if err := ch.keeps(p, staff); err != nil {
		return p, err
	}
	p.Ended = payment.Decision{By: ch.By, At: ch.At}
	p.Code, p.PIN, p.Second = "", "", ""
	return p, nil
}

// keeps says why an account is not for somebody to reset or end.
func (ch change) keeps(p payment.Person, staff payment.Staff) error {
	switch err := MayIn(staff, ch.By, KeepStaff); {
	case err != nil:
		return err
	case p.Number == "":
		return ErrNoAccount
	case !p.Ended.At.IsZero():
		return ErrEnded
	case p.Number == ch.By.Person:
		return ErrOwnAccount
	}
	return nil
}

// confirm lets an account stand.
func (ch change) confirm(p payment.Person, staff payment.Staff) (payment.Person, error) {
	if err := MayIn(staff, ch.By, ConfirmStaff); err != nil {
		return p, err
	}
	by, _ := staff.Of(ch.By.Person)
	switch {
	case p.Number == "":
		return p, ErrNoAccount
	case !p.Ended.At.IsZero():
		return p, ErrEnded
	case p.Number == by.Number || kept(p, by.Number):
		return p, ErrOwnAccount
	case p.Ready.IsZero():
		return p, ErrNotReady
	case Stands(p):
		return p, ErrConfirmed
	}
	if err := vouch(by, p, staff); err != nil {
		return p, err
	}
	p.Confirmed, p.Confirmation = payment.Decision{By: ch.By, At: ch.At}, turn(staff)
	return p, nil
}

// vouch says why a person cannot vouch for an account. The first two leads vouch for each other, and for whatever was
// made since.
func vouch(by, p payment.Person, staff payment.Staff) error {
	since := by.Confirmation
	if by.Founder {
		since = 0
	}
	switch {
	case by.Founder && p.Founder:
		return nil
	case !Stands(by):
		return fmt.Errorf("%w: %s", ErrUnconfirmed, by.Number)
	case since >= p.Change:
		return ErrLaterLead
	case by.Role != string(RoleLead) && Leads(staff) > 0:
		return ErrLeadFirst
	}
	return nil
}

// turn is the next place among all changes and confirmations.
func turn(staff payment.Staff) (n uint64) {
	for _, p := range staff {
		n = max(n, p.Change, p.Confirmation)
	}
	return n + 1
}

// founded reports whether the first two leads are no longer made: somebody was confirmed.
func founded(staff payment.Staff) bool {
	return slices.ContainsFunc(staff, func(p payment.Person) bool { return p.Confirmation > 0 })
}

// hashOfCode is how a handed out code is stored. It has 80 random bits, so a plain hash is enough.
func hashOfCode(number, code string) string {
	sum := sha256.Sum256([]byte("courtkiosk hand-out\x00" + number + "\x00" + plainCode(code)))
	return hex.EncodeToString(sum[:])
}

// plainCode is a code as it was made, however it was typed.
func plainCode(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-', r == ' ':
			return -1
		case r == '0': // neither is in a code; both are read into one
			return 'O'
		case r == '1':
			return 'I'
		}
		return r
	}, strings.ToUpper(text))
}

// takes reports whether a code is the one that was handed out for an account, and can still be used.
func takes(p payment.Person, code string, at time.Time) bool {
	same := subtle.ConstantTimeCompare([]byte(hashOfCode(p.Number, code)), []byte(p.Code)) == 1
	return same && p.Ended.At.IsZero() && at.Before(p.Until)
}

// AccountState is how far an account is.
type AccountState string

// The states of an account.
const (
	AccountHandedOut   AccountState = "handed-out"  // its person has not signed in yet
	AccountExpired     AccountState = "expired"     // nor can: the code is too old
	AccountUnconfirmed AccountState = "unconfirmed" // it signs in, and counts as nobody's second
	AccountStands      AccountState = "stands"
	AccountEnded       AccountState = "ended"
)

// An Account is what pages and commands say of somebody's account.
type Account struct {
	Number    string
	Masked    string // the name
	Role      Role
	State     AccountState
	Until     time.Time // of the code that was handed out
	Made      payment.Decision
	Changed   payment.Decision
	Confirmed payment.Decision
	Ended     payment.Decision
	Closed    time.Time // no try to sign in counts before
}

// Staff lists every account there is or was, by number.
func (d *Desk) Staff(ctx context.Context, c Clerk) ([]Account, error) {
	if err := c.May(SeeStaff); err != nil {
		return nil, err
	}
	staff, err := d.everybody(ctx)
	if err != nil {
		return nil, err
	}
	list, at := make([]Account, len(staff)), now()
	for i, p := range staff {
		list[i] = accountOf(p, at)
	}
	return list, nil
}

func accountOf(p payment.Person, at time.Time) Account {
	a := Account{
		Number: p.Number, Masked: Masked(p), Role: Role(p.Role), Until: p.Until, Made: p.Made, Changed: p.Changed,
		Confirmed: p.Confirmed, Ended: p.Ended, State: AccountUnconfirmed,
	}
	if p.Closed.After(at) {
		a.Closed = p.Closed
	}
	switch {
	case !p.Ended.At.IsZero():
		a.State = AccountEnded
	case p.Ready.IsZero() && !at.Before(p.Until):
		a.State = AccountExpired
	case p.Ready.IsZero():
		a.State = AccountHandedOut
	case Stands(p):
		a.State = AccountStands
	}
	return a
}

// Masked is a person's name as pages show it.
func Masked(p payment.Person) string { return bill.Person(p.Name).String() }

// RefundsOff says why nobody may ask for a refund or approve one: ErrTooFewLeads.
func (d *Desk) RefundsOff(ctx context.Context) error {
	staff, err := d.everybody(ctx)
	if err == nil && Leads(staff) < fewestLeads {
		err = ErrTooFewLeads
	}
	return err
}

func (d *Desk) everybody(ctx context.Context) (staff payment.Staff, err error) {
	for p, err := range payment.Each(ctx, d.Ledger.People(), payment.Range{}) {
		if err != nil {
			return nil, err
		}
		staff = append(staff, p)
	}
	return staff, nil
}

// MayConfirm says why the clerk cannot confirm an account, as the staff stand now; the rule asks once more. What must
// be shown again for it is no part of it.
func (d *Desk) MayConfirm(ctx context.Context, c Clerk, number string) error {
	if !c.Has(ConfirmStaff) {
		return ErrNoRight
	}
	staff, err := d.everybody(ctx)
	if err != nil {
		return err
	}
	p, _ := staff.Of(number)
	_, err = change{By: c.By, At: now()}.confirm(p, staff)
	return err
}

// Colleagues are all people without their secrets, for a page that says who has done something.
func (d *Desk) Colleagues(ctx context.Context, c Clerk) (payment.Staff, error) {
	if !c.Has(SeeAudit) && !c.Has(SeeStaff) {
		return nil, ErrNoRight
	}
	staff, err := d.everybody(ctx)
	for i := range staff {
		staff[i].PIN, staff[i].Second, staff[i].Code, staff[i].Card = "", "", "", ""
	}
	return staff, err
}
