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

// readWithin is how long one reading may take.
const readWithin = time.Minute

// A budget is what one reading may take in.
type budget struct {
	unpacked int64 // bytes
	elements int   // of all parts
	others   int   // of parts that are neither sheets nor their strings: the library builds trees of them
	shared   int   // strings that cells share
	cells    int   // blank ones too, up to the last of each row: the library makes them
	kept     int   // of what is kept of a sheet beside its rows: long numbers, styles of amounts, merged cells
	parts    int
	sheets   int
	depth    int // of elements in elements
	ties     int // relationships; the library goes over all of them for each sheet
	run      int // bytes from one < to the next: one tag, which is read into memory whole, and one text
	record   int // bytes of one row in CSV
	lines    int // of CSV
}

// full is the budget of a list. The largest honest list that was measured has 100,000 bills: as a workbook it takes
// 10 s and 430 MiB on two slow cores.
var full = budget{
	unpacked: 256 << 20,
	elements: 8 << 20,
	others:   1 << 19,
	shared:   2 << 20,
	cells:    8 << 20,
	kept:     2 << 20,
	parts:    2000,
	sheets:   255,
	depth:    64,
	ties:     4000,
	run:      1 << 20,
	record:   1 << 20,
	lines:    maxRows,
}

// errTooMuch means: the workbook is larger than any list of bills.
var errTooMuch = errors.New("register: the workbook is beyond the budget")

// tooMuch says so to people.
func tooMuch() *Refused {
	return refuse(0, "list.too-much")
}

// turn is held by the reading that goes on: two at once would need twice the memory.
var turn = make(chan struct{}, 1)

// apart reads on a goroutine of its own, so that the caller is free when ctx ends, or the time is over, whatever the
// library is doing. A reading that is left behind ends by itself: what it was given is within the budget.
func apart(ctx context.Context, read func(context.Context) (reading, error)) (reading, error) {
	ctx, stop := context.WithTimeoutCause(ctx, readWithin,
		refuse(0, "list.slow", "n", strconv.Itoa(int(readWithin.Seconds()))))
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
	picture bool // or another part that has no tags
	run     int  // bytes since the last <
}

// spent is what a reading has used of its budget.
type spent struct {
	of                       budget
	unpacked                 int64
	elements, others, shared int
	cells, sheets, ties      int
	kept                     int
	long                     map[place]bool // numbers that may have lost digits
}

// keep notes n facts that are kept until the list is read.
func (s *spent) keep(n int) error {
	if s.kept += n; s.kept > s.of.kept {
		return errTooMuch
	}
	return nil
}

func (s *spender) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.r.Read(p)
	if s.unpacked += int64(n); s.unpacked > s.of.unpacked {
		return 0, errTooMuch
	}
	for rest := p[:n]; !s.picture; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			s.run += len(rest)
			break
		}
		if s.run += i; s.run > s.of.run {
			return 0, errTooMuch
		}
		s.run, rest = 0, rest[i+1:]
	}
	if s.run > s.of.run {
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
	if s.elements > s.of.elements || s.others > s.of.others || s.shared > s.of.shared || s.sheets > s.of.sheets ||
		s.ties > s.of.ties {
		return errTooMuch
	}
	return nil
}

// withinRecords refuses a text in which one row is longer than any of a list: it would be cut into millions of fields.
func (b budget) withinRecords(text []byte) error {
	start, quoted, line := 0, false, 1
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			start = i + 1
			line++
		}
		if i-start > b.record {
			return refuse(line, "list.row-long")
		}
	}
	return nil
}
