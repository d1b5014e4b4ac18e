package console

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/config"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/app/receipt"
	"courtkiosk/payment/durable"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/view"
)

// How many requests of the clerk's page are answered at once. Beside a kiosk's screen a touch comes first.
var (
	besideKiosk = 2
	onServer    = max(4, 2*runtime.NumCPU())
)

// pageEvery is how often an address is tried that cannot be had yet: the network may come up after the kiosk.
const pageEvery = 10 * time.Second

// errLoopback: whoever stands at the kiosk's keyboard stands before the page too.
var errLoopback = errors.New("clerk.listen is this machine alone, which is a kiosk: name an address of the court's " +
	"network there, or run courtkiosk server on a machine of its own")

// openPage takes the address of the clerk's page.
func openPage(a *app.App, atOnce int) (*desk.Door, error) {
	conf := a.Config.Clerk
	p := desk.DoorPlan{Listen: conf.Listen, Host: conf.Host(), Enter: a.Desk().EnterWindow, AtOnce: atOnce,
		Log: a.Log()}
	p.Pages = desk.New(desk.Options{
		Desk: a.Desk(), Court: a.Config.Court.Name, Window: a.Config.Court.Window, Log: a.Log(),
		Lights: func(ctx context.Context) []desk.Light { return lights(ctx, a) },
	})
	if conf.Loopback() {
		return desk.OpenDoor(p)
	}
	var err error
	if p.Authorities, err = authorities(a.Config); err != nil {
		return nil, err
	}
	p.Certificate = func() (tls.Certificate, error) { return ofServer(a.Config) }
	return desk.OpenDoor(p)
}

// lights say how the roads are that a clerk depends on, as they were looked at last; nobody is asked.
func lights(ctx context.Context, a *app.App) []desk.Light {
	standing := a.Counter().Standing(ctx)
	_, none := a.Printer().(receipt.None)
	_, listed := a.Court().(bill.Listed)
	return desk.LightsOf(view.Service{Closed: standing.Closed, Part: len(standing.Purses) > 0, Told: a.Care().Told(),
		Printer: !none, System: !listed})
}

// authorities are those whose certificates windows show.
func authorities(c config.Config) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if c.Clerk.ClientCA == "" {
		own, err := identity.Open(c.AuthorityFile(), c.Court.Code, time.Now())
		if err == nil {
			pool.AddCert(own.Certificate)
		}
		return pool, err
	}
	text, err := durable.ReadFile(c.Clerk.ClientCA)
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = fmt.Errorf("clerk.client_ca: %s holds no certificate in PEM", c.Clerk.ClientCA)
	}
	return pool, err
}

// ofServer returns the certificate that browsers are shown, as its files stand now.
func ofServer(c config.Config) (tls.Certificate, error) {
	if c.Clerk.Certificate != "" {
		return tls.LoadX509KeyPair(c.Clerk.Certificate, c.Clerk.Key)
	}
	own, err := identity.Open(c.AuthorityFile(), c.Court.Code, time.Now())
	if err != nil {
		return tls.Certificate{}, err
	}
	return own.Server(c.DeskFile(), []string{c.Clerk.Host()}, time.Now())
}

// servePage serves the clerk's page through a door until ctx ends; a kiosk, which has none yet, tries until the address
// can be had. It never ends what else runs.
func servePage(ctx context.Context, a *app.App, door *desk.Door, log *slog.Logger) {
	for {
		var err error
		if door == nil {
			door, err = openPage(a, besideKiosk)
		}
		if err == nil {
			log.InfoContext(ctx, "clerk's page ready", "url", a.Config.Clerk.URL())
			err = door.Serve(ctx)
			door = nil
		}
		if ctx.Err() != nil {
			return
		}
		log.ErrorContext(ctx, "clerk's page not served", "listen", a.Config.Clerk.Listen, "again", pageEvery.String(),
			"err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pageEvery):
		}
	}
}
