package assets

import _ "embed"

// DrillWords are what is said in a proof drill, by id and language. They are read on a terminal and on paper, so the
// lobby's small fonts need not have them.
//
//go:embed messages/drill.json
var DrillWords []byte
