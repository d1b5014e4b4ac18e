package desk

import (
	"errors"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var staffRoutes = []Route{
	{Pattern: "GET /staff", Right: clerk.SeeStaff, Serve: staffPage},
	{Pattern: "GET /staff/new", Menu: "/staff", Right: clerk.KeepStaff, Serve: newStaffPage},
	{Pattern: "POST /staff/new", Menu: "/staff", Right: clerk.KeepStaff, Serve: addStaff},
	{Pattern: "GET /staff/handed/{id}", Menu: "/staff", Right: clerk.KeepStaff, Serve: handedPage},
	{Pattern: "GET /staff/{id}", Menu: "/staff", Right: clerk.SeeStaff, Serve: accountPage},
	{Pattern: "POST /staff/{id}/confirm", Menu: "/staff", Right: clerk.ConfirmStaff, Serve: confirmStaff},
	{Pattern: "POST /staff/{id}/reset", Menu: "/staff", Right: clerk.KeepStaff, Serve: resetStaff},
	{Pattern: "POST /staff/{id}/end", Menu: "/staff", Right: clerk.KeepStaff, Serve: endStaff},
}

// Proven returns who sends a form with the PIN on it, and with the second factor's code where the form has one. A wrong
// one is a note on the page that back leads to, and ok is false.
func (v *Visit) Proven(back string) (c clerk.Clerk, ok bool, err error) {
	c, err = v.Desk.Prove(v.Context(), v.Clerk, v.R.PostForm.Get("pin"), v.R.PostForm.Get("code"))
	if why := whyNot(err); why != "" {
		n := Note{Level: "warn", Icon: "lock", Lead: why, Text: words("not-done").Lead, Gone: true}
		return c, false, v.Go(back, n)
	}
	return c, err == nil, err
}

// accountStates are the words for how an account stands.
var accountStates = map[clerk.AccountState]state{
	clerk.AccountHandedOut:   {"", "wait", "待首次登录"},
	clerk.AccountExpired:     {"warn", "warn", "代码已过期"},
	clerk.AccountUnconfirmed: {"", "wait", "待主管确认"},
	clerk.AccountStands:      {"ok", "ok", "已确认"},
	clerk.AccountEnded:       {"idle", "no", "已停用"},
}

// A staffRow is an account in the list.
type staffRow struct {
	clerk.Account
	State state
	Path  string
	Next  string // what is to be done, or by whom
	First bool
}

// A staffView is the list of accounts.
type staffView struct {
	Rows  []staffRow
	Off   bool // refunds are, for want of leads
	Keeps bool
}

func staffPage(v *Visit) error {
	list, err := v.Desk.Staff(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	p := staffView{Keeps: v.Clerk.Has(clerk.KeepStaff)}
	if err := v.Desk.RefundsOff(v.Context()); errors.Is(err, clerk.ErrTooFewLeads) {
		p.Off = true
	} else if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b clerk.Account) int { return urgency(a) - urgency(b) })
	for i, a := range list {
		p.Rows = append(p.Rows, staffRow{a, accountStates[a.State], v.Path("/staff", a.Number), v.nextOf(a), i == 0})
	}
	return v.Show("staff", "人员", p)
}

// urgency sorts what waits for somebody before what stands, and who has left after all.
func urgency(a clerk.Account) int {
	return slices.Index([]clerk.AccountState{clerk.AccountUnconfirmed, clerk.AccountExpired, clerk.AccountHandedOut,
		clerk.AccountStands, clerk.AccountEnded}, a.State)
}

// nextOf is the next step of an account, and who takes it.
func (v *Visit) nextOf(a clerk.Account) string {
	switch a.State {
	case clerk.AccountHandedOut:
		return "由本人设置 PIN"
	case clerk.AccountExpired:
		return "由信息技术重设"
	case clerk.AccountUnconfirmed:
		if v.Desk.MayConfirm(v.Context(), v.Clerk, a.Number) == nil {
			return "核对本人后确认"
		}
		return "由另一位已确认的主管确认"
	}
	return "—"
}

// An accountView is one account.
type accountView struct {
	clerk.Account
	State   state
	Path    string
	Version string
	Keeps   bool // may reset and end it
	Own     bool
	Vouches string // why the clerk cannot confirm it; empty when that can be done
	Asks    bool   // it waits to be confirmed, and the clerk's role does so
	Roles   []clerk.Role
	Second  bool // the clerk has a second factor
}

func (v *Visit) account() (clerk.Account, error) {
	number, err := v.Record("/staff")
	if err != nil {
		return clerk.Account{}, err
	}
	v.Back = v.Path("/staff", number)
	list, err := v.Desk.Staff(v.Context(), v.Clerk)
	if err != nil {
		return clerk.Account{}, err
	}
	i := slices.IndexFunc(list, func(a clerk.Account) bool { return a.Number == number })
	if i < 0 {
		return clerk.Account{}, payment.ErrNotFound
	}
	return list[i], nil
}

// versionOf is what a form about an account is held against: a wrong try of its person changes nothing of it.
func versionOf(a clerk.Account) string {
	a.Closed = time.Time{}
	return Version(a)
}

func accountPage(v *Visit) error {
	a, err := v.account()
	if err != nil {
		return err
	}
	p := accountView{
		Account: a, State: accountStates[a.State], Path: v.Back, Version: versionOf(a), Roles: clerk.Roles,
		Own:    a.Number == v.Clerk.Person.Number,
		Keeps:  v.Clerk.Has(clerk.KeepStaff) && a.State != clerk.AccountEnded && a.Number != v.Clerk.Person.Number,
		Asks:   v.Clerk.Has(clerk.ConfirmStaff) && a.State == clerk.AccountUnconfirmed,
		Second: clerk.Role(v.Clerk.Person.Role).TwoFactors(),
	}
	if p.Asks {
		p.Vouches = vouchWords(v.Desk.MayConfirm(v.Context(), v.Clerk, a.Number))
	}
	return v.Show("account", "人员账号", p)
}

// vouchWords says why somebody cannot confirm an account.
func vouchWords(err error) string {
	for _, w := range []struct {
		err  error
		says string
	}{
		{clerk.ErrOwnAccount, "自己的账号，或自己设立、重设的账号，须由另一位主管确认"},
		{clerk.ErrUnconfirmed, "您自己的账号还没有经确认"},
		{clerk.ErrLaterLead, "这个账号的变更早于您的账号确认，须由另一位主管确认，或由信息技术再重设一次"},
		{clerk.ErrLeadFirst, "须由主管确认"},
	} {
		if errors.Is(err, w.err) {
			return w.says
		}
	}
	if err != nil {
		return "现在不能确认"
	}
	return ""
}

func confirmStaff(v *Visit) error {
	return v.change(func(c clerk.Clerk, a clerk.Account) error {
		if err := v.Desk.ConfirmStaff(v.Context(), c, a.Number); err != nil {
			return err
		}
		return v.Go(v.Back, words("staff-confirmed", "who", a.Number))
	})
}

func endStaff(v *Visit) error {
	return v.change(func(c clerk.Clerk, a clerk.Account) error {
		reason := clerk.Plain(v.R.PostForm.Get("more"))
		if reason == "" {
			return ErrNoReason
		}
		if err := v.Desk.EndStaff(v.Context(), c, a.Number, reason); err != nil {
			return err
		}
		return v.Go(v.Back, words("staff-ended", "who", a.Number))
	})
}

func resetStaff(v *Visit) error {
	return v.change(func(c clerk.Clerk, a clerk.Account) error {
		h, err := v.Desk.ResetStaff(v.Context(), c, a.Number, clerk.Role(v.R.PostForm.Get("role")))
		if err != nil {
			return err
		}
		v.to = v.handed(h)
		return nil
	})
}

// change does something with the account that the address names, if the form is of the account as it stands and its
// sender has signed it.
func (v *Visit) change(do func(clerk.Clerk, clerk.Account) error) error {
	a, err := v.account()
	if err != nil {
		return err
	}
	if v.R.PostForm.Get("version") != versionOf(a) {
		return ErrChanged
	}
	c, ok, err := v.Proven(v.Back)
	if !ok {
		return err
	}
	return do(c, a)
}

// A newStaffView is the form for a new account.
type newStaffView struct{ Roles []clerk.Role }

const newStaffPath = "/staff/new"

func newStaffPage(v *Visit) error {
	v.Back = "/staff"
	return v.Show("newstaff", "新设账号", newStaffView{clerk.Roles})
}

func addStaff(v *Visit) error {
	v.Back = newStaffPath
	c, ok, err := v.Proven(newStaffPath)
	if !ok {
		return err
	}
	f := v.R.PostForm
	h, err := v.Desk.AddStaff(v.Context(), c, clerk.NewPerson{
		Number: strings.TrimSpace(f.Get("number")), Name: clerk.Plain(f.Get("name")),
		Role: clerk.Role(f.Get("role")), Card: strings.TrimSpace(f.Get("card")),
	})
	if err != nil {
		return err
	}
	v.to = v.handed(h)
	return nil
}

// handed is where a code that is handed out is shown, once.
func (v *Visit) handed(h clerk.HandOut) string { return "/staff/handed/" + v.codes.put(h, now()) }

func handedPage(v *Visit) error {
	v.Back = "/staff"
	id := v.R.PathValue("id")
	h, ok := v.codes.get(id, now())
	if !ok {
		return errShown
	}
	v.codes.drop(id)
	return v.Show("handed", "一次性代码", h)
}
