package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"courtkiosk/app/config"
	"courtkiosk/payment/durable"
)

// browsers are those that can show a page in a window of its own, as Debian, UOS, Kylin, Google and Microsoft call
// them.
var browsers = []string{"chromium", "chromium-browser", "uos-browser-stable", "browser", "qaxbrowser-safe-stable",
	"google-chrome-stable", "google-chrome", "microsoft-edge-stable", "microsoft-edge"}

func (c *call) clerkCommand() *cobra.Command {
	var browser string
	cmd := &cobra.Command{
		Use: "clerk [URL]",
		Short: "open the clerk's page of a server in a window of its own, on the clerk's PC; without URL that of " +
			"this machine's configuration",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return exactly("the page's address")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			page := ""
			if len(args) > 0 {
				page = args[0]
			} else if conf, err := config.Load(c.config); err != nil {
				return fmt.Errorf("courtkiosk clerk needs the page's address, like https://desk.court.example:8443/, "+
					"or the configuration that has it: %w", err)
			} else if page = conf.Clerk.URL(); page == "" {
				return errNoPage
			}
			if err := checkPage(page); err != nil {
				return &usageError{err}
			}
			return c.show(cmd.Context(), browser, page)
		},
	}
	cmd.Flags().StringVar(&browser, "browser", "", "`PROGRAM` to open it with (default: the first that is there of "+
		"Chromium, the browsers of UOS, Chrome and Edge)")
	return cmd
}

// checkPage says what is wrong with a page's address.
func checkPage(page string) error {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%q is no address of a page, like https://desk.court.example:8443/", page)
	}
	here := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme == "http" && !here {
		return fmt.Errorf("%q is plain; the page of another machine is https", page)
	}
	return nil
}

// show opens the page and waits until its window is closed. What is read there stays in a folder of its own: no
// extension of the clerk's other browser sees it.
func (c *call) show(ctx context.Context, browser, page string) error {
	byHand := func(why string) error {
		return fmt.Errorf("%s; open %s in a browser on the clerk's PC, into which the window's .p12 was imported", why,
			page)
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return byHand("there is no display here")
	}
	if os.Geteuid() == 0 {
		return byHand("root opens no browser")
	}
	path, err := findBrowser(browser)
	if err != nil {
		return byHand(err.Error())
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return byHand(err.Error())
	}
	dir = filepath.Join(dir, "courtkiosk", "clerk")
	if err := keepNoPINs(dir); err != nil {
		return byHand(err.Error())
	}
	fmt.Fprintf(c.Stderr, "opening %s with %s\n", page, path)
	cmd := exec.CommandContext(ctx, path, "--app="+page, "--user-data-dir="+dir,
		"--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = c.Stderr
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return byHand(fmt.Sprintf("%s did not open it: %v", path, err))
	}
	return nil
}

// keepNoPINs has a new profile of Chromium offer to keep no password: it takes a PIN for one, on a machine that others
// use, and pages cannot forbid it. A profile that is there stays as it is.
func keepNoPINs(profile string) error {
	name := filepath.Join(profile, "Default", "Preferences")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.WriteFile(name, []byte(`{"credentials_enable_service":false}`), 0o600)
}

// findBrowser returns the program to open a page with.
func findBrowser(named string) (string, error) {
	if named != "" {
		return exec.LookPath(named)
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no browser that can open a window of its own is installed")
}
