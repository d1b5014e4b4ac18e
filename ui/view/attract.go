package view

import (
	"slices"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
)

// Attract is what the panel shows while nobody is there: what the machine does, and how it stands. It speaks both
// languages at once.
type Attract struct {
	Hours   [2]string // of service, in Chinese and in English; empty where none are set
	Notices []string  // today's, as the court writes them; a second line is English
	Lights  []Light
}

// Name implements Screen.
func (Attract) Name() string { return "attract" }

// Step implements Screen.
func (Attract) Step() int { return 0 }

// A Light says how a part of the service stands.
type Light struct {
	ID   string // of its words
	Well bool
}

// A Service is what the lights are drawn from.
type Service struct {
	Closed  *counter.Refusal // why no payment is begun
	Part    bool             // some purses are closed
	Resting bool             // it is outside of the hours
	Told    doctor.Report
	Printer bool // there is one
	System  bool // the court's system is asked; else a list was given to the machine
}

// Lights returns a light for payment, one for printing where there is a printer, and one for where the bills come from.
func (s Service) Lights() []Light {
	told := func(codes ...doctor.Code) bool {
		return slices.ContainsFunc(s.Told, func(f doctor.Finding) bool { return slices.Contains(codes, f.Code) })
	}
	list := []Light{{ID: "light.pay.well", Well: true}}
	switch {
	case s.Resting:
		list[0] = Light{ID: "light.pay.rests"}
	case s.Closed != nil:
		list[0] = Light{ID: "light.pay.closed"}
	case told(doctor.Network, doctor.WeChatSilent):
		list[0] = Light{ID: "light.pay.silent"}
	case s.Part:
		list[0] = Light{ID: "light.pay.part"}
	}
	last := len(doctor.Printers) - 1 // near its end it prints all the same
	switch {
	case !s.Printer:
	case told(doctor.Printers[:last]...):
		list = append(list, Light{ID: "light.print.out"})
	default:
		list = append(list, Light{ID: "light.print.well", Well: true})
	}
	switch {
	case !s.System:
		list = append(list, Light{ID: "light.list.well", Well: true})
	case told(doctor.Network, doctor.CourtSilent):
		list = append(list, Light{ID: "light.court.silent"})
	default:
		list = append(list, Light{ID: "light.court.well", Well: true})
	}
	return list
}

// languages are both, as Attract speaks them.
var languages = [2]message.Lang{message.Chinese, message.English}
