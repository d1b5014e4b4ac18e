package console

import (
	"context"
	"errors"
	"fmt"
	"os"

	"courtkiosk/app/clerk"
	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
	"courtkiosk/app/offsite"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// succeed makes the ledger of this machine from a copy that has left another one. Key and copy are opened as who runs
// the command; only then it acts as the kiosk's user.
func (c *call) succeed(ctx context.Context, conf config.Config, identity, sealed, person string) error {
	if person != "" && !clerk.IsNumber(person) {
		return &usageError{errors.New("--by is a staff number: the audit holds no names")}
	}
	key := c.Stdin
	if identity != "-" {
		f, err := os.Open(identity)
		if err != nil {
			return fmt.Errorf("secret key: %w", err)
		}
		defer f.Close()
		key = f
	}
	copied, err := os.Open(sealed)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer copied.Close()
	if err := c.become(conf); err != nil {
		return err
	}
	t, err := ledger.Succeed(ctx, conf, copied, key, payment.By{Device: conf.Kiosk.ID, Person: person})
	if err != nil {
		return fmt.Errorf("restore ledger: %w%s", err, nextOf(err))
	}
	return table(c.Stdout, func(row func(...any)) {
		row("restored from", sealed)
		row("kiosk", t.About.Kiosk+" of "+t.About.Court)
		row("copy made", view.Stamp(t.About.Made))
		row("as of", asOf(t.As))
		row("orders", t.Orders)
		row("instance", t.Is)
		row("instance before", t.Was)
		if t.Aside != "" {
			row("empty ledger", "kept as "+t.Aside)
		}
		if t.Retired != "" {
			row("signing key", "of the lost machine, kept as "+t.Retired)
		}
		if t.Untold != nil {
			row("lost machine", fmt.Sprintf("is not told yet, should it come back: %v", t.Untold))
		} else {
			row("lost machine", "begins no payment, should it come back and see the folder of copies")
		}
		row("incomplete", "the kiosk asks WeChat for what came after, as soon as it runs")
		row("next", "bring in the bills; make accounts and windows anew: no copy holds them")
	})
}

// nextOf says what to do about a copy that was not taken.
func nextOf(err error) string {
	switch {
	case errors.Is(err, payment.ErrConflict):
		return "; only a machine that has taken no payment goes on in the place of another one: set up a new one, or " +
			"move its ledger, backups and mark away"
	case errors.Is(err, offsite.ErrOtherKey):
		return "; which key a copy was sealed to stands as offsite.recipient in the configuration of its machine"
	case errors.Is(err, offsite.ErrOtherKiosk):
		return "; set kiosk.id as it was on the lost machine"
	case errors.Is(err, payment.ErrOtherCourt):
		return "; set court.code and environment as they were on the lost machine"
	case errors.Is(err, offsite.ErrTorn), errors.Is(err, payment.ErrDamaged):
		return "; take the copy of the day before"
	}
	return ""
}
