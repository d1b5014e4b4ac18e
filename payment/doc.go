// Package payment is money: orders, the rules that move them, the sessions that follow them, and the two
// doors to the outside, Gateway (WeChat Pay) and Ledger (what is durable). It knows no court: a bill is
// an opaque identity, a title and an amount.
//
// A rule is a pure function from an Order and a fact to a Change. It runs inside the transaction of
// Ledger.Create or Ledger.Update and does nothing else, so that what was decided and what is owed because
// of it become durable together or not at all.
//
// # Decisions
//
// 2026-11-23: unknown is not failed. Only a signed query ends an order; a time-out, a 204 on close, a clock
// never do.
//
// 2026-11-23: one Session goroutine owns an order from its creation to its final state; screens watch it
// and send it wishes. The same code follows an order found in the ledger after a crash.
//
// 2026-11-23: an order whose create was never clearly answered may be another machine's. It is closed only when the
// longest time that any machine gives has passed since it was first seen unpaid (2026-11-28; a kiosk that gave two
// minutes closed the code of one that gave thirty). A number that WeChat does not know is not
// closed at all: between the question and the close another machine may have opened it, as one did in a simulated life.
// Nor is a kiosk's id a proof that the other machine is gone (2026-11-28): a person says which ledger is lost, and then
// its payments are booked here. One that is paid more than an hour after ours was made shows that the id is used twice;
// nothing is opened before a person has ended that.
//
// 2026-11-23: numbers. When attempt n ends void, the next attempt is n again and not n+1: another machine of the court
// begins with n, and each could show a code that can be paid for the same bill. Attempts are counted by merchant, whose
// number is hashed too: a simulated court changed its merchant and changed it back, and one kiosk's second attempt met
// another's paid first one. Numbers that cancels at other machines have used up are walked over within one touch
// (2026-11-28: three of them cost a visitor three refusals with a false reason). Each is stored, then asked about, and
// closed by the signed answer alone. A code that was shown here is followed by no other one without a touch.
//
// 2026-11-28: a wish to close has a source, and of a visit its name. Only an earlier visit's is withdrawn, by who comes
// to pay, and only while nothing can have come of it: a visitor who left while the code was prepared, and came back,
// was shown a QR that was closed within a second. The code of an order that is wished closed is not shown.
//
// 2026-11-28: one visitor leaves, another joins the open order, and the first pays by the code on his phone. WeChat
// tells of both payments alike: who pays is not known here, and openid is not kept, so nothing is claimed of it. The
// receipt is the order's, says what both have typed in, and prints while the visit that joined last stands there; the
// first has it from find-and-reprint, by the last six digits on his phone. What a lost ledger may have printed is
// offered with the mark of a copy (2026-11-23): a copy without an original does less harm than a second original.
//
// 2026-11-23: the rules that a session decides by stand in one table, payment/internal/rules, so that a simulation can
// plant a known mistake in the place of each and prove that its lives find it. Nothing else changes the table.
package payment
