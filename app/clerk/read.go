package clerk

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// As is how something that was typed is understood.
type As string

// The ways to understand it.
const (
	AsNewest        As = "newest"         // nothing was typed
	AsCase          As = "case"           // a case number, whole, or without year and court, or its number alone
	AsCode          As = "code"           // a payment code of the court
	AsNumber        As = "number"         // a merchant's number: of an order or a refund
	AsTransaction   As = "transaction"    // WeChat's, whole
	AsTail          As = "tail"           // its last digits
	AsReference     As = "reference"      // ZF-…
	AsReceiptNumber As = "receipt-number" // PZ-…
	AsReceipt       As = "receipt"        // the signed code of a receipt
	AsAmount        As = "amount"         // with or without a day
	AsDay           As = "day"
	AsIdentity      As = "identity" // an identity number: nothing is looked for by one
	AsNothing       As = "nothing"  // nobody can say what it is
)

// A Reading is one way to understand what was typed. It holds an identity number never.
type Reading struct {
	As     As
	Text   string          `json:",omitzero"` // as it is looked for
	Cases  []caseno.Number `json:",omitzero"`
	Amount payment.Fen     `json:",omitzero"`
	Day    time.Time       `json:",omitzero"` // midnight in China
	Serial uint64          `json:",omitzero"`
	N      int             // how much it finds
	More   bool            // and more
}

var (
	amountText = regexp.MustCompile(`^(?:金额)?¥?(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?元?$`)
	dayText    = regexp.MustCompile(`^(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?$`)
	digitsText = regexp.MustCompile(`^\d+$`)
	numberText = regexp.MustCompile(`^[A-Z2-7]{32}$`)
	receiptNo  = regexp.MustCompile(`^PZ-[0-9A-Z]+-[0-9A-Z]+-\d{6}-(\d{6,})$`)
	shortCase  = regexp.MustCompile(`^\p{Han}{1,6}\d{1,7}号?$`)
)

// Lengths of numbers.
const (
	wholeTransaction = 28
	fewestTail       = 4
	mostTail         = 8
	mostSerial       = 7 // digits of a case's number
)

// Read says how a text can be understood in a court, the likeliest first. There is always one.
func Read(text, court string, at time.Time) []Reading {
	text = strings.TrimSpace(norm.NFKC.String(text))
	if text == "" {
		return []Reading{{As: AsNewest}}
	}
	if len(text) > 4*bill.MaxScan {
		return []Reading{{As: AsNothing}}
	}
	dense := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if strings.HasPrefix(dense, "CRT1.") {
		return []Reading{{As: AsReceipt, Text: dense}}
	}
	if caseno.HoldsIdentity(text) {
		return []Reading{{As: AsIdentity}}
	}
	if n, err := caseno.Parse(text, at); err == nil {
		return []Reading{{As: AsCase, Text: n.String(), Cases: []caseno.Number{n}}}
	}
	if day, serial, ok := receipt.ParseReference(dense); ok {
		return []Reading{{As: AsReference, Text: dense, Day: day, Serial: serial}}
	}
	if m := receiptNo.FindStringSubmatch(dense); m != nil {
		serial, _ := strconv.ParseUint(m[1], 10, 64)
		return []Reading{{As: AsReceiptNumber, Text: dense, Serial: serial}}
	}
	if shortCase.MatchString(dense) {
		if cases := casesOf(strings.TrimSuffix(dense, "号"), court, at); len(cases) > 0 {
			return []Reading{{As: AsCase, Text: dense, Cases: cases}}
		}
	}
	if all := readNumbers(dense, court, at); len(all) > 0 {
		return all
	}
	if all := readAmounts(text, at); len(all) > 0 {
		return all
	}
	return []Reading{{As: AsNothing, Text: text}}
}

// readNumbers reads what is one number: of WeChat, of a merchant, of a case, or an amount.
func readNumbers(text, court string, at time.Time) (all []Reading) {
	add := func(r Reading) { all = append(all, r) }
	if numberText.MatchString(text) {
		add(Reading{As: AsNumber, Text: text})
	}
	digits, n := digitsText.MatchString(text), len(text)
	amount, isAmount := readAmount(text)
	switch {
	case digits && n == wholeTransaction:
		return append(all, Reading{As: AsTransaction, Text: text})
	case digits && n > fewestTail && n <= mostTail:
		add(Reading{As: AsTail, Text: text})
		add(Reading{As: AsAmount, Amount: amount})
	case digits && n == fewestTail:
		add(Reading{As: AsAmount, Amount: amount})
		add(Reading{As: AsTail, Text: text})
	case isAmount:
		add(Reading{As: AsAmount, Amount: amount})
	}
	if day, ok := readDay(text, at); ok {
		add(Reading{As: AsDay, Day: day})
	}
	if digits && n <= mostSerial {
		add(Reading{As: AsCase, Text: text, Cases: casesOf(text, court, at)})
	}
	if code, err := bill.ParseCode(text); err == nil && code != "" {
		add(Reading{As: AsCode, Text: code})
	}
	if digits && n > mostTail && n < wholeTransaction {
		add(Reading{As: AsTail, Text: text})
	}
	return all
}

// readAmounts reads an amount and a day, in either order.
func readAmounts(text string, at time.Time) []Reading {
	words := strings.Fields(text)
	if len(words) != 2 {
		return nil
	}
	for _, w := range [][2]string{{words[0], words[1]}, {words[1], words[0]}} {
		amount, ok := readAmount(w[0])
		day, is := readDay(w[1], at)
		if ok && is {
			return []Reading{{As: AsAmount, Amount: amount, Day: day}}
		}
	}
	return nil
}

// readAmount reads an amount of at least a fen.
func readAmount(text string) (payment.Fen, bool) {
	m := amountText.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	yuan, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	fen, _ := strconv.ParseInt((m[2] + "00")[:2], 10, 64)
	amount := payment.Fen(yuan*100 + fen)
	return amount, amount > 0
}

// readDay reads a day in China; one without a year is the last that was.
func readDay(text string, at time.Time) (time.Time, bool) {
	at = at.In(payment.China)
	y, m, d := at.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, payment.China)
	switch text {
	case "今天", "今日":
		return today, true
	case "昨天", "昨日":
		return today.AddDate(0, 0, -1), true
	}
	parts := dayText.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	month, _ := strconv.Atoi(parts[2])
	date, _ := strconv.Atoi(parts[3])
	year, _ := strconv.Atoi(parts[1])
	named := year > 0
	if !named {
		year = y
	}
	day := time.Date(year, time.Month(month), date, 0, 0, 0, 0, payment.China)
	if !named && day.After(today) {
		day = time.Date(year-1, time.Month(month), date, 0, 0, 0, 0, payment.China)
	}
	return day, int(day.Month()) == month && day.Day() == date && !day.After(today)
}

// casesOf are the cases of a court, of this year and the last, that a part of a number can mean: 民初12345, or 12345 of
// any type.
func casesOf(part, court string, at time.Time) (all []caseno.Number) {
	year := at.In(payment.China).Year()
	kind := strings.TrimRight(part, "0123456789")
	serial := strings.TrimLeft(strings.TrimPrefix(part, kind), "0")
	if serial == "" {
		return nil
	}
	for _, y := range []int{year, year - 1} {
		for _, t := range caseno.Types() {
			if kind == "" || kind == t.Code {
				all = append(all, caseno.Number{Year: y, Court: court, Type: t.Code, Serial: serial})
			}
		}
	}
	return all
}
