package doctor_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
	"courtkiosk/assets"
)

func TestCatalogue(t *testing.T) {
	seen, printed := make(map[doctor.Code]doctor.Trouble), make(map[string]doctor.Code)
	last := doctor.Stops
	for _, c := range doctor.Catalogue() {
		if other, twice := printed[c.Printed]; twice || c.Printed == "" {
			t.Errorf("%s and %s are both printed as %q", c.Code, other, c.Printed)
		}
		if _, twice := seen[c.Code]; twice {
			t.Errorf("%s stands there twice", c.Code)
		}
		if c.Severity < last {
			t.Errorf("%s %s, after what only %s", c.Code, c.Severity, last)
		}
		if c.Code != doctor.Ledger && !slices.Contains(c.HiddenBy, doctor.Ledger) {
			t.Errorf("%s is told beside a failed ledger", c.Code)
		}
		if c.Severity == doctor.Stops && (c.Patience != 0 || c.Quiet) {
			t.Errorf("%s stops payments, and is told late or not at all", c.Code)
		}
		for _, h := range c.HiddenBy { // what stands before it: no two hide each other
			hider, before := seen[h]
			if !before {
				t.Errorf("%s hides behind %s, which does not stand before it", c.Code, h)
			}
			if c.Severity == doctor.Stops && hider.Severity != doctor.Stops {
				t.Errorf("%s stops payments, and hides behind %s, which does not", c.Code, h)
			}
			if rings(c) && (!rings(hider) || max(hider.Rings, hider.Patience) > max(c.Rings, c.Patience)) {
				t.Errorf("%s rings, and hides behind %s, which does so later or never", c.Code, h)
			}
			for _, further := range hider.HiddenBy {
				if !slices.Contains(c.HiddenBy, further) {
					t.Errorf("%s hides behind %s but not behind %s, which explains it", c.Code, h, further)
				}
			}
		}
		seen[c.Code], printed[c.Printed], last = c, c.Code, c.Severity
	}
	if doctor.Of("from-a-newer-version").Severity != doctor.Warns {
		t.Error("an unknown trouble closes the service or is only told")
	}
}

func rings(t doctor.Trouble) bool {
	return doctor.Finding{Code: t.Code, Since: start}.Rings(start.AddDate(1, 0, 0))
}

// A monitor rings for what a person must end, and for nothing that ends by itself or has to be planned.
func TestRings(t *testing.T) {
	var silent []doctor.Code
	for _, c := range doctor.Catalogue() {
		if !rings(c) {
			silent = append(silent, c.Code)
		}
	}
	want := []doctor.Code{doctor.Incomplete, doctor.Mark, doctor.Certificate, doctor.PageCertificate,
		doctor.PaperNearEnd,
		doctor.ReportsWaiting}
	if !slices.Equal(silent, want) {
		t.Errorf("no ring for %q, want %q", silent, want)
	}
	for name, tt := range map[string]struct {
		finding doctor.Finding
		after   time.Duration
		want    bool
	}{
		"paper":                 {doctor.Finding{Code: doctor.PaperOut, Since: start}, 0, true},
		"paper, seen just now":  {doctor.Finding{Code: doctor.PaperOut}, 0, true},
		"the court for a blink": {doctor.Finding{Code: doctor.CourtSilent, Since: start}, 299 * time.Second, false},
		"the court for long":    {doctor.Finding{Code: doctor.CourtSilent, Since: start}, 300 * time.Second, true},
		"the court, just now":   {doctor.Finding{Code: doctor.CourtSilent}, time.Hour, false},
		"a newer one":           {doctor.Finding{Code: "flood", Since: start}, 0, true},
	} {
		now := start.Add(tt.after)
		if got := tt.finding.Rings(now); got != tt.want || (doctor.Report{tt.finding}).Rings(now) != tt.want {
			t.Errorf("%s rings: got %t", name, got)
		}
	}
}

// A short code means one thing, on whatever page it stands.
func TestPrintedCodes(t *testing.T) {
	refusals := texts(t, assets.MessagesZH).Refusals
	for _, c := range doctor.Catalogue() {
		own := c.Closed()
		if r, ok := refusals[own]; c.Severity == doctor.Stops && (!ok || r.Code != c.Printed) {
			t.Errorf("%s is printed as %s, and its refusal as %q", c.Code, c.Printed, r.Code)
		} else if ok && c.Severity != doctor.Stops {
			t.Errorf("%s has a refusal and closes nothing", c.Code)
		}
		for id, r := range refusals {
			if id != own && r.Code == c.Printed {
				t.Errorf("%s and the refusal %s are both printed as %s", c.Code, id, c.Printed)
			}
		}
		delete(refusals, own)
	}
	for id := range refusals {
		if strings.HasPrefix(string(id), "closed.") {
			t.Errorf("no trouble closes the service as %s", id)
		}
	}
}

type catalogue struct {
	Text     map[string]string
	Refusals map[message.ID]message.Refusal
}

func texts(t *testing.T, data []byte) (c catalogue) {
	t.Helper()
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Each trouble has its words in both languages, and no words are left over.
func TestEveryTroubleHasItsWords(t *testing.T) {
	want := make(map[string]bool)
	for _, c := range doctor.Catalogue() {
		for _, to := range []string{"title", "clerk", "it"} {
			want["doctor."+string(c.Code)+"."+to] = true
		}
		if !c.Quiet && c.Severity != doctor.Stops {
			want["doctor."+string(c.Code)+".visitor"] = true
		}
	}
	files := map[string][]byte{"zh": assets.MessagesZH, "en": assets.MessagesEN}
	for lang, data := range files {
		got := make(map[string]bool)
		for id, text := range texts(t, data).Text {
			if strings.HasPrefix(id, "doctor.") && text != "" {
				got[id] = true
			}
		}
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
			t.Errorf("%s: got %q, want %q", lang, g, w)
		}
	}
}

// How much fits: a visitor's sentence into the note of the home page's button, a title into a line of a table.
const (
	longestSentence = 60
	longestTitle    = 40
)

func TestWordsFit(t *testing.T) {
	stop := regexp.MustCompile(`[。.；;]`)
	for _, c := range doctor.Catalogue() {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			w := doctor.Finding{Code: c.Code, Of: "1900000001"}.Words(lang, "window", "2号窗口")
			if told := w.Visitor != ""; told == c.Quiet {
				t.Errorf("%s %s: quiet %v, and a visitor reads %q", c.Code, lang, c.Quiet, w.Visitor)
			}
			for _, sentence := range stop.Split(w.Visitor, -1) {
				if n := utf8.RuneCountInString(sentence); n > longestSentence {
					t.Errorf("%s %s: %d characters: %s", c.Code, lang, n, sentence)
				}
			}
			if n := utf8.RuneCountInString(w.Title); n > longestTitle {
				t.Errorf("%s %s: %d characters: %s", c.Code, lang, n, w.Title)
			}
			if all := w.Title + w.Visitor + w.Clerk + w.IT; strings.ContainsAny(all, "{}") {
				t.Errorf("%s %s: a placeholder is left: %s", c.Code, lang, all)
			}
		}
	}
}

// Every condition that a printer can be in has a trouble, and no other one has.
func TestPrinterConditions(t *testing.T) {
	source, err := os.ReadFile("../receipt/receipt.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []doctor.Code
	for _, m := range regexp.MustCompile(`Condition = "([a-z-]+)"`).FindAllSubmatch(source, -1) {
		if c := doctor.Printer(string(m[1])); c == "printer-"+doctor.Code(m[1]) {
			got = append(got, c)
		} else {
			t.Errorf("the condition %s is called %s", m[1], c)
		}
	}
	if !slices.Equal(got, doctor.Printers) {
		t.Errorf("got %q, want %q", got, doctor.Printers)
	}
	if got := doctor.Printer("on-fire"); got != doctor.PrinterBroken {
		t.Errorf("an unknown condition is called %s", got)
	}
}
