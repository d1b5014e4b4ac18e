package view

import (
	"fmt"
	"testing"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
)

func TestLights(t *testing.T) {
	told := func(codes ...doctor.Code) (r doctor.Report) {
		for _, c := range codes {
			r = append(r, doctor.Finding{Code: c})
		}
		return r
	}
	closed := &counter.Refusal{Code: counter.Closed}
	tests := map[string]struct {
		s    Service
		want string
	}{
		"well":       {Service{Printer: true, System: true}, "[pay.well print.well court.well]"},
		"a list":     {Service{Printer: true}, "[pay.well print.well list.well]"},
		"no printer": {Service{System: true}, "[pay.well court.well]"},
		"near its end": {Service{Printer: true, Told: told(doctor.PaperNearEnd)},
			"[pay.well print.well list.well]"},
		"no paper": {Service{Printer: true, Told: told(doctor.PaperOut)}, "[pay.well print.out list.well]"},
		"a silent printer": {Service{Printer: true, Told: told(doctor.PrinterSilent)},
			"[pay.well print.out list.well]"},
		"a silent court":  {Service{System: true, Told: told(doctor.CourtSilent)}, "[pay.well court.silent]"},
		"a silent WeChat": {Service{System: true, Told: told(doctor.WeChatSilent)}, "[pay.silent court.well]"},
		"no network":      {Service{System: true, Told: told(doctor.Network)}, "[pay.silent court.silent]"},
		"some purses":     {Service{Part: true}, "[pay.part list.well]"},
		"closed":          {Service{Closed: closed, Part: true}, "[pay.closed list.well]"},
		"out of hours":    {Service{Closed: closed, Resting: true}, "[pay.rests list.well]"},
		"what is a clerk's": {Service{Printer: true, System: true, Told: told(doctor.Disputed, doctor.Backup)},
			"[pay.well print.well court.well]"},
	}
	for name, tt := range tests {
		var ids []string
		for _, l := range tt.s.Lights() {
			ids = append(ids, l.ID[len("light."):])
			well := l.ID[len(l.ID)-len(".well"):] == ".well"
			if l.Well != well || message.Text(message.English, l.ID) == l.ID {
				t.Errorf("%s: %+v", name, l)
			}
		}
		if got := fmt.Sprint(ids); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
