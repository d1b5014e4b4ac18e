package view

import "courtkiosk/app/message"

// A Reason is why a visit does not go on as its visitor meant it to. Faces branch on it; its words are looked up
// last. Its text names the screen in logs and tests.
type Reason string

// The reasons, by what they are about: the bill, the payment, the service, the receipt, what was scanned or typed.
const (
	NotFound      Reason = "not-found"
	OtherCourt    Reason = "other-court"
	CourtSilent   Reason = "court-silent"
	NothingOwed   Reason = "nothing-owed" // by the whole case
	BillSettled   Reason = "bill-settled" // nothing is owed of this bill; of the case's others nothing is said
	MissingBill   Reason = "missing-bill" // the court's newest list does not have it, which is no withdrawal
	Settled       Reason = "settled"
	Changed       Reason = "changed"
	Paid          Reason = "paid"
	PaidElsewhere Reason = "paid-elsewhere"
	Elsewhere     Reason = "elsewhere"
	Returned      Reason = "returned"
	Disputed      Reason = "disputed"
	ChangedAfter  Reason = "changed-after"
	Resting       Reason = "resting"

	Expired     Reason = "expired"   // the time to pay was over
	Cancelled   Reason = "cancelled" // by the visitor
	Stopped     Reason = "stopped"   // by neither: the court asks for the bill no more
	NoCode      Reason = "no-code"   // WeChat never made one
	Unreachable Reason = "network"
	Busy        Reason = "busy"
	TryLater    Reason = "try-later" // many codes of the bill were cancelled at other machines
	Rejected    Reason = "refused"

	LedgerFailed    Reason = "closed.ledger"
	LedgerAway      Reason = "closed.ledger-away"
	DiskFull        Reason = "closed.disk"
	LedgerMoved     Reason = "closed.ledger-moved"
	LedgerSucceeded Reason = "closed.ledger-succeeded"
	ClockWrong      Reason = "closed.clock"
	KeysRefused     Reason = "closed.unauthorized"
	KeyDoubted      Reason = "closed.unverified"
	KeyMissing      Reason = "closed.no-key"
	IDTwice         Reason = "closed.id-twice"
	OutOfHours      Reason = "out-of-hours"

	Printer       Reason = "printer"
	PrinterDoubt  Reason = "printer-doubt"
	PrintedBefore Reason = "printed-before"
	NoReceipt     Reason = "no-receipt"
	TooManyTries  Reason = "too-many-tries"

	NoPayment  Reason = "no-payment" // of what a receipt was looked for
	Unbelieved Reason = "unbelieved" // the code of a receipt
	NotHere    Reason = "not-here"   // the payment of a receipt

	ScanUnknown Reason = "scan"
	ScanStrange Reason = "scan-strange"
	PhoneCode   Reason = "scan-phone" // with which a shop takes money from a phone

	CaseEmpty    Reason = "case.empty"
	CaseIdentity Reason = "case.identity"
	CaseYear     Reason = "case.year"
	CaseLegacy   Reason = "case.legacy"
	CaseCourt    Reason = "case.court"
	CaseType     Reason = "case.type"
	CaseSerial   Reason = "case.serial"
	CaseSuffix   Reason = "case.suffix"
	CaseRange    Reason = "case.range"
	CaseOne      Reason = "case.one"
	CaseRest     Reason = "case.rest"

	Internal Reason = "internal"
)

// A page is how the notice of a reason looks, and where it leads besides home.
type page struct {
	words message.ID
	mood  Mood // Calm when empty
	at    int  // step of the payment, 0 outside of it
	label string
	act   Kind
}

// pages has a page for every reason.
var pages = map[Reason]page{
	NotFound:      {words: "not-found", at: 1, label: "notice.retype", act: StartPaying},
	OtherCourt:    {words: "other-court", at: 1, label: "notice.retype", act: StartPaying},
	CourtSilent:   {words: "court-silent", mood: Careful, at: 1, label: "notice.again", act: StartPaying},
	NothingOwed:   {words: "nothing-owed", mood: Good, at: 2},
	MissingBill:   {words: "missing-bill", mood: Careful, at: 2},
	BillSettled:   {words: "bill-settled", mood: Good, at: 2, label: "notice.bills", act: AllBills},
	Settled:       {words: "settled", mood: Good, at: 2},
	Changed:       {words: "changed", mood: Careful, at: 2, label: "notice.check", act: StartPaying},
	Paid:          {words: "paid", mood: Good, at: 4, label: "notice.reprint", act: Reprint},
	PaidElsewhere: {words: "paid-elsewhere"},
	Elsewhere:     {words: "elsewhere", mood: Careful, at: 3},
	Returned:      {words: "returned", mood: Careful, at: 4, label: "notice.reprint", act: Reprint},
	Disputed:      {words: "disputed", mood: Careful, at: 3},
	ChangedAfter:  {words: "changed-after", mood: Careful, at: 3},
	Resting:       {words: "resting", mood: Careful, at: 3},

	Expired:     {words: "expired", at: 3, label: "notice.newcode", act: NewCode},
	Cancelled:   {words: "cancelled", at: 3, label: "notice.newcode", act: NewCode},
	Stopped:     {words: "stopped", mood: Careful, at: 3, label: "notice.again", act: StartPaying},
	NoCode:      {words: "no-code", mood: Careful, at: 3, label: "notice.retry", act: NewCode},
	Unreachable: {words: "network", mood: Careful, at: 3, label: "notice.retry", act: NewCode},
	Busy:        {words: "busy", mood: Careful, at: 3, label: "notice.retry", act: NewCode},
	TryLater:    {words: "try-later", mood: Careful, at: 3, label: "notice.retry", act: NewCode},
	Rejected:    {words: "refused", mood: Careful, at: 3},

	LedgerFailed:    {words: "closed.ledger"},
	LedgerAway:      {words: "closed.ledger-away"},
	DiskFull:        {words: "closed.disk"},
	LedgerMoved:     {words: "closed.ledger-moved"},
	LedgerSucceeded: {words: "closed.ledger-succeeded"},
	ClockWrong:      {words: "closed.clock"},
	KeysRefused:     {words: "closed.unauthorized"},
	KeyDoubted:      {words: "closed.unverified"},
	KeyMissing:      {words: "closed.no-key"},
	IDTwice:         {words: "closed.id-twice"},
	OutOfHours:      {words: "out-of-hours"},

	Printer:       {words: "printer", mood: Careful},
	PrinterDoubt:  {words: "printer-doubt", mood: Careful},
	PrintedBefore: {words: "printed-before", mood: Good, at: 4, label: "notice.reprint", act: Reprint},
	NoReceipt:     {words: "no-receipt", mood: Careful},
	TooManyTries:  {words: "too-many-tries", mood: Careful},

	NoPayment:  {words: "no-payment", label: "notice.retype", act: Find},
	Unbelieved: {words: "unbelieved", mood: Careful, label: "notice.number", act: Find},
	NotHere:    {words: "not-here", label: "notice.number", act: Find},

	ScanUnknown: {words: "scan", at: 1, label: "notice.number", act: StartPaying},
	ScanStrange: {words: "scan-strange", at: 1, label: "notice.number", act: StartPaying},
	PhoneCode:   {words: "scan-phone", at: 1, label: "notice.number", act: StartPaying},

	CaseEmpty:    {words: "case.empty", at: 1, label: "notice.number", act: StartPaying},
	CaseIdentity: {words: "case.identity", at: 1, label: "notice.number", act: StartPaying},
	CaseYear:     {words: "case.year", at: 1, label: "notice.number", act: StartPaying},
	CaseLegacy:   {words: "case.legacy", at: 1},
	CaseCourt:    {words: "case.court", at: 1, label: "notice.number", act: StartPaying},
	CaseType:     {words: "case.type", at: 1, label: "notice.number", act: StartPaying},
	CaseSerial:   {words: "case.serial", at: 1, label: "notice.number", act: StartPaying},
	CaseSuffix:   {words: "case.suffix", at: 1, label: "notice.number", act: StartPaying},
	CaseRange:    {words: "case.range", at: 1, label: "notice.number", act: StartPaying},
	CaseOne:      {words: "case.one", at: 1, label: "notice.number", act: StartPaying},
	CaseRest:     {words: "case.rest", at: 1, label: "notice.number", act: StartPaying},

	Internal: {words: "internal", mood: Careful},
}

// Words are the words of a reason; pairs fill the places in them.
func (r Reason) Words(lang message.Lang, pairs ...string) message.Refusal {
	return message.Of(lang, pages[r].words, pairs...)
}

// Code is the short code that stands on the screen and in the log.
func (r Reason) Code() string { return r.Words(message.English).Code }
