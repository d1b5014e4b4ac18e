package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

func staff(n int) payment.By { return payment.By{Device: "window", Person: fmt.Sprint(1000 + n)} }

// ask asks for a refund of an order as one person does.
func ask(l payment.Ledger, order, id string, sum payment.Fen, by int) (payment.Refund, error) {
	return l.AskRefund(context.Background(), order, id, func(of payment.Refunded) (payment.RefundChange, error) {
		return of.Ask(payment.RefundAsk{ID: id, Sum: sum, Reason: "paid twice", Shown: "重复交费退回", By: staff(by)}, Born)
	})
}

// A decision is a rule about a refund that needs nothing from outside.
type decision = func(payment.Refund, payment.Refunded) (payment.RefundChange, error)

func decide(l payment.Ledger, no string, rule decision) (payment.Refund, error) {
	return l.UpdateRefund(context.Background(), no, rule)
}

func approve(by int) decision {
	return func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		return of.Approve(r, staff(by), Born.Add(time.Minute))
	}
}

func send(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
	return of.Send(r, []byte(`{"reason":"重复交费退回"}`), Born.Add(2*time.Minute))
}

func heard(status payment.RefundStatus) decision {
	return func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		return of.Apply(r, payment.ReportedRefund{No: r.No, Order: r.Order, ID: "50" + r.No, Status: status, Sum: r.Sum,
			ArrivedAt: Born.Add(time.Hour)}, Born.Add(time.Hour))
	}
}

// Refunds adds refunds in three states to a ledger, each of an order of its own from the n-th on, and a person.
func Refunds(t testing.TB, l payment.Ledger, n int) {
	t.Helper()
	if _, err := l.People().Update(t.Context(), "1001", hire("1001")); err != nil {
		t.Fatal(err)
	}
	refund(t, l, n)
	refund(t, l, n+1, approve(2), send)
	refund(t, l, n+2, approve(2), send, heard(payment.StatusSuccess))
}

// refund returns a refund of the n-th order that has taken these steps.
func refund(t testing.TB, l payment.Ledger, n int, steps ...decision) payment.Refund {
	t.Helper()
	o := paidAt(t, l, n, Born)
	r, err := ask(l, o.No, "", o.PaidAmount, 1)
	for _, step := range steps {
		if err == nil {
			r, err = decide(l, r.No, step)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refundAt(t testing.TB, l payment.Ledger, no string) payment.Refund {
	t.Helper()
	r, err := l.Refund(context.Background(), no)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refunds walks a refund to its end: each step is stored, audited once, and found.
func refunds(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	o := paidAt(t, l, 1, Born)
	before := len(entries(t, l))
	r, err := ask(l, o.No, "first", 100_00, 1)
	if err != nil || r.State != payment.RefundAsked || r.No != payment.RefundNumber(o.No, 1) || r.ChangedAt.IsZero() {
		t.Fatalf("asked: %+v, %v", r, err)
	}
	for _, step := range []decision{approve(2), send, heard(payment.StatusProcessing)} {
		if r, err = decide(l, r.No, step); err != nil {
			t.Fatal(err)
		}
		if got := refundAt(t, another(t, s, l), r.No); !same(got, r) {
			t.Errorf("stored\n%+v, want\n%+v", got, r)
		}
		if open, err := l.OpenRefunds(ctx); err != nil || len(open) != 1 || !same(open[0], r) {
			t.Errorf("open: %+v, %v", open, err)
		}
	}
	r, err = decide(l, r.No, heard(payment.StatusSuccess))
	if err != nil || r.State != payment.RefundDone || !r.ArrivedAt.Equal(Born.Add(time.Hour)) {
		t.Fatalf("done: %+v, %v", r, err)
	}
	if open, err := l.OpenRefunds(ctx); err != nil || len(open) != 0 {
		t.Errorf("open: %+v, %v", open, err)
	}
	if list, err := l.RefundsOf(ctx, o.No); err != nil || len(list) != 1 || !same(list[0], r) {
		t.Errorf("of the order: %+v, %v", list, err)
	}
	got := read(t, l, o.No)
	if got.Returned.State != payment.PartReturned || got.Returned.Sum != 100_00 ||
		got.Refunding != (payment.Refunding{Parts: 1, Sent: 100_00, Done: 100_00}) {
		t.Errorf("the order says %+v, %+v", got.Returned, got.Refunding)
	}
	var events []string
	for _, e := range entries(t, l)[before:] {
		if e.Order != o.No {
			t.Errorf("an entry of another order: %+v", e)
		}
		if e.Event != "noted" {
			events = append(events, e.Event+" "+e.By.Person)
		}
	}
	want := []string{"refund-asked 1001", "refund-approved 1002", "refund-sent ", "refund-said-processing ",
		"refund-said-success "}
	if !slices.Equal(events, want) {
		t.Errorf("the audit says %q, want %q", events, want)
	}
	n := len(entries(t, l))
	again, err := decide(l, r.No, heard(payment.StatusSuccess))
	if err != nil || !same(again, r) || len(entries(t, l)) != n {
		t.Errorf("the same news: %+v, %v", again, err)
	}
	if f, ok := l.(interface {
		Verify(context.Context) ([]string, error)
	}); ok {
		if findings, err := f.Verify(ctx); err != nil || len(findings) > 0 {
			t.Errorf("verified: %q, %v", findings, err)
		}
	}
}

// refundIDs: asking twice by one id asks once.
func refundIDs(t *testing.T, s Store) {
	l := s.Open(t)
	o := paidAt(t, l, 1, Born)
	first, err := ask(l, o.No, "asked", 100_00, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ask(l, o.No, "asked", 50_00, 2)
	if err != nil || !same(again, first) {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	other, err := ask(l, o.No, "another", 50_00, 2)
	if err != nil || other.No == first.No || other.Part != 2 {
		t.Errorf("another asking: %+v, %v", other, err)
	}
	if _, err := ask(l, "nobody", "x", 1, 1); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("of an unknown order: %v", err)
	}
	if _, err := decide(l, "nobody", approve(2)); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an unknown refund: %v", err)
	}
	if _, err := l.Refund(t.Context(), "nobody"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("an unknown refund: %v", err)
	}
	if _, err := l.RefundsOf(t.Context(), "nobody"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("the refunds of an unknown order: %v", err)
	}
}

// refundEdges: no other edge than those of the graph is walked, and what is refused changes nothing.
func refundEdges(t *testing.T, s Store) {
	l := s.Open(t)
	r := refund(t, l, 1)
	n := len(entries(t, l))
	states := []payment.RefundState{payment.RefundAsked, payment.RefundApproved, payment.RefundRefused,
		payment.RefundWithdrawn, payment.RefundSent, payment.RefundAccepted, payment.RefundDone, payment.RefundAbnormal,
		payment.RefundClosed}
	events := []payment.RefundEvent{"", payment.AsksRefund, payment.ApprovesRefund, payment.SendsRefund,
		payment.SaidSuccess}
	for _, to := range states {
		for _, event := range events {
			e := payment.RefundEdge{From: r.State, Event: event, To: to}
			if payment.AllowedRefund(e) || event == "" && to == r.State {
				continue
			}
			_, err := decide(l, r.No, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
				r.State = to
				return payment.RefundChange{Refund: r, Event: event, Order: payment.Change{Order: of.Order}}, nil
			})
			if _, ok := errors.AsType[*payment.RefundTransitionError](err); !ok {
				t.Errorf("to %s by %q: %v", to, event, err)
			}
		}
	}
	wrong := errors.New("refused")
	if _, err := decide(l, r.No, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		c, _ := of.Approve(r, staff(2), Born)
		return c, wrong
	}); !errors.Is(err, wrong) {
		t.Errorf("the rule's error became %v", err)
	}
	if got := refundAt(t, l, r.No); !same(got, r) || len(entries(t, l)) != n {
		t.Errorf("now it is %+v, was %+v", got, r)
	}
}

// refundFields has a rule fill whatever a refund has.
func refundFields(t *testing.T, s Store) {
	l := s.Open(t)
	r := refund(t, l, 1)
	fixed := []string{"No", "Order", "State", "ChangedAt", "Part"}
	want, err := decide(l, r.No, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		v, n := reflect.ValueOf(&r).Elem(), 0
		for i := range v.NumField() {
			if !slices.Contains(fixed, v.Type().Field(i).Name) {
				visit(v.Field(i), func(at reflect.Value) { n++; fill(t, at, n) })
			}
		}
		return payment.RefundChange{Refund: r}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	exact(t, "a refund", want)
	open, err := l.OpenRefunds(t.Context())
	if err != nil || len(open) != 1 || !same(open[0], want) || !same(refundAt(t, l, r.No), want) {
		t.Errorf("stored %+v, %v, want %+v", open, err, want)
	}
	open[0].Body[0] = 'X'
	if got := refundAt(t, l, r.No); !same(got, want) {
		t.Errorf("what was handed out is what is stored: %+v", got)
	}
}

// refundRace: of clerks who ask at once no more is asked for than was paid; of two who decide at once one does.
func refundRace(t *testing.T, s Store) {
	l := s.Open(t)
	o := paidAt(t, l, 1, Born)
	handles := []payment.Ledger{l, another(t, s, l)}
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() {
			if _, err := ask(handles[i%2], o.No, fmt.Sprint(i), o.PaidAmount/2, i); err != nil &&
				!errors.Is(err, payment.ErrRefundSum) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	list, err := l.RefundsOf(t.Context(), o.No)
	if err != nil || len(list) != 2 || list[0].Part != 1 || list[1].Part != 2 {
		t.Fatalf("%d refunds of one half each, %v", len(list), err)
	}
	approved, before := make([]error, racers), len(entries(t, l))
	for i := range racers {
		group.Go(func() { _, approved[i] = decide(handles[i%2], list[0].No, approve(100+i)) })
	}
	group.Wait()
	won := 0
	for _, err := range approved {
		if err == nil {
			won++
		} else if !errors.Is(err, payment.ErrConflict) {
			t.Error(err)
		}
	}
	if won != 1 || len(entries(t, l)) != before+1 {
		t.Errorf("%d persons have approved it, %d entries more", won, len(entries(t, l))-before)
	}
}

func reopenRefunds(t *testing.T, s Store) {
	l := s.Open(t)
	r := refund(t, l, 1, approve(2), send)
	l = s.Reopen(t, l)
	if got := refundAt(t, l, r.No); !same(got, r) {
		t.Errorf("after a start it is %+v, was %+v", got, r)
	}
	if open, err := l.OpenRefunds(t.Context()); err != nil || len(open) != 1 || !same(open[0], r) {
		t.Errorf("open: %+v, %v", open, err)
	}
}

func unsureRefund(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		o := paidAt(t, l, 1, Born)
		unsure()
		_, err := ask(l, o.No, "asked", o.PaidAmount, 1)
		isUnsure(t, err)
		r, err := ask(l, o.No, "asked", o.PaidAmount, 1)
		if err != nil || r.Part != 1 {
			t.Fatalf("asked again: %+v, %v", r, err)
		}
		unsure()
		_, err = decide(l, r.No, approve(2))
		isUnsure(t, err)
		if got := refundAt(t, l, r.No); stored != (got.State == payment.RefundApproved) {
			t.Errorf("stored %t: it is %s", stored, got.State)
		}
	})
}

// refundPages: every refund is on one page, whatever its state.
func refundPages(t *testing.T, s Store) {
	l := s.Open(t)
	Refunds(t, l, 1)
	var all []string
	for after := ""; ; {
		page, err := l.RefundPage(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			if !same(refundAt(t, l, r.No), r) {
				t.Errorf("the page says %+v", r)
			}
			all, after = append(all, r.No), r.No
		}
		if len(page) < 2 {
			break
		}
	}
	if len(all) != 3 || !slices.IsSorted(all) {
		t.Errorf("pages of %q", all)
	}
}
