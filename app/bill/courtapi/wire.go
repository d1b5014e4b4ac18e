package courtapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/fee"
	"courtkiosk/payment"
)

// What goes over the wire, as openapi.yaml has it.
type (
	query struct {
		Case string `json:"case,omitempty"`
		Code string `json:"payment_code,omitempty"`
	}
	billList struct {
		Bills *[]wireBill `json:"bills"`
	}
	wireBill struct {
		ID       string       `json:"id"`
		Version  string       `json:"version"`
		Case     string       `json:"case"`
		Notice   string       `json:"notice"`
		Code     string       `json:"payment_code"`
		Item     string       `json:"item"`
		Purse    bill.Purse   `json:"purse"`
		Fen      *payment.Fen `json:"amount_fen"`
		Payer    string       `json:"payer"`
		Type     string       `json:"payer_type"`
		Cause    string       `json:"cause"`
		Noticed  string       `json:"noticed"`
		Deadline string       `json:"deadline"`
		Remark   string       `json:"remark"`
		Status   string       `json:"status"`
		Relief   bill.Relief  `json:"relief"`
		Grounds  *wireGrounds `json:"grounds"`
		Fiscal   *wireFiscal  `json:"fiscal"`
	}
	wireFiscal struct {
		Code   string `json:"code"`
		Number string `json:"number"`
		Check  string `json:"check_code"`
		Issued string `json:"issued"`
	}
	wireGrounds struct {
		Kind   fee.Kind    `json:"kind"`
		Claim  payment.Fen `json:"claim_fen"`
		Halved bool        `json:"halved"`
	}
	paidBill struct {
		Fen     payment.Fen `json:"amount_fen"`
		Purse   bill.Purse  `json:"purse"`
		Version string      `json:"version"`
		PaidAt  time.Time   `json:"paid_at"`
		OrderNo string      `json:"order_no"`
		MchID   string      `json:"mchid"`
		Kiosk   string      `json:"kiosk"`
		Receipt string      `json:"receipt"`
	}
	refund struct {
		Fen    int64     `json:"amount_fen"`
		At     time.Time `json:"refunded_at"`
		Reason string    `json:"reason,omitempty"`
	}
	result struct {
		Result string `json:"result"`
	}
	health struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}
)

func newPayment(p bill.Paid) paidBill {
	return paidBill{Fen: p.Amount, Purse: p.Bill.Purse, Version: p.Bill.Version,
		PaidAt:  p.PaidAt.In(payment.China).Truncate(time.Second),
		OrderNo: p.OrderNo, MchID: p.Merchant, Kiosk: p.Kiosk, Receipt: p.Receipt}
}

// decode reads one JSON value strictly: no unknown member, none twice, nothing after it, and nothing that is not UTF-8.
func decode(text []byte, out any) error {
	if !utf8.Valid(text) {
		return errors.New("the answer is not UTF-8")
	}
	if err := distinct(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("the answer does not keep to the agreement: %w", placeOf(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the answer")
	}
	if v, ok := out.(interface{ whole() error }); ok {
		return v.whole()
	}
	return nil
}

// placeOf keeps of a decoding error what is no data: data is personal.
func placeOf(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is no %s, at byte %d", e.Field, e.Type, e.Offset)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("no JSON at byte %d", e.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return errors.New("an unknown member, or a value of a wrong form")
}

// maxDepth is how deep an answer may be nested; the agreement needs four.
const maxDepth = 16

// distinct reports a member that stands twice in one object: readers differ on which one counts.
func distinct(d *json.Decoder) error {
	type level struct {
		object bool
		seen   map[string]bool
		key    bool // a key is expected next
	}
	var open []level
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return placeOf(err)
		}
		var top *level
		if len(open) > 0 {
			top = &open[len(open)-1]
		}
		if key, ok := t.(string); ok && top != nil && top.object && top.key {
			if top.seen[key] || key != strings.ToLower(key) { // Go takes AMOUNT_FEN for amount_fen
				return errors.New("a member stands twice, or has capitals")
			}
			top.seen[key], top.key = true, false
			continue
		}
		if top != nil && top.object {
			top.key = true
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{object: true, seen: make(map[string]bool), key: true})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return errors.New("nested too deep")
		}
	}
}

func (r result) whole() error {
	if r.Result != "recorded" && r.Result != "known" {
		return errors.New(`result is neither "recorded" nor "known"`)
	}
	return nil
}

func (h health) whole() error {
	if h.Status != "ok" {
		return errors.New(`status is not "ok"`)
	}
	return nil
}

func (l billList) whole() error {
	if l.Bills == nil {
		return errors.New("bills is missing")
	}
	return nil
}

// bills returns what the system says of a case or code, each bill checked, and all of them together.
func (l billList) bills(q bill.Query) ([]bill.Bill, error) {
	if len(*l.Bills) > maxBills {
		return nil, fmt.Errorf("more than %d bills of one case", maxBills)
	}
	var list []bill.Bill
	refs, identities := make(map[string]bool), make(map[payment.Key]bool)
	for i, w := range *l.Bills {
		b, err := w.bill()
		if err != nil {
			return nil, fmt.Errorf("bill %d: %w", i+1, err)
		}
		switch {
		case q.Code == "" && b.Case.Base() != q.Case.Base(), q.Code != "" && i > 0 &&
			b.Case.Base() != list[0].Case.Base():
			return nil, fmt.Errorf("bill %d belongs to another case", i+1)
		case q.Code != "" && b.Code != q.Code:
			return nil, fmt.Errorf("bill %d has another payment code", i+1)
		case refs[b.Ref]:
			return nil, fmt.Errorf("bill %d has the id of another", i+1)
		case identities[b.Key()]:
			return nil, fmt.Errorf("bill %d is another one again: give each a notice number", i+1)
		}
		refs[b.Ref], identities[b.Key()] = true, true
		list = append(list, b)
	}
	return list, nil
}

// The types of payers.
const (
	person       = "person"
	organisation = "organisation"
)

var billID = regexp.MustCompile(`^[0-9A-Za-z._~-]{1,64}$`)

// longest are the members that are text, and how many characters each may have.
func (w wireBill) tooLong() string {
	for _, m := range []struct {
		name, text string
		most       int
	}{{"version", w.Version, 64}, {"case", w.Case, 60}, {"notice", w.Notice, 64}, {"item", w.Item, 100},
		{"payer", w.Payer, 500},
		{"cause", w.Cause, 200}, {"remark", w.Remark, 500}} {
		if utf8.RuneCountInString(m.text) > m.most {
			return m.name
		}
	}
	return ""
}

// bill returns the bill, when it is one that a court may ask for.
func (w wireBill) bill() (b bill.Bill, err error) {
	switch {
	case !billID.MatchString(w.ID) || w.ID == "." || w.ID == "..": // a path of these two is another path
		return b, errors.New("id is missing or has characters that no id has")
	case w.Version == "" || w.Item == "" || w.Purse == "" || w.Fen == nil:
		return b, errors.New("one of version, item, purse and amount_fen is missing")
	case w.tooLong() != "":
		return b, fmt.Errorf("%s is too long", w.tooLong())
	case !slices.Contains([]string{"due", "settled", "withdrawn"}, w.Status):
		return b, errors.New("status is none of due, settled, withdrawn")
	case !slices.Contains([]string{"", person, organisation}, w.Type):
		return b, errors.New("payer_type is none of person, organisation")
	case w.Relief != "" && !slices.Contains(bill.Reliefs, w.Relief):
		return b, errors.New("relief is none of waived, reduced, deferred")
	case !slices.Contains(bill.Purses, w.Purse):
		return b, errors.New("purse is none of litigation, execution, fine")
	}
	b = bill.Bill{
		Notice: w.Notice, Item: w.Item, Purse: w.Purse, Amount: *w.Fen, Cause: w.Cause, Remark: w.Remark,
		Payer: bill.Person(bill.Person(w.Payer).Printed(w.Type == organisation)), Corporate: w.Type == organisation,
		Withdrawn: w.Status == "withdrawn", Settled: w.Status == "settled", Relief: w.Relief, Ref: w.ID,
		Version: w.Version,
	}
	if bill.HoldsIdentity(w.Payer) {
		return b, errors.New("payer holds an identity number")
	}
	if err := b.Case.UnmarshalText([]byte(w.Case)); err != nil || b.Case.String() != w.Case ||
		b.Case == (caseno.Number{}) {
		return b, errors.New("case is no case number in its canonical form")
	}
	if b.Code, err = bill.ParseCode(w.Code); err != nil || b.Code != w.Code {
		return b, errors.New("payment_code is none")
	}
	var fiscal wireFiscal
	var issued time.Time
	if w.Fiscal != nil {
		fiscal = *w.Fiscal
	}
	for _, d := range []struct {
		name, text string
		day        *time.Time
	}{{"noticed", w.Noticed, &b.Noticed}, {"deadline", w.Deadline, &b.Deadline}, {"issued", fiscal.Issued, &issued}} {
		if d.text == "" {
			continue
		}
		if *d.day, err = time.ParseInLocation(time.DateOnly, d.text, payment.China); err != nil ||
			d.day.Year() < 2000 || d.day.Year() > 2099 {
			return b, fmt.Errorf("%s is no day like 2026-11-23", d.name)
		}
	}
	if w.Grounds != nil {
		b.Grounds = bill.Grounds{Kind: w.Grounds.Kind, Amount: w.Grounds.Claim, Half: w.Grounds.Halved}
	}
	switch b.Fiscal, err = bill.ParseFiscal(fiscal.Code, fiscal.Number, fiscal.Check, issued); {
	case err != nil || w.Fiscal != nil && !b.Fiscal.Known():
		return b, errors.New("fiscal names no fiscal receipt")
	case b.Fiscal.Known() && b.Payable(): // one of the two is wrong, and whoever pays may pay twice
		return b, errors.New("a fiscal receipt was issued for a bill that is due")
	}
	return b, b.Check()
}
