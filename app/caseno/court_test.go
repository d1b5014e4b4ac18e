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
	if len(rows) != 3510 {
		t.Fatalf("got %d rows, want 3,509 and a header", len(rows))
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

// A court keeps its code when its county becomes a district or goes (rule art. 13), so codes that the table of
// divisions has lost since the end of 2015 are courts' too.
func TestCourtsOfFormerDivisions(t *testing.T) {
	tests := map[string]string{
		"京0228": "北京市密云县人民法院",    // a district since 2015-11
		"沪0108": "上海市闸北区人民法院",    // part of 静安区 since 2015-11
		"苏0602": "江苏省南通市崇川区人民法院", // 320613 since 2020
		"鲁12":   "山东省莱芜市中级人民法院",  // part of 济南 since 2019
		"鲁1202": "山东省莱芜市莱城区人民法院",
		"新2201": "新疆维吾尔自治区哈密市人民法院", // 650502 since 2016
		"黔0321": "贵州省遵义县人民法院",      // 播州区 since 2016
	}
	for code, want := range tests {
		if c, ok := CourtOf(code); !ok || c.Name != want || c.Confirmed {
			t.Errorf("CourtOf(%s) = %+v, %t, want %s", code, c, ok, want)
		}
	}
	for _, corps := range []string{"新9001", "冀0171"} { // 兵 has the former's court; the latter is the statisticians' own
		if c, ok := CourtOf(corps); ok {
			t.Errorf("CourtOf(%s) = %+v", corps, c)
		}
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
