package checkup

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// littleOff is how far the clock may be from WeChat's before it is told; payments stop at payment.MaxOffset.
const littleOff = 30 * time.Second

// clock: it agrees with WeChat's, and a time server sees to it.
func clock(ctx context.Context, m *Machine, s *sight) error {
	if m.Inside != nil {
		_ = m.told(s, doctor.Clock)
	}
	heard := false
	for _, r := range weChatRoads(*m.Config) {
		got := m.reach(ctx, r)
		if !got.Dated {
			continue
		}
		heard = true
		if off := got.Ahead.Abs(); off > payment.MaxOffset {
			s.find(doctor.Clock, "")
		} else if off > littleOff {
			s.find(doctor.ClockOff, "", "off", strconv.Itoa(int(off/time.Second)))
		}
		break // one clock for both
	}
	if !heard {
		s.doubt(errors.New("none of WeChat's hosts has told its clock"))
	}
	set, err := m.clockIsSet(ctx)
	if err == nil && !set {
		s.find(doctor.ClockFree, "")
	}
	return err
}

// clockIsSet asks chrony, or where there is none systemd.
func (m *Machine) clockIsSet(ctx context.Context) (bool, error) {
	out, err := m.Run(ctx, "chronyc", "-n", "tracking")
	if err == nil {
		return !strings.Contains(out, "Not synchronised"), nil
	}
	if _, ended := errors.AsType[*Exit](err); ended { // 506 Cannot talk to daemon
		return false, nil
	}
	if !errors.Is(err, exec.ErrNotFound) {
		return false, err
	}
	out, err = m.Run(ctx, "timedatectl", "show", "-p", "NTPSynchronized", "--value")
	return strings.TrimSpace(out) == "yes", err
}

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
