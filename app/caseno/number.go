// Package caseno reads and writes the case numbers (案号) of Chinese courts: what people type or scan becomes a Number,
// and a Number is written in its one canonical form.
//
// The grammar is that of the Supreme People's Court's rules on case numbers (法〔2015〕137号, arts. 2, 3, 7; 法〔2018〕335号
// for the letter 知), with the suffix 之一 that rulings carry. Whether a court of that code exists is not
// decided here: the public tables are incomplete, so an unknown code of the right form is a number.
package caseno

import (
	_ "embed"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// A Number is one case number, taken apart. Numbers are comparable; the zero Number is none.
type Number struct {
	Year    int    // calendar year of filing
	Court   string // court code: 京0105, 沪74, 京, 最高法
	Special string // 知 for intellectual property tribunals, else empty
	Type    string // type code: 民初
	Serial  string // 1 to 8 digits
	Branch  string // 个1 of a personal bankruptcy, else empty
	Suffix  string // 之一, else empty
}

// String returns the canonical form, with full-width brackets: （2026）京0105民初12345号.
func (n Number) String() string {
	if n == (Number{}) {
		return ""
	}
	branch := n.Branch
	if branch != "" {
		branch = "（" + branch + "）"
	}
	return fmt.Sprintf("（%04d）%s%s%s%s号%s%s", n.Year, n.Court, n.Special, n.Type, n.Serial, branch, n.Suffix)
}

// Base returns the number without 之一: rulings within one case share its bills.
func (n Number) Base() Number {
	n.Suffix = ""
	return n
}

// BaseString is the canonical form without the suffix: the label by which a case's orders and bills are found.
func (n Number) BaseString() string { return n.Base().String() }

// Masked is the number as a refusal may repeat it: of a longer serial the last two digits are told, by which whoever
// typed it sees a slip, and nobody else a case.
func (n Number) Masked() string {
	rest := "…"
	if len(n.Serial) > 3 {
		rest += n.Serial[len(n.Serial)-2:]
	}
	return n.masked(rest, "…")
}

// LogValue masks the serial, so that a log does not tell who sued whom.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.masked("***", "***")) }

// masked is the number with something in place of its serial, and of a type that nobody has said to be one.
func (n Number) masked(serial, unknown string) string {
	if n != (Number{}) {
		n.Serial = serial // its length is nobody's business either
		if _, known := Meaning(n.Type); !known {
			n.Type = unknown
		}
	}
	return n.String()
}

// MarshalText writes the canonical form.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads what MarshalText has written, whatever the year.
func (n *Number) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*n = Number{}
		return nil
	}
	s := newScanner(string(text))
	s.stored = true
	got, err := read(s, 9999)
	if err != nil {
		return err
	}
	*n = got
	return nil
}

//go:embed types.csv
var typeTable string

// A Type is one type code with its meaning in Chinese.
type Type struct{ Code, Meaning string }

var types = sync.OnceValue(func() []Type {
	var list []Type
	for line := range strings.Lines(typeTable) {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), ",")
		list = append(list, Type{code, meaning})
	}
	return list
})

// Types returns all type codes that the rules know, in their order.
func Types() []Type { return slices.Clone(types()) }

// Meaning says in Chinese what a type code stands for; ok is false when there is no such code.
func Meaning(code string) (meaning string, ok bool) {
	meaning, ok = meanings()[code]
	return meaning, ok
}

var meanings = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for _, t := range types() {
		m[t.Code] = t.Meaning
	}
	return m
})
