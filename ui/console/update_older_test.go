package console

import (
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/update"
)

// older serves a socket as a program does that knows orders list, and no chance.
func older(t *testing.T, list string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	answer := func(conn net.Conn) {
		defer conn.Close()
		to, from, exit := json.NewEncoder(conn), json.NewDecoder(conn), Done
		var r request
		if to.Encode(frame{}) != nil || from.Decode(&r) != nil {
			return
		}
		if slices.Contains(r.Args, "chance") {
			exit = Usage
			_ = to.Encode(frame{Err: []byte("courtkiosk: unknown command \"chance\"\n")})
		} else {
			_ = to.Encode(frame{Out: []byte(list)})
		}
		_ = to.Encode(frame{Exit: &exit})
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			answer(conn)
		}
	}()
	return socket
}

// The first package that asks meets a program that does not know the question, and a code on its screen all the same.
func TestChanceOfAnOlderProgram(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339) }
	for name, tt := range map[string]struct {
		list string
		want error
	}{
		"no order": {`[]`, nil},
		"paid":     {`[{"state":"paid","expires":"` + at(time.Minute) + `"}]`, nil},
		"expired":  {`[{"state":"waiting","expires":"` + at(-time.Hour) + `"}]`, nil},
		"can be paid": {`[{"state":"paid"},{"state":"waiting","expires":"` + at(time.Minute) + `"}]`,
			update.ErrPayable},
	} {
		c := &call{}
		c.socket = older(t, tt.list)
		if err := c.askChance(t.Context(), true); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := &call{}
	c.socket = older(t, "what?")
	if _, unknown := errors.AsType[*unknownError](c.askChance(t.Context(), true)); !unknown {
		t.Error("an answer that cannot be read is known")
	}
}
