package payment

import "time"

// DifferenceKind is what a bill of WeChat's and a ledger say differently; payment/reconcile has the kinds.
type DifferenceKind string

// DifferenceStep is the one right next step about a difference; payment/reconcile has the steps.
type DifferenceStep string

// A Statement is what is known of one merchant's day in China.
type Statement struct {
	MchID string
	Day   string // 2006-01-02, in China
	State StatementState
	Asked time.Time // when WeChat was last asked for it
	Read  time.Time `json:",omitzero"`
	Hash  string    `json:",omitzero"` // of the trade bill, as WeChat has signed it
	Funds string    `json:",omitzero"` // of the fund-flow bill
	Why   string    `json:",omitzero"` // what it is not believed for, or why it could not be had: a code, no words
	Sums  []byte    `json:",omitzero"` // the sums and the steps between them, as JSON of payment/reconcile
	Found int       `json:",omitzero"` // differences that it came to
}

// Key is the merchant and the day.
func (s Statement) Key() string { return s.MchID + "/" + s.Day }

// StatementState is how far the reconciliation of a day is.
type StatementState string

// The states of a day. Only a day that was read and has no open difference is clean or resolved.
const (
	StatementAbsent  StatementState = "absent"  // there is no bill yet, or none could be had
	StatementRefused StatementState = "refused" // a bill came and is not believed
	StatementEmpty   StatementState = "empty"   // WeChat says that nobody has paid, and the ledger says so too
	StatementRead    StatementState = "read"    // read and compared
)

// A Difference is one thing that a bill of WeChat's and the ledger say differently. It is found, taken and resolved;
// what it tells changes nothing by itself.
type Difference struct {
	MchID         string
	Day           string // 2006-01-02, in China
	Kind          DifferenceKind
	Order         string // out_trade_no
	TransactionID string `json:",omitzero"` // as the bill says, else as the ledger does
	RefundNo      string `json:",omitzero"`
	Device        string `json:",omitzero"` // by the payment's mark
	Ours, Theirs  Fen    // 0 of who says nothing
	Line          int    `json:",omitzero"` // of the bill; 0 of what is not in it
	Next          DifferenceStep

	Found    time.Time
	Taken    Decision `json:",omitzero"` // by who looks into it
	Resolved Decision `json:",omitzero"`
	How      string   `json:",omitzero"` // how it was resolved: asked, adopted, refunded, returned, noted
	Refund   string   `json:",omitzero"` // the refund that has resolved it
	Note     string   `json:",omitzero"` // a person's reason; no personal data
}

// Key names a difference, so that reading a bill twice finds it once.
func (d Difference) Key() string {
	return d.MchID + "/" + d.Day + "/" + string(d.Kind) + "/" + d.Order + "/" + d.RefundNo
}

// Figures are what the program counts of itself on one day in China: the promises that are measured.
type Figures struct {
	Day    string // 2006-01-02
	Device string
	Counts map[string]int64 `json:",omitzero"` // by what is counted; times in milliseconds
}

// Key is the day and the device.
func (f Figures) Key() string { return f.Day + "/" + f.Device }
