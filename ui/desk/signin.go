package desk

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"courtkiosk/app/clerk"
)

// Where a browser goes that nobody is signed in at, and that a person has locked.
const (
	signInPath = "/sign-in"
	lockedPath = "/locked"
)

var signInRoutes = []Route{
	{Pattern: "GET /sign-in", Right: clerk.Own, Open: true, Serve: signInPage},
	{Pattern: "POST /sign-in", Right: clerk.Own, Open: true, Harmless: true, Serve: signIn},
	{Pattern: "GET /locked", Right: clerk.Own, Open: true, Serve: lockedPage},
	{Pattern: "POST /locked", Right: clerk.Own, Open: true, Harmless: true, Serve: unlock},
	{Pattern: "POST /lock", Right: clerk.Own, Open: true, Harmless: true, Serve: lock},
	{Pattern: "POST /sign-out", Right: clerk.Own, Open: true, Harmless: true, Serve: signOut},
	{Pattern: "GET /take-up", Right: clerk.Own, Open: true, Serve: takeUpPage},
	{Pattern: "POST /take-up", Right: clerk.Own, Open: true, Harmless: true, Serve: takeUp},
	{Pattern: "GET /draft/{id}", Right: clerk.Own, Serve: draftPage},
}

// A signInView is what the sign-in shows.
type signInView struct {
	Who   string // as it was typed
	Wrong string // why not
	Draft string // what waits behind it
}

func signInPage(v *Visit) error {
	return v.showDoor(http.StatusOK, "signin", "登录", signInView{Draft: v.R.URL.Query().Get("draft")})
}

// showDoor shows a page in front of the desk.
func (v *Visit) showDoor(status int, name, title string, body any) error {
	f := v.frame(title, body)
	f.Calls = v.calls("")
	if w := WindowOf(v.Context()); w != "" {
		f.Window = w
	}
	return v.show(status, name, f)
}

// signIn begins a session. A form that comes twice begins one session, and both answers hold it: a code of the second
// factor counts once. It is the same form only with the same PIN and code: its name alone stands in a page that anybody
// may have read before.
func signIn(v *Visit) error {
	f := v.R.PostForm
	id := f.Get("once")
	if id == "" {
		return errForm
	}
	key := v.R.URL.Path + " " + Version([]string{id, f.Get("who"), f.Get("pin"), f.Get("code"), WindowOf(v.Context())})
	_, _, err := v.once(key, func() (string, error) {
		token, err := v.Desk.SignIn(v.Context(), WindowOf(v.Context()), f.Get("who"), f.Get("pin"), f.Get("code"))
		v.tokens.set(key, token, now())
		return "", err
	})
	if why := whyNot(err); why != "" {
		again := signInView{f.Get("who"), why, f.Get("draft")}
		return v.showDoor(http.StatusUnauthorized, "signin", "登录", again)
	}
	if err != nil {
		return err
	}
	token, ok := v.tokens.get(key, now())
	if !ok {
		return errForm
	}
	KeepToken(v.W, token)
	v.to = after(f.Get("draft"))
	return nil
}

// after is where somebody goes who has come in: to what waits, else home.
func after(draft string) string {
	if draft == "" {
		return "/"
	}
	return "/draft/" + url.PathEscape(draft)
}

// whyNot says why somebody was not let in; empty of what is no answer to that.
func whyNot(err error) string {
	if w, ok := errors.AsType[*clerk.WaitError](err); ok {
		return waitWords(w.Tries, w.Until)
	}
	for _, known := range []struct {
		err error
		id  string
	}{
		{clerk.ErrWrong, "sign-in-wrong"}, {clerk.ErrCode, "hand-out-wrong"}, {clerk.ErrWeakPIN, "pin-weak"},
		{clerk.ErrSecond, "second-wrong"}, {clerk.ErrSealed, "sealed"},
		{clerk.ErrCrowd, "crowd"},
	} {
		if errors.Is(err, known.err) {
			return words(known.id).Lead
		}
	}
	return ""
}

func waitWords(tries int, until time.Time) string {
	left := max(0, until.Sub(now())).Round(time.Second)
	return words("sign-in-waits", "n", number(tries), "time", clock(until), "left", number(int(left.Seconds()))).Lead
}

// A lockedView is what a locked window shows.
type lockedView struct {
	Who, Since string
	Wrong      string
	Until      string // no PIN counts before; empty when one does
	Draft      string
}

// showLocked shows that the window is locked, and to whom it opens.
func (v *Visit) showLocked(wrong, draft string) error {
	_, err := v.Desk.Watch(v.Context(), Token(v.R), WindowOf(v.Context()))
	l, locked := errors.AsType[*clerk.LockedError](err)
	switch {
	case !locked && err == nil:
		v.to = after(draft)
		return nil
	case errors.Is(err, clerk.ErrSignedOut):
		v.to = signInPath
		return nil
	case !locked:
		return err
	}
	p := lockedView{
		Who: l.Masked + " " + l.Number + "　" + roleTitle(l.Role), Since: when(l.Since, "15:04"), Wrong: wrong,
		Draft: draft,
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnauthorized
	}
	if l.Wait.After(now()) {
		p.Until = clock(l.Wait)
	}
	return v.showDoor(status, "locked", "窗口已锁定", p)
}

func lockedPage(v *Visit) error { return v.showLocked("", v.R.URL.Query().Get("draft")) }

func unlock(v *Visit) error {
	draft := v.R.PostForm.Get("draft")
	err := v.Desk.Unlock(v.Context(), Token(v.R), WindowOf(v.Context()), v.R.PostForm.Get("pin"))
	if why := whyNot(err); why != "" {
		return v.showLocked(why, draft)
	}
	if errors.Is(err, clerk.ErrSignedOut) {
		v.to = signInPath
		return nil
	}
	v.to = after(draft)
	return err
}

// lock locks the window at once. Whoever is not signed in has nothing to lock.
func lock(v *Visit) error {
	err := v.Desk.Lock(v.Context(), Token(v.R), WindowOf(v.Context()))
	if errors.Is(err, clerk.ErrSignedOut) {
		v.to = signInPath
		return nil
	}
	v.to = lockedPath
	return err
}

// signOut ends the session, so that another person can sign in.
func signOut(v *Visit) error {
	if err := v.Desk.SignOut(v.Context(), Token(v.R), WindowOf(v.Context())); err != nil {
		return err
	}
	KeepToken(v.W, "")
	v.to = signInPath
	return nil
}

// A takeUpView is what a person sees who takes up an account: first the form for number and code, then what to set.
type takeUpView struct {
	Who, Code string
	Wrong     string
	Enrolment clerk.Enrolment // zero on the first form
	QR        template.HTML
}

func takeUpPage(v *Visit) error {
	return v.showDoor(http.StatusOK, "takeup", "首次登录", takeUpView{})
}

// takeUp asks for what is to be set, and sets it.
func takeUp(v *Visit) error {
	f, window := v.R.PostForm, WindowOf(v.Context())
	p := takeUpView{Who: strings.TrimSpace(f.Get("who")), Code: f.Get("handed")}
	e, err := v.Desk.Enrol(v.Context(), window, p.Who, p.Code, f.Get("seed"))
	if err == nil && f.Has("pin") {
		switch {
		case f.Get("pin") != f.Get("again"):
			p.Wrong = words("pin-differs").Lead
		default:
			err = v.Desk.TakeUp(v.Context(), window, p.Who, p.Code, f.Get("seed"), f.Get("pin"), f.Get("code"))
			if err == nil {
				return v.Go(signInPath, words("taken-up", "who", p.Who))
			}
		}
	}
	why := whyNot(err)
	if err != nil && why == "" {
		return err
	}
	status := http.StatusOK
	if p.Wrong = p.Wrong + why; p.Wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	if e.Number != "" {
		p.Enrolment = e
		if e.Link != "" {
			if p.QR, err = qr(e.Link); err != nil {
				return err
			}
		}
	}
	return v.showDoor(status, "takeup", "首次登录", p)
}

// qr is a QR code as part of the page: no address from which anybody could ask for it again.
func qr(text string) (template.HTML, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("QR code: %w", err)
	}
	rows := code.Bitmap()
	var path strings.Builder
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="二维码">`+ //nolint:gosec
		`<path d="%s"/></svg>`, len(rows), len(rows), path.String())), nil
}

// A draftView is what was typed before the session ended.
type draftView struct {
	Path   string
	Values url.Values
}

// secrets are fields that are never kept.
var secrets = []string{"pin", "new", "again", "code", "handed", "seed", "once"}

// draftPage shows that what was typed is still here, to the person who has typed it.
func draftPage(v *Visit) error {
	d, ok := v.drafts.get(v.R.PathValue("id"), now())
	if !ok || d.Person != v.Clerk.Person.Number {
		v.Back = "/"
		return errNoDraft
	}
	return v.Show("draft", "继续办理", draftView{d.Path, d.Values})
}
