// Package desk is the clerk's page: what a browser at a window shows of app/clerk, as HTML that works without script.
// It is an http.Handler over a clerk.Desk and knows no Fyne.
//
// # Decisions
//
// 2026-11-28: every route stands in one table with the right that it needs; the handler asks for the right before the
// page does anything, and what is stored asks again in its transaction.
//
// 2026-11-28: a page never changes anything by being looked at. A form carries the version of the record that it was
// made from and an id of its own: a record that has changed since is shown anew, and a form that comes twice is done
// once and answered twice.
//
// 2026-11-28: addresses hold no number of an order, no case and no name: they stand in a browser's history. What is
// typed into the find box is sent by POST and kept here for a while under a random name.
//
// 2026-11-28: the font is served whole, once, under a name that holds its hash. Names hold characters that no subset
// foresees, and a box in place of a character is a wrong name.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
)

// Options are what a Handler works with.
type Options struct {
	Desk   *clerk.Desk
	Court  string // name of the court
	Window string // where the browser stands, when the door does not know better
	// Lights say how the roads are that a clerk depends on; nil shows none. It must answer at once.
	Lights func(context.Context) []Light
	Log    *slog.Logger
}

// A Light is one road that a clerk depends on, and how it is.
type Light struct {
	Name string // 微信支付
	Well bool
	Word string // 正常, 没有回应, 3/3 在线
}

// A Handler serves the pages.
type Handler struct {
	Options
	mux    *http.ServeMux
	guard  *http.CrossOriginProtection
	seal   *sealer
	forms  forms
	kept   shelf[Search]
	bills  shelf[[]counter.Due]
	drafts shelf[Draft]
	tokens shelf[string] // of sessions that were just begun, by the form that did so
	codes  shelf[clerk.HandOut]
	audits shelf[auditAsk]
	chain  shelf[clerk.Chain] // as it was verified last
}

// New returns the pages of a desk.
func New(o Options) *Handler {
	h := &Handler{Options: o, mux: http.NewServeMux(), guard: http.NewCrossOriginProtection(), seal: newSealer()}
	for name, f := range statics() {
		h.mux.Handle("GET /static/"+name, f)
	}
	for _, r := range Routes {
		h.mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r) })
	}
	return h
}

// policy is what a page may load: its own style, font, pictures and script, and nothing else from anywhere.
const policy = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// largest is how many bytes a form may have.
const largest = 64 << 10

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	w.Header().Set("Content-Security-Policy", policy)
	if err := h.guard.Check(r); err != nil {
		http.Error(w, "cross-origin request", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, largest)
	if _, pattern := h.mux.Handler(r); pattern == "" { // no text of the mux: it would be English
		h.serve(w, r, Route{Pattern: "GET /", Right: clerk.Own, Serve: missing})
		return
	}
	h.mux.ServeHTTP(w, r)
}

// serve shows one route to who may see it.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, route Route) {
	v := &Visit{Handler: h, W: w, R: r, route: route}
	if err := r.ParseForm(); err != nil {
		v.refuse(errTooLong)
		return
	}
	if !route.Open {
		c, err := h.enter(r, route.Watch)
		if err != nil {
			v.turnAway(err)
			return
		}
		v.Clerk = c
		if !c.Has(route.Right) {
			v.refuse(clerk.ErrNoRight)
			return
		}
	}
	if err := v.run(); err != nil {
		v.refuse(err)
	}
}

// enter says who asks. What a page asks by itself does not put off the lock.
func (h *Handler) enter(r *http.Request, watch bool) (clerk.Clerk, error) {
	token, window := Token(r), WindowOf(r.Context())
	if watch || r.Header.Get("X-By-Itself") != "" {
		return h.Desk.Watch(r.Context(), token, window)
	}
	return h.Desk.Enter(r.Context(), token, window)
}

// turnAway shows the way in to who is not signed in, or has locked the window. What was typed into a form is kept for
// whose session it was.
func (v *Visit) turnAway(err error) {
	path := signInPath
	if _, locked := errors.AsType[*clerk.LockedError](err); locked {
		path = lockedPath
	} else if !errors.Is(err, clerk.ErrSignedOut) {
		v.refuse(err)
		return
	}
	if v.R.Method == http.MethodGet {
		http.Redirect(v.W, v.R, path, http.StatusSeeOther)
		return
	}
	number, known := v.Desk.Had(v.Context(), Token(v.R), WindowOf(v.Context()))
	if !known { // one key sends on what is kept: it must not be anybody's who has only typed the number
		v.In = path
		v.refuse(errNobody)
		return
	}
	kept := url.Values{}
	for name, values := range v.R.PostForm {
		if !slices.Contains(secrets, name) {
			kept[name] = values
		}
	}
	v.In = path + "?draft=" + v.drafts.put(Draft{Path: v.R.URL.Path, Person: number, Values: kept}, now())
	v.refuse(errSignedOut)
}

// A Draft is what was typed into a form that was not taken, because nobody was signed in any more. Secrets are no part
// of it.
type Draft struct {
	Path   string
	Person string // whose session it was
	Values url.Values
}

// now is the time in China, which is what pages show.
func now() time.Time { return time.Now().In(payment.China) }
