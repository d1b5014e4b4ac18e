package doctor

import (
	"fmt"
	"time"
)

// days are how long before a merchant's certificate ends it is told: time enough for a seal, a reminder, the last call.
var days = [...]int{60, 30, 7}

// pageDays are likewise of the clerk's page: its certificates are made within minutes.
var pageDays = [...]int{30, 7, 1}

// CertificateEnds returns the trouble of a merchant number whose API certificate ends at a time; nothing while that is
// far, or not known. It is as old as the last warning, so that each of them is news.
func CertificateEnds(mchid string, ends, now time.Time) (found []Finding) {
	if ends.IsZero() {
		return nil
	}
	return ending(Finding{Code: Certificate, Of: mchid}, ends, now, days[:])
}

// PageCertificateEnds is the same of a certificate of the clerk's page: of a window, the server or the authority.
func PageCertificateEnds(of string, ends, now time.Time) []Finding {
	return ending(Finding{Code: PageCertificate, Of: of}, ends, now, pageDays[:])
}

// ending returns a finding as it is told so many days before a certificate ends; none while that is far.
func ending(f Finding, ends, now time.Time, days []int) (found []Finding) {
	for _, n := range days {
		if at := ends.AddDate(0, 0, -n); !now.Before(at) {
			f.Since, f.Err = at, fmt.Errorf("the certificate ends at %s", ends.Format(time.RFC3339))
			found = []Finding{f}
		}
	}
	return found
}
