package receipt

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

func TestCapitals(t *testing.T) {
	for fen, want := range map[payment.Fen]string{
		0:                "零元整",
		1:                "壹分",
		10:               "壹角整",
		11:               "壹角壹分",
		100:              "壹元整",
		105:              "壹元零伍分",
		150:              "壹元伍角整",
		1000:             "壹拾元整",
		1050:             "壹拾元零伍角整",
		270000:           "贰仟柒佰元整",
		152000:           "壹仟伍佰贰拾元整",
		140950:           "壹仟肆佰零玖元伍角整",
		600714:           "陆仟零柒元壹角肆分",
		168032:           "壹仟陆佰捌拾元零叁角贰分",
		10700053:         "壹拾万零柒仟元零伍角叁分",
		1640902:          "壹万陆仟肆佰零玖元零贰分",
		32500:            "叁佰贰拾伍元整",
		10000000:         "壹拾万元整",
		10000100:         "壹拾万零壹元整",
		100000000:        "壹佰万元整",
		10000000000:      "壹亿元整",
		10000000100:      "壹亿零壹元整",
		10100000000:      "壹亿零壹佰万元整",
		11000000000:      "壹亿壹仟万元整",
		10000100000:      "壹亿零壹仟元整",
		9_999_999_999_99: "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
	} {
		if got, err := Capitals(fen); err != nil || got != "人民币 "+want {
			t.Errorf("Capitals(%s) = %s, %v, want %s", fen, got, err, want)
		}
	}
	for _, fen := range []payment.Fen{-1, MaxAmount + 1} {
		if _, err := Capitals(fen); !errors.Is(err, ErrAmount) {
			t.Errorf("Capitals(%s) = %v", fen, err)
		}
	}
}

// read is an independent reader of amounts in capitals.
func read(text string) payment.Fen {
	digits := map[rune]int64{'零': 0, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9}
	var total, group, digit, fen int64
	for _, r := range text {
		if d, ok := digits[r]; ok {
			digit = d
			continue
		}
		switch r {
		case '拾':
			group += digit * 10
		case '佰':
			group += digit * 100
		case '仟':
			group += digit * 1000
		case '万':
			total += (group + digit) * 1_0000
			group = 0
		case '亿':
			total += (group + digit) * 1_0000_0000
			group = 0
		case '元':
			total += group + digit
			group = 0
		case '角':
			fen += digit * 10
		case '分':
			fen += digit
		}
		digit = 0
	}
	return payment.Fen(total*100 + fen)
}

func TestCapitalsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := payment.Fen(rapid.Int64Range(0, int64(MaxAmount)).Draw(t, "fen"))
		text, err := Capitals(fen)
		if err != nil || read(strings.TrimPrefix(text, "人民币 ")) != fen {
			t.Fatalf("Capitals(%s) = %s, read back %s, %v", fen, text, read(text), err)
		}
		if strings.Contains(text, "零零") || strings.Contains(text, "零元") && fen >= 100 {
			t.Fatalf("Capitals(%s) = %s has a zero too many", fen, text)
		}
	})
}

func TestTitlesAndNumbers(t *testing.T) {
	for purse, want := range map[string]string{"诉讼费": "诉讼费交费凭证", "执行款": "执行款交款凭证", "罚款": "罚款交款凭证"} {
		if got := (Receipt{Purse: purse}).Title(); got != want {
			t.Errorf("title of %s is %s", purse, got)
		}
	}
	at := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC) // the 24th in China
	if got, want := FormatNumber("京0101", "03", 87, at), "PZ-0101-03-261124-000087"; got != want {
		t.Errorf("number %s, want %s", got, want)
	}
}

func TestReferences(t *testing.T) {
	day := time.Date(2026, 11, 28, 0, 0, 0, 0, payment.China)
	for _, serial := range []uint64{1, 87, 9999, 10000} {
		text := FormatReference("京0101", "03", serial, day.Add(23*time.Hour))
		got, n, ok := ParseReference(text)
		if !ok || !got.Equal(day) || n != serial {
			t.Errorf("%s is read as %v, %d, %t", text, got, n, ok)
		}
	}
	for _, text := range []string{
		"", "ZF", "ZF-0101-03-261128", "ZF-0101-03-261328-0001", "ZF-0101-03-261128-0000", "ZF-0101-03-261128-x",
		"PZ-0101-03-261128-000001", "LHIUK4MACOQEN7DM2RI6ZED2RGWIZ4MQ",
	} {
		if _, _, ok := ParseReference(text); ok {
			t.Errorf("%q is read as a reference", text)
		}
	}
}
