package ui

import (
	"cmp"
	"fmt"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/ui/lobby"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/version"
	"courtkiosk/ui/view"
)

// LobbyOf returns the lobby's face of an opened counter.
func LobbyOf(a *app.App) (Face, error) {
	c := a.Config
	scanner, err := c.Scanner()
	if err != nil {
		return Face{}, fmt.Errorf("scanner: %w", err)
	}
	hours, err := c.Service()
	if err != nil {
		return Face{}, fmt.Errorf("hours: %w", err)
	}
	o := lobby.Options{
		Counter: a.Counter(), Printer: a.Printer(), Log: a.Log(), Frame: frame(c),
		Courts: c.Court.Codes(), Scanner: scanner, IdleAfter: c.Kiosk.IdleAfter, Told: a.Care().Told,
		Manners: panel.Usual, Hours: hours, Notices: a.Desk().Board.Today,
	}
	_, o.System = a.Court().(bill.Checked)
	o.Manners.Twice = c.Kiosk.TouchAgain
	if a.Demo != nil {
		o.DemoPay = a.Demo.Pay
	}
	ears := newEars(a, o.Frame)
	o.Ear = ears.heard()
	return Face{Title: c.Court.Name, Fullscreen: c.Kiosk.Fullscreen, Lobby: o, Ears: ears}, nil
}

// frame is what every screen of a configuration shares.
func frame(c config.Config) view.Frame {
	f := view.Frame{Hotline: c.Court.Hotline, Kiosk: c.Kiosk.ID, Version: version.Version, Mark: marks[c.Environment]}
	f.Paper = view.Names{Court: c.Court.Name, Window: c.Court.Window, Cash: cmp.Or(c.Court.Cash, c.Court.Window)}
	f.English = view.Names{Court: c.Court.NameEN, Window: c.Court.WindowEN, Cash: c.Court.CashEN}
	f.Paper.Slot, f.English.Slot, f.ShortMM = c.Ear.Slot, c.Ear.SlotEN, c.Screen.ShortMM
	f.Loud = c.Ear.Loudspeaker != ""
	if c.Court.Cash == "" { // it is taken at the window
		f.English.Cash = cmp.Or(c.Court.CashEN, c.Court.WindowEN)
	}
	return f.In(message.Lang(c.Kiosk.Language))
}

// marks lie over the screens of what is no court's: the paper has them too.
var marks = map[string]string{config.Demo: "演示", config.Test: "测试"}
