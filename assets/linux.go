package assets

import _ "embed"

// Config is a configuration with every key, its default or where its value is found.
//
//go:embed linux/config.toml
var Config string
