package view

import (
	"fmt"
	"strconv"

	"courtkiosk/app/fee"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// FeeTable is the newest fee schedule as it is printed, in Chinese.
func FeeTable() receipt.FeeTable {
	var t receipt.FeeTable
	t.Law = fee.Law()
	names := make(map[fee.Kind]string)
	for _, r := range fee.Kinds() {
		names[r.Kind] = r.Name
		t.Kinds = append(t.Kinds, receipt.FeeKind{Name: r.Name, Rates: rates(r, names)})
	}
	return t
}

// rates are what a line of the schedule charges.
func rates(r fee.Rule, names map[fee.Kind]string) (list []receipt.Step) {
	say := func(label, sum string) { list = append(list, receipt.Step{Label: label, Sum: sum}) }
	switch {
	case len(r.Base) == 2 && r.Base[1] == 0:
		say("", "不交纳")
	case r.Ranged():
		say("", fmt.Sprintf("每件%d至%d元", r.Base[0], r.Base[1]))
	case len(r.Base) == 2:
		say("", fmt.Sprintf("每件%d元", r.Base[0]))
	}
	var over int64
	for _, b := range r.Bands {
		say(band(over, b.To), rate(b.Flat, b.Permille))
		over = b.To
	}
	switch {
	case r.Of == "":
	case r.Part == 0:
		say("", "按"+names[r.Of]+"标准")
	default:
		say("", "按"+names[r.Of]+"的"+map[int64]string{2: "一半", 3: "三分之一"}[r.Part])
	}
	if r.Cap > 0 {
		say("最多", wan(r.Cap))
	}
	if len(list) > 1 && list[0].Label == "" {
		list[0].Label = "标准"
	}
	return list
}

// band names a part of an amount.
func band(over, to int64) string {
	switch {
	case over == 0:
		return "不超过" + wan(to)
	case to == 0:
		return "超过" + wan(over) + "的部分"
	}
	return "超过" + wan(over) + "至" + wan(to) + "的部分"
}

func rate(flat, permille int64) string {
	switch {
	case flat > 0:
		return strconv.FormatInt(flat, 10) + "元"
	case permille > 0:
		return percent(permille)
	}
	return "不另交"
}

// wan writes yuan as courts do: 10万元, 1,000元.
func wan(yuan int64) string {
	if yuan >= 10_000 && yuan%10_000 == 0 {
		return strconv.FormatInt(yuan/10_000, 10) + "万元"
	}
	return round(payment.Fen(yuan * 100))[len("¥"):] + "元"
}
