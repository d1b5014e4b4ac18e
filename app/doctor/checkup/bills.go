package checkup

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

const (
	// days that a list may be old: the longest holiday is eight, and a day each before and after
	billsFor   = 10
	takenAfter = 10 * time.Minute // a watched list is taken, or refused, within
)

// bills: the court's list is of these days, and the newest one was taken.
func bills(_ context.Context, m *Machine, s *sight) error {
	if m.Config.Bills.Source != config.FromRegister {
		return errIdle
	}
	if m.Inside == nil {
		return m.outside()
	}
	list, now := m.Inside.Bills, m.Now()
	switch {
	case list == nil:
		return errors.New("the counter says nothing of its list")
	case list.Imported.IsZero():
		s.find(doctor.BillsNone, "")
	case now.Sub(list.Imported) > billsFor*24*time.Hour:
		s.find(doctor.BillsOld, "", "at", list.Imported.In(payment.China).Format(time.DateTime), "n",
			strconv.Itoa(billsFor))
	}
	return m.watched(s, *list)
}

// watched finds a list that the program has seen and not taken.
func (m *Machine) watched(s *sight, taken List) error {
	name := m.Config.Bills.Watch
	if name == "" {
		return nil
	}
	info, err := m.stat(name)
	if err == nil && info.IsDir() {
		name, info, err = m.newest(name)
	}
	if err != nil || info == nil {
		return err
	}
	written := info.ModTime()
	if written.After(taken.Written) && written.After(taken.Imported) && m.Now().Sub(written) > takenAfter {
		s.find(doctor.BillsRefused, name, "at", written.In(payment.China).Format(time.DateTime), "file",
			filepath.Base(register.ReportName(name)))
	}
	return nil
}

// newest returns the list of a folder that was written last; none is nil.
func (m *Machine) newest(dir string) (name string, newest fs.FileInfo, err error) {
	entries, err := fs.ReadDir(m.Files, inTree(m.whole(dir)))
	for _, e := range entries {
		kind := strings.ToLower(path.Ext(e.Name()))
		if kind != ".csv" && kind != ".xlsx" || !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") ||
			strings.HasPrefix(e.Name(), "~$") {
			continue
		}
		info, err := e.Info()
		if err == nil && (newest == nil || info.ModTime().After(newest.ModTime())) {
			name, newest = path.Join(dir, e.Name()), info
		}
	}
	return name, newest, err
}
