package fee

import "courtkiosk/payment"

// Quote returns what a kind costs for an amount in dispute, and how that is computed. An amount is only given for a
// kind that is priced by it. The error is one of this package's.
func Quote(k Kind, amount payment.Fen, m Modifiers) (Estimate, error) {
	s := at(m.On)
	r, ok := s.rule(k)
	switch {
	case !ok:
		return Estimate{}, ErrKind
	case amount < 0 || amount > MaxAmount:
		return Estimate{}, ErrAmount
	case amount > 0 && !r.Priced():
		return Estimate{}, ErrNoAmount
	case m.Half && !r.Halves:
		return Estimate{}, ErrNotHalf
	}
	base, err := r.base(m.Base)
	if err != nil {
		return Estimate{}, err
	}
	q := Estimate{Kind: k, Name: r.Name, Law: s.Law, Article: r.Article, Amount: amount}
	q.compute(r, base, m.Half)
	q.Fee = m.Rounding.Round(q.Exact)
	return q, nil
}

// base returns the figure for the case: the schedule's own, or the court's within the schedule's range.
func (r Rule) base(given payment.Fen) (payment.Fen, error) {
	if len(r.Base) == 0 {
		if given != 0 {
			return 0, &RangeError{Kind: r.Kind}
		}
		return 0, nil
	}
	low, high := payment.Fen(r.Base[0])*yuan, payment.Fen(r.Base[1])*yuan
	if given == 0 && low == high {
		return low, nil
	}
	if given < low || given > high {
		return 0, &RangeError{Kind: r.Kind, Min: low, Max: high}
	}
	return given, nil
}

func (q *Estimate) compute(r Rule, base payment.Fen, half bool) {
	if len(r.Base) > 0 {
		q.add(Step{Kind: StepBase, Sum: exactly(base)})
	}
	var over payment.Fen
	for _, b := range r.Bands {
		to := payment.Fen(b.To) * yuan
		if b.Flat > 0 {
			q.add(Step{Kind: StepFlat, To: to, Sum: exactly(payment.Fen(b.Flat) * yuan)})
		}
		within := q.Amount - over
		if to > 0 {
			within = min(within, to-over)
		}
		if b.Permille > 0 && within > 0 {
			q.add(Step{Kind: StepBand, Over: over, To: to, Within: within, Permille: b.Permille, Sum: q.Exact +
				Exact(within)*Exact(b.Permille)*sixths})
		}
		over = to
		if to == 0 || q.Amount <= to {
			break
		}
	}
	if r.Part > 0 {
		q.add(Step{Kind: StepPart, Of: r.Part, Sum: q.Exact / Exact(r.Part)})
	}
	if limit := exactly(payment.Fen(r.Cap) * yuan); r.Cap > 0 && q.Exact > limit {
		q.add(Step{Kind: StepCap, Sum: limit})
	}
	if half {
		q.add(Step{Kind: StepHalf, Sum: q.Exact / 2})
	}
}

func (q *Estimate) add(s Step) {
	q.Steps = append(q.Steps, s)
	q.Exact = s.Sum
}

// tolerance is the difference that a court's rounding explains (facts: below one yuan).
const tolerance = yuan

// Lawful reports whether a sum that a court asks is what the schedule says, but for rounding; low and high are what
// it says, which differ where the court sets a figure within a range.
func Lawful(k Kind, amount, asked payment.Fen, m Modifiers) (low, high payment.Fen, ok bool, err error) {
	r, known := at(m.On).rule(k)
	if !known {
		return 0, 0, false, ErrKind
	}
	bounds := []payment.Fen{m.Base, m.Base}
	if r.Ranged() && m.Base == 0 {
		bounds = []payment.Fen{payment.Fen(r.Base[0]) * yuan, payment.Fen(r.Base[1]) * yuan}
	}
	var sums [2]payment.Fen
	for i, b := range bounds {
		m.Base = b
		q, err := Quote(k, amount, m)
		if err != nil {
			return 0, 0, false, err
		}
		sums[i] = q.Fee
	}
	return sums[0], sums[1], asked > sums[0]-tolerance && asked < sums[1]+tolerance, nil
}
