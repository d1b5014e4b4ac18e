package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/care"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/figures"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// healthData is how a machine stands, for a monitor.
type healthData struct {
	Closed string `json:"closed,omitempty"` // why no payment is begun
	// Why no payment is begun to some purses, by their names.
	ClosedPurses map[bill.Purse]string `json:"closed_purses,omitempty"`
	Unserved     map[string]int        `json:"orders_without_a_key,omitempty"` // by merchant number
	WeChat       string                `json:"wechat_trouble,omitempty"`
	WeChatSince  *time.Time            `json:"wechat_trouble_since,omitempty"`
	Court        string                `json:"court_trouble,omitempty"`
	CourtSince   *time.Time            `json:"court_trouble_since,omitempty"`
	// What the ledger says; null while its database is away, as tasks, other_ledgers and month are then.
	Unreported   *int       `json:"payments_not_reported"`
	Oldest       *time.Time `json:"oldest_not_reported,omitempty"`
	Refused      *int       `json:"payments_refused_by_court"`
	Look         *int       `json:"payments_for_a_clerk"`
	Printer      string     `json:"printer_trouble,omitempty"`
	Following    int        `json:"orders_open"`
	LedgerLosses bool       `json:"ledger_incomplete"`
	// When the last copy of the ledger arrived that has left this machine; null where none has, or shall.
	Left    *time.Time `json:"copy_left"`
	Leaving bool       `json:"copies_leave"` // whether some shall
	// When the API certificate of each merchant number ends; null: not known.
	Certificates map[string]*time.Time `json:"merchant_certificates_end"`
	Page         map[string]*time.Time `json:"page_certificates_end,omitempty"`
	Twins        []twinData            `json:"other_ledgers"`   // that were paid under this kiosk's id
	Tasks        []taskData            `json:"tasks"`           // what waits for a person, order by order
	Notes        []string              `json:"notes,omitempty"` // who can read what on the way to WeChat
	Month        *monthData            `json:"month"`
	Troubles     []troubleData         `json:"troubles"` // what is told of all this, the gravest first
}

// monthData are the promises that are measured, of all devices in this month.
type monthData struct {
	Month  string           `json:"month"` // 2006-01, in China
	Days   int              `json:"days"`  // on which something was counted
	Counts map[string]int64 `json:"counts"`
}

// forget takes out what nobody knows while the ledger is away.
func (d *healthData) forget(away error) {
	if away != nil {
		d.Unreported, d.Refused, d.Look, d.Tasks, d.Twins, d.Month = nil, nil, nil, nil, nil, nil
	}
}

// measured reads the month's figures, unless the ledger is away.
func (d *healthData) measured(ctx context.Context, a *app.App, h *care.Health) (err error) {
	if h.Away != nil {
		return nil
	}
	d.Month = new(monthData)
	d.Month.Month = a.Cashier().Now().In(payment.China).Format("2006-01")
	d.Month.Counts, d.Month.Days, err = figures.Of(ctx, a.Ledger(), d.Month.Month, "")
	if errors.Is(err, payment.ErrAway) { // since the moment that it was asked before
		h.Away, err = err, nil
	}
	return err
}

// troubleData is a trouble as the catalogue has it.
type troubleData struct {
	Code     doctor.Code `json:"code"`
	Of       string      `json:"of,omitempty"` // what has it, where several can: a merchant number
	Printed  string      `json:"printed"`      // its short code on screens
	Severity string      `json:"severity"`     // stops, warns or tells
	Title    string      `json:"title"`
	Since    *time.Time  `json:"since,omitempty"` // nothing when it was seen just now, and nobody looked before
	Do       string      `json:"do"`              // what IT reads
}

func newTroubleData(f doctor.Finding, words doctor.Words) troubleData {
	t := f.Trouble()
	return troubleData{f.Code, f.Of, t.Printed, t.Severity.String(), words.Title, moment(f.Since), words.IT}
}

// taskData is what waits for a person about one order.
type taskData struct {
	Code  doctor.Code `json:"code"`
	Order string      `json:"order"`
	Kind  string      `json:"kind,omitempty"` // of the work in orders show
	Since *time.Time  `json:"since"`
	Note  string      `json:"note,omitempty"`
	Ends  []string    `json:"ends"` // the commands that end it
}

func newTaskData(t care.Task) taskData {
	d := taskData{Code: t.Code, Order: t.Order.No, Kind: t.Kind, Since: moment(t.Since), Note: t.Note}
	for _, end := range t.Ends() {
		d.Ends = append(d.Ends, "courtkiosk "+end)
	}
	return d
}

func (c *call) newHealthData(h care.Health) healthData {
	d := healthData{
		Unreported: &h.Reports.Owed, Oldest: moment(h.Reports.Oldest), Refused: &h.Reports.Refused,
		Look:        &h.Reports.Look,
		WeChatSince: moment(h.Gateway.Since), CourtSince: moment(h.Reports.Since), Following: h.Following,
		LedgerLosses: h.Restored, Unserved: h.Unserved, Troubles: []troubleData{}, Tasks: []taskData{},
		Twins:        []twinData{},
		Certificates: make(map[string]*time.Time), Page: make(map[string]*time.Time),
	}
	if h.Left != nil {
		d.Leaving, d.Left = true, moment(h.Left.At)
	}
	for of, ends := range h.PageCertificates {
		d.Page[of] = moment(ends)
	}
	for mchid, ends := range h.Certificates {
		d.Certificates[mchid] = moment(ends)
	}
	for _, t := range h.Tasks {
		if t.Told(h.At) {
			d.Tasks = append(d.Tasks, newTaskData(t))
		}
	}
	for _, t := range h.Twins {
		d.Twins = append(d.Twins, newTwinData(t))
	}
	for _, f := range h.Report {
		d.Troubles = append(d.Troubles, newTroubleData(f, f.Words(c.language(), "window", c.help())))
	}
	for _, t := range []struct {
		into *string
		err  error
	}{{&d.WeChat, h.Gateway.Trouble}, {&d.Court, cmp.Or(h.Court, h.Reports.Trouble)}, {&d.Printer, h.Printer}} {
		if t.err != nil && !errors.Is(t.err, receipt.ErrNoPrinter) {
			*t.into = t.err.Error()
		}
	}
	if h.Standing.Closed != nil {
		d.Closed = h.Standing.Closed.Args[counter.Trouble]
		return d
	}
	for p, why := range h.Standing.Purses {
		if d.ClosedPurses == nil {
			d.ClosedPurses = make(map[bill.Purse]string)
		}
		d.ClosedPurses[p] = why.Args[counter.Trouble]
	}
	return d
}

func (c *call) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health",
		Short: "say how this machine stands: service, WeChat, the court's system, what is owed to both; exit 1 when " +
			"something needs a person",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				h, err := a.Care().Health(ctx)
				if err != nil {
					return err
				}
				d := c.newHealthData(h)
				d.Notes = a.Config.Notes()
				if err := d.measured(ctx, a, &h); err != nil {
					return fmt.Errorf("read the month's figures: %w", err)
				}
				d.forget(h.Away)
				if err := c.printHealth(d); err != nil {
					return err
				}
				if h.Rings() {
					return errNeedsAPerson
				}
				return nil
			})
		},
	}
}

// errNeedsAPerson: a monitor may sound.
var errNeedsAPerson = errors.New("somebody must look at this machine")

func (c *call) printHealth(d healthData) error {
	if c.json {
		return c.data(d)
	}
	fine := func(trouble string, since *time.Time) string {
		switch {
		case trouble == "":
			return "fine, as far as is known"
		case since == nil:
			return trouble
		}
		return fmt.Sprintf("%s, since %s", trouble, since.Format(time.DateTime))
	}
	return table(c.Stdout, func(row func(...any)) {
		row("service", fine(d.Closed, nil))
		for _, p := range bill.Purses {
			if why := d.ClosedPurses[p]; why != "" {
				row("  "+string(p), why)
			}
		}
		row("wechat", fine(d.WeChat, d.WeChatSince))
		for _, mchid := range slices.Sorted(maps.Keys(d.Certificates)) {
			ends := "its end is not known (merchant_certificate_file)"
			if at := d.Certificates[mchid]; at != nil {
				ends = "ends " + at.Format(time.DateTime)
			}
			row("  certificate of "+mchid, ends)
		}
		for _, of := range slices.Sorted(maps.Keys(d.Page)) {
			ends := "it cannot be read"
			if at := d.Page[of]; at != nil {
				ends = "ends " + at.Format(time.DateTime)
			}
			row("certificate of "+of, ends)
		}
		row("court", fine(d.Court, d.CourtSince))
		row("printer", fine(d.Printer, nil))
		for _, note := range d.Notes {
			row("configuration", note)
		}
		row("open orders", d.Following)
		for _, mchid := range slices.Sorted(maps.Keys(d.Unserved)) {
			row("  of "+mchid, fmt.Sprintf("%d that nobody can ask about without its key", d.Unserved[mchid]))
		}
		if d.Unreported == nil {
			row("not reported", "not known: the ledger's database is away")
		} else {
			d.rowsOfLedger(row)
		}
		switch {
		case d.Left != nil:
			row("copy that left", "arrived "+d.Left.Format(time.DateTime))
		case d.Leaving:
			row("copy that left", "none has arrived")
		}
		if d.LedgerLosses {
			row("ledger", "is incomplete: it may not know of every payment")
		}
		for _, t := range d.Troubles {
			title := t.Title
			if t.Since != nil {
				title += ", since " + t.Since.Format(time.DateTime)
			}
			row(t.Printed+" "+t.Severity, title)
			row("", t.Do)
		}
	})
}

// rowsOfLedger say what is owed, and what waits for a person.
func (d healthData) rowsOfLedger(row func(...any)) {
	oldest := ""
	if d.Oldest != nil {
		oldest = ", the oldest since " + d.Oldest.Format(time.DateTime)
	}
	row("not reported", fmt.Sprintf("%d%s", *d.Unreported, oldest))
	row("refused by the court", *d.Refused)
	row("for a clerk", *d.Look)
	for _, t := range d.Tasks {
		row("  "+t.Order, strings.TrimSpace(fmt.Sprintf("%s since %s: %s", cmp.Or(t.Kind, string(t.Code)),
			t.Since.Format(time.DateTime), t.Note)))
		for _, end := range t.Ends {
			row("", end)
		}
	}
	for _, t := range d.Twins {
		row("other ledger", t.Instance+": "+t.says())
		for _, end := range t.Ends {
			row("", end)
		}
	}
}
