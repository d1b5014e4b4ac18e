package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/receipt"
)

// The real-time questions, DLE EOT n, are answered at once, whatever is being printed: 1 printer (08 offline),
// 2 offline cause (04 cover open, 20 stopped for paper end, 40 error), 3 error cause (08 cutter, 20 unrecoverable,
// 40 recovers by itself), 4 paper sensor (60 paper end, 0C near end). They are asked together: a slow board takes as
// long for four as for one.
var howAreYou = []byte{0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 3, 0x10, 4, 4}

const (
	answerWithin = 1500 * time.Millisecond
	writeWithin  = 5 * time.Second
	lookEvery    = 500 * time.Millisecond
	quiet        = 60 * time.Millisecond // after which nothing more comes that was on the way
	slowestRow   = time.Second / (10 * 8)
)

var (
	errUnproven = errors.New("it answers no more behind the data")
	errCount    = errors.New("more answers than questions")
)

func trouble(c receipt.Condition, err error) *receipt.TroubleError {
	return &receipt.TroubleError{Condition: c, Err: err}
}

// state asks a printer how it is; nil means that it says it can print. Four answers are told apart by their order
// alone, so a fifth, which nobody asked for, would shift them. Where they are all well that does no harm; where they
// are not, or where it must be sure, it waits until no fifth comes, and asks anew after one.
func (j *job) state(ctx context.Context, sure bool) error {
	for range 3 {
		j.drain(ctx)
		gap, err := j.fourAnswers(ctx)
		if errors.Is(err, errSilent) {
			return trouble(receipt.Silent, fmt.Errorf("%d of 4 answers to DLE EOT: %w", len(j.real), err))
		}
		if err != nil {
			return trouble(receipt.Unreachable, err)
		}
		a := statusOf(j.real)
		if !sure && !j.stray && a.plain() {
			j.real = nil
			return j.judge(a)
		}
		more := func() bool { return len(j.real) > 4 }
		switch err := j.listen(ctx, time.Now().Add(max(quiet, 3*gap/2)), more); {
		case err == nil:
			j.stray = true
			j.settle(ctx, max(quiet, 3*gap/2))
			continue
		case !errors.Is(err, errSilent):
			return trouble(receipt.Unreachable, err)
		}
		j.real = nil
		return j.judge(a)
	}
	return trouble(receipt.Silent, errCount)
}

// settle lets come in what is on the way: until a printer has been quiet for a while, for two seconds at most.
func (j *job) settle(ctx context.Context, quiet time.Duration) {
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		n := len(j.real)
		err := j.listen(ctx, time.Now().Add(quiet), func() bool { return len(j.real) > n })
		if err != nil {
			return
		}
	}
}

// fourAnswers asks, and returns the longest time between two answers.
func (j *job) fourAnswers(ctx context.Context) (gap time.Duration, err error) {
	if err := j.send(ctx, howAreYou); err != nil {
		return 0, err
	}
	start := time.Now()
	for n := 1; n <= 4; n++ {
		before := time.Now()
		err := j.listen(ctx, before.Add(answerWithin+j.lag()), func() bool { return len(j.real) >= n })
		if err != nil {
			return 0, err
		}
		if n > 1 {
			gap = max(gap, time.Since(before))
		}
	}
	j.latency = max(j.latency, time.Since(start))
	return gap, nil
}

// A status is the four answers.
type status struct{ printer, offline, fault, paper byte }

func statusOf(b []byte) status { return status{b[0], b[1], b[2], b[3]} }

// plain reports whether the answers say nothing at all, in whatever order; a drawer's pin aside, which is no trouble in
// its place.
func (a status) plain() bool {
	return a.printer&^0x04 == 0x12 && a.offline == 0x12 && a.fault == 0x12 && a.paper == 0x12
}

// judge says what keeps a printer with this status from printing, and keeps whether its paper comes to an end.
func (j *job) judge(a status) error {
	j.p.whole = true
	j.p.warn.Lock()
	j.p.nearEnd = a.paper&0x0C != 0
	j.p.warn.Unlock()
	condition := a.condition()
	if condition == "" {
		return nil
	}
	return trouble(condition, fmt.Errorf("status % X", []byte{a.printer, a.offline, a.fault, a.paper}))
}

// condition says what keeps a printer from printing, the one that a person can do something about first; empty when
// nothing does.
func (a status) condition() receipt.Condition {
	switch {
	case a.offline&0x04 != 0:
		return receipt.CoverOpen
	case a.paper&0x60 != 0, a.offline&0x20 != 0:
		return receipt.PaperOut
	case a.fault&0x08 != 0:
		return receipt.Jammed
	case a.fault&0x20 != 0, a.offline&0x40 != 0 && a.fault&0x40 == 0:
		return receipt.Broken
	case a.fault&0x40 != 0: // the head is too hot, for example: it goes on by itself
		return receipt.Offline
	case a.printer&0x08 != 0:
		return receipt.Offline
	}
	return ""
}
