package doctor

import (
	"fmt"
	"time"
)

// days are how long before a merchant's certificate ends it is told: time enough for a seal, a reminder, the last call.
var days = [...]int{60, 30, 7}

// CertificateEnds returns the trouble of a merchant number whose API certificate ends at a time; nothing while that is
// far, or not known. It is as old as the last warning, so that each of them is news.
func CertificateEnds(mchid string, ends, now time.Time) (found []Finding) {
	if ends.IsZero() {
		return nil
	}
	for _, n := range days {
		if at := ends.AddDate(0, 0, -n); !now.Before(at) {
			found = []Finding{{Code: Certificate, Of: mchid, Since: at,
				Err: fmt.Errorf("the merchant certificate ends at %s", ends.Format(time.RFC3339))}}
		}
	}
	return found
}
