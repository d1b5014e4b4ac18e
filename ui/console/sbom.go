package console

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
)

// A materials list is what is built into a program, as CycloneDX 1.5 has it (cyclonedx.org): Go's own word about the
// binary, which its linker wrote. It bears neither a day nor a random number, so that the same program has the same
// list.
type materials struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Version  int    `json:"version"`
	Metadata struct {
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
	// What is said of a module that was changed, or of how the program was built.
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var errNoBuildInfo = errors.New("this program does not know what it was built from")

// materialsOf lists what is in this program.
func materialsOf(version string) (materials, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return materials{}, errNoBuildInfo
	}
	m := materials{Format: "CycloneDX", Spec: "1.5", Version: 1}
	m.Metadata.Component = component{Type: "application", Ref: "courtkiosk", Name: "courtkiosk", Version: version}
	for _, s := range info.Settings {
		m.Metadata.Component.Properties = append(m.Metadata.Component.Properties, property{"go:" + s.Key, s.Value})
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	m.Components = append(m.Components, component{Type: "library", Ref: "std", Name: "std", Version: info.GoVersion,
		PURL: "pkg:golang/std@" + url.PathEscape(goVersion)})
	for _, d := range info.Deps {
		c, err := componentOf(d)
		if err != nil {
			return materials{}, err
		}
		m.Components = append(m.Components, c)
	}
	return m, nil
}

func componentOf(d *debug.Module) (component, error) {
	c := component{Type: "library", Name: d.Path, Version: d.Version}
	if d.Replace != nil {
		c.Properties = []property{{"go:replaced", "by this project's patched copy: assets/fyne"}}
	}
	if sum, ok := strings.CutPrefix(d.Sum, "h1:"); ok { // of the module's files, go.dev/ref/mod#go-sum-files
		raw, err := base64.StdEncoding.DecodeString(sum)
		if err != nil {
			return c, fmt.Errorf("list of materials: sum of %s: %w", d.Path, err)
		}
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(raw)}}
	}
	c.PURL = "pkg:golang/" + strings.ToLower(d.Path) + "@" + url.PathEscape(d.Version)
	c.Ref = c.PURL
	return c, nil
}
