package doctor

import "slices"

// A Code names a trouble for programs, logs and messages. Other machines and the counter speak it too: it does not
// change.
type Code string

// The codes. Those of a printer are "printer-" and the printer's own word for its condition: see Printer.
const (
	Ledger       Code = "ledger"           // a write failed: the process must end and start anew
	Away         Code = "ledger-away"      // the ledger's database gives no answer; it opens again by itself
	Disk         Code = "disk"             // less room than a settle may need
	Moved        Code = "ledger-moved"     // the ledger was made on another machine, which may go on with it
	Succeeded    Code = "ledger-succeeded" // a ledger made from a copy of this one has taken its place
	Clock        Code = "clock"            // this machine's clock and WeChat's are more than two minutes apart
	NoKey        Code = "no-key"           // of a merchant number: its key is not here, and orders or bills need it
	Twice        Code = "id-twice"         // another machine takes payments under this kiosk's id
	Unauthorized Code = "unauthorized"     // of a merchant number: WeChat refused its signature twice in a row
	Unverified   Code = "unverified"       // of a merchant number: two answers in a row by a key that is not believed

	Network      Code = "network"       // WeChat and the court's system are silent both
	WeChatSilent Code = "wechat-silent" // of a merchant number: WeChat does not answer
	CourtSilent  Code = "court-silent"  // the court's system does not answer

	PaperOut           Code = "printer-paper-out"
	CoverOpen          Code = "printer-cover-open"
	PrinterJammed      Code = "printer-jammed"
	PrinterBroken      Code = "printer-broken"
	PrinterOffline     Code = "printer-offline"
	PrinterUnreachable Code = "printer-unreachable"
	PrinterSilent      Code = "printer-silent"
	PaperNearEnd       Code = "printer-near-end" // it prints all the same

	Disputed       Code = "disputed"             // WeChat says of a payment what was not asked for, or not all of it
	Attention      Code = "attention"            // a payment waits for somebody at the window
	ReportRefused  Code = "report-refused"       // the court will not take the report of a payment
	OtherLedger    Code = "other-ledger"         // of an instance: it was paid under this kiosk's id
	Unsettled      Code = "unsettled"            // an order is being closed, or its outcome is not known
	ReportsWaiting Code = "reports-waiting"      // the court does not know yet of a payment
	Incomplete     Code = "ledger-incomplete"    // the ledger was restored, and WeChat not asked for all that it lost
	Backup         Code = "backup"               // the daily copy of the ledger was not made
	Offsite        Code = "offsite"              // no copy of the ledger leaves this machine
	Mark           Code = "ledger-mark"          // nothing outside of the ledger says how far it was
	Certificate    Code = "merchant-certificate" // of a merchant number: its certificate ends soon
	// of window W01, of the server or the authority: a certificate of the clerk's page ends soon, or cannot be read
	PageCertificate Code = "page-certificate"
	SigningKey      Code = "signing-key" // receipts carry no code: the key that signs them was revoked
)

// catalogue holds every trouble, of one severity the more urgent ones first. What HiddenBy names stands before it.
var catalogue = []Trouble{
	{Code: Ledger, Printed: "S-01", Severity: Stops},
	{Code: Away, Printed: "S-12", Severity: Stops, HiddenBy: behind()},
	{Code: Disk, Printed: "S-02", Severity: Stops, HiddenBy: behind()},
	{Code: Moved, Printed: "S-06", Severity: Stops, HiddenBy: behind()},
	{Code: Succeeded, Printed: "S-11", Severity: Stops, HiddenBy: behind()},
	{Code: Clock, Printed: "S-03", Severity: Stops, HiddenBy: behind()},
	{Code: Twice, Printed: "S-07", Severity: Stops, HiddenBy: behind()},
	{Code: NoKey, Printed: "S-05", Severity: Stops, HiddenBy: behind()},
	{Code: Unauthorized, Printed: "S-04", Severity: Stops, HiddenBy: behind(Clock, NoKey)},
	{Code: Unverified, Printed: "S-08", Severity: Stops, HiddenBy: behind(Clock, NoKey)},

	{Code: Network, Printed: "N-01", Severity: Warns, Patience: blink, Rings: outage, HiddenBy: behind()},
	{Code: WeChatSilent, Printed: "N-02", Severity: Warns, Patience: outage,
		HiddenBy: behind(Clock, NoKey, Unauthorized, Unverified, Network)},
	{Code: CourtSilent, Printed: "N-03", Severity: Warns, Patience: blink, Rings: outage, HiddenBy: behind(Network)},

	{Code: PaperOut, Printed: "D-11", Severity: Warns, HiddenBy: behind()},
	{Code: CoverOpen, Printed: "D-12", Severity: Warns, HiddenBy: behind()},
	{Code: PrinterJammed, Printed: "D-13", Severity: Warns, HiddenBy: behind()},
	{Code: PrinterBroken, Printed: "D-14", Severity: Warns, HiddenBy: behind()},
	{Code: PrinterOffline, Printed: "D-15", Severity: Warns, Patience: blink, HiddenBy: behind()},
	{Code: PrinterUnreachable, Printed: "D-17", Severity: Warns, Patience: blink, HiddenBy: behind()},
	{Code: PrinterSilent, Printed: "D-16", Severity: Warns, Patience: blink, HiddenBy: behind()},

	{Code: Disputed, Printed: "A-08", Severity: Warns, Quiet: true, HiddenBy: behind()},
	{Code: Attention, Printed: "A-01", Severity: Warns, Quiet: true, HiddenBy: behind()},
	{Code: ReportRefused, Printed: "A-02", Severity: Warns, Quiet: true, HiddenBy: behind()},
	{Code: OtherLedger, Printed: "A-10", Severity: Warns, Quiet: true, HiddenBy: behind()},
	{Code: Unsettled, Printed: "A-03", Severity: Warns, Quiet: true, Patience: long,
		HiddenBy: behind(Clock, NoKey, Unauthorized, Unverified, Network, WeChatSilent)},
	{Code: Incomplete, Printed: "A-04", Severity: Warns, Quiet: true, Rings: never, HiddenBy: behind()},
	{Code: Backup, Printed: "A-05", Severity: Warns, Quiet: true, Patience: long, HiddenBy: behind(Disk)},
	{Code: Offsite, Printed: "A-14", Severity: Warns, Quiet: true, Patience: long, HiddenBy: behind(Disk)},
	{Code: Mark, Printed: "A-09", Severity: Warns, Quiet: true, Rings: never, HiddenBy: behind(Disk, Moved)},
	{Code: SigningKey, Printed: "A-12", Severity: Warns, Quiet: true, HiddenBy: behind()},
	{Code: Certificate, Printed: "A-07", Severity: Warns, Quiet: true, Rings: never, HiddenBy: behind()},
	{Code: PageCertificate, Printed: "A-13", Severity: Warns, Quiet: true, Rings: never, HiddenBy: behind()},
	{Code: PaperNearEnd, Printed: "D-18", Severity: Warns, Quiet: true, Rings: never, HiddenBy: behind(PaperOut)},
	{Code: ReportsWaiting, Printed: "A-06", Severity: Tells, Quiet: true, Patience: long,
		HiddenBy: behind(Network, CourtSilent)},
}

// behind lists what hides a trouble: the ledger, which explains everything, and others.
func behind(others ...Code) []Code { return append([]Code{Ledger}, others...) }

// Catalogue returns every trouble, the more severe ones first.
func Catalogue() []Trouble { return slices.Clone(catalogue) }

// Stopping returns the codes of what stops payments.
func Stopping() (codes []Code) {
	for _, t := range catalogue {
		if t.Severity == Stops {
			codes = append(codes, t.Code)
		}
	}
	return codes
}

// Of returns a trouble. One that is not in the catalogue, as a newer machine may speak of, warns at once and is no
// visitor's business.
func Of(c Code) Trouble {
	if i := rank(c); i < len(catalogue) {
		return catalogue[i]
	} else if i -= len(catalogue); i < len(checks) {
		return checks[i].looked()
	}
	return Trouble{Code: c, Printed: "A-99", Severity: Warns, Quiet: true, HiddenBy: behind()}
}

// rank is the place of a trouble in the catalogue, and behind it in what looks find; an unknown one comes last.
func rank(c Code) int {
	at := 0
	for _, list := range [][]Trouble{catalogue, checks} {
		if i := slices.IndexFunc(list, func(t Trouble) bool { return t.Code == c }); i >= 0 {
			return at + i
		}
		at += len(list)
	}
	return at
}

// Printers are the codes of a printer's conditions: one of them at most keeps it from printing, and the last does not.
var Printers = []Code{
	PaperOut, CoverOpen, PrinterJammed, PrinterBroken, PrinterOffline, PrinterUnreachable, PrinterSilent, PaperNearEnd,
}

// Printer returns the code of a printer's condition, as app/receipt calls it; of one that is not known PrinterBroken.
func Printer(condition string) Code {
	if c := "printer-" + Code(condition); slices.Contains(Printers, c) {
		return c
	}
	return PrinterBroken
}
