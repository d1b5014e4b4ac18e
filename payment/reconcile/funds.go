package reconcile

import (
	"bufio"
	"hash/maphash"
	"io"
	"strings"
	"time"

	"courtkiosk/payment"
)

// Funds are what moved on a merchant's account on a day, and how that agrees with the trade bill. Rows are matched by
// their numbers' sums: what WeChat calls them changes.
type Funds struct {
	Rows      int
	In, Out   payment.Fen
	Withdrawn payment.Fen // to the bank, as far as the bill calls it so: the only thing that it says of the bank
	Matched   int         // numbers whose sums are those of the trade bill
	Near      int         // numbers so near to midnight that the other bill may have them on the day beside
	Others    int         // rows that belong to no number of the trade bill
}

var fundColumns = []string{"记账时间", "业务名称", "收支类型", "收支金额(元)", "业务凭证号"}

// A fund is one row of a fund-flow bill.
type fund struct {
	at   time.Time
	kind string
	no   string
	sum  payment.Fen // negative of what went out
}

// readFunds reads a fund-flow bill as a stream. The rows that fn was given count only without an error.
func readFunds(bill io.Reader, day time.Time, fn func(fund)) (Funds, error) {
	var f Funds
	r := &reader{lines: bufio.NewScanner(bill), day: day.Format(time.DateOnly)}
	r.lines.Buffer(make([]byte, 0, 4096), maxLine)
	head, err := r.next()
	if err != nil {
		return f, err
	}
	r.columns, r.width = names(head), strings.Count(head, ",")+1
	for _, name := range fundColumns {
		if !r.has(name) {
			return f, r.wrong(name, "there is no such column")
		}
	}
	ins, outs := 0, 0
	for {
		text, err := r.next()
		if err != nil {
			return f, err
		}
		if strings.HasPrefix(plain(text), "资金流水总笔数") {
			return f, r.endFunds(text, f, ins, outs)
		}
		parts := strings.Split(strings.TrimPrefix(text, "`"), ",`")
		if len(parts) != r.width {
			return f, r.wrong("", "%d fields, want %d", len(parts), r.width)
		}
		get := func(name string) string { return strings.TrimSpace(parts[r.columns[name]]) }
		row := fund{kind: get("业务名称"), no: get("业务凭证号")}
		row.at, err = time.ParseInLocation("2006-01-02 15:04:05", strings.Join(strings.Fields(get("记账时间")), " "),
			payment.China)
		if err != nil || row.at.Format(time.DateOnly) != r.day {
			return f, r.wrong("记账时间", "not of the day")
		}
		if row.sum, err = fen(get("收支金额(元)")); err != nil || row.sum < 0 {
			return f, r.wrong("收支金额(元)", "no amount")
		}
		f.Rows++
		switch get("收支类型") {
		case "收入":
			f.In, ins = f.In+row.sum, ins+1
		case "支出":
			f.Out, outs, row.sum = f.Out+row.sum, outs+1, -row.sum
		default:
			return f, r.wrong("收支类型", "neither in nor out")
		}
		fn(row)
	}
}

// endFunds compares the summary with the rows.
func (r *reader) endFunds(text string, f Funds, ins, outs int) error {
	columns := names(text)
	values, err := r.next()
	if err != nil {
		return err
	}
	parts := strings.Split(strings.TrimPrefix(values, "`"), ",`")
	if len(parts) != len(columns) {
		return r.wrong("", "the summary has %d fields, want %d", len(parts), len(columns))
	}
	for name, want := range map[string]Milli{"资金流水总笔数": Milli(f.Rows) * 100_000, "收入笔数": Milli(ins) * 100_000,
		"收入金额": of(f.In), "支出笔数": Milli(outs) * 100_000, "支出金额": of(f.Out)} {
		at, ok := columns[name]
		if !ok {
			return r.wrong(name, "there is no such sum")
		}
		said := strings.TrimSpace(parts[at])
		got, err := milli(said)
		if _, decimals, _ := strings.Cut(said, "."); strings.HasSuffix(name, "金额") && len(decimals) < 2 || err != nil ||
			got != want { // cut off, or another sum
			return r.wrong(name, "%q, and the rows come to another sum", said)
		}
	}
	for r.lines.Scan() {
		if r.line++; strings.TrimSpace(r.lines.Text()) != "" {
			return r.wrong("", "something comes after the summary")
		}
	}
	return r.lines.Err()
}

// An expectation is what a number of the trade bill should have moved on the account.
type expectation struct {
	net, gross payment.Fen // without and with what WeChat takes
	moved      payment.Fen
	seen       bool
}

// CompareFunds compares the account's money of a day with the trade bill of it, which is read twice and must have been
// believed; ours tells which of its rows matter to this ledger. Only numbers whose rows are ours become differences: of
// others' money the sums are enough. trade is nil where WeChat says that nobody has paid, and fund where it says that
// nothing moved.
func CompareFunds(trade io.ReadSeeker, fundBill io.Reader, mchid string, day time.Time, ours func(Row) bool) (
	Funds, []Difference, error) {
	day = startOf(day)
	seed := maphash.MakeSeed()
	want := make(map[uint64]expectation)
	number := func(r Row) uint64 {
		if r.IsRefund() {
			return maphash.String(seed, r.RefundNo)
		}
		return maphash.String(seed, r.No)
	}
	read := func(fn func(Row) error) error {
		if trade == nil {
			return nil
		}
		if _, err := trade.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := Read(trade, mchid, day, fn)
		return err
	}
	if err := read(func(r Row) error {
		e := want[number(r)]
		e.net += r.Settled - r.Refunded - payment.Fen(r.Fee/1000)
		e.gross += r.Settled - r.Refunded
		want[number(r)] = e
		return nil
	}); err != nil {
		return Funds{}, nil, err
	}
	var f Funds
	if fundBill != nil {
		var others int
		var withdrawn payment.Fen
		said, err := readFunds(fundBill, day, func(row fund) {
			key := maphash.String(seed, row.no)
			e, ok := want[key]
			switch {
			case ok:
				e.moved, e.seen = e.moved+row.sum, true
				want[key] = e
			case strings.Contains(row.kind, "提现"):
				withdrawn -= row.sum
			default:
				others++
			}
		})
		if err != nil {
			return Funds{}, nil, err
		}
		f, f.Others, f.Withdrawn = said, others, withdrawn
	}
	var differ []Difference
	err := read(func(r Row) error {
		e, ok := want[number(r)]
		near := r.At.Sub(day) < nearMidnight || day.AddDate(0, 0, 1).Sub(r.At) < nearMidnight
		switch {
		case !ok: // told already
		case e.moved == e.net, e.moved == e.gross && e.seen:
			f.Matched++
		case !e.seen && near:
			f.Near++
		case ours(r):
			differ = append(differ, Difference{MchID: mchid, Day: day.Format(time.DateOnly), Kind: FundsDiffer,
				Order: r.No, TransactionID: r.TransactionID, RefundNo: r.RefundNo, Ours: e.net, Theirs: e.moved,
				Line: r.Line, Next: TellLead})
		}
		delete(want, number(r))
		return nil
	})
	return f, differ, err
}
