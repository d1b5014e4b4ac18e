package doctor_test

import (
	"testing"
	"time"

	"courtkiosk/app/doctor"
)

// Of the clerk's page it is told thirty days before, and again.
func TestPageCertificateEnds(t *testing.T) {
	ends := time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	before := func(days int) time.Time { return ends.AddDate(0, 0, -days) }
	for now, since := range map[time.Time]time.Time{
		before(30).Add(-time.Second): {}, before(30): before(30), before(7).Add(-time.Second): before(30),
		before(7): before(7), before(1): before(1), ends.AddDate(1, 0, 0): before(1),
	} {
		found := doctor.PageCertificateEnds("window W01", ends, now)
		if len(found) > 1 || (len(found) == 0) != since.IsZero() {
			t.Fatalf("at %v: found %+v", now, found)
		}
		for _, f := range doctor.Tell(found, now) {
			if !f.Since.Equal(since) || f.Of != "window W01" || f.Code != doctor.PageCertificate {
				t.Errorf("at %v: %+v, want since %v", now, f, since)
			}
		}
	}
}

func TestCertificateEnds(t *testing.T) {
	ends := time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	before := func(days int) time.Time { return ends.AddDate(0, 0, -days) }
	for name, tt := range map[string]struct {
		ends, now time.Time
		since     time.Time // zero: nothing is told
	}{
		"not known":                  {time.Time{}, ends, time.Time{}},
		"a second before the first":  {ends, before(60).Add(-time.Second), time.Time{}},
		"the first":                  {ends, before(60), before(60)},
		"a second before the second": {ends, before(30).Add(-time.Second), before(60)},
		"the second":                 {ends, before(30), before(30)},
		"a second before the last":   {ends, before(7).Add(-time.Second), before(30)},
		"the last":                   {ends, before(7), before(7)},
		"it has ended":               {ends, ends.AddDate(1, 0, 0), before(7)},
	} {
		found := doctor.CertificateEnds("1900000001", tt.ends, tt.now)
		if len(found) > 1 || (len(found) == 0) != tt.since.IsZero() {
			t.Fatalf("%s: found %+v", name, found)
		}
		if told := doctor.Tell(found, tt.now); len(told) != len(found) {
			t.Errorf("%s: told %+v", name, told)
		}
		for _, f := range found {
			if !f.Since.Equal(tt.since) || f.Of != "1900000001" || f.Code != doctor.Certificate {
				t.Errorf("%s: %+v, want since %v", name, f, tt.since)
			}
		}
	}
}
