//go:build !headless

package main

import (
	"context"
	"os"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"courtkiosk/app"
	"courtkiosk/app/message"
	"courtkiosk/ui"
	"courtkiosk/ui/console"
	_ "courtkiosk/ui/restart"
	"courtkiosk/ui/version"
)

func init() { window, gallery, thread = open, draw, ui.Answers }

// open shows the lobby until ctx ends or the program has to.
func open(ctx context.Context, a *app.App) error {
	face, err := ui.LobbyOf(a)
	if err != nil {
		return err
	}
	return ui.Run(ctx, newApp(), face)
}

// draw writes a picture of every sample screen; it needs no display.
func draw(dir, lang string, p console.Panel) error {
	return ui.Gallery(os.Stdout, newApp(), dir, message.Lang(lang), p)
}

// checkThread is set by the tests of the whole program: Fyne then looks at each refresh whether it is on its own
// thread, by a stack trace, and complains if it is not.
const checkThread = "COURTKIOSK_CHECK_THREAD"

func newApp() fyne.App {
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID: version.AppID, Name: version.AppName, Version: version.Version, Release: true,
		Migrations: map[string]bool{"fyneDo": os.Getenv(checkThread) == ""},
	})
	return fyneapp.NewWithID(version.AppID)
}
