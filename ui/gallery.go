package ui

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"

	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
	"courtkiosk/ui/kiosk"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// Gallery writes a picture of every screen with canned data into dir.
func Gallery(f fyne.App, dir string, lang message.Lang, width, height int) error {
	theme, err := style.NewTheme()
	if err != nil {
		return fmt.Errorf("load fonts: %w", err)
	}
	f.Settings().SetTheme(theme)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pages := kiosk.New(func(view.Intent) {})
	for _, s := range view.Samples(lang) {
		var picture bytes.Buffer
		err := png.Encode(&picture, kiosk.Render(theme, pages, s, width, height))
		if err == nil {
			err = durable.WriteFile(filepath.Join(dir, s.Name+".png"), picture.Bytes(), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
