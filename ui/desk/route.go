package desk

import (
	"slices"

	"courtkiosk/app/clerk"
)

// A Route is one address of the page: who may use it, and what it does.
type Route struct {
	Pattern string      // "GET /find", as http.ServeMux reads it
	Right   clerk.Right // of the Table of app/clerk; who has it not is told so
	Menu    string      // the path of the menu's line that it belongs to; empty is its own
	Open    bool        // for who is not signed in: the sign-in itself
	Watch   bool        // pages ask for it by themselves: it is no act of a person
	// a form that changes nothing, and may come as often as it likes
	Harmless bool
	Serve    func(*Visit) error
}

// Routes are all of them. Each group of pages has its own list beside its code.
var Routes []Route

func init() { // not in the declaration: pages show the menu, which looks at the routes
	Routes = slices.Concat(signInRoutes, findRoutes, orderRoutes, settleRoutes, workRoutes, refundRoutes, staffRoutes,
		auditRoutes, closingRoutes, exportRoutes, collectRoutes, reconcileRoutes,
		noticeRoutes, explainRoutes, pinRoutes, callRoutes)
}

// An Entry is a line of the menu.
type Entry struct {
	Key   string // Alt and this, the same in every role
	Icon  string
	Name  string
	Path  string
	Right clerk.Right
	Count string // of what waits there: empty of nothing, ? where it cannot be counted now
	Here  bool
}

// menu is every line that the menu may have; one is shown to who has its right, once its page is there.
var menu = []Entry{
	{Key: "1", Icon: "find", Name: "查找", Path: "/find", Right: clerk.Find},
	{Key: "2", Icon: "work", Name: "工作清单", Path: "/work", Right: clerk.SeeWork},
	{Key: "3", Icon: "refund", Name: "退款", Path: "/refunds", Right: clerk.SeeRefunds},
	{Key: "4", Icon: "close", Name: "日结", Path: "/closing", Right: clerk.Trial},
	{Key: "5", Icon: "recon", Name: "对账", Path: "/reconcile", Right: clerk.SeeBills},
	{Key: "6", Icon: "export", Name: "导出", Path: "/export", Right: clerk.Export},
	{Key: "7", Icon: "audit", Name: "审计", Path: "/audit", Right: clerk.SeeAudit},
	{Key: "8", Icon: "notice", Name: "公告", Path: "/notices", Right: clerk.Notices},
	{Key: "0", Icon: "sheet", Name: "收款", Path: "/collect", Right: clerk.Collect},
	{Key: "9", Icon: "staff", Name: "人员", Path: "/staff", Right: clerk.SeeStaff},
}

// routed reports whether a page is there.
func routed(path string) bool {
	return slices.ContainsFunc(Routes, func(r Route) bool { return r.Pattern == "GET "+path })
}
