package clerk

import (
	"context"
	"errors"
	"sort"
	"strings"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// AuditKind says which entries of the audit are looked for.
type AuditKind string

// The kinds.
const (
	AuditAll      AuditKind = ""
	AuditPeople   AuditKind = "people"   // what a person did
	AuditSignIns  AuditKind = "sign-ins" // comings and goings, tries included
	AuditAccounts AuditKind = "accounts" // changes of accounts
	AuditRefunds  AuditKind = "refunds"
)

// AuditKinds are all of them.
var AuditKinds = []AuditKind{AuditAll, AuditPeople, AuditSignIns, AuditAccounts, AuditRefunds}

// holds reports whether an entry is of the kind.
func (k AuditKind) holds(e payment.Entry) bool {
	switch k {
	case AuditAll:
		return true
	case AuditPeople:
		return e.By.Person != ""
	case AuditSignIns:
		return e.Event == EventSignedIn || e.Event == EventSignedOut || e.Event == EventSignInRefused
	case AuditAccounts:
		return strings.HasPrefix(e.Event, "staff-")
	case AuditRefunds:
		return strings.HasPrefix(e.Event, "refund-")
	}
	return false
}

// An AuditAsk is what is looked for in the audit.
type AuditAsk struct {
	Kind   AuditKind
	Person string    // a staff number: who did it, or whose account it was
	Order  string    // of this order alone, of any day
	From   time.Time // the first day in China
	To     time.Time // the last
	Before uint64    // of the page before: its last entry's number; zero for the first page
	N      int       // entries of a page, 1 to payment.MaxPage
}

// longestAudit is over how many days one looks at most: a busy court has some thousand entries a day.
const longestAudit = 62

// ErrLongAudit means: over more days than can be looked through at once.
var ErrLongAudit = errors.New("clerk: at most 62 days of the audit at once")

// An AuditPage is a part of what was found, newest first.
type AuditPage struct {
	Entries []payment.Entry
	Found   int // in all, on all pages
	Of      int // entries of those days, or of that order
	More    bool
}

// Audit returns the entries that are looked for. Days are those of the entries' own times: what was written while a
// clock was wrong by days is found by its number alone.
func (d *Desk) Audit(ctx context.Context, c Clerk, ask AuditAsk) (page AuditPage, err error) {
	if err := c.May(SeeAudit); err != nil {
		return page, err
	}
	var found []payment.Entry
	take := func(e payment.Entry) {
		page.Of++
		about := e.By.Person == ask.Person || e.Note == ask.Person || strings.HasPrefix(e.Note, ask.Person+",")
		if ask.Kind.holds(e) && (ask.Person == "" || about) {
			found = append(found, e)
		}
	}
	if ask.Order != "" {
		list, err := d.Ledger.Audit(ctx, ask.Order)
		if err != nil {
			return page, err
		}
		for _, e := range list {
			take(e)
		}
	} else if err := d.days(ctx, ask.From, ask.To, take); err != nil {
		return page, err
	}
	page.Found = len(found)
	for i := len(found) - 1; i >= 0; i-- {
		if ask.Before != 0 && found[i].Seq >= ask.Before {
			continue
		}
		if len(page.Entries) == ask.N {
			page.More = true
			break
		}
		page.Entries = append(page.Entries, found[i])
	}
	return page, nil
}

// days tells of each entry of some days, oldest first.
func (d *Desk) days(ctx context.Context, from, to time.Time, take func(payment.Entry)) error {
	y, m, day := from.In(payment.China).Date()
	begin := time.Date(y, m, day, 0, 0, 0, 0, payment.China)
	y, m, day = to.In(payment.China).Date()
	end := time.Date(y, m, day+1, 0, 0, 0, 0, payment.China)
	if end.After(begin.AddDate(0, 0, longestAudit)) {
		return ErrLongAudit
	}
	after, err := d.before(ctx, begin)
	if err != nil {
		return err
	}
	for {
		list, err := d.Ledger.Since(ctx, after, payment.MaxPage)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, e := range list {
			if after = e.Seq; !e.At.Before(end) {
				return nil
			}
			take(e)
		}
	}
}

// before returns the number of the last entry before a time, zero of none, by halving: it reads some forty entries.
func (d *Desk) before(ctx context.Context, t time.Time) (uint64, error) {
	var failed error
	late := func(seq int) bool { // whether entry seq+1 is not before t, or is not there
		if failed != nil {
			return true
		}
		list, err := d.Ledger.Since(ctx, uint64(seq), 1)
		failed = err
		return len(list) == 0 || !list[0].At.Before(t)
	}
	n := sort.Search(1<<40, late)
	return uint64(n), failed
}

// A Chain is what was verified of the audit: every entry follows by its hash from the one before it, and no number is
// missing.
type Chain struct {
	Entries uint64
	Hash    []byte // of the last
	At      time.Time
	Took    time.Duration
	Broken  uint64 // the entry that does not follow; zero when all do
}

// VerifyAudit reads the whole audit and says whether its chain holds.
func (d *Desk) VerifyAudit(ctx context.Context, c Clerk) (Chain, error) {
	if err := c.May(SeeAudit); err != nil {
		return Chain{}, err
	}
	leave, err := d.work.turn(ctx)
	if err != nil {
		return Chain{}, err
	}
	defer leave()
	begun := time.Now()
	chain := Chain{At: now()}
	for n := payment.MaxPage; ; {
		list, err := d.Ledger.Since(ctx, chain.Entries, n)
		switch {
		case errors.Is(err, payment.ErrDamaged) && n == 1:
			chain.Broken = chain.Entries + 1
		case errors.Is(err, payment.ErrDamaged):
			n = 1 // entry by entry up to it
			continue
		case err != nil:
			return Chain{}, err
		}
		if len(list) == 0 || chain.Broken != 0 {
			chain.Took = time.Since(begun)
			return chain, nil
		}
		last := list[len(list)-1]
		chain.Entries, chain.Hash = last.Seq, last.Hash
	}
}

// OrderOf returns the number of the order that a reference or a number names; payment.ErrNotFound of none.
func (d *Desk) OrderOf(ctx context.Context, text string) (string, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	day, serial, ok := receipt.ParseReference(text)
	if !ok {
		o, err := d.Ledger.Order(ctx, text)
		return o.No, err
	}
	for f := (payment.Filter{Serial: serial, Day: day, N: payment.MaxPage}); ; {
		page, err := d.Ledger.Find(ctx, f)
		if err != nil {
			return "", err
		}
		for _, o := range page.Orders {
			if strings.EqualFold(d.Counter.House.Reference(o), text) {
				return o.No, nil
			}
		}
		if f.Before = page.Next; f.Before == "" {
			return "", payment.ErrNotFound
		}
	}
}

// Named returns how orders are named on slips and screens, by their numbers; those that are not here are left out.
func (d *Desk) Named(ctx context.Context, numbers []string) map[string]string {
	names := make(map[string]string)
	for _, no := range numbers {
		if o, err := d.Ledger.Order(ctx, no); err == nil {
			names[no] = d.Counter.House.Reference(o)
		}
	}
	return names
}

// LongerAudit reports whether the audit has more than n entries.
func (d *Desk) LongerAudit(ctx context.Context, n uint64) (bool, error) {
	list, err := d.Ledger.Since(ctx, n, 1)
	return len(list) > 0, err
}
