package console

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
)

// asks wants to pay the bill, and returns why it cannot be paid.
func (m *machine) asks(number string) error {
	m.t.Helper()
	dues, err := m.Counter().Find(m.t.Context(), bill.Query{Case: m.number})
	if err != nil {
		return err
	}
	d := dues[0]
	_, err = m.Counter().Pay(m.t.Context(), counter.Ask{ID: number + d.Quote, Visit: "b", Bill: d.Bill, Quote: d.Quote})
	time.Sleep(10 * time.Second)
	return err
}

// paidAtAnother has the bill paid at another machine of this one's id, some time after this one's ledger was made, and
// asked for here.
func (m *machine) paidAtAnother(later time.Duration) (order string) {
	m.t.Helper()
	time.Sleep(later)
	other := m.another()
	m.instance = other.Ledger().Identity().Instance
	order = other.pays(0, nil)
	other.is(order, payment.Paid)
	other.end()
	_ = m.asks("a")
	m.is(order, payment.Foreign)
	return order
}

// A kiosk is installed anew under its id: WeChat keeps what the first one was paid. Nothing of it is booked before a
// person has named the lost ledger, and a refusal names the order.
func TestInstalledAnew(t *testing.T) {
	inside(t, openBank(t), 77, func(m *machine) {
		no := m.paidAtAnother(0)
		text, _ := m.says("health --lang en")
		for _, want := range []string{m.instance + ": 1 not booked here", "orders adopt --instance " + m.instance} {
			if !strings.Contains(text, want) {
				t.Errorf("health does not say %q:\n%s", want, text)
			}
		}
		for _, tt := range []struct {
			line string
			exit int
			text string
		}{
			{"orders adopt --instance " + m.instance, Usage, "--reason is needed"},
			{"orders adopt --instance NOBODY --reason x", Failed, "instance NOBODY under the id 03"},
			{"orders adopt " + no + " --instance " + m.instance, Usage, ""},
			{"orders adopt", Usage, ""},
			{"orders apart NOBODY --reason x", Failed, "instance NOBODY"},
			{"orders adopt --instance " + m.instance + " --reason dead --by 1024", Done, no},
			{"orders adopt " + no, Usage, "--reason is needed"},
			{"orders adopt " + no + " --reason x", Failed, "order " + no + ": "},
		} {
			if text, exit := m.says(tt.line); exit != tt.exit || !strings.Contains(text, tt.text) {
				t.Errorf("%s exits %d, want %d and %q:\n%s", tt.line, exit, tt.exit, tt.text, text)
			}
		}
		m.is(no, payment.Paid)
		m.green("at the end")
	})
}

// While the id is used twice a visitor is sent to the window, until a person says that the other machine is off.
func TestUsedTwice(t *testing.T) {
	inside(t, openBank(t), 78, func(m *machine) {
		no := m.paidAtAnother(2 * time.Hour)
		m.number.Serial = "79"
		m.list("50", "")
		refused := func() bool {
			r, ok := errors.AsType[*counter.Refusal](m.asks("c"))
			return ok && r.Code == counter.Closed && r.Args[counter.Trouble] == counter.TroubleTwice
		}
		if !refused() {
			t.Error("a payment is begun")
		}
		if text, exit := m.says("orders adopt --instance " + m.instance + " --reason x"); exit != Failed ||
			!strings.Contains(text, "S-07") {
			t.Errorf("a machine that lives is called lost: %d\n%s", exit, text)
		}
		if text, exit := m.says("health --json"); exit != Failed || !strings.Contains(text, `"id_used_twice":true`) ||
			!strings.Contains(text, "orders adopt "+no) {
			t.Errorf("health exits %d:\n%s", exit, text)
		}
		if text, exit := m.says("orders apart " + m.instance + " --reason off"); exit != Done {
			t.Errorf("apart exits %d:\n%s", exit, text)
		}
		if refused() {
			t.Error("refused for ever")
		}
		if text, exit := m.says("orders adopt " + no + " --reason burnt --by 1024"); exit != Done {
			t.Errorf("adopt exits %d:\n%s", exit, text)
		}
		if text, _ := m.says("orders show " + no); !strings.Contains(text, "adopted paid burnt (by 1024 at 03)") {
			t.Errorf("the audit does not say who adopted it, and why:\n%s", text)
		}
	})
}
