package register

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

const (
	maxFile    = 64 << 20
	maxField   = 500 // characters
	maxReasons = 100 // bad rows that are named
)

// The columns of a list.
const (
	colCase     = "case"
	colItem     = "item"
	colAmount   = "amount"
	colNotice   = "notice"
	colPurse    = "purse"
	colPayer    = "payer"
	colCause    = "cause"
	colNoticed  = "notice_date"
	colDeadline = "deadline"
	colRemark   = "remark"
	colCode     = "payment_code"
	colStatus   = "status"
	colRelief   = "relief"
	colClaim    = "claim_amount"
	colKind     = "fee_kind"
	colHalf     = "half"
	colType     = "payer_type"

	colFiscal       = "fiscal_number" // of the fiscal receipt that was issued for a paid bill
	colFiscalCode   = "fiscal_code"
	colFiscalCheck  = "fiscal_check"
	colFiscalIssued = "fiscal_issued"
)

var headers = map[string]string{
	"案号": colCase, "case": colCase, "case_number": colCase,
	"费用项目": colItem, "费用名称": colItem, "收费项目": colItem, "项目": colItem, "item": colItem,
	"金额": colAmount, "应缴金额": colAmount, "应交金额": colAmount, "金额(元)": colAmount, "应缴金额(元)": colAmount,
	"amount": colAmount,
	"通知书编号":  colNotice, "通知书号": colNotice, "缴费通知书编号": colNotice, "notice": colNotice,
	"资金类别": colPurse, "款项类别": colPurse, "资金性质": colPurse, "purse": colPurse,
	"交费人": colPayer, "缴费人": colPayer, "缴款人": colPayer, "当事人": colPayer, "payer": colPayer,
	"付款人类型": colType, "交费人类型": colType, "缴费人类型": colType, "缴款人类型": colType, "当事人类型": colType,
	"payer_type": colType,
	"案由":         colCause, "cause": colCause,
	"通知日期": colNoticed, "通知书日期": colNoticed, "notice_date": colNoticed,
	"交费期限": colDeadline, "缴费期限": colDeadline, "截止日期": colDeadline, "deadline": colDeadline,
	"备注": colRemark, "说明": colRemark, "remark": colRemark,
	"缴款码": colCode, "缴费码": colCode, "缴款识别码": colCode, "payment_code": colCode,
	"缴费状态": colStatus, "状态": colStatus, "status": colStatus,
	"缓减免": colRelief, "司法救助": colRelief, "relief": colRelief,
	"标的额": colClaim, "标的金额": colClaim, "诉讼标的额": colClaim, "claim_amount": colClaim,
	"收费类别": colKind, "案件类别": colKind, "fee_kind": colKind,
	"减半": colHalf, "是否减半": colHalf, "half": colHalf,
	"财政票据号码": colFiscal, "财政票据号": colFiscal, "票据号码": colFiscal, "电子票据号码": colFiscal, "fiscal_number": colFiscal,
	"财政票据代码": colFiscalCode, "票据代码": colFiscalCode, "电子票据代码": colFiscalCode, "fiscal_code": colFiscalCode,
	"财政票据校验码": colFiscalCheck, "票据校验码": colFiscalCheck, "电子票据校验码": colFiscalCheck,
	"fiscal_check": colFiscalCheck,
	"财政票据日期":       colFiscalIssued, "财政票据开票日期": colFiscalIssued, "fiscal_issued": colFiscalIssued,
}

// fiscalColumns hold something once a bill was paid, and never say that it was.
var fiscalColumns = []string{colFiscal, colFiscalCode, colFiscalCheck, colFiscalIssued}

// A listed bill is a bill with its line in the file.
type listed struct {
	bill.Bill
	line   int
	hidden bool   // in the sheet
	key    []byte // in the store; set by store
}

// Read reads a list. now tells which case numbers are from the future. The error of bad rows is *Refused.
func Read(r io.Reader, now time.Time) ([]bill.Bill, error) {
	list, err := read(context.Background(), full, r, now, nil)
	if err != nil {
		return nil, err
	}
	var bills []bill.Bill
	for _, l := range list.bills {
		bills = append(bills, l.Bill)
	}
	return bills, nil
}

// A table is a list as its file holds it: a header, and rows one after another.
type table interface {
	header() (record []string, line int, err *Refused)
	// next returns the next row and its line; io.EOF after the last. A *BadRow ends the reading.
	next() (record []string, line int, err error)
	// plain returns a cell's value as people write it.
	plain(col, value string, line int) (string, error)
	// hidden reports whether a line is not seen by who opens the file.
	hidden(line int) bool
	close()
}

func openTable(ctx context.Context, of budget, r io.Reader) (table, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read list: %w", err)
	case len(text) > maxFile:
		return nil, refuse(0, "list.too-large")
	case isODS(text):
		return nil, refuse(0, "list.ods")
	case isHTML(text):
		return nil, refuse(0, "list.html")
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return openSheet(ctx, text, of)
	case bytes.HasPrefix(text, []byte("\xd0\xcf\x11\xe0")):
		return nil, refuse(0, "list.old-excel")
	}
	return openCSV(text, of)
}

// csvTable is a list in CSV.
type csvTable struct {
	in    *csv.Reader
	above int // lines before the first that in reads
	lines int // that are read
}

func openCSV(text []byte, of budget) (table, error) {
	text, err := decode(text)
	if err != nil {
		return nil, err
	}
	if err := of.withinRecords(text); err != nil {
		return nil, err
	}
	comma, text, above := separatorOf(text)
	in := csv.NewReader(bytes.NewReader(plainFormulas(text, byte(comma))))
	in.Comma = comma
	in.FieldsPerRecord = -1 // counted by row, so that every bad row is named
	return &csvTable{in, above, of.lines}, nil
}

// header returns the first row with the needed columns, below titles; else the first row, whose columns are named.
func (t *csvTable) header() (first []string, line int, refused *Refused) {
	for range maxTitles {
		record, at, err := t.next()
		if wrong, ok := errors.AsType[*BadRow](err); ok && first == nil {
			return nil, 1, &Refused{Rows: []BadRow{*wrong}}
		}
		if err != nil {
			break
		}
		if isHeader(record) {
			return record, at, nil
		}
		if first == nil {
			first, line = record, at
		}
	}
	if first == nil {
		return nil, 1, refuse(0, "list.empty-file")
	}
	return first, line, nil
}

func (t *csvTable) next() ([]string, int, error) {
	record, err := t.in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, &BadRow{Line: startOf(err) + t.above, Reason: "list.csv-quotes"}
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := t.in.FieldPos(0)
	if line > t.lines {
		return nil, 0, &BadRow{Line: line, Reason: "list.lines"}
	}
	return record, line + t.above, nil
}

func (*csvTable) plain(_, value string, _ int) (string, error) { return value, nil }
func (*csvTable) hidden(int) bool                              { return false }
func (*csvTable) close()                                       {}

// A reading is what a file says.
type reading struct {
	bills   []listed
	ignored []string // columns that were passed over, as the file writes them
}

// read reads a list within a budget. ignore names columns that are passed over on purpose. The bills of the good rows
// are there also beside the *Refused that names the bad ones.
func read(ctx context.Context, of budget, r io.Reader, now time.Time, ignore []string) (reading, error) {
	t, err := openTable(ctx, of, r)
	if err != nil {
		return reading{}, err
	}
	defer t.close()
	header, line, refused := t.header()
	if refused != nil {
		return reading{}, refused
	}
	columns, refused := readHeader(header, line, ignore)
	if refused != nil {
		return reading{}, refused
	}
	columns.table = t
	var bills []listed
	bad, sum := &Refused{}, totals{}
	lines, codes := make(map[payment.Key]int), make(map[string]listed)
	for ctx.Err() == nil {
		record, line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong, ok := errors.AsType[*BadRow](err); ok {
			bad.add(*wrong)
			break
		}
		if err != nil {
			return reading{}, err
		}
		if said, ok := columns.sumsUp(record); ok {
			if err := sum.compare(line, said); err != nil && len(bad.Rows) == 0 {
				bad.add(faultOf(err).at(line, columns.name[colAmount]))
			}
			continue
		}
		if columns.aside(record) {
			continue
		}
		for _, s := range columns.serials {
			s.row(record)
		}
		b, wrong := columns.row(record, line, now)
		if wrong == nil {
			if first, twice := lines[b.Key()]; twice {
				wrong = &BadRow{Line: line,
					Reason: "list.twice", Pairs: []string{"line", strconv.Itoa(first)}}
			}
		}
		if wrong == nil && b.Code != "" {
			if first, used := codes[b.Code]; used && first.Case.Base() != b.Case.Base() {
				wrong = &BadRow{Line: line, Column: columns.name[colCode],
					Reason: "list.code-twice", Pairs: []string{"line", strconv.Itoa(first.line)}}
			}
			codes[b.Code] = listed{Bill: b, line: line}
		}
		if wrong != nil {
			bad.add(*wrong)
			continue
		}
		sum.add(b.Amount)
		lines[b.Key()] = line
		bills = append(bills, listed{Bill: b, line: line, hidden: t.hidden(line)})
	}
	if ctx.Err() != nil {
		return reading{}, context.Cause(ctx)
	}
	if line, err := sum.end(); err != nil && len(bad.Rows) == 0 {
		bad.add(faultOf(err).at(line, columns.name[colAmount]))
	}
	for _, s := range columns.serials {
		if wrong := s.end(); wrong != nil {
			bad.add(*wrong)
		}
	}
	if len(bad.Rows) > 0 {
		return reading{bills, columns.names()}, bad
	}
	if len(bills) == 0 {
		return reading{}, refuse(line+1, "list.no-bill")
	}
	return reading{bills, columns.names()}, nil
}

type columns struct {
	at    map[string]int    // column -> field
	name  map[string]string // column -> header as written
	count int               // of headers, unknown ones too
	all   []string          // headers, as written
	table table
	besides
}

func readHeader(header []string, line int, ignore []string) (columns, *Refused) {
	c := columns{at: make(map[string]int), name: make(map[string]string), count: len(header), all: header}
	for _, h := range ignore {
		c.meant = append(c.meant, spell(h))
	}
	bad := &Refused{}
	for i, h := range header {
		if c.on(h) {
			continue
		}
		col, ok := columnOf(h)
		if !ok {
			if err := c.put(i, h); err != nil {
				bad.add(faultOf(err).at(line, h))
			}
			continue
		}
		if _, twice := c.at[col]; twice {
			bad.add(BadRow{Line: line, Column: h, Reason: "list.column-twice"})
		}
		c.at[col], c.name[col] = i, h
	}
	for _, need := range needed {
		if _, ok := c.at[need.col]; !ok {
			bad.add(BadRow{Line: line, Column: need.names, Reason: "list.column-missing"})
		}
	}
	if len(bad.Rows) > 0 {
		return c, bad
	}
	return c, nil
}

// needed are the columns that every list has.
var needed = []struct{ col, names string }{{colCase, "案号"}, {colItem, "费用项目"}, {colAmount, "金额"}}

// columnOf returns the column that a header names.
func columnOf(header string) (col string, ok bool) {
	return madeOf(header)
}

// plainFormulas turns a spreadsheet's ="0123" into "0123": the rest of the file is read with strict quotes, because a
// forgiving reader takes all rows after a lost quotation mark for one field, and they would be withdrawn.
func plainFormulas(text []byte, comma byte) []byte {
	out := make([]byte, 0, len(text))
	quoted, start := false, true
	for i, c := range text {
		if c == '=' && start && i+1 < len(text) && text[i+1] == '"' {
			continue
		}
		if c == '"' {
			quoted = !quoted
		}
		start = !quoted && (c == comma || c == '\n')
		out = append(out, c)
	}
	return out
}

// startOf returns the line where the record begins that is no CSV.
func startOf(err error) int {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return e.StartLine
	}
	return 0
}

// row reads one bill.
func (c columns) row(record []string, line int, now time.Time) (bill.Bill, *BadRow) {
	var b bill.Bill
	var wrong *BadRow
	cell := func(col string) string {
		if i, ok := c.at[col]; ok && i < len(record) {
			if col == colRemark || col == colPayer {
				return clean(lineBreak.ReplaceAllString(record[i], " "))
			}
			return clean(record[i])
		}
		return ""
	}
	faulty := make(map[string]bool)
	check := func(col string, err error) {
		if err != nil {
			faulty[col] = true
		}
		if err != nil && wrong == nil {
			why := faultOf(err)
			wrong = &BadRow{Line: line, Column: c.name[col], Reason: why.id, Pairs: why.pairs,
				Value: shown(col, cell(col), why)}
		}
	}
	field := func(col string) string {
		text, err := c.table.plain(col, cell(col), line)
		check(col, err)
		return text
	}
	if len(record) != c.count {
		// 2,700.00 without quotes is two fields: read on, and the visitor is asked for 2 yuan.
		return b, &BadRow{Line: line,
			Reason: "list.fields", Pairs: []string{"n", strconv.Itoa(len(record)), "want", strconv.Itoa(c.count)}}
	}
	for _, col := range slices.SortedFunc(maps.Keys(c.at), func(a, b string) int { return c.at[a] - c.at[b] }) {
		check(col, harmless(col, field(col)))
	}
	var err error
	b.Case, err = caseno.Parse(field(colCase), now)
	check(colCase, err)
	b.Item = field(colItem)
	if b.Item == "" {
		check(colItem, say("list.item-empty"))
	}
	check(colItem, bill.Collectable(b.Item))
	b.Amount, err = Amount(field(colAmount))
	check(colAmount, err)
	var col string
	b.Purse, col, err = purse(b.Item, field(colPurse))
	check(col, err)
	b.Notice, b.Cause, b.Remark = field(colNotice), field(colCause), field(colRemark)
	if strings.HasPrefix(b.Remark, exampleMark) {
		check(colRemark, say("list.example"))
	}
	b.Corporate, err = corporate(field(colType))
	check(colType, err)
	b.Payer = bill.Person(bill.Person(field(colPayer)).Printed(b.Corporate)) // for good: nothing here needs more
	b.Noticed, err = date(field(colNoticed))
	check(colNoticed, err)
	b.Deadline, err = date(field(colDeadline))
	check(colDeadline, err)
	if b.Deadline.IsZero() && !b.Noticed.IsZero() && bill.SevenDays(b.Item, b.Purse) {
		b.Deadline, b.Computed = b.Noticed.AddDate(0, 0, 7), true // seven days from the day after the notice
	}
	if !b.Deadline.IsZero() && b.Deadline.Before(b.Noticed) {
		check(colDeadline, say("list.before-notice"))
	}
	if b.Code, err = bill.ParseCode(field(colCode)); err != nil {
		check(colCode, say("list.code"))
	}
	b.Settled, b.Withdrawn, err = state(c.name[colStatus], field(colStatus))
	check(colStatus, err)
	b.Relief, err = relief(field(colRelief))
	check(colRelief, err)
	b.Fiscal = fiscal(field)
	for _, col := range fiscalColumns {
		if b.Payable() && !isNothing(field(col)) {
			check(col, say("list.came"))
		}
	}
	var wrongCol string
	b.Grounds, wrongCol, err = grounds(field(colKind), field(colClaim), field(colHalf))
	check(wrongCol, err)
	if wrong == nil && b.Payable() {
		if wrong = c.contradicts(record, line, b.Amount, b.Remark); wrong != nil {
			wrong.Line, wrong.Column = line, cmp.Or(wrong.Column, c.name[colRemark])
			wrong.row = &b
		}
	} else if wrong != nil && !faulty[colCase] && !faulty[colItem] && !faulty[colNotice] {
		wrong.row = &b
	}
	return b, wrong
}
