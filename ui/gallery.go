package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
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

// Gallery writes a picture of every screen with canned data into dir, and to w its name and what it says it is.
func Gallery(w io.Writer, f fyne.App, dir string, lang message.Lang, p console.Panel) error {
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
		picture := kiosk.Render(theme, pages, s, p.Width, p.Height)
		err := hang(picture, filepath.Join(dir, s.Name+".png"))
		if err == nil {
			_, err = fmt.Fprintf(w, "%-24s %s\n", s.Name, view.Sentence(s.Frame, s.Screen))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hang writes a picture to path.
func hang(picture image.Image, path string) error {
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return err
	}
	return durable.WriteFile(path, file.Bytes(), 0o644)
}
