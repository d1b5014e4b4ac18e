package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"courtkiosk/app"
	"courtkiosk/payment/durable"
)

// listen makes the socket at path, for its owner only, in place of one that a dead process has left. Only who holds
// the ledger may call it.
func listen(path string) (net.Listener, error) {
	if err := durable.Sweep(path); err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	temp := durable.Temp(path)
	// The mode is there from the beginning: to change it later by name would follow a link that took its place.
	mask := syscall.Umask(0o077)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	syscall.Umask(mask)
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	l.SetUnlinkOnClose(false) // it is called path by then
	if err := durable.Rename(temp, path); err != nil {
		return nil, errors.Join(fmt.Errorf("socket %s: %w", path, err), l.Close(), os.Remove(temp))
	}
	return l, nil
}

// A server answers command lines with the counter of a running kiosk.
type server struct {
	app  *app.App
	env  Env
	log  *slog.Logger
	path string

	listener net.Listener
	stop     context.CancelFunc
	calls    sync.WaitGroup
}

// serve starts answering at path until close.
func serve(ctx context.Context, path string, a *app.App, env Env, log *slog.Logger) (*server, error) {
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &server{app: a, env: env, log: log, path: path, listener: l, stop: stop}
	s.calls.Go(func() { s.accept(ctx) })
	return s, nil
}

// close ends what is being served and waits for it.
func (s *server) close() error {
	s.stop()
	err := discard(s.path, s.listener)
	s.calls.Wait()
	return err
}

// discard ends listening and takes the socket away.
func discard(path string, l net.Listener) error { return errors.Join(os.Remove(path), l.Close()) }

func (s *server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.calls.Go(func() { s.answer(ctx, conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default: // too many open files: it passes
			s.log.WarnContext(ctx, "socket not accepted", "err", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// answer serves one client.
func (s *server) answer(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	t := &talker{conn: conn}
	if t.say(frame{Hello: s.env.Version}) != nil {
		return
	}
	from := json.NewDecoder(io.LimitReader(conn, maxRequest))
	var r request
	if err := errors.Join(conn.SetReadDeadline(time.Now().Add(takeWithin)), from.Decode(&r),
		conn.SetReadDeadline(time.Time{})); err != nil {
		return // a copy that only wanted to know whether somebody is here
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers := make(chan string)
	go hear(ctx, stop, from, answers)

	c := &call{live: s.app, input: r.Input, Env: s.env}
	c.Args, c.Stdin, c.Stdout, c.Stderr = r.Args, nil, outlet{t, toOut}, outlet{t, toErr}
	c.ask = func(ctx context.Context, question string) (string, error) {
		if err := t.say(frame{Ask: question}); err != nil {
			return "", err
		}
		select {
		case answer := <-answers:
			return answer, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	exit := c.run(ctx)
	_ = t.say(frame{Exit: &exit}) // a client that has left does not want it
}

// hear takes what the client says until the connection ends; a client that has gone, or was interrupted, ends the
// command.
func hear(ctx context.Context, stop context.CancelFunc, from *json.Decoder, answers chan<- string) {
	defer stop()
	for {
		var r reply
		if from.Decode(&r) != nil || r.Stop {
			return
		}
		if r.Answer == nil {
			continue
		}
		select {
		case answers <- *r.Answer:
		case <-ctx.Done():
			return
		}
	}
}
