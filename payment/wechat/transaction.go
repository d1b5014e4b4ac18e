package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"courtkiosk/payment"
)

// transaction is a query's answer. Each of its fields is read by itself: one that is missing, or of another kind than
// the pages say, must not hide that money was taken.
type transaction struct {
	fields   map[string]json.RawMessage
	evidence payment.Evidence
	flaws    []string // of the fields read so far; names only, never what an answer holds
}

func (t *transaction) read(answer *http.Response) error {
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	sum, h := sha256.Sum256(body), answer.Header
	t.evidence = payment.Evidence{Serial: h.Get("Wechatpay-Serial"), Timestamp: h.Get("Wechatpay-Timestamp"),
		Nonce: h.Get("Wechatpay-Nonce"), Signature: h.Get("Wechatpay-Signature"),
		BodySHA256: hex.EncodeToString(sum[:])}
	return json.Unmarshal(body, &t.fields)
}

// report returns what the answer says about the order. ok is false when it is about another one, or names none and is
// not about money.
func (t *transaction) report(o payment.Order) (r payment.Reported, ok bool) {
	r.State = payment.TradeState(t.text(t.fields, "trade_state"))
	t.flaws = nil // without a state there is nothing to book
	r.No, r.MchID = t.text(t.fields, "out_trade_no"), t.text(t.fields, "mchid")
	if r.No != "" && r.No != o.No || r.MchID != "" && r.MchID != o.Merchant.MchID {
		return r, false
	}
	switch r.State {
	case payment.TradeSuccess, payment.TradeRefund:
		t.payment(&r)
		return r, true
	case payment.TradeClosed, "":
	default: // states of code payment (USERPAYING, PAYERROR, REVOKED) say nothing about a Native order
		r.State = payment.TradeNotPaid
	}
	r.AppID = t.text(t.fields, "appid")
	return r, r.No != "" && r.MchID != ""
}

// payment reads what an answer says of money, and what is wrong with that.
func (t *transaction) payment(r *payment.Reported) {
	r.AppID, r.TransactionID = t.text(t.fields, "appid"), t.text(t.fields, "transaction_id")
	if t.fields["attach"] != nil { // an order without one gets none back
		r.Attach = t.text(t.fields, "attach")
	}
	if at := t.text(t.fields, "success_time"); at != "" {
		var err error
		if r.PaidAt, err = time.Parse(time.RFC3339, at); err != nil {
			r.PaidAt = time.Time{}
			t.flaws = append(t.flaws, "success_time is no time")
		}
	}
	var amount map[string]json.RawMessage
	if json.Unmarshal(t.fields["amount"], &amount) != nil || amount == nil {
		t.flaws = append(t.flaws, "no amount")
	} else {
		r.Currency = t.text(amount, "currency")
		if json.Unmarshal(amount["total"], (*int64)(&r.Amount)) != nil || r.Amount < 1 {
			r.Amount = 0
			t.flaws = append(t.flaws, "total is no amount")
		}
	}
	if len(t.flaws) > 0 {
		r.Flaw, r.Evidence = strings.Join(t.flaws, ", "), t.evidence
	}
}

// text reads a field. It is a flaw when it is missing, empty, or no text.
func (t *transaction) text(from map[string]json.RawMessage, name string) (value string) {
	if json.Unmarshal(from[name], &value) != nil || value == "" {
		t.flaws = append(t.flaws, "no "+name)
		return ""
	}
	return value
}
