package lobby

import (
	"log/slog"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/seam"
)

// layoutTime is how long Fyne may take to lay a screen out before its controls are looked for again.
const layoutTime = 50 * time.Millisecond

// report logs another screen with its controls: for tests, and for who must explain a screen by telephone. It holds
// nothing of what the screen says.
func (l *Lobby) report() {
	name := l.screen.Name()
	if l.frame.IdleLeft > 0 {
		name = "idle"
	}
	if name == l.named {
		return
	}
	l.named = name
	if l.opt.Log.Enabled(l.ctx, slog.LevelDebug) {
		l.logScreen(name)
	}
}

func (l *Lobby) logScreen(name string) {
	targets, ok := l.targets()
	if !ok {
		time.AfterFunc(layoutTime, func() {
			seam.OnScreen(func() {
				if l.named == name {
					l.logScreen(name)
				}
			})
		})
		return
	}
	l.opt.Log.DebugContext(l.ctx, "screen shown", "screen", name, "targets", targets)
}

// targets are the middles of the controls; not ok as long as one is not painted yet, or the window has no size.
func (l *Lobby) targets() (middles map[string][2]int, ok bool) {
	middles = make(map[string][2]int)
	whole := false // the panel is one control, which begins where the panel does
	for target, o := range l.pages.Targets() {
		if strings.HasSuffix(target, ":anywhere") {
			whole = true
			continue
		}
		p := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		at := [2]int{int(p.X + o.Size().Width/2), int(p.Y + o.Size().Height/2)}
		if p.IsZero() || at == [2]int{} {
			return nil, false
		}
		middles[target] = at
	}
	return middles, whole || len(middles) > 0 // each page has some, once the window has a size
}
