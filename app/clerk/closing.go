package clerk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"courtkiosk/app/closing"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

// A ClosingDay is a closing of a device, or the trial of the next one.
type ClosingDay struct {
	payment.ClosingSheet
	Final bool // it is stored
	Sheet closing.Sheet
	Last  payment.ClosingSheet // the device's sheet before; zero before the first
	Holds bool                 // the chain from Last to it
}

// ErrNoDevice means: no order was opened at a device of that name, and it has never closed.
var ErrNoDevice = errors.New("clerk: no such device")

func (d *Desk) closings() closing.Book {
	return closing.Book{Ledger: d.Ledger, Kiosk: d.Device, Reference: d.Counter.House.Reference}
}

// Trial returns the sheet that a device would be closed with now.
func (d *Desk) Trial(ctx context.Context, c Clerk, device string) (ClosingDay, error) {
	if err := c.May(Trial); err != nil {
		return ClosingDay{}, err
	}
	if err := d.known(ctx, device); err != nil {
		return ClosingDay{}, err
	}
	made, s, err := d.closings().Trial(ctx, device, now())
	if err != nil {
		return ClosingDay{}, err
	}
	return d.closingDay(ctx, made, s, false)
}

// known returns ErrNoDevice of a device that nobody knows.
func (d *Desk) known(ctx context.Context, device string) error {
	page, err := d.Ledger.Find(ctx, payment.Filter{Device: device, N: 1})
	if err != nil || len(page.Orders) > 0 || device == d.Device {
		return err
	}
	last, _, err := d.closings().Last(ctx, device)
	if err == nil && last.Number == 0 {
		return ErrNoDevice
	}
	return err
}

func (d *Desk) closingDay(ctx context.Context, c payment.ClosingSheet, s closing.Sheet, final bool) (
	sheet ClosingDay, err error,
) {
	sheet = ClosingDay{ClosingSheet: c, Final: final, Sheet: s}
	if c.Number > 1 {
		sheet.Last, err = d.Ledger.Closings().Get(ctx, payment.ClosingKey(c.Device, c.Number-1))
	}
	sheet.Holds = c.Follows(sheet.Last)
	return sheet, err
}

// ClosingDay returns a closing as it is stored.
func (d *Desk) ClosingDay(ctx context.Context, c Clerk, device string, number int) (ClosingDay, error) {
	if err := c.May(Trial); err != nil {
		return ClosingDay{}, err
	}
	kept, err := d.Ledger.Closings().Get(ctx, payment.ClosingKey(device, number))
	if err != nil {
		return ClosingDay{}, err
	}
	s, err := closing.Read(kept)
	if err != nil {
		return ClosingDay{}, err
	}
	return d.closingDay(ctx, kept, s, true)
}

// CloseDay closes a device's day, signed by the clerk. after is the number of the last sheet that the clerk has seen:
// where another one is there meanwhile it is payment.ErrConflict.
func (d *Desk) CloseDay(ctx context.Context, c Clerk, device string, after int) (ClosingDay, error) {
	if err := c.May(Close); err != nil {
		return ClosingDay{}, err
	}
	if err := d.known(ctx, device); err != nil {
		return ClosingDay{}, err
	}
	last, _, err := d.closings().Last(ctx, device)
	if err != nil {
		return ClosingDay{}, err
	}
	if last.Number != after {
		return ClosingDay{}, fmt.Errorf("%w: sheet %s is there", payment.ErrConflict, last.Key())
	}
	made, s, err := d.closings().Close(ctx, device, c.By, now(), func(staff payment.Staff) error {
		return MayIn(staff, c.By, Close)
	})
	if err != nil {
		return ClosingDay{}, err
	}
	return d.closingDay(ctx, made, s, true)
}

// CountersignDay is the second signature under a closing, by another person. hash is of the sheet that was seen.
func (d *Desk) CountersignDay(ctx context.Context, c Clerk, device string, number int, hash []byte) error {
	if err := c.May(Countersign); err != nil {
		return err
	}
	_, err := d.closings().Countersign(ctx, device, number, hash, c.By, now(), func(staff payment.Staff) error {
		return MayIn(staff, c.By, Countersign)
	})
	return err
}

// recent is how many of the newest orders are looked at for devices that never closed.
const recent = 200

// LastDays are the newest closings of all devices, by name; one that never closed has number 0.
func (d *Desk) LastDays(ctx context.Context, c Clerk) (list []payment.ClosingSheet, err error) {
	if err := c.May(Trial); err != nil {
		return nil, err
	}
	devices, err := d.closings().Devices(ctx)
	if err != nil {
		return nil, err
	}
	page, err := d.Ledger.Find(ctx, payment.Filter{N: recent})
	for _, o := range page.Orders {
		devices = append(devices, cmp.Or(o.Device, d.Device))
	}
	slices.Sort(devices)
	for _, device := range slices.Compact(devices) {
		if err != nil {
			break
		}
		var last payment.ClosingSheet
		if last, _, err = d.closings().Last(ctx, device); last.Number == 0 {
			last.Device = device
		}
		list = append(list, last)
	}
	return list, err
}

// Paper puts a day's sheet on paper.
func (d *Desk) Paper(s ClosingDay) receipt.Sheet {
	h := d.Counter.House
	head := closing.Letterhead{Court: h.Court, Name: h.Name, Environment: h.Environment}
	return head.Print(s.ClosingSheet, s.Last, s.Sheet, s.Final, now())
}

// PDF is a sheet as an A4 file.
func (d *Desk) PDF(ctx context.Context, s receipt.Sheet) ([]byte, error) {
	leave, err := d.work.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	doc, err := paper.LayoutSheet(s)
	var file bytes.Buffer
	if err == nil {
		err = doc.PDF(&file)
	}
	return file.Bytes(), err
}
