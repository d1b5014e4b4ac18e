package counter

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// calls returns how the machine's call stands, and the events of the audit that tell of calls.
func (w *world) calls() (call payment.Call, events []string) {
	w.t.Helper()
	call, err := w.ledger.Calls().Get(w.t.Context(), "03")
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		w.t.Fatal(err)
	}
	list, err := w.ledger.Since(w.t.Context(), 0, payment.MaxPage)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if e.Event == payment.CallMade {
			events = append(events, e.Note)
		}
	}
	return call, events
}

// A machine that calls twice has called once; what nobody has answered for two hours is called anew.
func TestCall(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, screen := range []string{"pay", "help", "pay"} {
			if err := w.Call(w.t.Context(), screen); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		call, events := w.calls()
		if call.N != 1 || call.Screen != "pay" || !call.Waits(time.Now()) ||
			!slices.Equal(events, []string{`kiosk 03, call 1, screen "pay"`}) {
			t.Errorf("called thrice: %+v, %q", call, events)
		}
		time.Sleep(payment.CallStands)
		if err := w.Call(w.t.Context(), "home"); err != nil {
			t.Error(err)
		}
		if call, events := w.calls(); call.N != 2 || len(events) != 2 {
			t.Errorf("called again after two hours: %+v, %q", call, events)
		}
	})
}

// A ledger that is away or has failed is said to be, and nothing is called; one that gave no answer is asked again.
func TestCallReachesNobody(t *testing.T) {
	for err, trouble := range map[error]doctor.Code{
		payment.ErrAway: doctor.Away, payment.ErrFailed: doctor.Ledger, payment.ErrNoRoom: doctor.Disk,
	} {
		inWorld(t, func(w *world) {
			w.ledger.Fail(err)
			refused := w.Call(w.t.Context(), "pay")
			r, ok := errors.AsType[*Refusal](refused)
			if !ok || r.Code != Closed || r.Args[Trouble] != string(trouble) {
				t.Errorf("%v: %v", err, refused)
			}
			w.ledger.Fail(nil)
			if call, events := w.calls(); call.N != 0 || len(events) != 0 {
				t.Errorf("%v: it is called all the same: %+v", err, call)
			}
		})
	}
	for _, stored := range []bool{false, true} {
		inWorld(t, func(w *world) {
			w.ledger.Unsure(stored)
			if err := w.Call(w.t.Context(), "pay"); err != nil {
				t.Errorf("stored %t: %v", stored, err)
			}
			if call, events := w.calls(); call.N != 1 || len(events) != 1 {
				t.Errorf("stored %t: %+v, %q", stored, call, events)
			}
		})
	}
	inWorld(t, func(w *world) {
		w.Desk = false
		if err := w.Call(w.t.Context(), "pay"); !Is(err, Internal) {
			t.Errorf("where no clerk looks: %v", err)
		}
		if call, _ := w.calls(); call.N != 0 {
			t.Errorf("where no clerk looks it is called: %+v", call)
		}
	})
}

// What was typed or scanned does not get into a call, whatever a face says that its screen is.
func TestCallNamesNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		if err := w.Call(w.t.Context(), "张晓明 11010519491231002X"); err != nil {
			t.Fatal(err)
		}
		call, events := w.calls()
		if want := []string{`kiosk 03, call 1, screen ""`}; call.Screen != "" || !slices.Equal(events, want) {
			t.Errorf("%+v, %q", call, events)
		}
	})
}
