package view

import (
	"errors"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Of returns the reason that a visitor is told for an error. It is the one place that knows all errors: what the
// counter refuses, what is wrong with a number or a scan, what a printer is troubled by, and what the command line
// meets where it opens ledger and bills itself.
func Of(err error) Reason {
	if e, ok := errors.AsType[*counter.Refusal](err); ok {
		return ofRefusal(e)
	}
	if e, ok := errors.AsType[*caseno.SyntaxError](err); ok {
		return known(parts, e.Want)
	}
	for _, m := range sentinels {
		if errors.Is(err, m.err) {
			return m.why
		}
	}
	return Internal
}

func ofRefusal(r *counter.Refusal) Reason {
	if r.Code == counter.Closed {
		return known(troubles, r.Args[counter.Trouble])
	}
	return known(codes, r.Code)
}

// known looks a key up; what has no entry is internal.
func known[K comparable](table map[K]Reason, key K) Reason {
	if why, ok := table[key]; ok {
		return why
	}
	return Internal
}

// codes has a reason for each code of the counter but Closed.
var codes = map[counter.Code]Reason{
	counter.NotFound:      NotFound,
	counter.OtherCourt:    OtherCourt,
	counter.CourtSilent:   CourtSilent,
	counter.Gone:          NothingOwed,
	counter.Missing:       MissingBill,
	counter.Settled:       Settled,
	counter.Changed:       Changed,
	counter.Paid:          Paid,
	counter.PaidElsewhere: PaidElsewhere,
	counter.Elsewhere:     Elsewhere,
	counter.Returned:      Returned,
	counter.Disputed:      Disputed,
	counter.ChangedAfter:  ChangedAfter,
	counter.Resting:       Resting,
	counter.TryLater:      TryLater,
	counter.Unreachable:   Unreachable,
	counter.Throttled:     Busy,
	counter.Unauthorized:  KeysRefused,
	counter.Unverified:    KeyDoubted,
	counter.ClockWrong:    ClockWrong,
	counter.Rejected:      Rejected,
	counter.Away:          LedgerAway,
	counter.Printed:       PrintedBefore,
	counter.NoReceipt:     NoReceipt,
	counter.NotProven:     PrintedBefore,
	counter.TooManyTries:  TooManyTries,
	counter.Unbelieved:    Unbelieved,
	counter.NotHere:       NotHere,
	counter.Internal:      Internal,
}

// troubles has a reason for each trouble that closes the service.
var troubles = map[string]Reason{
	counter.TroubleLedger:       LedgerFailed,
	counter.TroubleAway:         LedgerAway,
	counter.TroubleDisk:         DiskFull,
	counter.TroubleMoved:        LedgerMoved,
	counter.TroubleSucceeded:    LedgerSucceeded,
	counter.TroubleClock:        ClockWrong,
	counter.TroubleUnauthorized: KeysRefused,
	counter.TroubleUnverified:   KeyDoubted,
	counter.TroubleNoKey:        KeyMissing,
	counter.TroubleTwice:        IDTwice,
}

// parts has a reason for each part of a case number that can be wrong.
var parts = map[caseno.Part]Reason{
	caseno.Empty:     CaseEmpty,
	caseno.Identity:  CaseIdentity,
	caseno.Year:      CaseYear,
	caseno.Legacy:    CaseLegacy,
	caseno.CourtCode: CaseCourt,
	caseno.TypeCode:  CaseType,
	caseno.Serial:    CaseSerial,
	caseno.Suffix:    CaseSuffix,
	caseno.Range:     CaseRange,
	caseno.One:       CaseOne,
	caseno.Rest:      CaseRest,
}

// sentinels pairs sentinels with their reasons, the more special ones first.
var sentinels = []struct {
	err error
	why Reason
}{
	{bill.ErrNotFound, NotFound},
	{bill.ErrUnreachable, CourtSilent},
	{bill.ErrScanLong, ScanStrange},
	{bill.ErrScanStrange, ScanStrange},
	{bill.ErrScanIdentity, CaseIdentity},
	{bill.ErrScanUnknown, ScanUnknown},
	{bill.ErrSettled, Settled},
	{bill.ErrGone, NothingOwed},
	{bill.ErrMissing, MissingBill},
	{receipt.ErrNothingSent, Printer},
	{payment.ErrNotBegun, Printer},
	{receipt.ErrInterrupted, PrinterDoubt},
	{payment.ErrClock, ClockWrong},
	{payment.ErrUnauthorized, KeysRefused},
	{payment.ErrUnverified, KeyDoubted},
	{payment.ErrRefused, Rejected},
	{payment.ErrAway, LedgerAway},
	{payment.ErrNotWritable, LedgerFailed},
	{payment.ErrFailed, LedgerFailed},
	{payment.ErrNoRoom, DiskFull},
	{payment.ErrTwin, IDTwice},
	{payment.ErrWalking, TryLater},
	{payment.ErrMoved, LedgerMoved},
	{payment.ErrSucceeded, LedgerSucceeded},
	{payment.ErrThrottled, Busy},
	{payment.ErrTooManyTries, TooManyTries},
	{payment.ErrUnknown, Unreachable},
}
