// Package fee is the court fee schedule of the State Council's 诉讼费用交纳办法 (Order 481 of 2006-12-19, in force since
// 2007-04-01): what a case or an application costs by law, and how that is computed, tier by tier.
//
// A quote is an estimate and a cross-check. Nobody is charged by it: the amount due comes from the court's notice
// alone.
//
// # Decisions
//
// 2026-11-23: the schedule is data (schedule.json) with the day from which it holds, so that a new Order is a new
// entry. What it means is code: bands, a figure that the court sets within a range, a part of another kind's fee, a
// cap, one halving.
//
// 2026-11-23: all is computed in whole sixths of a thousandth of a fen, in which every fee of the schedule is exact:
// rates are whole per mille, a payment order costs a third, a halving is a half. The Order is silent on rounding, so
// the court chooses it.
package fee

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment"
)

// A Kind is one line of the schedule.
type Kind string

// The kinds of the schedule that the program itself speaks of; Kinds returns them all.
const (
	Property     Kind = "property"
	Enforcement  Kind = "enforcement"
	Preservation Kind = "preservation"
)

// MaxAmount is the largest amount that a fee is computed for: 100 trillion yuan.
const MaxAmount = payment.Fen(10_000_000_000_000_000)

// What Quote refuses.
var (
	ErrKind     = errors.New("fee: the schedule has no such kind")
	ErrAmount   = errors.New("fee: amount below zero or above 100,000,000,000,000.00 yuan")
	ErrNoAmount = errors.New("fee: this kind is charged by the case, not by an amount")
	ErrNotHalf  = errors.New("fee: only case fees are halved, never application fees (Order 481, arts. 15, 16, 18)")
)

// A RangeError says that the court sets a figure of this kind within a range, and the one given is missing or outside
// of it (art. 13, last paragraph: the province fixes it).
type RangeError struct {
	Kind     Kind
	Min, Max payment.Fen
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("fee: %s needs the court's own figure between %s and %s yuan", e.Kind, e.Min, e.Max)
}

// An Exact is a sum in sixths of a thousandth of a fen.
type Exact int64

const (
	sixths = 6
	perFen = 1000 * sixths
	yuan   = payment.Fen(100)
)

func exactly(f payment.Fen) Exact { return Exact(f) * perFen }

// Rat returns the sum in yuan as a fraction.
func (e Exact) Rat() *big.Rat { return big.NewRat(int64(e), perFen*int64(yuan)) }

// A Rounding is how a court makes a payable sum of an exact one.
type Rounding string

// The roundings that courts are seen to use (facts: whole yuan in every judgment found; the Order says nothing).
const (
	ToFen    Rounding = "fen"       // half a fen up
	ToYuan   Rounding = "yuan"      // half a yuan up
	DownYuan Rounding = "yuan-down" // what is below a yuan is dropped
)

// Round makes a payable sum.
func (r Rounding) Round(e Exact) payment.Fen {
	switch r {
	case ToYuan:
		return payment.Fen((e+perFen*50)/(perFen*100)) * yuan
	case DownYuan:
		return payment.Fen(e/(perFen*100)) * yuan
	}
	return payment.Fen((e + perFen/2) / perFen)
}

// Modifiers change what a kind costs in one case.
type Modifiers struct {
	Base payment.Fen // the court's figure where the schedule gives a range
	// mediation, withdrawal, summary procedure, joined counterclaim: one halving, never two (interpretation of the
	// Civil Procedure Law, art. 206)
	Half     bool
	Rounding Rounding  // ToFen when empty
	On       time.Time // the schedule of that day in China; the newest when zero
}

// StepKind says what one step of a computation does.
type StepKind string

// The steps of a computation.
const (
	StepBase StepKind = "base" // a figure for the case
	StepFlat StepKind = "flat" // a figure for the lowest band
	StepBand StepKind = "band" // a rate on the part of the amount within a band
	StepPart StepKind = "part" // one part in Of of the sum so far
	StepCap  StepKind = "cap"  // not more than this
	StepHalf StepKind = "half" // the one halving
)

// A Step is one step of a computation.
type Step struct {
	Kind     StepKind
	Over, To payment.Fen // of a band: above Over, up to To; To is zero without an upper end
	Within   payment.Fen // of a band: the part of the amount that lies in it
	Permille int64       // of a band
	Of       int64       // of a part: 3 is a third
	Sum      Exact       // after this step
}

// An Estimate is what a case costs by law, and why. The notice may say otherwise, and it alone counts.
type Estimate struct {
	Kind    Kind
	Name    string // in Chinese, as courts write it
	Law     string
	Article string // of the law, in Chinese
	Amount  payment.Fen
	Steps   []Step
	Exact   Exact
	Fee     payment.Fen // rounded
}

type band struct {
	To       int64 // yuan; 0 is no end
	Flat     int64 // yuan
	Permille int64
}

// A Rule is one line of the schedule.
type Rule struct {
	Kind    Kind
	Name    string
	Article string
	Halves  bool     // a case fee, which mediation and the like halve
	Base    []int64  // yuan, from and to: a figure for the case
	Bands   []band   // on the amount
	Of      Kind     // this kind's bands instead of own ones
	Part    int64    // one part in so many
	Cap     int64    // yuan
	Items   []string // items on notices that can be no other kind
}

// Ranged reports whether the court sets a figure within a range.
func (r Rule) Ranged() bool { return len(r.Base) == 2 && r.Base[0] != r.Base[1] }

// Priced reports whether the fee depends on an amount.
func (r Rule) Priced() bool { return len(r.Bands) > 0 || r.Of != "" }

type schedule struct {
	Law   string
	From  string `json:"effective_from"`
	Kinds []Rule
}

//go:embed schedule.json
var scheduleText []byte

var schedules = sync.OnceValue(func() []schedule {
	var list []schedule
	if err := json.Unmarshal(scheduleText, &list); err != nil {
		panic(fmt.Sprintf("fee: the embedded schedule: %v", err)) // a test reads it
	}
	slices.SortFunc(list, func(a, b schedule) int { return cmp.Compare(b.From, a.From) }) // the newest first
	return list
})

// at returns the schedule of a day: the newest for the zero time, the oldest for one before them all.
func at(day time.Time) schedule {
	list := schedules()
	if day.IsZero() {
		return list[0]
	}
	for _, s := range list {
		if s.From <= day.In(payment.China).Format(time.DateOnly) {
			return s
		}
	}
	return list[len(list)-1]
}

func (s schedule) rule(k Kind) (Rule, bool) {
	i := slices.IndexFunc(s.Kinds, func(r Rule) bool { return r.Kind == k })
	if i < 0 {
		return Rule{}, false
	}
	r := s.Kinds[i]
	if r.Of != "" {
		of, _ := s.rule(r.Of)
		r.Bands = of.Bands
	}
	return r, true
}

// Kinds returns every line of the newest schedule, in its order.
func Kinds() []Rule { return slices.Clone(schedules()[0].Kinds) }

// Law returns the name of the newest schedule's law, in Chinese.
func Law() string { return schedules()[0].Law }

// RuleOf returns one line of the newest schedule.
func RuleOf(k Kind) (Rule, bool) { return schedules()[0].rule(k) }

// KindOf returns the kind of an item on a court's notice; ok is false when the item can be several kinds, as 案件受理费 can.
func KindOf(item string) (k Kind, ok bool) {
	for _, r := range schedules()[0].Kinds {
		if slices.Contains(r.Items, item) {
			return r.Kind, true
		}
	}
	return "", false
}
