package console

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/payment"
)

// heldFor is how long a kiosk that starts waits for a command that has the ledger.
const heldFor = time.Minute

// errHandedOver: a kiosk has started, and follows the payment from here on.
var errHandedOver = errors.New("a kiosk starts and takes the payment over")

// held is the socket at which a payment in a process of its own hears that a kiosk starts.
func held(c config.Config) string { return c.SocketFile() + ".hold" }

// hold listens for a kiosk that wants the ledger which this process has open. yield is closed once one does.
func hold(path string) (yield <-chan struct{}, release func() error, err error) {
	l, err := listen(path)
	if err != nil {
		return nil, nil, err
	}
	wanted := make(chan struct{})
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return // released
		}
		_ = conn.Close()
		close(wanted)
	}()
	return wanted, func() error { return discard(path, l) }, nil
}

// opened opens the counter of a kiosk. A payment in a process of its own is asked to hand over its ledger; any other
// command that has it is waited for. Another kiosk is not: it says so by serving the socket.
func (c *call) opened(ctx context.Context, conf config.Config, log *slog.Logger) (*app.App, error) {
	for end := time.Now().Add(heldFor); ; { // opening waits some seconds for the lock, each time
		a, err := app.Open(conf, log, c.Options...)
		locked := errors.Is(err, payment.ErrLocked) || errors.Is(err, register.ErrLocked)
		if !locked || time.Now().After(end) || ctx.Err() != nil {
			return a, err
		}
		if err := free(conf.SocketFile()); err != nil {
			return nil, err
		}
		if conn, err := net.DialTimeout("unix", held(conf), talkWithin); err == nil {
			_ = conn.Close()
		}
		log.WarnContext(ctx, "another command has the ledger; the kiosk starts as soon as it ends", "err", err)
	}
}

// goOn has the kiosk that took over a payment serve this command line from there on.
func (c *call) goOn(ctx context.Context, path string) error {
	for end := time.Now().Add(heldFor); ; time.Sleep(100 * time.Millisecond) {
		err := c.forward(ctx, path)
		if !errors.Is(err, errNobody) {
			return err
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return &unknownError{"a kiosk took the payment over and does not answer yet; orders list shows how it " +
				"stands"}
		}
	}
}
