package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A source is one Go file as the rules see it.
type source struct {
	path    string // ui/kiosk/pay.go
	test    bool   // or of a room of tests; not of a contract, which knows none of those that keep it
	imports []string
	text    string
	file    *ast.File
}

func (s source) dir() string { return path.Dir(s.path) }

// mayImport lists the rooms, and the rooms that each may look into.
var mayImport = map[string][]string{
	"assets":  {},
	"payment": {},
	"app":     {"payment", "assets"},
	"ui":      {"app", "payment", "assets"},
	".":       {"ui", "app"},
}

// leaves are foreign packages that belong to one place.
var leaves = map[string][]string{
	"fyne.io/fyne/v2/app":                     {"."},
	"github.com/wechatpay-apiv3/wechatpay-go": {"payment/wechat"},
	"go.etcd.io/bbolt": {"payment/durable", "payment/bolt", "app/bill/register",
		"app/fleet/journal"},
	"github.com/jackc/pgx":            {"payment/postgres"},
	"github.com/pressly/goose":        {"payment/postgres"},
	"github.com/prometheus":           {"app/fleet/server"},
	"github.com/foxboron":             {"app/fleet/identity"},
	"software.sslmate.com/src":        {"app/fleet/identity"},
	"html/template":                   {"ui/desk", "payment/wechatsim"},
	"github.com/skip2/go-qrcode":      {"ui/panel", "ui/console", "ui/desk", "app/receipt/paper"},
	"github.com/digitorus/pdfsign":    {"app/receipt/paper"},
	"filippo.io/age":                  {"app/offsite"},
	"github.com/pquerna/otp":          {"app/clerk"},
	"golang.org/x/crypto/argon2":      {"app/clerk"},
	"github.com/OpenPrinting/goipp":   {"app/receipt/ipp"},
	"go.bug.st/serial":                {"app/receipt/escpos"},
	"github.com/spf13/cobra":          {"ui/console"},
	"github.com/BurntSushi/toml":      {"app/config", "."},
	"golang.org/x/text/encoding":      {"app/bill/register"},
	"github.com/xuri/excelize/v2":     {"app/bill/register", "app/export"},
	"testing":                         {"tests", "app/prove"},
	"net/http/httptest":               testsAlone,
	"fyne.io/fyne/v2/test":            testsAlone,
	"pgregory.net/rapid":              testsAlone,
	"github.com/rogpeppe/go-internal": testsAlone,
	"github.com/chromedp":             testsAlone,
	"github.com/pb33f":                testsAlone, // checks openapi.yaml
}

// testsAlone stands for: tests, and the rooms that are for them.
var testsAlone = []string{"tests"}

// forTests reports whether a room is for tests alone: models, contracts, simulations, the whole program's tests.
func forTests(dir string) bool {
	return strings.HasSuffix(dir, "test") || dir == "payment/lives" || dir == "ui/endtoend"
}

// provers are the rooms of the program that know one that is for tests: what a court's database is tried by.
var provers = map[string]string{"payment/ledgertest": "app/prove"}

// callers are the rooms that only some may look into, tests apart.
var callers = map[string][]string{
	"app":                    {".", "ui", "ui/console"},
	"app/ledger":             {"app", "ui/console"},
	"payment/bolt":           {"app/ledger"},
	"payment/postgres":       {"app/ledger", "app/prove", "app/doctor/checkup"},
	"payment/wechat":         {"app"},
	"payment/wechatsim":      {"app"},
	"payment/internal/rules": {"payment"},
}

// wiring rooms import their children, and no child imports them; type rooms are imported by theirs, never the reverse.
var (
	wiring = []string{"app", "ui"}
	types  = []string{"payment", "app/bill", "app/receipt", "app/fleet"}
)

const module = "courtkiosk"

func room(dir string) string { return strings.Split(dir, "/")[0] }

// wrong says what is wrong with an import; empty when nothing is.
func wrong(s source, imported string) string {
	if w := wrongLeaf(s, imported); w != "" {
		return w
	}
	fyneLives := s.path == "window.go" || room(s.dir()) == "ui" && !slices.Contains(noFyne, s.dir())
	if under(imported, "fyne.io/fyne/v2") && !fyneLives {
		return fmt.Sprintf("Fyne belongs to ui (but not to %v) and window.go", noFyne)
	}
	in, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	from, dest := s.dir(), in
	if forTests(dest) && !s.test && !forTests(from) && provers[dest] != from {
		return dest + " is for tests"
	}
	if list, few := callers[dest]; few && !s.test && from != dest && !slices.Contains(list, from) {
		return fmt.Sprintf("only %v and tests look into %s", list, dest)
	}
	allowed, known := mayImport[room(from)]
	switch {
	case !known:
		return "an unknown room"
	case s.test:
		if room(from) != room(dest) && !slices.Contains(allowed, room(dest)) && from != "." {
			return "a test looks against the arrows"
		}
		return ""
	case room(from) != room(dest):
		if !slices.Contains(allowed, room(dest)) {
			return fmt.Sprintf("%s may look into %v only", room(from), allowed)
		}
	case slices.Contains(wiring, dest):
		return dest + " is a wiring room: no child imports it"
	case slices.Contains(types, from) && strings.HasPrefix(dest, from+"/") &&
		!strings.HasPrefix(dest, from+"/internal/"):
		return from + " is a type room: it imports no child"
	case from != dest && path.Dir(from) == path.Dir(dest) && slices.Contains(types, path.Dir(from)) &&
		!related(from, dest):
		return "siblings of one trade don't import each other"
	}
	if from == "app/message" && dest != "assets" {
		return "app/message is a leaf over assets"
	}
	return ""
}

// noFyne are the rooms of ui that know no Fyne.
var noFyne = []string{"ui/view", "ui/desk", "ui/console", "ui/ear", "ui/keypad", "ui/restart", "ui/version"}

// wrongLeaf says whose a foreign package is, when it is not the file's. Tests may import any but one: they open no
// window.
func wrongLeaf(s source, imported string) string {
	for leaf, places := range leaves {
		tests := s.test || forTests(s.dir())
		if under(imported, leaf) && !slices.Contains(places, s.dir()) && (!tests || leaf == "fyne.io/fyne/v2/app") {
			return fmt.Sprintf("%s belongs to %v", leaf, places)
		}
	}
	return ""
}

func under(imported, pkg string) bool { return imported == pkg || strings.HasPrefix(imported, pkg+"/") }

// related are the siblings that do know each other: printers print the page that paper lays out, and whoever puts files
// on the disk does it in one way.
func related(from, dest string) bool {
	printer := from == "app/receipt/escpos" || from == "app/receipt/ipp"
	return dest == "payment/durable" || printer && dest == "app/receipt/paper"
}

// sources reads every Go file of the module itself: what another process reads, go test does not know of, and it would
// answer from its cache.
func sources(t *testing.T) (list []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		s, err := read(filepath.ToSlash(p), string(text))
		list = append(list, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("only %d files: the test looks at the wrong place", len(list))
	}
	return list
}

// read takes one file apart.
func read(p, text string) (source, error) {
	s := named(p)
	s.text = text
	f, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return s, err
	}
	s.file = f
	for _, i := range f.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return s, err
		}
		s.imports = append(s.imports, name)
	}
	return s, nil
}

func named(p string) source {
	dir := path.Dir(p)
	return source{path: p, test: strings.HasSuffix(p, "_test.go") || dir == "payment/lives" || dir == "ui/endtoend"}
}
