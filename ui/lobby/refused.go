package lobby

import (
	"cmp"
	"context"

	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// A refused is a notice of why it does not go on, and how far its slip for the window is.
type refused struct {
	notice func(view.Frame) view.Notice // in any language: the slip is written in the court's
	slip   slip
}

// refuse shows why it does not go on, and logs what the visitor does not read. What else the notice says is added each
// time it is drawn.
func (l *Lobby) refuse(why view.Reason, err error, more ...func(view.Frame, *view.Notice)) {
	if err != nil {
		l.opt.Log.WarnContext(l.ctx, "visitor refused", "code", why.Code(), "reason", string(why), "err", err)
	}
	r := &refused{notice: func(f view.Frame) view.Notice {
		n := view.NewNotice(f, why)
		if l.visit.finding {
			n = n.Finding()
		}
		n.Rows = l.visit.about(f.Lang)
		for _, add := range more {
			add(f, &n)
		}
		return n
	}}
	l.visit.refused = r
	l.show(func() view.Screen {
		n := r.notice(l.frame)
		n.Slip, n.Printable = l.referralWords(r.slip, n.Words.Code)
		return n
	})
}

// about says what this visit is about, as far as that was read: no name, and no number as a whole.
func (v *visit) about(lang message.Lang) (rows []view.Row) {
	c := &v.choice
	for _, r := range []struct{ id, value string }{
		{"fee.case", cmp.Or(view.MaskedCase(c.due.Case), c.asked.Case.Masked())},
		{"done.item", view.Term(lang, c.due.Item)},
	} {
		if r.value != "" {
			rows = append(rows, view.Row{Label: message.Text(lang, r.id), Value: r.value})
		}
	}
	switch {
	case len(rows) > 0:
	case c.asked.Code != "":
		rows = []view.Row{{Label: message.Text(lang, "about.code"), Value: view.MaskedEnd(c.asked.Code)}}
	case cmp.Or(v.proof.order, v.place.order) != "":
		order := cmp.Or(v.proof.order, v.place.order)
		rows = []view.Row{{Label: message.Text(lang, "about.order"), Value: view.MaskedEnd(order)}}
	}
	return rows
}

// printReferral prints what a clerk needs to go on where the notice stops.
func (l *Lobby) printReferral() {
	v := l.visit
	r := v.refused
	if r.slip == slipBusy || r.slip == slipPrinted || !l.hasPrinter() {
		return
	}
	f := l.frame
	f.Lang = message.Chinese
	n := r.notice(f)
	paper := receipt.Referral{Code: n.Words.Code, Title: n.Words.Title, Said: n.Words.Sentence,
		OrderNo:   cmp.Or(v.paying.order.Order, v.choice.due.Order, v.proof.order, v.place.order),
		Reference: v.paying.order.Reference}
	for _, row := range n.Rows {
		paper.Read = append(paper.Read, receipt.Fact{Label: row.Label, Value: row.Value})
	}
	r.slip = slipBusy
	l.onPaper("referral", func(ctx context.Context) (receipt.Slip, error) {
		return l.opt.Counter.Referral(ctx, paper)
	}, func(s slip) { r.slip = s })
}

// referralWords say how far the slip is, and whether one can be asked for.
func (l *Lobby) referralWords(s slip, code string) (words string, printable bool) {
	switch {
	case s == slipBusy:
		return l.text("wait.print"), false
	case s == slipPrinted:
		return l.text("notice.slipped"), false
	case s == slipFailed, !l.hasPrinter():
		return l.text("notice.noslip", "code", code), l.hasPrinter()
	}
	return "", true
}
