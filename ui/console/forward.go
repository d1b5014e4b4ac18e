package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// errNobody: no process serves the socket.
var errNobody = errors.New("no kiosk is running that serves this socket")

// errForeign: the socket is there, and not for this user.
var errForeign = errors.New("belongs to another user")

// reach connects to the running kiosk.
func reach(path string) (net.Conn, error) {
	conn, err := net.DialTimeout("unix", path, talkWithin)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: %s", errNobody, path)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("socket %s %w; run the command as the user of the kiosk", path, errForeign)
	}
	return nil, fmt.Errorf("socket %s: %w", path, err)
}

// free returns errRunning while a kiosk serves the socket at path.
func free(path string) error {
	conn, err := reach(path)
	if errors.Is(err, errNobody) {
		return nil
	}
	if err == nil {
		_ = conn.Close()
		return fmt.Errorf("%w (it serves %s)", errRunning, path)
	}
	return err
}

// greeted takes the word with which a running kiosk begins.
func greeted(conn net.Conn, from *json.Decoder) error {
	var hello frame
	return errors.Join(conn.SetReadDeadline(time.Now().Add(talkWithin)), from.Decode(&hello),
		conn.SetReadDeadline(time.Time{}))
}

// forward has the running kiosk serve this command line. The error is errNobody when there is none, and a servedError
// when the command failed there.
func (c *call) forward(ctx context.Context, path string) error {
	conn, err := reach(path)
	if err != nil {
		return err
	}
	defer conn.Close()
	from := json.NewDecoder(conn)
	if err := greeted(conn, from); err != nil {
		return fmt.Errorf("a running copy holds %s and does not answer; stop it, it takes up its orders at the next "+
			"start: %w", path, err)
	}
	t := &talker{conn: conn}
	if err := t.say(request{Args: c.Args, Input: c.input}); err != nil {
		return fmt.Errorf("speak to the running kiosk: %w", err)
	}
	defer context.AfterFunc(ctx, func() { // an interrupt: the command there ends, and says how
		_ = t.say(reply{Stop: true})
		_ = conn.SetReadDeadline(time.Now().Add(c.Patience + time.Second))
	})()
	return c.relay(ctx, t, from)
}

// relay prints what the command at the running kiosk says, and answers what it asks.
func (c *call) relay(ctx context.Context, t *talker, from *json.Decoder) error {
	for {
		var f frame
		if err := from.Decode(&f); err != nil {
			what := "the line to the running kiosk was closed before the command ended"
			if errors.Is(err, os.ErrDeadlineExceeded) { // it may live, and be busy
				what = "the running kiosk has not answered the interrupt"
			}
			return &unknownError{fmt.Sprintf("%s, so the command's outcome is not known: %v", what, err)}
		}
		if _, err := c.Stdout.Write(f.Out); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		_, _ = c.Stderr.Write(f.Err)
		switch {
		case f.Ask != "":
			answer, err := c.askHere(ctx, f.Ask)
			if err != nil {
				continue // interrupted: the command was told so
			}
			if err := t.say(reply{Answer: &answer}); err != nil {
				return fmt.Errorf("speak to the running kiosk: %w", err)
			}
		case f.Exit != nil && *f.Exit == Done:
			return nil
		case f.Exit != nil:
			return servedError(*f.Exit)
		}
	}
}

// askHere asks the person at this terminal. Where nobody is, the answer is empty.
func (c *call) askHere(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.Stderr, question)
	answers := make(chan string, 1)
	go func() { // a read of a terminal cannot be interrupted; the process ends with it
		line, err := bufio.NewReader(c.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answers <- line
	}()
	select {
	case answer := <-answers:
		return answer, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
