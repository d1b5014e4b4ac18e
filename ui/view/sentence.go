package view

import (
	"strings"

	"courtkiosk/app/message"
)

// Sentence says what a screen is and what it offers, as it may be told aloud in a lobby: in one sentence, and with
// nothing of whom or how much it is about.
func Sentence(f Frame, s Screen) string {
	if f.IdleLeft > 0 {
		return message.Text(f.Lang, "page.idle")
	}
	id, pairs := "page."+s.Name(), []string(nil)
	switch v := s.(type) {
	case Home:
		if v.Closed != "" {
			id = "page.closed"
		}
	case Case:
		if v.Finding {
			id = "page.case-find"
		}
	case Bills:
		if v.Finding {
			id = "page.bills-find"
		}
	case Working:
		if v.Leave {
			id = "page.working-leave"
		}
	case Done:
		switch {
		case v.Returned:
			id = "page.done-returned"
		case v.Again:
			id = "page.done-again"
		}
	case Where:
		switch {
		case !v.Print:
			id = "page.where-stopped"
		case v.Request:
			id = "page.where-refund"
		}
	case Proof:
		if v.Refund {
			id = "page.proof-refund"
		}
	case Help:
		if v.Topic > 0 {
			id = "page.answer"
		}
	case Notice:
		id, pairs = "page.notice", []string{"title", v.Words.Title, "choices", choices(f.Lang, v)}
	}
	return message.Text(f.Lang, id, pairs...)
}

// choices are the keys of a notice, by their words.
func choices(lang message.Lang, n Notice) string {
	words := []string{n.Primary}
	if n.Second != "" {
		words = append(words, n.Second)
	}
	if n.Printable {
		words = append(words, message.Text(lang, "notice.slip"))
	}
	for i, w := range words {
		words[i] = message.Text(lang, "page.key", "key", w)
	}
	return strings.Join(words, message.Text(lang, "page.or"))
}
