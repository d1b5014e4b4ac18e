package payment_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, payment.China)
	merchant = gatewaytest.Merchant
)

const mark = "03/4f1c"

// order returns an order of 2700.00 in a state; it was made at noon and has five minutes.
func order(s payment.State) payment.Order {
	o := payment.Order{
		No: "FW6KZAUH6FTPYTUTMSQHRYBRNQ6IHHPM", Attempt: 1, Merchant: merchant, Attach: mark, Amount: 270000,
		Expires: noon.Add(5 * time.Minute), PayWithin: 5 * time.Minute, CreatedAt: noon, State: s,
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"},
	}
	if s == payment.Waiting || s == payment.Closing || s == payment.Closed {
		o.CodeURL = "weixin://wxpay/bizpayurl?pr=x"
	}
	return o
}

// said returns what WeChat says of that order in a state.
func said(s payment.TradeState, changes ...func(*payment.Reported)) payment.Reported {
	o := order("")
	r := payment.Reported{No: o.No, MchID: merchant.MchID, AppID: merchant.AppID, State: s}
	if s == payment.TradeSuccess || s == payment.TradeRefund {
		r.Attach, r.Amount, r.Currency = mark, o.Amount, "CNY"
		r.TransactionID, r.PaidAt = "4200001", noon.Add(time.Minute)
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func amount(f payment.Fen) func(*payment.Reported) { return func(r *payment.Reported) { r.Amount = f } }
func currency(c string) func(*payment.Reported)    { return func(r *payment.Reported) { r.Currency = c } }
func appid(id string) func(*payment.Reported)      { return func(r *payment.Reported) { r.AppID = id } }
func attach(a string) func(*payment.Reported)      { return func(r *payment.Reported) { r.Attach = a } }

func unnamed(r *payment.Reported) { r.No, r.MchID = "", "" }

// flawed is an answer of which nothing but state, number and merchant could be read.
func flawed(r *payment.Reported) {
	*r = payment.Reported{No: r.No, MchID: r.MchID, State: r.State, Attach: r.Attach, Flaw: "no success_time",
		Evidence: payment.Evidence{Serial: "PUB_KEY_ID_1", Timestamp: "1795000000", Nonce: "n0", Signature: "s1g",
			BodySHA256: "5a"}}
}
func with(o payment.Order, f func(*payment.Order)) payment.Order { f(&o); return o }

func TestApply(t *testing.T) {
	const success, refund, closed, unpaid = payment.TradeSuccess, payment.TradeRefund, payment.TradeClosed,
		payment.TradeNotPaid
	other := order(payment.Paid)
	other.No, other.Attempt = "ANOTHER", 2
	left := func(o *payment.Order) { o.Left = true }
	theirs := func(o *payment.Order) { o.TransactionID = "4200000" }
	tests := map[string]struct {
		order  payment.Order
		report payment.Reported
		others []payment.Order
		event  payment.Event
		state  payment.State
		oddity payment.Oddity
		owed   []string // kind:state
	}{
		"paid from created": {order(payment.Created), said(success), nil, payment.SaidPaid, payment.Paid, "",
			[]string{"receipt:doubtful", "report:doubtful"}},
		"paid": {order(payment.Waiting), said(success), nil, payment.SaidPaid, payment.Paid, "",
			[]string{"receipt:owed", "report:owed"}},
		"paid after the visitor": {with(order(payment.Waiting), left), said(success), nil, payment.SaidPaid,
			payment.Paid, payment.AfterLeft, []string{"receipt:owed", "report:owed"}},
		"paid while closing": {order(payment.Closing), said(success), nil, payment.SaidPaid, payment.Paid,
			payment.WhileClosing, []string{"receipt:owed", "report:owed"}},
		"paid after closed": {order(payment.Closed), said(success), nil, payment.SaidPaid, payment.Paid,
			payment.AfterClosed, []string{"receipt:owed", "report:owed"}},
		"paid from a backup": {with(order(payment.Waiting), func(o *payment.Order) { o.Recovered = true }),
			said(success), nil, payment.SaidPaid, payment.Paid, "", []string{"receipt:doubtful", "report:doubtful"}},
		"paid after void": {order(payment.Void), said(success), nil, payment.SaidPaid, payment.Paid, "",
			[]string{"receipt:doubtful", "report:doubtful"}},
		"paid twice is once":  {order(payment.Paid), said(success), nil, "", payment.Paid, "", nil},
		"closed after paid":   {order(payment.Paid), said(closed), nil, "", payment.Paid, "", nil},
		"not paid after paid": {order(payment.Paid), said(unpaid), nil, "", payment.Paid, "", nil},
		"refund after paid": {order(payment.Paid), said(refund), nil, "", payment.Paid, "",
			[]string{"attention/refund:owed"}},
		"refund after disputed": {disputed(nil), said(refund), nil, "", payment.Disputed, "",
			[]string{"attention/refund:owed"}},
		"another's, refunded later": {with(order(payment.Foreign), theirs), said(refund, attach("04/77aa")), nil, "",
			payment.Foreign, "", nil},
		"flawed refund after paid": {order(payment.Paid), said(refund, flawed), nil, "", payment.Paid, "",
			[]string{"attention/refund:owed"}},
		"second payment": {order(payment.Waiting), said(success), []payment.Order{other}, payment.SaidPaid,
			payment.Paid, payment.SecondPayment, []string{"receipt:owed", "attention:owed"}},
		"second after a dispute": {order(payment.Waiting), said(success), []payment.Order{order(payment.Disputed)},
			payment.SaidPaid, payment.Paid, payment.SecondPayment, []string{"receipt:owed", "attention:owed"}},
		"second after elsewhere": {order(payment.Waiting), said(success),
			[]payment.Order{with(order(payment.Foreign), theirs)}, payment.SaidPaid, payment.Paid,
			payment.SecondPayment, []string{"receipt:owed", "attention:owed"}},
		"first beside a closed one": {order(payment.Waiting), said(success), []payment.Order{order(payment.Closed)},
			payment.SaidPaid, payment.Paid, "", []string{"receipt:owed", "report:owed"}},

		"refunded outside": {order(payment.Waiting), said(refund), nil, payment.SaidRefunded, payment.Paid,
			"", []string{"receipt:held", "report:held", "attention/refund:owed"}},
		"refunded second payment": {order(payment.Waiting), said(refund), []payment.Order{other},
			payment.SaidRefunded, payment.Paid, payment.SecondPayment,
			[]string{"receipt:held", "attention:owed", "attention/refund:owed"}},
		"refunded, wrong amount": {order(payment.Waiting), said(refund, amount(1)), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"one fen less": {order(payment.Waiting), said(success, amount(269999)), nil,
			payment.SaidDifferent, payment.Disputed, "", []string{"attention:owed"}},
		"one fen more": {order(payment.Closing), said(success, amount(270001)), nil,
			payment.SaidDifferent, payment.Disputed, "", []string{"attention:owed"}},
		"amount unsaid": {order(payment.Waiting), said(success, amount(0)), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"other currency": {order(payment.Created), said(success, currency("USD")), nil,
			payment.SaidDifferent, payment.Disputed, "", []string{"attention:owed"}},
		"other appid": {order(payment.Closed), said(success, appid("wx9")), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"right amount after disputed": {with(disputed(nil), func(o *payment.Order) { o.PaidAmount = 1 }),
			said(success), nil, "", payment.Disputed, "", nil},
		"what was lacking after disputed": {disputed(lacks), said(success), nil, payment.SaidPaid, payment.Paid, "",
			[]string{"receipt:owed", "report:owed"}},
		"what was lacking, second payment": {disputed(lacks), said(success), []payment.Order{other}, payment.SaidPaid,
			payment.Paid, payment.SecondPayment, []string{"receipt:owed", "attention/second:owed"}},
		"what was lacking, refunded": {disputed(lacks), said(refund), nil, payment.SaidRefunded, payment.Paid,
			"", []string{"receipt:held", "report:held", "attention/refund:owed"}},
		"what was lacking, another amount": {disputed(lacks), said(success, amount(1)), nil, payment.SaidDifferent,
			payment.Disputed, "", nil},
		"what was lacking, another appid": {disputed(lacks), said(success, appid("wx9")), nil, payment.SaidDifferent,
			payment.Disputed, "", nil},
		"some of what was lacking": {disputed(lacks), said(success, amount(0)), nil, "", payment.Disputed, "", nil},
		"against what was said": {with(disputed(lacks), func(o *payment.Order) { o.TransactionID = "4299999" }),
			said(success), nil, "", payment.Disputed, "", nil},
		"of another machine after disputed": {with(disputed(lacks), func(o *payment.Order) { o.CodeURL = "" }),
			said(success, attach("04/77aa")), nil, "", payment.Disputed, "", nil},
		"what was lacking, ended by hand": {with(disputed(lacks), func(o *payment.Order) { o.ByHand = true }),
			said(success), nil, "", payment.Disputed, "", nil},
		"closed after disputed": {order(payment.Disputed), said(closed), nil, "", payment.Disputed, "", nil},

		"flawed": {order(payment.Waiting), said(success, flawed), nil, payment.SaidDifferent, payment.Disputed, "",
			[]string{"attention:owed"}},
		"flawed while closing, attach unread": {order(payment.Closing), said(success, flawed, attach("")), nil,
			payment.SaidDifferent, payment.Disputed, "", []string{"attention:owed"}},
		"flawed after closed": {order(payment.Closed), said(success, flawed), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"flawed refund": {order(payment.Waiting), said(refund, flawed), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"flawed, of another machine": {order(payment.Created), said(success, flawed, attach("04/77aa")), nil,
			payment.PaidByOther, payment.Foreign, "", []string{"attention/answer:owed"}},
		"flawed, of another machine, closed here": {order(payment.Closed), said(success, flawed, attach("04/77aa")),
			nil, payment.PaidByOther, payment.Foreign, "", []string{"attention/answer:owed"}},
		"flawed, of another machine, known": {order(payment.Foreign), said(success, flawed, attach("04/77aa")), nil,
			"", payment.Foreign, "", nil},
		"flawed after paid":     {order(payment.Paid), said(success, flawed), nil, "", payment.Paid, "", nil},
		"flawed after disputed": {order(payment.Disputed), said(success, flawed), nil, "", payment.Disputed, "", nil},
		"flawed, names nothing": {order(payment.Waiting), said(success, flawed, unnamed), nil, "", payment.Waiting, "",
			[]string{"attention/answer:owed"}},

		"closed from created": {order(payment.Created), said(closed), nil, payment.SaidClosed, payment.Closed, "",
			nil},
		"closed from waiting": {order(payment.Waiting), said(closed), nil, payment.SaidClosed, payment.Closed, "",
			nil},
		"closed from closing": {order(payment.Closing), said(closed), nil, payment.SaidClosed, payment.Closed, "",
			nil},
		"closed twice":           {order(payment.Closed), said(closed), nil, "", payment.Closed, "", nil},
		"not paid":               {order(payment.Waiting), said(unpaid), nil, "", payment.Waiting, "", nil},
		"not paid after close":   {order(payment.Closing), said(unpaid), nil, "", payment.Closing, "", nil},
		"a word of code payment": {order(payment.Waiting), said("USERPAYING"), nil, "", payment.Waiting, "", nil},
		"an end of code payment": {order(payment.Waiting), said("REVOKED"), nil, "", payment.Waiting, "", nil},
		"no word":                {order(payment.Closing), said(""), nil, "", payment.Closing, "", nil},

		"another's, from created": {order(payment.Created), said(success, attach("04/77aa")), nil,
			payment.PaidByOther, payment.Foreign, "", nil},
		"another's, other amount": {order(payment.Created), said(success, attach("04/77aa"), amount(1)), nil,
			payment.PaidByOther, payment.Foreign, "", nil},
		"another's, from foreign": {order(payment.Foreign), said(success, attach("04/77aa")), nil,
			payment.PaidByOther, payment.Foreign, "", nil},
		"another's, after closed": {order(payment.Closed), said(success, attach("04/77aa")), nil,
			payment.PaidByOther, payment.Foreign, "", nil},
		"another's, after void": {order(payment.Void), said(success, attach("04/77aa")), nil, payment.PaidByOther,
			payment.Foreign, "", nil},
		"another's, refunded": {order(payment.Foreign), said(refund, attach("04/77aa")), nil,
			payment.PaidByOther, payment.Foreign, "", nil},
		"another's, again": {with(order(payment.Foreign), theirs), said(success, attach("04/77aa")), nil, "",
			payment.Foreign, "", nil},
		"another's, closed": {order(payment.Foreign), said(closed), nil, payment.SaidClosed, payment.Closed,
			"", nil},
		"another's, closed once paid": {with(order(payment.Foreign), theirs), said(closed), nil, "", payment.Foreign,
			"", nil},
		"our own mark in foreign": {order(payment.Foreign), said(success), nil, payment.SaidPaid, payment.Paid, "",
			[]string{"receipt:doubtful", "report:doubtful"}},
		"our own refund in foreign": {order(payment.Foreign), said(refund), nil, payment.SaidRefunded, payment.Paid,
			"", []string{"receipt:held", "report:held", "attention/refund:owed"}},
		"our own dispute in foreign": {order(payment.Foreign), said(success, amount(1)), nil, payment.SaidDifferent,
			payment.Disputed, "", []string{"attention:owed"}},
		"a code means it is ours": {order(payment.Waiting), said(success, attach("")), nil, payment.SaidPaid,
			payment.Paid, "", []string{"receipt:owed", "report:owed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := tt.order.Apply(tt.report, tt.others, noon.Add(2*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if c.Event != tt.event || c.Order.State != tt.state || c.Order.Oddity != tt.oddity {
				t.Errorf("got %q to %s %q, want %q to %s %q", c.Event, c.Order.State, c.Order.Oddity, tt.event,
					tt.state, tt.oddity)
			}
			if got := owed(c); !slices.Equal(got, tt.owed) {
				t.Errorf("owes %v, want %v", got, tt.owed)
			}
			want := tt.report.Amount
			if tt.report.Currency != "CNY" {
				want = 0 // no receipt says it in yuan
			}
			if tt.event != payment.SaidClosed && tt.event != "" && c.Order.PaidAmount != want {
				t.Errorf("notes %s as paid, want %s", c.Order.PaidAmount, want)
			}
		})
	}
}

// disputed returns a disputed order of which all is known that change leaves.
func disputed(change func(*payment.Order)) payment.Order {
	o, r := order(payment.Disputed), said(payment.TradeSuccess)
	o.CodeURL, o.TransactionID, o.PaidAt, o.PaidAmount = "weixin://x", r.TransactionID, r.PaidAt, r.Amount
	if change != nil {
		change(&o)
	}
	return o
}

// lacks takes away what a flawed answer did not say.
func lacks(o *payment.Order) { o.TransactionID, o.PaidAt, o.PaidAmount = "", time.Time{}, 0 }

func owed(c payment.Change) []string {
	var kinds []string
	for _, e := range c.Owed {
		kinds = append(kinds, e.Kind+":"+string(e.State))
	}
	return kinds
}

func TestAnswerForAnotherIsNoAnswer(t *testing.T) {
	tests := map[string]func(*payment.Reported){
		"other number":           func(r *payment.Reported) { r.No = "ANOTHER" },
		"other merchant":         func(r *payment.Reported) { r.MchID = "1900000002" },
		"flawed, other number":   func(r *payment.Reported) { flawed(r); r.No = "ANOTHER" },
		"flawed, other merchant": func(r *payment.Reported) { flawed(r); r.MchID = "1900000002" },
		"no merchant":            func(r *payment.Reported) { r.MchID = "" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := order(payment.Waiting).Apply(said(payment.TradeSuccess, change), nil, noon)
			if !errors.Is(err, payment.ErrNoAnswer) || !errors.Is(err, payment.ErrUnknown) {
				t.Errorf("got %v, want an unknown outcome", err)
			}
		})
	}
}

// ifPaid changes only an answer that says paid: no other is flawed.
func ifPaid(changes ...func(*payment.Reported)) func(*payment.Reported) {
	return func(r *payment.Reported) {
		if r.State == payment.TradeSuccess || r.State == payment.TradeRefund {
			for _, change := range changes {
				change(r)
			}
		}
	}
}

// What proves a flawed answer is in the audit, and what is not known of the payment is not said.
func TestFlawIsEvidence(t *testing.T) {
	id := func(r *payment.Reported) { r.TransactionID = "4200001" }
	for name, tt := range map[string]struct {
		report payment.Reported
		note   string
	}{
		"ours": {said(payment.TradeSuccess, flawed, id), "no success_time (transaction 4200001, serial PUB_KEY_ID_1, " +
			"timestamp 1795000000, nonce n0, signature s1g, body SHA-256 5a)"},
		"of nobody": {said(payment.TradeSuccess, flawed, unnamed, amount(5), currency("CNY")), "no success_time " +
			"(paid 0.05 CNY, serial PUB_KEY_ID_1, timestamp 1795000000, nonce n0, signature s1g, body SHA-256 5a)"},
	} {
		c, err := order(payment.Waiting).Apply(tt.report, nil, noon)
		if err != nil || c.Note != tt.note || len(c.Owed) != 1 || c.Owed[0].Note != "no success_time" {
			t.Errorf("%s: %q, owes %+v, %v", name, c.Note, c.Owed, err)
		}
		if c := c.Order.Accept(nil); c.Event != "" {
			t.Errorf("%s: a clerk accepts what nobody knows", name)
		}
	}
}

// rules are all that can be done to an order, by name.
func rules() map[string]func(payment.Order, []payment.Order, time.Time) payment.Change {
	type rule = func(payment.Order, []payment.Order, time.Time) payment.Change
	all := map[string]rule{
		"code": func(o payment.Order, _ []payment.Order,
			_ time.Time) payment.Change {
			return o.Code("weixin://x")
		},
		"no code":  func(o payment.Order, _ []payment.Order, _ time.Time) payment.Change { return o.Code("") },
		"askclose": func(o payment.Order, _ []payment.Order, _ time.Time) payment.Change { return o.AskClose(byClock) },
		"leave":    func(o payment.Order, _ []payment.Order, _ time.Time) payment.Change { return o.Leave("") },
		"join": func(o payment.Order, _ []payment.Order,
			now time.Time) payment.Change {
			return o.Join("", "", now)
		},
		"watch":  func(o payment.Order, _ []payment.Order, now time.Time) payment.Change { return o.Watch(now) },
		"refuse": func(o payment.Order, _ []payment.Order, now time.Time) payment.Change { return o.Refuse(now) },
		"absent": func(o payment.Order, _ []payment.Order, now time.Time) payment.Change { return o.Absent(now) },
		"accept": func(o payment.Order, others []payment.Order,
			_ time.Time) payment.Change {
			return o.Accept(others)
		},
		"give up": func(o payment.Order, _ []payment.Order, now time.Time) payment.Change {
			c, err := o.GiveUp(now)
			if err != nil {
				return payment.Change{Order: o}
			}
			return c
		},
		"by hand": func(o payment.Order, _ []payment.Order, now time.Time) payment.Change { return o.EndByHand(now) },
		"adopt": func(o payment.Order, others []payment.Order,
			_ time.Time) payment.Change {
			return o.Adopt(others)
		},
	}
	for name, whole := range map[string]bool{"returned all": true, "returned part": false} {
		all[name] = func(o payment.Order, _ []payment.Order, now time.Time) payment.Change {
			c, err := o.Return(whole, 100, "at the window", payment.By{Person: "0042"}, now)
			if err != nil {
				return payment.Change{Order: o}
			}
			return c
		}
	}
	for _, s := range []payment.TradeState{payment.TradeNotPaid, payment.TradeSuccess, payment.TradeRefund,
		payment.TradeClosed, "REVOKED", ""} {
		for name, change := range map[string]func(*payment.Reported){
			"": func(*payment.Reported) {}, " amount": amount(1), " currency": currency(""), " appid": appid(""),
			" attach": attach("04/77aa"), " flaw": ifPaid(flawed), " flaw elsewhere": ifPaid(flawed, attach("04/77aa")),
		} {
			all[string(s)+name] = func(o payment.Order, others []payment.Order, now time.Time) payment.Change {
				c, err := o.Apply(said(s, change), others, now)
				if err != nil {
					panic(err)
				}
				return c
			}
		}
	}
	return all
}

// Every rule is tried on every order: no change is outside the graph, and every edge has a rule that walks it.
func TestRulesAndGraphAgree(t *testing.T) {
	walked := map[payment.Edge]bool{{From: "", Event: payment.Opened, To: payment.Created}: true} // Next; TestNext
	for _, s := range states {
		for bits := range 1 << 7 {
			o := order(s)
			if o.Left = bits&1 != 0; bits&2 != 0 {
				o.Unwanted = byClock
			}
			if bits&4 != 0 {
				o.TransactionID, o.PaidAmount, o.PaidAt = "4200000", o.Amount, noon
			}
			if bits&8 != 0 {
				o.NotPaidAt = noon
			}
			if bits&32 != 0 {
				o.PaidAmount = 0
			}
			if bits&64 != 0 && s == payment.Paid {
				o.Oddity = payment.SecondPayment
			}
			var others []payment.Order
			if bits&16 != 0 {
				others = []payment.Order{order(payment.Paid)}
			}
			for _, now := range []time.Time{noon, o.Expires, o.Expires.Add(payment.Grace + 1), noon.Add(time.Hour)} {
				for name, rule := range rules() {
					checkEdge(t, name, o, rule(o, others, now), walked)
				}
			}
		}
	}
	for _, e := range payment.Graph {
		if !walked[e] {
			t.Errorf("no rule walks %v", e)
		}
	}
}

// returnedAs is an order whose money came back, or did not, as another's.
func returnedAs(o, as payment.Order) payment.Order {
	o.Returned = as.Returned
	return o
}

func checkEdge(t *testing.T, name string, o payment.Order, c payment.Change, walked map[payment.Edge]bool) {
	t.Helper()
	edge := payment.Edge{From: o.State, Event: c.Event, To: c.Order.State}
	facts := c.Order
	if o.PaidElsewhere() { // to whom, and that a clerk has looked at it, may become known later
		facts.PaidTo, facts.ByHand = o.PaidTo, o.ByHand
	}
	switch {
	case c.Event == "" && edge.From != edge.To:
		t.Errorf("%s: goes from %s to %s without an event", name, edge.From, edge.To)
	case c.Event == "" && len(c.Owed)+len(c.Turns) > 0 && c.Order.Returned == o.Returned:
		t.Errorf("%s: owes %v without an event", name, c.Owed)
	case c.Event != "" && !payment.Allowed(edge):
		t.Errorf("%s: %v is not in the graph", name, edge)
	case o.Final() && c.Event == "" && !reflect.DeepEqual(returnedAs(facts, o), o):
		t.Errorf("%s: changes an order that is %s", name, o.State)
	}
	if c.Order.No != o.No || c.Order.Amount != o.Amount || string(c.Order.Body) != string(o.Body) ||
		c.Order.Merchant != o.Merchant {
		t.Errorf("%s: changes what was asked of the payer", name)
	}
	walked[edge] = true
}

// Whatever WeChat says in whatever order, the same news twice is once, paid stays paid, and no other rule takes
// money out of sight.
func TestRepeatIsOnce(t *testing.T) {
	all := rules()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		o, now := order(payment.Created), noon
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 240).Draw(t, "seconds")) * time.Second)
			name := rapid.SampledFrom(names).Draw(t, "rule")
			c := all[name](o, nil, now)
			again := all[name](c.Order, nil, now)
			if again.Event != "" || len(again.Owed)+len(again.Turns) > 0 {
				t.Fatalf("%s twice from %s: %s, owes %v", name, o.State, again.Event, again.Owed)
			}
			if o.State == payment.Paid && !reflect.DeepEqual(returnedAs(c.Order, o), o) {
				t.Fatalf("%s changes a paid order", name)
			}
			if o.TransactionID != "" && c.Order.TransactionID != o.TransactionID {
				t.Fatalf("%s forgets the payment", name)
			}
			if o.Returned.Some() && !c.Order.Returned.Some() || o.Returned.All() && !c.Order.Returned.All() {
				t.Fatalf("%s forgets what came back", name)
			}
			o = c.Order
		}
	})
}

func TestNext(t *testing.T) {
	in := func(s payment.State, attempt int) payment.Order {
		o := order(s)
		o.Attempt = attempt
		return o
	}
	key := payment.Key{Court: "京0101", Purse: "诉讼费", Bill: "B1"}
	theirs := in(payment.Foreign, 1)
	theirs.TransactionID = "4200000"
	tests := map[string]struct {
		earlier []payment.Order
		attempt int // zero: blocked
	}{
		"first":                     {nil, 1},
		"after closed":              {[]payment.Order{in(payment.Closed, 1)}, 2},
		"after void":                {[]payment.Order{in(payment.Void, 1)}, 1},
		"after closed and void":     {[]payment.Order{in(payment.Closed, 1), in(payment.Void, 2)}, 2},
		"after closed, any order":   {[]payment.Order{in(payment.Closed, 3), in(payment.Closed, 1)}, 4},
		"while created":             {[]payment.Order{in(payment.Created, 1)}, 0},
		"while waiting":             {[]payment.Order{in(payment.Closed, 1), in(payment.Waiting, 2)}, 0},
		"while closing":             {[]payment.Order{in(payment.Closing, 1)}, 0},
		"while another machine has": {[]payment.Order{in(payment.Foreign, 1)}, 0},
		"paid elsewhere":            {[]payment.Order{theirs}, 0},
		"paid":                      {[]payment.Order{in(payment.Paid, 1)}, 0},
		"paid after closed":         {[]payment.Order{in(payment.Paid, 1), in(payment.Closed, 2)}, 0},
		"disputed":                  {[]payment.Order{in(payment.Disputed, 1)}, 0},
		"some returned":             {[]payment.Order{back(in(payment.Paid, 1), payment.SomeReturned)}, 0},
		"part returned":             {[]payment.Order{back(in(payment.Paid, 1), payment.PartReturned)}, 0},
		"all returned":              {[]payment.Order{back(in(payment.Paid, 1), payment.AllReturned)}, 2},
		"all returned, disputed":    {[]payment.Order{back(in(payment.Disputed, 1), payment.AllReturned)}, 2},
		"all returned elsewhere":    {[]payment.Order{back(theirs, payment.AllReturned)}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			request := payment.Request{Key: key, Merchant: merchant, Amount: 5000, Title: "受理费",
				Owed: []string{"receipt"}}
			now := noon.Add(1500 * time.Microsecond)
			o, err := payment.Next(request, tt.earlier, payment.Order{PayWithin: 5 * time.Minute, Attach: mark}, now)
			if blocked, ok := errors.AsType[*payment.BlockedError](err); (tt.attempt == 0) != ok {
				t.Fatalf("got %v, want attempt %d", err, tt.attempt)
			} else if ok {
				if !blocked.Order.Blocks() {
					t.Errorf("blocked by an order that is %s", blocked.Order.State)
				}
				return
			}
			if o.Attempt != tt.attempt || o.No != key.Number(merchant, tt.attempt) || o.State != payment.Created {
				t.Errorf("got attempt %d, %s, %s, want %d", o.Attempt, o.No, o.State, tt.attempt)
			}
			if want := noon.Add(5 * time.Minute); !o.Expires.Equal(want) ||
				o.Expires.Format(time.RFC3339) != "2026-11-23T12:05:00+08:00" {
				t.Errorf("expires %v, want %v: whole seconds, never later than promised", o.Expires, want)
			}
		})
	}
}

func TestNextRefusesNothingToPay(t *testing.T) {
	for _, f := range []payment.Fen{0, -1} {
		if _, err := payment.Next(payment.Request{Amount: f}, nil, payment.Order{}, noon); !errors.Is(err,
			payment.ErrAmount) {
			t.Errorf("%s: got %v, want ErrAmount", f, err)
		}
	}
}

func TestAbsent(t *testing.T) {
	end := noon.Add(5*time.Minute + payment.Grace)
	unpaid := func(o *payment.Order) { o.NotPaidAt = noon }
	tests := map[string]struct {
		order payment.Order
		now   time.Time
		want  payment.State
	}{
		"at once":                {order(payment.Created), noon, payment.Created},
		"at time_expire":         {order(payment.Created), noon.Add(5 * time.Minute), payment.Created},
		"after its time":         {order(payment.Created), end.Add(1), payment.Void},
		"after it was seen":      {with(order(payment.Created), unpaid), end.Add(time.Hour), payment.Created},
		"after a code":           {order(payment.Waiting), end.Add(time.Hour), payment.Waiting},
		"after a close":          {order(payment.Closing), end.Add(time.Hour), payment.Closing},
		"of another machine's":   {order(payment.Foreign), end.Add(time.Hour), payment.Foreign},
		"after it was paid once": {order(payment.Paid), end.Add(time.Hour), payment.Paid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.order.Absent(tt.now).Order.State; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	seen := func(o *payment.Order) { o.NotPaidAt = noon }
	later := noon.Add(time.Minute)
	tests := map[string]struct {
		order payment.Order
		state payment.State
		seen  time.Time
	}{
		"first sight":        {order(payment.Created), payment.Foreign, later},
		"seen before":        {with(order(payment.Created), seen), payment.Foreign, noon},
		"a code means ours":  {order(payment.Waiting), payment.Waiting, time.Time{}},
		"paid is never lost": {order(payment.Paid), payment.Paid, time.Time{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.order.Refuse(later).Order
			if got.State != tt.state || !got.NotPaidAt.Equal(tt.seen) {
				t.Errorf("got %s, first seen %v; want %s, %v", got.State, got.NotPaidAt, tt.state, tt.seen)
			}
		})
	}
}

func TestMayClose(t *testing.T) {
	seen := func(at time.Time) func(*payment.Order) { return func(o *payment.Order) { o.NotPaidAt = at } }
	end := noon.Add(5*time.Minute + payment.Grace + 1)
	later := noon.Add(payment.MaxPayWithin)
	tests := map[string]struct {
		order payment.Order
		now   time.Time
		want  bool
	}{
		"waiting":                     {order(payment.Waiting), noon, true},
		"closing":                     {order(payment.Closing), noon, true},
		"created in time":             {order(payment.Created), noon.Add(4*time.Minute + 30*time.Second), false},
		"created, never seen, over":   {order(payment.Created), end, false},
		"created, just seen":          {with(order(payment.Created), seen(end.Add(-time.Second))), end, false},
		"created, seen a while ago":   {with(order(payment.Created), seen(noon)), later, false},
		"created, seen long ago":      {with(order(payment.Created), seen(noon)), later.Add(1), true},
		"foreign, never seen":         {order(payment.Foreign), end.Add(time.Hour), false},
		"foreign, its visitor's time": {with(order(payment.Foreign), seen(noon)), later, false},
		"foreign, its time is over":   {with(order(payment.Foreign), seen(noon)), later.Add(1), true},
		"paid":                        {order(payment.Paid), end, false},
		"closed":                      {order(payment.Closed), end, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.order.MayClose(tt.now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// byClock is the wish that the time to pay is over.
var byClock = payment.Wish{Source: payment.ByClock, At: noon}

func TestAskClose(t *testing.T) {
	visit := func(v string) payment.Wish { return payment.Wish{Source: payment.ByVisit, Visit: v, At: noon} }
	seen := func(o *payment.Order) { o.Visit = "now" }
	wished := func(o *payment.Order) { o.Unwanted = visit("now") }
	tests := map[string]struct {
		order    payment.Order
		wish     payment.Wish
		event    payment.Event
		note     string
		unwanted payment.Wish
	}{
		"created keeps the wish": {order(payment.Created), byClock, "", "wished by clock", byClock},
		"waiting":                {order(payment.Waiting), byClock, payment.CloseAsked, "wished by clock", byClock},
		"waiting, wished long since": {
			with(order(payment.Waiting), wished), byClock, payment.CloseAsked,
			"wished by visit before the code was known", visit("now"),
		},
		"closing": {order(payment.Closing), byClock, "", "wished by clock", byClock},
		"by the visit before it": {
			with(order(payment.Waiting), seen), visit("now"), payment.CloseAsked, "wished by visit", visit("now"),
		},
		"by an earlier visit": {with(order(payment.Waiting), seen), visit("before"), "", "", payment.Wish{}},
		"by the court": {
			with(order(payment.Created), seen), payment.Wish{Source: payment.ByCourt}, "", "wished by court",
			payment.Wish{Source: payment.ByCourt},
		},
		"paid": {order(payment.Paid), byClock, "", "", payment.Wish{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := tt.order.AskClose(tt.wish)
			if c.Event != tt.event || c.Note != tt.note || c.Order.Unwanted != tt.unwanted {
				t.Errorf("got %q %q, unwanted %+v; want %q %q, %+v",
					c.Event, c.Note, c.Order.Unwanted, tt.event, tt.note, tt.unwanted)
			}
		})
	}
}

func TestClerkEndsWhatOnlyAClerkEnds(t *testing.T) {
	disputed, _ := order(payment.Waiting).Apply(said(payment.TradeSuccess, amount(1)), nil, noon)
	foreign, _ := order(payment.Created).Apply(said(payment.TradeSuccess, attach("04/77aa")), nil, noon)
	refunded, _ := order(payment.Created).Apply(said(payment.TradeRefund, attach("04/77aa")), nil, noon)
	currencyDiffers, _ := order(payment.Waiting).Apply(said(payment.TradeSuccess, currency("USD")), nil, noon)
	second := with(booked(order(payment.Paid)), func(o *payment.Order) { o.Oddity = payment.SecondPayment })
	first := func(s payment.State) payment.Order {
		return with(booked(order(s)), func(o *payment.Order) { o.No = "ANOTHER" })
	}
	tests := map[string]struct {
		change payment.Change
		event  payment.Event
		oddity payment.Oddity
		owed   []string
	}{
		"accepted": {disputed.Order.Accept(nil), payment.Accepted, "",
			[]string{"receipt:owed", "report:owed"}},
		"accepted second payment": {disputed.Order.Accept([]payment.Order{order(payment.Paid)}), payment.Accepted,
			payment.SecondPayment, []string{"receipt:owed", "attention/second:owed"}},
		"accepted after all of the first came back": {second.Accept([]payment.Order{
			back(booked(order(payment.Paid)), payment.AllReturned), order(payment.Closed)}), payment.Accepted, "",
			[]string{"receipt:owed", "report:owed"}},
		"accepted, from a lost ledger": {with(second, func(o *payment.Order) { o.Recovered = true }).Accept(nil),
			payment.Accepted, "", []string{"receipt:doubtful", "report:doubtful"}},
		"accepted, of which a part came back": {back(second, payment.PartReturned).Accept(nil), payment.Accepted, "",
			[]string{"receipt:owed", "report:owed", "back:owed"}},
		"accepted, of which some came back": {back(second, payment.SomeReturned).Accept(nil), payment.Accepted, "",
			[]string{"receipt:held", "report:held"}},
		"second, came back as a whole": {back(second, payment.AllReturned).Accept(nil), "", payment.SecondPayment, nil},
		"second, beside the first": {second.Accept([]payment.Order{first(payment.Paid)}), "",
			payment.SecondPayment, nil},
		"second, beside a dispute": {second.Accept([]payment.Order{first(payment.Disputed)}), "",
			payment.SecondPayment, nil},
		"second, a part of the first came back": {second.Accept([]payment.Order{
			back(first(payment.Paid), payment.PartReturned)}), "", payment.SecondPayment, nil},
		"accepted, ended by hand": {with(disputed.Order, func(o *payment.Order) { o.ByHand = true }).Accept(nil), "",
			"", nil},
		"accepted, not in yuan": {currencyDiffers.Order.Accept(nil), "", "", nil},
		"ended by hand":         {disputed.Order.EndByHand(noon), payment.EndedByHand, "", nil},
		"ended by hand, paid":   {order(payment.Paid).EndByHand(noon), "", "", nil},
		"adopted": {foreign.Order.Adopt(nil), payment.Adopted, "",
			[]string{"receipt:doubtful", "report:doubtful"}},
		"adopted after a refund": {refunded.Order.Adopt(nil), payment.Adopted, "",
			[]string{"receipt:held", "report:held", "attention/refund:owed"}},
		"adopted, not in yuan": {with(foreign.Order, func(o *payment.Order) { o.PaidAmount = 0 }).Adopt(nil),
			payment.SaidDifferent, "", []string{"attention:owed"}},
		"not paid yet": {order(payment.Foreign).Adopt(nil), "", "", nil},
		"not disputed": {order(payment.Paid).Accept(nil), "", "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.change.Event != tt.event || tt.change.Order.Oddity != tt.oddity {
				t.Errorf("got %q %q, want %q %q", tt.change.Event, tt.change.Order.Oddity, tt.event, tt.oddity)
			}
			if got := owed(tt.change); !slices.Equal(got, tt.owed) {
				t.Errorf("owes %v, want %v", got, tt.owed)
			}
		})
	}
}
