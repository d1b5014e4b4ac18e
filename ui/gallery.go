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
	"courtkiosk/ui/console"
	"courtkiosk/ui/kiosk"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// Gallery writes a picture of every screen with canned data into dir.
func Gallery(f fyne.App, dir string, lang message.Lang, p console.Panel) error {
	theme, err := style.NewTheme()
	if err != nil {
		return fmt.Errorf("load fonts: %w", err)
	}
	f.Settings().SetTheme(theme)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pages := kiosk.New(panel.Manners{}, func(view.Intent) {})
	for _, s := range view.Samples(lang) {
		s.Frame.Large, s.Frame.Low, s.Frame.Contrast = p.Large, p.Low, p.Contrast
		var picture bytes.Buffer
		err := png.Encode(&picture, kiosk.Render(theme, pages, s, p.Width, p.Height))
		if err == nil {
			err = durable.WriteFile(filepath.Join(dir, s.Name+".png"), picture.Bytes(), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
