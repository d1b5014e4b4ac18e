package checkup

import (
	"context"
	"slices"

	"courtkiosk/app/doctor"
	"courtkiosk/app/lockdown"
)

// locks is what the locks of this machine are seen with.
func (m *Machine) locks() lockdown.View {
	return lockdown.View{Files: m.Files, Run: m.Run, Config: m.Config}
}

// locked: a machine that stands in a lobby is locked down, and what is on holds. A server has no lobby.
func locked(ctx context.Context, m *Machine, s *sight) error {
	if in, err := m.lobby(ctx); err != nil || !in {
		return idleOr(err)
	}
	list, err := m.locks().Standings(ctx)
	if err != nil {
		return err
	}
	shut := func(l lockdown.Standing) bool { return l.Is != lockdown.Open && l.Is != lockdown.Off }
	if !slices.ContainsFunc(list, shut) {
		s.find(doctor.LockNone, "")
	}
	for _, l := range list {
		switch l.Is {
		case lockdown.Broken:
			s.find(doctor.LockBroken, l.Lock.ID, "said", l.Why.Error())
		case lockdown.Idle:
			s.find(doctor.LockIdle, l.Lock.ID, "said", l.Why.Error())
		case lockdown.Unknown:
			s.doubt(l.Why)
		}
	}
	return nil
}
