package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/ui/view"
)

func (c *call) billsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bills", Short: "what the court asks for", RunE: missingCommand}
	cmd.AddCommand(c.importCommand(), c.billsListCommand(), c.templateCommand())
	return cmd
}

func (c *call) importCommand() *cobra.Command {
	var agreed register.Agreed
	skip := 0
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "take over the court's list: a full snapshot; bills missing from it are paid no more",
		Args:  exactly("a CSV or XLSX file"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if c.live == nil { // the kiosk that serves a call may not read its client's files
				if c.input, err = readList(args[0]); err != nil {
					return err
				}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				list, ok := a.Court().(importer)
				if !ok {
					return errNoList
				}
				if len(c.input) > longRead {
					c.say("%s", message.Text(c.language(), "list.reading", "file", filepath.Base(args[0])))
				}
				s, err := c.importList(ctx, list, filepath.Base(args[0]), skip, agreed)
				if err != nil {
					return fmt.Errorf("%s: nothing was imported: %w", args[0], err)
				}
				a.Counter().Recheck(ctx)
				return c.imported(s)
			})
		},
	}
	cmd.Flags().IntVar(&agreed.Missing, "missing", 0,
		"take a list that leaves out many bills: their very number, as the refusal says it")
	cmd.Flags().IntVar(&skip, "skip-bad", 0,
		"leave out the bad rows, of which there are exactly `N`; nothing goes missing then")
	cmd.MarkFlagsMutuallyExclusive("missing", "skip-bad")
	return cmd
}

// longRead is how many bytes a list has that may take seconds to read.
const longRead = 128 << 10

func (c *call) importList(ctx context.Context, list importer, source string, skip int, agreed register.Agreed) (
	register.Summary, error) {
	if skip == 0 {
		return list.ImportAgreed(ctx, bytes.NewReader(c.input), source, time.Now(), agreed)
	}
	return list.ImportSkipping(ctx, bytes.NewReader(c.input), source, time.Now(), skip)
}

// An importer is a court whose list is given to this machine.
type importer interface {
	ImportAgreed(ctx context.Context, list io.Reader, source string, now time.Time, agreed register.Agreed) (
		register.Summary, error)
	ImportSkipping(ctx context.Context, list io.Reader, source string, now time.Time,
		skip int) (register.Summary, error)
}

// errNoList: there is nothing to import into.
var errNoList = errors.New(`this machine asks the court's case system (bills.source = "courtapi"); it keeps no list`)

func (c *call) imported(s register.Summary) error {
	for _, row := range s.Odd {
		c.say("%s", message.Text(c.language(), "list.check", "row", row.Words(c.language())))
	}
	for _, note := range s.Notes(c.language()) {
		c.say("%s", note)
	}
	if c.json {
		return c.data(map[string]any{"added": s.Added, "changed": s.Changed, "missing": s.Missing,
			"unchanged": s.Unchanged, "odd": len(s.Odd), "ignored": append([]string{}, s.Ignored...),
			"skipped": len(s.Skipped)})
	}
	_, err := fmt.Fprintln(c.Stdout, s.Words(c.language()))
	return err
}

// templateCommand writes an empty list for a clerk to fill.
func (c *call) templateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "template [FILE.csv | FILE.xlsx]",
		Short: "write an empty list with its columns explained; CSV to standard output without a file",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return register.WriteTemplate(c.Stdout, "csv")
			}
			form := strings.TrimPrefix(strings.ToLower(filepath.Ext(args[0])), ".")
			if form != "csv" && form != "xlsx" {
				return &usageError{fmt.Errorf("%s: a template is .csv or .xlsx", args[0])}
			}
			if c.live != nil {
				return errors.New("a template is written here, not by the running kiosk")
			}
			return writeTemplate(args[0], form)
		},
	}
}

// writeTemplate writes an empty list, never over one that somebody has filled.
func writeTemplate(path, form string) error {
	var list bytes.Buffer
	if err := errors.Join(register.WriteTemplate(&list, form), durable.Take(path, 0o644)); err != nil {
		return err
	}
	return durable.WriteFile(path, list.Bytes(), 0o644)
}

// readList reads a file of at most maxInput bytes.
func readList(path string) ([]byte, error) {
	data, err := durable.Read(path, maxInput)
	if err != nil {
		return nil, register.Unopened(path, err)
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
	Payer     string        `json:"payer"`
	Deadline  string        `json:"deadline,omitempty"`
	Unsure    bool          `json:"deadline_unsure,omitempty"` // a holiday may lie there that is not announced yet
	State     bill.DueState `json:"state"`
	Order     string        `json:"order,omitempty"`
	Withdrawn bool          `json:"withdrawn"`
	// What the fee schedule says, when it is something else than the court asks.
	LawfulFrom payment.Fen `json:"lawful_from_fen,omitempty"`
	LawfulTo   payment.Fen `json:"lawful_to_fen,omitempty"`
}

func newDueData(d counter.Due) dueData {
	data := dueData{
		ID: d.ID, Case: d.Case, Notice: d.Notice, Item: d.Item, Purse: d.Purse, Fen: d.Amount, Payer: d.Payer,
		State: d.State, Order: d.Order, Withdrawn: d.Withdrawn, LawfulFrom: d.LawfulFrom, LawfulTo: d.LawfulTo,
		Unsure: d.DeadlineUnsure,
	}
	if !d.Deadline.IsZero() {
		data.Deadline = d.Deadline.In(payment.China).Format(time.DateOnly)
	}
	return data
}

func (c *call) billsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list CASE | CODE",
		Short: "list the bills of a case, or of a notice's barcode, as they stand",
		Args:  exactly("a case number, or what the notice's barcode says"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				q, err := queryOf(a, args[0])
				if err != nil {
					return err
				}
				dues, err := a.Counter().Find(ctx, q)
				if err != nil {
					return err
				}
				return c.printDues(dues)
			})
		},
	}
}

// queryOf reads a case number, or else what a scanner would have read.
func queryOf(a *app.App, text string) (bill.Query, error) {
	n, wrong := caseno.Parse(text, time.Now())
	if wrong == nil {
		return bill.Query{Case: n}, nil
	}
	s, err := a.Config.Scanner()
	if err != nil {
		return bill.Query{}, err
	}
	q, err := s.Read(text, time.Now())
	if err != nil {
		return bill.Query{}, wrong // people type case numbers: say what is wrong with it as one
	}
	return q, nil
}

func (c *call) printDues(dues []counter.Due) error {
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

func (c *call) printDue(d counter.Due) error {
	return table(c.Stdout, func(row func(...any)) {
		row("bill", d.ID)
		row("  case", d.Case)
		row("  item", d.Item+" ("+d.Purse.Title()+")")
		row("  payer", d.Payer)
		row("  amount", d.Amount.Yuan())
		if !d.Deadline.IsZero() {
			said := d.Deadline.In(payment.China).Format(time.DateOnly)
			if d.DeadlineUnsure {
				said += ", or later: the holidays of that time are not announced yet"
			}
			row("  deadline", said)
		}
		row("  state", view.DueWords(message.English, d.State))
		if d.Relief != "" {
			row("  relief", d.Relief.Title())
		}
		if d.LawfulTo != 0 {
			said := d.LawfulFrom.Yuan()
			if d.LawfulTo != d.LawfulFrom {
				said += " to " + d.LawfulTo.Yuan()
			}
			row("  check", "the fee schedule says "+said)
		}
		if d.Withdrawn {
			row("  list", "the court does not list it any more")
		}
		if d.Order != "" {
			row("  order", d.Order)
		}
	})
}
