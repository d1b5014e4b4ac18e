package checkup

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"courtkiosk/app/doctor"
)

// chinese are the names of China's time zone.
var chinese = []string{"Asia/Shanghai", "PRC", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin"}

// timeZone: the machine's own clock reads as the court's. Screens and receipts are China's in any case; logs, timers
// and the hour of updates are the machine's.
func timeZone(_ context.Context, m *Machine, s *sight) error {
	zone := "UTC"
	to, err := fs.ReadLink(m.Files, "etc/localtime")
	switch {
	case err == nil:
		_, zone, _ = strings.Cut(to, "zoneinfo/")
	case errors.Is(err, fs.ErrInvalid): // a copy in place of the link
		if zone, err = m.read("/etc/timezone"); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if !slices.Contains(chinese, zone) {
		s.find(doctor.TimeZone, "", "zone", zone)
	}
	return nil
}
