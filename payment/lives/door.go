package lives

import (
	"context"
	"fmt"
	"time"

	"courtkiosk/payment"
)

// A flaw is what can be wrong with a call to WeChat.
type flaw int

const (
	lostRequest flaw = iota
	lostAnswer
	lateEffect // it arrives long after the caller gave up
	slow
	throttled    // 429
	serverError  // 500
	badGateway   // 502, nothing was done
	page         // 200 with a page of HTML
	garbage      // signed, and no JSON
	badSignature // of somebody else
	signTest     // WeChat's probe
	stale        // signed ten minutes ago
	anothers     // an answer about another order
	refused      // 403
	denied       // 401
	flawKinds
)

// armed is a flaw that the next calls have.
type armed struct {
	flaw flaw
	left int
}

// arm gives the kiosk's next calls a flaw.
func (k *kiosk) arm(a armed) {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.flaws = append(k.flaws, a)
}

// disarm takes all flaws away.
func (k *kiosk) disarm() {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.flaws = nil
}

// flawed returns the flaw of the kiosk's next call.
func (k *kiosk) flawed() (flaw, bool) {
	k.lock.Lock()
	defer k.lock.Unlock()
	for len(k.flaws) > 0 {
		if f := &k.flaws[0]; f.left > 0 {
			f.left--
			return f.flaw, true
		}
		k.flaws = k.flaws[1:]
	}
	return 0, false
}

// door is a kiosk's Gateway with an eye on every call: its clock may be wrong, and each must keep the promises.
type door struct {
	payment.Gateway
	k *kiosk
}

// Offset is what a kiosk with a wrong clock measures.
func (d *door) Offset() (time.Duration, bool) {
	offset, ok := d.Gateway.Offset()
	return offset - d.k.wrong(), ok
}

// far reports what WeChat says to a kiosk whose clock is far off.
func (d *door) far() error {
	if d.k.wrong().Abs() < 5*time.Minute {
		return nil
	}
	return fmt.Errorf("%w: off by %v", payment.ErrClock, d.k.wrong())
}

func (d *door) Prepay(ctx context.Context, o payment.Order) (string, error) {
	d.k.life.called(d.k, "create", o)
	if err := d.far(); err != nil {
		return "", err
	}
	if halt := d.k.brake.Swap(0); halt > 0 {
		d.k.pause(time.Duration(halt))
	}
	d.k.held(ctx)
	defer d.k.held(ctx) // with the answer in its hands
	return d.Gateway.Prepay(ctx, o)
}

func (d *door) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	d.k.life.called(d.k, "query", o)
	if err := d.far(); err != nil {
		return payment.Reported{}, err
	}
	if o.Attach == "" && d.k.dark.Load() { // a probe, which nobody behind this door knows the kiosk of
		return payment.Reported{}, fmt.Errorf("%w: network is unreachable", payment.ErrUnknown)
	}
	d.k.held(ctx)
	defer d.k.held(ctx)
	return d.Gateway.Query(ctx, o)
}

func (d *door) Close(ctx context.Context, o payment.Order) error {
	d.k.life.called(d.k, "close", o)
	if err := d.far(); err != nil {
		return err
	}
	d.k.held(ctx)
	defer d.k.held(ctx)
	return d.Gateway.Close(ctx, o)
}
