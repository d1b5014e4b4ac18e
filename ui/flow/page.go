package flow

import "errors"

// The grid, in design units of a panel whose shorter side is 1080. A lying panel has less height to give.
const (
	Short  = 1080 // the panel's shorter side
	Margin = 64   // left and right
	Gap    = 32   // between cards

	header, footer           = 168, 176
	lyingHeader, lyingFooter = 112, 104
	stepsTop, stepsHeight    = 32, 100 // below the header
	lyingStepsTop            = 16
	lyingStepsHeight         = 76
	contentTop               = 30 // below the steps
	actionHeight             = 144
	lyingActionHeight        = 128
	squareFooter             = 132 // of a standing panel that is hardly higher than wide
	squareStepsTop           = 14
	actionGap                = 22 // above the footer
	lowest                   = 0.6
)

// A Panel is a screen, and how it is used.
type Panel struct {
	W, H  float32 // pixels
	Large bool    // large text: 1.3 times
	Low   bool    // every control in the lower 60 % of a standing panel
	Width func(line string, size float32, bold bool) float32
	Memo  *Memo // may be nil
}

// Lying reports whether the panel is wider than high.
func (p Panel) Lying() bool { return p.W > p.H }

// square reports whether the panel stands and is hardly higher than wide: there is less height to give, too.
func (p Panel) square() bool { return !p.Lying() && p.H < 1.5*p.W }

// Metrics returns the panel's measures.
func (p Panel) Metrics() Metrics {
	m := Metrics{Scale: min(p.W, p.H) / Short, Text: 1, Tight: 1, Lying: p.Lying(), Width: p.Width, memo: p.Memo}
	if p.Large {
		m.Text = 1.3
	}
	return m
}

// A Page is one screen. Header, steps and footer are the same everywhere.
type Page struct {
	Name     string // another name is another page: a touch that began on the last one counts for nothing
	Confirms string // the key that confirms money or identity, and is taken only once the page can have been read

	Header, Footer Node
	Steps          *Node // nil where a page is no step of paying; a page that does not fit may spare them

	Main    []Node
	Side    []Node // below Main, or to its right on a lying panel, above the actions
	Actions []Node // the last one is the primary
	Split   float32
	Over    *Node // lies over the page, in its middle; nothing below it can be touched
}

// parts are where the page's parts stand.
type parts struct{ header, steps, content, actions, footer Box }

func (p Page) parts(panel Panel) parts {
	m := panel.Metrics()
	w, h := panel.W, panel.H
	top, bottom, first, steps, action := m.Px(header), m.Px(footer), m.Px(stepsTop), m.Px(stepsHeight),
		m.Px(actionHeight)
	if m.Lying {
		top, bottom, first = m.Px(lyingHeader), m.Px(lyingFooter), m.Px(lyingStepsTop)
		steps, action = m.Px(lyingStepsHeight), m.Px(lyingActionHeight)
	}
	if panel.square() {
		top, bottom, first = m.Px(lyingHeader), m.Px(squareFooter), m.Px(squareStepsTop)
		action = m.Px(lyingActionHeight)
	}
	x, inner := m.Px(Margin), w-2*m.Px(Margin)
	if panel.Large { // two lines of a button
		action *= 1.2
	}
	if p.Steps != nil { // large text makes them higher
		steps = max(steps, p.Steps.height(m, inner).Least)
	}
	s := parts{header: Box{0, 0, w, top}, footer: Box{0, h - bottom, w, bottom},
		steps:   Box{x, top + first, inner, steps},
		actions: Box{x, h - bottom - m.Px(actionGap) - action, inner, action}}
	begin, end := top+m.Px(contentTop), s.footer.Y-m.Px(actionGap)
	if p.Steps != nil {
		begin = s.steps.Y + steps + first
	}
	if (!m.Lying || len(p.Side) == 0) && len(p.Actions) > 0 {
		end = s.actions.Y - m.Px(Gap)
	}
	s.content = Box{x, begin, inner, end - begin}
	return s
}

// Place finds where everything stands. The error is an *OverflowError of a page that does not fit; its list holds
// everything nevertheless.
func (p Page) Place(panel Panel) ([]Placed, error) {
	m := panel.Metrics()
	p.Main, p.Side = present(p.Main, m), present(p.Side, m)
	s := p.parts(panel)
	list := fit(panel, func(p2 *placer) {
		p2.part("header", p.Header, s.header)
	})
	all, err := list.list, list.failed()
	add := func(f fitted) {
		all, err = append(all, f.list...), errors.Join(err, f.failed())
	}
	add(fit(panel, func(pl *placer) { pl.part("footer", p.Footer, s.footer) }))
	if p.Steps != nil {
		add(fit(panel, func(pl *placer) { pl.part("steps", *p.Steps, s.steps) }))
	}
	body := fit(panel, func(pl *placer) { p.body(pl, panel, s) })
	if body.err != nil && p.Steps != nil && p.Steps.Spare > 0 {
		p.Steps = nil
		return p.Place(panel)
	}
	add(body)
	if p.Over != nil {
		add(fit(panel, func(pl *placer) { pl.part("over", *p.Over, Box{0, 0, panel.W, panel.H}) }))
	}
	return all, err
}

// present returns the nodes that stand on the panel.
func present(nodes []Node, m Metrics) (list []Node) {
	for _, n := range nodes {
		if !n.absent(m) {
			list = append(list, n)
		}
	}
	return list
}

// body places what is the page's own.
func (p Page) body(pl *placer, panel Panel, s parts) {
	actions := Node{Axis: Across, Gap: Gap - 8, Nodes: p.Actions}
	switch {
	case pl.m.Lying && len(p.Side) > 0:
		p.beside(pl, s, actions)
		return
	case panel.Low && !pl.m.Lying:
		pl.try(func(one *placer) { p.low(one, panel, s) })
	default:
		pl.part("main", Column(Gap, append(append([]Node{}, p.Main...), p.Side...)...), s.content)
	}
	if len(p.Actions) > 0 {
		pl.part("actions", actions, s.actions)
	}
}

// beside is a lying panel: the page to the left, what belongs to it and the actions to the right.
func (p Page) beside(pl *placer, s parts, actions Node) {
	split, gap := p.Split, pl.m.Px(1.5*Gap)
	if split == 0 {
		split = 0.58
	}
	left, right := s.content, s.content
	left.W = (s.content.W - gap) * split
	right.X, right.W = left.X+left.W+gap, s.content.W-gap-left.W
	pl.part("main", Column(Gap, p.Main...), left)
	if len(p.Actions) > 0 {
		right.H -= s.actions.H + pl.m.Px(Gap)
		pl.part("actions", actions, Box{right.X, right.Y + right.H + pl.m.Px(Gap), right.W, s.actions.H})
	}
	pl.part("side", Column(Gap, p.Side...), right)
}

// low is a standing panel for somebody who sits: what is read stands above, what is touched in the lower 60 %.
func (p Page) low(pl *placer, panel Panel, s parts) {
	var read, touched []Node
	for _, n := range append(append([]Node{}, p.Main...), p.Side...) {
		if n.control() {
			touched = append(touched, n)
		} else {
			read = append(read, n)
		}
	}
	line, end := panel.H*(1-lowest), s.content.Y+s.content.H
	controls := Column(Gap, touched...)
	need := pl.kept(controls).height(pl.m, s.content.W)
	h := max(need.Least, min(need.Wish, end-line))
	pl.overflow("controls above the lower 60 %", h-(end-line))
	if len(touched) > 0 {
		pl.place("low", pl.kept(controls), Box{s.content.X, end - h, s.content.W, h})
		end -= h + pl.m.gap(Gap)
	}
	pl.place("main", pl.kept(Column(Gap, read...)), Box{s.content.X, s.content.Y, s.content.W, end - s.content.Y})
}

type fitted struct {
	list []Placed
	err  *OverflowError
}

func (f fitted) failed() error {
	if f.err == nil {
		return nil
	}
	return f.err
}

// fit tries to place: as designed, and with text a tenth smaller, which is the same size in all parts.
func fit(panel Panel, place func(*placer)) (last fitted) {
	for _, text := range []float32{1, 0.95, 0.9} {
		pl := &placer{m: panel.Metrics()}
		pl.m.Text *= text
		place(pl)
		if last = (fitted{pl.list, pl.err}); pl.err == nil {
			break
		}
	}
	return last
}
