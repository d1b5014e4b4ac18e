package wechat

import (
	"encoding/json"
	"errors"
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

const (
	maxAttach   = 128 // bytes that WeChat takes
	currencyCNY = "CNY"
)

// Compose returns the body of the create request for o. The same order gives the same bytes. The title is cut to what
// WeChat takes; an attach that does not fit is refused, because by it an order is known again. No scene_info: it
// demands the payer's address, which a kiosk does not have.
func (g *Gateway) Compose(o payment.Order) ([]byte, error) {
	acc := g.accounts[o.Merchant]
	if acc == nil {
		return nil, fmt.Errorf("wechat: no keys for merchant %s, appid %s", o.Merchant.MchID, o.Merchant.AppID)
	}
	if plain(o.Attach, maxAttach) != o.Attach {
		return nil,
			fmt.Errorf("wechat: attach %q does not fit: %d bytes at most, no control character, none beyond U+FFFF",
				o.Attach, maxAttach)
	}
	title := plain(o.Title, payment.MaxTitle)
	if title == "" {
		return nil, errors.New("wechat: an order needs a title")
	}
	return json.Marshal(prepay{
		AppID:       o.Merchant.AppID,
		MchID:       o.Merchant.MchID,
		Description: title,
		OutTradeNo:  o.No,
		TimeExpire:  o.Expires.In(payment.China).Format(time.RFC3339),
		Attach:      o.Attach,
		NotifyURL:   acc.NotifyURL,
		Amount:      amount{int64(o.Amount), currencyCNY},
	})
}

// plain returns text as WeChat takes it: UTF-8 without control characters (a blank stands for them) and without
// characters beyond U+FFFF (〓 stands for a rare name's), cut between characters at limit bytes, no blanks around it.
func plain(text string, limit int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case r > 0xFFFF || r == utf8.RuneError:
			return '〓'
		}
		return r
	}, text))
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return strings.TrimSpace(text)
}
