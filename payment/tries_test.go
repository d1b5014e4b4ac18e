package payment

import (
	"errors"
	"testing"
	"time"
)

func TestTries(t *testing.T) {
	start := time.Date(2026, 11, 28, 9, 0, 0, 0, China)
	type try struct {
		at    time.Duration // after the start
		right bool
		heard bool
	}
	wrong := func(at time.Duration) try { return try{at: at, heard: true} }
	tests := map[string][]try{
		"five wrong ones, then none": {
			wrong(0), wrong(1), wrong(2), wrong(3), wrong(time.Minute),
			{at: 2 * time.Minute}, {at: TriesFor - 1, right: true},
		},
		"after an hour anew": {
			wrong(0), wrong(1), wrong(2), wrong(3), wrong(4), {at: 5}, wrong(TriesFor), wrong(TriesFor + 1),
		},
		"a right one forgets": {
			wrong(0), wrong(1), wrong(2), wrong(3), {4, true, true},
			wrong(5), wrong(6), wrong(7), wrong(8), wrong(9), {at: 10},
		},
		"slowly": {
			wrong(0), wrong(30 * time.Minute), wrong(time.Hour), wrong(90 * time.Minute), wrong(2 * time.Hour),
		},
		"a clock that was ahead": {wrong(48 * time.Hour), wrong(0)},
	}
	for name, tries := range tests {
		t.Run(name, func(t *testing.T) {
			o := Order{No: "A", State: Paid}
			for i, try := range tries {
				c, err := o.Try(start.Add(try.at))
				if heard := err == nil; heard != try.heard || !heard && !errors.Is(err, ErrTooManyTries) {
					t.Fatalf("try %d is heard: %t, %v", i+1, heard, err)
				}
				if err != nil {
					continue
				}
				if o = c.Order; o.Tries.Wrong < 1 || o.State != Paid || c.Event != "" || len(c.Owed) > 0 {
					t.Fatalf("try %d makes %+v", i+1, c)
				}
				if try.right {
					o = o.Proved().Order
				}
			}
		})
	}
}
