package console

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionData says which build this is.
type versionData struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Go       string `json:"go"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a tree with changes
}

func (c *call) versionCommand() *cobra.Command {
	var sbom bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print version and build",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			if sbom {
				m, err := materialsOf(c.Version)
				if err != nil {
					return err
				}
				return c.data(m)
			}
			v := versionData{Name: "courtkiosk", Version: c.Version, Go: runtime.Version()}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					switch s.Key {
					case "vcs.revision":
						v.Revision = s.Value
					case "vcs.modified":
						v.Modified = s.Value == "true"
					}
				}
			}
			if c.json {
				return c.data(v)
			}
			line := fmt.Sprintf("%s %s %s", v.Name, v.Version, v.Go)
			if v.Revision != "" {
				line += " " + v.Revision
			}
			if v.Modified {
				line += " modified"
			}
			_, err := fmt.Fprintln(c.Stdout, line)
			return err
		},
	}
	cmd.Flags().BoolVar(&sbom, "sbom", false, "print what is built in, as CycloneDX JSON")
	return cmd
}
