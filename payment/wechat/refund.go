package wechat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"courtkiosk/payment"
)

// refund is the body of a refund request (pay.weixin.qq.com/doc/v3/merchant/4012525104). No notify_url: a notice would
// only wake, and a query decides.
type refund struct {
	OutTradeNo  string       `json:"out_trade_no"`
	OutRefundNo string       `json:"out_refund_no"`
	Reason      string       `json:"reason,omitempty"`
	Amount      refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

const maxReason = 80 // bytes that WeChat takes

// ComposeRefund returns the body of the request for r. The same refund gives the same bytes.
func (g *Gateway) ComposeRefund(r payment.Refund) ([]byte, error) {
	if !g.Serves(r.Merchant) {
		return nil, fmt.Errorf("wechat: no keys for merchant %s, appid %s", r.Merchant.MchID, r.Merchant.AppID)
	}
	return json.Marshal(refund{
		OutTradeNo: r.Order, OutRefundNo: r.No, Reason: plain(r.Shown, maxReason),
		Amount: refundAmount{int64(r.Sum), int64(r.Total), currencyCNY},
	})
}

// SendRefund sends the stored request. 200 says that it was taken, and nothing of what becomes of it.
func (g *Gateway) SendRefund(ctx context.Context, r payment.Refund) error {
	_, err := g.call(ctx, r.Merchant, opRefund, func(ctx context.Context, c *core.Client, host string) (*core.APIResult,
		error) {
		return c.Post(ctx, host+pathRefunds, r.Body)
	}, nil)
	return err
}

// QueryRefund asks what became of the refund.
func (g *Gateway) QueryRefund(ctx context.Context, r payment.Refund) (said payment.ReportedRefund, err error) {
	var answer struct {
		No      string `json:"out_refund_no"`
		Order   string `json:"out_trade_no"`
		ID      string `json:"refund_id"`
		Status  string `json:"status"`
		Created string `json:"create_time"`
		Success string `json:"success_time"`
		Amount  struct {
			Refund   payment.Fen `json:"refund"`
			Currency string      `json:"currency"`
		} `json:"amount"`
	}
	status, err := g.call(ctx, r.Merchant, opQueryRefund, func(ctx context.Context, c *core.Client,
		host string) (*core.APIResult, error) {
		return c.Get(ctx, host+pathRefunds+"/"+url.PathEscape(r.No))
	}, func(answered *http.Response) error { return core.UnMarshalResponse(answered, &answer) })
	switch {
	case err != nil:
		return said, err
	case answer.No != r.No || answer.Order != r.Order:
		return said, &Error{Op: opQueryRefund, Status: status, Err: payment.ErrNoAnswer}
	case answer.Status == "" || answer.Amount.Refund < 1 || answer.Amount.Currency != currencyCNY:
		return said, unclear(opQueryRefund, status, "answer without status, sum or currency")
	}
	said = payment.ReportedRefund{No: answer.No, Order: answer.Order, ID: answer.ID,
		Status: payment.RefundStatus(answer.Status), Sum: answer.Amount.Refund}
	if at, err := time.Parse(time.RFC3339, answer.Created); err == nil { // nothing of the money hangs on it
		said.AcceptedAt = at
	}
	if answer.Success != "" {
		if said.ArrivedAt, err = time.Parse(time.RFC3339, answer.Success); err != nil {
			return said, unclear(opQueryRefund, status, "success_time is no time")
		}
	}
	return said, nil
}
