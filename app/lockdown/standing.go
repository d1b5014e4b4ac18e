package lockdown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Stand is how a lock stands.
type Stand string

// The stands.
const (
	Open    Stand = "open"    // it was never on
	Off     Stand = "off"     // a person has turned it off
	On      Stand = "on"      // it is in effect
	Idle    Stand = "restart" // it is laid, and a restart of the machine brings it
	Broken  Stand = "broken"  // it is on, and not in effect
	Unknown Stand = "unknown" // it is on, and nobody could look
)

// A Standing is how one lock stands on a machine, and why.
type Standing struct {
	Lock Lock
	Is   Stand
	Why  error // of what is broken, idle or unknown
}

// Standings looks at every lock.
func (v View) Standings(ctx context.Context) ([]Standing, error) {
	s, err := v.State()
	if err != nil {
		return nil, err
	}
	booted, err := v.booted()
	if err != nil {
		return nil, err
	}
	list := make([]Standing, len(locks))
	for i, l := range locks {
		list[i] = Standing{Lock: l, Is: Open}
		at := &list[i]
		laid, on := s.On[l.ID]
		switch {
		case !on && len(s.Laid[l.ID]) > 0:
			at.Is, at.Why = Broken, unmet("it was turned off only in part: turn it off again")
		case !on && slices.Contains(s.Off, l.ID):
			at.Is = Off
		case on:
			at.Is, at.Why = v.standing(ctx, l, s, laid.After(booted))
		}
	}
	return list, nil
}

// standing looks at a lock that is on. fresh says that the machine was not started since it was laid.
func (v View) standing(ctx context.Context, l Lock, s State, fresh bool) (Stand, error) {
	why := v.whole(l, s)
	if why == nil && v.Run == nil {
		why = afterRestart("an image holds it, and no machine that runs")
	} else if why == nil {
		why = l.holds(ctx, v)
	}
	not, known := errors.AsType[*Unmet](why)
	switch {
	case why == nil:
		return On, nil
	case !known:
		return Unknown, why
	case not.Restart && fresh:
		return Idle, why
	}
	return Broken, why
}

// whole: all files of a lock are there, as this version and this configuration want them.
func (v View) whole(l Lock, s State) error {
	items, err := v.items(l, s)
	if err != nil {
		return err
	}
	for _, at := range paths(items) {
		is, err := v.sum(at)
		switch {
		case err != nil:
			return err
		case is == "":
			return unmet("%s is missing: turn it on again", at)
		case is != items[at].sum() && slices.Contains(s.Laid[l.ID][at], is):
			return unmet("%s is of another version or configuration: turn it on again", at)
		case is != items[at].sum():
			return unmet("%s was changed", at)
		}
	}
	return nil
}

// booted is when the machine was started.
func (v View) booted() (time.Time, error) {
	text, err := v.read("/proc/stat")
	if err != nil || text == "" { // an image
		return time.Time{}, err
	}
	for line := range strings.Lines(text) {
		if since, is := strings.CutPrefix(line, "btime "); is {
			n, err := strconv.ParseInt(strings.TrimSpace(since), 10, 64)
			return time.Unix(n, 0), err
		}
	}
	return time.Time{}, fmt.Errorf("/proc/stat says nothing of btime")
}
