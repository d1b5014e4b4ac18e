package main

import (
	"fmt"
	"os"
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

// The proofs' picture of an order's life is the graph's.
func TestProofsShowTheGraph(t *testing.T) {
	text := paper(t, "assets/docs/proofs.md")
	if !showsGraph(text) {
		t.Errorf("assets/docs/proofs.md does not hold the graph of an order:\n%s", mermaid())
	}
	for edge := range strings.Lines(mermaid()) {
		if showsGraph(strings.Replace(text, edge, "", 1)) {
			t.Errorf("a page without %q passes", edge)
		}
	}
	if showsGraph(strings.Replace(text, mermaid(), mermaid()+"    paid --> closed: said-closed\n", 1)) {
		t.Error("a page with an edge that is not in the graph passes")
	}
}

func showsGraph(page string) bool {
	return strings.Contains(page, "```mermaid\n"+mermaid()+"```\n")
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

func paper(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
