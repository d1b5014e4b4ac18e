package checkup

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"courtkiosk/app/doctor"
	"courtkiosk/assets"
)

// A screen is an output of X with something connected to it.
type screen struct {
	name    string // HDMI-1
	turned  string // normal, left, right or inverted
	size    string // 1920x1080, as it shows now, before it is turned
	own     string // what it would show by itself; empty where it does not say
	showing bool
}

var connected = regexp.MustCompile(`^(\S+) connected (?:primary )?(?:(\d+x\d+)\+\d+\+\d+ ?(\w+)? ?)?\(`)

// screens asks X, which runs as long as the program does.
func (m *Machine) screens(ctx context.Context) (list []screen, err error) {
	out, err := m.Run(ctx, "xrandr", "--display", ":0", "--query")
	for line := range strings.Lines(out) {
		if c := connected.FindStringSubmatch(line); c != nil {
			list = append(list, screen{name: c[1], showing: c[2] != "", turned: c[3]})
			if c[3] == "" {
				list[len(list)-1].turned = "normal"
			}
			continue
		}
		if !strings.HasPrefix(line, "   ") || len(list) == 0 {
			continue
		}
		at, mode := &list[len(list)-1], strings.Fields(line)[0]
		if strings.Contains(line, "*") {
			at.size = mode
		}
		if strings.Contains(line, "+") && at.own == "" {
			at.own = mode
		}
	}
	return list, err
}

// screenRight: the lobby's screen is there, in its own size, turned as it was told, and never dark.
func screenRight(ctx context.Context, m *Machine, s *sight) error {
	if in, err := m.lobby(ctx); err != nil || !in {
		return idleOr(err)
	}
	list, err := m.screens(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(s screen) bool { return s.showing }) {
		s.find(doctor.ScreenAbsent, "")
	}
	want, err := m.rotated()
	if err != nil {
		return err
	}
	for _, at := range list {
		if at.showing && at.own != "" && at.size != at.own {
			s.find(doctor.ScreenSize, at.name, "size", at.size, "own", at.own)
		}
		if at.showing && want != "" && at.turned != want {
			s.find(doctor.ScreenRotation, at.name, "is", at.turned, "want", want)
		}
	}
	return m.dark(ctx, s)
}

var saver = regexp.MustCompile(`timeout:\s+(\d+)`)

// dark finds what switches the screen off by itself.
func (m *Machine) dark(ctx context.Context, s *sight) error {
	out, err := m.Run(ctx, "xset", "-display", ":0", "q")
	if err != nil {
		return err
	}
	after := saver.FindStringSubmatch(out)
	switch {
	case after == nil:
		return fmt.Errorf("xset says nothing of a screen saver")
	case after[1] != "0":
		s.find(doctor.ScreenBlanks, "", "said", "Screen Saver timeout: "+after[1])
	case strings.Contains(out, "DPMS is Enabled"):
		s.find(doctor.ScreenBlanks, "", "said", "DPMS is Enabled")
	}
	return nil
}

var matrix = regexp.MustCompile(`Coordinate Transformation Matrix \(\d+\):\s*([0-9., -]+)`)

// unturned is the matrix of a device whose touches are where its own corners are.
const unturned = "1.000000, 0.000000, 0.000000, 0.000000, 1.000000, 0.000000, 0.000000, 0.000000, 1.000000"

// touch: there is a touch panel, and where the screen is turned its touches are too.
func touch(ctx context.Context, m *Machine, s *sight) error {
	if in, err := m.lobby(ctx); err != nil || !in {
		return idleOr(err)
	}
	panels, err := m.touches()
	if err != nil {
		return err
	}
	if len(panels) == 0 {
		s.find(doctor.TouchAbsent, "")
		return nil
	}
	list, err := m.screens(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s screen) bool { return s.showing && s.turned != "normal" })
	if i < 0 {
		return nil
	}
	for _, name := range panels {
		out, err := m.Run(ctx, "xinput", "--display", ":0", "list-props", "pointer:"+name)
		if err != nil {
			s.doubt(err)
			continue
		}
		is := matrix.FindStringSubmatch(out)
		if is == nil {
			s.doubt(fmt.Errorf("xinput says nothing of a matrix of %s", name))
		} else if strings.TrimSpace(is[1]) == unturned {
			s.find(doctor.TouchUnmapped, name, "is", list[i].turned)
		}
	}
	return nil
}

// glyphs: the fonts have every character of what the configuration says of the court.
func glyphs(_ context.Context, m *Machine, s *sight) error {
	c := m.Config.Court
	for _, text := range [][2]string{{"court.name", c.Name}, {"court.payee", c.Payee}, {"court.hotline", c.Hotline},
		{"court.window", c.Window}, {"court.cash", c.Cash}, {"court.fiscal", c.Fiscal}, {"court.name_en", c.NameEN},
		{"court.window_en", c.WindowEN}, {"court.cash_en", c.CashEN}} {
		if lacks := assets.Missing(text[1]); len(lacks) > 0 {
			s.find(doctor.GlyphMissing, text[0], "said", string(lacks))
		}
	}
	return nil
}
