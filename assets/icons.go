package assets

import "embed"

// Icons are the program's own signs: a grid of 24 units, strokes of 2, drawn in currentColor.
//
//go:embed icons
var Icons embed.FS
