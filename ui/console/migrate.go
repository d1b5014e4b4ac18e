package console

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
)

// migratedData is what a migration has come to.
type migratedData struct {
	From int64  `json:"from"` // version of the schema; 0: there was none
	To   int64  `json:"to"`
	Role string `json:"role"` // who may use it
}

func (c *call) ledgerMigrateCommand() *cobra.Command {
	var file, role string
	cmd := &cobra.Command{
		Use: "migrate --dsn-file FILE --role NAME",
		Short: "bring the schema of a shared ledger to this version, as the role that owns it, and let the program's " +
			"role use it; may be run again, while servers run, and never goes back",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" || role == "" {
				return &usageError{errors.New("--dsn-file and --role are needed: a secret file with the DSN of the " +
					"role that owns the schema, and the name of the role that the program connects as")}
			}
			dsn, err := secretDSN(file)
			if err != nil {
				return fmt.Errorf("migrate ledger: %w", err)
			}
			d := migratedData{Role: role}
			if d.From, d.To, err = ledger.Migrate(cmd.Context(), dsn, role); err != nil {
				return fmt.Errorf("migrate the ledger that %s names: %w", file, err)
			}
			if c.json {
				return c.data(d)
			}
			return table(c.Stdout, func(row func(...any)) {
				switch d.From {
				case d.To:
					row("schema", fmt.Sprintf("version %d, as before", d.To))
				case 0:
					row("schema", fmt.Sprintf("made, version %d", d.To))
				default:
					row("schema", fmt.Sprintf("version %d, from %d", d.To, d.From))
				}
				row("role", role+" may use it, and owns nothing of it")
			})
		},
	}
	cmd.Flags().StringVar(&file, "dsn-file", "",
		"a secret `FILE`: where the database is, as the role that owns the schema")
	cmd.Flags().StringVar(&role, "role", "", "the `NAME` of the role that the program connects as")
	return cmd
}

// secretDSN reads a DSN from a file that nobody else may read.
func secretDSN(file string) (string, error) {
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others may read %s, which holds a password; type: chmod 0600 %s", file, file)
	}
	return config.Ledger{DSN: file}.ReadDSN()
}
