package fee

import (
	"encoding/csv"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

// fen reads a sum in yuan of the table.
func fen(t *testing.T, text string) payment.Fen {
	t.Helper()
	if text == "" {
		return 0
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("bad sum %q in the table", text)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() {
		t.Fatalf("sum %q in the table is no whole fen", text)
	}
	return payment.Fen(r.Num().Int64())
}

// Each row of the table was computed in exact fractions and checked against closed formulas and real judgments.
func TestExamples(t *testing.T) {
	f, err := os.Open("testdata/fees_examples.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 140 {
		t.Fatalf("got %d rows, want 139 and a header", len(rows))
	}
	seen := make(map[Kind]bool)
	for i, row := range rows[1:] {
		kind := Kind(row[0])
		seen[kind] = true
		m := Modifiers{Base: fen(t, row[2]), Half: row[3] == "1"}
		q, err := Quote(kind, fen(t, row[1]), m)
		if err != nil {
			t.Errorf("row %d: %v", i+2, err)
			continue
		}
		want, ok := new(big.Rat).SetString(row[4])
		if !ok {
			t.Fatalf("row %d: bad fraction %q", i+2, row[4])
		}
		if q.Exact.Rat().Cmp(want) != 0 {
			t.Errorf("row %d, %s of %s: exactly %s, want %s", i+2, kind, row[1], q.Exact.Rat(), want)
		}
		if got, want := q.Fee.String(), strings.TrimSuffix(row[5],
			"\r"); got != payment.Fen(mustInt(t, want)).String() {
			t.Errorf("row %d, %s of %s: %s, want %s fen", i+2, kind, row[1], got, want)
		}
		if got := ToYuan.Round(q.Exact); got != payment.Fen(mustInt(t, row[6]))*yuan {
			t.Errorf("row %d, %s of %s: %s in whole yuan, want %s", i+2, kind, row[1], got, row[6])
		}
		floor := new(big.Rat).SetInt(new(big.Int).Div(want.Num(), want.Denom()))
		if got := DownYuan.Round(q.Exact); floor.Cmp(big.NewRat(int64(got), 100)) != 0 {
			t.Errorf("row %d, %s of %s: %s rounded down, want %s", i+2, kind, row[1], got, floor)
		}
	}
	for _, r := range Kinds() {
		if !seen[r.Kind] && r.Kind != "class_action" { // the table has it as enforcement
			t.Errorf("no example of %s", r.Kind)
		}
	}
}

func mustInt(t *testing.T, text string) int64 {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatalf("bad number %q in the table", text)
	}
	return n.Int64()
}

func TestSteps(t *testing.T) {
	q, err := Quote(Property, 150_000_00, Modifiers{Half: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{Kind: StepFlat, To: 10_000_00, Sum: exactly(50_00)},
		{Kind: StepBand, Over: 10_000_00, To: 100_000_00, Within: 90_000_00, Permille: 25, Sum: exactly(2300_00)},
		{Kind: StepBand, Over: 100_000_00, To: 200_000_00, Within: 50_000_00, Permille: 20, Sum: exactly(3300_00)},
		{Kind: StepHalf, Sum: exactly(1650_00)},
	}
	if len(q.Steps) != len(want) {
		t.Fatalf("got %d steps %+v, want %d", len(q.Steps), q.Steps, len(want))
	}
	for i, s := range q.Steps {
		if s != want[i] {
			t.Errorf("step %d = %+v, want %+v", i, s, want[i])
		}
	}
	if q.Fee != 1650_00 || q.Article != "第十三条第（一）项" || q.Law == "" {
		t.Errorf("quote = %+v", q)
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]struct {
		kind   Kind
		amount payment.Fen
		m      Modifiers
		want   error
	}{
		"no such kind":             {kind: "appraisal", want: ErrKind},
		"negative":                 {kind: Property, amount: -1, want: ErrAmount},
		"too much":                 {kind: Property, amount: MaxAmount + 1, want: ErrAmount},
		"the largest integer":      {kind: Property, amount: 1<<63 - 1, want: ErrAmount},
		"labour by amount":         {kind: "labour", amount: 1, want: ErrNoAmount},
		"half an application":      {kind: Preservation, amount: 1, m: Modifiers{Half: true}, want: ErrNotHalf},
		"half an enforcement":      {kind: Enforcement, amount: 1, m: Modifiers{Half: true}, want: ErrNotHalf},
		"half of a class action":   {kind: "class_action", amount: 1, m: Modifiers{Half: true}, want: ErrNotHalf},
		"half of a payment order":  {kind: "payment_order", amount: 1, m: Modifiers{Half: true}, want: ErrNotHalf},
		"half of a public notice":  {kind: "public_notice", m: Modifiers{Half: true}, want: ErrNotHalf},
		"half of setting it aside": {kind: "arbitration", m: Modifiers{Half: true}, want: ErrNotHalf},
	}
	for name, tt := range tests {
		if _, err := Quote(tt.kind, tt.amount, tt.m); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	for _, base := range []payment.Fen{0, 49_99, 300_01} {
		_, err := Quote("divorce", 0, Modifiers{Base: base})
		if e, ok := errors.AsType[*RangeError](err); !ok || e.Min != 50_00 || e.Max != 300_00 {
			t.Errorf("divorce with a figure of %s: %v", base, err)
		}
	}
	if _, err := Quote(Property, 1, Modifiers{Base: 1}); err == nil {
		t.Error("a figure was taken for a kind that has none")
	}
}

// A fee never falls when the amount grows, never jumps at a boundary, and is never negative.
func TestMonotoneAndContinuous(t *testing.T) {
	for _, r := range Kinds() {
		if !r.Priced() {
			continue
		}
		whole, _ := RuleOf(r.Kind)
		steepest := int64(0)
		for _, b := range whole.Bands {
			steepest = max(steepest, b.Permille)
		}
		at := func(t rapid.TB, a payment.Fen) Exact {
			m := Modifiers{}
			if len(r.Base) > 0 {
				m.Base = payment.Fen(r.Base[0]) * yuan
			}
			q, err := Quote(r.Kind, a, m)
			if err != nil {
				t.Fatalf("%s of %s: %v", r.Kind, a, err)
			}
			if q.Exact < 0 || q.Fee < 0 {
				t.Fatalf("%s of %s is %d", r.Kind, a, q.Exact)
			}
			return q.Exact
		}
		check := func(t rapid.TB, a, more payment.Fen) {
			low, high := at(t, a), at(t, a+more)
			if high < low || high-low > Exact(more)*Exact(steepest)*sixths {
				t.Fatalf("%s: %s costs %s, %s more costs %s", r.Kind, a, low.Rat(), more, high.Rat())
			}
		}
		for _, b := range whole.Bands {
			for d := payment.Fen(-2); d <= 2; d++ {
				if a := payment.Fen(b.To)*yuan + d; a >= 0 {
					check(t, a, 1)
				}
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			a := rapid.Int64Range(0, int64(MaxAmount)-1_000_000).Draw(t, "amount")
			a >>= rapid.IntRange(0, 50).Draw(t, "scale")
			check(t, payment.Fen(a), payment.Fen(rapid.Int64Range(1, 1_000_000).Draw(t, "more")))
		})
	}
}

func TestLawful(t *testing.T) {
	tests := []struct {
		kind          Kind
		amount, asked payment.Fen
		m             Modifiers
		low, high     payment.Fen
		want          bool
	}{
		{Property, 120_000_00, 2700_00, Modifiers{}, 2700_00, 2700_00, true},
		{Property, 60_607_77, 1315_00, Modifiers{}, 1315_19, 1315_19, true}, // a real judgment, rounded
		{Property, 120_000_00, 2701_00, Modifiers{}, 2700_00, 2700_00, false},
		{Property, 120_000_00, 1350_00, Modifiers{}, 2700_00, 2700_00, false},
		{Property, 120_000_00, 1350_00, Modifiers{Half: true}, 1350_00, 1350_00, true},
		{"divorce", 0, 240_00, Modifiers{}, 50_00, 300_00, true},
		{"divorce", 0, 400_00, Modifiers{}, 50_00, 300_00, false},
		{"divorce", 1_000_000_00, 4100_00, Modifiers{}, 4050_00, 4300_00, true},
		{"labour", 0, 10_00, Modifiers{}, 10_00, 10_00, true},
	}
	for _, tt := range tests {
		low, high, ok, err := Lawful(tt.kind, tt.amount, tt.asked, tt.m)
		if err != nil || low != tt.low || high != tt.high || ok != tt.want {
			t.Errorf("%s of %s asked as %s: %s to %s, %t, %v", tt.kind, tt.amount, tt.asked, low, high, ok, err)
		}
	}
}

func TestScheduleOfADay(t *testing.T) {
	for _, day := range []time.Time{{}, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if q, err := Quote(Property, 0, Modifiers{On: day}); err != nil || q.Fee != 50_00 {
			t.Errorf("on %v: %v, %v", day, q.Fee, err)
		}
	}
}

// Every line says its article, no item is two kinds, and what has a part or a cap has bands.
func TestScheduleIsWhole(t *testing.T) {
	items := make(map[string]Kind)
	for _, r := range Kinds() {
		whole, ok := RuleOf(r.Kind)
		switch {
		case !ok || r.Name == "" || !strings.HasPrefix(r.Article, "第"):
			t.Errorf("%s lacks its name or article", r.Kind)
		case len(r.Base) != 0 && (len(r.Base) != 2 || r.Base[0] > r.Base[1]):
			t.Errorf("%s has the range %v", r.Kind, r.Base)
		case len(whole.Bands) == 0 && len(r.Base) == 0, (r.Part > 0 || r.Cap > 0) && len(whole.Bands) == 0:
			t.Errorf("%s says no sum", r.Kind)
		}
		for i, b := range whole.Bands {
			if last := i == len(whole.Bands)-1; last != (b.To == 0) || i > 0 && !last && b.To <= whole.Bands[i-1].To {
				t.Errorf("%s: band %d ends at %d", r.Kind, i, b.To)
			}
		}
		for _, item := range r.Items {
			if other, twice := items[item]; twice {
				t.Errorf("%s is %s and %s", item, other, r.Kind)
			}
			items[item] = r.Kind
			if k, ok := KindOf(item); !ok || k != r.Kind {
				t.Errorf("KindOf(%s) = %s, %t", item, k, ok)
			}
		}
	}
	if _, ok := KindOf("案件受理费"); ok {
		t.Error("案件受理费 can be several kinds")
	}
}

func BenchmarkQuote(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Quote(Property, 1_234_567_89, Modifiers{Half: true}); err != nil {
			b.Fatal(err)
		}
	}
}
