package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notForClerks are errors of app/clerk that no page can come to; every other one has words of its own.
var notForClerks = map[string]string{
	"ErrKey":        "of the machine's own file: IT reads the log",
	"ErrWindowName": "of the command that lets a window in", "ErrWindowTaken": "likewise", "ErrWindowUsed": "likewise",
}

// No error of the clerk's room can be forgotten: each has words in Chinese, or is listed as one that no page can come
// to. What is listed is there.
func TestEveryErrorHasWords(t *testing.T) {
	mentioned := make(map[string]bool)
	source(t, ".", func(f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "clerk" {
					mentioned[s.Sel.Name] = true
				}
			}
			return true
		})
	})
	var found []string
	source(t, "../../app/clerk", func(f *ast.File) {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						found = append(found, name.Name)
					}
				}
			}
		}
	})
	for _, name := range found {
		if _, listed := notForClerks[name]; mentioned[name] == listed {
			t.Errorf("%s has words: %t, and is listed as one that needs none: %t", name, mentioned[name], listed)
		}
	}
	for name := range notForClerks {
		if !slices.Contains(found, name) {
			t.Errorf("%s is listed, and is no error of the clerk's", name)
		}
	}
	if len(found) < 20 {
		t.Errorf("only %d errors were found", len(found))
	}
}

// source reads the files of a folder that are no tests.
func source(t *testing.T, dir string, see func(*ast.File)) {
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
		see(f)
	}
}
