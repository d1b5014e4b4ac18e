package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/drill"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

const (
	askEvery    = 500 * time.Millisecond // WeChat, by the drill, while somebody pays
	backIn      = 12                     // times its patience: how long the tried program has to find a payment
	readyIn     = time.Minute            // how long a printer has that was put back
	pulls       = 3                      // how often a person is asked to pull it
	closingIn   = 20 * time.Second       // how long an order is waited for that nobody has paid
	closingSoon = 4 * time.Second        // likewise after an interrupt
)

// act does one of the acts, looks at what it has come to, and says so. An error is that no other can follow.
func (d *drilling) act(ctx context.Context, i int, act drill.Act) error {
	if i > 0 { // the lobby may have opened meanwhile
		if err := d.may(ctx); err != nil {
			return err
		}
	}
	d.tell("act", "n", strconv.Itoa(i+1), "act", drill.Words(d.language(), "act."+string(act)))
	s := drill.Seen{Act: act, Printerless: d.own.Receipt.Printer == config.NoPrinter}
	err := d.perform(ctx, act, &s)
	d.road.Mend()
	if err != nil {
		s.Broken = err.Error()
		d.say("%v", err)
	}
	d.learn(context.WithoutCancel(ctx), &s)
	d.report.Acts = append(d.report.Acts, s)
	j := d.report.Judged()[i]
	d.tell("verdict", "verdict", drill.Words(d.language(), "verdict."+string(j.Verdict)))
	return ctx.Err()
}

func (d *drilling) perform(ctx context.Context, act drill.Act, s *drill.Seen) error {
	select {
	case <-d.tried.ended:
		if err := d.start(ctx); err != nil {
			return err
		}
	default:
	}
	switch act {
	case drill.Network:
		return d.cutNetwork(ctx, s)
	case drill.Kill:
		return d.killProgram(ctx, s)
	}
	return d.pullPrinter(ctx, s)
}

// cutNetwork: the payment is made while the tried program cannot hear of it.
func (d *drilling) cutNetwork(ctx context.Context, s *drill.Seen) error {
	p, err := d.code(ctx, s, func() {
		d.road.Cut()
		d.tell("cut")
	})
	if err != nil {
		return err
	}
	defer p.stop()
	if d.awaitPaid(ctx, s, p) {
		s.Cut = d.feelsCut(ctx)
	}
	entries, _, err := d.entries(ctx, []string{s.Order})
	if err == nil && slices.ContainsFunc(entries, func(e drill.Entry) bool { return e.State == payment.Paid }) {
		s.Early = true
	}
	d.road.Mend()
	d.tell("mend")
	return errors.Join(err, d.finish(ctx, s, p))
}

// feelsCut waits until the tried program has asked WeChat and got no answer: else it has another road.
func (d *drilling) feelsCut(ctx context.Context) bool {
	for end := time.Now().Add(readyIn); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askEvery) {
		var h healthData
		if err := d.told(ctx, &h, "health"); err == nil && h.WeChat != "" {
			return true
		}
	}
	return false
}

// killProgram: the tried program loses its life once the payment was made.
func (d *drilling) killProgram(ctx context.Context, s *drill.Seen) error {
	p, err := d.code(ctx, s, func() {})
	if err != nil {
		return err
	}
	defer p.stop()
	if !d.awaitPaid(ctx, s, p) {
		return d.finish(ctx, s, p)
	}
	if err := d.tried.kill(); err != nil {
		return err
	}
	s.Cut = true
	d.tell("killed")
	d.papers(ctx, s, p) // of a receipt that was quicker
	if err := d.start(ctx); err != nil {
		return err
	}
	for end := time.Now().Add(backIn * d.Patience); !s.Mended && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(askEvery)
		entries, _, err := d.entries(ctx, []string{s.Order})
		s.Mended = err == nil && entries[0].State == payment.Paid
	}
	if !s.Mended {
		return ctx.Err()
	}
	d.tell("booked")
	return d.printed(ctx, s)
}

// pullPrinter: the payment is made while no receipt can be printed, and the receipt comes later.
func (d *drilling) pullPrinter(ctx context.Context, s *drill.Seen) error {
	if s.Printerless {
		return nil
	}
	for range pulls {
		if _, err := d.typed(ctx, "pull"); err != nil {
			return err
		}
		trouble, err := d.printerTrouble(ctx)
		if err != nil {
			return err
		}
		if s.Cut = trouble != ""; s.Cut {
			d.say("%s", trouble)
			break
		}
		d.tell("there")
	}
	if !s.Cut {
		return nil
	}
	p, err := d.code(ctx, s, func() {})
	if err != nil {
		return err
	}
	defer p.stop()
	if !d.awaitPaid(ctx, s, p) {
		return d.finish(ctx, s, p)
	}
	d.papers(ctx, s, p)
	_, receipt, err := d.entries(ctx, []string{s.Order})
	s.Early = len(s.Papers) > 0 || receipt == payment.Done
	if err != nil {
		return err
	}
	if _, err := d.typed(ctx, "plug"); err != nil {
		return err
	}
	for end := time.Now().Add(readyIn); !s.Mended && time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askEvery) {
		trouble, err := d.printerTrouble(ctx)
		s.Mended = err == nil && trouble == ""
	}
	if !s.Mended {
		return ctx.Err()
	}
	return d.printed(ctx, s)
}

// printerTrouble is what keeps the tried program from printing, in its own words; empty when nothing does.
func (d *drilling) printerTrouble(ctx context.Context) (string, error) {
	var h healthData
	err := d.told(ctx, &h, "health")
	return h.Printer, err
}

// code begins to pay, and shows the code to the person with the phone. once is done as soon as there is a code.
func (d *drilling) code(ctx context.Context, s *drill.Seen, once func()) (*paidBy, error) {
	p, err := d.pays(ctx, s.Act)
	if err != nil {
		return nil, err
	}
	for e := range p.events {
		if e.Event != "code" {
			continue
		}
		var code codeData
		if err := json.Unmarshal(e.Data, &code); err != nil {
			p.stop()
			return nil, err
		}
		s.Order, s.Begun, p.until = code.No, time.Now(), *code.Expires
		once()
		qr, err := qrText(code.URL)
		if err != nil {
			p.stop()
			return nil, err
		}
		fmt.Fprintf(d.Stderr, "%s\n%s\n", qr, code.URL)
		d.tell("pay", "until", view.Stamp(p.until))
		return p, nil
	}
	return nil, errors.Join(errors.New("no code came"), p.err)
}

// awaitPaid asks WeChat, past the road, until it calls the order paid, and reports whether it does. It is not asked any
// more once the tried program says that the payment has ended.
func (d *drilling) awaitPaid(ctx context.Context, s *drill.Seen, p *paidBy) bool {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	ended := false
	for time.Now().Before(p.until.Add(askEvery)) {
		r, err := d.wechat.Query(ctx, d.order(s.Order))
		if err == nil && r.State == payment.TradeSuccess {
			s.Shown = time.Now()
			d.tell("shown")
			return true
		}
		if ended {
			return false
		}
		select {
		case e, more := <-p.events:
			p.kept = append(p.kept, e)
			if ended = !more || e.Event == "outcome"; ended {
				s.Early = s.Early || more && s.Act == drill.Network // it cannot know
			}
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return false
}

func (d *drilling) order(no string) payment.Order {
	return payment.Order{No: no, Merchant: d.report.Merchant}
}

// finish lets the payment come to its end by itself: with its receipt, or closed where nobody has paid.
func (d *drilling) finish(ctx context.Context, s *drill.Seen, p *paidBy) error {
	if s.Shown.IsZero() {
		p.stop() // as Ctrl-C does: the order is closed
	}
	outcome := d.papers(ctx, s, p)
	s.Mended = outcome == payment.Paid
	if s.Mended {
		d.tell("booked")
		return nil
	}
	return ctx.Err()
}

// papers takes what the payment says until it has ended, and returns how its order did; empty when it does not say so.
func (d *drilling) papers(ctx context.Context, s *drill.Seen, p *paidBy) (outcome payment.State) {
	limit := time.NewTimer(backIn * d.Patience)
	defer limit.Stop()
	take := func(e event) {
		switch e.Event {
		case "outcome":
			var o orderData
			if json.Unmarshal(e.Data, &o) == nil {
				outcome = o.State
			}
		case "receipt":
			var r struct{ Receipt string }
			if json.Unmarshal(e.Data, &r) == nil {
				s.Papers = append(s.Papers, drill.Paper{Number: r.Receipt})
			}
		}
	}
	for _, e := range p.kept {
		take(e)
	}
	p.kept = nil
	for {
		select {
		case e, more := <-p.events:
			if !more {
				return outcome
			}
			take(e)
		case <-limit.C:
			return outcome
		case <-ctx.Done():
			return outcome
		}
	}
}

// printed has the receipt of an act printed that is not on paper yet, as far as is known. A receipt that may have come
// out is marked as a copy.
func (d *drilling) printed(ctx context.Context, s *drill.Seen) error {
	if len(s.Papers) > 0 {
		return nil
	}
	var h history
	if err := d.told(ctx, &h, "orders", "show", s.Order); err != nil {
		return err
	}
	again := slices.ContainsFunc(h.Effects, func(e effectData) bool { return e.Kind == "receipt" && e.Tries > 0 })
	var out bytes.Buffer
	if err := d.asked(ctx, &out, "receipt", "print", s.Order); err != nil {
		return err
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(out.String(), "receipt "), ":")
	s.Papers = append(s.Papers, drill.Paper{Number: strings.TrimSpace(number), Copy: again})
	return nil
}

// learn asks WeChat and the tried program's ledger how an act's order stands.
func (d *drilling) learn(ctx context.Context, s *drill.Seen) {
	if s.Order == "" {
		return
	}
	s.Word = ""
	for range 3 {
		r, err := d.wechat.Query(ctx, d.order(s.Order))
		if err == nil {
			s.Word, s.Told, s.Transaction = r.State, r.Amount, r.TransactionID
			break
		}
		time.Sleep(askEvery)
	}
	s.Ledger = nil
	var all []orderData
	if err := d.told(ctx, &all, "orders", "list", "-n", "1000"); err != nil {
		d.say("%v", err)
		return
	}
	var ours []string // what is no other act's: the ledger is the drill's alone
	for _, o := range all {
		of := func(other drill.Seen) bool { return other.Act != s.Act && other.Order == o.No }
		if !slices.ContainsFunc(d.report.Acts, of) {
			ours = append(ours, o.No)
		}
	}
	entries, receipt, err := d.entries(ctx, ours)
	if err != nil {
		d.say("%v", err)
		return
	}
	s.Ledger, s.Receipt = append([]drill.Entry{}, entries...), receipt
}

// settle waits until no order of the drill can be paid any more, and looks at all acts once more.
func (d *drilling) settle(ctx context.Context) {
	within := closingIn
	if ctx.Err() != nil { // this program is about to be ended itself
		within = closingSoon
	}
	ctx = context.WithoutCancel(ctx)
	for end := time.Now().Add(within); ; time.Sleep(askEvery) {
		var all []orderData
		err := d.told(ctx, &all, "orders", "list", "-n", "1000")
		open := slices.DeleteFunc(all, func(o orderData) bool {
			return o.State != payment.Created && o.State != payment.Waiting && o.State != payment.Closing
		})
		if err == nil && len(open) == 0 {
			break
		}
		if err != nil || time.Now().After(end) {
			for _, o := range open {
				d.tell("open", "order", o.No, "until", view.Stamp(*o.Expires))
			}
			break
		}
	}
	for i := range d.report.Acts {
		d.learn(ctx, &d.report.Acts[i])
	}
}
