// Package console is the command line: what IT deploys, tests and asks a machine with, and the door to the window. It
// draws nothing and knows no Fyne; a window is handed in.
//
// A command that needs the counter is served by the running kiosk over the unix socket beside its ledger, because that
// kiosk holds the ledger's lock; without one the command opens the counter itself. Either way the very same
// command runs. Results go to standard output, messages to standard error.
//
// # Decisions
//
// 2026-11-23: an interrupted pay wishes the order closed and waits a little for WeChat's word before it ends. It
// cancels only an order that it opened itself: one found open belongs to the visitor in front of the kiosk.
//
// 2026-11-23: the socket is made under another name with mode 0600 and renamed into place by the process that holds the
// ledger, so nobody can reach it earlier and a dead kiosk's socket needs no clearing.
//
// 2026-11-23: --socket names a running copy directly. A demo has no configuration file, and a machine whose
// configuration is broken can still be asked.
package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/app/setup"
)

// Exit codes of every command.
const (
	Done    = 0
	Failed  = 1 // refused, or failed with a reason
	Usage   = 2 // wrong usage
	Unknown = 3 // the outcome is not known
)

// A Window shows the lobby on the calling goroutine until ctx ends or the window is closed.
type Window func(ctx context.Context, a *app.App) error

// An Env is what a command line is given by its process.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Window         Window // nil in a build without one
	// Gallery writes a picture of every sample screen into dir; nil in a build without a window.
	Gallery func(dir, lang string, p Panel) error
	// Thread returns once the window's thread has run what it was given; nil in a build without one.
	Thread  func(ctx context.Context) error
	Version string
	Self    string // the file that starts this program once more; see app.WithSelf
	// Options bring parts of the counter in place of those that the configuration names: a test's; the program has
	// none.
	Options []app.Option
	// Machine is what setup sets up in place of this one: a test's; the program has none.
	Machine *setup.Machine
	// Patience is how long a cancelled payment is followed before its outcome is called unknown; zero is 7 s: a service
	// manager that ends this program waits for ten.
	Patience time.Duration
}

// Main runs one command line to its end and returns its exit code. It must be called from main's goroutine.
func Main(ctx context.Context, env Env) (exit int) {
	if env.Patience == 0 {
		env.Patience = 7 * time.Second
	}
	if env.Version == "" {
		env.Version = "unknown"
	}
	if env.Self != "" {
		env.Options = append(slices.Clone(env.Options), app.WithSelf(env.Self))
	}
	env.Stdout, env.Stderr = &inert{to: env.Stdout}, &inert{to: env.Stderr}
	c := &call{Env: env}
	c.ask = c.askHere
	return c.run(ctx)
}

// A call is one command line on its way.
type call struct {
	Env
	live  *app.App // of the kiosk that serves this call; nil in a process of its own
	input []byte   // the file of an import
	ask   func(ctx context.Context, question string) (answer string, err error)
	yield <-chan struct{} // closed when a kiosk wants the ledger that this process has; nil while none can

	config, socket, lang string
	json                 bool
	spoken               message.Lang // what the configuration says
	where                string       // likewise: where people help
}

func (c *call) run(ctx context.Context) int {
	root := c.root()
	root.SetArgs(append([]string{}, c.Args...)) // never nil: cobra would read os.Args
	return c.finish(root.ExecuteContext(ctx))
}

func (c *call) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "courtkiosk",
		Short:             "payment kiosk for the lobbies of courts",
		Long:              "Courtkiosk takes court fees by WeChat Pay. Without a command it is the kiosk.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return errors.Join(c.allowed(cmd), c.checkLang())
		},
	}
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVar(&c.config, "config", config.Default, "configuration `FILE`")
	flags.StringVar(&c.socket, "socket", "",
		"ask the running copy that serves this socket `FILE`, whatever the configuration says")
	flags.StringVar(&c.lang, "lang", "", "`LANGUAGE` of words for people: zh or en (default: the configuration's)")
	flags.BoolVar(&c.json, "json", false, "print data as JSON")
	if c.live == nil {
		kiosk := c.kioskCommand()
		root.RunE, root.Args = kiosk.RunE, kiosk.Args
		root.Flags().AddFlagSet(kiosk.Flags())
		root.AddCommand(kiosk, c.serverCommand(), c.clerkCommand(), c.demoCommand(), c.galleryCommand(),
			c.courtSimCommand(), c.setupCommand(), c.boardCommand(), c.screenCommand(), c.updateCommand(),
			c.lockdownCommand())
	} else {
		root.RunE, root.Args = missingCommand, cobra.ArbitraryArgs
	}
	root.AddCommand(c.payCommand(), c.caseCommand(), c.feeCommand(), c.billsCommand(), c.ordersCommand(),
		c.refundCommand(), c.ledgerCommand(), c.closingCommand(), c.reconcileCommand(), c.receiptCommand(),
		c.staffCommand(), c.windowCommand(),
		c.healthCommand(), c.metricsCommand(), c.drillCommand(), c.doctorCommand(), c.configCommand(),
		c.versionCommand(), c.manCommand(), c.chanceCommand())
	return root
}

func (c *call) checkLang() error {
	switch c.lang {
	case "", string(message.Chinese), string(message.English):
		return nil
	}
	return &usageError{fmt.Errorf("--lang %q is neither zh nor en", c.lang)}
}

// language is what people are spoken to in.
func (c *call) language() message.Lang {
	switch {
	case c.lang != "":
		return message.Lang(c.lang)
	case c.spoken != "":
		return c.spoken
	}
	return message.Chinese
}

// know keeps what words for people need of the configuration.
func (c *call) know(conf config.Config) {
	c.spoken, c.where = message.Lang(conf.Kiosk.Language), conf.Court.Window
	if c.language() == message.English {
		c.where = cmp.Or(conf.Court.WindowEN, c.where)
	}
}

// missingCommand is what a name that only groups commands does.
func missingCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("unknown command %q of %q", args[0], cmd.CommandPath())}
	}
	return &usageError{fmt.Errorf("%q needs a command; %s --help lists them", cmd.CommandPath(), cmd.CommandPath())}
}

// exactly wants n arguments, named for the complaint.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > len(names):
			return &usageError{fmt.Errorf("%s: unexpected %q; --help says what is possible", cmd.CommandPath(),
				args[len(names)])}
		case len(args) < len(names):
			return &usageError{fmt.Errorf("%s needs %s", cmd.CommandPath(), names[len(args)])}
		}
		return nil
	}
}

// errSealed: what asks WeChat needs the key, and systemd hands that to the service alone.
var errSealed = errors.New("the merchant's key is sealed to the service, which does not run: systemctl start " +
	"courtkiosk, then run this again")

// counter runs fn at the counter of this machine: that of the kiosk that serves this call, or of the running kiosk, or
// one that is opened for it alone. started says that payments must be followed meanwhile.
func (c *call) counter(ctx context.Context, started bool, fn func(context.Context, *app.App) error) error {
	if c.live != nil {
		c.know(c.live.Config)
		return fn(ctx, c.live)
	}
	if c.socket != "" {
		return c.forward(ctx, c.socket)
	}
	conf, err := config.Load(c.config)
	if err != nil {
		return err
	}
	c.know(conf)
	if err := c.forward(ctx, conf.SocketFile()); !errors.Is(err, errNobody) {
		return err
	}
	if started && conf.WeChat.Sealed() {
		return errSealed
	}
	if err := c.become(conf); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.Open(conf, log, c.Options...)
	if err != nil {
		return notOpened(err, conf)
	}
	if !started {
		return errors.Join(fn(ctx, a), a.Close())
	}
	// The counter outlives an interrupt: a cancelled payment still needs its last question answered.
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	wait, err := a.Start(run)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	yield, release, err := hold(held(conf))
	if err != nil {
		stop()
		wait()
		return errors.Join(err, a.Close())
	}
	c.yield = yield
	err = fn(ctx, a)
	stop()
	wait()
	if closed := errors.Join(release(), a.Close()); closed != nil || !errors.Is(err, errHandedOver) {
		return errors.Join(err, closed)
	}
	return c.goOn(ctx, conf.SocketFile())
}
