package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/setup"
	"courtkiosk/app/update"
	"courtkiosk/payment"
)

func (c *call) updateCommand() *cobra.Command {
	var w update.Wish
	var anyHour, timer bool
	cmd := &cobra.Command{
		Use:   "update",
		Short: "bring the newest version of the program from the court's repository, when it disturbs nobody",
		Long: "Asks the court's repository for a newer version and installs it outside of the service hours, while " +
			"no code can be paid; exit 1 when there is no chance now. Nothing is taken that the repository's key has " +
			"not signed. With --back an older version is installed, and held there, if it can read the ledger.",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Geteuid() != 0 {
				return errors.New("it installs a package: run it as root")
			}
			if cmd.Flags().Changed("suite") && w.From == "" {
				return &usageError{errors.New("--suite goes with --from; this machine's own suite stands in " +
					update.Source)}
			}
			err := c.update(cmd.Context(), w, anyHour)
			if timer && isNoChance(err) {
				c.say("no chance now: %v", err)
				return nil
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&anyHour, "now", false, "do not wait for the end of the service hours; a code that can be paid is "+
		"waited for all the same")
	flags.StringVar(&w.From, "from", "", "take it from this `FOLDER`, a copy of the repository, as a stick has it")
	flags.StringVar(&w.Suite, "suite", "stable", "`NAME` of the suite in that folder")
	flags.StringVar(&w.Back, "back", "", "go back to this older `VERSION`, and stay there")
	flags.BoolVar(&timer, "timer", false, "no chance is no failure: the next hour may have one")
	_ = flags.MarkHidden("timer") // the flag exists
	return cmd
}

func isNoChance(err error) bool {
	return errors.Is(err, update.ErrPayable) || errors.Is(err, update.ErrServing)
}

func (c *call) update(ctx context.Context, w update.Wish, anyHour bool) (err error) {
	dir, err := os.MkdirTemp("", "courtkiosk-update-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := update.Machine{
		Run: func(ctx context.Context, name string, args ...string) (string, error) {
			out, err := setup.Run(ctx, nil, name, args...)
			return string(out), err
		},
		Chance: func(ctx context.Context) error { return c.askChance(ctx, anyHour) },
		Now:    time.Now, Notes: update.NotesFile, Dir: dir, Say: c.say,
	}
	if err := os.Setenv("DEBIAN_FRONTEND", "noninteractive"); err != nil { // for what packages ask
		return err
	}
	if err := os.MkdirAll(filepath.Dir(update.NotesFile), 0o755); err != nil {
		return err
	}
	o, err := m.Update(ctx, w)
	if err != nil {
		return err
	}
	if c.json {
		return c.data(o)
	}
	switch {
	case o.Held:
		c.say("%s %s is held, and stays: apt-mark unhold %s lets it go on", o.Package, o.Was, o.Package)
	case o.Is == o.Was:
		c.say("%s %s is the newest", o.Package, o.Was)
	case o.Restarts:
		c.say("%s %s is installed; the program that runs goes on until no code can be paid", o.Package, o.Is)
	default:
		c.say("%s %s is installed in the place of %s, and runs where its unit does", o.Package, o.Is, o.Was)
	}
	return nil
}

// chanceCommand is asked by an update, and by a package that is about to restart the program.
func (c *call) chanceCommand() *cobra.Command {
	var anyHour bool
	cmd := &cobra.Command{
		Use: "chance", Short: "say whether the program may be restarted now: exit 1, and why, when it may not",
		Hidden: true, Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.live != nil {
				return chance(cmd.Context(), c.live, anyHour)
			}
			return c.askChance(cmd.Context(), anyHour)
		},
	}
	cmd.Flags().BoolVar(&anyHour, "now", false, "whatever the service hours say")
	return cmd
}

// chance is what the running program knows of it.
func chance(ctx context.Context, a *app.App, anyHour bool) error {
	open, err := a.Ledger().Unsettled(ctx)
	if err != nil {
		return &unknownError{err.Error()}
	}
	if anyHour {
		return update.Quiet(a.Cashier().Now(), open)
	}
	hours, err := a.Config.Service()
	if err != nil {
		return err
	}
	return update.Chance(a.Cashier().Now(), hours, open)
}

// askChance asks the running program. Where none runs nobody is disturbed.
func (c *call) askChance(ctx context.Context, anyHour bool) error {
	socket := c.socket
	if socket == "" {
		conf, known, _ := config.Draft(c.config) // a program may run whose configuration is wrong by now
		if !known {
			conf = config.Defaults()
		}
		socket = conf.SocketFile()
	}
	ask := func(args ...string) (string, error) {
		var told bytes.Buffer
		inner := &call{Env: c.Env}
		inner.Args, inner.Stdout, inner.Stderr, inner.Stdin = args, &told, &told, strings.NewReader("")
		err := inner.forward(ctx, socket)
		return strings.TrimSpace(told.String()), err
	}
	args := []string{"chance"}
	if anyHour {
		args = append(args, "--now")
	}
	told, err := ask(args...)
	if errors.Is(err, errNobody) {
		return nil
	}
	if code, ended := errors.AsType[servedError](err); ended {
		if code == Usage && anyHour {
			told, err = ask("orders", "list", "-n", "1000", "--json")
			return quietOf(told, err)
		}
		return chanceOf(int(code), told)
	}
	if err != nil {
		return &unknownError{fmt.Sprintf("whether somebody can pay is not known: %v", err)}
	}
	return nil
}

// quietOf is chance of a program from before that question was known, by its newest orders.
func quietOf(told string, err error) error {
	if errors.Is(err, errNobody) { // it has ended meanwhile
		return nil
	}
	var list []orderData
	if err == nil {
		err = json.Unmarshal([]byte(told), &list)
	}
	if err != nil {
		return &unknownError{fmt.Sprintf("whether somebody can pay is not known: %v", err)}
	}
	var open []payment.Order
	for _, o := range list {
		if o.Expires != nil {
			open = append(open, payment.Order{State: o.State, Expires: *o.Expires})
		}
	}
	return update.Quiet(time.Now(), open)
}

// chanceOf is what the running program has answered with.
func chanceOf(code int, said string) error {
	said = strings.TrimPrefix(said, "courtkiosk: ")
	if code == Failed {
		for _, why := range []error{update.ErrPayable, update.ErrServing} {
			if rest, is := strings.CutPrefix(said, why.Error()); is {
				return fmt.Errorf("%w%s", why, rest)
			}
		}
	}
	if code == Usage {
		return &usageError{errors.New("the running program is of a version that does not know the question")}
	}
	return &unknownError{"whether somebody can pay is not known: " + said}
}
