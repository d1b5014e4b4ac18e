package bill

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"courtkiosk/app/caseno"
)

// A Person is a payer's name, or several with 、 between them: a person's or an organisation's. Whatever formats or
// encodes it shows it masked, as screens do; masking twice masks once. What receipts print, Printed says.
type Person string

// String returns the name masked: 张*明, 李*, 北京****公司, each of several on its own. What stands in brackets after a
// person's name is another person, so it goes.
func (p Person) String() string { return p.each(mask) }

// Printed returns the name as receipts print it: an organisation's whole, so that an accountant can book it, all others
// masked. That it is an organisation, the name itself shows, or the court says; of several names that says too little.
// Printing twice prints once.
func (p Person) Printed(organisation bool) string {
	one := !strings.ContainsFunc(string(p), between)
	return p.each(func(name string) string {
		if full := whole(name, organisation && one); full != "" {
			return full
		}
		return mask(name)
	})
}

func between(r rune) bool { return strings.ContainsRune("、，,；;/\n", r) }

func (p Person) each(show func(string) string) string {
	var names []string
	for name := range strings.FieldsFuncSeq(string(p), between) {
		if name = show(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, "、")
}

func mask(name string) string {
	if r := []rune(name); len(r) == 8 && string(r[2:6]) == "****" {
		return name // an organisation, masked before
	}
	company := organisation(name)
	if company {
		name = withoutAside(name)
	} else if i := strings.IndexAny(name, "（("); i > 0 {
		name = strings.TrimSpace(name[:i])
	}
	runes := []rune(name)
	switch n := len(runes); {
	case n == 0:
		return ""
	case n == 1:
		return "*"
	case n == 2:
		return string(runes[:1]) + "*"
	case company:
		return string(runes[:2]) + "****" + string(runes[n-2:])
	default:
		return string(runes[:1]) + strings.Repeat("*", min(n-2, 3)) + string(runes[n-1:])
	}
}

// organisation reports whether a name is that of anything but a person, a shop's too: nobody's family name follows from
// its ends, so these are what screens show.
func organisation(name string) bool {
	head := withoutAside(name)
	for _, form := range partnerships { // 某某中心（有限合伙）
		head = strings.TrimSuffix(head, form)
	}
	return utf8.RuneCountInString(name) >= 5 && !strings.ContainsAny(head, joins) && endsIn(head, []string{
		"公司", "中心", "合作社", "委员会", "银行", "支行", "分行", "大学", "学校", "集团", "政府",
		"局", "厂", "店", "所", "会", "院", "部", "社",
	})
}

// joins are what may stand between a person and an organisation that are written as one name: 张三与某某公司.
const joins = " \t\u3000与及诉"

func endsIn(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}

// partnerships are what the name of a partnership ends with.
var partnerships = []string{"（有限合伙）", "（普通合伙）", "（特殊普通合伙）", "(有限合伙)", "(普通合伙)", "(特殊普通合伙)"}

// withoutAside drops what stands in brackets behind a name, which may be a person: （法定代表人张三）.
func withoutAside(name string) string {
	for !endsIn(name, partnerships) && endsIn(name, []string{"）", ")"}) {
		open := strings.LastIndexAny(name, "（(")
		if open <= 0 {
			break
		}
		name = strings.TrimSpace(name[:open])
	}
	return name
}

// reserved are the ends of names that no sole trader may have and no person has: of companies
// (个体工商户名称登记管理办法, art. 10: no 公司), banks (商业银行法, art. 11) and public bodies (the former, art. 11(5)).
// 店, 厂, 馆, 部, 行 and 中心 are a sole trader's own (art. 10), whose name may be its owner's (art. 8), so of those only
// what cannot be one stands here.
var reserved = []string{
	"公司", "银行", "支行", "分行",
	"政府", "委员会", "居委会", "村委会", "街道办事处", "局", "审计署", "总署", "海关",
	"公安厅", "财政厅", "司法厅", "教育厅", "民政厅", "水利厅", "商务厅", "交通运输厅", "自然资源厅", "农业农村厅", "办公厅",
	"法院", "检察院", "医院", "卫生院", "保健院", "研究院", "科学院", "学院", "大学", "中学", "小学", "学校",
	"派出所", "司法所", "看守所", "戒毒所", "监狱", "支队", "总队", "部队", "武装部",
	"总工会", "妇女联合会", "残疾人联合会",
	"疾病预防控制中心", "不动产登记中心", "公积金管理中心", "社区卫生服务中心",
}

// notReserved are ends that look like those and may be a shop's.
var notReserved = []string{
	"宠物医院", "动物医院", "美容医院", "整形医院", "培训学校", "驾驶学校", "培训学院", "美容学院", "饭局", "酒局", "牌局", "棋局", "茶局",
}

// whole returns a name as it may be printed in full; empty when it must be masked. A name in which people are named too
// is never printed, whatever the court says.
func whole(name string, organisation bool) string {
	if caseno.HoldsIdentity(name) {
		return ""
	}
	for _, owner := range []string{"个体", "经营者", "业主："} {
		if strings.Contains(name, owner) {
			return ""
		}
	}
	name = withoutAside(name)
	for _, person := range []string{"代表人", "负责人", "代理人"} {
		if strings.Contains(name, person) {
			return ""
		}
	}
	switch {
	case utf8.RuneCountInString(name) < 4: // as few as a person's
		return ""
	case organisation:
		return name
	case strings.ContainsAny(name, joins+"·"):
		return ""
	case endsIn(name, reserved) && !endsIn(name, notReserved):
		return name
	}
	return ""
}

// Format shows the masked name whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue masks the name.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText masks the name in JSON and the like.
func (p Person) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
