package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// State is the trade state of an order.
type State string

// The trade states.
const (
	NotPaid State = "NOTPAY"
	Success State = "SUCCESS"
	Refund  State = "REFUND"
	Closed  State = "CLOSED"
)

// An Order is what the simulator holds of one.
type Order struct {
	MchID, AppID, No, Description, Attach string
	Total                                 int64
	PaidTotal                             int64 // what it says was paid; Total unless a test says otherwise
	Currency                              string
	Expires                               time.Time
	CodeURL                               string
	CodeAt                                time.Time
	State                                 State
	TransactionID                         string
	PaidAt                                time.Time
	Creates                               int // how many creates were taken
	body                                  []byte
	outside                               int64 // of PaidTotal, given back in the merchant platform
}

func (o *Order) paid() bool { return o.State == Success || o.State == Refund }

const (
	codeLife  = 2 * time.Hour
	minExpire = time.Minute
	maxExpire = 90 * 24 * time.Hour
	noExpire  = 7 * 24 * time.Hour
)

func (s *Sim) create(m Merchant, data []byte) *answer {
	b, wrong := parse(data, s.opts.Guesses)
	now := time.Now()
	switch {
	case wrong != "":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", wrong)
	case b.MchID != m.MchID:
		return refuse(http.StatusUnauthorized, "SIGN_ERROR", "签名商户与mchid不一致")
	case b.AppID != m.AppID:
		return refuse(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
	}
	if o := s.orders[name{m.MchID, b.OutTradeNo}]; o != nil {
		return s.again(o, data)
	}
	expires := b.expires(now)
	if expires.Before(now) && !s.opts.Guesses.PastExpireRaised {
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "time_expire已过期")
	}
	left := min(max(expires.Sub(now), minExpire), maxExpire)
	o := &Order{
		MchID: b.MchID, AppID: b.AppID, No: b.OutTradeNo, Description: b.Description, Attach: b.Attach,
		Total: b.Amount.Total, PaidTotal: b.Amount.Total, Currency: b.Amount.Currency, Expires: now.Add(left),
		State: NotPaid, body: data,
	}
	s.orders[name{o.MchID, o.No}] = o
	return s.code(o)
}

// code gives the order a fresh code URL.
func (s *Sim) code(o *Order) *answer {
	s.serial++
	o.Creates++
	o.CodeAt = time.Now()
	if s.opts.CodeURL != nil {
		o.CodeURL = s.opts.CodeURL(o.No)
	} else {
		o.CodeURL = fmt.Sprintf("weixin://wxpay/bizpayurl?pr=S%08dz", s.serial)
	}
	s.codes[o.CodeURL] = code{o, o.CodeAt}
	s.notify()
	return &answer{status: http.StatusOK, body: map[string]any{"code_url": o.CodeURL}}
}

// again answers a create under a number that is known.
func (s *Sim) again(o *Order, data []byte) *answer {
	s.expire(o)
	switch {
	case o.paid():
		return refuse(http.StatusBadRequest, "ORDERPAID", "该订单已支付")
	case o.State == Closed && s.opts.Guesses.ClosedIsInvalid:
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "201 商户订单号重复")
	case o.State == Closed:
		return refuse(http.StatusBadRequest, "ORDER_CLOSED", "订单已关闭")
	case s.same(o.body, data) && time.Now().Before(o.Expires):
		return s.code(o)
	case s.opts.Guesses.DuplicateIsUsed:
		return refuse(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复")
	}
	return refuse(http.StatusBadRequest, "INVALID_REQUEST", "201 商户订单号重复")
}

func (s *Sim) same(a, b []byte) bool {
	if !s.opts.Guesses.CompareValues {
		return bytes.Equal(a, b)
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// expire closes an order by its time, where the simulator was told that WeChat does.
func (s *Sim) expire(o *Order) {
	if s.opts.Guesses.ClosesAtExpiry && o.State == NotPaid && time.Now().After(o.Expires) {
		o.State = Closed
		s.notify()
	}
}

func (s *Sim) query(m Merchant, no string, r *http.Request) *answer {
	if r.URL.Query().Get("mchid") != m.MchID {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "mchid")
	}
	o := s.orders[name{m.MchID, no}]
	if o == nil {
		return refuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
	}
	s.expire(o)
	t := map[string]any{
		"appid": o.AppID, "mchid": o.MchID, "out_trade_no": o.No, "trade_state": string(o.State),
		"trade_state_desc": "", "a_field_of_tomorrow": map[string]any{"x": 1},
	}
	if o.paid() {
		t["transaction_id"], t["trade_type"], t["bank_type"], t["attach"] = o.TransactionID, "NATIVE", "OTHERS",
			o.Attach
		t["success_time"] = o.PaidAt.In(time.FixedZone("", 8*60*60)).Format(time.RFC3339)
		t["payer"] = map[string]any{"openid": "oSIM-not-a-person"}
		t["amount"] = map[string]any{"total": o.PaidTotal, "payer_total": o.PaidTotal, "currency": o.Currency,
			"payer_currency": "CNY"}
	}
	return &answer{status: http.StatusOK, body: t}
}

func (s *Sim) close(m Merchant, no string, data []byte) *answer {
	var b struct {
		MchID string `json:"mchid"`
	}
	if json.Unmarshal(data, &b) != nil || b.MchID != m.MchID {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "mchid")
	}
	o := s.orders[name{m.MchID, no}]
	switch {
	case o == nil: // WeChat says 204 of what never existed, too
	case o.paid():
		return refuse(http.StatusBadRequest, "ORDERPAID", "该订单已支付")
	case o.State == NotPaid:
		o.State = Closed
		s.notify()
	}
	return &answer{status: http.StatusNoContent}
}
