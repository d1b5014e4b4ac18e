package wechatsim_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// bill fetches the bill of a day over the real client.
func (w *world) bill(k payment.BillKind, day time.Time) (string, error) {
	var text bytes.Buffer
	hash, err := w.gate.Bill(w.Context(), first, k, day, &text)
	if sum := sha1.Sum(text.Bytes()); err == nil && hash != hex.EncodeToString(sum[:]) {
		w.Errorf("the hash is %s of another text", hash)
	}
	return text.String(), err
}

// tomorrow sleeps until an hour of the next day in Beijing.
func tomorrow(hour int) {
	now := time.Now().In(payment.China)
	time.Sleep(time.Until(time.Date(now.Year(), now.Month(), now.Day()+1, hour, 0, 0, 0, payment.China)))
}

func TestBills(t *testing.T) {
	inBubble(t, wechatsim.Options{FeeRate: 60}, func(w *world) {
		day, o := time.Now(), w.paid()
		if err := w.gate.SendRefund(w.Context(), w.back(o, 1, 50)); err != nil {
			w.Fatal(err)
		}
		if err := w.sim.PartOutside(o.No, "PLATFORM1", 10); err != nil {
			w.Fatal(err)
		}
		if _, err := w.bill(payment.TradeBill, day); code(err) != "PARAM_ERROR" {
			w.Errorf("today's: %v", err)
		}
		tomorrow(9)
		if _, err := w.bill(payment.TradeBill, day); !errors.Is(err, payment.ErrNoBillYet) {
			w.Errorf("before ten: %v", err)
		}
		time.Sleep(time.Hour)
		trade, err := w.bill(payment.TradeBill, day)
		lines := strings.Split(trade, "\r\n")
		if err != nil || len(lines) != 7 || !strings.HasPrefix(lines[0], "\uFEFF交易时间,") ||
			!strings.HasSuffix(lines[1], ",`03/X,`0.01000,`0.60%,`1.00,`0.00,`") ||
			!strings.Contains(lines[2], ",`REFUND,") ||
			!strings.Contains(lines[3], ",`PLATFORM1,`0.10,") ||
			lines[5] != "`3.0,`1.00,`0.60,`0.00,`0.01000,`1.00,`0.60" {
			w.Errorf("trade: %v\n%s", err, trade)
		}
		fund, err := w.bill(payment.FundBill, day)
		if err != nil || !strings.HasSuffix(fund, "`4.0,`1.0,`1.00,`3.0,`0.61\r\n") {
			w.Errorf("fund: %v\n%s", err, fund)
		}
		if _, err := w.bill(payment.TradeBill, day.AddDate(0, 0, -1)); !errors.Is(err, payment.ErrNoStatement) {
			w.Errorf("a day of nothing: %v", err)
		}
		if _, err := w.bill(payment.TradeBill, day.AddDate(0, -4, 0)); code(err) != "PARAM_ERROR" {
			w.Errorf("four months ago: %v", err)
		}
		old := ""
		w.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Distort: func(a map[string]any) {
				if old == "" {
					old, _ = a["download_url"].(string)
				}
				a["download_url"] = old
			}}
		})
		if _, err := w.bill(payment.TradeBill, day); err != nil {
			w.Errorf("at once: %v", err)
		}
		time.Sleep(6 * time.Minute)
		if _, err := w.bill(payment.TradeBill, day); code(err) != "PARAM_ERROR" {
			w.Errorf("an address after its time: %v", err)
		}
	})
}

// Nothing counts but the very file that was signed: not a part of it, nor another one, nor one of a strange host.
func TestBillsThatAreNotBelieved(t *testing.T) {
	inBubble(t, strict, func(w *world) {
		day := time.Now()
		w.paid()
		tomorrow(10)
		whole, err := w.bill(payment.TradeBill, day)
		if err != nil {
			w.Fatal(err)
		}
		packed := -1
		for cut := 1; packed < 0; cut++ {
			w.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
				if c.Op == "download" {
					return &wechatsim.Fault{Cut: cut}
				}
				return nil
			})
			if text, err := w.bill(payment.TradeBill, day); err == nil {
				packed = cut
				if text != whole {
					w.Errorf("whole at %d bytes, and another text", cut)
				}
			}
		}
		if packed < 100 {
			w.Errorf("believed after %d bytes", packed)
		}
		for name, test := range map[string]struct {
			fault wechatsim.Fault
			op    string
			want  error
		}{
			"another hash": {wechatsim.Fault{Distort: func(a map[string]any) {
				a["hash_value"] = strings.Repeat("0", 40)
			}}, "trade bill", payment.ErrBillDistrusted},
			"no hash": {wechatsim.Fault{Distort: func(a map[string]any) { delete(a, "hash_value") }},
				"trade bill", payment.ErrBillDistrusted},
			"another hash function": {wechatsim.Fault{Distort: func(a map[string]any) { a["hash_type"] = "MD5" }},
				"trade bill", payment.ErrBillDistrusted},
			"a strange host": {wechatsim.Fault{Distort: func(a map[string]any) {
				a["download_url"] = strings.Replace(a["download_url"].(string), "sim.example", "sim.example.org", 1)
			}}, "trade bill", payment.ErrBillDistrusted},
			"without TLS": {wechatsim.Fault{Distort: func(a map[string]any) {
				a["download_url"] = strings.Replace(a["download_url"].(string), "https:", "http:", 1)
			}}, "trade bill", payment.ErrBillDistrusted},
			"an answer that is not signed": {wechatsim.Fault{BadSignature: true}, "trade bill", payment.ErrUnknown},
			"a redirect": {wechatsim.Fault{Status: 302, Location: "https://sim.example/v3/certificates"}, "download",
				payment.ErrUnknown},
			"a portal":  {wechatsim.Fault{HTML: true}, "download", payment.ErrBillDistrusted},
			"no answer": {wechatsim.Fault{Lost: true}, "download", payment.ErrUnknown},
			"not yet, by another status": {wechatsim.Fault{Status: 404, Code: "NO_STATEMENT_EXIST"}, "trade bill",
				payment.ErrNoStatement},
		} {
			w.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
				if c.Op == test.op {
					return &test.fault
				}
				return nil
			})
			if _, err := w.bill(payment.TradeBill, day); !errors.Is(err, test.want) {
				w.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
		w.sim.Inject(nil)
		if text, err := w.bill(payment.TradeBill, day); err != nil || text != whole {
			w.Errorf("healed: %v", err)
		}
	})
}
