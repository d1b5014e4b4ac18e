// Package view turns state and errors into the values that a screen shows. It knows no Fyne: a screen is a plain
// struct, an intent is what a touch means, and both are tested without a window.
package view

import (
	"cmp"
	"time"

	"courtkiosk/app/message"
)

// A Frame is what every screen shares.
type Frame struct {
	Lang     message.Lang
	Court    string // its name, and the places below, are in the frame's language: see In
	Now      time.Time
	Hotline  string
	Kiosk    string
	Window   string
	Cash     string // where cash and cards are taken
	Paper    Names  // as the court's papers say them
	English  Names  // as far as the court has said them
	Version  string
	Purse    string // the purse's key once it is known: litigation, execution, fine
	Large    bool
	Contrast bool
	Low      bool   // every control in the lower part of the screen
	Mark     string // lies over every screen: 演示, 测试; empty at a court that takes money
	IdleLeft int    // seconds before the visit is wiped, shown when above zero
	Slot     string // where paper comes out, in the frame's language, for who does not see it; empty: not told
	Voice    bool   // the machine can be heard
	Speaking bool   // it is, in this visit
	Alone    bool   // the code stands alone on its page: whoever pays goes by what is heard
	ShortMM  int    // the shorter side of the picture, in millimetres; zero: not known
	Loud     bool   // there is a loudspeaker, which may be chosen for what is private
}

// Names are a court's, and those of the places where it helps and where paper comes out, in one language.
type Names struct{ Court, Window, Cash, Slot string }

// In returns the frame in a language. What the court has not said in English stays Chinese.
func (f Frame) In(lang message.Lang) Frame {
	n := f.Paper
	if f.Lang = lang; lang == message.English {
		n = Names{cmp.Or(f.English.Court, n.Court), cmp.Or(f.English.Window, n.Window), cmp.Or(f.English.Cash, n.Cash),
			cmp.Or(f.English.Slot, n.Slot)}
	}
	f.Slot = cmp.Or(n.Slot, f.Slot)
	f.Court, f.Window, f.Cash = cmp.Or(n.Court, f.Court), cmp.Or(n.Window, f.Window), cmp.Or(n.Cash, f.Cash)
	return f
}

// A Screen is one of the values below.
type Screen interface {
	// Name is the screen's name in logs and tests.
	Name() string
	// Step is where in the payment the screen stands, 1 to 4, or 0 outside of it.
	Step() int
	// heard is the screen for who does not see it: one without it does not compile.
	heard(f Frame) Heard
}

// Home is where every visit begins.
type Home struct {
	Closed  string // why nothing can be paid now, empty when all is well
	Resting bool   // Closed is of the hours, not of a trouble
	// what does not work beside the payments, in a sentence; empty where visitors need not know
	Trouble string
	Code    string // of Closed, or of the trouble: who looks after the machine reads it in passing
}

// Case is where a case number is typed.
type Case struct {
	Entry Entry
	Wrong string // what is wrong with what was typed

	Finding bool // a receipt: no step of paying
}

// Working is a wait that says what is being waited for.
type Working struct {
	At    int // step
	Title string
	Note  string // after ten seconds: what the visitor can do
	Leave bool   // whether leaving is offered
}

// A Row is a label and a value. A second line of the value, as Term writes it, is shown small.
type Row struct{ Label, Value string }

// A Choice is one bill of a case that has several.
type Choice struct {
	Title  string
	Note   string
	Amount string
	State  string // 已交 and the like, empty when it can be paid
	Open   bool   // can be touched: what is settled leads nowhere
}

// Bills lets the visitor pick one of several bills.
type Bills struct {
	Case    string
	Count   int      // of the case's bills
	Choices []Choice // of this page
	More    bool     // there is another page
	Finding bool     // a receipt: no step of paying
}

// Fee is what the visitor confirms.
type Fee struct {
	Rows     []Row
	Item     string
	Note     string
	Amount   string
	Capitals string
	Changed  string // says that the amount is another than a moment ago
	Printer  string // says that no receipt can be printed, and what to do then
	Edition  int    // of the bill: another one has to be read anew
}

// Pay is the live QR.
type Pay struct {
	Amount string
	Payee  string
	Case   string
	QR     string
	Left   int // seconds
	Total  int
	State  string
	Note   string
	Calm   bool // the network is well
	Help   bool // what helps while a code is shown stands below it
	Demo   bool // offers to play the payer
}

// Done is a payment that WeChat has confirmed.
type Done struct {
	Returned bool // some of the money came back: it is a reprint, and no success
	Found    bool // a reprint: nobody has paid just now
	Amount   string
	Rows     []Row
	Print    string // what is known of the receipt
	Printed  bool
	Trouble  bool   // no receipt: the words say what now
	Code     string // of the receipt, to be photographed in place of paper
	Again    bool   // another print is offered
	Next     string // the case's next owed bill, and how much; empty when there is none to go on with
	Left     int    // seconds until home
}

// Verify is an outcome that is not known.
type Verify struct {
	Sentence  string
	Emphasis  string
	Reference string
	Slip      string // what is known of the verification slip
	Printable bool
	Help      bool // what helps stands below it
}

// Proof asks for the last six digits of WeChat's transaction id.
type Proof struct {
	Number string // of the payment, as Called says it
	Digits string
	Wrong  string // why the last digits did not do, and how many more tries there are
	Left   int    // tries that are left, once one was wrong
	Wait   int    // seconds until the next one is heard: nothing can be confirmed before
	Refund bool   // it is a request to have the payment back that is printed then, not a receipt
}

// Help answers the questions that people have at the machine: the list of them, or one.
type Help struct {
	Topic int
	Hours string // of the house; empty where none are set
	Slip  string // what is known of the fee table that was asked for
}

// HelpTopics is how many questions there are.
const HelpTopics = 8

// WaysTopic is the question how to pay and what it costs: the fee table is printed there.
const WaysTopic = 8

func (Home) Name() string    { return "home" }
func (Case) Name() string    { return "case" }
func (Working) Name() string { return "working" }
func (Bills) Name() string   { return "bills" }
func (Fee) Name() string     { return "fee" }
func (Pay) Name() string     { return "pay" }
func (Done) Name() string    { return "done" }
func (Verify) Name() string  { return "verify" }
func (Proof) Name() string   { return "proof" }
func (Help) Name() string    { return "help" }

func (Home) Step() int      { return 0 }
func (v Case) Step() int    { return unless(v.Finding, 1) }
func (v Working) Step() int { return v.At }
func (v Bills) Step() int   { return unless(v.Finding, 2) }
func (Fee) Step() int       { return 2 }
func (Pay) Step() int       { return 3 }
func (v Done) Step() int    { return unless(v.Found, 4) }
func (Verify) Step() int    { return 3 }
func (Proof) Step() int     { return 0 }
func (Help) Step() int      { return 0 }

// unless is a step of paying, or none.
func unless(finding bool, step int) int {
	if finding {
		return 0
	}
	return step
}

// Kind is what a touch means.
type Kind string

// The kinds of intents.
const (
	StartPaying  Kind = "pay"
	Find         Kind = "find"
	Questions    Kind = "help"
	PickTopic    Kind = "topic" // Arg is the question
	Language     Kind = "language"
	LargeText    Kind = "large"
	HighContrast Kind = "contrast"
	LowLayout    Kind = "low"
	Voice        Kind = "voice" // begins speech, or ends it
	GoHome       Kind = "home"
	Back         Kind = "back"
	Digit        Kind = "digit" // Arg is the digit
	Backspace    Kind = "backspace"
	Clear        Kind = "clear"
	PickType     Kind = "type" // Arg is the type code
	MoreTypes    Kind = "more-types"
	PickPart     Kind = "part" // Arg is year or serial
	Confirm      Kind = "confirm"
	PickBill     Kind = "bill" // Arg is the index
	NextPage     Kind = "next-page"
	NextBill     Kind = "next-bill"
	NextCase     Kind = "next-case"
	AllBills     Kind = "bills"
	Cancel       Kind = "cancel"
	NewCode      Kind = "new-code"
	KeepWaiting  Kind = "wait"
	Leave        Kind = "leave"
	PrintSlip    Kind = "slip"
	Reprint      Kind = "reprint"
	Stay         Kind = "stay"
	Touch        Kind = "touch" // of nothing that means anything: somebody is there
	DemoPay      Kind = "demo-pay"
	Calculate    Kind = "calc"
	PickKind     Kind = "kind" // Arg is the kind of the fee schedule
	Halve        Kind = "half"
	ShowSteps    Kind = "steps"
)

// An Intent is what a person wants.
type Intent struct {
	Kind Kind
	Arg  string
}
