package bill

import (
	"fmt"
	"log/slog"
	"strings"
)

// A Person is a payer's name, or several with 、 between them. Whatever prints or encodes it shows it masked; masking
// twice masks once.
type Person string

// String returns the name masked: 张*明, 李*, 北京****公司, each of several on its own. What stands in brackets after a
// person's name is another person, so it goes.
func (p Person) String() string {
	var names []string
	for name := range strings.FieldsFuncSeq(string(p), func(r rune) bool {
		return strings.ContainsRune("、，,；;/\n",
			r)
	}) {
		if name = mask(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, "、")
}

func mask(name string) string {
	if r := []rune(name); len(r) == 8 && string(r[2:6]) == "****" {
		return name // a company, masked before
	}
	company := organisation(name)
	if i := strings.IndexAny(name, "（("); i > 0 && !company {
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

// organisation reports whether a name is a company's or an office's: nobody's family name follows from its ends.
func organisation(name string) bool {
	if len([]rune(name)) < 5 {
		return false
	}
	if strings.Contains(name, "公司") {
		return true
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(name, "(", "（"), "（") // 某某中心（有限合伙）
	for _, end := range []string{"中心", "合作社", "委员会", "银行", "支行", "分行", "大学", "学校", "集团", "政府",
		"局", "厂", "店", "所", "会", "院", "部", "社"} {
		if strings.HasSuffix(head, end) || strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// Format shows the masked name whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue masks the name.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText masks the name in JSON and the like.
func (p Person) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
