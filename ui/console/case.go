package console

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app/caseno"
	"courtkiosk/ui/view"
)

// caseData is a case number taken apart.
type caseData struct {
	Number  string `json:"number"`
	Year    int    `json:"year"`
	Court   string `json:"court"`
	Special string `json:"special,omitempty"`
	Type    string `json:"type"`
	Meaning string `json:"meaning"`
	Serial  string `json:"serial"`
	Branch  string `json:"branch,omitempty"`
	Suffix  string `json:"suffix,omitempty"`
	Name    string `json:"court_name,omitempty"`
	Derived bool   `json:"court_name_derived,omitempty"` // from division codes, not seen in a public text

	Warnings []caseno.Warning `json:"warnings,omitempty"`
}

func (c *call) caseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "case TEXT",
		Short: "read a case number and say its parts, or which part is wrong",
		Args:  exactly("a case number"),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := caseno.Parse(args[0], time.Now())
			if err != nil {
				return err
			}
			meaning, _ := caseno.Meaning(n.Type)
			court, known := caseno.CourtOf(n.Court)
			d := caseData{n.String(), n.Year, n.Court, n.Special, n.Type, meaning, n.Serial, n.Branch, n.Suffix,
				court.Name, known && !court.Confirmed, n.Warnings("", time.Now())}
			if c.json {
				return c.data(d)
			}
			return table(c.Stdout, func(row func(...any)) {
				row("number", d.Number)
				row("year", d.Year)
				name := d.Name
				if d.Derived {
					name += " (derived from division codes)"
				}
				row("court", strings.TrimSpace(d.Court+" "+name))
				if d.Special != "" {
					row("special", d.Special)
				}
				row("type", strings.TrimSpace(d.Type+" "+d.Meaning))
				row("serial", d.Serial)
				if d.Branch != "" {
					row("branch", d.Branch)
				}
				if d.Suffix != "" {
					row("suffix", d.Suffix)
				}
				for _, w := range d.Warnings {
					row("note", view.WarningWords(c.language(), w))
				}
			})
		},
	}
}
