package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var findRoutes = []Route{
	{Pattern: "GET /{$}", Right: clerk.Own, Serve: home},
	{Pattern: "GET /here", Right: clerk.Own, Serve: here, Watch: true},
	{Pattern: "GET /find", Right: clerk.Find, Serve: findPage},
	{Pattern: "POST /find", Right: clerk.Find, Serve: find, Harmless: true},
	{Pattern: "GET /found/{id}", Menu: "/find", Right: clerk.Find, Serve: findPage},
}

// A Search is what was typed into the find box, and how it shall be understood; empty is the likeliest.
type Search struct {
	Text string
	As   clerk.As
}

// home leads to the first page that the clerk may see.
func home(v *Visit) error {
	for _, e := range menu {
		if routed(e.Path) && v.Clerk.Has(e.Right) {
			return v.Go(e.Path, Note{})
		}
	}
	f := v.frame("收费窗口", nil)
	n := words("nothing-yours")
	f.Note = &n
	return v.show(http.StatusOK, "refused", f)
}

// here tells a page that the program is there.
func here(v *Visit) error {
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}

// find keeps what was typed and leads to what it finds: to the one order, or to the list.
func find(v *Visit) error {
	s := Search{strings.TrimSpace(v.R.PostForm.Get("q")), clerk.As(v.R.PostForm.Get("as"))}
	if s.Text == "" {
		return v.Go("/find", Note{})
	}
	f, err := v.Desk.Find(v.Context(), v.Clerk, s.Text, s.As)
	if err != nil {
		return err
	}
	if f.Reading.As == clerk.AsIdentity {
		s.Text = "" // it is neither kept nor shown
		return v.Go("/find", words("identity"))
	}
	name := v.kept.put(s, now())
	if len(f.Hits) == 1 && !f.More && len(f.Also) == 0 {
		return v.Go(v.Path("/order", f.Hits[0].Order.No)+"?from="+name, Note{})
	}
	return v.Go("/found/"+name, Note{})
}

// A foundPage is what the find page shows.
type foundPage struct {
	Search     Search
	Understood string
	Known      bool // what was typed can be looked for
	Also       []alsoPart
	Hint       string // how to find less
	Groups     []group
	Found      clerk.Found
	N          int
	Sum, Back  payment.Fen
	Work       []tally
	Oldest     time.Time
	Open       int
	Today      []tally
	May        map[string]bool
	Nothing    *Note
}

// A group is the rows of one day.
type group struct {
	Day  time.Time
	Rows []row
}

// A row is one order in a list.
type row struct {
	clerk.Hit
	Path    string
	Base    string // without the list that it leads back to: what is done with it is below
	Version string // for a reprint
	State   state
	First   bool // it is chosen
}

type tally struct {
	Name string
	N    int
	Sum  payment.Fen
}

// An alsoPart is another reading of what was typed.
type alsoPart struct{ As, Words, Key string }

func findPage(v *Visit) error {
	s, ok := Search{}, true
	if id := v.R.PathValue("id"); id != "" {
		if s, ok = v.kept.get(id, now()); !ok {
			return errOldAddress
		}
	}
	f, err := v.Desk.Find(v.Context(), v.Clerk, s.Text, s.As)
	if err != nil {
		return err
	}
	p := foundPage{Search: s, Found: f, May: v.may(clerk.Reprint, clerk.AskRefund, clerk.AskWeChat, clerk.FullName)}
	p.N, p.Sum, p.Back = f.Paid()
	p.Understood, p.Known = understood(f)
	for i, r := range f.Also {
		if i < len(alsoKeys) {
			p.Also = append(p.Also, alsoPart{string(r.As), readingWords(r) + "，" + count(r), alsoKeys[i]})
		}
	}
	if f.Reading.As == clerk.AsAmount && f.Reading.Day.IsZero() && len(f.Hits) > 1 {
		p.Hint = "加上日期可以缩小范围，例如：" + s.Text + " " + now().Format("01-02")
	}
	if len(f.Hits) == 0 && s.Text != "" {
		n := nothing(f)
		p.Nothing = &n
	}
	first := true
	for _, hit := range f.Hits {
		day := hit.At().In(payment.China).Format(time.DateOnly)
		if i := len(p.Groups) - 1; i < 0 || p.Groups[i].Day.In(payment.China).Format(time.DateOnly) != day {
			p.Groups = append(p.Groups, group{Day: hit.At()})
		}
		g := &p.Groups[len(p.Groups)-1]
		base := v.Path("/order", hit.Order.No)
		path := base
		if id := v.R.PathValue("id"); id != "" {
			path += "?from=" + id
		}
		g.Rows = append(g.Rows, row{Hit: hit, Path: path, Base: base, Version: Version(hit.Printable()),
			State: stateOf(hit.Mark), First: first})
		first = false
	}
	if err := v.beside(v.Context(), &p); err != nil {
		return err
	}
	return v.Show("find", "查找", p)
}

var alsoKeys = []string{"a", "b"}

// may says of several rights whether the clerk has them.
func (v *Visit) may(rights ...clerk.Right) map[string]bool {
	m := make(map[string]bool)
	for _, r := range rights {
		m[string(r)] = v.Clerk.Has(r)
	}
	return m
}

// beside fills what stands beside the list: what waits for somebody, and what was taken today.
func (v *Visit) beside(ctx context.Context, p *foundPage) error {
	if v.Clerk.Has(clerk.SeeWork) {
		items, err := v.Desk.Work(ctx, v.Clerk)
		if err != nil {
			return err
		}
		p.Open = len(items)
		for _, i := range items {
			name := itemState(i).Word
			at := slices.IndexFunc(p.Work, func(t tally) bool { return t.Name == name })
			if at < 0 {
				at, p.Work = len(p.Work), append(p.Work, tally{Name: name})
			}
			p.Work[at].N++
			if p.Oldest.IsZero() || i.Since.Before(p.Oldest) {
				p.Oldest = i.Since
			}
		}
	}
	day, err := v.Desk.Taken(ctx, v.Clerk, now())
	if err != nil {
		return err
	}
	for _, t := range day.Purses {
		p.Today = append(p.Today, tally{Name: t.Purse.Title(), Sum: t.Sum})
	}
	p.Today = append(p.Today, tally{Name: "已退款", Sum: day.Back})
	return nil
}

// understood says how what was typed was understood.
func understood(f clerk.Found) (text string, known bool) {
	switch f.Reading.As {
	case clerk.AsNewest:
		return "最近的订单，最新的在前", true
	case clerk.AsNothing:
		return "看不出是哪一种号码", false
	}
	return "按 " + readingWords(f.Reading) + " 查找，共 " + countWords(f.Reading), true
}

func count(r clerk.Reading) string { return countWords(r) }

func countWords(r clerk.Reading) string {
	text := number(r.N) + " 笔"
	if r.More {
		text = number(r.N) + " 笔以上"
	}
	return text
}

// readingWords says what something that was typed is taken for.
func readingWords(r clerk.Reading) string {
	switch r.As {
	case clerk.AsCase:
		if len(r.Cases) == 1 {
			return "案号 " + r.Text
		}
		return "案号编号 " + r.Text
	case clerk.AsCode:
		return "缴款码 " + r.Text
	case clerk.AsNumber:
		return "商户单号"
	case clerk.AsTransaction:
		return "交易单号"
	case clerk.AsTail:
		return "交易单号尾号 " + r.Text
	case clerk.AsReference:
		return "本机编号 " + r.Text
	case clerk.AsReceiptNumber:
		return "凭证号 " + r.Text
	case clerk.AsReceipt:
		return "凭证二维码"
	case clerk.AsAmount:
		if !r.Day.IsZero() {
			return "金额 " + yuan(r.Amount) + " 元、" + r.Day.In(payment.China).Format("1月2日")
		}
		return "金额 " + yuan(r.Amount) + " 元"
	case clerk.AsDay:
		return "日期 " + r.Day.In(payment.China).Format("1月2日")
	}
	return r.Text
}

// nothing says that a search has found nothing, where it has looked, and what else can be tried.
func nothing(f clerk.Found) Note {
	if f.Reading.As == clerk.AsNothing {
		return words("unreadable")
	}
	if !f.Since.IsZero() {
		return words("none-lately", "what", readingWords(f.Reading))
	}
	return words("none", "what", readingWords(f.Reading))
}
