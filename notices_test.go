package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
)

var writeNotices = flag.Bool("notices", false, "write "+noticesFile)

const noticesFile = "assets/docs/NOTICES.txt"

// A listed package is one that go list finds in the built program.
type listed struct {
	ImportPath, Dir string
	EmbedFiles      []string
	Module          *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// inProgram lists the packages of the program with a screen and without, as they are built for a kiosk.
func inProgram(t *testing.T) []listed {
	t.Helper()
	var all []listed
	for _, tags := range []string{"", "headless"} {
		c := exec.Command("go", "list", "-deps", "-tags", tags, "-json=ImportPath,Dir,EmbedFiles,Module", ".")
		c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1")
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p listed
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

var licence = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents|ofl)[^/]*$`)

// licences returns the texts that a folder holds, by their paths in it, but for what only tests or commands carry.
func licences(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "cmd"):
			return filepath.SkipDir
		case d.IsDir() || !licence.MatchString(d.Name()) || strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		texts[filepath.ToSlash(name)] = tidy(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// tidy lets two copies of a text be the same text.
func tidy(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// fontWords is what an embedded font says of its own copyright and licence; empty where it says nothing.
func fontWords(t *testing.T, path string) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sfnt.Parse(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var words []string
	for _, id := range []sfnt.NameID{
		sfnt.NameIDCopyright, sfnt.NameIDDescription, sfnt.NameIDLicense, sfnt.NameIDLicenseURL,
	} {
		if s, err := f.Name(nil, id); err == nil && s != "" {
			words = append(words, s)
		}
	}
	return tidy(strings.Join(words, "\n"))
}

// notices writes each text once, below everything that it is the licence of.
func notices(t *testing.T, packages []listed) string {
	t.Helper()
	of := make(map[string][]string) // text: whose
	add := func(text, whose string) {
		if text != "" && !slices.Contains(of[text], whose) {
			of[text] = append(of[text], whose)
		}
	}
	for _, text := range licences(t, "assets/fonts") {
		add(text, "the fonts of courtkiosk, made from Noto Sans SC")
	}
	seen := make(map[string]bool)
	for _, p := range packages {
		if p.Module == nil || p.Module.Main {
			continue
		}
		for _, name := range p.EmbedFiles {
			if ext := filepath.Ext(name); ext == ".ttf" || ext == ".otf" {
				add(fontWords(t, filepath.Join(p.Dir, name)), "the font "+p.ImportPath+"/"+name+", in its own words")
			}
		}
		if m := p.Module; !seen[m.Path] {
			seen[m.Path] = true
			texts := licences(t, m.Dir)
			if len(texts) == 0 {
				t.Errorf("%s has no licence", m.Path)
			}
			for name, text := range texts {
				add(text, m.Path+" "+m.Version+" ("+name+")")
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	add(tidy(string(text)), "Go, its standard library and runtime")
	return written(of)
}

func written(of map[string][]string) string {
	for _, whose := range of {
		slices.Sort(whose)
	}
	texts := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return strings.Compare(of[a][0], of[b][0]) })
	var b strings.Builder
	b.WriteString("Copyright and licences of what is built into courtkiosk.\nWritten by make notices; a test keeps " +
		"it true.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n", strings.Repeat("=", 80))
		for _, whose := range of[text] {
			fmt.Fprintln(&b, whose)
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", strings.Repeat("-", 80), text)
	}
	return b.String()
}

// Each module and font in the built program has its licence in the notices, and nothing else has.
func TestNotices(t *testing.T) {
	for _, name := range []string{"go.mod", "go.sum"} { // so that the test's cached result ends with them
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	got := notices(t, inProgram(t))
	if *writeNotices {
		if err := os.WriteFile(noticesFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(noticesFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not of this program: run make notices", noticesFile)
	}
}

// The modules in go.mod's block for tests are not in the program, and those that it names for the program are.
func TestModulesOfTestsStandApart(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	built := make(map[string]bool)
	for _, p := range inProgram(t) {
		if p.Module != nil {
			built[p.Module.Path] = true
		}
	}
	tests, n := false, 0
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "// In tests only"):
			tests = true
		case line == ")":
			tests = false
		}
		name, version, ok := strings.Cut(line, " ")
		if !ok || !strings.HasPrefix(version, "v") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		if built[name] == tests {
			t.Errorf("%s: in the block for tests: %v; in the program: %v", name, tests, built[name])
		}
		if tests {
			n++
		}
	}
	if n == 0 {
		t.Error("go.mod has no block for tests")
	}
}
