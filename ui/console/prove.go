package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app/prove"
)

// provenData is what a database was tried for.
type provenData struct {
	Passed bool        `json:"passed"`
	Tries  []prove.Try `json:"tries"`
	Left   int         `json:"codes_with_rows_left"`
}

// errUnproven: what failed is printed already.
var errUnproven = errors.New("this database does not keep what a ledger needs")

func (c *call) ledgerProveCommand() *cobra.Command {
	var file string
	var lasts time.Duration
	var drill, serve bool
	cmd := &cobra.Command{
		Use: "prove DSN|--dsn-file FILE",
		Short: "try a database before a court's money lies in it: the contract of every ledger, a race, a load, and " +
			"with --fail-over one that you make; writes under codes of its own, after ledger migrate, as the " +
			"program's role",
		Args: func(_ *cobra.Command, args []string) error {
			if !serve && (len(args) > 1 || (len(args) == 1) == (file != "")) {
				return &usageError{errors.New("a DSN is needed, or --dsn-file with a secret file")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if serve {
				return prove.ServeContract(c.Stdin, c.Stdout)
			}
			dsn, err := "", error(nil)
			if file != "" {
				dsn, err = secretDSN(file)
			} else if dsn = args[0]; strings.Contains(dsn, "password") || strings.Contains(dsn, "@") {
				err = &usageError{errors.New("others of this machine see what is typed: a DSN with a password is put " +
					"into a file, for --dsn-file")}
			}
			if err != nil {
				return fmt.Errorf("prove: %w", err)
			}
			return c.prove(cmd.Context(), prove.Of(dsn), lasts, drill)
		},
	}
	cmd.Flags().StringVar(&file, "dsn-file", "", "a secret `FILE`: where the database is, as the program's role")
	cmd.Flags().DurationVar(&lasts, "for", 10*time.Second, "how `LONG` each load lasts")
	cmd.Flags().BoolVar(&drill, "fail-over", false, "wait for a fail-over that you make, with two hosts in the DSN")
	cmd.Flags().BoolVar(&serve, "serve-contract", false, "")
	_ = cmd.Flags().MarkHidden("serve-contract") // it is there
	return cmd
}

// prove tries a database, part by part.
func (c *call) prove(ctx context.Context, p *prove.Proof, lasts time.Duration, drill bool) error {
	d := provenData{Passed: true}
	note := func(t prove.Try) bool {
		d.Tries = append(d.Tries, t)
		d.Passed = d.Passed && t.Passed
		return t.Passed && ctx.Err() == nil
	}
	stand, hosts := p.Stand(ctx)
	if drill && hosts < 2 {
		return &usageError{errors.New("--fail-over needs a DSN with the hosts of primary and standby: host=one,two")}
	}
	if note(stand) {
		fmt.Fprintln(c.Stderr, "the contract: a minute or two")
		self, err := os.Executable()
		if err != nil {
			return err
		}
		note(p.Contract(ctx, cmp.Or(c.Self, self), "ledger", "prove", "--serve-contract"))
		for _, try := range []func() prove.Try{
			func() prove.Try { return p.Race(ctx) },
			func() prove.Try { return p.Load(ctx, 8, lasts) },
			func() prove.Try { return p.Load(ctx, 64, lasts) },
		} {
			if ctx.Err() == nil {
				fmt.Fprintln(c.Stderr, "the next try")
				note(try())
			}
		}
		if drill && ctx.Err() == nil {
			note(p.FailOver(ctx, func(what string) { fmt.Fprintln(c.Stderr, what) }))
		}
	}
	left, err := p.Clear(context.WithoutCancel(ctx))
	d.Left = left
	if err := errors.Join(err, ctx.Err()); err != nil {
		d.Passed = false
		d.Tries = append(d.Tries, prove.Try{Name: "end", Found: []string{err.Error()}})
	}
	return c.printProof(d, hosts, drill)
}

func (c *call) printProof(d provenData, hosts int, drilled bool) error {
	var err error
	if c.json {
		err = c.data(d)
	} else {
		err = table(c.Stdout, func(row func(...any)) {
			for _, t := range d.Tries {
				name := t.Name
				if !t.Passed {
					name = "FAILED " + name
				}
				for _, found := range t.Found {
					row(name, found)
					name = ""
				}
			}
			if d.Left > 0 {
				row("left", fmt.Sprintf("the audit of %d codes that begin with PROVE-, which this role may not "+
					"remove; they disturb nobody", d.Left))
			}
			row("verdict", proven(d, hosts, drilled))
		})
	}
	if err == nil && !d.Passed {
		err = errUnproven
	}
	return err
}

// proven says what the proof is worth.
func proven(d provenData, hosts int, drilled bool) string {
	switch {
	case !d.Passed:
		return "this database must not hold a ledger: see what FAILED"
	case drilled:
		return "this database keeps what it acknowledges: nothing was lost by the fail-over, and no receipt number " +
			"is there twice"
	case hosts < 2:
		return "this database does what a ledger asks of it, on one server: what becomes of a payment when that " +
			"dies was not tried"
	}
	return "this database does what a ledger asks of it; what a fail-over loses was not tried: --fail-over"
}
