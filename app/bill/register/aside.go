package register

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// footing is how rows begin that sum up or close a list, once their blanks are dropped.
var footing = regexp.MustCompile(`^(合计|总计|小计|共计|累计|本页(小计|合计)|总额|制表|填表|审核|复核|经办|负责人|打印|导出|第\d+页|` +
	`共\d+(条|笔|件|页|行)|total\b|sum\b|page\d)`)

// numbering are the headers of columns that only count the rows.
var numbering = regexp.MustCompile(`^(序号|编号|行号|流水号|序|no\.?|#)$`)

func squeezed(cell string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(clean(cell))), ""))
}

// aside reports whether a row is no bill: blank but for a number of its row, the header again as each printed page has
// it, or a total or a footer. A row with a case number is always a bill.
func (c columns) aside(record []string) bool {
	if col, _ := columnOf(c.cell(colCase, record)); col == colCase && isHeader(record) {
		return true
	}
	if i := c.at[colCase]; i < len(record) && strings.Contains(record[i], "号") &&
		!footing.MatchString(squeezed(record[i])) {
		return false
	}
	for i, cell := range record {
		text := squeezed(cell)
		if text == "" || c.counts(i) && strings.Trim(text, "0123456789") == "" {
			continue
		}
		return footing.MatchString(text)
	}
	return true
}

// counts reports whether a column only counts the rows.
func (c columns) counts(i int) bool {
	return i < len(c.all) && numbering.MatchString(squeezed(c.all[i]))
}
