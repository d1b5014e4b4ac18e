package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"courtkiosk/payment/durable"
)

// Write writes the plan and returns the paths that are new and those that older files were kept aside under. When it
// fails, what is written already is whole, and another set-up goes on from there.
func (p *Plan) Write() (written, aside []string, err error) {
	for _, f := range p.folders {
		if err := os.MkdirAll(f.path, f.mode); err != nil {
			return nil, nil, err
		}
		if err := f.settle(); err != nil {
			return nil, nil, err
		}
	}
	for _, f := range p.files {
		if p.before != nil {
			if err := p.before(f.path); err != nil {
				return written, aside, err
			}
		}
		if f.same {
			if err := f.settle(); err != nil {
				return written, aside, err
			}
			continue
		}
		if f.old { // both names are the old one's until the new one takes its place
			to := f.path + "." + p.at.Format("20060102-150405")
			if err := os.Link(f.path, to); err != nil {
				return written, aside, fmt.Errorf("keep %s aside: %w", f.path, err)
			}
			aside = append(aside, to)
		}
		if err := f.write(); err != nil {
			return written, aside, fmt.Errorf("write %s: %w", f.path, err)
		}
		written = append(written, f.path)
	}
	return written, aside, nil
}

// write makes the file so that it has its mode and owner before it has its name.
func (f file) write() error {
	if err := durable.Sweep(f.path); err != nil {
		return err
	}
	temp := f
	temp.path = durable.Temp(f.path)
	out, err := durable.Make(temp.path, f.mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.data)
	if err = errors.Join(err, temp.settle(), out.Sync(), out.Close()); err == nil {
		err = durable.Rename(temp.path, f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.path))
	}
	return nil
}

// settle gives a file or folder its owner and mode.
func (f file) settle() error { return durable.Own(f.path, f.mode, f.owner.uid, f.owner.gid) }

// Give gives what a trial has made to the program's user, who could not open it otherwise.
func (m Machine) Give(paths ...string) error {
	_, user, err := m.owners()
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	for _, path := range paths {
		err = errors.Join(err, os.Lchown(path, user.uid, user.gid))
	}
	return err
}

// Start has systemd start the unit with the machine, and now, and waits until it says that it serves. ErrNotBooted says
// that nothing was started.
func (m Machine) Start(ctx context.Context) error {
	if _, err := os.Stat(m.at("/run/systemd/system")); m.Image || err != nil {
		return ErrNotBooted
	}
	if _, err := m.Run(ctx, nil, "systemctl", "enable", Unit); err != nil {
		return err
	}
	_, failed := m.Run(ctx, nil, "systemctl", "restart", Unit) // of a unit that runs it starts it with what is new
	late := time.After(settleWithin)
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		said, err := m.Run(ctx, nil, "systemctl", "show",
			"--property=ActiveState,SubState,Result,ConditionResult", Unit)
		state := " " + strings.Join(strings.Fields(string(said)), " ") + " "
		switch {
		case err != nil:
			return errors.Join(failed, err)
		case strings.Contains(state, " ActiveState=active "):
			return nil
		case strings.Contains(state, " ActiveState=inactive "):
			return &DownError{strings.TrimSpace(state), failed}
		}
		select {
		case <-look.C:
			continue
		case <-late:
		case <-ctx.Done():
		}
		return &DownError{strings.TrimSpace(state), failed}
	}
}

// settleWithin is how long a unit whose first start has failed is given for another one.
const settleWithin = 20 * time.Second

// ErrNotBooted means: systemd does not run here.
var ErrNotBooted = errors.New("setup: systemd does not run here")

// A DownError says that the unit does not run though it was started.
type DownError struct {
	State string
	Err   error
}

func (e *DownError) Error() string {
	said := "all is written, but " + Unit + " does not run (" + e.State + "); journalctl -u courtkiosk says why"
	if e.Err != nil {
		said += ": " + e.Err.Error()
	}
	return said
}

func (e *DownError) Unwrap() error { return e.Err }
