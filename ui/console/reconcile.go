package console

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// dayData is the reconciliation of one merchant's day.
type dayData struct {
	Merchant    string           `json:"merchant"`
	Day         string           `json:"day"`
	State       clerk.DayState   `json:"state"`
	Why         string           `json:"why,omitempty"`
	Asked       *time.Time       `json:"asked,omitempty"`
	TradeSHA1   string           `json:"trade_sha1,omitempty"`
	FundSHA1    string           `json:"fund_sha1,omitempty"`
	Steps       []sumData        `json:"steps"`
	Differences []differenceData `json:"differences"`
}

// sumData is one sum, or one step between two.
type sumData struct {
	Name clerk.StepName `json:"name"`
	Rows int            `json:"rows"`
	Fen  *payment.Fen   `json:"fen"` // null: not known
}

type differenceData struct {
	Kind        payment.DifferenceKind `json:"kind"`
	Order       string                 `json:"order"`
	Transaction string                 `json:"transaction,omitempty"`
	Refund      string                 `json:"refund,omitempty"`
	OursFen     payment.Fen            `json:"ours_fen"`
	TheirsFen   payment.Fen            `json:"theirs_fen"`
	Next        payment.DifferenceStep `json:"next"`
	Said        string                 `json:"said,omitempty"`
	Taken       string                 `json:"taken_by,omitempty"`
	How         payment.How            `json:"how,omitempty"`
	By          string                 `json:"resolved_by,omitempty"` // empty of what the program has ended
}

func (c *call) reconcileCommand() *cobra.Command {
	date, fetch := "", false
	cmd := &cobra.Command{
		Use:   "reconcile --date DAY",
		Short: "how WeChat's bills of a day agree with the ledger: sums, steps between them, differences",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := time.ParseInLocation(time.DateOnly, date, payment.China)
			if err != nil {
				return &usageError{fmt.Errorf("--date %q is no day such as 2026-11-27", date)}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				return c.reconcile(ctx, a, day, fetch)
			})
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "the `DAY` in China")
	cmd.Flags().BoolVar(&fetch, "fetch", false, "ask WeChat for the bills now; a kiosk does so by itself after ten")
	return cmd
}

func (c *call) reconcile(ctx context.Context, a *app.App, day time.Time, fetch bool) error {
	who := clerk.Console(a.Config.Kiosk.ID, c.door())
	days := []dayData{}
	for _, m := range merchantsOf(a) {
		if fetch {
			if _, err := a.Desk().Fetch(ctx, who, m, day); err != nil {
				return err
			}
		}
		sheet, err := a.Desk().Day(ctx, who, m.MchID, day)
		if err != nil {
			return err
		}
		days = append(days, newDayData(sheet))
	}
	if c.json {
		return c.data(days)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range days {
		fmt.Fprintf(w, "merchant %s\t%s\t%s\t%s\n", d.Merchant, d.Day, d.State, d.Why)
		for _, s := range d.Steps {
			sum := "not known"
			if s.Fen != nil {
				sum = s.Fen.String()
			}
			fmt.Fprintf(w, "  %s\t%d\t%s\t\n", s.Name, s.Rows, sum)
		}
		for _, x := range d.Differences {
			end := "next: " + string(x.Next)
			if x.How != "" {
				end = "ended: " + x.How
			}
			fmt.Fprintf(w, "  %s\t%s\tours %s, theirs %s\t%s\n", x.Kind, x.Order, x.OursFen, x.TheirsFen, end)
		}
	}
	return w.Flush()
}

// merchantsOf are the merchants of a counter, one of each number.
func merchantsOf(a *app.App) (list []payment.Merchant) {
	for _, p := range bill.Purses {
		m := a.Config.Merchant(p)
		if m.MchID != "" && !slices.ContainsFunc(list, func(o payment.Merchant) bool { return o.MchID == m.MchID }) {
			list = append(list, m)
		}
	}
	return list
}

func newDayData(s clerk.BilledDay) dayData {
	d := dayData{Merchant: s.MchID, Day: s.Day, State: s.State, Why: s.Statement.Why, TradeSHA1: s.Statement.Hash,
		FundSHA1: s.Statement.Funds, Steps: sumsOf(s.Steps), Differences: []differenceData{}}
	if at := s.Statement.Asked; !at.IsZero() {
		d.Asked = &at
	}
	for _, x := range s.Differences {
		d.Differences = append(d.Differences, differenceData{x.Kind, x.Order, x.TransactionID, x.RefundNo, x.Ours,
			x.Theirs, x.Next, x.Said, x.Taken.By.Person, x.How, x.Resolved.By.Person})
	}
	return d
}

func sumsOf(steps []clerk.SumStep) []sumData {
	list := []sumData{}
	for _, s := range steps {
		d := sumData{Name: s.Name, Rows: s.Rows}
		if s.Known {
			d.Fen = &s.Sum
		}
		list = append(list, d)
	}
	return list
}
