package register

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// What a cell of the state says, where 缴 stands for every word for paying.
var (
	whether   = regexp.MustCompile(`是否|与否|否$|^已|paid$`) // headers that are answered by yes or no
	stateDue  = regexp.MustCompile(`^(?:|(?:未|待|尚未|还未|没有?|应|需)缴|欠费|欠缴|due|unpaid|not paid)$`)
	statePaid = regexp.MustCompile(`^(?:(?:已经?)(?:全部|全额|足额)?(?:缴|结清)(?:清|讫|齐|毕|完|完毕|成功)?|缴(?:清|讫|齐|毕|完毕|成功)` +
		`|结清|settled|paid)$`)
	stateGone = regexp.MustCompile(`^(?:已?(?:撤销|作废)|withdrawn)$`)
)

// state reads what a cell under a header says of the court's money.
func state(header, text string) (settled, withdrawn bool, err error) {
	text = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), " ")
	if whether.MatchString(spell(header)) {
		switch text {
		case "是", "y", "yes", "1", "true", "√", "✓", "✔":
			return true, false, nil
		case "否", "n", "no", "0", "false", "×", "✗", "x":
			return false, false, nil
		}
	}
	plain := paying.ReplaceAllString(text, "缴")
	switch {
	case stateDue.MatchString(plain):
		return false, false, nil
	case statePaid.MatchString(plain):
		return true, false, nil
	case stateGone.MatchString(text):
		return false, true, nil
	}
	return false, false, say("list.status")
}
