package assets

import "embed"

// Lockdown holds the files of every lock, by its id and then by the path that each has on a machine. What ends with
// .tmpl is filled in for the machine. See app/lockdown.
//
//go:embed lockdown
var Lockdown embed.FS

// LockdownWords are the words of each lock, by id and language: its title and what it shuts. They are read on a
// terminal, so the lobby's fonts need not have them.
//
//go:embed messages/lockdown.json
var LockdownWords []byte
