package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	"courtkiosk/app/config"
)

// errNoReason: the audit keeps why.
var errNoReason = &usageError{errors.New("--reason is needed: why the ledger belongs to this machine now")}

func (c *call) ledgerRebindCommand() *cobra.Command {
	var w word
	cmd := &cobra.Command{
		Use: "rebind",
		Short: "bind a ledger that comes from another machine to this one, once that machine is off: it gets another " +
			"id and counts as restored",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if clerk.Plain(w.reason) == "" {
				return errNoReason
			}
			if c.live != nil {
				return errRunning
			}
			if c.socket != "" { // never the ledger of another copy than the one that was named
				return c.forward(cmd.Context(), c.socket)
			}
			conf, err := config.Load(c.config)
			if err != nil {
				return err
			}
			if conf.Ledger.Shared() {
				return errNoFile
			}
			if err := free(conf.SocketFile()); err != nil {
				return err
			}
			if err := c.become(conf); err != nil {
				return err
			}
			a, err := app.Open(conf, nil, c.Options...)
			if err != nil {
				return notOpened(err, conf)
			}
			return errors.Join(c.rebind(cmd.Context(), a, w), a.Close())
		},
	}
	w.ask(cmd)
	return cmd
}

// rebind binds the ledger of a counter that does nothing yet.
func (c *call) rebind(ctx context.Context, a *app.App, w word) error {
	reason, by, err := w.given(a)
	if err != nil {
		return err
	}
	file, err := fileOf(a)
	if err != nil {
		return err
	}
	was, is, err := file.Rebind(ctx, by, reason)
	if err != nil {
		return fmt.Errorf("rebind ledger: %w", err)
	}
	if c.json {
		return c.data(struct {
			Was string `json:"instance_was"`
			Is  string `json:"instance"`
		}{was, is})
	}
	return table(c.Stdout, func(row func(...any)) {
		row("instance", is)
		row("instance before", was)
		row("incomplete", "the kiosk asks WeChat for what it may not know, as soon as it runs")
	})
}
