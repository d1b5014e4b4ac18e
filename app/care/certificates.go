package care

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/fleet/identity"
	"courtkiosk/payment"
)

// pageCertificates returns when the certificates of the clerk's page end, of the windows that are let in and of the
// page's files, and what is told of those that end soon. A file that was not made yet is none; one that cannot be read
// has no end, and is told at once.
func (c *Care) pageCertificates(ctx context.Context) (ends map[string]time.Time, found []doctor.Finding, err error) {
	if c.PageCertificates == nil {
		return nil, nil, nil
	}
	ends = make(map[string]time.Time)
	for w, err := range payment.Each(ctx, c.Ledger.Windows(), payment.Range{}) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the windows: %w", err)
		}
		if w.Revoked.At.IsZero() {
			ends["window "+w.Name] = w.Until
		}
	}
	for of, path := range c.PageCertificates {
		at, err := identity.Ends(path)
		if errors.Is(err, fs.ErrNotExist) && of == "authority" { // it is made with the first window
			continue
		}
		if ends[of] = at; err != nil {
			ends[of] = time.Time{}
			found = append(found, doctor.Finding{Code: doctor.PageCertificate, Of: of, Err: err})
		}
	}
	for _, of := range slices.Sorted(maps.Keys(ends)) {
		if at := ends[of]; !at.IsZero() {
			found = append(found, doctor.PageCertificateEnds(of, at, c.Cashier.Now())...)
		}
	}
	return ends, found, nil
}
