package register

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// Every header of a column that may say that money has come is read, or refuses the list once a cell says so.
func TestHeadersOfMoneyAreReadOrRefused(t *testing.T) {
	const paid, refused = "paid", "refused"
	tests := []struct{ header, cell, want string }{
		{"交费状态", "已交", paid}, {"是否缴费", "是", paid}, {"缴费情况", "已缴", paid}, {"缴纳状态", "已缴纳", paid},
		{"收费状态", "已收", paid}, {"支付状态", "已支付", paid}, {"到账状态", "已到账", paid}, {"缴费状态", "已缴清", paid},
		{"是否已交费", "Y", paid}, {"是否缴纳", "已缴", paid}, {"付款状态", "已付", paid}, {"交款情况", "已交款", paid},
		{"缴费标志", "缴清", paid}, {"费用状态", "已付清", paid}, {"是否到账", "√", paid}, {"是否结清", "是", paid},
		{"收款状态", "已收款", paid}, {"支付情况", "支付成功", paid}, {"缴 费\n状 态*", "已 缴", refused},
		{"缴 费\n状 态*", "已缴", paid}, {"Payment Status", "paid", paid}, {"is_paid", "1", paid},
		{"缴费状态", "部分缴纳", refused}, {"交费状态", "已退费", refused}, {"缴费状态", "是", refused},
		{"实缴金额", "2700", refused}, {"缴费日期", "2026-11-23", refused}, {"票据号", "0012345", refused},
		{"实收金额", "2700.00", refused}, {"已缴金额", "100", refused}, {"到账金额", "1", refused},
		{"实际缴费金额", "2700", refused}, {"收款日期", "2026/11/23", refused}, {"支付时间", "2026-11-23 09:30", refused},
		{"到账日期", "46349", refused}, {"票据号码", "A1", refused}, {"收据编号", "7", refused}, {"发票号", "7", refused},
		{"电子票据号码", "7", refused}, {"缴费凭证号", "7", refused}, {"交易流水号", "42000", refused},
		{"微信交易单号", "42000", refused}, {"缴费方式", "微信", refused}, {"支付渠道", "现金", refused},
		{"是否开票", "是", refused}, {"开票日期", "2026-11-23", refused}, {"退费金额", "2700", refused},
		{"paid_at", "2026-11-23", refused}, {"receipt_no", "7", refused},
		{"未缴金额", "0", refused}, {"欠缴金额", "100", refused}, {"未缴金额", "2700", "owed"},
		{"缴费金额", "", refused}, {"缴费备注", "", refused}, {"核销", "", refused}, {"欠费", "100", refused},
		{"办理进度", "已交费（微信）", refused}, {"办理进度", "本案已缴纳", refused}, {"状况", "已付", refused}, {"甲", "付讫", refused},
		{"办理进度", "尚未缴清", "owed"}, {"办理进度", "已收案", "owed"}, {"办理进度", "已交接", "owed"},
		{"备注", "已缴", refused}, {"备注", "请于七日内缴费", "owed"},
		{"实缴金额", "0.00", "owed"}, {"缴费日期", "", "owed"}, {"票据号", "无", "owed"}, {"是否开票", "否", "owed"},
		{"是否缴费", "否", "owed"}, {"支付状态", "待支付", "owed"}, {"收费状态", "未收", "owed"},
		{"收案日期", "2026-11-23", "owed"}, {"收费员", "李四", "owed"}, {"移交日期", "2026-11-23", "owed"},
		{"付款人", "张晓明", "owed"}, {"交费通知书文号", "（2026）京0101缴1号", "owed"}, {"收款账号", "62", "owed"},
		// money that came by another word than 缴
		{"预交金额", "2700", refused}, {"预交诉讼费", "2700", refused}, {"到款日期", "2026-11-23", refused},
		{"是否到款", "是", refused}, {"来款金额", "2700", refused}, {"汇款日期", "2026-11-23", refused},
		{"转账金额", "2700", refused}, {"刷卡", "2700", refused}, {"现金", "2700", refused}, {"微信金额", "2700", refused},
		{"划拨日期", "2026-11-23", refused}, {"扣划金额", "2700", refused}, {"抵扣金额", "100", refused},
		{"执行到位金额", "2700", refused}, {"履行情况", "已履行", refused}, {"是否履行", "是", refused},
		{"清偿金额", "1", refused}, {"是否完费", "是", refused}, {"付清", "√", refused}, {"入库日期", "2026-11-23", refused},
		{"应退金额", "100", refused}, {"电子票号", "7", refused}, {"凭证", "7", refused}, {"POS单号", "7", refused},
		{"商户单号", "7", refused}, {"交易时间", "2026-11-23", refused}, {"pay_time", "2026-11-23", refused},
		{"收到金额", "1", refused}, {"未收", "0", refused}, {"待收", "100", refused}, {"待收", "2700", "owed"},
		{"差额", "100", refused}, {"补交金额", "100", refused}, {"预交金额", "", "owed"}, {"到款日期", "", "owed"},
		{"履行情况", "未履行", "owed"}, {"是否完费", "否", "owed"}, {"履行期限", "七日", "owed"}, {"汇款账号", "62", "owed"},
		{"还款期限", "2026-12-31", "owed"}, {"退款账户", "62", "owed"}, {"结案日期", "2026-11-23", "owed"},
		// what a clerk writes beside it
		{"备注", "已于11月20日缴纳", refused}, {"备注", "已在窗口交费", refused}, {"备注", "已通过银行转账", refused},
		{"备注", "已转账", refused}, {"备注", "已汇款", refused}, {"备注", "已由原告交纳", refused}, {"备注", "已微信支付", refused},
		{"备注", "于2026年11月20日缴纳", refused}, {"备注", "当庭交纳", refused}, {"备注", "11.20交", refused},
		{"备注", "已扫码", refused}, {"备注", "已到款", refused}, {"备注", "交过了", refused}, {"备注", "付了", refused},
		{"备注", "款已到", refused}, {"备注", "费用已结", refused}, {"备注", "本人已付", refused}, {"备注", "已代缴", refused},
		{"备注", "已预交", refused}, {"备注", "已刷卡", refused}, {"备注", "原告已交诉讼费", refused}, {"备注", "已开票", refused},
		{"备注", "已履行完毕", refused}, {"备注", "已扣划", refused}, {"办理进度", "已线上缴", refused},
		{"备注", "已通知，已缴纳", refused}, {"备注", "未减免，已缴", refused}, {"备注", "通知后已缴纳", refused},
		{"备注", "已收到缴费通知书，11月20日已缴", refused}, {"备注", "已收到缴费通知书", "owed"}, {"备注", "尚未核实是否已缴", "owed"},
		{"备注", "已通知缴费", "owed"}, {"备注", "已发缴费通知书", "owed"}, {"备注", "已催缴", "owed"}, {"备注", "已立案", "owed"},
		{"备注", "已告知当事人缴纳", "owed"}, {"备注", "应于11月20日缴纳", "owed"}, {"备注", "限11月20日前缴清", "owed"},
		{"备注", "已申请缓交", "owed"}, {"备注", "已减半收取", "owed"}, {"备注", "已送达，待缴", "owed"}, {"备注", "已交材料", "owed"},
		{"备注", "已收到起诉状", "owed"}, {"备注", "已履行告知义务", "owed"}, {"备注", "已判决，应缴2700元", "owed"},
		{"备注", "已通知未缴", "owed"}, {"备注", "11月20日通知缴费", "owed"}, {"备注", "扫码缴费", "owed"},
		{"承办人", "王五", "owed"}, {"收费标准", "财产案件", "owed"}, {"执收单位编码", "101", "owed"}, {"序号", "1", "owed"},
	}
	for _, tt := range tests {
		t.Run(tt.header+" "+tt.cell, func(t *testing.T) {
			list := "案号,费用项目,金额,\"" + tt.header + "\"\n（2026）京0101民初1号,案件受理费,2700," + tt.cell + "\n"
			bills, err := Read(strings.NewReader(list), now)
			got := refused
			switch {
			case err == nil && bills[0].Settled:
				got = paid
			case err == nil && bills[0].Payable():
				got = "owed"
			}
			if got != tt.want {
				t.Errorf("%s, want %s (%v)", got, tt.want, err)
			}
			if bad, ok := errors.AsType[*Refused](err); err != nil && (!ok || bad.Rows[0].Column == "") {
				t.Errorf("the refusal names no column: %v", err)
			}
		})
	}
}

// A row that says itself that it is paid or withdrawn may have a receipt's number.
func TestWhatIsPaidMayHaveAReceipt(t *testing.T) {
	for _, said := range []string{"已缴", "撤销"} {
		list := "案号,费用项目,金额,缴费状态,票据号\n（2026）京0101民初1号,案件受理费,2700," + said + ",0012345\n"
		if _, err := Read(strings.NewReader(list), now); err != nil {
			t.Errorf("%s: %v", said, err)
		}
	}
}

func TestHeadersOfDeadlinesAndCodesAreRead(t *testing.T) {
	for _, header := range []string{"缴费截止日期", "最后缴费日期", "交费截止日期", "缴纳期限", "付款期限", "支付截止时间", "最迟交费日期", "限缴日期",
		"缴费到期日", "截止时间", "交费期限"} {
		list := "案号,费用项目,金额," + header + "\n（2026）京0101民初1号,案件受理费,2700,2026-11-30\n"
		if bills, err := Read(strings.NewReader(list), now); err != nil || bills[0].Deadline.IsZero() {
			t.Errorf("%s: %v", header, err)
		}
	}
	for _, header := range []string{"缴费识别码", "缴款识别号", "交款识别码", "缴费识别号", "交费码", "支付码", "缴款码"} {
		list := "案号,费用项目,金额," + header + "\n（2026）京0101民初1号,案件受理费,2700,1100012026000001\n"
		if bills, err := Read(strings.NewReader(list), now); err != nil || bills[0].Code == "" {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// What the configuration names is passed over, whatever it says; what it does not name, is named.
func TestIgnoredColumns(t *testing.T) {
	const list = "案号,费用项目,金额,票据号,缴费备注,办理进度,承办人\n（2026）京0101民初1号,案件受理费,2700,77,已缴,已交费,王五\n"
	meant := []string{" 票据号", "缴费备注", "办理进度"}
	got, err := read(t.Context(), full, strings.NewReader(list), now, meant)
	if err != nil || len(got.bills) != 1 || !slices.Equal(got.ignored, []string{"承办人"}) {
		t.Errorf("ignored %v, %v", got.ignored, err)
	}
	for i := range meant {
		others := slices.Delete(slices.Clone(meant), i, i+1)
		if _, err := read(t.Context(), full, strings.NewReader(list), now, others); err == nil {
			t.Errorf("taken without %s", meant[i])
		}
	}
}

// The headers that the program writes and documents are read, each as itself.
func TestOwnHeadersAreRead(t *testing.T) {
	for header, want := range headers {
		if got, ok := columnOf(header); !ok || got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	for _, f := range fields {
		if _, ok := columnOf(f.header); !ok {
			t.Errorf("%s of the template is not read", f.header)
		}
	}
}

// What names a fiscal receipt is read of a bill that is paid; beside one that is due it says that money has come.
func TestFiscalReceipts(t *testing.T) {
	const head = "案号,费用项目,金额,缴费状态,财政票据代码,财政票据号码,财政票据校验码,财政票据日期\n"
	read := func(rest string) ([]bill.Bill, error) {
		return Read(strings.NewReader(head+"（2026）京0101民初12345号,案件受理费,2700.00,"+rest+"\n"), now)
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, payment.China)
	whole := bill.Fiscal{Code: "11010126", Number: "0012345678", Check: "a1b2c3", Issued: day}
	for rest, want := range map[string]bill.Fiscal{
		"已缴,11010126,0012345678,a1b2c3,2026-11-24": whole,
		"已缴,,0012345678,,":                         {Number: "0012345678"},
		"已缴,,,,":                                   {},
		"已缴,无,无,—,":                                {},
		"已缴,11010126,待补,,":                         {},
		"未缴,,,,":                                   {},
		"未缴,,无,,":                                  {},
	} {
		if got, err := read(rest); err != nil || len(got) != 1 || got[0].Fiscal != want {
			t.Errorf("%s: %+v, %v", rest, got, err)
		}
	}
	for _, rest := range []string{"未缴,,0012345678,,", ",11010126,,,", "未缴,,,,2026-11-24"} {
		if got, err := read(rest); err == nil {
			t.Errorf("%s is due: %+v", rest, got)
		}
	}
}
