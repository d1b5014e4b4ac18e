package lives

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// WeChat signs that the order is paid, and the answer cannot be booked: at the third one it is disputed, an alarm
// rings, and a clerk has something to look at. What proves the answer is kept; who paid is not.
func TestRealPaymentThatCannotBeBooked(t *testing.T) {
	for name, distort := range map[string]func(map[string]any){
		"no success_time":   func(m map[string]any) { delete(m, "success_time") },
		"no transaction_id": func(m map[string]any) { delete(m, "transaction_id") },
		"no amount":         func(m map[string]any) { m["amount"] = "2700.00" },
	} {
		t.Run(name, func(t *testing.T) {
			inReal(t, func(t *testing.T, r real) {
				s, err := r.cashier.Take(t.Context(), r.request)
				if err != nil {
					t.Fatal(err)
				}
				o := r.until(t, s, payment.Waiting)
				if err := r.sim.Pay(o.No); err != nil {
					t.Fatal(err)
				}
				said := r.says(distort, 1000)
				start := time.Now()
				r.until(t, s, payment.Disputed)
				if took := time.Since(start); took > 20*time.Second || said() != 3 {
					t.Errorf("disputed after %v and %d answers", took, said())
				}
				r.checkAlarm(t, o.No, name, payment.Attention)
			})
		})
	}
}

// The same of an answer that does not name the order: nothing is booked, and the order goes on until it does.
func TestRealPaymentOfNobody(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		r.says(func(m map[string]any) { delete(m, "out_trade_no") }, 1000)
		time.Sleep(10 * time.Minute)
		r.checkAlarm(t, o.No, "no out_trade_no", payment.AttentionAnswer)
		if got := s.News(); got.Order.Final() || got.Trouble == nil {
			t.Errorf("%+v", got)
		}
		r.sim.Inject(nil)
		r.until(t, s, payment.Paid)
	})
}

// Two flawed answers are WeChat's affair, and not ours.
func TestRealFlawThatPasses(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		r.says(func(m map[string]any) { delete(m, "success_time") }, 2)
		r.until(t, s, payment.Paid)
		if owed, err := r.ledger.Effects(t.Context(), o.No); err != nil || len(owed) != 1 || owed[0].Kind != "receipt" {
			t.Errorf("owes %+v, %v", owed, err)
		}
	})
}

// says distorts the next answers to queries, and returns how many were.
func (r real) says(distort func(map[string]any), most int) (said func() int) {
	n := 0
	count := make(chan int, 1)
	count <- n
	r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
		n := <-count
		defer func() { count <- n }()
		if c.Op != "query" || n >= most {
			return nil
		}
		n++
		return &wechatsim.Fault{Distort: distort}
	})
	return func() int { n := <-count; count <- n; return n }
}

// checkAlarm fails unless a flaw was logged as an error once, is owed to a clerk, and is proven by the audit.
func (r real) checkAlarm(t *testing.T, no, flaw, kind string) {
	t.Helper()
	owed, err := r.ledger.Effects(t.Context(), no)
	if err != nil || len(owed) != 1 || owed[0].Kind != kind || owed[0].Note != flaw {
		t.Errorf("owes %+v, %v", owed, err)
	}
	history, err := r.ledger.Audit(t.Context(), no)
	i := slices.IndexFunc(history, func(e payment.Entry) bool { return strings.HasPrefix(e.Note, flaw+" (") })
	if err != nil || i < 0 {
		t.Fatalf("no evidence in %+v, %v", history, err)
	}
	for _, part := range []string{r.sim.PublicKeyID(), "timestamp ", "nonce ", "signature ", "body SHA-256 "} {
		if !strings.Contains(history[i].Note, part) {
			t.Errorf("the audit has no %s: %s", part, history[i].Note)
		}
	}
	if n := strings.Count(r.log.String(), "payment cannot be booked"); n != 1 {
		t.Errorf("%d alarms: %s", n, r.log)
	}
	if text := r.log.String() + history[i].Note + owed[0].Note; strings.Contains(text, "oSIM") {
		t.Errorf("the payer is named: %s", text)
	}
}
