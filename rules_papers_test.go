package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"courtkiosk/payment"
	"courtkiosk/ui/version"
)

func TestMetadata(t *testing.T) {
	text := paper(t, "FyneApp.toml")
	if err := metadata(text); err != nil {
		t.Error(err)
	}
	for _, planted := range [][2]string{
		{version.AppName, "Another"}, {version.AppID, "org.example.another"}, {version.Version, "9.9.9"},
		{"[Details]", "[Other]"}, {"[Details]", "[Details"}, {".png", ".gone.png"},
	} {
		altered := strings.ReplaceAll(text, planted[0], planted[1])
		if altered == text {
			t.Errorf("FyneApp.toml holds no %q to alter", planted[0])
		}
		if metadata(altered) == nil {
			t.Errorf("%q in place of %q passes", planted[1], planted[0])
		}
	}
}

// metadata compares what Fyne's tool reads with what the program says of itself.
func metadata(text string) error {
	var m struct {
		Details struct{ Icon, Name, ID, Version string }
	}
	if _, err := toml.Decode(text, &m); err != nil {
		return err
	}
	if d := m.Details; d.Name != version.AppName || d.ID != version.AppID || d.Version != version.Version {
		return fmt.Errorf("FyneApp.toml says %+v, not %s %s %s", d, version.AppName, version.AppID, version.Version)
	}
	_, err := os.Stat(m.Details.Icon)
	return err
}

// The proofs' pictures of the lives of orders and refunds are the graphs'.
func TestProofsShowTheGraphs(t *testing.T) {
	text := paper(t, "assets/docs/proofs.md")
	for name, picture := range map[string]string{"order": ofOrders(), "refund": ofRefunds()} {
		if !shows(text, picture) {
			t.Errorf("assets/docs/proofs.md does not hold the graph of a %s:\n%s", name, picture)
		}
		for edge := range strings.Lines(picture) {
			if shows(strings.Replace(text, edge, "", -1), picture) {
				t.Errorf("a page without %q passes", edge)
			}
		}
		if shows(strings.Replace(text, picture, picture+"    done --> closed: said-closed\n", 1), picture) {
			t.Errorf("a page with an edge that is not in the graph of a %s passes", name)
		}
	}
}

func shows(page, picture string) bool {
	return strings.Contains(page, "```mermaid\nstateDiagram-v2\n"+picture+"```\n")
}

func ofOrders() (picture string) {
	for _, e := range payment.Graph {
		picture += edge(string(e.From), string(e.To), string(e.Event))
	}
	return picture
}

func ofRefunds() (picture string) {
	for _, e := range payment.RefundGraph {
		picture += edge(string(e.From), string(e.To), string(e.Event))
	}
	return picture
}

func edge(from, to, event string) string {
	return fmt.Sprintf("    %s --> %s: %s\n", cmp.Or(from, "[*]"), to, event)
}

var (
	testCommand = regexp.MustCompile("(?:go|\\$\\(GO\\)) test ([^`\n]*)")
	shellWord   = regexp.MustCompile(`'[^']*'|[^\s']+`)
	testName    = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w*)\(`)
)

// A figure whose command runs nothing proves nothing, and go test says ok to it.
func TestPapersRunTests(t *testing.T) {
	commands := 0
	for _, name := range []string{"README.md", "Makefile", "assets/docs/manual.md", "assets/docs/proofs.md"} {
		for _, m := range testCommand.FindAllStringSubmatch(paper(t, name), -1) {
			commands++
			for _, lacks := range stray(t, m[1]) {
				t.Errorf("%s: %s: nothing is called %s", name, m[0], lacks)
			}
		}
	}
	if commands < 40 {
		t.Errorf("only %d commands were found", commands)
	}
	planted := "-run '^$' -bench 'TestProofs\\|NoSuchFigure' ./..."
	if got := stray(t, planted); !slices.Equal(got, []string{"NoSuchFigure"}) {
		t.Errorf("%s lacks %q", planted, got)
	}
}

// stray returns what a command line of go test names and its packages do not have.
func stray(t *testing.T, line string) (lacks []string) {
	t.Helper()
	words := shellWord.FindAllString(line, -1)
	var names []string
	for _, w := range words {
		if w == "." || strings.HasPrefix(w, "./") {
			names = append(names, testsIn(t, w)...)
		}
	}
	for i, w := range words {
		if i == 0 || !slices.Contains([]string{"-run", "-bench", "-fuzz"}, words[i-1]) {
			continue
		}
		pattern := strings.NewReplacer("'", "", `\|`, "|", "$$", "$").Replace(w)
		for part := range strings.SplitSeq(pattern, "|") {
			if part != "^$" && !slices.ContainsFunc(names, regexp.MustCompile(part).MatchString) {
				lacks = append(lacks, part)
			}
		}
	}
	return lacks
}

// testsIn returns the names of the tests of a package, and of all below it where dots say so.
func testsIn(t *testing.T, room string) (names []string) {
	t.Helper()
	root, deep := strings.CutSuffix(room, "/...")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && !deep && path != filepath.Clean(root) && path != root:
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			for _, m := range testName.FindAllStringSubmatch(paper(t, path), -1) {
				names = append(names, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return names
}

func paper(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
