package payment

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

func TestTries(t *testing.T) {
	start := time.Date(2026, 11, 28, 9, 0, 0, 0, China)
	const never = -1
	type try struct {
		at    time.Duration // after the start
		right bool
		wait  time.Duration // until it is heard; never when none is today
	}
	wrong := func(at time.Duration) try { return try{at: at * time.Second} }
	tests := map[string][]try{
		"five wrong ones, then none": {
			wrong(0), wrong(5), wrong(15), wrong(35), wrong(75),
			{at: time.Minute * 3, wait: never}, {at: 14 * time.Hour, right: true, wait: never},
		},
		"the pause doubles": {
			wrong(0), {at: 0, wait: 5 * time.Second}, {at: 4 * time.Second, wait: time.Second}, wrong(5),
			{at: 5 * time.Second, wait: 10 * time.Second}, wrong(15), {at: 20 * time.Second, wait: 15 * time.Second},
			wrong(35), {at: 74 * time.Second, right: true, wait: time.Second}, wrong(75),
		},
		"a right one costs nothing": {
			wrong(0), {at: 5 * time.Second, right: true}, {at: 6 * time.Second, right: true}, wrong(7),
			{at: 16 * time.Second, wait: time.Second}, wrong(17), wrong(37), wrong(77),
			{at: time.Hour, right: true, wait: never},
		},
		"and needs no pause": {{right: true}, {right: true}, {right: true}},
		"a clock that was an hour ahead": {
			wrong(3600), wrong(0), {at: 3 * time.Second, wait: 7 * time.Second}, wrong(10),
		},
	}
	for name, tries := range tests {
		t.Run(name, func(t *testing.T) {
			var counted Tries
			for i, try := range tries {
				left := counted.Left()
				next, err := counted.Again(start.Add(try.at))
				soon, early := errors.AsType[*TooSoonError](err)
				switch {
				case try.wait == never:
					if !errors.Is(err, ErrTooManyTries) {
						t.Fatalf("try %d: %v", i+1, err)
					}
				case try.wait > 0:
					if !early || soon.Wait != try.wait || soon.Left != left {
						t.Fatalf("try %d: %v, want a wait of %v", i+1, err, try.wait)
					}
				case err != nil || next.Left() != left-1:
					t.Fatalf("try %d: %v, %d left of %d", i+1, err, next.Left(), left)
				}
				if err != nil && next != counted {
					t.Fatalf("try %d was not heard and makes %+v of %+v", i+1, next, counted)
				}
				before := counted
				if counted = next; err == nil && try.right {
					counted = counted.Right(start.Add(try.at), before)
				}
			}
		})
	}
}

// One that was right is given back beside one that another machine has made meanwhile, whose pause goes on.
func TestRightBesideAnother(t *testing.T) {
	start := time.Date(2026, 11, 28, 9, 0, 0, 0, China)
	before := Tries{Wrong: 1, Last: start}
	mine, _ := before.Again(start.Add(time.Minute))
	both, err := mine.Again(start.Add(2 * time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := Tries{Wrong: 2, Last: start.Add(2 * time.Minute)}
	if got := both.Right(start.Add(time.Minute), before); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Whoever tries, at whatever times and however often they are right in between, is wrong no more than five times.
func TestTriesNeverMore(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 13))
		now := time.Date(2026, 11, 28, 0, 0, 0, 0, China)
		var counted Tries
		wrong := 0
		for range 500 {
			now = now.Add(time.Duration(random.IntN(60)) * time.Second)
			next, err := counted.Again(now)
			if err != nil {
				continue
			}
			before := counted
			if counted = next; random.IntN(2) == 0 {
				counted = counted.Right(now, before)
			} else {
				wrong++
			}
		}
		if wrong != MaxTries {
			t.Fatalf("seed %d: %d wrong tries were heard", seed, wrong)
		}
	}
}
