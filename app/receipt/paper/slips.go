package paper

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// LayoutSlip lays out a slip that is no receipt.
func LayoutSlip(s receipt.Slip, roll Roll) (*Page, error) {
	switch s := s.(type) {
	case receipt.Verification:
		return layoutVerification(s, roll)
	case receipt.Estimate:
		return layoutEstimate(s, roll)
	case receipt.FeeTable:
		return layoutFeeTable(s, roll)
	case receipt.Referral:
		return layoutReferral(s, roll)
	case receipt.RefundRequest:
		return layoutRefundRequest(s, roll)
	case receipt.Sheet:
		return layoutNarrow(s, roll)
	}
	return nil, fmt.Errorf("no layout for a slip of type %T", s)
}

// LayoutVoid lays out what is printed below a slip that was interrupted: that what stands above is void. It says
// nothing of whom the slip was for, and it makes sense when nothing stands above.
func LayoutVoid(roll Roll) (*Page, error) {
	s, err := newSlip("作废", roll)
	if err != nil {
		return nil, err
	}
	s.space(2)
	s.banner("作废 · 作废 · 作废")
	s.space(1.5)
	s.centre("以上内容作废", bold(24))
	s.space(1)
	s.centre("打印中断，以上内容不完整，不作为凭证", regular(10))
	s.centre("请将本纸交给工作人员", bold(11))
	s.space(1.5)
	s.banner("作废 · 作废 · 作废")
	return s.page(""), nil
}

// layoutEstimate lays out what a case would cost, step by step.
func layoutEstimate(e receipt.Estimate, roll Roll) (*Page, error) {
	s, err := newSlip("诉讼费估算单", roll)
	if err != nil {
		return nil, err
	}
	s.head(e.Environment.Mark(), e.Court, "诉讼费估算单")
	s.space(1.5)
	s.boxed("仅供参考 · 以缴费通知书为准")
	s.space(2)
	s.rule(0.5)
	s.row("类别", e.Title)
	s.space(0.5)
	s.centre(e.Law, regular(8.5))
	s.centre(e.Article, regular(8.5))
	s.space(1.5)
	s.rule(0.25)
	for _, step := range e.Steps {
		s.step(step.Label, step.Sum)
	}
	s.space(1.5)
	s.rule(0.25)
	s.space(1)
	s.pair("估算费用", regular(10), e.Fee, bold(20))
	s.space(1.5)
	s.rule(0.25)
	s.printed(e.At, e.Kiosk)
	s.space(1)
	s.rule(0.5)
	s.space(1)
	s.centre("本单不是缴费通知", bold(11))
	s.space(0.5)
	s.centre("确有困难的，可申请缓交、减交、免交", regular(9))
	s.centre("咨询 "+e.Window+" · 热线 "+e.Hotline, regular(9))
	return s.page(e.Environment), nil
}

// layoutVerification lays out the slip of a payment whose outcome is not known.
func layoutVerification(v receipt.Verification, roll Roll) (*Page, error) {
	s, err := newSlip("核实单 "+v.Reference, roll)
	if err != nil {
		return nil, err
	}
	s.head(unrealSlip[v.Environment.Mark()], v.Court, "支付结果核实单")
	s.space(1.5)
	s.boxed("不是付款凭证 · 结果尚未确认")
	s.space(2)
	s.rule(0.5)
	s.row("核实编号", v.Reference)
	s.row("应付金额", v.Amount.Yuan())
	s.row("商户单号", grouped(v.OrderNo))
	s.printed(v.At, v.Kiosk)
	s.space(2)
	if err := s.qr(v.OrderNo); err != nil {
		return nil, err
	}
	s.space(2)
	s.rule(0.5)
	s.space(1)
	s.centre("请不要重复付款", bold(13))
	s.space(0.5)
	s.centre("如已在手机上付款，款项不会丢失。请凭本单到"+v.Window+"或在本机输入同一案号核实。", regular(9.5))
	s.centre("热线 "+v.Hotline, regular(9))
	return s.page(v.Environment), nil
}

// layoutFeeTable lays out what is charged for what.
func layoutFeeTable(t receipt.FeeTable, roll Roll) (*Page, error) {
	s, err := newSlip("诉讼费收费标准", roll)
	if err != nil {
		return nil, err
	}
	s.head(t.Environment.Mark(), t.Court, "诉讼费收费标准")
	s.space(1)
	s.centre(t.Law, regular(8.5))
	s.space(1)
	for _, k := range t.Kinds {
		s.rule(0.25)
		if len(k.Rates) == 1 && k.Rates[0].Label == "" {
			s.step(k.Name, k.Rates[0].Sum)
		} else {
			s.space(0.8)
			s.block(k.Name, bold(9.5), 0, left)
			for _, r := range k.Rates {
				s.step(r.Label, r.Sum)
			}
		}
		s.space(1)
	}
	s.rule(0.5)
	s.space(1)
	s.centre("调解、撤诉、简易程序的案件受理费减半交纳", regular(9))
	s.centre("以缴费通知书为准", bold(11))
	s.space(0.5)
	s.centre("确有困难的，可申请缓交、减交、免交", regular(9))
	s.centre("咨询 "+t.Window+" · 热线 "+t.Hotline, regular(9))
	s.space(1)
	s.printed(t.At, t.Kiosk)
	return s.page(t.Environment), nil
}

// layoutReferral lays out the slip that goes to the window with somebody.
func layoutReferral(r receipt.Referral, roll Roll) (*Page, error) {
	s, err := newSlip("窗口办理单 "+r.Code, roll)
	if err != nil {
		return nil, err
	}
	s.head(unrealSlip[r.Environment.Mark()], r.Court, "窗口办理单")
	s.space(1.5)
	s.boxed("代码 " + r.Code)
	s.space(2)
	s.rule(0.5)
	s.row("事由", r.Title)
	s.row("说明", r.Said)
	s.space(1.5)
	s.rule(0.25)
	for _, f := range r.Read {
		s.row(f.Label, f.Value)
	}
	s.row("本机编号", r.Reference)
	s.row("商户单号", grouped(r.OrderNo))
	s.printed(r.At, r.Kiosk)
	if r.OrderNo != "" {
		s.space(2)
		if err := s.qr(r.OrderNo); err != nil {
			return nil, err
		}
	}
	s.space(2)
	s.rule(0.5)
	s.space(1)
	s.centre("本单不是付款凭证", bold(11))
	s.space(0.5)
	s.centre("请凭本单和通知书到"+r.Window, regular(9))
	s.centre("为保护隐私，案号不完整显示", regular(9))
	s.centre("热线 "+r.Hotline, regular(9))
	return s.page(r.Environment), nil
}

// layoutRefundRequest lays out the form that asks for a payment back: its facts, what its holder fills in, and the way.
func layoutRefundRequest(r receipt.RefundRequest, roll Roll) (*Page, error) {
	s, err := newSlip("退款申请单 "+r.Reference, roll)
	if err != nil {
		return nil, err
	}
	s.head(unrealSlip[r.Environment.Mark()], r.Court, "退款申请单")
	s.space(1.5)
	s.boxed("尚未提交 · 请到窗口申请")
	s.space(2)
	s.rule(0.5)
	s.row("本机编号", r.Reference)
	s.row("案号", r.Case)
	s.row("费用项目", r.Item)
	s.space(1.5)
	s.rule(0.25)
	s.space(1)
	s.pair("实付金额", regular(10), r.Amount.Yuan(), bold(20))
	s.row("此前已退", backBefore(r))
	s.space(1.5)
	s.rule(0.25)
	s.row("支付时间", r.PaidAt.In(payment.China).Format("2006-01-02 15:04:05"))
	s.row("微信支付单号", "尾号 "+r.TransactionID[max(0, len(r.TransactionID)-askedFor):])
	s.printed(r.At, r.Kiosk)
	s.space(2)
	if err := s.qr(cmp.Or(r.Code, r.OrderNo)); err != nil {
		return nil, err
	}
	s.space(1)
	s.centre("窗口扫码可找到这笔付款", regular(8.5))
	s.space(1)
	s.rule(0.5)
	s.space(1)
	s.block("申请原因（由申请人勾选）", bold(9.5), 0, left)
	s.space(0.8)
	for _, reason := range []string{"重复付款", "付错案件或金额", "其他："} {
		s.tick(reason)
	}
	s.space(2)
	s.row("申请人签名", "＿＿＿＿＿＿＿＿＿＿")
	s.space(1)
	s.row("日期", "＿＿＿＿＿＿＿＿＿＿")
	s.space(1.5)
	s.rule(0.25)
	s.below("请携带", "本单、身份证件、付款的手机、缴费通知书；单位付款的，另带单位授权材料")
	s.row("办理窗口", r.Window)
	s.row("服务时间", r.Hours)
	s.row("热线", r.Hotline)
	s.space(1)
	s.rule(0.5)
	s.space(1)
	s.centre("本单不是付款凭证，也不表示已同意退款", bold(10))
	s.space(0.5)
	s.centre("按裁判结果退还诉讼费的，请向承办法官申请", regular(9))
	return s.page(r.Environment), nil
}

// backBefore is what came back of a payment already, as far as it is known.
func backBefore(r receipt.RefundRequest) string {
	switch r.Returned {
	case payment.NothingReturned:
		return ""
	case payment.PartReturned, payment.AllReturned:
		return r.Back.Yuan()
	}
	return "有退款，金额尚不能确认"
}

// head is what a slip begins with: what is unreal about it, whose it is, and what it is.
func (s *slip) head(unreal, court, title string) {
	s.banner(unreal)
	s.space(2)
	s.centre(court, bold(13))
	s.space(1)
	s.centre(title, bold(20))
}

// printed is when and where a slip was printed.
func (s *slip) printed(at time.Time, kiosk string) {
	s.row("打印时间", at.In(payment.China).Format("2006-01-02 15:04:05"))
	s.row("终端", kiosk)
}

// below puts words below their label, from the left.
func (s *slip) below(label, words string) {
	s.space(1)
	f := regular(9.5)
	s.block(label, bold(9.5), 0, left)
	for _, line := range s.lines(words, f, s.roll.width()) {
		s.text(0, s.y, line, f, left)
		s.y += f.height()
	}
	s.space(0.8)
}

// tick is a box to be ticked by hand, and what that means. The font's own box is too thin for the dots of a printer.
func (s *slip) tick(words string) {
	const side, thick = 3.5, 0.25
	f := regular(9.5)
	s.fill(frame(0, math.Round((s.y+(f.height()-side)/2)*dots)/dots, side, side, 0, thick))
	s.text(side+1.5, s.y, words, f, left)
	s.y += f.height() + 1
}

// unrealSlip is what a slip about a payment says where no real money is taken, by its mark.
var unrealSlip = map[string]string{"演示": "演示 · 非真实付款", "测试": "测试 · 不作核实依据"}

// step puts a label, broken where it is too long, and its sum on the last of its lines or below.
func (s *slip) step(label, sum string) {
	l, v := regular(9), regular(10.5)
	s.y += 0.8
	lines := s.lines(s.known(label), l, s.roll.width())
	for i, line := range lines {
		s.text(0, s.y+(v.height()-l.height())/2, line, l, left)
		if last := i == len(lines)-1; !last || s.width(line, l)+s.width(sum, v)+3 > s.roll.width() {
			s.y += l.height()
		}
	}
	s.text(s.roll.width(), s.y, sum, v, right)
	s.y += v.height()
}
