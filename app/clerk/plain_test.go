package clerk_test

import (
	"testing"

	"courtkiosk/app/clerk"
)

// A reason stands in one line of the audit, whatever somebody has pasted into it.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"  paid twice ": "paid twice",
		"paid twice\n2026-11-28 10:00:00  accepted\tdisputed": "paid twice 2026-11-28 10:00:00 accepted disputed",
		"\x1b[2Kcopies were \x07not made":                     "[2Kcopies were not made",
		"\u202egnirts":                                        "gnirts",
		"　重复缴费　":                                              "重复缴费",
		"\n\t\x00":                                            "",
	} {
		if got := clerk.Plain(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
