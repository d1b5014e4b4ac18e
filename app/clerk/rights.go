package clerk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"courtkiosk/payment"
)

// A Role is what somebody is employed for; it decides what an account may do.
type Role string

// The roles.
const (
	RoleClerk   Role = "clerk"   // 收费员: receives people at the window
	RoleLead    Role = "lead"    // 主管: is the second of two
	RoleFinance Role = "finance" // 财务: bills, differences, months
	RoleAuditor Role = "auditor" // 审计: reads all, changes nothing
	RoleIT      Role = "it"      // IT: accounts, windows and health; no cases and no sums
)

// Roles are all of them.
var Roles = []Role{RoleClerk, RoleLead, RoleFinance, RoleAuditor, RoleIT}

// TwoFactors reports whether who has the role signs in with a second factor.
func (r Role) TwoFactors() bool { return r == RoleLead || r == RoleFinance }

// A Door is the way by which somebody reaches a Desk.
type Door string

// The doors.
const (
	Page       Door = "page"    // over HTTPS, or on loopback: a person who is signed in
	Process    Door = "console" // a command in a process of its own: whoever owns the machine
	UnixSocket Door = "socket"  // a command at the running program: whoever owns the machine
)

// A Proof is what a person has shown again on the form of an act.
type Proof int

// The proofs, each more than the one before.
const (
	BySession Proof = iota // nothing: the session is enough
	ByPIN                  // the PIN
	BySecond               // the PIN, and a code of the second factor that was not used before
)

// A Right is one thing that a face lets somebody do. Each page, form and command names its own.
type Right string

// The rights.
const (
	Find         Right = "find"          // find orders, open one, all masked
	AskWeChat    Right = "ask-wechat"    // ask WeChat about one order, now
	Reprint      Right = "reprint"       // print a receipt again, counted
	FullName     Right = "full-name"     // see the whole name of one order's payer, for a reason
	Note         Right = "note"          // put a remark to an order
	Explain      Right = "explain"       // put what is known of one order on paper, for whom it concerns
	Collect      Right = "collect"       // show the code of a bill at the window, and follow it
	SeeWork      Right = "see-work"      // what waits for somebody
	DoWork       Right = "do-work"       // take a piece of it, give it back, end it for a reason
	SettleOrder  Right = "settle-order"  // accept a disputed payment, adopt one, end one, tell the court again
	SeeRefunds   Right = "see-refunds"   // what is given back, and how far it is
	AskRefund    Right = "ask-refund"    // be the first of two
	TakeBack     Right = "take-back"     // withdraw a refund that was not sent
	DecideRefund Right = "decide-refund" // be the second of two, or refuse
	Trial        Right = "trial"         // a closing sheet that is not signed
	Close        Right = "close"         // sign a closing sheet first
	Countersign  Right = "countersign"   // sign it second
	SeeBills     Right = "see-bills"     // WeChat's bills, days and differences
	Reconcile    Right = "reconcile"     // fetch a bill, take up a difference
	Resolve      Right = "resolve"       // say how a difference has ended
	SeeMonth     Right = "see-month"     // the month's sheet
	Export       Right = "export"        // take orders, refunds and differences away as a file
	SeeAudit     Right = "see-audit"     // who did what, and that the chain holds
	ExportAudit  Right = "export-audit"  // take it away as a file
	Notices      Right = "notices"       // what the lobby's screens announce
	SeeStaff     Right = "see-staff"     // who has an account, and how it stands
	KeepStaff    Right = "keep-staff"    // make, reset and end accounts
	ConfirmStaff Right = "confirm-staff" // vouch for an account that was made or changed
	Windows      Right = "windows"       // certificates of windows
	Health       Right = "health"        // how the machine is
	Own          Right = "own"           // one's own session and PIN
	Machine      Right = "machine"       // files, configuration, lists, the program itself: whoever owns the machine
)

// A Row says who has a right.
type Row struct {
	Right  Right
	Roles  []Role // at a page
	Doors  []Door
	Stands bool  // only who was confirmed since the account was changed
	Proof  Proof // what is to be shown again
}

var (
	everyDoor = []Door{Page, Process, UnixSocket}
	pages     = []Door{Page}
	machine   = []Door{Process, UnixSocket}

	window = []Role{RoleClerk, RoleLead}
	money  = []Role{RoleClerk, RoleLead, RoleFinance}
	seers  = []Role{RoleClerk, RoleLead, RoleFinance, RoleAuditor}
	office = []Role{RoleLead, RoleFinance, RoleAuditor}
	leads  = []Role{RoleLead}
	books  = []Role{RoleFinance}
)

// Table is every right: by whom, by which door, and with what shown again. What is in no row nobody may do.
var Table = []Row{
	{Find, seers, everyDoor, false, BySession},
	{AskWeChat, money, everyDoor, false, BySession},
	{Reprint, money, everyDoor, false, BySession},
	{FullName, money, pages, false, BySession},
	{Note, window, pages, false, BySession},
	{Explain, money, pages, false, BySession},
	{Collect, window, everyDoor, false, BySession},
	{SeeWork, seers, everyDoor, false, BySession},
	{DoWork, money, everyDoor, false, BySession},
	{SettleOrder, leads, everyDoor, true, ByPIN},
	{SeeRefunds, seers, everyDoor, false, BySession},
	{AskRefund, window, pages, false, BySession},
	{TakeBack, window, pages, false, BySession},
	{DecideRefund, leads, pages, true, BySecond},
	{Trial, seers, everyDoor, false, BySession},
	{Close, window, everyDoor, false, ByPIN}, // from the console it is signed in ink
	{Countersign, leads, pages, true, ByPIN},
	{SeeBills, office, everyDoor, false, BySession},
	{Reconcile, books, everyDoor, false, BySession},
	{Resolve, books, pages, true, ByPIN},
	{SeeMonth, office, everyDoor, false, BySession},
	{Export, books, everyDoor, true, ByPIN},
	{SeeAudit, []Role{RoleFinance, RoleAuditor}, everyDoor, false, BySession},
	{ExportAudit, []Role{RoleAuditor}, everyDoor, true, ByPIN},
	{Notices, leads, pages, false, BySession},
	{SeeStaff, []Role{RoleLead, RoleFinance, RoleIT}, everyDoor, false, BySession},
	{KeepStaff, []Role{RoleIT}, everyDoor, true, ByPIN},
	{ConfirmStaff, []Role{RoleLead, RoleFinance}, pages, false, BySecond}, // who may whom, see vouch
	{Windows, []Role{RoleIT}, everyDoor, true, ByPIN},
	{Health, []Role{RoleLead, RoleIT}, everyDoor, false, BySession},
	{Own, Roles, pages, false, BySession},
	{Machine, nil, machine, false, BySession},
}

// RowOf returns the row of a right.
func RowOf(r Right) (Row, bool) {
	i := slices.IndexFunc(Table, func(row Row) bool { return row.Right == r })
	if i < 0 {
		return Row{}, false
	}
	return Table[i], true
}

// What nobody is let do.
var (
	// ErrNoRight means: not in this role, or not by this door.
	ErrNoRight = errors.New("clerk: no right to do so")
	// ErrUnconfirmed means: the account is new, was reset or given another role, and nobody has confirmed it since.
	ErrUnconfirmed = errors.New("clerk: the account must be confirmed first")
	// ErrProof means: PIN, or second factor, must be shown again for it.
	ErrProof = errors.New("clerk: it must be signed again")
	// ErrOwnAccount means: it is about one's own account, or one that one has made or changed oneself.
	ErrOwnAccount = errors.New("clerk: another person must do it")
)

// May returns nil when the clerk has a right, with what was shown again for it. The rule that stores what is done asks
// once more: see MayIn, and acts.
func (c Clerk) May(r Right) error {
	row, err := c.row(r)
	if err == nil && c.door == Page && c.proof < row.Proof {
		return fmt.Errorf("%w: %s", ErrProof, r)
	}
	return err
}

// acts returns a context for what is stored in the clerk's name: it is stored only while the clerk has the right as the
// transaction that stores it sees the staff. The error is May's.
func (c Clerk) acts(ctx context.Context, r Right) (context.Context, error) {
	if err := c.May(r); err != nil {
		return ctx, err
	}
	return payment.Guarded(ctx, func(staff payment.Staff) error { return MayIn(staff, c.By, r) }), nil
}

// Has reports whether a thing that needs a right is shown to the clerk at all.
func (c Clerk) Has(r Right) bool {
	_, err := c.row(r)
	return err == nil
}

func (c Clerk) row(r Right) (Row, error) {
	row, _ := RowOf(r)
	if !slices.Contains(row.Doors, c.door) {
		return row, fmt.Errorf("%w: %s", ErrNoRight, r)
	}
	if c.door != Page {
		return row, nil
	}
	return row, row.allows(c.Person)
}

// MayIn returns nil when who is named has a right, as a transaction sees the staff. Rules ask it; a device without a
// person is its console. Proofs are no part of it.
func MayIn(staff payment.Staff, by payment.By, r Right) error {
	row, _ := RowOf(r)
	if by.Person == "" {
		if by.Device == "" || !slices.Contains(row.Doors, UnixSocket) {
			return fmt.Errorf("%w: %s", ErrNoRight, r)
		}
		return nil
	}
	p, _ := staff.Of(by.Person)
	return row.allows(p)
}

// allows says why a person has not the right of a row.
func (row Row) allows(p payment.Person) error {
	switch {
	case p.Number == "" || p.Ready.IsZero() || !p.Ended.At.IsZero() || !slices.Contains(row.Roles, Role(p.Role)):
		return fmt.Errorf("%w: %s", ErrNoRight, row.Right)
	case row.Stands && !Stands(p):
		return fmt.Errorf("%w: %s", ErrUnconfirmed, p.Number)
	}
	return nil
}

// Stands reports whether an account was confirmed since it was changed, and has not ended: whether it counts as one of
// two.
func Stands(p payment.Person) bool {
	return !p.Ready.IsZero() && !p.Confirmed.At.IsZero() && p.Ended.At.IsZero()
}
