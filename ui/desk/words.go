package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"courtkiosk/app/clerk"
	"courtkiosk/app/counter"
	"courtkiosk/app/export"
	"courtkiosk/assets"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// What the pages themselves refuse.
var (
	errNoPage      = errors.New("desk: no such page")
	errOldAddress  = errors.New("desk: an address from before the program was started")
	errForm        = errors.New("desk: a form without its id")
	errTooLong     = errors.New("desk: a form that cannot be read")
	errSignedOut   = errors.New("desk: the session has ended, and what was typed is kept")
	errNobody      = errors.New("desk: nobody is signed in here")
	errDone        = errors.New("desk: the work is done, or is none any more")
	errNoDraft     = errors.New("desk: nothing is kept under that name, or it is another person's")
	errShown       = errors.New("desk: a code that was shown already")
	errInterrupted = errors.New("desk: the first sending of the form broke off")

	// ErrChanged means: the record has changed since the page was made, and nothing was done.
	ErrChanged = errors.New("desk: the record has changed since")
	// ErrNoReason means: a reason is needed, and none was typed.
	ErrNoReason = errors.New("desk: a reason is needed")
)

// A refusal is what an error is to a clerk: its words, and the status of the page that says them.
type refusal struct {
	id     string
	status int
	pairs  []string
}

// refusals pairs errors with their words, the more special ones first.
var refusals = []struct {
	err    error
	id     string
	status int
}{
	{errNoPage, "no-page", http.StatusNotFound},
	{errOldAddress, "old-address", http.StatusNotFound},
	{errForm, "form", http.StatusBadRequest},
	{errTooLong, "too-long", http.StatusRequestEntityTooLarge},
	{errSignedOut, "signed-out", http.StatusUnauthorized},
	{errNobody, "nobody", http.StatusUnauthorized},
	{errDone, "work-done", http.StatusConflict},
	{clerk.ErrNotTaken, "not-taken", http.StatusConflict},
	{clerk.ErrOtherEnd, "other-end", http.StatusConflict},
	{clerk.ErrReason, "no-reason", http.StatusUnprocessableEntity},
	{errNoDraft, "no-draft", http.StatusNotFound},
	{clerk.ErrSealed, "sealed", http.StatusInternalServerError},
	{errShown, "shown-once", http.StatusNotFound},
	{clerk.ErrTaken, "number-taken", http.StatusConflict},
	{clerk.ErrNoAccount, "not-here", http.StatusNotFound},
	{clerk.ErrNumber, "number-wrong", http.StatusUnprocessableEntity},
	{clerk.ErrRole, "number-wrong", http.StatusUnprocessableEntity},
	{clerk.ErrLongAudit, "audit-long", http.StatusUnprocessableEntity},
	{clerk.ErrTooFewLeads, "few-leads", http.StatusForbidden},
	{clerk.ErrConfirmed, "changed", http.StatusConflict},
	{clerk.ErrNotReady, "changed", http.StatusConflict},
	{clerk.ErrEnded, "changed", http.StatusConflict},
	{clerk.ErrLaterLead, "own-account", http.StatusForbidden},
	{clerk.ErrLeadFirst, "own-account", http.StatusForbidden},
	{payment.ErrNoRefunds, "refunds-off", http.StatusForbidden},
	{payment.ErrSameSigner, "same-signer", http.StatusForbidden},
	{payment.ErrOwnRefund, "own-refund", http.StatusForbidden},
	{payment.ErrSamePerson, "same-person", http.StatusForbidden},
	{payment.ErrRefundSum, "refund-sum", http.StatusUnprocessableEntity},
	{payment.ErrRefundUnknown, "refund-unknown", http.StatusConflict},
	{payment.ErrRefundLate, "refund-late", http.StatusConflict},
	{payment.ErrRefundParts, "refund-parts", http.StatusConflict},
	{errInterrupted, "interrupted", http.StatusInternalServerError},
	{ErrChanged, "changed", http.StatusConflict},
	{ErrNoReason, "no-reason", http.StatusUnprocessableEntity},
	{clerk.ErrNoRight, "no-right", http.StatusForbidden},
	{clerk.ErrUnconfirmed, "unconfirmed", http.StatusForbidden},
	{clerk.ErrProof, "proof", http.StatusForbidden},
	{clerk.ErrOwnAccount, "own-account", http.StatusForbidden},
	{clerk.ErrWrong, "pin-wrong", http.StatusUnprocessableEntity},
	{clerk.ErrNoDevice, "no-device", http.StatusNotFound},
	{clerk.ErrCrowd, "crowd", http.StatusServiceUnavailable},
	{clerk.ErrBusy, "export-busy", http.StatusServiceUnavailable},
	{clerk.ErrExport, "export-kind", http.StatusBadRequest},
	{export.ErrRange, "export-range", http.StatusUnprocessableEntity},
	{clerk.ErrNoCollection, "no-collection", http.StatusConflict},
	{payment.ErrNotFound, "not-here", http.StatusNotFound},
	{payment.ErrConflict, "changed", http.StatusConflict},
	{payment.ErrUnsure, "unsure", http.StatusInternalServerError},
	{payment.ErrAway, "ledger-away", http.StatusServiceUnavailable},
	{payment.ErrFailed, "ledger", http.StatusServiceUnavailable},
	{payment.ErrNoRoom, "ledger", http.StatusServiceUnavailable},
	{payment.ErrNotWritable, "ledger", http.StatusServiceUnavailable},
	{payment.ErrMoved, "ledger", http.StatusServiceUnavailable},
	{payment.ErrSucceeded, "ledger", http.StatusServiceUnavailable},
	{payment.ErrThrottled, "wechat-silent", http.StatusBadGateway},
	{payment.ErrUnknown, "wechat-silent", http.StatusBadGateway},
	{payment.ErrUnauthorized, "wechat-refuses", http.StatusBadGateway},
	{payment.ErrUnverified, "wechat-refuses", http.StatusBadGateway},
	{payment.ErrNotServed, "wechat-refuses", http.StatusBadGateway},
	{payment.ErrNotAsked, "not-asked", http.StatusConflict},
	{payment.ErrNoReason, "no-reason", http.StatusUnprocessableEntity},
	{payment.ErrNoBiller, "no-biller", http.StatusServiceUnavailable},
	{reconcile.ErrNoWord, "no-word", http.StatusBadGateway},
}

// refused are the codes of the counter that have words of their own here.
var refused = map[counter.Code]refusal{
	counter.NotFound:     {"not-here", http.StatusNotFound, nil},
	counter.NoReceipt:    {"no-receipt", http.StatusConflict, nil},
	counter.Printed:      {"in-hand", http.StatusConflict, nil},
	counter.CourtSilent:  {"court-silent", http.StatusBadGateway, nil},
	counter.Unreachable:  {"wechat-silent", http.StatusBadGateway, nil},
	counter.Throttled:    {"wechat-silent", http.StatusBadGateway, nil},
	counter.Unauthorized: {"wechat-refuses", http.StatusBadGateway, nil},
	counter.Unverified:   {"wechat-refuses", http.StatusBadGateway, nil},
}

func refusalOf(err error) refusal {
	if t, ok := errors.AsType[*clerk.TakenError](err); ok {
		return refusal{"taken", http.StatusConflict, []string{"person", t.Taken.By.Person, "time", clock(t.Taken.At)}}
	}
	if _, ok := errors.AsType[*clerk.LockedError](err); ok {
		return refusal{"locked", http.StatusUnauthorized, nil}
	}
	if w, ok := errors.AsType[*clerk.WaitError](err); ok {
		return refusal{"pin-waits", http.StatusTooManyRequests,
			[]string{"n", strconv.Itoa(w.Tries), "time", clock(w.Until)}}
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return refusal{r.id, r.status, nil}
		}
	}
	if r, ok := errors.AsType[*counter.Refusal](err); ok {
		if known, ok := refused[r.Code]; ok {
			return known
		}
	}
	return refusal{"internal", http.StatusInternalServerError, nil}
}

var sentences = sync.OnceValue(func() map[string]Note {
	m := make(map[string]Note)
	if err := json.Unmarshal(assets.DeskWords, &m); err != nil {
		panic("desk: the embedded sentences: " + err.Error()) // a test reads them
	}
	return m
})

// words returns the sentences of an id, with {name} replaced by pairs of name and value. An unknown id is shown as it
// is.
func words(id string, pairs ...string) Note {
	n, ok := sentences()[id]
	if !ok {
		return Note{Lead: id}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	fill := strings.NewReplacer(pairs...)
	n.Lead, n.Text, n.Do = fill.Replace(n.Lead), fill.Replace(n.Text), fill.Replace(n.Do)
	return n
}
