package console_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"courtkiosk/ui/console"
)

// README and manual name every command that the program has, and none that it lacks.
func TestManualNamesTheCommands(t *testing.T) {
	var named []string
	for _, name := range []string{"README.md", "assets/docs/manual.md"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, namedIn(string(text))...)
	}
	has := leaves(t)
	if len(has) < 10 {
		t.Fatalf("the program's help lists only %q", has)
	}
	isOf := func(leaf string) func(string) bool {
		return func(line string) bool { return line == leaf || strings.HasPrefix(line, leaf+" ") }
	}
	for _, line := range named {
		if !slices.ContainsFunc(has, func(leaf string) bool { return isOf(leaf)(line) }) {
			t.Errorf("the manual names %q, which is no command", line)
		}
	}
	for _, leaf := range has {
		if !slices.ContainsFunc(named, isOf(leaf)) {
			t.Errorf("the manual does not name %q", leaf)
		}
	}
}

func TestNamedIn(t *testing.T) {
	text := "Run `bin/courtkiosk demo`, or `courtkiosk orders\nreport NO`.\n\ncourtkiosk fee --kind x\n" +
		"courtkiosk pay '1'\n`courtkiosk.sock` is a file of `/usr/bin/courtkiosk`, the program.\n"
	want := []string{"demo", "orders report NO", "fee", "pay"}
	if got := namedIn(text); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// said is a command line in running text, which may go on in the next line, or on a line of its own.
var said = regexp.MustCompile("`(?:bin/)?courtkiosk((?:\\s+[-\\pL]+)+)|(?m:^)(?:bin/)?courtkiosk((?:[ \\t]+[-\\pL]+)+)")

// namedIn returns the command lines of a text, up to the first flag, or what is no word.
func namedIn(text string) (lines []string) {
	for _, m := range said.FindAllStringSubmatch(text, -1) {
		words := strings.Fields(m[1] + m[2])
		if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }); i >= 0 {
			words = words[:i]
		}
		if len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return lines
}

// leaves returns the commands below a command that do something themselves, as its help lists them.
func leaves(t *testing.T, path ...string) (names []string) {
	t.Helper()
	var help bytes.Buffer
	args := append(slices.Clone(path), "--help")
	exit := console.Main(t.Context(), console.Env{Args: args, Stdout: &help, Stderr: &help})
	if exit != console.Done {
		t.Fatalf("%q: exit %d: %s", args, exit, &help)
	}
	_, list, group := strings.Cut(help.String(), "Available Commands:\n")
	if !group {
		return []string{strings.Join(path, " ")}
	}
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		if name := strings.Fields(line)[0]; name != "help" {
			names = append(names, leaves(t, append(slices.Clone(path), name)...)...)
		}
	}
	return names
}
