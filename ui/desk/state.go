package desk

import (
	"strconv"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// A state is how a thing stands: a sign and a word, in a colour that says no more than they do.
type state struct{ Kind, Icon, Word string }

var marks = map[clerk.Mark]state{
	clerk.Disputed:      {"warn", "warn", "金额不符"},
	clerk.Second:        {"warn", "warn", "重复付款"},
	clerk.SomeBack:      {"warn", "warn", "退款金额未知"},
	clerk.PrintDoubtful: {"warn", "warn", "打印存疑"},
	clerk.ReportRefused: {"warn", "warn", "上报被拒"},
	clerk.Answered:      {"warn", "warn", "微信答复不符"},
	clerk.Abnormal:      {"warn", "warn", "退款异常"},
	clerk.Checking:      {"warn", "wait", "核实中"},
	clerk.Unprinted:     {"warn", "warn", "凭证未打印"},
	clerk.Refunding:     {"", "wait", "退款中"},
	clerk.Back:          {"idle", "ok", "已退款"},
	clerk.PartBack:      {"idle", "ok", "部分退款"},
	clerk.IsPaid:        {"ok", "ok", "已付款"},
	clerk.Waiting:       {"", "wait", "等待付款"},
	clerk.Unpaid:        {"idle", "no", "未付款"},
	clerk.Elsewhere:     {"idle", "no", "其他终端"},
}

func stateOf(m clerk.Mark) state { return marks[m] }

// differences are the words for what a bill of WeChat's and the ledger say differently.
var differences = map[payment.DifferenceKind]state{
	"not-at-wechat":      {"warn", "warn", "短款"},
	"not-with-us":        {"warn", "warn", "长款"},
	"not-booked":         {"warn", "warn", "长款"},
	"of-lost-ledger":     {"warn", "warn", "长款"},
	"amount-differs":     {"warn", "warn", "金额不符"},
	"number-differs":     {"warn", "warn", "单号不符"},
	"day-differs":        {"warn", "warn", "日期不符"},
	"revoked":            {"warn", "warn", "微信已撤销"},
	"refund-not-with-us": {"hot", "warn", "台账没有的退款"},
	"refund-differs":     {"warn", "warn", "退款金额不符"},
}

// itemState is the state of a piece of work.
func itemState(i clerk.Item) state {
	if i.Difference.Kind == "" {
		return stateOf(i.Mark)
	}
	s, ok := differences[i.Difference.Kind]
	if !ok {
		s = state{"warn", "warn", "差异"}
	}
	return s
}

func number(n int) string { return strconv.Itoa(n) }
