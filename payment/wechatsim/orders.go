package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// body is a create request, as strictly as the pages describe it.
type body struct {
	AppID       string         `json:"appid"`
	MchID       string         `json:"mchid"`
	Description string         `json:"description"`
	OutTradeNo  string         `json:"out_trade_no"`
	TimeExpire  string         `json:"time_expire"`
	Attach      string         `json:"attach"`
	NotifyURL   string         `json:"notify_url"`
	GoodsTag    string         `json:"goods_tag"`
	SceneInfo   map[string]any `json:"scene_info"`
	Amount      struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

var numberForm = regexp.MustCompile(`^[0-9A-Za-z_\-*]{6,32}$`)

const (
	codeLife  = 2 * time.Hour
	minExpire = time.Minute
	maxExpire = 90 * 24 * time.Hour
	noExpire  = 7 * 24 * time.Hour
)

// parse checks a create request and returns what is wrong with it.
func parse(data []byte) (body, string) {
	var b body
	if !utf8.Valid(data) || bytes.Contains(data, []byte("null")) {
		return b, "body"
	}
	for _, r := range string(data) {
		if r > 0xFFFF {
			return b, "not UTF8 of one to three bytes"
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, "body: " + err.Error()
	}
	notify, err := url.Parse(b.NotifyURL)
	_, zone := time.Parse("2006-01-02T15:04:05+08:00", b.TimeExpire)
	switch {
	case b.Description == "" || len(b.Description) > 127:
		return b, "description"
	case !numberForm.MatchString(b.OutTradeNo):
		return b, "out_trade_no"
	case b.TimeExpire != "" && zone != nil:
		return b, "time_expire"
	case len(b.Attach) > 128:
		return b, "attach"
	case err != nil || notify.Scheme != "https" || notify.Path == "" || notify.RawQuery != "" || len(b.NotifyURL) > 255 || strings.HasPrefix(notify.Hostname(), "127.") || notify.Hostname() == "localhost":
		return b, "notify_url"
	case b.Amount.Total < 1:
		return b, "amount.total"
	case b.Amount.Currency != "CNY":
		return b, "amount.currency"
	}
	return b, ""
}

func (s *Sim) create(m Merchant, data []byte) *answer {
	b, wrong := parse(data)
	now := time.Now()
	switch {
	case wrong != "":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", wrong)
	case b.MchID != m.MchID:
		return refuse(http.StatusUnauthorized, "SIGN_ERROR", "签名商户与mchid不一致")
	case b.AppID != m.AppID:
		return refuse(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
	}
	expires := now.Add(noExpire)
	if b.TimeExpire != "" {
		expires, _ = time.Parse(time.RFC3339, b.TimeExpire)
	}
	if o := s.orders[b.OutTradeNo]; o != nil {
		return s.again(o, data)
	}
	if expires.Before(now) && !s.opts.Guesses.PastExpireRaised {
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "time_expire已过期")
	}
	expires = minTime(maxTime(expires, now.Add(minExpire)), now.Add(maxExpire))
	o := &Order{
		MchID: b.MchID, AppID: b.AppID, No: b.OutTradeNo, Description: b.Description, Attach: b.Attach,
		Total: b.Amount.Total, PaidTotal: b.Amount.Total, Currency: b.Amount.Currency, Expires: expires, State: NotPaid, body: data,
	}
	s.orders[o.No] = o
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
	s.notify()
	return &answer{status: http.StatusOK, body: map[string]string{"code_url": o.CodeURL}}
}

// again answers a create under a number that is known.
func (s *Sim) again(o *Order, data []byte) *answer {
	s.expire(o)
	switch {
	case o.State == Success || o.State == Refund:
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
	o := s.orders[no]
	if o == nil || o.MchID != m.MchID {
		return refuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
	}
	s.expire(o)
	t := map[string]any{
		"appid": o.AppID, "mchid": o.MchID, "out_trade_no": o.No, "trade_state": string(o.State),
		"trade_state_desc": "", "a_field_of_tomorrow": map[string]any{"x": 1},
	}
	if o.State == Success || o.State == Refund {
		t["transaction_id"], t["trade_type"], t["bank_type"], t["attach"] = o.TransactionID, "NATIVE", "OTHERS", o.Attach
		t["success_time"] = o.PaidAt.In(time.FixedZone("", 8*60*60)).Format(time.RFC3339)
		t["payer"] = map[string]string{"openid": "oSIM-not-a-person"}
		t["amount"] = map[string]any{"total": o.PaidTotal, "payer_total": o.PaidTotal, "currency": o.Currency, "payer_currency": "CNY"}
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
	o := s.orders[no]
	switch {
	case o == nil: // WeChat says 204 of what never existed, too
	case o.State == Success || o.State == Refund:
		return refuse(http.StatusBadRequest, "ORDERPAID", "该订单已支付")
	case o.State == NotPaid:
		o.State = Closed
		s.notify()
	}
	return &answer{status: http.StatusNoContent}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
