package console_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The lines of Prometheus' text format that metrics may have: no time stamp follows a value.
var (
	helpLine   = regexp.MustCompile(`^# HELP (courtkiosk_[a-z_]+) \S.*\.$`)
	typeLine   = regexp.MustCompile(`^# TYPE (courtkiosk_[a-z_]+) (gauge|counter)$`)
	sampleLine = regexp.MustCompile(`^(courtkiosk_[a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"` +
		`(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})? -?[0-9]+(?:\.[0-9]+)?$`)
)

// exposed says what is wrong with metrics.
func exposed(text string) error {
	if !strings.HasSuffix(text, "\n") {
		return fmt.Errorf("no newline at the end")
	}
	family, want := "", helpLine
	seen := make(map[string]bool) // families, and samples with their labels
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch m := helpLine.FindStringSubmatch(line); {
		case m != nil:
			if want == typeLine || seen[m[1]] {
				return fmt.Errorf("out of turn: %q", line)
			}
			family, want = m[1], typeLine
			seen[family] = true
			continue
		case want == typeLine:
			if m := typeLine.FindStringSubmatch(line); m == nil || m[1] != family ||
				strings.HasSuffix(family, "_total") != (m[2] == "counter") {
				return fmt.Errorf("no type of %s: %q", family, line)
			}
			want = sampleLine
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || m[1] != family || seen[m[1]+m[2]+" "] {
			return fmt.Errorf("no sample of %s: %q", family, line)
		}
		seen[m[1]+m[2]+" "] = true
	}
	return nil
}

func TestExposed(t *testing.T) {
	good := "# HELP courtkiosk_up Whether.\n# TYPE courtkiosk_up gauge\ncourtkiosk_up 1\n"
	if err := exposed(good); err != nil {
		t.Error(err)
	}
	for _, planted := range [][2]string{
		{" 1\n", " 1"}, {" 1\n", " 1 1764400000000\n"}, {" 1\n", " 1\ncourtkiosk_up 1\n"}, {"_up 1", "_down 1"},
		{"_up 1", `_up{a="b"c"} 1`}, {"_up 1", `_up{} 1`}, {" gauge", ""}, {"gauge", "counter"}, {" 1\n", " NaN\n"},
		{"# HELP courtkiosk_up Whether.\n", ""}, {" 1\n", " 1\n\n"},
	} {
		altered := strings.Replace(good, planted[0], planted[1], 1)
		if altered == good || exposed(altered) == nil {
			t.Errorf("passes: %q", altered)
		}
	}
}

// metrics FILE: it is what a collector of Prometheus reads.
func cmdMetrics(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if err := exposed(string(text)); err != nil {
		ts.Fatalf("%v in:\n%s", err, text)
	}
}
