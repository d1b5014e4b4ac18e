package update

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/app/holiday"
	"courtkiosk/payment"
)

// office is open from Monday to Friday, with a break.
var office = func() (h holiday.Hours) {
	for day := time.Monday; day <= time.Friday; day++ {
		h.Week[day] = []holiday.Span{{From: 9 * 60, To: 12 * 60}, {From: 13*60 + 30, To: 17 * 60}}
	}
	return h
}()

func TestChance(t *testing.T) {
	unwanted := payment.Wish{Source: payment.ByClock}
	for name, tt := range map[string]struct {
		at    string
		hours holiday.Hours
		open  []payment.Order
		want  error
	}{
		"in the evening":          {"2026-11-30 18:00", office, nil, nil},
		"in service":              {"2026-11-30 09:00", office, nil, ErrServing},
		"the last minute of it":   {"2026-11-30 16:59", office, nil, ErrServing},
		"once it is over":         {"2026-11-30 17:00", office, nil, nil},
		"soon in service":         {"2026-11-30 08:31", office, nil, ErrServing},
		"in time before it":       {"2026-11-30 08:30", office, nil, nil},
		"at noon":                 {"2026-11-30 12:30", office, nil, nil},
		"late at noon":            {"2026-11-30 13:01", office, nil, ErrServing},
		"on a Sunday":             {"2026-11-29 10:00", office, nil, nil},
		"on a Saturday worked":    {"2026-02-28 10:00", office, nil, ErrServing},
		"on a holiday":            {"2026-10-01 10:00", office, nil, nil},
		"without hours, at night": {"2026-11-30 22:00", holiday.Hours{}, nil, nil},
		"and by day":              {"2026-11-30 21:59", holiday.Hours{}, nil, ErrServing},
		"and early":               {"2026-11-30 05:31", holiday.Hours{}, nil, ErrServing},
		"and earlier":             {"2026-11-30 05:30", holiday.Hours{}, nil, nil},
		"a code is on a screen":   {"2026-11-30 18:00", office, []payment.Order{{State: payment.Waiting}}, ErrPayable},
		"a code may be soon":      {"2026-11-30 18:00", office, []payment.Order{{State: payment.Created}}, ErrPayable},
		"a code, in service":      {"2026-11-30 09:00", office, []payment.Order{{State: payment.Waiting}}, ErrPayable},
		"one that nobody watches": {"2026-11-30 18:00", office, []payment.Order{{State: payment.Waiting, Left: true}},
			ErrPayable},
		"orders that are being ended": {"2026-11-30 18:00", office, []payment.Order{{State: payment.Closing},
			{State: payment.Created, Unwanted: unwanted}, {State: payment.Waiting, Unwanted: unwanted},
			{State: payment.Foreign}}, nil},
		"whose time is over": {"2026-11-30 18:00", office, []payment.Order{{State: payment.Waiting,
			Expires: time.Date(2026, 11, 30, 17, 59, 0, 0, payment.China)}}, nil},
		"by a clock that is late": {"2026-11-30 18:00", office, []payment.Order{{State: payment.Waiting,
			Expires: time.Date(2026, 11, 30, 17, 59, 1, 0, payment.China)}}, ErrPayable},
		"and one that is not": {"2026-11-30 18:00", office, []payment.Order{{State: payment.Closing},
			{State: payment.Waiting}}, ErrPayable},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", tt.at, payment.China)
		if err != nil {
			t.Fatal(err)
		}
		for i := range tt.open {
			if tt.open[i].Expires.IsZero() {
				tt.open[i].Expires = now.Add(time.Second)
			}
		}
		if err := Chance(now.UTC(), tt.hours, tt.open); !errors.Is(err, tt.want) || err != nil && tt.want == nil {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// A chance by the clock is none over a code, whatever the state of the orders beside it: every state is asked.
func TestQuietKnowsEveryState(t *testing.T) {
	held := map[payment.State]bool{payment.Created: true, payment.Waiting: true}
	for _, e := range payment.Graph {
		open := []payment.Order{{State: e.To, Expires: time.Now().Add(time.Minute)}}
		if err := Quiet(time.Now(), open); (err != nil) != held[e.To] {
			t.Errorf("%s: %v", e.To, err)
		}
	}
}
