package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"time"
)

// The budget of one reading. The largest honest list that was measured has 100,000 bills: as a workbook it takes 10 s
// and 410 MiB on two slow cores.
const (
	readWithin  = time.Minute
	maxUnpacked = 256 << 20
	maxElements = 8 << 20 // of all parts
	maxOthers   = 1 << 19 // of parts that are neither sheets nor their strings: the library builds trees of them
	maxShared   = 2 << 20 // strings that cells share
	maxCells    = 8 << 20 // blank ones too, up to the last of each row: the library makes them
	maxParts    = 2000
	maxSheets   = 255
	maxDepth    = 64      // of elements in elements
	maxTies     = 4000    // relationships; the library goes over all of them for each sheet
	maxRun      = 1 << 20 // bytes from one < to the next: one tag, which is read into memory whole, and one text
	maxRecord   = 1 << 20 // bytes of one row in CSV
)

// errTooMuch means: the workbook is larger than any list of bills.
var errTooMuch = errors.New("register: the workbook is beyond the budget")

// tooMuch says so to people.
func tooMuch() *Refused {
	return refuse(1, "list.too-much")
}

// turn is held by the reading that goes on: two at once would need twice the memory.
var turn = make(chan struct{}, 1)

// apart reads on a goroutine of its own, so that the caller is free when ctx ends, or the time is over, whatever the
// library is doing. A reading that is left behind ends by itself: what it was given is within the budget.
func apart(ctx context.Context, read func(context.Context) (reading, error)) (reading, error) {
	ctx, stop := context.WithTimeoutCause(ctx, readWithin,
		refuse(1, "list.slow", "n", strconv.Itoa(int(readWithin.Seconds()))))
	defer stop()
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return reading{}, context.Cause(ctx)
	}
	type result struct {
		list reading
		err  error
	}
	results := make(chan result, 1)
	go func() {
		defer func() { <-turn }()
		defer func() {
			if r := recover(); r != nil {
				results <- result{err: fmt.Errorf("register: read list: %v\n%s", r, debug.Stack())}
			}
		}()
		list, err := read(ctx)
		results <- result{list, err}
	}()
	select {
	case r := <-results:
		if ctx.Err() != nil {
			return reading{}, context.Cause(ctx)
		}
		return r.list, r.err
	case <-ctx.Done():
		return reading{}, context.Cause(ctx)
	}
}

// A spender reads a part of a workbook and stops at the end of its context or of the budget. No attribute of XML may
// hold a <, so that what lies between two of them bounds what a decoder takes in at once.
type spender struct {
	ctx context.Context
	r   io.Reader
	*spent
	run int // bytes since the last <
}

// spent is what a reading has used of its budget.
type spent struct {
	unpacked                 int64
	elements, others, shared int
	cells, sheets, ties      int
	long                     map[place]string // numbers that may have lost digits
}

func (s *spender) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.r.Read(p)
	if s.unpacked += int64(n); s.unpacked > maxUnpacked {
		return 0, errTooMuch
	}
	for rest := p[:n]; ; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			s.run += len(rest)
			break
		}
		if s.run += i; s.run > maxRun {
			return 0, errTooMuch
		}
		s.run, rest = 0, rest[i+1:]
	}
	if s.run > maxRun {
		return 0, errTooMuch
	}
	return n, err
}

// count notes an element of a part by its local name.
func (s *spent) count(name string, other bool) error {
	s.elements++
	switch name {
	case "si":
		s.shared++
	case "sheet":
		s.sheets++
	case "Relationship":
		s.ties++
	}
	if other {
		s.others++
	}
	if s.elements > maxElements || s.others > maxOthers || s.shared > maxShared || s.sheets > maxSheets ||
		s.ties > maxTies {
		return errTooMuch
	}
	return nil
}

// withinRecords refuses a text in which one row is longer than any of a list: it would be cut into millions of fields.
func withinRecords(text []byte) error {
	start, quoted, line := 0, false, 1
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			start = i + 1
			line++
		}
		if i-start > maxRecord {
			return refuse(line, "list.row-long")
		}
	}
	return nil
}
