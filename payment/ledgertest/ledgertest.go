// Package ledgertest is the contract that every payment.Ledger must pass, and Memory, the plainest ledger that does.
//
// The contract assumes neither that only one process has the ledger open nor that a rule runs once. What it writes
// through one handle it reads through a second one, where the store allows two, and its rules may be run again.
package ledgertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A Store opens ledgers of one kind. What it leaves out, Lacks excuses.
type Store struct {
	// Open returns an empty ledger that is a payment.Keeper too.
	Open func(t *testing.T) payment.Ledger
	// Reopen closes a ledger and opens it again, as the next start of the program would.
	Reopen func(t *testing.T, l payment.Ledger) payment.Ledger
	// Second opens what l holds once more, as another process would, and leaves l open; nil where one process is alone.
	Second func(t *testing.T, l payment.Ledger) payment.Ledger
	// Refused tries that where one process is alone, and returns what it came to.
	Refused func(t *testing.T, l payment.Ledger) error
	// Unsure returns what lets the next commit of l come to payment.ErrUnsure, stored or not.
	Unsure func(t *testing.T, l payment.Ledger) (arm func(stored bool))
	// Restore returns a ledger that was restored from a copy of l.
	Restore func(t *testing.T, l payment.Ledger) payment.Ledger
	// Lacks says, by the name of a case, why the store cannot be tested by it.
	Lacks map[string]string
}

// cases are the contract by name. A case that needs a part of the Store is left out, with the store's own reason, when
// it is not there.
var cases = map[string]struct {
	test  func(*testing.T, Store)
	needs func(Store) bool
}{
	"create":                   {test: create},
	"serials":                  {test: serials},
	"request ids":              {test: requestIDs},
	"request ids that joined":  {test: joinedIDs},
	"request ids of the void":  {test: voidIDs},
	"rule errors":              {test: ruleErrors},
	"edges":                    {test: edges},
	"void":                     {test: void},
	"given up":                 {test: givenUp},
	"settle":                   {test: settle},
	"same news":                {test: sameNews},
	"every field":              {test: everyField},
	"copies":                   {test: copied},
	"microseconds":             {test: microseconds},
	"lists":                    {test: lists},
	"personal data":            {test: personal},
	"updates of one order":     {test: concurrent},
	"race to create":           {test: race},
	"race by one request":      {test: raceByOne},
	"leases":                   {test: leases},
	"leases at creation":       {test: leasedAtCreation},
	"leases in rules":          {test: leasesInRules},
	"leases under a race":      {test: leasesRace},
	"renew":                    {test: renew},
	"fences":                   {test: fences},
	"owe":                      {test: owe},
	"turns":                    {test: turns},
	"effects":                  {test: effects},
	"claim work":               {test: claimWork},
	"claim work under a race":  {test: claimWorkRace},
	"claim work by state":      {test: claimWorkStates},
	"in hand":                  {test: inHand},
	"pending":                  {test: pending},
	"tally":                    {test: tally},
	"deliver":                  {test: deliver},
	"deliver with two holders": {test: twoHolders},
	"late proof":               {test: lateProof},
	"find":                     {test: find},
	"find while it grows":      {test: findGrowing},
	"find what has changed":    {test: findChanged},
	"find nothing by that":     {test: findRefused},
	"audit":                    {test: audit},
	"audit by whom":            {test: auditBy},
	"note":                     {test: note},
	"note of any bytes":        {test: noteOfBytes},
	"words":                    {test: words},
	"tries":                    {test: tries},
	"birth":                    {test: birth},
	"chain":                    {test: chain},
	"since":                    {test: since},
	"since under writers":      {test: sinceWriters},
	"refunds":                  {test: refunds},
	"refund ids":               {test: refundIDs},
	"refunds by their numbers": {test: refundPages},
	"refund edges":             {test: refundEdges},
	"every field of a refund":  {test: refundFields},
	"refunds under a race":     {test: refundRace},
	"books":                    {test: books},
	"books under a race":       {test: bookRace},
	"calls":                    {test: calls},
	"staff":                    {test: staffSeen},
	"guarded":                  {test: guarded},
	"keeper":                   {test: keeper},
	"recover":                  {test: recovered},
	"reopen":                   {reopen, hasReopen},
	"reopen with leases":       {reopenLeases, func(s Store) bool { return s.Reopen != nil && s.Second != nil }},
	"reopen with wishes":       {reopenWishes, hasReopen},
	"reopen with words":        {reopenWords, hasReopen},
	"reopen with tries":        {reopenTries, hasReopen},
	"reopen with work":         {reopenWork, hasReopen},
	"reopen with refunds":      {reopenRefunds, hasReopen},
	"reopen with books":        {reopenBooks, hasReopen},
	"unsure create":            {unsureCreate, hasUnsure},
	"unsure create in a void":  {unsureVoid, hasUnsure},
	"unsure update":            {unsureUpdate, hasUnsure},
	"unsure work":              {unsureWork, hasUnsure},
	"unsure word":              {unsureWord, hasUnsure},
	"unsure tries":             {unsureTries, hasUnsure},
	"unsure refund":            {unsureRefund, hasUnsure},
	"unsure book":              {unsureBook, hasUnsure},
	"unsure claims":            {unsureClaims, hasUnsure},
	"two processes":            {twoProcesses, func(s Store) bool { return s.Second != nil || s.Refused != nil }},
	"stirred":                  {stirred, hasSecond},
	"stirred under writers":    {stirredWriters, hasSecond},
	"restored":                 {restored, func(s Store) bool { return s.Restore != nil }},
}

func hasReopen(s Store) bool { return s.Reopen != nil }
func hasSecond(s Store) bool { return s.Second != nil }
func hasUnsure(s Store) bool { return s.Unsure != nil }

// Run tests a store against the contract.
func Run(t *testing.T, s Store) {
	for name := range s.Lacks {
		if c, ok := cases[name]; !ok || c.needs == nil || c.needs(s) {
			t.Errorf("the store excuses itself from %q, which it need not", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) {
			if c := cases[name]; c.needs == nil || c.needs(s) {
				c.test(t, s)
			} else if why := s.Lacks[name]; why != "" {
				t.Skip("NOT TESTED: ", why)
			} else {
				t.Error("the store does not say why it cannot be tested")
			}
		})
	}
}

// Court is whose bills the suite is asked to collect. A process that tries a database beside others sets another one:
// an open order blocks its bill in all ledgers of a database.
var Court = "京0101"

// Request is a bill to be paid, the n-th.
func Request(n int) payment.Request {
	return payment.Request{
		Key:      payment.Key{Court: Court, Purse: "litigation", Bill: fmt.Sprint("bill ", n)},
		Merchant: payment.Merchant{MchID: "1900000001", AppID: "wx1"},
		Amount:   270000, Title: "案件受理费", Labels: []string{fmt.Sprint("case ", n)}, Details: []byte(`{"a":1}`),
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"},
	}
}

// Born is when the orders of the suite are created.
var Born = time.Date(2026, 11, 23, 10, 0, 0, 0, payment.China)

// New creates the next order of a request.
func New(t testing.TB, l payment.Ledger, r payment.Request, at time.Time) payment.Order {
	t.Helper()
	o, err := Next(l, r, at)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Next is New with the error.
func Next(l payment.Ledger, r payment.Request, at time.Time) (payment.Order, error) {
	return nextLeased(l, r, payment.Lease{}, at)
}

// nextLeased is Next for a holder.
func nextLeased(l payment.Ledger, r payment.Request, lease payment.Lease, at time.Time) (payment.Order, error) {
	draft := payment.Order{PayWithin: 5 * time.Minute, Device: cmp.Or(r.Device, "03"), Attach: "03/X", Lease: lease}
	return l.Create(context.Background(), r, func(earlier []payment.Order) (payment.Order, error) {
		o, err := payment.Next(r, earlier, draft, at)
		o.Body = []byte("body of " + at.Format(time.RFC3339Nano))
		return o, err
	})
}

// Step applies a rule of payment to an order.
func Step(t testing.TB, l payment.Ledger, no string, rule func(payment.Order) payment.Change) payment.Order {
	t.Helper()
	o, err := l.Update(context.Background(), no, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return rule(o), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Said applies what WeChat says of an order.
func Said(t testing.TB, l payment.Ledger, o payment.Order, state payment.TradeState) payment.Order {
	t.Helper()
	got, err := apply(l, o, answer(o, state))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// answer is what WeChat says of an order.
func answer(o payment.Order, state payment.TradeState) payment.Reported {
	return payment.Reported{
		No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: state, Attach: o.Attach,
		Amount: o.Amount, Currency: "CNY", TransactionID: "4200" + o.No, PaidAt: Born,
	}
}

func apply(l payment.Ledger, o payment.Order, r payment.Reported) (payment.Order, error) {
	return l.Update(context.Background(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(r, others, Born)
	})
}

// paidAt opens the n-th bill, and has it paid at a time.
func paidAt(t testing.TB, l payment.Ledger, n int, at time.Time) payment.Order {
	t.Helper()
	o := New(t, l, Request(n), Born)
	Step(t, l, o.No, code)
	r := answer(o, payment.TradeSuccess)
	r.PaidAt = at
	paid, err := apply(l, o, r)
	if err != nil || paid.State != payment.Paid {
		t.Fatalf("order %d is %s, %v", n, paid.State, err)
	}
	return paid
}

// Settle stores that an order was paid.
func Settle(l payment.Ledger, o payment.Order) (payment.Order, error) {
	return apply(l, o, answer(o, payment.TradeSuccess))
}

// read returns an order as it is stored.
func read(t testing.TB, l payment.Ledger, no string) payment.Order {
	t.Helper()
	o, err := l.Order(context.Background(), no)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// effectOf returns an effect as it is stored.
func effectOf(t testing.TB, l payment.Ledger, no, kind string) payment.Effect {
	t.Helper()
	list, err := l.Effects(context.Background(), no)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == kind {
			return e
		}
	}
	t.Fatalf("order %s owes no %s", no, kind)
	return payment.Effect{}
}

// entries returns the whole audit.
func entries(t testing.TB, l payment.Ledger) []payment.Entry {
	t.Helper()
	list, err := l.Since(context.Background(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// another returns a second handle of what l holds, or l itself where no second process can have one.
func another(t *testing.T, s Store, l payment.Ledger) payment.Ledger {
	t.Helper()
	if s.Second == nil {
		return l
	}
	return s.Second(t, l)
}

// A step is a rule of payment that needs no other orders.
type step = func(payment.Order) payment.Change

// hour is until when something lasts that does not run out while the suite runs, and past when it had run out before.
func hour() time.Time { return now().Add(time.Hour) }
func past() time.Time { return now().Add(-time.Hour) }

func numbers(list []payment.Order) (all []string) {
	for _, o := range list {
		all = append(all, o.No)
	}
	return all
}

func isBlocked(err error) bool {
	_, ok := errors.AsType[*payment.BlockedError](err)
	return ok
}

// same reports whether two values tell the same, in whichever zone their times are written and whether an empty list
// is nil.
func same[T any](a, b T) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain[T any](v T) T {
	visit(reflect.ValueOf(&v).Elem(), func(at reflect.Value) {
		if when, ok := at.Interface().(time.Time); ok {
			at.Set(reflect.ValueOf(when.UTC()))
		} else if at.Kind() == reflect.Slice && at.Len() == 0 {
			at.SetZero()
		}
	})
	return v
}

// visit calls do for each field of a value that holds no other fields.
func visit(v reflect.Value, do func(reflect.Value)) {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		do(v)
		return
	}
	for i := range v.NumField() {
		visit(v.Field(i), do)
	}
}

// exact complains of times that are finer than every store keeps.
func exact[T any](t testing.TB, what string, v T) {
	t.Helper()
	visit(reflect.ValueOf(&v).Elem(), func(at reflect.Value) {
		if when, ok := at.Interface().(time.Time); ok && !when.Equal(when.Truncate(time.Microsecond)) {
			t.Errorf("%s has a time of %v, finer than a microsecond", what, when)
		}
	})
}
