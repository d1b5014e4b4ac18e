package kiosk

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"courtkiosk/ui/view"
)

// Render draws a screen without a window, at a size in pixels. A Fyne app must be current.
func Render(theme fyne.Theme, l *Pages, s view.Sample, width, height int) image.Image {
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetContent(l.Object())
	c.Resize(fyne.NewSize(float32(width), float32(height)))
	l.Show(s.Frame, s.Screen)
	return software.RenderCanvas(c, theme)
}
