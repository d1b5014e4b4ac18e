package postgres

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A place is what a machine remembers of the ledger, outside of the database.
type place struct {
	path string // empty: it is forgotten
	lock *os.File

	mu   sync.Mutex
	is   remembered
	kept []byte // as it was written down last
}

type remembered struct {
	Holder    string
	Timelines map[string]int64 `json:",omitempty"` // the highest that was seen of each database cluster
	Instance  string           `json:",omitzero"`  // of the ledger that the entry is of
	Entry     uint64           `json:",omitzero"`  // of the audit, the last that this machine was told was stored
	Hash      []byte           `json:",omitzero"`
}

// openPlace reads a place, and keeps other processes away from it.
func openPlace(path string) (p *place, err error) {
	p = &place{path: path}
	p.is.Holder = random()
	if path == "" {
		return p, nil
	}
	p.lock, err = durable.Lock(path + ".lock")
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%w: %w", payment.ErrLocked, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
	}
	text, err := durable.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = p.keep()
	} else if err == nil {
		if err = json.Unmarshal(text, &p.is); err == nil && p.is.Holder == "" {
			err = errors.New("it names no holder")
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", payment.ErrNotWritable, path, err), p.lock.Close())
	}
	return p, nil
}

func (p *place) close() error {
	if p.lock == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.keep(), p.lock.Close())
}

// keep writes it down. p.mu is held.
func (p *place) keep() error {
	if p.path == "" {
		return nil
	}
	text, err := json.Marshal(p.is)
	if err == nil && bytes.Equal(text, p.kept) {
		return nil
	}
	if err == nil {
		err = durable.WriteFile(p.path, append(bytes.Clone(text), '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("remember the ledger's place: %w", err)
	}
	p.kept = text
	return nil
}

// reach remembers a cluster's timeline that is higher than all before, and refuses one that is lower. A database that
// was loaded into another cluster begins at its first timeline again.
func (p *place) reach(s server) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := p.is.Timelines[s.cluster]
	if s.timeline < newest {
		return &StaleError{s.timeline, newest}
	}
	if s.timeline == newest {
		return nil
	}
	if p.is.Timelines == nil {
		p.is.Timelines = make(map[string]int64)
	}
	p.is.Timelines[s.cluster] = s.timeline
	return p.keep()
}

// of says which ledger the place is of. What it remembers of another one is forgotten.
func (p *place) of(instance string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.is.Instance != instance {
		p.is.Instance, p.is.Entry, p.is.Hash = instance, 0, nil
	}
}

// lostAll returns how many entries are remembered of a ledger that is not there any more. An empty name is of any.
func (p *place) lostAll(instance string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if instance == "" || p.is.Instance == instance {
		return p.is.Entry
	}
	return 0
}

// saw remembers an entry of the audit that is stored, and later than all before. It is written down by write.
func (p *place) saw(entry uint64, hash []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if entry > p.is.Entry {
		p.is.Entry, p.is.Hash = entry, bytes.Clone(hash)
	}
}

// forget sets the memory of the audit to what the ledger holds.
func (p *place) forget(entry uint64, hash []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.is.Entry, p.is.Hash = entry, bytes.Clone(hash)
	return p.keep()
}

// last returns the last entry of the audit that was seen, and of which ledger it is.
func (p *place) last() (entry uint64, hash []byte, instance string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.is.Entry, p.is.Hash, p.is.Instance
}

// write writes down what was seen.
func (p *place) write() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keep()
}
