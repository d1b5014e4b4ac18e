package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/care"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/figures"
	"courtkiosk/app/receipt"
	"courtkiosk/payment/durable"
)

// measuredWithin is how long a running copy may take to say how it stands: it asks its printer too.
const measuredWithin = 30 * time.Second

func (c *call) metricsCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "metrics",
		Short: "print how the running copy stands as metrics for Prometheus' node_exporter (textfile collector); " +
			"without a running copy courtkiosk_up is 0",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.live != nil {
				text, err := c.measure(cmd.Context(), c.live)
				if err != nil {
					return err
				}
				_, err = c.Stdout.Write(text)
				return err
			}
			text, err := c.measured(cmd.Context())
			if err != nil {
				return err
			}
			if file == "" {
				_, err := c.Stdout.Write(text)
				return err
			}
			if err := durable.WriteFile(file, text, 0o644); err != nil {
				return fmt.Errorf("metrics: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "out", "", "write them to `FILE`, whole or not at all, in place of standard output")
	return cmd
}

// measured asks the running copy. That none answers is a measurement; that this user may not ask, or that the copy
// refuses to say, is none.
func (c *call) measured(ctx context.Context) ([]byte, error) {
	socket := c.socket
	if socket == "" {
		conf, known, err := config.Draft(c.config) // with keys that only a running service can read
		if !known {
			return nil, err
		}
		socket = conf.SocketFile()
	}
	ctx, stop := context.WithTimeout(ctx, measuredWithin)
	defer stop()
	var text bytes.Buffer
	asking := *c
	asking.Stdout = &text
	err := asking.forward(ctx, socket)
	if served, ok := errors.AsType[servedError](err); ok {
		return nil, served
	}
	switch {
	case err == nil:
		return text.Bytes(), nil
	case errors.Is(err, errForeign):
		return nil, err
	}
	c.say("%v", err)
	var down exposition
	down.up(0)
	return down.Bytes(), nil
}

// measure returns what this running copy knows of itself. What it does not know is left out, and is never 0. No label
// names a case or a person, and each has few values.
func (c *call) measure(ctx context.Context, a *app.App) ([]byte, error) {
	h, err := a.Care().Health(ctx)
	if err != nil {
		return nil, err
	}
	var month healthData
	if err := month.measured(ctx, a, &h); err != nil {
		return nil, fmt.Errorf("read the month's figures: %w", err)
	}
	var e exposition
	e.up(1)
	e.family("courtkiosk_build_info", gauge, "Which build runs, and by which configuration.")
	e.sample(1, "version", c.Version, "go", runtime.Version(), "config_hash", a.Config.Hash())
	e.family("courtkiosk_needs_a_person", gauge, "Whether somebody must look: health exits 1.")
	e.sample(truth(h.Rings()))
	e.standing(h.Standing)
	e.gateway(a)
	e.family("courtkiosk_orders_open", gauge, "Orders that are followed to their end.")
	e.sample(float64(h.Following))
	if h.Away == nil {
		e.owed(h, month.Month.Counts)
	}
	e.keeping(a, h)
	return e.Bytes(), nil
}

// The kinds of families.
const (
	gauge   = "gauge"
	counted = "counter"
)

// An exposition is metrics on their way into Prometheus' text format, without time stamps: the collector gives its own.
type exposition struct {
	bytes.Buffer
	name string // of the family that samples belong to
}

func (e *exposition) family(name, kind, help string) {
	e.name = name
	fmt.Fprintf(e, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// escaped is a label's value as the format wants it.
var escaped = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// sample writes a value of the family; pairs are names and values of its labels.
func (e *exposition) sample(v float64, pairs ...string) {
	io.WriteString(e, e.name)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(e, `%s%s="%s"`, map[bool]string{true: "{", false: ","}[i == 0], pairs[i],
			escaped.Replace(pairs[i+1]))
	}
	if len(pairs) > 0 {
		io.WriteString(e, "}")
	}
	fmt.Fprintf(e, " %s\n", strconv.FormatFloat(v, 'f', -1, 64))
}

// moment writes a family of one time; nothing where it is not known.
func (e *exposition) moment(name, help string, at time.Time) {
	if at.IsZero() {
		return
	}
	e.family(name, gauge, help)
	e.sample(float64(at.Unix()))
}

func truth(is bool) float64 { return map[bool]float64{true: 1}[is] }

func (e *exposition) up(v float64) {
	e.family("courtkiosk_up", gauge, "Whether the program runs and answers.")
	e.sample(v)
}

// standing says which payments are begun. Every reason is there, so that a rule finds the one that comes.
func (e *exposition) standing(s counter.Standing) {
	e.family("courtkiosk_service_closed", gauge, "Whether no payment at all is begun, by the reason.")
	for _, code := range doctor.Stopping() {
		e.sample(truth(s.Closed != nil && s.Closed.Args[counter.Trouble] == string(code)), "reason", string(code))
	}
	e.family("courtkiosk_purse_closed", gauge, "Whether no payment to a purse is begun.")
	for _, p := range bill.Purses {
		e.sample(truth(s.Closed != nil || s.Purses[p] != nil), "purse", string(p))
	}
}

// gateway says when WeChat answered last, and how far its clock is from ours.
func (e *exposition) gateway(a *app.App) {
	e.family("courtkiosk_wechat_last_success_timestamp_seconds", gauge,
		"When WeChat last answered for the merchant of a purse, since the program was started.")
	for _, p := range bill.Purses {
		if last := a.Cashier().Health(a.Config.Merchant(p)).Last; !last.IsZero() {
			e.sample(float64(last.Unix()), "purse", string(p))
		}
	}
	if ahead, ok := a.Cashier().Offset(); ok {
		e.family("courtkiosk_clock_offset_seconds", gauge, "How far WeChat's clock is ahead of this machine's.")
		e.sample(ahead.Seconds())
	}
}

// owed says what came of the month's orders, and what waits for the court or a person.
func (e *exposition) owed(h care.Health, month map[string]int64) {
	e.family("courtkiosk_orders_total", counted, "Orders of this month; it begins anew with each.")
	for _, s := range [][2]string{{"opened", figures.Opened}, {"paid", figures.Paid}, {"unknown", figures.Unknown}} {
		e.sample(float64(month[s[1]]), "state", s[0])
	}
	e.family("courtkiosk_reports_owed", gauge, "Payments that the court was not told of yet.")
	e.sample(float64(h.Reports.Owed))
	e.moment("courtkiosk_report_oldest_timestamp_seconds", "Since when the oldest of them waits.", h.Reports.Oldest)
	items := 0
	for _, t := range h.Tasks {
		if t.Told(h.At) {
			items++
		}
	}
	e.family("courtkiosk_clerk_items", gauge, "What waits for a person, order by order.")
	e.sample(float64(items))
}

// keeping says how printer, ledger and its copies are.
func (e *exposition) keeping(a *app.App, h care.Health) {
	if !errors.Is(h.Printer, receipt.ErrNoPrinter) {
		e.family("courtkiosk_printer_ready", gauge, "Whether a receipt can be printed now.")
		e.sample(truth(h.Printer == nil))
	}
	if l, ok := a.Ledger().(interface{ Copied() (time.Time, bool) }); ok {
		if at, ok := l.Copied(); ok {
			e.moment("courtkiosk_backup_last_success_timestamp_seconds",
				"When the newest daily copy of the ledger was made.", at)
		}
	}
	if info, err := os.Stat(a.Config.Ledger.File); err == nil && !a.Config.Ledger.Shared() {
		e.family("courtkiosk_ledger_size_bytes", gauge, "How long the ledger's file is.")
		e.sample(float64(info.Size()))
	}
}
