package wechat

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"courtkiosk/payment"
)

// prepay is the body of a create request, in WeChat's order of fields (pay.weixin.qq.com/doc/v3/merchant/4012525095).
type prepay struct {
	AppID       string `json:"appid"`
	MchID       string `json:"mchid"`
	Description string `json:"description"`
	OutTradeNo  string `json:"out_trade_no"`
	TimeExpire  string `json:"time_expire"`
	Attach      string `json:"attach"`
	NotifyURL   string `json:"notify_url"`
	Amount      amount `json:"amount"`
}

type amount struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// What WeChat takes, in bytes.
const (
	maxDescription = 127
	maxAttach      = 128
)

// Compose returns the body of the create request for o. The same order gives the same bytes.
func (g *Gateway) Compose(o payment.Order) ([]byte, error) {
	acc := g.accounts[o.Merchant]
	if acc == nil {
		return nil, fmt.Errorf("wechat: no keys for merchant %s, appid %s", o.Merchant.MchID, o.Merchant.AppID)
	}
	if len(o.Attach) > maxAttach {
		return nil, fmt.Errorf("wechat: attach of %d bytes, at most %d", len(o.Attach), maxAttach)
	}
	return json.Marshal(prepay{
		AppID:       o.Merchant.AppID,
		MchID:       o.Merchant.MchID,
		Description: plain(o.Title, maxDescription),
		OutTradeNo:  o.No,
		TimeExpire:  o.Expires.In(payment.China).Format(time.RFC3339),
		Attach:      o.Attach,
		NotifyURL:   acc.NotifyURL,
		Amount:      amount{int64(o.Amount), currencyCNY},
	})
}

// plain returns text as WeChat takes it: no control characters, no character beyond U+FFFF (a rare name's becomes 〓), cut
// between characters at limit bytes.
func plain(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == utf8.RuneError:
			return -1
		case r > 0xFFFF:
			return '〓'
		}
		return r
	}, text)
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
