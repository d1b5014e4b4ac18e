package view

import "courtkiosk/app/message"

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
	case Help:
		if v.Topic > 0 {
			id = "page.answer"
		}
	case Notice:
		id, pairs = "page.notice", []string{"title", v.Words.Title, "first", v.Primary}
		if v.Second != "" {
			id, pairs = "page.notice-two", append(pairs, "second", v.Second)
		}
	}
	return message.Text(f.Lang, id, pairs...)
}
