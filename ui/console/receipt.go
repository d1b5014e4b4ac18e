package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/caseno"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/ui/view"
)

func (c *call) receiptCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "receipt", Short: "receipts: is one genuine, and with which keys are they signed",
		RunE: missingCommand}
	cmd.AddCommand(c.receiptPrintCommand(), c.receiptVerifyCommand(), c.receiptKeysCommand(), c.receiptRevokeCommand())
	return cmd
}

func (c *call) receiptPrintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "print NO",
		Short: "print the receipt of a paid order, marked as a copy when it was printed before, or may have been",
		Args:  exactly("an order number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				o, err := findOrder(ctx, a, args[0])
				if err != nil {
					return err
				}
				h, err := a.Counter().Copy(ctx, counter.Print{Order: o.No}, payment.By{})
				if err != nil {
					return fmt.Errorf("order %s: %w", o.No, err)
				}
				out, err := hand(ctx, a, h)
				if err != nil {
					return fmt.Errorf("order %s: %w", o.No, err)
				}
				_, err = fmt.Fprintf(c.Stdout, "receipt %s: %s\n", h.Receipt.Number, out)
				return err
			})
		},
	}
}

// hand prints a receipt that was handed out, and writes down what became of it.
func hand(ctx context.Context, a *app.App, h counter.Handed) (receipt.Outcome, error) {
	out, err := a.Printer().Print(ctx, h.Receipt)
	return out, errors.Join(err, a.Counter().Printed(ctx, h.End(out, err)))
}

// verdict is what is known of a receipt's code.
type verdict struct {
	Genuine     bool        `json:"genuine"`
	Unknown     bool        `json:"unknown,omitempty"` // who signed it: nothing is known of it then
	Why         string      `json:"why,omitempty"`     // it is not believed
	Key         string      `json:"key,omitempty"`
	Number      string      `json:"receipt,omitempty"`
	Case        string      `json:"case,omitempty"`
	Fen         payment.Fen `json:"amount_fen,omitempty"`
	Paid        string      `json:"paid,omitempty"`
	Transaction string      `json:"transaction_id,omitempty"`
	Environment string      `json:"environment,omitempty"`
	Ledger      string      `json:"ledger"`
	Copies      int         `json:"copies"` // on paper, as far as this machine knows
}

func (c *call) receiptVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify CODE|FILE.pdf",
		Short: "say whether a receipt's code is genuine, what it says, and what the ledger knows of it; of a PDF, " +
			"whether it was changed",
		Args: func(cmd *cobra.Command, args []string) error { // people copy a code with the blanks in it
			return exactly("a code, or a PDF file")(cmd, args[:min(1, len(args))])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			code := strings.Join(args, "")
			if strings.EqualFold(filepath.Ext(args[0]), ".pdf") {
				var err error
				if code, err = c.verifyFile(args[0]); err != nil {
					return err
				}
				c.Args[slices.Index(c.Args, args[0])] = code // a running kiosk is asked about the code
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				ring, err := receipt.ReadRing(a.Config.KeysFile())
				if err != nil {
					return err
				}
				s, bad := ring.Verify(code)
				v := verdict{Genuine: bad == nil, Ledger: "not asked"}
				if errors.Is(bad, receipt.ErrUnknownKey) { // another kiosk's, or a forger's
					v.Unknown = true
					bad = fmt.Errorf("%w: %w", bad, &unknownError{"whose it is can tell only a line of courtkiosk " +
						"receipt keys, of another kiosk of the court, that is put into " + a.Config.KeysFile()})
				}
				if bad != nil {
					v.Why = bad.Error()
				}
				if bad == nil || errors.Is(bad, receipt.ErrRevoked) {
					v.Key, v.Number, v.Case, v.Fen, v.Transaction = s.Key.String(), s.Number, s.Case, s.Amount,
						s.TransactionID
					v.Paid, v.Environment = view.Stamp(s.PaidAt),
						cmp.Or(string(s.Environment), "not said by so old a code")
					if v.Ledger, v.Copies, err = known(ctx, a, s); err != nil {
						return fmt.Errorf("look up receipt: %w", err)
					}
				}
				if err := c.printVerdict(v); err != nil {
					return err
				}
				return bad
			})
		},
	}
}

// verifyFile says whether a PDF is as it was signed, and returns the code that it carries. Of one without, of another
// program or an older version, nothing is known: its seal may be anybody's.
func (c *call) verifyFile(path string) (string, error) {
	if c.live != nil {
		return "", errors.New("a file is verified where it lies") // the command asks nobody for it
	}
	data, err := durable.ReadFile(path)
	if err != nil {
		return "", err
	}
	signer, err := paper.CheckSeal(data)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	c.say("unchanged since it was signed by %q; who that is, the code in it says", signer.Subject.CommonName)
	code, err := paper.Code(data)
	if err != nil {
		return "", &unknownError{"no code can be read out of the file, and anybody can sign one: scan its QR and " +
			"verify that"}
	}
	return code, nil
}

// known says what the ledger knows of a statement, and how often its receipt was printed, or may have been.
func known(ctx context.Context, a *app.App, s receipt.Statement) (string, int, error) {
	n, err := caseno.Parse(s.Case, s.PaidAt)
	if err != nil {
		return "", 0, err
	}
	orders, err := a.Ledger().Labelled(ctx, n.BaseString())
	if err != nil {
		return "", 0, err
	}
	i := slices.IndexFunc(orders, func(o payment.Order) bool { return o.TransactionID == s.TransactionID })
	if i < 0 {
		return "this machine does not know the payment: ask the kiosk in the receipt's number", 0, nil
	}
	r, err := a.Counter().Paper(ctx, orders[i].No)
	if err != nil || r.Number != s.Number || r.Amount != s.Amount {
		return fmt.Sprintf("WRONG: the payment is %s here", standing(orders[i])), 0, nil
	}
	effects, err := a.Ledger().Effects(ctx, orders[i].No)
	copies := 0
	for _, e := range effects {
		if e.Kind == "receipt" {
			copies = e.Tries
		}
	}
	return "known, " + standing(orders[i]), copies, err
}

func (c *call) printVerdict(v verdict) error {
	if c.json {
		return c.data(v)
	}
	return table(c.Stdout, func(row func(...any)) {
		switch {
		case v.Genuine:
			row("GENUINE", "signed by key "+v.Key)
		case v.Unknown:
			row("NOT KNOWN", v.Why)
		default:
			row("NOT GENUINE", v.Why)
		}
		if v.Number == "" {
			return
		}
		row("receipt", v.Number)
		row("amount", v.Fen.Yuan())
		row("paid", v.Paid)
		row("transaction", v.Transaction)
		if v.Environment != string(receipt.Production) {
			row("environment", v.Environment+": read what it says before you believe that money was paid")
		}
		row("ledger", v.Ledger)
		row("printed", fmt.Sprintf("%d times by this machine, at most", v.Copies))
		row("case", v.Case)
	})
}

// ring runs fn with the configuration, or has the copy that --socket names do so; public keys need no ledger.
func (c *call) ring(ctx context.Context, fn func(conf config.Config) error) error {
	if c.live != nil {
		return fn(c.live.Config)
	}
	if c.socket != "" {
		return c.forward(ctx, c.socket)
	}
	conf, err := config.Load(c.config)
	if err == nil {
		err = c.become(conf)
	}
	if err != nil {
		return err
	}
	return fn(conf)
}

func (c *call) receiptKeysCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "print the public keys that receipts are checked with, for everybody who checks them",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.ring(cmd.Context(), func(conf config.Config) error {
				keys, err := receipt.ReadRing(conf.KeysFile())
				if err != nil {
					return err
				}
				_, err = fmt.Fprint(c.Stdout, keys)
				return err
			})
		},
	}
}

func (c *call) receiptRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID",
		Short: "believe a key no more: of a kiosk that was stolen; for a new key move its key file away and start " +
			"it again",
		Args: exactly("a key's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.ring(cmd.Context(), func(conf config.Config) error {
				return receipt.Revoke(conf.KeysFile(), args[0])
			})
		},
	}
}
