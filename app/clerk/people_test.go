package clerk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// The first two leads confirm each other; from then on accounts are made, taken up and confirmed one by one.
func TestAccounts(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		if err := c.RefundsOff(ctx); !errors.Is(err, clerk.ErrTooFewLeads) {
			t.Errorf("with nobody: %v", err)
		}
		c.hire(lead1, clerk.RoleLead)
		if err := c.ConfirmStaff(ctx, c.at(lead1), lead1); !errors.Is(err, clerk.ErrOwnAccount) {
			t.Errorf("oneself: %v", err)
		}
		c.hire(lead2, clerk.RoleLead)
		c.hire("0110", clerk.RoleLead)
		if err := c.ConfirmStaff(ctx, c.at(lead1), "0110"); !errors.Is(err, clerk.ErrUnconfirmed) {
			t.Errorf("the third lead, by one of whom nobody knows yet: %v", err)
		}
		for by, whom := range map[string]string{lead1: lead2, lead2: lead1} {
			if err := c.ConfirmStaff(ctx, c.at(by), whom); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.RefundsOff(ctx); err != nil {
			t.Errorf("with two leads: %v", err)
		}
		if err := c.ConfirmStaff(ctx, c.at(lead1), "0110"); err != nil {
			t.Errorf("the third lead: %v", err)
		}
		c.hire("0305", clerk.RoleFinance)
		c.hire("0501", clerk.RoleIT)
		if err := c.ConfirmStaff(ctx, c.at("0305"), "0501"); !errors.Is(err, clerk.ErrUnconfirmed) {
			t.Errorf("by finance that is not confirmed: %v", err)
		}
		for _, n := range []string{"0305", "0501"} {
			if err := c.ConfirmStaff(ctx, c.at(lead2), n); err != nil {
				t.Fatal(err)
			}
		}
		it := c.at("0501")
		h, err := c.AddStaff(ctx, it, clerk.NewPerson{Number: "0217", Name: "王小兰", Role: clerk.RoleClerk})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ConfirmStaff(ctx, c.at(lead1), "0217"); !errors.Is(err, clerk.ErrNotReady) {
			t.Errorf("before it was taken up: %v", err)
		}
		c.takeUp(h)
		if err := c.ConfirmStaff(ctx, c.at("0305"), "0217"); !errors.Is(err, clerk.ErrLeadFirst) {
			t.Errorf("by finance while leads stand: %v", err)
		}
		for name, got := range map[string]error{
			"by a clerk":     c.ConfirmStaff(ctx, c.at("0217"), lead1),
			"by the console": c.ConfirmStaff(ctx, c.console(), "0217"),
			"by IT":          c.ConfirmStaff(ctx, it, "0217"),
		} {
			if !errors.Is(got, clerk.ErrNoRight) {
				t.Errorf("confirmed %s: %v", name, got)
			}
		}
		if err := c.ConfirmStaff(ctx, c.at(lead1), "0217"); err != nil {
			t.Fatal(err)
		}
		if err := c.ConfirmStaff(ctx, c.at(lead2), "0217"); !errors.Is(err, clerk.ErrConfirmed) {
			t.Errorf("twice: %v", err)
		}
		if err := c.ConfirmStaff(ctx, c.at(lead2), "9999"); !errors.Is(err, clerk.ErrNoAccount) {
			t.Errorf("nobody: %v", err)
		}
		for name, n := range map[string]clerk.NewPerson{
			"taken": {Number: "0217", Role: clerk.RoleLead}, "no number": {Role: clerk.RoleLead},
			"a long number":         {Number: strings.Repeat("1", 17), Role: clerk.RoleLead},
			"a role":                {Number: "1", Role: "king"},
			"a number with a point": {Number: "1.2", Role: clerk.RoleIT},
		} {
			if _, err := c.AddStaff(ctx, it, n); err == nil {
				t.Errorf("%s: made", name)
			}
		}
		if _, err := c.ResetStaff(ctx, it, "0501", clerk.RoleLead); !errors.Is(err, clerk.ErrOwnAccount) {
			t.Errorf("IT makes itself lead: %v", err)
		}
		session := c.signIn("0217")
		h, err = c.ResetStaff(ctx, it, "0217", clerk.RoleLead)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Enter(ctx, session, window); !errors.Is(err, clerk.ErrSignedOut) {
			t.Errorf("a session of an account that was reset: %v", err)
		}
		if p := c.person("0217"); clerk.Stands(p) || p.PIN != "" || p.Role != "lead" {
			t.Errorf("reset: %+v", p)
		}
		c.takeUp(h)
		session = c.signIn("0217")
		if err := c.EndStaff(ctx, it, "0217", "left"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Enter(ctx, session, window); !errors.Is(err, clerk.ErrSignedOut) {
			t.Errorf("a session of an account that has ended: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := c.SignIn(ctx, window, "0217", c.pins["0217"], c.code("0217")); !errors.Is(err, clerk.ErrWrong) {
			t.Errorf("an ended account signs in: %v", err)
		}
		if _, err := c.ResetStaff(ctx, it, "0217", ""); !errors.Is(err, clerk.ErrEnded) {
			t.Errorf("an ended account is reset: %v", err)
		}
		list, err := c.Staff(ctx, it)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, fmt.Sprint(a.Number, " ", a.Role, " ", a.State, " ", a.Masked))
		}
		want := []string{"0108 lead stands 李*军", "0109 lead stands 李*军", "0110 lead stands 李*军",
			"0217 lead ended 王*兰", "0305 finance stands 李*军", "0501 it stands 李*军"}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
		var audit []string
		for _, e := range c.entries("") {
			if strings.HasPrefix(e.Event, "staff-") && strings.HasPrefix(e.Note, "0217") {
				audit = append(audit, e.Event+" "+e.Note+" "+e.By.Person)
			}
		}
		want = []string{"staff-made 0217, clerk 0501", "staff-ready 0217, clerk 0217",
			"staff-confirmed 0217, clerk 0108",
			"staff-reset 0217, lead 0501", "staff-ready 0217, lead 0217", "staff-ended 0217, lead: left 0501"}
		if !slices.Equal(audit, want) {
			t.Errorf("the audit says\n%q, want\n%q", audit, want)
		}
	})
}

// Where the last lead has left, finance confirms the next one, and that one the one after.
func TestNoLeadIsLeft(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.founded()
		c.hire("0305", clerk.RoleFinance)
		if err := c.ConfirmStaff(ctx, c.at(lead1), "0305"); err != nil {
			t.Fatal(err)
		}
		for _, n := range []string{lead1, lead2} {
			if err := c.EndStaff(ctx, c.console(), n, "left"); err != nil {
				t.Fatal(err)
			}
		}
		c.hire("0111", clerk.RoleLead)
		c.hire("0112", clerk.RoleLead)
		if err := c.ConfirmStaff(ctx, c.at("0111"), "0112"); !errors.Is(err, clerk.ErrUnconfirmed) {
			t.Errorf("two new ones confirm each other: %v", err)
		}
		if err := c.ConfirmStaff(ctx, c.at("0305"), "0111"); err != nil {
			t.Fatal(err)
		}
		if err := c.ConfirmStaff(ctx, c.at("0111"), "0112"); !errors.Is(err, clerk.ErrLaterLead) {
			t.Errorf("one that was made before: %v", err)
		}
		h, err := c.ResetStaff(ctx, c.console(), "0112", "")
		if err != nil {
			t.Fatal(err)
		}
		c.takeUp(h)
		if err := c.ConfirmStaff(ctx, c.at("0111"), "0112"); err != nil {
			t.Error(err)
		}
		if err := c.RefundsOff(ctx); err != nil {
			t.Error(err)
		}
	})
}

// A lead who lost the paper before anybody was confirmed gets another and is still one of the first two.
func TestTheFirstPaperIsLost(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire(lead1, clerk.RoleLead)
		if _, err := c.AddStaff(c.Context(), c.console(),
			clerk.NewPerson{Number: lead2, Role: clerk.RoleLead}); err != nil {
			t.Fatal(err)
		}
		h, err := c.ResetStaff(c.Context(), c.console(), lead2, "")
		if err != nil {
			t.Fatal(err)
		}
		c.takeUp(h)
		for by, whom := range map[string]string{lead1: lead2, lead2: lead1} {
			if err := c.ConfirmStaff(c.Context(), c.at(by), whom); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// pair asks as one and approves as another, and says what each is told.
func pair(staff payment.Staff, asks, approves string) (ask, approve error) {
	a, b := payment.By{Device: "w", Person: asks}, payment.By{Device: "w", Person: approves}
	r := payment.Refund{Asked: payment.Decision{By: a}}
	of := payment.Refunded{Staff: staff}
	return clerk.MayRefund(payment.RefundAct{Event: payment.AsksRefund, By: a, Refund: r, Of: of}),
		clerk.MayRefund(payment.RefundAct{Event: payment.ApprovesRefund, By: b, Refund: r, Of: of})
}

func TestMayRefund(t *testing.T) {
	standing := func(number string, r clerk.Role) payment.Person {
		p := member(r, true)
		p.Number = number
		return p
	}
	staff := payment.Staff{
		standing("1", clerk.RoleLead), standing("2", clerk.RoleLead), standing("3", clerk.RoleClerk),
		standing("4", clerk.RoleClerk), standing("5", clerk.RoleFinance), standing("6", clerk.RoleIT),
		standing("7", clerk.RoleAuditor), standing("8", clerk.RoleLead),
	}
	staff[3].Confirmed = payment.Decision{}
	staff[7].Made.By.Person = "3"
	for name, c := range map[string]struct {
		asks, approves string
		ask, approve   error
	}{
		"clerk and lead":             {"3", "1", nil, nil},
		"lead and lead":              {"1", "2", nil, nil},
		"clerk and clerk":            {"3", "4", nil, clerk.ErrNoRight},
		"finance":                    {"5", "1", clerk.ErrNoRight, nil},
		"auditor":                    {"7", "7", clerk.ErrNoRight, clerk.ErrNoRight},
		"IT":                         {"6", "6", clerk.ErrNoRight, clerk.ErrNoRight},
		"nobody":                     {"", "", clerk.ErrNoRight, clerk.ErrNoRight},
		"unheard of":                 {"9", "9", clerk.ErrNoRight, clerk.ErrNoRight},
		"who has asked is not known": {"4", "1", nil, clerk.ErrUnconfirmed},
		"who has made the account":   {"3", "8", nil, clerk.ErrOwnAccount},
	} {
		ask, approve := pair(staff, c.asks, c.approves)
		if !errors.Is(ask, c.ask) || c.ask == nil && ask != nil || c.approve == nil && approve != nil && c.ask == nil ||
			c.approve != nil && !errors.Is(approve, c.approve) {
			t.Errorf("%s: asks %v, approves %v", name, ask, approve)
		}
	}
	alone := slices.Clone(staff)
	alone[1].Ended.At, alone[7].Ended.At = noon, noon
	if ask, approve := pair(alone, "3", "1"); !errors.Is(ask, clerk.ErrTooFewLeads) ||
		!errors.Is(approve, clerk.ErrTooFewLeads) {
		t.Errorf("with one lead: %v, %v", ask, approve)
	}
	other := func(e payment.RefundEvent, by string) error {
		return clerk.MayRefund(payment.RefundAct{Event: e, By: payment.By{Person: by},
			Refund: payment.Refund{Asked: payment.Decision{By: payment.By{Person: "3"}}},
			Of:     payment.Refunded{Staff: alone}})
	}
	for name, c := range map[string]struct {
		event payment.RefundEvent
		by    string
		want  error
	}{
		"the asker takes it back": {payment.WithdrawsRefund, "3", nil},
		"a lead takes it back":    {payment.WithdrawsRefund, "1", nil},
		"another clerk":           {payment.WithdrawsRefund, "4", clerk.ErrNoRight},
		"a lead refuses":          {payment.RefusesRefund, "1", nil},
		"a clerk refuses":         {payment.RefusesRefund, "4", clerk.ErrNoRight},
		"an unheard of act":       {payment.SendsRefund, "1", clerk.ErrNoRight},
	} {
		if err := other(c.event, c.by); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A plot is a court in which one person does whatever the program lets that person do, to have both hands of a refund:
// makes accounts and keeps what is handed out, takes over others' by resetting them, has been or becomes of another
// role. All others are honest: they confirm only whom they see taking up the account that is meant for them.
type plot struct {
	t      *rapid.T
	staff  payment.Staff
	held   map[string]bool // accounts that the one person can sign in to
	papers map[string]bool // handed out and not taken up; true where the one person has the code
	own    string          // the account that is the person's
	role   clerk.Role      // which it was given honestly
}

func (p *plot) by(number string) payment.By { return payment.By{Device: "w", Person: number} }

// change applies a rule to an account, as a ledger would, and reports whether it was let.
func (p *plot) change(number string, rule clerk.Rule) bool {
	before, _ := p.staff.Of(number)
	after, err := rule(before, slices.Clone(p.staff))
	if err != nil {
		return false
	}
	if i := slices.IndexFunc(p.staff, func(q payment.Person) bool { return q.Number == number }); i >= 0 {
		p.staff[i] = after
	} else {
		p.staff = append(p.staff, after)
	}
	return true
}

// keep makes or resets an account; kept says whether the one person keeps what is handed out.
func (p *plot) keep(number string, rule clerk.Rule, kept bool) bool {
	if !p.change(number, rule) {
		return false
	}
	delete(p.held, number)
	p.papers[number] = kept
	if p.t != nil && rapid.IntRange(0, 4).Draw(p.t, "waits") > 0 {
		p.takeUp(number)
	}
	return true
}

// takeUp has whoever has the paper take up the account.
func (p *plot) takeUp(number string) {
	if kept, out := p.papers[number]; out {
		p.change(number, func(q payment.Person, _ payment.Staff) (payment.Person, error) {
			q.Ready = noon
			return q, nil
		})
		p.held[number] = kept
		delete(p.papers, number)
	}
}

// honest reports whether an honest person would confirm an account: its person is in front of them.
func (p *plot) honest(number string) bool {
	q, _ := p.staff.Of(number)
	return !p.held[number] || number == p.own && clerk.Role(q.Role) == p.role
}

// keepers are by whom the one person changes accounts: each account that is held, and the console of who is IT.
func (p *plot) keepers() (list []payment.By) {
	for number, held := range p.held {
		if held {
			list = append(list, p.by(number))
		}
	}
	slices.SortFunc(list, func(a, b payment.By) int { return strings.Compare(a.Person, b.Person) })
	if p.role == clerk.RoleIT {
		list = append(list, payment.By{Device: "03"})
	}
	return list
}

func (p *plot) check() {
	for asks, held := range p.held {
		for approves, too := range p.held {
			if !held || !too {
				continue
			}
			if ask, approve := pair(p.staff, asks, approves); asks != approves && ask == nil && approve == nil {
				p.t.Fatalf("%s asks and %s approves, and both are one person:\n%+v", asks, approves, p.staff)
			}
		}
	}
}

// What a person with the console would try first.
func TestPlots(t *testing.T) {
	for name, plan := range map[string]func(p *plot) (let bool){
		"both leads are reset, and confirm each other": func(p *plot) bool {
			for _, n := range []string{"1", "2"} {
				p.keep(n, clerk.ResetRule(payment.By{Device: "03"}, ""), true)
				p.takeUp(n)
			}
			return p.change("1", clerk.ConfirmRule(p.by("2")))
		},
		"both leads end, and two others found anew": func(p *plot) bool {
			for i, n := range []string{"1", "2"} {
				p.change(n, clerk.EndRule(payment.By{Device: "03"}))
				p.hire(fmt.Sprint(5+i), clerk.RoleLead)
			}
			return p.change("5", clerk.ConfirmRule(p.by("6")))
		},
		"a lead wakes an account that was made when the lead was IT": func(p *plot) bool {
			p.hire("3", clerk.RoleIT)
			p.hire("4", clerk.RoleClerk)
			p.keep("3", clerk.ResetRule(payment.By{Device: "03"}, clerk.RoleLead), true)
			p.takeUp("3")
			return !p.change("3", clerk.ConfirmRule(p.by("1"))) || p.change("4", clerk.ConfirmRule(p.by("3")))
		},
		"a lead who was IT approves for an account of its own making": func(p *plot) bool {
			p.hire("3", clerk.RoleIT)
			p.change("3", clerk.ConfirmRule(p.by("1")))
			p.keep("4", clerk.AddRule(p.by("3"), clerk.NewPerson{Number: "4", Role: clerk.RoleClerk}), true)
			p.takeUp("4")
			p.keep("3", clerk.ResetRule(payment.By{Device: "03"}, clerk.RoleLead), true)
			p.takeUp("3")
			if !p.change("3", clerk.ConfirmRule(p.by("1"))) || !p.change("4", clerk.ConfirmRule(p.by("2"))) {
				return true
			}
			ask, approve := pair(p.staff, "4", "3")
			return ask != nil || approve == nil
		},
		"IT makes itself lead": func(p *plot) bool {
			p.hire("3", clerk.RoleIT)
			p.change("3", clerk.ConfirmRule(p.by("1")))
			return p.change("3", clerk.ResetRule(p.by("3"), clerk.RoleLead))
		},
		"IT that nobody has confirmed keeps accounts": func(p *plot) bool {
			p.hire("3", clerk.RoleIT)
			return p.change("1", clerk.ResetRule(p.by("3"), ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlot()
			if plan(p) {
				t.Errorf("it was let:\n%+v", p.staff)
			}
		})
	}
}

// newPlot is a court with its first two leads.
func newPlot() *plot {
	p := &plot{held: make(map[string]bool), papers: make(map[string]bool)}
	for _, n := range []string{"1", "2"} {
		p.hire(n, clerk.RoleLead)
	}
	p.change("1", clerk.ConfirmRule(p.by("2")))
	p.change("2", clerk.ConfirmRule(p.by("1")))
	return p
}

// hire gives somebody an account by the console, who takes it up.
func (p *plot) hire(number string, r clerk.Role) {
	p.keep(number, clerk.AddRule(payment.By{Device: "03"}, clerk.NewPerson{Number: number, Role: r}), false)
	p.takeUp(number)
}

// No sequence of accounts, resets and confirmations lets one person alone give money back.
func TestNobodyAlone(t *testing.T) {
	numbers := []string{"1", "2", "3", "4", "5"}
	roles := []clerk.Role{clerk.RoleLead, clerk.RoleLead, clerk.RoleClerk, clerk.RoleIT, clerk.RoleFinance}
	both := 0 // how often money could go back by two
	lives := func(t *rapid.T) {
		p, console := newPlot(), payment.By{Device: "03"}
		p.own, p.role = rapid.SampledFrom(numbers).Draw(t, "own"), clerk.RoleLead
		p.held[p.own] = p.own <= "2"
		if p.t = t; p.own > "2" {
			p.role = rapid.SampledFrom(roles[2:]).Draw(t, "role")
			p.keep(p.own, clerk.AddRule(console, clerk.NewPerson{Number: p.own, Role: p.role}), true)
		}
		number := func() string { return rapid.SampledFrom(numbers).Draw(t, "number") }
		role := func() clerk.Role { return rapid.SampledFrom(roles).Draw(t, "to") }
		seldom := func() bool { return rapid.IntRange(0, 9).Draw(t, "seldom") == 0 }
		mine := func() (payment.By, bool) {
			list := p.keepers()
			if len(list) == 0 {
				return payment.By{}, false
			}
			return rapid.SampledFrom(list).Draw(t, "by"), true
		}
		others := func() []string { // honest people who could confirm
			return slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { return p.held[n] })
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { p.check() },
			"the one adds": func(*rapid.T) {
				if by, ok := mine(); ok {
					n := number()
					p.keep(n, clerk.AddRule(by, clerk.NewPerson{Number: n, Role: role()}),
						rapid.Bool().Draw(t, "keeps"))
				}
			},
			"the one resets": func(*rapid.T) {
				if by, ok := mine(); ok {
					p.keep(number(), clerk.ResetRule(by, role()), rapid.Bool().Draw(t, "keeps"))
				}
			},
			"the one ends": func(*rapid.T) {
				if by, ok := mine(); ok && seldom() {
					n := number()
					if p.change(n, clerk.EndRule(by)) {
						delete(p.held, n)
						delete(p.papers, n)
					}
				}
			},
			"the one confirms": func(*rapid.T) {
				if by, ok := mine(); ok {
					p.change(number(), clerk.ConfirmRule(by))
				}
			},
			"somebody adds": func(*rapid.T) {
				n := number()
				p.keep(n, clerk.AddRule(console, clerk.NewPerson{Number: n, Role: role()}), n == p.own)
			},
			"somebody resets": func(*rapid.T) {
				n, to := number(), role()
				if n != p.own && !seldom() {
					return
				}
				if p.keep(n, clerk.ResetRule(console, to), n == p.own) && n == p.own {
					p.role = to
				}
			},
			"somebody ends": func(*rapid.T) {
				n := number()
				if seldom() && p.change(n, clerk.EndRule(console)) {
					delete(p.held, n)
					delete(p.papers, n)
				}
			},
			"somebody confirms": func(*rapid.T) {
				list, n := others(), number()
				if len(list) > 0 && p.honest(n) {
					p.change(n, clerk.ConfirmRule(p.by(rapid.SampledFrom(list).Draw(t, "by"))))
				}
			},
			"a paper is used": func(*rapid.T) { p.takeUp(number()) },
			"two give back": func(*rapid.T) {
				a, b := number(), number()
				if ask, approve := pair(p.staff, a, b); a != b && ask == nil && approve == nil {
					both++
				}
			},
		})
	}
	for range 10 { // a thousand
		rapid.Check(t, lives)
	}
	if both == 0 {
		t.Error("in no court money could go back at all")
	}
}
