package console

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courtkiosk/app/clerk"
)

// rights says which right each command needs. A command that is not named here runs for nobody.
var rights = map[string]clerk.Right{
	"kiosk": clerk.Machine, "server": clerk.Machine, "clerk": clerk.Machine,
	"demo": clerk.Machine, "gallery": clerk.Machine, "court-sim": clerk.Machine,
	"version": clerk.Machine, "man": clerk.Machine, "config check": clerk.Machine, "case": clerk.Machine,
	"fee":          clerk.Machine,
	"bills import": clerk.Machine, "bills template": clerk.Machine,
	"ledger check": clerk.Machine, "ledger backup": clerk.Machine, "ledger restore": clerk.Machine,
	"ledger migrate": clerk.Machine, "ledger move": clerk.Machine, "ledger prove": clerk.Machine,
	"ledger rebind": clerk.Machine, "receipt keys": clerk.Machine, "receipt revoke": clerk.Machine,
	"health": clerk.Health, "doctor": clerk.Health, "metrics": clerk.Health, "chance": clerk.Health,

	"closing":    clerk.Trial,
	"reconcile":  clerk.SeeBills, // with --fetch also Reconcile
	"bills list": clerk.Find, "orders list": clerk.Find, "orders show": clerk.Find, "receipt verify": clerk.Find,
	"orders ask": clerk.AskWeChat, "receipt print": clerk.Reprint, "pay": clerk.Collect,
	"orders adopt": clerk.SettleOrder, "orders apart": clerk.SettleOrder, "orders report": clerk.SettleOrder,
	"orders accept": clerk.SettleOrder, "orders end": clerk.SettleOrder, "orders returned": clerk.SettleOrder,
	"orders done": clerk.DoWork,

	"refund list": clerk.SeeRefunds, "refund show": clerk.SeeRefunds,

	"staff list": clerk.SeeStaff, "staff add": clerk.KeepStaff, "staff reset": clerk.KeepStaff,
	"staff end":   clerk.KeepStaff,
	"window list": clerk.Windows, "window add": clerk.Windows, "window revoke": clerk.Windows,
	"window authority": clerk.Machine,

	"setup": clerk.Machine, "drill": clerk.Machine, "update": clerk.Machine, "ledger layout": clerk.Machine,
	"lockdown list": clerk.Machine, "lockdown on": clerk.Machine, "lockdown off": clerk.Machine,
	"board": clerk.Machine, "screen": clerk.Machine,
}

// allowed refuses a command that has no right by the door that it came by. A name that only groups commands has none,
// and says so itself.
func (c *call) allowed(cmd *cobra.Command) error {
	name := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "courtkiosk"), " ")
	if name == "" && c.live == nil {
		name = "kiosk"
	}
	if cmd.HasSubCommands() && name != "kiosk" || name == "help" { // cobra adds help when it is asked for
		return nil
	}
	if err := clerk.Console("console", c.door()).May(rights[name]); err != nil {
		return fmt.Errorf("%s: %w", cmd.CommandPath(), err)
	}
	return nil
}
