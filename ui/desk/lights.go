package desk

import "courtkiosk/ui/view"

// lights are the words for how a part of the service stands, by view's name for that.
var lights = map[string]Light{
	"light.pay.well":     {Name: "微信支付", Word: "正常"},
	"light.pay.rests":    {Name: "微信支付", Word: "非服务时间"},
	"light.pay.closed":   {Name: "微信支付", Word: "暂停"},
	"light.pay.silent":   {Name: "微信支付", Word: "没有回应"},
	"light.pay.part":     {Name: "微信支付", Word: "部分款项暂停"},
	"light.print.well":   {Name: "凭条打印", Word: "正常"},
	"light.print.out":    {Name: "凭条打印", Word: "暂停"},
	"light.court.well":   {Name: "案件系统", Word: "正常"},
	"light.court.silent": {Name: "案件系统", Word: "没有回应"},
	"light.list.well":    {Name: "缴费清单", Word: "可查"},
}

// LightsOf puts how the service stands into the row that a page shows.
func LightsOf(s view.Service) (row []Light) {
	for _, l := range s.Lights() {
		light, ok := lights[l.ID]
		if !ok {
			light = Light{Name: l.ID, Word: "不明"} // never silently well
		}
		light.Well = ok && l.Well
		row = append(row, light)
	}
	return row
}
