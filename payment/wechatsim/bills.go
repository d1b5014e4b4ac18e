package wechatsim

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The bills of a day: of trade, and of the account's money.
const (
	tradeBill = "trade bill"
	fundBill  = "fund bill"
	download  = "download"
)

// What the pages say of bills (pay.weixin.qq.com/docs/merchant/apis/bill-download/trade-bill/get-trade-bill.html).
const (
	billsFrom   = 10 // o'clock in Beijing
	billsMonths = 3
	billLife    = 5 * time.Minute // of its address
)

const (
	tradeHead = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
		"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	tradeFoot = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	fundHead  = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
	fundFoot  = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
)

// A file is a bill that waits to be downloaded.
type file struct {
	mchID string
	data  []byte
	at    time.Time
}

// Rewrite changes the text of every bill that is made from now on, before it is hashed; trade tells which bill it is,
// and an empty text is a day without one. nil makes true bills again.
func (s *Sim) Rewrite(change func(trade bool, text string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rewrite = change
}

// PayElsewhere adds a payment that other machines or apps of a merchant took: PaidAt and TransactionID are given
// where they are empty.
func (s *Sim) PayElsewhere(o Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	o.State = Success
	if o.PaidAt.IsZero() {
		o.PaidAt = time.Now()
	}
	o.TransactionID = cmp.Or(o.TransactionID, fmt.Sprintf("4200%06d%s%010d", s.serial, o.PaidAt.Format("20060102"),
		s.serial))
	o.PaidTotal, o.Currency = cmp.Or(o.PaidTotal, o.Total), cmp.Or(o.Currency, "CNY")
	s.orders[name{o.MchID, o.No}] = &o
	s.notify()
}

// PartOutside is the court refunding a part of a payment in the merchant platform, which gives it a number.
func (s *Sim) PartOutside(no, refundNo string, sum int64) error {
	return s.change(no, func(o *Order, now time.Time) error {
		if !o.paid() {
			return ErrNotPaid
		}
		s.outside(o, refundNo, sum, now)
		return nil
	})
}

// outside notes a refund that the merchant platform made; s.mu is held.
func (s *Sim) outside(o *Order, refundNo string, sum int64, now time.Time) {
	s.serial++
	o.State = Refund
	o.outside += sum
	s.platform = append(s.platform, Back{No: refundNo, Order: o.No, MchID: o.MchID, Sum: sum, State: Arrived, At: now,
		ArrivedAt: now, ID: fmt.Sprintf("5031%06d%s%012d", s.serial, now.Format("20060102"), now.UnixNano()%1e12)})
}

// bill answers where the bill of a day is, and the hash of what it says.
func (s *Sim) bill(m Merchant, op string, r *http.Request) *answer {
	q, now := r.URL.Query(), time.Now().In(beijing)
	day, err := time.ParseInLocation(time.DateOnly, q.Get("bill_date"), beijing)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, beijing)
	switch {
	case err != nil || !day.Before(today) || day.Before(today.AddDate(0, -billsMonths, 0)):
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_date")
	case op == tradeBill && !slices.Contains([]string{"", "ALL"}, q.Get("bill_type")),
		op == fundBill && !slices.Contains([]string{"", "BASIC"}, q.Get("account_type")),
		!slices.Contains([]string{"", "GZIP"}, q.Get("tar_type")):
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_type, account_type, tar_type")
	case day.Equal(today.AddDate(0, 0, -1)) && now.Hour() < billsFrom:
		return refuse(http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中")
	}
	text := s.fundText(m, day)
	if op == tradeBill {
		text = s.tradeText(m, day)
	}
	if s.rewrite != nil {
		text = s.rewrite(op == tradeBill, text)
	}
	if text == "" {
		return refuse(http.StatusBadRequest, "NO_STATEMENT_EXIST", "账单不存在")
	}
	sum, data := sha1.Sum([]byte(text)), []byte(text)
	if q.Get("tar_type") == "GZIP" {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(data)
		_ = w.Close()
		data = packed.Bytes()
	}
	for token, f := range s.files {
		if time.Since(f.at) > billLife {
			delete(s.files, token)
		}
	}
	token, scheme := rand.Text(), cmp.Or(r.URL.Scheme, "http")
	s.files[token] = file{m.MchID, data, time.Now()}
	return &answer{status: http.StatusOK, body: map[string]any{"hash_type": "SHA1",
		"hash_value":   hex.EncodeToString(sum[:]),
		"download_url": scheme + "://" + r.Host + "/v3/billdownload/file?token=" + token + "&tartype=gzip"}}
}

// download answers with the file of an address that was given out. Nobody signs it.
func (s *Sim) download(m Merchant, r *http.Request) *answer {
	f, ok := s.files[r.URL.Query().Get("token")]
	if !ok || f.mchID != m.MchID || time.Since(f.at) > billLife {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "token")
	}
	return &answer{status: http.StatusOK, raw: f.data}
}

// yuan writes fen as bills do.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// fee is what WeChat takes of a sum, rounded to a fen, half up.
func (s *Sim) fee(sum int64) int64 { return (sum*int64(s.opts.FeeRate) + 5000) / 10_000 }

// on reports whether a moment is of a day in Beijing.
func on(t, day time.Time) bool { return !t.Before(day) && t.Before(day.AddDate(0, 0, 1)) }

// backs returns the refunds of a merchant that were accepted on a day, those of the merchant platform too.
func (s *Sim) backs(m Merchant, day time.Time) []Back {
	list := slices.Clone(s.platform)
	for _, r := range s.refunds {
		if r.State != Unfunded {
			list = append(list, *r)
		}
	}
	list = slices.DeleteFunc(list, func(b Back) bool { return b.MchID != m.MchID || !on(b.At, day) })
	slices.SortFunc(list, func(a, b Back) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.No, b.No)) })
	return list
}

// paidOn returns the payments of a merchant of a day, whatever became of them.
func (s *Sim) paidOn(m Merchant, day time.Time) (list []*Order) {
	for _, o := range s.orders {
		if o.MchID == m.MchID && o.paid() && on(o.PaidAt, day) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *Order) int {
		return cmp.Or(a.PaidAt.Compare(b.PaidAt), strings.Compare(a.No, b.No))
	})
	return list
}

// tradeText is the trade bill of a day, empty where nothing happened.
func (s *Sim) tradeText(m Merchant, day time.Time) string {
	rate := fmt.Sprintf("%d.%02d%%", s.opts.FeeRate/100, s.opts.FeeRate%100)
	lines := []string{tradeHead}
	var total, back, fees int64
	add := func(at time.Time, o *Order, state string, refund [4]string, paid, given, fee int64) {
		total, back, fees = total+paid, back+given, fees+fee
		lines = append(lines, "`"+strings.Join([]string{at.In(beijing).Format(time.DateTime), o.AppID, o.MchID, "0", "",
			o.TransactionID, o.No, "oSIM-not-a-person", "NATIVE", state, "OTHERS", cmp.Or(o.Currency, "CNY"),
			yuan(paid),
			"0.00", refund[0], refund[1], yuan(given), "0.00", refund[2], refund[3], o.Description, o.Attach,
			yuan(fee) + "000", rate, yuan(paid), yuan(given), ""}, ",`"))
	}
	for _, o := range s.paidOn(m, day) {
		add(o.PaidAt, o, "SUCCESS", [4]string{"0", "0"}, o.PaidTotal, 0, s.fee(o.PaidTotal))
	}
	for _, b := range s.backs(m, day) {
		if o := s.orders[name{m.MchID, b.Order}]; o != nil {
			add(b.At, o, "REFUND", [4]string{b.ID, b.No, "ORIGINAL", string(b.State)}, 0, b.Sum, -s.fee(b.Sum))
		}
	}
	if len(lines) == 1 {
		return ""
	}
	lines = append(lines, tradeFoot, "`"+strings.Join([]string{fmt.Sprintf("%d.0", len(lines)-1), yuan(total),
		yuan(back),
		"0.00", yuan(fees) + "000", yuan(total), yuan(back)}, ",`"))
	return "\uFEFF" + strings.Join(lines, "\r\n") + "\r\n"
}

// fundText is the bill of the account's money of a day, empty where nothing happened. The account begins at zero.
func (s *Sim) fundText(m Merchant, day time.Time) string {
	lines := []string{fundHead}
	var left, in, out int64
	ins, outs := 0, 0
	add := func(at time.Time, number, no, kind, way string, sum int64) {
		if sum == 0 {
			return
		}
		direction, size := "收入", sum
		if sum < 0 {
			direction, size = "支出", -sum
			out, outs = out+size, outs+1
		} else {
			in, ins = in+size, ins+1
		}
		left += sum
		lines = append(lines, "`"+strings.Join([]string{at.In(beijing).Format(time.DateTime), number, number, kind, way,
			direction, yuan(size), yuan(left), "system", "", no}, ",`"))
	}
	for _, o := range s.paidOn(m, day) {
		add(o.PaidAt, o.TransactionID, o.No, "交易", "交易", o.PaidTotal)
		add(o.PaidAt, o.TransactionID, o.No, "交易", "扣除交易手续费", -s.fee(o.PaidTotal))
	}
	for _, b := range s.backs(m, day) {
		add(b.At, b.ID, b.No, "退款", "退款", -b.Sum)
		add(b.At, b.ID, b.No, "退款", "退还交易手续费", s.fee(b.Sum))
	}
	if len(lines) == 1 {
		return ""
	}
	lines = append(lines, fundFoot, "`"+strings.Join([]string{fmt.Sprintf("%d.0", ins+outs), fmt.Sprintf("%d.0", ins),
		yuan(in), fmt.Sprintf("%d.0", outs), yuan(out)}, ",`"))
	return "\uFEFF" + strings.Join(lines, "\r\n") + "\r\n"
}
