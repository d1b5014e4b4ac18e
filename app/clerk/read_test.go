package clerk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

var afternoon = time.Date(2026, 11, 23, 14, 41, 0, 0, payment.China)

const merchantNo = "K7QM2VXAD4TE6ZPBH3LNY5WC2RGJOU7F"

// Everything that a person at the window can have in the hand is understood.
func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "newest",
		"（2026）京0101民初12345号":                "case （2026）京0101民初12345号",
		"(2026)京0101民初12345":                 "case （2026）京0101民初12345号",
		"民初12345":                            "case 民初12345",
		"2700":                               "amount 2700.00, tail 2700, case 2700",
		"2,700.00":                           "amount 2700.00",
		"￥2,700":                             "amount 2700.00",
		"2700元":                              "amount 2700.00",
		"25.5":                               "amount 25.50",
		"2700 11-23":                         "amount 2700.00 on 2026-11-23",
		"11-23 2700":                         "amount 2700.00 on 2026-11-23",
		"金额2700 昨天":                          "amount 2700.00 on 2026-11-22",
		"2700 12-25":                         "amount 2700.00 on 2025-12-25",
		"11月23日":                             "day on 2026-11-23",
		"2026-11-20":                         "day on 2026-11-20",
		"11.23":                              "amount 11.23, day on 2026-11-23",
		"567890":                             "tail 567890, amount 567890.00, case 567890",
		"052719":                             "tail 052719, amount 52719.00, case 052719",
		"12345678":                           "tail 12345678, amount 12345678.00, code 12345678",
		"4200002611202611231234567890":       "transaction 4200002611202611231234567890",
		"4200 0026 1120 2611 2312 3456 7890": "transaction 4200002611202611231234567890",
		"ZF-0101-03-261123-0087":             "reference ZF-0101-03-261123-0087 on 2026-11-23",
		"zf-0101-03-261123-0087":             "reference ZF-0101-03-261123-0087 on 2026-11-23",
		"PZ-0101-03-261123-000123":           "receipt-number PZ-0101-03-261123-000123",
		merchantNo:                           "number " + merchantNo + ", code " + merchantNo,
		"JK20261123004417":                   "code JK20261123004417",
		"CRT1.AEJZ4OKA42YL":                  "receipt CRT1.AEJZ4OKA42YL",
		"11010519491231002X":                 "identity",
		"张晓明":                                "nothing 张晓明",
		"99-99":                              "nothing 99-99",
		strings.Repeat("1", 5000):            "nothing",
	} {
		var all []string
		for _, r := range Read(text, "京0101", afternoon) {
			said := string(r.As)
			if r.Text != "" {
				said += " " + r.Text
			}
			if r.Amount != 0 {
				said += " " + r.Amount.String()
			}
			if !r.Day.IsZero() {
				said += " on " + r.Day.In(payment.China).Format(time.DateOnly)
			}
			all = append(all, said)
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("%.40q is read as %s, not %s", text, got, want)
		}
	}
}

// What was typed is never kept where it is an identity number.
func TestReadKeepsNoIdentity(t *testing.T) {
	for _, text := range []string{"11010519491231002X", "身份证 11010519491231002x", "110105 19491231 002X"} {
		if got := fmt.Sprint(Read(text, "京0101", afternoon)); strings.Contains(got, "19491231") {
			t.Errorf("%q is kept: %s", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"2700 11-23", "民初12345", "ZF-0101-03-261123-0087", "4200\x00", "１２３４"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := Read(text, "京0101", afternoon)
		if len(all) == 0 {
			t.Errorf("%q is read as nothing at all", text)
		}
		for _, r := range all {
			if r.Amount < 0 || r.As == "" || !r.Day.IsZero() && r.Day.After(afternoon) {
				t.Errorf("%q is read as %+v", text, r)
			}
		}
	})
}
