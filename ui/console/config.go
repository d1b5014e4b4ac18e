package console

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app/config"
)

func (c *call) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "the configuration file", RunE: missingCommand}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "print what every key comes to, and all that is wrong with the file; no kiosk is asked",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			values, lacks, err := config.Effective(c.config)
			if err := c.printConfig(values, lacks, err); err != nil {
				return err
			}
			return err
		},
	})
	return cmd
}

func (c *call) printConfig(values []config.Value, lacks []config.Warning, wrong error) error {
	if c.json {
		bad, _ := errors.AsType[config.Complaints](wrong)
		return c.data(struct {
			Values     []config.Value    `json:"values"`
			Warnings   []config.Warning  `json:"warnings"`
			Complaints config.Complaints `json:"complaints"`
		}{append([]config.Value{}, values...), append([]config.Warning{}, lacks...),
			append(config.Complaints{}, bad...)})
	}
	for _, w := range lacks {
		fmt.Fprintf(c.Stderr, "warning: %s is empty: %s\n", w.Key, w.Text)
	}
	return table(c.Stdout, func(row func(...any)) {
		for _, v := range values {
			note := ""
			if v.Default {
				note = "(default)"
			}
			row(v.Key, note, v.Value)
		}
	})
}
