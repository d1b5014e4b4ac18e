package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtkiosk/app/clerk"
	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
)

// movedData is what a move has come to.
type movedData struct {
	To     string     `json:"to"`
	Before bool       `json:"before"` // it was finished earlier, and nothing was done now
	Orders int        `json:"orders"`
	Open   int        `json:"open"`
	Lines  []movedRow `json:"lines"`
}

// A movedRow is what file and database say of one thing.
type movedRow struct {
	Name     string      `json:"name"`
	File     int         `json:"file"`
	FileSum  payment.Fen `json:"file_sum_fen"`
	Database int         `json:"database"`
	Sum      payment.Fen `json:"database_sum_fen"`
	Same     bool        `json:"same"`
}

func (c *call) ledgerMoveCommand() *cobra.Command {
	var file, person string
	cmd := &cobra.Command{
		Use: "move --dsn-file FILE",
		Short: "move the ledger in this machine's file to a database that machines share, as the role that owns its " +
			"schema, while no kiosk runs; the file is ended for good; one that was broken off is run again",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return &usageError{errors.New("--dsn-file is needed: a secret file with the DSN of the role that " +
					"owns the schema")}
			}
			if person != "" && !clerk.IsNumber(person) {
				return &usageError{errors.New("--by is a staff number: the audit holds no names")}
			}
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
			dsn, err := secretDSN(file)
			if err != nil {
				return fmt.Errorf("move ledger: %w", err)
			}
			if err := c.become(conf); err != nil {
				return err
			}
			return c.move(cmd.Context(), conf, dsn, payment.By{Device: conf.Kiosk.ID, Person: person})
		},
	}
	cmd.Flags().StringVar(&file, "dsn-file", "",
		"a secret `FILE`: where the database is, as the role that owns the schema")
	cmd.Flags().StringVar(&person, "by", "", "staff number of the `PERSON` who says so")
	return cmd
}

func (c *call) move(ctx context.Context, conf config.Config, dsn string, by payment.By) error {
	m, err := ledger.Move(ctx, conf, dsn, by, func(stage string, rows int) {
		if rows > 0 {
			stage += fmt.Sprintf(": %d records", rows)
		}
		fmt.Fprintln(c.Stderr, stage)
	})
	if err == nil || errors.Is(err, ledger.ErrDiffers) {
		err = errors.Join(c.printMoved(m, err == nil), err)
	}
	if err != nil {
		return fmt.Errorf("move ledger: %w%s", err, nextOfMove(err))
	}
	return nil
}

func (c *call) printMoved(m ledger.Moved, done bool) error {
	if c.json {
		d := movedData{To: m.To, Before: m.Before, Orders: m.Orders, Open: m.Open}
		for _, l := range m.Lines {
			d.Lines = append(d.Lines, movedRow{l.Name, l.Here.N, l.Here.Sum, l.There.N, l.There.Sum, l.Same()})
		}
		return c.data(d)
	}
	return table(c.Stdout, func(row func(...any)) {
		row("to", m.To)
		for _, l := range m.Lines {
			if l.Same() {
				row(l.Name, summed(l.Here)+", in both")
				continue
			}
			row("DIFFERENT "+l.Name, "file "+summed(l.Here)+"; database "+summed(l.There))
		}
		if !done {
			return
		}
		if m.Before {
			row("moved", "already, and it is finished; nothing was done now")
		} else {
			row("orders", fmt.Sprintf("%d, of which %d are open and followed from there", m.Orders, m.Open))
			row("audit", "its chain is whole, and goes on from the same head")
		}
		row("file", "ended: nothing is begun with it again, and no kiosk opens it; keep it as the books are kept")
		row("stays", "the daily copies, and whose place this ledger took; neither is of use to a database")
		row("next", `put the program's own DSN into a secret file, and in [ledger]: dsn_file = "…", without backups `+
			`and mark_file; then start the service`)
	})
}

// summed is a line of what was compared.
func summed(s payment.Sum) string {
	if s.Sum == 0 {
		return fmt.Sprint(s.N)
	}
	return fmt.Sprintf("%d, %s yuan", s.N, s.Sum)
}

// nextOfMove says what to do about a ledger that was not moved.
func nextOfMove(err error) string {
	switch {
	case errors.Is(err, ledger.ErrDiffers):
		return "; run it again, and if it says the same, keep both and ask who makes this program"
	case errors.Is(err, payment.ErrDamaged):
		return "; courtkiosk ledger check says all that is wrong"
	case errors.Is(err, payment.ErrMoved), errors.Is(err, payment.ErrSucceeded):
		return "; only the ledger that takes a court's payments is moved"
	case errors.Is(err, ledger.ErrOlder):
		return "; run courtkiosk ledger migrate first"
	case errors.Is(err, payment.ErrLocked):
		return "; stop the service: a ledger is moved while nobody works with it"
	case errors.Is(err, context.Canceled), errors.Is(err, payment.ErrAway):
		return "; run it again: it goes on, and nothing was lost"
	}
	return ""
}
