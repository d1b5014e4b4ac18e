package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"courtkiosk/app/clerk"
)

// A Visit is one request, in the name of who asks.
type Visit struct {
	*Handler
	W     http.ResponseWriter
	R     *http.Request
	Clerk clerk.Clerk
	In    string // the way in for who is not signed in
	Back  string // the page that a refusal leads back to; empty is the find box

	route Route
	to    string // where a form leads
}

// Context is the request's.
func (v *Visit) Context() context.Context { return v.R.Context() }

// A Note is one line across a page: what is so, what it means for the money, and one thing to do.
type Note struct {
	Level string // ok, warn, or empty
	Icon  string
	Lead  string // what is so
	Text  string // what it means, and what can be done
	Do    string // what the button says; empty is no button
	Href  string // where it leads
	Key   string // of the button: F9, Escape
	Gone  bool   // it is shown once
}

// A frame is what the layout shows around a page.
type frame struct {
	Title  string // of the window: never a case or a name
	Court  string
	Window string
	Who    string // 收费员 0217 王*兰; empty of nobody
	When   time.Time
	Menu   []Entry
	Lights []Light
	Calls  *callsView // nil on a page that is not for clerks
	Note   *Note
	Once   string // names the forms of this page
	Body   any    // what the page itself shows
}

// Show writes a page: a template of page/ with what it shows.
func (v *Visit) Show(name, title string, body any) error {
	return v.show(http.StatusOK, name, v.frame(title, body))
}

func (v *Visit) show(status int, name string, f frame) error {
	var b bytes.Buffer // a page that breaks off half way claims what it does not say
	if err := pages()[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.WriteHeader(status)
	_, err := v.W.Write(b.Bytes())
	if err != nil && v.Context().Err() == nil {
		v.Log.WarnContext(v.Context(), "page not written", "page", name, "err", err)
	}
	return nil
}

// frame is the frame of a page, with the note that led to it.
func (v *Visit) frame(title string, body any) frame {
	f := frame{Title: title, Court: v.Court, Window: v.Window, When: now(), Once: v.forms.name(), Body: body}
	if p := v.Clerk.Person; p.Number != "" {
		f.Who = roleTitle(clerk.Role(p.Role)) + " " + p.Number + " " + clerk.Masked(p)
		if w := WindowOf(v.Context()); w != "" {
			f.Window = w
		}
	}
	for _, e := range menu {
		if e.Here = e.Path == v.here(); routed(e.Path) && v.Clerk.Has(e.Right) {
			if e.Right == clerk.SeeWork {
				e.Count = "?"
				if n, err := v.Desk.Waiting(v.Context(), v.Clerk); err == nil {
					e.Count = howMany(n)
				}
			}
			f.Menu = append(f.Menu, e)
		}
	}
	if f.Who != "" {
		f.Calls = v.calls("")
	}
	if v.Lights != nil && f.Who != "" {
		f.Lights = v.Lights(v.Context())
	}
	if n, ok := v.forms.said(v.R.FormValue("said")); ok && v.R.Method == http.MethodGet {
		f.Note = &n
	}
	return f
}

// here is the line of the menu that the visit's page belongs to.
func (v *Visit) here() string {
	if v.route.Menu != "" {
		return v.route.Menu
	}
	return v.R.URL.Path
}

// Go ends a form: the browser goes to another page, with a note on it unless that is zero.
func (v *Visit) Go(path string, n Note) error {
	if n != (Note{}) {
		path += "?said=" + url.QueryEscape(v.forms.say(n))
	}
	v.to = path
	return nil
}

// run does what the route does. A form that comes again, by a double click or from the page before, is done once and
// answered as the first time.
func (v *Visit) run() error {
	if v.R.Method != http.MethodPost || v.route.Harmless {
		err := v.route.Serve(v)
		if err == nil && v.to != "" {
			http.Redirect(v.W, v.R, v.to, http.StatusSeeOther)
		}
		return err
	}
	id := v.R.PostForm.Get("once")
	if id == "" {
		return errForm
	}
	to, again, err := v.once(v.Clerk.By.Person+" "+v.R.URL.Path+" "+id, func() (string, error) {
		err := v.route.Serve(v)
		return v.to, err
	})
	if err != nil {
		return err
	}
	if again {
		to, _, _ = cut(to)
		to += "?said=" + url.QueryEscape(v.forms.say(words("twice")))
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

// once does what a form asks for once. A browser lets go of the first request when a button is pressed again, so what
// is begun is carried through without it: the second answer, which somebody sees, tells what it came to.
func (v *Visit) once(id string, do func() (string, error)) (to string, again bool, err error) {
	return v.forms.once(v.Context(), id, func() (string, error) {
		until, ok := v.Context().Deadline()
		if !ok {
			until = time.Now().Add(requestWithin)
		}
		ctx, cancel := context.WithDeadline(context.WithoutCancel(v.Context()), until)
		defer cancel()
		asked := v.R
		v.R = asked.WithContext(ctx)
		defer func() { v.R = asked }()
		return do()
	})
}

func cut(path string) (before, after string, found bool) {
	u, err := url.Parse(path)
	if err != nil {
		return path, "", false
	}
	return u.Path, u.RawQuery, u.RawQuery != ""
}

// Same returns nil when the form was made from the record as it stands; else the record has changed under the clerk's
// eyes, and nothing is done.
func (v *Visit) Same(record any) error {
	if v.R.PostForm.Get("version") != Version(record) {
		return ErrChanged
	}
	return nil
}

// refuse shows why something is not done: what is so, what it means for the money, what to do.
func (v *Visit) refuse(err error) {
	r := refusalOf(err)
	gone := errors.Is(v.Context().Err(), context.Canceled) // a visit that took too long is told that the log has it
	if r.status >= http.StatusInternalServerError && !gone {
		v.Log.ErrorContext(v.Context(), "desk failed", "route", v.route.Pattern, "err", err)
	}
	n := words(r.id, r.pairs...)
	if n.Do != "" && n.Href == "" {
		n.Href = v.Back
		if n.Href == "" {
			n.Href = "/" // the first page that is theirs
		}
	}
	if v.In != "" {
		n.Href = v.In
	}
	f := v.frame("请查看", v.Clerk.Has(clerk.Find))
	f.Note = &n
	if err := v.show(r.status, "refused", f); err != nil {
		v.Log.ErrorContext(v.Context(), "refusal not shown", "err", err)
		http.Error(v.W, n.Lead+n.Text, r.status)
	}
}

func missing(*Visit) error { return errNoPage }
