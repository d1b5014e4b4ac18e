// Package offsite brings copies of the ledger away from the machine: sealed to the court's public key, into a folder
// that another machine keeps. It knows the one way in and out of such a copy, and whether the folder is there.
//
// # Decisions
//
// 2026-11-29: a copy is an age file (filippo.io/age) of a tar archive, so that age and tar open it where this program
// is not. It holds the ledger without names and keys, and the public keys of receipts; see payment/bolt's Nameless.
//
// 2026-11-29: a folder whose share is not mounted is an empty folder of this machine's own disk, and what is written
// there has not left. So the folder must lie on another device than the ledger and the root of the files.
//
// 2026-11-29: age says that a copy is whole, not who has made it: everybody may have the public key. Who can write into
// the folder can lay a forged copy there. A restore names what it has found, for a person to compare.
//
// 2026-11-29: a share that hangs holds up who asks it for as long as it likes. What is done there is done on a
// goroutine of its own, one at a time, and is not waited for beyond the caller's time.
package offsite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// What is wrong with a place.
var (
	// ErrAway means: the folder is not there, or what is there is not the share that belongs there.
	ErrAway = errors.New("offsite: the folder is not there, or its share is not mounted")
	// ErrSilent means: the share does not answer.
	ErrSilent = errors.New("offsite: the share does not answer")
	// ErrNotArrived means: what was read back is not what was written.
	ErrNotArrived = errors.New("offsite: the copy that was read back is another one")
)

// keptFor is how long a copy is kept.
const keptFor = 35 * 24 * time.Hour

// A Place is where the copies of one machine go.
type Place struct {
	Recipient string // the court's public key
	Folder    string // on another machine
	Kiosk     string
	Home      string // the ledger's folder, which what leaves must not lie beside
	Keys      string // the list of public keys of receipts, which leaves with each copy
	Record    string // a file of this machine that says what arrived last

	root string        // another root of the files, in a test
	busy chan struct{} // holds something while the share has not answered
}

// NewPlace returns the place that a configuration names.
func NewPlace(p Place) *Place {
	p.root, p.busy = "/", make(chan struct{}, 1)
	return &p
}

// An Arrival is a copy that was read back whole where it belongs.
type Arrival struct {
	At     time.Time
	Name   string
	Size   int64
	SHA256 string
}

// ReadArrival returns what the text of a record says.
func ReadArrival(text []byte) (a Arrival, err error) {
	return a, json.Unmarshal(text, &a)
}

// Last returns what arrived last; zero when nothing has.
func (p *Place) Last() (a Arrival, err error) {
	text, err := durable.ReadFile(p.Record)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return ReadArrival(text)
}

// name is what the copy of a day is called: 03-2026-11-29-K3J4ABCDEF.age.
func name(kiosk, day, instance string) string { return kiosk + "-" + day + "-" + instance + ".age" }

var copyName = regexp.MustCompile(`^([0-9A-Za-z]{1,8})-([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9A-Z]+)\.age$`)

// There reports why nothing can leave by the folder: ErrAway when no other machine's share is there.
func (p *Place) There(ctx context.Context) error {
	_, err := beyond(ctx, p, func() (struct{}, error) { return struct{}{}, p.there() })
	return err
}

func (p *Place) there() error {
	at, err := device(p.Folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	for _, own := range []string{p.Home, p.root} {
		if its, err := device(own); err != nil || its == at {
			return errors.Join(fmt.Errorf("%w: %s lies on the disk of %s", ErrAway, p.Folder, own), err)
		}
	}
	return nil
}

// device returns the number of the device that a folder lies on.
func device(dir string) (uint64, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return 0, fmt.Errorf("%s is no folder", dir)
	}
	return stat.Dev, nil
}

// beyond does something at the share. What does not answer in time goes on alone, and nothing else is begun before it
// ends; do writes into nothing that its caller has.
func beyond[T any](ctx context.Context, p *Place, do func() (T, error)) (got T, err error) {
	select {
	case p.busy <- struct{}{}:
	default:
		return got, fmt.Errorf("%w: %s", ErrSilent, p.Folder)
	}
	type answer struct {
		got T
		err error
	}
	said := make(chan answer, 1)
	go func() {
		got, err := do()
		<-p.busy
		said <- answer{got, err}
	}()
	select {
	case a := <-said:
		return a.got, a.err
	case <-ctx.Done():
		return got, fmt.Errorf("%w: %s: %w", ErrSilent, p.Folder, context.Cause(ctx))
	}
}

// Has reports whether a day's copy of a ledger has arrived and lies there still.
func (p *Place) Has(ctx context.Context, instance string, now time.Time) (bool, error) {
	last, err := p.Last()
	if err != nil || last.Name != name(p.Kiosk, day(now), instance) {
		return false, nil // one that cannot be read is written anew
	}
	return beyond(ctx, p, func() (bool, error) {
		if err := p.there(); err != nil {
			return false, err
		}
		info, err := os.Stat(filepath.Join(p.Folder, last.Name))
		return err == nil && info.Size() == last.Size, nil
	})
}

// day is the day in China that a copy is named after.
func day(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }

// Leave has a copy made and sends it. make writes the ledger that leaves to a path of this machine, where nothing of it
// is left afterwards.
func (p *Place) Leave(
	ctx context.Context, about About, make func(ctx context.Context, path string) error, now time.Time,
) (a Arrival, err error) {
	if err := p.There(ctx); err != nil { // a copy is work, and room, for a large ledger
		return a, err
	}
	keys, err := durable.ReadFile(p.Keys)
	if err != nil {
		return a, err
	}
	made := filepath.Join(p.Home, "offsite.db")
	ours := func(name string) bool { return strings.Contains(name, filepath.Base(made)) } // and what it is made of
	if err := durable.SweepEach(p.Home, ours); err != nil {
		return a, err
	}
	temp := durable.Temp(made)
	defer func() {
		if !errors.Is(err, ErrSilent) { // who hangs there reads it still
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := make(ctx, temp); err != nil {
		return a, err
	}
	about.Kiosk = p.Kiosk
	return p.Send(ctx, Copy{About: about, Keys: keys, Ledger: temp}, now)
}

// Send seals a copy into the folder, reads it back, and notes that it has arrived. It lies under a name of its own
// until it is whole.
func (p *Place) Send(ctx context.Context, c Copy, now time.Time) (a Arrival, err error) {
	a, err = beyond(ctx, p, func() (Arrival, error) {
		if err := p.there(); err != nil {
			return Arrival{}, err
		}
		return p.send(c, now)
	})
	if err != nil {
		return Arrival{}, err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return a, err
	}
	return a, durable.WriteFile(p.Record, append(text, '\n'), 0o600)
}

func (p *Place) send(c Copy, now time.Time) (a Arrival, err error) {
	ours := func(name string) bool {
		of := copyName.FindStringSubmatch(name)
		return of != nil && of[1] == p.Kiosk && of[3] == c.About.Instance
	}
	if err := durable.SweepEach(p.Folder, ours); err != nil { // of a power cut
		return a, err
	}
	a = Arrival{At: now, Name: name(p.Kiosk, day(now), c.About.Instance)}
	path := filepath.Join(p.Folder, a.Name)
	temp := durable.Temp(path)
	if a.Size, a.SHA256, err = p.write(temp, c); err == nil {
		err = a.lies(temp)
	}
	if err == nil {
		err = durable.Rename(temp, path)
	}
	if err != nil {
		return a, errors.Join(err, os.RemoveAll(temp))
	}
	return a, nil
}

// write seals a copy to path and returns its size and hash.
func (p *Place) write(path string, c Copy) (size int64, hash string, err error) {
	f, err := durable.Make(path, 0o600)
	if err != nil {
		return 0, "", err
	}
	sum := sha256.New()
	err = Seal(io.MultiWriter(f, sum), p.Recipient, c)
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	return size, hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Sync(), f.Close())
}

// lies reports whether what lies at path is what was written.
func (a Arrival) lies(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	if n != a.Size || hex.EncodeToString(sum.Sum(nil)) != a.SHA256 {
		return fmt.Errorf("%w: %s", ErrNotArrived, a.Name)
	}
	return nil
}

// Prune removes the copies that are older than 35 days of ledgers that this machine has or had, and of nobody else.
// now must be a time that somebody else has confirmed: a clock that is ahead would remove all.
func (p *Place) Prune(ctx context.Context, instances []string, now time.Time) (removed int, err error) {
	oldest := day(now.Add(-keptFor))
	return beyond(ctx, p, func() (removed int, err error) {
		if err := p.there(); err != nil {
			return 0, err
		}
		list, err := os.ReadDir(p.Folder)
		for _, e := range list {
			of := copyName.FindStringSubmatch(e.Name())
			if of == nil || of[1] != p.Kiosk || of[2] >= oldest || !e.Type().IsRegular() {
				continue
			}
			for _, ours := range instances {
				if of[3] == ours {
					err = errors.Join(err, os.Remove(filepath.Join(p.Folder, e.Name())))
					removed++
				}
			}
		}
		return removed, err
	})
}

// named reports whether a name may be part of a file's.
func named(instance string) bool {
	return copyName.MatchString(name("1", "2026-01-01", instance))
}
