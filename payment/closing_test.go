package payment_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

func TestClosingsAreAChain(t *testing.T) {
	at := time.Date(2026, 11, 23, 17, 5, 12, 0, payment.China)
	by := payment.By{Device: "03", Person: "0217"}
	first := payment.ClosingSheet{}.Next("03", 10, []byte("{}"), by, at)
	second := first.Next("03", 25, []byte("{}"), by, at)
	if !first.Follows(payment.ClosingSheet{}) || !second.Follows(first) {
		t.Error("a sheet does not follow the one before it")
	}
	if first.Key() != "03/00000001" || second.After != 10 || second.To != 25 || second.Number != 2 {
		t.Errorf("second is %+v", second)
	}
	for name, change := range map[string]func(*payment.ClosingSheet){
		"device":  func(c *payment.ClosingSheet) { c.Device = "04" },
		"number":  func(c *payment.ClosingSheet) { c.Number++ },
		"after":   func(c *payment.ClosingSheet) { c.After-- },
		"to":      func(c *payment.ClosingSheet) { c.To++ },
		"at":      func(c *payment.ClosingSheet) { c.At = c.At.Add(time.Microsecond) },
		"content": func(c *payment.ClosingSheet) { c.Content = []byte("{ }") },
		"before":  func(c *payment.ClosingSheet) { c.Before = c.Hash },
	} {
		other := second
		change(&other)
		if other.Follows(first) {
			t.Errorf("with another %s it follows all the same", name)
		}
		if other.Hash = other.Sum(); name != "content" && name != "at" && name != "to" &&
			other.Follows(first) {
			t.Errorf("with another %s and its own hash it follows all the same", name)
		}
	}
}

func TestClosingRules(t *testing.T) {
	at := time.Date(2026, 11, 23, 17, 5, 12, 0, payment.China)
	clerk, lead, device := payment.By{Person: "0217"}, payment.By{Person: "0108"}, payment.By{Device: "03"}
	of := func(by payment.By) payment.ClosingSheet {
		return payment.ClosingSheet{}.Next("03", 10, []byte("{}"), by, at)
	}
	signed, _, err := of(clerk).Countersign(lead, at)
	if err != nil || signed.Countersigned.By != lead {
		t.Fatalf("countersigned %+v, %v", signed, err)
	}
	for name, c := range map[string]struct {
		sheet payment.ClosingSheet
		by    payment.By
		want  error
	}{
		"by the same":       {of(clerk), payment.By{Device: "window", Person: "0217"}, payment.ErrSamePerson},
		"by nobody":         {of(clerk), device, payment.ErrNoPerson},
		"twice":             {signed, payment.By{Person: "0300"}, payment.ErrConflict},
		"of ink":            {of(device), lead, payment.ErrConflict},
		"of no sheet":       {payment.ClosingSheet{}, lead, payment.ErrNotFound},
		"first once more":   {signed, clerk, payment.ErrSamePerson},
		"nobody, no person": {of(device), device, payment.ErrNoPerson},
	} {
		if _, _, err := c.sheet.Countersign(c.by, at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if got, e, err := of(clerk).Store(payment.ClosingSheet{}); err != nil || e.Event != "closing-closed" ||
		got.Number != 1 || e.By != clerk {
		t.Errorf("stored %+v, %+v, %v", got, e, err)
	}
	if got, e, err := of(clerk).Store(signed); err != nil || e.Event != "" || got.Countersigned.By != lead {
		t.Errorf("stored twice: %+v, %+v, %v", got, e, err)
	}
	if _, _, err := of(clerk).Next("03", 11, nil, lead, at).Store(signed); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("another one of the number: %v", err)
	}
}

// Nobody's two signatures are ever one person's, in whatever order people come.
func TestTwoSignaturesAreOfTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		person := rapid.SampledFrom([]string{"", "1", "2", "3"})
		by := func() payment.By { return payment.By{Device: "03", Person: person.Draw(t, "person")} }
		c := payment.ClosingSheet{}.Next("03", 1, nil, by(), time.Time{})
		for range rapid.IntRange(1, 6).Draw(t, "tries") {
			if next, _, err := c.Countersign(by(), time.Unix(1, 0)); err == nil {
				c = next
			}
		}
		if c.Countersigned.By.Person != "" && c.Countersigned.By.Person == c.Closed.By.Person {
			t.Fatalf("both are %s's", c.Closed.By.Person)
		}
		if c.Closed.By.Person == "" && !c.Countersigned.At.IsZero() {
			t.Fatal("one signature in ink, and one here")
		}
	})
}
