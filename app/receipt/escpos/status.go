package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/receipt"
)

// The real-time questions, DLE EOT n: answered at once, whatever is being printed.
const (
	askPrinter = 1 // 08 offline
	askOffline = 2 // 04 cover open, 20 stopped for paper end, 40 error
	askError   = 3 // 08 cutter, 20 unrecoverable, 40 recovers by itself
	askPaper   = 4 // 60 paper end, 0C near end
)

const (
	answerWithin = 1500 * time.Millisecond
	writeWithin  = 5 * time.Second
)

// ask asks one real-time question and returns its answer. Bytes of another form are dropped: the fixed bits of a
// real-time status are 0xx1xx10.
func (w *wire) ask(ctx context.Context, question byte) (byte, error) {
	w.drain()
	if err := w.send(ctx, []byte{0x10, 0x04, question}, writeWithin); err != nil {
		return 0, err
	}
	for end := time.Now().Add(answerWithin); ; {
		b, err := w.hear(ctx, time.Until(end))
		if err != nil {
			return 0, err
		}
		if b&0x93 == 0x12 {
			return b, nil
		}
	}
}

// state asks a printer how it is; nil means that it says it can print.
func (w *wire) state(ctx context.Context) error {
	answers := make(map[byte]byte)
	for _, question := range []byte{askPrinter, askOffline, askError, askPaper} {
		b, err := w.ask(ctx, question)
		if errors.Is(err, errSilent) {
			return &receipt.TroubleError{Condition: receipt.Silent, Err: fmt.Errorf("DLE EOT %d: %w", question, err)}
		}
		if err != nil {
			return &receipt.TroubleError{Condition: receipt.Offline, Err: fmt.Errorf("DLE EOT %d: %w", question, err)}
		}
		answers[question] = b
	}
	condition := conditionOf(answers[askPrinter], answers[askOffline], answers[askError], answers[askPaper])
	if condition == "" {
		return nil
	}
	return &receipt.TroubleError{Condition: condition, Err: fmt.Errorf("status % X",
		[]byte{answers[askPrinter], answers[askOffline], answers[askError], answers[askPaper]})}
}

// conditionOf says what keeps a printer from printing, the one that a person can do something about first; empty when
// nothing does.
func conditionOf(printer, offline, fault, paper byte) receipt.Condition {
	switch {
	case offline&0x04 != 0:
		return receipt.CoverOpen
	case paper&0x60 != 0, offline&0x20 != 0:
		return receipt.PaperOut
	case fault&0x08 != 0:
		return receipt.Jammed
	case fault&0x20 != 0, offline&0x40 != 0 && fault&0x40 == 0:
		return receipt.Broken
	case fault&0x40 != 0: // the head is too hot, for example: it goes on by itself
		return receipt.Offline
	case printer&0x08 != 0:
		return receipt.Offline
	}
	return ""
}
