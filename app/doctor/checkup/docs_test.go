package checkup_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/app/message"
)

var update = flag.Bool("update", false, "write the table of assets/docs/doctor.md anew")

const (
	begin = "<!-- what follows is made from the checks: go test ./app/doctor/checkup -run TestTable -update -->\n"
	end   = "<!-- end -->\n"
)

// The table of codes is that of the checks.
func TestTable(t *testing.T) {
	file := filepath.Join("..", "..", "..", "assets", "docs", "doctor.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	want := before + begin + table() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s has another table; write it anew with -update", file)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| check | code | printed | severity | told after | hidden by | what it is | 含义 | what to do |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range checkup.Checks() {
		for _, code := range c.Finds {
			t := doctor.Of(code)
			var behind []string
			for _, h := range t.HiddenBy {
				behind = append(behind, string(h))
			}
			en, zh := t.Words(message.English), t.Words(message.Chinese)
			fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s | %s | %s | %s | %s |\n", c.Number, code, t.Printed, t.Severity,
				after(t.Patience), strings.Join(behind, ", "), en.Title, zh.Title, cell(en.IT))
		}
	}
	return b.String()
}

// after is how long a trouble lasts before it is told.
func after(patience time.Duration) string {
	switch {
	case patience == 0:
		return "at once"
	case patience < time.Minute:
		return fmt.Sprintf("%d s", int(patience.Seconds()))
	}
	return fmt.Sprintf("%d min", int(patience.Minutes()))
}

// cell is a text in a table: its placeholders in words, not as what a browser takes for a tag.
func cell(text string) string { return strings.NewReplacer("|", "\\|", "<", "&lt;").Replace(text) }
