package register

import (
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

// lineBreak is what a clerk types into a cell with Alt and Enter; in a remark or a name it is a blank.
var lineBreak = regexp.MustCompile(`[ \t]*(\r\n|\r|\n|_x000D_)[ \t\r\n]*`)

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
			return "", col, say("list.purse-unknown")
		}
		if usual, err := bill.PurseOf(item); err == nil && p != usual {
			return "", col, say("list.purse-other", "purse", usual.Title())
		}
	}
	p, err = bill.PurseFor(item, p)
	return p, col, err
}

// harmless refuses what may not be stored. A notice's number may look like a person's by chance.
func harmless(col, text string) error {
	switch {
	case strings.ContainsRune(text, utf8.RuneError):
		return say("list.unreadable")
	case utf8.RuneCountInString(text) > maxField:
		return say("list.long")
	case col != colNotice && col != colCase && bill.HoldsIdentity(text):
		return say("list.identity")
	case col != colCase && !bill.Printable(text): // a case number is read past them and never kept as written
		return say("list.control")
	case col == colPayer && text != "" && !strings.ContainsFunc(text, unicode.IsLetter):
		return say("list.not-a-name")
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
		return 0, say("list.amount-invisible")
	case text == "":
		return 0, say("list.amount-empty")
	case strings.ContainsAny(text, "eE"):
		return 0, say("list.amount-scientific")
	case strings.HasPrefix(text, "-") || strings.HasPrefix(text, "("):
		return 0, say("list.amount-negative")
	case strings.HasSuffix(text, "%"):
		return 0, say("list.amount-percent")
	case longAmount.MatchString(text):
		return 0, say("list.amount-long")
	case !plainAmount.MatchString(text) && !groupedAmount.MatchString(text):
		return 0, say("list.amount-wrong")
	}
	whole, cents, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), ".")
	yuan, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, say("list.amount-large")
	}
	fen, _ := strconv.ParseInt((cents + "00")[:2], 10, 64)
	sum := payment.Fen(yuan*100 + fen)
	if sum > bill.MaxAmount {
		return 0, say("list.amount-large")
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
	return false, say("list.payer-type")
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
	return "", say("list.relief")
}

// grounds reads what a fee was computed from; col is the column to blame for an error.
func grounds(kind, claim, half string) (g bill.Grounds, col string, err error) {
	for _, r := range fee.Kinds() {
		if kind != "" && (kind == string(r.Kind) || kind == r.Name) {
			g.Kind = r.Kind
		}
	}
	if kind != "" && g.Kind == "" {
		return g, colKind, say("list.fee-kind")
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
		return g, colHalf, say("list.half")
	}
	return g, "", nil
}

// timeOfDay is what may stand after a day: the time at which it was exported, the day of the week.
var timeOfDay = regexp.MustCompile(`([ T]+(上午|下午)? ?[0-9]{1,2}[:时][0-9]{2}(分|:[0-9]{2}(\.[0-9]+)?)?( ?[AP]M)?` +
	`|[ (]*(星期|周)[一二三四五六日天]\)?)$`)

// dateRange is two days, or the mark between them.
var dateRange = regexp.MustCompile(`至|到|~|—|–|[0-9] ?- ?[0-9]{4}[-/.年]|[0-9].*[ ,、]+[0-9]{4}[-/.年]`)

// date reads a day in China, and drops a time of day after it; empty is the zero time.
func date(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	text = norm.NFKC.String(text)
	if dateRange.MatchString(text) {
		return time.Time{}, say("list.date-range")
	}
	if m := timeOfDay.FindStringIndex(text); m != nil {
		text = text[:m[0]]
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006年1月2日", "20060102", "2006.1.2"} {
		if t, err := time.ParseInLocation(layout, text, payment.China); err == nil && t.Year() >= 2000 &&
			t.Year() < 2100 {
			return t, nil
		}
	}
	return time.Time{}, say("list.date")
}

// fiscal reads what names the fiscal receipt of a row. What is none is left out: it is beside the bill, and no reason
// to refuse one that is paid.
func fiscal(field func(col string) string) bill.Fiscal {
	cell := func(col string) string {
		if text := field(col); !isNothing(text) {
			return text
		}
		return ""
	}
	issued, err := date(cell(colFiscalIssued))
	if err != nil {
		issued = time.Time{}
	}
	f, err := bill.ParseFiscal(cell(colFiscalCode), cell(colFiscal), cell(colFiscalCheck), issued)
	if err != nil {
		return bill.Fiscal{}
	}
	return f
}
