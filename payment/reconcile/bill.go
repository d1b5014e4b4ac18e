// Package reconcile compares a ledger with the bills that WeChat Pay makes of each day.
//
// A bill is a reason to ask and never the truth: what it says that the ledger does not becomes a Difference with one
// right next step, and only a signed query books anything. A bill of which one line cannot be read is not read at all.
//
// # Decisions
//
// 2026-11-28: columns are found by their names. Three came in 2019 and moved the rest, and merchants of before have the
// old layout until they ask for the new one (pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html).
//
// 2026-11-28: what the payer owed (订单金额) is compared, never what is settled (应结订单金额): a coupon that WeChat
// pays for makes the second lower, and the fee is paid in full.
package reconcile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"courtkiosk/payment"
)

// A Row is one line of a trade bill: a payment, or a refund that was accepted.
type Row struct {
	Line          int       // in the file, from 1
	At            time.Time // of the payment; of a refund when it was accepted
	AppID         string
	No            string // out_trade_no
	TransactionID string
	State         string // SUCCESS, REFUND or REVOKED
	Currency      string
	Total         payment.Fen // what the payer owed; 0 of a refund
	Settled       payment.Fen // the same without coupons that WeChat pays for
	Attach        string      // as the order was created with
	RefundNo      string      // out_refund_no; empty of a payment
	RefundID      string      // WeChat's; empty of a payment
	RefundState   string
	Refunded      payment.Fen
	Asked         payment.Fen // the same with the share of coupons that WeChat pays for; 0 in the old layout
	Fee           Milli       // of WeChat, negative where it comes back
}

// IsRefund reports whether the row is a refund.
func (r Row) IsRefund() bool { return r.State == "REFUND" }

// Milli is money in thousandths of a fen, in which WeChat states its fees.
type Milli int64

// A Sum is what a bill says in all, and what its rows come to.
type Sum struct {
	Rows     int
	Backs    int         // of them refunds
	Total    payment.Fen // of 订单金额
	Settled  payment.Fen
	Refunded payment.Fen
	Asked    payment.Fen // the same with the share of coupons that WeChat pays for
	Fee      Milli       // what WeChat takes, less FeeBack
	FeeBack  Milli       // what it gives back with refunds
}

// A BillError says why a bill is not believed. Line is 0 of what is wrong with the whole.
type BillError struct {
	Line   int
	Column string // by WeChat's name; empty of what is wrong with the whole line
	What   string
}

func (e *BillError) Error() string {
	at := "reconcile: bill"
	if e.Line > 0 {
		at += fmt.Sprintf(", line %d", e.Line)
	}
	if e.Column != "" {
		at += ", " + e.Column
	}
	return at + ": " + e.What
}

// Columns by their names; the first name is today's.
var (
	columnTotal = []string{"订单金额", "总金额"}
	columnTitle = "商品名称"
	columnData  = "商户数据包"
	columnAsked = "申请退款金额"
	needed      = []string{"交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "交易状态", "货币种类", "应结订单金额", "微信退款单号",
		"商户退款单号", "退款金额", "退款状态", columnTitle, columnData, "手续费"}
	// of the layout of before 2019, where the payer's sum and the settled one are called otherwise
	older = map[string]string{"应结订单金额": "总金额"}
)

const (
	summary = "总交易单数"
	maxLine = 64 << 10
	bom     = "\uFEFF"
)

// A reader reads one bill.
type reader struct {
	lines   *bufio.Scanner
	line    int
	mchid   string
	day     string
	columns map[string]int
	width   int
	sum     Sum
}

// Read reads a merchant's trade bill of a day in China as a stream, and calls fn for each row. Whatever fn has taken
// counts only once Read has returned without error: a bill that is cut off, of another day or merchant, or whose
// summary is not what its rows come to, is a *BillError. An error of fn ends the reading and is returned.
func Read(bill io.Reader, mchid string, day time.Time, fn func(Row) error) (Sum, error) {
	r := &reader{lines: bufio.NewScanner(bill), mchid: mchid, day: day.In(payment.China).Format(time.DateOnly)}
	r.lines.Buffer(make([]byte, 0, 4096), maxLine)
	if err := r.header(); err != nil {
		return Sum{}, err
	}
	for {
		text, err := r.next()
		if err != nil {
			return Sum{}, err
		}
		if strings.HasPrefix(plain(text), summary) {
			return r.sum, r.end(text)
		}
		row, err := r.row(text)
		if err == nil {
			err = fn(row)
		}
		if err != nil {
			return Sum{}, err
		}
	}
}

// next returns the next line. The end of the file is an error: a bill ends with its summary.
func (r *reader) next() (string, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return "", &BillError{Line: r.line + 1, What: "the line is too long"}
		} else if err != nil {
			return "", err
		}
		return "", &BillError{What: "it ends before its summary"}
	}
	r.line++
	text := strings.TrimSuffix(r.lines.Text(), "\r")
	if r.line == 1 {
		text = strings.TrimPrefix(text, bom)
	}
	if !utf8.ValidString(text) {
		return "", r.wrong("", "not UTF-8")
	}
	return text, nil
}

func (r *reader) wrong(column, format string, args ...any) error {
	return &BillError{Line: r.line, Column: column, What: fmt.Sprintf(format, args...)}
}

// plain is a line without the back-ticks that each value begins with.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }

// names returns the columns of a header line.
func names(text string) map[string]int {
	columns := make(map[string]int)
	for i, name := range strings.Split(plain(text), ",") {
		columns[strings.TrimSpace(name)] = i
	}
	return columns
}

func (r *reader) header() error {
	text, err := r.next()
	if err != nil {
		return err
	}
	r.columns = names(text)
	r.width = strings.Count(text, ",") + 1
	for now, before := range older {
		if _, ok := r.columns[now]; !ok {
			if at, ok := r.columns[before]; ok {
				r.columns[now] = at
			}
		}
	}
	if !slices.ContainsFunc(columnTotal, r.has) {
		return r.wrong(columnTotal[0], "there is no such column")
	}
	for _, name := range needed {
		if !r.has(name) {
			return r.wrong(name, "there is no such column")
		}
	}
	return nil
}

func (r *reader) has(name string) bool { _, ok := r.columns[name]; return ok }

// fields parts a line. Nothing in it is quoted: a title may hold commas and back-ticks, and then there are too many
// parts. What belongs to title and attach is told by counting from both ends; of the two the attach is the last part,
// as ours hold neither.
func (r *reader) fields(text string) ([]string, error) {
	text, ok := strings.CutPrefix(text, "`")
	parts := strings.Split(text, ",`")
	title, data := r.columns[columnTitle], r.columns[columnData]
	more := len(parts) - r.width
	switch {
	case !ok:
		return nil, r.wrong("", "it does not begin with a back-tick")
	case more < 0 || more > 0 && data != title+1:
		return nil, r.wrong("", "%d fields, want %d", len(parts), r.width)
	case more > 0:
		long := strings.Join(parts[title:title+more+1], ",`")
		parts = slices.Concat(parts[:title], []string{long}, parts[title+more+1:])
	}
	return parts, nil
}

func (r *reader) row(text string) (row Row, err error) {
	parts, err := r.fields(text)
	if err != nil {
		return row, err
	}
	get := func(name string) string { return strings.TrimSpace(parts[r.columns[name]]) }
	optional := func(name string) string {
		if v := get(name); v != "0" {
			return v
		}
		return ""
	}
	row = Row{Line: r.line, AppID: get("公众账号ID"), No: get("商户订单号"), TransactionID: get("微信订单号"),
		State: get("交易状态"), Currency: get("货币种类"), Attach: get(columnData), RefundNo: optional("商户退款单号"),
		RefundID: optional("微信退款单号"), RefundState: get("退款状态")}
	if mchid := get("商户号"); mchid != r.mchid {
		return row, r.wrong("商户号", "of another merchant")
	}
	row.At, err = time.ParseInLocation("2006-01-02 15:04:05", strings.Join(strings.Fields(get("交易时间")), " "),
		payment.China)
	if err != nil {
		return row, r.wrong("交易时间", "no time")
	}
	if day := row.At.Format(time.DateOnly); day != r.day {
		return row, r.wrong("交易时间", "of %s, and the bill is of %s", day, r.day)
	}
	for _, sum := range [...]struct {
		name string
		to   *payment.Fen
	}{{r.total(), &row.Total}, {"应结订单金额", &row.Settled}, {"退款金额", &row.Refunded}, {columnAsked, &row.Asked}} {
		if !r.has(sum.name) {
			continue // the old layout
		}
		if *sum.to, err = fen(get(sum.name)); err != nil {
			return row, r.wrong(sum.name, "no amount")
		}
	}
	if row.Fee, err = milli(get("手续费")); err != nil {
		return row, r.wrong("手续费", "no amount")
	}
	switch {
	case row.No == "":
		return row, r.wrong("商户订单号", "empty")
	case row.IsRefund() != (row.RefundID != "" || row.RefundNo != ""):
		return row, r.wrong("交易状态", "%s, with refund number %q", row.State, row.RefundNo)
	}
	r.sum.Rows++
	if row.IsRefund() {
		r.sum.Backs++
	}
	if row.Fee < 0 {
		r.sum.FeeBack -= row.Fee
	}
	r.sum.Total += row.Total
	r.sum.Settled += row.Settled
	r.sum.Refunded += row.Refunded
	r.sum.Asked += row.Asked
	r.sum.Fee += row.Fee
	return row, nil
}

// total is what the column is called in this bill that says what payers owed.
func (r *reader) total() string {
	if r.has(columnTotal[0]) {
		return columnTotal[0]
	}
	return columnTotal[1]
}

// end reads the summary, whose names stand in text, and compares it with the rows. Nothing comes after it.
func (r *reader) end(text string) error {
	columns := names(text)
	values, err := r.next()
	if err != nil {
		return err
	}
	parts := strings.Split(strings.TrimPrefix(values, "`"), ",`")
	if len(parts) != len(columns) {
		return r.wrong("", "the summary has %d fields, want %d", len(parts), len(columns))
	}
	sums := []struct {
		names []string
		want  Milli
	}{
		{[]string{summary}, Milli(r.sum.Rows) * 100_000},
		{[]string{"退款总金额", "总退款金额"}, of(r.sum.Refunded)},
		{[]string{"手续费总金额"}, r.sum.Fee},
		{[]string{"应结订单总金额", "总交易额"}, of(r.sum.Settled)},
		{[]string{"订单总金额", "总交易额"}, of(r.sum.Total)},
		{[]string{"申请退款总金额", "总退款金额"}, of(r.sum.Asked)},
	}
	if !r.has(columnAsked) {
		sums = sums[:len(sums)-1]
	}
	for _, s := range sums {
		at := slices.IndexFunc(s.names, func(name string) bool { _, ok := columns[name]; return ok })
		if at < 0 {
			return r.wrong(s.names[0], "there is no such sum")
		}
		said := strings.TrimSpace(parts[columns[s.names[at]]])
		got, err := milli(said)
		if _, decimals, _ := strings.Cut(said, "."); err == nil && s.names[0] != summary && len(decimals) < 2 {
			err = strconv.ErrSyntax // cut off
		}
		if err != nil || got != s.want {
			return r.wrong(s.names[at], "%q, and the rows come to another sum", said)
		}
	}
	for r.lines.Scan() {
		r.line++
		if strings.TrimSpace(r.lines.Text()) != "" {
			return r.wrong("", "something comes after the summary")
		}
	}
	return r.lines.Err()
}

func of(f payment.Fen) Milli { return Milli(f) * 1000 }

// fen reads yuan with at most two decimals that are not zero.
func fen(text string) (payment.Fen, error) {
	m, err := milli(text)
	if _, decimals, _ := strings.Cut(text, "."); err == nil && (m%1000 != 0 || len(decimals) < 2) {
		err = strconv.ErrSyntax
	}
	return payment.Fen(m / 1000), err
}

// milli reads yuan with at most five decimals that are not zero.
func milli(text string) (Milli, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(digits, ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 5 || len(whole) > 12 || whole == "" || strings.Trim(whole+part, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 5-len(part)), 10, 64)
	if negative {
		n = -n
	}
	return Milli(n), err
}
