package console

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/fee"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// feeData is what a case costs by law.
type feeData struct {
	Kind    fee.Kind    `json:"kind"`
	Name    string      `json:"name"`
	Law     string      `json:"law"`
	Article string      `json:"article"`
	Amount  payment.Fen `json:"amount_fen"`
	Exact   string      `json:"exact_yuan"` // a fraction
	Fee     payment.Fen `json:"fee_fen"`
	Steps   []stepData  `json:"steps"`
}

type stepData struct {
	Step     string      `json:"step"`
	Over     payment.Fen `json:"over_fen,omitempty"`
	To       payment.Fen `json:"to_fen,omitempty"`
	Within   payment.Fen `json:"within_fen,omitempty"`
	Permille int64       `json:"permille,omitempty"`
	Sum      string      `json:"sum_yuan"`
}

func (c *call) feeCommand() *cobra.Command {
	var kind, amount, base, rounding string
	var half, list bool
	cmd := &cobra.Command{
		Use: "fee --kind KIND [--amount YUAN]",
		Short: "compute a court fee by the State Council's schedule (Order 481), step by step; an estimate: the " +
			"court's notice counts",
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			if list {
				return c.feeKinds()
			}
			e, err := estimate(kind, amount, base, rounding, half)
			if err != nil {
				return err
			}
			return c.printFee(e)
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "", "`KIND` of case or application; --list shows them")
	f.StringVar(&amount, "amount", "", "amount in dispute, in `YUAN`")
	f.StringVar(&base, "base", "", "the court's own figure in `YUAN` where the schedule gives a range")
	f.BoolVar(&half, "half", false, "halved: mediation, withdrawal, summary procedure, joined counterclaim")
	f.StringVar(&rounding, "round", string(fee.ToFen), "`ROUNDING` of the court: fen, yuan or yuan-down")
	f.BoolVar(&list, "list", false, "list the kinds with their articles")
	return cmd
}

func estimate(kind, amount, base, rounding string, half bool) (fee.Estimate, error) {
	m := fee.Modifiers{Half: half, Rounding: fee.Rounding(rounding)}
	switch m.Rounding {
	case fee.ToFen, fee.ToYuan, fee.DownYuan:
	default:
		return fee.Estimate{}, &usageError{fmt.Errorf("--round %q is none of fen, yuan, yuan-down", rounding)}
	}
	if kind == "" {
		return fee.Estimate{}, &usageError{errors.New("--kind is needed; courtkiosk fee --list shows the kinds")}
	}
	var sum [2]payment.Fen
	for i, flag := range []struct{ name, text string }{{"--amount", amount}, {"--base", base}} {
		if flag.text == "" {
			continue
		}
		var err error
		if sum[i], err = register.Amount(flag.text); err != nil {
			return fee.Estimate{}, &usageError{fmt.Errorf("%s: %w", flag.name, err)}
		}
	}
	m.Base = sum[1]
	if r, ok := fee.RuleOf(fee.Kind(kind)); ok && r.Priced() && amount == "" {
		return fee.Estimate{}, &usageError{fmt.Errorf("%s is priced by an amount: --amount is needed", kind)}
	}
	e, err := fee.Quote(fee.Kind(kind), sum[0], m)
	if errors.Is(err, fee.ErrKind) {
		err = fmt.Errorf("%w %q; courtkiosk fee --list shows the kinds", err, kind)
	}
	return e, err
}

func (c *call) printFee(e fee.Estimate) error {
	if c.json {
		d := feeData{Kind: e.Kind, Name: e.Name, Law: e.Law, Article: e.Article, Amount: e.Amount,
			Exact: e.Exact.Rat().RatString(), Fee: e.Fee}
		for _, s := range e.Steps {
			d.Steps = append(d.Steps, stepData{string(s.Kind), s.Over, s.To, s.Within, s.Permille,
				s.Sum.Rat().RatString()})
		}
		return c.data(d)
	}
	if _, err := fmt.Fprintf(c.Stdout, "%s\n%s %s\n", e.Name, e.Law, e.Article); err != nil {
		return err
	}
	err := table(c.Stdout, func(row func(...any)) {
		for _, s := range view.FeeSteps(c.language(), e) {
			row("  "+s.Value, s.Label)
		}
		row(e.Fee.Yuan())
	})
	c.say("An estimate. What is due is what the court's notice says (以缴费通知书为准).")
	return err
}

func (c *call) feeKinds() error {
	if c.json {
		return c.data(fee.Kinds())
	}
	return table(c.Stdout, func(row func(...any)) {
		for _, r := range fee.Kinds() {
			var priced string
			switch {
			case r.Priced() && len(r.Base) > 0:
				priced = fmt.Sprintf("base %d-%d, amount", r.Base[0], r.Base[1])
			case r.Priced():
				priced = "amount"
			case r.Ranged():
				priced = fmt.Sprintf("base %d-%d", r.Base[0], r.Base[1])
			default:
				priced = fmt.Sprint(r.Base[0])
			}
			row(r.Kind, priced, r.Article+" "+r.Name)
		}
	})
}
