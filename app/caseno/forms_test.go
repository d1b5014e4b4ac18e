package caseno

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"
)

// What people really write, with what becomes of each: public texts, and lists as clerks keep them.
func TestForms(t *testing.T) {
	f, err := os.Open("testdata/casenumber_forms.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 46 {
		t.Fatalf("got %d rows, want 45 and a header", len(rows))
	}
	for _, row := range rows[1:] {
		verdict, text, want := row[0], row[1], row[2]
		n, err := Parse(text, now)
		wrong, _ := errors.AsType[*SyntaxError](err)
		switch {
		case strings.HasPrefix(verdict, "accept"):
			noted := len(notes(n)) > 0
			if err != nil || n.String() != want || noted != (verdict == "accept-note") {
				t.Errorf("Parse(%q) = %v, %v with notes %q, want %s: %s", text, n, err, notes(n), want, verdict)
			}
		case wrong == nil:
			t.Errorf("Parse(%q) = %v, want %s", text, n, verdict)
		case verdict == "hint":
			if wrong.Hint != ShortName || !strings.HasPrefix(strings.TrimLeft(want, "（0123456789）"), wrong.Meant) {
				t.Errorf("Parse(%q) = %+v, want the hint of %s", text, wrong, want)
			}
		case verdict == "refuse:letter":
			if wrong.Hint != Letter {
				t.Errorf("Parse(%q) = %+v, want the hint of a letter", text, wrong)
			}
		default:
			want := Part(strings.Replace(strings.TrimPrefix(verdict, "refuse:"), "several", string(One), 1))
			if wrong.Want != want || wrong.Hint != NoHint {
				t.Errorf("Parse(%q) = %+v, want %s", text, wrong, want)
			}
		}
	}
}

// notes are the warnings about the number itself.
func notes(n Number) (list []Warning) {
	for _, w := range n.Warnings("", now) {
		if w == UnknownCourt || w == UnknownType {
			list = append(list, w)
		}
	}
	return list
}

// Twins of the forms of the table.
func TestFormsOfTheTail(t *testing.T) {
	const base = "（2026）京0101民初157号"
	for text, want := range map[string]string{
		"157-2": base + "之二", "157之2号": base + "之二", "157号-2": base + "之二", "157号（之十二）": base + "之十二",
		"157号之卅": base + "之三十", "157号之廿": base + "之二十", "157—2号": base + "之二", "157之二号民事裁定书。": base + "之二",
		"157号缴费通知书": base, "157号;": base,
		"00000000157号": base, "157号“": base, "157（个2）": "（2026）京0101民初157号（个2）",
	} {
		n, err := Parse("（2026）京0101民初"+text, now)
		if err != nil || n.String() != want || n.BaseString() != strings.TrimSuffix(want, n.Suffix) {
			t.Errorf("%s: %v, %v, want %s", text, n, err, want)
		}
	}
	for text, want := range map[string]Part{
		"12至15号": Range, "12号至15号": Range, "12~15": Range, "12-15号": Range,
		"12－15": Range, "157-21号": Range, "157-": Range,
		"12号和13号": One, "12号，13号": One, "12号及（2026）京0101民初13号": One, "12等": One, "12号/13号": One,
		"12号张三": Rest, "12号，张三": Rest, "12号）": Rest, "12号（张三）": Rest, "12号Q": Rest, "12号民事判决书张三": Rest,
		"12号之壹": Suffix, "12号之〇": Suffix, "12号之100": Suffix, "12号（之）": Suffix, "12号（之二": Suffix,
		"123456789号": Serial, "0号": Serial, "号": Serial,
	} {
		n, err := Parse("（2026）京0101民初"+text, now)
		if wrong, _ := errors.AsType[*SyntaxError](err); wrong == nil || wrong.Want != want || wrong.Read != "" ||
			wrong.Hint != NoHint || strings.Contains(err.Error(), "张三") {
			t.Errorf("%s: %v, %+v, want %s", text, n, wrong, want)
		}
	}
}

// The error says what was read where that is a code, and nothing where it may be a name or another number.
func TestErrorNamesWhatWasRead(t *testing.T) {
	for text, want := range map[string]string{
		"（2099）京0105民初12号":    "2099",
		"（24）京0105民初12号":      "24",
		"（2024）京01055民初12号":   "京01055",
		"（2024）京0105民中12号":    "民中",
		"（2024）京0105执张三李四12号": "",
		"（2024）京0105张三12号":    "",
		"13800138000":         "",
		"京13800138000":        "",
		"（2024）张三民初12号":       "",
		"（2013）贺民初字第865号":     "",
	} {
		n, err := Parse(text, now)
		if wrong, _ := errors.AsType[*SyntaxError](err); wrong == nil || wrong.Read != want {
			t.Errorf("Parse(%q) = %v, %+v, want %q read", text, n, wrong, want)
		}
	}
}

// What earlier versions have stored is read back, 贵 for Guizhou too.
func TestStoredNumbers(t *testing.T) {
	for _, text := range []string{"（2026）贵0103民初1号", "（2026）黔0103民初1号之二", "（2021）粤03破230号（个1）之二", ""} {
		var n Number
		if err := n.UnmarshalText([]byte(text)); err != nil || n.String() != text {
			t.Errorf("%s is read back as %v, %v", text, n, err)
		}
	}
}
