package caseno

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// HoldsIdentity reports whether a text holds what looks like a person's identity number (GB 11643): 17 digits and a
// check digit, right or mistyped, or the 15 digits of before 2000, with whatever stands around it and blanks or
// hyphens inside. Such a text is neither stored nor shown, logged or sent to anybody.
//
// A number whose check digit is wrong counts with a birth before 2016 only: after that, region and date are as well
// the court and the day of a payment code.
func HoldsIdentity(text string) bool {
	runes := []rune(norm.NFKC.String(text))
	return inRuns(runes) || inRuns(slices.DeleteFunc(runes, inside))
}

// inside reports what people and scanners put between the digits of one number.
func inside(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Pd, r) ||
		strings.ContainsRune("./_·", r)
}

// inRuns looks at the digits that stand together, each lot as a whole: within longer ones any number can be found.
func inRuns(runes []rune) bool {
	for i := 0; i < len(runes); i++ {
		start := i
		for i < len(runes) && digit(runes[i]) {
			i++
		}
		end := i
		if i-start == 17 && i < len(runes) && (runes[i] == 'X' || runes[i] == 'x') {
			end++
		}
		if isIdentity(strings.ToUpper(string(runes[start:end]))) {
			return true
		}
	}
	return false
}

// isIdentity judges 18 or 15 characters: digits, and perhaps an X at the end.
func isIdentity(number string) bool {
	switch {
	case len(number) == 18 && region(number):
		born, err := time.Parse("20060102", number[6:14])
		return err == nil && born.Year() >= 1900 && born.Year() < 2100 && (born.Year() < 2016 || checked(number))
	case len(number) == 15 && region(number):
		_, err := time.Parse("20060102", "19"+number[6:12])
		year, _ := strconv.Atoi(number[6:8])
		return err == nil && (year < 16 || year >= 40) // between, it is a payment code's day, or somebody very old
	}
	return false
}

// region reports whether the first two digits are a province's (GB/T 2260; 83 is Taiwan on residence permits).
func region(number string) bool {
	return strings.Contains("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 "+
		"64 65 71 81 82 83 91", number[:2])
}

// checked reports whether the check digit of 18 characters is right (ISO 7064, MOD 11-2).
func checked(number string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(number[i]-'0')
	}
	return number[17] == "10X98765432"[sum%11]
}
