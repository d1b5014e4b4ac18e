package view

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

func TestEntry(t *testing.T) {
	e := NewEntry([]string{"京0101"}, 2026)
	for _, i := range []Intent{
		{Digit, "0"}, {Digit, "1"}, {Digit, "2"}, {Digit, "x"}, {Backspace, ""}, {Digit, "0"}, {PickType, "执"},
		{PickPart, "year"}, {PickPart, "2025"}, {Digit, "9"},
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
	if len(e.Courts) != 3 {
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
		day(2026, 11, 22): "交费期限为11月22日，现已超过，请先到2号窗口咨询", day(2027, 1, 2): "2027年1月2日（含）前，还剩40天", {}: "",
	} {
		if got := Deadline(message.Chinese, deadline, false, now, "window", "2号窗口"); got != want {
			t.Errorf("Deadline(%v) = %s, want %s", deadline, got, want)
		}
	}
	if got := Deadline(message.Chinese, day(2026, 11, 22), true, now); strings.Contains(got, "超过") ||
		!strings.Contains(got, "11月22日") || !strings.Contains(got, "遇法定休假日顺延，请以法院通知为准") {
		t.Errorf("a day that is not sure: %s", got)
	}
	if got := Day(message.Chinese, now); got != "2026年11月23日 星期一" {
		t.Errorf("Day = %s", got)
	}
}

// notForVisitors are errors that end before a visitor could meet them; all others have a reason.
var notForVisitors = map[string]bool{
	"bill.ErrRenamed":     true, // comes with the order that blocks
	"payment.ErrNotFound": true, "payment.ErrLocked": true, "payment.ErrNewer": true, "payment.ErrOtherCourt": true,
	"payment.ErrDamaged": true, "payment.ErrConflict": true, "payment.ErrMayBeHeld": true,
	"payment.ErrNotServed": true, "payment.ErrAmount": true,
	"payment.ErrNumberTaken": true, "payment.ErrAbsent": true, "payment.ErrUnsure": true, "payment.ErrFilter": true,
	"payment.ErrMoving": true, "payment.ErrMovedOn": true, // nothing opens then
	// of who gives back
	"payment.ErrNoRefunds": true, "payment.ErrNoPerson": true, "payment.ErrSamePerson": true,
	"payment.ErrSameSigner": true, "payment.ErrOwnRefund": true,
	"payment.ErrRefundSum": true, "payment.ErrRefundUnknown": true, "payment.ErrRefundLate": true,
	"payment.ErrRefundParts": true, "payment.ErrRefundSoon": true,
	"payment.ErrNoReason": true, "payment.ErrNotAsked": true,
	// of who reads WeChat's bills
	"payment.ErrNoStatement": true, "payment.ErrNoBillYet": true, "payment.ErrBillDistrusted": true,
	"payment.ErrNoBiller": true,
	"bill.ErrFiscal":      true, // of who reads a list
	// special cases of errors that have a reason
	// of who says how much came back
	"payment.ErrNotReturned": true, "payment.ErrReturnedSum": true, "payment.ErrReturnedUntold": true,
	"payment.ErrReturnedOpen": true,
	"payment.ErrNoAnswer":     true, "payment.ErrUnbookable": true,
	"payment.ErrAbsentHere": true, "receipt.ErrNoPrinter": true,
	"bill.ErrNotCollected": true, "bill.ErrUnknownItem": true, "receipt.ErrAmount": true,
	// of who checks a receipt: a clerk
	"receipt.ErrNoCode": true, "receipt.ErrAltered": true, "receipt.ErrUnknownKey": true, "receipt.ErrRevoked": true,
}

// Every exported error of the rooms that the counter and the lobby look into has a reason, or is listed as one that no
// visitor meets; what is listed is there, and has none.
func TestEveryErrorHasAReason(t *testing.T) {
	mapped := selectors(t, "errors.go")
	found := make(map[string]bool)
	for _, dir := range imported(t, "../../app/counter", "../lobby") {
		for _, name := range variables(t, filepath.Join("../..", dir)) {
			if full := path.Base(dir) + "." + name; strings.HasPrefix(name, "Err") {
				found[full] = true
				if mapped[full] == notForVisitors[full] {
					t.Errorf("%s has a reason: %t, and is listed as one that needs none: %t", full, mapped[full],
						notForVisitors[full])
				}
			}
		}
	}
	for name := range notForVisitors {
		if !found[name] {
			t.Errorf("%s is listed, and no visitor's room has it", name)
		}
	}
	if len(found) < 20 {
		t.Errorf("only %d errors were found", len(found))
	}
}

// imported are the rooms of this program that the rooms of some folders look into.
func imported(t *testing.T, dirs ...string) (rooms []string) {
	t.Helper()
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				room, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "courtkiosk/")
				if ours && !strings.HasSuffix(file, "_test.go") && !slices.Contains(rooms, room) {
					rooms = append(rooms, room)
				}
			}
		}
	}
	return rooms
}

// selectors are the names of other rooms that a file mentions.
func selectors(t *testing.T, path string) map[string]bool {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	ast.Inspect(source, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				names[x.Name+"."+sel.Sel.Name] = true
			}
		}
		return true
	})
	return names
}

// variables are the package variables that a folder's files declare.
func variables(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, spec := range declared(t, dir, token.VAR) {
		for _, name := range spec.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

// constants are the texts of a folder's constants of a type.
func constants(t *testing.T, dir, typ string) (texts []string) {
	t.Helper()
	for _, spec := range declared(t, dir, token.CONST) {
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
			continue
		}
		for _, v := range spec.Values {
			text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		t.Fatalf("%s declares no %s", dir, typ)
	}
	return texts
}

// declared are the constants or variables that a folder's files declare, tests left out.
func declared(t *testing.T, dir string, tok token.Token) (specs []*ast.ValueSpec) {
	t.Helper()
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
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == tok {
				for _, spec := range g.Specs {
					specs = append(specs, spec.(*ast.ValueSpec))
				}
			}
		}
	}
	return specs
}

// Every reason has a page, and the words of every page are in both languages' catalogues: an id that is not has those
// of "internal".
func TestEveryReasonHasWords(t *testing.T) {
	for _, text := range constants(t, ".", "Reason") {
		why := Reason(text)
		p, ok := pages[why]
		if !ok {
			t.Errorf("%s has no page", why)
		}
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			words, none := why.Words(lang, "window", "X"), message.Of(lang, "internal", "window", "X")
			if words == none && why != Internal {
				t.Errorf("%s: %s has no words in %s", why, p.words, lang)
			}
			if p.label != "" && message.Text(lang, p.label) == p.label {
				t.Errorf("%s: no label %s in %s", why, p.label, lang)
			}
		}
	}
	if got, want := len(pages), len(constants(t, ".", "Reason")); got != want {
		t.Errorf("%d pages for %d reasons", got, want)
	}
}

// Every refusal of the catalogue belongs to a reason, and to one alone.
func TestNoRefusalIsOrphaned(t *testing.T) {
	said := make(map[message.ID]Reason)
	for why, p := range pages {
		if other, twice := said[p.words]; twice {
			t.Errorf("%s and %s say %s", why, other, p.words)
		}
		said[p.words] = why
	}
	for _, id := range message.IDs() {
		if said[id] == "" {
			t.Errorf("no reason says %s", id)
		}
	}
}

// Every code and trouble of the counter, every part of a case number, every state of a bill and of an order is known
// here.
func TestEveryStateAndCodeIsKnown(t *testing.T) {
	for _, c := range counter.Codes {
		if _, ok := codes[c]; !ok && c != counter.Closed {
			t.Errorf("the counter's code %s has no reason", c)
		}
	}
	for _, text := range constants(t, "../../app/caseno", "Part") {
		if _, ok := parts[caseno.Part(text)]; !ok {
			t.Errorf("the part %s has no reason", text)
		}
	}
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for _, text := range constants(t, "../../app/bill", "DueState") {
			s := bill.DueState(text)
			if _, ok := standings[s]; !ok || DueWords(lang, s) == "due."+text {
				t.Errorf("the state %s of a bill is not known in %s", s, lang)
			}
		}
		for _, text := range constants(t, "../../payment", "State") {
			words := StateWords(lang, payment.State(text), false, payment.None, payment.Returned{})
			if words == "order."+text {
				t.Errorf("the state %s of an order has no words in %s", text, lang)
			}
		}
		for _, text := range constants(t, "../../payment", "Oddity") {
			words := StateWords(lang, payment.Paid, true, payment.Oddity(text), payment.Returned{})
			if strings.Contains(words, "oddity.") {
				t.Errorf("%s: %s", text, words)
			}
		}
		for _, text := range constants(t, "../../payment", "ReturnedState") {
			back := payment.Returned{State: payment.ReturnedState(text), Sum: 100}
			words := StateWords(lang, payment.Paid, false, payment.None, back)
			if strings.Contains(words, "returned.") {
				t.Errorf("%s: %s", text, words)
			}
		}
	}
}

// What is wrong with a case number has a next step of its own. A number from before 2016 is sent to the window and
// nowhere else.
func TestEachRefusalOfANumberHasItsNextStep(t *testing.T) {
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		seen := make(map[string]caseno.Part)
		for _, text := range constants(t, "../../app/caseno", "Part") {
			part := caseno.Part(text)
			n := NewNotice(Frame{Lang: lang, Window: "2号窗口"}, Of(&caseno.SyntaxError{Want: part}))
			if other, twice := seen[n.Words.Next]; twice || n.Why == Internal {
				t.Errorf("%s and %s have the next step %q", part, other, n.Words.Next)
			}
			seen[n.Words.Next] = part
			if legacy := part == caseno.Legacy; legacy != strings.Contains(n.Words.Next, "2号窗口") ||
				legacy != (n.Act == GoHome) {
				t.Errorf("%s leads to %q and %s", part, n.Words.Next, n.Act)
			}
		}
		read := Hint(lang, &caseno.SyntaxError{Want: caseno.TypeCode, Read: "民中"})
		if !strings.Contains(read, "民中") {
			t.Errorf("a wrong type is told as %q", read)
		}
	}
}

func TestOf(t *testing.T) {
	for want, err := range map[Reason]error{
		CaseSerial: fmt.Errorf("x: %w", &caseno.SyntaxError{Want: caseno.Serial}),
		ClockWrong: &counter.Refusal{Code: counter.Closed,
			Args: map[string]string{counter.Trouble: counter.TroubleClock}},
		KeyMissing: &counter.Refusal{Code: counter.Closed,
			Args: map[string]string{counter.Trouble: counter.TroubleNoKey}},
		KeysRefused: fmt.Errorf("pay: %w", &counter.Refusal{Code: counter.Unauthorized}),
		// the code decides, not what stands behind it
		NothingOwed:  &counter.Refusal{Code: counter.Gone, Err: bill.ErrNotFound},
		Changed:      &counter.Refusal{Code: counter.Changed, Now: new(counter.Due)},
		CaseIdentity: bill.ErrScanIdentity,
		PrinterDoubt: fmt.Errorf("print: %w", &receipt.TroubleError{Condition: receipt.Jammed, Began: true}),
		Printer:      receipt.ErrNoPrinter,
		Unreachable:  payment.ErrNoAnswer,
		Internal:     errors.New("anything else"),
	} {
		if got := Of(err); got != want {
			t.Errorf("Of(%v) = %s, want %s", err, got, want)
		}
	}
	if got := Of(&counter.Refusal{Code: counter.Closed}); got != Internal {
		t.Errorf("a closing without a trouble is %s", got)
	}
	for state, want := range map[bill.DueState]Reason{
		bill.DueOwed: "", bill.DuePaying: "", bill.DueNothing: NothingOwed, bill.DueChanged: ChangedAfter,
		bill.DueMissing: MissingBill,
		"new":           Internal,
	} {
		if got := OfDue(counter.Due{State: state}); got != want {
			t.Errorf("OfDue(%s) = %s, want %s", state, got, want)
		}
	}
}

// Of what stops payments visitors read what the catalogue of troubles says, under its code.
func TestClosedSaysWhatTheCatalogueSays(t *testing.T) {
	for _, code := range doctor.Stopping() {
		why := Of(&counter.Refusal{Code: counter.Closed, Args: map[string]string{counter.Trouble: string(code)}})
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			got, trouble := why.Words(lang, "window", "X"), doctor.Of(code)
			if want := trouble.Words(lang, "window", "X").Visitor; got.Sentence != want || got.Code != trouble.Printed {
				t.Errorf("%s: %s %s, want %s %s", code, got.Code, got.Sentence, trouble.Printed, want)
			}
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
			if n.Primary == "" || n.Act == "" || (n.Second == "") != (n.SecondTo == "") || n.Words.Title == "" ||
				strings.Contains(n.Words.Next+n.Words.Sentence, "{") {
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
		"nothing typed": {nil, "", ""},
		"property":      {digits("120000"), "¥2,700.00", "¥120,000"},
		"halved":        {append(digits("120000"), touched{Halve, ""}), "¥1,350.00", "¥120,000"},
		"halved twice": {append(digits("120000"), touched{Halve, ""}, touched{Halve, ""}), "¥2,700.00",
			"¥120,000"},
		"no leading zero":    {digits("0012"), "¥50.00", "¥12"},
		"taken back":         {append(digits("123"), touched{Backspace, ""}), "¥50.00", "¥12"},
		"cleared":            {append(digits("123"), touched{Clear, ""}), "", ""},
		"as long as it goes": {digits("999999999999999"), "¥500,041,800.00", "¥99,999,999,999"},
		"a range": {append(digits("1000000"), touched{PickKind, "divorce"}), "¥4,050.00 – ¥4,300.00",
			"¥1,000,000"},
		"a range of nothing": {[]touched{{PickKind, "divorce"}}, "¥50.00 – ¥300.00", ""},
		"by the case":        {append(digits("500"), touched{PickKind, "labour"}), "¥10.00", ""},
		"digits by the case": {append([]touched{{PickKind, "labour"}}, digits("5")...), "¥10.00", ""},
		"an application": {append(digits("200000"), touched{Halve, ""}, touched{PickKind, "preservation"}),
			"¥1,520.00", "¥200,000"},
		"half an application": {append(digits("200000"), touched{PickKind, "preservation"}, touched{Halve, ""}),
			"¥1,520.00", "¥200,000"},
		"no such kind": {append(digits("12"), touched{PickKind, "appraisal"}), "¥50.00", "¥12"},
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
	if n := len(steps.Rows); n != 4 || steps.Rows[n-1].Value != "¥1,350.00" ||
		steps.Rows[2].Label != "超过¥100,000至¥200,000的部分：¥20,000 × 2%" {
		t.Errorf("steps %+v", steps)
	}
}
