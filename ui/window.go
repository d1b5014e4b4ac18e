// Package ui is the lobby's window: one screen at a time, drawn from a value of ui/view, and the visit of the person in
// front of it. A visit belongs to Fyne's thread; whatever waits (the court's list, WeChat, the printer) runs
// beside it and comes back through the seam, or not at all when the visitor has gone.
//
// # Decisions
//
// 2026-11-23: seam.go has the only call of fyne.Do. What a person may do next is decided here and nowhere below:
// pages show values and report touches.
//
// 2026-11-23: an X server without GLX leaves a program that lives and shows nothing, so a heartbeat through the seam
// ends the program when Fyne's thread does not answer; the unit starts it again.
package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app"
	"courtkiosk/ui/style"
)

// The window's size when it does not fill the screen: a portrait panel at half its size.
const (
	deskWidth  = 540
	deskHeight = 960
)

// ErrFrozen means: Fyne's thread has not answered for heartbeatLimit, or never began.
var ErrFrozen = errors.New("ui: the window does not answer")

// ErrLedger means: the ledger failed while the window was open. What was paid is safe; the program must start anew.
var ErrLedger = errors.New("ui: the ledger cannot be written any more")

const (
	heartbeatEvery = 5 * time.Second
	heartbeatLimit = 30 * time.Second
)

// Run shows the lobby until ctx ends, and returns nil then. It must be called from main's goroutine.
func Run(ctx context.Context, f fyne.App, a *app.App, log *slog.Logger) error {
	theme, err := style.NewTheme()
	if err != nil {
		return fmt.Errorf("load fonts: %w", err)
	}
	f.Settings().SetTheme(theme)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	w := f.NewWindow(a.Config.Court.Name)
	w.SetPadded(false)
	l := newLobby(ctx, a, log, stop)
	w.SetContent(l.object())
	l.listen(w.Canvas())
	if a.Config.Kiosk.Fullscreen {
		w.SetFullScreen(true)
		w.SetCloseIntercept(func() {}) // a kiosk is closed by its unit, not by a visitor
	} else {
		w.Resize(fyne.NewSize(deskWidth, deskHeight))
	}
	f.Lifecycle().SetOnStarted(func() { l.start() })
	go heartbeat(ctx, log)
	go func() {
		<-ctx.Done()
		seam.OnScreen(f.Quit)
		time.Sleep(heartbeatEvery)
		log.Error("window did not close")
	}()
	w.ShowAndRun()
	l.stop()
	if cause := context.Cause(ctx); errors.Is(cause, ErrLedger) {
		return cause
	}
	return nil
}

// heartbeat ends the program once Fyne's thread has not run what it was given for heartbeatLimit.
func heartbeat(ctx context.Context, log *slog.Logger) {
	var last atomic.Int64
	last.Store(time.Now().UnixNano())
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		seam.OnScreen(func() { last.Store(time.Now().UnixNano()) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Since(time.Unix(0, last.Load())) > heartbeatLimit {
			log.Error("window frozen", "err", ErrFrozen)
			os.Exit(1) // nothing can be asked of Fyne's thread any more; the ledger is made for this
		}
	}
}
