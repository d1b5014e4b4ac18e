package desk

import (
	"errors"
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

var callRoutes = []Route{
	// also for who is not signed in, or has locked the window: it names a machine and nobody, and somebody waits there
	{Pattern: "GET /calls", Right: clerk.Own, Open: true, Watch: true, Serve: callsPart},
	// the call itself knows whether it is answered: sent twice it is answered once
	{Pattern: "POST /call/{id}", Menu: "/work", Right: clerk.DoWork, Serve: answerCall, Harmless: true},
}

// A callsView is what stands beside every page: who waits before a machine for a person.
type callsView struct {
	Rows   []callRow
	More   int  // that wait too: the list has them
	Does   bool // the clerk may go
	Unread bool // nobody knows who waits
	Told   string
}

// mostBeside is how many calls a low window has room for beside its menu.
const mostBeside = 2

type callRow struct {
	Device, Screen, Path string
	At                   time.Time
}

// calls are those that wait now, with what somebody is told who has just gone to one.
func (v *Visit) calls(told string) *callsView {
	list, err := v.Desk.Calls(v.Context())
	if err != nil && v.Context().Err() == nil {
		v.Log.WarnContext(v.Context(), "calls not read", "err", err)
	}
	c := &callsView{Does: v.Clerk.Has(clerk.DoWork), Unread: err != nil, Told: told}
	c.More = max(0, len(list)-mostBeside)
	for _, one := range list[:len(list)-c.More] {
		c.Rows = append(c.Rows, callRow{one.Device, screenWords(one.Screen), v.callPath(one), one.At})
	}
	return c
}

func (v *Visit) callPath(c payment.Call) string { return v.Path("/call", clerk.KeyOfCall(c)) }

// callsPart is asked for by every page, again and again.
func callsPart(v *Visit) error {
	if c, err := v.enter(v.R, true); err == nil {
		v.Clerk = c
	}
	return v.part("work", "calls", v.calls(""))
}

// answerCall says that the clerk goes: beside the page that stands there, or to who has no script on the work list.
func answerCall(v *Visit) error {
	v.Back = "/work"
	key, err := v.Record("/call")
	if err != nil {
		return err
	}
	if v.R.PostForm.Get("do") == "back" {
		return clerk.ErrNotTaken
	}
	err = v.Desk.Answer(v.Context(), v.Clerk, key)
	said := words("call-yours")
	other, by := errors.AsType[*clerk.TakenError](err)
	switch {
	case by:
		who := v.Desk.Who(v.Context(), other.Taken.By.Person)
		said = words("call-taken", "person", who, "time", clock(other.Taken.At))
	case errors.Is(err, payment.ErrConflict):
		said = words("call-over")
	case err != nil:
		return err
	}
	if v.R.PostForm.Get("fragment") != "" {
		return v.part("work", "calls", v.calls(said.Lead))
	}
	return v.Go("/work", said)
}

// screenWords is what a clerk calls the screen that a machine shows. A name that no screen has is never shown.
func screenWords(name string) string {
	if why, ok := strings.CutPrefix(name, "notice-"); ok {
		r, unknown := view.Reason(why), view.Internal.Words(message.Chinese)
		if w := r.Words(message.Chinese); w.Code != unknown.Code || r == view.Internal {
			return "提示：" + w.Title + "（" + w.Code + "）"
		}
	} else if w := words("screen." + name); w.Lead != "screen."+name {
		return w.Lead
	}
	return words("screen.unknown").Lead
}
