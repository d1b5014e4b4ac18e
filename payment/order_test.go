package payment_test

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

func TestFenInWords(t *testing.T) {
	tests := map[string]struct {
		fen          payment.Fen
		plain, shown string
	}{
		"nothing":               {0, "0.00", "¥0.00"},
		"one fen":               {1, "0.01", "¥0.01"},
		"ten fen":               {10, "0.10", "¥0.10"},
		"one yuan":              {100, "1.00", "¥1.00"},
		"below a thousand":      {99999, "999.99", "¥999.99"},
		"a thousand":            {100000, "1000.00", "¥1,000.00"},
		"a court fee":           {270000, "2700.00", "¥2,700.00"},
		"thousands of millions": {999_999_999_999, "9999999999.99", "¥9,999,999,999.99"},
		"minus 5 fen":           {-5, "-0.05", "¥-0.05"},
		"minus 1 yuan":          {-100, "-1.00", "¥-1.00"},
		"minus three digits":    {-12345, "-123.45", "¥-123.45"},
		"minus four digits":     {-123456, "-1234.56", "¥-1,234.56"},
		"minus six digits":      {-12345678, "-123456.78", "¥-123,456.78"},
		"most":                  {math.MaxInt64, "92233720368547758.07", "¥92,233,720,368,547,758.07"},
		"least":                 {math.MinInt64, "-92233720368547758.08", "¥-92,233,720,368,547,758.08"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.fen.String(); got != tt.plain {
				t.Errorf("String: got %s, want %s", got, tt.plain)
			}
			if got := tt.fen.Yuan(); got != tt.shown {
				t.Errorf("Yuan: got %s, want %s", got, tt.shown)
			}
		})
	}
}

func TestFenStringReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64().Draw(t, "fen")
		back, ok := new(big.Rat).SetString(payment.Fen(fen).String())
		if !ok || back.Mul(back, big.NewRat(100, 1)).Cmp(new(big.Rat).SetInt64(fen)) != 0 {
			t.Fatalf("%d is written as %s", fen, payment.Fen(fen))
		}
	})
}

// The numbers are what every installed machine derives: a change of one is a bill that two machines can both be
// paid for. The wanted values were computed apart from this program.
func TestNumberIsStable(t *testing.T) {
	const bill = "（2026）京0105民初12345号/受理费"
	tests := map[string]struct {
		key     payment.Key
		attempt int
		want    string
	}{
		"first":   {payment.Key{Court: "京0101", Purse: "诉讼费", Bill: bill}, 1, "FX35P4RFTNELHLNTRZJOJCRN4OKSFIR4"},
		"second":  {payment.Key{Court: "京0101", Purse: "诉讼费", Bill: bill}, 2, "7HOUUX2CDNMXJFO76I7DMA5CNGTSRJ2Z"},
		"purse":   {payment.Key{Court: "京0101", Purse: "执行款", Bill: bill}, 1, "R6L3FCRLUMK66XOHC62LRFMONUIYWLHE"},
		"nothing": {payment.Key{}, 1, "2VXL4DWQLWVSJAXWAYWB57D3THQFX2MQ"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.key.Number(merchant, tt.attempt); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

var outTradeNo = regexp.MustCompile(`^[A-Z2-7]{32}$`)

func TestNumberTellsKeysApart(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune("ab1:2 京")), 0, 4, -1)
	key := rapid.Custom(func(t *rapid.T) payment.Key {
		return payment.Key{Court: part.Draw(t, "court"), Purse: part.Draw(t, "purse"), Bill: part.Draw(t, "bill")}
	})
	rapid.Check(t, func(t *rapid.T) {
		k, l := key.Draw(t, "k"), key.Draw(t, "l")
		m, n := rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 12).Draw(t, "n")
		there := payment.Merchant{MchID: rapid.SampledFrom([]string{merchant.MchID, "1900000002"}).Draw(t, "merchant")}
		a, b := k.Number(merchant, m), l.Number(there, n)
		if !outTradeNo.MatchString(a) {
			t.Fatalf("%q is no out_trade_no of ours", a)
		}
		if same := k == l && m == n && there.MchID == merchant.MchID; (a == b) != same {
			t.Fatalf("%v %d is %s, %v %d is %s", k, m, a, l, n, b)
		}
	})
}

var states = []payment.State{
	payment.Created, payment.Waiting, payment.Closing, payment.Paid,
	payment.Closed, payment.Void, payment.Foreign, payment.Disputed,
}

func TestGraph(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, e := range payment.Graph {
		if e.From != "" && !slices.Contains(states, e.From) || !slices.Contains(states, e.To) {
			t.Errorf("edge %v names a state that is none", e)
		}
		if k := [2]string{string(e.From), string(e.Event)}; seen[k] {
			t.Errorf("event %s leads from %q to two states", e.Event, e.From)
		} else {
			seen[k] = true
		}
		if e.From == payment.Paid && e.To != payment.Paid {
			t.Errorf("edge %v leaves paid", e)
		}
		if e.To == payment.Void && e.From != payment.Created {
			t.Errorf("edge %v makes an order void whose code was known", e)
		}
		if e.To == payment.Closed && e.Event != payment.SaidClosed {
			t.Errorf("edge %v closes an order without a query that said so", e)
		}
	}
	if payment.Allowed(payment.Edge{From: payment.Waiting, Event: payment.SaidAbsent, To: payment.Void}) {
		t.Error("an order that could be paid may become void")
	}
}

func TestStates(t *testing.T) {
	elsewhere := func(o payment.Order) payment.Order { o.TransactionID = "4200"; return o }
	tests := map[string]struct {
		order                    payment.Order
		final, blocks, elsewhere bool
	}{
		"created":        {payment.Order{State: payment.Created}, false, true, false},
		"waiting":        {payment.Order{State: payment.Waiting}, false, true, false},
		"closing":        {payment.Order{State: payment.Closing}, false, true, false},
		"paid":           {elsewhere(payment.Order{State: payment.Paid}), true, true, false},
		"closed":         {payment.Order{State: payment.Closed}, true, false, false},
		"void":           {payment.Order{State: payment.Void}, true, false, false},
		"foreign":        {payment.Order{State: payment.Foreign}, false, true, false},
		"paid elsewhere": {elsewhere(payment.Order{State: payment.Foreign}), true, true, true},
		"disputed":       {elsewhere(payment.Order{State: payment.Disputed}), true, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.order.Final(); got != tt.final {
				t.Errorf("final %v, want %v", got, tt.final)
			}
			if got := tt.order.Blocks(); got != tt.blocks {
				t.Errorf("blocks %v, want %v", got, tt.blocks)
			}
			if got := tt.order.PaidElsewhere(); got != tt.elsewhere {
				t.Errorf("paid elsewhere %v, want %v", got, tt.elsewhere)
			}
		})
	}
}
