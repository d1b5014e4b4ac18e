package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

func (c *call) billsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bills", Short: "what the court asks for", RunE: missingCommand}
	cmd.AddCommand(c.importCommand(), c.billsListCommand())
	return cmd
}

func (c *call) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "take over the court's list: a full snapshot; bills missing from it are withdrawn",
		Args:  exactly("a CSV file"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if c.live == nil { // the kiosk that serves a call may not read its client's files
				if c.input, err = readList(args[0]); err != nil {
					return err
				}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				if a.Bills() == nil {
					return errNoList
				}
				s, err := a.Bills().Import(ctx, bytes.NewReader(c.input), filepath.Base(args[0]), time.Now())
				if err != nil {
					return fmt.Errorf("%s: nothing was imported: %w", args[0], err)
				}
				a.Recheck(ctx)
				return c.imported(s)
			})
		},
	}
}

// errNoList: there is nothing to import into.
var errNoList = errors.New(`this machine asks the court's case system (bills.source = "courtapi"); it keeps no list`)

func (c *call) imported(s register.Summary) error {
	if c.json {
		return c.data(map[string]int{"added": s.Added, "changed": s.Changed, "withdrawn": s.Withdrawn, "unchanged": s.Unchanged})
	}
	_, err := fmt.Fprintf(c.Stdout, "added %d, changed %d, withdrawn %d, unchanged %d\n", s.Added, s.Changed, s.Withdrawn, s.Unchanged)
	return err
}

// readList reads a file of at most maxInput bytes.
func readList(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("%s is larger than %d MiB, which no list of one court is", path, maxInput>>20)
	}
	return data, nil
}

// dueData is a bill as it stands. The payer's name is masked.
type dueData struct {
	ID        string        `json:"id"`
	Case      string        `json:"case"`
	Notice    string        `json:"notice,omitempty"`
	Item      string        `json:"item"`
	Purse     bill.Purse    `json:"purse"`
	Fen       payment.Fen   `json:"amount_fen"`
	Payer     bill.Person   `json:"payer"`
	Deadline  string        `json:"deadline,omitempty"`
	State     bill.DueState `json:"state"`
	Order     string        `json:"order,omitempty"`
	Withdrawn bool          `json:"withdrawn"`
}

func newDueData(d bill.Due) dueData {
	b := d.Bill
	data := dueData{ID: b.ID(), Case: b.Case.String(), Notice: b.Notice, Item: b.Item, Purse: b.Purse, Fen: d.Amount(),
		Payer: b.Payer, State: d.State, Order: d.Order.No, Withdrawn: b.Withdrawn}
	if !b.Deadline.IsZero() {
		data.Deadline = b.Deadline.In(payment.China).Format(time.DateOnly)
	}
	return data
}

func (c *call) billsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list CASE",
		Short: "list the bills of a case as they stand",
		Args:  exactly("a case number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := caseno.Parse(args[0], time.Now())
			if err != nil {
				return err
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				dues, err := a.Find(ctx, bill.Query{Case: n})
				if err != nil {
					return err
				}
				return c.printDues(dues)
			})
		},
	}
}

func (c *call) printDues(dues []bill.Due) error {
	if c.json {
		list := make([]dueData, len(dues))
		for i, d := range dues {
			list[i] = newDueData(d)
		}
		return c.data(list)
	}
	for _, d := range dues {
		if err := c.printDue(d); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) printDue(d bill.Due) error {
	b := d.Bill
	return table(c.Stdout, func(row func(...any)) {
		row("bill", b.ID())
		row("  case", b.Case)
		row("  item", b.Item+" ("+b.Purse.Title()+")")
		row("  payer", b.Payer)
		row("  amount", view.Yuan(d.Amount()))
		if !b.Deadline.IsZero() {
			row("  deadline", b.Deadline.In(payment.China).Format(time.DateOnly))
		}
		row("  state", dueWords[d.State])
		if b.Withdrawn {
			row("  list", "the court does not list it any more")
		}
		if d.Order.No != "" {
			row("  order", d.Order.No)
		}
	})
}
