package register

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/bill"
	"courtkiosk/app/fee"
	"courtkiosk/payment"
)

// clean drops what spreadsheets put around a value: spaces, NULs, ="…" and a leading apostrophe.
func clean(field string) string {
	field = strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(field, "\x00", "")))
	if strings.HasPrefix(field, `="`) && strings.HasSuffix(field, `"`) && len(field) > 2 {
		field = field[2 : len(field)-1]
	}
	return strings.TrimSpace(strings.TrimPrefix(field, "'"))
}

// purse returns the purse that the list names, or else the item's; col is the column to blame for an error.
func purse(item, named string) (p bill.Purse, col string, err error) {
	col = colItem
	if named != "" {
		col = colPurse
		if p, err = bill.ParsePurse(named); err != nil {
			return "", col, err
		}
	}
	p, err = bill.PurseFor(item, p)
	return p, col, err
}

// harmless refuses what may not be stored. A notice's number may look like a person's by chance.
func harmless(col, text string) error {
	switch {
	case utf8.RuneCountInString(text) > maxField:
		return errors.New("longer than 500 characters")
	case col != colNotice && col != colCase && bill.HoldsIdentity(text):
		return errors.New("holds an identity number; take it out")
	case col != colCase && !bill.Printable(text): // a case number is read past them and never kept as written
		return errors.New("holds a control character or a mark that turns the direction of writing; type it again")
	case col == colPayer && text != "" && !strings.ContainsFunc(text, unicode.IsLetter):
		return errors.New("not a name")
	}
	return nil
}

var (
	plainAmount   = regexp.MustCompile(`^\d{1,10}(\.\d{1,2}0*)?$`)
	groupedAmount = regexp.MustCompile(`^\d{1,3}(,\d{3})+(\.\d{1,2}0*)?$`)
	longAmount    = regexp.MustCompile(`^\d{11,}(\.\d*)?$`)
)

// Amount reads a sum in yuan as people write it: 2700, 2,700.00, ¥2,700.00, 2700元, 2700元整, 2700.0000.
func Amount(text string) (payment.Fen, error) {
	text = norm.NFKC.String(text)
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "¥"),
		"人民币"), "元"))
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(text, "元整"), "元正"))
	switch {
	case strings.ContainsFunc(text, invisible):
		return 0, errors.New("an invisible character stands in the amount; delete the cell and type it again")
	case text == "":
		return 0, errors.New("the amount is empty")
	case strings.ContainsAny(text, "eE"):
		return 0, errors.New("the amount is in scientific notation; format the column as a number with two decimals")
	case strings.HasPrefix(text, "-") || strings.HasPrefix(text, "("):
		return 0, errors.New("the amount is negative")
	case strings.HasSuffix(text, "%"):
		return 0, errors.New("the amount is a percentage")
	case longAmount.MatchString(text):
		return 0, errors.New("the amount has more than ten digits before the point")
	case !plainAmount.MatchString(text) && !groupedAmount.MatchString(text):
		return 0, errors.New("not an amount in yuan with at most two decimals, like 2700, 2,700.00 or ¥2,700.00")
	}
	whole, cents, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), ".")
	yuan, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, errors.New("the amount is too large")
	}
	fen, _ := strconv.ParseInt((cents + "00")[:2], 10, 64)
	sum := payment.Fen(yuan*100 + fen)
	if sum > bill.MaxAmount {
		return 0, errors.New("the amount is above 9,999,999,999.99")
	}
	return sum, nil
}

// invisible reports a character that takes no room, like the zero-width blank that web pages leave in a copied cell.
func invisible(r rune) bool { return unicode.Is(unicode.Cf, r) }

// corporate reports whether the list calls the payer an organisation; saying nothing calls it a person.
func corporate(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "个人", "自然人", "person":
		return false, nil
	case "单位", "organisation":
		return true, nil
	}
	return false, errors.New("neither 单位 nor 个人")
}

func relief(text string) (bill.Relief, error) {
	switch text {
	case "", "无", "否":
		return "", nil
	}
	for _, r := range bill.Reliefs {
		if text == string(r) || text == r.Title() {
			return r, nil
		}
	}
	return "", errors.New("none of 免交, 减交, 缓交")
}

// grounds reads what a fee was computed from; col is the column to blame for an error.
func grounds(kind, claim, half string) (g bill.Grounds, col string, err error) {
	for _, r := range fee.Kinds() {
		if kind != "" && (kind == string(r.Kind) || kind == r.Name) {
			g.Kind = r.Kind
		}
	}
	if kind != "" && g.Kind == "" {
		return g, colKind, errors.New("no kind of the fee schedule; courtkiosk fee --list shows them")
	}
	if claim != "" {
		if g.Amount, err = Amount(claim); err != nil {
			return g, colClaim, err
		}
	}
	switch half {
	case "", "否", "no", "0":
	case "是", "yes", "1":
		g.Half = true
	default:
		return g, colHalf, errors.New("neither 是 nor 否")
	}
	return g, "", nil
}

// timeOfDay is what stands after a day that was exported with its time.
var timeOfDay = regexp.MustCompile(`( .*|T[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)$`)

// date reads a day in China, and drops a time of day after it; empty is the zero time.
func date(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	text = norm.NFKC.String(text)
	if m := timeOfDay.FindStringIndex(text); m != nil {
		text = text[:m[0]]
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006年1月2日", "20060102", "2006.1.2"} {
		if t, err := time.ParseInLocation(layout, text, payment.China); err == nil && t.Year() >= 2000 &&
			t.Year() < 2100 {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a date like 2026-11-23, 2026/11/23, 2026年11月23日 or 20261123")
}
