// Package doctor is trouble as a catalogue: what can be wrong with a machine, how grave it is, how long it may last
// before anybody is told, which other trouble explains and hides it, and what the visitor, the clerk and the court's IT
// read of it. Whoever looks after a part of the machine notes here what was found; screens and counter draw from
// the report.
//
// # Decisions
//
// 2026-11-28: a trouble hides behind another only when that one has itself outlasted its patience. A network that comes
// and goes every few seconds must not hide for hours that the court is silent.
//
// 2026-11-28: a monitor rings for whatever a person must end, and each such trouble has what ends it: a command, a hand
// at the printer, a mended line. The manual lists them. What ends by itself, or waits for a plan, is told without a
// ring: a monitor that is red for weeks is looked at no more.
//
// 2026-11-28: what stops payments has no patience, and hides only behind what stops them too: the report alone says
// whether money may be taken.
package doctor

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"courtkiosk/app/message"
)

// Severity is how grave a trouble is.
type Severity int

// The severities, the gravest first.
const (
	Stops Severity = iota // no new payment is begun; what is open is followed all the same
	Warns                 // something does not work, or somebody must look
	Tells                 // it will mend itself, as far as is known
)

// String returns the severity as the command line prints it.
func (s Severity) String() string { return [...]string{"stops", "warns", "tells"}[s] }

// How long a trouble may last before it is told.
const (
	blink  = 5 * time.Second // a cable, a restart
	outage = 5 * time.Minute // of WeChat: each payment says by itself that there is no answer
	long   = time.Hour       // what is tried again and again

	never = time.Duration(-1) // of Rings
)

// A Trouble is one thing that can be wrong.
type Trouble struct {
	Code     Code
	Printed  string // short code for people, on screens and slips: S-01
	Severity Severity
	Patience time.Duration // how long it may last before it is told
	HiddenBy []Code        // what explains it: while one of them is told this one is not
	Quiet    bool          // visitors read nothing of it
	// How long it must have lasted before a monitor rings for a person: zero is as soon as it is told. What will mend
	// itself never rings, nor does what has to be planned and keeps nothing from working.
	Rings time.Duration
	// Only a look at the machine finds it, and only IT reads of it: see Checks.
	Looked bool
}

// Words are what people read of a trouble.
type Words struct {
	Title   string
	Seen    string // what is so, of what a look has found
	Visitor string // what is so; empty when no visitor is told
	Clerk   string // what the window does
	IT      string // where to look
}

// Closed is the id of the refusal of a trouble that stops payments: what the visitor reads of it.
func (t Trouble) Closed() message.ID { return message.ID("closed." + string(t.Code)) }

// Words puts a trouble into words; pairs fill their placeholders.
func (t Trouble) Words(lang message.Lang, pairs ...string) Words {
	if t.Looked {
		return t.lookedWords(lang, pairs)
	}
	say := func(to string) string { return message.Text(lang, "doctor."+string(t.Code)+"."+to, pairs...) }
	w := Words{Title: say("title"), Clerk: say("clerk"), IT: say("it")}
	switch {
	case t.Quiet:
	case t.Severity == Stops: // it refuses visitors: one sentence for both
		w.Visitor = message.Of(lang, t.Closed(), pairs...).Sentence
	default:
		w.Visitor = say("visitor")
	}
	return w
}

// A Finding is a trouble that is there.
type Finding struct {
	Code  Code
	Of    string    `json:",omitempty"` // what has it, where several can: a merchant number; empty is the whole machine
	Since time.Time // since when
	Err   error     `json:"-"`          // what was seen, for the log of this machine; no personal data
	Args  []string  `json:",omitempty"` // names and values of the words' placeholders; no personal data
}

// Trouble is what was found, as the catalogue has it.
func (f Finding) Trouble() Trouble { return Of(f.Code) }

// Words puts a finding into words; {of} is what has it.
func (f Finding) Words(lang message.Lang, pairs ...string) Words {
	return f.Trouble().Words(lang, append(append(slices.Clone(pairs), f.Args...), "of", f.Of)...)
}

// same reports whether g is the same trouble of the same thing.
func (f Finding) same(g Finding) bool { return f.Code == g.Code && f.Of == g.Of }

// due reports whether a finding has outlasted its patience. A clock that was set back makes it young, never unborn.
func (f Finding) due(now time.Time) bool {
	return max(0, now.Sub(f.Since)) >= f.Trouble().Patience
}

// Rings reports whether a monitor rings for what is told. A finding that has no Since was seen just now.
func (f Finding) Rings(now time.Time) bool {
	t := f.Trouble()
	if t.Severity == Tells || t.Rings == never {
		return false
	}
	return t.Rings == 0 || !f.Since.IsZero() && now.Sub(f.Since) >= t.Rings
}

// explains reports whether g is no news beside f: f is of the same part of the machine, or of all of it.
func (f Finding) explains(g Finding) bool {
	return slices.Contains(g.Trouble().HiddenBy, f.Code) && (f.Of == "" || f.Of == g.Of)
}

// A Doctor keeps what is wrong, and since when. The zero Doctor knows of nothing. Its methods may be called by several
// goroutines; it has none itself, and is told the time.
type Doctor struct {
	mu    sync.Mutex
	found []Finding
}

// Look notes what a look at some codes has found: those of them that are not among the findings are over. A finding
// that has no Since was there as long as the one before it, or since now.
func (d *Doctor) Look(at []Code, found []Finding, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(d.found), func(f Finding) bool {
		return slices.Contains(at, f.Code) || slices.ContainsFunc(found, f.same)
	})
	for _, f := range found {
		if f.Since.IsZero() {
			f.Since = now
			if i := slices.IndexFunc(d.found, f.same); i >= 0 && d.found[i].Since.Before(now) {
				f.Since = d.found[i].Since
			}
		}
		kept = append(kept, f)
	}
	d.found = kept
}

// Note notes one code of the whole machine: err is what was seen, nil that all is well.
func (d *Doctor) Note(c Code, err error, now time.Time) {
	var found []Finding
	if err != nil {
		found = []Finding{{Code: c, Err: err}}
	}
	d.Look([]Code{c}, found, now)
}

// A Report is what is told of a machine, the gravest first; empty when all is well as far as is known.
type Report []Finding

// Report returns what is told at now.
func (d *Doctor) Report(now time.Time) Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Tell(d.found, now)
}

// Found returns all that is noted, whether it is told or not.
func (d *Doctor) Found() []Finding {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.found)
}

// Tell returns of what was found that which has outlasted its patience and hides behind nothing.
func Tell(found []Finding, now time.Time) Report {
	var due, told Report
	for _, f := range found {
		if f.due(now) {
			due = append(due, f)
		}
	}
	for _, g := range due {
		if !slices.ContainsFunc(due, func(f Finding) bool { return f.explains(g) }) {
			told = append(told, g)
		}
	}
	slices.SortFunc(told, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Trouble().Severity, b.Trouble().Severity), cmp.Compare(rank(a.Code), rank(b.Code)),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Of, b.Of), a.Since.Compare(b.Since))
	})
	return slices.CompactFunc(told, Finding.same) // of one that was found twice the older
}

// Rings reports whether somebody must look at the machine: a monitor rings.
func (r Report) Rings(now time.Time) bool {
	return slices.ContainsFunc(r, func(f Finding) bool { return f.Rings(now) })
}

// Closed returns why nothing new may be paid to a merchant number; false when it may. With an empty one it is what
// closes the whole machine.
func (r Report) Closed(merchant string) (Finding, bool) {
	i := slices.IndexFunc(r, func(f Finding) bool {
		return f.Trouble().Severity == Stops && (f.Of == "" || f.Of == merchant)
	})
	if i < 0 {
		return Finding{}, false
	}
	return r[i], true
}
