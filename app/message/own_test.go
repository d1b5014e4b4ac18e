package message

import "testing"

func TestOwn(t *testing.T) {
	for text, want := range map[string]bool{
		Text(Chinese, "foot.help"):                 true,
		Text(English, "foot.help"):                 true,
		"（2026）京0105民初12345号":                      false,
		"¥2,701.55":                                false,
		"王某某":                                      false,
		Text(Chinese, "foot.kiosk", "kiosk", "03"): false,
	} {
		if got := Own(text); got != want {
			t.Errorf("Own(%q) = %v", text, got)
		}
	}
}
