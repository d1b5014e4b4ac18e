package console

import (
	"errors"
	"slices"
	"strings"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

// failure is how a command ended that was not done, for programs: with --json the last line of standard output.
type failure struct {
	Code string `json:"code"` // short code of the screens, like B-03, or a word: see codeOf
	Exit int    `json:"exit"`
	What string `json:"what"` // the fact, in English; no personal data
}

// tellProgram prints an error on standard output, in one shape for all commands, where --json was asked for. A command
// line that is wrong before the flag is read asks for it all the same.
func (c *call) tellProgram(err error) {
	if !c.json && !slices.Contains(c.Args, "--json") {
		return
	}
	_ = c.data(struct { // nobody reads any more: the exit code tells
		Error failure `json:"error"`
	}{failure{codeOf(err), exitOf(err), strings.ReplaceAll(err.Error(), "\n", "; ")}})
}

// codeWords are the codes of what only IT meets, and screens have no short code for; the more special ones first.
var codeWords = []struct {
	err  error
	code string
}{
	{payment.ErrNotFound, "no-such-order"},
	{payment.ErrConflict, "conflict"},
	{payment.ErrMayBeHeld, "may-be-held"},
	{payment.ErrLocked, "locked"},
	{payment.ErrNewer, "newer"},
	{ledger.ErrOlder, "older"},
	{payment.ErrDamaged, "damaged"},
	{payment.ErrOtherCourt, "other-court"},
	{payment.ErrNotWritable, "not-writable"},
	{register.ErrLocked, "locked"},
	{register.ErrNewer, "newer"},
	{errRunning, "running"},
	{errNobody, "not-running"},
	{errNotConfirmed, "not-confirmed"},
	{errUnsound, "unsound"},
	{errWhole, "whole"},
	{errNeedsAPerson, "needs-person"},
	{receipt.ErrRevoked, "revoked"},
	{receipt.ErrUnknownKey, "unknown-key"},
	{receipt.ErrAltered, "altered"},
	{receipt.ErrNoCode, "no-code"},
	{paper.ErrSeal, "altered"},
	{paper.ErrNoCode, "no-code"},
}

// codeOf returns the code of an error: the one that screens and the log have, or a word of what only IT meets, or at
// least how it ended: usage, unknown, failed.
func codeOf(err error) string {
	if _, ok := errors.AsType[*usageError](err); ok {
		return "usage"
	}
	if why := reasonOf(err); why != "" {
		return why.Code()
	}
	for _, w := range codeWords {
		if errors.Is(err, w.err) {
			return w.code
		}
	}
	if _, ok := errors.AsType[config.Complaints](err); ok {
		return "configuration"
	}
	if exitOf(err) == Unknown {
		return "unknown"
	}
	return "failed"
}
