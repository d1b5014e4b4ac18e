package desk

import (
	"errors"
	"net/http"
	"strings"

	"courtkiosk/app/bulletin"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var noticeRoutes = []Route{
	{Pattern: "GET /notices", Right: clerk.Notices, Serve: noticesPage},
	// the form's own id is the notice's: sent twice it is written once, and what is refused is shown again as typed
	{Pattern: "POST /notices", Right: clerk.Notices, Serve: writeNotice, Harmless: true},
	{Pattern: "GET /notices/{id}", Menu: "/notices", Right: clerk.Notices, Serve: takeDownPage},
	{Pattern: "POST /notices/{id}", Menu: "/notices", Right: clerk.Notices, Serve: takeDown},
}

// A noticeRow is a notice in the list.
type noticeRow struct {
	payment.Notice
	State state
	Days  string
	Who   string
	Path  string // where it is taken down; empty when it is
	First bool
}

// A noticesView is the page.
type noticesView struct {
	Shown []string // on the lobby's screens now; a second line is English
	Rows  []noticeRow
	Most  int
	Typed clerk.NewNotice
	Wrong string // why what was typed is not written
	Today string
}

func noticesPage(v *Visit) error { return v.showNotices(clerk.NewNotice{}, "") }

// showNotices shows what stands, and the form with what was typed.
func (v *Visit) showNotices(typed clerk.NewNotice, wrong string) error {
	list, shown, err := v.Desk.Notices(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	today := now().Format("2006-01-02")
	p := noticesView{Shown: shown, Most: bulletin.Most, Typed: typed, Wrong: wrong, Today: today}
	if p.Typed.From == "" {
		p.Typed.From = today
	}
	if p.Typed.Until == "" {
		p.Typed.Until = today
	}
	for i, n := range list {
		r := noticeRow{Notice: n, State: noticeState(n, today), Days: shortDay(n.From), Who: v.who(n.Written),
			First: i == 0}
		if n.Until != n.From {
			r.Days += " 至 " + shortDay(n.Until)
		}
		if n.Taken.At.IsZero() {
			r.Path = v.Path("/notices", n.Key())
		}
		p.Rows = append(p.Rows, r)
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "notices", v.frame("公告", p))
}

// noticeState is how a notice stands on a day.
func noticeState(n payment.Notice, today string) state {
	switch {
	case !n.Taken.At.IsZero():
		return state{"idle", "no", "已撤下"}
	case n.From > today:
		return state{"", "wait", "到期自动显示"}
	}
	return state{"", "notice", "正在显示"}
}

// shortDay is 2006-01-02 without its year.
func shortDay(day string) string {
	_, rest, _ := strings.Cut(day, "-")
	return rest
}

func writeNotice(v *Visit) error {
	v.Back = "/notices"
	f := v.R.PostForm
	n := clerk.NewNotice{No: f.Get("once"), Chinese: f.Get("chinese"), English: f.Get("english"), From: f.Get("from"),
		Until: f.Get("until")}
	if n.No == "" {
		return errForm
	}
	err := v.Desk.WriteNotice(v.Context(), v.Clerk, n)
	for _, known := range []struct {
		err error
		id  string
	}{
		{clerk.ErrPersonal, "notice-personal"}, {clerk.ErrNoticeDays, "notice-days"},
		{clerk.ErrBoardFull, "notice-full"},
		{bulletin.ErrUnprinted, "notice-unprinted"}, {bulletin.ErrLong, "notice-long"},
		{bulletin.ErrLongEnglish, "notice-long"}, {bulletin.ErrHalf, "notice-empty"},
	} {
		if errors.Is(err, known.err) {
			return v.showNotices(n, words(known.id).Lead)
		}
	}
	if err != nil {
		return err
	}
	return v.Go("/notices", words("notice-written"))
}

// noticed returns the notice that the address names.
func (v *Visit) noticed() (payment.Notice, error) {
	key, err := v.Record("/notices")
	if err != nil {
		return payment.Notice{}, err
	}
	v.Back = v.Path("/notices", key)
	list, _, err := v.Desk.Notices(v.Context(), v.Clerk)
	if err != nil {
		return payment.Notice{}, err
	}
	for _, n := range list {
		if n.Key() == key && n.Taken.At.IsZero() {
			return n, nil
		}
	}
	v.Back = "/notices"
	return payment.Notice{}, ErrChanged
}

var downReasons = []string{"事项已结束或取消", "内容有误，另写一条", "领导要求撤下"}

func takeDownPage(v *Visit) error {
	n, err := v.noticed()
	if err != nil {
		return err
	}
	return v.Show("reason", "撤下公告", reasonView{
		Title: "撤下公告", Sum: n.Chinese, Lead: "撤下后用同一台账的自助终端几秒内不再显示；谁撤下、什么原因记入审计。", Icon: "notice",
		Hint: "补充说明（不写姓名和案号）", Button: "撤下这条公告", Reasons: downReasons, Do: v.Back, Back: "/notices",
		Version: Version(n),
	})
}

func takeDown(v *Visit) error {
	n, err := v.noticed()
	if err != nil {
		return err
	}
	if err := v.Same(n); err != nil {
		return err
	}
	if v.reason() == "" {
		return ErrNoReason
	}
	if err := v.Desk.TakeDown(v.Context(), v.Clerk, n.Key(), v.reason()); err != nil {
		return err
	}
	return v.Go("/notices", words("notice-taken"))
}
