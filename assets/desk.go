package assets

import _ "embed"

// What the clerk's page is drawn with: its signs, the court's emblem, and its sentences by id.
var (
	//go:embed desk/icons.svg
	DeskIcons []byte
	//go:embed desk/emblem.svg
	DeskEmblem []byte
	//go:embed messages/desk.json
	DeskWords []byte
)
