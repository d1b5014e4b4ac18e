// Package restart gives the program the environment that Fyne reads before main runs: imported for its effect, it
// starts the program once more, in the same process, when that environment is missing.
//
// It must be initialised before any package of Fyne. Go initialises packages whose imports are ready in the order of
// their paths, so a package of "courtkiosk" that imports the standard library only comes before "fyne.io". A test
// holds that.
package restart

import (
	"os"
	"strings"
	"syscall"
)

// environment is what Fyne should find: short-lived caches (pictures of old pages would fill the memory), pixels as
// pixels, and a locale that it can parse.
var environment = [][2]string{
	{"FYNE_CACHE", "10s"},
	{"FYNE_SCALE", "1"},
	{"FYNE_DISABLE_DPI_DETECTION", "1"},
	{"LANG", "zh_CN.UTF-8"},
}

func init() {
	if os.Getenv("FYNE_CACHE") != "" || strings.HasSuffix(os.Args[0], ".test") {
		return
	}
	for _, kv := range environment {
		if os.Getenv(kv[0]) == "" || kv[0] == "LANG" {
			os.Setenv(kv[0], kv[1])
		}
	}
	if self, err := os.Executable(); err == nil {
		_ = syscall.Exec(self, os.Args, os.Environ()) // only returns when it failed: then go on as we are
	}
}
