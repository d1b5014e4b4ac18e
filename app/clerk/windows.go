package clerk

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"courtkiosk/payment"
)

// What the audit calls a change of a window. Its Note begins with the window's name.
const (
	WindowAdded   = "window-added"
	WindowRevoked = "window-revoked"
)

// What a window is refused for.
var (
	// ErrWindowName means: it stands in numbers of receipts and on sheets, so it is short and no kiosk's.
	ErrWindowName    = errors.New("clerk: a window's name has 1 to 8 letters and digits and is not the kiosk's id")
	ErrWindowTaken   = errors.New("clerk: the window has a certificate that is not revoked")
	ErrWindowUsed    = errors.New("clerk: the certificate is another window's")
	ErrNoWindow      = errors.New("clerk: no such window")
	ErrWindowRevoked = errors.New("clerk: the window's certificate is revoked")
)

var windowName = regexp.MustCompile(`^[0-9A-Za-z]{1,8}$`)

// CheckWindow says what is wrong with the name of a window that is to be added.
func (d *Desk) CheckWindow(name string) error {
	if !windowName.MatchString(name) || strings.EqualFold(name, d.Device) {
		return fmt.Errorf("%w: %q", ErrWindowName, name)
	}
	return nil
}

// AddWindow lets a browser in that shows the certificate of a fingerprint. A window keeps its name when its certificate
// was revoked and it is given another one.
func (d *Desk) AddWindow(
	ctx context.Context, c Clerk, name, fingerprint string, until time.Time,
) (payment.Window, error) {
	if err := errors.Join(c.May(Windows), d.CheckWindow(name)); err != nil {
		return payment.Window{}, err
	}
	if w, err := d.windowWith(ctx, fingerprint); err == nil && w.Name != name {
		return payment.Window{}, fmt.Errorf("%w: %s", ErrWindowUsed, w.Name)
	} else if err != nil && !errors.Is(err, ErrNoWindow) {
		return payment.Window{}, err
	}
	at := windowTime(time.Now())
	return d.Ledger.Windows().Update(ctx, name, func(
		w payment.Window, staff payment.Staff,
	) (payment.Window, payment.Entry, error) {
		switch {
		case MayIn(staff, c.By, Windows) != nil:
			return w, payment.Entry{}, MayIn(staff, c.By, Windows)
		case w.Name != "" && w.Revoked.At.IsZero() && at.Before(w.Until):
			return w, payment.Entry{}, fmt.Errorf("%w: %s", ErrWindowTaken, name)
		}
		w = payment.Window{Name: name, Fingerprint: fingerprint, Until: windowTime(until),
			Issued: payment.Decision{By: c.By, At: at}}
		return w, payment.Entry{Event: WindowAdded, Note: name + ", " + fingerprint[:min(16, len(fingerprint))],
			By: c.By}, nil
	})
}

// RevokeWindow lets the browser of a window in no more. To revoke it twice is no error.
func (d *Desk) RevokeWindow(ctx context.Context, c Clerk, name string) (payment.Window, error) {
	if err := c.May(Windows); err != nil {
		return payment.Window{}, err
	}
	at := windowTime(time.Now())
	return d.Ledger.Windows().Update(ctx, name, func(
		w payment.Window, staff payment.Staff,
	) (payment.Window, payment.Entry, error) {
		switch {
		case MayIn(staff, c.By, Windows) != nil:
			return w, payment.Entry{}, MayIn(staff, c.By, Windows)
		case w.Name == "":
			return w, payment.Entry{}, fmt.Errorf("%w: %s", ErrNoWindow, name)
		case !w.Revoked.At.IsZero():
			return w, payment.Entry{}, nil
		}
		w.Revoked = payment.Decision{By: c.By, At: at}
		return w, payment.Entry{Event: WindowRevoked, Note: name, By: c.By}, nil
	})
}

// AllWindows returns every window that there is or was, by name.
func (d *Desk) AllWindows(ctx context.Context, c Clerk) ([]payment.Window, error) {
	if err := c.May(Windows); err != nil {
		return nil, err
	}
	return d.allWindows(ctx)
}

// EnterWindow returns the window that may come in with the certificate of a fingerprint; name is what the certificate
// says, which saves a search. It is asked at each request. The error is ErrNoWindow, ErrWindowRevoked or the ledger's.
func (d *Desk) EnterWindow(ctx context.Context, name, fingerprint string) (payment.Window, error) {
	w, err := payment.Window{}, payment.ErrNotFound
	if windowName.MatchString(name) {
		w, err = d.Ledger.Windows().Get(ctx, name)
	}
	if errors.Is(err, payment.ErrNotFound) || err == nil && w.Fingerprint != fingerprint {
		w, err = d.windowWith(ctx, fingerprint) // a court's own authority calls it as it likes
	}
	switch {
	case err != nil:
		return payment.Window{}, err
	case !w.Revoked.At.IsZero():
		return payment.Window{}, fmt.Errorf("%w: %s", ErrWindowRevoked, w.Name)
	}
	return w, nil
}

// Ours reports whether a device takes, or took, payments into this ledger: the desk's own, or a window. An error says
// that nobody knows.
func (d *Desk) Ours(ctx context.Context, device string) (bool, error) {
	if device == d.Device {
		return true, nil
	}
	w, err := d.Ledger.Windows().Get(ctx, device)
	if errors.Is(err, payment.ErrNotFound) {
		return false, nil
	}
	return err == nil && w.Name == device, err
}

// windowWith returns the window of a fingerprint, or ErrNoWindow.
func (d *Desk) windowWith(ctx context.Context, fingerprint string) (payment.Window, error) {
	all, err := d.allWindows(ctx)
	for _, w := range all {
		if fingerprint != "" && w.Fingerprint == fingerprint {
			return w, nil
		}
	}
	if err == nil {
		err = ErrNoWindow
	}
	return payment.Window{}, err
}

func (d *Desk) allWindows(ctx context.Context) (all []payment.Window, err error) {
	for w, err := range payment.Each(ctx, d.Ledger.Windows(), payment.Range{}) {
		if err != nil {
			return all, err
		}
		all = append(all, w)
	}
	return all, nil
}

func windowTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
