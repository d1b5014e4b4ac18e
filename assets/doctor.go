package assets

import _ "embed"

// DoctorWords are the sentences of what a look at a machine finds, by code and language: title, what is so, what to do.
// They are read on a terminal, so the lobby's fonts need not have them.
//
//go:embed messages/doctor.json
var DoctorWords []byte
