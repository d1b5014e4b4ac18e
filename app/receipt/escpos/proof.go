package escpos

import (
	"context"
	"errors"
	"image"
	"time"

	"courtkiosk/app/receipt"
)

// Slow printers make 60 mm a second at 8 dots a millimetre, plus the time to cut.
const (
	dotsPerSecond = 480
	cutTime       = 2 * time.Second
	quickest      = 300 * time.Millisecond
)

// printTime is how long a picture takes at most.
func printTime(img *image.Gray) time.Duration {
	return time.Duration(img.Rect.Dy())*time.Second/dotsPerSecond + cutTime
}

// proof waits until the printer has proven that the slip is printed and cut. Best is GS ( H: the printer repeats the
// job's number when all data before it is on paper. Printers that do not know it may answer GS r in line with the
// data. Else a clean status after the time that printing takes is the best there is.
func (w *wire) proof(ctx context.Context, job uint32, patience time.Duration) (receipt.Outcome, error) {
	patience = max(patience, quickest) + answerWithin
	id := processID(job)
	w.drain()
	request := append([]byte{0x1D, '(', 'H', 6, 0, 0x30, 0x30}, id...)
	request = append(request, 0x1D, 'r', 1) // answered by those that skip the first
	if err := w.send(ctx, request, writeWithin); err != nil {
		return "", err
	}
	out, err := w.answer(ctx, id, patience)
	if err != nil && !errors.Is(err, errSilent) {
		return "", err
	}
	if err := w.state(ctx); err != nil { // the cutter may have jammed on the last job
		return "", err
	}
	if out == "" {
		out = receipt.PrintedClean
	}
	return out, nil
}

// processID writes a job's number in the characters that GS ( H takes, 20h to 7Eh.
func processID(job uint32) []byte {
	id := make([]byte, 4)
	for i := range id {
		id[i] = byte(0x30 + job%64)
		job /= 64
	}
	return id
}

// answer reads what comes back: 37 22 id 00 is GS ( H's, a byte of the form 0xx0xxxx without paper end is GS r's. The
// first wins, the second is believed once it is clear that the first does not come.
func (w *wire) answer(ctx context.Context, id []byte, patience time.Duration) (receipt.Outcome, error) {
	want := append(append([]byte{0x37, 0x22}, id...), 0)
	got, inLine := 0, receipt.Outcome("")
	for end := time.Now().Add(patience); ; {
		b, err := w.hear(ctx, time.Until(end))
		if err != nil {
			if inLine != "" {
				err = nil
			}
			return inLine, err
		}
		switch {
		case b == want[got]:
			if got++; got == len(want) {
				return receipt.PrintedProven, nil
			}
			continue
		case b == want[0]:
			got = 1
			continue
		}
		got = 0
		if b&0x90 == 0 && b&0x0C == 0 && inLine == "" { // paper is there
			inLine = receipt.PrintedInLine
			end = time.Now().Add(quickest)
		}
	}
}
