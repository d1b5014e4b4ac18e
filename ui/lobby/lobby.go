// Package lobby is the visit in front of a kiosk: one person, one screen at a time, drawn from a value of ui/view. Only
// Fyne's thread touches a visit. What may take its time (counter, printer) runs in a goroutine of its own; its result
// comes back through ui/seam, and is dropped when the visitor has gone.
//
// # Decisions
//
// 2026-11-23: what a person may do next is decided here and nowhere below: pages show values and report touches.
//
// 2026-11-28: what is shown is a function of the visit's state, drawn anew whenever the state or the frame changes: no
// words outlive a change of language.
//
// 2026-11-28: what must outlive a visitor who walks away (a request to pay, a wish, a receipt that was handed out) runs
// with a context of its own; all else ends with the visit.
package lobby

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/holiday"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/ear"
	"courtkiosk/ui/kiosk"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/view"
)

// A Counter is what a visit asks of the court's counter. Each call may wait; none is made on Fyne's thread.
type Counter interface {
	Find(ctx context.Context, q bill.Query) ([]counter.Due, error)
	Pay(ctx context.Context, a counter.Ask) (counter.Progress, error)
	Follow(ctx context.Context, order, visit string) (<-chan counter.Progress, error)
	Wish(ctx context.Context, w counter.Wish) error
	Where(ctx context.Context, order, visit string) (counter.Where, error)
	Prove(ctx context.Context, p counter.Proof) (counter.Tried, error)
	Present(ctx context.Context, p counter.Presented) (counter.Where, error)
	Receipt(ctx context.Context, p counter.Print) (counter.Handed, error)
	Printed(ctx context.Context, e counter.PrintEnd) error
	Look(ctx context.Context, order, visit string) (code string, err error)
	Verification(ctx context.Context, order string) (receipt.Verification, error)
	Estimate(ctx context.Context, e receipt.Estimate) (receipt.Estimate, error)
	FeeTable(ctx context.Context, t receipt.FeeTable) (receipt.FeeTable, error)
	Referral(ctx context.Context, r receipt.Referral) (receipt.Referral, error)
	RefundRequest(ctx context.Context, p counter.Print) (receipt.RefundRequest, error)
	Standing(ctx context.Context) counter.Standing
	Call(ctx context.Context, screen string) error
}

// Options are what a lobby stands on.
type Options struct {
	Counter   Counter
	Printer   receipt.Printer
	Log       *slog.Logger
	Frame     view.Frame               // as every visit begins: language, court, hotline …
	Courts    []string                 // codes of the courts that are served, its own first
	Scanner   bill.Scanner             // reads the barcodes of the court's notices
	Manners   panel.Manners            // how touches are taken
	IdleAfter time.Duration            // untouched, before a visit is wiped
	Hours     holiday.Hours            // outside of them nothing new is begun
	DemoPay   func(order string) error // plays the payer's phone; nil outside of the demo
	Told      func() doctor.Report     // what is told of this machine; at once; nil where nobody looks
	System    bool                     // the court's system is asked; else the machine has a list
	// today's notices, which may have to be read; nil where there are none
	Notices func(now time.Time) []string
	Ear     *ear.Speaker // nil where the machine does not speak
	Broken  func()       // called on Fyne's thread when the program has to end: the ledger failed
}

// A Lobby is the visits in front of one machine, one after the other. Its methods belong to Fyne's thread.
type Lobby struct {
	opt   Options
	ctx   context.Context
	pages *kiosk.Pages

	frame  view.Frame         // as the screen is to be seen
	page   func() view.Screen // what the visit's state says, help aside
	drawn  view.Frame         // with what the screen was drawn last
	screen view.Screen        // that was drawn last
	named  string             // the screen that was logged last
	closed *counter.Refusal   // why nothing can be paid, as far as it was asked; nil when all is well
	told   doctor.Report      // what else is wrong with the machine, as far as it was asked
	asked  asked              // what else was asked beside the screen
	visit  *visit
	scan   scanner
	ticks  *seam.Seam[tick]
	waits  atomic.Bool // for somebody to come: nothing on the page counts seconds
	counts atomic.Bool // a code is shown, and the seconds that are left
	hushed bool        // what is drawn now is said by who has it drawn

	owed   sync.WaitGroup // what outlives a visit
	wished chan struct{}  // closed once the wishes that were uttered so far have come to their end
}

// New returns a lobby that shows its home screen. Its visits end with ctx.
func New(ctx context.Context, o Options) *Lobby {
	o.Frame.Voice = o.Ear != nil
	l := &Lobby{opt: o, ctx: ctx, frame: o.Frame}
	l.frame.Now = time.Now().Truncate(time.Minute)
	l.pages = kiosk.New(o.Manners, l.touch)
	l.ticks = seam.To(l.tick)
	l.visit = newVisit(ctx)
	l.show(l.homePage)
	return l
}

// Object fills the window.
func (l *Lobby) Object() fyne.CanvasObject { return l.pages.Object() }

// Start begins the clock, once Fyne runs.
func (l *Lobby) Start() {
	l.home()
	l.tell()
	go l.run()
}

// stopFor is how long Stop waits for what outlives the visits.
const stopFor = 3 * time.Second

// Stop ends the visit and gives what outlives it a moment: a wish is stored, a print comes to its end.
func (l *Lobby) Stop() {
	l.visit.end()
	l.opt.Ear.Hush()
	ended := make(chan struct{})
	go func() {
		l.owed.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(stopFor):
		l.opt.Log.WarnContext(l.ctx, "lobby stopped before all was done")
	}
}

// show shows a page from now on: what it says of the visit's state, now and after each change.
func (l *Lobby) show(page func() view.Screen) {
	l.page = page
	l.draw()
}

// draw draws what the visit's state says, where that is another screen than the one that is seen.
func (l *Lobby) draw() {
	s := l.helped(l.page())
	if l.frame == l.drawn && reflect.DeepEqual(s, l.screen) {
		return
	}
	defer l.sayPage(nil, false)
	l.drawn, l.screen = l.frame, s
	_, home := s.(view.Home)
	l.waits.Store(home || l.rests())
	_, code := s.(view.Pay)
	l.counts.Store(code)
	l.pages.Show(l.frame, s)
	l.report()
}

// tell draws, and logs the screen even if it has the name of the last one: its controls stand elsewhere, perhaps.
func (l *Lobby) tell() {
	l.named = ""
	l.draw()
	l.report()
}

// home ends the visit and wipes everything of it.
func (l *Lobby) home() {
	l.visit.end()
	l.opt.Ear.Hush()
	l.visit = newVisit(l.ctx)
	begin := l.opt.Frame
	begin.Now = l.frame.Now
	l.frame = begin
	l.show(l.homePage)
}

func (l *Lobby) homePage() view.Screen {
	h := view.NewHome(l.frame, l.closed, l.told)
	if now := time.Now(); !l.opt.Hours.Open(now) {
		return h.Shut(l.frame, l.opt.Hours, now)
	}
	return h
}

// wait shows what is waited for, and after a while that it may be left.
func (l *Lobby) wait(step int, title string) {
	v := l.visit
	v.since, v.long = time.Now(), false
	l.show(func() view.Screen { return view.Working{At: step, Title: l.text(title), Leave: v.long} })
}

// text is a text in the visitor's language.
func (l *Lobby) text(id string, pairs ...string) string {
	return message.Text(l.frame.Lang, id, append(pairs, "window", l.frame.Window)...)
}
