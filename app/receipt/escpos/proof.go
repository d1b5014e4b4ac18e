package escpos

import (
	"context"
	"errors"
	"image"
	"time"

	"courtkiosk/app/receipt"
)

const (
	cutTime = 2 * time.Second

	// onTheWay is how many bytes a printer gets before it has answered for those before, and manyOnTheWay how many one
	// that is slow to answer gets.
	onTheWay, manyOnTheWay = 3500, 16_000
	slowToAnswer           = 200 * time.Millisecond

	// nominalRow is what a row takes on a slow printer, 60 mm a second. A printer that answers nothing in line gets its
	// data at that pace and is watched for as long. It proves nothing.
	nominalRow = time.Second / (60 * 8)
)

// inLine reports whether the printer answers questions that stand in the data.
func (j *job) inLine() bool { return j.p.id || j.p.status }

// slip sends a picture in bands, and has it cut off.
func (j *job) slip(ctx context.Context, img *image.Gray) error {
	start, rows := time.Now(), j.bandRows(img.Rect.Dx())
	for top := 0; top < img.Rect.Dy(); top += rows {
		n := min(rows, img.Rect.Dy()-top)
		// one question a band: the number, which cannot come by itself, where it is repeated
		data := j.ask(raster(img, top, n), n, j.p.id, j.p.status && !j.p.id)
		if err := j.send(ctx, data); err != nil {
			return trouble(receipt.Unreachable, err)
		}
		if err := j.keepPace(ctx, start, top+n); err != nil {
			return err
		}
	}
	if err := j.send(ctx, j.ask(append([]byte(nil), ending...), rowsOfEnding, j.p.id, j.p.status)); err != nil {
		return trouble(receipt.Unreachable, err)
	}
	return nil
}

// bandRows is how many rows of a picture go into a command.
func (j *job) bandRows(dots int) int { return max(1, j.bandBytes()/((dots+7)/8)) }

// bandBytes is how much is sent in one piece: two of them may be on the way, and none may take a serial line for longer
// than half a second.
func (j *job) bandBytes() int {
	size := onTheWay / 2
	if j.latency > slowToAnswer {
		size = manyOnTheWay / 2
	}
	if j.perByte > 0 {
		size = min(size, int(time.Second/2/j.perByte))
	}
	return size
}

// keepPace waits until another band may be sent.
func (j *job) keepPace(ctx context.Context, start time.Time, rows int) error {
	if j.inLine() {
		return j.await(ctx, 1, 0)
	}
	if err := j.state(ctx, false); err != nil {
		return err
	}
	return j.pass(ctx, start.Add(time.Duration(rows)*nominalRow))
}

// pass lets time pass.
func (j *job) pass(ctx context.Context, until time.Time) error {
	if err := j.listen(ctx, until, never); !errors.Is(err, errSilent) {
		return trouble(receipt.Unreachable, err)
	}
	return nil
}

// proof waits until the printer has proven that the slip is printed and cut. Best is GS ( H: the printer repeats a
// number when all data before it is on paper. Printers that do not know it may answer GS r in line with the data, which
// any byte of that form can pass for: it counts only when nothing came unasked, and every question was answered. A
// printer that has proven itself before the slip and is silent behind it is in doubt; of one that never did, nothing is
// known but that it took every byte.
func (j *job) proof(ctx context.Context, rows int) (receipt.Outcome, error) {
	if !j.inLine() {
		for end := time.Now().Add(rowsOfEnding*nominalRow + cutTime); time.Now().Before(end); {
			if err := j.pass(ctx, time.Now().Add(lookEvery)); err != nil {
				return "", err
			}
			if err := j.state(ctx, false); err != nil {
				return "", err
			}
		}
	} else if err := j.await(ctx, 0, cutTime); err != nil {
		return "", err
	}
	if err := j.state(ctx, true); err != nil { // the cutter may have jammed on the last job
		return "", err
	}
	switch {
	case j.lost:
		return "", trouble(receipt.Silent, errUnproven)
	case j.p.id:
		return receipt.PrintedProven, nil
	case j.p.status && !j.stray && !j.ended:
		return receipt.PrintedInLine, nil
	}
	return receipt.Sent, nil
}
