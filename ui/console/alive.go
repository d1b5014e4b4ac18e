package console

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/watchdog"
	"courtkiosk/payment"
)

// alive tells the service manager, where one has started this program, that it lives, until ctx ends. Without one
// nothing is asked.
func (c *call) alive(ctx context.Context, a *app.App, f face, log *slog.Logger) {
	m, err := watchdog.Find(os.Getenv)
	if err != nil { // it will call this start a failure, and money is taken until then
		log.ErrorContext(ctx, "no service manager", "err", err)
	}
	if m == nil {
		return
	}
	defer m.Close()
	questions := []watchdog.Question{
		{Of: "ledger", Ask: func(ctx context.Context) error { return ledgerAnswers(ctx, a) }},
		{Of: "socket", Ask: func(context.Context) error {
			conn, err := reach(a.Config.SocketFile())
			if err != nil {
				return err
			}
			defer conn.Close()
			return greeted(conn, json.NewDecoder(conn))
		}},
	}
	if f.window && c.Thread != nil {
		questions = append(questions, watchdog.Question{Of: "window", Ask: c.Thread})
	}
	m.Run(ctx, log, questions...)
}

// awayEvery is how often it is asked, while a ledger has not answered yet, whether its database is away.
const awayEvery = time.Second

// ledgerAnswers reads from the ledger. That a database is away is an answer: no start of this program brings it back,
// and what is followed here is settled as soon as it is.
func ledgerAnswers(ctx context.Context, a *app.App) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	read := make(chan error, 1)
	go func() {
		_, err := a.Ledger().Since(ctx, 0, 1)
		read <- err
	}()
	tick := time.NewTicker(awayEvery)
	defer tick.Stop()
	for {
		if errors.Is(a.Keeper().Ready(ctx), payment.ErrAway) {
			return nil
		}
		select {
		case err := <-read:
			if errors.Is(err, payment.ErrAway) {
				return nil
			}
			return err
		case <-tick.C:
		}
	}
}
