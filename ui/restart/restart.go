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
// pixels, a locale that it can parse, and no input method, which would keep for itself what a scanner types.
var environment = [][2]string{
	{"FYNE_CACHE", "10s"},
	{"FYNE_SCALE", "1"},
	{"FYNE_DISABLE_DPI_DETECTION", "1"},
	{"LANG", "zh_CN.UTF-8"},
	{"XMODIFIERS", "@im=none"},
}

// forced are those that no desktop knows better.
var forced = map[string]bool{"LANG": true, "XMODIFIERS": true}

func init() {
	if strings.HasSuffix(os.Args[0], ".test") {
		return
	}
	missing := wanted(os.Getenv)
	if missing["FYNE_CACHE"] == "" && missing["XMODIFIERS"] == "" { // a locale alone is no reason
		return
	}
	for key, value := range missing {
		os.Setenv(key, value)
	}
	if self, err := os.Executable(); err == nil {
		_ = syscall.Exec(self, os.Args, os.Environ()) // only returns when it failed: then go on as we are
	}
}

// wanted is what an environment lacks.
func wanted(get func(key string) string) map[string]string {
	missing := make(map[string]string)
	for _, kv := range environment {
		if now := get(kv[0]); now == "" || forced[kv[0]] && now != kv[1] {
			missing[kv[0]] = kv[1]
		}
	}
	return missing
}
