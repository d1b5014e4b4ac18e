package register

import (
	"cmp"
	"regexp"
	"strings"

	"courtkiosk/payment"
)

// total is how the first cell of a row begins that sums up rows above it, and the sum where the same cell says it.
var total = regexp.MustCompile(`^(?:本页)?(?:合计|总计|小计|共计|累计|总额|total|sum\b)(?:金额)?(?:人民币)?[:(]?¥?` +
	`(?:([0-9][0-9,]*(?:\.[0-9]+)?)(?:元|$))?`)

// A totals adds up the amounts of a list, to compare them with the rows that sum up: one that differs says that rows
// were lost, or added.
type totals struct {
	all, part payment.Fen // of the whole list, and since the last row that sums up
	rows      int
	ahead     *ahead // the row that sums up above all others; nil when there is none
}

// ahead is a sum that the rows below it must come to.
type ahead struct {
	line int
	cell string
}

func (t *totals) add(amount payment.Fen) {
	t.all, t.part = t.all+amount, t.part+amount
	t.rows++
}

// end compares the sum above all rows, which nobody could compare before; it returns the line that it stands in.
func (t *totals) end() (line int, err error) {
	if t.ahead == nil {
		return 0, nil
	}
	return t.ahead.line, t.compare(t.ahead.line, t.ahead.cell)
}

// sumsUp reports whether a row sums up rows above it: its first words, behind the row's number, say so, and it has no
// case number. The sum stands in the column of amounts, or with those words, or alone behind them.
func (c columns) sumsUp(record []string) (sum string, ok bool) {
	for i, cell := range record {
		word := squeezed(cell)
		if word == "" || c.counts(i) && strings.Trim(word, "0123456789") == "" {
			continue
		}
		said := total.FindStringSubmatch(word)
		if said == nil || strings.Contains(c.cell(colCase, record), "号") {
			return "", false
		}
		sum = clean(c.cell(colAmount, record))
		if i == c.at[colAmount] {
			sum = ""
		}
		if sum = cmp.Or(sum, said[1]); sum == "" && len(record) < c.count && i == len(record)-2 {
			if _, err := Amount(decimals(clean(record[i+1]))); err == nil {
				sum = record[i+1]
			}
		}
		return sum, true
	}
	return "", false
}

// cell returns what a row has in a column, empty when it is too short.
func (c columns) cell(col string, record []string) string {
	if i, ok := c.at[col]; ok && i < len(record) {
		return record[i]
	}
	return ""
}

// compare says why a row that sums up is wrong; nil when it is right, or names no amount.
func (t *totals) compare(line int, cell string) error {
	if t.rows == 0 {
		t.ahead = &ahead{line, cell}
		return nil
	}
	part := t.part
	t.part = 0
	if cell = decimals(clean(cell)); cell == "" {
		return nil
	}
	said, err := Amount(cell)
	if err != nil {
		return say("list.total-none")
	}
	if said != t.all && said != part {
		return say("list.total", "said", said.String(), "rows", t.all.String())
	}
	return nil
}
