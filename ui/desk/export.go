package desk

import (
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/export"
	"courtkiosk/payment"
)

// A form that exports changes nothing but the audit, and may come as often as it likes: each file that leaves is told.
var exportRoutes = []Route{
	{Pattern: "GET /export", Right: clerk.Export, Serve: exportPage},
	{Pattern: "POST /export", Right: clerk.Export, Harmless: true, Serve: exportFile},
	{Pattern: "GET /export/audit", Menu: "/audit", Right: clerk.ExportAudit, Serve: exportPage},
	{Pattern: "POST /export/audit", Menu: "/audit", Right: clerk.ExportAudit, Harmless: true, Serve: exportFile},
	{Pattern: "GET /export/month", Menu: "/export", Right: clerk.SeeMonth, Serve: monthFile},
}

// An exportView is what the export page shows.
type exportView struct {
	Title    string
	Kinds    []exportKind
	Action   string
	From, To string
	Month    string // whose sheet is offered; empty is none
}

type exportKind struct{ Value, Name, Holds string }

func exportPage(v *Visit) error {
	today := now()
	p := exportView{
		Title: "导出", Action: v.R.URL.Path, From: today.AddDate(0, 0, -1).Format(time.DateOnly),
		To: today.AddDate(0, 0, -1).Format(time.DateOnly),
		Kinds: []exportKind{
			{clerk.ExportPayments, "收款", "按微信支付时间，每笔付款一行：三个单号、款项、案号、实收、已退、交款人（个人姓名遮蔽）"},
			{clerk.ExportOrders, "订单", "按开单时间，含未付款的"},
			{clerk.ExportRefunds, "退款", "期间有变化的退款：申请、复核、提交、到账"},
			{clerk.ExportDifferences, "对账差异", "按账单日，含处理结果"},
		},
	}
	if v.route.Right == clerk.ExportAudit {
		p.Title, p.Kinds = "导出审计", []exportKind{{clerk.ExportedAudit, "审计记录", "按记录时间，每条一行，含链式校验值"}}
	} else if v.Clerk.Has(clerk.SeeMonth) {
		p.Month = today.AddDate(0, 0, -today.Day()).Format("2006-01")
	}
	return v.Show("export", p.Title, p)
}

func exportFile(v *Visit) error {
	v.Back = v.R.URL.Path
	form := v.R.PostForm
	from, err1 := time.ParseInLocation(time.DateOnly, form.Get("from"), payment.China)
	to, err2 := time.ParseInLocation(time.DateOnly, form.Get("to"), payment.China)
	if err1 != nil || err2 != nil {
		return export.ErrRange
	}
	what := form.Get("what")
	if (what == clerk.ExportedAudit) != (v.route.Right == clerk.ExportAudit) {
		return clerk.ErrExport
	}
	c, err := v.prove()
	if err != nil {
		return err
	}
	f, err := v.Desk.Export(v.Context(), c, what, export.Format(form.Get("format")), export.Range{From: from, To: to})
	if err != nil {
		return err
	}
	kind := "text/csv; charset=utf-8"
	if form.Get("format") == string(export.XLSX) {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	v.send(f.Name, kind, f.Data, false)
	return nil
}

// monthFile is the sheet of a month, as a file.
func monthFile(v *Visit) error {
	v.Back = "/export"
	of, err := time.ParseInLocation("2006-01", v.R.URL.Query().Get("of"), payment.China)
	if err != nil {
		return export.ErrRange
	}
	s, err := v.Desk.Month(v.Context(), v.Clerk, of)
	if err != nil {
		return err
	}
	file, err := v.Desk.PDF(v.Context(), s)
	if err != nil {
		return err
	}
	v.send(s.Number+".pdf", "application/pdf", file, true)
	return nil
}
