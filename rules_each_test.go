package main

import (
	"go/ast"
	"go/doc"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// houseRules are all rules, by name, each with the offences that it must find and what it must let pass.
var houseRules = map[string]rule{
	"arrows": {
		broken: arrows,
		bad:    []tree{{"app/app.go": "package app\nimport _ \"courtkiosk/ui\"\n"}},
		good:   []tree{{"app/app.go": "package app\nimport _ \"courtkiosk/app/ledger\"\n"}},
	},
	"one seam": {
		broken: seams,
		bad: []tree{
			{"ui/kiosk/pay.go": "package kiosk\nimport \"fyne.io/fyne/v2\"\nfunc f() { fyne.Do(nil) }\n"},
			{"ui/kiosk/pay.go": "package kiosk\nimport other \"fyne.io/fyne/v2\"\nfunc f() { other.DoAndWait(nil) }\n"},
			{"ui/kiosk/pay.go": "package kiosk\nimport . \"fyne.io/fyne/v2\"\n"},
			{"ui/visit.go": "package ui\nimport \"fyne.io/fyne/v2\"\nvar do = fyne.Do\n"},
			{"ui/kiosk/pay_test.go": "package kiosk\nimport \"fyne.io/fyne/v2\"\nfunc f() { fyne.Do(nil) }\n"},
			{"ui/kiosk/pay.go": "package kiosk\nimport a \"fyne.io/fyne/v2\"\nimport b \"fyne.io/fyne/v2\"\n" +
				"var s b.Size\nfunc f() { a.Do(nil) }\n"},
			{"ui/kiosk/pay.go": "package kiosk\nimport \"fyne.io/fyne/v2\"\n" +
				"func f(d fyne.Driver) { d.DoFromGoroutine(nil, true) }\n"},
		},
		good: []tree{
			{"ui/seam/seam.go": "package seam\nimport \"fyne.io/fyne/v2\"\nfunc f() { fyne.Do(nil) }\n"},
			{"ui/kiosk/pay.go": "package kiosk\nimport \"fyne.io/fyne/v2\"\nvar s fyne.Size\n"},
		},
	},
	"files are read and written in one place": {
		broken: filesWritten,
		bad: []tree{
			{"app/x.go": "package app\nimport \"os\"\nfunc f() { os.WriteFile(\"x\", nil, 0o600) }\n"},
			{"app/x.go": "package app\nimport other \"os\"\nvar f = other.Create\n"},
			{"app/x.go": "package app\nimport . \"os\"\n"},
			{"app/x.go": "package app\nimport \"os\"\nvar f = os.OpenFile\n"},
			{"app/x.go": "package app\nimport \"os\"\nvar f = os.ReadFile\n"},
			{"app/x.go": "package app\nimport \"os\"\nfunc f() { os.OpenFile(\"x\", os.O_WRONLY|os.O_TRUNC, 0) }\n"},
			{"app/x.go": "package app\nimport \"os\"\nfunc f(flag int) { os.OpenFile(\"x\", flag, 0) }\n"},
			{"app/x.go": "package app\nimport \"os\"\nfunc f() { os.Chmod(\"x\", 0o600) }\n"},
			{"app/x.go": "package app\nimport \"syscall\"\nvar f = syscall.Open\n"},
			{"payment/bolt/x.go": "package bolt\nimport \"go.etcd.io/bbolt\"\nvar f = bbolt.Open\n"},
			{"app/x.go": "package app\nimport _ \"io/ioutil\"\n"},
		},
		good: []tree{
			{"payment/durable/x.go": "package durable\nimport \"os\"\nvar f = os.OpenFile\n"},
			{"app/x_test.go": "package app\nimport \"os\"\nvar f = os.WriteFile\n"},
			{"app/x.go": "package app\nimport \"os\"\nfunc f() { os.OpenFile(\"x\", os.O_RDWR, 0); os.Open(\"x\") }\n"},
		},
	},
	"package comments": {
		broken: comments,
		bad: []tree{
			{"app/bill/bill.go": "package bill\n"},
			{"app/bill/bill.go": "// x\npackage bill\n"},
			{"app/bill/bill.go": "// Package bill does things.\npackage bill\n"},
			{"app/bill/bill.go": strings.Replace(billDoc, "Package bill", "A bill", 1) + "package bill\n"},
			{"app/bill/bill.go": strings.Replace(billDoc, ".", "", 1) + "package bill\n"},
			{"app/bill/bill.go": strings.Replace(billDoc, "bill", "fee", 1) + "package bill\n"},
			{"app/bill/bill.go": billDoc + "\npackage bill\n"},
			{
				"app/bill/bill.go": billDoc + "package bill\n",
				"app/bill/due.go":  billDoc + "package bill\n",
			},
			{"main.go": "// Package main is the whole program, and does what it does.\npackage main\n"},
		},
		good: []tree{
			{
				"app/bill/bill.go":      billDoc + "package bill\n",
				"app/bill/due.go":       "package bill\n",
				"app/bill/bill_test.go": "package bill\n",
			},
			{"main.go": "// Courtkiosk is the payment kiosk for the lobbies of Chinese courts.\npackage main\n"},
		},
	},
	"decisions": {
		broken: decisions,
		bad: []tree{
			decided(strings.Repeat("//\n// 2026-11-23: so it is.\n", 8)),
			decided("//\n// 2026-11-31: so it is.\n"),
			decided("//\n// 2025-11-23: so it is.\n"),
			decided("//\n// 2226-11-23: so it is.\n"),
			decided("//\n// 2026-11-23 so it is.\n"),
			decided("//\n// So it is.\n"),
			decided(""),
		},
		good: []tree{
			decided(strings.Repeat("//\n// 2026-11-23: so it is,\n// and so it stays.\n", 7)),
			decided("//\n// 2026-11-23: so it is.\n//\n// # Wire\n//\n// All in UTF-8.\n"),
			{"app/app.go": "// Package app decides nothing.\npackage app\n"},
		},
	},
	"names of packages": {
		broken: packages,
		bad: []tree{
			{"app/util/x.go": "package util\n"},
			{"app/util/x.go": "package words\n"},
			{"app/words/x.go": "package helpers\n"},
			{"payment/types/x.go": "package types\n"},
			{"ui/base/x_test.go": "package base_test\n"},
		},
		good: []tree{
			{"app/bill/x.go": "package bill\n", "app/bill/x_test.go": "package bill_test\n"},
			{"main.go": "package main\n"},
		},
	},
	"no underscore at the end of a name": {
		broken: underscores,
		bad: []tree{
			{"app/x.go": "package app\nvar go_ int\n"},
			{"app/x.go": "package app\nfunc f(case_ string) {}\n"},
			{"app/x.go": "package app\ntype t struct{ ref_ int }\n"},
			{"app/x_test.go": "package app\nfunc type_() {}\n"},
		},
		good: []tree{{"app/x.go": "package app\nimport _ \"embed\"\nvar _ = a_b\n"}},
	},
	"lines of 120 columns": {
		broken: longLines,
		bad: []tree{
			{"app/x.go": "package app\n// " + strings.Repeat("x", 118) + "\n"},
			{"app/x.go": "package app\nfunc f() {\n\t\t// " + strings.Repeat("x", 110) + "\n}\n"},
			{"app/x_test.go": "package app\nvar s = \"" + strings.Repeat("x", 120) + "\"\n"},
			{"app/x.go": "package app\n// " + strings.Repeat("x", 118) + "\n// Code generated by hand; DO NOT EDIT.\n"},
		},
		good: []tree{
			{"app/x.go": "package app\n// " + strings.Repeat("字", 117) + "\n"},
			{"app/x.go": "package app\nvar s = \"https://" + strings.Repeat("x", 120) + "\"\n"},
			{"app/x.go": "// Code generated by x. DO NOT EDIT.\n\npackage app\n// " + strings.Repeat("x", 118) + "\n"},
		},
	},
	"app stays small": {
		broken: bigApp,
		bad: []tree{{
			"app/a.go": "package app\n" + strings.Repeat("var _ = 1\n", 300),
			"app/b.go": "package app\n" + strings.Repeat("var _ = 1\n", 300),
		}},
		good: []tree{
			{"app/a.go": "package app\n" + strings.Repeat("// one\n\n", 600)},
			{"app/a_test.go": "package app\n" + strings.Repeat("var _ = 1\n", 600)},
			{"app/bill/a.go": "package bill\n" + strings.Repeat("var _ = 1\n", 600)},
		},
	},
}

// billDoc is a package comment as it should be.
const billDoc = "// Package bill is what a case owes to the court, and how it stands.\n"

// decided plants a package comment with these paragraphs among its decisions.
func decided(paragraphs string) tree {
	return tree{"app/app.go": "// Package app opens everything.\n//\n// # Decisions\n" + paragraphs + "package app\n"}
}

func arrows(all []source) (found []offence) {
	for _, s := range all {
		for _, i := range s.imports {
			if w := wrong(s, i); w != "" {
				found = append(found, offend(s.path, "imports %s: %s", i, w))
			}
		}
	}
	return found
}

// seams finds what reaches Fyne's thread past the seam, under whatever name Fyne was imported.
func seams(all []source) (found []offence) {
	for _, s := range all {
		if s.path == "ui/seam.go" || s.dir() == "ui/seam" {
			continue
		}
		var fynes []string
		for _, i := range s.file.Imports {
			switch {
			case i.Path.Value != `"fyne.io/fyne/v2"`:
			case i.Name == nil:
				fynes = append(fynes, "fyne")
			default:
				fynes = append(fynes, i.Name.Name)
			}
		}
		if slices.Contains(fynes, ".") {
			found = append(found, offend(s.path, "imports Fyne without a name"))
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			does := sel.Sel.Name == "Do" || sel.Sel.Name == "DoAndWait"
			if ok && does && slices.Contains(fynes, x.Name) || sel.Sel.Name == "DoFromGoroutine" { // a driver's
				found = append(found, offend(s.path, "uses Fyne's %s; only the seam does", sel.Sel.Name))
			}
			return true
		})
	}
	return found
}

// writers are what makes a file, writes over one or changes one by its name, by package: each would follow a link that
// somebody has put there. OpenFile may open what is there. ReadFile waits for a pipe, and reads a device for ever.
var writers = map[string][]string{
	"os": {"ReadFile", "Create", "CreateTemp", "WriteFile", "Rename", "Symlink", "Truncate", "Chmod", "Chown",
		"Chtimes", "CopyFS", "OpenRoot"},
	"syscall":          {"Open", "Openat", "Creat", "Rename", "Symlink", "Truncate", "Chmod", "Chown", "Mknod"},
	"go.etcd.io/bbolt": {"Open"},
	"io/ioutil":        {},
}

// filesWritten finds what reads or writes a whole file past the one room that does.
func filesWritten(all []source) (found []offence) {
	for _, s := range all {
		if s.test || s.dir() == "payment/durable" || forTests(s.dir()) {
			continue
		}
		names := make(map[string]string) // of what is imported, by its name in the file
		for _, i := range s.file.Imports {
			of := strings.Trim(i.Path.Value, `"`)
			name := path.Base(of)
			if i.Name != nil {
				name = i.Name.Name
			}
			if _, writes := writers[of]; writes {
				names[name] = of
				if name == "." || of == "io/ioutil" {
					found = append(found, offend(s.path, "imports %s so that it cannot be seen who writes files", of))
				}
			}
		}
		opened := make(map[*ast.SelectorExpr]bool) // OpenFile of what is there
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 3 && opens(n.Args[1]) {
					opened[sel] = true
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok {
					return true
				}
				of := names[x.Name]
				if slices.Contains(writers[of], n.Sel.Name) || of == "os" && n.Sel.Name == "OpenFile" && !opened[n] {
					found = append(found, offend(s.path, "uses %s.%s; only payment/durable does", x.Name, n.Sel.Name))
				}
			}
			return true
		})
	}
	return found
}

// opens reports whether flags of OpenFile, written out, only open a file that is there.
func opens(flags ast.Expr) bool {
	switch f := flags.(type) {
	case *ast.BinaryExpr:
		return opens(f.X) && opens(f.Y)
	case *ast.SelectorExpr:
		return slices.Contains([]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_NONBLOCK"}, f.Sel.Name)
	}
	return false
}

// comments finds rooms whose package comment is not one sentence at least that says what the room is for.
func comments(all []source) (found []offence) {
	rooms := make(map[string]int)
	for _, s := range all {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		rooms[s.dir()] += 0
		if s.file.Doc == nil {
			continue
		}
		rooms[s.dir()]++
		start := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			start = "Courtkiosk "
		}
		first := new(doc.Package).Synopsis(s.file.Doc.Text())
		if !strings.HasPrefix(first, start) || utf8.RuneCountInString(first) < 40 || !strings.HasSuffix(first, ".") {
			found = append(found, offend(s.path, "package comment %q: a sentence from %q is wanted", first, start))
		}
	}
	for dir, n := range rooms {
		if n != 1 {
			found = append(found, offend(dir, "has %d package comments, one is wanted", n))
		}
	}
	return found
}

// mostDecisions is how many decisions a package comment may hold; older ones are history.
const mostDecisions = 7

// decisions finds sections whose entries are too many, or not dated by a day on which this program was worked on.
func decisions(all []source) (found []offence) {
	begun := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range all {
		_, section, there := strings.Cut(s.file.Doc.Text(), "# Decisions\n")
		if !there {
			continue
		}
		section, _, _ = strings.Cut(section, "\n# ")
		entries := strings.Split(strings.TrimSpace(section), "\n\n")
		if len(entries) > mostDecisions {
			found = append(found, offend(s.path, "has %d decisions, more than %d", len(entries), mostDecisions))
		}
		for _, e := range entries {
			day, _, dated := strings.Cut(e, ": ")
			at, err := time.Parse(time.DateOnly, day)
			if !dated || err != nil || at.Before(begun) || at.After(time.Now().Add(24*time.Hour)) {
				found = append(found, offend(s.path, "a decision begins with no day of our work: %.30q", e))
			}
		}
	}
	return found
}

// drawers are names of packages that say nothing of what lies in them.
var drawers = []string{"util", "utils", "common", "helper", "helpers", "manager", "types", "base", "shared", "misc"}

func packages(all []source) (found []offence) {
	for _, s := range all {
		name := strings.TrimSuffix(s.file.Name.Name, "_test")
		if slices.Contains(drawers, name) || slices.Contains(drawers, path.Base(s.dir())) {
			found = append(found, offend(s.path, "a room is named after what lies in it, not %s", name))
		}
	}
	return found
}

func underscores(all []source) (found []offence) {
	for _, s := range all {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && len(id.Name) > 1 && strings.HasSuffix(id.Name, "_") {
				found = append(found, offend(s.path, "the name %s ends with an underscore", id.Name))
			}
			return true
		})
	}
	return found
}

// widest is how many columns a line may have; a tab takes four.
const widest = 120

func longLines(all []source) (found []offence) {
	for _, s := range all {
		if ast.IsGenerated(s.file) {
			continue
		}
		n := 0
		for line := range strings.Lines(s.text) {
			n++
			wide := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")) + 3*strings.Count(line, "\t")
			if wide > widest && !strings.Contains(line, "://") {
				found = append(found, offend(s.path, "line %d has %d columns", n, wide))
			}
		}
	}
	return found
}

// mostApp is how many lines of code the wiring may have. More means that something lies there that belongs to a room.
const mostApp = 360

func bigApp(all []source) (found []offence) {
	lines := 0
	for _, s := range all {
		if s.dir() != "app" || s.test {
			continue
		}
		for line := range strings.Lines(s.text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	if lines >= mostApp {
		found = append(found, offend("app", "has %d lines of code: what does not belong there?", lines))
	}
	return found
}
