package console

import (
	"encoding/json"
	"net"
	"sync"
	"time"
)

// What goes over the socket: JSON values, one after another.
type (
	// A request is the first thing a client says.
	request struct {
		Args  []string `json:"args"`
		Input []byte   `json:"input,omitempty"` // the file that an import names
	}
	// A reply is whatever a client says later.
	reply struct {
		Answer *string `json:"answer,omitempty"` // to the last question
		Stop   bool    `json:"stop,omitempty"`   // interrupted
	}
	// A frame is what the kiosk says.
	frame struct {
		Hello string `json:"hello,omitempty"` // the first frame: the kiosk's version
		Out   []byte `json:"out,omitempty"`
		Err   []byte `json:"err,omitempty"`
		Ask   string `json:"ask,omitempty"`
		Exit  *int   `json:"exit,omitempty"` // the last frame
	}
)

// Limits of what is said over the socket.
const (
	maxInput   = 64 << 20             // bytes of an imported file
	maxRequest = maxInput*4/3 + 1<<20 // as base64, and the arguments
	talkWithin = 5 * time.Second      // for a hello, and for a request of few bytes
	takeWithin = 30 * time.Second     // for a file on its way, and for a frame to be taken
)

// A talker writes values to a connection, one at a time.
type talker struct {
	mu   sync.Mutex
	conn net.Conn
}

func (t *talker) say(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.conn.SetWriteDeadline(time.Now().Add(takeWithin)); err != nil {
		return err
	}
	_, err = t.conn.Write(append(text, '\n'))
	return err
}

// An outlet is one of a command's two outputs, on its way to the client.
type outlet struct {
	*talker
	wrap func([]byte) frame
}

func (o outlet) Write(p []byte) (int, error) {
	if err := o.say(o.wrap(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func toOut(p []byte) frame { return frame{Out: p} }
func toErr(p []byte) frame { return frame{Err: p} }
