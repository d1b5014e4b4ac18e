package config

import "path/filepath"

// Draft reads a configuration as far as it can be understood, for whoever says what is wrong with a machine: the
// error is that of Load, and beside Complaints the rest of the files counts. Nothing may be opened by it. known is
// false where nothing could be read.
func Draft(path string) (c Config, known bool, err error) {
	parts, err := read(path)
	if err != nil {
		return Config{}, false, err
	}
	c, tree, err := parse(filepath.Dir(path), parts...)
	return c, tree != nil, err
}
