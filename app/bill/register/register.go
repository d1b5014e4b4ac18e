// Package register is a Finder over a list that a clerk exported from the court's system. It stores only what the court
// says; what was paid is the ledger's.
//
// An import is a full snapshot of its source: a bill that it leaves out is missing, and is paid no more. It is
// withdrawn by a row that says 撤销. One bad row refuses the
// whole file, with every bad row named. The file is XLSX, or CSV in UTF-8 (with or without a byte order mark) or
// GB18030, with a header line; columns come in any order under these names, where 缴, 交, 收, 支付 and 付 are one word
// for paying. Columns that are not known are passed over and named, unless they may say that money has come: then they
// refuse the list (see header.go). The columns:
//
//	案号, case, case_number                     required   （2026）京0101民初12345号, in any form that people type
//	费用项目, 费用名称, 收费项目, 项目, item       required   案件受理费; the purse follows from it
//	金额, 应缴金额, 应交金额, 金额(元), amount     required   2700, 2,700.00, ¥2,700.00; 0 when waived
//	通知书编号, 通知书号, 缴费通知书编号, notice              identity of the bill where the court numbers notices
//	资金类别, 款项类别, 资金性质, purse                       诉讼费, 执行款 or 罚款
//	交费人, 缴费人, 缴款人, 当事人, payer
//	付款人类型, 交费人类型, … 当事人类型, payer_type          单位 or 个人 (or empty)
//	案由, cause
//	缴款码, 缴费码, 缴款识别码, payment_code                  what the notice's barcode says
//	缴费状态, 交费情况, 是否缴费, …, 状态, status               未缴 (or empty), 已缴 (by another way), 撤销
//	缓减免, 司法救助, relief                                  免交, 减交, 缓交: what the court has granted
//	标的额, 标的金额, 诉讼标的额, claim_amount                for the clerk's comparison with the fee schedule, with
//	收费类别, 案件类别, fee_kind                              a kind of the schedule (courtkiosk fee --list) and
//	减半, 是否减半, half                                      是 or 否
//	通知日期, 通知书日期, notice_date                         2026-11-23, 2026/11/23, 2026年11月23日, 20261123
//	交费期限, 缴费期限, 截止日期, deadline                    the last day; else, for fees that are prepaid, 7 days
//	                                                          from the day after the notice (Order 481, art. 22)
//	备注, 说明, remark
//
// # Decisions
//
// 2026-11-28: payers' names are kept as receipts print them, from when the list is read: organisations whole, all
// others masked. The machine has no use for more, and nothing worth stealing. A bill's own JSON has less, so the whole
// name stands beside it.
//
// 2026-11-23: every row has as many fields as the header, and quotes are read strictly. 2,700.00 without quotes, read
// kindly, is a bill over 2 yuan; a lost quotation mark swallows rows, which would be withdrawn.
//
// 2026-11-23: a workbook's cells are read as they are stored, not as they are shown, and its header may stand below
// titles. Two sheets with a list are refused: the one that is not read would be withdrawn. Every part of the
// workbook is first read to its end, because the library takes a sheet that is damaged in the middle for a short one.
//
// 2026-11-28: a reading has a budget of time, cells and memory (budget.go), because a workbook of 1 MB can be made to
// keep excelize busy for minutes and excelize cannot be stopped. A pass over the parts' XML counts first what the
// library would build, and refuses what is beyond. A child process with a limit was weighed: it would need every list
// in a second form between the two, and a program file that can be started again during an update. The reading has a
// goroutine of its own and is left behind when its context or its time ends; it is finite, and holds nothing.
//
// 2026-11-23: a watched file is looked at by size and time each second, without a notification by the system: network
// shares give none. It is taken once it is left alone for two seconds, and not at all when it leaves out many of
// the bills: see missing.go.
//
// 2026-11-23: bills live in a bbolt file of their own beside the ledger. They can be imported again at any time, so
// a damaged file is no loss of money, and the ledger stays small.
package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
)

// A file says what it is and in which version. One of a newer version is refused.
const (
	family = "courtkiosk register "
	format = family + "1"
)

var (
	bucketMeta  = []byte("meta")
	bucketBills = []byte("bills") // case number, then identity -> bill
	bucketCodes = []byte("codes") // payment code, then the key of its bill -> nothing; made anew by each import
	keyFormat   = []byte("format")
	keyInfo     = []byte("info")
)

// What Open refuses besides what the system says of the file.
var (
	ErrLocked = errors.New("register: the list is open in another process")
	ErrNewer  = errors.New("register: the file was written by a newer version")
	ErrFormat = errors.New("register: the file is damaged or no list of bills")
	ErrAccess = errors.New("register: the file cannot be written")
)

// A Register is a list of bills in one file.
type Register struct {
	db     *bbolt.DB
	ignore []string     // columns that are passed over on purpose
	lang   message.Lang // of its reports
}

// Ignore names columns of lists that are passed over on purpose, whatever they say. It is called before the first list.
func (r *Register) Ignore(columns []string) { r.ignore = columns }

// Speak sets the language of the reports beside watched lists; until then it is Chinese. It comes before Watch.
func (r *Register) Speak(lang message.Lang) { r.lang = lang }

// All returns every bill of the list, withdrawn ones included.
func (r *Register) All(ctx context.Context) ([]bill.Bill, error) {
	var bills []bill.Bill
	err := r.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketBills).ForEach(func(_, data []byte) error {
			b, err := decodeBill(data)
			if err != nil {
				return err
			}
			bills = append(bills, b)
			return ctx.Err()
		})
	})
	return bills, err
}

// Info tells where the list comes from.
type Info struct {
	Source   string // base name of the imported file
	Imported time.Time
	Bills    int       // that the court asks for
	Sum      string    `json:",omitempty"` // SHA-256 of the file, in hex
	ByHand   bool      `json:",omitempty"` // by a person, not from the watched file
	Written  time.Time `json:",omitzero"`  // when the watched file was
	// Sizes are those of the last seven days, the oldest first, or since a person agreed to what a list leaves out.
	Sizes   []Size    `json:",omitempty"`
	Agreed  time.Time `json:",omitzero"`
	Skipped int       `json:",omitempty"` // bad rows that were left out; nothing was withdrawn then
}

// Open opens the list at path, or makes an empty one.
func Open(path string) (*Register, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAccess, err)
	}
	db, err := durable.Open(path, 0)
	if err != nil {
		return nil, fileError(err)
	}
	if err := admit(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Register{db: db, lang: message.Chinese}, nil
}

// fileError says by a sentinel of this package what is wrong with the file.
func fileError(err error) error {
	switch {
	case errors.Is(err, durable.ErrLocked):
		return ErrLocked
	case errors.Is(err, durable.ErrAccess):
		return fmt.Errorf("%w: %w", ErrAccess, err)
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// admit checks that the file is whole and of a layout that we know.
func admit(db *bbolt.DB) (err error) {
	defer durable.Guard(&err, ErrFormat)()
	return db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		meta := tx.Bucket(bucketMeta)
		if meta == nil || tx.Bucket(bucketBills) == nil {
			return ErrFormat
		}
		switch v := string(meta.Get(keyFormat)); {
		case v == format:
			return nil
		case strings.HasPrefix(v, family):
			return fmt.Errorf("%w: %s", ErrNewer, v)
		}
		return ErrFormat
	})
}

// create makes an empty list.
func create(path string) error {
	return durable.Create(path, func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucket(bucketBills); err != nil {
			return err
		}
		m, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		return m.Put(keyFormat, []byte(format))
	})
}

// Close releases the file.
func (r *Register) Close() error { return r.db.Close() }

func casePrefix(n caseno.Number) []byte { return []byte(n.BaseString() + "\x00") }

func key(b bill.Bill) []byte {
	return append(casePrefix(b.Case), b.ID()...)
}

// Find returns the bills of a case, or of a payment code, in the order of their identity.
func (r *Register) Find(ctx context.Context, q bill.Query) (list []bill.Bill, err error) {
	err = r.db.View(func(tx *bbolt.Tx) error {
		if q.Code != "" {
			list, err = byCode(tx, q.Code)
		} else {
			list, err = ofCase(tx, q.Case)
		}
		return errors.Join(err, ctx.Err())
	})
	if err == nil && len(list) == 0 {
		err = bill.ErrNotFound
	}
	return list, err
}

func ofCase(tx *bbolt.Tx, n caseno.Number) (list []bill.Bill, err error) {
	prefix := casePrefix(n)
	c := tx.Bucket(bucketBills).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		b, err := decodeBill(v)
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

func byCode(tx *bbolt.Tx, code string) (list []bill.Bill, err error) {
	codes := tx.Bucket(bucketCodes)
	if codes == nil { // a list that was imported before there were codes
		return nil, nil
	}
	prefix := codePrefix(code)
	c := codes.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		b, err := decodeBill(tx.Bucket(bucketBills).Get(k[len(prefix):]))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

func codePrefix(code string) []byte { return []byte(strings.ToUpper(code) + "\x00") }

// stored is a bill as the file has it.
type stored struct {
	bill.Bill
	Printed string `json:",omitzero"` // the payer, where receipts print more than a bill's JSON has
	// Said is that a row has withdrawn the bill. Files of before have bills withdrawn that a list had only left out.
	Said bool      `json:",omitzero"`
	Gone time.Time `json:",omitzero"` // when it went missing
}

// plain returns s as the file has it.
func (s stored) plain() stored {
	if s.Printed = s.PrintedPayer(); s.Printed == s.Payer.String() {
		s.Printed = ""
	}
	s.Said = s.Withdrawn
	return s
}

func encodeBill(b bill.Bill) ([]byte, error) {
	return json.Marshal(stored{Bill: b}.plain())
}

func decodeBill(text []byte) (bill.Bill, error) {
	s, err := decodeStored(text)
	return s.Bill, err
}

func decodeStored(text []byte) (s stored, err error) {
	if err := json.Unmarshal(text, &s); err != nil {
		return stored{}, fmt.Errorf("%w: a bill: %w", ErrFormat, err)
	}
	if s.Printed != "" {
		s.Payer = bill.Person(s.Printed)
	}
	if s.Withdrawn && !s.Said {
		s.Withdrawn, s.Missing = false, true
	}
	return s, nil
}

// Again returns a bill as the list has it now.
func (r *Register) Again(_ context.Context, old bill.Bill) (b bill.Bill, err error) {
	err = r.db.View(func(tx *bbolt.Tx) error {
		text := tx.Bucket(bucketBills).Get(key(old))
		if text == nil {
			return bill.ErrNotFound
		}
		b, err = decodeBill(text)
		return err
	})
	return b, err
}

// Tell compares a payment with the list, since there is nobody to tell: one that the list did not ask for is a
// *bill.RefusedError. A list that is younger than the payment is not asked: what it says now it may say because of
// the payment.
func (r *Register) Tell(ctx context.Context, p bill.Paid) error {
	info, err := r.Info()
	if err != nil || info.Imported.Truncate(time.Second).After(p.PaidAt) {
		return err
	}
	b, err := r.Again(ctx, p.Bill)
	if errors.Is(err, bill.ErrNotFound) {
		return &bill.RefusedError{Reason: bill.UnknownBill}
	}
	if err != nil {
		return err
	}
	return b.Objects(p.Amount)
}

// Info tells where the list comes from; zero before the first import.
func (r *Register) Info() (info Info, err error) {
	err = r.db.View(func(tx *bbolt.Tx) error {
		info, err = infoOf(tx)
		return err
	})
	return info, err
}

func infoOf(tx *bbolt.Tx) (info Info, err error) {
	if text := tx.Bucket(bucketMeta).Get(keyInfo); text != nil {
		err = json.Unmarshal(text, &info)
	}
	return info, err
}
