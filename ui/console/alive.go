package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"courtkiosk/app"
	"courtkiosk/app/watchdog"
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
		{Of: "ledger", Ask: func(ctx context.Context) error {
			_, err := a.Ledger().Since(ctx, 0, 1)
			return err
		}},
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
