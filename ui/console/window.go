package console

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	"courtkiosk/app/config"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

func (c *call) windowCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "window", Short: "the browsers that may open the clerk's page", RunE: missingCommand}
	cmd.AddCommand(c.windowAddCommand(), c.windowListCommand(), c.windowRevokeCommand(), c.windowAuthorityCommand())
	return cmd
}

// windowData is a window as it is printed.
type windowData struct {
	Name        string     `json:"name"`
	Fingerprint string     `json:"fingerprint"` // SHA-256 of the certificate
	Until       time.Time  `json:"until"`
	Issued      *time.Time `json:"issued,omitempty"`
	Revoked     *time.Time `json:"revoked,omitempty"`
	File        string     `json:"file,omitempty"` // of a window that was added just now
	Passphrase  string     `json:"passphrase,omitempty"`
}

// errHere: the file is written where the command runs, with the authority's key that lies beside the ledger.
var errHere = errors.New("window add makes a certificate and needs --config; with --socket give it --certificate FILE")

func (c *call) windowAddCommand() *cobra.Command {
	var out, certificate string
	cmd := &cobra.Command{
		Use: "add NAME",
		Short: "let a browser in: make its key and certificate, write NAME.p12 for it and print the passphrase, " +
			"once; NAME has 1 to 8 letters and digits and stands on the window's receipts",
		Args: exactly("a window's name"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			name := args[0]
			if c.live != nil {
				return c.addWindow(cmd.Context(), name)
			}
			if certificate != "" {
				return c.addCertificate(cmd.Context(), name, certificate)
			}
			if c.socket != "" {
				return &usageError{errHere}
			}
			conf, err := config.Load(c.config)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Base(name) + ".p12"
			}
			// As root, where it is root's folder; what is beside the ledger is made as the ledger's owner.
			if err := durable.Take(out, 0o600); err != nil {
				return fmt.Errorf("the window's file: %w", err)
			}
			file, err := durable.Make(out, 0o600)
			if err != nil {
				return fmt.Errorf("the window's file: %w", err)
			}
			defer func() {
				err = errors.Join(err, file.Close())
				if err != nil {
					_ = os.Remove(out) // nobody is let in by it
				}
			}()
			if err := c.become(conf); err != nil {
				return err
			}
			return c.makeWindow(cmd.Context(), conf, name, file)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`FILE` for the browser (default: NAME.p12)")
	cmd.Flags().StringVar(&certificate, "certificate", "",
		"`FILE` of a certificate that the court's own authority has made for the window, PEM or DER")
	return cmd
}

// makeWindow makes a window's certificate, lets it in, and writes the browser's file.
func (c *call) makeWindow(ctx context.Context, conf config.Config, name string, file *os.File) error {
	if conf.Clerk.ClientCA != "" {
		return &usageError{fmt.Errorf("clerk.client_ca names the court's own authority: have it make the window's " +
			"certificate, and give it to window add with --certificate")}
	}
	authority, err := identity.Open(conf.AuthorityFile(), conf.Court.Code, time.Now())
	if err != nil {
		return err
	}
	client, err := authority.Window(name, time.Now())
	if err != nil {
		return err
	}
	passphrase := identity.Passphrase()
	p12, err := client.P12(passphrase)
	if err != nil {
		return fmt.Errorf("the window's file: %w", err)
	}
	if _, err := file.Write(p12); err != nil {
		return fmt.Errorf("the window's file: %w", err)
	}
	if err := file.Sync(); err != nil { // the passphrase is printed once
		return fmt.Errorf("the window's file: %w", err)
	}
	c.input = client.Certificate.Raw
	if err := c.addWindow(ctx, name); err != nil {
		return err
	}
	said := added(name, client.Certificate)
	said.File, said.Passphrase = file.Name(), passphrase
	if c.json {
		return c.data(said)
	}
	_, err = fmt.Fprintf(c.Stdout, "%s\t%s\npassphrase\t%s\nfingerprint\t%s\nuntil\t%s\n", name, said.File, passphrase,
		said.Fingerprint, said.Until.Format(time.DateOnly))
	return err
}

func added(name string, cert *x509.Certificate) windowData {
	return windowData{Name: name, Fingerprint: identity.Fingerprint(cert), Until: cert.NotAfter.In(payment.China)}
}

// addCertificate lets a browser in that has its certificate already.
func (c *call) addCertificate(ctx context.Context, name, path string) error {
	cert, err := identity.ReadCertificate(path)
	if err != nil {
		return fmt.Errorf("the window's certificate: %w", err)
	}
	if cert.IsCA {
		return fmt.Errorf("the window's certificate: %s is an authority's; the window needs one of its own", path)
	}
	c.input = cert.Raw
	if err := c.addWindow(ctx, name); err != nil {
		return err
	}
	said := added(name, cert)
	if c.json {
		return c.data(said)
	}
	_, err = fmt.Fprintf(c.Stdout, "%s\nfingerprint\t%s\nuntil\t%s\n", name, said.Fingerprint,
		said.Until.Format(time.DateOnly))
	return err
}

// addWindow lets the window of the certificate in that the command was given.
func (c *call) addWindow(ctx context.Context, name string) error {
	return c.counter(ctx, false, func(ctx context.Context, a *app.App) error {
		cert, err := x509.ParseCertificate(c.input)
		if err != nil {
			return fmt.Errorf("the window's certificate: %w", err)
		}
		who := clerk.Console(a.Config.Kiosk.ID, c.door())
		_, err = a.Desk().AddWindow(ctx, who, name, identity.Fingerprint(cert), cert.NotAfter)
		return err
	})
}

func (c *call) windowListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "every window that there is or was",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				all, err := a.Desk().AllWindows(ctx, clerk.Console(a.Config.Kiosk.ID, c.door()))
				if err != nil {
					return err
				}
				return c.printWindows(all)
			})
		},
	}
}

func (c *call) printWindows(all []payment.Window) error {
	if c.json {
		list := []windowData{}
		for _, w := range all {
			issued := w.Issued.At.In(payment.China)
			d := windowData{Name: w.Name, Fingerprint: w.Fingerprint, Until: w.Until.In(payment.China), Issued: &issued}
			if !w.Revoked.At.IsZero() {
				at := w.Revoked.At.In(payment.China)
				d.Revoked = &at
			}
			list = append(list, d)
		}
		return c.data(list)
	}
	return table(c.Stdout, func(row func(...any)) {
		for _, w := range all {
			stands := "until " + w.Until.In(payment.China).Format(time.DateOnly)
			switch {
			case !w.Revoked.At.IsZero():
				stands = "revoked " + w.Revoked.At.In(payment.China).Format("2006-01-02 15:04:05")
			case time.Now().After(w.Until):
				stands = "ended " + w.Until.In(payment.China).Format(time.DateOnly)
			}
			row(w.Name, stands, w.Fingerprint)
		}
	})
}

func (c *call) windowRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "let a window in no more, from this second on; its open pages are cut off",
		Args:  exactly("a window's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				w, err := a.Desk().RevokeWindow(ctx, clerk.Console(a.Config.Kiosk.ID, c.door()), args[0])
				if err != nil {
					return err
				}
				return c.printWindows([]payment.Window{w})
			})
		},
	}
}

func (c *call) windowAuthorityCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "authority",
		Short: "print the certificate of this machine's authority, which the windows' browsers must believe; PEM",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			conf, err := config.Load(c.config)
			if err != nil {
				return err
			}
			if err := c.become(conf); err != nil {
				return err
			}
			authority, err := identity.Open(conf.AuthorityFile(), conf.Court.Code, time.Now())
			if err != nil {
				return err
			}
			_, err = c.Stdout.Write(authority.PEM())
			return err
		},
	}
}
