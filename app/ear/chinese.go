package ear

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// letters are how letters are called in Mandarin; no two sound alike, and none sounds like a digit.
var letters = [26]string{
	"诶", "必", "西", "弟", "易", "艾弗", "记", "艾尺", "爱", "杰", "开", "艾勒", "艾姆", "恩", "欧", "批", "扣", "阿尔", "艾丝", "替", "优",
	"维", "达不溜", "艾克斯", "歪", "贼",
}

// code says figures and letters one by one: 幺 for 1, which sounds like 7 otherwise.
func (m *mandarin) code(s string) {
	for i, group := range groups(s) {
		if i > 0 {
			m.pause(comma)
		}
		for _, c := range []byte(group) {
			switch {
			case c == '1':
				m.char('幺')
			case c <= '9':
				m.plain(digit(int(c - '0')))
			default:
				m.plain(letters[(c|0x20)-'a'])
			}
		}
	}
}

// ordinal says a number that counts nothing: 二号, and 一 in its own tone.
func (m *mandarin) ordinal(n uint64) {
	m.plain(integer(n))
	if last := &(*m)[len(*m)-1]; last.char == '一' {
		last.exact = true
	}
}

// provinces are the characters that the codes of courts begin with.
const provinces = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新兵军"

// counters are what numbers count, the longer ones first; behind orderly ones a number is the name of one.
const (
	counters = `键|分钟|小时|个|秒|分|时|点|天|周|年|月|日|次|笔|位|件|份|张|行|列|格|字|条|种|档|项|人|页|台|步|户|名|家|倍|度|级|岁|期|段|本|卷|部|批|组|` +
		`遍|把|间|元|角|块|毫米|厘米|公里|米|楼|层|室|栋|号|章|款`
	orderly = "号楼层室栋月日章款键"
)

// newChineseRules are the forms that Chinese texts have.
func newChineseRules() *[128][]rule {
	rules := new([128][]rule)
	re := func(form string) *regexp.Regexp { return regexp.MustCompile(`^` + form) }
	const small = `(?:[A-Z]*[a-z][A-Za-z]+|[A-Z]+[a-z])\b` // a word of two letters or more, of which one is small
	by("([", []rule{
		{re(`[（(〔\[](\d{4})[）)〕\]](最高法|\p{Han})(\d{2,4})?(\p{Han}{0,6}|…)(…\d{0,8}|\d{1,8})号`), caseNumber},
	}, rules)
	by("$", []rule{
		{re(`¥\s?([-−])?` + whole + `(?:\.(\d+))?(?:\s?元)?`), func(r *reader, m []string, _ string) bool {
			return r.sum(m[1], m[2], m[3])
		}},
	}, rules)
	by(".", []rule{
		{re(`…{1,2}([0-9A-Za-z]+)`), func(r *reader, m []string, _ string) bool {
			r.mandarin().pause(comma)
			r.zh.han("尾号")
			r.zh.code(m[1])
			return true
		}},
	}, rules)
	by(figuresASCII, []rule{
		{re(`\d{4}(?: \d{1,4})+`), aCode},
		{re(`(\d{4})[-/](\d{1,2})[-/](\d{1,2})`), chineseDate},
		{re(`(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?`), chineseDate},
		{re(`(\d{1,2}):(\d{2})(?::(\d{2}))?`), chineseTime},
		{re(`(\d+)(?:\.(\d+))?\s?([%‰])`), func(r *reader, m []string, _ string) bool {
			r.mandarin().plain(map[string]string{"%": "百分之", "‰": "千分之"}[m[3]])
			return r.decimal(m[1], m[2])
		}},
		{re(`(\d{1,3})/(\d{1,3})`), func(r *reader, m []string, after string) bool {
			above, _ := number(m[1])
			below, _ := number(m[2])
			if begins(after) || r.before == '/' {
				return false
			}
			r.mandarin().ordinal(below)
			r.zh.plain("分之")
			r.zh.ordinal(above)
			return true
		}},
		{re(whole + `\.(\d{1,2}) ?元`), func(r *reader, m []string, _ string) bool { return r.sum("", m[1], m[2]) }},
		{re(`(\d{1,3})\s?[-–~至到]\s?(\d{1,3})\s?(` + counters + `)`), func(r *reader, m []string, _ string) bool {
			from, _ := number(m[1])
			to, _ := number(m[2])
			r.mandarin().ordinal(from)
			r.zh.char('至')
			r.zh.ordinal(to)
			r.unit(m[3])
			return true
		}},
		{re(whole + `(?:\.(\d+))?[ 　]?([万亿]?)(` + counters + `|)`), count},
		{re(`(\d{4}|\d{2})`), func(r *reader, m []string, after string) bool {
			if begins(after) || r.before == 0 || !strings.ContainsRune(provinces, r.before) {
				return false
			}
			r.mandarin().pause(comma)
			r.zh.code(m[0])
			r.zh.pause(comma)
			return true
		}},
		{re(`[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*`), func(r *reader, m []string, after string) bool {
			dot := len(after) > 1 && (after[0] == '.' || after[0] == ',') && after[1] >= '0' && after[1] <= '9'
			return !dot && aCode(r, m, after)
		}},
		{re(`\d+(?:\.\d+){2,}`), func(r *reader, m []string, _ string) bool {
			for i, group := range strings.Split(m[0], ".") {
				if i > 0 {
					r.mandarin().char('点')
				}
				r.mandarin().code(group)
			}
			return true
		}},
		{re(whole + `(?:\.(\d+))?`), func(r *reader, m []string, _ string) bool { return r.decimal(m[1], m[2]) }},
	}, rules)
	by(lettersASCII, []rule{
		{re(small + `[ -)+-~’–—]*(?:\n|$)`), prose},
		{re(small + `(?:[ -)+-~’–—]*[A-Za-z])?[0-9A-Za-z]*`), prose}, // a figure at its end belongs to what follows
		{re(`[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*`), aCode},
	}, rules)
	return rules
}

func aCode(r *reader, m []string, _ string) bool {
	r.code(m[0])
	return true
}

// caseNumber says a case number, masked ones too: 二零二六年，京，零幺零幺，民初，末尾四五号.
func caseNumber(r *reader, m []string, _ string) bool {
	year, court, division, kind, serial := m[1], m[2], m[3], m[4], m[5]
	z := r.mandarin()
	z.pause(comma)
	z.year(year)
	z.pause(comma)
	z.han(court)
	z.pause(comma)
	z.code(division)
	z.pause(comma)
	if kind == "…" {
		kind = "某"
	}
	z.han(kind)
	z.pause(comma)
	if end, masked := strings.CutPrefix(serial, "…"); !masked {
		z.code(serial)
	} else if end == "" {
		z.char('某')
	} else {
		z.han("末尾")
		z.code(end)
	}
	z.exact("号", "hao4")
	return true
}

// year says a year by its figures, 一 as yi1: nobody says 幺 in a date.
func (m *mandarin) year(text string) {
	for _, c := range []byte(text) {
		m.plain(digit(int(c - '0')))
	}
	m.char('年')
}

func chineseDate(r *reader, m []string, after string) bool {
	written := strings.Contains(m[0], "年")
	if !written && (begins(after) || !day(m[1], m[2], m[3])) {
		return false
	}
	z := r.mandarin()
	z.year(m[1])
	for i, unit := range []rune{'月', '日'} {
		if n, ok := number(m[2+i]); ok {
			z.ordinal(n)
			z.char(unit)
		}
	}
	return true
}

func chineseTime(r *reader, m []string, after string) bool {
	if begins(after) || !clock(m[1], m[2], m[3]) {
		return false
	}
	hour, _ := number(m[1])
	minute, _ := number(m[2])
	second, seconds := number(m[3])
	z := r.mandarin()
	if hour == 2 {
		z.char('两')
	} else {
		z.ordinal(hour)
	}
	z.char('点')
	two := func(n uint64, unit rune) {
		if n < 10 && n > 0 {
			z.char('零')
		}
		z.ordinal(n)
		z.char(unit)
	}
	if minute > 0 || seconds {
		two(minute, '分')
	}
	if seconds {
		two(second, '秒')
	}
	return true
}

// sum says an amount; one that is no amount of fen is said as a number.
func (r *reader) sum(sign, yuan, decimals string) bool {
	z := r.mandarin()
	if f, ok := fen(sign, yuan, decimals); ok {
		z.plain(sum(f))
		return true
	}
	if sign != "" {
		z.char('负')
	}
	r.decimal(yuan, decimals)
	z.char('元')
	return true
}

// decimal says a number with its decimals one by one; one that is too long is said by its figures.
func (r *reader) decimal(text, decimals string) bool {
	z := r.mandarin()
	n, ok := number(text)
	switch {
	case !ok || decimals == "" && !strings.Contains(text, ",") && len(text) > 1 && text[0] == '0':
		z.code(strings.ReplaceAll(text, ",", ""))
	default:
		z.ordinal(n)
	}
	if decimals != "" {
		z.char('点')
		for _, c := range []byte(decimals) {
			z.plain(digit(int(c - '0')))
		}
		(*z)[len(*z)-1].exact = true
	}
	return true
}

// count says a number with what it counts.
func count(r *reader, m []string, _ string) bool {
	text, decimals, size, unit := m[1], m[2], m[3], m[4]
	n, ok := number(text)
	first := r.before != 0 && strings.ContainsRune("第量速按", r.before) // 音量三, 按一: no 幺
	switch {
	case !ok || size == "" && unit == "" && (!first || len(text) > 3):
		return false
	case decimals == "" && (unit == "号" && len(text) > 3 || unit == "年" && len(text) == 4):
		return false // 12345号: by its figures
	}
	z := r.mandarin()
	switch {
	case decimals != "":
		r.decimal(text, decimals)
	case len(text) > 1 && text[0] == '0' && !strings.Contains("分秒", unit):
		z.code(text)
	case len(text) > 1 && text[0] == '0' && n > 0:
		z.char('零')
		z.ordinal(n)
	case first || unit != "" && strings.Contains(orderly, unit) && size == "":
		z.ordinal(n)
	default:
		z.plain(counted(n))
	}
	z.plain(size)
	r.unit(unit)
	return true
}

// unit says what was counted: 行 is a line here.
func (r *reader) unit(unit string) {
	if unit == "行" {
		r.mandarin().exact(unit, "hang2")
		return
	}
	r.mandarin().plain(unit)
}

// prose says English within Chinese, in an English voice.
func prose(r *reader, m []string, _ string) bool {
	r.flush()
	e := reader{english: true, before: r.before}
	e.read(m[0])
	e.flush()
	r.parts = append(r.parts, e.parts...)
	return true
}

// readChinese says the beginning of a text that no rule knows, and returns its length.
func (r *reader) readChinese(text string) int {
	first, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	if isHan(first) || first == '*' {
		han, n := named(text)
		r.mandarin().han(han)
		return n
	}
	if first == '（' && strings.HasPrefix(rest, "含）") {
		return size + r.inclusive(rest)
	}
	z := r.mandarin()
	switch first {
	case ' ':
		if r.parted(rest) {
			z.pause(comma)
		}
	case '–', '~':
		if r.upTo(rest) {
			z.char('至')
		} else {
			z.pause(comma)
		}
	default:
		switch {
		case first == '-' && strings.ContainsRune("“\"「", r.before) && begins(text):
			z.char('杠') // the -2 of a ruling
		case strings.ContainsRune("。！？.!?…\n", first):
			z.pause(stop)
		case strings.ContainsRune("，、；：,;:·　（）()［］[]【】〔〕｛｝{}|—/-＜＞", first):
			z.pause(comma)
		case first == '×':
			z.han("乘以")
		case first == '+':
			z.char('加')
		case first == '=':
			z.han("等于")
		case unicode.IsLetter(first):
			z.char('某')
		}
	}
	return size
}

// inclusive says （含）前 as it is meant, and returns how much of it was read behind the bracket.
func (r *reader) inclusive(rest string) int {
	n := len("含）")
	if strings.HasPrefix(rest[n:], "前") {
		r.mandarin().char('前')
		n += len("前")
	}
	r.mandarin().pause(comma)
	r.zh.han("含当日")
	r.zh.pause(comma)
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
