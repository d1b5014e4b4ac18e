package caseno

import (
	"errors"
	"testing"
)

func TestHoldsIdentity(t *testing.T) {
	tests := map[string]bool{
		"11010519491231002X":             true,
		"11010519491231002x":             true,
		"110101199003074477":             true,
		"110101199003074478":             true, // a wrong check digit
		"110101900307447":                true, // 15 digits, of before 2000
		"ID110101199003074477":           true,
		"身份证号：110101199003074477":        true,
		"张三110101199003074477李四":         true,
		"１１０１０１１９９００３０７４４７７":             true,
		"110101 1990 0307 4477":          true,
		"110101-19900307-4477":           true,
		"110101\u200b199003074477":       true,
		"110101199003074477 13800138000": true,
		"11010120180307001X":             true, // a child's: the check digit is right

		"":                          false,
		"（2026）京0101民初12345号":       false,
		"1100012026000123":          false,
		"110001202600012345":        false, // no such day
		"110101202611230002":        false, // a court, a day and a count: a payment code
		"110101261123001":           false,
		"990101199003074477":        false, // no such region
		"1101011990030744771":       false, // 19 digits
		"11010119900307447":         false, // 17
		"11000120260001234567":      false,
		"4200001234202611230000001": false,
		"13800138000":               false,
	}
	for text, want := range tests {
		if got := HoldsIdentity(text); got != want {
			t.Errorf("HoldsIdentity(%q) = %t, want %t", text, got, want)
		}
	}
}

// What looks like one is never read as a case number, and the error does not hold it.
func TestParseRefusesIdentity(t *testing.T) {
	for _, text := range []string{
		"11010119900307447X", "110101 19900307 4477", "110101900307447", "ID110101199003074477",
		"（2026）京0101民初1号110101199003074477", "（2026）京0101民初1号 张三 110101199003074478",
	} {
		n, err := Parse(text, now)
		wrong, ok := errors.AsType[*SyntaxError](err)
		if !ok || n != (Number{}) || *wrong != (SyntaxError{Want: Identity}) {
			t.Errorf("Parse(%q) = %v, %+v", text, n, err)
		}
	}
}
