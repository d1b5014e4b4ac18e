package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// BackState is the status of a refund.
type BackState string

// The statuses of a refund (pay.weixin.qq.com/doc/v3/merchant/4012525106).
const (
	Processing BackState = "PROCESSING"
	Arrived    BackState = "SUCCESS"
	Abnormal   BackState = "ABNORMAL"
	Unfunded   BackState = "CLOSED"
)

// A Back is what the simulator holds of a refund.
type Back struct {
	No, Order, MchID string
	ID, Reason       string
	Sum              int64
	State            BackState
	At               time.Time // taken
	ArrivedAt        time.Time
	body             []byte
}

// What WeChat demands of refunds (pay.weixin.qq.com/doc/v3/merchant/4012525104).
const (
	refundWithin = 365 * 24 * time.Hour
	refundApart  = time.Minute
	refundParts  = 50
)

var refundNo = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)

// refund takes a refund. The same request of the same number is the same refund; another one of it is refused.
func (s *Sim) refund(m Merchant, data []byte) *answer {
	var b struct {
		TransactionID string `json:"transaction_id"`
		OutTradeNo    string `json:"out_trade_no"`
		OutRefundNo   string `json:"out_refund_no"`
		Reason        string `json:"reason"`
		NotifyURL     string `json:"notify_url"`
		Amount        *struct {
			Refund   int64  `json:"refund"`
			Total    int64  `json:"total"`
			Currency string `json:"currency"`
		} `json:"amount"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	switch err := d.Decode(&b); {
	case err != nil:
		return refuse(http.StatusBadRequest, "PARAM_ERROR", err.Error())
	case !refundNo.MatchString(b.OutRefundNo):
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "out_refund_no")
	case b.Amount == nil || b.Amount.Refund < 1 || b.Amount.Currency != "CNY":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "amount")
	case len(b.Reason) > 80 || b.OutTradeNo == "" && b.TransactionID == "":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "reason, out_trade_no")
	}
	if old := s.refunds[name{m.MchID, b.OutRefundNo}]; old != nil {
		switch {
		case !bytes.Equal(old.body, data):
			return refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单号或金额与之前的请求不一致")
		case old.State == Unfunded:
			return refuse(http.StatusBadRequest, "INVALID_REQUEST", "退款已关闭")
		}
		return &answer{status: http.StatusOK, body: old.report()}
	}
	o := s.orders[name{m.MchID, b.OutTradeNo}]
	switch {
	case o == nil:
		return refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在")
	case !o.paid():
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单未支付")
	case b.Amount.Total != o.PaidTotal:
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单金额不一致")
	case time.Since(o.PaidAt) > refundWithin:
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "订单已超过退款期限")
	}
	sum, parts, last := b.Amount.Refund+o.outside, 0, time.Time{}
	for _, r := range s.refunds {
		if r.MchID != m.MchID || r.Order != o.No || r.State == Unfunded {
			continue
		}
		sum, parts = sum+r.Sum, parts+1
		if r.At.After(last) {
			last = r.At
		}
	}
	switch {
	case sum > o.PaidTotal:
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "退款金额超过可退金额")
	case parts >= refundParts:
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "部分退款次数超限")
	case time.Since(last) < refundApart:
		return refuse(http.StatusTooManyRequests, "FREQUENCY_LIMITED", "同一笔订单退款请求过于频繁")
	case s.balance[m.MchID] != nil && *s.balance[m.MchID] < b.Amount.Refund:
		return refuse(http.StatusForbidden, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
	}
	if left := s.balance[m.MchID]; left != nil {
		*left -= b.Amount.Refund
	}
	s.serial++
	now := time.Now()
	r := &Back{
		No: b.OutRefundNo, Order: o.No, MchID: m.MchID, Reason: b.Reason, Sum: b.Amount.Refund, State: Processing,
		At: now, ID: fmt.Sprintf("5030%06d%s%012d", s.serial, now.Format("20060102"), now.UnixNano()%1e12), body: data,
	}
	if s.opts.Guesses.RefundAtOnce {
		r.State, r.ArrivedAt = Arrived, now
	}
	o.State = Refund // as soon as one is taken, also of a part
	s.refunds[name{m.MchID, r.No}] = r
	s.notify()
	return &answer{status: http.StatusOK, body: r.report()}
}

// queryRefund answers what became of a refund.
func (s *Sim) queryRefund(m Merchant, no string) *answer {
	r := s.refunds[name{m.MchID, no}]
	if r == nil {
		return refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在")
	}
	return &answer{status: http.StatusOK, body: r.report()}
}

func (r *Back) report() map[string]any {
	t := map[string]any{
		"refund_id": r.ID, "out_refund_no": r.No, "out_trade_no": r.Order, "status": string(r.State),
		"channel": "ORIGINAL", "user_received_account": "支付用户零钱", "funds_account": "AVAILABLE",
		"create_time": r.At.In(beijing).Format(time.RFC3339), "a_field_of_tomorrow": 1,
		"amount": map[string]any{"refund": r.Sum, "payer_refund": r.Sum, "currency": "CNY"},
	}
	if r.State == Arrived {
		t["success_time"] = r.ArrivedAt.In(beijing).Format(time.RFC3339)
	}
	return t
}

var beijing = time.FixedZone("", 8*60*60)

// Arrive lets a refund come to its end: Arrived, Abnormal or Unfunded. An abnormal one may still arrive.
func (s *Sim) Arrive(no string, end BackState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refunds {
		if r.No != no {
			continue
		}
		if r.State == Arrived || r.State == Unfunded {
			return fmt.Errorf("wechatsim: the refund is %s", r.State)
		}
		r.State = end
		if end == Arrived {
			r.ArrivedAt = time.Now()
		}
		s.notify()
		return nil
	}
	return ErrNoOrder
}

// Refunds returns all refunds by number.
func (s *Sim) Refunds() []Back {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Back, 0, len(s.refunds))
	for _, r := range s.refunds {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Back) int { return strings.Compare(a.No+a.MchID, b.No+b.MchID) })
	return list
}

// Fund sets what a merchant's account holds for refunds. Before it is called that is enough for all.
func (s *Sim) Fund(mchid string, fen int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balance[mchid] = &fen
}
