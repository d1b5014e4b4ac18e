package view

import (
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/holiday"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// A Sample is a screen with canned data, for the gallery and the golden pictures.
type Sample struct {
	Name   string
	Frame  Frame
	Screen Screen
}

// SampleFrame is what the samples share: a Monday in November.
func SampleFrame(lang message.Lang) Frame {
	f := Frame{Now: time.Date(2026, 11, 23, 14, 32, 0, 0, payment.China), Hotline: "12368", Kiosk: "03",
		Version: "0.1.0", Voice: true,
		Paper:   Names{Court: "北京市东城区人民法院", Window: "2号窗口", Cash: "2号窗口"},
		English: Names{Court: "Beijing Dongcheng District People's Court", Window: "Window 2", Cash: "Window 2"}}
	return f.In(lang)
}

// SampleHours are the hours of the samples' court: it rests at noon and at weekends.
func SampleHours() (h holiday.Hours) {
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = []holiday.Span{{From: 9 * 60, To: 12 * 60}, {From: 13*60 + 30, To: 17 * 60}}
	}
	return h
}

// Samples returns every screen with canned data.
func Samples(lang message.Lang) []Sample {
	f := SampleFrame(lang)
	paid := f
	paid.Purse = "litigation"
	fine := f
	fine.Purse = "fine"
	idle := f
	idle.IdleLeft = 12
	demo := f
	demo.Mark = "演示"
	demoPaid := demo
	demoPaid.Purse = "litigation"
	heard := paid // by somebody who does not see it
	heard.Alone, heard.ShortMM = true, 268
	entry := NewEntry([]string{"京0101", "京0105", "京0491"}, 2026)
	entry.Serial = "1234"
	picking, more := entry, entry
	picking.Part = "year"
	more.More = true
	court := entry
	court.Part = "court"
	long := entry
	long.Type, long.Serial = "协外认", "12345678"
	say := func(id string, pairs ...string) string {
		return message.Text(lang, id, append(pairs, "window", f.Window)...)
	}
	const number, reference = "（2026）京0101民初12345号", "ZF-0101-03-261123-0087"
	payee := f.Payee(f.Paper.Court)
	rows := []Row{
		{say("fee.case"), number}, {say("fee.cause"), Term(lang, "买卖合同纠纷")}, {say("fee.payer"), "张*明"},
		{say("fee.payee"), payee},
		{say("fee.deadline"), Deadline(lang, time.Date(2026, 11, 30, 0, 0, 0, 0, payment.China), false, f.Now)},
		{say("fee.purse"), say("pursename.litigation")},
	}
	item := func(chinese string) string { return Term(lang, chinese) }
	fee := Fee{Rows: rows, Item: item("案件受理费"), Note: Remark(lang, "普通程序 · 标的额 120,000.00 元"), Amount: "¥2,700.00",
		Capitals: Capitals(lang, 270000)}
	quiet := fee // of a cause that stands on no screen
	quiet.Rows = append([]Row{rows[0]}, rows[2:]...)
	changed := fee
	changed.Amount, changed.Capitals, changed.Changed = "¥2,800.00", Capitals(lang, 280000),
		say("fee.changed", "amount", "¥2,800.00")
	unprinted := fee
	unprinted.Printer = say("fee.noprinter", "printer", say("printer.paper-out"))
	huge := fee
	huge.Item, huge.Amount, huge.Capitals = item("设立海事赔偿责任限制基金申请费"), "¥9,999,999,999.99", Capitals(lang, 999999999999)
	pay := Pay{Amount: "¥2,700.00", Payee: payee, Case: number, QR: "weixin://wxpay/bizpayurl?pr=S00000001z",
		Left: 272, Total: 300, State: say("pay.waiting"), Note: say("pay.waiting.note"), Calm: true}
	offline, demoPay := pay, pay
	offline.State, offline.Note, offline.Calm = say("pay.offline"), say("pay.offline.note"), false
	demoPay.Demo = true
	helpPay := pay
	helpPay.Help = true
	done := Done{Amount: "¥2,700.00", Rows: []Row{
		{say("fee.case"), number}, {say("done.item"), item("案件受理费")}, {say("done.time"), "2026-11-23 14:33:07"},
		{say("done.wechat"), "4200 0026 1120 2611 2312 3456 7890"}, {say("done.ref"), reference},
	}, Print: say("print.busy"), Left: 18}
	printed, trouble, doubt := done, done, done
	returned := done
	returned.Returned, returned.Found, returned.Again = true, true, true
	returned.Print, returned.Printed = say("print.printed"), true
	printed.Print, printed.Printed, printed.Again = say("print.printed"), true, true
	found := printed
	found.Found = true
	trouble.Print, trouble.Trouble = say("print.trouble", "printer", say("printer.paper-out")), true
	doubt.Print, doubt.Trouble = say("print.doubt", "printer", say("printer.silent")), true
	trouble.Code = "CRT1.AEJZ4OKA42YL2EFDXSH5QBQ7566IQMRQGI3O7PEJ4S5KYMBRGAY6NMER4WEJ2MJSGM2DLZMPW4MFAWRNGAYTAMJNGAZ" +
		"S2MRWGEYTEMZNGAYDAMBYG4ODIMRQGAYDAMRWGEYTEMBSGYYTCMRTGEZDGNBVGY3TQOJQLRWEQUKRQI6CITE5F3HYBTCD6IYCTIQEHA2DSO" +
		"4QND74T2EBG2TRPGR7QG5V5NP3UVQPZT7FNBJSX7646HXHQREGOP6MZJTXXSIH4CI"
	doubt.Code, printed.Code = trouble.Code, trouble.Code
	next := printed
	next.Next = Said(item("申请执行费")) + "　¥1,450.00"
	calc := Calculator{Kind: "property", Yuan: "120000", Half: true}
	choices := []Choice{
		{Title: item("申请执行费"), Note: say("pursename.litigation"), Amount: "¥1,450.00", Open: true},
		{Title: item("执行款"), Note: say("pursename.execution"), Amount: "¥103,333.33", Open: true},
		{Title: item("财产保全申请费"), Note: say("pursename.litigation"), Amount: "¥1,020.00", State: say("state.paid")},
	}
	many := []Choice{choices[0], choices[1], choices[1], choices[2], choices[2]}
	many[2].State = say("state.elsewhere")
	samples := []Sample{
		{"attract", f, Attract{
			Hours: weekHours(SampleHours()), Notices: []string{"15:30后现金请到3号窗口\nCash at Window 3 after 15:30"},
			Lights: Service{Printer: true, System: true}.Lights()}},
		{"attract-plain", f, Attract{Lights: Service{Printer: true}.Lights()}},
		{"attract-troubled", f, Attract{Hours: weekHours(SampleHours()), Notices: []string{
			"今天下午三点起系统维护，请提前办理交费；急需交费的，请到2号窗口。",
			"二楼诉讼服务中心搬到一楼东侧，请由东门进入。\nThe service hall has moved to the east side of the ground floor.",
			"15:30后现金请到3号窗口"},
			Lights: Service{Printer: true, System: true, Told: doctor.Report{{Code: doctor.WeChatSilent},
				{Code: doctor.CourtSilent}, {Code: doctor.PaperOut}}}.Lights()}},
		{"home", f, Home{}},
		{"home-closed", f, Home{Closed: ClockWrong.Words(lang, "window", f.Window).Sentence, Code: "S-03"}},
		{"home-no-paper", f, NewHome(f, nil, doctor.Report{{Code: doctor.PaperOut}})},
		{"home-near-end", f, NewHome(f, nil, doctor.Report{{Code: doctor.PaperNearEnd}})},
		{"home-rests", f, Home{}.Shut(f, SampleHours(), f.Now.Add(3*time.Hour))},
		{"home-demo", demo, Home{}},
		{"home-idle", idle, Case{Entry: entry}},
		{"case", f, Case{Entry: entry}},
		{"case-long", f, Case{Entry: long, Wrong: CaseRest.Words(lang).Title}},
		{"case-wrong", f, Case{Entry: entry, Wrong: CaseSerial.Words(lang).Title}},
		{"case-year", f, Case{Entry: picking}},
		{"case-types", f, Case{Entry: more}},
		{"case-court", f, Case{Entry: court}},
		{"working", f, Working{At: 1, Title: say("wait.case")}},
		{"working-long", paid, Working{At: 3, Title: say("wait.code"), Note: say("wait.long"), Leave: true}},
		{"bills", f, Bills{Case: "（2026）京0101执4410号", Count: 3, Choices: choices}},
		{"case-find", f, Case{Entry: entry, Finding: true}},
		{"bills-find", f, Bills{Case: number, Count: 2, Finding: true, Choices: []Choice{
			{Title: item("案件受理费"), Note: say("pursename.litigation"), Amount: "¥2,700.00", State: say("state.paid"),
				Open: true},
			{Title: item("财产保全申请费"), Note: say("pursename.litigation"), Amount: "¥1,020.00", State: say("state.paid"),
				Open: true},
		}}},
		{"bills-many", f, Bills{Case: "（2026）京0101执4410号", Count: 8, Choices: many, More: true}},
		{"fee", paid, fee},
		{"fee-quiet", paid, quiet},
		{"fee-changed", paid, changed},
		{"fee-no-paper", paid, unprinted},
		{"fee-huge", fine, huge},
		{"pay", paid, pay},
		{"pay-offline", paid, offline},
		{"pay-demo", demoPaid, demoPay},
		{"pay-alone", heard, pay},
		{"pay-help", paid, helpPay},
		{"done", paid, done},
		{"done-printed", paid, printed},
		{"done-next", paid, next},
		{"done-returned", paid, returned},
		{"done-found", f, found},
		{"done-trouble", paid, trouble},
		{"done-doubt", paid, doubt},
		{"verify", paid, Verify{Sentence: say("verify.text"), Emphasis: say("verify.twice"), Reference: reference,
			Printable: true}},
		{"proof", f, Proof{Number: number, Digits: "4567"}},
		{"proof-whole", f, Proof{Number: number, Digits: "567890"}},
		{"proof-wrong", f, Proof{Number: number, Wrong: ProofWords(lang, 3, 0), Left: 3, Wait: 10}},
		{"proof-soon", f, Proof{Number: number, Digits: "567890", Wrong: ProofWords(lang, 3, 7), Left: 3, Wait: 7}},
		{"proof-refund", f, Proof{Number: number, Digits: "4567", Refund: true}},
		{"proof-order", f, Proof{Number: Called(lang, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}},
		{"help", f, Help{Hours: ServiceHours(lang, SampleHours())}},
		{"help-unsure", f, Help{Topic: 1, Hours: ServiceHours(lang, SampleHours())}},
		{"help-receipt", f, Help{Topic: 2}},
		{"help-twice", f, Help{Topic: 3}},
		{"help-refund", f, Help{Topic: 4}},
		{"help-password", f, Help{Topic: 5}},
		{"help-cheats", f, Help{Topic: 6}},
		{"help-kept", f, Help{Topic: 7}},
		{"help-ways", f, Help{Topic: WaysTopic}},
		{"help-ways-printed", f, Help{Topic: WaysTopic, Slip: say("help.printed")}},
		{"help-ways-unprinted", f, Help{Topic: WaysTopic, Slip: say("help.noprint")}},
		{"calc", f, calc.Screen(lang)},
		{"calc-empty", f, NewCalculator().Screen(lang)},
		{"calc-range", f, Calculator{Kind: "divorce", Yuan: "1000000"}.Screen(lang)},
		{"calc-by-case", f, Calculator{Kind: "labour"}.Screen(lang)},
		{"calc-most", f, Calculator{Kind: "property", Yuan: "99999999999"}.Screen(lang)},
		{"calc-steps", f, calc.Steps(lang)},
		{"calc-steps-long", f, Calculator{Kind: "property", Yuan: "99999999999", Half: true}.Steps(lang)},
	}
	stopped := func(why Reason) Notice {
		n := NewNotice(f, why)
		n.Printable = true
		n.Rows = []Row{{say("fee.case"), MaskedCase(number)}, {say("done.item"), item("案件受理费")}}
		return n
	}
	asked, sent, unprintable := stopped(Disputed), stopped(Disputed), stopped(Disputed)
	asked.Slip, asked.Printable = say("wait.print"), false
	sent.Slip, sent.Printable = say("notice.slipped"), false
	unprintable.Slip = say("notice.noslip", "code", unprintable.Words.Code)
	none := unprintable
	none.Printable = false
	samples = append(samples, Sample{"slip-asked", f, asked}, Sample{"slip-sent", f, sent},
		Sample{"slip-failed", f, unprintable}, Sample{"slip-no-printer", f, none})
	for _, why := range []Reason{
		NotFound, NothingOwed, BillSettled, MissingBill, Paid, Elsewhere, PaidElsewhere, Returned, Disputed,
		ChangedAfter, Resting, Expired, Cancelled, Unreachable, KeysRefused, KeyMissing, IDTwice, ScanUnknown,
		ScanStrange, PhoneCode, Settled, Stopped,
		CourtSilent, OtherCourt, TooManyTries, OutOfHours, NoPayment, Unbelieved, NotHere,
		Internal,
	} {
		n := stopped(why)
		switch why {
		case Paid:
			n.Rows = append(n.Rows, Row{say("done.time"), "2026-11-23 14:33:07"}, Row{say("pay.amount"), "¥2,700.00"})
		case ScanUnknown, ScanStrange:
			n.Rows = []Row{AboutScan(lang, 26)}
		case PhoneCode, KeysRefused, KeyMissing, IDTwice:
			n.Rows = nil
		case TooManyTries:
			n.Rows = []Row{{say("about.order"), MaskedEnd("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}}
		case OutOfHours:
			n.Rows = HourRows(lang, SampleHours(), f.Now.Add(3*time.Hour))
		case NotFound, CourtSilent:
			n.Rows = n.Rows[:1]
		case OtherCourt:
			n.Rows = About(f, caseno.Number{Year: 2019, Court: "京0105", Type: "民初", Serial: "12345"}, "京0101", f.Now)
		}
		samples = append(samples, Sample{n.Name(), f, n})
	}
	return append(samples, whereSamples(f)...)
}

// whereSamples are a payment that is looked for, in each state that it can have.
func whereSamples(f Frame) (samples []Sample) {
	const number, order = "（2026）京0101民初12345号", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	before := f.Now.AddDate(0, 0, -3)
	owed, busy := counter.Owed{State: payment.Owed}, counter.Owed{State: payment.Handed, Times: 1}
	done := counter.Owed{State: payment.Done, Since: before.Add(9 * time.Second), Times: 1, Known: true}
	copied, sent, struck := done, done, done
	copied.Times, sent.Known, struck.Known = 3, false, false
	held, doubt := counter.Owed{State: payment.Held}, counter.Owed{State: payment.Doubtful, Times: 2}
	paid := counter.Where{State: payment.Paid, PaidAt: before, Receipt: done, Report: done}
	with := func(change func(w *counter.Where)) counter.Where { w := paid; change(&w); return w }
	for _, s := range []struct {
		name, number string
		w            counter.Where
	}{
		{"", order, paid},
		{"-now", number, counter.Where{State: payment.Paid, PaidAt: f.Now, Receipt: busy, Report: owed}},
		{"-owed", number, counter.Where{State: payment.Paid, PaidAt: f.Now, Receipt: owed, Report: doubt}},
		{"-shown", number, with(func(w *counter.Where) { w.Proven, w.Receipt = true, copied })},
		{"-sent", order, with(func(w *counter.Where) { w.Receipt, w.Report = sent, struck })},
		{"-held", number, with(func(w *counter.Where) { w.Receipt, w.Report = doubt, held })},
		{"-returned", number, with(func(w *counter.Where) {
			w.Receipt, w.Returned, w.Said = copied, payment.SomeReturned, f.Now
		})},
		{"-returned-part", number, with(func(w *counter.Where) {
			w.Returned, w.Said = payment.PartReturned, f.Now
		})},
		{"-followed", number, with(func(w *counter.Where) {
			w.Proven, w.Receipt, w.Matched = true, copied, before
			w.Fiscal = counter.Fiscal{Issued: true, Day: f.Now, Number: "0012345678", Code: "11010126", Check: "a1b2c3"}
			w.Refund = counter.Refund{State: payment.RefundAccepted, Asked: f.Now, Sent: f.Now}
		})},
		{"-refund-asked", number, with(func(w *counter.Where) {
			w.Refund = counter.Refund{State: payment.RefundAsked, Asked: f.Now}
		})},
		{"-refund-abnormal", number, with(func(w *counter.Where) {
			w.Fiscal.Issued = true
			w.Refund = counter.Refund{State: payment.RefundAbnormal, Asked: f.Now, Sent: f.Now}
		})},
		{"-returned-all", number, with(func(w *counter.Where) { w.Returned, w.Said = payment.AllReturned, f.Now })},
		{"-open", order, counter.Where{State: payment.Closing}},
		{"-none", order, counter.Where{State: payment.Closed}},
		{"-there", number, counter.Where{State: payment.Foreign, Elsewhere: true, PaidAt: before}},
		{"-other", number, counter.Where{State: payment.Foreign}},
		{"-window", number, counter.Where{State: payment.Disputed, PaidAt: before}},
	} {
		samples = append(samples, Sample{"where" + s.name, f, NewWhere(f, s.number, s.w)})
	}
	slipped, failed := NewWhere(f, number, paid), NewWhere(f, number, paid)
	slipped.Request, slipped.Slip = false, message.Text(f.Lang, "where.slipped", "window", f.Window)
	failed.Slip = message.Text(f.Lang, "where.noslip", "window", f.Window)
	return append(samples, Sample{"where-slipped", f, slipped}, Sample{"where-noslip", f, failed})
}
