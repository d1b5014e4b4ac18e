package escpos

import (
	"context"
	"errors"
	"time"

	"courtkiosk/app/receipt"
)

// Answers are told apart by fixed bits: a real-time status is 0xx1xx10, the first byte of an automatic one 0xx1xx00,
// its others and an answer to GS r 0xx0xxxx. 37h, which is none of them, begins an answer of several bytes.
const (
	fixedBits   = 0x93
	isRealTime  = 0x12
	isAutomatic = 0x10
	beginsBlock = 0x37
)

// lengths of answers of several bytes, by their second.
var blockLength = map[byte]int{
	0x22: 7, // GS ( H: 37 22, the number, 00
	0x25: 3, // DLE DC4 8: 37 25 00
}

// listen sorts what the printer says until done or a time.
func (j *job) listen(ctx context.Context, until time.Time, done func() bool) error {
	for !done() {
		b, err := j.hear(ctx, until)
		if err != nil {
			return err
		}
		j.sort(b)
	}
	return nil
}

func never() bool { return false }

// drain sorts what was said already: answers to questions in line may be among it, a real-time answer is a stray.
func (j *job) drain(ctx context.Context) {
	_ = j.listen(ctx, time.Now(), never)
	j.stray = j.stray || len(j.real) > 0
	j.real = nil
}

// sort takes one byte for what it is.
func (j *job) sort(b byte) {
	switch {
	case b&fixedBits == isRealTime: // may stand in the midst of another answer
		j.real = append(j.real, b)
		j.asb = 0
	case len(j.block) > 0:
		j.block = append(j.block, b)
		if n := blockLength[j.block[1]]; n == 0 || len(j.block) == n {
			j.whole(j.block)
			j.block = nil
		}
	case b == beginsBlock:
		j.block = []byte{b}
	case b&fixedBits == isAutomatic:
		j.stray, j.asb = true, 3
	case b&0x90 == 0 && j.asb > 0:
		j.asb--
	case b&0x90 == 0 && len(j.asked) > 0 && j.asked[0].id == [4]byte{}:
		j.ended = j.ended || b&0x0C != 0
		j.answered(1)
	default:
		j.stray = true
	}
}

// whole takes an answer of several bytes.
func (j *job) whole(block []byte) {
	switch block[1] {
	case 0x25:
		j.purged = true
	case 0x22:
		for i, q := range j.asked {
			if q.id != [4]byte{} && q.id == [4]byte(block[2:6]) {
				j.lost = j.lost || i > 0
				j.answered(i + 1)
				return
			}
		}
		j.stray = true
	default:
		j.stray = true
	}
}

// answered strikes off the first n questions, and learns the printer's pace.
func (j *job) answered(n int) {
	now := time.Now()
	rows, since := 0, j.asked[0].sent
	for _, q := range j.asked[:n] {
		rows += q.rows
	}
	if j.last.After(since) {
		since = j.last
	}
	if rows > 0 {
		j.slowest = max(j.slowest, now.Sub(since)/time.Duration(rows))
	}
	j.asked, j.last = j.asked[n:], now
}

// ask puts questions of the kinds that the printer answers behind what is to be sent.
func (j *job) ask(data []byte, rows int, id, status bool) []byte {
	if status {
		data = append(data, askStatus...)
		j.asked = append(j.asked, question{rows: rows, sent: time.Now()})
		rows = 0
	}
	if id {
		q := question{id: newID(), rows: rows, sent: time.Now()}
		data = append(data, askID(q.id)...)
		j.asked = append(j.asked, q)
	}
	return data
}

// await waits until no more than some questions in line are open. The time starts anew with each answer. While none
// comes the printer is asked how it is: it may have stopped for a reason.
func (j *job) await(ctx context.Context, open int, extra time.Duration) error {
	for len(j.asked) > open {
		before := len(j.asked)
		moved := func() bool { return len(j.asked) < before }
		for end := time.Now().Add(j.patience() + extra); !moved(); {
			look := time.Now().Add(lookEvery + j.latency + j.lag())
			err := j.listen(ctx, look, moved)
			if err == nil {
				break
			}
			if !errors.Is(err, errSilent) {
				return trouble(receipt.Unreachable, err)
			}
			if err := j.state(ctx, false); err != nil {
				return err
			}
			if !moved() && time.Now().After(end) {
				return trouble(receipt.Silent, errUnproven)
			}
		}
	}
	return nil
}

// patience is how long the next answer in line may take: three times what the printer's own pace asks for, and not less
// than a very slow one's.
func (j *job) patience() time.Duration {
	rows := 0
	for _, q := range j.asked {
		rows += q.rows
	}
	return answerWithin + j.latency + j.lag() + time.Duration(rows)*max(3*j.slowest, 3*j.p.row, slowestRow)
}
