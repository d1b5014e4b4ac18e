package restart

import (
	"maps"
	"testing"
)

// Whatever a desktop has set, the program runs without its input method, and starts itself anew once at the most.
func TestWanted(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"nothing is set": {},
		"a desktop":      {"LANG": "C", "XMODIFIERS": "@im=ibus", "FYNE_SCALE": "2"},
		"a unit":         {"FYNE_CACHE": "10s", "XMODIFIERS": "@im=fcitx"},
	} {
		t.Run(name, func(t *testing.T) {
			get := func(key string) string { return env[key] }
			missing := wanted(get)
			if missing["XMODIFIERS"] != "@im=none" || missing["LANG"] != "zh_CN.UTF-8" {
				t.Errorf("missing are %v", missing)
			}
			if _, overruled := missing["FYNE_SCALE"]; overruled && env["FYNE_SCALE"] != "" {
				t.Error("a scale that somebody has set is overruled")
			}
			maps.Copy(env, missing)
			if again := wanted(get); len(again) != 0 {
				t.Errorf("once started anew, %v are missing still", again)
			}
		})
	}
}
