package view

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

func TestEntry(t *testing.T) {
	e := NewEntry([]string{"京0101"}, 2026)
	for _, i := range []Intent{
		{Digit, "0"}, {Digit, "1"}, {Digit, "2"}, {Digit, "x"}, {Backspace, ""}, {Digit, "0"}, {PickType, "执"}, {PickPart, "year"}, {PickPart, "2025"}, {Digit, "9"},
	} {
		e, _ = e.Apply(i)
	}
	if got, want := e.Text(), "（2025）京0101执109号"; got != want {
		t.Errorf("typed %s, want %s", got, want)
	}
	for range 12 {
		e, _ = e.Apply(Intent{Digit, "7"})
	}
	if len(e.Serial) != maxSerial {
		t.Errorf("a serial of %d digits", len(e.Serial))
	}
	if e, _ = e.Apply(Intent{Kind: Clear}); e.Serial != "" {
		t.Error("not cleared")
	}
	if _, ok := e.Apply(Intent{Kind: Confirm}); ok {
		t.Error("confirm is not the entry's")
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, payment.China)
	for _, code := range append(CommonTypes, OtherTypes...) {
		e.Type, e.Serial = code, "1"
		if _, err := caseno.Parse(e.Text(), now); err != nil {
			t.Errorf("the pad's type %s is no type: %v", code, err)
		}
	}
}

func TestEntryPicksTheCourt(t *testing.T) {
	one, _ := NewEntry([]string{"京0101"}, 2026).Apply(Intent{PickPart, "court"})
	if one.Part != "serial" {
		t.Errorf("with one court its part is %s", one.Part)
	}
	e := NewEntry([]string{"京0101", "京0491", "京9999"}, 2026)
	if e.Courts[1].Label != "北京互联网法院" || e.Courts[2].Label != "" {
		t.Errorf("courts %+v", e.Courts)
	}
	for _, arg := range []string{"court", "京0491", "京0102", "nonsense"} {
		e, _ = e.Apply(Intent{PickPart, arg})
	}
	if e, _ = e.Apply(Intent{Digit, "7"}); e.Text() != "（2026）京0491民初7号" {
		t.Errorf("picked %s", e.Text())
	}
	if many := NewEntry(make([]string, 20), 2026); len(many.Courts) != MostCourts {
		t.Errorf("%d courts on one page", len(many.Courts))
	}
}

func TestFormats(t *testing.T) {
	if got := Grouped("4200002611"); got != "4200 0026 11" {
		t.Errorf("Grouped = %q", got)
	}
	now := time.Date(2026, 11, 23, 23, 59, 0, 0, payment.China).UTC()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, payment.China) }
	for deadline, want := range map[time.Time]string{
		day(2026, 11, 30): "11月30日（含）前，还剩7天", day(2026, 11, 24): "11月24日（含）前，还剩1天", day(2026, 11, 23): "11月23日，今天是最后一天",
		day(2026, 11, 22): "11月22日已过期，请先咨询窗口", day(2027, 1, 2): "2027年1月2日（含）前，还剩40天", {}: "",
	} {
		if got := Deadline(message.Chinese, deadline, now); got != want {
			t.Errorf("Deadline(%v) = %s, want %s", deadline, got, want)
		}
	}
	if got := Day(message.Chinese, now); got != "2026年11月23日 星期一" {
		t.Errorf("Day = %s", got)
	}
}

// notForVisitors are errors that end before a visitor could meet them; all others have words.
var notForVisitors = map[string]bool{
	"bill.ErrRenamed":     true, // comes with the order that blocks
	"payment.ErrNotFound": true, "payment.ErrLocked": true, "payment.ErrNewer": true, "payment.ErrOtherCourt": true, "payment.ErrDamaged": true,
	"payment.ErrConflict": true, "payment.ErrNotServed": true, "payment.ErrAmount": true, "payment.ErrNumberTaken": true, "payment.ErrAbsent": true,
	"payment.ErrNoAnswer": true, "payment.ErrAbsentHere": true, "receipt.ErrNoPrinter": true, // are special cases of errors that have words
	"bill.ErrNotCollected": true, "bill.ErrUnknownItem": true, "receipt.ErrAmount": true,
	"receipt.ErrNoCode": true, "receipt.ErrAltered": true, "receipt.ErrUnknownKey": true, "receipt.ErrRevoked": true, // of who checks a receipt: a clerk
}

// Every exported error of the rooms below has words, or is listed as one that no visitor meets.
func TestEveryErrorHasWords(t *testing.T) {
	known := make(map[string]bool)
	for _, m := range refusals {
		known[m.err.Error()] = true
		if message.Of(message.Chinese, m.id).Code == message.Of(message.Chinese, "internal").Code {
			t.Errorf("%s is unknown to the catalogue", m.id)
		}
	}
	source, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	mapped := make(map[string]bool)
	ast.Inspect(source, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				mapped[x.Name+"."+sel.Sel.Name] = true
			}
		}
		return true
	})
	found := 0
	for room, dir := range map[string]string{"app": "../../app", "bill": "../../app/bill", "receipt": "../../app/receipt", "payment": "../../payment"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range variables(f) {
				if full := room + "." + name; strings.HasPrefix(name, "Err") {
					found++
					if !mapped[full] && !notForVisitors[full] {
						t.Errorf("%s has no words", full)
					}
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d errors were found", found)
	}
}

// variables are the package variables that a file declares.
func variables(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

func TestOf(t *testing.T) {
	blocked := func(o payment.Order) error { return fmt.Errorf("pay: %w", &payment.BlockedError{Order: o}) }
	for want, err := range map[message.ID]error{
		"case.serial":         fmt.Errorf("x: %w", &caseno.SyntaxError{Want: caseno.Serial}),
		"closed.clock":        &app.ClosedError{Reason: app.ClockWrong, Err: errors.New("x")},
		"closed.unauthorized": fmt.Errorf("%w: %w", app.ErrUnreachable, payment.ErrUnauthorized),
		"changed":             &bill.ChangedError{},
		"paid":                blocked(payment.Order{State: payment.Paid}),
		"disputed":            blocked(payment.Order{State: payment.Disputed}),
		"elsewhere":           blocked(payment.Order{State: payment.Foreign}),
		"paid-elsewhere":      blocked(payment.Order{State: payment.Foreign, TransactionID: "42"}),
		"network":             payment.ErrNoAnswer,
		"internal":            errors.New("anything else"),
	} {
		if got := Of(err); got != want {
			t.Errorf("Of(%v) = %s, want %s", err, got, want)
		}
	}
	for state, want := range map[bill.DueState]message.ID{bill.DueOwed: "", bill.DuePaying: "", bill.DueNothing: "nothing-owed", bill.DueChanged: "changed-after"} {
		if got := OfDue(bill.Due{State: state}); got != want {
			t.Errorf("OfDue(%s) = %s, want %s", state, got, want)
		}
	}
}

func TestEveryNoticeHasAWayOn(t *testing.T) {
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for _, s := range Samples(lang) {
			n, ok := s.Screen.(Notice)
			if !ok {
				continue
			}
			if n.Primary == "" || n.Act == "" || (n.Second == "") != (n.SecondTo == "") || n.Words.Title == "" || strings.Contains(n.Words.Next+n.Words.Sentence, "{") {
				t.Errorf("%s: %+v", s.Name, n)
			}
		}
	}
}

func TestCalculator(t *testing.T) {
	type touched struct {
		kind Kind
		arg  string
	}
	digits := func(text string) (list []touched) {
		for _, d := range text {
			list = append(list, touched{Digit, string(d)})
		}
		return list
	}
	tests := map[string]struct {
		touches []touched
		fee     string
		amount  string
	}{
		"nothing typed":       {nil, "", ""},
		"property":            {digits("120000"), "¥2,700.00", "¥120,000"},
		"halved":              {append(digits("120000"), touched{Halve, ""}), "¥1,350.00", "¥120,000"},
		"halved twice":        {append(digits("120000"), touched{Halve, ""}, touched{Halve, ""}), "¥2,700.00", "¥120,000"},
		"no leading zero":     {digits("0012"), "¥50.00", "¥12"},
		"taken back":          {append(digits("123"), touched{Backspace, ""}), "¥50.00", "¥12"},
		"cleared":             {append(digits("123"), touched{Clear, ""}), "", ""},
		"as long as it goes":  {digits("999999999999999"), "¥500,041,800.00", "¥99,999,999,999"},
		"a range":             {append(digits("1000000"), touched{PickKind, "divorce"}), "¥4,050.00 – ¥4,300.00", "¥1,000,000"},
		"a range of nothing":  {[]touched{{PickKind, "divorce"}}, "¥50.00 – ¥300.00", ""},
		"by the case":         {append(digits("500"), touched{PickKind, "labour"}), "¥10.00", ""},
		"digits by the case":  {append([]touched{{PickKind, "labour"}}, digits("5")...), "¥10.00", ""},
		"an application":      {append(digits("200000"), touched{Halve, ""}, touched{PickKind, "preservation"}), "¥1,520.00", "¥200,000"},
		"half an application": {append(digits("200000"), touched{PickKind, "preservation"}, touched{Halve, ""}), "¥1,520.00", "¥200,000"},
		"no such kind":        {append(digits("12"), touched{PickKind, "appraisal"}), "¥50.00", "¥12"},
	}
	for name, tt := range tests {
		c := NewCalculator()
		for _, i := range tt.touches {
			c, _ = c.Apply(Intent{Kind: i.kind, Arg: i.arg})
		}
		if v := c.Screen(message.Chinese); v.Fee != tt.fee || v.Amount != tt.amount {
			t.Errorf("%s: %q of %q, want %q of %q", name, v.Fee, v.Amount, tt.fee, tt.amount)
		}
	}
	if _, ok := NewCalculator().Apply(Intent{Kind: Confirm}); ok {
		t.Error("the calculator takes a touch that is not its own")
	}
	steps := Calculator{Kind: "property", Yuan: "120000", Half: true}.Steps(message.Chinese)
	if n := len(steps.Rows); n != 4 || steps.Rows[n-1].Value != "¥1,350.00" || steps.Rows[2].Label != "超过¥100,000至¥200,000的部分：¥20,000 × 2%" {
		t.Errorf("steps %+v", steps)
	}
}
