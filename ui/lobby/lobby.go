package lobby

import (
	"cmp"
	"context"
	"log/slog"
	"reflect"
	"time"

	"fyne.io/fyne/v2"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/kiosk"
	"courtkiosk/ui/version"
	"courtkiosk/ui/view"
)

// The times of a visit.
const (
	idleWarning   = 15 * time.Second // of the idle limit, with a question on the screen
	verifyFor     = 60 * time.Second // untouched, before an unknown outcome is left to its follower
	doneFor       = 18 * time.Second // after the receipt's outcome is known
	noteAfter     = 10 * time.Second // a wait says what the visitor can do
	closingFor    = 6 * time.Second  // a close is waited for before it counts as unknown
	networkGrace  = 5 * time.Second  // of silence before the screen speaks of it
	brokenFor     = 20 * time.Second // a broken ledger is shown before the program ends
	serviceEvery  = 5                // ticks between looks at the service
	maxWrongProof = 3
)

// A lobby is the visit in front of one machine. Everything in it belongs to Fyne's thread.
type lobby struct {
	ctx    context.Context
	app    *app.App
	log    *slog.Logger
	broken context.CancelCauseFunc // ends the program
	pages  *kiosk.Pages

	frame  view.Frame
	screen view.Screen
	logged string
	closed *app.ClosedError
	visit  *visit
	scan   scanner
	ticks  *seam.Seam[tick]
}

// A tick is a second, and how the service stands.
type tick struct {
	now    time.Time
	closed *app.ClosedError
}

func newLobby(ctx context.Context, a *app.App, log *slog.Logger, broken context.CancelCauseFunc) *lobby {
	c := a.Config
	l := &lobby{ctx: ctx, app: a, log: log, broken: broken, frame: view.Frame{
		Lang: message.Lang(c.Kiosk.Language), Court: c.Court.Name, Hotline: c.Court.Hotline, Kiosk: c.Kiosk.ID,
		Window: c.Court.Window, Cash: cmp.Or(c.Court.Cash, c.Court.Window), Version: version.Version, Demo: c.Environment == config.Demo, Now: time.Now().Truncate(time.Minute),
	}}
	l.pages = kiosk.New(l.intent)
	l.ticks = seam.To(l.tick)
	l.visit = newVisit(ctx)
	l.screen = view.Home{}
	l.pages.Show(l.frame, l.screen)
	return l
}

func (l *lobby) object() fyne.CanvasObject { return l.pages.Object() }

// start begins the clock once Fyne runs.
func (l *lobby) start() {
	l.home()
	go func() {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		closed := l.app.Service()
		for n := 0; ; n++ {
			l.ticks.Send(tick{time.Now(), closed})
			select {
			case <-l.ctx.Done():
				return
			case <-t.C:
			}
			if n%serviceEvery == 0 {
				closed = l.app.Service()
			}
		}
	}()
}

func (l *lobby) stop() { l.visit.end() }

// show shows a screen, if it is another than the one that is seen.
func (l *lobby) show(s view.Screen) { l.draw(l.frame, s) }

func (l *lobby) draw(f view.Frame, s view.Screen) {
	if reflect.DeepEqual(f, l.frame) && reflect.DeepEqual(s, l.screen) && l.logged != "" {
		return
	}
	l.frame, l.screen = f, s
	l.pages.Show(f, s)
	l.report()
}

// layoutTime is how long Fyne may take to lay a screen out before its controls are looked for again.
const layoutTime = 50 * time.Millisecond

// report logs another screen with its controls: for tests, and for who must explain a screen by telephone. It holds nothing of
// what the screen says.
func (l *lobby) report() {
	name := l.screen.Name()
	if l.frame.IdleLeft > 0 {
		name = "idle"
	}
	if name == l.logged {
		return
	}
	l.logged = name
	if l.log.Enabled(l.ctx, slog.LevelDebug) {
		l.logScreen(name)
	}
}

func (l *lobby) logScreen(name string) {
	targets := make(map[string][2]int)
	for target, o := range l.pages.Targets() {
		p := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		at := [2]int{int(p.X + o.Size().Width/2), int(p.Y + o.Size().Height/2)}
		if p.IsZero() || at == [2]int{} { // not painted yet, or the window has no size yet
			time.AfterFunc(layoutTime, func() {
				seam.OnScreen(func() {
					if l.logged == name {
						l.logScreen(name)
					}
				})
			})
			return
		}
		targets[target] = at
	}
	l.log.DebugContext(l.ctx, "screen shown", "screen", name, "targets", targets)
}

// home ends the visit and wipes everything of it.
func (l *lobby) home() {
	l.visit.end()
	l.visit = newVisit(l.ctx)
	f := l.frame
	f.Lang, f.Large, f.Purse, f.IdleLeft = message.Lang(l.app.Config.Kiosk.Language), false, "", 0
	l.draw(f, l.homeScreen())
}

func (l *lobby) homeScreen() view.Home {
	if l.closed == nil {
		return view.Home{}
	}
	words := message.Of(l.frame.Lang, view.Of(l.closed), "window", l.frame.Window)
	return view.Home{Closed: words.Sentence + words.Next, Code: words.Code}
}

// refuse shows why it does not go on, and logs what the visitor does not read.
func (l *lobby) refuse(id message.ID, err error) {
	if err != nil {
		l.log.WarnContext(l.ctx, "visitor refused", "code", message.Of(message.English, id).Code, "reason", string(id), "err", err)
	}
	l.show(view.NewNotice(l.frame, id))
}

// text is a text in the visitor's language.
func (l *lobby) text(id string, pairs ...string) string {
	return message.Text(l.frame.Lang, id, append(pairs, "window", l.frame.Window)...)
}

// tick is one second: the clock, the countdowns, the idle limit.
func (l *lobby) tick(t tick) {
	if t.closed != nil && t.closed.Reason == app.LedgerFailed {
		l.breakDown(t)
		return
	}
	l.closed = t.closed
	f, s := l.frame, l.screen
	f.Now = t.now.Truncate(time.Minute)
	switch v := s.(type) {
	case view.Home:
		s = l.homeScreen()
		if (f.Large || f.Lang != message.Lang(l.app.Config.Kiosk.Language)) && t.now.Sub(l.visit.touched) > l.app.Config.Kiosk.IdleAfter {
			l.home()
			return
		}
	case view.Pay, view.Working, view.Verify:
		if n, ok := l.visit.latest(); ok {
			l.draw(f, s)
			l.news(n)
			return
		}
		if w, ok := v.(view.Working); ok && w.Note == "" && t.now.Sub(l.visit.since) > noteAfter {
			w.Leave = true
			s = w
		}
	case view.Done:
		if v.Left--; v.Left < 0 {
			l.home()
			return
		}
		if l.visit.printing {
			v.Left = int(doneFor / time.Second)
		}
		s = v
	default:
		left := l.app.Config.Kiosk.IdleAfter - t.now.Sub(l.visit.touched)
		if left <= 0 {
			l.home()
			return
		}
		f.IdleLeft = 0
		if left <= idleWarning {
			f.IdleLeft = int(left/time.Second) + 1
		}
	}
	l.draw(f, s)
}

// breakDown says that the machine cannot go on and that the money is safe, and then ends the program.
func (l *lobby) breakDown(t tick) {
	if l.closed == nil || l.closed.Reason != app.LedgerFailed {
		l.closed = t.closed
		l.visit.end()
		l.visit = newVisit(l.ctx)
		l.refuse("closed.ledger", t.closed)
	}
	if t.now.Sub(l.visit.touched) > brokenFor {
		l.broken(ErrLedger)
	}
}

// A visit is what one person does here. Its context ends with it: what still runs beside it is of no interest any more.
type visit struct {
	ctx     context.Context
	end     context.CancelFunc
	touched time.Time
	since   time.Time // of the present wait

	finding bool // for a receipt, not to pay
	entry   view.Entry
	dues    []bill.Due
	page    int
	due     bill.Due
	calc    view.Calculator
	order   payment.Order
	digits  string
	wrong   int
	back    view.Screen // what help was called from

	session   *payment.Session
	unwatch   func()
	took      time.Time // when the session was asked for
	cancelled time.Time
	verifying time.Time
	slip      string
	printing  bool
	printer   error // why no receipt can be printed, as far as it was asked
	heard     *payment.News
}

func newVisit(ctx context.Context) *visit {
	v := &visit{touched: time.Now(), since: time.Now()}
	ctx, cancel := context.WithCancel(ctx)
	v.ctx = ctx
	v.end = func() {
		v.leaveSession()
		cancel()
	}
	return v
}

// leaveSession stops watching; the order goes on without us.
func (v *visit) leaveSession() {
	if v.unwatch != nil {
		v.unwatch()
	}
	v.session, v.unwatch, v.heard, v.cancelled, v.verifying, v.slip = nil, nil, nil, time.Time{}, time.Time{}, ""
}

func (v *visit) latest() (payment.News, bool) {
	if v.session == nil || v.heard == nil {
		return payment.News{}, false
	}
	return *v.heard, true
}

// work runs fn beside the visit and what it returns on Fyne's thread, unless the visit has ended meanwhile.
func (l *lobby) work(fn func(ctx context.Context) func()) {
	v := l.visit
	v.since = time.Now()
	go func() {
		then := fn(v.ctx)
		seam.OnScreen(func() {
			if l.visit == v && v.ctx.Err() == nil {
				then()
			}
		})
	}()
}
