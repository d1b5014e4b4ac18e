package desk

import (
	"strconv"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
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
	clerk.Called:        {"warn", "call", "呼叫窗口"},
	clerk.CallMissed:    {"warn", "wait", "呼叫未应答"},
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
	reconcile.NotAtWeChat:       {"warn", "warn", "短款"},
	reconcile.NotWithUs:         {"warn", "warn", "长款"},
	reconcile.NotBooked:         {"warn", "warn", "长款"},
	reconcile.OfLostLedger:      {"warn", "warn", "长款"},
	reconcile.AmountDiffers:     {"warn", "warn", "金额不符"},
	reconcile.NumberDiffers:     {"warn", "warn", "单号不符"},
	reconcile.DayDiffers:        {"warn", "warn", "日期不符"},
	reconcile.Revoked:           {"warn", "warn", "微信已撤销"},
	reconcile.RefundNotWithUs:   {"hot", "warn", "台账没有的退款"},
	reconcile.RefundDiffers:     {"warn", "warn", "退款金额不符"},
	reconcile.RefundNotAtWeChat: {"warn", "warn", "退款未入账单"},
	reconcile.FundsDiffer:       {"warn", "warn", "资金流水不符"},
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

// howMany is how many things wait; empty of none.
func howMany(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}
