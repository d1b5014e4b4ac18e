package kiosk

import (
	"fmt"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// A hand touches pages whose clock it sets.
type hand struct {
	*Pages
	now     time.Time
	touched []string // what the touches meant
}

func newHand(t *testing.T, size fyne.Size) *hand {
	t.Helper()
	h := &hand{now: time.Unix(1_790_000_000, 0)}
	m := panel.Usual
	m.Now = func() time.Time { return h.now }
	h.Pages = New(m, func(i view.Intent) {
		h.touched = append(h.touched, strings.TrimSuffix(key(i.Kind, i.Arg), ":"))
	})
	h.Object().Resize(size)
	t.Cleanup(func() {
		if h.filler != nil {
			h.filler.Stop()
		}
	})
	return h
}

func (h *hand) waits(ms int) { h.now = h.now.Add(time.Duration(ms) * time.Millisecond) }

// down and up are a finger on a key, a little aside of its middle.
func (h *hand) down(key string) {
	h.Targets()[key].(desktop.Mouseable).MouseDown(new(desktop.MouseEvent))
}

func (h *hand) up(key string) {
	o := h.Targets()[key]
	var e desktop.MouseEvent
	e.Position = fyne.NewPos(o.Size().Width/2, o.Size().Height/2)
	o.(desktop.Mouseable).MouseUp(&e)
}

func (h *hand) taps(key string) {
	h.down(key)
	h.waits(60)
	h.up(key)
}

// takes returns what was touched since it was asked last.
func (h *hand) takes() []string {
	list := h.touched
	h.touched = nil
	return list
}

// sample is a page of the gallery.
func sample(t *testing.T, lang message.Lang, name string) view.Sample {
	t.Helper()
	list := view.Samples(lang)
	i := slices.IndexFunc(list, func(s view.Sample) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("the gallery has no %s", name)
	}
	return list[i]
}

// Each control of each page is touched twice, as by somebody whose first touch led here and whose second is on its
// way: nothing counts before the page has settled, nothing that confirms money or identity before it can have been
// read, and later everything does.
func TestNothingIsConfirmedUnread(t *testing.T) {
	theme(t)
	h := newHand(t, panels["portrait"])
	for _, s := range view.Samples(message.Chinese) {
		other := sample(t, message.Chinese, "working")
		if s.Screen.Name() == other.Screen.Name() {
			other = sample(t, message.Chinese, "home")
		}
		_, confirms := identity(s.Screen)
		_, isFee := s.Screen.(view.Fee)
		_, isProof := s.Screen.(view.Proof)
		if isFee || isProof {
			if confirms != key(view.Confirm) {
				t.Errorf("%s is confirmed by %q", s.Name, confirms)
			}
		}
		for _, after := range []int{100, 399, 400, 1199, 1200} {
			h.Show(other.Frame, other.Screen)
			h.waits(5000)
			h.Show(s.Frame, s.Screen)
			h.waits(after)
			for name := range h.Targets() {
				least := 400
				if name == confirms && s.Frame.IdleLeft == 0 {
					least = 1200
				}
				h.down(name)
				h.up(name)
				if got := len(h.takes()); got != 0 && after < least || got != 1 && after >= least {
					t.Errorf("%s: %s touched after %d ms counts %d times", s.Name, name, after, got)
				}
			}
		}
	}
}

// overlap reports whether two things have a place in common.
func overlap(a, b fyne.CanvasObject) bool {
	p, q := a.Position(), b.Position()
	return p.X < q.X+b.Size().Width && q.X < p.X+a.Size().Width && p.Y < q.Y+b.Size().Height &&
		q.Y < p.Y+a.Size().Height
}

// Where the key lay that led to a code nothing can be touched while the code is shown: a second tap cancels nothing.
func TestNothingLiesUnderTheLastPrimary(t *testing.T) {
	theme(t)
	l := New(panel.Manners{}, func(view.Intent) {})
	for name, size := range panels {
		l.Object().Resize(size)
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			for i := range 4 {
				large, low := i&1 != 0, i&2 != 0
				targets := func(s view.Sample) map[string]fyne.CanvasObject {
					s.Frame.Large, s.Frame.Low = large, low
					l.Show(s.Frame, s.Screen)
					boxes := make(map[string]fyne.CanvasObject) // a thing is used again on the next page
					for k, o := range l.Targets() {
						box := canvas.NewRectangle(color.Black)
						box.Move(o.Position())
						box.Resize(o.Size())
						boxes[k] = box
					}
					return boxes
				}
				primaries := map[string]fyne.CanvasObject{}
				for _, from := range view.Samples(lang) {
					if _, ok := from.Screen.(view.Fee); ok {
						primaries[from.Name] = targets(from)[key(view.Confirm)]
					} else if n, ok := from.Screen.(view.Notice); ok && n.Act == view.NewCode {
						primaries[from.Name] = targets(from)[key(view.NewCode)]
					}
				}
				if len(primaries) < 2 {
					t.Fatalf("only %d pages lead to a code", len(primaries))
				}
				for _, s := range view.Samples(lang) {
					v, ok := s.Screen.(view.Pay)
					// who asked for help is there since long; a touch of the code that stands alone shows the page
					if !ok || v.Help || s.Frame.Alone {
						continue
					}
					for k, o := range targets(s) {
						for from, primary := range primaries {
							if !slices.Contains(identified, k) && overlap(o, primary) {
								t.Errorf("%s %s large=%t low=%t: %s of %s lies where the primary key of %s lay", name,
									lang, large, low, k, s.Name, from)
							}
						}
					}
				}
			}
		}
	}
}

// Two fingers type what the first one touched, or nothing.
func TestTwoFingers(t *testing.T) {
	theme(t)
	for _, page := range []string{"case", "proof", "calc"} {
		h := newHand(t, panels["square"])
		s := sample(t, message.Chinese, page)
		h.Show(s.Frame, s.Screen)
		var keys []string
		for k := range h.Targets() {
			if k != key(view.Confirm) {
				keys = append(keys, k)
			}
		}
		for _, one := range keys {
			for _, two := range keys {
				if one == two {
					continue
				}
				for _, first := range []string{one, two} {
					second := one
					if first == one {
						second = two
					}
					h.waits(2000)
					h.down(one)
					h.waits(20)
					h.down(two)
					h.waits(20)
					h.up(first)
					h.up(second)
					if got := h.takes(); len(got) > 1 || len(got) == 1 && got[0] != one {
						t.Fatalf("%s: %s and then %s, %s lifted first, type %q", page, one, two, first, got)
					}
					h.waits(2000)
					h.taps(two)
					if got := h.takes(); !slices.Equal(got, []string{two}) {
						t.Fatalf("%s: after two fingers %s types %q", page, two, got)
					}
				}
			}
		}
	}
}

// A key that is held counts once, when it is let go, however long that takes.
func TestHeldKey(t *testing.T) {
	theme(t)
	h := newHand(t, panels["portrait"])
	s := sample(t, message.Chinese, "case")
	h.Show(s.Frame, s.Screen)
	h.waits(2000)
	h.down("digit:7")
	for range 20 {
		h.waits(500)
		h.Show(s.Frame, s.Screen) // the clock's tick
		h.down("digit:7")
	}
	if got := h.takes(); len(got) != 0 {
		t.Errorf("while it is held it types %q", got)
	}
	h.up("digit:7")
	if got := h.takes(); !slices.Equal(got, []string{"digit:7"}) {
		t.Errorf("let go, it types %q", got)
	}
}

// A finger may leave the glass up to 16 units beside its key, whatever lies there.
func TestSlide(t *testing.T) {
	theme(t)
	h := newHand(t, panels["portrait"])
	s := sample(t, message.Chinese, "case")
	h.Show(s.Frame, s.Screen)
	o := h.Targets()["digit:5"]
	for by, want := range map[float32]int{-20: 1, 0: 1, 15: 1, 17: 0, 60: 0, 400: 0} {
		t.Run(fmt.Sprint(by), func(t *testing.T) {
			h.waits(2000)
			h.down("digit:5")
			h.waits(60)
			var e desktop.MouseEvent
			e.Position = o.Position().AddXY(o.Size().Width+by, o.Size().Height/2)
			for _, ground := range test.LaidOutObjects(h.Object()) {
				if g, ok := ground.(*panel.Ground); ok {
					g.MouseUp(&e)
				}
			}
			if got := h.takes(); len(got) != want {
				t.Errorf("let go %.0f beside, the key types %q", by, got)
			}
		})
	}
}

// A touch of a key that confirms answers at once, before it counts: it looks pressed.
func TestEarlyTouchIsAnswered(t *testing.T) {
	theme(t)
	h := newHand(t, panels["portrait"])
	for _, name := range []string{"fee", "proof-whole"} {
		home := sample(t, message.Chinese, "home")
		h.Show(home.Frame, home.Screen)
		h.waits(2000)
		s := sample(t, message.Chinese, name)
		h.Show(s.Frame, s.Screen)
		h.waits(500)
		fill := func() (list []color.Color) {
			for _, o := range test.WidgetRenderer(h.Targets()["confirm"].(fyne.Widget)).Objects() {
				if r, ok := o.(*canvas.Rectangle); ok && r.Visible() {
					list = append(list, r.FillColor)
				}
			}
			return list
		}
		before := fill()
		h.down("confirm")
		if slices.Equal(fill(), before) {
			t.Errorf("%s: an early touch is not seen", name)
		}
		h.waits(60)
		h.up("confirm")
		if got := h.takes(); len(got) != 0 || !slices.Equal(fill(), before) {
			t.Errorf("%s: an early touch means %q", name, got)
		}
	}
}
