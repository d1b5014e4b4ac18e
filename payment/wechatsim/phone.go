package wechatsim

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"courtkiosk/payment"
)

// Phone plays the payer's phone in a browser, for the demo: GET shows what would be paid to whom, POST pays or does
// not. The order's number is the last part of the path.
func (s *Sim) Phone(payee string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		no := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		o, ok := s.Order(no)
		if !ok {
			http.NotFound(w, r)
			return
		}
		p := phonePage{Payee: payee, Order: o}
		if r.Method == http.MethodPost {
			p.Said = s.press(no, r.FormValue("press"))
			p.Order, _ = s.Order(no)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_ = phone.Execute(w, p)
	})
}

// press does what a button of the phone page says, and returns the phone's words.
func (s *Sim) press(no, button string) string {
	switch button {
	case "pay":
		err := s.Pay(no)
		switch {
		case err == nil:
			return "支付成功（演示）"
		case errors.Is(err, ErrPaid):
			return "该订单已支付"
		case errors.Is(err, ErrExpired):
			return "二维码已过期"
		}
		return "订单已关闭"
	case "cancel":
		return "已取消，没有付款。终端仍在等待，可以返回后再付。"
	}
	return "您改变了主意，还没有付款。"
}

type phonePage struct {
	Payee string
	Order Order
	Said  string
}

// Yuan is the sum as the page shows it.
func (p phonePage) Yuan() string { return payment.Fen(p.Order.PaidTotal).String() }

var phone = template.Must(template.New("phone").Parse(`<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>演示 · 模拟手机付款</title>
<style>body{font:18px/1.6 sans-serif;max-width:26em;margin:0 auto;padding:1.5em;color:#16233b;background:#f5f3ee}
h1{font-size:1.1em;background:#9a6a0b;color:#fff;padding:.4em .8em;border-radius:.4em;text-align:center}
h1 b{display:block;font-size:2.6em;letter-spacing:.3em}
.sum{font-size:2.4em;font-weight:bold}
button{font:inherit;width:100%;padding:.8em;margin:.4em 0;border-radius:.6em;border:1px solid #999;background:#fff}
button.pay{background:#07a650;color:#fff;border:0}.said{padding:.8em;background:#fff;border-radius:.6em}</style>
<h1><b>演示</b>这不是微信，不会扣款</h1>
<p>付款给 <b>{{.Payee}}</b><br>{{.Order.Description}}</p><p class="sum">¥{{.Yuan}}</p>
{{with .Said}}<p class="said">{{.}}</p>{{end}}
{{if eq .Order.State "NOTPAY"}}<form method="post"><button class="pay" name="press" value="pay">付款</button>
<button name="press" value="cancel">取消</button><button name="press" value="mind">改变主意</button></form>
{{else if eq .Order.State "SUCCESS"}}<p>已付款。交易单号<br><b>{{.Order.TransactionID}}</b></p>
{{else if eq .Order.State "REFUND"}}<p>已退款。交易单号<br><b>{{.Order.TransactionID}}</b></p>
{{else}}<p>订单已关闭。</p>{{end}}`))
