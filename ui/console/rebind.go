package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/payment"
)

// errNoReason: the audit keeps why.
var errNoReason = &usageError{errors.New("--reason is needed: why the ledger belongs to this machine now")}

func (c *call) ledgerRebindCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "rebind",
		Short: "bind a ledger that comes from another machine to this one, once that machine is off: it gets another " +
			"id and counts as restored",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason = plain(reason); reason == "" {
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
			return errors.Join(c.rebind(cmd.Context(), a, reason), a.Close())
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; the audit keeps it")
	return cmd
}

// rebind binds the ledger of a counter that does nothing yet.
func (c *call) rebind(ctx context.Context, a *app.App, reason string) error {
	file, err := fileOf(a)
	if err != nil {
		return err
	}
	was, is, err := file.Rebind(ctx, payment.By{Device: a.Config.Kiosk.ID}, reason)
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
