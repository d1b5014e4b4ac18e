// Package ui is the window of a kiosk: it opens the face that is shown in it, and watches over Fyne's thread. What a
// visitor does is ui/lobby's business.
//
// # Decisions
//
// 2026-11-23: on an X server without GLX the program runs on and shows nothing, so a heartbeat through the seam ends it
// when Fyne's thread does not answer. Whatever started it must start it again.
package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/lobby"
	"courtkiosk/ui/seam"
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

// A Face is what a window shows, and how.
type Face struct {
	Title      string
	Fullscreen bool
	Lobby      lobby.Options // Broken is the window's own
	Ears       *Ears         // nil where the machine has none
}

// Run shows a face until ctx ends, and returns nil then. It must be called from main's goroutine.
func Run(ctx context.Context, f fyne.App, face Face) error {
	theme, err := style.NewTheme()
	if err != nil {
		return fmt.Errorf("load fonts: %w", err)
	}
	f.Settings().SetTheme(theme)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	face.Lobby.Broken = func() { stop(ErrLedger) }
	l := lobby.New(ctx, face.Lobby)
	w := f.NewWindow(face.Title)
	w.SetPadded(false)
	w.SetContent(l.Object())
	l.Listen(w.Canvas())
	if face.Fullscreen {
		w.SetFullScreen(true)
		w.SetCloseIntercept(func() {}) // a kiosk is closed by its unit, not by a visitor
	} else {
		w.Resize(fyne.NewSize(deskWidth, deskHeight))
	}
	f.Lifecycle().SetOnStarted(func() {
		shown.Do(func() { close(running) })
		l.Start()
		go warm(ctx)
	})
	go heartbeat(ctx, face.Lobby.Log)
	go face.Ears.run(ctx, l)
	go quit(ctx, f, face.Lobby.Log)
	w.ShowAndRun()
	l.Stop()
	face.Ears.close()
	if cause := context.Cause(ctx); errors.Is(cause, ErrLedger) {
		return cause
	}
	return nil
}

// running is closed once Fyne's thread runs, by shown.
var (
	running = make(chan struct{})
	shown   sync.Once
)

// Answers returns once Fyne's thread has run what it was given, which it does only while a window is there.
func Answers(ctx context.Context) error {
	select {
	case <-running:
	case <-ctx.Done():
		return ctx.Err()
	}
	ran := make(chan struct{})
	seam.OnScreen(func() { close(ran) })
	select {
	case <-ran:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// warmAfter is when the fonts for rare names are parsed, one after the other: the first visitor has seen the home
// screen and has not come to a name yet.
const warmAfter = 3 * time.Second

func warm(ctx context.Context) {
	for _, bold := range []bool{false, true} {
		select {
		case <-ctx.Done():
			return
		case <-time.After(warmAfter):
		}
		seam.OnScreen(func() { style.Warm(bold) })
	}
}

// quit closes the window once ctx ends.
func quit(ctx context.Context, f fyne.App, log *slog.Logger) {
	<-ctx.Done()
	seam.OnScreen(f.Quit)
	time.Sleep(heartbeatEvery)
	log.Error("window did not close")
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
