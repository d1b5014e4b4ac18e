package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
	"courtkiosk/ui/desk"
)

// ledgerEvery is how often a kiosk without a window asks whether its ledger still works.
const ledgerEvery = 5 * time.Second

// errNoWindow: the binary has none.
var errNoWindow = errors.New("this build has no window; use one with a window, or start with --no-window to run " +
	"everything else")

// errLedger: nothing can be written any more.
var errLedger = errors.New("the ledger cannot be written any more; what was paid is safe, start again")

func (c *call) kioskCommand() *cobra.Command {
	var noWindow bool
	var level string
	cmd := &cobra.Command{
		Use:   "kiosk",
		Short: "run the kiosk: what courtkiosk does without a command",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Window == nil && !noWindow {
				return errNoWindow
			}
			return c.begin(cmd.Context(), level, face{window: !noWindow})
		},
	}
	stayFlags(cmd, &noWindow, &level)
	return cmd
}

func (c *call) serverCommand() *cobra.Command {
	var level string
	cmd := &cobra.Command{
		Use: "server",
		Short: "run the court's server: ledger, WeChat Pay, what is owed, and the clerk's page, on a machine without " +
			"a kiosk",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.begin(cmd.Context(), level, face{server: true})
		},
	}
	levelFlag(cmd, &level)
	return cmd
}

// A face is what of a running program people see.
type face struct {
	window bool // the kiosk's
	server bool // the clerk's page alone
}

// errNoPage: a server that nobody can reach is a mistake.
var errNoPage = errors.New("clerk.listen is empty: a server serves the clerk's page and needs its address, like " +
	"10.1.2.3:8443, or 127.0.0.1:8443 for this machine alone")

// fits says why a configuration is none of the face.
func (f face) fits(conf config.Config) error {
	switch {
	case f.server && conf.Clerk.Listen == "":
		return errNoPage
	case !f.server && conf.Clerk.Loopback():
		return errLoopback
	}
	return nil
}

// begin opens what the configuration names and keeps it running.
func (c *call) begin(ctx context.Context, level string, f face) error {
	conf, err := config.Load(c.config)
	if err != nil {
		return err
	}
	if err := f.fits(conf); err != nil {
		return err
	}
	if err := free(conf.SocketFile()); err != nil {
		return err
	}
	if err := c.become(conf); err != nil {
		return err
	}
	log, err := newLog(c.Stderr, conf.Log, level)
	if err != nil {
		return err
	}
	a, err := c.opened(ctx, conf, log)
	if errors.Is(err, payment.ErrDamaged) && !conf.Ledger.Shared() {
		log.ErrorContext(ctx, "ledger damaged", "err", err)
		if _, err = ledger.Restore(ctx, conf); err == nil {
			a, err = app.Open(conf, log, c.Options...)
		}
	}
	if err != nil {
		return notOpened(err, conf)
	}
	return c.stay(ctx, a, log, f)
}

func (c *call) demoCommand() *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run the kiosk with a simulated WeChat Pay, made-up bills and receipts as PDF",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.Window == nil && !d.noWindow {
				return errNoWindow
			}
			if d.desk != "" && !(config.Clerk{Listen: d.desk}).Loopback() {
				return &usageError{fmt.Errorf("--desk %q is no address of this machine alone, like 127.0.0.1:8443",
					d.desk)}
			}
			if d.dir == "" {
				d.dir, err = os.MkdirTemp("", "courtkiosk-demo-")
			} else {
				d.dir, err = filepath.Abs(d.dir)
			}
			if err != nil {
				return fmt.Errorf("demo folder: %w", err)
			}
			return c.demo(cmd.Context(), d)
		},
	}
	cmd.Flags().StringVar(&d.dir, "dir", "", "`FOLDER` for state and receipts (default: a new one)")
	cmd.Flags().StringVar(&d.desk, "desk", "",
		"serve the clerk's page too, refunds and all, at this machine's `ADDRESS`, like 127.0.0.1:8443")
	cmd.Flags().BoolVar(&d.full, "fullscreen", false, "fill the screen, as a kiosk does")
	stayFlags(cmd, &d.noWindow, &d.level)
	return cmd
}

// A demo is what its flags say.
type demo struct {
	dir, level, desk string
	noWindow, full   bool
}

func stayFlags(cmd *cobra.Command, noWindow *bool, level *string) {
	cmd.Flags().BoolVar(noWindow, "no-window", false, "run everything but the window, where no display is")
	levelFlag(cmd, level)
}

func levelFlag(cmd *cobra.Command, level *string) {
	cmd.Flags().StringVar(level, "log-level", "",
		"`LEVEL` of the log: debug, info, warn or error (default: the configuration's)")
}

func (c *call) demo(ctx context.Context, d demo) error {
	conf := config.Defaults()
	conf.Ledger.File = filepath.Join(d.dir, "ledger.db")
	if err := free(conf.SocketFile()); err != nil { // before a demo that is running loses its ledger to this one
		return err
	}
	log, err := newLog(c.Stderr, conf.Log, d.level)
	if err != nil {
		return err
	}
	a, err := app.OpenDemo(d.dir, func(conf *config.Config) {
		conf.Kiosk.Fullscreen = d.full
		conf.Clerk = config.Clerk{Listen: d.desk, Refunds: d.desk != ""} // the money of a demo is nobody's
		if c.lang != "" {
			conf.Kiosk.Language = c.lang
		}
	}, log, c.Options...)
	if err != nil {
		return notOpened(err, conf)
	}
	fmt.Fprintf(c.Stderr, "demo: receipts in %s\ndemo: phone page %s\ndemo: commands with --socket %s\n",
		a.Config.Receipt.Address, a.Demo.PhonePage("ORDER"), a.Config.SocketFile())
	if d.desk != "" {
		fmt.Fprintf(c.Stderr, "demo: clerk's page %s, people by staff add NUMBER --role ROLE --socket %s\n",
			a.Config.Clerk.URL(), a.Config.SocketFile())
	}
	return c.stay(ctx, a, log, face{window: !d.noWindow})
}

// newLog returns the log that the configuration asks for; level wins over its level.
func newLog(w io.Writer, conf config.Log, level string) (*slog.Logger, error) {
	if level == "" {
		level = conf.Level
	}
	var o slog.HandlerOptions
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, &usageError{fmt.Errorf("--log-level %q is none of debug, info, warn, error", level)}
	}
	o.Level = l
	if conf.Format == "text" {
		return slog.New(slog.NewTextHandler(w, &o)), nil
	}
	return slog.New(slog.NewJSONHandler(w, &o)), nil
}

// stay keeps an opened counter running until ctx ends or the window does, then ends everything in order: what is being
// served, what is being followed, the ledger.
func (c *call) stay(ctx context.Context, a *app.App, log *slog.Logger, f face) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()
	var page *desk.Door
	if f.server { // whoever starts it is told at once; a kiosk takes money without a page
		if page, err = openPage(a, onServer); err != nil {
			return err
		}
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx)) // a served payment still needs its last answer
	defer stop()
	wait, err := a.Start(run)
	if err != nil {
		return err
	}
	s, err := serve(ctx, a.Config.SocketFile(), a, c.Env, log)
	if err != nil {
		stop()
		wait()
		return err
	}
	name := map[bool]string{false: "kiosk", true: "server"}[f.server]
	log.InfoContext(ctx, name+" ready", "version", c.Version, "socket", s.path, "window", f.window)
	shown, leave := context.WithCancel(ctx)
	defer leave()
	var pages sync.WaitGroup
	if a.Config.Clerk.Listen != "" {
		pages.Go(func() { servePage(shown, a, page, log) })
	}
	pages.Go(func() { c.alive(shown, a, f, log) })
	show := c.Window
	if !f.window {
		show = unseen
	}
	err = show(ctx, a)
	leave()
	pages.Wait()
	err = errors.Join(err, s.close())
	stop()
	wait()
	log.InfoContext(ctx, name+" stopped")
	return err
}

// unseen is the window of a kiosk without one.
func unseen(ctx context.Context, a *app.App) error {
	tick := time.NewTicker(ledgerEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			closed := a.Counter().Standing(ctx).Closed
			if closed != nil && closed.Args[counter.Trouble] == counter.TroubleLedger {
				return fmt.Errorf("%w: %w", errLedger, closed)
			}
		}
	}
}
