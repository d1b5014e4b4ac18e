package desk

import (
	"testing"

	"courtkiosk/app/closing"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// What a day leaves open has the sign and the word that it has on the page of its payment, or of its refund.
func TestLeftState(t *testing.T) {
	tests := map[string]struct {
		left closing.Left
		want state
	}{
		"unknown": {closing.Left{Kind: closing.LeftOrder, State: string(payment.Closing)},
			state{"warn", "wait", "核实中"}},
		"disputed": {closing.Left{Kind: closing.LeftOrder, State: string(payment.Disputed)},
			state{"warn", "warn", "金额不符"}},
		"second": {closing.Left{Kind: payment.AttentionSecond}, state{"warn", "warn", "重复付款"}},
		"abnormal": {closing.Left{Kind: closing.LeftRefund, State: string(payment.RefundAbnormal)},
			state{"warn", "warn", "退款异常"}},
		"asked": {closing.Left{Kind: closing.LeftRefund, State: string(payment.RefundAsked)},
			state{"", "wait", "退款待复核"}},
		"doubtful": {closing.Left{Kind: receipt.Effect, State: "doubtful"}, state{"warn", "warn", "打印存疑"}},
		"untold":   {closing.Left{Kind: report.Effect}, state{"", "wait", "未上报案件系统"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			what, _ := tt.left.Says()
			if got := leftState(tt.left, what); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
