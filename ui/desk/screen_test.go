package desk

import (
	"strings"
	"testing"

	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// Every screen of the lobby gets through to a clerk, and is called something; what is no screen's name is not shown.
func TestScreenWords(t *testing.T) {
	unknown := screenWords("")
	for _, s := range view.Samples(message.Chinese) {
		name := s.Screen.Name()
		call, _ := payment.Call{}.Again("03", name, now())
		if got := screenWords(call.Screen); got == unknown || strings.ContainsAny(got, "{}") {
			t.Errorf("%s is called %q", name, got)
		}
	}
	for _, name := range []string{"", "zhang-xiao-ming", "notice-", "notice-zhang", "unknown"} {
		if got := screenWords(name); got != unknown {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
}
