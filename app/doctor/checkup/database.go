package checkup

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/payment/postgres"
)

const (
	slowCommit = time.Second     // a visitor waits for several of them
	clocksMay  = 5 * time.Second // leases last for fifteen
)

// database: a ledger that machines share lies where it takes writes, confirmed by a second server, by a role that may
// do nothing else, and nobody reads what is said on the way.
func database(ctx context.Context, m *Machine, s *sight) error {
	if m.Inside != nil {
		_ = m.told(s, doctor.Away)
	}
	if m.Database == nil {
		return errors.New("nobody has asked the database")
	}
	d := m.Database(ctx)
	if d.Wrong != "" {
		return errors.New(d.Wrong)
	}
	s.found = append(s.found, OfDatabase(d)...)
	return nil
}

// OfDatabase is what is wrong with a database that could be asked.
func OfDatabase(d postgres.State) []doctor.Finding {
	var s sight
	for _, h := range d.Hosts {
		switch {
		case h.Error != "":
			s.find(doctor.DatabaseHost, h.Name, "said", h.Error)
		case d.Stale(h):
			s.find(doctor.DatabaseStale, h.Name, "timeline", strconv.FormatInt(h.Timeline, 10),
				"newest", strconv.FormatInt(d.Remembered, 10))
		}
	}
	if !d.Verified && !d.Local {
		s.find(doctor.DatabasePlain, "")
	}
	if d.Primary == "" {
		s.find(doctor.DatabaseNone, "", "said", said(d))
		return s.found
	}
	ofPrimary(d, &s)
	return s.found
}

// said names every host with what it says.
func said(d postgres.State) string {
	var list []string
	for _, h := range d.Hosts {
		switch {
		case h.Error != "":
			list = append(list, h.Name+": "+h.Error)
		case h.Standby:
			list = append(list, h.Name+" is a standby")
		default:
			list = append(list, h.Name+" was succeeded")
		}
	}
	return strings.Join(list, "; ")
}

// ofPrimary looks at the server that takes writes.
func ofPrimary(d postgres.State, s *sight) {
	if d.Schema != d.Newest {
		s.find(doctor.DatabaseSchema, "", "is", strconv.FormatInt(d.Schema, 10), "want",
			strconv.FormatInt(d.Newest, 10))
		return
	}
	if len(d.Powers) > 0 {
		s.find(doctor.DatabaseRights, "", "said", strings.Join(d.Powers, "; "))
	}
	switch confirmed := d.Synchronous && d.Standbys != ""; {
	case !d.Commits:
		s.find(doctor.DatabaseSilent, d.Primary, "standbys", d.Standbys, "n", strconv.Itoa(d.Streams))
	case !confirmed:
		s.find(doctor.DatabaseAlone, d.Primary, "n", strconv.Itoa(d.Streams))
	case d.Took > slowCommit:
		s.find(doctor.DatabaseSlow, d.Primary, "took", d.Took.Round(time.Millisecond).String())
	}
	if d.Ahead.Abs() > clocksMay {
		s.find(doctor.DatabaseClock, d.Primary, "ahead", d.Ahead.Round(time.Second).String())
	}
	if !slices.ContainsFunc(d.Hosts, func(h postgres.Host) bool { return h.Name != d.Primary }) {
		s.find(doctor.DatabaseSingle, d.Primary)
	}
}
