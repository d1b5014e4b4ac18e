package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// chords are what a keyboard has to leave a program with: of X, of desktops, of Fyne and its window library, of the
// kernel as far as X hears of it.
func chords() (list []string) {
	for i := range 24 {
		list = append(list, fmt.Sprintf("F%d", i+1))
	}
	for i := range 12 {
		for _, with := range []string{"ctrl+alt", "alt", "super"} {
			list = append(list, fmt.Sprintf("%s+F%d", with, i+1))
		}
	}
	for _, key := range "abcdefghijklmnopqrstuvwxyz" {
		list = append(list, "ctrl+"+string(key), "alt+"+string(key), "super+"+string(key), "ctrl+alt+"+string(key),
			"alt+Sys_Req+"+string(key), "ctrl+shift+"+string(key))
	}
	list = append(list, "XF86PowerOff", "XF86Sleep", "XF86WakeUp", "XF86WWW", "XF86HomePage", "XF86Mail",
		"XF86Search", "XF86Explorer", "XF86Calculator", "XF86MyComputer", "XF86AudioMute", "XF86AudioRaiseVolume",
		"XF86AudioPlay", "XF86Eject", "XF86ScreenSaver", "XF86Back", "XF86Forward", "XF86Reload", "XF86LogOff",
		"XF86Display", "XF86Tools", "XF86Terminal", "XF86RotateWindows")
	return append(list, "Print", "alt+Print", "ctrl+Print", "shift+Print", "Sys_Req", "alt+Sys_Req", "Menu", "Super_L",
		"Super_R", "Hyper_L", "Pause", "ctrl+Pause", "Scroll_Lock", "Num_Lock", "Caps_Lock", "Insert", "shift+Insert",
		"ctrl+Insert", "Undo", "Redo", "Help", "Find", "Cancel", "ctrl+alt+BackSpace", "ctrl+alt+Delete",
		"ctrl+alt+End",
		"ctrl+shift+Escape", "ctrl+alt+KP_Add", "ctrl+alt+KP_Subtract", "ctrl+alt+KP_Multiply", "ctrl+alt+KP_Divide",
		"ctrl+Escape", "alt+Escape", "alt+Tab", "alt+shift+Tab", "ctrl+Tab", "ctrl+alt+Tab", "super+Tab", "alt+space",
		"super+space", "ctrl+space", "ctrl+shift+space", "super+Return", "alt+Return", "ctrl+Return", "Tab",
		"shift+Tab",
		"Escape", "ctrl+w", "ctrl+q", "ctrl+F4", "alt+F4", "ctrl+plus", "ctrl+minus", "ctrl+0", "ctrl+comma", "Up",
		"Down",
		"Left", "Right", "Home", "End", "Prior", "Next", "Delete", "BackSpace", "ctrl+Up", "alt+Left", "super+Up",
		"ctrl+alt+Left", "Eisu_toggle", "Zenkaku_Hankaku", "Multi_key", "Mode_switch", "ISO_Level3_Shift", "Return",
		"space", "KP_Enter")
}

// windows are the windows that are shown, of all programs.
func (p *panel) windows() []string {
	p.t.Helper()
	c := exec.Command("xdotool", "search", "--onlyvisible", "--name", ".*")
	c.Env = append(os.Environ(), "DISPLAY="+p.display)
	out, _ := c.Output() // 1 of none
	list := strings.Fields(string(out))
	slices.Sort(list)
	return list
}

// children are the processes that the program has started and that run.
func (k *kiosk) children() string {
	k.t.Helper()
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", k.cmd.Process.Pid))
	if err != nil {
		k.t.Fatal(err)
	}
	var list []string
	for _, name := range all {
		text, _ := os.ReadFile(name) // a thread may have ended
		list = append(list, strings.Fields(string(text))...)
	}
	return strings.Join(list, " ")
}

// seen returns the pages that were shown since it was asked last, in their order.
func (k *kiosk) seen() (pages []string) {
	for {
		select {
		case s := <-k.lines:
			if s.Msg == "screen shown" {
				k.now = s
				pages = append(pages, s.Screen)
			}
		default:
			return pages
		}
	}
}

// A keyboard in the lobby opens nothing: whatever key or chord is pressed, the program goes on, it starts no other one,
// its window is the only one and fills the screen, and no page comes that a visitor's finger could not bring.
func TestKeyboardOpensNothing(t *testing.T) {
	p := newPanel(t, 1080, 1920)
	k := startKiosk(t, p, "demo", "--fullscreen", "--dir", t.TempDir(), "--log-level", "debug")
	k.wait("home")
	k.settle()
	before := k.windows()
	if len(before) == 0 {
		t.Fatal("no window is seen: the test looks at the wrong place")
	}
	// What letters and Return bring is a scan that is none, or a number that is looked for: a page of ours.
	harmless := func(page string) bool {
		ours := []string{"home", "attract", "case", "fee", "idle"}
		return slices.Contains(ours, page) || strings.HasPrefix(page, "notice-")
	}
	all := chords()
	came := make(map[string]bool)
	for i, chord := range all {
		fmt.Fprintf(k.finger, "key --delay 2 %s\n", chord)
		if i%20 != 19 && i != len(all)-1 {
			continue
		}
		time.Sleep(300 * time.Millisecond)
		last := all[max(0, i-19) : i+1]
		select {
		case <-k.ended:
			t.Fatalf("the program has ended after one of %q", last)
		default:
		}
		for _, page := range k.seen() {
			if came[page] = true; !harmless(page) {
				t.Errorf("the page %s came after one of %q", page, last)
			}
		}
		if now := k.windows(); !slices.Equal(now, before) {
			t.Errorf("windows %q are shown after one of %q, and were %q", now, last, before)
		}
		if started := k.children(); started != "" {
			t.Errorf("processes %s were started after one of %q", started, last)
		}
	}
	t.Logf("%d keys and chords; pages that came: %v", len(all), came)

	// It goes on: what a scanner types leads to the fee. Caps Lock would turn its letters.
	fmt.Fprintf(k.finger, "key Caps_Lock\nkey Num_Lock\nkey Scroll_Lock\n")
	time.Sleep(2 * time.Second) // what was typed last is no part of the scan
	k.beam("https://pay.court.example/f?x=1&jkm=1101012026000002")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if k.seen(); k.now.Screen == "fee" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("after all of them a scan leads to %s", k.now.Screen)
		}
	}
}
