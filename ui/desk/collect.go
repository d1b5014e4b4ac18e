package desk

import (
	"errors"
	"html/template"
	"strconv"
	"strings"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

var collectRoutes = []Route{
	{Pattern: "GET /collect", Right: clerk.Collect, Serve: collectPage},
	{Pattern: "POST /collect", Right: clerk.Collect, Serve: findBills, Harmless: true},
	{Pattern: "GET /collect/bills/{id}", Menu: "/collect", Right: clerk.Collect, Serve: collectPage},
	{Pattern: "POST /collect/bills/{id}", Menu: "/collect", Right: clerk.Collect, Serve: collectBill},
	{Pattern: "GET /collect/now", Menu: "/collect", Right: clerk.Collect, Serve: collecting},
	{Pattern: "GET /collect/again", Menu: "/collect", Right: clerk.Collect, Serve: collecting, Watch: true},
	{Pattern: "GET /collect/slip", Menu: "/collect", Right: clerk.Collect, Serve: slip},
	{Pattern: "POST /collect/cancel", Menu: "/collect", Right: clerk.Collect, Serve: cancelCollection},
	{Pattern: "POST /collect/print", Menu: "/collect", Right: clerk.Collect, Serve: printCollected},
	{Pattern: "POST /collect/away", Menu: "/collect", Right: clerk.Collect, Serve: putAway},
	// The payer's side: read only, for nobody who signs in. Its address is the window's, and opaque.
	{Pattern: "GET /payer/{id}", Open: true, Watch: true, Serve: payer},
}

// A billsPage is the page where bills are found.
type billsPage struct {
	Path string
	Rows []billRow
	Now  bool // something is on show at this window
}

// A billRow is a bill as it stands, and whether its code can be shown.
type billRow struct {
	counter.Due
	N     int
	Purse string
	Words string
	Pays  bool
}

// findBills asks what was typed for its bills, and keeps them: an address holds no case.
func findBills(v *Visit) error {
	v.Back = "/collect"
	text := strings.TrimSpace(v.R.PostForm.Get("q"))
	if text == "" {
		return v.Go("/collect", Note{})
	}
	dues, err := v.Desk.FindBills(v.Context(), v.Clerk, text)
	if errors.Is(err, payment.ErrNotFound) {
		return v.Go("/collect", words("no-bills"))
	}
	if err != nil {
		return v.lobby(err)
	}
	return v.Go("/collect/bills/"+v.bills.put(dues, now()), Note{})
}

// lobby leads back with the words that a visitor of a kiosk would read, and their code.
func (v *Visit) lobby(err error) error {
	said, ok := errors.AsType[*counter.Refusal](err)
	if !ok {
		return err
	}
	if _, own := refused[said.Code]; own {
		return err
	}
	w := view.Of(err).Words(message.Chinese, "window", v.Window)
	return v.Go("/collect", Note{Level: "warn", Icon: "warn", Lead: w.Title + "。", Text: w.Sentence + " " + w.Code})
}

func collectPage(v *Visit) error {
	p := billsPage{}
	if id := v.R.PathValue("id"); id != "" {
		dues, ok := v.bills.get(id, now())
		if !ok {
			return errOldAddress
		}
		p.Path = "/collect/bills/" + id
		for i, d := range dues {
			p.Rows = append(p.Rows, billRow{
				Due: d, N: i, Purse: d.Purse.Title(), Words: view.DueWords(message.Chinese, d.State),
				Pays: d.State == bill.DueOwed || d.State == bill.DuePaying,
			})
		}
	}
	_, p.Now = v.Desk.Collecting(v.Clerk.By.Device)
	return v.Show("collect", "收款", p)
}

// collectBill shows the code of one of the bills that were found.
func collectBill(v *Visit) error {
	v.Back = "/collect"
	dues, ok := v.bills.get(v.R.PathValue("id"), now())
	n, err := strconv.Atoi(v.R.PostForm.Get("n"))
	if !ok || err != nil || n < 0 || n >= len(dues) {
		return errOldAddress
	}
	if err := v.Desk.Collect(v.Context(), v.Clerk, dues[n], v.R.PostForm.Get("once")); err != nil {
		return v.lobby(err)
	}
	return v.Go("/collect/now", Note{})
}

// A showing is a code on show, to the clerk and to the payer.
type showing struct {
	counter.Due
	counter.Progress
	QR      template.HTML // empty while no code can be paid
	State   state
	Says    string // to the payer
	Left    string // until the code ends
	Payer   string // address of the payer's page
	Again   string // where this is asked for again
	Version string // what the clerk's forms are made from
	Cancels bool
	Prints  bool
	Purse   string
}

func (v *Visit) showing(c clerk.Collection) (showing, error) {
	s := showing{Due: c.Due, Progress: c.Progress, Purse: c.Due.Purse.Title()}
	p := c.Progress
	left := p.Expires.Sub(p.Now)
	switch {
	case p.State == payment.Paid && p.Elsewhere:
		s.State, s.Says = state{"ok", "ok", "已在别处付款"}, "这笔费用已在另一台终端付款，请勿再付。"
	case p.State == payment.Paid:
		s.State, s.Says, s.Prints = state{"ok", "ok", "已付款"}, "已收到您的付款，请等候凭证。", true
	case p.State == payment.Disputed:
		s.State, s.Says = state{"warn", "warn", "金额不符"}, "已收到付款，金额须由工作人员核对。请勿再付。"
	case p.Over():
		s.State, s.Says = state{"empty", "no", "未付款"}, "付款码已失效，请勿再扫。"
	case p.Code == "" || left <= 0:
		s.State, s.Says = state{"idle", "wait", "核实中"}, "正在向微信核实，请勿重复付款。"
	default:
		code, err := qr(p.Code)
		if err != nil {
			return s, err
		}
		s.QR, s.Cancels = code, true
		s.State, s.Says = state{"idle", "wait", "等待付款"}, "请用微信扫码付款。"
		s.Left = strconv.Itoa(int(left.Minutes())) + " 分 " + strconv.Itoa(int(left.Seconds())%60) + " 秒"
	}
	if p.Trouble != "" && !p.Over() {
		s.State, s.Says = state{"warn", "wait", "微信没有回应"}, "暂时查不到付款结果。若手机显示已付款，请勿重复付款。"
	}
	return s, nil
}

// collecting shows the clerk what is on show at the window.
func collecting(v *Visit) error {
	c, ok := v.Desk.Collecting(v.Clerk.By.Device)
	if !ok {
		return v.Go("/collect", Note{})
	}
	s, err := v.showing(c)
	if err != nil {
		return err
	}
	stands := Version([]any{c.Progress.Order, c.Progress.State})
	s.Version = Version(c.Progress.Order)
	s.Payer, s.Again = v.Path("/payer", v.Clerk.By.Device), "/collect/again?was="+stands
	if v.R.Header.Get("X-By-Itself") != "" {
		if v.R.URL.Query().Get("was") != stands { // other buttons, or another order: the page is loaded anew
			return v.Go("/collect/now", Note{})
		}
		return v.part("collecting", "now", s)
	}
	return v.Show("collecting", "收款", s)
}

// payer shows the payer what is on show at the window of the address; nothing of it can be touched.
func payer(v *Visit) error {
	window, err := v.Record("/payer")
	if at := WindowOf(v.Context()); err == nil && at != "" && at != window {
		err = errOldAddress // another window's certificate
	}
	if err != nil {
		return err
	}
	s := showing{Says: "请稍候。"}
	if c, ok := v.Desk.Collecting(window); ok {
		if s, err = v.showing(c); err != nil {
			return err
		}
	}
	s.Again = v.R.URL.Path
	if v.R.Header.Get("X-By-Itself") != "" {
		return v.part("payer", "now", s)
	}
	return v.Show("payer", "付款", s)
}

// part writes one part of a page, for a page that asks again by itself.
func (v *Visit) part(page, name string, body any) error {
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	return pages()[page].ExecuteTemplate(v.W, name, body)
}

// slip is a page for the printer: code, amount and until when; no person and no case.
func slip(v *Visit) error {
	c, ok := v.Desk.Collecting(v.Clerk.By.Device)
	if !ok {
		return v.Go("/collect", Note{})
	}
	s, err := v.showing(c)
	if err != nil {
		return err
	}
	return v.Show("slip", "付款单", s)
}

func cancelCollection(v *Visit) error {
	if err := v.stillShown(); err != nil {
		return err
	}
	if err := v.Desk.CancelCollection(v.Context(), v.Clerk); err != nil {
		return err
	}
	return v.Go("/collect/now", words("cancelling"))
}

func printCollected(v *Visit) error {
	if err := v.stillShown(); err != nil {
		return err
	}
	out, err := v.Desk.PrintCollected(v.Context(), v.Clerk)
	if n, told := notPrinted(err); told {
		return v.Go(v.Back, n)
	}
	if err != nil {
		return err
	}
	id := "sent-to-printer"
	if out.Proven() {
		id = "printed"
	}
	return v.Go(v.Back, words(id, "n", "1"))
}

// stillShown returns nil when what is on show is what the form was made from: a window may have two tabs, and another
// person may have collected here since. Where nothing is on show the act itself says so.
func (v *Visit) stillShown() error {
	v.Back = "/collect/now"
	c, ok := v.Desk.Collecting(v.Clerk.By.Device)
	if !ok {
		return nil
	}
	return v.Same(c.Progress.Order)
}

func putAway(v *Visit) error {
	if err := v.stillShown(); err != nil {
		return err
	}
	if err := v.Desk.PutAway(v.Context(), v.Clerk); err != nil && !errors.Is(err, clerk.ErrNoCollection) {
		return err
	}
	return v.Go("/collect", Note{})
}

// notPrinted says what is wrong with the printer, when it is the printer.
func notPrinted(err error) (Note, bool) {
	trouble, ok := errors.AsType[*receipt.TroubleError](err)
	switch {
	case ok && trouble.Began:
		return words("print-doubtful", "trouble", printerWords(trouble.Condition)), true
	case ok:
		n := words("no-printer", "trouble", printerWords(trouble.Condition))
		n.Do = ""
		return n, true
	case errors.Is(err, receipt.ErrNoPrinter):
		n := words("no-printer", "trouble", "本窗口没有接打印机。")
		n.Do = ""
		return n, true
	}
	return Note{}, false
}
