package caseno

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestParseVectors(t *testing.T) {
	f, err := os.Open("testdata/casenumber_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 40 {
		t.Fatalf("got %d vectors, want at least 40", len(rows))
	}
	for _, row := range rows[1:] {
		got, err := Parse(row[1], now)
		if row[0] == "reject" {
			if err == nil {
				t.Errorf("Parse(%q) = %v, want an error: %s", row[1], got, row[8])
			}
			continue
		}
		if err != nil || got.String() != row[2] {
			t.Errorf("Parse(%q) = %v, %v, want %s", row[1], got, err, row[2])
			continue
		}
		parts := []string{got.Court, got.Special, got.Type, got.Serial, got.Suffix}
		if want := row[3:8]; strings.Join(parts, "|") != strings.Join(want, "|") {
			t.Errorf("Parse(%q) has parts %q, want %q", row[1], parts, want)
		}
	}
}

func TestParseNamesThePart(t *testing.T) {
	tests := map[string]struct {
		want Part
		hint Hint
	}{
		"":                   {Empty, NoHint},
		" \u200b\ufeff ":     {Empty, NoHint},
		"110105199001011234": {Identity, NoHint},
		"11010519900101123x": {Identity, NoHint},
		"（24）京0105民初12号":     {Year, NoHint},
		"（2099）京0105民初12号":   {Year, NoHint},
		"（2015）芙民初字第7479号":   {Legacy, NoHint},
		"（2026）贵0105民初12号":   {CourtCode, ShortName},
		"（2026）京O105民初12号":   {CourtCode, Letter},
		"（2024）京0l05民初12号":   {CourtCode, Letter},
		"（2025）粤060441257号":  {TypeCode, NoType},
		"（2024）京0105民中12号":   {TypeCode, NoHint},
		"（2024）京0105民初号":     {Serial, NoHint},
		"（2024）京0105民初000号":  {Serial, NoHint},
		"（2024）京0105民初1O2号":  {Serial, Letter},
		"（2O24）京0105民初12号":   {Year, Letter},
		"（2026）京0101民初1号" + strings.Repeat(" ", 500) + "（2026）京0101民初2号": {One, NoHint},
		"（2024）京0105民初12号之":               {Suffix, NoHint},
		"（2024）京0105民初12号之壹":              {Suffix, NoHint},
		"（2024）京0105民初1382号-1429号":        {Range, NoHint},
		"（2024）京0105民初7479、7601号":         {One, NoHint},
		strings.Repeat("（2024）京0105", 30): {One, NoHint},
	}
	for text, tt := range tests {
		_, err := Parse(text, now)
		got, ok := errors.AsType[*SyntaxError](err)
		if !ok || got.Want != tt.want || got.Hint != tt.hint {
			t.Errorf("Parse(%q) = %+v, want %s %s", text, err, tt.want, tt.hint)
		}
	}
}

func TestParseReadsWhatPeopleType(t *testing.T) {
	const want = "（2026）京0101民初12345号"
	for _, text := range []string{
		want, "(2026)京0101民初12345号", "[2026]京0101民初12345", "【2026】京0101民初12345号", "2026京0101民初12345",
		"2026年京0101民初12345号", "（２０２６）京０１０１民初１２３４５号", " （2026） 京0101 民初 12345 号\r\n", "案号：（2026）京0101民初字第12345号",
	} {
		if got, err := Parse(text, now); err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %v, %v", text, got, err)
		}
	}
	got, err := Parse(want+"-1", now)
	if err != nil || got.Suffix != "之一" || got.BaseString() != want {
		t.Errorf("Parse with -1 = %v, %v", got, err)
	}
}

func TestTypes(t *testing.T) {
	seen := make(map[string]bool)
	for _, typ := range Types() {
		if seen[typ.Code] || typ.Meaning == "" {
			t.Errorf("type %q stands twice or means nothing", typ.Code)
		}
		seen[typ.Code] = true
	}
	if got, ok := Meaning("执恢"); got != "恢复执行" || !ok {
		t.Errorf("Meaning(执恢) = %q, %t", got, ok)
	}
	if got, ok := Meaning("民中"); ok {
		t.Errorf("Meaning(民中) = %q", got)
	}
	if len(seen) != 134 {
		t.Errorf("got %d types, want 134", len(seen))
	}
}

func TestRoundTrip(t *testing.T) {
	kinds := []string{"民调", "执前调", "刑附民初"}
	for _, t := range Types() {
		kinds = append(kinds, t.Code)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := Number{
			Year:    rapid.IntRange(2016, 2026).Draw(t, "year"),
			Court:   rapid.StringMatching(`[京沪粤新兵]([0-9]{2}|[0-9]{4})?|最高法`).Draw(t, "court"),
			Special: rapid.SampledFrom([]string{"", "知"}).Draw(t, "special"),
			Type:    rapid.SampledFrom(kinds).Draw(t, "type"),
			Serial:  rapid.StringMatching(`[1-9][0-9]{0,7}`).Draw(t, "serial"),
			Branch:  rapid.SampledFrom([]string{"", "", "个1", "个12"}).Draw(t, "branch"),
			Suffix:  rapid.SampledFrom([]string{"", "之一", "之十二", "之九十九"}).Draw(t, "suffix"),
		}
		got, err := Parse(n.String(), now)
		if err != nil || got != n {
			t.Fatalf("Parse(%v) = %v, %v", n, got, err)
		}
	})
}

func TestLogHidesTheSerial(t *testing.T) {
	n, _ := Parse("（2026）京0101民初12345号", now)
	if got := n.LogValue().String(); strings.Contains(got, "12345") {
		t.Errorf("LogValue = %s", got)
	}
	n, _ = Parse("（2026）京0101金少商12345号", now) // may be a name
	if got := n.LogValue().String(); got != "（2026）京0101******号" {
		t.Errorf("LogValue of an unknown type = %s", got)
	}
}

func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"（2026）京0101民初12345号":  "（2026）京0101民初…45号",
		"（2026）京0101民初123号":    "（2026）京0101民初…号",
		"（2026）京0101执1234号之一":  "（2026）京0101执…34号之一",
		"（2026）京0101金少商12345号": "（2026）京0101……45号",
	} {
		n, err := Parse(text, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Masked(); got != want {
			t.Errorf("%s masked is %s, want %s", text, got, want)
		}
	}
	if got := (Number{}).Masked(); got != "" {
		t.Errorf("no number masked is %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("（2026）京0101民初12345号之一")
	f.Add("2026年京知民终1-1")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text, now)
		if err != nil {
			return
		}
		again, err := Parse(n.String(), now)
		if err != nil || again != n {
			t.Fatalf("Parse(%q) = %v, read back as %v, %v", text, n, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		Parse("（2026）京0101民初12345号", now)
	}
}
