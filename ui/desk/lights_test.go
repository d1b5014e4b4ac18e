package desk_test

import (
	"testing"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/view"
)

// Every way in which a service can stand has words of the desk's own, and what is not well is never called so.
func TestLights(t *testing.T) {
	told := []doctor.Report{nil}
	for _, trouble := range doctor.Catalogue() {
		told = append(told, doctor.Report{{Code: trouble.Code}})
	}
	yes := []bool{false, true}
	seen := make(map[desk.Light]bool)
	for _, report := range told {
		for i := range 32 {
			s := view.Service{Part: yes[i&1], Resting: yes[i>>1&1], Printer: yes[i>>2&1], System: yes[i>>3&1],
				Told: report}
			if yes[i>>4&1] {
				s.Closed = &counter.Refusal{Code: counter.Internal}
			}
			row := desk.LightsOf(s)
			if len(row) != len(s.Lights()) {
				t.Fatalf("%+v has %d lights", s, len(row))
			}
			for n, l := range row {
				if seen[l] = true; l.Word == "不明" || l.Well != s.Lights()[n].Well {
					t.Errorf("%+v: %+v", s, l)
				}
			}
		}
	}
	for _, want := range []desk.Light{{"微信支付", true, "正常"}, {"微信支付", false, "没有回应"}, {"微信支付", false, "暂停"},
		{"凭条打印", false, "暂停"}, {"案件系统", false, "没有回应"}, {"案件系统", true, "正常"}, {"缴费清单", true, "可查"}} {
		if !seen[want] {
			t.Errorf("nothing leads to %+v", want)
		}
	}
}
