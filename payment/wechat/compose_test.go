package wechat_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// The bytes are stored in ledgers and sent again after years of upgrades: this text may not change lightly.
const composed = `{"appid":"wx0000000000000001","mchid":"1900000001","description":"京0101 案件受理费",` +
	`"out_trade_no":"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",` +
	`"time_expire":"2026-11-23T20:05:00+08:00","attach":"03/INSTANCE","notify_url":"https://court.example/notify",` +
	`"amount":{"total":270000,"currency":"CNY"}}`

func TestComposedBytes(t *testing.T) {
	g := gateway(t, newSim(t, wechatsim.Guesses{}), nil)
	o := payment.Order{
		No: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Merchant: merchant, Attach: "03/INSTANCE", Amount: 270000,
		Title:   "京0101 案件受理费",
		Expires: time.Date(2026, 11, 23, 12, 5, 0, 0, time.UTC), State: payment.Created,
	}
	for range 3 {
		if body, err := g.Compose(o); err != nil || string(body) != composed {
			t.Fatalf("got %s, %v\nwant %s", body, err, composed)
		}
	}
}

func TestComposeFits(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	g := gateway(t, sim, nil)
	tests := map[string]struct {
		title, attach string
		want          string // description; empty: refused
	}{
		"plain":            {"案件受理费", "03/X", "案件受理费"},
		"rare name":        {"𠮷某", "03/X", "〓某"},
		"emoji":            {"费😀", "03/X", "费〓"},
		"controls":         {"\ta\nb\x00c\u0085", "03/X", "a b c"},
		"broken UTF-8":     {"a\xffb", "03/X", "a〓b"},
		"for the web":      {`<b>&"费"\`, "03/X", `<b>&"费"\`},
		"127 bytes":        {strings.Repeat("a", 127), "03/X", strings.Repeat("a", 127)},
		"129 bytes":        {strings.Repeat("法", 43), "03/X", strings.Repeat("法", 42)},
		"cut before blank": {strings.Repeat("a", 126) + " 法", "03/X", strings.Repeat("a", 126)},
		"no title":         {"", "03/X", ""},
		"blank title":      {" \n\t", "03/X", ""},
		"attach of 128":    {"费", strings.Repeat("x", 128), "费"},
		"attach of 129":    {"费", strings.Repeat("x", 129), ""},
		"attach with rare": {"费", "𠮷/X", ""},
		"attach with tab":  {"费", "03\t/X", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := order(t, g)
			o.Title, o.Attach = tt.title, tt.attach
			var err error
			o.Body, err = g.Compose(o)
			if tt.want == "" {
				if err == nil {
					t.Errorf("composed %s", o.Body)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.Prepay(t.Context(), o); err != nil {
				t.Fatalf("create = %v", err)
			}
			if got, _ := sim.Order(o.No); got.Description != tt.want || got.Attach != tt.attach ||
				!got.Expires.Equal(o.Expires.Truncate(time.Second)) {
				t.Errorf("WeChat has %+v, want %q", got, tt.want)
			}
		})
	}
}

func FuzzCompose(f *testing.F) {
	for _, s := range []string{"案件受理费", "𠮷\x00\xff", strings.Repeat("法", 60), "a\u2028b"} {
		f.Add(s)
	}
	sim := newSim(f, wechatsim.Guesses{})
	g := gateway(f, sim, nil)
	f.Fuzz(func(t *testing.T, title string) {
		body, err := g.Compose(payment.Order{No: "ABCDEF", Merchant: merchant, Title: title, Amount: 1,
			Expires: time.Now()})
		if err != nil {
			return
		}
		var read struct{ Description string }
		if err := json.Unmarshal(body, &read); err != nil || !utf8.Valid(body) || bytes.ContainsRune(body, '\n') {
			t.Fatalf("body %q: %v", body, err)
		}
		if d := read.Description; d == "" || len(d) > 127 || strings.TrimSpace(d) != d {
			t.Errorf("description %q of %d bytes", d, len(d))
		}
		for _, r := range read.Description {
			if unicode.IsControl(r) || r > 0xFFFF {
				t.Errorf("description holds %U", r)
			}
		}
	})
}
