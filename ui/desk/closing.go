package desk

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/app/closing"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

var closingRoutes = []Route{
	{Pattern: "GET /closing", Right: clerk.Trial, Serve: dayPage((*Visit).waiting)},
	{Pattern: "GET /closing/{id}", Menu: "/closing", Right: clerk.Trial, Serve: dayPage((*Visit).waiting)},
	{Pattern: "GET /trial/{id}", Menu: "/closing", Right: clerk.Trial, Serve: dayPage((*Visit).trial)},
	{Pattern: "GET /trial/{id}/file", Menu: "/closing", Right: clerk.Trial, Serve: trialFile},
	{Pattern: "POST /closing/{id}", Menu: "/closing", Right: clerk.Close, Serve: closeDay},
	{Pattern: "GET /sheet/{id}", Menu: "/closing", Right: clerk.Trial, Serve: dayPage((*Visit).sheet)},
	{Pattern: "GET /sheet/{id}/file", Menu: "/closing", Right: clerk.Trial, Serve: sheetFile},
	{Pattern: "POST /sheet/{id}", Menu: "/closing", Right: clerk.Countersign, Serve: signDay},
}

// A closingView is a trial and a closing alike: only what is signed differs.
type closingView struct {
	clerk.ClosingDay
	Name      string // of the device
	State     state
	Groups    []closingGroup
	Total     closing.Line
	Capitals  string
	Agreement string
	Agrees    bool
	Serials   string
	Left      []closingLeft
	Broken    int
	Places    []closingPlace
	Words     []string
	Before    string

	Closer, Second    string // who has signed, number and masked name
	MayClose, MaySign bool
	Refused           string // why this person does not sign
	Action, File      string
	All, TrialPath    string
	Version           string
}

type closingGroup struct {
	Purse string
	Lines []closing.Line
	Sum   closing.Line
}

type closingLeft struct {
	closing.Left
	State             state
	Next, Short, Href string
}

// leftState is what is left under the sign that it has on its own page.
func leftState(l closing.Left, what string) state {
	s := state{"warn", "warn", what}
	switch {
	case l.Kind == closing.LeftRefund:
		s = refundStates[payment.RefundState(l.State)]
	case l.Kind == closing.LeftOrder && l.State == string(payment.Foreign):
		s = stateOf(clerk.Elsewhere)
	case l.Kind == closing.LeftOrder && l.State != string(payment.Disputed):
		s = stateOf(clerk.Checking)
	case l.Kind == report.Effect, l.Kind == report.Back:
		s = state{"", "wait", what}
	}
	s.Word = what
	return s
}

type closingPlace struct {
	Name, Href string
	State      state
	Here       bool
}

// dayPage shows a sheet beside the newest ones of all devices.
func dayPage(pick func(*Visit, []payment.ClosingSheet) (clerk.ClosingDay, error)) func(*Visit) error {
	return func(v *Visit) error {
		last, err := v.Desk.LastDays(v.Context(), v.Clerk)
		if err != nil {
			return err
		}
		s, err := pick(v, last)
		if err != nil {
			return err
		}
		return v.showSheet(s, last)
	}
}

// waiting is what waits at a device: its last sheet as long as its second signature is missing, else a trial.
func (v *Visit) waiting(last []payment.ClosingSheet) (clerk.ClosingDay, error) {
	device, err := v.device()
	if err != nil {
		return clerk.ClosingDay{}, err
	}
	for _, c := range last {
		if c.Device == device && c.Number > 0 && c.Closed.By.Person != "" && c.Countersigned.At.IsZero() {
			return v.Desk.ClosingDay(v.Context(), v.Clerk, device, c.Number)
		}
	}
	return v.trial(nil)
}

func (v *Visit) trial([]payment.ClosingSheet) (clerk.ClosingDay, error) {
	device, err := v.device()
	if err != nil {
		return clerk.ClosingDay{}, err
	}
	return v.Desk.Trial(v.Context(), v.Clerk, device)
}

// device is the one that the address names; without a name this machine's.
func (v *Visit) device() (string, error) {
	if v.R.PathValue("id") == "" {
		return v.Desk.Device, nil
	}
	return v.Record("/closing")
}

// sheet is the closing that the address names.
func (v *Visit) sheet([]payment.ClosingSheet) (clerk.ClosingDay, error) {
	name, err := v.Record("/sheet")
	if err != nil {
		return clerk.ClosingDay{}, err
	}
	device, number, _ := strings.Cut(name, "\x00")
	n, err := strconv.Atoi(number)
	if err != nil {
		return clerk.ClosingDay{}, errOldAddress
	}
	return v.Desk.ClosingDay(v.Context(), v.Clerk, device, n)
}

func (v *Visit) sheetPath(c payment.ClosingSheet) string {
	return v.Path("/sheet", c.Device+"\x00"+strconv.Itoa(c.Number))
}

// at is the address of a device below a page; both pages read it by device.
func (v *Visit) at(page, device string) string {
	return page + strings.TrimPrefix(v.Path("/closing", device), "/closing")
}

func (v *Visit) showSheet(s clerk.ClosingDay, last []payment.ClosingSheet) error {
	p := closingView{
		ClosingDay: s, Name: "终端" + s.Device, Total: s.Sheet.Total(), Agrees: s.Sheet.Agrees(),
		Capitals: closing.Capitals(s.Sheet.Total().Net()), Agreement: s.Sheet.Agreement(), Serials: s.Sheet.Serials(),
		Broken: len(s.Sheet.Broken), All: "/closing", TrialPath: v.at("/trial", s.Device),
		Closer: v.signer(s.Closed), Second: v.signer(s.Countersigned),
	}
	for _, purse := range bill.Purses {
		g := closingGroup{Purse: purse.Title(), Sum: s.Sheet.Total(purse)}
		for _, l := range s.Sheet.Lines {
			if l.Purse == purse && l.Item != purse.Title() {
				g.Lines = append(g.Lines, l)
			}
		}
		p.Groups = append(p.Groups, g)
	}
	for _, l := range s.Sheet.Left {
		what, next := l.Says()
		one := closingLeft{Left: l, State: leftState(l, what), Next: next, Href: v.Path("/order", l.Order)}
		if i := strings.LastIndex(l.Reference, "-"); i > 0 {
			one.Short = "ZF-…" + l.Reference[i:]
		}
		p.Left = append(p.Left, one)
	}
	for _, c := range last {
		p.Places = append(p.Places, closingPlace{Name: "终端" + c.Device, Href: v.at("/closing", c.Device),
			State: closingState(c, c.Number > 0), Here: c.Device == s.Device})
	}
	v.signing(&p)
	return v.Show("closing", "日结", p)
}

// signing says who has signed, and whether this person may.
func (v *Visit) signing(p *closingView) {
	s := p.ClosingDay
	p.State = closingState(s.ClosingSheet, s.Final)
	me := v.Clerk.By.Person
	if !s.Final {
		p.Action, p.File = v.at("/closing", s.Device), p.TrialPath+"/file"
		p.MayClose, p.Version = v.Clerk.Has(clerk.Close), Version(s.Number-1)
		if !p.MayClose {
			p.Refused = "由收费员或主管签字结账"
		}
		return
	}
	p.Action = v.sheetPath(s.ClosingSheet)
	p.File, p.Version = p.Action+"/file", Version(s.Hash)
	p.Words = strings.Fields(closing.Words(s.Hash))
	p.Before = closing.Words(s.Last.Hash)
	switch {
	case s.Closed.By.Person == "" || !s.Countersigned.At.IsZero():
	case s.Closed.By.Person == me:
		p.Refused = "第二签字人不能是经办本人"
	case !v.Clerk.Has(clerk.Countersign):
		p.Refused = "由主管复核签字"
	default:
		p.MaySign = true
	}
}

func (v *Visit) signer(d payment.Decision) string {
	if d.By.Person == "" {
		return ""
	}
	return v.Desk.Who(v.Context(), d.By.Person)
}

// closingState is how far a sheet is signed.
func closingState(c payment.ClosingSheet, final bool) state {
	number := fmt.Sprintf("%04d 号", c.Number)
	switch {
	case !final && c.Number == 0:
		return state{"idle", "no", "还没有日结单"}
	case !final:
		return state{"idle", "close", "试算，未结账"}
	case c.Closed.By.Person == "":
		return state{"ok", "ok", number + "，纸质签字"}
	case c.Countersigned.At.IsZero():
		return state{"warn", "wait", number + "待复核"}
	}
	return state{"ok", "ok", number + "已签"}
}

// prove is the clerk with the PIN that stands on the form.
func (v *Visit) prove() (clerk.Clerk, error) {
	return v.Desk.Prove(v.Context(), v.Clerk, v.R.PostForm.Get("pin"), v.R.PostForm.Get("code"))
}

func closeDay(v *Visit) error {
	device, err := v.device()
	if err != nil {
		return err
	}
	v.Back = v.at("/trial", device)
	last := 0
	days, err := v.Desk.LastDays(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	for _, c := range days {
		if c.Device == device {
			last = c.Number
		}
	}
	if err := v.Same(last); err != nil {
		return err
	}
	c, err := v.prove()
	if err != nil {
		return err
	}
	s, err := v.Desk.CloseDay(v.Context(), c, device, last)
	if err != nil {
		return err
	}
	return v.Go(v.sheetPath(s.ClosingSheet), words("closed", "number", fmt.Sprintf("%04d", s.Number)))
}

func signDay(v *Visit) error {
	s, err := v.sheet(nil)
	if err != nil {
		return err
	}
	v.Back = v.sheetPath(s.ClosingSheet)
	if err := v.Same(s.Hash); err != nil {
		return err
	}
	c, err := v.prove()
	if err != nil {
		return err
	}
	if err := v.Desk.CountersignDay(v.Context(), c, s.Device, s.Number, s.Hash); err != nil {
		return err
	}
	return v.Go(v.sheetPath(s.ClosingSheet), words("countersigned", "number", fmt.Sprintf("%04d", s.Number)))
}

func sheetFile(v *Visit) error {
	s, err := v.sheet(nil)
	if err != nil {
		return err
	}
	return v.sendSheet(s)
}

func trialFile(v *Visit) error {
	s, err := v.trial(nil)
	if err != nil {
		return err
	}
	return v.sendSheet(s)
}

func (v *Visit) sendSheet(s clerk.ClosingDay) error {
	printed := v.Desk.Paper(s)
	file, err := v.Desk.PDF(v.Context(), printed)
	if err != nil {
		return err
	}
	name := printed.Number
	if !s.Final {
		name = "trial-" + s.Device + "-" + now().Format("20060102-1504")
	}
	v.send(name+".pdf", "application/pdf", file, true)
	return nil
}

// send answers with a file. A browser shows what is inline by itself, where it can.
func (v *Visit) send(name, kind string, data []byte, inline bool) {
	how := "attachment"
	if inline {
		how = "inline"
	}
	h := v.W.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", how+"; filename*=UTF-8''"+urlEscape(name))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	v.W.WriteHeader(http.StatusOK)
	if _, err := v.W.Write(data); err != nil && v.Context().Err() == nil {
		v.Log.WarnContext(v.Context(), "file not sent", "err", err)
	}
}

// urlEscape writes a file's name as a header has it (RFC 5987): every byte of UTF-8 but letters, digits, - and . as
// hex.
func urlEscape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c < 0x80 && (c == '-' || c == '.' || c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

// Ranged is how long a sheet's range is said.
func (p closingView) Ranged() string {
	return when(p.Sheet.From, "1月2日 15:04:05") + " 至 " + when(p.At, "1月2日 15:04:05")
}

// SignedAt is a signature's time.
func (closingView) SignedAt(d payment.Decision) string { return when(d.At, "15:04:05") }

// LastDay is when the sheet before was closed.
func (p closingView) LastDay() string { return when(p.Last.At, "1月2日") }

// Unpaid is how many orders brought no money.
func (p closingView) Unpaid() int {
	n := p.Sheet.Orders
	return n.Closed + n.Open + n.Disputed + n.Elsewhere
}
