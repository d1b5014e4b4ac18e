package caseno

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "make the embedded table of courts anew from testdata/court_codes.csv")

// The embedded table is testdata/court_codes.csv, row by row.
func TestCourts(t *testing.T) {
	f, err := os.Open("testdata/court_codes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3340 {
		t.Fatalf("got %d rows, want 3,339 and a header", len(rows))
	}
	// One name says in English what became of the court.
	plain := func(name string) string { name, _, _ = strings.Cut(name, "（now "); return name }
	confirmed := func(text string) bool {
		return strings.HasPrefix(text, "confirmed") || strings.Contains(text, "seen in a public text")
	}
	if *update {
		var text bytes.Buffer
		z, _ := gzip.NewWriterLevel(&text, gzip.BestCompression)
		for _, r := range rows[1:] {
			mark := letter(Level(r[2]))
			if confirmed(r[4]) {
				mark += "+"
			}
			if _, err := z.Write([]byte(r[0] + "\t" + plain(r[1]) + "\t" + mark + "\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("courts.gz", text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: courts.gz was made anew; run again without -update")
	}
	seen := 0
	for _, r := range rows[1:] {
		want := Court{Code: r[0], Name: plain(r[1]), Level: Level(r[2]), Confirmed: confirmed(r[4])}
		if got, ok := CourtOf(r[0]); !ok || got != want {
			t.Errorf("CourtOf(%s) = %+v, %t, want %+v", r[0], got, ok, want)
		}
		if want.Confirmed {
			seen++
		}
	}
	if len(courts()) != len(rows)-1 || seen < 500 {
		t.Errorf("%d courts of %d, %d confirmed", len(courts()), len(rows)-1, seen)
	}
	if c, ok := CourtOf("京9999"); ok {
		t.Errorf("CourtOf(京9999) = %+v", c)
	}
}

// Each code of the table reads back as the court of a number.
func TestEveryCourtHasNumbers(t *testing.T) {
	for code := range courts() {
		text := "（2026）" + code + "民初1号"
		if n, err := Parse(text, now); err != nil || n.Court != code {
			t.Errorf("Parse(%s) = %v, %v", text, n, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := map[string][]Warning{
		"（2026）京0101民初12345号":   nil,
		"（2025）京0101民初200000号":  nil,
		"（2026）京0101民初200001号":  {LargeSerial},
		"（2026）京0101民初1000000号": {LargeSerial},
		"（2024）京0101民初1号":       {OldYear},
		"（2026）京0105民初1号":       {OtherCourt},
		"（2026）京9999民初1号":       {UnknownCourt, OtherCourt},
		"（2026）京0101民终1号":       {AppealAtBasic},
		"（2026）最高法民初1号":         {OtherCourt, FirstAtSupreme},
		"（2026）最高法刑核87654321号":  {OtherCourt},
		"（2026）京02民终1号":         {OtherCourt},
	}
	for text, want := range tests {
		n, err := Parse(text, now)
		if err != nil {
			t.Fatal(text, err)
		}
		if got := n.Warnings("京0101", now); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	n, _ := Parse("（2026）京0105民初1号", now)
	if got := n.Warnings("", now); got != nil {
		t.Errorf("without a court of its own: %v", got)
	}
}

func BenchmarkCourtOf(b *testing.B) {
	for b.Loop() {
		CourtOf("京0101")
	}
}
