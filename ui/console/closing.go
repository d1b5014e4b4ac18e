package console

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	sheets "courtkiosk/app/closing" // closing is what the command does
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// closingData is a closing as it is kept. Sheet is what its hash is over, byte for byte.
type closingData struct {
	Number        string          `json:"number"` // empty of a trial
	Final         bool            `json:"final"`
	Device        string          `json:"device"`
	After         uint64          `json:"after"`
	To            uint64          `json:"to"`
	PaidFen       payment.Fen     `json:"paid_fen"`
	ReturnedFen   payment.Fen     `json:"returned_fen"`
	Agrees        bool            `json:"agrees"`
	Left          int             `json:"left"`
	Hash          string          `json:"hash,omitempty"`
	Words         string          `json:"words,omitempty"`
	Before        string          `json:"hash_before,omitempty"`
	Closed        string          `json:"closed_by,omitempty"` // as a staff number; of the console nobody: in ink
	Countersigned string          `json:"countersigned_by,omitempty"`
	Sheet         json.RawMessage `json:"sheet"`
}

// A closingAsk is what the command was asked for.
type closingAsk struct {
	device, pdf  string
	month        string
	number       int
	final, print bool
}

func (c *call) closingCommand() *cobra.Command {
	var ask closingAsk
	cmd := &cobra.Command{
		Use: "closing",
		Short: "the end-of-day sheet of a kiosk or window: a trial, or with --final the closing, which is kept, " +
			"chained and signed in ink",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ask.pdf != "" && !filepath.IsAbs(ask.pdf) {
				return &usageError{fmt.Errorf("%s: the running kiosk writes it and works in another folder; give "+
					"the whole path", ask.pdf)}
			}
			if ask.final && ask.number > 0 || ask.number < 0 {
				return &usageError{fmt.Errorf("--number %d: it shows a sheet that was closed, and closes none",
					ask.number)}
			}
			if ask.month == "" {
				return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
					return c.closing(ctx, a, ask)
				})
			}
			month, err := time.ParseInLocation("2006-01", ask.month, payment.China)
			if err != nil || ask.final || ask.number > 0 || ask.device != "" {
				return &usageError{fmt.Errorf("--month %s: want a month such as 2026-11, and no other sheet beside it",
					ask.month)}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				return c.month(ctx, a, month, ask)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&ask.final, "final", false, "close: keep the sheet under the device's next number")
	flags.StringVar(&ask.device, "device", "", "the kiosk or window `ID` (default: this kiosk's)")
	flags.IntVar(&ask.number, "number", 0, "show the closing of this `NUMBER` again")
	flags.StringVar(&ask.month, "month", "", "the sheet of a `MONTH`, 2026-11, of all devices")
	flags.StringVar(&ask.pdf, "pdf", "", "write it as A4 to a new `FILE`, a whole path")
	flags.BoolVar(&ask.print, "print", false, "print it on the receipt printer")
	return cmd
}

func (c *call) closing(ctx context.Context, a *app.App, ask closingAsk) error {
	h := a.Counter().House
	book := sheets.Book{Ledger: a.Ledger(), Kiosk: a.Config.Kiosk.ID, Reference: h.Reference}
	device := ask.device
	if device == "" {
		device = a.Config.Kiosk.ID
	}
	if err := knownDevice(ctx, a, book, device); err != nil {
		return err
	}
	if err := ask.free(); err != nil {
		return err
	}
	sheet, s, err := c.sheetOf(ctx, a, book, device, ask)
	if err != nil {
		return err
	}
	final := ask.final || ask.number > 0
	var last payment.ClosingSheet
	if sheet.Number > 1 {
		if last, err = a.Ledger().Closings().Get(ctx, payment.ClosingKey(device, sheet.Number-1)); err != nil {
			return fmt.Errorf("closing %d: %w", sheet.Number-1, err)
		}
	}
	if final && !sheet.Follows(last) {
		return fmt.Errorf("closing %s: %w: it does not follow the one before", sheet.Key(), payment.ErrDamaged)
	}
	head := sheets.Letterhead{Court: h.Court, Name: h.Name, Environment: h.Environment}
	printed := head.Print(sheet, last, s, final, a.Cashier().Now())
	if err := keepSheet(ctx, a, printed, ask); err != nil {
		return err
	}
	if c.json {
		return c.data(newClosingData(sheet, s, printed, final))
	}
	return c.printSheet(printed)
}

// month prints the sheet of a month.
func (c *call) month(ctx context.Context, a *app.App, month time.Time, ask closingAsk) error {
	if err := clerk.Console("console", c.door()).May(clerk.SeeMonth); err != nil {
		return err
	}
	h := a.Counter().House
	book := sheets.Book{Ledger: a.Ledger(), Kiosk: a.Config.Kiosk.ID, Reference: h.Reference}
	m, err := book.Month(ctx, month)
	if err != nil {
		return fmt.Errorf("the month's sheet: %w", err)
	}
	head := sheets.Letterhead{Court: h.Court, Name: h.Name, Environment: h.Environment}
	printed := head.PrintMonth(m, payment.By{}, a.Cashier().Now())
	if err := keepSheet(ctx, a, printed, ask); err != nil {
		return err
	}
	if c.json {
		return c.data(m)
	}
	return c.printSheet(printed)
}

// sheetOf returns the sheet that was asked for: a kept one, a new closing, or a trial.
func (c *call) sheetOf(ctx context.Context, a *app.App, b sheets.Book, device string, ask closingAsk) (
	sheet payment.ClosingSheet, s sheets.Sheet, err error,
) {
	now := a.Cashier().Now()
	by := payment.By{Device: a.Config.Kiosk.ID}
	switch {
	case ask.number > 0:
		if sheet, err = a.Ledger().Closings().Get(ctx, payment.ClosingKey(device, ask.number)); err == nil {
			s, err = sheets.Read(sheet)
		}
		if err != nil {
			err = fmt.Errorf("closing %d of %s: %w", ask.number, device, err)
		}
		return sheet, s, err
	case ask.final:
		return b.Close(ctx, device, by, now, func(staff payment.Staff) error {
			return clerk.MayIn(staff, by, clerk.Close)
		})
	}
	return b.Trial(ctx, device, now)
}

// knownDevice returns an error of a device that nobody knows: a sheet under a mistyped name would be its first, and for
// ever.
func knownDevice(ctx context.Context, a *app.App, b sheets.Book, device string) error {
	devices, err := b.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if d == device {
			return nil
		}
	}
	page, err := a.Ledger().Find(ctx, payment.Filter{Device: device, N: 1})
	if err == nil && len(page.Orders) == 0 {
		return &usageError{fmt.Errorf("--device %s: no order was opened there", device)}
	}
	return err
}

// free returns an error where the file that is asked for is there: before anything is closed.
func (ask closingAsk) free() error {
	if _, err := os.Lstat(ask.pdf); ask.pdf != "" && err == nil {
		return fmt.Errorf("%s exists; nothing is written over", ask.pdf)
	}
	return nil
}

// keepSheet writes and prints a sheet.
func keepSheet(ctx context.Context, a *app.App, s receipt.Sheet, ask closingAsk) error {
	if err := ask.free(); err != nil {
		return err
	}
	if ask.pdf != "" {
		d, err := paper.LayoutSheet(s)
		var file bytes.Buffer
		if err == nil {
			err = d.PDF(&file)
		}
		if err == nil {
			err = durable.WriteFile(ask.pdf, file.Bytes(), 0o600)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", ask.pdf, err)
		}
	}
	if ask.print {
		if _, err := a.Printer().PrintSlip(ctx, s); err != nil {
			return fmt.Errorf("print the sheet: %w", err)
		}
	}
	return nil
}

func newClosingData(c payment.ClosingSheet, s sheets.Sheet, printed receipt.Sheet, final bool) closingData {
	total := s.Total()
	d := closingData{
		Final: final, Device: c.Device, After: c.After, To: c.To, PaidFen: total.Paid.Fen, ReturnedFen: total.Back.Fen,
		Agrees: s.Agrees(), Left: len(s.Left) + len(s.Broken), Closed: c.Closed.By.Person,
		Countersigned: c.Countersigned.By.Person, Sheet: json.RawMessage(c.Content),
	}
	if final {
		d.Number, d.Hash, d.Words = printed.Number, hex.EncodeToString(c.Hash), sheets.Words(c.Hash)
		d.Before = hex.EncodeToString(c.Before)
	}
	return d
}

// printSheet prints a sheet as text. Han characters are two columns wide.
func (c *call) printSheet(s receipt.Sheet) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", s.Court, s.Title)
	for _, h := range s.Heads {
		fmt.Fprintf(&b, "%s：%s\n", h.Label, h.Value)
	}
	for _, p := range s.Parts {
		fmt.Fprintf(&b, "\n%s\n", p.Title)
		rows := [][]string{}
		if len(p.Columns) > 1 {
			heads := make([]string, len(p.Columns))
			for i, col := range p.Columns {
				heads[i] = col.Head
			}
			rows = append(rows, heads)
		}
		for _, r := range p.Rows {
			rows = append(rows, r.Cells)
		}
		columns(&b, rows, p.Columns)
		for _, n := range p.Notes {
			fmt.Fprintln(&b, n)
		}
	}
	if s.Check != nil {
		fmt.Fprintf(&b, "\n%s  %s\n本单校验词  %s\nSHA-256  %s\n", s.Check.Before, s.Check.BeforeWords, s.Check.Words,
			s.Check.Hash)
	}
	_, err := io.WriteString(c.Stdout, b.String())
	return err
}

// columns writes rows below each other; the last cell of a short row has all columns behind it.
func columns(w io.Writer, rows [][]string, of []receipt.Column) {
	widths := make([]int, len(of))
	for _, r := range rows {
		for i, cell := range r {
			if i < len(r)-1 || len(r) == len(of) {
				widths[i] = max(widths[i], columnsOf(cell))
			}
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			blank := strings.Repeat(" ", max(0, widths[i]-columnsOf(cell)))
			if of[i].Right && len(r) == len(of) {
				cell = blank + cell
			} else {
				cell += blank
			}
			line.WriteString(cell + "  ")
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(text string) (n int) {
	for _, r := range text {
		if n++; unicode.Is(unicode.Han, r) || r >= 0xFF00 || r >= 0x3000 && r < 0x3040 {
			n++
		}
	}
	return n
}
