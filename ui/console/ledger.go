package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

func (c *call) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", RunE: missingCommand,
		Short: "what holds every order, a file or a database: check it, copy it, put a copy back"}
	cmd.AddCommand(c.ledgerCheckCommand(), c.ledgerBackupCommand(), c.ledgerRestoreCommand(),
		c.ledgerRebindCommand(), c.ledgerMigrateCommand(), c.ledgerMoveCommand(),
		c.ledgerProveCommand(), c.ledgerLayoutCommand())
	return cmd
}

// ledgerLayoutCommand is asked by an update that goes back, of the version that is installed.
func (c *call) ledgerLayoutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "layout", Short: "print the version of the file's layout", Hidden: true, Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.counter(cmd.Context(), false, func(_ context.Context, a *app.App) error {
				file, err := fileOf(a)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(c.Stdout, file.Layout())
				return err
			})
		},
	}
}

// ledgerData is what a check has found.
type ledgerData struct {
	Sound      bool     `json:"sound"`
	Findings   []string `json:"findings"`
	Incomplete string   `json:"incomplete,omitempty"` // what it was restored from, while WeChat has not told all
	Orders     int      `json:"orders"`
	Open       int      `json:"open"`
	Paid       int      `json:"paid"`
	Owed       int      `json:"owed_work"`
	Personal   int      `json:"with_personal_data"`
	Entries    int      `json:"audit_entries"`
	Shared     bool     `json:"shared"` // it lies in a database, whose bytes are those of all courts
	Bytes      int64    `json:"bytes"`
	FreePages  int      `json:"free_pages"`
}

// errUnsound: the findings are printed already.
var errUnsound = errors.New("the ledger is not sound")

func (c *call) ledgerCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "read every record, index and the audit's chain, of a file every page too, and say what is wrong",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				d, err := checkLedger(ctx, a)
				if err != nil {
					return fmt.Errorf("check ledger: %w", err)
				}
				if c.json {
					err = c.data(d)
				} else {
					err = c.printLedger(d)
				}
				if err == nil && !d.Sound {
					err = errUnsound
				}
				return err
			})
		},
	}
}

// A soundLedger is one that can be read whole, and says what is wrong with it.
type soundLedger interface {
	Verify(ctx context.Context) (findings []string, err error)
	Census(ctx context.Context) (payment.Census, error)
}

// errNoCheck: a store of another kind.
var errNoCheck = errors.New("this machine's ledger has no check of its own")

// A ledgerFile is a ledger that lies in one file: it can be copied.
type ledgerFile interface {
	soundLedger
	Layout() int
	Backup(ctx context.Context, path string) error
	Rebind(ctx context.Context, by payment.By, reason string) (was, is string, err error)
}

// errNoFile: the ledger is looked after where it lies.
var errNoFile = errors.New("this machine's ledger is no file but lies in a database, which has backups of its own: " +
	"see Configure in the manual, A ledger that several machines share")

// fileOf returns the ledger as a file.
func fileOf(a *app.App) (ledgerFile, error) {
	if f, ok := a.Ledger().(ledgerFile); ok {
		return f, nil
	}
	return nil, errNoFile
}

func checkLedger(ctx context.Context, a *app.App) (ledgerData, error) {
	l, ok := a.Ledger().(soundLedger)
	if !ok {
		return ledgerData{}, errNoCheck
	}
	findings, err := l.Verify(ctx)
	if err != nil {
		return ledgerData{}, err
	}
	n, err := l.Census(ctx)
	if err != nil && len(findings) == 0 {
		return ledgerData{}, err
	}
	d := ledgerData{
		Sound: len(findings) == 0, Findings: append([]string{}, findings...), Orders: n.Orders, Open: n.Open,
		Paid: n.Paid, Owed: n.Owed,
		Personal: n.Personal, Entries: n.Entries, Bytes: n.Bytes, FreePages: n.FreePages,
	}
	_, d.Shared = a.Ledger().(payment.Shared)
	if was, ok := a.Keeper().Incomplete(); ok {
		source := filepath.Base(was.Source)
		if d.Shared { // words, and no file
			source = was.Source
		}
		d.Incomplete = fmt.Sprintf("%s, as of %s", source, asOf(was.As))
	}
	return d, nil
}

// asOf says what a restored ledger knows: a copy without one entry is of before anything happened.
func asOf(t time.Time) string {
	if t.IsZero() {
		return "its beginning: the copy is empty"
	}
	return view.Stamp(t)
}

func (c *call) printLedger(d ledgerData) error {
	return table(c.Stdout, func(row func(...any)) {
		row("orders", fmt.Sprintf("%d, of which %d are open and %d paid", d.Orders, d.Open, d.Paid))
		row("owed work", d.Owed)
		row("personal data", fmt.Sprintf("of %d orders", d.Personal))
		row("audit", fmt.Sprintf("%d entries", d.Entries))
		if d.Shared {
			row("database", fmt.Sprintf("%d KiB, of all courts", d.Bytes>>10))
		} else {
			row("file", fmt.Sprintf("%d KiB, %d free pages", d.Bytes>>10, d.FreePages))
		}
		if d.Incomplete != "" {
			row("incomplete", map[bool]string{false: "restored from "}[d.Shared]+d.Incomplete+
				"; WeChat is being asked for what came after")
		}
		for _, text := range d.Findings {
			row("WRONG", text)
		}
		if d.Sound {
			row("sound", map[bool]string{false: "every page, ", true: "every "}[d.Shared]+
				"record, index and the audit's chain")
		}
	})
}

func (c *call) ledgerBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "write a verified copy while the kiosk runs; FILE is a whole path to a file that is not there",
		Args:  exactly("a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !filepath.IsAbs(args[0]) {
				return &usageError{fmt.Errorf("%s: the running kiosk writes it and works in another folder; give "+
					"the whole path", args[0])}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				if _, err := os.Lstat(args[0]); err == nil {
					return fmt.Errorf("%s exists; nothing is written over", args[0])
				}
				file, err := fileOf(a)
				if err == nil {
					err = file.Backup(ctx, args[0])
				}
				if err != nil {
					return fmt.Errorf("back up ledger: %w", err)
				}
				_, err = fmt.Fprintln(c.Stdout, "verified copy in", args[0])
				return err
			})
		},
	}
}

func (c *call) ledgerRestoreCommand() *cobra.Command {
	identity, person := "", ""
	cmd := &cobra.Command{
		Use: "restore [--identity KEY COPY.age]",
		Short: "put the newest sound copy in the place of a damaged or missing ledger (a kiosk does so itself when " +
			"it starts); with --identity go on in the place of a machine that is lost, from a copy that had left it",
		Args: func(cmd *cobra.Command, args []string) error {
			if identity != "" {
				return exactly("the copy, a file that ends in .age")(cmd, args)
			}
			return exactly()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.live != nil {
				return errRunning
			}
			if c.socket != "" { // never the ledger of another copy than the one that was named
				return c.forward(cmd.Context(), c.socket)
			}
			conf, err := config.Load(c.config)
			if err != nil {
				return err
			}
			if err := free(conf.SocketFile()); err != nil {
				return err
			}
			if conf.Ledger.Shared() {
				return errNoFile
			}
			if identity != "" {
				return c.succeed(cmd.Context(), conf, identity, args[0], person)
			}
			if err := c.become(conf); err != nil {
				return err
			}
			return c.restore(cmd.Context(), conf)
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "",
		"the secret key that the copy was sealed to, a `FILE` on a stick, or - for standard input; it is not stored")
	cmd.Flags().StringVar(&person, "by", "", "staff number of the `PERSON` who says so, with --identity")
	return cmd
}

// errWhole: a restore would lose what the ledger knows.
var errWhole = errors.New("the ledger is whole; there is nothing to restore")

func (c *call) restore(ctx context.Context, conf config.Config) error {
	if a, err := app.Open(conf, nil, c.Options...); err == nil {
		var findings []string
		file, err := fileOf(a)
		if err == nil {
			findings, err = file.Verify(ctx)
		}
		if err := errors.Join(err, a.Close()); err != nil {
			return err
		}
		if len(findings) == 0 {
			return errWhole
		}
	} else if !errors.Is(err, payment.ErrDamaged) {
		return notOpened(err, conf)
	}
	r, err := ledger.Restore(ctx, conf)
	if errors.Is(err, payment.ErrDamaged) {
		return fmt.Errorf("restore ledger: %w: put a sound copy named ledger-YYYY-MM-DD.db into %s; without any, see "+
			"Recover in the manual", err, conf.Ledger.Backups)
	}
	if err != nil {
		return fmt.Errorf("restore ledger: %w", err)
	}
	return table(c.Stdout, func(row func(...any)) {
		row("restored from", r.Source)
		row("as of", asOf(r.As))
		row("orders", r.Orders)
		if r.Aside != "" {
			row("damaged file", "kept as "+r.Aside)
		}
		row("incomplete", "the kiosk asks WeChat for what came after, as soon as it runs")
	})
}
