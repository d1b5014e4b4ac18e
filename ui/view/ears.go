package view

import (
	"strconv"
	"strings"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// What is heard of each screen: first where one is, then what is so, then what can be done. What is private is said as
// it stands on the screen; who may hear it is the speaker's business.

func (Attract) heard(f Frame) Heard {
	return Heard{Say: []ear.Phrase{fixed(f, "ear.welcome")}}
}

func (v Home) heard(f Frame) Heard {
	h := Heard{Say: []ear.Phrase{still(fixed(f, "ear.welcome")), still(fixed(f, "ear.earphones"))}}
	switch {
	case v.Resting:
		h.Say = append(h.Say, phrase(f, "ear.home.rests", "why", v.Closed))
	case v.Closed != "":
		h.Say = append(h.Say, phrase(f, "ear.home.closed", "why", v.Closed, "code", v.Code))
	case v.Trouble != "":
		h.Say = append(h.Say, said("home.trouble", v.Trouble)...)
	}
	h.Options = []Option{option(f, StartPaying, "home.pay"), option(f, Find, "home.find"),
		option(f, Calculate, "home.calc"), option(f, Questions, "home.help"), option(f, Language, "ear.language")}
	h.Say = append(h.Say, still(fixed(f, "ear.home.keys")))
	h.Back = option(f, EndSpeech, "ear.end")
	return h
}

func (v Case) heard(f Frame) Heard {
	e := v.Entry
	h := Heard{Page: "case", Say: []ear.Phrase{fixed(f, "ear.case")}, Confirm: option(f, Confirm, "case.go"),
		Back: option(f, Back, "back")}
	if v.Finding {
		h.Page, h.Say[0] = "case-find", fixed(f, "ear.case.find")
	}
	read := phrase(f, "ear.case.read", "number", e.Text())
	if e.Serial == "" {
		read = phrase(f, "ear.case.empty", "year", strconv.Itoa(e.Year), "court", e.Court, "type", e.Type)
	}
	read = private(read)
	h.Say = append(h.Say, said("case.wrong", v.Wrong)...)
	h.Say = append(h.Say, still(read), still(fixed(f, "ear.case.keys")))
	if e.Part == "serial" { // else it is another that is being picked, by touch perhaps
		read.Open = words(f, "ear.case.count", "n", strconv.Itoa(len(e.Serial)))
	}
	h.Typing = &Typing{Text: e.Serial, Most: maxSerial, Class: ear.Private, Again: read}
	h.Parts = e.parts(f)
	return h
}

// parts are what may be picked of a case number, what is asked for most often first.
func (e Entry) parts(f Frame) (list []Option) {
	pick := func(k Kind, id, arg, what string) {
		list = append(list, Option{Intent: Intent{k, arg}, ID: id + "." + arg, Words: words(f, id, "what", what)})
	}
	types := func(of []string) {
		for _, t := range of {
			if t != e.Type {
				pick(PickType, "ear.type", t, t)
			}
		}
	}
	types(CommonTypes)
	for _, y := range e.Years {
		if y != e.Year {
			pick(PickPart, "ear.year", strconv.Itoa(y), strconv.Itoa(y))
		}
	}
	for _, c := range e.Courts {
		if c != e.Court {
			pick(PickPart, "ear.court", c, Said(f.CourtName(c)))
		}
	}
	types(OtherTypes)
	return list
}

func (v Working) heard(f Frame) Heard {
	h := Heard{Page: "working " + v.Title, Say: said("working", v.Title), Waits: true}
	h.Say = append(h.Say, said("working.note", v.Note)...)
	if v.Leave {
		h.Back = option(f, Leave, "leave").asking("ear.leave.ask")
	}
	return h
}

func (v Bills) heard(f Frame) Heard {
	id := "bills.title"
	if v.Finding {
		id = "bills.found"
	}
	h := Heard{Page: "bills", Say: []ear.Phrase{phrase(f, id, "n", strconv.Itoa(v.Count)),
		private(phrase(f, "ear.case.read", "number", v.Case))}, Back: option(f, Back, "back")}
	for i, c := range v.Choices {
		o := Option{ID: "bills", Class: ear.Private, Open: words(f, "ear.bill.open", "n", strconv.Itoa(i+1)),
			Words: strings.Join(full(Said(c.Title), c.Note, c.Amount, c.State), message.Text(f.Lang, "comma"))}
		if c.Open {
			o.Intent = Intent{PickBill, strconv.Itoa(i)}
		}
		h.Page += " " + c.Title + c.Amount
		h.Options = append(h.Options, o)
	}
	if v.More {
		h.Options = append(h.Options, option(f, NextPage, "bills.more"))
	}
	return h
}

// full are the texts that say something.
func full(texts ...string) (list []string) {
	for _, t := range texts {
		if t != "" {
			list = append(list, t)
		}
	}
	return list
}

func (v Fee) heard(f Frame) Heard {
	sum := private(phrase(f, "ear.fee.sum", "amount", v.Amount))
	h := Heard{Page: "fee " + strconv.Itoa(v.Edition) + v.Item + v.Amount, Say: []ear.Phrase{fixed(f, "ear.fee")}}
	for _, p := range said("fee.changed", v.Changed) {
		p = private(p)
		p.Open = words(f, "ear.fee.changed")
		h.Say = append(h.Say, p)
	}
	h.Say = append(h.Say, sum, private(phrase(f, "ear.row", "label", words(f, "done.item"), "value", Said(v.Item))))
	for _, p := range said("fee.note", v.Note) {
		h.Say = append(h.Say, private(p))
	}
	h.Say = append(h.Say, rowsHeard(f, "fee.row", v.Rows)...)
	h.Say = append(h.Say, said("fee.printer", v.Printer)...)
	sum.ID = "ear.fee.again"
	h.Say = append(h.Say, still(sum), still(fixed(f, "fee.relief")))
	h.Confirm, h.Back = option(f, Confirm, "fee.go"), option(f, Back, "ear.fee.not-mine")
	return h
}

func (v Pay) heard(f Frame) Heard {
	h := Heard{Page: "pay", Say: []ear.Phrase{fixed(f, "ear.pay")}, Waits: true}
	if v.Calm {
		h.Say = append(h.Say, still(fixed(f, "pay.waiting.note")))
	} else {
		h.Say = append(h.Say, urgent(fixed(f, "pay.offline")), urgent(fixed(f, "pay.offline.note")))
	}
	h.Say = append(h.Say, still(private(phrase(f, "ear.pay.sum", "payee", Said(v.Payee), "amount", v.Amount))),
		still(fixed(f, "ear.pay.phone")), still(fixed(f, "ear.pay.where")), timeLeft(f, v.Left))
	h.Options = []Option{option(f, Ticking, "ear.ticking")}
	if v.Demo {
		h.Options = append(h.Options, option(f, DemoPay, "pay.demo"))
	}
	h.Confirm = option(f, Touch, "ear.pay.look").answering(fixed(f, "ear.looking"))
	h.Back = option(f, Cancel, "ear.pay.cancel").asking("ear.cancel.ask")
	return h
}

// timeLeft says how long a code is good for: each minute, and half a minute before its end.
func timeLeft(f Frame, left int) ear.Phrase {
	switch {
	case left > 60:
		return phrase(f, "ear.left.minutes", "n", strconv.Itoa((left+59)/60))
	case left > 30:
		return fixed(f, "ear.left.minute")
	}
	return fixed(f, "ear.left.half")
}

func (v Done) heard(f Frame) Heard {
	id := "done.title"
	switch {
	case v.Returned:
		id = "done.returned"
	case v.Found:
		id = "done.found"
	case f.Purse != "" && f.Purse != "litigation":
		id = "done.title.money"
	}
	h := Heard{Page: "done", Say: []ear.Phrase{urgent(fixed(f, id)),
		still(private(phrase(f, "ear.done.sum", "amount", v.Amount)))}}
	for _, p := range said("done.print", v.Print) {
		h.Say = append(h.Say, urgent(p))
	}
	if v.Printed {
		h.Say = append(h.Say, slot(f)...)
	}
	if last := v.last6(f); last != "" {
		h.Options = append(h.Options, Option{ID: "ear.done.last", Words: words(f, "ear.done.last"), fixed: true,
			Read: []ear.Phrase{{ID: "ear.done.digits", Class: ear.Secret, Text: ear.Digits(f.Lang, last),
				Open: words(f, "ear.secret")}}})
	}
	switch {
	case v.Next != "":
		h.Options = append(h.Options, Option{Intent: Intent{Kind: NextBill}, ID: "done.next", Class: ear.Private,
			Words: words(f, "done.next", "bill", v.Next), Open: words(f, "ear.done.next")})
	case !v.Found && !v.Returned:
		h.Options = append(h.Options, option(f, NextCase, "done.case"))
	}
	if v.Again { // the last, for it comes while the others have their numbers
		h.Options = append(h.Options, option(f, Reprint, "done.again"))
	}
	h.Confirm = option(f, GoHome, "ear.finish")
	h.Back = h.Confirm
	return h
}

// last6 are the digits that a reprint asks for.
func (v Done) last6(f Frame) string {
	for _, r := range v.Rows {
		if r.Label == message.Text(f.Lang, "done.wechat") {
			digits := strings.ReplaceAll(r.Value, " ", "")
			return digits[max(0, len(digits)-6):]
		}
	}
	return ""
}

// slot says where paper comes out.
func slot(f Frame) []ear.Phrase {
	if f.Slot == "" {
		return nil
	}
	return []ear.Phrase{phrase(f, "ear.slot", "slot", f.Slot)}
}

func (v Verify) heard(f Frame) Heard {
	h := Heard{Page: "verify", Say: []ear.Phrase{urgent(fixed(f, "verify.title"))}, Waits: true}
	for _, p := range append(said("verify.text", v.Sentence), said("verify.twice", v.Emphasis)...) {
		h.Say = append(h.Say, urgent(p))
	}
	h.Say = append(h.Say, said("verify.slip", v.Slip)...)
	h.Say = append(h.Say, still(phrase(f, "ear.verify.window")))
	h.Options = append(h.Options, Option{ID: "ear.verify.number", Words: words(f, "ear.verify.number"), fixed: true,
		Read: []ear.Phrase{private(phrase(f, "ear.row", "label", words(f, "done.ref"), "value", v.Reference))}})
	if v.Printable { // the last, for it goes while the other has its number
		h.Options = append(h.Options, option(f, PrintSlip, "verify.slip"))
	}
	h.Confirm = option(f, KeepWaiting, "ear.verify.look").answering(fixed(f, "ear.looking"))
	h.Back = option(f, Leave, "leave").asking("ear.leave.ask")
	return h
}

func (v Proof) heard(f Frame) Heard {
	title, send := "proof.title", "proof.go"
	if v.Refund {
		title, send = "proof.title.refund", "proof.go.refund"
	}
	h := Heard{Page: "proof", Say: append([]ear.Phrase{fixed(f, title)}, said("proof.wrong", v.Wrong)...)}
	h.Say = append(h.Say, still(private(phrase(f, "ear.proof.of", "number", v.Number))),
		still(fixed(f, "ear.proof.ask")), still(fixed(f, "ear.proof.where")))
	h.Typing = &Typing{Text: v.Digits, Most: 6, Zero: true, Class: ear.Secret, Least: 6,
		Short: phrase(f, "ear.proof.short", "n", strconv.Itoa(6-len(v.Digits)))}
	h.Confirm, h.Back = option(f, Confirm, send), option(f, Back, "back")
	return h
}

func (v Where) heard(f Frame) Heard {
	h := Heard{Page: "where", Say: []ear.Phrase{fixed(f, "where.title"),
		still(private(phrase(f, "ear.proof.of", "number", v.Number)))}}
	for _, p := range append(said("where.state", v.State), said("where.next", v.Next)...) {
		h.Say = append(h.Say, urgent(p))
	}
	for _, x := range v.Facts {
		p := ear.Phrase{ID: "where." + string(x.Of), Text: strings.Join(full(x.Value, x.Day),
			message.Text(f.Lang, "comma"))}
		if !strings.Contains(x.Value, x.Label) { // else it says itself what it is of
			p.Text = words(f, "ear.row", "label", x.Label, "value", p.Text)
		}
		if x.Of == OfFiscal { // its number
			p = private(p)
		}
		h.Say = append(h.Say, p)
	}
	h.Say = append(h.Say, said("where.slip", v.Slip)...)
	if v.Request {
		h.Options = append(h.Options, option(f, PrintSlip, "where.slip"))
	}
	if v.Print {
		h.Confirm = option(f, Reprint, "notice.reprint")
	}
	h.Back = option(f, Back, "back")
	return h
}

func (v Help) heard(f Frame) Heard {
	h := Heard{Back: option(f, Back, "back")}
	if v.Topic == 0 {
		h.Page, h.Say = "help", []ear.Phrase{fixed(f, "help.title")}
		for n := 1; n <= HelpTopics; n++ {
			h.Options = append(h.Options, option(f, PickTopic, "help."+strconv.Itoa(n)+".q", strconv.Itoa(n)))
		}
		return h
	}
	id := "help." + strconv.Itoa(v.Topic)
	h.Page, h.Say = id, []ear.Phrase{fixed(f, id+".q")}
	for _, line := range strings.Split(words(f, id+".a"), "\n") {
		h.Say = append(h.Say, ear.Phrase{ID: id + ".a", Text: line})
	}
	if v.Topic == WaysTopic {
		h.Options = []Option{option(f, PrintSlip, "help.table")}
	}
	h.Say = append(h.Say, said("help.slip", v.Slip)...)
	return h
}

func (v Calc) heard(f Frame) Heard {
	h := Heard{Page: "calc", Say: []ear.Phrase{fixed(f, "calc.title"), still(fixed(f, "calc.notice"))},
		Back: option(f, Back, "back")}
	for _, k := range v.Kinds {
		o := option(f, PickKind, "calckind."+k.Label, k.Label)
		if k.Label == v.Kind {
			h.Say = append(h.Say, fixed(f, "calckind."+k.Label))
			continue
		}
		h.Parts = append(h.Parts, o)
	}
	if v.CanHalf {
		h.Parts = append(h.Parts, option(f, Halve, "calc.half"))
	}
	if v.Half {
		h.Say = append(h.Say, fixed(f, "calc.half"))
	}
	if v.Amount != "" {
		h.Say = append(h.Say, still(private(phrase(f, "ear.row", "label", words(f, "calc.amount"), "value", v.Amount))))
	}
	if v.Fee != "" {
		h.Say = append(h.Say, still(private(phrase(f, "ear.row", "label", words(f, "calc.fee"), "value", v.Fee))))
		h.Confirm = option(f, ShowSteps, "calc.steps")
	}
	if !v.Priced { // there is nothing to type
		h.Options, h.Parts = h.Parts, nil
		return h
	}
	if v.Fee != "" {
		h.Parts = append([]Option{h.Confirm}, h.Parts...)
	}
	h.Say = append(h.Say, still(fixed(f, "ear.calc.keys")))
	h.Typing = &Typing{Text: v.Yuan, Most: longestYuan, Class: ear.Private}
	return h
}

func (v CalcSteps) heard(f Frame) Heard {
	h := Heard{Say: append([]ear.Phrase{fixed(f, "calc.steps")}, said("calc.kind", v.Title)...)}
	rows := v.Rows
	if len(v.Folded) > 0 {
		rows = v.Folded
	}
	h.Say = append(h.Say, rowsHeard(f, "calc.row", rows)...)
	h.Say = append(h.Say, private(phrase(f, "ear.row", "label", words(f, "calc.fee"), "value", v.Fee)),
		fixed(f, "calc.notice"))
	h.Say = append(h.Say, said("calc.slip", v.Slip)...)
	h.Options = []Option{option(f, PrintSlip, "calc.print")}
	h.Back = option(f, Back, "back")
	return h
}

func (n Notice) heard(f Frame) Heard {
	h := Heard{Page: n.Name()}
	id := "notice." + string(n.Why)
	for i, text := range full(n.Words.Title, n.Words.Sentence, n.Words.Next) {
		h.Say = append(h.Say, urgent(ear.Phrase{ID: id + "." + strconv.Itoa(i+1), Text: text}))
	}
	h.Say = append(h.Say, rowsHeard(f, "notice.row", n.Rows)...)
	if n.Words.Code != "" {
		h.Say = append(h.Say, still(phrase(f, "notice.code", "code", n.Words.Code)))
	}
	h.Say = append(h.Say, said("notice.slip", n.Slip)...)
	act := func(k Kind, label string) Option {
		return Option{Intent: Intent{Kind: k}, ID: "act." + string(k), Words: label}
	}
	if n.Printable {
		h.Options = append(h.Options, option(f, PrintSlip, "notice.slip"))
	}
	h.Confirm, h.Back = act(n.Act, n.Primary), act(GoHome, words(f, "home"))
	if n.Second != "" {
		h.Back = act(n.SecondTo, n.Second)
	}
	return h
}
