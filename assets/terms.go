package assets

import "embed"

// Terms are what the court's papers say in Chinese, in English: lines of both, with a comma between them, and comments
// that begin with #.
//
//go:embed terms
var Terms embed.FS
