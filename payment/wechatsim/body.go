package wechatsim

import (
	"bytes"
	"encoding/json"
	"net"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"
)

// body is a create request, as strictly as the pages describe it (pay.weixin.qq.com/doc/v3/merchant/4012525095).
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

// parse checks a create request and returns what is wrong with it.
func parse(data []byte, guesses Guesses) (body, string) {
	var b body
	if wrong := wrongText(data); wrong != "" {
		return b, wrong
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, "body: " + err.Error()
	}
	zone := "2006-01-02T15:04:05+08:00"
	if guesses.AnyZone {
		zone = time.RFC3339
	}
	_, late := time.Parse(zone, b.TimeExpire)
	_, client := b.SceneInfo["payer_client_ip"].(string)
	switch {
	case b.Description == "" || len(b.Description) > 127:
		return b, "description"
	case !numberForm.MatchString(b.OutTradeNo):
		return b, "out_trade_no"
	case b.TimeExpire != "" && late != nil:
		return b, "time_expire"
	case len(b.Attach) > 128:
		return b, "attach"
	case len(b.GoodsTag) > 32:
		return b, "goods_tag"
	case b.SceneInfo != nil && !client:
		return b, "scene_info.payer_client_ip"
	case !public(b.NotifyURL):
		return b, "notify_url"
	case b.Amount.Total < 1:
		return b, "amount.total"
	case b.Amount.Currency != "CNY":
		return b, "amount.currency"
	}
	return b, ""
}

// wrongText says what WeChat's text rules have against a body: null, and characters of more than three bytes, written
// out or escaped.
func wrongText(data []byte) string {
	if !utf8.Valid(data) {
		return "not UTF8"
	}
	for dec := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := dec.Token()
		if err != nil { // the end, or what the decoder of fields will complain about
			return ""
		}
		if token == nil {
			return "null"
		}
		text, _ := token.(string)
		for _, r := range text {
			if r > 0xFFFF {
				return "not UTF8 of one to three bytes"
			}
		}
	}
}

// public reports whether WeChat could reach the address from the internet.
func public(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path == "" || u.RawQuery != "" || len(address) > 255 {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || ip.IsGlobalUnicast() && !ip.IsPrivate())
}

// expires is the last moment to pay that the request asks for.
func (b body) expires(now time.Time) time.Time {
	if t, err := time.Parse(time.RFC3339, b.TimeExpire); err == nil {
		return t
	}
	return now.Add(noExpire)
}
