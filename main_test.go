package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"courtkiosk/payment"
	"courtkiosk/ui/version"
)

// A source is one Go file as the arrow test sees it.
type source struct {
	path    string // ui/kiosk/pay.go
	test    bool
	imports []string
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
	"go.etcd.io/bbolt":                        {"payment/durable", "payment/bolt", "app/bill/register"},
	"github.com/skip2/go-qrcode":              {"ui/touch", "ui/console", "app/receipt/paper"},
	"github.com/tdewolff/canvas":              {"app/receipt/paper"},
	"github.com/digitorus/pdfsign":            {"app/receipt/paper"},
	"github.com/OpenPrinting/goipp":           {"app/receipt/ipp"},
	"go.bug.st/serial":                        {"app/receipt/escpos"},
	"github.com/spf13/cobra":                  {"ui/console"},
	"github.com/BurntSushi/toml":              {"app/config", "."},
	"golang.org/x/text/encoding":              {"app/bill/register"},
	"github.com/xuri/excelize/v2":             {"app/bill/register"},
	"github.com/pb33f":                        {}, // checks openapi.yaml in tests
}

// wiring rooms import their children, and no child imports them; type rooms are imported by theirs, never the reverse.
var (
	wiring = []string{"app", "ui"}
	types  = []string{"payment", "app/bill", "app/receipt"}
)

const module = "courtkiosk"

func room(dir string) string { return strings.Split(dir, "/")[0] }

// wrong says what is wrong with an import; empty when nothing is.
func wrong(s source, imported string) string {
	for leaf, places := range leaves {
		if (imported == leaf || strings.HasPrefix(imported, leaf+"/")) && !slices.Contains(places, s.dir()) && !(len(places) > 0 && s.test && room(s.dir()) == room(places[0]) || s.test && leaf != "fyne.io/fyne/v2/app") {
			return fmt.Sprintf("%s belongs to %v", leaf, places)
		}
	}
	if strings.HasPrefix(imported, "fyne.io/fyne/v2") {
		if s.dir() == "ui/view" || s.dir() == "ui/console" || s.dir() == "ui/restart" || (room(s.dir()) != "ui" && s.path != "window.go") {
			return "Fyne belongs to ui (but not to ui/view, ui/console) and window.go"
		}
	}
	in, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	from, dest := s.dir(), in
	allowed, known := mayImport[room(from)]
	if forTests(dest) && !s.test && !forTests(from) {
		return dest + " is for tests"
	}
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
	case slices.Contains(types, from) && strings.HasPrefix(dest, from+"/") && dest != from+"/internal/rules":
		return from + " is a type room: it imports no child"
	case forTests(from):
		return "" // it puts together what it proves
	case from != dest && path.Dir(from) == path.Dir(dest) && slices.Contains(types, path.Dir(from)) && !related(from, dest):
		return "siblings of one trade don't import each other"
	}
	if from == "app/message" && dest != "assets" {
		return "app/message is a leaf over assets"
	}
	return ""
}

// forTests reports whether a room is for tests alone: models, contracts and simulations.
func forTests(dir string) bool { return strings.HasSuffix(dir, "test") || dir == "payment/lives" }

// related are the siblings that do know each other: printers print the page that paper lays out, and whoever puts
// files on the disk does it in one way.
func related(from, dest string) bool {
	return dest == "payment/durable" || (from == "app/receipt/escpos" || from == "app/receipt/ipp") && dest == "app/receipt/paper"
}

func sources(t *testing.T) (list []source, files map[string]*ast.File) {
	t.Helper()
	files = make(map[string]*ast.File)
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
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(p), test: strings.HasSuffix(p, "_test.go")}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		list, files[s.path] = append(list, s), f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("only %d files: the test looks at the wrong place", len(list))
	}
	return list, files
}

func TestArrows(t *testing.T) {
	list, _ := sources(t)
	for _, s := range list {
		for _, i := range s.imports {
			if w := wrong(s, i); w != "" {
				t.Errorf("%s imports %s: %s", s.path, i, w)
			}
		}
	}
}

// The arrow test has teeth: each planted arrow is found, each good one passes.
func TestArrowsHaveTeeth(t *testing.T) {
	bad := [][2]string{
		{"payment/order.go", "courtkiosk/app"}, {"payment/order.go", "courtkiosk/assets"}, {"payment/order.go", "courtkiosk/payment/bolt"},
		{"app/app.go", "courtkiosk/ui"}, {"app/app.go", "fyne.io/fyne/v2"}, {"app/bill/bill.go", "courtkiosk/app"},
		{"app/bill/bill.go", "courtkiosk/app/bill/register"}, {"app/receipt/paper/paper.go", "courtkiosk/app/receipt/escpos"},
		{"payment/bolt/ledger.go", "courtkiosk/payment/wechat"}, {"assets/assets.go", "courtkiosk/payment"},
		{"ui/view/view.go", "fyne.io/fyne/v2"}, {"ui/console/console.go", "fyne.io/fyne/v2/canvas"}, {"ui/window.go", "fyne.io/fyne/v2/app"},
		{"main.go", "fyne.io/fyne/v2"}, {"app/app.go", "go.etcd.io/bbolt"}, {"payment/wechatsim/sim.go", "github.com/wechatpay-apiv3/wechatpay-go/core"},
		{"ui/kiosk/pay.go", "github.com/skip2/go-qrcode"}, {"ui/kiosk/pay.go", "courtkiosk/ui"}, {"util/x.go", "courtkiosk/app"},
		{"payment/bolt/ledger.go", "courtkiosk/payment/ledgertest"}, {"app/app.go", "courtkiosk/payment/lives"},
		{"payment/order.go", "courtkiosk/payment/lives"}, {"payment/lives/life.go", "courtkiosk/app"},
		{"app/message/message.go", "courtkiosk/app/config"}, {"payment/order_test.go", "courtkiosk/app"}, {"payment/order.go", "courtkiosk/payment/durable"},
		{"app/receipt/keys.go", "go.etcd.io/bbolt"}, {"ui/x_test.go", "fyne.io/fyne/v2/app"},
	}
	for _, b := range bad {
		if s := (source{path: b[0], test: strings.HasSuffix(b[0], "_test.go")}); wrong(s, b[1]) == "" {
			t.Errorf("%s may import %s", b[0], b[1])
		}
	}
	good := [][2]string{
		{"main.go", "courtkiosk/ui/console"}, {"window.go", "fyne.io/fyne/v2/app"}, {"app/app.go", "courtkiosk/payment/bolt"},
		{"app/receipt/escpos/escpos.go", "courtkiosk/app/receipt/paper"}, {"payment/session_test.go", "courtkiosk/payment/bolt"},
		{"payment/lives/reality.go", "courtkiosk/payment/bolt"}, {"payment/rules.go", "courtkiosk/payment/internal/rules"},
		{"payment/session_test.go", "courtkiosk/payment/gatewaytest"}, {"payment/lives/model.go", "courtkiosk/payment/ledgertest"},
		{"app/receipt/keys.go", "courtkiosk/payment/durable"}, {"payment/bolt/ledger.go", "courtkiosk/payment/durable"},
	}
	for _, g := range good {
		if w := wrong(source{path: g[0], test: strings.HasSuffix(g[0], "_test.go")}, g[1]); w != "" {
			t.Errorf("%s may not import %s: %s", g[0], g[1], w)
		}
	}
}

// The program that is delivered reaches no room that is for tests, and no test server.
func TestProgramHoldsNothingForTests(t *testing.T) {
	sources(t) // so that the test cache knows what the answer depends on
	for name, tags := range map[string]string{"with a window": "", "headless": "headless"} {
		t.Run(name, func(t *testing.T) {
			list := exec.Command("go", "list", "-deps", "-tags", tags, "-f", `{{.ImportPath}} {{join .Imports " "}}`, ".")
			list.Stderr = os.Stderr
			out, err := list.Output()
			if err != nil {
				t.Fatalf("go list: %v", err)
			}
			if !strings.Contains(string(out), "\n"+module+"/payment ") {
				t.Fatal("the program has no payment: the test looks at the wrong place")
			}
			for line := range strings.Lines(string(out)) {
				packages := strings.Fields(line)
				for _, imported := range packages[1:] {
					if w := unfit(packages[0], imported); w != "" {
						t.Error(w)
					}
				}
			}
		})
	}
}

// unfit says why a package of the built program may not import another; empty when it may.
func unfit(from, imported string) string {
	in, ours := strings.CutPrefix(imported, module+"/")
	// Fyne's software driver, which draws the gallery, is built on Fyne's own test package, and that on testify.
	if imported == "net/http/httptest" && from != "github.com/stretchr/testify/assert" || ours && forTests(in) {
		return from + " imports " + imported
	}
	return ""
}

func TestUnfitHasTeeth(t *testing.T) {
	for _, bad := range [][2]string{
		{"courtkiosk/payment/wechatsim", "net/http/httptest"}, {"example.org/x", "net/http/httptest"},
		{"courtkiosk/app", "courtkiosk/payment/lives"}, {"courtkiosk/app", "courtkiosk/payment/ledgertest"},
		{"courtkiosk", "courtkiosk/payment/gatewaytest"},
	} {
		if unfit(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
	for _, good := range [][2]string{{"courtkiosk/app", "courtkiosk/payment/wechatsim"}, {"net/http", "io"}} {
		if w := unfit(good[0], good[1]); w != "" {
			t.Error(w)
		}
	}
}

func TestEveryRoomSaysWhatItIsFor(t *testing.T) {
	_, files := sources(t)
	said := make(map[string]bool)
	for p, f := range files {
		dir := path.Dir(p)
		said[dir] = said[dir] || strings.HasSuffix(p, "_test.go") || (f.Doc != nil && len(f.Doc.Text()) > 40)
		if f.Doc == nil && !said[dir] {
			said[dir] = false
		}
	}
	for p, f := range files {
		if !strings.HasSuffix(p, "_test.go") && f.Doc != nil {
			delete(said, path.Dir(p))
		}
	}
	for dir := range maps.Keys(said) {
		if dir != "." {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestOneSeam(t *testing.T) {
	_, files := sources(t)
	for p, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && x.Name == "fyne" && (sel.Sel.Name == "Do" || sel.Sel.Name == "DoAndWait") && p != "ui/seam/seam.go" {
				t.Errorf("%s calls fyne.%s; only ui/seam does", p, sel.Sel.Name)
			}
			return true
		})
	}
}

func TestAppStaysSmall(t *testing.T) {
	lines := 0
	files, err := filepath.Glob("app/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range files {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	if lines >= 400 {
		t.Errorf("app has %d lines of code: what is it that does not belong there?", lines)
	}
}

func TestMetadata(t *testing.T) {
	var m struct {
		Details struct{ Icon, Name, ID, Version string }
	}
	if _, err := toml.DecodeFile("FyneApp.toml", &m); err != nil {
		t.Fatal(err)
	}
	if d := m.Details; d.Name != version.AppName || d.ID != version.AppID || d.Version != version.Version {
		t.Errorf("FyneApp.toml says %+v, ui says %s %s %s", d, version.AppName, version.AppID, version.Version)
	}
	if _, err := os.Stat(m.Details.Icon); err != nil {
		t.Error(err)
	}
}

// The README's picture of an order's life is the graph's.
func TestReadmeShowsTheGraph(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := mermaid(); !strings.Contains(string(text), want) {
		t.Errorf("README.md does not hold the graph of an order:\n%s", want)
	}
}

func mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, e := range payment.Graph {
		from := string(e.From)
		if from == "" {
			from = "[*]"
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", from, e.To, e.Event)
	}
	return b.String()
}
