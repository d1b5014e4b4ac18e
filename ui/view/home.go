package view

import (
	"slices"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
)

// NewHome returns the home screen of a machine: what closes it, else the gravest of what is told of it that visitors
// read of, else of what its printer warns of.
func NewHome(f Frame, closed *counter.Refusal, told doctor.Report) Home {
	if closed != nil {
		words := Of(closed).Words(f.Lang, "window", f.Window)
		return Home{Closed: words.Sentence + words.Next, Code: words.Code}
	}
	var passing Home
	for _, t := range told {
		words := t.Words(f.Lang, "window", f.Window)
		switch {
		case words.Visitor != "":
			return Home{Trouble: words.Visitor, Code: t.Trouble().Printed}
		case passing.Code == "" && slices.Contains(doctor.Printers, t.Code):
			passing.Code = t.Trouble().Printed
		}
	}
	return passing
}
