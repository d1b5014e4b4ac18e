package bill

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/caseno"
)

var today = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func usual(t testing.TB) Scanner {
	t.Helper()
	s, err := NewScanner(DefaultPatterns)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScan(t *testing.T) {
	const number = "（2026）京0101民初12345号"
	tests := map[string]string{ // what is asked for: a case number or a code
		number:                    number,
		"(2026)京0101民初12345号\r\n": number,
		"2026京0101民初12345":        number,
		"1100012026000123":        "1100012026000123",
		"110001202600012345":      "110001202600012345", // 18 digits, and no identity number
		"zx2026abcdef":            "ZX2026ABCDEF",
		"１１０００１２０２６０００１２３":                                     "1100012026000123",
		"https://pay.court.example/f?case=（2026）京0101民初12345号": number,
		"https://pay.court.example/f?x=1&ah=%EF%BC%882026%EF%BC%89%E4%BA%AC0101%E6%B0%91%E5%88%9D12345%E5%8F%B7&y=2#" +
			"top": number,
		"https://pay.court.example/f?jkm=1100012026000123":             "1100012026000123",
		"http://pay.court.example/f?a=b&payment_code=zx2026abcdef&c=d": "ZX2026ABCDEF",
	}
	for text, want := range tests {
		q, err := usual(t).Read(text, today)
		if got := q.Case.String() + q.Code; err != nil || got != want {
			t.Errorf("Read(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestHostileScans(t *testing.T) {
	tests := map[string]error{
		strings.Repeat("1", 2000):                                     ErrScanLong,
		strings.Repeat("案", 2000):                                     ErrScanLong,
		"https://pay.court.example/?code=" + strings.Repeat("1", 600): ErrScanLong,
		"11000120\x1b[2J26000123":                                     ErrScanStrange,
		"1100012026\x00000123":                                        ErrScanStrange,
		"1100012026\t000123":                                          ErrScanStrange,
		"1100012026\u202e000123":                                      ErrScanStrange,
		"ZX２０２６АБВГД":                                                 ErrScanStrange, // Cyrillic that looks like Latin
		"код-1100012026000123":                                        ErrScanStrange,
		"11010519491231002X":                                          ErrScanIdentity,
		"11010519491231002x":                                          ErrScanIdentity,
		"https://pay.court.example/f?jkm=11010519491231002X":          ErrScanIdentity,
		"11010519491231002X张三":                                        ErrScanIdentity,
		"110105194912310021":                                          ErrScanIdentity, // a wrong check digit
		"110105491231002":                                             ErrScanIdentity, // 15 digits
		"ID110101199003074477":                                        ErrScanIdentity,
		"1101 0119 9003 0744 77":                                      ErrScanIdentity,
		"https://pay.court.example/f?code=ID110101199003074477":       ErrScanIdentity,
		"https://pay.court.example/f?case=110101199003074478":         ErrScanIdentity,
		"https://pay.court.example/f?jkm=110":                         ErrScanUnknown,
		"https://pay.court.example/f":                                 ErrScanUnknown,
		// a bracket: the case number's own complaint
		"javascript:alert(1)":                  nil,
		"weixin://wxpay/bizpayurl?pr=abcdefgh": ErrScanUnknown,
		"1234567":                              ErrScanUnknown,
		"nonsense":                             ErrScanUnknown,
		"":                                     ErrScanUnknown,
		"'; DROP TABLE bills; --":              ErrScanUnknown,
	}
	for text, want := range tests {
		q, err := usual(t).Read(text, today)
		if err == nil || want != nil && !errors.Is(err, want) || q != (Query{}) {
			t.Errorf("Read(%.40q) = %+v, %v, want %v", text, q, err, want)
			continue
		}
		if len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Errorf("the error tells what was scanned: %v", err)
		}
	}
	// What looks like a case number is told as one.
	_, err := usual(t).Read("（2026）贵0105民初12号", today)
	if e, ok := errors.AsType[*caseno.SyntaxError](err); !ok || e.Meant != "黔" {
		t.Errorf("a slip in a case number: %v", err)
	}
}

// A list or the court's system may not name one as a payment code either.
func TestParseCode(t *testing.T) {
	for _, text := range []string{"110101199003074477", "110101199003074478", "110101900307447", "ID110101199003074477",
		"1101 0119 9003 0744 77"} {
		if code, err := ParseCode(text); err == nil || code != "" || strings.Contains(err.Error(), "1990") {
			t.Errorf("ParseCode(%q) = %q, %v", text, code, err)
		}
	}
	for text, want := range map[string]string{"": "", " zx2026 abcdef": "ZX2026ABCDEF",
		"110101202611230002": "110101202611230002", "1100012026000123": "1100012026000123"} {
		if code, err := ParseCode(text); err != nil || code != want {
			t.Errorf("ParseCode(%q) = %q, %v, want %q", text, code, err, want)
		}
	}
}

func TestPatternsAreChecked(t *testing.T) {
	for _, bad := range []string{`^(`, `^[0-9]+$`, `(?P<code>[0-9]+)`, `^(?P<code>[0-9]+)(?P<case>.*)$`} {
		if _, err := NewScanner([]string{bad}); err == nil {
			t.Errorf("pattern %q was taken", bad)
		}
	}
	own, err := NewScanner([]string{`^JF\|[^|]*\|(?P<code>[0-9]{20})\|`})
	if err != nil {
		t.Fatal(err)
	}
	if q, err := own.Read("JF|京0101|11000120260001234567|2700.00", today); err != nil ||
		q.Code != "11000120260001234567" {
		t.Errorf("a court's own pattern: %+v, %v", q, err)
	}
	if _, err := own.Read("1100012026000123", today); !errors.Is(err, ErrScanUnknown) {
		t.Errorf("a court's own patterns replace the usual ones: %v", err)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("https://pay.court.example/f?case=（2026）京0101民初12345号")
	f.Add("1100012026000123")
	s := usual(f)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := s.Read(text, today)
		if (err == nil) != (q != Query{}) {
			t.Fatalf("Read(%q) = %+v, %v", text, q, err)
		}
		if err == nil && q.Code != "" && (q.Case != caseno.Number{} || !paymentCode.MatchString(q.Code)) {
			t.Fatalf("Read(%q) = %+v", text, q)
		}
	})
}
