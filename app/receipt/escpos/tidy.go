package escpos

import (
	"context"
	"errors"
	"slices"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
)

const (
	// filler ends the data of any picture of ours, of an older version's too: white rows in it, nothing outside.
	filler = 128*72 + 8

	// oldDataWithin is how long a printer may take for what was in its buffer before the filler.
	oldDataWithin = 15 * time.Second
)

// begin brings the printer to a known state. Nothing of a slip is sent before the printer says that it can print, and
// before what an earlier slip left is out. Its buffer is cleared only when something may be wrong with what is in it: a
// slip that came to its end may still be printing.
func (j *job) begin(ctx context.Context) error {
	if err := j.state(ctx, true); err != nil {
		return err
	}
	if j.p.torn || !j.p.clean {
		if err := j.purge(ctx); err != nil {
			return trouble(receipt.Unreachable, err)
		}
	}
	knew := j.inLine()
	answered, err := j.probe(ctx, j.short())
	if err != nil {
		return err
	}
	dirty := !answered && (knew || !j.purged && !j.p.clean)
	if dirty && j.p.clean {
		if err := j.purge(ctx); err != nil {
			return trouble(receipt.Unreachable, err)
		}
	}
	if !dirty && !j.p.torn {
		return nil
	}
	j.p.torn = true
	return j.clear(ctx)
}

// purge clears the printer's buffers, if it knows how to: then it says so. An error is the line's.
func (j *job) purge(ctx context.Context) error {
	j.purged = false
	err := j.send(ctx, clearBuffers)
	if err == nil {
		err = j.listen(ctx, time.Now().Add(answerWithin+j.latency+j.lag()), func() bool { return j.purged })
	}
	if errors.Is(err, errSilent) {
		return nil
	}
	return err
}

// probe sets the printer to its defaults and finds out which questions in line it answers. It reports whether it
// answered all that it is known to answer, and at least one: then it reads commands, and nothing is left in its buffer.
func (j *job) probe(ctx context.Context, within time.Duration) (answered bool, err error) {
	// Two for GS r: one could be answered by chance.
	j.asked = nil
	data := j.ask(slices.Clone(defaults), 0, false, true)
	if err := j.send(ctx, j.ask(data, 0, true, true)); err != nil {
		return false, trouble(receipt.Unreachable, err)
	}
	id := j.asked[2].id
	statuses := func() bool { return len(j.asked) < 2 || j.asked[0].id == id }
	err = j.listen(ctx, time.Now().Add(within+j.latency+j.lag()), statuses)
	if err == nil { // the number comes at once behind them, or never
		err = j.listen(ctx, time.Now().Add(lookEvery+j.latency), func() bool { return len(j.asked) == 0 })
	}
	if err != nil && !errors.Is(err, errSilent) {
		return false, trouble(receipt.Unreachable, err)
	}
	gotID := len(j.asked) == 0
	gotStatus := (gotID && !j.lost) || len(j.asked) == 1
	answered = (gotID || gotStatus) && (gotID || !j.p.id) && (gotStatus || !j.p.status)
	j.p.probed, j.p.id, j.p.status = true, j.p.id || gotID, j.p.status || gotStatus
	j.asked, j.lost, j.ended, j.slowest, j.last = nil, false, false, 0, time.Time{}
	return answered, nil
}

// short is how long a printer with an empty buffer may take to answer; one that never did is not waited for each time.
func (j *job) short() time.Duration {
	if j.p.probed && !j.inLine() {
		return lookEvery
	}
	return answerWithin
}

// clear feeds out what an earlier slip has left, marks it as void and cuts it off. A printer that did not say that its
// buffer is clear may be in the midst of a picture: it gets enough white to end it. One that is known to prove what it
// prints must do so before anything else is sent.
func (j *job) clear(ctx context.Context) error {
	page, err := paper.LayoutVoid(j.p.roll)
	if err != nil {
		return errors.Join(receipt.ErrNothingSent, err)
	}
	img := page.Image()
	harmless(img)
	if !j.purged {
		if err := j.fill(ctx); err != nil {
			return err
		}
	}
	if err := j.slip(ctx, img); err != nil {
		return err
	}
	if _, err := j.proof(ctx, img.Rect.Dy()); err != nil {
		return err
	}
	if answered, err := j.probe(ctx, j.short()); err != nil {
		return err
	} else if !answered && j.inLine() {
		return trouble(receipt.Silent, errUnproven)
	}
	j.p.torn, j.p.clean = false, true
	return nil
}

// fill ends the picture that the printer may be in the midst of, at a pace at which a slow one prints white rows, and
// finds out what a printer that is not known yet answers once it reads commands again.
func (j *job) fill(ctx context.Context) error {
	piece := make([]byte, min(filler, j.bandBytes()))
	row := (int(j.p.roll) + 7) / 8
	for sent, start := 0, time.Now(); sent < filler; {
		if err := j.send(ctx, piece); err != nil {
			return trouble(receipt.Unreachable, err)
		}
		if err := j.state(ctx, false); err != nil {
			return err
		}
		sent += len(piece)
		if err := j.pass(ctx, start.Add(time.Duration(sent/row)*2*nominalRow)); err != nil {
			return err
		}
	}
	if !j.inLine() {
		_, err := j.probe(ctx, oldDataWithin)
		return err
	}
	if err := j.send(ctx, j.ask(slices.Clone(defaults), 0, j.p.id, j.p.status && !j.p.id)); err != nil {
		return trouble(receipt.Unreachable, err)
	}
	return j.await(ctx, 0, oldDataWithin)
}

// giveUp purges what the printer has not printed yet, so that it comes out as little as can be, and says that there may
// be paper. The rest is for the next job's begin: it takes out what is on the paper, and makes up for a purge that was
// not obeyed.
func (j *job) giveUp(err error) error {
	ctx, stop := context.WithTimeout(context.Background(), writeWithin)
	defer stop()
	t, ok := errors.AsType[*receipt.TroubleError](err)
	if !ok {
		t = trouble(receipt.Unreachable, err)
	}
	perr := j.purge(ctx)
	condition := t.Condition
	if j.purged && condition == receipt.Silent { // a full buffer kept it from saying why
		if why, ok := errors.AsType[*receipt.TroubleError](j.state(ctx, true)); ok {
			condition = why.Condition
		}
	}
	return &receipt.TroubleError{Condition: condition, Began: true, Err: errors.Join(t.Err, perr)}
}
