package clerk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/argon2"
)

// What argon2id costs: RFC 9106 section 4, the second recommendation, on one lane in place of four, which makes it no
// cheaper to break and leaves the other processors to a touch. OWASP's Password Storage Cheat Sheet asks for 19 MiB and
// two passes at least.
const (
	argonTime  = 3
	argonLanes = 1
	saltBytes  = 16
	hashBytes  = 32
)

var argonMemory uint32 = 64 << 10 // KiB; tests of this room that hash often take less

func cost() Cost { return Cost{argonTime, argonMemory, argonLanes} }

// A Hasher returns the argon2id of a secret, of hashBytes bytes.
type Hasher func(ctx context.Context, c Cost, secret, salt []byte) ([]byte, error)

// A Cost is what a hash takes; memory is in KiB.
type Cost struct {
	Time, Memory uint32
	Lanes        uint8
}

// HashHere hashes in this process. Its 64 MiB are the collector's to clear away, and its processor is not a touch's
// meanwhile.
func HashHere(_ context.Context, c Cost, secret, salt []byte) ([]byte, error) {
	return argon2.IDKey(secret, salt, c.Time, c.Memory, c.Lanes, hashBytes), nil
}

// hashWithin is how long another process may take for it: one that was stopped would keep everybody from signing in,
// and whose PIN was right would have a wrong try counted. It is twice what a loaded machine takes.
var hashWithin = 8 * time.Second

// HashWord is the only argument of a process that hashes for another one; see HashElsewhere.
const HashWord = "hash-one-pin"

// An asked is what such a process reads.
type asked struct {
	Cost
	Secret, Salt []byte
}

// HashElsewhere hashes in a process of its own, which program starts when it is given HashWord, at the lowest priority
// that there is: argon2 of x/crypto computes on goroutines of its own, so no thread of this process could be given one,
// and one that waits for a processor would hold up the collector, and with it every touch. What cannot be started, or
// does not answer within hashWithin, is hashed here; without a program all is.
func HashElsewhere(program string, log *slog.Logger) Hasher {
	if program == "" {
		return HashHere
	}
	return func(ctx context.Context, c Cost, secret, salt []byte) ([]byte, error) {
		text, err := json.Marshal(asked{c, secret, salt})
		if err != nil {
			return nil, err
		}
		within, stop := context.WithTimeout(ctx, hashWithin)
		defer stop()
		cmd := exec.CommandContext(within, program, HashWord)
		cmd.WaitDelay = time.Second
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
		cmd.Stdin = bytes.NewReader(text)
		sum, err := cmd.Output()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil || len(sum) != hashBytes {
			log.WarnContext(ctx, "PIN hashed beside the touches", "program", program, "err", err)
			return HashHere(ctx, c, secret, salt)
		}
		return sum, nil
	}
}

// HashChild is all that a process does that was started with HashWord: it hashes what it reads, and returns the exit
// code.
func HashChild(from io.Reader, to io.Writer) int {
	giveWay()
	var a asked
	if err := json.NewDecoder(from).Decode(&a); err != nil || a.Time < 1 || a.Lanes < 1 {
		return 1
	}
	sum, err := HashHere(context.Background(), a.Cost, a.Secret, a.Salt)
	if err == nil {
		_, err = to.Write(sum)
	}
	if err != nil {
		return 1
	}
	return 0
}

// lowest is the priority that every other process comes before (setpriority(2)).
const lowest = 19

// giveWay gives every thread of this process, and so those that it still makes, the lowest priority. Where a system
// does not let it, it has the usual one.
func giveWay() {
	threads, _ := os.ReadDir("/proc/self/task") // of Linux: there a priority is a thread's
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, lowest)
		}
	}
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, lowest)
}

// ErrCrowd means: so many PINs are being checked that this one must come again. It was not compared, and no try was
// counted.
var ErrCrowd = errors.New("clerk: too many PINs are being checked at once")

// How many may wait for the one whose turn it is: at 0.3 s a PIN the last waits two seconds.
const (
	pinsWaiting = 6
	workWaiting = 1
)

// A line lets one in at a time, and a few wait.
type line struct {
	one  chan struct{}
	most int32
	full error // for who comes when as many wait as may

	inside atomic.Int32 // and waiting
}

func newLine(waiting int32, full error) *line {
	return &line{one: make(chan struct{}, 1), most: waiting + 1, full: full}
}

// turn waits until it is one's turn. leave must be called once.
func (l *line) turn(ctx context.Context) (leave func(), err error) {
	if l.inside.Add(1) > l.most {
		l.inside.Add(-1)
		return nil, l.full
	}
	select {
	case l.one <- struct{}{}:
		return func() {
			<-l.one
			l.inside.Add(-1)
		}, nil
	case <-ctx.Done():
		l.inside.Add(-1)
		return nil, fmt.Errorf("wait for a turn: %w", context.Cause(ctx))
	}
}
