package console

import (
	"strings"
	"testing"
)

func TestTheConsolePrintsNothingThatActs(t *testing.T) {
	for text, want := range map[string]string{
		"张三\n":               "张三\n",
		"a\x1b[2Jb\a":        `a\u001b[2Jb\u0007`,
		"a\u202eb\u2066":     `a\u202eb\u2066`,
		"\u009b31m":          `\u009b31m`,
		"\x9b\xff":           `\x9b\xff`,
		"tab\tline\r\n":      "tab\tline\r\n",
		"\x7f":               `\u007f`,
		"\ufeff案号,▀▄█\u2028": `` + "\ufeff案号,▀▄█" + `\u2028`,
	} {
		for _, size := range []int{1, 2, 5, len(text)} { // however the text is cut into writes
			var out strings.Builder
			p := &inert{to: &out}
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				if m, err := p.Write([]byte(rest[:n])); m != n || err != nil {
					t.Fatalf("write: %d, %v", m, err)
				}
				rest = rest[n:]
			}
			if out.String() != want {
				t.Errorf("%q by %d: %q, want %q", text, size, out.String(), want)
			}
		}
	}
}

// Every command prints through it, whatever the text is of: an argument, a file's name, a list.
func TestEveryCommandPrintsThroughIt(t *testing.T) {
	const hostile = "\x1b[2J\u202e\u009b.toml"
	for _, args := range [][]string{{"bills", "import", hostile}, {"bills", "list", hostile},
		{"orders", "show", hostile},
		{"orders", "list"}, {"health"}, {"config", "check"}, {"receipt", "verify", hostile}, {"ledger", "check"},
		{"pay", hostile}, {"case", hostile}, {"fee", hostile}, {hostile}, {"version", hostile}} {
		var out, said strings.Builder
		Main(t.Context(), Env{Args: append(args, "--config", hostile), Stdin: strings.NewReader(""), Stdout: &out,
			Stderr: &said})
		if got := out.String() + said.String(); got == "" || strings.ContainsAny(got, "\x1b\u202e\u009b") {
			t.Errorf("%q: %q", args, got)
		}
	}
}
