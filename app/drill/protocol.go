package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Text is the protocol as a file, to be read and kept.
func (r Report) Text(lang message.Lang) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n", Words(lang, "title"), r.Name)
	for _, f := range r.heads(lang) {
		fmt.Fprintf(&b, "%s: %s\n", f.Label, f.Value)
	}
	for _, p := range r.parts(lang) {
		fmt.Fprintf(&b, "\n%s\n", p.Title)
		for _, row := range p.Rows {
			fmt.Fprintf(&b, "  %s\n", strings.Join(row.Cells, ": "))
		}
		for _, note := range p.Notes {
			fmt.Fprintf(&b, "  %s\n", note)
		}
	}
	b.WriteString("\n")
	for _, s := range r.signatures(lang) {
		fmt.Fprintf(&b, "%s: ______________________    ____-__-__\n\n", s)
	}
	return b.String()
}

// Sheet is the protocol on paper.
func (r Report) Sheet(lang message.Lang) receipt.Sheet {
	return receipt.Sheet{
		Court: r.Court, Title: Words(lang, "title"), Number: "YL-" + r.Name, Environment: receipt.Test,
		Heads: r.heads(lang), Parts: r.parts(lang), Signatures: r.signatures(lang),
		Foot: Words(lang, "foot"), Printed: stamp(r.Ended),
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(payment.China).Format(time.DateTime)
}

// heads say what came of it. They are short: three stand in a line on A4.
func (r Report) heads(lang message.Lang) []receipt.Fact {
	say := func(id, value string) receipt.Fact {
		return receipt.Fact{Label: Words(lang, "head."+id), Value: value}
	}
	return []receipt.Fact{
		say("verdict", Words(lang, "verdict."+string(r.Verdict()))), say("kiosk", r.Kiosk),
		say("merchant", r.Merchant.MchID), say("begun", stamp(r.Begun)), say("ended", stamp(r.Ended)),
		say("tried", r.Tried),
	}
}

// tried says what was tried, and where what it left lies.
func (r Report) tried(lang message.Lang) receipt.Part {
	p := receipt.Part{Title: Words(lang, "what"), Columns: fields}
	for _, f := range [][2]string{{"court", r.Court}, {"host", r.Host}, {"version", r.Version}, {"config", r.Config},
		{"printer", r.Printer}, {"folder", r.Folder}} {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{Words(lang, "head."+f[0]), f[1]}})
	}
	return p
}

// fields are a name and what it comes to.
var fields = []receipt.Column{{Share: 0.3}, {Share: 0.7}}

// parts are what was tried, the acts, and what is to be given back.
func (r Report) parts(lang message.Lang) []receipt.Part {
	list := []receipt.Part{r.tried(lang)}
	for i, j := range r.Judged() {
		p := receipt.Part{Columns: fields, Title: fmt.Sprintf("%d. %s: %s", i+1,
			Words(lang, "act."+string(j.Act)), Words(lang, "verdict."+string(j.Verdict)))}
		for _, why := range j.Why {
			p.Notes = append(p.Notes, Words(lang, "why."+string(why)))
		}
		if j.Broken != "" && j.Broken != unbegun {
			p.Notes = append(p.Notes, j.Broken)
		}
		p.Rows = j.rows(lang)
		list = append(list, p)
	}
	back := receipt.Part{Title: Words(lang, "back"), Columns: fields}
	for _, s := range r.Refundable() {
		back.Rows = append(back.Rows,
			receipt.Line{Cells: []string{Words(lang, "field.order"), s.Order}},
			receipt.Line{Cells: []string{Words(lang, "field.transaction"), s.transaction()}},
			receipt.Line{Cells: []string{Words(lang, "field.amount"), s.amount().Yuan()}})
	}
	unasked := slices.ContainsFunc(r.Acts, func(s Seen) bool { return s.Order != "" && s.Word == "" })
	if len(back.Rows) > 0 {
		back.Notes = append(back.Notes, Words(lang, "back.how", "mchid", r.Merchant.MchID))
	} else if !unasked {
		back.Notes = append(back.Notes, Words(lang, "back.none"))
	}
	if unasked {
		back.Notes = append(back.Notes, Words(lang, "back.unknown", "mchid", r.Merchant.MchID))
	}
	return append(list, back)
}

// rows are what was seen of an act.
func (s Seen) rows(lang message.Lang) (rows []receipt.Line) {
	if s.Order == "" {
		return nil
	}
	row := func(id, value string) {
		rows = append(rows, receipt.Line{Cells: []string{Words(lang, "field."+id), value}})
	}
	row("order", s.Order)
	row("transaction", s.transaction())
	row("begun", stamp(s.Begun))
	row("shown", stamp(s.Shown))
	word := string(s.Word)
	if word == "" {
		word = "-"
	}
	row("word", word)
	for _, e := range s.Ledger {
		row("ledger", fmt.Sprintf("%s, %s", e.State, e.Paid.Yuan()))
	}
	if s.Receipt != "" {
		row("receipt", string(s.Receipt))
	}
	for _, p := range s.Papers {
		mark := ""
		if p.Copy {
			mark = " (补打)"
		}
		row("paper", p.Number+mark)
	}
	return rows
}

// transaction is the payment's number, by WeChat or by the ledger.
func (s Seen) transaction() string {
	if s.Transaction != "" {
		return s.Transaction
	}
	for _, e := range s.Ledger {
		if e.Transaction != "" {
			return e.Transaction
		}
	}
	return "-"
}

// amount is how much was paid, by WeChat or by the ledger; what was asked for where neither says it.
func (s Seen) amount() payment.Fen {
	if s.Told != 0 {
		return s.Told
	}
	for _, e := range s.Ledger {
		if e.Paid != 0 {
			return e.Paid
		}
	}
	return Amount
}

// signatures are who signs: whoever made the drill, and whoever saw it.
func (r Report) signatures(lang message.Lang) []string {
	return []string{Words(lang, "sign.it"), Words(lang, "sign.court")}
}
