package bill

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/caseno"
)

// MaxScan is how many characters of a scan are looked at: a URL of a notice has fewer.
const MaxScan = 512

// What a Scanner refuses. None of it holds what was scanned.
var (
	ErrScanLong     = fmt.Errorf("bill: scan longer than %d characters", MaxScan)
	ErrScanStrange  = errors.New("bill: scan with control characters or other alphabets")
	ErrScanIdentity = errors.New("bill: scan of an identity number")
	ErrScanUnknown  = errors.New("bill: scan fits no pattern")
)

// DefaultPatterns are what a notice's barcode is taken for when the court does not say: a payment code, or a URL with
// a case number or a payment code in one of the usual parameters. A bare case number needs no pattern.
var DefaultPatterns = []string{
	`^(?P<code>[0-9A-Za-z]{8,32})$`,
	`^https?://[^?#]+\?(?:[^#]*&)?(?:case|caseNo|case_number|ah)=(?P<case>[^&#]+)`,
	`^https?://[^?#]+\?(?:[^#]*&)?(?:code|payCode|payment_code|jkm)=(?P<code>[0-9A-Za-z]{8,32})(?:[&#]|$)`,
}

// A Scanner turns what a barcode says into a query. The zero Scanner reads case numbers only.
type Scanner struct{ patterns []*regexp.Regexp }

// NewScanner returns a scanner with the given patterns, tried in their order: regular expressions (RE2) with a group
// named case or code.
func NewScanner(patterns []string) (Scanner, error) {
	var s Scanner
	for _, p := range patterns {
		r, err := regexp.Compile(p)
		if err != nil {
			return Scanner{}, fmt.Errorf("pattern %q: %w", p, err)
		}
		if (r.SubexpIndex("case") < 0) == (r.SubexpIndex("code") < 0) {
			return Scanner{}, fmt.Errorf("pattern %q needs one group, (?P<case>…) or (?P<code>…)", p)
		}
		if !strings.HasPrefix(p, "^") {
			return Scanner{}, fmt.Errorf("pattern %q must begin with ^: another machine's barcode may hold ours", p)
		}
		s.patterns = append(s.patterns, r)
	}
	return s, nil
}

// Read turns a scan into a query. now tells which case numbers are from the future. The error is one of this
// package's, or the *caseno.SyntaxError of what looks like a case number.
func (s Scanner) Read(text string, now time.Time) (Query, error) {
	if len(text) > 4*MaxScan || utf8.RuneCountInString(text) > MaxScan {
		return Query{}, ErrScanLong
	}
	text = strings.TrimSpace(norm.NFKC.String(text))
	if strings.ContainsFunc(text, strange) {
		return Query{}, ErrScanStrange
	}
	n, err := caseno.Parse(text, now)
	if err == nil {
		return Query{Case: n}, nil
	}
	for _, p := range s.patterns {
		if q, ok := read(p, text, now); ok {
			return q, nil
		}
	}
	if caseno.HoldsIdentity(text) {
		return Query{}, ErrScanIdentity
	}
	if strings.Contains(text, "号") || strings.ContainsAny(text, "()[]") {
		return Query{}, err
	}
	return Query{}, ErrScanUnknown
}

func read(p *regexp.Regexp, text string, now time.Time) (Query, bool) {
	m := p.FindStringSubmatch(text)
	if m == nil {
		return Query{}, false
	}
	if i := p.SubexpIndex("code"); i >= 0 {
		code := strings.ToUpper(m[i])
		return Query{Code: code}, isCode(code)
	}
	value := m[p.SubexpIndex("case")]
	if plain, err := url.QueryUnescape(value); err == nil && strings.Contains(value, "%") {
		value = plain
	}
	n, err := caseno.Parse(value, now)
	return Query{Case: n}, err == nil
}

// strange reports characters that no notice of a court holds: what a hostile code would steer a program with, or
// deceive people.
func strange(r rune) bool {
	if r > unicode.MaxASCII {
		return !unicode.Is(unicode.Han, r) && !unicode.In(r, unicode.Ps, unicode.Pe)
	}
	return r < ' ' || r == 0x7f
}

// paymentCode is all that is known of payment codes (缴款码): no rule was found, so 8 to 32 letters and digits are
// believed, one digit at least: a word is none, and neither is what looks like a person's identity number.
var paymentCode = regexp.MustCompile(`^[0-9A-Z]{8,32}$`)

func isCode(text string) bool {
	return paymentCode.MatchString(text) && strings.ContainsAny(text, "0123456789") && !caseno.HoldsIdentity(text)
}

// ParseCode reads a payment code as lists and barcodes write it; empty is none.
func ParseCode(text string) (string, error) {
	text = strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(text)), ""))
	if caseno.HoldsIdentity(text) {
		return "", errors.New("holds an identity number")
	}
	if text != "" && !isCode(text) {
		return "", errors.New("not a payment code of 8 to 32 letters and digits")
	}
	return text, nil
}
