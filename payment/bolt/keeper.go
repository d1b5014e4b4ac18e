package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"courtkiosk/payment"
)

var _ payment.Keeper = (*Ledger)(nil)

// Room is how much more can be written.
type Room struct {
	Free    uint64 // bytes free on the disk
	Used    int64  // bytes of the file
	MaxSize int64  // bytes that the file may grow to
}

// A settle must always find room, so new payments stop long before the end.
const (
	minFree    = 256 << 20
	maxPercent = 80
)

// UsedPercent is how much of MaxSize the file has.
func (r Room) UsedPercent() int64 { return r.Used * 100 / r.MaxSize }

// Low reports whether no new payment may be begun.
func (r Room) Low() bool { return r.Free < minFree || r.UsedPercent() >= maxPercent }

// spares reports whether n copies of the file leave room beside it for new payments, and so for what settles them.
func (r Room) spares(n int64) bool { return r.Free >= minFree+uint64(n*r.Used) }

// Room returns how much more can be written.
func (l *Ledger) Room() (Room, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(l.path, &fs); err != nil {
		return Room{}, err
	}
	info, err := os.Stat(l.path)
	if err != nil {
		return Room{}, err
	}
	return Room{Free: fs.Bavail * uint64(fs.Bsize), Used: info.Size(), MaxSize: int64(l.maxSize)}, nil
}

// Ready returns nil while new payments may be begun.
func (l *Ledger) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.Failed(); errors.Is(err, payment.ErrDamaged) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", payment.ErrFailed, err)
	}
	if l.moved {
		return payment.ErrMoved
	}
	if l.succeeded.Load() {
		return payment.ErrSucceeded
	}
	room, err := l.Room()
	if err != nil {
		return notWritable(err)
	}
	if room.Low() {
		return fmt.Errorf("%w: %d MiB free on the disk, %d %% of the ledger's size used",
			payment.ErrNoRoom, room.Free>>20, room.UsedPercent())
	}
	return nil
}

// Care writes a verified copy of the ledger into the folder of its backups, named after the day in China, unless its
// newest one has that name, and removes the oldest beyond seven; how old a copy is its audit tells. It brings the mark
// up to date.
func (l *Ledger) Care(ctx context.Context, now time.Time) error {
	l.mark()
	if l.backups == "" {
		return nil
	}
	return l.backupDaily(ctx, l.backups, now)
}
