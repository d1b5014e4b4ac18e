package register

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// Clerks head a column of one meaning in many ways: 缴费状态, 交费状态, 收费状态, 支付情况, 是否已缴纳. A header is read by what
// it is made of, with every word for paying written as 缴. What is made otherwise and still speaks of money is refused:
// a column that is passed over may be the one that says that a bill was paid.

// pays are the words for paying, with what is paid.
const pays = `(?:(?:缴纳|交纳|缴交|上缴|收缴|收取|支付|缴|交|收|付)(?:费用|费|款项|款|案款)?|到账|到帐|入账|入帐)`

var (
	paying = regexp.MustCompile(pays)
	unit   = regexp.MustCompile(`\((?:人民币|单位)?[:,]?(?:元|人民币|rmb|cny)\)$`)
)

// made are the headers that are read by their making, where 缴 stands for every word for paying.
var made = []struct {
	header *regexp.Regexp
	col    string
}{
	{regexp.MustCompile(`^(?:是否(?:已经?)?(?:缴|缴清|结清)|(?:已经?)?缴(?:与否|否)|已缴\?|is_?paid|paid)$`), colStatus},
	{regexp.MustCompile(`^(?:费用|款项|案款|诉讼费|受理费)?(?:缴|结清)(?:费用)?(?:状态|情况|状况|标志|标识)$`), colStatus},
	{regexp.MustCompile(`^(?:费用|款项|案款)(?:状态|情况|状况)$`), colStatus},
	{regexp.MustCompile(`^pay(?:ment)?[ _]?(?:status|state)$`), colStatus},
	{regexp.MustCompile(`^(?:最后|最迟|最晚|限期|限)?缴(?:的)?(?:截止|截至|到期|期限|限期|最后|最迟)(?:日期|时间|期限|日|限)?$`), colDeadline},
	{regexp.MustCompile(`^(?:最后|最迟|最晚|限期|限)缴(?:日期|时间|期限|期|日)$`), colDeadline},
	{regexp.MustCompile(`^(?:截止|截至|到期|最后|最迟)(?:日期|时间|日|期限)$`), colDeadline},
	{regexp.MustCompile(`^(?:缴的?|缴识别|缴识别的)(?:码|号码|识别码|识别号|识别号码|代码)$`), colCode},
	{regexp.MustCompile(`^应预?缴(?:金额|数额|款额|总额|额|费)?$`), colAmount},
}

// came are the headers of columns that hold something once money has come, and cannot say of what.
var came = regexp.MustCompile(`^(?:(?:实际?|已)(?:缴|退)(?:金额|数额|总额|款额|额|数|款|费)?` +
	`|(?:实际)?(?:缴|退|结清|开票|出票)(?:成功|完成|确认)?(?:日期|时间|日|人?签收)` +
	`|(?:缴|退)(?:方式|渠道|途径|流水|凭证|回单|凭据|单据|票据)(?:号|号码|编号|单号|代码)?` +
	`|(?:电子|财政|纸质|非税|缴|银行|微信|支付宝|商户)*` +
	`(?:票据|票|收据|发票|凭证|凭据|回单|回执|流水|交易|缴易|订单|交易流水|缴易流水)(?:号|号码|编号|单号|订单号|流水号|代码|校验码)` +
	`|(?:是否(?:已经?)?)(?:开票|出票|退费|退款|退缴|退|核销|销账|对账)(?:费|款)?` +
	`|(?:开票|出票|退费|退款|退|核销|销账|对账|缴易|订单)(?:状态|情况|标志|金额)` +
	`|凭证|缴易(?:日期|时间)|商户(?:订单号|单号)` +
	`|(?:pay|paid|payment|settled|refund(?:ed)?)[ _]?(?:at|on|date|time|amount|method|channel)` +
	`|(?:receipt|invoice|voucher|transaction)[ _]?(?:no\.?|number|id|code))$`)

// arrived are the headers of such columns that say it by another word than paying, or by the way that money took.
var arrived = regexp.MustCompile(`^(?:(?:是否)?(?:已经?|实际|执行)?` +
	`(?:到款|款到|来款|收到|到位|进[账帐]|入库|解缴|汇[款入]|转[账帐入]|打款|刷卡|扫码|扣款|扣划|划扣|划款|划拨|扣缴|抵扣|抵缴|` +
	`预缴|预收|代缴|补缴|应补|完费|清费|清偿|履行|还款|发还|应?退|缴清|缴讫|付清|交清)(?:诉讼费|受理费)?` +
	`|应?补缴?|差额|现金|pos机?|微信|支付宝|银联|云闪付|网银)` +
	`(?:金额|数额|总额|款额|额|数|款|费|日期|时间|日|情况|状态|状况|标志|方式|与否|单号)?$`)

// left are the headers of columns that say how much is still to be paid.
var left = regexp.MustCompile(`^(?:(?:尚|还)?(?:未|待|欠|尚欠|剩余)缴?(?:金额|数额|额|费|款|费用)|(?:未|待)缴|` +
	`还需缴?(?:金额|额)?|余额|(?:amount_?)?(?:left|outstanding))$`)

// aboutMoney are words of headers that may say that money has come; notMoney are headers with such a word that do not:
// people, places and papers.
var (
	aboutMoney = regexp.MustCompile(`缴|缴纳|交费|交款|交纳|支付|付款|付费|已付|实付|应付|收费|收款|已收|实收|到[账帐]|入[账帐]|` +
		`票据|收据|发票|开票|回单|流水|结清|结算|[付收交]讫|核销|销[账帐]|对[账帐]|退费|退款|欠|余额|` +
		`paid|payment|payed|receipt|invoice|settle|refund|transaction`)
	notMoney = regexp.MustCompile(`(?:人|员|者|单位|方|人姓名|人名称|人电话|人手机号?|人地址|人联系方式|联系电话|账号|帐号|账户|帐户|户名|` +
		`银行|开户行|行号|地点|地址|窗口|电话|依据|标准|类别|类型|项目|事由|通知书|通知书文号|通知文号|文书号|须知|说明)$`)
)

// spell writes a header as the tables have it: in one width and case, without blanks, marks and its unit.
func spell(header string) string {
	h := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '*' || invisible(r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(clean(header))))
	return unit.ReplaceAllString(strings.TrimRight(h, ":"), "")
}

// madeOf returns the column that a header names by what it is made of.
func madeOf(header string) (col string, ok bool) {
	h := spell(header)
	if col, ok = headers[h]; ok {
		return col, ok
	}
	plain := paying.ReplaceAllString(h, "缴")
	for _, m := range made {
		if m.header.MatchString(plain) || m.header.MatchString(h) {
			return m.col, true
		}
	}
	return "", false
}

// maxHeader is how long a header may be that is not known, in characters: it is named to a clerk.
const maxHeader = 60

// A beside is a column that is no part of a bill.
type beside struct {
	at   int
	name string // as the file writes it
}

// in returns what a row says in the column.
func (b beside) in(record []string) string {
	if b.at >= len(record) {
		return ""
	}
	return clean(record[b.at])
}

// besides are the columns of a list that are no part of a bill.
type besides struct {
	came, left, ignored []beside
	serials             []*serial
	meant               []string // ignored on purpose: spelt
}

// put puts a column where it belongs. A header that may say that money has come, and cannot be read, is refused.
func (s *besides) put(at int, header string) error {
	h := spell(header)
	plain := paying.ReplaceAllString(h, "缴")
	b := beside{at, strings.Join(strings.Fields(clean(header)), " ")}
	switch {
	case h == "" || h == "序号":
	case !bill.Printable(b.name) || utf8.RuneCountInString(b.name) > maxHeader:
		return say("list.header-odd")
	case serialHeader.MatchString(h):
		s.serials = append(s.serials, &serial{beside: b})
	case came.MatchString(plain), came.MatchString(h), arrived.MatchString(plain), arrived.MatchString(h):
		s.came = append(s.came, b)
	case left.MatchString(plain) || left.MatchString(h):
		s.left = append(s.left, b)
	case aboutMoney.MatchString(h) && !notMoney.MatchString(h):
		return say("list.header-money")
	default:
		s.ignored = append(s.ignored, b)
	}
	return nil
}

// on reports whether the configuration has a column ignored on purpose.
func (s *besides) on(header string) bool { return slices.Contains(s.meant, spell(header)) }

// names are the columns that were ignored and not named by the configuration, as the file writes them.
func (s *besides) names() (names []string) {
	for _, b := range s.ignored {
		names = append(names, b.name)
	}
	return names
}

var (
	// nothing are cells that say that no money has come.
	nothing = regexp.MustCompile(`^(?:|[-—–/\\]+|0+(?:\.0+)?|¥?0\.00元?|无|暂无|没有|否|未.*|待.*|尚未.*|` +
		`no|none|n/a|null|false|×|✗)$`)
	// gotten are words of a cell that say that money has come, behind 已 and what stands between, or by themselves;
	// gotAlone say so only when they are all of it.
	gotten = regexp.MustCompile(`[已巳](?:经)?([^,;，；、。.!]{0,14}?)` +
		`(?:缴|支付|到[账帐款位]|入[账帐库]|付[款费清讫过]|收[费款讫取清]|交[费款纳清齐过]|交(?:诉讼|案件受理|受理|保全|申请|执行)费|` +
		`[交付](?:$|[,;(，；、。])|结清|结讫|转[账帐]|汇[款入出]|打款|来款|刷卡|扫码(?:$|[,;(，；、。])|扣划|划扣|划拨|清偿|开票|出票|` +
		`履行(?:$|[完,;(，；、。]))` +
		`|(?:[缴交付][清讫齐]|收讫|(?:缴费|缴款|支付|付款|交费)(?:成功|完成)|[交缴付]过?了|[款钱]已?到|费用?已结|当庭(?:支付|[缴交付])` +
		`|(?:[日号]|[0-9][./-][0-9]{1,2}) ?(?:在?窗口|现金|微信)?(?:支付|[缴交付]))`)
	gotAlone = regexp.MustCompile(`^(?:[已巳](?:经)?[交付收缴退]|paid|settled)(?:[(,;、，。].*)?$`)
	// denied are words before it that take it back. asked are words that make of it what is still to come: between 已
	// and what follows, or before what says it by itself.
	denied = regexp.MustCompile(`未|没|非|不|待|尚`)
	asked  = regexp.MustCompile(`应|限|请|须|需|拟|可|收到|通知|告知|提[示醒]|催|发|送|申请|批准|减|免|缓|退|开具|出具|打印|制作|` +
		`裁定|判决|决定|要求|前|后`)
)

// saysPaid reports whether a cell says in words that money has come.
func saysPaid(cell string) bool {
	c := strings.ToLower(norm.NFKC.String(cell))
	if gotAlone.MatchString(c) {
		return true
	}
	if !strings.ContainsAny(c, "已巳缴交付支讫款钱费") { // most cells; gotten takes 50 µs
		return false
	}
	for _, at := range gotten.FindAllStringSubmatchIndex(c, -1) {
		before := c[:at[0]]
		if i := strings.LastIndexAny(before, ",;、。."); i >= 0 {
			before = before[i:]
		}
		between := before
		if at[2] >= 0 {
			between = c[at[2]:at[3]]
		}
		if !denied.MatchString(before+between) && !asked.MatchString(between) {
			return true
		}
	}
	return false
}

// contradicts says which cell beside a bill that is asked for speaks of money that has come; nil when none does.
func (s *besides) contradicts(record []string, line int, amount payment.Fen, remark string) *BadRow {
	for _, b := range s.serials {
		if b.came(record, line) {
			return &BadRow{Column: b.name, Reason: "list.came"}
		}
	}
	for _, b := range s.came {
		if !isNothing(b.in(record)) {
			return &BadRow{Column: b.name, Reason: "list.came"}
		}
	}
	for _, b := range s.left {
		cell := decimals(b.in(record))
		if rest, err := Amount(cell); cell != "" && (err != nil || rest != amount) {
			return &BadRow{Column: b.name, Reason: "list.left", Pairs: []string{"amount", amount.String()}}
		}
	}
	for _, b := range s.ignored {
		if saysPaid(b.in(record)) {
			return &BadRow{Column: b.name, Reason: "list.ignored-paid"}
		}
	}
	if saysPaid(remark) {
		return &BadRow{Reason: "list.remark-paid"}
	}
	return nil
}
