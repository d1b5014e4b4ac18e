//go:build !headless

package main

import (
	"context"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"courtkiosk/app"
	"courtkiosk/app/message"
	"courtkiosk/ui"
	"courtkiosk/ui/console"
	_ "courtkiosk/ui/restart"
	"courtkiosk/ui/version"
)

func init() { window, gallery = open, draw }

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
	return ui.Gallery(newApp(), dir, message.Lang(lang), p)
}

func newApp() fyne.App {
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID: version.AppID, Name: version.AppName, Version: version.Version, Release: true,
		Migrations: map[string]bool{"fyneDo": false},
	})
	return fyneapp.NewWithID(version.AppID)
}
