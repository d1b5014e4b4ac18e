package console

import (
	"github.com/spf13/cobra"

	"courtkiosk/app/ledger"
)

// boardCommand is the step of the units that runs as root: the service may not read the board's serial.
func (c *call) boardCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use: "board", Short: "tell the service by hashes what the hardware calls itself", Hidden: true, Args: exactly(),
		RunE: func(*cobra.Command, []string) error { return ledger.HandOver(from) },
	}
	cmd.Flags().StringVar(&from, "from", "/", "`DIR` below which /sys lies")
	return cmd
}
