package setup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// askWithin is how long WeChat is waited for when a key is tried, both of its hosts together.
const askWithin = 30 * time.Second

// An Asker asks WeChat what became of an order.
type Asker interface {
	Query(ctx context.Context, o payment.Order) (payment.Reported, error)
	Stop()
}

// AskWeChat tries the key of each merchant account of a configuration: see payment.TryKey. A *KeyError says what is
// wrong, or not known. open opens the way to WeChat of a configuration with one account.
func AskWeChat(ctx context.Context, c config.Config, open func(config.Config) (Asker, error)) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	for _, w := range c.Accounts() {
		only := c
		only.WeChat = w
		only.WeChat.Hosts, only.WeChat.CA = c.WeChat.Hosts, c.WeChat.CA
		only.WeChat.Proxy, only.WeChat.ProxyPassword = c.WeChat.Proxy, c.WeChat.ProxyPassword
		only.WeChat.Execution, only.WeChat.Fine = nil, nil
		g, err := open(only)
		if err != nil {
			return &KeyError{w.MchID, false, true, err}
		}
		err = payment.TryKey(ctx, g, payment.Merchant{MchID: w.MchID, AppID: w.AppID})
		g.Stop()
		if err != nil {
			return answered(w.MchID, err)
		}
	}
	return nil
}

func answered(mchid string, err error) *KeyError {
	e := &KeyError{Merchant: mchid, Err: err}
	var said interface{ Short() string } // a code of the answer's, or its status
	e.Answered = errors.As(err, &said) && said.Short() != ""
	for _, no := range []error{payment.ErrUnauthorized, payment.ErrRefused, payment.ErrUnverified, payment.ErrClock} {
		e.Refused = e.Refused || errors.Is(err, no)
	}
	return e
}

// A KeyError says of a merchant's key why it is not known to be right.
type KeyError struct {
	Merchant string // its number
	Answered bool   // WeChat, or somebody on the way, has answered
	Refused  bool   // it is wrong, or the clock or another answer is; else nothing is known
	Err      error
}

func (e *KeyError) Error() string {
	switch {
	case e.Refused && !e.Answered:
		return fmt.Sprintf("the key files of merchant %s cannot be used: %v", e.Merchant, e.Err)
	case e.Refused:
		return fmt.Sprintf("the key of merchant %s is not taken: %v", e.Merchant, e.Err)
	case e.Answered:
		return fmt.Sprintf("whether the key of merchant %s is right is not known, the answer does not say it: %v",
			e.Merchant, e.Err)
	}
	return fmt.Sprintf("WeChat cannot be reached, so whether the key of merchant %s is right is not known: %v",
		e.Merchant, e.Err)
}

func (e *KeyError) Unwrap() error { return e.Err }

// TestPage prints a page that proves no payment, and returns its number and what is known of its paper.
func TestPage(ctx context.Context, p receipt.Printer, c config.Config, at time.Time) (number string,
	out receipt.Outcome, err error,
) {
	at = at.In(payment.China)
	number = "CS-" + at.Format("20060102-150405")
	out, err = p.PrintSlip(ctx, receipt.Sheet{
		Court: c.Court.Name, Title: "打印测试", Number: number, Environment: receipt.Environment(c.Environment),
		Heads: []receipt.Fact{{Label: "终端", Value: c.Kiosk.ID}, {Label: "时间", Value: at.Format(time.DateTime)}},
		Parts: []receipt.Part{{Notes: []string{"本页只测试打印机，不是凭证。Test page: it proves no payment."}}},
		Foot:  "本页不是凭证", Printed: at.Format("2006-01-02 15:04 打印"),
	})
	return number, out, err
}
