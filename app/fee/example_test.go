package fee_test

import (
	"fmt"

	"courtkiosk/app/fee"
)

// What a suit over 120,000 yuan costs, tier by tier.
func ExampleQuote() {
	q, err := fee.Quote(fee.Property, 120_000_00, fee.Modifiers{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range q.Steps {
		switch s.Kind {
		case fee.StepFlat:
			fmt.Println(fee.ToFen.Round(s.Sum), "up to", s.To)
		case fee.StepBand:
			fmt.Println(s.Permille, "per mille of", s.Within)
		}
	}
	fmt.Println(q.Name, q.Fee)
	// Output:
	// 50.00 up to 10000.00
	// 25 per mille of 90000.00
	// 20 per mille of 20000.00
	// 财产案件受理费 2700.00
}
