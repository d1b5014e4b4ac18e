package view

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// facts are the rows as one reads them, the unknown ones in brackets.
func facts(v Where) (all []string) {
	for _, f := range v.Facts {
		text := strings.TrimSpace(f.Label + ": " + f.Value + " " + f.Day)
		if !f.Known {
			text = "(" + text + ")"
		}
		all = append(all, text)
	}
	return all
}

func TestWhere(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 33, 7, 0, payment.China)
	done := func(times int, known bool) counter.Owed {
		return counter.Owed{State: payment.Done, Since: at, Times: times, Known: known}
	}
	const when, paid = "2026-11-23 14:33:07", "Payment: Paid 2026-11-23 14:33:07"
	tests := map[string]struct {
		w     counter.Where
		state string
		want  []string
		print bool
	}{
		"open":   {counter.Where{State: payment.Waiting}, "asking WeChat", []string{"(Payment: Not known yet)"}, false},
		"closed": {counter.Where{State: payment.Closed}, "no record of this payment", nil, false},
		"paid, nothing done yet": {
			counter.Where{State: payment.Paid, PaidAt: at, Receipt: counter.Owed{State: payment.Owed},
				Report: counter.Owed{State: payment.Doubtful, Times: 3}},
			"was received", []string{paid, "(Receipt: Not printed yet)", "(Court: Not known yet)"}, true,
		},
		"all done": {
			counter.Where{State: payment.Paid, PaidAt: at, Receipt: done(2, true), Report: done(1, true)},
			"was received",
			[]string{paid, "Receipt: Printed, last as copy 2 " + when, "Court: The court knows of it " + when}, true,
		},
		"no proof of it": {
			counter.Where{State: payment.Paid, PaidAt: at, Receipt: done(1, false), Report: done(1, false)},
			"was received",
			[]string{paid, "Receipt: Sent to the printer " + when, "Court: Handled by staff " + when}, true,
		},
		"a second payment": {
			counter.Where{State: payment.Paid, PaidAt: at, Receipt: counter.Owed{State: payment.Handed, Times: 1}},
			"was received", []string{paid, "(Receipt: Being printed)"}, true,
		},
		"perhaps printed, and refunded in full": {
			counter.Where{State: payment.Paid, PaidAt: at, Receipt: counter.Owed{State: payment.Doubtful, Times: 1},
				Report: counter.Owed{State: payment.Held}, Returned: payment.AllReturned, Said: at},
			"refunded later", []string{
				paid, "(Receipt: Perhaps printed, not known yet)", "(Court: Staff must check first)",
				"Refund: Refunded in full " + when}, true,
		},
		"another sum than was asked for": {counter.Where{State: payment.Disputed, PaidAt: at}, "Staff must check",
			[]string{"(Payment: Staff must check first " + when + ")"}, false},
		"elsewhere": {counter.Where{State: payment.Foreign, Elsewhere: true, PaidAt: at}, "another kiosk",
			[]string{paid}, false},
	}
	for name, tt := range tests {
		v := NewWhere(SampleFrame(message.English), "number", tt.w)
		if got := facts(v); !slices.Equal(got, tt.want) || !strings.Contains(v.State, tt.state) || v.Print != tt.print {
			t.Errorf("%s: %q, %q, %t", name, v.State, got, v.Print)
		}
	}
}

// Whatever is known of a payment, nothing of it is said that its number must not tell, every state has words in both
// languages, and no success is claimed of what is not paid.
func TestWhereTellsNoMore(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 33, 7, 0, payment.China)
	const number, amount = "（2026）京0101民初12345号", 12345678
	works := []payment.EffectState{"", payment.Held, payment.Owed, payment.Handed, payment.Doubtful, payment.Done}
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		f := SampleFrame(lang)
		for _, state := range constants(t, "../../payment", "State") {
			for _, work := range works {
				for _, back := range constants(t, "../../payment", "ReturnedState") {
					owed := counter.Owed{State: work, Since: at, Times: 2}
					w := counter.Where{State: payment.State(state), Receipt: owed, Report: owed,
						Returned: payment.ReturnedState(back), Case: number, Amount: amount, Back: amount - 1}
					if w.State == payment.Paid {
						w.PaidAt = at
					}
					v := NewWhere(f, "typed", w)
					said := strings.Join(append(facts(v), v.State, v.Next), "\n")
					if strings.Contains(said, "where.") || v.State == "" {
						t.Errorf("%s, %s, %s, %q: words are missing: %s", lang, state, work, back, said)
					}
					if strings.Contains(said, number) || strings.Contains(said, "123,456") {
						t.Errorf("%s, %s, %s, %q: it tells too much: %s", lang, state, work, back, said)
					}
					if (v.Next == "") != (v.Mood == Good) {
						t.Errorf("%s, %s, %q: what to do is %q", lang, state, back, v.Next)
					}
					if good := v.Mood == Good; good && (w.State != payment.Paid || back != "") {
						t.Errorf("%s, %s, %q: it is called a success", lang, state, back)
					}
				}
			}
		}
	}
}

// A notice in find stands at no step of paying and leads to none.
func TestFindingNotices(t *testing.T) {
	for why := range pages {
		n := NewNotice(SampleFrame(message.Chinese), why).Finding()
		if n.Step() != 0 || n.Act == StartPaying || n.Act == NewCode || n.Primary == "" {
			t.Errorf("%s is at step %d and leads to %s", why, n.Step(), n.Act)
		}
	}
}

// An order's number says what it is, in the language of the page; a case number says it by itself.
func TestCalled(t *testing.T) {
	const order, number = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "（2026）京0101民初12345号"
	for lang, want := range map[message.Lang]string{
		message.Chinese: "商户单号 ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567",
		message.English: "Merchant order no. ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567",
	} {
		if got := Called(lang, order); got != want {
			t.Errorf("an order is called %q", got)
		}
		if got := Called(lang, number); got != number {
			t.Errorf("a case is called %q", got)
		}
	}
}
