package receipt

import (
	"errors"
	"strings"
	"testing"

	"courtkiosk/payment"
)

func TestInWords(t *testing.T) {
	for f, want := range map[payment.Fen]string{
		0:               "zero yuan",
		1:               "one fen",
		50:              "fifty fen",
		100:             "one yuan",
		1_19:            "one yuan nineteen fen",
		2700_00:         "two thousand seven hundred yuan",
		766_67:          "seven hundred sixty-six yuan sixty-seven fen",
		10_0010_01:      "one hundred thousand ten yuan one fen",
		1_0000_0000_00:  "one hundred million yuan",
		21_0000_0030_00: "two billion one hundred million thirty yuan",
	} {
		if got, err := InWords(f); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", f, got, err, want)
		}
	}
	for _, f := range []payment.Fen{-1, MaxAmount + 1} {
		if got, err := InWords(f); !errors.Is(err, ErrAmount) {
			t.Errorf("%d: %q, %v", f, got, err)
		}
	}
	if got, err := InWords(MaxAmount); err != nil || strings.Contains(got, "  ") {
		t.Errorf("%q, %v", got, err)
	}
}

// Two amounts are never said alike.
func TestInWordsTellsAmountsApart(t *testing.T) {
	said := make(map[string]payment.Fen)
	for f := payment.Fen(0); f < 3_000_000; f += 7 {
		words, _ := InWords(f)
		if other, twice := said[words]; twice {
			t.Fatalf("%s and %s are both %q", f, other, words)
		}
		said[words] = f
	}
}
