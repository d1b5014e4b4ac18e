package ear

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/message"
	"courtkiosk/payment"

	"pgregory.net/rapid"
)

var sums = flag.Int("sums", 20_000, "how many amounts are said and understood again")

// understood is the amount that Chinese words say; ok is false where they say none.
func understood(text string) (f payment.Fen, ok bool) {
	text, minus := strings.CutPrefix(text, "负")
	yuan, rest, whole := strings.Cut(text, "元")
	if !whole {
		yuan, rest = "", text
	}
	n, ok := integerOf(yuan)
	if whole && (!ok || yuan == "") || rest == "" {
		return 0, false
	}
	if rest != "整" {
		rest = strings.TrimPrefix(rest, "零")
		for _, unit := range []string{"角", "分"} {
			if d, after, has := strings.Cut(rest, unit); has {
				v, ok := integerOf(d)
				if !ok || v < 1 || v > 9 {
					return 0, false
				}
				n, rest = n*10+v, after
			} else {
				n *= 10
			}
		}
		if rest != "" {
			return 0, false
		}
	} else {
		n *= 100
	}
	if minus {
		return -payment.Fen(n), true
	}
	return payment.Fen(n), true
}

// integerOf is the number that Chinese words say, by the places of its characters alone.
func integerOf(text string) (n uint64, ok bool) {
	for _, size := range []struct {
		name  string
		value uint64
	}{{"亿", 1e8}, {"万", 1e4}} {
		if i := strings.LastIndex(text, size.name); i >= 0 {
			above, ok1 := integerOf(text[:i])
			below, ok2 := integerOf(text[i+len(size.name):])
			return above*size.value + below, ok1 && ok2 && below < size.value
		}
	}
	digit := uint64(0)
	seen := false
	for _, r := range text {
		if unit, is := map[rune]uint64{'千': 1000, '百': 100, '十': 10}[r]; is {
			if !seen {
				digit = 1 // 十二
			}
			n, digit, seen = n+digit*unit, 0, false
			continue
		}
		v := strings.IndexRune(hanDigits, r)
		if r == '两' {
			v = 2 * len("两")
		}
		if v < 0 || seen && digit != 0 {
			return 0, false
		}
		v /= len("零")
		digit, seen = uint64(v), r != '零'
	}
	return n + digit, true
}

// amounts are of all sizes, and near those where words change.
func amounts(random *rand.Rand) payment.Fen {
	size := math.Pow(10, 1+17.9*random.Float64())
	f := payment.Fen(size * random.Float64())
	for _, zeros := range []payment.Fen{10, 100, 1000, 1_000_000, 10_000_000, 10_000_000_000} {
		if random.IntN(4) == 0 {
			f -= f / zeros % 10 * zeros // a figure of 0
		}
		if random.IntN(12) == 0 {
			f = f / zeros * zeros
		}
	}
	return f
}

// What is said of an amount is understood as the same amount, and no two amounts are said in the same words.
func TestSumsAreUnderstood(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 1))
	for range *sums {
		f := amounts(random)
		said := Sum(message.Chinese, f)
		if got, ok := understood(said); !ok || got != f {
			t.Fatalf("%d fen, %s, is understood as %d, %v", f, said, got, ok)
		}
	}
	for f := payment.Fen(-200); f < 200_000; f++ { // every one up to two thousand yuan
		if got, ok := understood(Sum(message.Chinese, f)); !ok || got != f {
			t.Fatalf("%d fen, %s, is understood as %d, %v", f, Sum(message.Chinese, f), got, ok)
		}
	}
	for _, f := range []payment.Fen{math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
		if got, ok := understood(Sum(message.Chinese, f)); !ok || got != f {
			t.Errorf("%d fen, %s, is understood as %d, %v", f, Sum(message.Chinese, f), got, ok)
		}
	}
}

// englishNumberOf is the number that English words say.
func englishNumberOf(words []string) (n uint64, ok bool) {
	group := uint64(0)
	for _, w := range words {
		switch w {
		case "and":
			continue
		case "hundred":
			group *= 100
			continue
		}
		big := slices.IndexFunc(units, func(u struct {
			size uint64
			name string
		}) bool {
			return u.name == w
		})
		if big >= 0 {
			n, group = n+group*units[big].size, 0
			continue
		}
		for part := range strings.SplitSeq(w, "-") {
			if i := slices.Index(small, part); i >= 0 {
				group += uint64(i)
			} else if i := slices.Index(tens, part); i > 0 {
				group += uint64(i) * 10
			} else {
				return 0, false
			}
		}
	}
	return n + group, true
}

func TestEnglishSumsAreUnderstood(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 2))
	for range *sums {
		f := amounts(random)
		said := Sum(message.English, f)
		yuan, fen, whole := strings.Cut(said, " yuan")
		if !whole {
			yuan, fen = "", said
		}
		n, ok1 := englishNumberOf(strings.Fields(yuan))
		d, ok2 := englishNumberOf(strings.Fields(strings.TrimSuffix(fen, " fen")))
		if !ok1 || !ok2 || payment.Fen(n*100+d) != f {
			t.Fatalf("%d fen is %s, understood as %d and %d", f, said, n, d)
		}
	}
}

// An amount sounds the same by itself, in words that are read once more, and in the middle of a sentence.
func TestSumsSoundTheSame(t *testing.T) {
	before := map[message.Lang]string{message.Chinese: "应付", message.English: "pay "}
	rapid.Check(t, func(t *rapid.T) {
		f := payment.Fen(rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "fen"))
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			once, twice := Parts(lang, f.Yuan())[0], Parts(lang, Sum(lang, f))[0]
			within := Parts(lang, before[lang]+f.Yuan())[0]
			if once.Words != Sum(lang, f) || twice != once || !strings.HasSuffix(within.Sound, " "+once.Sound) {
				t.Errorf("%s: %+v, %+v, %+v", f.Yuan(), once, twice, within)
			}
		}
	})
}

// Figures and letters are said one by one, each and in order, and sound the same when the words are read once more.
func TestDigitsAreUnderstood(t *testing.T) {
	names := map[message.Lang]map[string]rune{message.Chinese: {"幺": '1'}, message.English: {}}
	for i, r := range figuresASCII {
		names[message.Chinese][digit(i)] = r
		names[message.English][small[i]] = r
	}
	delete(names[message.Chinese], "一")
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{1,40}`).Draw(t, "digits")
		for lang, of := range names {
			words := Digits(lang, digits)
			var got strings.Builder
			for group := range strings.SplitSeq(strings.ReplaceAll(words, "，", ","), ",") {
				list := strings.Fields(group)
				if lang == message.Chinese {
					list = strings.Split(group, "")
				}
				if len(list) > 5 || len(list) > 4 && !strings.HasSuffix(words, group) {
					t.Errorf("%s: a group of %d in %s", digits, len(list), words)
				}
				for _, w := range list {
					got.WriteRune(of[w])
				}
			}
			if got.String() != digits {
				t.Errorf("%s is said %s", digits, words)
			}
			again := Parts(lang, words)[0]
			code := Parts(lang, "0-"+digits)[0]
			if again.Words != words || !strings.HasSuffix(code.Sound, " "+again.Sound) {
				t.Errorf("%s is said %s, then %s", digits, words, again.Words)
			}
		}
	})
	for lang, want := range map[message.Lang]string{message.Chinese: "幺", message.English: "one"} {
		if got := Digit(lang, "1"); got != want {
			t.Errorf("1 is echoed as %s", got)
		}
		if Digit(lang, "12") != "" || Digit(lang, "a") != "" || Digits(lang, "") != "" || Digits(lang, "…") != "" {
			t.Errorf("%s: something is said of nothing", lang)
		}
		if got := fmt.Sprint(Digits(lang, "ZF-01")); wrongPart(Parts(lang, got)[0]) != "" {
			t.Errorf("ZF-01 is %s", got)
		}
	}
}
